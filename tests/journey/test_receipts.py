"""What a receipt says is compared with what stands in the stores afterwards."""

import json
import re
from datetime import date
from email.parser import BytesParser
from email.policy import default as email_policy
from pathlib import Path

from examples.airline.data import cast
from tests.journey.world import Airline, number, receipt, whole

from troth.desk import telling, working
from troth.desk.applying import ANSWER
from troth.show.receipt import from_json, kept_receipt
from troth.show.terminal import plain


def test_what_still_names_a_person_on_a_shared_row_is_left_to_be_read(airline: Airline) -> None:
    """After Ottilie's erasure a message and a note of the group still name her: the receipt calls neither done."""
    with airline.house() as house:
        _, plan, case = whole(airline, house, "erasure", number(cast.DEMO))
        with house.unit() as unit:
            kept = unit.cases.receipt(case.id)
    assert kept is not None
    done = from_json(kept)
    naming = f"%{cast.DEMO.name}%"
    notes = airline.sql("bookings", "SELECT note_id FROM agent_note WHERE body LIKE ?", naming)
    messages = airline.sql("bookings", "SELECT message_id FROM message WHERE address = ?", cast.DEMO.email)
    assert notes
    assert messages
    to_read = {line.table: line.to_read for line in done.lines if line.to_read}
    assert to_read["agent_note"] >= len(notes)
    assert to_read["message"] >= len(messages)
    store = next(line for line in done.stores if line.store == "bookings")
    assert store.to_read == sum(to_read.values())
    assert not {"objected", "withdrawn"} & {code for e in plan.effects for code in e.ground.code.split("+")}


def test_only_tax_law_keeps_the_invoice_alone(airline: Airline) -> None:
    """Troth's own lines stay as long as the invoice, and never say that tax law asks for them."""
    with airline.house() as house:
        _, plan, _ = whole(airline, house, "erasure", number(cast.DEMO))
    laws = {e.exception.law for e in plan.effects if e.store == "troth" and e.exception}
    assert laws
    assert not [law for law in laws if "AO" in law or "UStG" in law]
    led = [e.exception for e in plan.effects if e.table in {"case_file", "lookup"} and e.until and e.exception]
    assert {(why.code, why.law) for why in led} == {
        ("leads-to-kept", "GDPR Art. 17(3)(b) with Art. 12(2) and Art. 5(2); checked: by nobody")
    }


def _read(letter: Path) -> str:
    """All words of a letter, whatever they are wrapped in."""
    if letter.suffix != ".eml":
        return letter.read_text(encoding="utf-8")
    message = BytesParser(policy=email_policy).parsebytes(letter.read_bytes())
    return "".join(str(part.get_content()) for part in message.walk() if not part.is_multipart())


def test_letters_tell_nobody_more_than_they_have(airline: Airline) -> None:
    """Nobody reads a number or an address that they never got; what the law keeps is not asked back."""
    with airline.house() as house:
        _, plan, case = whole(airline, house, "erasure", number(cast.DEMO))
        policy = house.policy
        with house.unit() as unit:
            kept = unit.cases.receipt(case.id)
    letters = {path.stem: _read(path) for path in (airline.home / "outbox" / case.id).iterdir()}
    assert set(letters) == {e.recipient for e in plan.effects if e.recipient}
    for name, text in letters.items():
        assert cast.DEMO.customer_number not in text, name
        assert (cast.DEMO.email in text) == ("email" in policy.recipients[name].elements), name
    assert "please erase" in letters["mailer"]
    assert "Art. 28(3)" in letters["mailer"]
    assert "tell you so (Art. 19 GDPR)" in letters["circle-partners"]
    assert str(cast.DEMO.member_number) in letters["circle-partners"]
    assert '"until": "20' in letters["accountant"]
    assert "somebody of ours writes" in letters["accountant"]
    assert kept is not None
    told = {line.split(":")[0]: line for line in kept["told"]}
    assert "asked to erase" in told["Quillpost Letters, Nordermoos"]
    assert told["Quillpost Letters, Nordermoos"].endswith("not confirmed yet")
    assert "somebody of ours writes" in told["Tally and Sons, tax advisers, Falkenried"]
    assert "not told" not in "".join(kept["told"])


def test_who_can_be_told_by_no_machine_is_written_to_by_somebody(airline: Airline) -> None:
    """An authority abroad received it like anybody (Art. 19): work is filed, reminded of, believed when answered."""
    name = "Border authorities of the countries you fly to"
    with airline.house() as house:
        case, plan, _ = whole(airline, house, "erasure", number(cast.DEMO))
        (line,) = (e for e in plan.effects if e.recipient and e.exception)
        assert line.exception is not None
        assert "somebody of ours writes to them" in line.exception.says
        (told,) = (said for said in receipt(house, case)["told"] if said.startswith(name))
        assert "somebody of ours is asked to write" in told
        assert told.endswith("not confirmed yet")
        letter = json.loads((airline.home / "outbox" / case / f"{line.recipient}.json").read_text(encoding="utf-8"))
        assert "somebody of ours writes" in letter["to_do"]
        assert line.recipient in telling.unanswered(house, case)
        airline.clock.at += ANSWER
        working.work_once(house, "tests", kinds=(telling.REMIND,))
        with house.unit() as unit:
            late = [event.envelope["recipient"] for event in unit.events.of_case(case, (telling.LATE,))]
        assert line.recipient in late
        telling.acknowledge(house, case, line.recipient, by="staff:ines")
        assert line.recipient not in telling.unanswered(house, case)


def test_a_copy_says_once_for_each_part_what_for_on_which_ground_and_how_long(airline: Airline) -> None:
    """The ground stands with its article, nobody's word is called the person's, and no period is invented."""
    with airline.house() as house:
        case, _, _ = whole(airline, house, "access", number(cast.DEMO))
        with house.unit() as unit:
            kept = unit.cases.receipt(case)
    folder = airline.home / "packages" / case
    held = json.loads((folder / "data.json").read_text(encoding="utf-8"))["entries"]
    sources = {(entry["table"], entry["field"]): entry["source"] for entry in held}
    assert sources["passenger", "full_name"] == "you or whoever booked"
    assert sources["points_entry", "points"] == "you, or what you did with us: no other source is noted"
    invoice = next(entry for entry in held if (entry["table"], entry["field"]) == ("invoice", "status"))
    assert [reason["ground"] for reason in invoice["purposes"]] == [
        "The law obliges us (GDPR Art. 6(1)(c); checked: by nobody)"
    ]
    assert invoice["until"].endswith("-12-31")
    passport = next(entry for entry in held if entry["field"] == "passport_no")
    assert passport["retention"].startswith("Until the flight that you gave it for has landed")
    assert passport["until"] == ""
    assert not [entry for entry in held if entry["retention"] == "no period is declared"]
    searched = next(entry for entry in held if entry["field"] == "searched_at")
    assert date.fromisoformat(searched["until"]) > date.fromisoformat(searched["value"][:10])  # SQLite's days are texts
    meal = next(entry for entry in held if entry["field"] == "meal")
    assert any("Art. 9(2)(a)" in reason["ground"] for reason in meal["purposes"])
    text = (folder / "index.html").read_text(encoding="utf-8")
    assert "Mere Air, Kirrin Sound (decides itself what it does with it, in the United Kingdom" in text
    assert "No machine alone decides anything about you" in text
    assert "nobody has to ask twice" in text  # the interest, by its name
    shown_days = re.findall(r"<dd>\d{4}-\d{2}-\d{2}", text)
    assert shown_days == []
    assert "<h2>Your flights</h2>" in text
    assert "no one outside Larkwing Air, as far as declared" in text
    assert "correction (GDPR Art. 16)" in text
    assert not [word for word in ("legal-obligation", "traveller-on-invoice", "or you ask for erasure") if word in text]
    assert kept is not None
    shown = plain(kept_receipt(kept), 400)
    assert "answered part of a request for access" in shown
    assert kept["events"]
    assert kept["contact"] == "privacy@larkwing.example"

"""Words that may name others: held back from a copy, read by the office, then released or refused, and reminded of."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from examples.airline.data import cast
from starlette.types import ASGIApp, Message
from tests.journey.world import Airline, number, receipt, whole

from troth.desk import reading, working
from troth.desk.delivering import PACKAGE_DAYS, PACKAGE_END, REMIND_AFTER, TEXTS
from troth.desk.house import House
from troth.desk.status import status
from troth.edges.pages import pages
from troth.model.problem import InputError

INES = "staff:ines"


def note_of(airline: Airline, text: reading.Text) -> str:
    """What stands in an agent's note, by plain SQL."""
    return str(airline.sql("bookings", "SELECT body FROM agent_note WHERE note_id = ?", text.key[0])[0][0])


def held(house: House, case: str) -> list[reading.Text]:
    """The agents' notes that the copy of a case holds back."""
    with house.unit() as unit:
        return [text for text in reading.texts(house, unit, case) if text.table == "agent_note"]


def body_of(app: ASGIApp, path: str) -> str:
    """What a page says, asked as a server would."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: dict[str, Any] = {"type": "http", "method": "GET", "path": path, "headers": [], "query_string": b""}
    asyncio.run(app(scope, receive, send))  # type: ignore[arg-type]  # an application is a coroutine
    return b"".join(message.get("body", b"") for message in sent).decode()


def number_open(house: House, case: str) -> int:
    """How many records of the case wait for somebody."""
    with house.unit() as unit:
        return reading.open_records(house, unit, case)


def files(airline: Airline, name: str) -> str:
    """All words of one package."""
    return "".join(p.read_text(encoding="utf-8") for p in sorted((airline.home / "packages" / name).iterdir()))


def test_a_text_is_read_then_released_in_a_supplement(airline: Airline) -> None:
    """It is not in the copy; read and released, it is on the shelf, ends like a copy, and the receipt says so."""
    with airline.house() as house:
        case, _, _ = whole(airline, house, "access", number(cast.DEMO))
        text, *_ = held(house, case)
        words = note_of(airline, text)
        assert words not in files(airline, case)
        with pytest.raises(InputError, match="nobody has read"):
            reading.release(house, case, [text.number], by=INES)
        row = reading.read(house, case, text.number, by=INES)
        assert words in [value.reveal() for value in row.values.values()]
        before = number_open(house, case)
        name = reading.release(house, case, [text.number], by=INES)
        added = json.loads((airline.home / "packages" / name / "data.json").read_text(encoding="utf-8"))["entries"]
        assert words in [entry["value"] for entry in added]
        assert {entry["table"] for entry in added} == {"agent_note"}
        assert words not in files(airline, case)
        assert number_open(house, case) == before - 1
        with house.unit() as unit:
            assert dict(unit.due.undone(PACKAGE_END))[name] == airline.clock.at + timedelta(days=PACKAGE_DAYS)
        with pytest.raises(InputError, match="already"):
            reading.release(house, case, [text.number], by=INES)
        airline.clock.at += timedelta(days=PACKAGE_DAYS)
        working.work_once(house, "tests", kinds=(PACKAGE_END,), limit=9)
        assert house.shelf.names(case) == ()
    shown = airline.troth("receipt", case, "--format", "plain")
    assert f"text {text.number} was read and added to your copy" in shown.stdout


def test_a_refusal_is_told_with_its_reason_and_without_the_text(airline: Airline) -> None:
    """The person reads why, and where to complain; the text itself is nowhere in the supplement."""
    why = "It is about another traveller."
    with airline.house() as house:
        case, _, _ = whole(airline, house, "access", number(cast.DEMO))
        text, *_ = held(house, case)
        words = note_of(airline, text)
        reading.read(house, case, text.number, by=INES)
        with pytest.raises(InputError, match="must be told why"):
            reading.refuse(house, case, [text.number], by=INES, reason=" ")
        name = reading.refuse(house, case, [text.number], by=INES, reason=why)
        told = files(airline, name)
        assert why in told
        assert house.policy.organisation.authority in told
        assert words not in told
        (one,) = reading.addendum(house, case)
        assert (one.how, one.number, one.reason.reveal()) == (reading.REFUSED, text.number, why)
        receipt_page = body_of(pages(house, "t"), f"/t/receipt/{case}")
        assert "Since this receipt" in receipt_page
        assert why in receipt_page
    file = airline.home / "proof.json"
    said = airline.troth("proof", case, "--to", str(file))
    assert "Since this receipt" in said.stdout
    assert why in said.stdout
    assert [each["reason"] for each in json.loads(file.read_text(encoding="utf-8"))["since"]] == [why]
    assert airline.troth("verify", str(file)).returncode == 0


def test_a_text_that_changed_since_it_was_read_is_not_released(airline: Airline) -> None:
    """What leaves is what was read; read again, it leaves."""
    with airline.house() as house:
        case, _, _ = whole(airline, house, "access", number(cast.DEMO))
        text, *_ = held(house, case)
        reading.read(house, case, text.number, by=INES)
        airline.sql("bookings", "UPDATE agent_note SET body = 'other words' WHERE note_id = ?", text.key[0])
        with pytest.raises(InputError, match="not the one that was read"):
            reading.release(house, case, [text.number], by=INES)
        assert house.shelf.names(case) == (case,)
        reading.read(house, case, text.number, by=INES)
        assert "other words" in files(airline, reading.release(house, case, [text.number], by=INES))


def test_the_office_is_reminded_until_all_is_settled(airline: Airline) -> None:
    """Status names the case from its closing on; a week later the ledger does; after the last text nobody does."""
    with airline.house() as house:
        case, _, _ = whole(airline, house, "access", number(cast.DEMO))
        (need,) = (need for need in status(house).somebody if need.what == "read")
        assert (need.case, need.number, need.since) == (case, number_open(house, case), airline.clock.at)
        airline.clock.at += REMIND_AFTER
        working.work_once(house, "tests", kinds=(TEXTS,))
        with house.unit() as unit:
            (said,) = unit.events.of_case(case, (reading.WAITS,))
            every = reading.texts(house, unit, case)
        assert said.envelope["open"] == len(every)
        for text in every:
            reading.read(house, case, text.number, by=INES)
        reading.refuse(house, case, [text.number for text in every], by=INES, reason="not yours")
        assert status(house).somebody == ()
        with house.unit() as unit:
            assert case not in dict(unit.due.undone(TEXTS))


def test_nobody_is_reminded_of_a_case_that_is_over(airline: Airline) -> None:
    """Its words are over with it: status goes on, and the reminder ends by itself."""
    with airline.house() as house:
        case, plan, _ = whole(airline, house, "access", number(cast.DEMO))
        assert [need.case for need in status(house).somebody] == [case]
        with house.unit() as unit:
            rows = [(row.table, row.key) for row in unit.own.rows(plan.person) if row.table == "case_file"]
            unit.own.erase(plan.person, rows)
        assert status(house).somebody == ()
        airline.clock.at += REMIND_AFTER
        (done,) = working.work_once(house, "tests", kinds=(TEXTS,))
        assert done.code == "done"
        with house.unit() as unit:
            assert dict(unit.due.undone(TEXTS)) == {}


def test_rows_an_erasure_left_to_others_are_reminded_of_until_struck(airline: Airline) -> None:
    """The receipt says that somebody has to read them: status says it too, until somebody notes that it was done."""
    with airline.house() as house:
        case, _, _ = whole(airline, house, "erasure", number(cast.DEMO))
        to_read = sum(line["to_read"] for line in receipt(house, case)["lines"])
        assert to_read > 0
        (need,) = (need for need in status(house).somebody if need.case == case)
        assert (need.what, need.number) == ("read", to_read)
        assert reading.struck(house, case, by=INES, reason="her name is out") == to_read
        assert [need for need in status(house).somebody if need.case == case] == []
        with pytest.raises(InputError, match="no row"):
            reading.struck(house, case, by=INES, reason="again")


def test_commands_show_values_to_a_named_reader_alone(airline: Airline) -> None:
    """The list holds no value; without `--by` no text is shown; who reads is in the ledger, and no value is."""
    with airline.house() as house:
        case, _, _ = whole(airline, house, "access", number(cast.DEMO))
        text, *_ = held(house, case)
    words, number_ = note_of(airline, text), str(text.number)
    listed = airline.troth("texts", case, "--format", "json")
    assert [row["state"] for row in json.loads(listed.stdout)["texts"]][text.number - 1] == "waiting"
    assert words not in listed.stdout
    refused = airline.troth("texts", case, number_)
    assert (refused.returncode, "no-reader" in refused.stderr, words in refused.stdout) == (1, True, False)
    assert airline.troth("texts", case, number_, "--by", "nobody").returncode == 2
    shown = airline.troth("texts", case, number_, "--by", "ines", "--format", "json")
    assert words in json.loads(shown.stdout)["values"].values()
    with airline.house() as house:
        house.state.ledger.place()
        with house.unit() as unit:
            (event,) = unit.events.read(kinds=(reading.READ,), case=case)
            (seen,) = unit.events.read(kinds=(reading.READ,), case=case, subject=INES)
    assert event.id == seen.id
    assert event.envelope == {"case": case, "text": text.number}
    assert words not in str(event)
    done = airline.troth("release", case, number_, "--by", "ines")
    assert (done.returncode, f"{case}.{number_}" in done.stdout, words in done.stdout) == (0, True, False)

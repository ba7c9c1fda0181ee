"""Troth in its own policy, on the sample airline: a copy shows what we hold, an erasure takes it, days end the rest."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from examples.airline.data import cast
from tests.journey.world import Airline, carry_out, number, planned, receipt, sign, whole

from troth.desk import asking, own, working
from troth.desk.house import House
from troth.ledger.database import VAULT_SCHEMA
from troth.ledger.own_store import TABLES
from troth.model.case import CaseState
from troth.model.change import Way
from troth.model.datamap import objects
from troth.model.event import Event, Retain, Slot
from troth.model.person import Identifier
from troth.model.personal import Personal
from troth.model.plan import Verb
from troth.ports.facts import Release
from troth.ports.state import PartState
from troth.ports.store import StoreError

CANARY = "Yes, said with these very words, canary-7741"


@dataclass(frozen=True)
class Known:
    """Somebody we know, with everything that Troth itself can hold about them, and somebody who shares an event."""

    person: str
    other: str
    shared: int
    email: Identifier


@pytest.fixture
def known(airline: Airline) -> Known:
    """Ottilie, made known: numbers and address, relationships, choices, an objection, an event shared with another."""
    email = Identifier("email", Personal(cast.DEMO.email), proven=True, origin="request")
    customer = Identifier("customer-number", Personal(cast.DEMO.customer_number), proven=True, origin="request")
    with airline.house() as house:
        person = asking.know(house, [customer, email], ["customer"], by="staff:ines")
        with house.unit() as unit:
            other = unit.persons.new()
            unit.facts.choose(person, "newsletter", yes=True, version=2, shown={"wording": CANARY})
            unit.facts.object(person, marketing=True)
            unit.facts.learn(person, residence="DE", citizenship="DK", birth_year=1960)
            unit.facts.happen(person, "flight-flown", on=house.clock.now())
            unit.facts.open_matter(person, "complaint")
            unit.notices.reach(person, house.policy.hash, Way.SHOWN)
            what = Release("disclose", "handling", ("full-name",), recipient="lisbon-handling", token="a.1.b")
            unit.facts.release([person, other], what)
            shared = unit.events.append(
                Event(
                    "meal.shared",
                    house.clock.now(),
                    {},
                    (
                        Slot(person, Retain.STATE, Personal({"at": "table one"})),
                        Slot(other, Retain.STATE, Personal({"at": "table two"})),
                    ),
                )
            )
    return Known(person, other, shared, email)


def held(house: House, person: str) -> dict[str, int]:
    """How many rows of each of our tables are this person's."""
    assert house.own is not None
    with house.unit() as unit:
        seen = house.own.look_in(unit, person).tables
    return {name: len(table.rows) for name, table in seen.items()}


def package(airline: Airline, case: str) -> list[dict[str, Any]]:
    """The entries of a delivered copy."""
    text = (airline.home / "packages" / case / "data.json").read_text(encoding="utf-8")
    return [entry for entry in json.loads(text)["entries"] if entry["store"] == "troth"]


def later(airline: Airline, year: int, month: int = 1, day: int = 2) -> None:
    """Turn the clock forward."""
    airline.clock.at = datetime(year, month, day, 12, tzinfo=UTC)


def test_a_copy_contains_what_we_hold_ourselves(airline: Airline, known: Known) -> None:
    """Identifiers, choices with the words shown, objection, cases: all in the copy; no staff, nobody else."""
    with airline.house() as house:
        case, _, done = whole(airline, house, "access", number(cast.DEMO))
        assert done.state is CaseState.CLOSED
        entries = package(airline, case)
    values = {(entry["table"], entry["field"]): entry["value"] for entry in entries}
    assert {"identifier", "lookup", "learned", "choice", "objection", "relationship", "case_file"} <= {
        t for t, _ in values
    }
    assert {"request_proof", "consent_proof", "event"} <= {table for table, _ in values}
    assert (values["learned", "citizenship"], values["happened", "what"]) == ("DK", "flight-flown")
    assert (values["matter", "kind"], values["notice_told", "version"]) == ("complaint", house.policy.hash)
    assert (values["release", "recipient"], values["release", "elements"]) == ("lisbon-handling", '["full-name"]')
    assert CANARY in values["choice", "shown"]
    assert cast.DEMO.email in {entry["value"] for entry in entries if entry["field"] == "value"}
    everything = json.dumps(entries)
    assert "staff:" not in everything
    assert "ines" not in {entry["value"] for entry in entries}
    assert known.other not in everything
    assert "table two" not in everything


def test_an_erasure_takes_what_we_hold_ourselves(airline: Airline, known: Known) -> None:
    """There before, gone after; proofs stay; the other one on the event reads on; every leaf still verifies."""
    with airline.house() as house:
        before = held(house, known.person)
        gone = {"identifier", "learned", "choice", "objection", "relationship", "event"}
        gone |= {"happened", "matter", "notice_told", "release"}
        assert gone <= before.keys()
        case, plan, done = whole(airline, house, "erasure", number(cast.DEMO))
        assert done.state is CaseState.CLOSED
        after = held(house, known.person)
        assert not gone & after.keys()
        assert {"request_proof", "consent_proof", "case_file", "lookup", "restriction"} <= after.keys()
        line = next(line for line in receipt(house, case)["stores"] if line["store"] == "troth")
        assert (line["done"], line["left"]) == ("applied", 0)
        with house.unit() as unit:
            assert unit.persons.identifiers(known.person) == ()
            assert unit.events.get(known.shared).slots == (None, {"at": "table two"})
            assert [r.what.recipient for r in unit.facts.releases(known.other)] == ["lisbon-handling"]
            assert unit.facts.of(known.person).citizenship is None
            parts = {part.store: part.state for part in unit.cases.parts(done.plan)}
            assert parts["troth"] is PartState.DONE
        house.state.ledger.place()
        assert house.state.ledger.audit() > 0  # type: ignore[attr-defined]
    assert {e.verb for e in plan.effects if e.store == "troth" and e.table == "choice"} == {Verb.DELETE}
    assert rows_of(airline, known.person, *OURS) == {"link": after["lookup"]}


OURS = ("link", "choice", "objection", "relationship", "happened", "matter", "notice_told", "release")


def rows_of(airline: Airline, person: str, *tables: str) -> dict[str, int]:
    """By plain SQL past Troth: how many rows of our own tables name the person."""
    with psycopg.connect(airline.address("troth"), options="-c search_path=troth") as connection:
        found = {
            t: connection.execute(f"SELECT count(*) FROM {t} WHERE person = %s", (person,)).fetchone() for t in tables
        }  # type: ignore[arg-type]
    return {table: row[0] for table, row in found.items() if row and row[0]}


def keys_of(airline: Airline, person: str, retain: str) -> int:
    """By plain SQL in the vault: how many keys of a class still live."""
    statement = "SELECT count(*) FROM class_key WHERE subject = %s AND retain = %s AND destroyed_at IS NULL"
    with psycopg.connect(airline.address("troth_vault"), options=f"-c search_path={VAULT_SCHEMA}") as connection:
        row = connection.execute(statement, (person, retain)).fetchone()
    assert row is not None
    return int(row[0])


def test_a_package_on_the_shelf_goes_with_the_erasure(airline: Airline, known: Known) -> None:
    """A copy that nobody fetched is data about the person like any other."""
    with airline.house() as house:
        case, _, _ = whole(airline, house, "access", number(cast.DEMO))
        assert house.shelf.holds(case)
        assert held(house, known.person)["package"] == 1
        whole(airline, house, "erasure", number(cast.DEMO))
        assert not house.shelf.holds(case)
        assert "package" not in held(house, known.person)


def test_an_objection_survives_as_a_mark_until_its_day(airline: Airline, known: Known) -> None:
    """The signed plan says so; after the erasure the address is still refused, and after ten years nothing is left."""
    with airline.house() as house:
        with house.unit() as unit:
            assert not unit.hashes.suppressed(known.email, scope=own.MARKETING)
        _, plan, _ = whole(airline, house, "erasure", number(cast.DEMO))
        said = next(e for e in plan.effects if e.store == "troth" and e.table == "objection")
        assert said.exception is not None
        assert "mark" in said.exception.says
        with house.unit() as unit:
            assert unit.hashes.suppressed(known.email, scope=own.MARKETING)
            assert not unit.hashes.suppressed(
                Identifier("email", Personal("somebody@else.example"), proven=True, origin="x"), scope=own.MARKETING
            )
        assert said.until is not None
        later(airline, said.until.year, said.until.month, said.until.day)
        with house.unit() as unit:
            assert unit.hashes.suppressed(known.email, scope=own.MARKETING)
        later(airline, said.until.year + 1)
        own.end(house, known.person)
        with house.unit() as unit:
            assert not unit.hashes.suppressed(known.email, scope=own.MARKETING)


def test_no_objection_leaves_no_mark(airline: Airline) -> None:
    """Negative control: whoever never objected is suppressed nowhere."""
    email = Identifier("email", Personal(cast.DEMO.email), proven=True, origin="request")
    with airline.house() as house:
        whole(airline, house, "erasure", number(cast.DEMO))
        with house.unit() as unit:
            assert not unit.hashes.suppressed(email, scope=own.MARKETING)


@pytest.mark.parametrize(("said", "marked"), [("2024-05-01", True), (None, False)])
def test_a_no_in_the_companys_own_column_survives_as_a_mark(airline: Airline, said: str | None, marked: bool) -> None:
    """It was never told to Troth: the row goes, the address is refused from then on, and who comes back is heard."""
    email = Identifier("email", Personal(cast.DEMO.email), proven=True, origin="request")
    customer = f"customer_id = {cast.DEMO.customer_id}"
    airline.sql("bookings", f"UPDATE customer SET marketing_objection_on = ? WHERE {customer}", said)
    with airline.house() as house:
        whole(airline, house, "erasure", number(cast.DEMO))
        assert airline.rows("bookings", "customer", customer) == []
        with house.unit() as unit:
            assert unit.hashes.suppressed(email, scope=own.MARKETING) is marked
        new = asking.know(house, [email], ["customer"], by="staff:ines")
        with house.unit() as unit:
            assert bool(unit.facts.of(new).objections) is marked


@pytest.mark.parametrize(("value", "no"), [("2024-05-01", True), (1, True), (False, False), ("no", False)])
def test_a_column_that_says_whether_somebody_objected_is_read_as_such(value: object, no: bool) -> None:
    """A date or a yes is an objection; nothing, zero and the words for no are none."""
    assert objects(value) is no
    assert not objects(None)


def test_proofs_can_be_read_until_their_day_and_not_after(airline: Airline, known: Known) -> None:
    """Proof of consent ends after three years, the plan after the invoice it names; the ledger verifies throughout."""
    with airline.house() as house:
        case, plan, done = whole(airline, house, "erasure", number(cast.DEMO))
        ends = {e.table: e.until for e in plan.effects if e.store == "troth" and e.verb is Verb.RETAIN}
        invoices = max(e.until for e in plan.effects if e.store == "bookings" and e.until)
        assert (ends["consent_proof"], ends["request_proof"]) == (datetime(2029, 12, 31, tzinfo=UTC).date(), invoices)

        later(airline, 2029, 12, 31)
        working.work_until_idle(house, "worker")
        assert held(house, known.person)["consent_proof"] == 1
        assert keys_of(airline, known.person, Retain.CONSENT) == 1

        later(airline, 2030)
        working.work_until_idle(house, "worker")
        assert "consent_proof" not in held(house, known.person)
        assert keys_of(airline, known.person, Retain.CONSENT) == 0
        with house.unit() as unit:
            assert unit.cases.plan(done.plan) is not None  # it names the invoices that are still kept

        assert airline.rows("bookings", "invoice", f"invoice_no = '{invoice_of(plan)}'")
        later(airline, invoices.year + 1, 1, 3)
        working.work_until_idle(house, "worker")
        assert not airline.rows("bookings", "invoice", f"invoice_no = '{invoice_of(plan)}'")
        later(airline, invoices.year + 1, 1, 5)
        working.work_until_idle(house, "worker")
        with house.unit() as unit:
            assert unit.cases.plan(done.plan) is None
            assert unit.persons.by(known.email) is None
            assert unit.events.get(known.shared).slots == (None, {"at": "table two"})
            assert [r.what.recipient for r in unit.facts.releases(known.other)] == ["lisbon-handling"]
            assert unit.facts.of(known.person).citizenship is None
        house.state.ledger.place()
        assert house.state.ledger.audit() > 0  # type: ignore[attr-defined]
        assert house.state.ledger.bundle(case)["receipt"]


def test_after_everything_nothing_names_the_person(airline: Airline, known: Known) -> None:
    """The case of the destruction itself ends too, without another case: no proof is proven for ever."""
    with airline.house() as house:
        _, plan, _ = whole(airline, house, "erasure", number(cast.DEMO))
        invoices = max(e.until for e in plan.effects if e.store == "bookings" and e.until)
        for year in range(2027, invoices.year + 8):
            for day in (2, 4):
                later(airline, year, 1, day)
                working.work_until_idle(house, "worker")
        assert held(house, known.person) == {}
        assert keys_of(airline, known.person, Retain.CASE) == 0
        assert rows_of(airline, known.person, "link", "case_file", "choice", "objection", "restriction") == {}


def invoice_of(plan: Any) -> str:
    """The first invoice that a plan keeps."""
    return str(next(e for e in plan.effects if e.table == "invoice" and e.verb is Verb.RETAIN).rows[0][0])


def test_a_copy_after_an_erasure_reaches_what_was_kept(airline: Airline, known: Known) -> None:
    """The same person asks again: the blocked invoice is in the copy, and what they asked with is forgotten again."""
    with airline.house() as house:
        _, plan, _ = whole(airline, house, "erasure", number(cast.DEMO))
        case, copy, done = whole(airline, house, "access", number(cast.DEMO), ("email", cast.DEMO.email))
        assert done.state is CaseState.CLOSED
        reads = {(e.table, key) for e in copy.effects if e.verb is Verb.READ for key in e.rows}
        kept = {
            (e.table, key) for e in plan.effects if e.store == "bookings" and e.verb is Verb.RETAIN for key in e.rows
        }
        assert kept
        assert kept <= reads
        tables = {entry["table"] for entry in package(airline, case)}
        assert {"request_proof", "consent_proof", "case_file", "suppression"} <= tables
        with house.unit() as unit:
            assert done.person == known.person
            assert unit.persons.identifiers(known.person) == ()
            assert unit.persons.by(known.email) == known.person


def test_what_is_said_after_an_erasure_is_kept_for_the_living(airline: Airline, known: Known) -> None:
    """A no and a yes given by an address that was erased: the old id learns nothing, who comes back is heard."""
    with airline.house() as house:
        whole(airline, house, "erasure", number(cast.DEMO))
        asking.object_to(house, [known.email], purpose="personalised-offers", by="staff:ines")
        asking.choose(house, [known.email], "newsletter", yes=False, by="staff:ines")
        with house.unit() as unit:
            new = unit.persons.by(known.email)
            old, now = unit.facts.of(known.person), unit.facts.of(new or "")
            assert new not in {None, known.person}
            assert (old.erased, old.objections, old.choices) == (True, (), {})
            assert not now.erased
            assert {(o.purpose, o.marketing) for o in now.objections or ()} == {
                ("personalised-offers", False),
                ("", True),
            }
            assert not (now.choices or {})["newsletter"].yes
        assert asking.know(house, [known.email], ["customer"], by="staff:ines") == new


def test_a_request_after_an_erasure_teaches_the_old_id_nothing(airline: Airline, known: Known) -> None:
    """A copy of what is left: the mark is in it, and no objection is written down for the person who ended."""
    with airline.house() as house:
        whole(airline, house, "erasure", number(cast.DEMO))
        planned(house, "access", ("email", cast.DEMO.email))
        with house.unit() as unit:
            assert unit.facts.of(known.person).objections == ()


def test_our_own_part_goes_with_the_close_or_not_at_all(airline: Airline, known: Known) -> None:
    """Stopped before the close, nothing of ours is gone; carried on, all is; the adapter alone refuses to act."""

    class StoppedError(Exception):
        pass

    def stop(step: str) -> None:
        if step == "looked again":
            raise StoppedError

    with airline.house(stop) as house:
        case, _ = planned(house, "erasure", number(cast.DEMO))
        sign(airline, house, case)
        before = held(house, known.person)
        with pytest.raises(StoppedError):
            carry_out(house, case)
        assert {**before, **held(house, known.person)} == {**held(house, known.person)}
        assert house.own is not None
        with pytest.raises(StoreError, match="settled when its case closes"):
            house.own.act(None, ())  # type: ignore[arg-type]
    with airline.house() as house:
        assert carry_out(house, case).state is CaseState.CLOSED
        assert "choice" not in held(house, known.person)


def test_the_sample_policy_maps_all_that_we_hold(airline: Airline) -> None:
    """Every logical table is declared; one left out is told by the self-check."""
    with airline.house() as house:
        assert house.own is not None
        assert house.own.probe() == []
        assert set(house.policy.stores["troth"].tables) == set(TABLES)


def test_a_mark_is_shown_to_whoever_it_is_about_when_nothing_else_is_left(airline: Airline, known: Known) -> None:
    """Years after the last proof the same address asks again, as a new person: the mark is in the copy."""
    with airline.house() as house:
        _, plan, _ = whole(airline, house, "erasure", number(cast.DEMO))
        invoices = max(e.until for e in plan.effects if e.store == "bookings" and e.until)
        for day in (2, 4):
            later(airline, invoices.year + 1, 1, day)
            working.work_until_idle(house, "worker")
        case, _, done = whole(airline, house, "access", ("email", cast.DEMO.email))
        assert done.person not in {None, known.person}
        assert "suppression" in {entry["table"] for entry in package(airline, case)}


def test_an_own_promise_does_not_resist_an_erasure(airline: Airline) -> None:
    """Where no law is cited for our proofs they go with the erasure, the case's own last of all."""
    rules = airline.home / "policy" / "retention.yaml"
    text = rules.read_text(encoding="utf-8")
    for cited in ("GDPR Art. 5(2) and Art. 12(3)", "GDPR Art. 7(1)"):
        text = text.replace(f"    statutory: true\n    cites: {cited}\n", "")
    rules.write_text(text, encoding="utf-8")
    only_ours = ("email", "known.to.troth.alone@example.org")
    email = Identifier("email", Personal(only_ours[1]), proven=True, origin="request")
    with airline.house() as house:
        person = asking.know(house, [email], ["subscriber"], by="staff:ines")
        with house.unit() as unit:
            unit.facts.choose(person, "newsletter", yes=True, version=2, shown={"wording": CANARY})
        assert held(house, person)["consent_proof"] == 1
        case, plan, done = whole(airline, house, "erasure", only_ours)
        assert done.state is CaseState.CLOSED
        assert {e.verb for e in plan.effects if e.store == "troth"} == {Verb.DELETE}
        assert receipt(house, case)["stores"]
        assert held(house, person) == {}
        assert rows_of(airline, person, "link", "case_file", "choice") == {}

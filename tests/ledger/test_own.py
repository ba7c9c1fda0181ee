"""Troth in its own policy, on the sample airline: a copy shows what we hold ourselves, an erasure takes it, days end it."""

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
from troth.ledger.own_store import TABLES
from troth.model.case import CaseState
from troth.model.event import Event, Retain, Slot
from troth.model.person import Identifier
from troth.model.personal import Personal
from troth.model.plan import Verb
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
            unit.facts.learn(person, residence="DE", birth_year=1960)
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
    """Identifiers, choices with the words shown, objection, relationship, cases: all in the copy; no staff, no others."""
    with airline.house() as house:
        case, _, done = whole(airline, house, "access", number(cast.DEMO))
        assert done.state is CaseState.CLOSED
        entries = package(airline, case)
    values = {(entry["table"], entry["field"]): entry["value"] for entry in entries}
    assert {"identifier", "lookup", "learned", "choice", "objection", "relationship", "case_file"} <= {t for t, _ in values}
    assert {"request_proof", "consent_proof", "event"} <= {table for table, _ in values}
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
            parts = {part.store: part.state for part in unit.cases.parts(done.plan)}
            assert parts["troth"] is PartState.DONE
        house.state.ledger.place()
        assert house.state.ledger.audit() > 0  # type: ignore[attr-defined]
    assert {e.verb for e in plan.effects if e.store == "troth" and e.table == "choice"} == {Verb.DELETE}
    assert rows_of(airline, known.person, "link", "choice", "objection", "relationship") == {"link": after["lookup"]}


def rows_of(airline: Airline, person: str, *tables: str) -> dict[str, int]:
    """By plain SQL past Troth: how many rows of our own tables name the person."""
    with psycopg.connect(airline.address("troth"), options="-c search_path=troth") as connection:
        found = {t: connection.execute(f"SELECT count(*) FROM {t} WHERE person = %s", (person,)).fetchone() for t in tables}  # type: ignore[arg-type]
    return {table: row[0] for table, row in found.items() if row and row[0]}

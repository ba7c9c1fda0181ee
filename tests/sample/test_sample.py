"""A sample says what a policy would do to many people, and leaves no trace of them."""

import json
import tracemalloc
from collections import Counter
from collections.abc import Iterator

import pytest
from examples.airline.data import cast
from tests.journey.world import Airline, number, planned

from troth.desk.sampling import Sample, Sum, sample
from troth.model.problem import InputError
from troth.ports.store import Unreachable

EVERYBODY = [customer.customer_number for customer in cast.CUSTOMERS]


def kept(airline: Airline) -> dict[str, list[tuple[object, ...]]]:
    """Everything in our own state."""
    return {name: airline.rows("troth", name) for name in airline.tables("troth")}


def taken(airline: Airline, values: list[str], **more: str) -> Sample:
    with airline.house() as house:
        return sample(house, more.get("right", "erasure"), "customer-number", values, limit=10_000)


def test_a_sample_adds_up_the_plans_of_everybody(airline: Airline) -> None:
    """Its totals are those of the plans made one by one, for cast and crowd."""
    crowd = [n for (n,) in airline.sql("bookings", "SELECT customer_number FROM customer ORDER BY 1 DESC LIMIT 20")]
    found = taken(airline, [*EVERYBODY, *crowd])
    rows: Counter[Sum] = Counter()
    people: Counter[Sum] = Counter()
    undecided: Counter[tuple[str, str, str]] = Counter()
    with airline.house() as house:
        for value in [*EVERYBODY, *crowd]:
            plan = planned(house, "erasure", ("customer-number", value))[1].plan
            sums: Counter[Sum] = Counter()
            for e in (e for e in plan.effects if e.store != "troth"):  # a request of one's own is something new there
                code = e.exception.code if e.exception else ""
                sums[Sum(e.store or e.recipient, e.table, e.verb.value, e.ground.code, code)] += len(e.rows)
            rows.update(sums)
            people.update(sums.keys())
            for waits in plan.waiting:
                undecided[waits.store, waits.table, waits.by] += len(waits.rows)
    assert {s: n for s, n in found.rows.items() if s.store != "troth"} == rows
    assert {s: n for s, n in found.people.items() if s.store != "troth"} == people
    assert found.undecided == undecided
    assert (found.asked, found.planned, found.refused) == (len(EVERYBODY) + 20, len(EVERYBODY) + 20, 0)
    assert len({s.table for s in rows}) > 10
    assert sum(undecided.values()) > 0
    assert found.slowest <= found.seconds


def test_a_sample_changes_and_keeps_nothing(airline: Airline) -> None:
    """No row of any store, and no person, case, event or piece of work of ours."""
    stores, ours = airline.everything().checksum(), kept(airline)
    files = sorted(path.name for path in airline.home.rglob("*") if path.suffix not in (".db-wal", ".db-shm"))
    assert taken(airline, [*EVERYBODY, cast.UNKNOWN_CUSTOMER_NUMBER]).planned == len(EVERYBODY)
    assert airline.everything().checksum() == stores
    assert kept(airline) == ours
    assert sorted(p.name for p in airline.home.rglob("*") if p.suffix not in (".db-wal", ".db-shm")) == files


def test_who_is_not_found_is_counted(airline: Airline) -> None:
    """A number nobody has, one that cannot be one, and empty lines."""
    found = taken(airline, [cast.UNKNOWN_CUSTOMER_NUMBER, "", "  \n", cast.DEMO.customer_number, "\x00"])
    assert (found.asked, found.planned, found.not_found + found.unreadable) == (3, 1, 2)


def test_a_column_nobody_declared_stops_every_plan(airline: Airline) -> None:
    """What would be refused is said in the totals, once, with the place of the policy."""
    airline.sql("bookings", "ALTER TABLE customer ADD COLUMN nickname text")
    found = taken(airline, EVERYBODY)
    assert found.refused == len(EVERYBODY)
    assert [(k.code, n) for k, n in found.findings.items() if k.severity == "error"] == [("undeclared-column", 1)]


def test_a_store_that_does_not_answer_stops_the_sample(airline: Airline) -> None:
    """Totals without it would say too little."""
    (airline.home / "website.db").rename(airline.home / "away.db")
    with pytest.raises(Unreachable):
        taken(airline, EVERYBODY)


def test_what_cannot_be_sampled_is_said(airline: Airline) -> None:
    """A right nobody offers, and a kind that says nothing about a person: an error, not a thousand people not found."""
    with airline.house() as house:
        for right, kind, code in (("nothing", "customer-number", "unknown-right"), ("erasure", "row", "unknown-kind")):
            with pytest.raises(InputError) as told:
                sample(house, right, kind, EVERYBODY, limit=10)
            assert told.value.code == code


def test_memory_does_not_grow_with_people(airline: Airline) -> None:
    """Values are drawn one by one, and nothing of a plan stays: fifty more people need no more room."""
    with airline.house() as house:
        peaks: list[int] = []

        def values() -> Iterator[str]:
            for turn in range(70):
                if turn in (20, 69):
                    peaks.append(tracemalloc.get_traced_memory()[0])
                yield EVERYBODY[turn % 6]

        tracemalloc.start()
        try:
            assert sample(house, "erasure", "customer-number", values(), limit=70).planned == 70
        finally:
            tracemalloc.stop()
    assert peaks[1] - peaks[0] < 500_000


def test_the_command_reads_a_file_or_what_is_piped_in(airline: Airline) -> None:
    """Totals as a table or as JSON; no value of anybody is printed."""
    (airline.home / "numbers.txt").write_text("\n".join([*EVERYBODY, cast.UNKNOWN_CUSTOMER_NUMBER]), encoding="utf-8")
    asked = ("sample", "erasure", "--from", "numbers.txt", "--kind", "customer-number")
    told = airline.troth(*asked, "--format", "plain")
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.startswith(f"Sample: erasure for {len(EVERYBODY) + 1} people")
    assert "Nothing has been changed, and nothing was kept." in told.stdout
    assert not any(customer.email in told.stdout or customer.name in told.stdout for customer in cast.CUSTOMERS)
    few = json.loads(airline.troth(*asked, "--limit", "2", "--format", "json").stdout)
    assert (few["asked"], few["not found"]) == (2, 0)
    assert {"store", "table", "verb", "ground", "exception", "rows", "people"} == set(few["lines"][0])
    missing = airline.troth("sample", "erasure", "--from", "nowhere.txt", "--kind", "customer-number")
    assert (missing.returncode, missing.stdout) == (1, "")
    assert "file-unreadable" in missing.stderr
    assert number(cast.DEMO)[1] not in missing.stderr

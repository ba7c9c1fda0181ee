"""A person is erased, an older copy comes back: the store is closed, everything goes again, neighbours stay."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from examples.airline.data import cast
from tests.journey.owner import owned, touched, who
from tests.journey.world import STILL, Airline, Everything, file, number, planned, sign, whole
from tests.restore import backups

from troth.desk import delivering, planning, requests, restoring, working
from troth.desk.closed import REPLAY, closed_stores
from troth.desk.house import House
from troth.desk.status import status
from troth.model.case import CaseState
from troth.model.event import Retain
from troth.model.problem import InputError
from troth.ports.store import Unreachable

FIRST, SECOND = cast.LEAVERS
HER_VALUES = (cast.DEMO.name, cast.DEMO.email)


@pytest.fixture(autouse=True)
def _copies(airline: Airline) -> Iterator[None]:
    with backups.dropped_after(airline, "bookings", "loyalty"):
        yield


def restored(house: House, store: str, made: datetime | None = STILL) -> list[working.Worked]:
    """What `troth restored` does with a backup of this moment."""
    restoring.restored(house, store, made=made, by="staff:ines")
    return working.work_once(house, "test", kinds=(REPLAY,))


def without_tokens(everything: Everything) -> list[str]:
    """All rows; the token of a mask hangs on the plan that wrote it."""
    rows = (f"{at} {row} {n}" for at, found in everything.tables.items() for row, n in found.items())
    return sorted(re.sub(r"erased-[0-9a-f]{8,16}", "erased-TOKEN", row) for row in rows)


def text_of(airline: Airline, store: str) -> str:
    return repr([airline.rows(store, table) for table in airline.tables(store)])


@pytest.mark.parametrize("store", ["bookings", "loyalty", "website"])
def test_what_a_backup_brings_back_is_erased_again(airline: Airline, store: str) -> None:
    """The store ends as it stood before the backup was put back, neighbours and kept rows included."""
    backups.take(airline, store)
    with airline.house() as house:
        mine = owned(airline, who(airline, cast.DEMO.customer_id))
        whole(airline, house, "erasure", number(cast.DEMO))
        erased, orphans = airline.everything(), airline.orphans()
        backups.put_back(airline, store)
        back = airline.everything()
        assert touched(erased, back) <= mine.keys() | mine.keys(shared=True)
        assert len(touched(erased, back)) > 3
        (done,) = restored(house, store)
        assert (done.code, closed_stores(house)) == ("done", {})
        again = airline.everything()
    assert without_tokens(again) == without_tokens(erased)
    assert [v for v in HER_VALUES if v in text_of(airline, store) and v not in repr(erased.tables)] == []
    assert touched(back, again) <= mine.keys() | mine.keys(shared=True)
    assert airline.orphans() == orphans


def test_a_restored_store_is_closed_until_it_is_replayed(airline: Airline) -> None:
    """No plan, no copy, no request finds anything there, and `status` says so; the other stores go on."""
    backups.take(airline, "bookings")
    with airline.house() as house:
        ready, _ = planned(house, "access", number(cast.MOTHER))
        sign(airline, house, ready)
        whole(airline, house, "erasure", number(cast.DEMO))
        backups.put_back(airline, "bookings")
        restoring.restored(house, "bookings", made=house.clock.now(), by="staff:ines")
        assert status(house).closed == ("bookings",)
        with pytest.raises(Unreachable, match="restored from a backup"):
            delivering.deliver(house, ready)
        asked = file(house, "access", number(cast.NAMESAKE))
        with pytest.raises(Unreachable, match="restored from a backup"):
            requests.identify(house, asked) and planning.make_plan(house, asked)
        assert working.work_once(house, "test", kinds=(REPLAY,))[0].code == "done"
        assert status(house).closed == ()
        assert delivering.deliver(house, ready).values > 0
        requests.identify(house, asked)
        assert planning.make_plan(house, asked).plan.effects


def test_nothing_that_was_erased_leaves_in_a_copy(airline: Airline) -> None:
    """The erased person asks for a copy right after the backup was put back: it holds only what is kept."""
    backups.take(airline, "bookings")
    with airline.house() as house:
        whole(airline, house, "erasure", number(cast.DEMO))
        before = planned(house, "access", number(cast.DEMO))[1].plan
        backups.put_back(airline, "bookings")
        restored(house, "bookings")
        after = planned(house, "access", number(cast.DEMO))[1].plan
    rows = [{(e.store, e.table, key) for e in plan.effects for key in e.rows} for plan in (before, after)]
    assert {row for row in rows[1] if row[0] == "bookings"} == {row for row in rows[0] if row[0] == "bookings"}


def test_two_who_shared_a_booking_are_both_erased_again(airline: Airline) -> None:
    """The first left while the other was there, the last took the booking: both again, in whatever order."""
    backups.take(airline, "bookings")
    with airline.house() as house:
        for leaver in cast.LEAVERS:
            whole(airline, house, "erasure", number(leaver))
        gone = airline.everything("bookings")
        backups.put_back(airline, "bookings")
        assert FIRST.name in text_of(airline, "bookings")
        (done,) = restored(house, "bookings")
        assert isinstance(done.result, restoring.Replayed)
        assert done.result.people == 2
    text = text_of(airline, "bookings")
    assert [v for p in cast.LEAVERS for v in (p.name, p.email) if v in text] == []
    assert without_tokens(airline.everything("bookings")) == without_tokens(gone)
    assert airline.orphans() == 0


def test_who_stayed_on_a_shared_booking_keeps_it(airline: Airline) -> None:
    """One leaves, the other stays: after the replay the booking is there, without the leaver, as it was."""
    backups.take(airline, "bookings")
    with airline.house() as house:
        whole(airline, house, "erasure", number(FIRST))
        left = airline.everything("bookings")
        backups.put_back(airline, "bookings")
        restored(house, "bookings")
    assert without_tokens(airline.everything("bookings")) == without_tokens(left)
    assert airline.rows("bookings", "booking", "locator = 'LEAV01'")


def test_a_replay_leaves_a_receipt_and_nothing_to_find_the_person_by(airline: Airline) -> None:
    """One closed case for each person, with its receipt and events; what was linked for it is gone."""
    backups.take(airline, "bookings")
    with airline.house() as house:
        case, _, _ = whole(airline, house, "erasure", number(cast.DEMO))
        backups.put_back(airline, "bookings")
        restored(house, "bookings")
        house.state.ledger.place()
        with house.unit() as unit:
            person = unit.cases.get(case).person or ""
            (again,) = [c for c in unit.cases.find(person=person) if c.right == "restore"]
            receipt = unit.cases.receipt(again.id)
            kinds = [e.kind for e in unit.events.read(kinds={"store.restored", "store.replayed"})]
            assert unit.persons.identifiers(person) == ()
    assert again.state is CaseState.CLOSED
    assert receipt is not None
    assert {line["verb"] for line in receipt["lines"]} >= {"delete", "retain"}
    assert all(line["left"] == 0 for line in receipt["stores"])
    assert kinds == ["store.restored", "store.replayed"]
    assert cast.DEMO.email not in json.dumps(receipt)


def test_a_second_backup_is_replayed_as_well(airline: Airline) -> None:
    """What a replay erased is remembered like any erasure; the same copy may come back again."""
    backups.take(airline, "bookings")
    with airline.house() as house:
        whole(airline, house, "erasure", number(cast.DEMO))
        erased = without_tokens(airline.everything("bookings"))
        for _ in range(2):
            backups.put_back(airline, "bookings")
            assert cast.DEMO.name in text_of(airline, "bookings")
            airline.clock.at += timedelta(hours=1)
            (done,) = restored(house, "bookings")
            assert done.code == "done"
            assert without_tokens(airline.everything("bookings")) == erased


def test_rows_go_by_their_tables_rule_where_the_plan_is_gone(airline: Airline) -> None:
    """The case's words were destroyed: rows are found by their hash alone, and what a law keeps stays."""
    backups.take(airline, "bookings")
    with airline.house() as house:
        case, _, _ = whole(airline, house, "erasure", number(cast.DEMO))
        erased = airline.everything("bookings")
        with house.unit() as unit:
            found = unit.cases.get(case)
            unit.events.erase(found.person or "", {Retain.CASE})
            assert unit.cases.plan(found.plan) is None
        backups.put_back(airline, "bookings")
        assert restored(house, "bookings")[0].code == "done"
        again = airline.everything("bookings")
    kinds = {table for _, table, _ in touched(erased, again)}
    assert kinds <= {"booking", "customer", "invoice", "passenger"}, kinds
    assert {key for _, table, key in touched(erased, again) if table == "invoice"} == set()
    assert airline.rows("bookings", "customer", f"customer_id = {cast.DEMO.customer_id}") == []
    assert len(again.tables["bookings", "invoice"]) == len(erased.tables["bookings", "invoice"])


class Killed(BaseException):
    """The process dies."""


STEPS = ("plan kept", "approved", "begun", "bookings intended", "bookings acted", "bookings settled", "looked again")


@pytest.mark.parametrize("step", STEPS)
def test_a_killed_replay_begins_again(airline: Airline, step: str) -> None:
    """Killed at any step: the store is still closed, and the next worker finishes, with one case only."""
    backups.take(airline, "bookings")
    with airline.house() as house:
        case, _, _ = whole(airline, house, "erasure", number(cast.DEMO))
    erased = without_tokens(airline.everything("bookings"))
    backups.put_back(airline, "bookings")

    def die(at: str) -> None:
        if at == step:
            raise Killed

    with airline.house(die) as house, pytest.raises(Killed):
        restored(house, "bookings")
    with airline.house() as house:
        assert set(closed_stores(house)) == {"bookings"}
        airline.clock.at += working.LEASE + timedelta(minutes=1)
        working.sweep(house)
        assert working.work_once(house, "next", kinds=(REPLAY,))[0].code == "done"
        with house.unit() as unit:
            person = unit.cases.get(case).person or ""
            assert [c.state for c in unit.cases.find(person=person) if c.right == "restore"] == [CaseState.CLOSED]
    assert without_tokens(airline.everything("bookings")) == erased


def test_hashes_are_forgotten_when_no_backup_can_bring_rows_back(airline: Airline) -> None:
    """Past the declared life of the backups the hashes are gone; a copy even older brings rows back to stay."""
    with airline.house() as house:
        whole(airline, house, "erasure", number(FIRST))
        longest = max((house.policy.stores["bookings"].leaves or {}).values())
        assert airline.sql("troth", "SELECT count(*) > 0 FROM erased_row") == [(True,)]
        airline.clock.at += timedelta(days=longest)
        working.work_until_idle(house, "test")
        assert airline.sql("troth", "SELECT count(*) > 0 FROM erased_row") == [(True,)]
        airline.clock.at += timedelta(days=3)
        working.work_until_idle(house, "test")
        assert airline.sql("troth", "SELECT count(*) FROM erased_row") == [(0,)]


def test_only_what_can_be_gone_through_is_replayed(airline: Airline) -> None:
    """Our own state has its witness, and an unknown store is a mistake; neither closes anything."""
    with airline.house() as house:
        for store, code in (("nowhere", "unknown-store"), ("troth", "own-state")):
            with pytest.raises(InputError) as told:
                restoring.restored(house, store, made=house.clock.now(), by="staff:ines")
            assert told.value.code == code
        assert closed_stores(house) == {}


def test_the_command_says_what_it_did(airline: Airline) -> None:
    """`troth restored` closes, replays and opens, in one go; a store without erasures is open at once."""
    backups.take(airline, "bookings")
    airline.clock.at = datetime.now(UTC)  # the command asks the machine's
    with airline.house() as house:
        whole(airline, house, "erasure", number(cast.DEMO))
    erased = without_tokens(airline.everything("bookings"))
    backups.put_back(airline, "bookings")
    told = airline.troth("restored", "bookings", "--made", "2026-01-01T00:00Z", "--by", "ines")
    assert (told.returncode, told.stderr) == (0, "")
    assert "bookings: erased again for 1 person, " in told.stdout
    assert told.stdout.endswith("bookings is open\n")
    assert without_tokens(airline.everything("bookings")) == erased
    airline.troth("pause", "--code", "moving", "--by", "ines")
    told = airline.troth("restored", "website", "--made", "2026-01-01T00:00Z", "--by", "ines")
    assert (told.returncode, told.stdout) == (
        1,
        "website stays closed: no plan and no copy is made from it\n",
    )

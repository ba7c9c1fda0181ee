"""Rows that belong to several people: each leaves alone, in any order, or all at once."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from examples.airline.data import cast
from tests.journey.owner import changed_columns, owned, touched, who
from tests.journey.world import Airline, number, whole

from troth.model.case import CaseState

ROOT = Path(__file__).parents[2]
FIRST, SECOND = cast.LEAVERS
LOCATOR = "LEAV01"


def leave_at_once(airline: Airline, *groups: Sequence[int]) -> Counter[str]:
    """One process for each group; all plan and sign, and only then all act."""
    command = [sys.executable, "-m", "tests.journey.leaver", str(airline.home), str(airline.server.folder)]
    ended: Counter[str] = Counter()
    with ExitStack() as stack:
        workers = [stack.enter_context(_started([*command, *map(str, group)])) for group in groups]
        for worker in workers:
            assert worker.stdout is not None
            assert worker.stdout.readline() == "ready\n"
        for worker in workers:
            assert worker.stdin is not None
            worker.stdin.write("go\n")
            worker.stdin.flush()
        for worker in workers:
            told, _ = worker.communicate(timeout=120)
            ended.update(json.loads(told))
    return ended


@contextmanager
def _started(command: Sequence[str]) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as worker:
        try:
            yield worker
        finally:
            worker.kill()


@pytest.mark.parametrize("order", [(FIRST, SECOND), (SECOND, FIRST)], ids=["booker-first", "booker-last"])
def test_two_leave_one_booking_one_after_the_other(airline: Airline, order: tuple[cast.CastMember, ...]) -> None:
    """The first takes only their own values along; the last takes the booking."""
    leaver, stays = order
    before = airline.everything()
    kept = owned(airline, who(airline, stays.customer_id))
    with airline.house() as house:
        whole(airline, house, "erasure", number(leaver))
        between = airline.everything()
        key = (LOCATOR,)
        assert airline.rows("bookings", "booking", f"locator = '{LOCATOR}'")
        columns = changed_columns(airline, "bookings", "booking", before, between, key)
        assert columns <= {"contact_name", "contact_email", "contact_phone", "booked_by_customer"}
        assert not touched(before, between) & kept.keys()
        whole(airline, house, "erasure", number(stays))
    assert airline.orphans() == 0
    assert airline.rows("bookings", "booking_passenger", f"locator = '{LOCATOR}'") == []
    text = repr(airline.rows("bookings", "booking", f"locator = '{LOCATOR}'"))
    assert not [value for p in order for value in (p.name, p.email) if value in text]


def test_two_leave_one_booking_at_the_same_moment(airline: Airline) -> None:
    """Two processes, one booking: both close, nothing is refused, nothing is left behind."""
    before = airline.everything()
    mine = owned(airline, who(airline, FIRST.customer_id, SECOND.customer_id))
    ended = leave_at_once(airline, [FIRST.customer_id], [SECOND.customer_id])
    assert ended == {"closed": 2}
    assert airline.orphans() == 0
    assert touched(before, airline.everything()) <= mine.keys() | mine.keys(shared=True)
    text = repr(airline.rows("bookings", "booking", f"locator = '{LOCATOR}'"))
    assert not [value for p in cast.LEAVERS for value in (p.name, p.email) if value in text]


def test_two_hundred_neighbours_leave_at_once(airline: Airline) -> None:
    """Two hundred travellers of one bus, all planned while all were there: no plan is stale, no row is orphaned."""
    ids = list(cast.BUS_CUSTOMER_IDS)
    before = airline.everything()
    mine = owned(airline, who(airline, *ids))
    assert len(airline.rows("bookings", "booking_passenger", f"locator = '{cast.BUS_LOCATOR}'")) == len(ids)
    ended = leave_at_once(airline, ids[0::2], ids[1::2])
    assert ended == {"closed": len(ids)}
    assert airline.rows("bookings", "booking_passenger", f"locator = '{cast.BUS_LOCATOR}'") == []
    assert airline.orphans() == 0
    assert touched(before, airline.everything()) <= mine.keys() | mine.keys(shared=True)


def test_a_closed_case_says_how_many_others_remained(airline: Airline) -> None:
    """The receipt counts the shared row as treated otherwise, not as deleted."""
    with airline.house() as house:
        _, plan, done = whole(airline, house, "erasure", number(FIRST))
        assert done.state is CaseState.CLOSED
        (line,) = [e for e in plan.effects if e.table == "booking" and e.shared and e.verb in {"delete", "mask"}]
        with house.unit() as unit:
            (part,) = [part for part in unit.cases.parts(done.plan) if part.store == "bookings"]
    (count,) = [count for count in part.counts if count.number == line.number]
    assert (count.changed, count.otherwise) == (0, 1)

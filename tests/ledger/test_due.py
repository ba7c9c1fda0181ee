"""Due work: taken once, under a lease, put back when its worker dies; alarms ring in the caller's transaction."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from procrastinate import App, PsycopgConnector
from tests.ledger.conftest import NOW, raw

from troth.ledger.alarm import OPTIONS
from troth.ledger.due import FIRST_WAIT, LONGEST_WAIT, MOST_TRIES, wait_before
from troth.ledger.state import LedgerState, StateSettings
from troth.ports.state import RefusedError, StateError, Work

LEASE = timedelta(minutes=1)
KIND = "plan.apply"


def add(state: LedgerState, ref: str, minutes: int = 0) -> int:
    with state.unit(at=NOW) as unit:
        return unit.due.add(KIND, ref, NOW + timedelta(minutes=minutes))


def take(state: LedgerState, worker: str = "w1", minutes: float = 0, limit: int = 1) -> list[Work]:
    with state.unit(at=NOW + timedelta(minutes=minutes)) as unit:
        return list(unit.due.take([KIND], worker=worker, limit=limit, lease=LEASE))


def test_work_is_taken_when_due_oldest_first(state: LedgerState) -> None:
    """Future work waits; other kinds are left; what is taken is gone."""
    later, second, first = add(state, "later", 10), add(state, "b", -1), add(state, "a", -2)
    with state.unit(at=NOW) as unit:
        unit.due.add("other", "x", NOW)
    assert [work.id for work in take(state, limit=9)] == [first, second]
    assert take(state) == []
    assert [work.id for work in take(state, minutes=10)] == [later]


def test_filing_the_same_again_is_one_piece(state: LedgerState) -> None:
    """Idempotent by kind, ref and date; another date is other work."""
    assert add(state, "a") == add(state, "a")
    assert add(state, "a", 1) != add(state, "a")


def test_hundred_pieces_and_eight_workers(state: LedgerState) -> None:
    """Every piece is taken by exactly one worker."""
    wanted = {add(state, f"r{number}") for number in range(100)}

    def work(worker: int) -> list[int]:
        done = []
        while pieces := take(state, f"w{worker}", limit=3):
            with state.unit(at=NOW) as unit:
                for piece in pieces:
                    unit.due.finish(piece)
            done.extend(piece.id for piece in pieces)
        return done

    with ThreadPoolExecutor(8) as pool:
        found = [piece for done in pool.map(work, range(8)) for piece in done]
    assert sorted(found) == sorted(wanted)


def test_lost_lease_cannot_finish(state: LedgerState) -> None:
    """A slow worker whose piece was put back and taken again changes nothing, whatever its name is."""
    add(state, "a")
    (slow,) = take(state)
    with state.unit(at=NOW + 2 * LEASE) as unit:
        assert unit.due.sweep(late_after=LEASE).stalled == (slow.id,)
    (again,) = take(state, minutes=3)  # the same worker's name, another taking
    assert again.tries == 2
    for act in ("finish", "fail"):
        with pytest.raises(RefusedError, match="lease-lost"), state.unit(at=NOW) as unit:
            unit.due.finish(slow) if act == "finish" else unit.due.fail(slow, code="x")
    with state.unit(at=NOW) as unit:
        unit.due.finish(again)
    with pytest.raises(RefusedError, match="lease-lost"), state.unit(at=NOW) as unit:
        unit.due.finish(again)


def test_failure_comes_back_later_and_is_given_up_in_the_end(state: LedgerState) -> None:
    """Each failure waits longer; after the last the work waits for a person, and the sweeper shows it."""
    add(state, "a")
    at, waits = 0.0, []
    for number in range(1, MOST_TRIES + 1):
        (work,) = take(state, minutes=at)
        assert work.tries == number
        with state.unit(at=NOW + timedelta(minutes=at)) as unit:
            next_try = unit.due.fail(work, code="unreachable")
        if next_try is None:
            break
        waits.append(next_try - (NOW + timedelta(minutes=at)))
        assert take(state, minutes=at) == []
        at = (next_try - NOW) / timedelta(minutes=1)
    assert number == MOST_TRIES
    assert len(waits) == MOST_TRIES - 1
    assert waits[5] > waits[0]
    assert take(state, minutes=at + 10_000) == []
    with state.unit(at=NOW) as unit:
        assert unit.due.sweep(late_after=LEASE).given_up == (work.id,)


def test_waits_double_within_bounds() -> None:
    """Spread by a fifth, capped at an hour."""
    assert all(FIRST_WAIT * 0.79 < wait_before(1) < FIRST_WAIT * 1.21 for _ in range(50))
    assert all(LONGEST_WAIT * 0.79 < wait_before(99) < LONGEST_WAIT * 1.21 for _ in range(50))


def test_work_that_kills_its_worker_every_time_is_given_up(state: LedgerState) -> None:
    """The sweeper does not put the same piece back for ever."""
    add(state, "a")
    for number in range(MOST_TRIES):
        assert take(state, minutes=2 * number)
        with state.unit(at=NOW + timedelta(minutes=2 * number + 1.5)) as unit:
            found = unit.due.sweep(late_after=timedelta(days=1))
        assert len(found.stalled) == 1
    assert len(found.given_up) == 1
    assert take(state, minutes=1000) == []


def test_sweeper_finds_what_no_alarm_announced(state: LedgerState) -> None:
    """Work that is late is named; work in time is not."""
    late, _ = add(state, "late", -30), add(state, "fresh", -1)
    with state.unit(at=NOW) as unit:
        assert unit.due.sweep(late_after=timedelta(minutes=5)).late == (late,)


def test_pause_stops_all_taking(state: LedgerState) -> None:
    """Paused: nothing is taken, work in hand may finish; resumed: everything is there. Both are events."""
    add(state, "a")
    add(state, "b")
    (held,) = take(state)
    with state.unit(at=NOW, by="staff:1") as unit:
        unit.due.pause(code="maintenance")
        assert unit.due.paused() == "maintenance"
    assert take(state) == []
    with state.unit(at=NOW) as unit:
        unit.due.finish(held)
        unit.due.resume()
        assert unit.due.paused() is None
    assert len(take(state)) == 1
    state.ledger.place()
    with state.unit(at=NOW) as unit:
        assert [each.kind for each in unit.events.read()] == ["work.paused", "work.resumed"]
        with pytest.raises(StateError, match="pause-without-code"):
            unit.due.pause(code="")


def test_cancelled_work_is_not_taken(state: LedgerState) -> None:
    """Open work of one ref is dropped; another's stays."""
    add(state, "a")
    kept = add(state, "b")
    with state.unit(at=NOW) as unit:
        assert unit.due.cancel(KIND, "a") == 1
        assert unit.due.cancel(KIND, "a") == 0
    assert [work.id for work in take(state, limit=9)] == [kept]


def test_undone_is_told_by_the_newest_work_of_each_ref(state: LedgerState) -> None:
    """Open, taken and given up count as undone; what newer work has done does not, nor what is of another kind."""
    for ref in ("done", "open", "taken", "twice"):
        add(state, ref, -9)
    add(state, "twice", -1)
    with state.unit(at=NOW) as unit:
        unit.due.add("other", "elsewhere", NOW)
        unit.due.cancel(KIND, "open")
    add(state, "open", 5)
    done, _, _, newer = take(state, limit=9)
    assert (done.ref, newer.ref) == ("done", "twice")
    with state.unit(at=NOW) as unit:
        unit.due.finish(done)
        unit.due.finish(newer)
        undone = dict(unit.due.undone(KIND))
        assert unit.due.undone("nothing") == []
    assert undone == {"open": NOW + timedelta(minutes=5), "taken": NOW - timedelta(minutes=9)}


TAKER = """
import sys, time
from pathlib import Path
from tests.ledger.test_due import take
from troth.ledger.state import LedgerState, StateSettings
from troth.model.personal import Personal
state = LedgerState.open(StateSettings(Personal(sys.argv[1]), Path(sys.argv[2]), witnesses=(Path(sys.argv[3]),)))
print(take(state)[0].id, flush=True)
time.sleep(60)
"""


def test_worker_killed_with_work_in_hand(state: LedgerState, settings: StateSettings, tmp_path: Path) -> None:
    """kill -9 of a worker that holds a lease: when it runs out, the sweeper puts the piece back and another does it."""
    piece = add(state, "a")
    arguments = [settings.state_url.reveal(), str(settings.keys), str(tmp_path / "witness")]
    process = subprocess.Popen([sys.executable, "-c", TAKER, *arguments], stdout=subprocess.PIPE, cwd=Path.cwd())
    assert process.stdout is not None
    assert int(process.stdout.readline()) == piece
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert take(state, "w2", minutes=0.5) == []
    with state.unit(at=NOW + 2 * LEASE) as unit:
        assert unit.due.sweep(late_after=LEASE).stalled == (piece,)
    (again,) = take(state, "w2", minutes=3)
    with state.unit(at=NOW) as unit:
        unit.due.finish(again)


# --- alarms -----------------------------------------------------------------------------------------------------------


def alarms(settings: StateSettings) -> list[tuple[object, ...]]:
    with raw(settings) as connection:
        return connection.execute(
            "SELECT queue_name, task_name, args, status::text FROM alarm.procrastinate_jobs ORDER BY id"
        ).fetchall()


def test_alarm_exists_exactly_when_its_transaction_committed(state: LedgerState, settings: StateSettings) -> None:
    """Rolled back: no alarm. Committed: one, however often it was set."""

    def ring_and_fail() -> None:
        with state.unit(at=NOW) as unit:
            unit.due.ring("work", "wake", "c-1", NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        ring_and_fail()
    assert alarms(settings) == []
    for _ in range(2):
        with state.unit(at=NOW) as unit:
            unit.due.ring("work", "wake", "c-1", NOW)
            unit.due.ring("work", "wake", "c-1", NOW)
            unit.due.add(KIND, "c-1", NOW)  # the unit is usable after the second, refused alarm
    assert alarms(settings) == [("work", "wake", {"ref": "c-1"}, "todo")]


def test_alarm_wakes_a_worker_of_the_queue(state: LedgerState, settings: StateSettings) -> None:
    """The library's own worker, pointed at the alarm schema, runs what was set and only what is due."""
    with state.unit(at=NOW) as unit:
        unit.due.ring("work", "wake", "c-1", NOW - timedelta(days=3650))
        unit.due.ring("work", "wake", "c-2", NOW + timedelta(days=3650))
    woken: list[str] = []
    app = App(connector=PsycopgConnector(conninfo=settings.state_url.reveal(), kwargs={"options": OPTIONS}))

    @app.task(name="wake", queue="work")
    def wake(ref: str) -> None:
        woken.append(ref)

    async def run() -> None:
        async with app.open_async():
            await app.run_worker_async(queues=["work"], wait=False)

    asyncio.run(run())
    assert woken == ["c-1"]


def test_many_set_the_same_alarm_at_once(state: LedgerState, settings: StateSettings) -> None:
    """Sixteen transactions race for one alarm: all commit, one alarm is there."""

    def ring(number: int) -> None:
        with state.unit(at=NOW) as unit:
            unit.due.ring("work", "wake", "c-1", NOW)
            unit.due.add(KIND, f"r{number}", NOW)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ring, range(16)))
    assert len(alarms(settings)) == 1
    with raw(settings) as connection:
        assert connection.execute("SELECT count(*) FROM due").fetchone() == (16,)


def test_alarm_of_a_finished_job_can_be_set_again(state: LedgerState, settings: StateSettings) -> None:
    """Once it has rung, the same alarm may be set anew."""
    ring: Callable[[], None] = lambda: _ring(state)  # noqa: E731
    ring()
    with raw(settings) as connection:
        connection.execute("SET search_path = alarm")
        connection.execute("UPDATE procrastinate_jobs SET status = 'doing'")
        connection.execute("UPDATE procrastinate_jobs SET status = 'succeeded'")
    ring()
    assert [row[3] for row in alarms(settings)] == ["succeeded", "todo"]


def _ring(state: LedgerState) -> None:
    with state.unit(at=NOW) as unit:
        unit.due.ring("work", "wake", "c-1", NOW)

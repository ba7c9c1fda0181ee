"""What a worker does: take one piece of due work under a lease, do it, then write down that it is done.

The due tables are the truth. An alarm only wakes a worker early; the sweeper finds what no alarm rang for. Doing and
writing down are two transactions, so every kind of work has to bear being done twice. However a piece of work ends,
it never ends the worker.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from troth.desk import (
    applying,
    approving,
    delivering,
    expiring,
    informing,
    own,
    planning,
    publishing,
    reading,
    requests,
    restoring,
    retaining,
    telling,
)
from troth.desk.closed import REPLAY
from troth.desk.house import House
from troth.desk.later import hand_in
from troth.desk.pace import Later
from troth.desk.publishing import TELL
from troth.model.case import Case, CaseState
from troth.model.problem import InputError
from troth.plan import RESTORE
from troth.ports.state import StateError, StateUnavailableError, Sweep, Unit, Work
from troth.ports.store import StoreError, Unreachable

LEASE = timedelta(minutes=30)
"""Longer than the longest step of any work (a store's five tries of two minutes each); every step prolongs it."""
LATE_AFTER = timedelta(hours=1)
AGAIN_AFTER = timedelta(days=1)
"""What was given up is tried once more after this long: most causes are mended by then."""
UNEXPECTED = "unexpected"
NEVER_QUIET = frozenset({"access", RESTORE})
"""Rights that are carried out in quiet hours too: a copy changes nothing, and a replay opens a closed store."""

NOT_TO_CARRY_OUT = frozenset({CaseState.OPEN, CaseState.PLANNED, CaseState.FAILED, CaseState.CLOSED})
"""States in which nothing is signed or nothing is left: what waits for a person is no work."""


@dataclass(frozen=True)
class Worked:
    """What became of one piece of work."""

    work: Work
    code: str
    """`done`, or the stable code of what stopped it."""
    result: object = None
    """What doing it gave."""
    why: str = ""
    """For `unexpected`: the type of the exception. Its words may hold a value of somebody's."""
    waits: bool = False
    """Nothing is wrong with the work: what it needs did not answer."""


def work_once(house: House, worker: str, *, limit: int = 0, kinds: Collection[str] = ()) -> list[Worked]:
    """Do what is due now, of these kinds or of all, at most `limit` pieces or a batch; a failure is tried again later.

    Each piece is taken when it is begun, so none waits under a lease that runs.
    """
    done: list[Worked] = []
    most, wanted = limit or house.pace.batch, tuple(kinds or KINDS)
    with house.unit() as unit:
        work = _taken(unit, worker, wanted)
    while work:
        ended = _tried(house, work)
        more = wanted if len(done) + 1 < most else ()
        ended, work = _written_down(house, ended, worker, more)
        done.append(ended)
    return done


def work_until_idle(house: House, worker: str) -> list[Worked]:
    """Do everything that is due now, including what doing it makes due; and first what could not be ledgered."""
    hand_in(house)
    all_done: list[Worked] = []
    while True:
        done = work_once(house, worker)
        house.state.ledger.place()
        if not done:
            return all_done
        all_done += done


def sweep(house: House) -> Sweep:
    """Find stalled, late and given-up work; what was given up a day ago is opened for one more try."""
    with house.unit() as unit:
        unit.due.retry(before=house.clock.now() - AGAIN_AFTER, tries=1)
        return unit.due.sweep(late_after=LATE_AFTER)


def retry(house: House, *, by: str) -> int:
    """Open all given-up work as if it were new; how many pieces."""
    with house.unit(by) as unit:
        return unit.due.retry(before=house.clock.now())


def _taken(unit: Unit, worker: str, kinds: Collection[str], after: Work | None = None) -> Work | None:
    """Take one piece: the one that goes on with `after`, while what that saw is fresh, otherwise the oldest."""
    following = FOLLOWING.get(after.kind, "") if after else ""
    if (
        after
        and following in kinds
        and (found := unit.due.take([following], worker=worker, lease=LEASE, ref=after.ref))
    ):
        return found[0]
    return next(iter(unit.due.take(kinds, worker=worker, lease=LEASE)), None) if kinds else None


def _written_down(house: House, worked: Worked, worker: str, more: Collection[str]) -> tuple[Worked, Work | None]:
    """Write down how one piece ended and take the next, of the kinds `more`, in one transaction.

    Only the state itself can keep it from being written down. A crash of the machine may forget it: then the piece is
    done again.
    """
    work, later = worked.work, worked.result
    try:
        with house.unit(lasting=False) as unit:
            if isinstance(later, Later):
                worked = replace(worked, code=later.code)
                unit.due.add(work.kind, work.ref, later.at)
                unit.due.finish(work)
            elif worked.code == "done":
                unit.due.finish(work)
            else:
                unit.due.fail(work, code=worked.code, counts=not worked.waits)
            return worked, _taken(unit, worker, more, work)
    except StateError as error:
        worked = replace(worked, code=error.code)
    with house.unit() as unit:
        return worked, _taken(unit, worker, more)


def _tried(house: House, work: Work) -> Worked:
    try:
        return Worked(work, "done", KINDS[work.kind](_prolonging(house, work), work.ref))
    except (StoreError, InputError, StateError) as error:
        return Worked(work, error.code, waits=isinstance(error, Unreachable | StateUnavailableError))
    except Exception as error:  # noqa: BLE001 - whatever it is, the worker and the other pieces of work go on
        return Worked(work, UNEXPECTED, why=type(error).__name__)


def _prolonging(house: House, work: Work) -> House:
    """The house in which every step, once a third of the lease is over, prolongs it; who lost it stops there."""
    until = house.clock.now() + LEASE

    def step(name: str) -> None:
        nonlocal until
        house.between(name)
        now: datetime = house.clock.now()
        if until - now < LEASE * 2 / 3:
            with house.unit() as unit:
                unit.due.prolong(work, lease=LEASE)
            until = now + LEASE

    return replace(house, between=step)


def _plan_and_sign(house: House, case_id: str) -> None:
    """Plan; where the policy asks nobody to sign, sign as the installation and let it be applied."""
    with house.unit() as unit:
        case = unit.cases.get(case_id)
    if not planning.needs_plan(house, case):
        return
    again = case.right == RESTORE
    plan = restoring.plan_again(house, case_id) if again else planning.make_plan(house, case_id).plan
    if plan.applicable:
        approving.approve_as_house(house, case_id)


def _destroy(house: House, case_id: str) -> None:
    """Dated destruction: planned anew from what was kept, signed by the installation, since the policy set the day."""
    made = retaining.plan_destruction(house, case_id)
    if made:
        approving.approve_as_house(house, made)


def _carry_out(house: House, case_id: str) -> Later | None:
    with house.unit() as unit:
        case = unit.cases.get(case_id)
    if case.state in NOT_TO_CARRY_OUT:
        return None
    until = house.pace.quiet.until(house.clock.now()) if house.pace.quiet else None
    if until and case.right not in NEVER_QUIET:
        return Later(until)
    carry_out(house, case)
    return None


def carry_out(house: House, case: Case) -> Case:
    """Apply or deliver, as the right asks; one at a time for a case, whoever is at work on it."""
    with house.state.holding(f"case:{case.id}") as mine:
        if not mine:
            raise InputError(
                "case-busy", f"somebody else carries case `{case.id}` out just now", "look again in a moment"
            )
        if case.right == "access":
            return delivering.deliver(house, case.id).case
        return applying.apply(house, case.id)


def _end_periods(house: House, store: str) -> Later | None:
    """What is over by the declared periods goes, outside quiet hours."""
    until = house.pace.quiet.until(house.clock.now()) if house.pace.quiet else None
    if until:
        return Later(until)
    publishing.require_in_force(house)
    expiring.run_daily(house, store)
    return None


KINDS: Mapping[str, Callable[[House, str], object]] = {
    requests.IDENTIFY: requests.identify,
    requests.END: requests.end,
    planning.PLAN: _plan_and_sign,
    approving.APPLY: _carry_out,
    retaining.DESTROY: _destroy,
    delivering.PACKAGE_END: delivering.destroy_package,
    telling.REMIND: telling.remind,
    TELL: informing.tell,
    delivering.TEXTS: reading.remind,
    own.END: own.end,
    REPLAY: restoring.replay,
    applying.FORGET: applying.forget_ended,
    expiring.RUN: _end_periods,
}
FOLLOWING: Mapping[str, str] = {requests.IDENTIFY: planning.PLAN}
"""What goes on with the same case at once: its plan needs no other look than the one that found out who asks."""

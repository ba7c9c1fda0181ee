"""What a worker does: take due work under a lease, do it, finish it in the unit that writes the results.

The due tables are the truth. An alarm only wakes a worker early; the sweeper finds what no alarm rang for.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

from troth.desk import applying, approving, closing, delivering, own, planning, requests, restoring, retaining, telling
from troth.desk.closed import REPLAY
from troth.desk.house import House
from troth.model.case import Case, CaseState
from troth.model.problem import InputError
from troth.plan import RESTORE
from troth.ports.state import StateError, Sweep, Work
from troth.ports.store import StoreError

LEASE = timedelta(minutes=10)
LATE_AFTER = timedelta(hours=1)


@dataclass(frozen=True)
class Worked:
    """What became of one piece of work."""

    work: Work
    code: str
    """`done`, or the stable code of what stopped it."""
    result: object = None
    """What doing it gave."""


def work_once(house: House, worker: str, *, limit: int = 20, kinds: Collection[str] = ()) -> list[Worked]:
    """Take what is due now, of these kinds or of all, and do it; a failure is written down and tried again later."""
    with house.unit() as unit:
        taken = unit.due.take(tuple(kinds or KINDS), worker=worker, limit=limit, lease=LEASE)
    return [_do(house, work) for work in taken]


def work_until_idle(house: House, worker: str) -> list[Worked]:
    """Do everything that is due now, including what doing it makes due."""
    all_done: list[Worked] = []
    while done := work_once(house, worker):
        all_done += done
    house.state.ledger.place()
    return all_done


def sweep(house: House) -> Sweep:
    """Find stalled, late and given-up work."""
    with house.unit() as unit:
        return unit.due.sweep(late_after=LATE_AFTER)


def _do(house: House, work: Work) -> Worked:
    try:
        result = KINDS[work.kind](house, work.ref)
    except (StoreError, InputError, StateError) as error:
        with house.unit() as unit:
            unit.due.fail(work, code=error.code)
        return Worked(work, error.code)
    with house.unit() as unit:
        unit.due.finish(work)
    return Worked(work, "done", result)


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


def _carry_out(house: House, case_id: str) -> None:
    with house.unit() as unit:
        case = unit.cases.get(case_id)
    if case.state is not CaseState.CLOSED:
        carry_out(house, case)


def carry_out(house: House, case: Case) -> Case:
    """Apply or deliver, as the right asks."""
    if case.right == "access":
        return delivering.deliver(house, case.id).case
    done = applying.apply(house, case.id)
    if done.state is CaseState.WAITING:
        return closing.close_if_done(house, case.id)
    return done


KINDS: Mapping[str, Callable[[House, str], object]] = {
    requests.IDENTIFY: requests.identify,
    planning.PLAN: _plan_and_sign,
    approving.APPLY: _carry_out,
    applying.DESTROY: _destroy,
    delivering.PACKAGE_END: delivering.destroy_package,
    telling.REMIND: telling.remind,
    own.END: own.end,
    REPLAY: restoring.replay,
    applying.FORGET: applying.forget_ended,
}

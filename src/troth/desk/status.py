"""How things stand: cases by state, what is late, whether the ledger agrees with its witness. Always measured."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from troth.desk import reading
from troth.desk.approving import BY_THE_HOUSE
from troth.desk.closed import closed_stores
from troth.desk.delivering import TEXTS
from troth.desk.house import House
from troth.desk.later import waiting as notes_waiting
from troth.desk.publishing import outside
from troth.desk.watching import watch
from troth.desk.working import LATE_AFTER
from troth.model.case import Case, CaseState
from troth.plan import RESTORE
from troth.ports.state import LedgerBehindError, PartState, Sweep, Unit
from troth.show.standing import ForRole, ForSomebody, WaitingPart

LISTED = 200
"""Cases whose needs are told one by one; of the others how many there are."""
UNDER_WAY = frozenset({CaseState.APPROVED, CaseState.APPLYING, CaseState.WAITING})


@dataclass(frozen=True)
class Status:
    """One measurement."""

    at: str
    states: dict[str, int]
    overdue: tuple[Case, ...]
    next_due: date | None
    sweep: Sweep
    paused: str | None
    closed: tuple[str, ...]
    """Stores that were restored and in which not everything is erased again."""
    ledger: str
    """Empty when the ledger agrees with what its witnesses saw."""
    size: int
    """Events that have a position."""
    waiting: tuple[WaitingPart, ...]
    """Parts whose store did not answer."""
    somebody: tuple[ForSomebody, ...]
    """What somebody of ours has to do, of the cases that are due first."""
    more: int
    """Cases beyond those."""
    policy: str
    """Empty when the policy folder is what is in force; otherwise what keeps it from that."""
    observing: date | None
    """The last day on which the gate only watches."""
    noted: int
    """Releases that are noted on this machine and not yet in the ledger."""
    notice: tuple[ForRole, ...] = ()
    """What somebody has to see to so that the notice stays true."""


def status(house: House, folder: Path | None = None) -> Status:
    """Measure now; with the policy's folder, also whether it parted from the notice in force."""
    today = house.clock.now().date()
    with house.unit() as unit:
        cases = unit.cases.find(states=[state for state in CaseState if state is not CaseState.CLOSED], limit=10_000)
        sweep = unit.due.sweep(late_after=LATE_AFTER)
        paused = unit.due.paused()
        observing = unit.policies.observing()
        waiting = tuple(_waiting(unit, cases))
        planned = [case for case in cases if case.state is CaseState.PLANNED]
        somebody = [need for case in planned[:LISTED] for need in _needs(house, unit, case)]
        somebody += list(_to_read(house, unit))
    notice = tuple(watch(house, folder))
    placed = house.state.ledger.place()
    try:
        house.state.ledger.check()
        behind = ""
    except LedgerBehindError as error:
        behind = error.message
    problem = outside(house)
    return Status(
        at=house.clock.now().isoformat(timespec="seconds"),
        states=dict(Counter(case.state.value for case in cases)),
        overdue=tuple(case for case in cases if case.due < today),
        next_due=min((case.due for case in cases if case.due >= today), default=None),
        sweep=sweep,
        paused=paused,
        closed=tuple(closed_stores(house)),
        ledger=behind,
        size=placed.size,
        waiting=waiting,
        somebody=tuple(somebody),
        more=max(len(planned) - LISTED, 0),
        policy=problem.message if problem else "",
        observing=observing,
        noted=notes_waiting(house),
        notice=notice,
    )


def _waiting(unit: Unit, cases: Sequence[Case]) -> Iterator[WaitingPart]:
    for case in cases:
        for part in unit.cases.parts(case.plan) if case.state in UNDER_WAY else ():
            if part.state is PartState.WAITING:
                yield WaitingPart(case.id, part.store, part.note, part.next_try)


def _to_read(house: House, unit: Unit) -> Iterator[ForSomebody]:
    for case_id, _ in unit.due.undone(TEXTS):
        number, receipt = reading.open_records(house, unit, case_id), unit.cases.receipt(case_id)
        if number and receipt:
            yield ForSomebody("read", case_id, number, datetime.fromisoformat(receipt["closed_at"]))


def _needs(house: House, unit: Unit, case: Case) -> Iterator[ForSomebody]:
    """What a planned case waits for; a plan whose key is gone waits for nobody."""
    body = unit.cases.plan(case.plan)
    if body is None:
        return
    plan = house.as_plan(body)
    rows = sum(len(group.rows) for group in plan.waiting)
    if rows:
        yield ForSomebody("replay" if case.right == RESTORE else "decide", case.id, rows, plan.made_at)
    if not plan.applicable:
        yield ForSomebody("mend", case.id, 1, plan.made_at)
    elif case.right not in BY_THE_HOUSE:
        yield ForSomebody("sign", case.id, 1, plan.made_at)

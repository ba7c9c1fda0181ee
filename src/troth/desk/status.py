"""How things stand: cases by state, what is late, whether the ledger agrees with its witness. Always measured."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from troth.desk.closed import closed_stores
from troth.desk.house import House
from troth.desk.publishing import outside
from troth.desk.working import LATE_AFTER
from troth.model.case import Case, CaseState
from troth.ports.state import LedgerBehindError, Sweep


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
    policy: str
    """Empty when the policy folder is what is in force; otherwise what keeps it from that."""


def status(house: House) -> Status:
    """Measure now."""
    today = house.clock.now().date()
    with house.unit() as unit:
        cases = unit.cases.find(states=[state for state in CaseState if state is not CaseState.CLOSED], limit=10_000)
        sweep = unit.due.sweep(late_after=LATE_AFTER)
        paused = unit.due.paused()
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
        policy=problem.message if problem else "",
    )

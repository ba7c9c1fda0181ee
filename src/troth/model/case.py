"""A case: a matter with clocks and steps."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class CaseState(StrEnum):
    """Where a case stands. Each state says what the next act is."""

    OPEN = "open"
    """Nobody looked yet."""
    PLANNED = "planned"
    """A plan exists and waits for a signature, or for rows to be decided."""
    APPROVED = "approved"
    """Signed; the worker may apply it."""
    APPLYING = "applying"
    """At least one store has begun; unreachable or asynchronous parts wait."""
    WAITING = "waiting"
    """Every reachable part is done; a store, a human or a recipient has to answer."""
    LOOKING = "looking"
    """Applied everywhere; the third look runs."""
    CLOSED = "closed"
    """A receipt exists."""
    FAILED = "failed"
    """Something was left that the plan did not retain: a follow-up plan is due."""


@dataclass(frozen=True)
class Case:
    """One request and its clock."""

    id: str
    right: str
    person: str | None
    """None when nobody is known by the identifiers given: the case still has an end date, and no person is made."""
    state: CaseState
    opened_at: datetime
    due: date
    ends: date
    """When the case itself is destroyed."""
    plan: str = ""
    """Hash of its newest plan."""

"""How grave a change of the policy is, and what the organisation's own promise asks for before it may take effect.

The weight of a change follows from its direction; a person may raise it, never lower it. What each weight demands is
declared in changes.yaml, and an organisation that declared nothing there still owes its people a page that says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from troth.model.change import Change, Direction
from troth.model.period import Period
from troth.model.policy import Policy
from troth.model.policy_guard import Rating

WEIGHTS = ("minor", "moderate", "material")
"""From the lightest to the gravest."""
ANY = "any"
"""Declared in place of the three where every change is treated alike."""
_OF_A_DIRECTION = {
    Direction.WIDENING: "material",
    Direction.FORCED: "moderate",
    Direction.NARROWING: "minor",
    Direction.REWORDED: "minor",
}
BY_ITSELF = frozenset({"page", "fresh-choice"})
"""Measures that need nobody: the page is made from the policy, and the gate asks for a choice of the new wording."""


@dataclass(frozen=True)
class Duty:
    """One thing to be done for a new version."""

    weight: str
    measure: str
    """`page`, `banner`, `message`, `fresh-choice`."""
    before_effect: bool
    each_person: bool
    """Whoever was not reached stays under the old version."""
    despite_objection: bool
    relationships: tuple[str, ...]
    """Whom it is owed to; empty: everybody."""

    @property
    def id(self) -> str:
        """`material-message`."""
        return f"{self.weight}-{self.measure}"


def weight(change: Change, policy: Policy) -> str:
    """`minor`, `moderate` or `material`."""
    found = _OF_A_DIRECTION[change.direction]
    if change.reference.partition(":")[0] in ("decision", "decisions"):
        asked = policy.changes.automated_decisions
        return max(found, WEIGHTS[-1] if asked == ANY else asked or found, key=WEIGHTS.index)
    return found


def duties(changes: Sequence[Change], policy: Policy) -> tuple[Duty, ...]:
    """What the changes demand, by the new policy's own promise, the gravest first; none where nothing changes."""
    found = []
    for each in reversed(WEIGHTS):
        of_it = [change for change in changes if weight(change, policy) == each]
        rating = policy.changes.ratings.get(each) or policy.changes.ratings.get(ANY)
        if of_it:
            found += [_duty(each, measure, rating, of_it) for measure in (rating.measures if rating else ("page",))]
    return tuple(found)


def earliest(changes: Sequence[Change], policy: Policy, today: date) -> date | None:
    """The first day on which the new version may take effect; None where no notice ahead was promised for it."""
    weights = {weight(change, policy) for change in changes}
    ratings = [policy.changes.ratings.get(each) or policy.changes.ratings.get(ANY) for each in weights]
    return max((_after(today, rating.ahead) for rating in ratings if rating and rating.ahead), default=None)


def _duty(weight: str, measure: str, rating: Rating | None, changes: Sequence[Change]) -> Duty:
    everybody = any(not change.relationships for change in changes)
    whom = () if everybody else tuple(sorted({name for change in changes for name in change.relationships}))
    if rating is None:
        return Duty(weight, measure, False, False, False, whom)  # noqa: FBT003 - the three flags of nothing declared
    return Duty(weight, measure, rating.before_effect, rating.each_person, rating.despite_objection, whom)


def _after(day: date, period: Period) -> date:
    return (
        day + relativedelta(years=period.years, months=period.months) + timedelta(days=period.days, hours=period.hours)
    )

"""How grave a change of the policy is, and what the organisation's own promise asks for before it may take effect.

The weight of a change follows from its direction; a person may raise it, never lower it. What each weight demands is
declared in changes.yaml, and an organisation that declared nothing there still owes its people a page that says so.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from troth.model.change import Change, Direction
from troth.model.period import Period
from troth.model.policy import Policy
from troth.model.policy_guard import NewPurpose, Rating
from troth.model.problem import NO_PLACE

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
MESSAGE = "message"
"""The measure that reaches each person: sent by ourselves where a mail server is set up."""
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
    old_choice_ends: bool
    """An earlier yes counts no longer, whatever else is done."""
    forced: bool
    """Of nothing but what a law demands: it is told, and does not wait."""
    relationships: tuple[str, ...]
    """Whom it is owed to; empty: everybody."""

    @property
    def id(self) -> str:
        """`material-message`."""
        return f"{self.weight}-{self.measure}"

    @property
    def waits(self) -> bool:
        """Whether the new version governs nobody of them before it has reached them."""
        ahead = self.measure == MESSAGE and self.before_effect
        return (self.each_person or ahead) and not self.forced


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
    return (*_of_new_purposes(changes, policy), *found)


def _of_new_purposes(changes: Sequence[Change], policy: Policy) -> Iterator[Duty]:
    """A purpose that was not told when the data came opens for a person once they were told, where that is promised."""
    asked = policy.changes.new_purpose
    new = [c for c in changes if c.reference.startswith("purpose:") and c.aspect == "itself" and not c.before]
    of_it = [c for c in new if asked and "notice" in _needed(asked, c.reference.partition(":")[2], policy)]
    if of_it:
        rating = policy.changes.ratings.get(WEIGHTS[-1]) or policy.changes.ratings.get(ANY)
        yield replace(_duty("new-purpose", MESSAGE, rating, of_it), each_person=True)


def _needed(asked: NewPurpose, name: str, policy: Policy) -> frozenset[str]:
    """What opens a new purpose; what only some people need counts for all."""
    purpose = policy.purposes.get(name)
    needs = asked.compatible if purpose and purpose.compatible_with else asked.unrelated
    return frozenset({*needs, *(need for rule in asked.rules for need in rule.needs)})


def earliest(changes: Sequence[Change], policy: Policy, today: date) -> date | None:
    """The first day on which the new version may take effect; None where no notice ahead was promised for it."""
    weights = {weight(change, policy) for change in changes}
    ratings = [policy.changes.ratings.get(each) or policy.changes.ratings.get(ANY) for each in weights]
    return max((_after(today, rating.ahead) for rating in ratings if rating and rating.ahead), default=None)


def _duty(weight: str, measure: str, rating: Rating | None, changes: Sequence[Change]) -> Duty:
    everybody = any(not change.relationships for change in changes)
    whom = () if everybody else tuple(sorted({name for change in changes for name in change.relationships}))
    forced = all(change.direction is Direction.FORCED for change in changes)
    kept = rating or Rating("", {}, NO_PLACE, ())
    flags = kept.before_effect, kept.each_person, kept.despite_objection, kept.old_choice_ends
    return Duty(weight, measure, *flags, forced, whom)


def _after(day: date, period: Period) -> date:
    return (
        day + relativedelta(years=period.years, months=period.months) + timedelta(days=period.days, hours=period.hours)
    )

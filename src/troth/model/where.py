"""Where: under which circumstances something declared holds. One small record, the same everywhere in a policy.

Pure. All dimensions that are named must hold; of one dimension, any value will do. A circumstance that is not known
never satisfies a condition: `holds` is then no, and `unknown` tells which fact is missing.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from troth.model.problem import NO_PLACE, Place

_NOTHING: frozenset[str] = frozenset()
_PLACES = frozenset({"residence", "citizenship", "destination"})
_COUNTRY = 2
"""Letters of an ISO 3166-1 code; what is longer names a part of a country (`US-CA`)."""


@dataclass(frozen=True)
class Circumstances:
    """What is known about one use: values by dimension. None: not known. An empty set: known, and there is none."""

    activity: frozenset[str] | None = None
    residence: frozenset[str] | None = None
    """ISO 3166: a country, or a country and its part."""
    citizenship: frozenset[str] | None = None
    destination: frozenset[str] | None = None
    relationship: frozenset[str] | None = None
    source: frozenset[str] | None = None
    channel: frozenset[str] | None = None
    element: frozenset[str] | None = None
    ages: frozenset[int] | None = None
    """Completed years. Of a year of birth alone two are possible."""


@dataclass(frozen=True)
class Where:
    """A condition. An empty dimension demands nothing."""

    activity: frozenset[str] = _NOTHING
    residence: frozenset[str] = _NOTHING
    citizenship: frozenset[str] = _NOTHING
    destination: frozenset[str] = _NOTHING
    relationship: frozenset[str] = _NOTHING
    source: frozenset[str] = _NOTHING
    channel: frozenset[str] = _NOTHING
    element: frozenset[str] = _NOTHING
    younger_than: int = 0
    """Years; 0: any age."""
    place: Place = NO_PLACE

    def holds(self, circumstances: Circumstances) -> bool:
        """Whether the condition is certainly fulfilled: the question for whatever it opens."""
        return all(judged is True for _, judged in self._judged(circumstances))

    def may_hold(self, circumstances: Circumstances) -> bool:
        """Whether the condition may be fulfilled, for all that is known: the question for whatever it closes."""
        return all(judged is not False for _, judged in self._judged(circumstances))

    def unknown(self, circumstances: Circumstances) -> tuple[str, ...]:
        """The dimensions that the answer waits for; none where what is known already says no."""
        judged = dict(self._judged(circumstances))
        return () if False in judged.values() else tuple(name for name, held in judged.items() if held is None)

    @property
    def anywhere(self) -> bool:
        """Whether it demands nothing."""
        return not self.younger_than and not any(wanted for _, wanted in self.named())

    def within(self, other: "Where") -> bool:
        """Whether the other holds wherever this one does."""
        if other.younger_than and not 0 < self.younger_than <= other.younger_than:
            return False
        mine = dict(self.named())
        return all(name in mine and _covered(name, mine[name], wanted) for name, wanted in other.named())

    def named(self) -> Iterator[tuple[str, frozenset[str]]]:
        """The dimensions that demand something, beside the age."""
        for name in _DIMENSIONS:
            wanted: frozenset[str] = getattr(self, name)
            if wanted:
                yield name, wanted

    def _judged(self, circumstances: Circumstances) -> Iterator[tuple[str, bool | None]]:
        for name, wanted in self.named():
            known: frozenset[str] | None = getattr(circumstances, name)
            yield name, None if known is None else _meets(name, wanted, known)
        if self.younger_than:
            ages = circumstances.ages
            yield "age", None if ages is None else _younger(ages, self.younger_than)


_DIMENSIONS = (
    "activity", "residence", "citizenship", "destination", "relationship", "source", "channel", "element",
)  # fmt: skip

ANYWHERE = Where()


def _meets(name: str, wanted: frozenset[str], known: frozenset[str]) -> bool | None:
    """Whether one of the known values is wanted. Of a country alone it is not known in which of its parts one is."""
    if not wanted.isdisjoint(known):
        return True
    if name not in _PLACES:
        return False
    if any(value[:_COUNTRY] in wanted for value in known):
        return True
    return None if any(value[:_COUNTRY] in known for value in wanted) else False


def _younger(ages: frozenset[int], limit: int) -> bool | None:
    younger = {age < limit for age in ages}
    return younger.pop() if len(younger) == 1 else None


def _covered(name: str, mine: frozenset[str], wanted: frozenset[str]) -> bool:
    if name in _PLACES:
        return all(value in wanted or value[:_COUNTRY] in wanted for value in mine)
    return mine <= wanted

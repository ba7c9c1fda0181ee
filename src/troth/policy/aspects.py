"""How each key of each declared thing reads when it changes: wider, narrower, or only in other words.

The tables are the whole knowledge of `diff`. A test sees to it that every field of every noun is either read here or
named as inner.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from troth.model.policy import (
    Category,
    Choice,
    Clause,
    Element,
    Organisation,
    Purpose,
    Recipient,
    Relationship,
    Retention,
    RightOffer,
)


class Reads(Enum):
    """What a change of a value means."""

    MORE_IS_WIDER = auto()
    """A set that grows, a number or a period that rises, a flag that is put up."""
    MORE_IS_NARROWER = auto()
    """The reverse: a set of what stays closed, a protection."""
    ANY_IS_WIDER = auto()
    """Another value is another thing: closed until somebody was told."""
    WORDS = auto()
    """Wording, names of ours, addresses."""


@dataclass(frozen=True)
class Aspect:
    """One key of a thing."""

    name: str
    """As the policy folder calls it."""
    reads: Reads
    get: Callable[[Any], Any]
    fields: tuple[str, ...]
    """Fields of the noun that it covers."""
    says: Callable[[Any], str] | None = None
    """The thing's value in words, where `get` gives something to compare and not to read."""


def _aspect(
    name: str,
    reads: Reads,
    *fields: str,
    get: Callable[[Any], Any] | None = None,
    says: Callable[[Any], str] | None = None,
) -> Aspect:
    own = fields or (name.replace("-", "_"),)
    return Aspect(name, reads, get or (lambda thing: getattr(thing, own[0])), own, says)


def _period(rule: Retention) -> int:
    """Days, by and large: only whether it grew matters."""
    return rule.years * 366 + rule.months * 31 + rule.days


def _span(rule: Retention) -> str:
    parts = {"year": rule.years, "month": rule.months, "day": rule.days}
    return " ".join(f"{number} {unit}{'s' * (number != 1)}" for unit, number in parts.items() if number)


def _days(right: RightOffer) -> int:
    return right.days or 9_999  # none of our own: the law's period, which is longer than any promise beside it


def _channels(purpose: Purpose) -> frozenset[str]:
    """A channel with the condition that opens it: another condition is another channel."""
    return frozenset(f"{rule.channel} ({rule.needs_choice or rule.basis})" for rule in purpose.channels.values())


def _pairs(mapping: Mapping[str, str]) -> frozenset[str]:
    return frozenset(f"{key}: {value}" for key, value in mapping.items())


MORE, LESS, ANY, WORDS = Reads.MORE_IS_WIDER, Reads.MORE_IS_NARROWER, Reads.ANY_IS_WIDER, Reads.WORDS

ASPECTS: Mapping[type, tuple[Aspect, ...]] = {
    Organisation: (
        _aspect("name", ANY),
        _aspect("address", WORDS),
        _aspect("contact", WORDS),
        _aspect("country", ANY),
        _aspect("languages", LESS),
        _aspect("regimes", LESS),
        _aspect("authority", WORDS),
        _aspect("holidays", WORDS),
    ),
    Element: (
        _aspect("says", WORDS),
        _aspect("category", ANY),
        _aspect("special", ANY),
        _aspect("free-text", LESS),
    ),
    Category: (_aspect("says", WORDS), _aspect("elements", MORE)),
    Relationship: (_aspect("says", WORDS), _aspect("may-have", MORE, "categories")),
    Purpose: (
        _aspect("says", WORDS),
        _aspect("for", MORE, "relationships"),
        _aspect("uses", MORE),
        _aspect("never", LESS),
        _aspect("basis", ANY),
        _aspect("basis of", ANY, "basis_of", get=lambda purpose: _pairs(purpose.basis_of)),
        _aspect("channels", MORE, get=_channels),
        _aspect("direct-marketing", LESS),
        _aspect("assessment", WORDS),
        _aspect("assessment until", WORDS, "assessment_until"),
        _aspect("special-condition", ANY),
        _aspect("retention", ANY),
    ),
    Choice: (
        _aspect("says", ANY),
        _aspect("version", WORDS),
        _aspect("purposes", MORE),
        _aspect("channels", MORE),
        _aspect(
            "strength", LESS, get=lambda choice: choice.strength == "explicit", says=lambda choice: choice.strength
        ),
    ),
    Recipient: (
        _aspect("name", ANY),
        _aspect("role", ANY),
        _aspect("country", ANY),
        _aspect("gets", MORE, "elements"),
        _aspect("for", MORE, "purposes"),
        _aspect("safeguard", ANY),
        _aspect("tell", WORDS),
    ),
    Retention: (
        _aspect("says", WORDS),
        _aspect("keep", MORE, "years", "months", "days", get=_period, says=_span),
        _aspect("starts", MORE, get=lambda rule: rule.starts == "end-of-year", says=lambda rule: rule.starts),
        _aspect("then", MORE, get=lambda rule: rule.then != "delete", says=lambda rule: rule.then),
        _aspect("statutory", ANY),
        _aspect("open-to", MORE),
        _aspect("checked", WORDS),
    ),
    RightOffer: (
        _aspect("says", WORDS),
        _aspect("approve", WORDS),
        _aspect("days", MORE, get=_days, says=lambda right: str(right.days or "the law's period")),
    ),
    Clause: (_aspect("title", WORDS), _aspect("text", WORDS), _aspect("speaks of", LESS, "speaks_of")),
}

INNER = frozenset({"id", "place", "language"})
"""Fields that say where or under which name a thing stands, and nothing about people."""


def as_set(value: Any) -> frozenset[str]:
    """A collection as a set of texts."""
    return frozenset(str(each) for each in value) if isinstance(value, Iterable) else frozenset()

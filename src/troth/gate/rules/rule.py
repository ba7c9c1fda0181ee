"""What a rule is, and the few words that all rules share."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, TypeVar

from troth.gate.circumstances import missing
from troth.gate.codes import quoted
from troth.gate.reading import Reading
from troth.model.question import Facts

T = TypeVar("T")
WHOLE = ("*",)
"""Stands where the elements would: the question as a whole."""

NOTHING: tuple[str, ...] = ()

FOR_GAIN = frozenset({"sell", "rent", "share"})
"""What handing over is in law, where somebody gets data for advertising or money of their own."""


class Finding(NamedTuple):
    """What a rule found: a code, the declared thing behind it, the elements it is about, the words in question."""

    code: str
    about: str = ""
    """Reference such as `choice:newsletter`; empty: the purpose."""
    elements: tuple[str, ...] = WHOLE
    words: str = ""


Check = Callable[[Reading, Facts, datetime], Iterable[Finding]]
"""Told the reading, the facts and the very moment, always with a time zone. Those that hang on no fact see no moment:
what they find holds for the whole day.
"""


@dataclass(frozen=True)
class Rule:
    """One rule and what it declares about itself."""

    name: str
    check: Check
    codes: tuple[str, ...]
    touches: Callable[[Reading], tuple[str, ...]]
    """What hangs on this rule: WHOLE, some elements, or NOTHING when it does not apply."""
    reads: frozenset[str] = frozenset()
    """Facts it cannot do without: one that is missing closes what the rule touches."""
    heeds: frozenset[str] = frozenset()
    """Facts that it uses where they are known; where one is missing that it needs, it says so itself."""
    heeding: Callable[[Reading], frozenset[str]] | None = None
    """Which of `heeds` this very reading may hang on; unsaid: all of them."""
    spares_service: bool = False
    """A service question goes on when the facts are missing; where they are known, they are heeded."""
    without_purpose: bool = False
    """Can be put to a question whose purpose is unknown."""


def told(fact: T | None) -> T:
    """A fact the rule cannot do without. A missing one never gets here; if it did, that is an error and so a no."""
    if fact is None:
        raise LookupError("a missing fact was put to a rule that reads it")
    return fact


def everything(_: Reading) -> tuple[str, ...]:
    """The whole question hangs on it."""
    return WHOLE


def where(applies: Callable[[Reading], object]) -> Callable[[Reading], tuple[str, ...]]:
    """The whole question hangs on it where something is declared."""
    return lambda r: WHOLE if applies(r) else NOTHING


def fields(code: str, elements: Iterable[str], about: str = "") -> Iterator[Finding]:
    """One finding for all elements it is about; none where there are none."""
    named = tuple(elements)
    if named:
        yield Finding(code, about, named, quoted(*named))


def unknown(dimensions: Iterable[str], about: str = "", elements: tuple[str, ...] = WHOLE) -> Iterator[Finding]:
    """A finding for each circumstance that nobody knows."""
    return (Finding(code, about, elements, quoted(word)) for code, word in missing(dimensions))


def unless_known(name: str, about: str = "") -> Finding:
    """A finding for a fact that is not known."""
    return Finding(f"fact-missing:{name}", about, words=quoted(name))


def unsaid(name: str, about: str = "") -> Finding:
    """A finding for a part of the question that was left out."""
    return Finding(f"not-said:{name}", about, words=quoted(name))

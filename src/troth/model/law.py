"""What of the law a policy is compiled with: where data is at home, which countries are safe, what a channel needs.

Dated values, so that the day of a question decides and not the day on which a policy was compiled. They come from the
law packs; the gate reads them and asks nobody.
"""

from dataclasses import dataclass

NOBODY = "nobody"
"""Who checked a value of law that nobody has compared with the law's text."""

UNCHECKED = f"checked: by {NOBODY}"
"""Stands behind a citation of such a value, wherever it travels."""


def cited(words: str, checked: str) -> str:
    """A citation; one that nobody checked says so."""
    return f"{words}; {UNCHECKED}" if words and checked == NOBODY else words


def uncited(words: str) -> str:
    """The same without the mark, where it is said once for all."""
    return words.replace(f"; {UNCHECKED}", "")


@dataclass(frozen=True)
class Safe:
    """A country that a law takes for as safe as home, between two ISO days."""

    countries: frozenset[str]
    since: str
    until: str = ""
    partly: bool = False
    """Only some there are covered: mere words never rest on it."""


@dataclass(frozen=True)
class Advertising:
    """What channels need before they may advertise, between two ISO days."""

    channels: tuple[str, ...]
    since: str
    needs_yes: bool
    until: str = ""
    unless: tuple[str, ...] = ()
    """Conditions which, all together, replace the yes; none: nothing does."""


@dataclass(frozen=True)
class Law:
    """One law pack, as far as the gate reads it."""

    code: str
    ours: bool
    """One of the organisation's regimes; any other binds only by where a person lives."""
    established_in: frozenset[str] = frozenset()
    residents_of: frozenset[str] = frozenset()
    home: frozenset[str] = frozenset()
    """Empty: the law has no such idea."""
    safe: tuple[Safe, ...] = ()
    advertising: tuple[Advertising, ...] = ()

"""A list of people that was judged, and the file that was made of it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Counts:
    """How a list was judged."""

    allowed: int
    refused: int
    reasons: tuple[tuple[str, int], ...]
    """(code of the first reason against, rows), the most frequent first."""


@dataclass(frozen=True)
class Broken:
    """A line of a file that could not be read."""

    line: int
    """Counted from 1, the heading among them."""
    column: str
    why: str
    """A code of the reader; never the line's own text."""


@dataclass(frozen=True)
class Made:
    """A file of people that was made to leave the house."""

    file: str
    """SHA-256 of its bytes: its name in the ledger."""
    purpose: str
    recipient: str
    network: str
    people: int
    refused: int
    removals: int = 0

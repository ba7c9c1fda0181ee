"""The few shapes that every artefact is made of. A renderer knows these and nothing about privacy."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Tone(StrEnum):
    """How a line is meant. Never shown by colour alone: the words or the glyph say it too."""

    PLAIN = "plain"
    GOOD = "good"
    BAD = "bad"
    CARE = "care"
    QUIET = "quiet"


@dataclass(frozen=True)
class Heading:
    """A title; level 1 is the artefact's own."""

    text: str
    level: int = 1
    anchor: str = ""
    """Name by which a link on the same page leads here."""


@dataclass(frozen=True)
class Para:
    """A paragraph."""

    text: str
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True)
class Pairs:
    """Labels with their values."""

    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Table:
    """Rows under columns; the caption says what the table answers."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    numeric: frozenset[int] = frozenset()
    """Indexes of columns that are set flush right."""


@dataclass(frozen=True)
class Line:
    """One line with its glyph, and smaller lines under it."""

    glyph: str
    text: str
    details: Sequence[str] = ()
    tone: Tone = Tone.PLAIN
    says: str = ""
    """What the glyph means, for those who do not see it."""


@dataclass(frozen=True)
class Lines:
    """A list of lines."""

    items: Sequence[Line]


@dataclass(frozen=True)
class Links:
    """Ways on: (label, address, what is there)."""

    items: Sequence[tuple[str, str, str]]


@dataclass(frozen=True)
class Rich:
    """Text that an author wrote in Markdown (the notice). The page renders it, cleaned; the terminal prints it."""

    markdown: str


@dataclass(frozen=True)
class Button:
    """The one thing that can be done on a page: it is sent to the page's own address. A terminal only names it."""

    text: str


Block = Heading | Para | Pairs | Table | Lines | Links | Rich | Button
Blocks = tuple[Block, ...]

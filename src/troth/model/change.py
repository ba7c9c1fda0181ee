"""What changed in meaning between two versions of a policy."""

from dataclasses import dataclass
from enum import StrEnum

from troth.model.problem import Place


class Direction(StrEnum):
    """How a change reads for the people concerned."""

    WIDENING = "widening"
    """More is done, with more, by more, for longer, or less is promised: it waits for the person."""
    FORCED = "forced"
    """As widening, and a law demands it: it does not wait, and is told."""
    NARROWING = "narrowing"
    """Less is done, or more is promised: it holds at once."""
    REWORDED = "reworded"
    """Other words for the same thing, as far as a machine can tell: somebody has to read them."""


@dataclass(frozen=True)
class Change:
    """One thing that reads otherwise than before."""

    reference: str
    """`purpose:newsletter`, `clause:en/newsletter`, `organisation`."""
    aspect: str
    """What about it: `uses`, `country`, `keep`; `itself` where it is new or gone."""
    before: str
    """In words; empty where it is new."""
    after: str
    """In words; empty where it is gone."""
    direction: Direction
    place: Place
    relationships: tuple[str, ...] = ()
    """Whom it concerns; empty: everybody."""
    asks_again: tuple[str, ...] = ()
    """Choices whose yes no longer covers what is done: they have to be asked for again."""

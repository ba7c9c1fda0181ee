"""What changed in meaning between two versions of a policy, and what that asks for before it holds for a person."""

from dataclasses import dataclass
from datetime import datetime
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


@dataclass(frozen=True)
class Followed:
    """What became of the change that a version is, decided once, when it was put in force."""

    version: str
    """Its hash."""
    starts: datetime
    """From when it is in force, or when it was published, whichever is later: whoever came after that came under it."""
    waits: bool
    """Whoever it concerns stays under the version before it until it has reached them."""
    message: bool
    """It is told to each of them in a message."""
    despite_objection: bool = False
    """Also to those who want no advertising: it is none."""
    relationships: tuple[str, ...] = ()
    """Whom it concerns; empty: everybody."""
    choices: tuple[str, ...] = ()
    """Choices to be asked for again: who says yes to one of them under this version has met it."""


class Way(StrEnum):
    """How a version of the notice reached somebody."""

    REGISTERED = "registered"
    """It was in force when they came."""
    FOLLOWED = "followed"
    """It followed the one before it without waiting for them: its page was all that was promised."""
    MESSAGE = "message"
    """A message was accepted for them, and did not come back."""
    CHOICE = "fresh-choice"
    """They said yes to a choice in its words."""
    SHOWN = "shown"
    """It was put before them by other means: on paper, on a page that they confirmed."""


class Telling(StrEnum):
    """Where telling one person about one version stands."""

    SENDING = "sending"
    """It is being handed over, or was when the process ended: handed over again, since nobody knows."""
    LATER = "later"
    """The other side asked to come back."""
    ACCEPTED = "accepted"
    """A mail server took it; it counts once the time in which a message comes back is over."""
    BOUNCED = "bounced"
    """It was refused, or came back."""
    NO_WAY = "no-way"
    """No address is known, or they want no messages and this one was not promised to pass."""
    REACHED = "reached"
    """By a choice or by other means."""


@dataclass(frozen=True)
class Told:
    """How one person was told about one version."""

    version: str
    way: Way
    state: Telling
    at: datetime
    """Of the last step."""
    why: str = ""
    """A code: `5.1.1`, `no-address`, `objected`."""
    counts_from: datetime | None = None
    """From when it counts as reached; None: it does not."""
    counts_until: datetime | None = None
    """When it came back after all."""


@dataclass(frozen=True)
class Governs:
    """A version of the notice that governs or governed somebody."""

    version: str
    since: datetime
    way: Way

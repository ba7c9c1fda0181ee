"""What leaves the house on purpose: letters to recipients, messages to people, packages for the person who asked."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from troth.model.person import Identifier
from troth.model.personal import Personal
from troth.model.problem import InputError

WORK_ORDER = "work-order"
"""A way to tell: a file for a person or system that fetches it."""


@dataclass(frozen=True)
class KeptRows:
    """Rows of the person that the recipient has as well, and that a law keeps."""

    elements: tuple[str, ...]
    """In words."""
    rows: int
    until: date | None
    law: str


@dataclass(frozen=True)
class Letter:
    """What a recipient is told: a processor what to do (Art. 28(3)), others what was done (Art. 19)."""

    case: str
    recipient: str
    """Its id: the name of the letter."""
    asks: str
    """`erase`: an instruction to whoever works for us. `note`: a communication to whoever decides by their own law."""
    elements: tuple[str, ...]
    """In words."""
    identifiers: tuple[Identifier, ...]
    """What the recipient can find the person by: nothing that it does not get anyway. They hide themselves everywhere
    but inside the letter. None: somebody of ours has to say who is meant."""
    answer_by: date
    sender: str
    """Name of the organisation."""
    contact: str
    """Address to answer to."""
    name: str
    """Name of the recipient."""
    keeps: tuple[KeptRows, ...] = ()
    """What is not to be erased."""
    by_hand: bool = False
    """No machine knows the way to this recipient: somebody of ours takes the letter to them."""


class Outbox(Protocol):
    """Hands letters over and knows which were answered."""

    def send(self, letter: Letter, tell: str) -> str:
        """Hand a letter over by the way the policy names; gives its reference. Again changes nothing."""

    def send_all(self, letters: Sequence[tuple[Letter, str]]) -> Sequence[str | InputError]:
        """The same for several, waiting for the disk once; for each its reference, or why it was not handed over."""

    def acknowledge(self, case: str, recipient: str) -> None:
        """The recipient has answered: the letter, which names a person, is destroyed."""

    def letters(self, case: str) -> Sequence[str]:
        """Recipients whose letter is still here, and names a person. A carrier may have taken it: that is no answer."""


class Shelf(Protocol):
    """Keeps packages until they are fetched or their day comes."""

    def put(self, case: str, files: Mapping[str, str]) -> Path:
        """Write the files of a package where only this installation's account can read them; all of them, or none."""

    def holds(self, case: str) -> bool:
        """Whether a package waits to be fetched."""

    def names(self, case: str) -> Sequence[str]:
        """The case's package and its supplements (`CASE.1`), each with an end of its own."""

    def remove(self, case: str) -> bool:
        """Destroy one package, or one supplement; False when there was none."""


@dataclass(frozen=True)
class Message:
    """What one person is told by mail."""

    to: Personal[str]
    subject: str
    text: str
    mark: str
    """Names the message, and nobody: a message that comes back is known by it."""


class Handing(StrEnum):
    """What the other side said."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    """For good."""
    LATER = "later"


@dataclass(frozen=True)
class Handed:
    """What became of handing one message over."""

    what: Handing
    why: str = ""
    """The other side's code, such as `5.1.1`; never its words, which may quote an address."""


class Mailer(Protocol):
    """Hands messages to a mail server."""

    @property
    def settles(self) -> timedelta:
        """How long a message may still come back after it was accepted."""

    def line(self) -> AbstractContextManager[Callable[[Message], Handed]]:
        """A conversation with the server, for many messages. Raises Unreachable, also where it breaks off."""

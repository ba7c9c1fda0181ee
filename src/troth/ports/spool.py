"""Messages that we took over and that have not left yet. What was accepted is never lost."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from troth.model.personal import Personal


class Fate(StrEnum):
    """What became of a message for one recipient."""

    WAITING = "waiting"
    SENT = "sent"
    """The next hop took it over; the ledger does not know yet."""
    NOTED = "noted"
    """Sent, and the ledger knows."""
    DROPPED = "dropped"
    """The answer is no: it does not leave."""
    FAILED = "failed"
    """The next hop will not have it, or did not for too long; its sender was told."""

    @property
    def settled(self) -> bool:
        """Whether nothing more is to be done."""
        return self in (Fate.NOTED, Fate.DROPPED, Fate.FAILED)


@dataclass(frozen=True)
class Addressee:
    """One recipient of a parcel."""

    number: int
    """Its place among the recipients: what is written in clear names nobody."""
    address: Personal[str]
    fate: Fate = Fate.WAITING
    code: str = ""
    tries: int = 0
    next_try: datetime | None = None
    note: str = ""
    """What the ledger is to hear of it, sealed."""


@dataclass(frozen=True)
class Parcel:
    """A message and everybody it is for."""

    id: str
    purpose: str
    sender: Personal[str]
    content: Personal[bytes]
    arrived: datetime
    addressees: tuple[Addressee, ...]


class Spool(Protocol):
    """Keeps parcels over any crash, sealed, until each recipient's fate is settled."""

    def put(self, purpose: str, sender: str, recipients: Sequence[str], content: bytes, at: datetime) -> str:
        """Keep a message; once this returns it survives a crash. Gives its id. Raises OSError: then it is not kept."""

    def ids(self) -> Sequence[str]:
        """Parcels that are here, the oldest first: their names begin with when they came."""

    def parcel(self, parcel: str) -> Parcel | None:
        """A parcel as it stands; None when it is gone. Raises InputError `parcel-damaged`."""

    def begin(self, parcel: str, number: int, at: datetime) -> None:
        """Say that it is handed over now. Raises OSError where nothing can be kept: then it must not leave."""

    def settle(self, parcel: str, number: int, fate: Fate, code: str, at: datetime, again: datetime | None) -> None:
        """Keep what became of it for one recipient; `again`: when to try once more."""

    def done(self, parcel: str) -> None:
        """Destroy a parcel, once every fate is settled."""

    def alone(self) -> AbstractContextManager[None]:
        """Be the one process that carries parcels, and clear away what a crash left. InputError `spool-in-use`."""

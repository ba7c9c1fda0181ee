"""Keys with which programs ask over HTTP. Of a key only its digest is kept; what it may ask for stands beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class AccessKey:
    """One key, without the secret."""

    id: str
    name: str
    """Which program has it: a code."""
    digest: bytes
    """SHA-256 of the secret, which is 256 random bits: nothing to be guessed."""
    purposes: frozenset[str]
    operations: frozenset[str]
    rate: int
    """Answers a second, for each process that serves."""
    ends_at: datetime | None = None
    """From then on it does not count; None: until somebody ends it."""


class AccessKeys(Protocol):
    """The keys."""

    def add(self, key: AccessKey) -> int:
        """Keep a key. Writes `key.made`."""

    def end(self, name: str, at: datetime, *, code: str) -> Sequence[str]:
        """End the keys of a program at a moment; their ids. Writes `key.ended` where there were any."""

    def live(self) -> Sequence[AccessKey]:
        """The keys that count at the unit's moment."""

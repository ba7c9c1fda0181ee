"""What a process needs that keeps its own view of people: what changed since it last looked, and how somebody is now.

Whoever follows must never miss an event that committed late. So a look gives everything above a position *and* every
committed event that has no position yet: what is in neither was already given.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from troth.model.person import Identifier
from troth.model.question import Facts
from troth.ports.access import AccessKey
from troth.ports.state import PolicyVersion


@dataclass(frozen=True)
class Changes:
    """What one look found, all of it as of one moment of the database."""

    size: int
    """How many events have a position."""
    persons: frozenset[str] | None
    """About whom something happened since the look before. None: too much to name, so anybody."""
    pending: frozenset[int]
    """Events that have no position yet and were given now or before; handed back with the next look."""
    policy: str
    """Hash of the version in force; empty: none."""
    observing: date | None = None
    """The last day on which the gate only watches, where that is not over."""


@dataclass(frozen=True)
class Known:
    """What is known of one person, and what was promised to them."""

    facts: Facts
    governed_by: str
    """Hash of the version that governs them; empty: today's."""


class Following(Protocol):
    """The ledger as somebody reads it who only follows. Each call raises StateError, and may be made again after it."""

    def look(self, size: int | None, pending: frozenset[int]) -> Changes:
        """What happened since a look that found this size and these pending events; `size` None: the first look."""

    def persons(self, wanted: Sequence[str]) -> Mapping[str, Known]:
        """How these persons are now; who is not known is not in it."""

    def known_by(self, identifier: Identifier) -> str | None:
        """The person to whom this value is linked as proven. StateError `no-keyring` where there are no keys."""

    def access_keys(self) -> Sequence[AccessKey]:
        """The keys that programs may ask with now."""

    def policy(self, hash: str) -> PolicyVersion:  # noqa: A002 - the word of the model
        """A version by its hash. Raises NotFoundError."""

    def close(self) -> None:
        """Let go of the connection."""

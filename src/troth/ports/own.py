"""Troth as a store of its own policy: what it holds about a person, seen and erased inside a unit of our own state.

Other stores carry their part of a plan out before the last look. Ours names the person to that very look, so its part
is settled in the unit that closes the case. Nothing here decides what goes: callers bring the rows.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from troth.model.person import Identifier
from troth.model.personal import Personal
from troth.model.sight import Key

Row = tuple[str, Key]
"""A logical table and a key in it. Every key begins with the person's id."""


@dataclass(frozen=True)
class OwnRow:
    """One thing that Troth itself holds about a person."""

    table: str
    key: Key
    values: Mapping[str, Personal[Any]]
    """Column -> value, the key's columns left out. Never another person's words, never who of ours acted."""


class Own(Protocol):
    """Our own tables, from inside a unit."""

    def rows(self, person: str, identifiers: Collection[Identifier] = ()) -> Sequence[OwnRow]:
        """Everything held about a person. `identifiers` find what is kept under keyed hashes alone."""

    def erase(self, person: str, rows: Collection[Row]) -> None:
        """Delete rows of this person; again changes nothing. Writes `slots.erased` where words in the ledger go.

        Other people's slots of the same events stay readable, and every leaf still verifies.
        """

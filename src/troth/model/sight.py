"""What a store says it holds about a person: tables, keys, dates, a fingerprint. No other values.

`look` gives a Sight three times in the life of a plan: to make it, inside the acting transaction, and afterwards.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from troth.model.person import Identifier

Scalar = str | int
Key = tuple[Scalar, ...]
"""A row's key in column order. Dates and numbers without an integer form travel as text."""


@dataclass(frozen=True)
class Pointer:
    """One foreign key of one row: its columns, and the key of the row it leads to."""

    columns: tuple[str, ...]
    table: str
    key: Key


class Reach(StrEnum):
    """How sure it is that a row is this person's."""

    PROVEN = "proven"
    """By a proving identifier, by a decision of a person, or by owning the owner."""
    TWO_HINTS = "two-hints"
    """Two identifiers of different kinds that only hint, on the same row."""
    HINT = "hint"
    """One hint alone: waits for a person to decide."""

    @property
    def enters(self) -> bool:
        """Whether the row enters a plan by itself."""
        return self is not Reach.HINT


@dataclass(frozen=True)
class SeenRow:
    """One row, without its values."""

    key: Key
    reach: Reach
    by: str
    """What brought it in: `customer-number`, `email`, or `via TABLE` for a row owned through another."""
    root: Key | None = None
    """Key of the shared row under which it hangs; None where the row is the person's alone."""
    root_table: str = ""
    own_claims: tuple[str, ...] = ()
    """On a shared row: the parents of the claims whose holder this person is."""
    matched: tuple[str, ...] = ()
    """Identifier columns of this row whose value is this person's own: on a shared row only these are theirs by
    name.
    """
    clock: date | None = None
    """The row's own date from which its retention period runs."""
    retained: bool = False
    """Whether the row meets its table's `retain_when`."""
    others: int = 0
    """How many other people share it now. Told, and not in the fingerprint: neighbours may come and go."""
    blockers: tuple[str, ...] = ()
    """Tables with rows that are not this person's and that a NOT NULL key forbids to leave behind: `child.column`."""
    refers: tuple["Pointer", ...] | None = None
    """Where this row's foreign keys lead, those that are set; None: the store does not say."""


@dataclass(frozen=True)
class SeenTable:
    """All rows of one table."""

    table: str
    key_columns: tuple[str, ...]
    rows: tuple[SeenRow, ...]

    @property
    def entering(self) -> tuple[SeenRow, ...]:
        """Rows that enter a plan by themselves."""
        return tuple(row for row in self.rows if row.reach.enters)

    @property
    def waiting(self) -> tuple[SeenRow, ...]:
        """Rows that wait for a person to decide whose they are."""
        return tuple(row for row in self.rows if not row.reach.enters)


@dataclass(frozen=True)
class Sight:
    """What one store holds about one person."""

    store: str
    tables: Mapping[str, SeenTable]
    fingerprint: str
    """sha256 (hex) over keys, owner columns and every column a reason reads, of the entering and the waiting rows."""
    learned: tuple[Identifier, ...] = ()
    """Identifiers found on own rows, for the next round over the other stores."""

    @property
    def count(self) -> int:
        """Rows that enter by themselves."""
        return sum(len(table.entering) for table in self.tables.values())

"""The data map: which column of which real table is which element, and whose the rows are.

Ownership has two shapes and no third:

*claim*  a row's columns point at an owner row (`owner: {customer: customer_id}`): the row is that owner's.
*tie*    a row points at a row that several people share (`shared: booking`): the shared row, and everything that is
         owned through it, belongs to everybody tied to it.

An identifier column `proves` (unique to one person and verified) or only hints. A row reached by hints alone waits for
a person.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from troth.model.problem import Place
from troth.model.text import SILENT, Text

OURS = "troth"
"""The engine of the one store that is Troth itself."""


@dataclass(frozen=True)
class IdentifierColumn:
    """A column whose value can say who somebody is."""

    column: str
    kind: str
    """`customer-number`, `email`, `phone` ...: values are compared within a kind, in its normal form."""
    proves: bool
    place: Place


@dataclass(frozen=True)
class Claim:
    """Columns of a row that point at the row of its owner."""

    parent: str
    """Table of the same store."""
    columns: tuple[str, ...]
    parent_columns: tuple[str, ...]
    """Empty until the schema is known: then the parent's key, in its order."""
    place: Place
    when: tuple[tuple[str, str], ...] = ()
    """Column values under which the claim holds: a polymorphic table says `when: {entity_type: customer}`."""


@dataclass(frozen=True)
class ColumnMap:
    """What a column holds."""

    column: str
    place: Place
    element: str = ""
    """Element id; empty when the column is declared not personal."""
    whose: str = ""
    """On a shared row: the claim (its parent table) whose holder this value is about. Empty: about everybody who
    shares the row.
    """
    mask: str | None = None
    """What an erasure that keeps the row writes: None for NULL, text with `{token}` for a value that is unique
    for each row.
    """
    mask_declared: bool = False
    source: Text = SILENT
    """Where the value came from (`person`, `agent`, `partner`): printed with it."""
    not_personal_because: str = ""
    """The author's reason for calling a column not personal whose name sounds otherwise."""
    ends: Text = SILENT
    """Until when the value stays, in words, where that differs from its row."""
    objects: bool = False
    """A value here (other than a plain no) says that the person objected to direct marketing: it outlives the row."""
    label: str = ""
    """What the value is called in a copy, where the element's words do not tell several columns apart."""
    hundredths_of: str = ""
    """The currency whose hundredths the column counts (`EUR`): a copy shows the amount."""
    withheld: str = ""
    """Code of the reason for which no copy holds the value (`credential`); empty: it is the person's to have."""


SAYS_NOTHING = frozenset({"", "0", "false", "f", "no", "n"})
"""How a column that only says whether somebody objected says that they did not."""


def objects(value: object) -> bool:
    """Whether a value of a column that `objects` says that the person did."""
    return value is not None and str(value).strip().lower() not in SAYS_NOTHING


@dataclass(frozen=True)
class TableMap:
    """One table: whose its rows are, what they hold, how they end."""

    name: str
    place: Place
    says: Text
    personal: bool
    """False: declared to hold nothing about people; its columns need no map."""
    key: tuple[str, ...]
    """Columns that tell rows apart; empty: the primary key, found in the schema."""
    identifiers: tuple[IdentifierColumn, ...]
    claims: tuple[Claim, ...]
    shared: Claim | None
    """The tie: columns of this table that point at the shared row. `parent` is the shared table."""
    columns: Mapping[str, ColumnMap]
    relationship: str = ""
    purposes: tuple[str, ...] = ()
    """Why the rows are held: printed in the access package, and the ground when an erasure asks whether a purpose
    still lives.
    """
    recipients: tuple[str, ...] = ()
    erase: str = "delete"
    """What erasure does to a row that nothing keeps: `delete` or `mask`."""
    retain: str = ""
    """Retention rule id."""
    retain_when: tuple[tuple[str, str], ...] = ()
    """Column values under which the rule holds (`status: paid`). A column that is named again may have either value."""
    clock: str = ""
    """Date column from which the period runs."""
    ends: Text = SILENT
    """Until when the rows stay, in words, where no date in them says so (GDPR Art. 15(1)(d): the criteria)."""
    trigger_history: str = ""
    """Table that a trigger of this table writes to: declared, so that erasure looks there last."""

    @property
    def objecting(self) -> tuple[str, ...]:
        """Columns in which a no to direct marketing may stand."""
        return tuple(column.column for column in self.columns.values() if column.objects)

    def kept_when(self, has: Callable[[str, str], bool]) -> bool:
        """Whether a row meets `retain_when`; `has` says whether a column of it has a value."""
        columns = dict.fromkeys(column for column, _ in self.retain_when)
        return all(any(has(c, text) for c, text in self.retain_when if c == column) for column in columns)


@dataclass(frozen=True)
class StoreMap:
    """One real system. Two credentials: `look` reads, `act` changes and is held by the worker alone."""

    name: str
    engine: str
    """`postgresql`, `mariadb`, `sqlite`, `work-order`, or `OURS`."""
    look_url: str
    """May hold `${NAME}`: taken from the environment when the store is opened, never stored."""
    act_url: str
    tables: Mapping[str, TableMap]
    place: Place
    says: Text = SILENT
    schema: str = ""
    """PostgreSQL schema or MariaDB database that is mapped as a whole; empty: the engine's default."""
    leaves: Mapping[str, int] | None = None
    """What outlives a deletion here, in days (`backups: 30`, `log: 7`); None: nothing was declared, and the
    receipt says so.
    """
    marks: bool = False
    """A mark table may be written in the store, so that a repeated apply is told apart from a first one without
    looking.
    """
    answer_days: int = 0
    """For a work-order store: how long the humans behind it have."""
    stored_in: frozenset[str] = frozenset()
    """Countries in which it is."""
    hosted_by: str = ""
    """Recipient that runs it; empty: ourselves."""
    accountable: str = ""
    """Role that answers for it."""
    apart_from: tuple[str, ...] = ()
    """Stores with which it has no key in common, and must not be joined."""

    @property
    def ours(self) -> bool:
        """Whether this is Troth's own state: it needs no address, and its part of a plan is settled with the case."""
        return self.engine == OURS

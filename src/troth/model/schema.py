"""What a real database says about itself. Facts only: the planner and the checks judge them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

CAST = re.compile(r"::(?:character varying|varchar|text|bpchar|citext|name)\b")
"""A cast between kinds of text, as PostgreSQL prints it in constraints and indexes."""


ROW_ID = "rowid"
"""Column that names the rows of a table without a key, where the engine has one."""


@dataclass(frozen=True)
class Column:
    """One column; `type` is the engine's own word, `length` its limit in characters where it has one."""

    name: str
    type: str
    nullable: bool
    has_default: bool = False
    length: int | None = None
    generated: bool = False


@dataclass(frozen=True)
class ForeignKey:
    """Columns that must point at a row of another table."""

    name: str
    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]
    on_delete: str = "no action"
    """`no action`, `restrict`, `cascade`, `set null`, `set default`."""
    deferrable: bool = False


@dataclass(frozen=True)
class Check:
    """A CHECK constraint, as the engine prints it."""

    name: str
    expression: str


@dataclass(frozen=True)
class Trigger:
    """Code that runs by itself. `writes` names the tables its body appears to change; None: it could not be read."""

    name: str
    event: str
    """`insert`, `update`, `delete`."""
    writes: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Table:
    """One table as it stands."""

    name: str
    columns: Mapping[str, Column]
    primary_key: tuple[str, ...]
    unique: tuple[tuple[str, ...], ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()
    """Leading columns matter; primary key and unique constraints are listed too."""
    foreign_keys: tuple[ForeignKey, ...] = ()
    checks: tuple[Check, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    transactional: bool = True
    """False for a MariaDB engine without transactions."""
    rows_estimate: int = 0

    def says_lower(self, column: str) -> bool:
        """Whether a CHECK promises that the column holds lower-case text only, so that a plain index is enough."""
        name = re.escape(column.lower())
        promise = re.compile(rf"(?<![\w.]){name}=lower{name}(?!\w)")
        for check in self.checks:
            words = CAST.sub("", check.expression.lower())
            if " or " not in words and promise.search(re.sub(r"\s*=\s*", "=", re.sub(r"[()\"`]", "", words))):
                return True
        return False


@dataclass(frozen=True)
class Schema:
    """All tables of the mapped schema."""

    store: str
    engine: str
    tables: Mapping[str, Table]

    def children_of(self, table: str) -> tuple[tuple[str, ForeignKey], ...]:
        """Foreign keys that point at a table, with the table that holds them."""
        return tuple(
            (child.name, key) for child in self.tables.values() for key in child.foreign_keys if key.parent == table
        )

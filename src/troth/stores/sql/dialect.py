"""What one engine does in its own way. The walk and the acting transaction are written against this and nothing else.

A dialect never decides anything about a person: it connects, quotes, types, locks and names errors.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy.engine import Dialect as SqlAlchemyDialect

from troth.model.schema import Schema, Table
from troth.model.sight import Scalar
from troth.ports.store import StoreError
from troth.stores.sql.scalar import is_integer, sendable

BIGGEST = 2**63
Fit = Callable[[Scalar | None], Scalar | None]


@dataclass(frozen=True)
class Statement:
    """SQL with places for values, and the values. The values never show."""

    sql: str
    params: tuple[Any, ...] = ()

    def __repr__(self) -> str:
        return f"Statement({self.sql!r}, {len(self.params)} values)"


@dataclass(frozen=True)
class Result:
    """What a statement gave back."""

    rows: Sequence[Sequence[Any]]
    count: int

    def __repr__(self) -> str:
        return f"Result({self.count} rows)"


@dataclass(frozen=True)
class Limits:
    """How long a store may keep us waiting, in seconds."""

    connect: float = 5.0
    lock: float = 10.0
    statement: float = 60.0

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "Limits":
        """Take `TROTH_CONNECT_TIMEOUT`, `TROTH_LOCK_TIMEOUT`, `TROTH_STATEMENT_TIMEOUT` where they are set."""

        def seconds(name: str, default: float) -> float:
            try:
                found = float(environ.get(f"TROTH_{name}_TIMEOUT", default))
            except ValueError:
                return default
            return found if found > 0 else default

        return cls(seconds("CONNECT", cls.connect), seconds("LOCK", cls.lock), seconds("STATEMENT", cls.statement))


class Dialect(ABC):
    """One engine, for one store."""

    engine: ClassVar[str]
    sqlalchemy_url: ClassVar[str]
    """Names the SQLAlchemy dialect that reflects; it is never connected with."""
    place: ClassVar[str] = "%s"
    """How a value is written in a statement."""
    join: ClassVar[str] = "JOIN"
    """Joins the values to the table: values first, so that the table's index serves."""
    lock: ClassVar[str] = " FOR UPDATE"
    begin_look: ClassVar[tuple[str, ...]]
    begin_act: ClassVar[tuple[str, ...]]
    driver_error: ClassVar[type[Exception]]
    mark_table: ClassVar[str]
    """The documented statement that makes the mark table."""
    folds_case: ClassVar[bool] = False
    """Whether a key finds its row without regard to capitals."""
    grant: ClassVar[str] = "GRANT SELECT, UPDATE, DELETE ON {table} TO the role of the `act` URL"
    revoke: ClassVar[str] = "REVOKE INSERT, UPDATE, DELETE ON {tables} FROM the role of the `look` URL"
    has_row_id: ClassVar[bool] = False
    """Whether a table without a declared key has a stable row number."""

    def __init__(self, store: str, schema: str, limits: Limits) -> None:
        self.store = store
        self.schema = schema
        self.limits = limits
        self.sqlalchemy = self._sqlalchemy_dialect()

    @abstractmethod
    def _sqlalchemy_dialect(self) -> SqlAlchemyDialect:
        """The SQLAlchemy dialect that quotes and compiles types."""

    @abstractmethod
    def connect(self, url: str, *, writes: bool) -> Any:
        """Open a connection with short timeouts; read-only unless `writes`. Raises Unreachable, StoreError."""

    @abstractmethod
    def run(self, connection: Any, statements: Sequence[Statement]) -> list[Result]:
        """Send statements together where the driver can, and give their results in order."""

    @abstractmethod
    def translate(self, error: Exception) -> StoreError:
        """Name a driver's error in our own words: no value, no DETAIL, no parameter."""

    @abstractmethod
    def values(self, types: Sequence[str], columns: Sequence[Sequence[Scalar | None]]) -> Statement:
        """A table `v` of values for FROM: `ord` from 1, then `k0`, `k1` ... comparable with columns of these types.

        The values come column by column, all columns of one length.
        """

    @abstractmethod
    def update(self, table: str, sets: str, on: str, values: Statement) -> Statement:
        """Update table `t` from values `v`."""

    @abstractmethod
    def delete(self, table: str, columns: Sequence[str], on: str, values: Statement) -> Statement:
        """Delete from table `t` the rows that `v` names."""

    @abstractmethod
    def extras(self, connection: Any, schema: Schema) -> Schema:
        """Add what SQLAlchemy does not reflect: triggers, engines without transactions, row estimates."""

    @abstractmethod
    def version_of(self, connection: Any) -> object:
        """A value that is another one as soon as the mapped schema changes in any way; cheaper than reflecting."""

    @abstractmethod
    def can_write(self, connection: Any, table: str) -> bool:
        """Whether this connection's role may change or delete rows of a table."""

    def literal(self, declared: str) -> str:  # noqa: ARG002 - engines that are strict about types use it
        """The place of a value that stands for a column of this type."""
        return self.place

    def quote(self, name: str) -> str:
        """Quote an identifier, always: a name from the policy is never SQL."""
        return self.sqlalchemy.identifier_preparer.quote_identifier(name)

    def table(self, name: str) -> str:
        """A table's name as a statement writes it."""
        return f"{self.quote(self.schema)}.{self.quote(name)}" if self.schema else self.quote(name)

    def fitter(self, declared: str) -> Fit:
        """Makes of a value what a column of this type would hold; None where none can hold it, so nothing matches."""
        return _whole if is_integer(declared) else _sendable

    def fit(self, declared: str, value: Scalar | None) -> Scalar | None:
        """One value by the `fitter` of its column's type."""
        return self.fitter(declared)(value)

    def equals(self, column: str, declared: str, value: str) -> str:
        """A comparison that an index on the column serves."""
        del declared
        return f"{column} = {value}"

    def equals_any_case(self, table: Table, name: str, column: str, value: str) -> str:
        """A comparison with a lower-case value that finds `Anna@X.example` too, by index where there is one."""
        if table.says_lower(name):
            return self.equals(column, table.columns[name].type, value)
        return f"lower({column}) = {value}"

    def assigned(self, declared: str, value: str) -> str:
        """A text value as it is written into a column of this type."""
        del declared
        return value

    def error(self, code: str, message: str, remedy: str = "") -> StoreError:
        """An error of this store."""
        return StoreError(self.store, code, message, remedy)


def _whole(value: Scalar | None) -> int | None:
    if not isinstance(value, int):
        try:
            value = int(str(value))
        except ValueError:
            return None
    return value if -BIGGEST <= value < BIGGEST else None


def _sendable(value: Scalar | None) -> Scalar | None:
    return None if isinstance(value, str) and not sendable(value) else value

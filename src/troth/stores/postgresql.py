"""PostgreSQL 12 or later, over psycopg 3. Key values travel as typed arrays; a step of a walk is one round trip."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import psycopg
from psycopg import errors
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine import Dialect as SqlAlchemyDialect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from troth.model.datamap import StoreMap
from troth.model.schema import Schema, Table, Trigger
from troth.model.sight import Scalar
from troth.ports.store import StoreError, Unreachable
from troth.postgres import arrays
from troth.postgres.together import together
from troth.stores.sql.dialect import Dialect, Fit, Result, Statement
from troth.stores.sql.opening import open_sql
from troth.stores.sql.reflect import written_tables
from troth.stores.sql.scalar import TEXT_WORDS, base_type, is_integer
from troth.stores.sql.store import SqlStore

LOCAL_HOSTS = ("", "localhost", "127.0.0.1", "::1")

TRIGGERS = """
SELECT c.relname, t.tgname, t.tgtype::int, l.lanname, p.prosrc
FROM pg_trigger t
JOIN pg_class c ON c.oid = t.tgrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_proc p ON p.oid = t.tgfoid
JOIN pg_language l ON l.oid = p.prolang
WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND n.nspname = coalesce(nullif(%s, ''), current_schema())
ORDER BY c.relname, t.tgname
"""
ESTIMATES = """
SELECT c.relname, greatest(c.reltuples, 0)::bigint
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname = coalesce(nullif(%s, ''), current_schema())
"""
VERSION = """
WITH mapped AS (
    SELECT c.oid, c.xmin FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND n.nspname = coalesce(nullif(%s, ''), current_schema())
)
SELECT md5(string_agg(part, ' ' ORDER BY part)) FROM (
    SELECT 't' || oid || '.' || xmin AS part FROM mapped
    UNION ALL SELECT 'a' || attrelid || '.' || attnum || '.' || a.xmin
        FROM pg_attribute a JOIN mapped m ON m.oid = attrelid WHERE attnum > 0
    UNION ALL SELECT 'c' || c.oid || '.' || c.xmin FROM pg_constraint c JOIN mapped m ON m.oid = conrelid
    UNION ALL SELECT 'i' || indexrelid || '.' || i.xmin FROM pg_index i JOIN mapped m ON m.oid = indrelid
    UNION ALL SELECT 'g' || g.oid || '.' || g.xmin || '.' || p.xmin
        FROM pg_trigger g JOIN mapped m ON m.oid = tgrelid JOIN pg_proc p ON p.oid = tgfoid
) AS parts
"""
"""Every catalog row that a reflection reads, with the transaction that wrote it."""
EVENTS = {"insert": 4, "delete": 8, "update": 16}

CAUSES: tuple[tuple[type[Exception], str, str, str], ...] = (
    (errors.DeadlockDetected, "deadlock", "two transactions waited for each other", "try again"),
    (errors.SerializationFailure, "deadlock", "two transactions changed the same rows", "try again"),
    (errors.LockNotAvailable, "busy", "rows stayed locked by somebody else", "try again when the store is quieter"),
    (
        errors.QueryCanceled,
        "too-slow",
        "a statement took longer than it may",
        "look for a missing index: `troth doctor`",
    ),
    (errors.ForeignKeyViolation, "still-referenced", "a row is still pointed at", "make a new plan"),
    (errors.UniqueViolation, "not-unique", "a value stands there already", "declare a mask with `{token}`"),
    (errors.NotNullViolation, "not-null", "a column may not be empty", "declare a mask for it"),
    (errors.CheckViolation, "check-refused", "a CHECK refuses the value", "declare a mask that the CHECK accepts"),
    (errors.InsufficientPrivilege, "not-allowed", "the role may not do that", "see `troth doctor` for the grant"),
    (errors.ReadOnlySqlTransaction, "not-allowed", "the connection is read-only", "give the store an `act` credential"),
    (errors.UndefinedTable, "schema-changed", "a table is not there", "compare the data map with the schema"),
    (errors.UndefinedColumn, "schema-changed", "a column is not there", "compare the data map with the schema"),
    (errors.DataError, "bad-value", "a value does not fit its column", "compare the mask with the column's type"),
)


class PostgreSQL(Dialect):
    """PostgreSQL."""

    engine: ClassVar[str] = "postgresql"
    sqlalchemy_url: ClassVar[str] = "postgresql+psycopg://"
    lock: ClassVar[str] = " FOR UPDATE OF t"
    begin_look: ClassVar[tuple[str, ...]] = ("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",)
    begin_act: ClassVar[tuple[str, ...]] = ("BEGIN ISOLATION LEVEL READ COMMITTED", "SET CONSTRAINTS ALL DEFERRED")
    driver_error: ClassVar[type[Exception]] = psycopg.Error
    mark_table: ClassVar[str] = (
        "CREATE TABLE {table} (plan text, part text, at timestamptz NOT NULL DEFAULT now(), counts text NOT NULL,"
        " PRIMARY KEY (plan, part))"
    )

    def _sqlalchemy_dialect(self) -> SqlAlchemyDialect:
        return PGDialect_psycopg()  # type: ignore[no-untyped-call]

    def connect(self, url: str, *, writes: bool) -> psycopg.Connection[Any]:
        """Connect; TLS is required for another host unless the URL says `sslmode`."""
        try:
            connection = psycopg.connect(**self._arguments(url), autocommit=True)
            arrays.register(connection)
            self._prepare(connection, writes=writes)
        except psycopg.Error as error:
            raise self._not_connected(error) from None
        return connection

    def _arguments(self, url: str) -> dict[str, Any]:
        try:
            parts = make_url(re.sub(r"^postgres(ql)?(\+\w+)?://", "postgresql://", url))
        except ArgumentError:
            parts = None
        if parts is None or parts.drivername != "postgresql":
            raise self.error(
                "bad-url", "the URL cannot be read", "write postgresql://user:password@host/database"
            ) from None
        host = parts.host or str(parts.query.get("host", ""))
        local = host in LOCAL_HOSTS or host.startswith(("/", "127."))
        given = {
            "host": host,
            "port": parts.port,
            "user": parts.username,
            "password": parts.password,
            "dbname": parts.database,
            "sslmode": "prefer" if local else "require",
            "connect_timeout": max(2, round(self.limits.connect)),
            "application_name": "troth",
            **{name: value for name, value in parts.query.items() if name != "host"},
        }
        return {name: value for name, value in given.items() if value not in (None, "")}

    def _prepare(self, connection: psycopg.Connection[Any], *, writes: bool) -> None:
        settings = {
            "TimeZone": "UTC",
            "DateStyle": "ISO",
            "IntervalStyle": "iso_8601",
            "lock_timeout": f"{self.limits.lock * 1000:.0f}ms",
            "statement_timeout": f"{self.limits.statement * 1000:.0f}ms",
            "default_transaction_read_only": "off" if writes else "on",
        }
        names = [part for pair in settings.items() for part in pair]
        connection.execute("SELECT " + ", ".join(["set_config(%s, %s, false)"] * len(settings)), names)

    def _not_connected(self, error: psycopg.Error) -> StoreError:
        text = str(error)
        if ("password" in text and "authentication" in text) or "no password supplied" in text:
            return self.error("wrong-password", "the user name or the password was refused", "correct the store's URL")
        if "role" in text and "does not exist" in text:
            return self.error("wrong-password", "the user name or the password was refused", "correct the store's URL")
        if "database" in text and "does not exist" in text:
            return self.error("no-database", "the database does not exist", "correct the store's URL, or create it")
        if "SSL" in text and "not support" in text:
            return self.error("no-tls", "the server offers no TLS", "enable TLS, or say `sslmode=disable` in the URL")
        return Unreachable(self.store, "unreachable", "the store does not answer", "start it, or correct host and port")

    def run(self, connection: psycopg.Connection[Any], statements: Sequence[Statement]) -> list[Result]:
        """Send all statements in one round trip."""
        with together(connection) as line:
            answers = [line.execute(s.sql, s.params) for s in statements]
        return [Result(answer.fetchall(), answer.count) for answer in answers]

    def translate(self, error: Exception) -> StoreError:
        """By SQLSTATE; table and constraint are named, values are not."""
        for kind, code, message, remedy in CAUSES:
            if isinstance(error, kind):
                return self.error(code, message + _where(error), remedy)
        if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
            return Unreachable(
                self.store, "connection-lost", "the connection was lost", "resume when the store answers"
            )
        state = getattr(error, "sqlstate", None) or "no SQLSTATE"
        return self.error(
            "refused", f"the store refused a statement ({state}){_where(error)}", "see the store's own log"
        )

    def values(self, types: Sequence[str], columns: Sequence[Sequence[Scalar | None]]) -> Statement:
        """`unnest` of one typed array for each column."""
        arrays = [_array_type(declared) for declared in types]
        sent = [
            list(column) if array == "bigint" else [None if value is None else str(value) for value in column]
            for array, column in zip(arrays, columns, strict=True)
        ]
        names = ", ".join(f"k{n}" for n in range(len(types)))
        places = ", ".join(f"%s::{array}[]" for array in arrays)
        return Statement(f"unnest({places}) WITH ORDINALITY AS v({names}, ord)", tuple(sent))

    def fitter(self, declared: str) -> Fit:
        """Text that the type cannot read matches nothing; it is not sent."""
        fit, readable = super().fitter(declared), READABLE.get(base_type(declared))

        def read(value: Scalar | None) -> Scalar | None:
            fitted = fit(value)
            return fitted if readable is None or fitted is None or readable.fullmatch(str(fitted)) else None

        return read if readable else fit

    def equals_any_case(self, table: Table, name: str, column: str, value: str) -> str:
        """`citext` compares without regard to capitals by itself."""
        if base_type(table.columns[name].type) == "citext":
            return f"{column} = {value}::citext"
        return f"{column} = {value}" if table.says_lower(name) else f"lower({column}) = {value}"

    def assigned(self, declared: str, value: str) -> str:
        """Cast where assignment does not; never to a length, which would cut silently."""
        return value if base_type(declared) in TEXT_WORDS else f"{value}::{_plain(declared)}"

    def update(self, table: str, sets: str, on: str, values: Statement) -> Statement:
        """UPDATE ... FROM."""
        sql = f"UPDATE {self.table(table)} AS t SET {sets} FROM {values.sql} WHERE {on}"  # noqa: S608 - quoted names
        return Statement(sql, values.params)

    def delete(self, table: str, columns: Sequence[str], on: str, values: Statement) -> Statement:
        """DELETE ... USING."""
        del columns
        sql = f"DELETE FROM {self.table(table)} AS t USING {values.sql} WHERE {on}"  # noqa: S608 - quoted names
        return Statement(sql, values.params)

    def extras(self, connection: psycopg.Connection[Any], schema: Schema) -> Schema:
        """Triggers with the tables their functions name, and row estimates."""
        triggers: defaultdict[str, list[Trigger]] = defaultdict(list)
        for table, name, kind, language, source in connection.execute(TRIGGERS, [self.schema]).fetchall():
            writes = written_tables(source) if language in ("plpgsql", "sql") else None
            triggers[table] += [Trigger(name, event, writes) for event, bit in EVENTS.items() if kind & bit]
        estimates = dict(connection.execute(ESTIMATES, [self.schema]).fetchall())
        return replace(
            schema,
            tables={
                name: replace(table, triggers=tuple(triggers[name]), rows_estimate=estimates.get(name, 0))
                for name, table in schema.tables.items()
            },
        )

    def literal(self, declared: str) -> str:
        """A value without a type is text here: the type is said."""
        return f"CAST(%s AS {declared})"

    def version_of(self, connection: psycopg.Connection[Any]) -> object:
        """A digest of the catalog rows of the schema."""
        return connection.execute(VERSION, (self.schema,)).fetchone()

    def can_write(self, connection: psycopg.Connection[Any], table: str) -> bool:
        """Whether UPDATE and DELETE are granted."""
        row = connection.execute(
            "SELECT has_table_privilege(%s, 'UPDATE') OR has_any_column_privilege(%s, 'UPDATE'),"
            " has_table_privilege(%s, 'DELETE')",
            [self.table(table)] * 3,
        ).fetchone()
        return row is not None and all(row)


READABLE: Mapping[str, re.Pattern[str]] = {
    "uuid": re.compile(r"\{?[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}\}?"),
    "date": re.compile(r"\d{4}-\d{2}-\d{2}"),
    "boolean": re.compile(r"true|false|t|f"),
    "numeric": re.compile(r"-?\d+(\.\d+)?"),
    "double precision": re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?"),
    "real": re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?"),
    "timestamp with time zone": re.compile(
        r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([+-]\d{2}(:?\d{2})?|Z)?)?"
    ),
    "timestamp without time zone": re.compile(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?"),
    "bytea": re.compile(r"\\x([0-9a-fA-F]{2})*"),
}
"""What the types of ordinary keys can read: anything else could not be compared and would be an error."""


def _plain(declared: str) -> str:
    """The type without its length, as a cast writes it; a quoted name of one's own type keeps its capitals."""
    return re.sub(r"\s*\([^)]*\)", "", declared)


@cache
def _array_type(declared: str) -> str:
    if is_integer(declared):
        return "bigint"
    word = base_type(declared)
    if word in ("character", "char", "bpchar"):
        return "bpchar"  # as text, the blanks that pad a fixed length would count
    return "citext" if word == "citext" else "text" if word in TEXT_WORDS else _plain(declared)


def _where(error: Exception) -> str:
    diag = getattr(error, "diag", None)
    names = [
        f"`{name}`" for name in (getattr(diag, "table_name", None), getattr(diag, "constraint_name", None)) if name
    ]
    return f" (at {', '.join(names)})" if names else ""


def open_store(
    store_map: StoreMap, schema_hint: Schema | None, environ: Mapping[str, str], folder: Path | None
) -> SqlStore:
    """A PostgreSQL store."""
    del folder
    return open_sql(PostgreSQL, store_map, schema_hint, environ)

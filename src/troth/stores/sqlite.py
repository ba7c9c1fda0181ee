"""SQLite over the driver of the standard library. One writer at a time: BEGIN IMMEDIATE is the lock on every row.

A folder on a network drive cannot lock and is nobody's store; nothing here tries to detect one.
"""

import json
import re
import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Dialect as SqlAlchemyDialect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from troth.model.datamap import StoreMap
from troth.model.schema import Schema, Table, Trigger
from troth.model.sight import Scalar
from troth.ports.store import StoreError, Unreachable
from troth.stores.sql.dialect import Dialect, Limits, Result, Statement
from troth.stores.sql.opening import open_sql
from troth.stores.sql.reflect import expression_text, written_tables
from troth.stores.sql.store import SqlStore

EVENT = re.compile(r"\b(insert|update|delete)\b(?:\s+of\b.*?)?\s+on\b", re.IGNORECASE | re.DOTALL)
BODY = re.compile(r"\bbegin\b(.*)\bend\b", re.IGNORECASE | re.DOTALL)
COMMA = re.compile(r",(?![^(]*\))")
EXPRESSION = re.compile(r"\bon\b[^(]*\((.*)\)\s*(?:where\b.*)?$", re.IGNORECASE | re.DOTALL)

CAUSES: tuple[tuple[str, str, str, str], ...] = (
    ("SQLITE_CONSTRAINT_FOREIGNKEY", "still-referenced", "a row is still pointed at", "make a new plan"),
    ("SQLITE_CONSTRAINT_UNIQUE", "not-unique", "a value stands there already", "declare a mask with `{token}`"),
    ("SQLITE_CONSTRAINT_PRIMARYKEY", "not-unique", "a value stands there already", "declare a mask with `{token}`"),
    ("SQLITE_CONSTRAINT_NOTNULL", "not-null", "a column may not be empty", "declare a mask for it"),
    ("SQLITE_CONSTRAINT_CHECK", "check-refused", "a CHECK refuses the value", "declare a mask that the CHECK accepts"),
    ("SQLITE_CONSTRAINT", "refused", "a rule of the store refuses the change", "look at the table's triggers"),
    ("SQLITE_BUSY", "busy", "somebody else is writing to the file", "try again when the store is quieter"),
    ("SQLITE_LOCKED", "busy", "somebody else is writing to the file", "try again when the store is quieter"),
    ("SQLITE_READONLY", "not-allowed", "the file may not be written", "give the store an `act` credential"),
    ("SQLITE_CANTOPEN", "unreachable", "the file cannot be opened", "correct the path, or the file's permissions"),
    ("SQLITE_NOTADB", "no-database", "the file is not an SQLite database", "correct the path in the store's URL"),
    ("SQLITE_CORRUPT", "no-database", "the file is damaged", "restore it from a backup"),
    ("SQLITE_INTERRUPT", "too-slow", "a statement took longer than it may", "look for a missing index: `troth doctor`"),
    ("SQLITE_IOERR", "unreachable", "the file cannot be read or written", "look at the disk"),
    ("SQLITE_FULL", "unreachable", "the disk is full", "make room"),
)


class SQLite(Dialect):
    """SQLite 3.35 or later."""

    engine: ClassVar[str] = "sqlite"
    sqlalchemy_url: ClassVar[str] = "sqlite://"
    place: ClassVar[str] = "?"
    join: ClassVar[str] = "CROSS JOIN"
    lock: ClassVar[str] = ""
    begin_look: ClassVar[tuple[str, ...]] = ("BEGIN",)
    begin_act: ClassVar[tuple[str, ...]] = ("BEGIN IMMEDIATE",)
    driver_error: ClassVar[type[Exception]] = sqlite3.Error
    mark_table: ClassVar[str] = (
        "CREATE TABLE {table} (plan TEXT, part TEXT, at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP, counts TEXT NOT NULL,"
        " PRIMARY KEY (plan, part))"
    )
    has_row_id: ClassVar[bool] = True
    grant: ClassVar[str] = "chmod u+w the database file and its folder, for the user that runs the worker"
    revoke: ClassVar[str] = "chmod a-w the database file, for the user that only looks"

    def __init__(self, store: str, schema: str, limits: Limits, *, folder: Path | None = None) -> None:
        super().__init__(store, schema, limits)
        self.folder = folder

    def _sqlalchemy_dialect(self) -> SqlAlchemyDialect:
        return SQLiteDialect_pysqlite()

    def connect(self, url: str, *, writes: bool) -> sqlite3.Connection:
        """Open the file; it is never created. Foreign keys are checked on this connection."""
        path = self._path(url)
        if not path.is_file():
            raise Unreachable(self.store, "no-database", "the database file does not exist", "correct the store's URL")
        try:
            connection = sqlite3.connect(
                f"file:{quote(str(path))}?mode={'rw' if writes else 'ro'}",
                uri=True,
                timeout=self.limits.lock,
                isolation_level=None,
                check_same_thread=False,
            )
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute(f"PRAGMA query_only = {'OFF' if writes else 'ON'}")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.Error as error:
            raise self.translate(error) from None
        return connection

    def _path(self, url: str) -> Path:
        try:
            database = make_url(re.sub(r"^sqlite(\+\w+)?://", "sqlite://", url)).database
        except ArgumentError:
            database = None
        if not database or database == ":memory:":
            raise self.error("bad-url", "the URL names no file", "write sqlite:///path/to/file.db")
        return (self.folder or Path()) / database

    def run(self, connection: sqlite3.Connection, statements: Sequence[Statement]) -> list[Result]:
        """One after the other: there is no network between."""
        done = []
        for statement in statements:
            cursor = connection.execute(statement.sql, statement.params)
            done.append(Result(cursor.fetchall() if cursor.description else (), cursor.rowcount))
        return done

    def translate(self, error: Exception) -> StoreError:
        """By result code; the driver's text is not repeated, except the name of a missing table or column."""
        name = getattr(error, "sqlite_errorname", "") or ""
        for code_name, code, message, remedy in CAUSES:
            if name.startswith(code_name):
                kind = Unreachable if code == "unreachable" else StoreError
                return kind(self.store, code, message + _where(error), remedy)
        if isinstance(error, sqlite3.ProgrammingError) and "closed" in str(error):
            return Unreachable(self.store, "connection-lost", "the connection was closed", "resume")
        if str(error).startswith(("no such table", "no such column")):
            return self.error(
                "schema-changed", "a table or column is not there", "compare the data map with the schema"
            )
        return self.error(
            "refused", f"the store refused a statement ({name or 'no code'})", "look at the table's triggers"
        )

    def values(self, types: Sequence[str], columns: Sequence[Sequence[Scalar | None]]) -> Statement:
        """`json_each` over rows of values; without an affinity of their own, so that the column's holds."""
        parts = ", ".join(f"json_extract(value, '$[{n}]') AS k{n}" for n in range(len(types)))
        text = json.dumps(list(zip(*columns, strict=True)), ensure_ascii=False)
        return Statement(f"(SELECT key + 1 AS ord, {parts} FROM json_each(?)) AS v", (text,))  # noqa: S608

    def equals_any_case(self, table: Table, name: str, column: str, value: str) -> str:
        """By an index on lower(), else without regard to capitals, which an index of a NOCASE column serves."""
        if table.says_lower(name):
            return f"{column} = {value}"
        if any(f"lower({name.lower()})" in index for index in table.indexes):
            return f"lower({column}) = {value}"
        return f"{column} = {value} COLLATE NOCASE"

    def update(self, table: str, sets: str, on: str, values: Statement) -> Statement:
        """UPDATE ... FROM."""
        sql = f"UPDATE {self.table(table)} AS t SET {sets} FROM {values.sql} WHERE {on}"  # noqa: S608 - quoted names
        return Statement(sql, values.params)

    def delete(self, table: str, columns: Sequence[str], on: str, values: Statement) -> Statement:
        """DELETE by row values."""
        del on
        mine = ", ".join(f"t.{column}" for column in columns)
        theirs = ", ".join(f"v.k{n}" for n in range(len(columns)))
        sql = f"DELETE FROM {self.table(table)} AS t WHERE ({mine}) IN (SELECT {theirs} FROM {values.sql})"  # noqa: S608
        return Statement(sql, values.params)

    def extras(self, connection: sqlite3.Connection, schema: Schema) -> Schema:
        """Triggers, indexes on expressions, and estimates from the highest row number."""
        triggers: defaultdict[str, list[Trigger]] = defaultdict(list)
        found = connection.execute("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, table, sql in found:
            if event := EVENT.search(sql):
                body = BODY.search(sql)
                triggers[table].append(Trigger(name, event[1].lower(), written_tables(body[1]) if body else None))
        return replace(
            schema,
            tables={
                name: replace(
                    self._indexed(connection, table),
                    triggers=tuple(triggers[name]),
                    rows_estimate=self._estimate(connection, name),
                )
                for name, table in schema.tables.items()
            },
        )

    def _indexed(self, connection: sqlite3.Connection, table: Table) -> Table:
        """The engine's own list of indexes: SQLAlchemy reads the table's text instead, and misses some."""
        unique = list(table.unique)
        indexes = [table.primary_key] if table.primary_key else []
        listed = connection.execute(f"PRAGMA index_list({self.quote(table.name)})").fetchall()
        for _, name, one, _, partial_index in (row[:5] for row in listed):
            if not partial_index:
                columns = self._index_columns(connection, name)
                indexes.append(columns)
                if one and all(column in table.columns for column in columns):
                    unique.append(columns)
        return replace(table, unique=tuple(dict.fromkeys(unique)), indexes=tuple(dict.fromkeys(indexes)))

    def _index_columns(self, connection: sqlite3.Connection, index: str) -> tuple[str, ...]:
        names = [row[2] for row in connection.execute(f"PRAGMA index_info({self.quote(index)})").fetchall()]
        if None not in names:
            return tuple(names)
        row = connection.execute("SELECT sql FROM sqlite_master WHERE type = 'index' AND name = ?", [index]).fetchone()
        inside = EXPRESSION.search(row[0])
        parts = [expression_text(part) for part in COMMA.split(inside[1])] if inside else []
        return tuple(name or parts[n] for n, name in enumerate(names)) if len(parts) == len(names) else ()

    def _estimate(self, connection: sqlite3.Connection, table: str) -> int:
        try:
            row = connection.execute(f"SELECT max(rowid) FROM {self.table(table)}").fetchone()  # noqa: S608 - quoted name
        except sqlite3.OperationalError:
            return 0  # WITHOUT ROWID
        return int(row[0] or 0) if isinstance(row[0], int | None) else 0

    def version_of(self, connection: sqlite3.Connection) -> object:
        """SQLite counts the changes of its schema itself."""
        return connection.execute("PRAGMA schema_version").fetchone()

    def can_write(self, connection: sqlite3.Connection, table: str) -> bool:
        """Whether this connection writes: one file has no grants."""
        del table
        return not connection.execute("PRAGMA query_only").fetchone()[0]


def _where(error: Exception) -> str:
    """`UNIQUE constraint failed: customer.email` names columns, never values."""
    found = re.fullmatch(r"(?:UNIQUE|NOT NULL) constraint failed: ([\w., ]+)", str(error))
    return f" (at `{found[1]}`)" if found else ""


def open_store(
    store_map: StoreMap, schema_hint: Schema | None, environ: Mapping[str, str], folder: Path | None
) -> SqlStore:
    """An SQLite store; a relative path is resolved against `folder`."""
    return open_sql(partial(SQLite, folder=folder), store_map, schema_hint, environ)

"""Writes rows into the three stores, each in the fastest way its engine has, a block at a time.

A loader only fills an empty database; it never drops, empties or overwrites anything.
"""

import re
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import unquote, urlsplit

import psycopg
import pymysql
from psycopg import sql

from examples.airline.data.rows import STORES, Row, columns_of, table_of

HERE: Final = Path(__file__).parent
AFTER_THE_ROWS: Final = "-- == after the rows ==\n"
"""Divides each DDL file: what is below costs less when it is done once, over rows that are there."""


class NotEmptyError(Exception):
    """The database already holds a table of this name; give the sample a database of its own."""

    def __init__(self, store: str, table: str) -> None:
        super().__init__(
            f"store `{store}` already has a table `{table}`: the sample fills empty databases only; "
            "create a new one, or drop that one yourself"
        )


class Loader(Protocol):
    """One open store that takes rows."""

    def write(self, row_type: type[Row], rows: Sequence[Row]) -> None:
        """Add rows of one type."""

    def finish(self) -> None:
        """Add keys and indexes, make everything durable, and close."""

    def give_up(self) -> None:
        """Close and leave nothing behind, as far as the engine can."""


def ddl(name: str) -> tuple[str, str]:
    """The two parts of a DDL file: before and after the rows."""
    before, after = (HERE / name).read_text(encoding="utf-8").split(AFTER_THE_ROWS)
    return before, after


def _quoted(row_type: type[Row]) -> str:
    return ", ".join(columns_of(row_type))


class PostgresLoader:
    """Loads one PostgreSQL store by COPY in a single transaction: all of it is there, or nothing."""

    def __init__(self, conninfo: str, store: str) -> None:
        before, self._after = ddl(f"{store}.postgresql.sql")
        self._connection = psycopg.connect(conninfo)
        found = self._connection.execute(
            "SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = 'public' AND tablename = ANY(%s)",
            [[table_of(row_type) for row_type in STORES[store]]],
        ).fetchone()
        if found is not None:
            self.give_up()
            raise NotEmptyError(store, found[0])
        self._connection.execute(before.encode())

    def write(self, row_type: type[Row], rows: Sequence[Row]) -> None:
        """Add rows of one type."""
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(table_of(row_type)),
            sql.SQL(", ").join(map(sql.Identifier, columns_of(row_type))),
        )
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)

    def finish(self) -> None:
        """Add keys and indexes, commit, and let the planner learn what is there."""
        self._connection.execute(self._after.encode())
        self._connection.commit()
        self._connection.autocommit = True
        self._connection.execute("ANALYZE")
        self._connection.close()

    def give_up(self) -> None:
        """Close; the transaction goes with it."""
        self._connection.close()


class SqliteLoader:
    """Loads the website into a SQLite file."""

    def __init__(self, path: str) -> None:
        before, self._after = ddl("website.sqlite.sql")
        self._connection = sqlite3.connect(path, isolation_level=None)
        for row_type in STORES["website"]:
            question = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
            if self._connection.execute(question, [table_of(row_type)]).fetchone():
                self._connection.close()
                raise NotEmptyError("website", table_of(row_type))
        # one transaction, undone by the journal if it does not come to its end
        self._connection.executescript("BEGIN;\n" + before)

    def write(self, row_type: type[Row], rows: Sequence[Row]) -> None:
        """Add rows of one type."""
        places = ", ".join("?" * len(columns_of(row_type)))
        statement = f"INSERT INTO {table_of(row_type)} ({_quoted(row_type)}) VALUES ({places})"  # noqa: S608
        self._connection.executemany(statement, rows)

    def finish(self) -> None:
        """Add indexes, commit, and let the planner learn what is there."""
        for statement in statements(self._after):
            self._connection.execute(statement)
        self._connection.execute("COMMIT")
        self._connection.execute("ANALYZE")
        self._connection.close()

    def give_up(self) -> None:
        """Close; the transaction goes with it."""
        self._connection.close()


class MariaLoader:
    """Loads the website into MariaDB by inserts of many rows. Its DDL commits by itself, so half a load stays."""

    def __init__(self, url: str) -> None:
        before, self._after = ddl("website.mariadb.sql")
        self._connection = connect_mariadb(url)
        with self._connection.cursor() as cursor:
            cursor.execute("SHOW TABLES")
            there = {str(row[0]) for row in cursor.fetchall()}
            for row_type in STORES["website"]:
                if table_of(row_type) in there:
                    self._connection.close()
                    raise NotEmptyError("website", table_of(row_type))
            cursor.execute("SET foreign_key_checks = 0, unique_checks = 0")
            for statement in statements(before):
                cursor.execute(statement)

    def write(self, row_type: type[Row], rows: Sequence[Row]) -> None:
        """Add rows of one type."""
        places = ", ".join(["%s"] * len(columns_of(row_type)))
        statement = f"INSERT INTO {table_of(row_type)} ({_quoted(row_type)}) VALUES ({places})"  # noqa: S608
        with self._connection.cursor() as cursor:
            cursor.executemany(statement, rows)

    def finish(self) -> None:
        """Commit, add indexes, and let the planner learn what is there."""
        self._connection.commit()
        with self._connection.cursor() as cursor:
            for statement in statements(self._after):
                cursor.execute(statement)
            tables = ", ".join(table_of(row_type) for row_type in STORES["website"])
            cursor.execute(f"ANALYZE TABLE {tables}")
        self._connection.close()

    def give_up(self) -> None:
        """Close; rows not yet committed go, tables stay."""
        with suppress(pymysql.Error):
            self._connection.close()


def connect_mariadb(url: str) -> "pymysql.Connection[Any]":
    """A connection to `mariadb://user:password@host:port/database`."""
    parts = urlsplit(url)
    return pymysql.connect(
        host=parts.hostname or "127.0.0.1",
        port=parts.port or 3306,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        database=unquote(parts.path.lstrip("/")),
        charset="utf8mb4",
    )


def website_loader(target: str) -> Loader:
    """The loader for a MariaDB URL or a SQLite path."""
    return MariaLoader(target) if target.startswith(("mariadb://", "mysql://")) else SqliteLoader(target)


def statements(script: str) -> list[str]:
    """The statements of a script that has no semicolon inside a text or a comment's line."""
    bare = re.sub(r"--[^\n]*", "", script)
    return [statement for part in bare.split(";") if (statement := part.strip())]

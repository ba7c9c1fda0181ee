"""MariaDB 10.6 or later, over PyMySQL. Key values travel as one JSON text that JSON_TABLE reads as a table.

Collations here call `e` and `é` equal: what the server finds by an identifier is compared once more by the walk.
"""

import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pymysql
from pymysql.constants import CLIENT, ER
from sqlalchemy.dialects.mysql.mariadb import MariaDBDialect
from sqlalchemy.dialects.mysql.pymysql import MySQLDialect_pymysql
from sqlalchemy.engine import Dialect as SqlAlchemyDialect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from troth.model.datamap import StoreMap
from troth.model.schema import Check, Column, Schema, Table, Trigger
from troth.model.sight import Scalar
from troth.ports.store import StoreError, Unreachable
from troth.stores.sql.dialect import Dialect, Fit, Result, Statement
from troth.stores.sql.opening import open_sql
from troth.stores.sql.reflect import written_tables
from troth.stores.sql.scalar import base_type, is_integer, is_text
from troth.stores.sql.store import SqlStore

LOCAL_HOSTS = (None, "", "localhost", "127.0.0.1", "::1")
LONGEST = 16_000
"""Characters of a value that JSON_TABLE may give back as VARCHAR; nothing longer is a key."""
TYPED = ("date", "time", "datetime", "decimal", "double", "float")

DENIED = (ER.ACCESS_DENIED_ERROR, 1698)
LOST = (2006, 2013, 2014, 2055, 1927, 1053)
CAUSES: tuple[tuple[tuple[int, ...], str, str, str], ...] = (
    ((1213,), "deadlock", "two transactions waited for each other", "try again"),
    ((1020,), "deadlock", "two transactions changed the same rows", "try again"),
    ((1205,), "busy", "rows stayed locked by somebody else", "try again when the store is quieter"),
    ((1969, 3024), "too-slow", "a statement took longer than it may", "look for a missing index: `troth doctor`"),
    ((1451, 1452, 1216, 1217), "still-referenced", "a row is still pointed at", "make a new plan"),
    ((1062, 1586), "not-unique", "a value stands there already", "declare a mask with `{token}`"),
    ((1048, 1364), "not-null", "a column may not be empty", "declare a mask for it"),
    ((4025, 3819), "check-refused", "a CHECK refuses the value", "declare a mask that the CHECK accepts"),
    ((1142, 1143, 1044, 1227, 1370), "not-allowed", "the role may not do that", "see `troth doctor` for the grant"),
    ((1792,), "not-allowed", "the connection is read-only", "give the store an `act` credential"),
    ((1146, 1054), "schema-changed", "a table or column is not there", "compare the data map with the schema"),
    ((1406, 1264, 1265, 1366, 1292), "bad-value", "a value does not fit its column", "compare mask and column type"),
)

TRIGGERS = """
SELECT event_object_table, trigger_name, lower(event_manipulation), action_statement
FROM information_schema.triggers WHERE trigger_schema = coalesce(nullif(%s, ''), database())
ORDER BY event_object_table, trigger_name
"""
COLLATIONS = """
SELECT table_name, column_name, collation_name
FROM information_schema.columns
WHERE collation_name IS NOT NULL AND table_schema = coalesce(nullif(%s, ''), database())
"""
ENGINES = """
SELECT t.table_name, coalesce(e.transactions, 'NO') = 'YES', coalesce(t.table_rows, 0)
FROM information_schema.tables t LEFT JOIN information_schema.engines e ON e.engine = t.engine
WHERE t.table_type = 'BASE TABLE' AND t.table_schema = coalesce(nullif(%s, ''), database())
"""
CHECKS = """
SELECT table_name, constraint_name, check_clause
FROM information_schema.check_constraints WHERE constraint_schema = coalesce(nullif(%s, ''), database())
ORDER BY table_name, constraint_name
"""
VERSION = """
SELECT what, count(*), bit_xor(mark), sum(mark) FROM (
    SELECT 'column' AS what, table_schema AS place, crc32(concat_ws('.', table_name, column_name, ordinal_position,
        column_type, is_nullable, column_default, extra, generation_expression, collation_name)) AS mark
        FROM information_schema.columns
    UNION ALL SELECT 'index', table_schema, crc32(concat_ws('.', table_name, index_name, non_unique, seq_in_index,
        column_name, sub_part)) FROM information_schema.statistics
    UNION ALL SELECT 'key', table_schema, crc32(concat_ws('.', table_name, constraint_name, ordinal_position,
        column_name, referenced_table_name, referenced_column_name)) FROM information_schema.key_column_usage
    UNION ALL SELECT 'rule', constraint_schema, crc32(concat_ws('.', table_name, constraint_name, delete_rule))
        FROM information_schema.referential_constraints
    UNION ALL SELECT 'check', constraint_schema, crc32(concat_ws('.', table_name, constraint_name, check_clause))
        FROM information_schema.check_constraints
    UNION ALL SELECT 'trigger', trigger_schema, crc32(concat_ws('.', event_object_table, trigger_name,
        event_manipulation, action_statement)) FROM information_schema.triggers
    UNION ALL SELECT 'table', table_schema, crc32(concat_ws('.', table_name, engine)) FROM information_schema.tables
) AS parts WHERE place = coalesce(nullif(%s, ''), database()) GROUP BY what ORDER BY what
"""


class _Quoting(MariaDBDialect, MySQLDialect_pymysql):
    """SQLAlchemy's words for MariaDB, over PyMySQL."""

    supports_statement_cache = True


class MariaDB(Dialect):
    """MariaDB."""

    engine: ClassVar[str] = "mariadb"
    sqlalchemy_url: ClassVar[str] = "mariadb+pymysql://"
    join: ClassVar[str] = "STRAIGHT_JOIN"
    folds_case: ClassVar[bool] = True
    begin_look: ClassVar[tuple[str, ...]] = ("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",)
    begin_act: ClassVar[tuple[str, ...]] = ("SET TRANSACTION ISOLATION LEVEL READ COMMITTED", "START TRANSACTION")
    driver_error: ClassVar[type[Exception]] = pymysql.err.Error
    mark_table: ClassVar[str] = (
        "CREATE TABLE {table} (plan VARCHAR(100), part VARCHAR(100), at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,"
        " counts TEXT NOT NULL, PRIMARY KEY (plan, part)) ENGINE=InnoDB"
    )

    def _sqlalchemy_dialect(self) -> SqlAlchemyDialect:
        return _Quoting()

    def connect(self, url: str, *, writes: bool) -> Any:
        """Connect; TLS is required for another host unless the URL says `ssl=off`."""
        try:
            connection = pymysql.connect(**self._arguments(url))
            with connection.cursor() as cursor:
                cursor.execute(
                    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', time_zone = '+00:00',"
                    " innodb_lock_wait_timeout = %s, max_statement_time = %s",
                    [max(1, round(self.limits.lock)), self.limits.statement],
                )
                cursor.execute(f"SET SESSION TRANSACTION READ {'WRITE' if writes else 'ONLY'}")
        except pymysql.err.Error as error:
            raise self._not_connected(error) from None
        return connection

    def _arguments(self, url: str) -> dict[str, Any]:
        try:
            parts = make_url(re.sub(r"^(mariadb|mysql)(\+\w+)?://", "mysql://", url))
        except ArgumentError:
            parts = None
        if parts is None or parts.drivername != "mysql":
            raise self.error(
                "bad-url", "the URL cannot be read", "write mariadb://user:password@host/database"
            ) from None
        socket = parts.query.get("unix_socket")
        local = parts.host in LOCAL_HOSTS or str(parts.host).startswith("127.")
        wanted = str(parts.query.get("ssl", "off" if local else "on"))
        given = {
            "host": parts.host,
            "port": parts.port,
            "user": parts.username,
            "password": parts.password,
            "database": parts.database,
            "unix_socket": socket,
            "ssl_ca": parts.query.get("ssl_ca"),
            "ssl": {"check_hostname": False} if wanted not in ("off", "0", "false") else None,
            "connect_timeout": max(1, round(self.limits.connect)),
            "read_timeout": self.limits.statement + self.limits.lock + 5,
            "write_timeout": self.limits.statement + self.limits.lock + 5,
            "charset": "utf8mb4",
            "autocommit": True,
            "client_flag": CLIENT.FOUND_ROWS,
        }
        return {name: value for name, value in given.items() if value is not None}

    def _not_connected(self, error: pymysql.err.Error) -> StoreError:
        number = error.args[0] if error.args else 0
        if number in DENIED:
            return self.error("wrong-password", "the user name or the password was refused", "correct the store's URL")
        if number in (ER.BAD_DB_ERROR, ER.DBACCESS_DENIED_ERROR):
            return self.error("no-database", "the database does not exist", "correct the store's URL, or create it")
        return Unreachable(self.store, "unreachable", "the store does not answer", "start it, or correct host and port")

    def run(self, connection: Any, statements: Sequence[Statement]) -> list[Result]:
        """One after the other."""
        done = []
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement.sql, statement.params or None)
                done.append(Result(cursor.fetchall() if cursor.description else (), cursor.rowcount))
        return done

    def translate(self, error: Exception) -> StoreError:
        """By error number; the server's text holds values and is not repeated."""
        number = error.args[0] if error.args and isinstance(error.args[0], int) else 0
        for numbers, code, message, remedy in CAUSES:
            if number in numbers:
                return self.error(code, message + _where(error), remedy)
        if number in LOST or isinstance(error, pymysql.err.InterfaceError):
            return Unreachable(
                self.store, "connection-lost", "the connection was lost", "resume when the store answers"
            )
        return self.error("refused", f"the store refused a statement ({number})", "see the store's own log")

    def values(self, types: Sequence[str], columns: Sequence[Sequence[Scalar | None]]) -> Statement:
        """JSON_TABLE with one typed column for each value."""
        parts = ", ".join(
            f"k{n} {_json_type(declared, column)} PATH '$[{n}]'"
            for n, (declared, column) in enumerate(zip(types, columns, strict=True))
        )
        text = json.dumps(list(zip(*columns, strict=True)), ensure_ascii=False)
        return Statement(f"JSON_TABLE(%s, '$[*]' COLUMNS (ord FOR ORDINALITY, {parts})) AS v", (text,))

    def fitter(self, declared: str) -> Fit:
        """A text longer than any key could be matches nothing."""
        fit = super().fitter(declared)

        def short(value: Scalar | None) -> Scalar | None:
            fitted = fit(value)
            return None if isinstance(fitted, str) and len(fitted) > LONGEST else fitted

        return short

    def equals(self, column: str, declared: str, value: str) -> str:
        """In the column's own collation, so that its index serves."""
        collation = re.search(r"\bcollate (\w+)", declared, re.IGNORECASE)
        if is_text(declared) and collation:
            return f"{column} = CONVERT({value} USING {collation[1].split('_')[0]}) COLLATE {collation[1]}"
        return f"{column} = UNHEX(substr({value}, 3))" if "binary" in declared else f"{column} = {value}"

    def equals_any_case(self, table: Table, name: str, column: str, value: str) -> str:
        """Most collations here disregard capitals by themselves; `_bin` and `_cs` do not."""
        declared = table.columns[name].type
        if table.says_lower(name) or not re.search(r"collate \w+_(bin|cs)\b", declared):
            return self.equals(column, declared, value)
        return f"lower({column}) = {value}"

    def update(self, table: str, sets: str, on: str, values: Statement) -> Statement:
        """UPDATE of a join."""
        sql = f"UPDATE {values.sql} {self.join} {self.table(table)} AS t ON {on} SET {sets}"  # noqa: S608 - quoted names
        return Statement(sql, values.params)

    def delete(self, table: str, columns: Sequence[str], on: str, values: Statement) -> Statement:
        """DELETE from a join."""
        del columns
        sql = f"DELETE t FROM {values.sql} {self.join} {self.table(table)} AS t ON {on}"
        return Statement(sql, values.params)

    def extras(self, connection: Any, schema: Schema) -> Schema:
        """Triggers, engines without transactions, checks of single columns, and the server's own row estimates."""
        triggers: defaultdict[str, list[Trigger]] = defaultdict(list)
        asked = [Statement(sql, (self.schema,)) for sql in (TRIGGERS, ENGINES, COLLATIONS, CHECKS)]
        found, engines, collations, constraints = self.run(connection, asked)
        checks: defaultdict[str, list[Check]] = defaultdict(list)
        for table, name, clause in constraints.rows:
            checks[table].append(Check(name, clause))
        for table, name, event, source in found.rows:
            triggers[table].append(Trigger(name, event, written_tables(source)))
        collated = {(table, column): name for table, column, name in collations.rows}
        facts = {name: (bool(transactional), int(rows)) for name, transactional, rows in engines.rows}
        return replace(
            schema,
            tables={
                name: replace(
                    table,
                    columns={n: _collated(c, collated.get((name, n))) for n, c in table.columns.items()},
                    checks=tuple(checks[name]),
                    triggers=tuple(triggers[name]),
                    transactional=facts.get(name, (True, 0))[0],
                    rows_estimate=facts.get(name, (True, 0))[1],
                )
                for name, table in schema.tables.items()
            },
        )

    def version_of(self, connection: Any) -> object:
        """Counts and checksums of everything that a reflection reads."""
        return [tuple(row) for row in self.run(connection, [Statement(VERSION, (self.schema,))])[0].rows]

    def can_write(self, connection: Any, table: str) -> bool:
        """Whether UPDATE and DELETE are granted: on everything, the database or the table."""
        granted: set[str] = set()
        target = {"*.*", f"`{self._database(connection)}`.*", f"`{self._database(connection)}`.`{table}`"}
        for (text,) in self.run(connection, [Statement("SHOW GRANTS")])[0].rows:
            grant = re.match(r"GRANT (.+?) ON (\S+) TO ", text)
            if grant and grant[2].replace("\\_", "_") in target:
                granted |= {word.strip().upper() for word in re.sub(r"\([^)]*\)", "", grant[1]).split(",")}
        return "ALL PRIVILEGES" in granted or {"UPDATE", "DELETE"} <= granted

    def _database(self, connection: Any) -> str:
        return self.schema or str(self.run(connection, [Statement("SELECT database()")])[0].rows[0][0])


def _collated(column: Column, collation: str | None) -> Column:
    """The type with its collation spoken out, also where it is the table's own and the server keeps silent."""
    if collation is None or "collate " in column.type:
        return column
    return replace(column, type=f"{column.type} collate {collation}")


def _json_type(declared: str, column: Sequence[Scalar | None]) -> str:
    word = base_type(declared)
    if is_integer(declared):
        return "BIGINT UNSIGNED" if "unsigned" in declared else "BIGINT"
    if word in TYPED:
        return re.sub(r"\s+(unsigned|zerofill)", "", declared)
    if word == "timestamp":
        return "DATETIME(6)"
    longest = max((len(str(value)) for value in column if value is not None), default=1)
    return f"VARCHAR({max(longest, 1)}) CHARACTER SET utf8mb4"


def _where(error: Exception) -> str:
    """The table a foreign key stands on, when the message names one: never the rest, which holds values."""
    found = re.search(r"`\w+`\.`(\w+)`, CONSTRAINT `(\w+)`", str(error.args[1]) if len(error.args) > 1 else "")
    key = re.search(r"for key '([\w.]+)'$", str(error.args[1]) if len(error.args) > 1 else "")
    return f" (at `{found[1]}`, `{found[2]}`)" if found else f" (at `{key[1]}`)" if key else ""


def open_store(
    store_map: StoreMap, schema_hint: Schema | None, environ: Mapping[str, str], folder: Path | None
) -> SqlStore:
    """A MariaDB store."""
    del folder
    return open_sql(MariaDB, store_map, schema_hint, environ)

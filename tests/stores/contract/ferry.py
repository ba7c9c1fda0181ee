"""A small ferry line, planted into every engine: each table stands for one way in which careless erasure does damage.

`Ground` is one engine's place to plant in. A new engine file needs a ground here; test_contract_suite.py insists.
"""

import hashlib
import os
import sqlite3
import uuid
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pymysql
import pytest
from examples.airline.data.load import connect_mariadb

from troth.model.datamap import Claim, ColumnMap, IdentifierColumn, StoreMap, TableMap
from troth.model.person import Identifier
from troth.model.personal import Personal
from troth.model.plan import Assign, Effect, Order, Verb
from troth.model.plan import Ground as Why
from troth.model.problem import Place
from troth.model.schema import Schema
from troth.model.sight import Key, Sight
from troth.ports.store import Store
from troth.stores import open_store

POSTGRES = os.environ.get("TROTH_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
MARIADB = os.environ.get("TROTH_TEST_MARIADB", "mariadb://root@127.0.0.1:3306/")
HERE = Place("ferry.yaml", 1, 1)
WHY = Why("test", "because a test asks for it")

TABLES = """
CREATE TABLE customer (
    customer_id BIGINT NOT NULL PRIMARY KEY,
    number VARCHAR(20) NOT NULL UNIQUE,
    email VARCHAR(60) NOT NULL UNIQUE,
    phone VARCHAR(20),
    name VARCHAR(60) NOT NULL,
    referred_by BIGINT,
    FOREIGN KEY (referred_by) REFERENCES customer (customer_id)
);
CREATE TABLE customer_history (history_id {serial}, customer_id BIGINT NOT NULL, old_name VARCHAR(60) NOT NULL);
CREATE TABLE passenger (
    line VARCHAR(4) NOT NULL,
    no VARCHAR(8) NOT NULL,
    customer_id BIGINT,
    email VARCHAR(60),
    phone VARCHAR(20),
    name VARCHAR(60) NOT NULL,
    PRIMARY KEY (line, no),
    FOREIGN KEY (customer_id) REFERENCES customer (customer_id)
);
CREATE TABLE booking (
    locator VARCHAR(8) NOT NULL PRIMARY KEY,
    booked_by BIGINT,
    contact_email VARCHAR(60),
    wish VARCHAR(100),
    FOREIGN KEY (booked_by) REFERENCES customer (customer_id)
);
CREATE TABLE seat (
    locator VARCHAR(8) NOT NULL,
    line VARCHAR(4) NOT NULL,
    no VARCHAR(8) NOT NULL,
    place VARCHAR(8),
    PRIMARY KEY (locator, line, no),
    FOREIGN KEY (locator) REFERENCES booking (locator),
    FOREIGN KEY (line, no) REFERENCES passenger (line, no)
);
CREATE TABLE leg (
    locator VARCHAR(8) NOT NULL,
    line VARCHAR(4) NOT NULL,
    no VARCHAR(8) NOT NULL,
    leg_no INTEGER NOT NULL,
    PRIMARY KEY (locator, line, no, leg_no),
    FOREIGN KEY (locator, line, no) REFERENCES seat (locator, line, no)
);
CREATE TABLE invoice (
    invoice_no VARCHAR(12) NOT NULL PRIMARY KEY,
    locator VARCHAR(8) NOT NULL,
    customer_id BIGINT,
    status VARCHAR(10) NOT NULL,
    issued_on DATE NOT NULL,
    FOREIGN KEY (locator) REFERENCES booking (locator),
    FOREIGN KEY (customer_id) REFERENCES customer (customer_id)
);
CREATE TABLE invoice_line (
    invoice_no VARCHAR(12) NOT NULL,
    line_no INTEGER NOT NULL,
    says VARCHAR(60),
    PRIMARY KEY (invoice_no, line_no),
    FOREIGN KEY (invoice_no) REFERENCES invoice (invoice_no)
);
CREATE TABLE note (note_id BIGINT NOT NULL PRIMARY KEY, customer_id BIGINT, locator VARCHAR(8), body VARCHAR(200));
CREATE TABLE message (
    message_id BIGINT NOT NULL PRIMARY KEY,
    entity VARCHAR(12) NOT NULL,
    entity_line VARCHAR(4),
    entity_id VARCHAR(20) NOT NULL,
    body VARCHAR(200)
);
CREATE TABLE account (account_id BIGINT NOT NULL PRIMARY KEY, email VARCHAR(60) NOT NULL, wallet_id BIGINT);
CREATE TABLE wallet (wallet_id BIGINT NOT NULL PRIMARY KEY, account_id BIGINT NOT NULL);
CREATE TABLE import_row (file VARCHAR(20) NOT NULL, raw VARCHAR(80) NOT NULL, email VARCHAR(60));
CREATE TABLE gift (gift_id BIGINT NOT NULL PRIMARY KEY, giver BIGINT, taker BIGINT);
CREATE TABLE setting (name VARCHAR(20) NOT NULL PRIMARY KEY, content VARCHAR(20));
CREATE TABLE troth_mark (
    plan VARCHAR(100) NOT NULL,
    part VARCHAR(100) NOT NULL,
    at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    counts TEXT NOT NULL,
    PRIMARY KEY (plan, part)
);
CREATE INDEX passenger_customer ON passenger (customer_id);
CREATE INDEX seat_passenger ON seat (line, no);
"""
NAMES = (
    "customer_history",
    "leg",
    "seat",
    "invoice_line",
    "invoice",
    "note",
    "message",
    "booking",
    "passenger",
    "customer",
    "account",
    "wallet",
    "import_row",
    "gift",
    "setting",
    "troth_mark",
)


def ident(column: str, kind: str, *, proves: bool = False) -> IdentifierColumn:
    return IdentifierColumn(column, kind, proves, HERE)


def claim(parent: str, *columns: str, to: tuple[str, ...] = (), when: tuple[tuple[str, str], ...] = ()) -> Claim:
    return Claim(parent, columns, to, HERE, when)


def table(
    name: str,
    *,
    key: tuple[str, ...] = (),
    identifiers: Sequence[IdentifierColumn] = (),
    claims: Sequence[Claim] = (),
    shared: Claim | None = None,
    **more: Any,
) -> TableMap:
    return TableMap(name, HERE, "", True, key, tuple(identifiers), tuple(claims), shared, {}, **more)


MAP = {
    found.name: found
    for found in (
        table(
            "customer",
            identifiers=[
                ident("number", "customer-number", proves=True),
                ident("email", "email"),
                ident("phone", "phone"),
            ],
            trigger_history="customer_history",
        ),
        table("customer_history", claims=[claim("customer", "customer_id")]),
        table(
            "passenger",
            identifiers=[ident("email", "email"), ident("phone", "phone")],
            claims=[claim("customer", "customer_id")],
        ),
        table("booking", identifiers=[ident("contact_email", "email")], claims=[claim("customer", "booked_by")]),
        table("seat", claims=[claim("passenger", "line", "no")], shared=claim("booking", "locator")),
        table("leg", claims=[claim("seat", "locator", "line", "no")]),
        table(
            "invoice",
            claims=[claim("customer", "customer_id"), claim("booking", "locator")],
            retain="tax",
            retain_when=(("status", "paid"), ("status", "cancelled")),
            clock="issued_on",
        ),
        table("invoice_line", claims=[claim("invoice", "invoice_no")]),
        table("note", claims=[claim("customer", "customer_id"), claim("booking", "locator")]),
        table(
            "message",
            claims=[
                claim("customer", "entity_id", to=("number",), when=(("entity", "customer"),)),
                claim("booking", "entity_id", when=(("entity", "booking"),)),
                claim("passenger", "entity_line", "entity_id", when=(("entity", "passenger"),)),
            ],
        ),
        table("account", identifiers=[ident("email", "email", proves=True)], claims=[claim("wallet", "wallet_id")]),
        table("wallet", claims=[claim("account", "account_id")]),
        table("import_row", key=("file", "raw"), identifiers=[ident("email", "email", proves=True)]),
        table("gift", claims=[claim("customer", "giver"), claim("customer", "taker")]),
        TableMap("setting", HERE, "", False, (), (), (), None, {}),
    )
}
COLUMNS = {"name": ColumnMap("name", HERE, "name")}


class Ground:
    """One engine's place to plant in."""

    engine: str
    mark = "%s"
    serial: str
    triggers: Sequence[str]

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.opened: list[Store] = []
        self.schema: Schema | None = None
        self.kept: Any = None

    def connect(self) -> Any:
        raise NotImplementedError

    def urls(self) -> tuple[str, str]:
        raise NotImplementedError

    def drop(self) -> None:
        raise NotImplementedError

    def build(self) -> None:
        for statement in [*TABLES.format(serial=self.serial).split(";\n"), *self.triggers]:
            if statement.strip():
                self.sql(statement)

    def sql(self, statement: str, rows: Sequence[Sequence[Any]] = ()) -> list[tuple[Any, ...]]:
        if self.kept is None:
            self.kept = self.connect()
        cursor = self.kept.cursor()
        try:
            if rows:
                cursor.executemany(statement.replace("?", self.mark), rows)
            else:
                cursor.execute(statement)
            found = list(cursor.fetchall()) if cursor.description and not rows else []
            self.kept.commit()
        except Exception:
            self.kept.rollback()
            raise
        return found

    def plant(self, name: str, *rows: Sequence[Any]) -> None:
        """Put rows in, all columns in order (customer_history excepted: its number comes by itself)."""
        columns = "(customer_id, old_name) " if name == "customer_history" else ""
        self.sql(f"INSERT INTO {name} {columns}VALUES ({', '.join('?' * len(rows[0]))})", rows)

    def clear(self) -> None:
        for name in (*NAMES[1:], NAMES[0]):
            self.sql(f"DELETE FROM {name}")

    def count(self, name: str, where: str = "1 = 1") -> int:
        return int(self.sql(f"SELECT count(*) FROM {name} WHERE {where}")[0][0])

    def checksum(self, where: dict[str, str] | None = None) -> str:
        """Of all rows of all tables but the mark table; `where` leaves rows out."""
        lines = []
        for name in NAMES[:-1]:
            kept = (where or {}).get(name, "1 = 1")
            lines += [f"{name}{tuple(map(str, row))}" for row in self.sql(f"SELECT * FROM {name} WHERE {kept}")]
        return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()

    def store_map(self, **changed: Any) -> StoreMap:
        look, act = self.urls()
        return replace(StoreMap("ferry", self.engine, look, act, MAP, HERE), **changed)

    def open(self, **changed: Any) -> Store:
        if self.schema is None:
            self.schema = self.described()
        hint = None if "tables" in changed else self.schema
        store = open_store(self.store_map(**changed), hint, environ=dict(os.environ))
        self.opened.append(store)
        return store

    def described(self) -> Schema:
        """Read once: most tests are not about reading the schema."""
        store = open_store(self.store_map(), environ={})
        try:
            return store.describe()
        finally:
            store.close()

    def close(self) -> None:
        while self.opened:
            self.opened.pop().close()
        if self.kept is not None:
            self.kept.close()
            self.kept = None


class PostgreSQLGround(Ground):
    engine = "postgresql"
    serial = "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
    triggers = (
        (
            "CREATE FUNCTION keep_history() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " INSERT INTO customer_history (customer_id, old_name) VALUES (OLD.customer_id, OLD.name);"
            " RETURN NULL; END $$"
        ),
        (
            "CREATE TRIGGER history_of_customer AFTER UPDATE OR DELETE ON customer"
            " FOR EACH ROW EXECUTE FUNCTION keep_history()"
        ),
    )

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.database = f"troth_test_{uuid.uuid4().hex[:12]}"
        try:
            with psycopg.connect(POSTGRES, autocommit=True, connect_timeout=2) as admin:
                admin.execute(f"CREATE DATABASE {self.database}")
        except psycopg.OperationalError:
            missing("PostgreSQL")

    def connect(self) -> Any:
        return psycopg.connect(self.urls()[0])

    def urls(self) -> tuple[str, str]:
        url = urlsplit(POSTGRES)._replace(path=f"/{self.database}").geturl()
        return url, url

    def clear(self) -> None:
        self.sql(f"TRUNCATE {', '.join(NAMES)}")

    def drop(self) -> None:
        with psycopg.connect(POSTGRES, autocommit=True) as admin:
            admin.execute(f"DROP DATABASE {self.database} WITH (FORCE)")


class MariaDBGround(Ground):
    engine = "mariadb"
    serial = "BIGINT AUTO_INCREMENT PRIMARY KEY"
    triggers = (
        (
            "CREATE TRIGGER history_on_update AFTER UPDATE ON customer FOR EACH ROW"
            " INSERT INTO customer_history (customer_id, old_name) VALUES (OLD.customer_id, OLD.name)"
        ),
        (
            "CREATE TRIGGER history_on_delete AFTER DELETE ON customer FOR EACH ROW"
            " INSERT INTO customer_history (customer_id, old_name) VALUES (OLD.customer_id, OLD.name)"
        ),
    )

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.database = f"troth_test_{uuid.uuid4().hex[:12]}"
        try:
            with connect_mariadb(MARIADB) as admin:
                admin.cursor().execute(f"CREATE DATABASE {self.database} CHARACTER SET utf8mb4")
        except pymysql.err.OperationalError:
            missing("MariaDB")

    def connect(self) -> Any:
        return connect_mariadb(self.urls()[0])

    def urls(self) -> tuple[str, str]:
        url = urlsplit(MARIADB)._replace(path=f"/{self.database}").geturl()
        return url, url

    def clear(self) -> None:
        connection = self.connect()
        cursor = connection.cursor()
        cursor.execute("SET FOREIGN_KEY_CHECKS = 0")
        for name in (*NAMES[1:], NAMES[0]):
            cursor.execute(f"DELETE FROM {name}")
        connection.commit()
        connection.close()

    def drop(self) -> None:
        with connect_mariadb(MARIADB) as admin:
            admin.cursor().execute(f"DROP DATABASE {self.database}")


class SQLiteGround(Ground):
    engine = "sqlite"
    mark = "?"
    serial = "INTEGER PRIMARY KEY"
    triggers = (
        (
            "CREATE TRIGGER history_on_update AFTER UPDATE ON customer BEGIN"
            " INSERT INTO customer_history (customer_id, old_name) VALUES (OLD.customer_id, OLD.name); END"
        ),
        (
            "CREATE TRIGGER history_on_delete AFTER DELETE ON customer BEGIN"
            " INSERT INTO customer_history (customer_id, old_name) VALUES (OLD.customer_id, OLD.name); END"
        ),
    )

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.path = folder / "ferry.db"

    def connect(self) -> Any:
        return sqlite3.connect(self.path, timeout=20)

    def urls(self) -> tuple[str, str]:
        return f"sqlite:///{self.path}", f"sqlite:///{self.path}"

    def drop(self) -> None:
        self.path.unlink()


GROUNDS: dict[str, type[Ground]] = {ground.engine: ground for ground in (PostgreSQLGround, MariaDBGround, SQLiteGround)}
NOT_SQL = {"work-order"}
"""Engines whose contract is in test_contract_work_order.py."""


def missing(server: str) -> None:
    """At home a visible skip; in CI a missing server is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{server} does not answer, and CI promises one")
    pytest.skip(f"{server} does not answer")


# == Identifiers, lines and orders ==


def by(kind: str, value: str, *, proven: bool = True) -> Identifier:
    return Identifier(kind, Personal(value), proven, "request")


def number(value: str) -> Identifier:
    return by("customer-number", value)


def email(value: str, *, proven: bool = True) -> Identifier:
    return by("email", value, proven=proven)


def keys(sight: Sight, name: str) -> list[Key]:
    seen = sight.tables.get(name)
    return [row.key for row in seen.entering] if seen else []


def waiting(sight: Sight, name: str) -> list[Key]:
    seen = sight.tables.get(name)
    return [row.key for row in seen.waiting] if seen else []


def row(sight: Sight, name: str, *key: Any) -> Any:
    return next(found for found in sight.tables[name].rows if found.key == key)


def line(n: int, sight: Sight, name: str, verb: Verb, rows: Sequence[Key] | None = None, **more: Any) -> Effect:
    """One line over the entering rows of a table, or over the rows named."""
    seen = sight.tables[name]
    chosen = tuple(found.key for found in seen.entering) if rows is None else tuple(rows)
    return Effect(n, "ferry", name, verb, chosen, seen.key_columns, (), WHY, **more)


def order(sight: Sight, *effects: Effect, plan: str = "plan-1") -> Order:
    return Order(plan, "ferry", sight.fingerprint, effects)


def empty(*columns: str) -> tuple[Assign, ...]:
    return tuple(Assign(column, None) for column in columns)


SHARED_FIRST = ("leg", "seat", "note", "message", "invoice_line", "invoice", "booking", "passenger", "customer")
OTHERWISE = {"booking": empty("booked_by", "contact_email")}
"""What the holder of the claim writes on a shared row that stays."""


def leaving(sight: Sight, plan: str = "plan-1") -> Order:
    """Erase everything that enters: own rows go, shared ones only with the last who shares them."""
    effects: list[Effect] = []
    for name in SHARED_FIRST:
        seen = sight.tables.get(name)
        entering = seen.entering if seen else ()
        for shared, mine in (("", False), ("booking", False), ("booking", True)):
            rows = [r.key for r in entering if r.root_table == shared and bool(r.own_claims) is mine]
            if rows:
                keep = OTHERWISE.get(name, ()) if mine else ()
                effects.append(line(len(effects) + 1, sight, name, Verb.DELETE, rows, shared=shared, otherwise=keep))
    if "customer_history" in sight.tables or "customer" in sight.tables:
        customers = tuple(keys(sight, "customer"))
        effects.append(
            Effect(
                len(effects) + 1,
                "ferry",
                "customer_history",
                Verb.DELETE,
                tuple(keys(sight, "customer_history")),
                ("history_id",),
                (),
                WHY,
                owner_columns=("customer_id",),
                owners=customers,
            )
        )
    return order(sight, *effects, plan=plan)

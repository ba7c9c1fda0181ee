"""A fresh state and vault for each test, on a real PostgreSQL: skipped visibly where there is none, failed in CI."""

import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from troth.ledger.keyring import Keyring
from troth.ledger.migrate import migrate
from troth.ledger.state import LedgerState, StateSettings
from troth.model.person import Identifier
from troth.model.personal import Personal, Secret

ADMIN = os.environ.get("TROTH_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
DUE, ENDS = date(2026, 4, 1), date(2029, 12, 31)

TABLES = """SELECT schemaname::text, tablename::text FROM pg_tables
WHERE schemaname IN ('troth', 'vault', 'alarm') AND tablename <> 'migration'"""
SHAPE = """SELECT tgname::text, tgrelid::regclass::text, tgenabled::text FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT relname::text, migration, '' FROM pg_class,
    LATERAL (SELECT query_to_xml('SELECT * FROM ' || oid::regclass::text, true, false, '')::text AS migration) AS x
WHERE relname = 'migration' ORDER BY 1, 2, 3"""


def email(value: str, *, proven: bool = True, origin: str = "request") -> Identifier:
    """An e-mail identifier."""
    return Identifier("email", Personal(value), proven, origin)


def url(name: str) -> Secret:
    """The address of a database on the test server."""
    return Personal(make_conninfo(ADMIN, dbname=name))


def admin(statement: str, *names: str) -> None:
    """Run one statement about whole databases."""
    with psycopg.connect(ADMIN, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(*(sql.Identifier(name) for name in names)))  # type: ignore[arg-type]


def copy_database(source: str, target: str) -> None:
    """A copy of a database, as a restored backup would be. No test cuts the server's power: a commit need not wait."""
    admin("CREATE DATABASE {} TEMPLATE {}", target, source)
    admin("ALTER DATABASE {} SET synchronous_commit TO off", target)


def drop_database(name: str) -> None:
    """Drop it, whoever is connected."""
    admin("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


@pytest.fixture(scope="session")
def postgres() -> None:
    """A server that answers."""
    try:
        with psycopg.connect(ADMIN, connect_timeout=3):
            return
    except psycopg.OperationalError:
        if os.environ.get("CI"):
            pytest.fail(f"no PostgreSQL answers at {ADMIN}")
        pytest.skip(f"no PostgreSQL answers at {ADMIN}")


@pytest.fixture(scope="session")
def template(postgres: None) -> Iterator[str]:
    """The name of a migrated state; its vault is `<name>_vault`."""
    name = f"troth_template_{secrets.token_hex(4)}"
    migrate(url(name), url(f"{name}_vault"))
    yield name
    drop_database(name)
    drop_database(f"{name}_vault")


@pytest.fixture(scope="session")
def database(template: str) -> Iterator[str]:
    """The name of this process's own copy of the template, emptied before each test."""
    name = f"troth_test_{secrets.token_hex(6)}"
    copy_database(template, name)
    copy_database(f"{template}_vault", f"{name}_vault")
    yield name
    drop_database(name)
    drop_database(f"{name}_vault")


@pytest.fixture
def settings(database: str, template: str, tmp_path: Path) -> StateSettings:
    """Where this test's own state is: empty databases, new keys, one file witness."""
    for name, like in ((database, template), (f"{database}_vault", f"{template}_vault")):
        empty(name, like)
    Keyring.create(tmp_path / "keys")
    return StateSettings(url(database), tmp_path / "keys", witnesses=(tmp_path / "witness",), now=lambda: NOW)


def empty(name: str, template: str) -> None:
    """Delete every row, past the triggers that forbid it; copy anew what a test bent out of shape."""
    with psycopg.connect(url(name).reveal()) as connection, psycopg.connect(url(template).reveal()) as model:
        shapes = [each.execute(SHAPE).fetchall() for each in (connection, model)]
        if shapes[0] == shapes[1]:
            connection.execute("SET session_replication_role = replica")
            for schema, table in connection.execute(TABLES).fetchall():
                connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(schema, table)))
            return
    drop_database(name)
    copy_database(template, name)


@pytest.fixture
def state(settings: StateSettings) -> Iterator[LedgerState]:
    """An open state."""
    with LedgerState.open(settings) as opened:
        yield opened


@pytest.fixture
def reopen(settings: StateSettings) -> Callable[..., StateSettings]:
    """The same settings with other values."""

    def changed(**other: object) -> StateSettings:
        return replace(settings, **other)  # type: ignore[arg-type]

    return changed


def new_person(state: LedgerState) -> str:
    """A person in a unit of their own."""
    with state.unit(at=NOW) as unit:
        return unit.persons.new()


def raw(settings: StateSettings) -> psycopg.Connection[tuple[object, ...]]:
    """A connection of the test's own, into the state's schema."""
    return psycopg.connect(settings.state_url.reveal(), options="-c search_path=troth")

"""Bring our own databases to the form this version needs: state, vault, and the alarm clock's own schema.

A migration is a numbered SQL file, applied once, in order, in one transaction with its note; its content is hashed, so
a file that was edited after it ran is noticed. Nothing is ever migrated back: restore a backup and reconcile instead.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from typing import LiteralString

import psycopg
from psycopg import sql as words
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from troth.ledger import alarm
from troth.ledger.database import (
    STATE_SCHEMA,
    VAULT_SCHEMA,
    Connection,
    check_server,
    database_name,
    single,
    told,
    unavailable,
)
from troth.model.personal import Personal, Secret
from troth.ports.state import StateError

_LOCK = 0x74726F7468_01
_LEDGER_OF_MIGRATIONS = (
    "CREATE TABLE IF NOT EXISTS migration ("
    " number integer PRIMARY KEY, name text NOT NULL, hash text NOT NULL, applied_at timestamptz NOT NULL)"
)


@dataclass(frozen=True)
class Migration:
    """One numbered file."""

    number: int
    name: str
    sql: LiteralString

    @property
    def hash(self) -> str:
        """sha256 (hex) of its text."""
        return sha256(self.sql.encode()).hexdigest()


def migrations(kind: str) -> Sequence[Migration]:
    """The migrations of `state` or `vault`, in order, without gaps."""
    folder = files("troth.ledger") / "migrations" / kind
    found = sorted(path.name for path in folder.iterdir() if path.name.endswith(".sql"))
    made = [Migration(int(name[:4]), name, (folder / name).read_text(encoding="utf-8")) for name in found]
    if [each.number for each in made] != list(range(1, len(made) + 1)):
        raise StateError("migrations-with-gaps", f"the migrations of `{kind}` are not numbered 1, 2, 3 ...")
    return made


def migrate(state_url: Secret, vault_url: Secret) -> int:
    """Migrate both databases; how many files were applied. Databases that do not exist are created where allowed."""
    if database_name(state_url) == database_name(vault_url) and _server(state_url) == _server(vault_url):
        raise StateError(
            "vault-in-state", "state and vault are the same database", "give the vault a database of its own"
        )
    for url in (state_url, vault_url):
        create_database(url)
    with single(vault_url, VAULT_SCHEMA) as connection:
        applied = _apply(connection, VAULT_SCHEMA, migrations("vault"))
    with single(state_url, STATE_SCHEMA) as connection:
        applied += _apply(connection, STATE_SCHEMA, migrations("state"))
        alarm.install(connection)
    return applied


def check_migrated(connection: Connection, kind: str) -> None:
    """Refuse a database of an older or newer version. Raises StateError `state-not-migrated`, `state-newer`."""
    wanted = migrations(kind)
    with told(), connection.transaction():
        ready = connection.execute("SELECT to_regclass('migration') IS NOT NULL").fetchone()
        found = (
            connection.execute("SELECT number, hash FROM migration ORDER BY number").fetchall()
            if ready and ready[0]
            else []
        )
    _compare(found, wanted, kind)
    if len(found) < len(wanted):
        raise StateError(
            "state-not-migrated",
            f"the {kind} database has {len(found)} of {len(wanted)} migrations",
            "run `troth init` with this version: it migrates what is there",
        )


def is_migrated(state_url: Secret) -> bool:
    """Whether there is a state behind this address, of whatever version. Creates the database where it is missing."""
    create_database(state_url)
    with single(state_url, STATE_SCHEMA) as connection:
        row = connection.execute("SELECT to_regclass('migration') IS NOT NULL").fetchone()
    return bool(row and row[0])


def create_database(url: Secret) -> None:
    """Create the database of a URL unless it is there. Raises StateError `database-missing` if it may not."""
    name = database_name(url)
    try:
        with psycopg.connect(url.reveal(), connect_timeout=10):
            return
    except psycopg.OperationalError:
        pass  # the driver gives no code here: ask the server's own list
    aside = make_conninfo("", **{**conninfo_to_dict(url.reveal()), "dbname": "postgres"})
    with single(Personal(aside), "public") as connection:
        connection.autocommit = True
        if connection.execute("SELECT FROM pg_database WHERE datname = %s", (name,)).fetchone() is not None:
            raise unavailable()
        try:
            connection.execute(words.SQL("CREATE DATABASE {} TEMPLATE template0").format(words.Identifier(name)))
        except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
            return
        except psycopg.errors.InsufficientPrivilege:
            raise StateError(
                "database-missing", f"the database `{name}` does not exist", f"create it: `createdb {name}`"
            ) from None


def _apply(connection: Connection, schema: str, wanted: Sequence[Migration]) -> int:
    """Apply what is missing, one transaction for all, one migrator at a time."""
    check_server(connection)
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        connection.execute(words.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(words.Identifier(schema)))
        connection.execute(_LEDGER_OF_MIGRATIONS)
        found = connection.execute("SELECT number, hash FROM migration ORDER BY number").fetchall()
        _compare(found, wanted, schema)
        for each in wanted[len(found) :]:
            connection.execute(each.sql)
            connection.execute(
                "INSERT INTO migration (number, name, hash, applied_at) VALUES (%s, %s, %s, now())",
                (each.number, each.name, each.hash),
            )
    return len(wanted) - len(found)


def _compare(found: Sequence[tuple[int, str]], wanted: Sequence[Migration], kind: str) -> None:
    if len(found) > len(wanted):
        raise StateError(
            "state-newer", f"the {kind} database was migrated by a later version", "run that version, or restore a copy"
        )
    for (number, hash_), each in zip(found, wanted, strict=False):
        if (number, hash_) != (each.number, each.hash):
            raise StateError(
                "migration-differs",
                f"migration `{each.name}` of the {kind} database was applied with another content",
                "this database belongs to another build: run that one",
            )


def _server(url: Secret) -> tuple[object, object]:
    parts = conninfo_to_dict(url.reveal())
    return parts.get("host"), parts.get("port")

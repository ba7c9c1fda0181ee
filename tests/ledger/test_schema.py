"""The tables: migrations and schema file agree, and nothing can be rewritten."""

import secrets
from collections.abc import Iterator
from contextlib import ExitStack

import psycopg
import pytest
from tests.ledger.conftest import ADMIN, NOW, drop_database, new_person, raw, url

from troth.ledger import migrate as migration
from troth.ledger.database import check_server, vault_beside
from troth.ledger.migrate import migrate, migrations
from troth.ledger.sql import SqlFileError, parse, statements
from troth.ledger.state import LedgerState, StateSettings
from troth.model.personal import Personal
from troth.ports.state import StateError, StateUnavailableError

CATALOG = """
SELECT 'column', table_name::text, column_name::text,
    concat_ws('|', data_type, udt_name, is_nullable, column_default, is_identity, identity_generation)
FROM information_schema.columns WHERE table_schema = 'troth' AND table_name <> 'migration'
UNION ALL SELECT 'constraint', conrelid::regclass::text, conname::text, pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = 'troth'::regnamespace AND conrelid::regclass::text <> 'migration'
UNION ALL SELECT 'index', tablename::text, indexname::text, indexdef FROM pg_indexes
WHERE schemaname = 'troth' AND tablename <> 'migration'
UNION ALL SELECT 'trigger', tgrelid::regclass::text, tgname::text, pg_get_triggerdef(oid) FROM pg_trigger
WHERE NOT tgisinternal AND tgrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'troth'::regnamespace)
UNION ALL SELECT 'function', proname::text, pg_get_function_identity_arguments(oid), pg_get_functiondef(oid)
FROM pg_proc WHERE pronamespace = 'troth'::regnamespace
ORDER BY 1, 2, 3
"""


@pytest.fixture
def empty(postgres: None) -> Iterator[str]:
    """The name of a database that does not exist yet; it and its vault are dropped afterwards."""
    name = f"troth_test_{secrets.token_hex(6)}"
    yield name
    drop_database(name)
    drop_database(f"{name}_vault")


def catalog(name: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url(name).reveal(), options="-c search_path=troth") as connection:
        return connection.execute(CATALOG).fetchall()


def test_migrated_schema_equals_schema_file(template: str, empty: str) -> None:
    """What the migrations make is what schema.sql says, column by column, index by index."""
    with psycopg.connect(ADMIN, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{empty}" TEMPLATE template0')
    with psycopg.connect(url(empty).reveal(), autocommit=True) as connection:
        connection.execute("CREATE SCHEMA troth")
        connection.execute("SET search_path = troth")
        text = (migration.files("troth.ledger") / "schema.sql").read_text()
        connection.execute(text)
    wanted = catalog(template)
    assert catalog(empty) == wanted
    assert len(wanted) > 150
    with psycopg.connect(url(empty).reveal(), autocommit=True) as connection:  # the comparison can fail
        connection.execute("ALTER TABLE troth.due ALTER note DROP NOT NULL")
    assert catalog(empty) != wanted


def test_migrating_twice_applies_nothing(empty: str) -> None:
    """The databases are created, migrated once, and left alone by a second run."""
    assert migrate(url(empty), url(f"{empty}_vault")) == len(migrations("state")) + len(migrations("vault"))
    assert migrate(url(empty), url(f"{empty}_vault")) == 0


def test_edited_migration_is_noticed(settings: StateSettings) -> None:
    """A migration whose text changed after it ran closes the state."""
    with raw(settings) as connection:
        connection.execute("UPDATE migration SET hash = 'other' WHERE number = 1")
    with pytest.raises(StateError, match="migration-differs"):
        LedgerState.open(settings)


def test_state_that_is_not_migrated_is_refused(settings: StateSettings) -> None:
    """An older database says which command migrates it; a newer one says that it is newer."""
    with raw(settings) as connection:
        connection.execute("UPDATE migration SET number = number + 90")
    with pytest.raises(StateError, match="migration-differs"):
        LedgerState.open(settings)
    with raw(settings) as connection:
        connection.execute("DELETE FROM migration")
    with pytest.raises(StateError, match=r"state-not-migrated.*troth init"):
        LedgerState.open(settings)
    with raw(settings) as connection:
        connection.execute("INSERT INTO migration SELECT n, n::text, n::text, now() FROM generate_series(1, 50) n")
    with pytest.raises(StateError, match="state-newer"):
        LedgerState.open(settings)


def test_state_and_vault_must_be_two_databases(empty: str) -> None:
    """A vault in the state's own database would share its backups."""
    with pytest.raises(StateError, match="vault-in-state"):
        migrate(url(empty), url(empty))


def test_default_vault_stands_beside_the_state() -> None:
    """Without an address of its own the vault is `<name>_vault`; the password stays hidden."""
    beside = vault_beside(Personal("postgresql://u:hunter2@db.example:5433/troth"))
    assert "dbname=troth_vault" in beside.reveal()
    assert "hunter2" in beside.reveal()
    assert "hunter2" not in repr(beside)


def test_older_server_is_refused(monkeypatch: pytest.MonkeyPatch, template: str) -> None:
    """A server below 15 is told so by name; the test raises the bar instead of lowering the server."""
    with psycopg.connect(ADMIN) as connection:
        check_server(connection)
        monkeypatch.setattr("troth.ledger.database.OLDEST_SERVER", 990_000)
        with pytest.raises(StateError, match="server-too-old"):
            check_server(connection)


@pytest.mark.parametrize(
    "address",
    ["postgresql://postgres@127.0.0.1:1/troth", "postgresql://nobody-we-know:hunter2@127.0.0.1:5432/no_such_db"],
)
def test_unreachable_state_is_told_without_the_password(settings: StateSettings, address: str) -> None:
    """A wrong port or database is one clear error."""
    wrong = StateSettings(Personal(address), settings.keys)
    with pytest.raises(StateUnavailableError) as caught:
        LedgerState.open(wrong)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("address", ["postgresql://127.0.0.1", "not an address", "postgresql://h:notaport/x"])
def test_unreadable_address_is_told(settings: StateSettings, address: str) -> None:
    """An address without a database, or that cannot be read, is told with a remedy."""
    with pytest.raises(StateError) as caught:
        LedgerState.open(StateSettings(Personal(address), settings.keys))
    assert caught.value.remedy


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET kind = 'other'",
        "UPDATE event SET envelope = '{}'",
        "UPDATE event SET position = 5",
        "DELETE FROM event",
        "TRUNCATE event CASCADE",
        "UPDATE slot SET subject = 'other'",
        "UPDATE slot SET sealed = 'x'",
        "DELETE FROM slot",
        "UPDATE node SET hash = sha256('x')",
        "DELETE FROM node",
    ],
)
def test_ledger_cannot_be_rewritten_by_mistake(state: LedgerState, settings: StateSettings, statement: str) -> None:
    """The database itself refuses to change placed events, slots and nodes."""
    new_person(state)
    state.ledger.place()
    with raw(settings) as connection, pytest.raises(psycopg.errors.IntegrityConstraintViolation):
        connection.execute(statement)


def test_slot_bytes_may_go(state: LedgerState, settings: StateSettings) -> None:
    """The one change that is allowed on a slot is to empty it."""
    new_person(state)
    with raw(settings) as connection:
        assert connection.execute("UPDATE slot SET sealed = NULL").rowcount == 1


def test_sql_files_are_named_and_described() -> None:
    """Every file of statements loads; each statement has a name of its own and a description."""
    names = ("bundle", "cases", "due", "events", "persons", "policies", "sequencer", "vault")
    assert sum(len(statements(name)) for name in names) > 80


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("-- name: a\nSELECT 1;", "needs a line"),
        ("-- name: a\n-- words only\n", "needs a line"),
        ("-- name: a\n-- x\nSELECT 1;\n-- name: a\n-- x\nSELECT 2;", "twice"),
        ("SELECT 1;\n-- name: a\n-- x\nSELECT 1;", "before the first"),
    ],
)
def test_malformed_sql_file_is_refused(text: str, says: str) -> None:
    """A mistake in a file of statements stops at import, not in a transaction."""
    with pytest.raises(SqlFileError, match=says):
        parse(text, "here")


def test_every_statement_is_used() -> None:
    """A named statement that no code names is left over."""
    folder = migration.files("troth.ledger")
    code = "".join(path.read_text() for path in folder.iterdir() if path.name.endswith(".py"))
    names = [name for file in (folder / "sql").iterdir() for name in statements(file.name.removesuffix(".sql"))]
    assert len(names) > 80
    assert [name for name in names if f'"{name}"' not in code] == []


def test_connection_lost_inside_a_unit_writes_nothing(state: LedgerState, settings: StateSettings) -> None:
    """The server goes away between two statements: one own error, nothing written, the next unit works."""

    def lose_it() -> None:
        with state.unit(at=NOW) as unit:
            unit.persons.new()
            with raw(settings) as other:
                other.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND application_name = 'troth'"
                )
            unit.persons.new()

    def four_at_once() -> None:
        with ExitStack() as stack:
            for _ in range(4):
                stack.enter_context(state.unit(at=NOW)).due.paused()

    four_at_once()  # so that idle connections die with the one in use
    with pytest.raises(StateUnavailableError, match="state-unavailable"):
        lose_it()
    with raw(settings) as connection:
        assert connection.execute("SELECT count(*) FROM person").fetchone() == (0,)
    four_at_once()  # they were replaced, too
    assert new_person(state)


def test_waiting_too_long_for_a_lock_is_busy_not_broken(state: LedgerState, settings: StateSettings) -> None:
    """Somebody else holds the row: after the time limit an own error says to try again."""
    person = new_person(state)
    with raw(settings) as holder:
        holder.execute("SELECT FROM person WHERE id = %s FOR UPDATE", (person,))
        with state.unit(at=NOW) as unit:
            unit.scope.connection.execute("SET lock_timeout = '50ms'")  # stays with the one idle connection
        with pytest.raises(StateUnavailableError, match="state-busy"), state.unit(at=NOW) as unit:
            unit.facts.object(person, marketing=True)

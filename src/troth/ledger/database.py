"""Connections to our own databases: a small lazy pool, the version check, and errors that carry no value.

PostgreSQL puts the offending values into an error's DETAIL. No driver error leaves this package: `told` turns each into
a StateError with a stable code, so neither a log nor a traceback ever shows what a statement was given.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeAlias
from weakref import WeakSet

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout

from troth.ledger.errors import LedgerError
from troth.model.personal import Personal, Secret
from troth.ports.state import StateError, StateUnavailableError
from troth.postgres import arrays
from troth.postgres.together import Line, together

OLDEST_SERVER = 150_000
STATE_SCHEMA = "troth"
VAULT_SCHEMA = "vault"
CONNECT_SECONDS = 10
BOUNDS_TRANSACTIONS = 170_000
"""The server version from which a transaction as a whole can be given an end."""
DOWN_SECONDS = 0.5
"""How long one waits for a connection of a server that just did not answer."""

Connection: TypeAlias = psycopg.Connection[TupleRow]
Session: TypeAlias = Connection | Line
"""Where statements are sent: over a connection one by one, or over a line together."""
Pool: TypeAlias = ConnectionPool[Connection]

_DOWN: WeakSet[Pool] = WeakSet()
"""Pools whose server did not answer the last time."""


@contextmanager
def told() -> Iterator[None]:
    """Turn any error of the driver or of the ledger's parts inside the block into a StateError without values."""
    try:
        yield
    except LedgerError as error:
        raise StateError(error.code, error.message, error.remedy) from None
    except psycopg.Error as error:
        raise _without_values(error) from None
    except (PoolTimeout, PoolClosed):
        raise unavailable() from None


@contextmanager
def lent(pool: Pool) -> Iterator[Connection]:
    """A connection of the pool for one transaction: committed at the end, rolled back on any exception.

    When it is lost, the pool's idle ones are looked at too: after a restart of the server one caller is told, not each.
    Until the server is back nobody waits long again: a question that needs no fact is answered meanwhile.
    """
    with _watched(pool), told(), pool.connection(timeout=_patience(pool)) as connection:
        yield connection


@contextmanager
def lent_together(pool: Pool) -> Iterator[Line]:
    """The same, where only reading waits for an answer: what is written travels with the next question or the commit.

    An error of a write shows at the next read, or when this ends; nothing is committed then. It has ended well only
    when the commit was answered.
    """
    with _watched(pool), told(), pool.connection(timeout=_patience(pool)) as connection:
        try:
            with together(connection) as line:
                line.execute("BEGIN")
                yield line
                line.execute("COMMIT")
        except Exception:  # by us: where the driver rolls back, it lets the server forget what was planned
            with suppress(psycopg.Error), together(connection) as line:
                line.execute("ROLLBACK")
            raise


def _patience(pool: Pool) -> float | None:
    """How long to wait for a connection; None: as long as the pool does."""
    return DOWN_SECONDS if pool in _DOWN else None


@contextmanager
def _watched(pool: Pool) -> Iterator[None]:
    try:
        yield
        _DOWN.discard(pool)
    except StateUnavailableError:
        if not pool.closed:
            _DOWN.add(pool)
            pool.check()
        raise


def pool(url: Secret, schema: str, *, size: int = 8, each_alone: bool = False) -> Pool:
    """A lazy pool: no connection is made before the first use. `each_alone`: every statement is its own transaction."""

    def configure(connection: Connection) -> None:
        _settle(connection, schema)
        _tune(connection)

    return ConnectionPool(
        url.reveal(),
        min_size=0,
        max_size=size,
        open=True,
        timeout=CONNECT_SECONDS,
        reconnect_timeout=CONNECT_SECONDS,
        configure=configure,
        kwargs={"connect_timeout": CONNECT_SECONDS, "application_name": "troth", "autocommit": each_alone},
        name=schema,
    )


@contextmanager
def single(url: Secret, schema: str) -> Iterator[Connection]:
    """One connection outside any pool, for checks and migrations; fails at once when the server does not answer."""
    with told(), psycopg.connect(url.reveal(), connect_timeout=CONNECT_SECONDS, application_name="troth") as connection:
        check_server(connection)
        _settle(connection, schema)
        yield connection


def check_server(connection: psycopg.Connection[Any]) -> None:
    """Refuse a server older than PostgreSQL 15."""
    version = connection.info.server_version
    if version < OLDEST_SERVER:
        raise StateError(
            "server-too-old",
            f"the server runs PostgreSQL `{version // 10_000}`, Troth needs 15 or later",
            "upgrade it, or use the embedded server",
        )


def vault_beside(state_url: Secret) -> Secret:
    """The default vault: a database on the same server, called like the state's with `_vault` added."""
    with told():
        parts = conninfo_to_dict(state_url.reveal())
    return Personal(make_conninfo("", **{**parts, "dbname": f"{database_name(state_url)}_vault"}))


def database_name(url: Secret) -> str:
    """The name of the database in a URL. Raises StateError `url-without-database`, `url-unreadable`."""
    try:
        name = conninfo_to_dict(url.reveal()).get("dbname")
    except psycopg.Error:
        raise StateError(
            "url-unreadable",
            "the address of the database cannot be read",
            "write it as `postgresql://user@host:5432/name`",
        ) from None
    if not isinstance(name, str) or not name:
        raise StateError("url-without-database", "the address names no database", "add its name at the end: `/troth`")
    return name


def _settle(connection: Connection, schema: str) -> None:
    """Make every session the same, whatever the server's or the role's defaults are."""
    connection.execute(
        "SELECT set_config('search_path', %s, false), set_config('TimeZone', 'UTC', false),"
        " set_config('lock_timeout', '20s', false), set_config('statement_timeout', '120s', false),"
        " set_config('idle_in_transaction_session_timeout', '300s', false)",
        (schema,),
    )
    connection.commit()


def _tune(connection: Connection) -> None:
    """Our statements are few, always the same and each served by an index: they are planned once in a session.

    Where answers are awaited together, the server does not count a pause between them as idle. From version 17 on the
    same bound holds for the transaction as a whole.
    """
    arrays.register(connection)
    connection.prepare_threshold = None  # a line has its own way, which the driver's would undo at a rollback
    settings = {"plan_cache_mode": "force_generic_plan"}
    if connection.info.server_version >= BOUNDS_TRANSACTIONS:
        settings["transaction_timeout"] = "300s"
    for name, value in settings.items():
        connection.execute("SELECT set_config(%s, %s, false)", (name, value), prepare=False)
    connection.commit()


def unhurried(connection: Connection) -> None:
    """Lift the bound for one transaction that reads the whole ledger."""
    if connection.info.server_version >= BOUNDS_TRANSACTIONS:
        connection.execute("SET LOCAL transaction_timeout = 0")


def unavailable() -> StateUnavailableError:
    """The error of a database that does not answer, without the driver's words."""
    return StateUnavailableError(
        "state-unavailable",
        "Troth's own database does not answer, or refuses the login",
        "see whether the server runs and the address is right: `troth doctor`",
    )


def _without_values(error: psycopg.Error) -> StateError:
    code = error.sqlstate or ""
    lost = isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError))
    if lost and not code.startswith(("40", "55", "57014")):
        return unavailable()
    if code.startswith(("40", "55P03", "57014")):
        return StateUnavailableError(
            "state-busy", f"the database gave up waiting (SQLSTATE {code})", "nothing was written: try again"
        )
    if code.startswith("22") or isinstance(error, psycopg.DataError):
        return StateError(
            "text-not-storable", "a value holds something the database cannot keep", "leave out NUL and broken text"
        )
    constraint = error.diag.constraint_name or error.diag.table_name or ""
    return StateError(
        "state-refused",
        f"the database refused a change (SQLSTATE {code or 'none'}" + (f", `{constraint}`)" if constraint else ")"),
        "nothing was written; if it happens again, report it with this line",
    )

"""The alarm clock: Procrastinate wakes workers, and is never asked what is to be done.

An alarm is set in the caller's own transaction through one function of ours, so it exists exactly when the work it
rings for was committed. A lost alarm loses nothing: due tables are the truth, and the sweeper reads them.
The queue's tables stand in a schema of their own, made from the installed library's own file.
"""

from datetime import datetime
from importlib.metadata import version
from typing import LiteralString

from psycopg import sql as words

from troth.ledger.database import Connection, Session

SCHEMA = "alarm"
OPTIONS = f"-c search_path={SCHEMA}"
"""What a connector of the queue's own library adds to its connection, to find the tables (`options=`)."""

_INSTALLED: LiteralString = "SELECT to_regclass('alarm.procrastinate_jobs') IS NOT NULL"
_RING: LiteralString = "SELECT ring_alarm(%s, %s, %s, %s)"


def install(connection: Connection) -> None:
    """Make the queue's tables unless they are there; notes the library version that made them."""
    from procrastinate.schema import SchemaManager  # noqa: PLC0415 - needed once in the life of a state

    with connection.transaction():
        found = connection.execute(_INSTALLED).fetchone()
        if found and found[0]:
            return
        connection.execute(words.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(words.Identifier(SCHEMA)))
        connection.execute("SELECT set_config('search_path', %s, true)", (SCHEMA,))
        connection.execute(SchemaManager.get_schema().encode())
        connection.execute(
            words.SQL("COMMENT ON SCHEMA {} IS {}").format(
                words.Identifier(SCHEMA), words.Literal(f"procrastinate {version('procrastinate')}")
            )
        )


def ring(connection: Session, queue: str, task: str, ref: str, at: datetime) -> bool:
    """Set an alarm in the transaction of `connection`; False when the same one is set already."""
    row = connection.execute(_RING, (queue, task, ref, at)).fetchone()
    return bool(row and row[0])

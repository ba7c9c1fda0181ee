"""The baseline's own log: a table in a PostgreSQL database of its own, hash-chained, durable when `write` returns."""

import json
from collections.abc import Sequence
from typing import Any

import psycopg

from benchmarks.statements import CHAIN, JOURNAL

_LOCK = 7_214


class Journal:
    """Entries about matters. Each call is one transaction, one round trip and one flush to disk."""

    def __init__(self, conninfo: str) -> None:
        self._connection = psycopg.connect(conninfo, autocommit=True)

    def create(self) -> None:
        """Make the table in an empty database."""
        self._connection.execute(JOURNAL)

    def write(self, matter: str, *entries: tuple[str, dict[str, Any]]) -> None:
        """Append (kind, body) pairs; the lock makes the chain one line, whoever else writes."""
        with self._connection.pipeline(), self._connection.transaction():
            self._connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            for kind, body in entries:
                self._connection.execute(CHAIN, {"matter": matter, "kind": kind, "body": json.dumps(body)})

    def read(self, matter: str) -> Sequence[tuple[str, dict[str, Any]]]:
        """What was written about a matter, in order."""
        found = self._connection.execute("SELECT kind, body FROM entry WHERE matter = %s ORDER BY id", [matter])
        return [(row[0], row[1]) for row in found]

    def intact(self) -> bool:
        """Whether every link of the chain holds."""
        row = self._connection.execute(
            "SELECT bool_and(hash = sha256(coalesce(before, ''::bytea)"
            " || convert_to(concat_ws('|', matter, kind, body::text), 'UTF8')))"
            " FROM (SELECT *, lag(hash) OVER (ORDER BY id) AS before FROM entry) chained"
        ).fetchone()
        return row is not None and row[0] is not False

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()

"""Keys of programs that ask over HTTP, with the events that say who made and ended them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from troth.ledger.database import Session, told
from troth.ledger.events import LedgerEvents
from troth.ledger.scope import Scope, must_be_codes
from troth.ledger.sql import statements
from troth.ports.access import AccessKey

_SQL = statements("access")


class LedgerAccessKeys:
    """The `AccessKeys` port over one transaction."""

    def __init__(self, scope: Scope, events: LedgerEvents) -> None:
        self._scope = scope
        self._events = events

    def add(self, key: AccessKey) -> int:
        """See the port."""
        must_be_codes(name=key.name)
        may = {"purposes": sorted(key.purposes), "operations": sorted(key.operations)}
        event = self._events.record("key.made", {"key": key.id, "name": key.name, "rate": key.rate, **may})
        named = {"id": key.id, "name": key.name, "digest": key.digest, "rate": key.rate, "at": self._scope.at}
        with told():
            self._scope.connection.execute(_SQL["add_key"], {**named, **may, "event": event})
        return event

    def end(self, name: str, at: datetime, *, code: str) -> Sequence[str]:
        """See the port."""
        must_be_codes(name=name, code=code)
        with told():
            rows = self._scope.connection.execute(_SQL["end_keys"], {"name": name, "ends": at}).fetchall()
        ended = sorted(row[0] for row in rows)
        if ended:
            said = {"name": name, "keys": ended, "ends": at.isoformat(), "code": code}
            self._events.record("key.ended", said)
        return ended

    def live(self) -> Sequence[AccessKey]:
        """See the port."""
        with told():
            return live_keys(self._scope.connection, self._scope.at)


def live_keys(connection: Session, at: datetime) -> Sequence[AccessKey]:
    """The keys that count at a moment. Errors are the driver's."""
    return [_key(row) for row in connection.execute(_SQL["live_keys"], {"at": at}).fetchall()]


def _key(row: Sequence[Any]) -> AccessKey:
    key = AccessKey(*row)
    return replace(
        key, digest=bytes(key.digest), purposes=frozenset(key.purposes), operations=frozenset(key.operations)
    )

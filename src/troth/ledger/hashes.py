"""What must outlive an erasure: keyed hashes with an end, never the values.

They are still personal data. A lost key raises and so closes; it never reads as "nobody objected".
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from troth.ledger import lookup
from troth.ledger.database import Connection, told
from troth.ledger.events import LedgerEvents
from troth.ledger.keyring import KeyedHash, Keyring
from troth.ledger.scope import Scope, must_be_codes
from troth.ledger.sql import statements
from troth.model.person import Identifier
from troth.model.personal import Personal

_SQL = statements("policies")
_LIFT = {lookup.LOOKUP: "lift_link", lookup.SUPPRESSION: "lift_suppression", lookup.REPLAY: "lift_row"}


class LedgerHashes:
    """The `Hashes` port over one transaction."""

    def __init__(self, scope: Scope, events: LedgerEvents) -> None:
        self._scope = scope
        self._events = events

    def remember_rows(self, rows: Collection[tuple[str, str, tuple[Any, ...]]], *, plan: str, ends: date) -> None:
        """See the port."""
        must_be_codes(plan=plan)
        hashed = sorted({lookup.of_row(self._scope.keyring, *row).digest for row in rows})
        if hashed:
            named = {"lookups": hashed, "key_id": self._key(lookup.REPLAY), "plan": plan, "ends": ends}
            with told():
                self._scope.connection.execute(_SQL["remember_rows"], named)

    def erased_rows(self, store: str, table: str, keys: Sequence[tuple[Any, ...]]) -> Sequence[str | None]:
        """See the port."""
        hashed = [lookup.of_row(self._scope.keyring, store, table, key).digest for key in keys]
        with told():
            rows = self._scope.connection.execute(
                _SQL["erased_rows"], {"lookups": hashed, "today": self._scope.at.date()}
            ).fetchall()
        return [row[0] for row in rows]

    def remember_who(self, rows: Collection[tuple[str, str, tuple[Any, ...], Personal[str]]], *, ends: date) -> None:
        """See the port."""
        pairs = self._pairs(sorted(set(rows), key=lambda row: str(row[:3])))
        if pairs:
            named = {"lookups": [pair[0] for pair in pairs], "was": [pair[1] for pair in pairs], "ends": ends}
            with told():
                self._scope.connection.execute(_SQL["remember_who"], {**named, "key_id": self._key(lookup.REPLAY)})

    def same_rows(self, rows: Sequence[tuple[str, str, tuple[Any, ...], Personal[str]]]) -> Sequence[bool]:
        """See the port."""
        pairs = self._pairs(rows)
        named = {"lookups": [pair[0] for pair in pairs], "was": [pair[1] for pair in pairs]}
        with told():
            found = self._scope.connection.execute(_SQL["same_rows"], {**named, "today": self._scope.at.date()})
            return [row[0] for row in found.fetchall()]

    def backup_made(self, store: str, made: datetime | None) -> None:
        """See the port."""
        must_be_codes(store=store)
        named = {"name": f"backup:{store}", "value": made.isoformat() if made else ""}
        with told():
            self._scope.connection.execute(_SQL["set_backup"], named)

    def made_of(self, store: str) -> datetime | None:
        """See the port."""
        with told():
            row = self._scope.connection.execute(_SQL["get_backup"], {"name": f"backup:{store}"}).fetchone()
        return datetime.fromisoformat(row[0]) if row and row[0] else None

    def suppress(self, identifier: Identifier, *, scope: str, ends: date | None) -> None:
        """See the port."""
        must_be_codes(kind=identifier.kind, scope=scope)
        hashed = lookup.of_identifier(self._scope.keyring, lookup.SUPPRESSION, identifier)
        envelope = {"identifier": identifier.kind, "scope": scope, "ends": ends.isoformat() if ends else None}
        self._events.note("suppression.added", envelope)
        named = {"lookup": hashed.digest, "scope": scope, "key_id": hashed.key_id, "ends": ends}
        with told():
            self._scope.connection.execute(_SQL["suppress"], {**named, "normaliser": hashed.normaliser_version})

    def suppressed(self, identifier: Identifier, *, scope: str) -> bool:
        """See the port."""
        hashed = lookup.of_identifier(self._scope.keyring, lookup.SUPPRESSION, identifier)
        named = {"lookup": hashed.digest, "scope": scope, "today": self._scope.at.date()}
        with told():
            return self._scope.connection.execute(_SQL["suppressed"], named).fetchone() is not None

    def forget_ended(self) -> int:
        """See the port."""
        named = {"today": self._scope.at.date()}
        with told():
            names = ("forget_rows", "forget_who", "forget_suppressions")
            gone = [self._scope.connection.execute(_SQL[name], named) for name in names]
            return sum(len(each.fetchall()) for each in gone)

    def _pairs(self, rows: Collection[tuple[str, str, tuple[Any, ...], Personal[str]]]) -> list[tuple[bytes, bytes]]:
        keyring = self._scope.keyring
        return [(lookup.of_row(keyring, *row[:3]).digest, lookup.of_who(keyring, *row).digest) for row in rows]

    def _key(self, use: str) -> str:
        with told():
            return self._scope.keyring.key_ids(use)[-1]


def lift_hashes(connection: Connection, keyring: Keyring) -> int:
    """After a rotation: move every stored hash to the current key of its use; how many. Call before the state opens.

    A hash left under an old key would not be found again, and an objection not found reads as none.
    """
    with told():
        named = {
            "lookup_key": keyring.key_ids(lookup.LOOKUP)[-1],
            "suppression_key": keyring.key_ids(lookup.SUPPRESSION)[-1],
            "replay_key": keyring.key_ids(lookup.REPLAY)[-1],
        }
        rows = connection.execute(_SQL["old_hashes"], named).fetchall()
        for use, digest, key_id, normaliser in rows:
            lifted = keyring.lift(KeyedHash(use, key_id, normaliser, bytes(digest)))
            change = {"new": lifted.digest, "key_id": lifted.key_id, "old": digest, "old_key": key_id}
            connection.execute(_SQL[_LIFT[use]], change)
        pairs = connection.execute(_SQL["old_pairs"], named).fetchall()
        for digest, was, key_id in pairs:
            new, new_was = (
                keyring.lift(KeyedHash(lookup.REPLAY, key_id, lookup.NORMALISER, bytes(old))) for old in (digest, was)
            )
            change = {"new": new.digest, "new_was": new_was.digest, "key_id": new.key_id}
            connection.execute(_SQL["lift_who"], {**change, "old": digest, "old_was": was, "old_key": key_id})
    return len(rows) + len(pairs)

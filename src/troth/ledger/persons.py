"""Who somebody is: random ids, and identifiers linked to them by events that can be taken back.

A value is found again through its keyed hash; the value itself stands only in the sealed slot of the event that linked
it. Two persons are never merged: a proven value that is another's is refused, and somebody decides.
"""

import secrets
from dataclasses import replace
from datetime import UTC
from typing import Any

from troth.ledger import lookup
from troth.ledger.database import told
from troth.ledger.events import LedgerEvents, Sealed
from troth.ledger.keyring import KeyedHash
from troth.ledger.scope import Scope
from troth.ledger.sql import statements
from troth.model.event import Retain, Slot
from troth.model.person import Identifier
from troth.model.personal import Personal
from troth.ports.state import NotFoundError, RefusedError

_SQL = statements("persons")
_ID_BYTES = 12
_FIRST_KEYS = (Retain.IDENTITY, Retain.STATE, Retain.CASE)
"""Classes in which something is sealed of nearly everybody: their keys are made together."""


class LedgerPersons:
    """The `Persons` port over one transaction."""

    def __init__(self, scope: Scope, events: LedgerEvents) -> None:
        self._scope = scope
        self._events = events

    def new(self) -> str:
        """See the port."""
        person = f"p-{secrets.token_hex(_ID_BYTES)}"
        year = self._scope.at.astimezone(UTC).year
        self._scope.vault.keys_for([(person, retain, year) for retain in _FIRST_KEYS])
        self._events.note("person.made", {}, Slot(person, Retain.IDENTITY, Personal({})))
        with told():
            self._scope.connection.execute(_SQL["add_person"], {"person": person})
        return person

    def by(self, identifier: Identifier) -> str | None:
        """See the port."""
        return next((person for person, proven, *_ in self._linked(self._hash(identifier)) if proven), None)

    def hinted(self, identifier: Identifier) -> tuple[str, ...]:
        """See the port."""
        return tuple(person for person, *_ in self._linked(self._hash(identifier)))

    def link(self, person: str, identifier: Identifier, *, reason: str) -> int:
        """See the port."""
        hashed = self._hash(identifier)
        with told():
            self._scope.connection.execute(_SQL["lock_lookup"], {"lookup": hashed.digest})
        self.hold(person)
        own: tuple[bool, int, bool] | None = None
        for holder, proven, event, emptied in self._linked(hashed):
            if holder == person:
                own = (proven, event, emptied)
            elif proven and identifier.proven:
                raise RefusedError(
                    "identifier-of-another",
                    f"this `{identifier.kind}` is linked to another person as proven",
                    "let a person of the privacy office decide; unlink it there first if it moved",
                )
        if own is not None and not own[2] and (own[0] or not identifier.proven):
            return own[1]
        if own is not None and own[0]:  # its words were erased, and what proved it then proves it still
            identifier = replace(identifier, proven=True)
        return self._write_link(person, identifier, hashed, reason, again=own is not None)

    def unlink(self, person: str, identifier: Identifier, *, reason: str) -> int:
        """See the port."""
        hashed = self._hash(identifier)
        with told():
            self._scope.connection.execute(_SQL["lock_lookup"], {"lookup": hashed.digest})
        if not any(holder == person for holder, *_ in self._linked(hashed)):
            raise NotFoundError("no-such-link", f"this `{identifier.kind}` is not linked to `{person}`")
        event = self._events.record(
            "identifier.unlinked",
            {"identifier": identifier.kind},
            Slot(person, Retain.IDENTITY, Personal({"value": identifier.value.reveal(), "reason": reason})),
        )
        self._end(person, hashed, event)
        return event

    def identifiers(self, person: str) -> tuple[Identifier, ...]:
        """See the port."""
        with told():
            rows = self._scope.connection.execute(_SQL["links_of_person"], {"person": person}).fetchall()
        bodies = self._events.opened([Sealed(*row[2:]) for row in rows])
        return tuple(
            Identifier(row[0], Personal(body["value"]), row[1], body["origin"])
            for row, body in zip(rows, bodies, strict=True)
            if body is not None
        )

    def _write_link(self, person: str, identifier: Identifier, hashed: KeyedHash, reason: str, *, again: bool) -> int:
        body = {"value": identifier.value.reveal(), "origin": identifier.origin, "reason": reason}
        event = self._events.record(
            "identifier.linked",
            {"identifier": identifier.kind, "proven": identifier.proven},
            Slot(person, Retain.IDENTITY, Personal(body)),
        )
        if again:
            self._end(person, hashed, event)
        named = {
            "event": event,
            "person": person,
            "kind": identifier.kind,
            "lookup": hashed.digest,
            "key_id": hashed.key_id,
            "normaliser": hashed.normaliser_version,
            "proven": identifier.proven,
            "at": self._scope.at,
        }
        with told():
            self._scope.connection.execute(_SQL["add_link"], named)
        return event

    def _end(self, person: str, hashed: KeyedHash, event: int) -> None:
        named = {"person": person, "lookup": hashed.digest, "at": self._scope.at, "by": event}
        with told():
            self._scope.connection.execute(_SQL["end_link"], named)

    def hold(self, person: str) -> None:
        """See the port."""
        must_exist(self._scope, person)

    def _hash(self, identifier: Identifier) -> KeyedHash:
        return lookup.of_identifier(self._scope.keyring, lookup.LOOKUP, identifier)

    def _linked(self, hashed: KeyedHash) -> list[tuple[Any, ...]]:
        with told():
            return self._scope.connection.execute(_SQL["links_of_value"], {"lookup": hashed.digest}).fetchall()


def must_exist(scope: Scope, person: str) -> None:
    """Hold the person's row until the end of the transaction. Raises NotFoundError `no-such-person`."""
    with told():
        if scope.connection.execute(_SQL["person_exists"], {"person": person}).fetchone() is None:
            raise NotFoundError("no-such-person", "there is no such person", "ids of persons begin with `p-`")

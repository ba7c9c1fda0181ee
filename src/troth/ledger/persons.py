"""Who somebody is: random ids, and identifiers linked to them by events that can be taken back.

A value is found again through its keyed hash; the value itself stands only in the sealed slot of the event that linked
it. Two persons are never merged: a proven value that is another's is refused, and somebody decides.
"""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC
from typing import NamedTuple

from troth.ledger import lookup
from troth.ledger.database import told
from troth.ledger.events import LedgerEvents, Sealed
from troth.ledger.keyring import KeyedHash
from troth.ledger.scope import Scope
from troth.ledger.sql import statements
from troth.model.event import Json, Retain, Slot
from troth.model.person import Identifier
from troth.model.personal import Personal
from troth.ports.state import NotFoundError, RefusedError

_SQL = statements("persons")
_ID_BYTES = 12
_FIRST_KEYS = (Retain.IDENTITY, Retain.STATE, Retain.CASE)
"""Classes in which something is sealed of nearly everybody: their keys are made together."""


class _Link(NamedTuple):
    """A link of a value that stands."""

    person: str
    proven: bool
    event: int
    emptied: bool
    """Whether its words were erased since."""


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
        return next((link.person for link in self._links(identifier) if link.proven), None)

    def hinted(self, identifier: Identifier) -> tuple[str, ...]:
        """See the port."""
        return tuple(link.person for link in self._links(identifier))

    def reached_by(self, identifiers: Sequence[Identifier]) -> Sequence[tuple[str, ...]]:
        """See the port."""
        hashes = [self._hash(identifier) for identifier in identifiers]
        linked = self._linked(hashes)
        return [_reached(linked.get(hashed.digest, [])) for hashed in hashes]

    def link(self, person: str, identifier: Identifier, *, reason: str) -> int:
        """See the port."""
        return self.link_all(person, [identifier], reason=reason)[0]

    def link_all(self, person: str, identifiers: Sequence[Identifier], *, reason: str) -> Sequence[int]:
        """See the port."""
        hashed = {identifier: self._hash(identifier) for identifier in identifiers}
        digests = {each.digest for each in hashed.values()}
        if len(digests) < len(identifiers):  # one value twice: the second meets the link of the first
            return [self.link(person, identifier, reason=reason) for identifier in identifiers]
        if not hashed:
            return []
        for digest in sorted(digests):  # in one order, so nobody waits in a ring
            with told():
                self._scope.connection.execute(_SQL["lock_lookup"], {"lookup": digest})
        must_exist(self._scope, person)
        linked = self._linked(list(hashed.values()))
        found: dict[Identifier, int] = {}
        new: list[tuple[Identifier, KeyedHash, bool]] = []
        for identifier, known in hashed.items():
            own = _own_link(person, identifier, linked.get(known.digest, ()))
            if own is not None and not own.emptied and (own.proven or not identifier.proven):
                found[identifier] = own.event
            else:  # its words may have been erased, and what proved it then proves it still
                proven = identifier.proven or (own is not None and own.proven)
                new.append((replace(identifier, proven=proven), known, own is not None))
        events = iter(self._write_links(person, new, reason))
        return [found[each] if each in found else next(events) for each in hashed]

    def unlink(self, person: str, identifier: Identifier, *, reason: str) -> int:
        """See the port."""
        hashed = self._hash(identifier)
        with told():
            self._scope.connection.execute(_SQL["lock_lookup"], {"lookup": hashed.digest})
        if not any(link.person == person for link in self._linked([hashed]).get(hashed.digest, ())):
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

    def _write_links(
        self, person: str, links: Sequence[tuple[Identifier, KeyedHash, bool]], reason: str
    ) -> Sequence[int]:
        """Write links, each in place of an earlier one where it is there `again`."""

        def said(identifier: Identifier) -> tuple[Json, list[Slot]]:
            body = {"value": identifier.value.reveal(), "origin": identifier.origin, "reason": reason}
            envelope = {"identifier": identifier.kind, "proven": identifier.proven}
            return envelope, [Slot(person, Retain.IDENTITY, Personal(body))]

        events = self._events.record_all("identifier.linked", [said(identifier) for identifier, *_ in links])
        for (_, hashed, again), event in zip(links, events, strict=True):
            if again:
                self._end(person, hashed, event)
        if links:
            named = {
                "events": list(events),
                "person": person,
                "kinds": [identifier.kind for identifier, *_ in links],
                "lookups": [hashed.digest for _, hashed, _ in links],
                "keys": [hashed.key_id for _, hashed, _ in links],
                "normalisers": [hashed.normaliser_version for _, hashed, _ in links],
                "proven": [identifier.proven for identifier, *_ in links],
                "at": self._scope.at,
            }
            with told():
                self._scope.connection.execute(_SQL["add_links"], named)
        return events

    def _end(self, person: str, hashed: KeyedHash, event: int) -> None:
        named = {"person": person, "lookup": hashed.digest, "at": self._scope.at, "by": event}
        with told():
            self._scope.connection.execute(_SQL["end_link"], named)

    def hold(self, person: str) -> None:
        """See the port."""
        must_exist(self._scope, person)

    def _links(self, identifier: Identifier) -> Sequence[_Link]:
        hashed = self._hash(identifier)
        return self._linked([hashed]).get(hashed.digest, ())

    def _hash(self, identifier: Identifier) -> KeyedHash:
        return lookup.of_identifier(self._scope.keyring, lookup.LOOKUP, identifier)

    def _linked(self, hashed: Sequence[KeyedHash]) -> dict[bytes, list[_Link]]:
        """The links of each value, a proven one first."""
        found: dict[bytes, list[_Link]] = {}
        with told():
            digests = [each.digest for each in hashed]
            for digest, *link in self._scope.connection.execute(_SQL["links_of_values"], {"lookups": digests}):
                found.setdefault(bytes(digest), []).append(_Link(*link))
        return found


def _own_link(person: str, identifier: Identifier, links: Sequence[_Link]) -> _Link | None:
    """The person's own link of a value. Raises RefusedError `identifier-of-another`."""
    if identifier.proven and any(link.proven and link.person != person for link in links):
        raise RefusedError(
            "identifier-of-another",
            f"this `{identifier.kind}` is linked to another person as proven",
            "let a person of the privacy office decide; unlink it there first if it moved",
        )
    return next((link for link in links if link.person == person), None)


def _reached(links: Sequence[_Link]) -> tuple[str, ...]:
    proven = tuple(dict.fromkeys(link.person for link in links if link.proven))
    return proven or tuple(dict.fromkeys(link.person for link in links))


def must_exist(scope: Scope, person: str) -> None:
    """Hold the person's row until the end of the transaction. Raises NotFoundError `no-such-person`."""
    with told():
        if scope.connection.execute(_SQL["person_exists"], {"person": person}).fetchone() is None:
            raise NotFoundError("no-such-person", "there is no such person", "ids of persons begin with `p-`")

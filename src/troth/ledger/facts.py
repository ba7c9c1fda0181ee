"""What the gate reads about a person: facts, never verdicts, changed in the transaction of the event that says so.

A no is kept as a rule (an objection with empty fields covers all of their kind). Proof of what was agreed to is sealed
in its own retention class; what stands here in clear is under a random id: codes, versions, dates.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from psycopg.types.json import Jsonb

from troth.ledger.database import Connection, told
from troth.ledger.events import LedgerEvents
from troth.ledger.persons import must_exist
from troth.ledger.scope import Scope
from troth.ledger.sql import statements
from troth.model.event import Json, Retain, Slot
from troth.model.personal import Personal
from troth.model.question import NOTHING_KNOWN, ChoiceState, Facts, Objection, Restriction
from troth.ports.state import Closing, NotFoundError, StateError

_SQL = statements("persons")
_COUNTRY = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
_YEARS = range(1850, 2200)


class LedgerFacts:
    """The `FactsOfPersons` port over one transaction."""

    def __init__(self, scope: Scope, events: LedgerEvents) -> None:
        self._scope = scope
        self._events = events

    def of(self, person: str) -> Facts:
        """See the port."""
        with told():
            return facts_of(self._scope.connection, [person]).get(person, NOTHING_KNOWN)

    def relate(self, person: str, relationship: str, *, holds: bool) -> int:
        """See the port."""
        kind = "relationship.began" if holds else "relationship.ended"
        event = self._say(person, kind, {"relationship": relationship})
        named = {"person": person, "name": relationship, "at": self._scope.at, "event": event}
        self._write("begin_relationship" if holds else "end_relationship", named)
        return event

    def choose(self, person: str, choice: str, *, yes: bool, version: int, shown: Json | None = None) -> int:
        """See the port."""
        envelope = {"choice": choice, "version": version}
        body = {**envelope, "yes": yes, "shown": shown}
        event = self._say(
            person, "choice.given" if yes else "choice.withdrawn", envelope, retain=Retain.CONSENT, body=body
        )
        named = {"person": person, "name": choice, "yes": yes, "version": version, "at": self._scope.at}
        self._write("choose", {**named, "event": event})
        return event

    def object(self, person: str, *, purpose: str = "", channel: str = "", marketing: bool = False) -> int:
        """See the port."""
        rule = {"purpose": purpose, "channel": channel, "marketing": marketing}
        event = self._say(person, "objection.made", rule)
        self._write("object", {**rule, "person": person, "at": self._scope.at, "event": event})
        return event

    def restrict(self, person: str, *rules: Closing) -> Sequence[int]:
        """See the port."""
        if not rules:
            return ()
        must_exist(self._scope, person)
        said = [
            {"elements": sorted(rule.elements), "open_to": sorted(rule.open_to), "ground": rule.ground}
            for rule in rules
        ]
        slot = Slot(person, Retain.STATE, Personal({}))
        envelopes = [
            {**each, "until": rule.until.isoformat() if rule.until else None}
            for each, rule in zip(said, rules, strict=True)
        ]
        events = self._events.record_all("restriction.set", [(envelope, [slot]) for envelope in envelopes])
        columns = {
            "events": events,
            "elements": [Jsonb(each["elements"]) for each in said],
            "open_to": [Jsonb(each["open_to"]) for each in said],
            "grounds": [rule.ground for rule in rules],
            "laws": [rule.law for rule in rules],
            "untils": [rule.until for rule in rules],
        }
        self._write("restrict", {**columns, "person": person})
        return events

    def lift(self, person: str, restriction: int) -> int:
        """See the port."""
        named = {"person": person, "restriction": restriction}
        with told():
            if self._scope.connection.execute(_SQL["restriction_stands"], named).fetchone() is None:
                raise NotFoundError("no-such-restriction", f"no restriction `{restriction}` stands for this person")
        event = self._say(person, "restriction.lifted", {"restriction": restriction})
        self._write("lift", {**named, "by": event})
        return event

    def learn(self, person: str, *, residence: str | None = None, birth_year: int | None = None) -> int:
        """See the port."""
        if residence is not None and not _COUNTRY.fullmatch(residence):
            raise StateError("not-a-country", "a residence is a country code, such as `ES` or `DE-BY`")
        if birth_year is not None and birth_year not in _YEARS:
            raise StateError("not-a-year", "a year of birth has four digits")
        learned = {"residence": residence, "birth_year": birth_year}
        names = [name for name, value in learned.items() if value is not None]
        event = self._say(person, "person.learned", {"learned": names}, body=learned)
        self._write("learn", {**learned, "person": person})
        return event

    def mark_erased(self, person: str) -> int:
        """See the port."""
        event = self._say(person, "person.erased", {})
        self._write("mark_erased", {"person": person})
        return event

    def _say(
        self, person: str, kind: str, envelope: Json, *, retain: str = Retain.STATE, body: Json | None = None
    ) -> int:
        must_exist(self._scope, person)
        return self._events.record(kind, envelope, Slot(person, retain, Personal(body or {})))

    def _write(self, name: str, named: dict[str, Any]) -> None:
        with told():
            self._scope.connection.execute(_SQL[name], named)


def facts_of(connection: Connection, persons: Sequence[str]) -> Mapping[str, Facts]:
    """What is known of these persons, in one round trip; nobody we do not know is in it. Errors are the driver's."""
    rows = connection.execute(_SQL["facts"], {"persons": list(persons)}).fetchall()
    return {person: _facts(row) for person, *row in rows}


def _facts(row: Sequence[Any]) -> Facts:
    residence, birth_year, erased, position, relationships, choices, objections, restrictions = row
    return Facts(
        relationships=frozenset(relationships),
        choices={
            name: ChoiceState(yes, version, datetime.fromisoformat(at), event)
            for name, yes, version, at, event in choices
        },
        objections=tuple(
            Objection(purpose, channel, marketing, datetime.fromisoformat(at), event)
            for purpose, channel, marketing, at, event in objections
        ),
        restrictions=tuple(
            Restriction(
                frozenset(elements),
                frozenset(open_to),
                ground,
                law,
                date.fromisoformat(until) if until else None,
                event,
            )
            for elements, open_to, ground, law, until, event in restrictions
        ),
        residence=residence,
        birth_year=birth_year,
        erased=erased,
        position=position,
    )

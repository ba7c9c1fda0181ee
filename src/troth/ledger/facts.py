"""What the gate reads about a person: facts, never verdicts, changed in the transaction of the event that says so.

A no is kept as a rule (an objection with empty fields covers all of their kind). Proof of what was agreed to is sealed
in its own retention class; what stands here in clear is under a random id: codes, versions, dates.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from psycopg.types.json import Jsonb

from troth.ledger.database import Session, told
from troth.ledger.events import LedgerEvents, Sealed
from troth.ledger.persons import must_exist
from troth.ledger.refold import FIELDS, Said, fold
from troth.ledger.scope import Scope
from troth.ledger.sql import statements
from troth.model.event import Json, Retain, Slot
from troth.model.personal import Personal
from troth.model.question import NOTHING_KNOWN, ChoiceState, Facts, Objection, Restriction
from troth.ports.facts import Closing, Release, Released
from troth.ports.state import NotFoundError, RefusedError, StateError

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

    def of_many(self, persons: Collection[str]) -> Mapping[str, Facts]:
        """See the port."""
        with told():
            return facts_of(self._scope.connection, list(persons))

    def as_of(
        self, person: str, *, event: int | None = None, position: int | None = None, moment: datetime | None = None
    ) -> Facts:
        """See the port."""
        named = {"person": person, "event": event, "position": position, "moment": moment, "kinds": list(FIELDS)}
        rows = self._all("said_of", **named)
        bodies = self._events.opened([Sealed(*row[4:]) for row in rows])
        said = [Said(row[0], row[1], row[2], row[3], body) for row, body in zip(rows, bodies, strict=True)]
        return fold(said, position or 0)

    def position(self) -> int:
        """See the port."""
        row = self._one("size")
        return int(row[0]) if row else 0

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

    def confirm(self, person: str, choice: str) -> int:
        """See the port."""
        must_exist(self._scope, person)
        found = self._one("choice_of", person=person, choice=choice)
        if found is None or found[0] is not True or found[2]:
            message = f"no yes of this person to `{choice}` waits to be confirmed"
            raise RefusedError("nothing-to-confirm", message, "keep what they said first: `troth choose`")
        event = self._say(person, "choice.confirmed", {"choice": choice, "version": found[1]}, retain=Retain.CONSENT)
        self._write("confirm", {"person": person, "name": choice, "at": self._scope.at})
        return event

    def object(self, person: str, *, purpose: str = "", channel: str = "", marketing: bool = False) -> int:
        """See the port."""
        rule = {"purpose": purpose, "channel": channel, "marketing": marketing}
        event = self._say(person, "objection.made", rule)
        self._write("object", {**rule, "person": person, "at": self._scope.at, "event": event})
        return event

    def overrule(self, person: str, objection: int, *, because: str) -> int:
        """See the port."""
        must_exist(self._scope, person)
        found = self._one("objection_stands", person=person, objection=objection)
        if found is None:
            raise NotFoundError("no-such-objection", f"no objection `{objection}` stands for this person")
        if found[0]:
            message = "an objection to direct marketing is absolute: nothing overrides it"
            raise RefusedError("marketing-stands", message, "only the person can take it back")
        event = self._say(person, "objection.overruled", {"objection": objection}, body={"because": because})
        self._write("overrule", {"person": person, "objection": objection, "by": event})
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
        whole = [
            (
                {**each, "until": rule.until.isoformat() if rule.until else None},
                [Slot(person, Retain.STATE, Personal({"law": rule.law}))],
            )
            for each, rule in zip(said, rules, strict=True)
        ]
        events = self._events.record_all("restriction.set", whole)
        self._newest([person], events[-1])
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

    def lift(self, person: str, restriction: int, *, because: str = "") -> int:
        """See the port."""
        if self._one("restriction_stands", person=person, restriction=restriction) is None:
            raise NotFoundError("no-such-restriction", f"no restriction `{restriction}` stands for this person")
        event = self._say(person, "restriction.lifted", {"restriction": restriction}, body={"because": because})
        self._write("lift", {"person": person, "restriction": restriction, "by": event})
        return event

    def learn(
        self,
        person: str,
        *,
        residence: str | None = None,
        citizenship: str | None = None,
        birth_year: int | None = None,
    ) -> int:
        """See the port."""
        for what, country in (("residence", residence), ("citizenship", citizenship)):
            if country is not None and not _COUNTRY.fullmatch(country):
                raise StateError("not-a-country", f"a {what} is a country code, such as `ES` or `DE-BY`")
        if birth_year is not None and birth_year not in _YEARS:
            raise StateError("not-a-year", "a year of birth has four digits")
        learned = {"residence": residence, "citizenship": citizenship, "birth_year": birth_year}
        said = {name: value for name, value in learned.items() if value is not None}
        event = self._say(person, "person.learned", {"learned": sorted(said)}, body=said)
        self._write("learn", {**learned, "person": person})
        return event

    def happen(self, person: str, event: str, *, on: datetime) -> int:
        """See the port."""
        written = self._say(person, "event.happened", {"event": event}, body={"on": on.isoformat()})
        self._write("happen", {"person": person, "name": event, "on": on, "event": written})
        return written

    def open_matter(self, person: str, kind: str, *, ref: str = "") -> int:
        """See the port."""
        which = {"person": person, "kind": kind, "ref": ref}
        must_exist(self._scope, person)
        if self._one("matter_is_open", **which) is not None:
            raise RefusedError("matter-is-open", f"such a matter (`{kind}`) is open about this person", "close it")
        event = self._say(person, "matter.opened", {"matter": kind, "ref": ref})
        self._write("open_matter", {**which, "at": self._scope.at, "event": event})
        return event

    def close_matter(self, person: str, kind: str, *, ref: str = "") -> int:
        """See the port."""
        which = {"person": person, "kind": kind, "ref": ref}
        must_exist(self._scope, person)
        if self._one("matter_is_open", **which) is None:
            raise NotFoundError("no-open-matter", f"no such matter (`{kind}`) is open about this person")
        event = self._say(person, "matter.closed", {"matter": kind, "ref": ref})
        self._write("close_matter", {**which, "at": self._scope.at})
        return event

    def release(self, people: Collection[str], what: Release, *, at: datetime | None = None, note: str = "") -> int:
        """See the port."""
        everybody = sorted(set(people))
        if note and (before := self.handed_in(note)):
            return before
        if len(self._all("hold_people", people=everybody)) != len(everybody):
            raise NotFoundError(
                "no-such-person", "one of these persons does not exist", "ids of persons begin with `p-`"
            )
        left = at or self._scope.at
        named = {
            "operation": what.operation,
            "purpose": what.purpose,
            "channel": what.channel,
            "recipient": what.recipient,
            "destination": what.destination,
            "elements": list(what.elements),
        }
        short = ".".join(what.token.split(".")[:3])
        envelope = {**named, "token": short, "left_at": left.isoformat(), **({"note": note} if note else {})}
        slots = [Slot(person, Retain.STATE, Personal({"token": what.token})) for person in everybody]
        event = self._events.record("data.released", envelope, *slots)
        self._write("release", {**named, "people": everybody, "at": left, "event": event})
        self._newest(everybody, event)
        if note and not self._all("hand_in", note=note, event=event):
            raise RefusedError("handed-in-twice", "another process took this note over just now", "nothing is missing")
        return event

    def handed_in(self, note: str) -> int | None:
        """See the port."""
        found = self._one("was_handed_in", note=note)
        return int(found[0]) if found else None

    def releases(self, person: str) -> Sequence[Released]:
        """See the port."""
        return [
            Released(event, at, Release(operation, purpose, tuple(elements), channel, recipient, destination))
            for event, operation, purpose, channel, recipient, destination, elements, at in self._all(
                "releases_of", person=person
            )
        ]

    def restricted(self) -> Sequence[str]:
        """See the port."""
        with told():
            return [row[0] for row in self._scope.connection.execute(_SQL["restricted"]).fetchall()]

    def mark_erased(self, person: str) -> int:
        """See the port."""
        event = self._say(person, "person.erased", {})
        self._write("mark_erased", {"person": person})
        return event

    def _say(
        self, person: str, kind: str, envelope: Json, *, retain: str = Retain.STATE, body: Json | None = None
    ) -> int:
        must_exist(self._scope, person)
        event = self._events.record(kind, envelope, Slot(person, retain, Personal(body or {})))
        self._newest([person], event)
        return event

    def _newest(self, people: Sequence[str], event: int) -> None:
        self._write("newest", {"people": people, "event": event})

    def _one(self, statement: str, **named: Any) -> tuple[Any, ...] | None:
        with told():
            return self._scope.connection.execute(_SQL[statement], named).fetchone()

    def _all(self, statement: str, **named: Any) -> list[tuple[Any, ...]]:
        with told():
            return self._scope.connection.execute(_SQL[statement], named).fetchall()

    def _write(self, name: str, named: dict[str, Any]) -> None:
        with told():
            self._scope.connection.execute(_SQL[name], named)


def facts_of(connection: Session, persons: Sequence[str]) -> Mapping[str, Facts]:
    """What is known of these persons, in one round trip; nobody we do not know is in it. Errors are the driver's."""
    rows = connection.execute(_SQL["facts"], {"persons": list(persons)}).fetchall()
    return {person: _facts(row) for person, *row in rows}


def _facts(row: Sequence[Any]) -> Facts:
    residence, birth_year, erased, citizenship, position, relationships, choices, objections, restrictions, *rest = row
    events, matters, messages, notices, newest = rest
    left: dict[tuple[str, str], list[datetime]] = {}
    for purpose, channel, at in messages:
        left.setdefault((purpose, channel), []).append(datetime.fromisoformat(at))
    return Facts(
        relationships=frozenset(relationships),
        choices={
            name: ChoiceState(yes, version, datetime.fromisoformat(at), event, confirmed)
            for name, yes, version, at, event, confirmed in choices
        },
        objections=tuple(
            Objection(purpose, channel, marketing, datetime.fromisoformat(at), event, overruled)
            for purpose, channel, marketing, at, event, overruled in objections
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
        citizenship=citizenship,
        events={name: datetime.fromisoformat(at) for name, at in events.items()},
        matters=frozenset(matters),
        messages={about: tuple(moments) for about, moments in left.items()},
        told=frozenset(notices),
        since={name: datetime.fromisoformat(at) for name, at in relationships.items()},
        position=position,
        event=newest,
    )

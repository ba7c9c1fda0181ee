"""What our own state holds about a person, row by row, and how it goes: the tables of the store that is Troth itself.

Rows are logical: a link is two of them, the value (sealed) and the keyed hash that finds the person again; the words
in the ledger are one for each retention class and year, which is what one key seals. It decides nothing, it never shows
another person's slot, and it never says who of ours acted.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from types import MappingProxyType
from typing import Any, NamedTuple

from troth.ledger import lookup
from troth.ledger.database import told
from troth.ledger.events import LedgerEvents, Sealed
from troth.ledger.scope import STAFF, Scope
from troth.ledger.sql import statements
from troth.model.event import Retain
from troth.model.person import NOT_ROW, ROW, Identifier
from troth.model.personal import Personal
from troth.ports.own import OwnRow, Row

_SQL = statements("own")
_DECISIONS = [ROW, NOT_ROW]
OUR_OFFICE = "our office"
"""What a copy says where the origin of a link is a member of staff."""

PROOFS: Mapping[str, str] = MappingProxyType({"request_proof": Retain.CASE, "consent_proof": Retain.CONSENT})
"""Tables of words that prove something, with their retention class. All other classes are the table `event`."""

Erase = Callable[[str, Sequence[Row]], None]
Body = Mapping[str, Any] | None
"""What a slot says; None where it is gone."""
_Held = Sequence[Sequence[Any]]
"""Rows of one table as the database lists them."""
_OPENED = [Retain.IDENTITY, Retain.CONSENT]
"""Classes whose words are shown; of the others only what happened and when."""


class _Word(NamedTuple):
    """One slot of a person that has its bytes."""

    event: int
    number: int
    retain: str
    year: int
    at: datetime
    kind: str
    body: Body


class _Everything(NamedTuple):
    """What the statement `held` gives, list by list."""

    links: _Held
    learned: _Held
    choices: _Held
    objections: _Held
    relationships: _Held
    restrictions: _Held
    cases: _Held
    happened: _Held
    matters: _Held
    told: _Held
    releases: _Held


class LedgerOwn:
    """The `Own` port over one transaction."""

    def __init__(self, scope: Scope, events: LedgerEvents) -> None:
        self._scope = scope
        self._events = events

    def rows(self, person: str, identifiers: Collection[Identifier] = ()) -> Sequence[OwnRow]:
        """See the port."""
        words = self._words_left(person)
        bodies = {word.event: word.body for word in words if word.number == 0}
        held = _Everything(*self._all("held", person=person)[0])
        found = [
            *_identifiers(person, held.links, bodies),
            *_lookups(person, held.links),
            *_learned(person, held.learned),
            *_choices(person, held.choices, bodies),
            *_objections(person, held.objections),
            *_relationships(person, held.relationships),
            *_restrictions(person, held.restrictions),
            *_case_files(person, held.cases),
            *_happened(person, held.happened),
            *_matters(person, held.matters),
            *_notices(person, held.told),
            *_releases(person, held.releases),
            *_words(person, words),
        ]
        known = {i for i in (*identifiers, *_values(found)) if i.proven}
        return [*found, *self._suppressions(person, known)]

    def erase(self, person: str, rows: Collection[Row]) -> None:
        """See the port."""
        for table, erase in self._ways.items():
            if named := [row for row in rows if row[0] == table]:
                erase(person, named)
        classes: dict[int | None, set[str]] = {}
        for table, key in rows:
            if table in PROOFS:
                classes.setdefault(int(key[1]), set()).add(PROOFS[table])
            elif table == "event":
                classes.setdefault(int(key[2]), set()).add(str(key[1]))
            elif table == "identifier":  # the value of a link stands in the words of its event only
                classes.setdefault(None, set()).add(Retain.IDENTITY)
        for year, retains in classes.items():
            self._events.erase(person, retains, year=year)

    # --- Seeing -------------------------------------------------------------------------------------------------------

    def _words_left(self, person: str) -> list[_Word]:
        rows = self._all("words", person=person, opened=_OPENED)
        bodies = self._events.opened([Sealed(*row[3:]) for row in rows])
        return [
            _Word(event, number, retain, year, at, kind, body)
            for (event, at, kind, _, number, retain, year, *_), body in zip(rows, bodies, strict=True)
        ]

    def _suppressions(self, person: str, identifiers: Collection[Identifier]) -> Iterator[OwnRow]:
        keyring = self._scope.keyring
        hashed = sorted({lookup.of_identifier(keyring, lookup.SUPPRESSION, i).digest for i in identifiers})
        if hashed:
            for event, scope, ends, at in self._all("suppressions", lookups=hashed):
                yield _row("suppression", (person, event, scope), ends=ends, added_at=at)

    # --- Erasing ------------------------------------------------------------------------------------------------------

    @property
    def _ways(self) -> Mapping[str, Erase]:
        return {
            "identifier": self._by_event("erase_links"),
            "lookup": self._by_event("erase_lookups"),
            "objection": self._by_event("erase_objections"),
            "restriction": self._by_event("erase_restrictions"),
            "happened": self._by_event("erase_happened"),
            "matter": self._by_event("erase_matters"),
            "release": self._by_event("erase_releases"),
            "choice": self._by_name("erase_choices"),
            "notice_told": self._by_name("erase_told"),
            "relationship": self._by_name("erase_relationships"),
            "learned": lambda person, _: self._run("erase_learned", person=person),
            "case_file": lambda person, rows: self._run(
                "let_go_of_cases", person=person, cases=[str(key[1]) for _, key in rows]
            ),
            "suppression": lambda _, rows: self._run(
                "erase_suppressions", events=[int(key[1]) for _, key in rows], scopes=[str(key[2]) for _, key in rows]
            ),
        }

    def _by_event(self, statement: str) -> Erase:
        def erase(person: str, rows: Sequence[Row]) -> None:
            self._run(statement, person=person, events=[int(key[1]) for _, key in rows], decisions=_DECISIONS)

        return erase

    def _by_name(self, statement: str) -> Erase:
        def erase(person: str, rows: Sequence[Row]) -> None:
            self._run(statement, person=person, names=[str(key[1]) for _, key in rows])

        return erase

    def _all(self, statement: str, **named: Any) -> list[tuple[Any, ...]]:
        with told():
            return self._scope.connection.execute(_SQL[statement], named).fetchall()

    def _run(self, statement: str, **named: Any) -> None:
        with told():
            self._scope.connection.execute(_SQL[statement], named)


# --- From what the database says to rows ------------------------------------------------------------------------------


def _identifiers(person: str, links: _Held, bodies: Mapping[int, Body]) -> Iterator[OwnRow]:
    for event, kind, _, proven, linked_at, unlinked_at in links:
        body = bodies.get(event)
        if body is not None:
            origin = str(body["origin"])
            yield _row(
                "identifier",
                (person, event),
                kind=kind,
                value=body["value"],
                origin=OUR_OFFICE if origin.startswith(STAFF) else origin,
                proven=proven,
                linked_at=_moment(linked_at),
                unlinked_at=_moment(unlinked_at),
            )


def _values(rows: Collection[OwnRow]) -> Iterator[Identifier]:
    for row in rows:
        if row.table == "identifier":
            values = {name: value.reveal() for name, value in row.values.items()}
            standing = values["proven"] and values["unlinked_at"] is None
            yield Identifier(values["kind"], Personal(values["value"]), standing, values["origin"])


def _lookups(person: str, links: _Held) -> Iterator[OwnRow]:
    for event, kind, digest, proven, linked_at, unlinked_at in links:
        if proven and unlinked_at is None and kind not in _DECISIONS:
            yield _row("lookup", (person, event), kind=kind, mark=digest, linked_at=_moment(linked_at))


def _learned(person: str, learned: _Held) -> Iterator[OwnRow]:
    for residence, citizenship, birth_year in learned:
        yield _row("learned", (person,), residence=residence, citizenship=citizenship, birth_year=birth_year)


def _choices(person: str, choices: _Held, bodies: Mapping[int, Body]) -> Iterator[OwnRow]:
    for name, yes, version, at, event, confirmed in choices:
        body = bodies.get(event)
        shown = body["shown"] if body is not None else None
        moments = {"said_at": _moment(at), "confirmed_at": _moment(confirmed)}
        yield _row("choice", (person, name), yes=yes, version=version, shown=shown, **moments)


def _objections(person: str, objections: _Held) -> Iterator[OwnRow]:
    for event, purpose, channel, marketing, at, overruled in objections:
        said = {"purpose": purpose, "channel": channel, "marketing": marketing, "overruled": overruled}
        yield _row("objection", (person, event), **said, made_at=_moment(at))


def _relationships(person: str, relationships: _Held) -> Iterator[OwnRow]:
    for name, since in relationships:
        yield _row("relationship", (person, name), since=_moment(since))


def _restrictions(person: str, restrictions: _Held) -> Iterator[OwnRow]:
    for event, elements, open_to, ground, law, until, lifted, at in restrictions:
        yield _row(
            "restriction",
            (person, event),
            elements=elements,
            open_to=open_to,
            ground=ground,
            law=law,
            until=_day(until),
            dated="yes" if until else "no",
            lifted=lifted,
            set_at=_moment(at),
        )


def _case_files(person: str, cases: _Held) -> Iterator[OwnRow]:
    for case, asked, state, opened_at, due, ends, closed_at in cases:
        yield _row(
            "case_file",
            (person, case),
            asked=asked,
            state=state,
            opened_at=_moment(opened_at),
            due=_day(due),
            ends=_day(ends),
            closed_at=_moment(closed_at),
        )


def _happened(person: str, happened: _Held) -> Iterator[OwnRow]:
    for event, name, at in happened:
        yield _row("happened", (person, event), what=name, happened_at=_moment(at))


def _matters(person: str, matters: _Held) -> Iterator[OwnRow]:
    for event, kind, ref, opened_at, closed_at in matters:
        moments = {"opened_at": _moment(opened_at), "closed_at": _moment(closed_at)}
        yield _row("matter", (person, event), kind=kind, ref=ref, **moments)


def _notices(person: str, told: _Held) -> Iterator[OwnRow]:
    for version, way, state, at in told:
        yield _row("notice_told", (person, version), way=way, state=state, told_at=_moment(at))


def _releases(person: str, releases: _Held) -> Iterator[OwnRow]:
    for event, operation, purpose, channel, recipient, destination, elements, at in releases:
        yield _row(
            "release",
            (person, event),
            operation=operation,
            purpose=purpose,
            channel=channel,
            recipient=recipient,
            destination=destination,
            elements=elements,
            released_at=_moment(at),
        )


def _words(person: str, words: Sequence[_Word]) -> Iterator[OwnRow]:
    """The words of each class and year: what happened and when; for consent also what was said and shown."""
    tables = {retain: table for table, retain in PROOFS.items()}
    for (retain, year), of_class in groupby(words, key=lambda word: (word.retain, word.year)):
        table = tables.get(retain, "event")
        key = (person, year) if table in PROOFS else (person, retain, year)
        told_now = [_told(word) for word in of_class]
        yield _row(table, key, slots=len(told_now), last_day=date(year, 12, 31), words=told_now)


def _told(word: _Word) -> dict[str, Any]:
    said = {"said": dict(word.body)} if word.retain == Retain.CONSENT and word.body is not None else {}
    return {"at": word.at.isoformat(), "what": word.kind, **said}


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _row(table: str, key: tuple[str | int, ...], **values: Any) -> OwnRow:
    return OwnRow(table, key, {name: Personal(value) for name, value in values.items()})

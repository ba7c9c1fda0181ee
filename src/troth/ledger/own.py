"""What our own state holds about a person, row by row, and how it goes: the tables of the store that is Troth itself.

Rows are logical: a link is two of them, the value (sealed) and the keyed hash that finds the person again; the words
in the ledger are one for each retention class and year, which is what one key seals. It decides nothing, it never shows
another person's slot, and it never says who of ours acted.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any

from troth.ledger import lookup
from troth.ledger.database import told
from troth.ledger.events import LedgerEvents
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


class LedgerOwn:
    """The `Own` port over one transaction."""

    def __init__(self, scope: Scope, events: LedgerEvents) -> None:
        self._scope = scope
        self._events = events

    def rows(self, person: str, identifiers: Collection[Identifier] = ()) -> Sequence[OwnRow]:
        """See the port."""
        found: list[OwnRow] = []
        for read in (
            self._identifiers,
            self._lookups,
            self._learned,
            self._choices,
            self._objections,
            self._relationships,
            self._restrictions,
            self._case_files,
            self._words,
        ):
            found += read(person)
        known = {i for i in (*identifiers, *self._values(found)) if i.proven}
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

    def _identifiers(self, person: str) -> Iterator[OwnRow]:
        for event, kind, proven, linked_at, unlinked_at in self._all("links", person=person):
            body = self._events.get(event).slots[0]
            if body is not None:
                origin = str(body["origin"])
                yield _row(
                    "identifier",
                    (person, event),
                    kind=kind,
                    value=body["value"],
                    origin=OUR_OFFICE if origin.startswith(STAFF) else origin,
                    proven=proven,
                    linked_at=linked_at,
                    unlinked_at=unlinked_at,
                )

    def _lookups(self, person: str) -> Iterator[OwnRow]:
        for event, kind, digest, linked_at in self._all("lookups", person=person, decisions=_DECISIONS):
            yield _row("lookup", (person, event), kind=kind, mark=digest, linked_at=linked_at)

    def _learned(self, person: str) -> Iterator[OwnRow]:
        for residence, birth_year in self._all("learned", person=person):
            yield _row("learned", (person,), residence=residence, birth_year=birth_year)

    def _choices(self, person: str) -> Iterator[OwnRow]:
        for name, yes, version, at, event in self._all("choices", person=person):
            body = self._events.get(event).slots[0]
            shown = body["shown"] if body is not None else None
            yield _row("choice", (person, name), yes=yes, version=version, said_at=at, shown=shown)

    def _objections(self, person: str) -> Iterator[OwnRow]:
        for event, purpose, channel, marketing, at in self._all("objections", person=person):
            yield _row("objection", (person, event), purpose=purpose, channel=channel, marketing=marketing, made_at=at)

    def _relationships(self, person: str) -> Iterator[OwnRow]:
        for name, since in self._all("relationships", person=person):
            yield _row("relationship", (person, name), since=since)

    def _restrictions(self, person: str) -> Iterator[OwnRow]:
        for event, elements, open_to, ground, law, until, lifted, at in self._all("restrictions", person=person):
            yield _row(
                "restriction",
                (person, event),
                elements=elements,
                open_to=open_to,
                ground=ground,
                law=law,
                until=until,
                dated="yes" if until else "no",
                lifted=lifted,
                set_at=at,
            )

    def _case_files(self, person: str) -> Iterator[OwnRow]:
        for case, asked, state, opened_at, due, ends, closed_at in self._all("case_files", person=person):
            yield _row(
                "case_file",
                (person, case),
                asked=asked,
                state=state,
                opened_at=opened_at,
                due=due,
                ends=ends,
                closed_at=closed_at,
            )

    def _words(self, person: str) -> Iterator[OwnRow]:
        tables = {retain: table for table, retain in PROOFS.items()}
        for retain, year, slots in self._all("classes", person=person):
            table = tables.get(retain, "event")
            key = (person, year) if table in PROOFS else (person, retain, year)
            last = date(year, 12, 31)
            yield _row(table, key, slots=slots, last_day=last, words=list(self._told(person, retain, year)))

    def _told(self, person: str, retain: str, year: int) -> Iterator[dict[str, Any]]:
        """What happened and when; for consent also what was said and shown."""
        for event, number, at, kind in self._all("events_of_class", person=person, retain=retain, year=year):
            told_now: dict[str, Any] = {"at": at.isoformat(), "what": kind}
            if retain == Retain.CONSENT and (body := self._events.get(event).slots[number]) is not None:
                told_now["said"] = dict(body)
            yield told_now

    def _suppressions(self, person: str, identifiers: Collection[Identifier]) -> Iterator[OwnRow]:
        keyring = self._scope.keyring
        hashed = sorted({lookup.of_identifier(keyring, lookup.SUPPRESSION, i).digest for i in identifiers})
        if hashed:
            for event, scope, ends, at in self._all("suppressions", lookups=hashed):
                yield _row("suppression", (person, event, scope), ends=ends, added_at=at)

    @staticmethod
    def _values(rows: Collection[OwnRow]) -> Iterator[Identifier]:
        for row in rows:
            if row.table == "identifier":
                values = {name: value.reveal() for name, value in row.values.items()}
                standing = values["proven"] and values["unlinked_at"] is None
                yield Identifier(values["kind"], Personal(values["value"]), standing, values["origin"])

    # --- Erasing ------------------------------------------------------------------------------------------------------

    @property
    def _ways(self) -> Mapping[str, Erase]:
        return {
            "identifier": self._by_event("erase_links"),
            "lookup": self._by_event("erase_lookups"),
            "objection": self._by_event("erase_objections"),
            "restriction": self._by_event("erase_restrictions"),
            "choice": self._by_name("erase_choices"),
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


def _row(table: str, key: tuple[str | int, ...], **values: Any) -> OwnRow:
    return OwnRow(table, key, {name: Personal(value) for name, value in values.items()})

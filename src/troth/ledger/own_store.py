"""Troth as a store of its own policy: the adapter of the engine `troth`, over our own state, shelf and outbox.

It looks and reads like any other store, so a copy and an erasure walk it too. It refuses to act by itself: its part of
a plan is settled in the unit that closes the case (`troth.desk.own`), because the last look at the other stores still
needs the identifiers that go with it. What it shows and why: docs/architecture/6-troth-in-its-own-policy.md.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any

from troth.model.datamap import StoreMap, TableMap
from troth.model.person import Identifier
from troth.model.personal import Personal
from troth.model.plan import Effect, Order, Outcome
from troth.model.schema import Column, Schema, Table
from troth.model.sight import Key, Reach, SeenRow, SeenTable, Sight
from troth.ports.outbox import Outbox, Shelf
from troth.ports.own import OwnRow, Row
from troth.ports.state import Unit
from troth.ports.store import Over, ReadRow, StoreError

PERSON = "person"
"""First column of every key: a random id."""
NOBODY = ""
"""Stands for the person in the key of a row whose person is no longer known."""

TABLES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = MappingProxyType(
    {
        "identifier": (("link",), ("kind", "value", "origin", "proven"), ("linked_at", "unlinked_at")),
        "lookup": (("link",), ("kind", "mark"), ("linked_at",)),
        "learned": ((), ("residence", "citizenship", "birth_year"), ()),
        "choice": (("name",), ("yes", "version", "shown"), ("said_at", "confirmed_at")),
        "objection": (("number",), ("purpose", "channel", "marketing", "overruled"), ("made_at",)),
        "relationship": (("name",), (), ("since",)),
        "restriction": (
            ("number",),
            ("elements", "open_to", "ground", "law", "dated", "lifted"),
            ("until", "set_at"),
        ),
        "happened": (("number",), ("what",), ("happened_at",)),
        "matter": (("number",), ("kind", "ref"), ("opened_at", "closed_at")),
        "notice_told": (("version",), ("way", "state"), ("told_at",)),
        "release": (
            ("number",),
            ("operation", "purpose", "channel", "recipient", "destination", "elements"),
            ("released_at",),
        ),
        "case_file": (("case",), ("asked", "state"), ("opened_at", "due", "ends", "closed_at")),
        "request_proof": (("year",), ("slots", "words"), ("last_day",)),
        "consent_proof": (("year",), ("slots", "words"), ("last_day",)),
        "event": (("class", "year"), ("slots", "words"), ("last_day",)),
        "package": (("case",), (), ("opened_at",)),
        "letter": (("case", "recipient"), (), ("opened_at",)),
        "suppression": (("number", "scope"), (), ("ends", "added_at")),
    }
)
"""Logical table -> the rest of its key, its other columns, its dates. A policy that maps this store maps them all."""

Open = Callable[[], AbstractContextManager[Unit]]


class TrothStore:
    """The `OwnStore` port."""

    asynchronous = False

    def __init__(self, store_map: StoreMap, begin: Open, shelf: Shelf, outbox: Outbox) -> None:
        self._map = store_map
        self._begin = begin
        self._shelf = shelf
        self._outbox = outbox

    @property
    def name(self) -> str:
        """The policy's name for it."""
        return self._map.name

    def describe(self) -> Schema:
        """The logical tables; nothing is asked."""
        return Schema(self.name, self._map.engine, {name: _shape(name) for name in TABLES})

    def look(self, identifiers: Sequence[Identifier]) -> Sight:
        """What is held about whoever the proven identifiers are linked to; rows of several persons wait.

        Where they are linked to nobody, a no that outlived the person is found all the same.
        """
        with self._begin() as unit:
            found = dict.fromkeys(p for i in identifiers if i.proven and (p := unit.persons.by(i)))
            rows = {person: self._rows(unit, person, identifiers) for person in found or (NOBODY,)}
        reach = Reach.PROVEN if len(rows) < 2 else Reach.HINT  # noqa: PLR2004 - one person, or somebody has to choose
        return self._sight((row for each in rows.values() for row in each), reach)

    def look_in(self, unit: Unit, person: str, identifiers: Sequence[Identifier] = ()) -> Sight:
        """See the port."""
        return self._sight(self._rows(unit, person, identifiers), Reach.PROVEN)

    def read(self, effects: Sequence[Effect]) -> Iterator[ReadRow]:
        """The values of the named rows. A row that is gone since is left out, as in any store."""
        wanted = [(effect, key) for effect in effects if effect.store == self.name for key in effect.rows]
        with self._begin() as unit:
            people = dict.fromkeys(str(key[0]) for _, key in wanted)
            held = {(row.table, row.key): row for person in people for row in self._rows(unit, person, ())}
        for effect, key in wanted:
            row = held.get((effect.table, key))
            if row is not None:
                values = _values(row)
                yield ReadRow(effect.table, key, {column: values[column] for column in effect.columns})

    def act(self, order: Order, identifiers: Sequence[Identifier]) -> Outcome:  # noqa: ARG002 - the port's
        """Raises StoreError `settled-with-case`: our own rows go in the unit that closes the case, or not at all."""
        raise StoreError(self.name, "settled-with-case", "our own part of a plan is settled when its case closes")

    def erase_in(self, unit: Unit, person: str, rows: Collection[Row]) -> None:
        """See the port. Files go at once: a unit that fails afterwards finds them gone, and is done again."""
        unit.own.erase(person, rows)
        for table, key in rows:
            if table == "package":
                for name in self._shelf.names(str(key[1])):
                    self._shelf.remove(name)
            elif table == "letter":
                self._outbox.acknowledge(str(key[1]), str(key[2]))

    def refused(self, effects: Sequence[Effect]) -> Sequence[tuple[int, str]]:  # noqa: ARG002 - the port's
        """Nothing is written over in our own state."""
        return ()

    def keys(self, table: str, after: Key | None, limit: int) -> Sequence[Key]:  # noqa: ARG002 - the port's
        """Raises StoreError `not-walkable`: our own state has a witness, which finds a restored copy by itself."""
        raise StoreError(self.name, "not-walkable", "our own state is not a store to replay into", "`troth reconcile`")

    def over(self, over: Over, limit: int) -> Sequence[Key]:  # noqa: ARG002 - the port's
        """Raises StoreError `not-by-machine`."""
        raise StoreError(
            self.name, "not-by-machine", "nobody can go through its rows", "they have dated work of their own"
        )

    def expire(self, over: Over, keys: Sequence[Key]) -> int:  # noqa: ARG002 - the port's
        """Raises StoreError `not-by-machine`."""
        raise StoreError(
            self.name, "not-by-machine", "nobody can go through its rows", "they have dated work of their own"
        )

    def probe(self) -> Sequence[tuple[str, str, str]]:
        """Tables that the policy does not map: what is held there would be in no copy and in no erasure."""
        missing = [name for name in TABLES if name not in self._map.tables]
        return [("table-not-mapped", f"`{name}` is not mapped", f"declare it in {self._map.place}") for name in missing]

    def close(self) -> None:
        """The state is closed by whoever opened it."""

    def _rows(self, unit: Unit, person: str, identifiers: Sequence[Identifier]) -> list[OwnRow]:
        rows = unit.own.rows(person, identifiers)
        return [*rows, *(file for row in rows if row.table == "case_file" for file in self._files(row))]

    def _files(self, case_file: OwnRow) -> Iterator[OwnRow]:
        person, case = (str(part) for part in case_file.key)
        opened = {"opened_at": case_file.values["opened_at"]}
        if self._shelf.names(case):
            yield OwnRow("package", (person, case), opened)
        for recipient in self._outbox.letters(case):
            yield OwnRow("letter", (person, case, recipient), opened)

    def _sight(self, rows: Iterable[OwnRow], reach: Reach) -> Sight:
        seen: dict[str, list[SeenRow]] = {}
        for row in rows:
            if mapped := self._map.tables.get(row.table):
                seen.setdefault(row.table, []).append(_seen(row, mapped, reach))
        tables = {
            name: SeenTable(name, (PERSON, *TABLES[name][0]), tuple(found)) for name, found in sorted(seen.items())
        }
        return Sight(self.name, tables, _fingerprint(tables))


def _seen(row: OwnRow, mapped: TableMap, reach: Reach) -> SeenRow:
    values = _values(row)
    said = {column: str(values[column].reveal()) for column, _ in mapped.retain_when if column in values}
    clock = values[mapped.clock].reveal() if mapped.clock in values else None
    return SeenRow(
        key=row.key,
        reach=reach,
        by=PERSON,
        clock=_day(clock),
        retained=bool(mapped.retain) and mapped.kept_when(lambda column, wanted: said.get(column) == wanted),
    )


def _values(row: OwnRow) -> Mapping[str, Personal[Any]]:
    """All columns of a row, those of its key among them."""
    key = zip((PERSON, *TABLES[row.table][0]), row.key, strict=True)
    return {**{name: Personal(value) for name, value in key}, **row.values}


def _day(value: object) -> date | None:
    match value:
        case datetime():
            return value.astimezone(UTC).date()
        case date():
            return value
        case _:
            return None


def _shape(name: str) -> Table:
    key, plain, dates = TABLES[name]
    columns = [*((column, "text") for column in (PERSON, *key, *plain)), *((column, "timestamp") for column in dates)]
    found = {column: Column(column, kind, nullable=column not in (PERSON, *key)) for column, kind in columns}
    return Table(name, found, (PERSON, *key))


def _fingerprint(tables: Mapping[str, SeenTable]) -> str:
    """sha256 over rows, dates and what is retained."""

    def line(table: str, key: Key, row: SeenRow) -> str:
        return json.dumps(
            [table, list(key), row.reach.value, row.clock.isoformat() if row.clock else None, row.retained]
        )

    lines = sorted(line(name, row.key, row) for name, table in tables.items() for row in table.rows)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()

"""A store that speaks SQL: the Store of ports, over one dialect. Driver errors end here; nobody above sees one.

`look` lines are read-only and see one moment; `act` lines exist only where an `act` URL was given.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import Any

from troth.model.datamap import StoreMap
from troth.model.person import Identifier
from troth.model.personal import Personal
from troth.model.plan import Done, Effect, Order, Outcome, Verb
from troth.model.schema import Schema
from troth.model.sight import Key, Sight
from troth.ports.store import ReadRow, StoreError, Unreachable
from troth.stores.sql.act import MARK, Acting
from troth.stores.sql.dialect import Dialect, Result, Statement
from troth.stores.sql.keys import page
from troth.stores.sql.lines import Lines
from troth.stores.sql.probe import probe
from troth.stores.sql.reflect import reflect
from troth.stores.sql.rehearse import refused
from troth.stores.sql.scalar import batches, canonical
from troth.stores.sql.shape import Shape, lay
from troth.stores.sql.statements import Statements
from troth.stores.sql.walk import Walk

TRIES = 5
"""How often a transaction that lost against another one is begun again."""


class _LineWasDead(Exception):
    """An idle connection turned out to be dead."""


class SqlStore:
    """One real database."""

    asynchronous = False

    def __init__(
        self,
        store_map: StoreMap,
        dialect: Dialect,
        look_url: Callable[[], str],
        act_url: Callable[[], str] | None,
        schema_hint: Schema | None = None,
    ) -> None:
        """URLs are called when a connection is made: a missing variable is the error of the use, not of the start."""
        self.map = store_map
        self.dialect = dialect
        self._hint = schema_hint
        self._described: tuple[object, Schema] | None = None
        self._look_lines = Lines(lambda: dialect.connect(look_url(), writes=False))
        self._act_lines = Lines(lambda: dialect.connect(act_url(), writes=True)) if act_url else None

    @property
    def name(self) -> str:
        """The policy's name for it."""
        return self.map.name

    # == Looking ==

    def describe(self) -> Schema:
        """The mapped schema as it is now: reflected anew when the database says that anything about it changed."""
        with self._guarded(), self._look_lines.line() as connection:
            version = self.dialect.version_of(connection)
            if self._described is None or self._described[0] != version:
                self._described = (version, reflect(self.dialect, connection))
            return self._described[1]

    def look(self, identifiers: Sequence[Identifier]) -> Sight:
        """Say what is held about the person, as of one moment."""
        shape = self.shape
        for _ in range(TRIES):
            with suppress(_LineWasDead), self._looking() as ask:
                return Walk(ask, self.statements, shape, identifiers).run(blockers=True).sight
        raise self._lost()

    def read(self, effects: Sequence[Effect]) -> Iterator[ReadRow]:
        """The values that `read` lines name, as of one moment, a batch at a time."""
        statements = self.statements
        with self._looking() as ask:
            for effect in effects:
                if effect.verb is not Verb.READ or effect.store != self.name:
                    continue
                columns = (*effect.key_columns, *effect.columns)
                for part in batches(effect.rows):
                    rows = ask([statements.fetch(effect.table, columns, effect.key_columns, part)])[0].rows
                    yield from (_read_row(effect, row) for row in sorted(rows, key=lambda row: int(row[0])))

    def refused(self, effects: Sequence[Effect]) -> Sequence[tuple[int, str]]:
        """See `rehearse`: asked, never written. A value that does not even fit its column is refused as well."""
        found: list[tuple[int, str]] = []
        for effect in effects:
            try:
                with self._looking() as ask:
                    found += refused(ask, self.statements, [effect])
            except StoreError as error:
                if error.code != "bad-value":
                    raise
                found.append((effect.number, "the type of a column"))
        return found

    def keys(self, table: str, after: Key | None, limit: int) -> Sequence[Key]:
        """A page of the keys of one table, as of one moment."""
        shape = self.shape.tables.get(table)
        if shape is None:
            raise StoreError(self.name, "unknown-table", f"`{table}` is not a personal table of this store")
        for _ in range(TRIES):
            with suppress(_LineWasDead), self._looking() as ask:
                return page(ask, self.statements, shape, after, limit)
        raise self._lost()

    @cached_property
    def schema(self) -> Schema:
        """The schema the statements are built on."""
        return self._hint or self.describe()

    @cached_property
    def shape(self) -> Shape:
        """The data map over the schema."""
        return lay(self.map, self.schema, row_ids=self.dialect.has_row_id)

    @cached_property
    def statements(self) -> Statements:
        """The statement builder."""
        return Statements(self.dialect, self.schema.tables)

    # == Acting ==

    def act(self, order: Order, identifiers: Sequence[Identifier]) -> Outcome:
        """Carry an order out in one transaction. A lost race against another transaction is run again, a few times."""
        if self._act_lines is None:
            raise StoreError(self.name, "no-act-credential", "the store was opened for looking", "set its `act` URL")
        if order.store != self.name:
            raise StoreError(self.name, "wrong-store", f"the order is for `{order.store}`", "make a new plan")
        for tried in range(1, TRIES + 1):
            try:
                return self._act_once(self._act_lines, order, identifiers)
            except _LineWasDead:
                continue
            except StoreError as error:
                lost = error.code == "deadlock" or (error.code == "not-unique" and MARK in error.message)
                if not lost or tried == TRIES:
                    raise
                time.sleep(0.02 * 2**tried)
        raise self._lost()

    def _act_once(self, lines: Lines, order: Order, identifiers: Sequence[Identifier]) -> Outcome:
        shape = self.shape
        with self._guarded(), lines.line() as connection:
            ask = self._asker(connection)
            try:
                self._begin(lines, connection, self.dialect.begin_act)
                outcome = Acting(ask, self.statements, shape, order, identifiers).run(marks=self.map.marks)
            except BaseException:
                self._roll_back(connection)
                raise
            if outcome.done is not Done.APPLIED:
                self._roll_back(connection)
                return outcome
            self._commit(connection)
            return outcome

    def _begin(self, lines: Lines, connection: Any, statements: Sequence[str]) -> None:
        """A connection that died while idle is told apart from one that dies in the middle: nothing was asked of it."""
        try:
            self.dialect.run(connection, [Statement(sql) for sql in statements])
        except self.dialect.driver_error as error:
            known = self.dialect.translate(error)
            if isinstance(known, Unreachable):
                lines.forget()
                raise _LineWasDead from None
            raise known from None

    def _lost(self) -> Unreachable:
        return Unreachable(self.name, "connection-lost", "every connection was lost", "resume when the store answers")

    def _commit(self, connection: Any) -> None:
        try:
            self.dialect.run(connection, [Statement("COMMIT")])
        except self.dialect.driver_error as error:
            known = self.dialect.translate(error)
            self._roll_back(connection)
            if isinstance(known, Unreachable):
                known = Unreachable(
                    self.name,
                    "commit-unknown",
                    "the connection was lost while committing: nothing is called done",
                    "resume: the store is asked whether it happened",
                )
            raise known from None

    def _roll_back(self, connection: Any) -> None:
        with suppress(self.dialect.driver_error):
            self.dialect.run(connection, [Statement("ROLLBACK")])

    # == The rest ==

    def probe(self) -> Sequence[tuple[str, str, str]]:
        """What is wrong, each with the statement that repairs it."""
        return probe(
            self.map,
            self.dialect,
            look=self._look_lines,
            act=self._act_lines,
            guarded=self._guarded,
            schema=self.describe,
        )

    def close(self) -> None:
        """Let go of connections."""
        self._look_lines.close()
        if self._act_lines is not None:
            self._act_lines.close()

    def _asker(self, connection: Any) -> Callable[[Sequence[Statement]], list[Result]]:
        def ask(statements: Sequence[Statement]) -> list[Result]:
            return self.dialect.run(connection, statements) if statements else []

        return ask

    @contextmanager
    def _looking(self) -> Iterator[Callable[[Sequence[Statement]], list[Result]]]:
        with self._guarded(), self._look_lines.line() as connection:
            ask = self._asker(connection)
            self._begin(self._look_lines, connection, self.dialect.begin_look)
            try:
                yield ask
            finally:
                self._roll_back(connection)

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Re-raise a driver's error as our own: its text may hold values."""
        try:
            yield
        except self.dialect.driver_error as error:
            raise self.dialect.translate(error) from None


def _read_row(effect: Effect, row: Sequence[Any]) -> ReadRow:
    keys = len(effect.key_columns)
    key = tuple(part for value in row[1 : keys + 1] if (part := canonical(value)) is not None)
    values: Mapping[str, Personal[Any]] = {
        column: Personal(value) for column, value in zip(effect.columns, row[keys + 1 :], strict=True)
    }
    return ReadRow(effect.table, key, values)

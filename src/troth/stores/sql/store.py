"""A store that speaks SQL: the Store of ports, over one dialect. Driver errors end here; nobody above sees one.

`look` lines are read-only and see one moment; `act` lines exist only where an `act` URL was given.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import Any, TypeVar

from troth.model.datamap import StoreMap
from troth.model.person import Identifier
from troth.model.personal import Personal
from troth.model.plan import Done, Effect, Order, Outcome, Verb
from troth.model.schema import Schema
from troth.model.sight import Key, Sight
from troth.ports.store import Over, ReadRow, StoreError, Unreachable
from troth.stores.sql.act import MARK, Acting, NotLockedError
from troth.stores.sql.dialect import Dialect, Result, Statement
from troth.stores.sql.keys import page
from troth.stores.sql.lines import Lines
from troth.stores.sql.over import Ending
from troth.stores.sql.probe import probe
from troth.stores.sql.reflect import reflect
from troth.stores.sql.rehearse import refused
from troth.stores.sql.scalar import BATCH, batches, canonical
from troth.stores.sql.shape import Shape, lay
from troth.stores.sql.statements import Statements
from troth.stores.sql.walk import Ask, Walk

T = TypeVar("T")
TRIES = 5
"""How often a transaction that lost against another one is begun again."""


class _LineWasDeadError(Exception):
    """An idle connection turned out to be dead."""


class _Transaction:
    """One transaction on a lent connection. It begins with the first statements, in the same round trip."""

    def __init__(self, dialect: Dialect, lines: Lines, connection: Any, begin: Sequence[str]) -> None:
        self._dialect = dialect
        self._lines = lines
        self._connection = connection
        self._begin = [Statement(sql) for sql in begin]
        self.begun = False

    def ask(self, statements: Sequence[Statement]) -> list[Result]:
        """Send statements together. A connection that died while idle is told apart from one that dies later."""
        if not statements:
            return []
        if self.begun:
            return self._dialect.run(self._connection, statements)
        try:
            results = self._dialect.run(self._connection, [*self._begin, *statements])
        except self._dialect.driver_error as error:
            if isinstance(self._dialect.translate(error), Unreachable):
                self._lines.forget()
                raise _LineWasDeadError from None
            raise
        self.begun = True
        return results[len(self._begin) :]


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
        return self._looked(lambda ask: Walk(ask, self.statements, shape, identifiers).run(blockers=True).sight)

    def read(self, effects: Sequence[Effect]) -> Iterator[ReadRow]:
        """The values that `read` lines name, as of one moment, a batch at a time."""
        mine = [effect for effect in effects if effect.verb is Verb.READ and effect.store == self.name]
        for _ in range(TRIES):
            with suppress(_LineWasDeadError), self._looking() as ask:
                for together in self._batches(mine):
                    for (effect, _), result in zip(together, ask([asked for _, asked in together]), strict=True):
                        rows = sorted(result.rows, key=lambda row: int(row[0]))
                        yield from (_read_row(effect, row) for row in rows)
                return
        raise self._lost()

    def _batches(self, effects: Sequence[Effect]) -> Iterator[list[tuple[Effect, Statement]]]:
        """What is asked in one round trip: no more rows than one statement may ask for."""
        together: list[tuple[Effect, Statement]] = []
        count = 0
        for effect in effects:
            columns = (*effect.key_columns, *effect.columns)
            for part in batches(effect.rows):
                if count + len(part) > BATCH and together:
                    yield together
                    together, count = [], 0
                together.append((effect, self.statements.fetch(effect.table, columns, effect.key_columns, part)))
                count += len(part)
        if together:
            yield together

    def refused(self, effects: Sequence[Effect]) -> Sequence[tuple[int, str]]:
        """See `rehearse`: asked, never written. A value that does not even fit its column is refused as well."""
        try:
            return self._looked(lambda ask: refused(ask, self.statements, effects))
        except StoreError as error:
            if error.code != "bad-value":
                raise
        if len(effects) == 1:
            return [(effects[0].number, "the type of a column")]
        return [found for effect in effects for found in self.refused([effect])]

    def keys(self, table: str, after: Key | None, limit: int) -> Sequence[Key]:
        """A page of the keys of one table, as of one moment."""
        shape = self.shape.tables.get(table)
        if shape is None:
            raise StoreError(self.name, "unknown-table", f"`{table}` is not a personal table of this store")
        return self._looked(lambda ask: page(ask, self.statements, shape, after, limit))

    def over(self, over: Over, limit: int) -> Sequence[Key]:
        """See the port."""
        shape = self.shape
        return self._looked(lambda ask: Ending(ask, self.statements, shape, over).find(limit))

    def expire(self, over: Over, keys: Sequence[Key]) -> int:
        """See the port. Nothing is repeated: a row that went is not over."""
        if self._act_lines is None:
            raise StoreError(self.name, "no-act-credential", "the store was opened for looking", "set its `act` URL")
        shape = self.shape
        for _ in range(TRIES):
            with suppress(_LineWasDeadError), self._guarded(), self._act_lines.line() as connection:
                transaction = _Transaction(self.dialect, self._act_lines, connection, self.dialect.begin_act)
                try:
                    gone = Ending(transaction.ask, self.statements, shape, over).delete(keys)
                except BaseException:
                    self._roll_back(connection)
                    raise
                if transaction.begun:
                    self._commit(connection)
                return gone
        raise self._lost()

    def _looked(self, look: Callable[[Ask], T]) -> T:
        """Look as of one moment; on another connection where an idle one was dead."""
        for _ in range(TRIES):
            with suppress(_LineWasDeadError), self._looking() as ask:
                return look(ask)
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
            except _LineWasDeadError:
                continue
            except StoreError as error:
                lost = error.code == "deadlock" or (error.code == "not-unique" and MARK in error.message)
                if not lost or tried == TRIES:
                    raise
                time.sleep(0.02 * 2**tried)
        raise self._lost()

    def _act_once(self, lines: Lines, order: Order, identifiers: Sequence[Identifier]) -> Outcome:
        try:
            return self._act_locking(lines, order, identifiers, look_first=False)
        except NotLockedError:
            return self._act_locking(lines, order, identifiers, look_first=True)

    def _act_locking(
        self, lines: Lines, order: Order, identifiers: Sequence[Identifier], *, look_first: bool
    ) -> Outcome:
        shape = self.shape
        with self._guarded(), lines.line() as connection:
            transaction = _Transaction(self.dialect, lines, connection, self.dialect.begin_act)
            acting = Acting(transaction.ask, self.statements, shape, order, identifiers)
            try:
                outcome = acting.run(marks=self.map.marks, look_first=look_first)
            except BaseException:
                self._roll_back(connection)
                raise
            if outcome.done is not Done.APPLIED or not transaction.begun:
                self._roll_back(connection)
                return outcome
            self._commit(connection)
            return outcome

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

    @contextmanager
    def _looking(self) -> Iterator[Ask]:
        with self._guarded(), self._look_lines.line() as connection:
            transaction = _Transaction(self.dialect, self._look_lines, connection, self.dialect.begin_look)
            try:
                yield transaction.ask
            finally:
                if transaction.begun:
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

"""The acting transaction: lock shared roots, then own rows, look again, refuse if stale, write the lines, mark, commit.

Nothing is decided here but one thing, and under the lock: on which rows of a shared line nobody else is left.
"""

import hashlib
import hmac
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from troth.model.datamap import objects
from troth.model.person import Identifier
from troth.model.plan import TOKEN_LENGTH, Assign, Count, Done, Effect, Order, Outcome, Verb
from troth.model.sight import Key
from troth.ports.store import StoreError
from troth.stores.sql.dialect import Result, Statement
from troth.stores.sql.scalar import batches, order_of
from troth.stores.sql.shape import Shape
from troth.stores.sql.statements import Statements
from troth.stores.sql.walk import Ask, Walk, Walked

MARK = "troth_mark"
TOKEN = "{token}"  # noqa: S105 - a place in a mask, no password
LEAST_TOKEN = 8
"""Characters below which a token no longer tells rows apart."""
WRITES = (Verb.MASK, Verb.DETACH, Verb.AMEND, Verb.ANNOTATE)
CHANGES = (Verb.DELETE, *WRITES)


class NotLockedError(Exception):
    """The look met rows that the order does not name and that have to be locked before it."""


@dataclass
class _Split:
    """Rows of one line, by what the look under the lock said."""

    alone: list[Key] = field(default_factory=list)
    others: list[Key] = field(default_factory=list)


@dataclass(frozen=True)
class _Writing:
    """Statements of one line, and how many rows they change."""

    effect: Effect
    statements: Sequence[Statement]
    expected: int
    at_least: bool = False
    """Whether more rows may be met than were approved."""
    otherwise: bool = False
    """For the rows on which others remain."""


class Acting:
    """One order, inside an open transaction. The caller begins, commits and rolls back."""

    def __init__(
        self, ask: Ask, statements: Statements, shape: Shape, order: Order, identifiers: Sequence[Identifier]
    ) -> None:
        self.ask = ask
        self.statements = statements
        self.shape = shape
        self.order = order
        self.identifiers = identifiers

    def run(self, *, marks: bool, look_first: bool = False) -> Outcome:
        """Carry the order out. Anything but `applied` has changed nothing, and the caller rolls back.

        What is locked is what the order names, which is what a look would find if nothing moved. If it turns out that
        a look finds more, nothing was done: NotLockedError asks for another transaction, with `look_first`.

        Raises StoreError: `count-mismatch`, `row-not-seen`, `mask-too-long`, and what the walk raises.
        """
        locked = self._entering(self._look()) if look_first else self._named()
        if (done := self._lock(locked, marks=marks)) is not None:
            return done
        walked = self._look()
        if walked.sight.fingerprint != self.order.fingerprint:
            return self._already() if not marks and self._confirmed() else Outcome(Done.STALE)
        if self.statements.dialect.lock and not look_first and not self._entering(walked) <= locked:
            raise NotLockedError
        self._require_heard()
        counts = self._written(walked)
        if marks:
            self._mark(counts)
        return Outcome(Done.APPLIED, counts)

    def _look(self) -> Walked:
        return Walk(self.ask, self.statements, self.shape, self.identifiers).run(blockers=False)

    # == Locks ==

    def _named(self) -> set[tuple[str, Key]]:
        tables = self.shape.tables
        return {
            (effect.table, key)
            for effect in self.order.effects
            if effect.table in tables and effect.key_columns == tables[effect.table].key
            for key in effect.rows
        }

    def _entering(self, walked: Walked) -> set[tuple[str, Key]]:
        """Rows that enter, and the shared rows under which they hang."""
        found: set[tuple[str, Key]] = set()
        for table in walked.sight.tables.values():
            for row in table.entering:
                found.add((table.table, row.key))
                if row.root is not None:
                    found.add((row.root_table, row.root))
        return found

    def _lock(self, rows: set[tuple[str, Key]], *, marks: bool) -> Outcome | None:
        """Shared rows first, so that their leavers queue there; then the others by table and key: nobody crosses.

        Gives the outcome of an earlier run of the same order, if its mark is there when everything is locked.
        """
        shared = {row for row in rows if self.shape.tables[row[0]].is_shared}
        asked = [*self._locks(shared), *self._locks(rows - shared)] if self.statements.dialect.lock else []
        mark = "SELECT counts FROM {mark} WHERE plan = {p} AND part = {p}"
        results = self.ask([*asked, self._mark_statement(mark)] if marks else asked)
        if not marks or not results[-1].rows:
            return None
        return Outcome(Done.ALREADY, tuple(Count(*numbers) for numbers in json.loads(results[-1].rows[0][0])))

    def _locks(self, rows: set[tuple[str, Key]]) -> Iterator[Statement]:
        by_table: defaultdict[str, list[Key]] = defaultdict(list)
        for table, key in rows:
            by_table[table].append(key)
        for table in sorted(by_table):
            for part in batches(sorted(by_table[table], key=order_of)):
                yield self.statements.lock(table, self.shape.tables[table].key, part)

    # == What is said in the rows ==

    def _require_heard(self) -> None:
        """Raises StoreError `objection-unheard` where a no stands in rows that go, and whoever asks has not kept it."""
        going = [] if self.order.heard else [e for e in self.order.effects if e.verb in (Verb.DELETE, Verb.MASK)]
        asked = [
            self.statements.fetch(effect.table, objecting, effect.key_columns, part)
            for effect in going
            if (shape := self.shape.tables.get(effect.table)) and (objecting := shape.map.objecting)
            for part in batches(effect.rows)
        ]
        if any(objects(value) for result in self.ask(asked) for _, *said in result.rows for value in said):
            raise self._error("objection-unheard", "a no to direct marketing was written since it was asked", "resume")

    # == Lines ==

    def _written(self, walked: Walked) -> tuple[Count, ...]:
        """Send the lines in their order, then compare what each changed with what was approved.

        What a transaction undoes is compared before the first line that nothing undoes is sent.
        """
        effects = self.order.effects
        loose = next((n for n, effect in enumerate(effects) if self._undone_by_nothing(effect)), len(effects))
        return (*self._sent(effects[:loose], walked), *self._sent(effects[loose:], walked))

    def _undone_by_nothing(self, effect: Effect) -> bool:
        found = self.shape.schema.tables.get(effect.table)
        return found is not None and not found.transactional

    def _sent(self, effects: Sequence[Effect], walked: Walked) -> tuple[Count, ...]:
        lines = []
        for effect in effects:
            split = self._split(effect, walked)
            lines.append((effect, split, list(self._writings(effect, split, walked))))
        results = iter(self.ask([asked for _, _, line in lines for writing in line for asked in writing.statements]))
        counts = []
        for effect, split, line in lines:
            changed = [(writing, self._changed(writing, results)) for writing in line]
            own = sum(count for writing, count in changed if not writing.otherwise)
            counts.append(Count(effect.number, own, len(split.others)))
        return tuple(counts)

    def _writings(self, effect: Effect, split: _Split, walked: Walked) -> Iterator[_Writing]:
        if effect.owner_columns and effect.verb in CHANGES:
            yield self._sweep(effect)
        elif effect.verb is Verb.DELETE:
            parts = batches(split.alone)
            deletes = [self.statements.delete(effect.table, effect.key_columns, part) for part in parts]
            yield _Writing(effect, deletes, _copies(effect, split.alone, walked))
        elif effect.verb in WRITES and effect.assigns:
            yield self._write(effect, split.alone, effect.assigns, walked)
        if effect.otherwise and split.others:
            yield replace(self._write(effect, split.others, effect.otherwise, walked), otherwise=True)

    def _changed(self, writing: _Writing, results: Iterator[Result]) -> int:
        changed = sum(next(results).count for _ in writing.statements)
        if changed < writing.expected or (changed > writing.expected and not writing.at_least):
            raise self._mismatch(writing.effect, changed, writing.expected)
        return changed

    def _split(self, effect: Effect, walked: Walked) -> _Split:
        if effect.verb not in CHANGES or effect.owner_columns:
            return _Split()
        seen = walked.sight.tables.get(effect.table)
        rows = {row.key: row for row in seen.entering} if seen else {}
        split = _Split()
        for key in effect.rows:
            row = rows.get(key)
            if row is None or seen is None or seen.key_columns != effect.key_columns:
                raise self._error(
                    "row-not-seen", f"line {effect.number} names a row of `{effect.table}` that is not this person's"
                )
            (split.others if effect.shared and row.others else split.alone).append(key)
        return split

    def _write(self, effect: Effect, keys: Sequence[Key], assigns: Sequence[Assign], walked: Walked) -> _Writing:
        statements = [
            self.statements.update(
                effect.table, effect.key_columns, part, {a.column: self._values(effect, a, part) for a in assigns}
            )
            for part in batches(keys)
        ]
        return _Writing(effect, statements, _copies(effect, keys, walked))

    def _sweep(self, effect: Effect) -> _Writing:
        """Delete by owner: rows that a trigger wrote since the look have no key in the plan, and go too."""
        if effect.verb is not Verb.DELETE:
            raise self._error("sweep-deletes", f"line {effect.number} sweeps `{effect.table}` without deleting")
        parts = batches(effect.owners)
        deletes = [self.statements.delete(effect.table, effect.owner_columns, part) for part in parts]
        return _Writing(effect, deletes, len(effect.rows), at_least=True)

    def _mismatch(self, effect: Effect, changed: int, expected: int) -> StoreError:
        return self._error(
            "count-mismatch",
            f"line {effect.number} on `{effect.table}` changed {changed} rows where {expected} were approved",
            "look for a trigger, a cascade or a row policy of the store on that table, then make a new plan",
        )

    # == Masks ==

    def _values(self, effect: Effect, assign: Assign, keys: Sequence[Key]) -> list[str | None]:
        if assign.value is None or TOKEN not in assign.value:
            return [assign.value] * len(keys)
        length = self._token_length(effect, assign, assign.value)
        return [assign.value.replace(TOKEN, self.token(effect.table, key)[:length]) for key in keys]

    def _token_length(self, effect: Effect, assign: Assign, mask: str) -> int:
        column = self.shape.schema.tables[effect.table].columns.get(assign.column)
        limit = column.length if column is not None and column.length else len(mask) + TOKEN_LENGTH
        room = (limit - len(mask.replace(TOKEN, ""))) // mask.count(TOKEN)
        if room < LEAST_TOKEN:
            raise self._error(
                "mask-too-long",
                f"the mask of `{effect.table}.{assign.column}` leaves {max(room, 0)} characters for its token",
                f"shorten the mask: a token needs {LEAST_TOKEN}",
            )
        return min(room, TOKEN_LENGTH)

    def token(self, table: str, key: Key) -> str:
        """Hexadecimal text unique to a row of a plan: writing it again writes the same."""
        text = json.dumps([self.order.store, table, list(key)], ensure_ascii=False)
        digest = hmac.new(self.order.plan.encode(), text.encode("utf-8", "surrogatepass"), hashlib.sha256)
        return digest.hexdigest()[:TOKEN_LENGTH]

    # == Applied before ==

    def _mark(self, counts: Sequence[Count]) -> None:
        text = json.dumps([[count.number, count.changed, count.otherwise] for count in counts])
        self.ask([self._mark_statement("INSERT INTO {mark} (plan, part, counts) VALUES ({p}, {p}, {p})", text)])

    def _mark_statement(self, sql: str, *more: str) -> Statement:
        dialect = self.statements.dialect
        return Statement(
            sql.format(mark=dialect.table(MARK), p=dialect.place), (self.order.plan, self.order.store, *more)
        )

    def _already(self) -> Outcome:
        counts = tuple(
            Count(effect.number, len(effect.rows) if effect.verb in CHANGES else 0) for effect in self.order.effects
        )
        return Outcome(Done.ALREADY, counts, "confirmed by looking, counts as planned")

    def _confirmed(self) -> bool:
        """Whether the store stands as the order would leave it: what should be gone is gone, masks are written."""
        changing = [effect for effect in self.order.effects if effect.verb in CHANGES and effect.rows]
        return bool(changing) and all(self._stands(effect) for effect in changing)

    def _stands(self, effect: Effect) -> bool:
        """Whether every row of a line that is still there reads as the line leaves rows that stay.

        A shared row on which others remained stays as `otherwise` says, untouched where it says nothing.
        """
        left = [] if effect.verb is Verb.DELETE else [effect.assigns]
        left += [effect.otherwise] if effect.shared else []
        return all(self._reads_as(effect, part, left) for part in batches(effect.rows))

    def _reads_as(self, effect: Effect, rows: Sequence[Key], left: Sequence[Sequence[Assign]]) -> bool:
        """Whether each of these rows that is found reads as one of the ways in which the line leaves rows."""
        assigns = {assign.column: assign for way in left for assign in way}
        written = {(assign.column, assign.value): self._values(effect, assign, rows) for way in left for assign in way}
        columns = tuple(assigns) or effect.key_columns
        asked = self.statements.fetch(effect.table, columns, effect.key_columns, rows)
        return all(
            any(
                all(_same(found[columns.index(a.column)], written[a.column, a.value][position - 1]) for a in way)
                for way in left
            )
            for position, *found in self.ask([asked])[0].rows
        )

    def _error(self, code: str, message: str, remedy: str = "make a new plan") -> StoreError:
        return StoreError(self.shape.store, code, message, remedy)


def _copies(effect: Effect, keys: Sequence[Key], walked: Walked) -> int:
    return sum(walked.nodes[effect.table, key].copies for key in keys)


def _same(found: object, written: str | None) -> bool:
    return (found is None and written is None) or (found is not None and written is not None and str(found) == written)

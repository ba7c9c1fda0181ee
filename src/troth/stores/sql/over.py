"""Rows whose period is over, whoever's they are: found by their date through its index, deleted in one transaction.

Nobody is looked for and no value is read but keys, dates and what the rule's condition speaks of. A row that anything
refers to waits until that is gone: what hangs under it has a period of its own, and a shared row its last person.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import partial

from troth.model.sight import Key, Scalar
from troth.ports.store import Over, StoreError
from troth.stores.sql.dialect import Statement
from troth.stores.sql.scalar import as_date, batches, canonical, equals_text, is_integer, is_text
from troth.stores.sql.shape import Edge, Shape
from troth.stores.sql.statements import Statements
from troth.stores.sql.walk import Ask

FIRST = date(1000, 1, 1)
"""Before any date that a row may bear: an empty text, or a zero date, is none."""


class Ending:
    """The rows of one table that are over."""

    def __init__(self, ask: Ask, statements: Statements, shape: Shape, over: Over) -> None:
        """Raises StoreError `not-by-machine`: what keeps a machine from telling which rows are over."""
        self.ask, self.statements, self.shape, self.over = ask, statements, shape, over
        self.table = shape.tables[over.table]
        if why := next(self._obstacles(), ""):
            message = f"`{over.table}` {why} ({self.table.map.place})"
            raise StoreError(shape.store, "not-by-machine", message, "a person ends these rows")

    def find(self, limit: int) -> list[Key]:
        """Keys, oldest first."""
        q, table = self.statements.dialect, self.table
        where = self._where()
        listed = ", ".join(f"t.{q.quote(column)}" for column in table.key)
        clock = f"t.{q.quote(table.map.clock)}"
        sql = (
            f"SELECT {self._wanted()} FROM {q.table(self.over.table)} AS t WHERE {where.sql}"  # noqa: S608 - quoted names
            f" ORDER BY {clock}, {listed} LIMIT {limit:d}"
        )
        return list(self._over(self.ask([Statement(sql, where.params)])[0].rows))

    def delete(self, keys: Sequence[Key]) -> int:
        """Lock, look again, delete what is still over. Raises StoreError `count-mismatch`."""
        if self.statements.dialect.lock:
            self.ask([self.statements.lock(self.over.table, self.table.key, part) for part in batches(keys)])
        still = [key for part in batches(keys) for key in self._still(part)]
        if not still:
            return 0
        asked = [self.statements.delete(self.over.table, self.table.key, part) for part in batches(still)]
        changed = sum(result.count for result in self.ask(asked))
        if changed != len(still):
            message = f"`{self.over.table}`: {changed} rows would go where {len(still)} are over"
            raise StoreError(self.shape.store, "count-mismatch", message, "look for a trigger or a row policy")
        return changed

    def _still(self, keys: Sequence[Key]) -> Iterator[Key]:
        where = self._where()
        asked = self.statements.those(self.over.table, self._wanted(), self.table.key, keys, where)
        return self._over(self.ask([asked])[0].rows)

    def _over(self, rows: Sequence[Sequence[object]]) -> Iterator[Key]:
        """What the database found, looked at once more: its comparisons of dates are its own."""
        table, wide = self.table, len(self.table.key)
        when = list(dict.fromkeys(column for column, _ in table.map.retain_when))
        for row in rows:
            values = [canonical(value) for value in row]
            held = dict(zip(when, values[wide + 1 :], strict=True))
            day = as_date(values[wide])
            kept = table.map.kept_when(partial(_holds, held))
            if day and FIRST <= day <= self.over.until and kept and None not in values[:wide]:
                yield tuple(value for value in values[:wide] if value is not None)

    def _wanted(self) -> str:
        when = dict.fromkeys(column for column, _ in self.table.map.retain_when)
        columns = (*self.table.key, self.table.map.clock, *when)
        return ", ".join(f"t.{self.statements.dialect.quote(column)}" for column in columns)

    def _where(self) -> Statement:
        q, table = self.statements.dialect, self.table
        clock, declared = f"t.{q.quote(table.map.clock)}", table.type_of(table.map.clock)
        place = q.equals(clock, declared, q.place).removeprefix(f"{clock} = ")
        day_after = self.over.until + timedelta(days=1)
        parts = [f"{clock} >= {place}", f"{clock} < {place}"]
        params: list[object] = [q.fit(declared, FIRST.isoformat()), q.fit(declared, day_after.isoformat())]
        for column in dict.fromkeys(column for column, _ in table.map.retain_when):
            texts = [text for name, text in table.map.retain_when if name == column]
            kind = table.type_of(column)
            any_of = [q.equals(f"t.{q.quote(column)}", kind, q.place) for _ in texts]
            parts.append(f"({' OR '.join(any_of)})")
            params += [q.fit(kind, text) for text in texts]
        parts += self._referred()
        return Statement(" AND ".join(parts), tuple(params))

    def _referred(self) -> Iterator[str]:
        """Nothing points at the row: neither by a key of the database nor as the data map says."""
        q = self.statements.dialect
        pointers = [
            (child, fk.columns, fk.parent_columns) for child, fk in self.shape.schema.children_of(self.over.table)
        ]
        pointers += [(edge.child, edge.columns, edge.parent_columns) for edge in self._edges()]
        for child, columns, targets in dict.fromkeys(pointers):
            on = " AND ".join(f"c.{q.quote(a)} = t.{q.quote(b)}" for a, b in zip(columns, targets, strict=True))
            yield f"NOT EXISTS (SELECT 1 FROM {q.table(child)} AS c WHERE {on})"  # noqa: S608 - quoted names

    def _edges(self) -> list[Edge]:
        name = self.over.table
        return [*self.shape.down.get(name, ()), *self.shape.ties.get(name, ())]

    def _obstacles(self) -> Iterator[str]:
        """Why no machine tells which rows are over, or deletes them; in words that follow the table's name."""
        table = self.table
        if not table.map.clock:
            yield "has no date from which its period runs"
        if not table.key_is_unique:
            yield "has no key that tells its rows apart"
        if any(trigger.event == "delete" for trigger in table.schema.triggers):
            yield "has a trigger that runs when a row is deleted"
        if not table.schema.transactional:
            yield "takes part in no transaction"
        for column, _ in table.map.retain_when:
            if not (is_text(table.type_of(column)) or is_integer(table.type_of(column))):
                yield f"is kept under a condition on `{column}`, which is neither text nor a whole number"
        for edge in self._edges():
            child = self.shape.tables[edge.child]
            kinds = [
                (child.type_of(a), table.type_of(b)) for a, b in zip(edge.columns, edge.parent_columns, strict=True)
            ]
            if edge.when or any(is_text(one) != is_text(other) for one, other in kinds):
                yield f"is referred to by `{edge.child}` in a way that the database cannot compare"


def _holds(held: Mapping[str, Scalar | None], column: str, text: str) -> bool:
    return equals_text(held[column], text)

"""Builds the set-based statements: one for each edge and batch, never one for each row.

Every name is quoted and every value is a parameter. A composite key is compared column by column with one row of the
values, so that two halves of two people's keys never meet.
"""

from collections.abc import Mapping, Sequence

from troth.model.schema import Table
from troth.model.sight import Key, Scalar
from troth.stores.sql.dialect import Dialect, Statement
from troth.stores.sql.scalar import is_text

Row = Sequence[Scalar | None]


class Statements:
    """Statements for one store."""

    def __init__(self, dialect: Dialect, tables: Mapping[str, Table]) -> None:
        self.dialect = dialect
        self.tables = tables

    def fetch(self, table: str, wanted: Sequence[str], columns: Sequence[str], rows: Sequence[Row]) -> Statement:
        """`ord` and the wanted columns of the rows whose columns equal one of the rows of values."""
        values, on = self._match(table, columns, rows)
        return self._select(table, ["v.ord", *self._columns(wanted)], values, on)

    def named(self, table: str, wanted: Sequence[str], column: str, texts: Sequence[str], *, email: bool) -> Statement:
        """The rows whose identifier column equals one of the texts, or more: the caller compares again."""
        q = self.dialect
        declared = self._type(table, column)
        side = f"t.{q.quote(column)}"
        if is_text(declared) and email:
            values = q.values(["text"], [[q.fit("text", text)] for text in texts])
            on = q.equals_any_case(self.tables[table], column, side, "v.k0")
        else:
            values = q.values([declared], [[q.fit(declared, text)] for text in texts])
            on = q.equals(side, declared, "v.k0")
        return self._select(table, ["v.ord", *self._columns(wanted)], values, on)

    def count(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> Statement:
        """`ord` and how many rows carry those values; no line where none does."""
        values, on = self._match(table, columns, rows)
        return self._select(table, ["v.ord", "count(*)"], values, on, " GROUP BY v.ord")

    def lock(self, table: str, key: Sequence[str], rows: Sequence[Key]) -> Statement:
        """Lock rows in the order given."""
        values, on = self._match(table, key, rows)
        return self._select(table, ["v.ord"], values, on, f" ORDER BY v.ord{self.dialect.lock}")

    def delete(self, table: str, key: Sequence[str], rows: Sequence[Key]) -> Statement:
        """Delete the rows with these keys."""
        values, on = self._match(table, key, rows)
        return self.dialect.delete(table, [self.dialect.quote(column) for column in key], on, values)

    def update(
        self, table: str, key: Sequence[str], rows: Sequence[Key], written: Mapping[str, Sequence[str | None]]
    ) -> Statement:
        """Write, for each row, its own value into each column."""
        q = self.dialect
        types = [*(self._type(table, column) for column in key), *("text" for _ in written)]
        table_of_values = q.values(
            types, [[*row, *new] for row, new in zip(rows, zip(*written.values(), strict=True), strict=True)]
        )
        on = self._on(table, key)
        sets = ", ".join(
            f"{q.quote(column)} = {q.assigned(self._type(table, column), f'v.k{len(key) + n}')}"
            for n, column in enumerate(written)
        )
        return q.update(table, sets, on, table_of_values)

    def _match(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> tuple[Statement, str]:
        types = [self._type(table, column) for column in columns]
        fitted = [[self.dialect.fit(t, value) for t, value in zip(types, row, strict=True)] for row in rows]
        return self.dialect.values(types, fitted), self._on(table, columns)

    def _on(self, table: str, columns: Sequence[str]) -> str:
        q = self.dialect
        return " AND ".join(
            q.equals(f"t.{q.quote(column)}", self._type(table, column), f"v.k{n}") for n, column in enumerate(columns)
        )

    def _select(self, table: str, wanted: Sequence[str], values: Statement, on: str, tail: str = "") -> Statement:
        q = self.dialect
        sql = f"SELECT {', '.join(wanted)} FROM {values.sql} {q.join} {q.table(table)} AS t ON {on}{tail}"  # noqa: S608 - quoted names
        return Statement(sql, values.params)

    def _columns(self, wanted: Sequence[str]) -> list[str]:
        return [f"t.{self.dialect.quote(column)}" for column in wanted]

    def _type(self, table: str, column: str) -> str:
        found = self.tables[table].columns.get(column)
        return found.type if found is not None else "bigint"

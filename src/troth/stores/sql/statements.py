"""Builds the set-based statements: one for each edge and batch, never one for each row.

Every name is quoted and every value is a parameter. A composite key is compared column by column with one row of the
values, so that two halves of two people's keys never meet.
"""

from collections.abc import Mapping, Sequence
from functools import cache

from troth.model.schema import Table
from troth.model.sight import Key, Scalar
from troth.stores.sql.dialect import Dialect, Statement
from troth.stores.sql.scalar import is_text

Row = Sequence[Scalar | None]


class Statements:
    """Statements for one store. Everything about a statement but its values is worked out once and remembered."""

    def __init__(self, dialect: Dialect, tables: Mapping[str, Table]) -> None:
        self.dialect = dialect
        self.tables = tables
        self._on = cache(self._compared)
        self._columns = cache(self._listed)
        self._types = cache(self._declared)
        self._sought = cache(self._named)

    def fetch(self, table: str, wanted: Sequence[str], columns: Sequence[str], rows: Sequence[Row]) -> Statement:
        """`ord` and the wanted columns of the rows whose columns equal one of the rows of values."""
        values, on = self._match(table, columns, rows)
        return self._select(table, self._columns(tuple(wanted)), values, on)

    def named(self, table: str, wanted: Sequence[str], column: str, texts: Sequence[str], *, email: bool) -> Statement:
        """The rows whose identifier column equals one of the texts, or more: the caller compares again."""
        declared, on = self._sought(table, column, email)
        values = self.dialect.values([declared], [list(map(self.dialect.fitter(declared), texts))])
        return self._select(table, self._columns(tuple(wanted)), values, on)

    def those(
        self, table: str, wanted: str, columns: Sequence[str], rows: Sequence[Row], where: Statement
    ) -> Statement:
        """What is wanted, quoted already, of the rows whose columns equal one of the rows and that meet `where`."""
        values, on = self._match(table, columns, rows)
        found = self._select(table, wanted, values, on, f" WHERE {where.sql}")
        return Statement(found.sql, (*values.params, *where.params))

    def count(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> Statement:
        """`ord` and how many rows carry those values; no line where none does."""
        values, on = self._match(table, columns, rows)
        return self._select(table, "v.ord, count(*)", values, on, " GROUP BY v.ord")

    def lock(self, table: str, key: Sequence[str], rows: Sequence[Key]) -> Statement:
        """Lock rows in the order given."""
        values, on = self._match(table, key, rows)
        return self._select(table, "v.ord", values, on, f" ORDER BY v.ord{self.dialect.lock}")

    def delete(self, table: str, key: Sequence[str], rows: Sequence[Key]) -> Statement:
        """Delete the rows with these keys."""
        values, on = self._match(table, key, rows)
        return self.dialect.delete(table, [self.dialect.quote(column) for column in key], on, values)

    def update(
        self, table: str, key: Sequence[str], rows: Sequence[Key], written: Mapping[str, Sequence[str | None]]
    ) -> Statement:
        """Write, for each row, its own value into each column."""
        q = self.dialect
        types = [*self._types(table, tuple(key)), *("text" for _ in written)]
        table_of_values = q.values(types, [*zip(*rows, strict=True), *written.values()])
        on = self._on(table, tuple(key))
        sets = ", ".join(
            f"{q.quote(column)} = {q.assigned(self._type(table, column), f'v.k{len(key) + n}')}"
            for n, column in enumerate(written)
        )
        return q.update(table, sets, on, table_of_values)

    def _match(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> tuple[Statement, str]:
        q, types = self.dialect, self._types(table, tuple(columns))
        held = zip(*rows, strict=True) if rows else [() for _ in types]
        fitted = [list(map(q.fitter(declared), column)) for declared, column in zip(types, held, strict=True)]
        return q.values(types, fitted), self._on(table, tuple(columns))

    def _named(self, table: str, column: str, email: bool) -> tuple[str, str]:  # noqa: FBT001 - positions are what is remembered
        """The type of the values that an identifier column is compared with, and the comparison."""
        q, declared = self.dialect, self._type(table, column)
        side = f"t.{q.quote(column)}"
        if is_text(declared) and email:
            return "text", q.equals_any_case(self.tables[table], column, side, "v.k0")
        return declared, q.equals(side, declared, "v.k0")

    def _compared(self, table: str, columns: tuple[str, ...]) -> str:
        q, types = self.dialect, self._types(table, columns)
        return " AND ".join(
            q.equals(f"t.{q.quote(column)}", declared, f"v.k{n}")
            for n, (column, declared) in enumerate(zip(columns, types, strict=True))
        )

    def _select(self, table: str, wanted: str, values: Statement, on: str, tail: str = "") -> Statement:
        q = self.dialect
        sql = f"SELECT {wanted} FROM {values.sql} {q.join} {q.table(table)} AS t ON {on}{tail}"  # noqa: S608 - quoted names
        return Statement(sql, values.params)

    def _listed(self, wanted: tuple[str, ...]) -> str:
        return ", ".join(["v.ord", *(f"t.{self.dialect.quote(column)}" for column in wanted)])

    def _declared(self, table: str, columns: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(self._type(table, column) for column in columns)

    def _type(self, table: str, column: str) -> str:
        found = self.tables[table].columns.get(column)
        return found.type if found is not None else "bigint"

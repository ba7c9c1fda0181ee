"""Goes through a whole table by its keys, a page at a time: for the one question that is not about a person.

After a restore every row is asked whether it was erased. Only keys are read, each page through the key's index: a page
continues after the last key seen, first among rows that share its leading columns, then among those beyond.
"""

from collections.abc import Iterator

from troth.model.sight import Key
from troth.stores.sql.dialect import Statement
from troth.stores.sql.scalar import canonical
from troth.stores.sql.shape import TableShape
from troth.stores.sql.statements import Statements
from troth.stores.sql.walk import Ask


def page(ask: Ask, statements: Statements, shape: TableShape, after: Key | None, limit: int) -> list[Key]:
    """Up to `limit` keys after this one, in the engine's own order; a key that several rows carry comes once."""
    found: list[Key] = []
    for shared in range(len(shape.key) - 1, -1, -1) if after else (0,):
        if len(found) < limit:
            asked = _after(statements, shape, after, shared, limit - len(found))
            found += (tuple(canonical(value) for value in row) for row in ask([asked])[0].rows)  # type: ignore[misc]  # never NULL
    return list(dict.fromkeys(found))


def _after(statements: Statements, shape: TableShape, after: Key | None, shared: int, limit: int) -> Statement:
    """Keys that agree with `after` in their first `shared` columns and lie beyond it in the next."""
    q = statements.dialect
    columns = [f"t.{q.quote(column)}" for column in shape.key]
    where, params = [f"{column} IS NOT NULL" for column in _nullable(statements, shape)], []
    for n, value in enumerate(after[: shared + 1] if after else ()):
        declared = shape.type_of(shape.key[n])
        equals = q.equals(columns[n], declared, q.place)
        where.append(equals if n < shared else f"{columns[n]} > {equals.removeprefix(f'{columns[n]} = ')}")
        params.append(q.fit(declared, value))
    listed = ", ".join(columns)
    condition = f" WHERE {' AND '.join(where)}" if where else ""
    sql = f"SELECT {listed} FROM {q.table(shape.map.name)} AS t{condition} ORDER BY {listed} LIMIT {limit:d}"  # noqa: S608 - quoted names
    return Statement(sql, tuple(params))


def _nullable(statements: Statements, shape: TableShape) -> Iterator[str]:
    """Columns of a declared key that may be empty: a row without a whole key was never erased by its key."""
    columns = shape.schema.columns
    for column in shape.key:
        if column in columns and columns[column].nullable:
            yield f"t.{statements.dialect.quote(column)}"

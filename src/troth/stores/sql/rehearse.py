"""Asks a database whether its CHECK constraints would accept what a line writes, on the very rows, without writing.

A constraint is code that only the database can read. So it is asked as a question: the rows as they stand, with the
written values in place of their own, for which the constraint is false. The look credential is enough.
"""

import re
from collections.abc import Iterator, Sequence

from troth.model.plan import TOKEN_LENGTH, Assign, Effect
from troth.model.schema import Check, Table
from troth.model.sight import Key
from troth.stores.sql.dialect import Statement
from troth.stores.sql.scalar import batches
from troth.stores.sql.statements import Statements
from troth.stores.sql.walk import Ask

TOKEN = "{token}"  # noqa: S105 - the place of a token in a mask, no secret


def refused(ask: Ask, statements: Statements, effects: Sequence[Effect]) -> Iterator[tuple[int, str]]:
    """Line number and constraint, for each constraint that some row of a line would break."""
    for effect in effects:
        table = statements.tables.get(effect.table)
        if table is None:
            continue
        for assigns in filter(None, (effect.assigns, effect.otherwise)):
            yield from ((effect.number, check.name) for check in _broken(ask, statements, table, effect, assigns))


def _broken(
    ask: Ask, statements: Statements, table: Table, effect: Effect, assigns: Sequence[Assign]
) -> Iterator[Check]:
    for check in table.checks:
        if any(re.search(rf"\b{re.escape(a.column)}\b", check.expression, re.IGNORECASE) for a in assigns):
            asked = [_question(statements, table, effect, assigns, check, part) for part in batches(effect.rows)]
            if any(result.rows[0][0] for result in ask(asked)):
                yield check


def _question(
    statements: Statements, table: Table, effect: Effect, assigns: Sequence[Assign], check: Check, rows: Sequence[Key]
) -> Statement:
    q = statements.dialect
    written = {a.column: a.value.replace(TOKEN, "0" * TOKEN_LENGTH) if a.value else a.value for a in assigns}
    others = [name for name in table.columns if name not in written]
    inner = statements.fetch(effect.table, others or effect.key_columns, effect.key_columns, rows)
    values = [f"{q.literal(table.columns[name].type)} AS {q.quote(name)}" for name in written if name in table.columns]
    names = ", ".join([*(q.quote(name) for name in others), *values])
    expression = check.expression.replace("%", "%%") if q.place == "%s" else check.expression
    sql = f"SELECT count(*) FROM (SELECT {names} FROM ({inner.sql}) AS i) AS t WHERE NOT ({expression})"  # noqa: S608 - quoted names, the database's own constraint
    return Statement(sql, (*(value for name, value in written.items() if name in table.columns), *inner.params))

"""Asks a database whether its CHECK constraints would accept what a line writes, on the very rows, without writing.

A constraint is code that only the database can read. So it is asked as a question: the rows as they stand, with the
written values in place of their own, for which the constraint is false. The look credential is enough.
"""

import re
from collections.abc import Sequence

from troth.model.plan import TOKEN_LENGTH, Assign, Effect
from troth.model.schema import Check, Table
from troth.model.sight import Key
from troth.stores.sql.dialect import Statement
from troth.stores.sql.scalar import batches
from troth.stores.sql.statements import Statements
from troth.stores.sql.walk import Ask

TOKEN = "{token}"  # noqa: S105 - the place of a token in a mask, no secret


def refused(ask: Ask, statements: Statements, effects: Sequence[Effect]) -> list[tuple[int, str]]:
    """Line number and constraint, for each constraint that some row of a line would break. One round trip for all."""
    asked = [
        (effect.number, check.name, _question(statements, table, effect, assigns, check, part))
        for effect in effects
        if (table := statements.tables.get(effect.table)) is not None
        for assigns in filter(None, (effect.assigns, effect.otherwise))
        for check in table.checks
        if _speaks_of(check, assigns)
        for part in batches(effect.rows)
    ]
    results = ask([question for _, _, question in asked])
    broken = [(number, name) for (number, name, _), result in zip(asked, results, strict=True) if result.rows[0][0]]
    return list(dict.fromkeys(broken))


def _speaks_of(check: Check, assigns: Sequence[Assign]) -> bool:
    return any(re.search(rf"\b{re.escape(a.column)}\b", check.expression, re.IGNORECASE) for a in assigns)


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

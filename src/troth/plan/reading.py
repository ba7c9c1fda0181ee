"""Access: what would leave in a person's copy, row by row and column by column. Reads no value and releases none.

On a row that several people share, a column of somebody else never leaves, and free text never leaves by machine alone.
Rows that are retained or blocked are read like any other: a copy reaches them too.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from troth.model.case import Case
from troth.model.plan import Effect, Plan, Verb
from troth.model.policy import Policy
from troth.model.schema import Schema
from troth.model.sight import Key, SeenRow, SeenTable, Sight
from troth.plan import findings
from troth.plan.codes import FREE_TEXT, Cite, reason
from troth.plan.making import make
from troth.plan.view import View, views_of


def access(
    policy: Policy,
    case: Case,
    person: str,
    sights: Mapping[str, Sight],
    schemas: Mapping[str, Schema],
    at: datetime,
    cite: Cite,
) -> Plan:
    """The plan of a copy: `read` lines for each table and each group of rows with the same permitted columns.

    A `read` line with an exception releases nothing: it has no columns, and waits for a person to read the text first.
    """
    views = views_of(policy, sights, schemas)
    effects = [effect for view in views for seen in view.tables() for effect in _reads(view, seen, cite)]
    return make(policy, case, "access", person, at, views, effects, findings.unseen(policy, sights))


def held_back(
    policy: Policy, sights: Mapping[str, Sight], schemas: Mapping[str, Schema], cite: Cite
) -> Iterator[Effect]:
    """One `read` line with its columns for each row of the person with free text: for whoever reads it first."""
    for view in views_of(policy, sights, schemas):
        for seen in view.tables():
            for row in seen.entering:
                if columns := tuple(_columns(view, seen.table, row).get(FREE_TEXT, ())):
                    line = _line(view, seen, [row.key], _elements(view, seen.table, columns), cite)
                    yield replace(line, columns=columns)


def _reads(view: View, seen: SeenTable, cite: Cite) -> Iterator[Effect]:
    """A line for all rows of which the same columns leave, then one for all of which the same stays out and why."""
    released: dict[tuple[str, ...], list[Key]] = {}
    held: dict[tuple[str, tuple[str, ...]], list[Key]] = {}
    columns: dict[object, dict[str, list[str]]] = {}
    for row in seen.entering:
        alike = row.root is None or (row.matched, row.own_claims)  # nothing else of a row says what is whose
        if alike not in columns:
            columns[alike] = _columns(view, seen.table, row)
        for why, names in columns[alike].items():
            if why:
                held.setdefault((why, _elements(view, seen.table, names)), []).append(row.key)
            else:
                released.setdefault(tuple(names), []).append(row.key)
    for leaving, keys in released.items():
        line = _line(view, seen, keys, _elements(view, seen.table, leaving), cite)
        yield replace(line, columns=leaving)
    for (why, datum), keys in held.items():
        yield replace(_line(view, seen, keys, datum, cite), exception=reason([why], cite))


def _columns(view: View, table: str, row: SeenRow) -> dict[str, list[str]]:
    """Columns of a row by the reason for which they stay out, for good or until somebody has read them; none: empty."""
    shape = view.shape(table)
    found: dict[str, list[str]] = {}
    for name, column in view.personal_columns(table):
        if (shape is None or name in shape.columns) and not view.of_another(table, row, column):
            why = column.withheld or (FREE_TEXT if _free_text(view, table, name) else "")
            found.setdefault(why, []).append(name)
    return found


def _free_text(view: View, table: str, column: str) -> bool:
    element = view.policy.elements.get(view.element(table, column))
    return element is not None and element.free_text


def _elements(view: View, table: str, columns: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(view.element(table, column) for column in columns))


def _line(view: View, seen: SeenTable, keys: Sequence[Key], datum: tuple[str, ...], cite: Cite) -> Effect:
    return Effect(
        number=0,
        store=view.store.name,
        table=seen.table,
        verb=Verb.READ,
        rows=tuple(keys),
        key_columns=seen.key_columns,
        datum=datum,
        ground=reason(["access"], cite),
    )

"""Access: what would leave in a person's copy, row by row and column by column. Reads no value and releases none.

On a row that several people share, a column of somebody else never leaves, and free text never leaves by machine alone.
Rows that are retained or blocked are read like any other: a copy reaches them too.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from troth.model.case import Case
from troth.model.plan import Effect, Plan, Verb, Waiting
from troth.model.policy import Policy
from troth.model.schema import Schema
from troth.model.sight import Key, SeenRow, SeenTable, Sight
from troth.plan import findings
from troth.plan.codes import Cite, reason
from troth.plan.lines import merged, numbered, part_of
from troth.plan.view import View


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
    effects = [effect for view in views for seen in view.tables() for effect in merged(_reads(view, seen, cite))]
    return Plan(
        case=case.id,
        right="access",
        person=person,
        policy=policy.hash,
        made_at=at,
        parts=tuple(part_of(view) for view in views),
        effects=numbered(effects),
        waiting=tuple(entry for view in views for entry in waiting(view)),
        findings=tuple(findings.unseen(policy, sights)),
    )


def views_of(policy: Policy, sights: Mapping[str, Sight], schemas: Mapping[str, Schema]) -> list[View]:
    """The stores that were seen, in the order of the policy. A work order has an empty schema."""
    return [
        View(policy, store, schemas.get(name) or Schema(name, store.engine, {}), sights[name])
        for name, store in policy.stores.items()
        if name in sights
    ]


def waiting(view: View) -> Iterator[Waiting]:
    """Rows that a hint alone brought in, by what brought them in."""
    for seen in view.tables():
        by: dict[str, list[Key]] = {}
        for row in seen.waiting:
            by.setdefault(row.by, []).append(row.key)
        for hint, keys in by.items():
            yield Waiting(view.store.name, seen.table, tuple(keys), hint)


def _reads(view: View, seen: SeenTable, cite: Cite) -> Iterator[Effect]:
    released, held = [], []
    for row in seen.entering:
        columns = list(_permitted(view, seen.table, row))
        free = tuple(c for c in columns if _free_text(view, seen.table, c))
        plain = tuple(c for c in columns if c not in free)
        if plain:
            released.append(_read(view, seen, row, plain, cite))
        if free:
            held.append(_held_back(view, seen, row, free, cite))
    yield from released
    yield from held


def _permitted(view: View, table: str, row: SeenRow) -> Iterator[str]:
    shape = view.shape(table)
    for name, column in view.personal_columns(table):
        exists = shape is None or name in shape.columns
        if exists and not view.of_another(table, row, column):
            yield name


def _free_text(view: View, table: str, column: str) -> bool:
    element = view.policy.elements.get(view.element(table, column))
    return element is not None and element.free_text


def _read(view: View, seen: SeenTable, row: SeenRow, columns: tuple[str, ...], cite: Cite) -> Effect:
    return Effect(
        number=0,
        store=view.store.name,
        table=seen.table,
        verb=Verb.READ,
        rows=(row.key,),
        key_columns=seen.key_columns,
        datum=tuple(dict.fromkeys(view.element(seen.table, column) for column in columns)),
        ground=reason(["access"], cite),
        columns=columns,
    )


def _held_back(view: View, seen: SeenTable, row: SeenRow, columns: tuple[str, ...], cite: Cite) -> Effect:
    return Effect(
        number=0,
        store=view.store.name,
        table=seen.table,
        verb=Verb.READ,
        rows=(row.key,),
        key_columns=seen.key_columns,
        datum=tuple(dict.fromkeys(view.element(seen.table, column) for column in columns)),
        ground=reason(["access"], cite),
        exception=reason(["free-text-needs-reading"], cite),
    )

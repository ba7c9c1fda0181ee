"""The access package: what we hold about a person, in a form a person understands and in two forms a machine reads.

For every field: what it is, its value, what for, on which basis, where from, who receives it, how long it stays .
This is the one place where personal values are revealed, because here they leave for their owner.
"""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from troth.model.personal import Personal
from troth.model.plan import Plan
from troth.model.policy import Policy
from troth.show.blocks import Block, Blocks, Heading, Lines, Pairs, Para, Table
from troth.show.plan import plan_line
from troth.show.words import count, moment

COLUMNS = (
    "store",
    "table",
    "row",
    "field",
    "element",
    "value",
    "purpose",
    "basis",
    "source",
    "recipients",
    "retention",
)


@dataclass(frozen=True)
class Entry:
    """One value with everything the person has a right to know about it."""

    store: str
    table: str
    row: str
    field: str
    element: str
    value: Personal[str]
    purpose: str
    basis: str
    source: str
    recipients: str
    retention: str


def entries(policy: Policy, rows: Iterable[tuple[str, str, str, Mapping[str, Personal[Any]]]]) -> list[Entry]:
    """From (store, table, row key as text, values by column) to entries in the policy's own words."""
    return [
        _entry(policy, store, table, key, column, value)
        for store, table, key, values in rows
        for column, value in values.items()
    ]


def as_json(policy: Policy, plan: Plan, found: Sequence[Entry]) -> str:
    """A machine-readable copy (Art. 20(1)): one object for each value, with its context."""
    organisation = policy.organisation
    body = {
        "format": "troth-access/1",
        "organisation": organisation.name,
        "contact": organisation.contact,
        "authority": organisation.authority,
        "case": plan.case,
        "made_at": plan.made_at.isoformat(),
        "policy": policy.hash,
        "entries": [{name: _field(entry, name) for name in COLUMNS} for entry in found],
        "rights": {right.id: policy.words(right.says) for right in policy.rights.values()},
        "not_included": [plan_line(effect, {}, policy).text for effect in plan.effects if effect.exception],
    }
    return json.dumps(body, ensure_ascii=False, indent=2) + "\n"


def as_csv(found: Sequence[Entry]) -> str:
    """One line for each value. Cells that a spreadsheet would run as a formula are quoted with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for entry in found:
        writer.writerow([_inert(_field(entry, name)) for name in COLUMNS])
    return out.getvalue()


def package(policy: Policy, plan: Plan, found: Sequence[Entry]) -> Blocks:
    """The page for the person."""
    organisation = policy.organisation
    blocks: list[Block] = [
        Heading(f"What {organisation.name} holds about you"),
        Para(f"{count(len(found), 'value')}, as they stood on {moment(plan.made_at)}."),
        Pairs(
            [
                ("who answers", organisation.name),
                ("address", organisation.address),
                ("write to", organisation.contact),
                ("you may complain to", organisation.authority),
                ("case", plan.case),
            ]
        ),
    ]
    for (store, table), group in groupby(found, key=lambda entry: (entry.store, entry.table)):
        blocks += _section(policy, store, table, list(group))
    blocks += _rest(policy, plan)
    return tuple(blocks)


def _section(policy: Policy, store: str, table: str, group: list[Entry]) -> list[Block]:
    mapped = policy.stores[store].tables[table]
    rows = [[e.element, e.value.reveal(), e.purpose, e.source, e.recipients, e.retention] for e in group]
    title = mapped.says or f"{store}, {table}"
    caption = f"{count(len({entry.row for entry in group}), 'record')} in {store}.{table}; {group[0].basis}"
    return [
        Heading(title, 2),
        Table(caption, ["what", "value", "what for", "from", "who receives it", "how long"], rows),
    ]


def _rest(policy: Policy, plan: Plan) -> list[Block]:
    blocks: list[Block] = []
    held_back = [plan_line(effect, {}, policy) for effect in plan.effects if effect.exception]
    if held_back:
        blocks += [Heading("What is not in this copy yet, and why", 2), Lines(held_back)]
    if plan.waiting:
        waiting = sum(len(group.rows) for group in plan.waiting)
        text = f"{count(waiting, 'record')} carry an address of yours that others may use too. A person looks first."
        blocks += [Heading("What we could not decide by machine", 2), Para(text)]
    rights: list[Block] = [Para(policy.words(right.says)) for right in policy.rights.values()]
    return [*blocks, Heading("Your rights", 2), *rights]


def _entry(policy: Policy, store: str, table: str, key: str, column: str, value: Personal[Any]) -> Entry:
    mapped = policy.stores[store].tables[table]
    held = mapped.columns.get(column)
    identifier = next((i.kind for i in mapped.identifiers if i.column == column), "")
    element = policy.elements.get(held.element if held and held.element else identifier)
    element_id = element.id if element else ""
    purposes = [policy.purposes[name] for name in mapped.purposes]
    using = [p for p in purposes if element_id in p.uses] or purposes
    receivers = [policy.recipients[r] for r in mapped.recipients if element_id in policy.recipients[r].elements]
    rule = policy.retentions.get(mapped.retain)
    return Entry(
        store=store,
        table=table,
        row=key,
        field=column,
        element=policy.words(element.says) if element else identifier or column,
        value=Personal(_shown(value.reveal())),
        purpose="; ".join(policy.words(purpose.says) for purpose in using),
        basis="; ".join(sorted({purpose.basis_of.get(element_id, purpose.basis) for purpose in using})),
        source=(held.source if held and held.source else "you"),
        recipients="; ".join(f"{r.name} ({r.role}, {r.country})" for r in receivers) or "nobody",
        retention=policy.words(rule.says) if rule else "until its purpose ends or you ask for erasure",
    )


def _field(entry: Entry, name: str) -> str:
    value = getattr(entry, name)
    return str(value.reveal()) if isinstance(value, Personal) else str(value)


def _shown(value: object) -> str:
    match value:
        case None:
            return ""
        case bytes():
            return value.hex()
        case datetime() | date():
            return value.isoformat()
        case Decimal():
            return str(value)
        case dict() | list():
            return json.dumps(value, ensure_ascii=False, default=str)
        case _:
            return str(value)


def _inert(cell: str) -> str:
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell

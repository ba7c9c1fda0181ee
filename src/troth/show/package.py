"""The access package: what we hold about a person, in a form a person understands and in two forms a machine reads.

For every field: what it is, its value, what for, on which basis, where from, who receives it, how long it stays.
This is the one place where personal values are revealed, because here they leave for their owner.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from troth.catalog import Catalog
from troth.model.personal import Personal
from troth.model.plan import Effect, Plan
from troth.model.policy import Element, Policy, Purpose, Recipient
from troth.plan.periods import last_day
from troth.show.blocks import Block, Blocks, Heading, Line, Lines, Pairs, Para, Tone
from troth.show.words import because, count, day, moment

NO_ONE = "no one outside"
ONLY_WITH_YES = "Only with your yes"
DECIDES = "decides itself what it does with it"
ROLES = {"processor": "works for us", "authority": "an authority", "joint-controller": "decides together with us"}

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
    "until",
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
    purpose: tuple[str, ...]
    """Each with the law that allows it."""
    basis: tuple[str, ...]
    """One for each purpose."""
    source: str
    recipients: tuple[str, ...]
    retention: str
    until: date | None
    """The last day, where the row says from when its period runs."""


def entries(
    policy: Policy, catalog: Catalog, rows: Iterable[tuple[str, str, str, Mapping[str, Personal[Any]]]]
) -> list[Entry]:
    """From (store, table, row key as text, values by column) to entries in the policy's own words."""
    return [
        _entry(policy, catalog, (store, table, key), column, value, _until(policy, store, table, values))
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
        "not_included": [_held_back(policy, effect).text for effect in plan.effects if effect.exception],
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


def package(policy: Policy, catalog: Catalog, plan: Plan, found: Sequence[Entry]) -> Blocks:
    """The page for the person."""
    organisation = policy.organisation
    tables = [(at, list(group)) for at, group in groupby(found, key=lambda entry: (entry.store, entry.table))]
    blocks: list[Block] = [
        Heading(f"What {organisation.name} holds about you"),
        Para(
            f"This copy has {count(len(tables), 'part')} and {count(len(found), 'value')}, as they stood on "
            f"{moment(plan.made_at)}. It is free of charge. data.json and data.csv beside it hold the same for "
            "machines. Keep it safe: whoever has it knows a great deal about you."
        ),
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
    for (store, table), group in tables:
        blocks += _section(policy, store, table, group)
    blocks += _rest(policy, catalog, plan)
    return tuple(blocks)


def _section(policy: Policy, store: str, table: str, group: list[Entry]) -> list[Block]:
    """What holds for the whole table once, then each record as labels with values."""
    title = policy.stores[store].tables[table].says or f"{store}, {table}"
    blocks: list[Block] = [Heading(title, 2), Pairs(_facts(group))]
    records = [list(record) for _, record in groupby(group, key=lambda entry: entry.row)]
    for number, record in enumerate(records, start=1):
        if len(records) > 1:
            ends = f", kept until {day(record[0].until)}" if record[0].until else ""
            blocks.append(Heading(f"{number} of {len(records)}{ends}", 3))
        blocks.append(
            Pairs([(_label(entry, record), entry.value.reveal()) for entry in record if entry.value.reveal()])
        )
    if silent := [_label(entry, group) for entry in group if not entry.value.reveal()]:
        blocks.append(Para(f"Nothing is noted under: {', '.join(dict.fromkeys(silent))}.", Tone.QUIET))
    return blocks


def _facts(group: Sequence[Entry]) -> list[tuple[str, str]]:
    purposes: dict[str, dict[str, None]] = {}
    for entry in group:
        for purpose, basis in zip(entry.purpose, entry.basis, strict=True):
            purposes.setdefault(basis, {})[purpose] = None
    received = dict.fromkeys(recipient for entry in group for recipient in entry.recipients)
    if len(received) > 1:
        received.pop(next((r for r in received if r.startswith(NO_ONE)), ""), None)
    days = {entry.until for entry in group if entry.until}
    ends = f": until {day(*days)}" if len(days) == 1 else ""
    return [
        *((basis, "; ".join(said)) for basis, said in purposes.items()),
        ("who receives it", "; ".join(received)),
        ("where from", "; ".join(dict.fromkeys(entry.source for entry in group))),
        ("how long", group[0].retention + ends),
    ]


def _label(entry: Entry, among: Sequence[Entry]) -> str:
    """What a value is; where one word stands for several columns, the column says it."""
    columns = {other.field for other in among if other.element == entry.element}
    return entry.field.replace("_", " ").capitalize() if len(columns) > 1 else entry.element


def _rest(policy: Policy, catalog: Catalog, plan: Plan) -> list[Block]:
    blocks: list[Block] = []
    if held_back := [_held_back(policy, effect) for effect in plan.effects if effect.exception]:
        blocks += [Heading("What is not in this copy yet, and why", 2), Lines(held_back)]
    if plan.waiting:
        waiting = sum(len(group.rows) for group in plan.waiting)
        bears = "bears" if waiting == 1 else "bear"
        text = (
            f"{count(waiting, 'record')} {bears} an address of yours, but others may use it too. They are not in this "
            "copy: somebody has to look first."
        )
        blocks += [Heading("What we could not decide by machine", 2), Para(text)]
    offers: list[Block] = [Para(f"{policy.words(right.says)}.") for right in policy.rights.values()]
    return [*blocks, Heading("Your rights", 2), *offers, Para(_rights(policy, catalog))]


def _rights(policy: Policy, catalog: Catalog) -> str:
    organisation = policy.organisation
    granted = {right.id: right for pack in catalog.regimes(organisation.regimes) for right in pack.rights.values()}
    listed = ", ".join(f"{right.says.lower()} ({right.cite})" for right in granted.values())
    return (
        f"The law gives you: {listed}. To use one, write to {organisation.contact}. You can complain to "
        f"{organisation.authority}, or to the authority where you live or work."
    )


def _held_back(policy: Policy, effect: Effect) -> Line:
    """What does not leave yet, in words, with the reason."""
    table = policy.stores[effect.store].tables[effect.table]
    words = ", ".join(policy.named(effect.datum))
    text = f"{table.says or effect.table}: {words} ({count(len(effect.rows), 'record')})"
    return Line("?", text, [because(effect.exception)] if effect.exception else [], Tone.CARE, "not yet")


def _entry(
    policy: Policy, catalog: Catalog, at: tuple[str, str, str], column: str, value: Personal[Any], until: date | None
) -> Entry:
    store, table, key = at
    mapped = policy.stores[store].tables[table]
    held = mapped.columns.get(column)
    identifier = next((i.kind for i in mapped.identifiers if i.column == column), "")
    element = policy.elements.get(held.element if held and held.element else identifier)
    element_id = element.id if element else ""
    purposes = [policy.purposes[name] for name in mapped.purposes]
    using = [p for p in purposes if element_id in p.uses] or purposes
    rule = policy.retentions.get(mapped.retain)
    receivers = [policy.recipients[r] for r in mapped.recipients if element_id in policy.recipients[r].elements]
    return Entry(
        store=store,
        table=table,
        row=key,
        field=column,
        element=policy.words(element.says) if element else identifier or column,
        value=Personal(_shown(value.reveal())),
        purpose=tuple(policy.words(purpose.says) for purpose in using),
        basis=tuple(_basis(policy, catalog, purpose, element) for purpose in using),
        source=(held.source if held and held.source else "noted by us"),
        recipients=tuple(_receiver(r) for r in receivers)
        or (f"{NO_ONE} {policy.organisation.name}, as far as declared",),
        retention=policy.words(rule.says) if rule else "no period is declared",
        until=until,
    )


def _basis(policy: Policy, catalog: Catalog, purpose: Purpose, element: Element | None) -> str:
    """The ground in words with its article; for a special kind of data also what opens it (Art. 9(2))."""
    regimes = policy.organisation.regimes
    basis = catalog.basis(regimes, purpose.basis_of.get(element.id if element else "", purpose.basis))
    words = [
        f"{ONLY_WITH_YES if basis.needs_choice else basis.says} ({basis.cite})" if basis else "no ground is declared"
    ]
    if element and element.special and purpose.special_condition:
        packs = catalog.regimes(regimes)
        found = (pack.conditions.get(purpose.special_condition) for pack in packs)
        words += [f"{condition.says} ({condition.cite})" for condition in found if condition][:1]
    return "; ".join(words)


def _receiver(recipient: Recipient) -> str:
    role = ROLES.get(recipient.role, DECIDES)
    safeguard = f"; {recipient.safeguard}" if recipient.safeguard else ""
    return f"{recipient.name} ({role}, {recipient.country}{safeguard})"


def _until(policy: Policy, store: str, table: str, values: Mapping[str, Personal[Any]]) -> date | None:
    """The last day of a row, where a rule is declared and the row says from when it runs; nothing is invented."""
    mapped = policy.stores[store].tables[table]
    rule = policy.retentions.get(mapped.retain)
    clock = values[mapped.clock].reveal() if mapped.clock in values else None
    if rule is None or not isinstance(clock, date):
        return None
    return last_day(rule, clock.date() if isinstance(clock, datetime) else clock)


def _field(entry: Entry, name: str) -> str:
    value = getattr(entry, name)
    if isinstance(value, tuple):
        return "; ".join(dict.fromkeys(value))
    return str(value.reveal()) if isinstance(value, Personal) else str("" if value is None else value)


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


_NUMBER = re.compile(r"[+-]?\d[\d .,]*")
"""A number or a telephone number: a spreadsheet runs nothing, and a machine reads what stands there."""


def _inert(cell: str) -> str:
    risky = cell[:1] in ("=", "+", "-", "@", "\t", "\r") and not _NUMBER.fullmatch(cell)
    return f"'{cell}" if risky else cell

"""The access package: what we hold about a person, in a form a person understands and in two forms a machine reads.

For every field: what it is, its value, what for, on which basis, where from, who receives it, how long it stays.
This is the one place where personal values are revealed, because here they leave for their owner.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from troth.catalog import Catalog
from troth.model.personal import Personal
from troth.model.plan import Effect, Plan
from troth.model.policy import Clause, Element, Policy, Purpose, Recipient
from troth.plan.codes import FREE_TEXT
from troth.plan.periods import last_day
from troth.show.blocks import Block, Blocks, Heading, Line, Lines, Pairs, Para, Rich, Table, Tone
from troth.show.words import because, count, day, moment

NO_SOURCE = "you, or what you did with us: no other source is noted"
NO_PERIOD = "no period is declared"
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
    "purposes",
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
    purposes: tuple[tuple[str, str], ...]
    """What for, each with the ground that allows it."""
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


def as_json(policy: Policy, catalog: Catalog, plan: Plan, found: Sequence[Entry]) -> str:
    """A machine-readable copy (Art. 20(1)): one object for each value, with its context. Days and values are ISO."""
    organisation = policy.organisation
    body = {
        "format": "troth-access/2",
        "organisation": organisation.name,
        "address": organisation.address,
        "contact": organisation.contact,
        "authority": organisation.authority,
        "case": plan.case,
        "made_at": plan.made_at.isoformat(),
        "policy": policy.hash,
        "entries": [_object(entry) for entry in found],
        "rights": {right.id: policy.words(right.says) for right in policy.rights.values()},
        "rights_by_law": _rights_by_law(policy, catalog),
        "notice": [{"clause": c.id, "title": c.title, "text": c.text} for c in _clauses(policy, found)],
        "not_included": [_held_back(policy, effect).text for effect in plan.effects if effect.exception],
        "undecided": _waiting(plan),
    }
    return json.dumps(body, ensure_ascii=False, indent=2) + "\n"


def _object(entry: Entry) -> dict[str, object]:
    lists = {
        "purposes": [{"purpose": purpose, "ground": ground} for purpose, ground in entry.purposes],
        "recipients": list(entry.recipients),
    }
    return {name: lists.get(name) if name in lists else _field(entry, name) for name in COLUMNS}


def as_csv(found: Sequence[Entry]) -> str:
    """One line for each value. Cells that a spreadsheet would run as a formula are quoted with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for entry in found:
        writer.writerow([inert(_field(entry, name)) for name in COLUMNS])
    return out.getvalue()


def package(policy: Policy, catalog: Catalog, plan: Plan, found: Sequence[Entry]) -> Blocks:
    """The page for the person."""
    organisation = policy.organisation
    tables = [(at, list(group)) for at, group in groupby(found, key=lambda entry: (entry.store, entry.table))]
    blocks: list[Block] = [
        Heading(f"What {organisation.name} holds about you"),
        Para(
            f"This copy has {count(len(tables), 'part')} and {count(len(found), 'value')}, as they stood on "
            f"{moment(plan.made_at)}. It is free of charge. The files data.json and data.csv beside it hold the same "
            "values for machines. Keep it safe: whoever has it knows a great deal about you."
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
    blocks += _rest(policy, plan)
    blocks += _quoted(policy, found)
    blocks += _rights(policy, catalog)
    return tuple(blocks)


def _section(policy: Policy, store: str, table: str, group: list[Entry]) -> list[Block]:
    """What holds for the whole table once, then each record as labels with values."""
    title = policy.stores[store].tables[table].says or f"{store}, {table}"
    reasons = Table("Why we hold it", ["what for", "on which ground"], _reasons(group))
    blocks: list[Block] = [Heading(title, 2), reasons, Pairs(_facts(group))]
    records = [list(record) for _, record in groupby(group, key=lambda entry: entry.row)]
    for number, record in enumerate(records, start=1):
        if len(records) > 1:
            ends = f", kept until {day(record[0].until)}" if record[0].until else ""
            blocks.append(Heading(f"{number} of {len(records)}{ends}", 3))
        blocks.append(
            Pairs(
                [(_label(entry, record), _readable(entry.value.reveal())) for entry in record if entry.value.reveal()]
            )
        )
    if silent := [_label(entry, group) for entry in group if not entry.value.reveal()]:
        blocks.append(Para(f"Nothing is noted under: {', '.join(dict.fromkeys(silent))}.", Tone.QUIET))
    return blocks


def _reasons(group: Sequence[Entry]) -> list[tuple[str, str]]:
    """Each purpose once. Where the ground differs by element, the one that covers less says for what."""
    found: dict[str, dict[str, dict[str, None]]] = {}
    for entry in group:
        for purpose, ground in entry.purposes:
            found.setdefault(purpose, {}).setdefault(ground, {})[entry.element] = None
    return [(purpose, _grounds(grounds)) for purpose, grounds in found.items()]


def _grounds(grounds: Mapping[str, Mapping[str, None]]) -> str:
    widest = max(grounds, key=lambda ground: len(grounds[ground]))
    others = [f"{', '.join(names)}: {ground}" for ground, names in grounds.items() if ground != widest]
    return ". ".join([widest, *others])


def _facts(group: Sequence[Entry]) -> list[tuple[str, str]]:
    received = dict.fromkeys(recipient for entry in group for recipient in entry.recipients)
    if len(received) > 1:
        received.pop(next((r for r in received if r.startswith(NO_ONE)), ""), None)
    return [
        ("who receives it", "; ".join(received)),
        ("where from", _by_element(group, [entry.source for entry in group])),
        ("how long", _by_element(group, [entry.retention for entry in group]) + _one_day(group)),
    ]


def _by_element(group: Sequence[Entry], said: Sequence[str]) -> str:
    """What holds for most, and for which elements something else does."""
    elements: dict[str, dict[str, None]] = {}
    for entry, words in zip(group, said, strict=True):
        elements.setdefault(words, {})[entry.element] = None
    widest = max(elements, key=lambda words: len(elements[words]))
    others = [f"{', '.join(names)}: {words}" for words, names in elements.items() if words != widest]
    return ". ".join([widest, *others])


def _one_day(group: Sequence[Entry]) -> str:
    days = {entry.until for entry in group if entry.until}
    return f": until {day(*days)}" if len(days) == 1 else ""


def _readable(value: str) -> str:
    """A value as a person reads it; the files beside the page keep it as it is stored."""
    if value.startswith("[{"):
        with suppress(ValueError):
            return "; ".join(": ".join(_readable(str(part)) for part in each.values()) for each in json.loads(value))
    if not _DAY.match(value):
        return value
    with suppress(ValueError):
        return day(date.fromisoformat(value))
    with suppress(ValueError):
        return moment(datetime.fromisoformat(value))
    return value


def _label(entry: Entry, among: Sequence[Entry]) -> str:
    """What a value is; where one word stands for several columns, the column says it."""
    columns = {other.field for other in among if other.element == entry.element}
    return entry.field.replace("_", " ").capitalize() if len(columns) > 1 else entry.element


def _rest(policy: Policy, plan: Plan) -> list[Block]:
    ask = f"To ask about it, write to {policy.organisation.contact} and name case {plan.case}."
    blocks: list[Block] = []
    left_out = [_held_back(policy, e) for e in plan.effects if e.exception and e.exception.code != FREE_TEXT]
    if left_out:
        blocks += [Heading("What no copy holds, and why", 2), Lines(left_out)]
    if held_back := [_held_back(policy, e) for e in plan.effects if e.exception and e.exception.code == FREE_TEXT]:
        blocks += [Heading("What is not in this copy yet, and why", 2), Lines(held_back), Para(ask)]
    if plan.waiting:
        blocks += [Heading("What we could not decide by machine", 2), Para(f"{_waiting(plan)} {ask}")]
    return blocks


def _waiting(plan: Plan) -> str:
    """How many records wait, and no word about whose they may be."""
    waiting = sum(len(group.rows) for group in plan.waiting)
    if not waiting:
        return ""
    bears = "bears" if waiting == 1 else "bear"
    return (
        f"{count(waiting, 'record')} {bears} something that you are known by, such as an address, and that others may "
        "use too. They are not in this copy: somebody has to look first."
    )


def _quoted(policy: Policy, found: Sequence[Entry]) -> list[Block]:
    """The notice on what is in this copy: interests by name, transfers, sources, what machines decide (Art. 15)."""
    clauses = _clauses(policy, found)
    blocks: list[Block] = [Heading("What our notice says about it", 2)] if clauses else []
    for clause in clauses:
        blocks += [Heading(clause.title, 3), Rich(clause.text)]
    return blocks


def _clauses(policy: Policy, found: Sequence[Entry]) -> list[Clause]:
    """The clauses that speak of something in this copy, in the policy's first language."""
    tables = {(entry.store, entry.table): policy.stores[entry.store].tables[entry.table] for entry in found}
    held = {(e.store, e.table, e.field) for e in found if e.value.reveal()}
    columns = [tables[store, table].columns.get(field) for store, table, field in held]
    spoken = {f"element:{column.element}" for column in columns if column}
    for table in tables.values():
        spoken |= {f"purpose:{name}" for name in table.purposes} | {f"recipient:{name}" for name in table.recipients}
        spoken |= {f"retention:{table.retain}"}
    language = policy.organisation.languages[0]
    return [c for c in policy.clauses if c.language == language and spoken.intersection(c.speaks_of)]


def _rights(policy: Policy, catalog: Catalog) -> list[Block]:
    organisation = policy.organisation
    offers: list[Block] = [Para(f"{policy.words(right.says).rstrip('.')}.") for right in policy.rights.values()]
    law = (
        f"The law gives you: {', '.join(_rights_by_law(policy, catalog))}. To use one, write to {organisation.contact}."
    )
    complain = (
        f"You can complain to this authority, or to the one where you live or work: {organisation.authority}. You can "
        "also go to court."
    )
    return [Heading("Your rights", 2), *offers, Para(law), Para(complain)]


def _rights_by_law(policy: Policy, catalog: Catalog) -> list[str]:
    regimes = catalog.regimes(policy.organisation.regimes)
    granted = {right.id: right for pack in regimes for right in pack.rights.values()}
    return [f"{right.says.lower()} ({right.cite})" for right in granted.values()]


def _held_back(policy: Policy, effect: Effect) -> Line:
    """What does not leave, or not yet, in words, with the reason."""
    table = policy.stores[effect.store].tables[effect.table]
    words = ", ".join(policy.named(effect.datum))
    text = f"{table.says or effect.table}: {words} ({count(len(effect.rows), 'record')})"
    waits = effect.exception is not None and effect.exception.code == FREE_TEXT
    why = [because(effect.exception)] if effect.exception else []
    return Line("?" if waits else "=", text, why, Tone.CARE, "not yet" if waits else "left out")


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
        purposes=tuple((policy.words(p.says), _basis(policy, catalog, p, element)) for p in using),
        source=(held.source if held and held.source else NO_SOURCE),
        recipients=tuple(receiver(catalog, r) for r in receivers)
        or (f"{NO_ONE} {policy.organisation.name}, as far as declared",),
        retention=(held.ends if held else "") or (policy.words(rule.says) if rule else mapped.ends) or NO_PERIOD,
        until=None if held and held.ends else until,
    )


def _basis(policy: Policy, catalog: Catalog, purpose: Purpose, element: Element | None) -> str:
    basis = purpose.basis_of.get(element.id if element else "", purpose.basis)
    return ground(policy, catalog, purpose, basis, special=bool(element and element.special))


def ground(policy: Policy, catalog: Catalog, purpose: Purpose, basis: str, *, special: bool) -> str:
    """The ground in words with its article; for a special kind of data also what opens it (Art. 9(2))."""
    regimes = policy.organisation.regimes
    found = catalog.basis(regimes, basis)
    words = [
        f"{ONLY_WITH_YES if found.needs_choice else found.says} ({found.cite})" if found else "no ground is declared"
    ]
    if special and purpose.special_condition:
        opens = (pack.conditions.get(purpose.special_condition) for pack in catalog.regimes(regimes))
        words += [f"{condition.says} ({condition.cite})" for condition in opens if condition][:1]
    return "; ".join(words)


def receiver(catalog: Catalog, recipient: Recipient) -> str:
    """Who gets data, in which role, where, and what protects it there (Art. 13(1)(e), (f))."""
    role = ROLES.get(recipient.role, DECIDES)
    safeguard = f"; {recipient.safeguard}" if recipient.safeguard else ""
    return f"{recipient.name} ({role}, in {catalog.country(recipient.country)}{safeguard})"


def _until(policy: Policy, store: str, table: str, values: Mapping[str, Personal[Any]]) -> date | None:
    """The last day of a row, where a rule is declared and the row says from when it runs; nothing is invented."""
    mapped = policy.stores[store].tables[table]
    rule = policy.retentions.get(mapped.retain)
    clock = _day_of(values[mapped.clock].reveal()) if mapped.clock in values else None
    return last_day(rule, clock) if rule and clock else None


def _day_of(value: object) -> date | None:
    """The day of a date, a moment, or a text that begins with one: SQLite keeps them as text."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, str):
        with suppress(ValueError):
            return date.fromisoformat(value[:10])
    return value if isinstance(value, date) else None


def _field(entry: Entry, name: str) -> str:
    value = getattr(entry, name)
    if name == "purposes":
        return "; ".join(f"{purpose}: {ground}" for purpose, ground in entry.purposes)
    if isinstance(value, tuple):
        return "; ".join(dict.fromkeys(value))
    return str(value.reveal()) if isinstance(value, Personal) else str("" if value is None else value)


def _shown(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
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


_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(?:$|[ T])")
_NUMBER = re.compile(r"[+-]?\d[\d .,]*")
"""A number or a telephone number: a spreadsheet runs nothing, and a machine reads what stands there."""


def inert(cell: str) -> str:
    """A cell that no spreadsheet runs: what would be a formula begins with an apostrophe; numbers stay numbers."""
    risky = cell[:1] in ("=", "+", "-", "@", "\t", "\r") and not _NUMBER.fullmatch(cell)
    return f"'{cell}" if risky else cell

"""The access package: what we hold about a person, in a form a person understands and in two forms a machine reads.

For every field: what it is, its value, what for, on which basis, where from, who receives it, how long it stays.
This is the one place where personal values are revealed, because here they leave for their owner.
"""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from troth.catalog import Catalog
from troth.catalog.languages import FALLBACK, Phrases, phrases
from troth.catalog.nouns import Basis, Cite
from troth.model.change import Governs
from troth.model.law import cited
from troth.model.personal import Personal
from troth.model.plan import Effect, Plan
from troth.model.policy import Clause, Element, Policy, Purpose, Recipient
from troth.plan.codes import FREE_TEXT
from troth.plan.periods import last_day
from troth.show.blocks import Block, Blocks, Heading, Line, Lines, Pairs, Para, Rich, Table, Tone
from troth.show.told import governing
from troth.show.unchecked import once
from troth.show.words import because, count, day, moment

NO_SOURCE = "you, or what you did with us: no other source is noted"
NO_PERIOD = "no period is declared"
NO_ONE = "no one outside"
ONLY_WITH_YES = "Only with your yes"

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
class Told:
    """What a person has a right to know about every value of one column: worked out once for all its rows."""

    store: str
    table: str
    field: str
    element: str
    purposes: tuple[tuple[str, str], ...]
    """What for, each with the ground that allows it."""
    source: str
    recipients: tuple[str, ...]
    retention: str
    label: str
    hundredths_of: str
    ends_apart: bool
    """The column has an end of its own, so the row's last day is not its."""


@dataclass(frozen=True)
class Entry:
    """One value with everything the person has a right to know about it."""

    told: Told
    row: str
    value: Personal[str]
    until: date | None
    """The last day, where the row says from when its period runs."""


def entries(
    policy: Policy, catalog: Catalog, rows: Iterable[tuple[str, str, str, Mapping[str, Personal[Any]]]]
) -> list[Entry]:
    """From (store, table, row key as text, values by column) to entries in the policy's own words."""
    told: dict[tuple[str, str, str], Told] = {}
    found = []
    for store, table, key, values in rows:
        until = _until(policy, store, table, values)
        for column, value in values.items():
            at = store, table, column
            about = told.get(at) or told.setdefault(at, _told(policy, catalog, at))
            found.append(Entry(about, key, Personal(_shown(value.reveal())), None if about.ends_apart else until))
    return found


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
        "entries": [],
        "rights": {right.id: policy.words(right.says) for right in policy.rights.values()},
        "rights_by_law": _rights_by_law(policy, catalog),
        "notice": [{"clause": c.id, "title": c.title, "text": c.text} for c in _clauses(policy, found)],
        "not_included": [_held_back(policy, effect).text for effect in plan.effects if effect.exception],
        "undecided": _waiting(plan),
    }
    around = json.dumps(body, ensure_ascii=False, indent=2) + "\n"
    lines = ",\n    ".join(_objects(found))  # one on a line: to indent each would take longer than all the rest
    return around.replace('"entries": []', f'"entries": [\n    {lines}\n  ]' if lines else '"entries": []', 1)


def _objects(found: Sequence[Entry]) -> Iterator[str]:
    """Each entry as an object, keys in the order of COLUMNS."""
    whole: dict[Told, dict[str, object]] = {}
    for entry in found:
        told = entry.told
        if told not in whole:
            purposes = [{"purpose": purpose, "ground": ground} for purpose, ground in told.purposes]
            lists = {"purposes": purposes, "recipients": list(told.recipients)}
            whole[told] = dict(zip(COLUMNS, _cells(entry), strict=True)) | lists
        own = {"row": entry.row, "value": entry.value.reveal(), "until": str(entry.until or "")}
        yield json.dumps(whole[told] | own, ensure_ascii=False)


def as_csv(found: Sequence[Entry]) -> str:
    """One line for each value. Cells that a spreadsheet would run as a formula are quoted with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for entry in found:
        writer.writerow([inert(cell) for cell in _cells(entry)])
    return out.getvalue()


def package(
    policy: Policy, catalog: Catalog, plan: Plan, found: Sequence[Entry], governed: Governs | None = None
) -> Blocks:
    """The page for the person; `governed`: the version of the notice that holds for them, how it came to."""
    organisation = policy.organisation
    tables = [(at, list(group)) for at, group in groupby(found, key=lambda entry: (entry.told.store, entry.told.table))]
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
                *([("notice that holds for you", governing(governed))] if governed else []),
            ]
        ),
    ]
    for (store, table), group in tables:
        blocks += _section(policy, store, table, group)
    blocks += _rest(policy, plan)
    blocks += _quoted(policy, found)
    blocks += _rights(policy, catalog)
    return once(tuple(blocks))


def _section(policy: Policy, store: str, table: str, group: list[Entry]) -> list[Block]:
    """What holds for the whole table once, then each record as labels with values."""
    title = policy.words(policy.stores[store].tables[table].says) or f"{store}, {table}"
    reasons = Table("Why we hold it", ["what for", "on which ground"], _reasons(group))
    blocks: list[Block] = [Heading(title, 2), reasons, Pairs(_facts(group))]
    records = [list(record) for _, record in groupby(group, key=lambda entry: entry.row)]
    labels = _labels(group)
    for number, record in enumerate(records, start=1):
        if len(records) > 1:
            until = next((entry.until for entry in record if entry.until), None)
            ends = f", kept until {day(until)}" if until else ""
            blocks.append(Heading(f"{number} of {len(records)}{ends}", 3))
        blocks.append(Pairs([(labels[e.told.field], _as_read(e)) for e in record if e.value.reveal()]))
    if silent := dict.fromkeys(labels[entry.told.field] for entry in group if not entry.value.reveal()):
        blocks.append(Para(f"Nothing is noted under: {', '.join(silent)}.", Tone.QUIET))
    return blocks


def _reasons(group: Sequence[Entry]) -> list[tuple[str, str]]:
    """Each purpose once. Where the ground differs by element, the one that covers less says for what."""
    found: dict[str, dict[str, dict[str, None]]] = {}
    for told in dict.fromkeys(entry.told for entry in group):
        for purpose, ground in told.purposes:
            found.setdefault(purpose, {}).setdefault(ground, {})[told.element] = None
    return [(purpose, _grounds(grounds)) for purpose, grounds in found.items()]


def _grounds(grounds: Mapping[str, Mapping[str, None]]) -> str:
    widest = max(grounds, key=lambda ground: len(grounds[ground]))
    others = [f"{', '.join(names)}: {ground}" for ground, names in grounds.items() if ground != widest]
    return ". ".join([widest, *others])


def _facts(group: Sequence[Entry]) -> list[tuple[str, str]]:
    columns = tuple(dict.fromkeys(entry.told for entry in group))
    received = dict.fromkeys(recipient for told in columns for recipient in told.recipients)
    if len(received) > 1:
        received.pop(next((r for r in received if r.startswith(NO_ONE)), ""), None)
    return [
        ("who receives it", "; ".join(received)),
        ("where from", _by_element([(told.element, told.source) for told in columns])),
        ("how long", _by_element([(told.element, _ending(told, group)) for told in columns])),
    ]


def _by_element(said: Sequence[tuple[str, str]]) -> str:
    """What holds for most, and for which elements something else does; from (element, words)."""
    elements: dict[str, dict[str, None]] = {}
    for element, words in said:
        elements.setdefault(words, {})[element] = None
    widest = max(elements, key=lambda words: len(elements[words]))
    others = [f"{', '.join(names)}: {words}" for words, names in elements.items() if words != widest]
    return ". ".join([widest, *others])


def _ending(told: Told, group: Sequence[Entry]) -> str:
    """How long a column stays; the day, where all records end on the same one and the column ends with them."""
    days = {entry.until for entry in group if not entry.told.ends_apart}
    if told.ends_apart or len(days) != 1 or None in days:
        return told.retention
    return f"{told.retention}: until {day(*days)}"


def _as_read(entry: Entry) -> str:
    """A value as a person reads it, an amount with its currency; what is no whole number stays as it is."""
    value, currency = entry.value.reveal(), entry.told.hundredths_of
    if currency and _WHOLE.fullmatch(value):
        return f"{Decimal(value).scaleb(-2):.2f} {currency}"
    return _readable(value)


def _readable(value: str) -> str:
    """A value as a person reads it; the files beside the page keep it as it is stored."""
    if value.startswith("[{"):
        with suppress(ValueError, AttributeError, RecursionError):  # somebody's own text may begin so
            return "; ".join(": ".join(_readable(str(part)) for part in each.values()) for each in json.loads(value))
    if not _DAY.match(value):
        return value
    with suppress(ValueError):
        return day(date.fromisoformat(value))
    with suppress(ValueError):
        return moment(datetime.fromisoformat(value))
    return value


def _labels(group: Sequence[Entry]) -> Mapping[str, str]:
    """Column -> what its values are; where one word stands for several columns, their label or the column says it."""
    given = {entry.told.field: entry.told.label for entry in group if entry.told.label}
    elements = {entry.told.field: entry.told.element for entry in group}
    several = {element for element, columns in Counter(elements.values()).items() if columns > 1}
    return {
        field: given.get(field) or (field.replace("_", " ").capitalize() if element in several else element)
        for field, element in elements.items()
    }


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
    tables = {(t.store, t.table): policy.stores[t.store].tables[t.table] for t in {entry.told for entry in found}}
    held = {entry.told for entry in found if entry.value.reveal()}
    columns = [tables[told.store, told.table].columns.get(told.field) for told in held]
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
    return [_by(right.says.lower(), right.cite) for right in granted.values()]


def _held_back(policy: Policy, effect: Effect) -> Line:
    """What does not leave, or not yet, in words, with the reason."""
    table = policy.stores[effect.store].tables[effect.table]
    words = ", ".join(policy.named(effect.datum))
    text = f"{policy.words(table.says) or effect.table}: {words} ({count(len(effect.rows), 'record')})"
    waits = effect.exception is not None and effect.exception.code == FREE_TEXT
    why = [because(effect.exception)] if effect.exception else []
    return Line("?" if waits else "=", text, why, Tone.CARE, "not yet" if waits else "left out")


def _told(policy: Policy, catalog: Catalog, at: tuple[str, str, str]) -> Told:
    store, table, column = at
    mapped = policy.stores[store].tables[table]
    held = mapped.columns.get(column)
    identifier = next((i.kind for i in mapped.identifiers if i.column == column), "")
    element = policy.elements.get(held.element if held and held.element else identifier)
    element_id = element.id if element else ""
    purposes = [policy.purposes[name] for name in mapped.purposes]
    using = [p for p in purposes if element_id in p.uses] or purposes
    rule = policy.retentions.get(mapped.retain)
    receivers = [policy.recipients[r] for r in mapped.recipients if element_id in policy.recipients[r].elements]
    ends = policy.words(held.ends) if held else ""
    return Told(
        store=store,
        table=table,
        field=column,
        element=policy.words(element.says) if element else identifier or column,
        purposes=tuple((policy.words(p.says), _basis(policy, catalog, p, element)) for p in using),
        source=(policy.words(held.source) if held else "") or NO_SOURCE,
        recipients=tuple(receiver(policy, catalog, r) for r in receivers)
        or (f"{NO_ONE} {policy.organisation.name}, as far as declared",),
        retention=ends or (policy.words(rule.says) if rule else policy.words(mapped.ends)) or NO_PERIOD,
        label=held.label if held else "",
        hundredths_of=held.hundredths_of if held else "",
        ends_apart=bool(ends),
    )


def _basis(policy: Policy, catalog: Catalog, purpose: Purpose, element: Element | None) -> str:
    basis = purpose.basis_of.get(element.id if element else "", purpose.basis)
    return ground(policy, catalog, purpose, basis, special=bool(element and element.special))


def ground(policy: Policy, catalog: Catalog, purpose: Purpose, basis: str, *, special: bool) -> str:
    """The ground in words with its article; for a special kind of data also what opens it (Art. 9(2))."""
    regimes = policy.organisation.regimes
    found = catalog.basis(regimes, basis)
    words = [_by(allows(phrases(FALLBACK), found), found.cite) if found else "no ground is declared"]
    if special and purpose.special_condition:
        opens = (pack.conditions.get(purpose.special_condition) for pack in catalog.regimes(regimes))
        words += [_by(condition.says, condition.cite) for condition in opens if condition][:1]
    return "; ".join(words)


def _by(words: str, cite: Cite) -> str:
    return f"{words} ({cited(str(cite), cite.checked)})"


def allows(say: Phrases, basis: Basis) -> str:
    """A legal ground in the words of a language, without its article."""
    return say.called("basis", basis.id, ONLY_WITH_YES if basis.needs_choice else basis.says)


def receiver(policy: Policy, catalog: Catalog, recipient: Recipient) -> str:
    """Who gets data, in which role, where, and what protects it there (Art. 13(1)(e), (f))."""
    safeguard = f"; {policy.words(recipient.safeguard)}" if recipient.safeguard else ""
    say = phrases(FALLBACK)
    places = f"{catalog.country(recipient.country)}{safeguard}"
    return say("receiver", name=recipient.name, role=say(f"role-{recipient.role}"), places=places)


def _until(policy: Policy, store: str, table: str, values: Mapping[str, Personal[Any]]) -> date | None:
    """The last day of a row, where a rule is declared and the row says from when it runs; nothing is invented."""
    mapped = policy.stores[store].tables[table]
    rule = policy.retentions.get(mapped.retain)
    clock = _day_of(values[mapped.clock].reveal()) if mapped.clock in values else None
    if not mapped.kept_when(lambda column, text: column in values and _shown(values[column].reveal()) == text):
        return None
    return last_day(rule, clock) if rule and clock else None


def _day_of(value: object) -> date | None:
    """The day of a date, a moment, or a text that begins with one: SQLite keeps them as text."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, str):
        with suppress(ValueError):
            return date.fromisoformat(value[:10])
    return value if isinstance(value, date) else None


def _cells(entry: Entry) -> tuple[str, ...]:
    """The texts under COLUMNS."""
    told = entry.told
    return (
        told.store,
        told.table,
        entry.row,
        told.field,
        told.element,
        entry.value.reveal(),
        "; ".join(f"{purpose}: {ground}" for purpose, ground in told.purposes),
        told.source,
        "; ".join(dict.fromkeys(told.recipients)),
        told.retention,
        str(entry.until or ""),
    )


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
_WHOLE = re.compile(r"-?\d{1,18}")
_NUMBER = re.compile(r"[+-]?\d[\d .,]*")
"""A number or a telephone number: a spreadsheet runs nothing, and a machine reads what stands there."""


def inert(cell: str) -> str:
    """A cell that no spreadsheet runs: what would be a formula begins with an apostrophe; numbers stay numbers."""
    risky = cell[:1] in ("=", "+", "-", "@", "\t", "\r") and not _NUMBER.fullmatch(cell)
    return f"'{cell}" if risky else cell

"""Small policies, schemas and sights out of plain words, so that a case reads as facts and not as constructors.

A table is described by one mapping; see `tests/plan/cases/*.yaml` for examples of every word.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any

from troth.model.case import Case, CaseState
from troth.model.datamap import Claim, ColumnMap, IdentifierColumn, StoreMap, TableMap
from troth.model.plan import GLYPHS, Assign, Effect, Plan, Verb
from troth.model.policy import Element, Organisation, Policy, Purpose, Recipient, Retention
from troth.model.problem import Place
from troth.model.schema import Check, Column, ForeignKey, Schema, Table, Trigger
from troth.model.sight import Key, Reach, SeenRow, SeenTable, Sight

HERE = Place("stores/facts.yaml", 1)
AT = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
CASE = Case("case-1", "erasure", "person-1", CaseState.OPEN, AT, date(2026, 4, 10), date(2029, 12, 31))
FK = re.compile(r"(?P<columns>[\w, ]+) -> (?P<parent>\w+)\((?P<parent_columns>[\w, ]+)\)(?P<rest>.*)")


def cite(code: str) -> str:
    """A pack that cites each code by itself."""
    return f"law of {code}"


@dataclass(frozen=True)
class World:
    """Everything that a planner is given."""

    policy: Policy
    sights: Mapping[str, Sight]
    schemas: Mapping[str, Schema]


def world(facts: Mapping[str, Any]) -> World:
    """The facts of a case. One store `facts` unless `stores` names several."""
    stores = facts.get("stores") or {facts.get("store", "bookings"): facts}
    maps = {name: store_map(name, store) for name, store in stores.items()}
    return World(
        policy=policy(maps, facts),
        sights={name: sight(name, store) for name, store in stores.items() if "unseen" not in store},
        schemas={name: schema(name, store) for name, store in stores.items()},
    )


def names(value: Any) -> tuple[str, ...]:
    """`a, b` or a list."""
    return tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else tuple(value or ())


# --- Policy -----------------------------------------------------------------------------------------------------------


def policy(stores: Mapping[str, StoreMap], facts: Mapping[str, Any]) -> Policy:
    """A policy with the purposes, retentions and recipients of the facts; elements are made from the data maps."""
    elements = {c.element for s in stores.values() for t in s.tables.values() for c in t.columns.values() if c.element}
    free = names(facts.get("free-text"))
    says = {"en": "words"}
    return Policy(
        hash="policy-1",
        effective_from="2026-01-01",
        organisation=Organisation(
            "org", "Example", "Street", "privacy@example.com", "DE", ("en",), ("gdpr",), "", HERE
        ),
        elements={e: Element(e, "category", says, HERE, free_text=e in free) for e in sorted(elements)},
        categories={},
        relationships={},
        purposes={name: purpose(name, said) for name, said in facts.get("purposes", {}).items()},
        choices={},
        recipients={
            name: Recipient(
                name, name, "processor", "DE", frozenset(names(said["gets"])), (), HERE, tell=said.get("tell", "")
            )
            for name, said in facts.get("recipients", {}).items()
        },
        retentions={name: retention(name, said) for name, said in facts.get("retentions", {}).items()},
        rights={},
        staff={},
        clauses=(),
        stores=stores,
    )


def purpose(name: str, said: Mapping[str, Any]) -> Purpose:
    """`{basis: contract, uses: name}`."""
    return Purpose(
        name,
        {"en": name},
        (),
        frozenset(names(said.get("uses"))),
        frozenset(),
        said["basis"],
        MappingProxyType(said.get("basis-of", {})),
        {},
        HERE,
        direct_marketing=said.get("marketing", False),
    )


def retention(name: str, said: Mapping[str, Any]) -> Retention:
    """`{years: 8, starts: end-of-year, law: "AO 147", open-to: billing}`."""
    return Retention(
        name,
        {"en": name},
        said.get("years", 0),
        said.get("months", 0),
        said.get("days", 0),
        said.get("starts", "event"),
        said.get("then", "delete"),
        HERE,
        statutory=said.get("law", ""),
        open_to=names(said.get("open-to")),
        checked=said.get("checked", "A. Reader, 2026-01-02"),
    )


# --- Store ------------------------------------------------------------------------------------------------------------


def store_map(name: str, facts: Mapping[str, Any]) -> StoreMap:
    """The data map of a store."""
    return StoreMap(
        name,
        facts.get("engine", "postgresql"),
        "look",
        "act",
        {table: table_map(table, said) for table, said in facts["tables"].items() if "undeclared" not in said},
        HERE,
        leaves=facts.get("leaves"),
    )


def claim(said: Mapping[str, Any]) -> Claim:
    """`{parent: customer, columns: customer_id}`."""
    return Claim(
        said["parent"],
        names(said["columns"]),
        names(said.get("parent-columns")),
        HERE,
        tuple(dict(said.get("when", {})).items()),
    )


def table_map(name: str, said: Mapping[str, Any]) -> TableMap:
    """The declaration of one table."""
    identifiers = [
        IdentifierColumn(column.removesuffix("!"), kind, column.endswith("!"), HERE)
        for column, kind in said.get("identifiers", {}).items()
    ]
    return TableMap(
        name=name,
        place=HERE,
        says={},
        personal=said.get("personal", True),
        key=names(said.get("key")),
        identifiers=tuple(identifiers),
        claims=tuple(claim(c) for c in said.get("owners", ())),
        shared=claim(said["shared"]) if "shared" in said else None,
        columns={column: column_map(column, c) for column, c in said.get("columns", {}).items()},
        purposes=names(said.get("purposes")),
        recipients=names(said.get("recipients")),
        erase=said.get("erase", "delete"),
        retain=said.get("retain", ""),
        retain_when=tuple(said.get("retain-when", {}).items()),
        clock=said.get("clock", ""),
        trigger_history=said.get("history", ""),
    )


def column_map(name: str, said: Any) -> ColumnMap:
    """`name`, or `{element: name, mask: "x{token}", whose: customer}`."""
    said = {"element": said} if isinstance(said, str) else dict(said or {})
    return ColumnMap(
        name,
        HERE,
        said.get("element", ""),
        whose=said.get("whose", ""),
        mask=said.get("mask"),
        mask_declared="mask" in said,
    )


# --- Schema -----------------------------------------------------------------------------------------------------------


def schema(name: str, facts: Mapping[str, Any]) -> Schema:
    """What the database says: every column that is named anywhere is nullable text unless `real` says otherwise."""
    if facts.get("engine") == "work-order":
        return Schema(name, "work-order", {})
    tables = {table: real_table(table, said) for table, said in facts["tables"].items() if "absent" not in said}
    return Schema(name, facts.get("engine", "postgresql"), tables)


def real_table(name: str, said: Mapping[str, Any]) -> Table:
    """One table. `real: {email: "varchar(40) not null"}`; `keys: ["customer_id -> customer(id) on delete cascade"]`."""
    keys = tuple(foreign_key(name, text) for text in said.get("keys", ()))
    primary = names(said.get("key"))
    pointing = [c for k in keys for c in k.columns]
    owners = [c for o in [*said.get("owners", ()), said.get("shared", {})] for c in names(o.get("columns"))]
    listed = [
        *primary,
        *(c.removesuffix("!") for c in said.get("identifiers", {})),
        *said.get("columns", {}),
        *pointing,
    ]
    columns = {c: column(c, said.get("real", {}).get(c, "text"), c in primary) for c in [*listed, *owners]}
    searched = [k.columns for k in keys] + [(c.removesuffix("!"),) for c in said.get("identifiers", {})]
    searched += [names(o["columns"]) for o in [*said.get("owners", ()), said.get("shared", {})] if o]
    return Table(
        name,
        columns,
        primary,
        unique=tuple(names(u) for u in said.get("unique", ())),
        indexes=() if said.get("indexes") == "none" else tuple(searched),
        foreign_keys=keys,
        checks=tuple(Check(c, expression) for c, expression in said.get("checks", {}).items()),
        triggers=tuple(trigger(t) for t in said.get("triggers", ())),
        transactional=said.get("transactional", True),
    )


def column(name: str, text: str, is_key: bool) -> Column:
    """`varchar(40) not null`."""
    length = re.search(r"\((\d+)\)", text)
    required = "not null" in text or is_key
    return Column(
        name, text.replace("not null", "").strip() or "text", not required, length=int(length[1]) if length else None
    )


def foreign_key(table: str, text: str) -> ForeignKey:
    """`a, b -> parent(x, y) on delete cascade deferrable`."""
    found = FK.fullmatch(text)
    assert found, text
    rest = found["rest"].replace("deferrable", "").strip()
    columns = names(found["columns"])
    return ForeignKey(
        f"{table}_{'_'.join(columns)}",
        columns,
        found["parent"],
        names(found["parent_columns"]),
        rest.removeprefix("on delete ") or "no action",
        deferrable="deferrable" in found["rest"],
    )


def trigger(said: Mapping[str, Any]) -> Trigger:
    """`{event: update, writes: history}`; without `writes` it could not be read."""
    return Trigger(said.get("name", "trigger"), said["event"], names(said["writes"]) if "writes" in said else None)


# --- Sight ------------------------------------------------------------------------------------------------------------


def sight(name: str, facts: Mapping[str, Any]) -> Sight:
    """What was seen: `rows: [{key: 1}, {key: [A, 2], root: B1, of: booking, others: 1}]`."""
    tables = {}
    for table, said in facts["tables"].items():
        if said.get("rows"):
            tables[table] = SeenTable(table, names(said.get("key")), tuple(seen(table, row) for row in said["rows"]))
    return Sight(name, tables, facts.get("fingerprint", "f" * 64))


def as_key(value: Any) -> Key:
    """A list as it is, a single value as a key of one column."""
    return tuple(value) if isinstance(value, list) else (value,)


def seen(table: str, row: Any) -> SeenRow:
    """One row; a bare value is its key."""
    row = row if isinstance(row, dict) else {"key": row}
    root = as_key(row["root"]) if "root" in row else None
    return SeenRow(
        as_key(row["key"]),
        Reach(row.get("reach", "proven")),
        row.get("by", "customer-number"),
        root=root,
        root_table=row.get("of", table) if root else "",
        own_claims=names(row.get("claims")),
        matched=names(row.get("matched")),
        clock=row.get("clock"),
        retained=row.get("retained", False),
        others=row.get("others", 0),
        blockers=names(row.get("blockers")),
    )


# --- Words ------------------------------------------------------------------------------------------------------------


def printed(plan: Plan) -> list[str]:
    """A plan as the lines that cases compare: `~ bookings.passenger 1 row name,email (withdrawn)`."""
    return [line(effect) for effect in plan.effects]


def line(effect: Effect) -> str:
    """One line: verb, place, keys, data, what is written, condition, exception and date."""
    if effect.verb is Verb.TELL:
        text = f"! {effect.recipient} {','.join(effect.datum)}"
        return text + (f" [{effect.exception.code}]" if effect.exception else "")
    keys = " ".join("/".join(str(part) for part in key) for key in effect.rows)
    parts = [f"{GLYPHS[effect.verb]} {effect.store}.{effect.table} {keys}".rstrip()]
    if effect.verb is Verb.READ:
        parts.append(",".join(effect.columns) or ",".join(effect.datum))
    elif effect.verb in {Verb.RETAIN, Verb.DELETE}:
        parts.append(",".join(effect.datum))
    parts += [written(effect.assigns)] if effect.assigns else []
    parts += [f"if last on {effect.shared}"] if effect.shared else []
    parts += [f"else {written(effect.otherwise)}"] if effect.otherwise else []
    parts += [f"owners {' '.join('/'.join(map(str, k)) for k in effect.owners)}"] if effect.owners else []
    parts += [f"({effect.ground.code})"] if effect.verb is not Verb.READ else []
    parts += (
        [f"[{effect.exception.code}{': ' + effect.exception.law if effect.verb is Verb.RETAIN else ''}]"]
        if effect.exception
        else []
    )
    parts += [f"until {effect.until} then {effect.then.value}"] if effect.until and effect.then else []
    return " ".join(part for part in parts if part)


def written(assigns: tuple[Assign, ...]) -> str:
    """`email:=NULL,name:='gone'`."""
    return ",".join(f"{a.column}:={'NULL' if a.value is None else repr(a.value)}" for a in assigns)

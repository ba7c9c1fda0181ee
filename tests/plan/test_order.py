"""Whatever the keys between tables are, no line of a plan breaks one: held against a slow, obvious database."""

import copy
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from tests.plan.factory import AT, CASE, World, cite, world
from tests.plan.reference import Database, KeyBrokenError

from troth.model.sight import Key
from troth.plan import erasure


@dataclass(frozen=True)
class Drawn:
    """A random store with rows of one person and of others."""

    facts: dict[str, Any]
    rows: dict[str, dict[Key, dict[str, object]]]
    mine: frozenset[tuple[str, Key]]
    others: dict[tuple[str, Key], int]
    """How many others hold the row, for shared rows and what hangs under them."""
    shared: str

    def root(self, table: str, key: Key) -> Key | None:
        """The shared row under which a row hangs: itself, or where its table's `hangs` column leads."""
        if table == self.shared:
            return key
        column = self.facts["tables"][table].get("hangs")
        above = (self.rows[table][key][column],) if column else ()
        return above if (self.shared, above) in self.mine else None

    def world(self) -> World:
        return world(self.facts)

    def database(self) -> Database:
        return Database(self.world().schemas["bookings"], copy.deepcopy(self.rows), dict(self.others))


@st.composite
def stores(draw: st.DrawFn) -> Drawn:
    """Two to four tables with random keys between them, themselves included, and up to four rows in each."""
    tables = [f"t{n}" for n in range(draw(st.integers(2, 4)))]
    shared = draw(st.sampled_from([*tables, ""]))
    ids = {t: list(range(1, draw(st.integers(0, 4)) + 1)) for t in tables}
    mine = frozenset((t, (i,)) for t in tables for i in ids[t] if draw(st.booleans()))
    facts: dict[str, Any] = {
        "engine": draw(st.sampled_from(["postgresql", "mariadb"])),
        "purposes": {"all": {"basis": "contract", "uses": "value"}},
        "retentions": {"law": {"years": 5, "law": "a law"}},
        "tables": {},
    }
    rows: dict[str, dict[Key, dict[str, object]]] = {t: {(i,): {"id": i, "v": "x"} for i in ids[t]} for t in tables}
    for table in tables:
        said: dict[str, Any] = {"key": "id", "columns": {"v": "value"}, "real": {}, "keys": [], "purposes": "all"}
        said["erase"] = draw(st.sampled_from(["delete", "delete", "mask"]))
        if draw(st.integers(0, 3)) == 0:
            said |= {"retain": "law", "clock": "paid", "real": {"paid": "date"}}
        facts["tables"][table] = said
        for n, parent in enumerate(draw(st.lists(st.sampled_from(tables), max_size=3))):
            said["keys"].append(f"p{n} -> {parent}(id){' deferrable' if draw(st.booleans()) else ''}")
            required = bool(ids[parent]) and draw(st.booleans())
            if required:
                said["real"][f"p{n}"] = "text not null"
            if parent == shared != table and draw(st.booleans()):
                said["hangs"] = f"p{n}"
            for row in rows[table].values():
                row[f"p{n}"] = draw(st.sampled_from([*ids[parent], *([] if required else [None])]))
    drawn = Drawn(facts, rows, mine, {}, shared)
    held = {key: draw(st.integers(0, 1)) for table, key in sorted(mine) if table == shared}
    drawn.others.update({row: held[root] for row in sorted(mine) if (root := drawn.root(*row)) is not None})
    return see(drawn)


def see(drawn: Drawn) -> Drawn:
    """Write down what a store would say: own rows, who shares them, and whose rows stand in the way."""
    for table, said in drawn.facts["tables"].items():
        pointers, shared = _pointers(said), table == drawn.shared
        said["owners"] = [
            {"parent": parent, "columns": column, "parent-columns": "id"}
            for column, parent in pointers
            if (shared and parent != table) or column == said.get("hangs")
        ]
        said["rows"] = [
            {
                "key": list(key),
                "clock": date(2025, 1, 1),
                **_hanging(drawn, table, key),
                "claims": [parent for column, parent in pointers if shared and (parent, (row[column],)) in drawn.mine],
                "blockers": _blockers(drawn, table, key),
            }
            for key, row in drawn.rows[table].items()
            if (table, key) in drawn.mine
        ]
    return drawn


def _hanging(drawn: Drawn, table: str, key: Key) -> dict[str, Any]:
    root = drawn.root(table, key)
    return {} if root is None else {"root": list(root), "of": drawn.shared, "others": drawn.others[table, key]}


def _pointers(said: Any) -> list[tuple[str, str]]:
    return [(k.split(" -> ")[0], k.split(" -> ")[1].split("(")[0]) for k in said["keys"]]


def _blockers(drawn: Drawn, table: str, key: Key) -> list[str]:
    """Rows of others that point here; a row that stays for others and points under another shared row is one."""
    found, root = [], drawn.root(table, key)
    for child, said in drawn.facts["tables"].items():
        for column, parent in _pointers(said):
            pointing = [k for k, row in drawn.rows[child].items() if parent == table and row[column] == key[0]]
            strange = any((child, k) not in drawn.mine for k in pointing)
            staying = root and any(drawn.others.get((child, k)) and drawn.root(child, k) != root for k in pointing)
            if strange or staying:
                found.append(f"{child}.{column}{'' if column in said['real'] else '?'}")
    return found


@settings(max_examples=400, deadline=None)
@given(stores())
def test_no_line_breaks_a_key_or_touches_a_row_of_others(drawn: Drawn) -> None:
    """Carried out line by line, a plan without errors keeps every key, and leaves other people's rows as they were."""
    facts = drawn.world()
    plan = erasure(facts.policy, CASE, "person-1", facts.sights, facts.schemas, AT, cite, ground="unlawful")
    event("applicable" if plan.applicable else ", ".join(sorted({f.code for f in plan.findings})))
    if not plan.applicable:
        return
    database = drawn.database()
    database.check(at_commit=True)
    database.run(plan.effects)
    for table, rows in drawn.rows.items():
        for key, row in rows.items():
            if (table, key) not in drawn.mine:
                assert database.tables[table][key] == row
    assert {(e.table, key) for e in plan.effects for key in e.rows} == drawn.mine


@settings(max_examples=100, deadline=None)
@given(stores())
def test_what_stays_is_empty_or_kept_by_law(drawn: Drawn) -> None:
    """No row of the person alone keeps a value, unless a law keeps the row."""
    facts = drawn.world()
    plan = erasure(facts.policy, CASE, "person-1", facts.sights, facts.schemas, AT, cite, ground="unlawful")
    database = drawn.database()
    if plan.applicable:
        database.run(plan.effects)
        for table, key in drawn.mine:
            row, said = database.tables[table].get(key), drawn.facts["tables"][table]
            assert row is None or row["v"] is None or "retain" in said or drawn.others.get((table, key))


@settings(max_examples=100, deadline=None)
@given(stores())
def test_the_order_does_not_depend_on_chance(drawn: Drawn) -> None:
    """Planned twice from the same sight, the lines are the same and in the same order."""
    facts = drawn.world()
    plans = [
        erasure(w.policy, CASE, "person-1", w.sights, w.schemas, AT, cite, ground="unlawful")
        for w in (facts, drawn.world())
    ]
    assert plans[0] == plans[1]


def test_the_reference_notices_a_broken_order() -> None:
    """Control: with its lines turned round, the simplest plan breaks a key."""
    facts = {
        "purposes": {},
        "tables": {
            "parent": {"key": "id", "columns": {"v": "value"}, "rows": [1]},
            "child": {
                "key": "id",
                "columns": {"v": "value"},
                "keys": ["p -> parent(id)"],
                "real": {"p": "text not null"},
                "rows": [1],
            },
        },
    }
    seen = world(facts)
    plan = erasure(seen.policy, CASE, "person-1", seen.sights, seen.schemas, AT, cite, ground="unlawful")
    rows = {"parent": {(1,): {"id": 1}}, "child": {(1,): {"id": 1, "p": 1}}}
    Database(seen.schemas["bookings"], copy.deepcopy(rows)).run(plan.effects)
    with pytest.raises(KeyBrokenError):
        Database(seen.schemas["bookings"], rows).run(tuple(reversed(plan.effects)))

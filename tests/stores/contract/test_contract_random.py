"""Random small worlds of ownership: every engine says about every row what the slow reference says."""

import random
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.stores.contract.ferry import Ground, SQLiteGround, by, claim, ident, table
from tests.stores.contract.reference import Reference, Said

from troth.model.person import Identifier
from troth.model.sight import Sight
from troth.ports.store import Store

WORLD = {
    "human": ("num", "mail", "tel"),
    "thing": ("human", "thing", "band"),
    "band": ("human", "band", "mail", "tel"),
    "member": ("thing", "band"),
    "leaf": ("word", "ref", "band", "mail"),
}
MAPS = {
    found.name: found
    for found in (
        table(
            "human", identifiers=[ident("num", "number", proves=True), ident("mail", "email"), ident("tel", "phone")]
        ),
        table("thing", claims=[claim("human", "human"), claim("thing", "thing"), claim("band", "band")]),
        table(
            "band",
            identifiers=[ident("mail", "email"), ident("tel", "phone")],
            claims=[claim("human", "human"), claim("band", "band")],
        ),
        table("member", claims=[claim("thing", "thing")], shared=claim("band", "band")),
        table(
            "leaf",
            identifiers=[ident("mail", "email", proves=True)],
            claims=[
                claim("thing", "ref", when=(("word", "thing"),)),
                claim("member", "ref", when=(("word", "member"),)),
                claim("band", "band"),
            ],
        ),
    )
}


def world(dice: random.Random) -> dict[str, list[dict[str, Any]]]:
    def ref(chance: float = 0.5) -> int | None:
        return dice.randint(1, 6) if dice.random() < chance else None

    def mail(chance: float) -> str | None:
        return dice.choice(["a@x.example", "b@x.example", "c@x.example"]) if dice.random() < chance else None

    def tel(chance: float) -> str | None:
        return dice.choice(["1", "2", "3"]) if dice.random() < chance else None

    words = ["thing", "member", "band"]
    ids = [range(1, dice.randint(2, 6)) for _ in WORLD]
    return {
        "human": [{"id": n, "num": f"N{n}", "mail": mail(0.7), "tel": tel(0.5)} for n in ids[0]],
        "thing": [{"id": n, "human": ref(0.6), "thing": ref(0.15), "band": ref(0.15)} for n in ids[1]],
        "band": [{"id": n, "human": ref(0.3), "band": ref(0.15), "mail": mail(0.3), "tel": tel(0.2)} for n in ids[2]],
        "member": [{"id": n, "thing": ref(0.9), "band": ref(0.9)} for n in ids[3]],
        "leaf": [
            {"id": n, "word": dice.choice(words), "ref": ref(0.6), "band": ref(0.4), "mail": mail(0.1)}
            for n in ids[4]
        ],
    }  # fmt: skip


def somebody(dice: random.Random) -> list[Identifier]:
    pool = [
        by("number", f"N{dice.randint(1, 5)}"),
        by("email", dice.choice(["a@x.example", "b@x.example"]), proven=dice.random() < 0.5),
        by("phone", dice.choice(["1", "2"]), proven=dice.random() < 0.5),
        by("row", f"ferry.{dice.choice(list(WORLD))}({dice.randint(1, 5)})"),
        by("not-row", f"ferry.{dice.choice(list(WORLD))}({dice.randint(1, 5)})"),
    ]
    return dice.sample(pool, dice.randint(1, 3))


def build(ground: Ground) -> None:
    ground.sql("DROP TABLE IF EXISTS leaf, member, band, thing, human") if ground.engine != "sqlite" else None
    for name, columns in WORLD.items():
        texts = {"num", "mail", "tel", "word"}
        typed = ", ".join(f"{column} {'VARCHAR(30)' if column in texts else 'BIGINT'}" for column in columns)
        ground.sql(f"CREATE TABLE {name} (id BIGINT NOT NULL PRIMARY KEY, {typed})")


def fill(ground: Ground, rows: dict[str, list[dict[str, Any]]]) -> None:
    for name, columns in WORLD.items():
        ground.sql(f"DELETE FROM {name}")
        if rows[name]:
            ground.plant(name, *(tuple(row[column] for column in ("id", *columns)) for row in rows[name]))


def said(sight: Sight) -> dict[tuple[str, int], Said]:
    return {
        (name, int(row.key[0])): Said(
            row.reach,
            (row.root_table, int(row.root[0])) if row.root else None,
            row.others,
            row.own_claims,
            row.matched,
        )
        for name, seen in sight.tables.items()
        for row in seen.rows
    }


def compare(ground: Ground, store: Store, seeds: range) -> int:
    seen = 0
    for seed in seeds:
        dice = random.Random(seed)
        rows, who = world(dice), somebody(dice)
        fill(ground, rows)
        expected = Reference(rows, MAPS, who).say()
        assert said(store.look(who)) == expected, f"seed {seed}"
        seen += len(expected)
    return seen


def test_random_worlds_small(ground: Ground) -> None:
    """Every engine agrees with the reference; the sample is small where a server is asked."""
    build(ground)
    store = ground.open(tables=MAPS)
    assert compare(ground, store, range(25)) >= 25


class QuickSQLite(SQLiteGround):
    """One connection kept open, no waiting for the disk."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.fast = sqlite3.connect(self.path, isolation_level=None)
        self.fast.execute("PRAGMA synchronous = OFF")

    def sql(self, statement: str, rows: Any = ()) -> list[tuple[Any, ...]]:
        cursor = self.fast.executemany(statement, rows) if rows else self.fast.execute(statement)
        return list(cursor.fetchall()) if cursor.description else []


@pytest.mark.parametrize("start", range(0, 2000, 500))
def test_random_worlds_many(tmp_path: Path, start: int) -> None:
    """Two thousand worlds over SQLite; rows of every kind of reach occur."""
    ground = QuickSQLite(tmp_path)
    build(ground)
    store = ground.open(tables=MAPS)
    assert compare(ground, store, range(start, start + 500)) > 500
    store.close()
    ground.fast.close()


def test_the_reference_is_heard(tmp_path: Path) -> None:
    """Negative control: with one rule of the map left out the comparison fails."""
    ground = QuickSQLite(tmp_path)
    build(ground)
    untied = {**MAPS, "member": replace(MAPS["member"], shared=None)}
    store = ground.open(tables=untied)
    with pytest.raises(AssertionError, match="seed"):
        compare(ground, store, range(50))
    store.close()
    ground.fast.close()

"""Rows as whole numbers and back: more columns than one number holds, and types that no digit has."""

from random import Random

from troth.audience.coding import coding
from troth.audience.columns import Column
from troth.audience.sets import table_engine
from troth.gate.steps import Steps

STEPS = Steps(frozenset({2008, 1980}), {"c": frozenset({2, 4})})
FLAGS = tuple(Column(f"is.{n}", "is", str(n)) for n in range(45))
COLUMNS = (*FLAGS, Column("birth_year", "birth_year"), Column("choice.c.version", "choice", "c", "version"))
COLUMNS += (Column("residence", "residence"), Column("is.odd", "is", "odd"))
TYPES = {made.name: "BOOLEAN" for made in FLAGS}
TYPES |= {"birth_year": "INTEGER", "choice.c.version": "SMALLINT", "residence": "VARCHAR", "is.odd": "VARCHAR"}
YEARS = {None: None, 1900: 1979, 1979: 1979, 1980: 1980, 2007: 1980, 2008: 2008, 2030: 2008}
VERSIONS = {None: -1, 0: -1, -7: -1, 1: -1, 2: 2, 3: 2, 4: 4, 9: 4}


def test_a_row_comes_back_with_what_stands_for_it() -> None:
    """Flags and texts as they were, years and versions by their step."""
    rng = Random(20261122)
    coded = coding(COLUMNS, TYPES, STEPS)
    assert len(coded.numbers) > 1
    assert [made.name for made in coded.plain] == ["residence", "is.odd"]
    rows, wanted = [], []
    for _ in range(200):
        flags = [rng.choice((True, False, None)) for _ in FLAGS]
        year, version = rng.choice(list(YEARS)), rng.choice(list(VERSIONS))
        texts = [rng.choice(("DE", "", None)), rng.choice(("yes", None))]
        rows.append([*flags, year, version, *texts])
        wanted.append((*flags, YEARS[year], VERSIONS[version], *texts))
    with table_engine() as engine:
        declared = ", ".join(f'"{made.name}" {TYPES[made.name]}' for made in COLUMNS)
        engine.execute(f"CREATE TABLE rows ({declared})")
        engine.executemany(f"INSERT INTO rows VALUES ({', '.join('?' * len(COLUMNS))})", rows)
        found = engine.execute(f"SELECT {', '.join(coded.keys())} FROM rows s ORDER BY rowid").fetchall()
    assert [coded.values(keys) for keys in found] == wanted

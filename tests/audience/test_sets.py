"""A set is judged as each of its people is: compared over random policies, questions and people, and at its edges."""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime
from functools import cache
from math import isnan
from random import Random
from typing import Any

import duckdb
import pytest
from tests.gate.worlds import Pool, pool, world

from troth.audience.columns import UNKNOWN, column, row_of
from troth.audience.sets import Asked, counts, judge, table_engine
from troth.gate.ask import DEFAULT_LIMITS, ask
from troth.model.policy import Policy
from troth.model.problem import InputError
from troth.model.question import ChoiceState, Facts, Question

SEED, TABLES, PEOPLE = 20261122, 250, 40
TYPES = {"is": "BOOLEAN", "matter": "BOOLEAN", "told": "BOOLEAN", "with": "BOOLEAN", "objects": "BOOLEAN"}
TYPES |= {"overruled": "BOOLEAN", "event": "TIMESTAMPTZ", "since": "TIMESTAMPTZ", "erased": "BOOLEAN"}
TYPES |= {"birth_year": "INTEGER"}
ALWAYS = ("is.nobody", "choice.nothing", "objects.nothing", "event.nothing", "matter.nothing", "told.nothing")
ALWAYS += ("since.nobody", "with.nobody", "overruled.nothing")
"""One column of each kind, so that a fact that is known to be empty can be told from one that is not known."""


def no_law(_: str) -> str:
    return ""


def kind_of(name: str) -> str:
    """The type of a column."""
    made = column(name)
    assert made is not None
    if made.kind == "choice":
        return {"version": "INTEGER", "at": "TIMESTAMPTZ"}.get(made.part, "BOOLEAN")
    return TYPES.get(made.kind, "VARCHAR")


def nothing(name: str) -> bool | None:
    """What stands in a column for somebody of whom it says nothing."""
    return False if kind_of(name) == "BOOLEAN" and not name.startswith("choice.") else None


def table(engine: duckdb.DuckDBPyConnection, people: Sequence[Facts]) -> None:
    """Write facts into the table `people`, one row each, in order."""
    rows = [row_of(facts) for facts in people]
    names = sorted({*ALWAYS, *(name for row in rows for name in row)})
    columns = ", ".join(f'"{name}" {kind_of(name)}' for name in names)
    engine.execute(f"CREATE OR REPLACE TABLE people (number INTEGER, {UNKNOWN} VARCHAR, {columns})")
    marks, given = ", ".join("?" * (len(names) + 2)), []
    for number, (facts, row) in enumerate(zip(people, rows, strict=True)):
        missing = ";".join(f.name for f in fields(Facts) if getattr(facts, f.name) is None)
        values = [row.get(name, nothing(name)) for name in names]
        given += [number, missing or None, *values]
    engine.execute(f"INSERT INTO people VALUES {', '.join([f'({marks})'] * len(rows))}", given)


def judged(engine: duckdb.DuckDBPyConnection, asked: Asked, age: float) -> list[str]:
    """The code of each row, in order."""
    relation = judge(engine, "people", asked, age_seconds=age)
    return [code for (code,) in engine.execute(f"SELECT troth_code FROM {relation} ORDER BY number").fetchall()]


def one_by_one(versions: tuple[Policy, ...], question: Question, people: Sequence[Facts]) -> list[str]:
    """What the gate says about each."""
    answers = [ask(versions, question, facts, no_law) for facts in people]
    return ["" if a.allowed else next((r.code for r in a.reasons if not r.allows), "nothing-released") for a in answers]


def test_a_set_is_judged_as_each_of_its_people_is() -> None:
    """Ten thousand people in tables of forty, facts explicit, null and missing; yes and no both occur often."""
    rng, said, made = Random(SEED), [], policies()
    with table_engine() as engine:
        for _ in range(TABLES):
            versions, question, first = world(rng, made)
            others = [world(rng, made)[2] for _ in range(PEOPLE - 1)]
            age = first.age_seconds
            people = [replace(facts, age_seconds=age, position=0, event=0) for facts in (first, *others)]
            table(engine, people)
            codes = judged(engine, Asked(versions, question, no_law, DEFAULT_LIMITS), age)
            wanted = one_by_one(versions, question, people)
            assert codes == wanted, (question, age if not isnan(age) else "nan")
            said += codes
    assert len(said) == TABLES * PEOPLE
    assert sum(not code for code in said) > 500, "hardly anybody was allowed: little is compared"
    assert len(set(said)) > 40


@pytest.mark.parametrize("spoilt", ["is.", "choice.", "objects."])
def test_a_column_that_were_passed_over_is_noticed(spoilt: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison sees it when a kind of fact is not read any more."""
    from troth.audience import columns  # noqa: PLC0415

    kept = columns.column
    monkeypatch.setattr(columns, "column", lambda name: None if name.startswith(spoilt) else kept(name))
    with pytest.raises(AssertionError):
        test_a_set_is_judged_as_each_of_its_people_is()


@cache
def policies() -> Pool:
    """Policies to choose from: dear to make."""
    return pool(Random(SEED), 60, 4)


def friendly() -> tuple[Asked, Facts]:
    """A question that is a yes for somebody."""
    rng = Random(3)
    made = policies()
    while True:
        versions, question, facts = world(rng, made)
        choice = next(iter(facts.choices or ()), "")
        if choice and ask(versions, question, facts, no_law).allowed and facts.age_seconds == 0:
            return Asked(versions, question, no_law, DEFAULT_LIMITS), replace(facts, position=0)


def test_what_a_table_says_too_old_is_not_known() -> None:
    """And from the future neither."""
    asked, facts = friendly()
    with table_engine() as engine:
        table(engine, [facts])
        assert judged(engine, asked, 0.0) == [""]
        for age in (3600.0, -1.0):
            assert (
                judged(engine, asked, age)[0]
                == one_by_one(asked.versions, asked.question, [replace(facts, age_seconds=age)])[0]
            )


def test_a_value_that_is_no_such_fact_is_a_no() -> None:
    """In its own row alone."""
    asked, facts = friendly()
    with table_engine() as engine:
        table(engine, [facts, facts])
        engine.execute("UPDATE people SET restrictions = '{nonsense' WHERE number = 0")
        assert judged(engine, asked, 0.0) == ["bad-fact", ""]
        engine.execute("UPDATE people SET restrictions = '[]', unknown = 'shoe-size' WHERE number = 0")
        assert judged(engine, asked, 0.0) == ["bad-fact", ""]


def test_too_many_situations_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table with a moment to the second for everybody would take for ever."""
    from troth.audience import sets  # noqa: PLC0415

    asked, facts = friendly()
    monkeypatch.setattr(sets, "SITUATIONS", 1)
    with table_engine() as engine:
        table(engine, [facts, replace(facts, relationships=frozenset())])
        with pytest.raises(InputError, match="different situations"):
            judge(engine, "people", asked, age_seconds=0.0)


def test_counts_add_up() -> None:
    """Allowed and refused are all rows; reasons come the most frequent first."""
    asked, facts = friendly()
    nobody = replace(facts, relationships=frozenset())
    with table_engine() as engine:
        table(engine, [facts, nobody, nobody])
        found = counts(engine, judge(engine, "people", asked, age_seconds=0.0))
    assert (found.allowed, found.refused) == (1, 2)
    assert found.reasons[0][1] == 2


def test_facts_come_back_as_they_were_written() -> None:
    """What a column cannot say is said by no column: moments of objections, which no rule reads."""
    facts = Facts(
        relationships=frozenset({"a"}),
        choices={"c": ChoiceState(yes=True, version=2, at=datetime(2026, 1, 2, tzinfo=UTC), event=0, confirmed=True)},
        objections=(),
        restrictions=(),
        erased=False,
    )
    row: dict[str, Any] = row_of(facts)
    assert row == {
        "is.a": True, "choice.c": True, "choice.c.version": 2, "choice.c.at": datetime(2026, 1, 2, tzinfo=UTC),
        "choice.c.confirmed": True, "restrictions": "[]", "erased": False,
    }  # fmt: skip


def test_a_frame_comes_back_with_its_codes_in_its_order() -> None:
    """Each row with the answer that the gate gives to that person alone, nothing else changed."""
    polars = pytest.importorskip("polars")
    from troth.audience.frames import judge_frame  # noqa: PLC0415

    asked, facts = friendly()
    stranger = replace(facts, relationships=frozenset())
    people = [facts if n % 3 else stranger for n in range(5_000)]
    rows = [row_of(each) for each in people]
    names = sorted({*ALWAYS, *(name for row in rows for name in row)})
    missing = ";".join(f.name for f in fields(Facts) if getattr(facts, f.name) is None)
    kinds = {"BOOLEAN": polars.Boolean, "INTEGER": polars.Int32, "VARCHAR": polars.String}
    columns = {
        name: polars.Series(
            [row.get(name, nothing(name)) for row in rows],
            dtype=kinds.get(kind_of(name), polars.Datetime("us", time_zone="UTC")),
        )
        for name in names
    }
    frame = polars.DataFrame({"number": range(len(people)), UNKNOWN: [missing or None] * len(people), **columns})
    found = judge_frame(frame, asked, age_seconds=0.0)
    assert isinstance(found, polars.DataFrame)
    assert found.drop("troth_code").equals(frame)
    alone = dict(zip((True, False), one_by_one(asked.versions, asked.question, [facts, stranger]), strict=True))
    assert alone[True] == ""
    assert alone[False]
    assert found["troth_code"].to_list() == [alone[n % 3 != 0] for n in range(len(people))]

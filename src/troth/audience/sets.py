"""A whole table put to the gate: find its situations, answer each once, give the answers back to the rows.

DuckDB reads, compares and writes, within the memory it is given; the rules run in Python, once for each situation that
really occurs. Thousands of situations stand for millions of people, because facts are few and people are many.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, NamedTuple

import duckdb

from troth.audience.coding import Coding, coding, quoted
from troth.audience.columns import Column, Row, column, reader
from troth.gate.ask import Cite, Prepared, prepare
from troth.gate.reading import Limits
from troth.model.audience import Counts
from troth.model.policy import Policy
from troth.model.problem import InputError
from troth.model.question import Question

MEMORY = "1GB"
"""What DuckDB may use, unless told otherwise; the rest of 4 GB is for Python and the operating system."""
SITUATIONS = 1_000_000
"""More different situations than this are refused: a table then holds moments to the second, or something else."""
_AT_ONCE = 10_000
_VERDICTS = "troth_verdicts"
CODE = "troth_code"
"""Column in which the first reason stands; empty on a yes."""


Codes = Callable[[Iterator[str]], Iterator[tuple[str, str]]]
"""(value, first reason against or empty) for each of a stream of values."""


class Asked(NamedTuple):
    """A question with everything it takes to answer it, but for the people."""

    versions: tuple[Policy, ...]
    question: Question
    cite: Cite
    limits: Limits


@contextmanager
def table_engine(memory: str = MEMORY) -> Iterator[duckdb.DuckDBPyConnection]:
    """An engine that calls nobody, loads nothing from outside and leaves nothing behind."""
    with duckdb.connect(":memory:") as engine:
        for setting in (
            "SET autoinstall_known_extensions = false",
            "SET autoload_known_extensions = false",
            "SET temp_directory = ''",  # what does not fit is an error: nothing personal goes into a temporary file
            "SET preserve_insertion_order = true",
            "SET TimeZone = 'UTC'",
        ):
            engine.execute(setting)
        engine.execute("SET memory_limit = ?", [memory])
        yield engine


def judge(engine: duckdb.DuckDBPyConnection, source: str, asked: Asked, *, age_seconds: float) -> str:
    """Answer for every row of `source`, a relation that the engine can read.

    Args:
        engine: where the table is.
        source: SQL of a relation, such as `people` or `read_parquet(...)`: never anybody's text.
        asked: the question.
        age_seconds: how old what the table says is. Past the bound of the limits it counts as not known.

    Returns:
        SQL of a relation: all columns of the source, and `troth_code`, the first reason against or empty.

    Raises:
        InputError: `too-many-situations`. A value that is no such fact is a no in its own row (`bad-fact`).
    """
    types = {str(name): str(kind) for name, kind, *_ in engine.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}
    prepared = prepare(asked.versions, asked.question, asked.limits)
    rows = reader(types, prepared.depends, age_seconds=age_seconds)
    coded = coding(rows.columns, types, prepared.steps)
    keys = list(coded.keys())
    _answer_situations(engine, source, coded, lambda values: _code(prepared, asked, rows, values))
    whole = len(coded.numbers)  # these are never null, and by such a one alone the engine joins fastest
    same = " AND ".join(f"v.key{n} {'=' if n < whole else 'IS NOT DISTINCT FROM'} {key}" for n, key in enumerate(keys))
    return f"(SELECT s.*, v.code AS {CODE} FROM {source} s JOIN {_VERDICTS} v ON {same or 'true'})"


def _answer_situations(
    engine: duckdb.DuckDBPyConnection, source: str, coded: Coding, answer: Callable[[Sequence[Any]], str]
) -> None:
    """Make the table of verdicts: one row for each situation."""
    keys = ", ".join(f"{key} AS key{n}" for n, key in enumerate(coded.keys()))
    listed = f"SELECT DISTINCT {keys} FROM {source} s" if keys else "SELECT 0 AS nothing"
    engine.execute(f"CREATE OR REPLACE TABLE troth_situations AS {listed}")
    (number,) = engine.execute("SELECT count(*) FROM troth_situations").fetchall()[0]
    if number > SITUATIONS:
        raise InputError(
            "too-many-situations",
            f"{number} different situations stand in this table; {SITUATIONS} are answered at once",
            "round moments (`choice.ID.at`, `event.ID`) to days, or judge a part of the people at a time",
        )
    wholes = [f"key{n}" for n in range(len(coded.numbers))]
    plain = [_readable(made, f"key{n}") for n, made in enumerate(coded.plain, len(wholes))]
    found = engine.execute(f"SELECT {', '.join(('rowid', *wholes, *plain))} FROM troth_situations").fetchall()
    engine.execute("CREATE OR REPLACE TABLE troth_codes (number BIGINT, code VARCHAR)")
    for start in range(0, len(found), _AT_ONCE):
        part = found[start : start + _AT_ONCE]
        codes = [answer(coded.values(values[1:])) for values in part]
        numbers = [values[0] for values in part]
        engine.execute("INSERT INTO troth_codes SELECT unnest(?::BIGINT[]), unnest(?::VARCHAR[])", [numbers, codes])
    engine.execute(
        f"CREATE OR REPLACE TABLE {_VERDICTS} AS SELECT t.*, c.code FROM troth_situations t "
        "JOIN troth_codes c ON t.rowid = c.number"
    )


def _code(prepared: Prepared, asked: Asked, rows: Row, values: Sequence[Any]) -> str:
    """The first reason against, or an empty text. A value that is no such fact is a no with its own code."""
    try:
        facts = rows.facts(values)
    except (ValueError, KeyError, TypeError, AttributeError):
        return "bad-fact"
    try:
        answer = prepared.answer(asked.question, facts, asked.cite)
    except Exception as error:  # noqa: BLE001 - closed unless opened
        return f"rule-failed:{type(error).__name__}"
    if answer.allowed:
        return ""
    return next((reason.code for reason in answer.reasons if not reason.allows), "nothing-released")


def judge_by_value(engine: duckdb.DuckDBPyConnection, source: str, column_name: str, codes: Codes) -> str:
    """Answer for every row by the value in one column: each value once, however many rows it stands in.

    Args:
        engine: where the table is.
        source: SQL of a relation.
        column_name: the column that finds a person. A row without a value gets `identifier-empty`.
        codes: gives (value, first reason against or empty) for a stream of values.

    Returns:
        SQL of a relation: all columns of the source, and `troth_code`.
    """
    name = quoted(column_name)
    engine.execute(f"CREATE OR REPLACE TABLE {_VERDICTS} (value VARCHAR, code VARCHAR)")
    listed = engine.cursor()
    listed.execute(f"SELECT DISTINCT {name}::VARCHAR FROM {source} WHERE {name} IS NOT NULL")
    answered = codes(_streamed(listed))
    while part := list(islice(answered, _AT_ONCE)):
        values, found = map(list, zip(*part, strict=True))
        engine.execute(f"INSERT INTO {_VERDICTS} SELECT unnest(?::VARCHAR[]), unnest(?::VARCHAR[])", [values, found])
    return (
        f"(SELECT s.*, coalesce(v.code, 'identifier-empty') AS {CODE} FROM {source} s "
        f"LEFT JOIN {_VERDICTS} v ON s.{name}::VARCHAR = v.value)"
    )


def values(engine: duckdb.DuckDBPyConnection, judged: str, column_name: str) -> Iterator[str]:
    """The values of one column in the rows that were allowed, each once."""
    name = quoted(column_name)
    listed = engine.cursor()
    query = f"SELECT DISTINCT {name}::VARCHAR FROM {judged} WHERE {CODE} = '' AND {name} IS NOT NULL"
    listed.execute(query)
    return _streamed(listed)


def _streamed(listed: duckdb.DuckDBPyConnection) -> Iterator[str]:
    while rows := listed.fetchmany(_AT_ONCE):
        yield from (str(value) for (value,) in rows)


def counts(engine: duckdb.DuckDBPyConnection, judged: str) -> Counts:
    """How many may, how many may not, and why."""
    found = engine.execute(f"SELECT {CODE}, count(*) FROM {judged} GROUP BY 1 ORDER BY 2 DESC, 1").fetchall()
    refused = tuple((str(code), int(number)) for code, number in found if code)
    return Counts(
        allowed=sum(int(number) for code, number in found if not code),
        refused=sum(number for _, number in refused),
        reasons=refused,
    )


def without_facts(names: Sequence[str]) -> tuple[str, ...]:
    """The columns of a table that are none of the gate's business: what an allowed row may leave with."""
    return tuple(name for name in names if column(name) is None)


def _readable(made: Column, name: str) -> str:
    """A moment comes as microseconds since 1970: what the engine makes of it in Python needs a package more."""
    return f"epoch_us({name}::TIMESTAMPTZ)" if made.is_moment else name

"""No statement of the daily work walks a whole table: with many rows, every plan the server may keep uses an index."""

import re
from collections.abc import Iterator

import psycopg
import pytest
from tests.ledger.conftest import empty, raw, url

from troth.ledger.sql import statements
from troth.ledger.state import StateSettings

FILL = """
INSERT INTO event (position, uid, kind, at, space, policy, envelope, leaf)
SELECT n, n::text, 'kind.' || n % 50, now(), '', '', jsonb_build_object('case', 'c-' || n / 10), sha256(n::text::bytea)
FROM generate_series(0, 19999) AS n;
INSERT INTO slot SELECT id, 0, 'p-' || id % 5000, 'case', 2026, 'k' || id % 5000, leaf, leaf FROM event;
INSERT INTO person SELECT DISTINCT ON (subject) subject, NULL, NULL, false, event FROM slot;
INSERT INTO link SELECT event, id, 'email', sha256(id::bytea), 'k', 1, true, now() FROM person;
INSERT INTO objection SELECT event, id, '', '', true, now() FROM person;
INSERT INTO restriction SELECT event, id, '{}', '{}', 'g', '', NULL, NULL FROM person;
INSERT INTO choice SELECT id, 'newsletter', true, 1, now(), event FROM person;
INSERT INTO relationship SELECT id, 'member', now(), event FROM person;
INSERT INTO case_file SELECT 'c-' || n, 'erasure', 'p-' || n % 5000,
    CASE WHEN n % 100 = 0 THEN 'open' ELSE 'closed' END, now(), current_date, current_date
FROM generate_series(0, 19999) AS n;
INSERT INTO plan SELECT 'h' || n, 'c-' || n, now(), (SELECT min(id) FROM event) FROM generate_series(0, 19999) AS n;
INSERT INTO part SELECT hash, 'web', 'f', false, 'done' FROM plan;
INSERT INTO effect_count SELECT plan, store, 1, 1, 0 FROM part;
INSERT INTO due (kind, ref, at, state, next_at) SELECT 'k', n::text, now(),
    CASE WHEN n % 200 = 0 THEN 'open' ELSE 'done' END, now() - interval '1 day' FROM generate_series(0, 19999) AS n;
INSERT INTO node SELECT 0, position, leaf FROM event;
INSERT INTO erased_row SELECT leaf, 'k', 'h', current_date FROM event;
INSERT INTO row_was SELECT leaf, leaf, 'k', current_date FROM event;
INSERT INTO suppression SELECT sha256(id::bytea), 'm', 'k', 1, NULL, event FROM person;
ANALYZE;
"""

WALKED = {
    "events": (
        "append_event",
        "append_events",
        "of_case",
        "read_all",
        "read_kinds",
        "read_case",
        "read_subject",
        "get_event",
        "slots_of",
        "empty_slots",
    ),
    "persons": ("links_of_values", "links_of_person", "end_link", "facts", "person_exists", "choose", "learn", "lift"),
    "cases": (
        "get_case",
        "find_cases",
        "cases_of_person",
        "get_plan",
        "plan_body",
        "get_approval",
        "parts",
        "hold_part",
    ),
    "due": ("take_due", "take_due_about", "finish_due", "add_due", "put_back_stalled", "late", "given_up", "undone"),
    "sequencer": ("size", "unplaced", "nodes", "place", "open_gone_keys"),
    "policies": ("erased_rows", "same_rows", "suppressed", "remember_rows", "remember_who"),
    "bundle": ("events_of_case", "events_between", "receipt_of"),
    "requests": ("words_of", "identify_case"),
    "own": ("held", "words", "suppressions"),
}
BIG = (
    *("event", "slot", "person", "link", "objection", "restriction", "choice", "relationship", "case_file", "plan"),
    *("part", "effect_count", "due", "node", "erased_row", "row_was", "suppression"),
)
NAMED = re.compile(r"%\((\w+)\)s")


@pytest.fixture(scope="module")
def filled(database: str, template: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A state with many rows in one transaction that is never committed."""
    empty(database, template)
    with raw(StateSettings(url(database), keys=None)) as connection:  # type: ignore[arg-type]
        connection.execute("SET session_replication_role = replica")
        connection.execute(FILL)  # type: ignore[arg-type]
        connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        yield connection
        connection.rollback()


def plan_of(connection: psycopg.Connection[tuple[object, ...]], statement: str) -> str:
    """The plan that a prepared statement keeps for any values."""
    names = list(dict.fromkeys(NAMED.findall(statement)))
    text = NAMED.sub(lambda found: f"${names.index(found[1]) + 1}", statement)
    connection.execute(f"PREPARE asked AS {text}".encode())
    try:
        nulls = ", ".join(["NULL"] * len(names))
        rows = connection.execute(
            f"EXPLAIN EXECUTE asked({nulls})".encode() if names else b"EXPLAIN EXECUTE asked"
        ).fetchall()
    finally:
        connection.execute("DEALLOCATE asked")
    return "\n".join(str(row[0]) for row in rows)


def walks(plan: str) -> list[str]:
    """The big tables that a plan reads from end to end."""
    return [table for table in BIG if re.search(rf"Seq Scan on {table}\b", plan)]


@pytest.mark.parametrize(("file", "name"), [(file, name) for file, names in WALKED.items() for name in names])
def test_daily_statement_walks_no_big_table(
    filled: psycopg.Connection[tuple[object, ...]], file: str, name: str
) -> None:
    """The generic plan of the statement reads through indexes."""
    assert walks(plan_of(filled, statements(file)[name])) == []


def test_a_walk_would_be_seen(filled: psycopg.Connection[tuple[object, ...]]) -> None:
    """Negative control: an optional filter, written the easy way, walks the table once the plan is generic."""
    easy = "SELECT id FROM case_file WHERE (%(person)s::text IS NULL OR person = %(person)s::text)"
    assert walks(plan_of(filled, easy)) == ["case_file"]

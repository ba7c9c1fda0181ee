"""Statements sent together: what one says of them holds for each, and an error leaves nothing half sent."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.types.json import Jsonb
from tests.ledger.conftest import ADMIN, postgres  # noqa: F401 - a fixture

from troth.postgres import arrays
from troth.postgres.together import together


@pytest.fixture
def connection(postgres: None) -> Iterator[psycopg.Connection[Any]]:  # noqa: F811
    """A connection of its own, as a store opens it."""
    with psycopg.connect(ADMIN, autocommit=True) as made:
        arrays.register(made)
        made.execute("CREATE TEMPORARY TABLE kept (number integer PRIMARY KEY)")
        yield made


def send(connection: psycopg.Connection[Any], *statements: str, read: bool = False) -> None:
    """Send all, then read the last where that is asked."""
    with together(connection) as line:
        answers = [line.execute(each) for each in statements]
        if read:
            answers[-1].fetchall()


def kept(connection: psycopg.Connection[Any]) -> list[int]:
    """What is in the table."""
    return [row[0] for row in connection.execute("SELECT number FROM kept ORDER BY number").fetchall()]


def test_each_answer_is_its_own(connection: psycopg.Connection[Any]) -> None:
    """Read in any order; parameters by name and by place; a statement that gives no rows counts."""
    with together(connection) as line:
        added = [line.execute("INSERT INTO kept VALUES (%s)", [n]) for n in range(3)]
        twice = line.execute("SELECT %(a)s::int, %(b)s::text, %(a)s::int + 1, '100%%'", {"a": 1, "b": "x"})
        gone = line.execute("DELETE FROM kept WHERE number > 0")
        assert twice.fetchone() == (1, "x", 2, "100%")
    assert [answer.count for answer in added] == [1, 1, 1]
    assert gone.count == 2
    assert gone.fetchall() == []
    assert kept(connection) == [0]


def test_an_error_undoes_what_was_sent_with_it_and_the_connection_lives(connection: psycopg.Connection[Any]) -> None:
    """The first error is told, whether somebody reads or not. What its planning swept away is planned anew."""
    for read in (True, False):
        with pytest.raises(psycopg.errors.UniqueViolation):
            send(connection, "INSERT INTO kept VALUES (1), (1)", "INSERT INTO kept VALUES (2)", read=read)
        assert kept(connection) == []
    send(connection, "INSERT INTO kept VALUES (2)")
    assert kept(connection) == [2]


def test_a_transaction_that_failed_is_not_committed(connection: psycopg.Connection[Any]) -> None:
    """COMMIT travels behind the statement that fails: it is swept away with the rest."""
    with pytest.raises(psycopg.errors.DivisionByZero):
        send(connection, "BEGIN", "INSERT INTO kept VALUES (7)", "SELECT 1 / 0", "COMMIT")
    send(connection, "ROLLBACK")
    assert kept(connection) == []


def test_neither_side_waits_for_the_other(connection: psycopg.Connection[Any]) -> None:
    """More than fits any buffer, in both directions, before the first answer is read."""
    large = "x" * 200_000
    with together(connection) as line:
        answers = [line.execute("SELECT %s::text", [large]) for _ in range(100)]
    assert {len(answer.fetchall()[0][0]) for answer in answers} == {len(large)}


def test_who_breaks_off_leaves_no_connection_behind(connection: psycopg.Connection[Any]) -> None:
    """Interrupted in the middle, nobody can tell answers apart any more: it is closed."""

    def broken_off() -> None:
        with together(connection) as line:
            line.execute("SELECT 1")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken_off()
    assert connection.closed


def test_a_connection_that_is_lost_says_so(connection: psycopg.Connection[Any]) -> None:
    """The server ends the session while statements are under way."""
    with pytest.raises(psycopg.OperationalError):
        send(connection, "SELECT pg_terminate_backend(pg_backend_pid())", "SELECT 1", read=True)
    assert connection.closed


TEXT = st.text(st.characters(blacklist_characters="\0", blacklist_categories=("Cs",)))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(texts=st.lists(st.none() | TEXT), raw=st.lists(st.binary()), numbers=st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_lists_arrive_as_they_are(
    connection: psycopg.Connection[Any], texts: list[str | None], raw: list[bytes], numbers: list[int]
) -> None:
    """Whatever text, bytes or numbers are in them."""
    with together(connection) as line:
        found = line.execute("SELECT %s::text[], %s::bytea[], %s::bigint[]", [texts, raw, numbers]).fetchone()
    assert found == (texts, raw, numbers)


def test_lists_of_other_things(connection: psycopg.Connection[Any]) -> None:
    """Truth values, days, moments, documents; what has no place in a list is refused without being quoted."""
    moment = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    with together(connection) as line:
        sql = "SELECT %s::boolean[], %s::date[], %s::timestamptz[], (%s::jsonb[])[1]"
        given = [[True, False], [date(2026, 3, 1)], [moment], [Jsonb({"a": '"\\'})]]
        assert line.execute(sql, given).fetchone() == ([True, False], [date(2026, 3, 1)], [moment], {"a": '"\\'})
    for refused in (["zelda\0canary"], [object()]):
        with pytest.raises(psycopg.DataError) as caught, together(connection) as line:
            line.execute("SELECT %s::text[]", [refused])
        assert "canary" not in str(caught.value)

"""Rows whose period is over, over every engine: exactly these go, and nothing that points at another is broken."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from tests.stores.contract.ferry import MAP, Ground, claim, ident, table

from troth.ports.store import Over, StoreError

UNTIL = date(2019, 12, 31)
VISIT = table("visit", identifiers=[ident("num", "customer-number", proves=True)], retain="traces", clock="seen_at")
STOP = table("stop", claims=[claim("visit", "visit_id")])


@pytest.fixture
def visits(ground: Ground) -> Iterator[Ground]:
    """A table whose date may be missing, and one that hangs under it."""
    moment = {"postgresql": "TIMESTAMPTZ", "mariadb": "DATETIME", "sqlite": "TEXT"}[ground.engine]
    ground.sql(f"CREATE TABLE visit (visit_id BIGINT NOT NULL PRIMARY KEY, num VARCHAR(9), seen_at {moment})")
    ground.sql("CREATE TABLE stop (stop_id BIGINT NOT NULL PRIMARY KEY, visit_id BIGINT)")
    yield ground
    ground.sql("DROP TABLE stop")
    ground.sql("DROP TABLE visit")


def test_only_dated_rows_that_are_over_go_oldest_first(visits: Ground) -> None:
    """Younger ones, those without a date and those that another row points at stay, whoever's they are."""
    visits.sql(
        "INSERT INTO visit VALUES (1, 'C1', '2019-12-31 23:00:00'), (2, 'C2', '2018-01-01 00:00:00'),"
        " (3, 'C1', '2020-01-02 00:00:00'), (4, 'C1', NULL), (5, NULL, '2017-05-05 05:05:05'),"
        " (6, 'C2', '2016-01-01 00:00:00')"
    )
    visits.sql("INSERT INTO stop VALUES (1, 6)")
    store = visits.open(tables={"visit": VISIT, "stop": STOP})
    over = Over("visit", UNTIL)
    assert store.over(over, 10) == [(5,), (2,), (1,)]
    assert store.over(over, 2) == [(5,), (2,)]
    assert store.expire(over, [(5,), (2,), (3,), (4,), (6,)]) == 2
    assert visits.sql("SELECT visit_id FROM visit ORDER BY visit_id") == [(1,), (3,), (4,), (6,)]
    visits.sql("DELETE FROM stop")
    assert store.expire(over, store.over(over, 10)) == 2
    assert visits.sql("SELECT visit_id FROM visit ORDER BY visit_id") == [(3,), (4,)]
    assert store.expire(over, [(1,)]) == 0


def test_what_is_no_date_is_never_over(visits: Ground) -> None:
    """Where a column of text holds something else, the row stays."""
    if visits.engine != "sqlite":
        pytest.skip("the column itself refuses it")
    visits.sql("INSERT INTO visit VALUES (1, 'C1', ''), (2, 'C1', '0'), (3, 'C1', '1999'), (4, 'C1', '1999-02-31')")
    visits.sql("INSERT INTO visit VALUES (5, 'C1', '1999-02-03T04:05')")
    store = visits.open(tables={"visit": VISIT, "stop": STOP})
    assert store.over(Over("visit", UNTIL), 10) == [(5,)]
    assert store.expire(Over("visit", UNTIL), [(1,), (2,), (3,), (4,)]) == 0


def test_a_condition_and_a_shared_row_are_heeded(ground: Ground) -> None:
    """An invoice that nobody paid is under no rule; a booking that somebody is tied to waits for the last of them."""
    ground.plant("customer", (1, "C1", "anna@x.example", None, "Anna", None))
    ground.plant("passenger", ("AA", "1", 1, None, None, "Anna"))
    ground.plant("booking", ("L1", 1, None, None))
    ground.plant("seat", ("L1", "AA", "1", "1A"))
    for number, status in ((1, "paid"), (2, "open"), (3, "cancelled")):
        ground.plant("invoice", (f"I{number}", "L1", 1, status, "2001-01-01"))
    ground.plant("invoice_line", ("I3", 1, "a seat"))
    store = ground.open()
    assert store.over(Over("invoice", UNTIL), 10) == [("I1",)]
    assert store.expire(Over("invoice", UNTIL), [("I1",), ("I2",), ("I3",)]) == 1
    assert ground.sql("SELECT invoice_no FROM invoice ORDER BY 1") == [("I2",), ("I3",)]
    assert ground.count("booking") == 1


def test_what_no_machine_can_tell_is_refused(ground: Ground) -> None:
    """No date, or a reference that cannot be compared: each says why, and nothing goes."""
    ground.plant("customer", (1, "C1", "anna@x.example", None, "Anna", None))
    polymorphic = replace(MAP["booking"], clock="wish")
    store = ground.open(tables={**MAP, "booking": polymorphic})
    for name, word in (("note", "no date"), ("customer", "no date"), ("booking", "cannot compare")):
        with pytest.raises(StoreError, match=word) as refused:
            store.over(Over(name, UNTIL), 10)
        assert refused.value.code == "not-by-machine"
        with pytest.raises(StoreError):
            store.expire(Over(name, UNTIL), [(1,)])
    assert ground.count("customer") == 1

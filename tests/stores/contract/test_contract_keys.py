"""Going through a table by its keys: every key once, in pages, by an index; and nothing that was not asked for."""

import uuid
from pathlib import Path
from typing import Any

import pytest
from tests.stores.contract.ferry import Ground, PostgreSQLGround, claim, ident, table

from troth.model.sight import Key
from troth.ports.store import Store, StoreError
from troth.stores.sql.keys import page

LINES = ("LARK", "MERE", "lark")


def walked(store: Store, name: str, limit: int) -> list[Key]:
    """All keys of a table, a page at a time, until a page is empty."""
    found: list[Key] = []
    after: Key | None = None
    while page := store.keys(name, after, limit):
        found += page
        after = page[-1]
    return found


@pytest.mark.parametrize("limit", [1, 3, 7, 1000])
def test_every_key_comes_once_whatever_the_page(ground: Ground, limit: int) -> None:
    """A composite key whose leading column has few values: pages end in the middle of it and go on."""
    rows = [(line, f"{n:03d}") for line in LINES[:2] for n in range(9)]
    ground.plant("passenger", *((line, no, None, None, None, "x") for line, no in rows))
    store = ground.open()
    assert walked(store, "passenger", limit) == sorted(rows)
    assert walked(store, "seat", limit) == []


def test_numbers_go_in_the_order_of_numbers(ground: Ground) -> None:
    """9 before 10: a page that ends at 9 does not skip 10."""
    ground.plant("note", *((n, None, None, "x") for n in (100, 9, 10, -3, 2**40)))
    assert walked(ground.open(), "note", 2) == [(-3,), (9,), (10,), (100,), (2**40,)]


def test_rows_that_are_alike_are_one_key(ground: Ground) -> None:
    """A declared key that is not unique: the walk neither repeats it for ever nor stops at it."""
    ground.plant("import_row", *([("a", "one", None)] * 5), ("a", "two", None), ("b", "one", None))
    store = ground.open()
    assert set(walked(store, "import_row", 2)) == {("a", "one"), ("a", "two"), ("b", "one")}


def test_a_row_without_a_whole_key_is_passed_over(ground: Ground) -> None:
    """A declared key with an empty column: no page ends there."""
    mapped = table("gift", key=("giver", "taker"), claims=[claim("customer", "giver")])
    customer = table("customer", identifiers=[ident("number", "customer-number", proves=True)])
    ground.plant("gift", (1, None, 5), (2, 4, None), (3, None, None), (4, 7, 8), (5, 7, 9))
    store = ground.open(tables={"gift": mapped, "customer": customer})
    assert walked(store, "gift", 1) == [(7, 8), (7, 9)]


def test_a_table_that_is_not_personal_is_not_walked(ground: Ground) -> None:
    """`setting` is declared to hold nothing about people, `nowhere` is not declared: neither is read."""
    store = ground.open()
    for name in ("setting", "nowhere"):
        with pytest.raises(StoreError, match="not a personal table"):
            store.keys(name, None, 5)


def test_a_name_is_never_a_statement(ground: Ground) -> None:
    """A key with quotes, backslashes and a placeholder in it is a value."""
    odd = ["'; --", "100%s", 'a"b', "b\\s", "é"]
    ground.plant("booking", *((value, None, None, None) for value in odd))
    assert {key[0] for key in walked(ground.open(), "booking", 1)} == set(odd)


def test_keys_of_many_types_are_walked(tmp_path: Path) -> None:
    """uuid, date, numeric, timestamp, boolean, bytes, fixed length: a page goes on after each."""
    pg = PostgreSQLGround(tmp_path)
    try:
        pg.sql("CREATE TABLE owner (id bigint PRIMARY KEY, num text UNIQUE)")
        pg.sql(
            "CREATE TABLE thing (id uuid, day date, price numeric(8, 2), at timestamptz, yes boolean, raw bytea,"
            " code char(5), owner bigint REFERENCES owner, PRIMARY KEY (yes, day, price, at, raw, code, id))"
        )
        same: tuple[Any, ...] = ("2024-01-02", "10.50", "2024-01-02 03:04:05.000006+02")
        rows = [(uuid.uuid4(), *same, yes, raw, "AB", None) for yes in (True, False) for raw in (b"\x00\xff", b"\x01")]
        rows += [(uuid.uuid4(), *same, True, b"\x01", "AB", None)]
        pg.plant("thing", *rows)
        tables = {
            "owner": table("owner", identifiers=[ident("num", "customer-number", proves=True)]),
            "thing": table("thing", claims=[claim("owner", "owner")]),
        }
        assert {key[-1] for key in walked(pg.open(tables=tables), "thing", 1)} == {str(row[0]) for row in rows}
    finally:
        pg.close()
        pg.drop()


def test_a_page_is_read_through_the_index(tmp_path: Path) -> None:
    """Ten thousand rows under one leading value: no page sorts or reads them all."""
    pg = PostgreSQLGround(tmp_path)
    try:
        pg.sql("CREATE TABLE seat (line text, no bigint, num text, PRIMARY KEY (line, no))")
        pg.sql("INSERT INTO seat SELECT 'LARK', n, 'C' || n FROM generate_series(1, 10000) AS n")
        pg.sql("ANALYZE seat")
        store: Any = pg.open(tables={"seat": table("seat", identifiers=[ident("num", "customer-number", proves=True)])})
        asked: list[str] = []
        with store._looking() as ask:

            def explained(statements: Any) -> Any:
                for one in statements:
                    (plan,) = ask([type(one)(f"EXPLAIN {one.sql}", one.params)])
                    asked.append(str(plan.rows))
                return ask(statements)

            found = page(explained, store.statements, store.shape.tables["seat"], ("LARK", 5000), 10)
        assert found == [("LARK", n) for n in range(5001, 5011)]
        assert all("Index" in plan and "Sort" not in plan and "Seq Scan" not in plan for plan in asked)
    finally:
        pg.close()
        pg.drop()

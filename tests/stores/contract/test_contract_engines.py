"""What one engine does and the others do not: types, collations, row numbers, tables without transactions."""

import sqlite3
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.stores.contract.ferry import (
    HERE,
    Ground,
    MariaDBGround,
    PostgreSQLGround,
    SQLiteGround,
    claim,
    email,
    ident,
    keys,
    line,
    number,
    order,
    table,
)

from troth.model.datamap import StoreMap
from troth.model.plan import Assign, Done, Verb
from troth.ports.store import StoreError
from troth.stores import open_store


@pytest.fixture
def pg(tmp_path: Path) -> Iterator[Ground]:
    yield from planted(PostgreSQLGround(tmp_path))


@pytest.fixture
def maria(tmp_path: Path) -> Iterator[Ground]:
    yield from planted(MariaDBGround(tmp_path))


@pytest.fixture
def lite(tmp_path: Path) -> Iterator[Ground]:
    ground = SQLiteGround(tmp_path)
    sqlite3.connect(ground.path).close()
    ground.sql("CREATE TABLE born (n INTEGER)")
    yield from planted(ground)


def planted(ground: Ground) -> Iterator[Ground]:
    yield ground
    ground.close()
    ground.drop()


def test_keys_of_many_types_come_back(pg: Ground) -> None:
    """uuid, date, numeric, timestamp, boolean, enum, bytes, fixed length: each is found again by its key."""
    pg.sql("CREATE TYPE mood AS ENUM ('calm', 'Stormy')")
    one, two = uuid.uuid4(), uuid.uuid4()
    pg.sql("CREATE TABLE owner (id uuid PRIMARY KEY, num text UNIQUE, small smallint)")
    pg.sql(
        "CREATE TABLE thing (owner uuid REFERENCES owner, day date, price numeric(8, 2), at timestamptz, yes boolean,"
        " feels mood, raw bytea, code char(5), note varchar(10),"
        " PRIMARY KEY (owner, day, price, at, yes, feels, raw, code))"
    )
    pg.plant("owner", (one, "C1", 7), (two, "C2", 8))
    row = ("2024-01-02", "10.50", "2024-01-02 03:04:05.000006+02", True, "Stormy", b"\x00\xff", "AB")
    pg.plant("thing", (one, *row, "hers"), (two, *row, "his"))
    tables = {
        t.name: t
        for t in (
            table(
                "owner",
                identifiers=[
                    ident("num", "customer-number", proves=True),
                    ident("small", "short"),
                    ident("id", "uuid"),
                ],
            ),
            table("thing", claims=[claim("owner", "owner")]),
        )
    }
    store = pg.open(tables=tables)
    sight = store.look([number("C1")])
    assert keys(sight, "thing") == [
        (str(one), "2024-01-02", "10.50", "2024-01-02 01:04:05.000006+00:00", "true", "Stormy", "\\x00ff", "AB   ")
    ]
    mask = line(1, sight, "thing", Verb.MASK, assigns=(Assign("note", "gone"),))
    assert store.act(order(sight, mask), [number("C1")]).done is Done.APPLIED
    gone = line(1, sight, "thing", Verb.DELETE)
    assert store.act(order(sight, gone), [number("C1")]).counts[0].changed == 1
    assert pg.sql("SELECT note FROM thing") == [("his",)]
    for kind, odd in (("short", "no number"), ("short", "9" * 40), ("uuid", "no uuid"), ("uuid", str(one)[:-1])):
        assert store.look([replace(number(odd), kind=kind)]).tables == {}
    assert keys(store.look([replace(number("7"), kind="short")]), "owner") == []
    assert [r.key for r in store.look([replace(number(str(one)), kind="uuid")]).tables["owner"].waiting] == [
        (str(one),)
    ]


def test_an_index_on_lower_is_described_and_used(pg: Ground) -> None:
    """`lower(email)` stands in the schema, and the statement that looks for an address is served by it."""
    pg.sql(
        "CREATE TABLE person (id bigint PRIMARY KEY, email varchar(80),"
        " other text CHECK (other LIKE '%_@_%' AND other = lower(other)))"
    )
    pg.sql("CREATE INDEX ON person (lower(email))")
    pg.sql("CREATE INDEX ON person (other)")
    pg.plant("person", *((n, f"P{n}@X.example", f"p{n}@y.example") for n in range(3000)))
    pg.sql("ANALYZE person")
    store: Any = pg.open(tables={"person": table("person", identifiers=[ident("email", "email", proves=True)])})
    assert ("lower(email)",) in store.describe().tables["person"].indexes
    assert keys(store.look([email("p77@x.example")]), "person") == [(77,)]
    for column in ("email", "other"):
        asked = store.statements.named("person", ["id"], column, ["p77@x.example"], email=True)
        with store._looking() as ask:
            (plan,) = ask([replace(asked, sql=f"EXPLAIN {asked.sql}")])
        assert "Index Scan" in str(plan.rows)


def test_a_deferred_ring_is_checked_at_commit(pg: Ground) -> None:
    """Deferrable keys: a ring goes in one transaction; a broken one is the commit's error, and nothing was changed."""
    pg.sql("CREATE TABLE home (id bigint PRIMARY KEY, main bigint NOT NULL)")
    pg.sql("CREATE TABLE guest (id bigint PRIMARY KEY, num text, home bigint NOT NULL REFERENCES home DEFERRABLE)")
    pg.sql("ALTER TABLE home ADD FOREIGN KEY (main) REFERENCES guest DEFERRABLE INITIALLY DEFERRED")
    connection = pg.connect()
    connection.execute("INSERT INTO home VALUES (1, 1)")
    connection.execute("INSERT INTO guest VALUES (1, 'C1', 1)")
    connection.commit()
    connection.close()
    tables = {
        "guest": table("guest", identifiers=[ident("num", "customer-number", proves=True)]),
        "home": table("home", claims=[claim("guest", "main")]),
    }
    store = pg.open(tables=tables)
    sight = store.look([number("C1")])
    assert {key.deferrable for found in store.describe().tables.values() for key in found.foreign_keys} == {True}
    half = order(sight, line(1, sight, "guest", Verb.DELETE))
    with pytest.raises(StoreError) as caught:
        store.act(half, [number("C1")])
    assert caught.value.code == "still-referenced"
    assert pg.count("guest") == 1
    whole = order(sight, line(1, sight, "guest", Verb.DELETE), line(2, sight, "home", Verb.DELETE))
    assert store.act(whole, [number("C1")]).done is Done.APPLIED


def test_roles_are_told_apart_by_probe(pg: Ground) -> None:
    """A look role that may write and an act role that may not are found, each with its statement."""
    name = f"troth_role_{uuid.uuid4().hex[:8]}"
    pg.sql("CREATE TABLE person (id bigint PRIMARY KEY, num text)")
    pg.sql(f"CREATE ROLE {name} LOGIN")
    pg.sql(f"GRANT SELECT ON person TO {name}")
    try:
        look, _ = pg.urls()
        role = look.replace("postgres@", f"{name}@")
        tables = {"person": table("person", identifiers=[ident("num", "customer-number", proves=True)])}
        assert {c for c, _, _ in pg.open(tables=tables, look_url=role).probe()} == set()
        wrong = {c: repair for c, _, repair in pg.open(tables=tables, act_url=role).probe()}
        assert set(wrong) == {"look-can-write", "act-cannot-write"}
        assert '"person"' in wrong["act-cannot-write"]
        pg.plant("person", (1, "C1"))
        store = pg.open(tables=tables, look_url=role, act_url=role)
        sight = store.look([number("C1")])
        with pytest.raises(StoreError) as caught:
            store.act(order(sight, line(1, sight, "person", Verb.DELETE)), [number("C1")])
        assert caught.value.code == "not-allowed"
    finally:
        pg.sql(f"DROP OWNED BY {name}")
        pg.sql(f"DROP ROLE {name}")


def test_tls_is_asked_for_on_another_host(pg: Ground) -> None:
    """No `sslmode` in the URL: `prefer` at home, `require` elsewhere; what the URL says wins."""
    store: Any = pg.open(tables={})
    arguments = store.dialect._arguments
    assert arguments("postgresql://u@127.0.0.1/d")["sslmode"] == "prefer"
    assert arguments("postgresql:///d?host=/run/postgresql")["sslmode"] == "prefer"
    assert arguments("postgresql://u@db.example/d")["sslmode"] == "require"
    assert arguments("postgresql://u@db.example/d?sslmode=verify-full")["sslmode"] == "verify-full"


def test_a_wrong_password_is_told_without_it(pg: Ground) -> None:
    """The server's answer names the user; ours names neither."""
    store: Any = pg.open(tables={})
    error = store.dialect._not_connected(psycopg.OperationalError('password authentication failed for user "s3cret"'))
    assert (error.code, "s3cret" in str(error)) == ("wrong-password", False)


def test_a_table_without_any_key_is_refused_before_anything_runs(pg: Ground) -> None:
    """No primary key and no declared one: said with the place in the data map."""
    pg.sql("CREATE TABLE heap (num text)")
    with pytest.raises(StoreError) as caught:
        pg.open(tables={"heap": table("heap", identifiers=[ident("num", "customer-number")])}).look([number("C1")])
    assert caught.value.code == "no-key"


def test_a_mapped_schema_is_another_schema(pg: Ground) -> None:
    """`schema:` of the data map is looked into, also where a table of the same name stands in `public`."""
    pg.sql("CREATE TABLE person (id bigint PRIMARY KEY, num text)")
    pg.sql("CREATE SCHEMA crm")
    pg.sql('CREATE TABLE crm.person (id bigint PRIMARY KEY, num text, "Odd ""name%s" text)')
    pg.sql("INSERT INTO crm.person VALUES (5, 'C1', 'x')")
    tables = {
        "person": table(
            "person", identifiers=[ident("num", "customer-number", proves=True), ident('Odd "name%s', "odd")]
        )
    }
    store = pg.open(tables=tables, schema="crm")
    sight = store.look([number("C1")])
    assert keys(sight, "person") == [(5,)]
    assert store.act(order(sight, line(1, sight, "person", Verb.DELETE)), [number("C1")]).done is Done.APPLIED


def test_a_table_without_transactions_is_told(maria: Ground) -> None:
    """MyISAM takes part in no transaction: describe says so."""
    maria.sql("CREATE TABLE log (id BIGINT PRIMARY KEY) ENGINE=MyISAM")
    maria.sql("CREATE TABLE safe (id BIGINT PRIMARY KEY) ENGINE=InnoDB")
    tables = maria.open(tables={}).describe().tables
    assert (tables["log"].transactional, tables["safe"].transactional) == (False, True)


def test_a_table_without_transactions_is_last_and_after_the_count(maria: Ground) -> None:
    """What changes other rows than were approved is rolled back before the first row goes that nothing brings back."""
    maria.sql("CREATE TABLE log (id BIGINT PRIMARY KEY, num VARCHAR(20)) ENGINE=MyISAM")
    maria.sql("CREATE TABLE safe (id BIGINT PRIMARY KEY, num VARCHAR(20)) ENGINE=InnoDB")
    named = [ident("num", "customer-number", proves=True)]
    tables = {name: table(name, identifiers=named) for name in ("log", "safe")}
    for name in tables:
        maria.sql(f"INSERT INTO {name} VALUES (1, 'C1'), (2, 'C2')")
    store = maria.open(tables=tables)
    sight = store.look([number("C1")])
    safe, log = line(1, sight, "safe", Verb.DELETE), line(3, sight, "log", Verb.DELETE)
    twice = replace(safe, number=2)
    with pytest.raises(StoreError) as refused:
        store.act(order(sight, safe, twice, log), [number("C1")])
    assert refused.value.code == "count-mismatch"
    assert (maria.count("safe"), maria.count("log")) == (2, 2)
    assert store.act(order(sight, safe, log, plan="plan-2"), [number("C1")]).done is Done.APPLIED
    assert (maria.count("safe"), maria.count("log")) == (1, 1)


@pytest.mark.parametrize(
    ("collation", "found"),
    [
        ("utf8mb4_unicode_ci", [(1,)]),
        ("utf8mb4_bin", [(1,)]),
        ("latin1_swedish_ci", [(1,)]),
        ("utf8mb4_general_ci", [(1,)]),
    ],
)
def test_every_collation_finds_the_address_and_only_it(maria: Ground, collation: str, found: list[Any]) -> None:
    """Case-blind, accent-blind and exact collations give the same answer, and keys of any collation join."""
    charset = collation.split("_", maxsplit=1)[0]
    maria.sql(
        "CREATE TABLE person (id BIGINT PRIMARY KEY, email VARCHAR(60), code VARCHAR(9) UNIQUE)"
        f" CHARACTER SET {charset} COLLATE {collation}"
    )
    maria.sql(
        f"CREATE TABLE paper (id VARCHAR(9) PRIMARY KEY, person VARCHAR(9)) CHARACTER SET {charset} COLLATE {collation}"
    )
    maria.plant("person", (1, "Rene@X.example", "K1"), (2, "rené@x.example", "K2"))
    maria.plant("paper", ("P1", "K1"), ("P2", "K2"))
    tables = {
        "person": table("person", identifiers=[ident("email", "email", proves=True)]),
        "paper": table("paper", claims=[claim("person", "person", to=("code",))]),
    }
    store = maria.open(tables=tables)
    sight = store.look([email("rene@x.example")])
    assert (keys(sight, "person"), keys(sight, "paper")) == (found, [("P1",)])
    assert store.act(order(sight, line(1, sight, "paper", Verb.DELETE)), [email("rene@x.example")]).done is Done.APPLIED
    assert maria.count("paper") == 1


def test_a_row_number_is_a_key_where_there_is_no_other(lite: Ground) -> None:
    """SQLite numbers its rows: a table without any declared key works."""
    lite.sql("CREATE TABLE heap (num TEXT)")
    lite.plant("heap", ("C1",), ("C2",), ("C1",))
    store = lite.open(tables={"heap": table("heap", identifiers=[ident("num", "customer-number", proves=True)])})
    sight = store.look([number("C1")])
    assert keys(sight, "heap") == [(1,), (3,)]
    assert store.act(order(sight, line(1, sight, "heap", Verb.DELETE)), [number("C1")]).done is Done.APPLIED
    assert lite.sql("SELECT num FROM heap") == [("C2",)]


def test_sqlite_says_its_indexes_on_expressions(lite: Ground) -> None:
    """An index on lower() is reported like everywhere; a partial one is not."""
    lite.sql("CREATE TABLE person (id INTEGER PRIMARY KEY, email TEXT COLLATE NOCASE UNIQUE, name VARCHAR(9))")
    lite.sql("CREATE INDEX a ON person (lower(name), email)")
    lite.sql("CREATE INDEX b ON person (name) WHERE id > 5")
    found = lite.open(tables={}).describe().tables["person"]
    assert ("lower(name)", "email") in found.indexes
    assert ("name",) not in found.indexes
    assert found.unique == (("email",),)


def test_a_relative_path_is_resolved_and_no_file_is_made(tmp_path: Path) -> None:
    """The folder is given by who opens; a missing file is an error, never a new empty database."""
    made = StoreMap("site", "sqlite", "sqlite:///data/site.db", "", {}, HERE)
    with pytest.raises(StoreError) as caught:
        open_store(made, environ={}, folder=tmp_path).look([])
    assert caught.value.code == "no-database"
    assert not list(tmp_path.iterdir())
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "site.db").write_bytes(b"not a database, but long enough to be read as one" * 99)
    with pytest.raises(StoreError) as caught:
        open_store(made, environ={}, folder=tmp_path).look([])
    assert caught.value.code == "no-database"

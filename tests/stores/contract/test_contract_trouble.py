"""When things go wrong: wrong URLs, lost connections, locks, changed schemas; and what a store says about itself."""

import os
import threading
import time
import traceback
import uuid
from typing import Any

import pytest
from tests.stores.contract.ferry import (
    MAP,
    Ground,
    claim,
    empty,
    keys,
    leaving,
    line,
    number,
    order,
    table,
)
from tests.stores.contract.test_contract_act import own_family
from tests.stores.contract.test_contract_look import family, two_customers

from troth.model.plan import Assign, Done, Verb
from troth.ports.store import StoreError, Unreachable
from troth.stores import open_store

CANARY = str(uuid.uuid4())
"""A value that no source line repeats, so that a traceback shows it only by leaking it."""


def test_describe_says_what_the_planner_needs(ground: Ground) -> None:
    """Columns, keys, foreign keys, triggers with what they write, indexes."""
    schema = ground.open().describe()
    customer, seat, passenger = (schema.tables[name] for name in ("customer", "seat", "passenger"))
    assert (schema.store, schema.engine) == ("ferry", ground.engine)
    assert customer.primary_key == ("customer_id",)
    assert {("number",), ("email",)} <= set(customer.unique)
    assert (customer.columns["email"].nullable, customer.columns["phone"].nullable) == (False, True)
    assert customer.columns["email"].length == 60
    assert {(t.event, t.writes) for t in customer.triggers} == {
        ("update", ("customer_history",)),
        ("delete", ("customer_history",)),
    }
    assert {(f.columns, f.parent, f.parent_columns, f.on_delete) for f in seat.foreign_keys} == {
        (("locator",), "booking", ("locator",), "no action"),
        (("line", "no"), "passenger", ("line", "no"), "no action"),
    }
    assert {("customer_id",), ("line", "no")} <= set(passenger.indexes)
    assert schema.tables["import_row"].primary_key == ()
    assert {child for child, _ in schema.children_of("booking")} == {"seat", "invoice"}
    assert all(found.transactional for found in schema.tables.values())


CHANGES = (
    "CREATE TABLE stray (id BIGINT PRIMARY KEY)",
    "ALTER TABLE stray ADD COLUMN mood VARCHAR(20)",
    "CREATE INDEX stray_mood ON stray (mood)",
    "ALTER TABLE stray RENAME COLUMN mood TO temper",
    "DROP TABLE stray",
)
"""Ends where it began: tests share the tables."""


def test_an_open_store_sees_every_change_of_its_schema(ground: Ground) -> None:
    """What was described before is not believed after a change; without one it is not read again."""
    store = ground.open()
    seen = [store.describe()]
    assert store.describe() is seen[0]
    for change in CHANGES:
        ground.sql(change)
        assert store.describe() != seen[-1], change
        seen.append(store.describe())
        assert store.describe() is seen[-1]
    assert "temper" in seen[-2].tables["stray"].columns
    assert "stray" not in seen[-1].tables


def test_a_schema_hint_saves_the_reading(ground: Ground) -> None:
    """What was described once serves another store object."""
    family(ground)
    schema = ground.open().describe()
    hinted = open_store(ground.store_map(), schema, environ={})
    ground.opened.append(hinted)
    assert keys(hinted.look([number("C1")]), "customer") == [(1,)]


def test_urls_come_from_the_environment(ground: Ground) -> None:
    """`${NAME}` is filled in; a missing name is said with its name, and no URL is repeated."""
    two_customers(ground)
    look, _ = ground.urls()
    store = open_store(ground.store_map(look_url="${FERRY_URL}"), environ={"FERRY_URL": look})
    ground.opened.append(store)
    assert store.look([number("C1")]).count == 1
    with pytest.raises(StoreError) as caught:
        open_store(ground.store_map(look_url="${FERRY_URL}"), environ={}).look([])
    assert caught.value.code == "missing-variable"
    assert "`FERRY_URL`" in caught.value.message
    assert "FERRY_URL" in caught.value.remedy


def test_an_unknown_engine_is_told_with_the_known_ones(ground: Ground) -> None:
    """The list of engines comes from the folder."""
    with pytest.raises(StoreError) as caught:
        ground.open(engine="oracle")
    assert caught.value.code == "unknown-engine"
    assert ground.engine in caught.value.remedy


@pytest.mark.parametrize("wrong", ["nonsense", "host", "database"])
def test_wrong_urls_have_codes_and_keep_secrets(ground: Ground, wrong: str) -> None:
    """No password, no host, no driver's text in what is shown."""
    look, _ = ground.urls()
    server, _, database = look.rpartition("/")
    url = {
        "nonsense": "::::",
        "host": f"{look.split('://')[0]}://u:s3cret@127.0.0.1:1/{database}",
        "database": f"{server}/no_such_place_s3cret",
    }[wrong]
    if ground.engine == "sqlite" and wrong == "host":
        pytest.skip("a file has no host")
    with pytest.raises(StoreError) as caught:
        ground.open(look_url=url).look([number("C1")])
    codes = {"nonsense": {"bad-url"}, "host": {"unreachable"}, "database": {"no-database"}}[wrong]
    assert caught.value.code in codes
    assert caught.value.remedy
    assert "s3cret" not in "".join(traceback.format_exception(caught.value))


def test_declared_things_that_do_not_exist_are_named(ground: Ground) -> None:
    """A table or column of the map that the database does not have is an error with its place, before any look."""
    for changed, code in (
        ({**MAP, "yacht": table("yacht")}, "unknown-table"),
        ({**MAP, "note": table("note", claims=[claim("customer", "customer_idd")])}, "unknown-column"),
        ({**MAP, "note": table("note", claims=[claim("passenger", "customer_id")])}, "key-length"),
    ):
        with pytest.raises(StoreError) as caught:
            ground.open(tables=changed).look([number("C1")])
        assert caught.value.code == code
        assert "ferry.yaml:1:1" in caught.value.message


def test_a_column_that_vanished_since_is_an_error_without_values(ground: Ground) -> None:
    """The schema changed under a running store: said, and nothing done."""
    ground.sql("CREATE TABLE passing (id BIGINT NOT NULL PRIMARY KEY, customer_id BIGINT, word VARCHAR(9))")
    try:
        ground.plant("customer", (1, CANARY[:20], "anna@x.example", None, "Anna", None))
        changed = {**MAP, "passing": table("passing", claims=[claim("customer", "customer_id")], clock="word")}
        store = ground.open(tables=changed)
        assert store.look([number(CANARY[:20])]).count == 1
        ground.sql("ALTER TABLE passing DROP COLUMN word")
        with pytest.raises(StoreError) as caught:
            store.look([number(CANARY[:20])])
        assert caught.value.code == "schema-changed"
        assert CANARY[:20] not in "".join(traceback.format_exception(caught.value))
    finally:
        ground.sql("DROP TABLE passing")


def test_looking_cannot_write(ground: Ground) -> None:
    """Negative control of the look credential: a write over its connection is refused by the engine."""
    two_customers(ground)
    store: Any = ground.open()
    with pytest.raises(StoreError) as caught, store._guarded(), store._look_lines.line() as connection:
        store.dialect.run(connection, [store.statements.delete("customer", ["customer_id"], [(1,)])])
    assert caught.value.code == "not-allowed"
    assert ground.count("customer") == 2


def test_a_row_locked_by_somebody_else_is_busy_and_nothing_is_done(ground: Ground) -> None:
    """The wait is short, the code says so, and the same order works afterwards."""
    own_family(ground)
    os.environ["TROTH_LOCK_TIMEOUT"] = "1"
    try:
        store = ground.open()
    finally:
        del os.environ["TROTH_LOCK_TIMEOUT"]
    plan = leaving(store.look([number("C1")]))
    before = ground.checksum()
    holder = ground.connect()
    cursor = holder.cursor()
    cursor.execute("BEGIN IMMEDIATE" if ground.engine == "sqlite" else "BEGIN")
    cursor.execute("UPDATE customer SET phone = phone WHERE customer_id = 1")
    with pytest.raises(StoreError) as caught:
        store.act(plan, [number("C1")])
    holder.rollback()
    holder.close()
    assert caught.value.code == "busy"
    assert ground.checksum() == before
    assert store.act(plan, [number("C1")]).done is Done.APPLIED


def test_a_connection_lost_in_the_middle_changes_nothing_and_resuming_works(ground: Ground) -> None:
    """Cut after every single statement of the transaction, one after the other: nothing was done; then it is done."""
    own_family(ground)
    before = ground.checksum()
    cuts = 0
    while True:
        store: Any = ground.open(marks=True)
        plan = leaving(store.look([number("C1")]))
        run, calls = store.dialect.run, [0]

        def cutting(connection: Any, statements: Any, run: Any = run, calls: list[int] = calls, at: int = cuts) -> Any:
            done = run(connection, statements)
            if not statements[0].sql.startswith(("ROLLBACK", "COMMIT")):
                calls[0] += 1
                if calls[0] == at + 1:
                    cut(ground, connection)
            return done

        store.dialect.run = cutting
        try:
            ended = store.act(plan, [number("C1")]).done.value
        except Unreachable as error:
            ended = error.code
        store.close()
        if ended == "applied":
            break
        assert ended == "connection-lost" or (ended == "commit-unknown" and not ground.count("troth_mark"))
        assert ground.checksum() == before, f"cut {cuts} left something behind"
        cuts += 1
    assert cuts > 5
    assert ground.open().look([number("C1")]).tables == {}
    assert ground.count("booking", "locator = 'L1'") == 1


def cut(ground: Ground, connection: Any) -> None:
    """Take the connection away as a network or an administrator would."""
    if ground.engine == "postgresql":
        ground.sql(f"SELECT pg_terminate_backend({connection.info.backend_pid})")
    elif ground.engine == "mariadb":
        ground.sql(f"KILL {connection.thread_id()}")
        time.sleep(0.02)
    else:
        connection.close()


def test_connections_that_died_while_idle_are_replaced(ground: Ground) -> None:
    """The server went and came back between two calls: nobody notices."""
    own_family(ground)
    store: Any = ground.open()
    plan = leaving(store.look([number("C1")]))
    assert store.act(plan, [number("C2")]).done is Done.STALE  # opens an act connection and leaves it idle
    for lines in (store._look_lines, store._act_lines):
        for connection in lines._idle:
            cut(ground, connection)
    assert store.look([number("C1")]).count == 6
    assert store.act(plan, [number("C1")]).done is Done.APPLIED


def test_whatever_asks_first_on_a_connection_that_died_while_idle_asks_again(ground: Ground) -> None:
    """A copy and a page of keys may come before any look."""
    own_family(ground)
    store: Any = ground.open()
    sight = store.look([number("C1")])
    read = line(1, sight, "customer", Verb.READ, columns=("name",))
    for asks in (lambda: list(store.read([read])), lambda: store.keys("passenger", None, 9)):
        for connection in store._look_lines._idle:
            cut(ground, connection)
        assert asks()
    assert [found.values["name"].reveal() for found in store.read([read])] == ["Anna"]


def test_a_commit_whose_answer_is_lost_is_resumed_by_the_mark(ground: Ground) -> None:
    """The commit happened, the answer did not arrive: nothing is called done, and the next act says `already`."""
    own_family(ground)
    store: Any = ground.open(marks=True)
    plan = leaving(store.look([number("C1")]))
    run = store.dialect.run

    def losing(connection: Any, statements: Any) -> Any:
        done = run(connection, statements)
        if statements[0].sql == "COMMIT":
            cut(ground, connection)
            run(connection, statements)
        return done

    store.dialect.run = losing
    with pytest.raises(Unreachable) as caught:
        store.act(plan, [number("C1")])
    assert caught.value.code == "commit-unknown"
    store.dialect.run = run
    after = ground.checksum()
    assert store.act(plan, [number("C1")]).done is Done.ALREADY
    assert ground.checksum() == after


def test_the_same_order_twice_at_once_is_done_once(ground: Ground) -> None:
    """Two workers, one order: one applies, the other is told that it was done."""
    own_family(ground)
    store = ground.open(marks=True)
    plan = leaving(store.look([number("C1")]))
    done: list[Done] = []
    workers = [threading.Thread(target=lambda: done.append(store.act(plan, [number("C1")]).done)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(done) == [Done.ALREADY, Done.APPLIED]


def test_a_row_that_changed_hands_in_between_is_a_count_mismatch(ground: Ground) -> None:
    """A trigger that quietly keeps a row is found by the count, and everything is rolled back."""
    two_customers(ground)
    ground.plant("note", (1, 1, None, "a"), (2, 1, None, "b"))
    keeper = {
        "postgresql": [
            "CREATE FUNCTION keep_note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
            (
                "CREATE TRIGGER keeper BEFORE DELETE ON note FOR EACH ROW WHEN (OLD.note_id = 2)"
                " EXECUTE FUNCTION keep_note()"
            ),
        ],
        "sqlite": [
            "CREATE TRIGGER keeper BEFORE DELETE ON note WHEN OLD.note_id = 2 BEGIN SELECT RAISE(IGNORE); END",
        ],
    }.get(ground.engine)
    if keeper is None:
        pytest.skip("no trigger of this engine can keep a row silently")
    for statement in keeper:
        ground.sql(statement)
    try:
        store = ground.open()
        sight = store.look([number("C1")])
        with pytest.raises(StoreError) as caught:
            store.act(order(sight, line(1, sight, "note", Verb.DELETE)), [number("C1")])
        assert caught.value.code == "count-mismatch"
        assert ground.count("note") == 2
    finally:
        ground.sql("DROP TRIGGER keeper ON note" if ground.engine == "postgresql" else "DROP TRIGGER keeper")


def test_probe_is_silent_when_all_is_well_and_speaks_otherwise(ground: Ground) -> None:
    """A missing mark table comes with the statement that makes it, and that statement works."""
    store = ground.open(marks=True)
    quiet = {code for code, _, _ in store.probe()} - {"look-can-write"}  # tests look as an administrator
    assert quiet == set()
    ground.sql("DROP TABLE troth_mark")
    code, _, repair = next(found for found in ground.open(marks=True).probe() if found[0] == "no-mark-table")
    assert code == "no-mark-table"
    ground.sql(repair)
    assert not [found for found in ground.open(marks=True).probe() if found[0] == "no-mark-table"]
    (unreachable,) = {code for code, _, _ in ground.open(look_url="::::", act_url="").probe()}
    assert unreachable == "bad-url"


def test_a_mask_into_a_column_that_refuses_it(ground: Ground) -> None:
    """A value that stands there already: said by code and place, without the value."""
    two_customers(ground)
    store = ground.open()
    who = [number("C1"), number("C2")]
    sight = store.look(who)
    same = (*empty("phone"), Assign("email", CANARY))
    with pytest.raises(StoreError) as caught:
        store.act(order(sight, line(1, sight, "customer", Verb.MASK, assigns=same)), who)
    assert caught.value.code == "not-unique"
    assert CANARY not in "".join(traceback.format_exception(caught.value))

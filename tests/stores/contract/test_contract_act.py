"""Acting, over every engine: plant, see, act, see nothing, and the neighbour's rows are what they were."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from tests.stores.contract.ferry import (
    HERE,
    MAP,
    WHY,
    Ground,
    by,
    email,
    empty,
    keys,
    leaving,
    line,
    number,
    order,
    row,
    table,
)
from tests.stores.contract.test_contract_look import family, two_customers

from troth.model.datamap import ColumnMap
from troth.model.plan import Assign, Count, Done, Effect, Verb
from troth.ports.store import StoreError

BERT = {
    "customer": "customer_id <> 1",
    "customer_history": "customer_id <> 1",
    "passenger": "NOT (line = 'AA' AND no = '1')",
    "seat": "NOT (line = 'AA' AND no = '1')",
    "leg": "NOT (line = 'AA' AND no = '1')",
    "booking": "locator <> 'L1'",
    "note": "note_id <> 3",
}
"""Everything in `family` that is not Anna's."""


def own_family(ground: Ground) -> None:
    family(ground)
    ground.sql("UPDATE customer SET referred_by = NULL")
    ground.sql("DELETE FROM customer_history")


def test_she_leaves_and_the_shared_booking_stays_for_the_other(ground: Ground) -> None:
    """Own rows go, her values on the booking go, the booking and every row of Bert stay as they were."""
    own_family(ground)
    ground.plant("note", (3, 1, None, "about Anna"))
    before = ground.checksum(BERT)
    store = ground.open()
    sight = store.look([number("C1")])
    assert sight.count == 7
    outcome = store.act(leaving(sight), [number("C1")])
    assert outcome.done is Done.APPLIED
    assert store.look([number("C1")]).tables == {}
    assert ground.checksum(BERT) == before
    assert ground.sql("SELECT locator, booked_by, contact_email, wish FROM booking WHERE locator = 'L1'") == [
        ("L1", None, None, "window")
    ]
    assert ground.count("customer_history", "customer_id = 1") == 0


def test_a_history_written_by_a_trigger_goes_too(ground: Ground) -> None:
    """What the trigger writes while she is erased is swept by owner, and other people's history stays."""
    own_family(ground)
    ground.sql("UPDATE customer SET name = 'Anna B' WHERE customer_id = 1")
    ground.sql("UPDATE customer SET name = 'Bert B' WHERE customer_id = 2")
    store = ground.open()
    sight = store.look([number("C1")])
    assert len(keys(sight, "customer_history")) == 1
    outcome = store.act(leaving(sight), [number("C1")])
    assert outcome.counts[-1].changed == 2
    assert ground.sql("SELECT customer_id FROM customer_history") == [(2,)]


@pytest.mark.parametrize("first", ["C1", "C2"])
def test_two_leavers_in_either_order_leave_no_orphan(ground: Ground, first: str) -> None:
    """Both plans are made while both are there; the second finds itself the last and takes the booking along."""
    own_family(ground)
    second = {"C1": "C2", "C2": "C1"}[first]
    store = ground.open()
    plans = {who: leaving(store.look([number(who)]), plan=who) for who in (first, second)}
    assert store.act(plans[first], [number(first)]).done is Done.APPLIED
    assert ground.count("booking", "locator = 'L1'") == 1
    last = store.act(plans[second], [number(second)])
    assert last.done is Done.APPLIED
    assert ground.count("booking", "locator = 'L1'") == 0
    assert ground.count("seat", "locator = 'L1'") == 0
    assert ground.count("seat", "locator = 'L9'") == 2


def test_two_leavers_at_the_same_moment(ground: Ground) -> None:
    """They queue at the booking: one sees the other there, the other sees itself alone."""
    own_family(ground)
    store = ground.open()
    plans = {who: leaving(store.look([number(who)]), plan=who) for who in ("C1", "C2")}
    gate = threading.Barrier(2)

    def leave(who: str) -> Done:
        gate.wait()
        return store.act(plans[who], [number(who)]).done

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(leave, plans)) == [Done.APPLIED, Done.APPLIED]
    assert ground.count("booking", "locator = 'L1'") == 0
    assert ground.count("seat", "locator = 'L9'") == 2


def test_two_hundred_neighbours_of_one_bus(ground: Ground) -> None:
    """Everybody on one booking erases themselves at once: no stale refusal, no orphan, nothing left."""
    many = range(1, 201)
    ground.plant("customer", *((n, f"C{n}", f"p{n}@x.example", None, f"P{n}", None) for n in many))
    ground.plant("passenger", *(("AA", str(n), n, None, None, f"P{n}") for n in many))
    ground.plant("booking", ("BUS", 1, "p1@x.example", None), ("OTHER", None, None, None))
    ground.plant("seat", *(("BUS", "AA", str(n), str(n)) for n in many))
    ground.plant("note", (1, None, "BUS", "about all"), (2, None, "OTHER", "about none"))
    store = ground.open()
    plans = {n: leaving(store.look([number(f"C{n}")]), plan=f"plan-{n}") for n in many}
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda n: store.act(plans[n], [number(f"C{n}")]).done, many))
    assert set(done) == {Done.APPLIED}
    for name in ("customer", "passenger", "seat", "customer_history"):
        assert ground.count(name) == 0
    assert ground.sql("SELECT locator FROM booking") == [("OTHER",)]
    assert ground.sql("SELECT note_id FROM note") == [(2,)]


def test_a_neighbours_change_is_not_stale_and_an_own_change_is(ground: Ground) -> None:
    """After Bert leaves the booking the plan still holds; after a new row of her own nothing is touched."""
    own_family(ground)
    store = ground.open()
    plan = leaving(store.look([number("C1")]))
    ground.sql("DELETE FROM leg WHERE line = 'BB'")
    ground.sql("DELETE FROM seat WHERE line = 'BB'")
    ground.plant("note", (9, 1, None, "written since"))
    before = ground.checksum()
    assert store.act(plan, [number("C1")]).done is Done.STALE
    assert ground.checksum() == before
    ground.sql("DELETE FROM note WHERE note_id = 9")
    assert store.act(plan, [number("C1")]).done is Done.APPLIED
    assert ground.count("booking", "locator = 'L1'") == 0


@pytest.mark.parametrize("marks", [True, False])
def test_acting_again_changes_nothing(ground: Ground, marks: bool) -> None:
    """The same order twice: the mark, or a look, says that it was done."""
    own_family(ground)
    store = ground.open(marks=marks)
    plan = leaving(store.look([number("C1")]))
    first = store.act(plan, [number("C1")])
    after = ground.checksum()
    again = store.act(plan, [number("C1")])
    assert (first.done, again.done) == (Done.APPLIED, Done.ALREADY)
    assert ground.checksum() == after
    assert ground.count("troth_mark") == int(marks)
    if marks:
        assert again.counts == first.counts


def test_masks_are_unique_repeatable_and_fit(ground: Ground) -> None:
    """NOT NULL and UNIQUE columns take a token for each row; NULL goes where it may; a number column takes a number."""
    two_customers(ground)
    ground.sql("UPDATE customer SET referred_by = NULL")
    store = ground.open()
    who = [number("C1"), number("C2")]
    sight = store.look(who)
    masks = (
        Assign("email", "gone-{token}@erased.invalid"),
        Assign("name", "erased-{token}"),
        Assign("phone", None),
        Assign("referred_by", "2"),
    )
    plan = order(sight, line(1, sight, "customer", Verb.MASK, assigns=masks))
    assert store.act(plan, who).counts == (Count(1, 2),)
    masked = ground.sql("SELECT email, name, phone, referred_by FROM customer ORDER BY customer_id")
    assert len({found[0] for found in masked}) == len({found[1] for found in masked}) == 2
    assert all(found[0].endswith("@erased.invalid") and found[2:] == (None, 2) for found in masked)
    again = store.look(who)
    plan_again = order(again, line(1, again, "customer", Verb.MASK, assigns=masks))
    assert store.act(plan_again, who).done is Done.APPLIED
    assert ground.sql("SELECT email, name, phone, referred_by FROM customer ORDER BY customer_id") == masked


def test_a_mask_that_does_not_fit_changes_nothing(ground: Ground) -> None:
    """Twenty characters hold no mask of thirty: said before a row is touched."""
    two_customers(ground)
    store = ground.open()
    sight = store.look([number("C1")])
    before = ground.checksum()
    long = (Assign("phone", "this-mask-is-too-long-{token}"),)
    with pytest.raises(StoreError) as caught:
        store.act(order(sight, line(1, sight, "customer", Verb.MASK, assigns=long)), [number("C1")])
    assert caught.value.code == "mask-too-long"
    assert ground.checksum() == before


def test_a_refused_statement_rolls_everything_back(ground: Ground) -> None:
    """NULL into NOT NULL in the second line: the first line's deletion did not happen, and no value is in the error."""
    two_customers(ground)
    ground.plant("note", (1, 1, None, "about Anna"))
    store = ground.open()
    sight = store.look([number("C1")])
    before = ground.checksum()
    plan = order(
        sight,
        line(1, sight, "note", Verb.DELETE),
        line(2, sight, "customer", Verb.MASK, assigns=empty("name")),
    )
    with pytest.raises(StoreError) as caught:
        store.act(plan, [number("C1")])
    assert caught.value.code == "not-null"
    assert "Anna" not in f"{caught.value!r} {caught.value} {caught.value.remedy}"
    assert ground.checksum() == before


def test_a_row_that_is_still_pointed_at_is_not_left_an_orphan(ground: Ground) -> None:
    """Bert's row points at hers: the engine refuses, everything is as it was."""
    two_customers(ground)
    store = ground.open()
    sight = store.look([number("C1")])
    before = ground.checksum()
    with pytest.raises(StoreError) as caught:
        store.act(order(sight, line(1, sight, "customer", Verb.DELETE)), [number("C1")])
    assert caught.value.code == "still-referenced"
    assert ground.checksum() == before


def test_an_order_for_a_row_that_is_not_theirs_is_refused(ground: Ground) -> None:
    """An order names exactly rows that were seen; one key more is refused, whoever wrote it."""
    two_customers(ground)
    store = ground.open()
    sight = store.look([number("C1")])
    before = ground.checksum()
    with pytest.raises(StoreError) as caught:
        store.act(order(sight, line(1, sight, "customer", Verb.DELETE, [(2,)])), [number("C1")])
    assert caught.value.code == "row-not-seen"
    assert ground.checksum() == before


def test_rows_exactly_alike_go_together(ground: Ground) -> None:
    """A declared key of a table without a primary key takes both copies, and nobody else's row."""
    ground.plant("import_row", ("f", "a", "anna@x.example"), ("f", "a", "anna@x.example"), ("f", "b", "bert@x.example"))
    store = ground.open()
    who = [email("anna@x.example")]
    sight = store.look(who)
    assert store.act(order(sight, line(1, sight, "import_row", Verb.DELETE)), who).counts == (Count(1, 2),)
    assert ground.sql("SELECT raw FROM import_row") == [("b",)]


def test_a_key_that_names_a_strangers_row_too_is_refused_before_anything_runs(ground: Ground) -> None:
    """The declared key is not unique over two people: nobody looks, nobody acts."""
    ground.plant("import_row", ("f", "a", "anna@x.example"), ("f", "a", "bert@x.example"))
    with pytest.raises(StoreError) as caught:
        ground.open().look([email("anna@x.example")])
    assert caught.value.code == "key-not-unique"


def test_a_ring_of_rows_goes_after_its_pointer_is_cut(ground: Ground) -> None:
    """Detach first, then delete: a row that refers to itself and a ring of two."""
    two_customers(ground)
    ground.sql("UPDATE customer SET referred_by = 2 WHERE customer_id = 1")
    ground.sql("DELETE FROM customer_history")
    store = ground.open()
    who = [number("C1"), number("C2")]
    sight = store.look(who)
    plan = order(
        sight,
        line(1, sight, "customer", Verb.DETACH, assigns=empty("referred_by")),
        line(2, sight, "customer", Verb.DELETE),
    )
    assert store.act(plan, who).counts == (Count(1, 2), Count(2, 2))
    assert ground.count("customer") == 0


def test_a_hint_that_waits_is_never_touched(ground: Ground) -> None:
    """A parent erases herself; the child's row with her address stays byte for byte."""
    own_family(ground)
    ground.plant("passenger", ("CC", "7", None, "anna@x.example", None, "Child"))
    who = [number("C1"), email("anna@x.example")]
    store = ground.open()
    sight = store.look(who)
    assert store.act(leaving(sight), who).done is Done.APPLIED
    assert ground.sql("SELECT name, email FROM passenger WHERE line = 'CC'") == [("Child", "anna@x.example")]


def test_values_are_read_for_the_rows_and_columns_named(ground: Ground) -> None:
    """Reading gives what was asked for, wrapped, and nothing of a neighbour."""
    family(ground)
    store = ground.open()
    sight = store.look([number("C1")])
    reads = [
        line(1, sight, "passenger", Verb.READ, columns=("name", "email")),
        line(2, sight, "customer", Verb.READ, columns=("number",)),
    ]
    found = list(store.read(reads))
    assert [(r.table, r.key) for r in found] == [("passenger", ("AA", "1")), ("customer", (1,))]
    assert {c: v.reveal() for c, v in found[0].values.items()} == {"name": "Anna", "email": "anna@x.example"}
    assert "Anna" not in repr(found)


def test_a_mask_of_shared_lines_waits_for_the_last(ground: Ground) -> None:
    """Where others remain only `otherwise` is written; the line itself waits until nobody else is left."""
    own_family(ground)
    store = ground.open()
    sight = store.look([number("C1")])
    effect = line(
        1, sight, "booking", Verb.MASK, assigns=empty("wish"), shared="booking", otherwise=empty("contact_email")
    )
    assert store.act(order(sight, effect), [number("C1")]).counts == (Count(1, 0, 1),)
    assert ground.sql("SELECT wish, contact_email FROM booking WHERE locator = 'L1'") == [("window", None)]
    assert row(sight, "booking", "L1").others == 1


def test_many_rows_go_in_batches(ground: Ground) -> None:
    """2,005 rows of one person: read, seen and deleted, the neighbour's row is left."""
    two_customers(ground)
    ground.plant("note", *((n, 1, None, "hers") for n in range(2005)), (9000, 2, None, "his"))
    store = ground.open()
    sight = store.look([number("C1")])
    assert len(keys(sight, "note")) == 2005
    plan = order(sight, line(1, sight, "note", Verb.DELETE))
    assert store.act(plan, [number("C1")]).counts == (Count(1, 2005),)
    assert ground.sql("SELECT note_id FROM note") == [(9000,)]


def test_without_an_act_credential_nothing_acts(ground: Ground) -> None:
    """A store opened for looking refuses to act, with the remedy."""
    two_customers(ground)
    store = ground.open(act_url="")
    sight = store.look([number("C1")])
    with pytest.raises(StoreError) as caught:
        store.act(order(sight), [number("C1")])
    assert caught.value.code == "no-act-credential"


def test_lines_that_change_nothing_are_counted_as_none(ground: Ground) -> None:
    """`retain` and `tell` are other people's work; the store changes nothing for them."""
    two_customers(ground)
    store = ground.open()
    sight = store.look([number("C1")])
    before = ground.checksum()
    effects: list[Effect] = [line(1, sight, "customer", Verb.RETAIN)]
    assert store.act(order(sight, *effects), [number("C1"), by("phone", "0")]).counts == (Count(1, 0),)
    assert ground.checksum() == before


def test_the_database_says_beforehand_what_it_would_refuse(ground: Ground) -> None:
    """A CHECK is asked about the very rows, with what would be written; nothing is changed."""
    ground.sql("CREATE TABLE berth (id BIGINT NOT NULL PRIMARY KEY, grade VARCHAR(20) CHECK (grade LIKE 'gr%'))")
    try:
        ground.plant("berth", (1, "green"), (2, "grey"))
        store = ground.open(tables={"berth": table("berth")})
        masks = [
            Effect(n, "ferry", "berth", Verb.MASK, ((1,), (2,)), ("id",), (), WHY, assigns=(Assign("grade", value),))
            for n, value in enumerate(("gr-{token}", "blue", None), start=1)
        ]
        assert [number for number, _ in store.refused(masks)] == [2]
        assert sorted(ground.sql("SELECT id, grade FROM berth")) == [(1, "green"), (2, "grey")]
    finally:
        ground.sql("DROP TABLE berth")


@pytest.mark.parametrize("whole", [True, False])
def test_everything_that_enters_is_locked_before_the_look_that_counts(ground: Ground, whole: bool) -> None:
    """An order that names all rows is looked at once. One that names a few locks the rest as well."""
    own_family(ground)
    store: Any = ground.open()
    if not store.dialect.lock:
        pytest.skip("one writer at a time: the transaction itself is the lock")
    sight = store.look([number("C1")])
    given = leaving(sight) if whole else order(sight, line(1, sight, "leg", Verb.DELETE))
    run, sent = store.dialect.run, []

    def listening(connection: Any, statements: Any) -> Any:
        sent.extend(statement.sql for statement in statements)
        return run(connection, statements)

    store.dialect.run = listening
    assert store.act(given, [number("C1")]).done is Done.APPLIED
    last = max(n for n, sql in enumerate(sent) if sql == "ROLLBACK") if "ROLLBACK" in sent else 0
    assert (last == 0) is whole, "only an order that does not name everything is begun again"
    locks = [n for n, sql in enumerate(sent) if sql.endswith(store.dialect.lock) and n >= last]
    locked = [name for n in locks for name in sight.tables if f"{store.dialect.table(name)} AS t" in sent[n]]
    assert locked == ["booking", *sorted(set(sight.tables) - {"booking"})]
    counts = [n for n, sql in enumerate(sent) if "count(*)" in sql and f"{store.dialect.table('seat')} AS t" in sql]
    assert max(locks) < max(counts), "who else is there is counted under the locks"


def test_a_no_that_was_not_heard_stops_the_act(ground: Ground) -> None:
    """Written after it was asked: nothing goes before it is kept; what was heard, or is no no, goes."""
    body = ColumnMap("body", HERE, "objection", objects=True)
    tables = {**MAP, "note": replace(MAP["note"], columns={"body": body})}
    two_customers(ground)
    ground.sql("UPDATE customer SET referred_by = NULL")
    ground.plant("note", (1, 1, None, None), (2, 2, None, "no letters"))
    store = ground.open(tables=tables)
    plan = leaving(store.look([number("C1")]))
    ground.sql("UPDATE note SET body = 'no letters' WHERE note_id = 1")
    before = ground.checksum()
    with pytest.raises(StoreError) as refused:
        store.act(plan, [number("C1")])
    assert refused.value.code == "objection-unheard"
    assert ground.checksum() == before
    assert store.act(replace(plan, heard=True), [number("C1")]).done is Done.APPLIED
    assert ground.sql("SELECT note_id FROM note") == [(2,)]
    ground.sql("UPDATE note SET body = 'no' WHERE note_id = 2")
    assert store.act(leaving(store.look([number("C2")]), plan="plan-2"), [number("C2")]).done is Done.APPLIED
    assert ground.count("note") == 0

"""After the deed: the third look, the receipt, and the day on which what was kept is destroyed."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from tests.plan.factory import AT, CASE, World, cite, printed, world

from troth.model.plan import Count, Done, Outcome, Plan
from troth.model.policy import Retention
from troth.model.problem import Place
from troth.model.receipt import Receipt
from troth.plan import access, due, erasure, fold_receipt, left_over, orders, plan_hash, retention_plan
from troth.plan.periods import last_day
from troth.show import plan as plan_words
from troth.show import receipt as receipt_words
from troth.show.blocks import Lines, Tone
from troth.show.terminal import plain

FACTS: dict[str, Any] = {
    "leaves": {"backups": 30, "log": 7},
    "retentions": {"tax": {"years": 8, "starts": "end-of-year", "law": "AO 147"}},
    "recipients": {"mailer": {"gets": "email", "tell": "work-order"}},
    "tables": {
        "customer": {
            "key": "id",
            "identifiers": {"email!": "email"},
            "columns": {"name": "name"},
            "recipients": "mailer",
            "rows": [1],
        },
        "booking": {
            "key": "locator",
            "identifiers": {"contact": "email"},
            "rows": [{"key": "B1", "root": "B1"}, {"key": "B2", "root": "B2", "others": 1, "matched": "contact"}],
        },
        "invoice": {
            "key": "nr",
            "columns": {"payer": "name"},
            "owners": [{"parent": "booking", "columns": "locator"}],
            "keys": ["locator -> booking(locator)"],
            "real": {"locator": "text not null"},
            "retain": "tax",
            "clock": "paid_on",
            "rows": [{"key": "I1", "root": "B1", "of": "booking", "clock": date(2025, 5, 4), "retained": True}],
        },
        "passenger": {"key": "id", "columns": {"name": "name"}, "rows": [{"key": 7, "reach": "hint", "by": "email"}]},
    },
}


@pytest.fixture
def seen() -> World:
    return world(FACTS)


@pytest.fixture
def plan(seen: World) -> Plan:
    return erasure(seen.policy, CASE, "person-1", seen.sights, seen.schemas, AT, cite)


def third(**rows: list[Any]) -> World:
    """A later look: only these rows."""
    tables = {name: {**said, "rows": rows.get(name, [])} for name, said in FACTS["tables"].items()}
    return world({**FACTS, "tables": tables})


def left(plan: Plan, **rows: list[Any]) -> list[str]:
    return [f"{table} {key[0]}" for table, key in left_over(plan, third(**rows).sights["bookings"])]


# --- The third look ---------------------------------------------------------------------------------------------------

KEPT: list[Any] = [{"key": "I1", "root": "B1", "of": "booking"}]


def test_before_anything_was_done_everything_is_left(plan: Plan, seen: World) -> None:
    """Control: looked at too early, deleted and emptied rows are found, kept ones and waiting ones are not."""
    assert [t for t, _ in left_over(plan, seen.sights["bookings"])] == ["customer", "booking"]


def test_what_the_plan_kept_is_not_left_over(plan: Plan) -> None:
    """A retained row, its shell, and a row that others share without this person's values on it."""
    shared = {"key": "B2", "root": "B2", "others": 1}
    assert left(plan, invoice=KEPT, booking=[{"key": "B1", "root": "B1"}, shared]) == []


def test_a_shared_row_nobody_shares_any_more_is_left_over(plan: Plan) -> None:
    """It should have been deleted."""
    assert left(plan, booking=[{"key": "B2", "root": "B2", "others": 0}]) == ["booking B2"]


def test_a_value_that_should_be_masked_is_left_over(plan: Plan) -> None:
    """The row may stay, the address on it may not."""
    assert left(plan, booking=[{"key": "B2", "root": "B2", "others": 1, "matched": "contact"}]) == ["booking B2"]


def test_a_row_that_appeared_since_is_left_over(plan: Plan) -> None:
    """Nobody may call a case done while new rows of the person stand there; a hint alone is not theirs."""
    assert left(plan, customer=[2]) == ["customer 2"]
    assert left(plan, passenger=[{"key": 7, "reach": "hint", "by": "email"}]) == []


# --- The receipt ------------------------------------------------------------------------------------------------------


def test_the_receipt_says_what_happened_and_what_is_left(plan: Plan, seen: World) -> None:
    """Counts come from the store, dates from what the engine leaves behind, and the kept row from the plan."""
    counts = tuple(Count(e.number, len(e.rows)) for e in plan.effects if e.verb in {"delete", "mask"})
    outcomes = {"bookings": Outcome(Done.APPLIED, counts)}
    look = third(invoice=KEPT, customer=[1]).sights
    done = fold_receipt(seen.policy, CASE, plan, plan_hash(plan), None, outcomes, look, ("mailer: asked",), AT, (4, 9))
    assert done.told == ("mailer: asked",)
    assert (done.waiting, done.events, done.organisation) == (1, (4, 9), "Example")
    assert {(line.table, line.verb, line.planned, line.changed) for line in done.lines} >= {
        ("customer", "delete", 1, 1),
        ("invoice", "retain", 1, 0),
    }
    assert [line.exception_law for line in done.lines if line.verb == "retain"] == [
        "AO 147; law of statutory-retention"
    ]
    store = done.stores[0]
    assert (store.done, store.left, store.retained) == ("applied", 1, 1)
    assert store.unrecoverable_by == AT.date() + timedelta(days=30)


NOTES: dict[str, Any] = {
    "free-text": "note",
    "tables": {
        "booking": {
            "key": "locator",
            "identifiers": {"contact": "email"},
            "rows": [{"key": "B2", "root": "B2", "others": 1, "matched": "contact"}],
        },
        "remark": {
            "key": "nr",
            "columns": {"body": "note", "sent_to": "email", "topic": "fare"},
            "owners": [{"parent": "booking", "columns": "locator"}],
            "rows": [{"key": 1, "root": "B2", "of": "booking", "others": 1}],
        },
    },
}


def how_it_ended(done: Receipt) -> Tone:
    """How the receipt means its line about the one store."""
    lines = [line for block in receipt_words.receipt(done) if isinstance(block, Lines) for line in block.items]
    (store,) = [line for line in lines if "looked at again" in line.text]
    return store.tone


def test_words_on_a_shared_row_are_left_for_somebody_to_read() -> None:
    """Where others remain, a note and an address stay: plan and receipt say so, and the store is not called clean."""
    w = world(NOTES)
    plan = erasure(w.policy, CASE, "person-1", w.sights, w.schemas, AT, cite)
    shown = plain(plan_words.plan(plan, "0" * 64, w.policy), 400)
    assert "somebody reads body, sent_to and strikes out what is about this person" in shown
    counts = tuple(Count(e.number, 0, len(e.rows)) for e in plan.effects)
    outcomes = {"bookings": Outcome(Done.APPLIED, counts)}
    done = fold_receipt(w.policy, CASE, plan, plan_hash(plan), None, outcomes, w.sights, (), AT, ())
    assert {line.table: (line.written, line.to_read) for line in done.lines} == {
        "remark": (False, 1),
        "booking": (True, 0),
    }
    assert done.stores[0].to_read == 1
    assert receipt_words.from_json(receipt_words.as_json(done)) == done
    text = plain(receipt_words.receipt(done), 400)
    assert "answered part of a request for erasure" in text
    assert "nothing was taken out, and what is left may name you: somebody has to read it" in text
    assert "1 record for somebody to read" in text
    assert text.count("your own values were taken out") == 1
    assert "name case case-1" in text  # what is open has a way on
    assert how_it_ended(done) == Tone.BAD  # the second look of this test still sees both rows
    assert how_it_ended(replace(done, stores=(replace(done.stores[0], left=0),))) == Tone.CARE
    assert how_it_ended(replace(done, stores=(replace(done.stores[0], left=0, to_read=0),))) == Tone.GOOD


def test_a_shared_row_that_nobody_shares_any_more_leaves_nothing_to_read() -> None:
    """Negative control: the last one took it along."""
    w = world(NOTES)
    plan = erasure(w.policy, CASE, "person-1", w.sights, w.schemas, AT, cite)
    outcomes = {"bookings": Outcome(Done.APPLIED, tuple(Count(e.number, len(e.rows)) for e in plan.effects))}
    done = fold_receipt(w.policy, CASE, plan, plan_hash(plan), None, outcomes, {}, (), AT, ())
    assert [line.to_read for line in done.lines] == [0, 0]
    text = plain(receipt_words.receipt(done), 400)
    assert "to read" not in text
    assert "still open" not in text


def test_a_receipt_says_why_something_is_kept_and_where_to_complain(plan: Plan, seen: World) -> None:
    """What is kept opens with the reason for keeping, never with a ground for erasing it (Art. 12(4), 17(3))."""
    look = third(invoice=KEPT).sights
    done = fold_receipt(seen.policy, CASE, plan, plan_hash(plan), None, {}, look, (), AT, ())
    (kept,) = [
        line
        for block in receipt_words.receipt(done)
        if isinstance(block, Lines)
        for line in block.items
        if ": kept (" in line.text
    ]
    assert "AO 147" in kept.details[0]
    assert "law of statutory-retention" in kept.details[0]
    assert not any("no longer needed" in detail for detail in kept.details)
    organisation = seen.policy.organisation
    text = plain(receipt_words.receipt(done), 400)
    assert f"write to {organisation.contact}" in text
    assert f"complain to {organisation.authority}" in text
    assert receipt_words.as_json(done)["authority"] == organisation.authority
    assert "answered part of a request" in text  # one row waits for a decision


def test_a_receipt_says_first_in_words_what_went_and_what_stays_until_when(plan: Plan, seen: World) -> None:
    """A layperson reads what, how many and until when; tables, codes and counts stand last, for whoever checks."""
    looks = third(invoice=KEPT).sights
    outcomes = {"bookings": Outcome(Done.APPLIED, tuple(Count(e.number, len(e.rows)) for e in plan.effects))}
    done = fold_receipt(seen.policy, CASE, plan, plan_hash(plan), None, outcomes, looks, (), AT, ())
    done = replace(done, lines=tuple(replace(line, says=f"Your {line.table} rows") for line in done.lines))
    first, _, last = plain(receipt_words.receipt(done), 400).partition("For checking")
    assert first.index("In short") < first.index("What was done, part by part")
    assert "Kept until 31 December 2033 (1 record): Your invoice rows" in first
    assert "Your customer rows: erased (1 record)" in first
    assert not [word for word in ("bookings.", "detach", "mask", "no-longer-needed", "2033-12-31") if word in first]
    assert "bookings.invoice" in last
    assert "statutory-retention" in last


def test_what_more_was_erased_than_planned_is_said(plan: Plan, seen: World) -> None:
    """Rows that a trigger wrote meanwhile, or that are exactly alike: never `2 of 1`."""
    counts = tuple(Count(e.number, len(e.rows) + 1) for e in plan.effects)
    outcomes = {"bookings": Outcome(Done.APPLIED, counts)}
    done = fold_receipt(seen.policy, CASE, plan, plan_hash(plan), None, outcomes, seen.sights, (), AT, ())
    text = plain(receipt_words.receipt(done), 400)
    assert "erased (2 records, 1 more than the plan had counted)" in text
    assert "2 of 1" not in text


def test_a_copy_is_called_copied_and_nothing_of_it_left() -> None:
    """No receipt of a copy claims that something was erased or looked at again."""
    w = world({"tables": {"customer": {"key": "id", "columns": {"name": "name"}, "rows": [1]}}})
    plan = access(w.policy, CASE, "person-1", w.sights, w.schemas, AT, cite)
    outcomes = {"bookings": Outcome(Done.APPLIED, (Count(1, 1),))}
    done = fold_receipt(w.policy, CASE, plan, plan_hash(plan), None, outcomes, {}, (), AT, (3,))
    text = plain(receipt_words.receipt(replace(done, copy_until=date(2026, 12, 22))), 400)
    assert "customer: copied (1 record)" in text
    assert "Your data was copied, not changed. The copy waits for you until 22 December 2026" in text
    assert not [word for word in ("left", "erased", "looked again", "backups") if word in text]


def test_what_gave_no_outcome_is_not_called_done(plan: Plan, seen: World) -> None:
    """No outcome and no third look: the receipt says both, and no line claims a changed row."""
    done = fold_receipt(seen.policy, CASE, plan, plan_hash(plan), None, {}, {}, (), AT, ())
    assert (done.stores[0].done, done.stores[0].note) == ("not done", "not looked at again")
    assert all(line.changed == 0 for line in done.lines)


def test_without_a_declared_window_no_date_is_promised(seen: World) -> None:
    """An engine whose backups nobody declared may remember for ever."""
    w = world({**FACTS, "leaves": None})
    plan = erasure(w.policy, CASE, "person-1", w.sights, w.schemas, AT, cite)
    done = fold_receipt(w.policy, CASE, plan, plan_hash(plan), None, {}, w.sights, (), AT, ())
    assert done.stores[0].unrecoverable_by is None
    assert "not declared" in done.stores[0].note


def test_a_store_with_nothing_to_do_still_gets_an_order() -> None:
    """It looks again: what appeared since the plan is not missed."""
    w = world({"tables": {"customer": {"key": "id", "columns": {"name": "name"}}}})
    plan = erasure(w.policy, CASE, "person-1", w.sights, w.schemas, AT, cite)
    assert [(order.store, order.effects, order.plan) for order in orders(plan)] == [("bookings", (), plan_hash(plan))]


# --- The day comes ----------------------------------------------------------------------------------------------------


def test_what_was_kept_falls_due_the_day_after_its_last(plan: Plan) -> None:
    """The retained invoice and the shell under it, together, and not a day early."""
    assert due(plan.effects, date(2033, 12, 31)) == ()
    assert [e.table for e in due(plan.effects, date(2034, 1, 1))] == ["booking", "invoice"]


def test_due_rows_are_destroyed_children_first_and_others_keep_their_booking(plan: Plan) -> None:
    """What stands in a shared row's way is still asked under the lock on that day."""
    look = third(invoice=KEPT, booking=[{"key": "B1", "root": "B1"}])
    later = datetime(2034, 1, 1, 3, 0, tzinfo=UTC)
    ended = due(plan.effects, later.date())
    ending = retention_plan(look.policy, CASE, "person-1", ended, plan.effects, look.sights, look.schemas, later, cite)
    assert printed(ending) == [
        "- bookings.invoice I1 name if last on booking (period-over)",
        "- bookings.booking B1 email if last on booking (period-over)",
    ]
    assert (ending.right, ending.applicable) == ("retention", True)


def test_a_row_that_is_not_due_is_not_touched_and_keeps_what_it_stands_on(plan: Plan) -> None:
    """A second invoice of the same booking with years to go: the booking stays as a shell for it."""
    second = {"key": "I9", "root": "B1", "of": "booking", "clock": date(2030, 1, 1), "retained": True}
    look = third(invoice=[*KEPT, second], booking=[{"key": "B1", "root": "B1"}])
    later = datetime(2034, 1, 1, tzinfo=UTC)
    ending = retention_plan(
        look.policy, CASE, "person-1", plan.effects, plan.effects, look.sights, look.schemas, later, cite
    )
    assert "= bookings.invoice I9 name (not-due)" in printed(ending)
    assert not [line for line in printed(ending) if line.startswith("- bookings.booking")]


def test_rows_already_gone_make_an_empty_plan(plan: Plan) -> None:
    """Resuming repeats nothing."""
    look = third()
    later = datetime(2034, 1, 1, tzinfo=UTC)
    ending = retention_plan(
        look.policy, CASE, "person-1", plan.effects, plan.effects, look.sights, look.schemas, later, cite
    )
    assert (ending.effects, [part.store for part in ending.parts]) == ((), ["bookings"])


@pytest.mark.parametrize(
    ("rule", "clock", "last"),
    [
        ({"years": 8, "starts": "end-of-year"}, date(2025, 5, 4), date(2033, 12, 31)),
        ({"years": 8, "starts": "end-of-year"}, date(2025, 12, 31), date(2033, 12, 31)),
        ({"years": 3}, date(2024, 2, 29), date(2027, 2, 28)),
        ({"months": 1}, date(2025, 1, 31), date(2025, 2, 28)),
        ({"days": 7}, date(2025, 12, 28), date(2026, 1, 4)),
    ],
)
def test_a_period_is_counted_as_declared(rule: dict[str, Any], clock: date, last: date) -> None:
    """From the day itself or from the end of its year; a month without the day ends on its last one."""
    said = {"years": 0, "months": 0, "days": 0, "starts": "event", **rule}
    assert last_day(Retention("r", {}, **said, then="delete", place=Place("r.yaml")), clock) == last

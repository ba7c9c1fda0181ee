"""The data moved in one store after another had acted: the receipt says what was done under every plan of the case."""

from examples.airline.data import cast
from tests.journey.world import Airline, carry_out, number, planned, receipt, sign

from troth.desk import planning
from troth.desk.applying import stale_stores
from troth.model.case import CaseState
from troth.show import receipt as words
from troth.show.terminal import plain


def test_a_receipt_lists_what_was_done_under_an_earlier_plan(airline: Airline) -> None:
    """Bookings are erased, the website moves: the second plan finds nothing in bookings, the receipt still tells."""
    with airline.house() as house:
        case, first = planned(house, "erasure", number(cast.DEMO))
        sign(airline, house, case)
        airline.sql(
            "website",
            "INSERT INTO web_session VALUES ('s-late', ?, 'ck-late', '2026-06-30 11:59:00', '192.0.2.9', 'x')",
            cast.DEMO.account_id,
        )
        half = carry_out(house, case)
        assert stale_stores(house, half) == ("website",)
        assert airline.rows("bookings", "customer", f"customer_id = {cast.DEMO.customer_id}") == []
        second = planning.make_plan(house, case)
        sign(airline, house, case)
        assert carry_out(house, case).state is CaseState.CLOSED
        kept = receipt(house, case)
    erased = [line for line in kept["lines"] if line["store"] == "bookings" and line["changed"]]
    assert {(line["plan"], line["table"]) for line in erased if line["table"] == "customer"} == {
        (first.hash, "customer")
    }
    assert {line["plan"] for line in kept["lines"] if line["store"] == "website"} == {""}
    asked = {e.recipient for e in first.plan.effects if e.recipient and not e.exception}
    again = {e.recipient for e in second.plan.effects if e.recipient and not e.exception}
    names = {house.policy.recipients[name].name for name in asked - again}
    assert names
    assert names <= {told.partition(":")[0] for told in kept["told"]}
    bookings = next(line for line in kept["stores"] if line["store"] == "bookings")
    assert bookings["unrecoverable_by"] is not None
    text = plain(words.receipt(words.from_json(kept)))
    assert f"of {first.hash[:8]}" in text

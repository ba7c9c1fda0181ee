"""What commands say when something cannot be done: only what is true, and what to do instead."""

import json
from dataclasses import replace

import pytest
from tests.edges.shop import MAUD, Shop

from troth.desk import planning, working
from troth.desk.applying import NO_TRANSACTIONS, without_transactions
from troth.desk.requests import identifiers_from, receive
from troth.model.plan import Done, Outcome
from troth.model.problem import Problem
from troth.model.sight import Reach, SeenRow, SeenTable, Sight
from troth.show.sight import sights
from troth.show.terminal import plain


def planned(shop: Shop, right: str) -> str:
    """A request of Maud's, planned; gives its case."""
    case = json.loads(shop.troth("request", right, "--who", MAUD, "--by", "nell", "--format", "json").stdout)["case"]
    done = shop.troth("plan", case)
    assert done.returncode == 0, done.stderr
    return str(case)


def test_a_plan_for_a_machine_is_an_object(shop: Shop) -> None:
    """Not a text that has to be read as JSON a second time."""
    case = planned(shop, "erasure")
    shown = json.loads(shop.troth("show", case, "--format", "json").stdout)
    assert (shown["case"], shown["right"]) == (case, "erasure")
    assert {effect["verb"] for effect in shown["effects"]} > {"delete"}


def test_a_closed_case_offers_a_way_on(shop: Shop) -> None:
    """`allowed is nothing` helps nobody: its receipt can be read, and another request can be filed."""
    case = planned(shop, "access")
    assert shop.troth("apply", case).returncode == 0
    again = shop.troth("plan", case)
    assert again.returncode == 1
    assert "illegal-move" in again.stderr
    assert f"`troth receipt {case}`" in again.stderr
    assert "nothing" not in again.stderr


@pytest.mark.parametrize(("entering", "says"), [(1, "1 row enters by itself; 1 row waits"), (2, "2 rows enter")])
def test_one_row_waits_and_two_wait(entering: int, says: str) -> None:
    """Words about one row are about one row."""
    rows = [SeenRow((n,), Reach.PROVEN, "email") for n in range(entering)] + [SeenRow((9,), Reach.HINT, "email")]
    seen = Sight("shop", {"customer": SeenTable("customer", ("id",), tuple(rows))}, "")
    assert says in plain(sights({"shop": seen}))


def test_what_no_transaction_undoes_is_not_called_unchanged(shop: Shop) -> None:
    """A plan that found such a table says after a broken-off attempt that its rows may be gone; others stay silent."""
    with shop.house() as house:
        given = identifiers_from(house, [("customer-number", "T-001")], proven=True)
        case = receive(house, "erasure", given, by="staff:nell").case
        working.work_until_idle(house, "tests")
        kept, _ = planning.plan_of(house, case)
        place = house.policy.stores["shop"].tables["customer"].place
        loose = Problem(NO_TRANSACTIONS, "`customer` takes part in no transaction", place)
        with house.unit() as unit:
            known = unit.cases.get(case)
        assert without_transactions(house, known, ("shop",)) == ()
        digest = planning.keep(house, case, replace(kept, findings=(loose,)))
        with house.unit() as unit:
            unit.cases.settle(digest, "shop", Outcome(Done.STALE))
            known = unit.cases.get(case)
        assert without_transactions(house, known, ("shop",)) == ("customer",)

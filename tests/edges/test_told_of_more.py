"""A case that is planned again may speak of more to a recipient that was written to before: then it is told of that."""

import re
import sqlite3

import pytest
from tests.edges.shop import Shop
from tests.edges.test_duties import change

from troth import wire
from troth.desk import asking, planning, requests, telling
from troth.desk.applying import apply
from troth.desk.approving import approve
from troth.desk.house import House
from troth.model.case import CaseState
from troth.model.plan import Verb
from troth.model.problem import InputError

MORE = (
    "INSERT INTO purchase (customer_id, bought_on, tea, cents, paid, wish) "
    "VALUES (2, '2026-06-30', 'Rooibos', 700, 0, '')"
)


def sql(shop: Shop, text: str) -> None:
    with sqlite3.connect(shop.folder / "shop.db") as database:
        database.execute(text)


def signed(shop: Shop, house: House, case: str) -> None:
    planning.make_plan(house, case)
    _, digest = planning.plan_of(house, case)
    at = house.clock.now().isoformat()
    approve(house, case, wire.sign_as(shop.settings, "nell", "privacy-officer", digest, at))


def told_of_customers(shop: Shop) -> None:
    """The carrier gets names and purchases, and customers' rows name it as well."""
    before = "    purposes: [selling, newsletter]\n    person:"
    after = "    purposes: [selling, newsletter]\n    recipients: carrier\n    person:"
    change(shop, before, after, "stores/shop.yaml")
    file = shop.policy / "recipients.yaml"
    file.write_text(re.sub(r"gets: .*", "gets: [name, purchase]", file.read_text(encoding="utf-8")), encoding="utf-8")
    assert shop.troth("publish", "--by", "nell").returncode == 0


def test_what_the_receipt_says_was_told_stands_in_a_letter(shop: Shop) -> None:
    told_of_customers(shop)
    sql(shop, "DELETE FROM purchase WHERE customer_id = 2")
    with shop.house() as house:
        who = requests.identifiers_from(house, [("customer-number", "T-002")], proven=True)
        case = requests.receive(house, "erasure", who, by="staff:nell").case
        requests.identify(house, case)
        signed(shop, house, case)
        sql(shop, MORE)  # the plan goes stale after the first letter was written
        assert apply(house, case).state is not CaseState.CLOSED
        first = house.policy.named(("name",))[0], house.policy.named(("purchase",))[0]
        assert telling.unsent(house, case) == ()
        signed(shop, house, case)
        assert apply(house, case).state is CaseState.CLOSED
        assert telling.unsent(house, case) == ()
        with house.unit() as unit:
            receipt = unit.cases.receipt(case)
    assert receipt
    (line,) = receipt["told"]
    letters = "".join(path.read_text(encoding="utf-8") for path in (shop.home / "outbox").rglob("*") if path.is_file())
    assert all(word in line for word in first), line
    assert all(word in letters for word in first), letters


def test_who_received_by_a_release_is_told_and_nobody_else(shop: Shop) -> None:
    """No row that the carrier is declared to get is left: it is told of just what left for it."""
    sql(shop, "DELETE FROM purchase WHERE customer_id IN (1, 2)")
    with shop.house() as house:
        told = {}
        for number in ("T-001", "T-002"):
            who = requests.identifiers_from(house, [("customer-number", number)], proven=True)
            asking.know(house, who, ["customer"], by="staff:nell")
            if number == "T-001":
                asked = asking.ask(house, "disclose", "selling", who, recipient="carrier", fields=["name"])
                assert asking.release(house, asked).released, asked.answer.reasons
            case = requests.receive(house, "erasure", who, by="staff:nell").case
            requests.identify(house, case)
            plan = planning.make_plan(house, case).plan
            told[number] = {e.recipient: e.datum for e in plan.effects if e.verb is Verb.TELL}
        assert told == {"T-001": {"carrier": ("name",)}, "T-002": {}}


def test_what_leaves_after_the_plan_makes_it_stale(shop: Shop) -> None:
    """A recipient that got something meanwhile stands in no line of the signed plan: nothing is done under it."""
    with shop.house() as house:
        who = requests.identifiers_from(house, [("customer-number", "T-001")], proven=True)
        asking.know(house, who, ["customer"], by="staff:nell")
        case = requests.receive(house, "erasure", who, by="staff:nell").case
        requests.identify(house, case)
        signed(shop, house, case)
        asked = asking.ask(house, "disclose", "selling", who, recipient="carrier", fields=["name"])
        assert asking.release(house, asked).released
        with pytest.raises(InputError) as caught:
            apply(house, case)
        assert caught.value.code == "plan-stale"

"""A row without identifiers of its own is told by its values and the key it hangs under; keys are given out again."""

import sqlite3

from tests.edges.shop import Shop

from troth import wire
from troth.desk import planning, requests, restoring, working
from troth.desk.approving import approve
from troth.desk.closed import REPLAY

Rows = list[tuple[object, ...]]


def sql(shop: Shop, text: str) -> Rows:
    with sqlite3.connect(shop.folder / "shop.db") as database:
        return database.execute(text).fetchall()


def erase(shop: Shop, number: str) -> None:
    with shop.house() as house:
        who = requests.identifiers_from(house, [("customer-number", number)], proven=True)
        case = requests.receive(house, "erasure", who, by="staff:nell").case
        requests.identify(house, case)
        planning.make_plan(house, case)
        _, digest = planning.plan_of(house, case)
        at = house.clock.now().isoformat()
        approve(house, case, wire.sign_as(shop.settings, "nell", "privacy-officer", digest, at))
        with house.unit() as unit:
            found = unit.cases.get(case)
        working.carry_out(house, found)


def test_the_next_customers_purchase_is_not_the_erased_ones(shop: Shop) -> None:
    """Same key, same tea, same day, same price, under a customer who got the erased one's number in the table."""
    sql(shop, "UPDATE purchase SET bought_on='2026-06-30', paid=0 WHERE id=3")
    erase(shop, "T-002")
    sql(shop, "INSERT INTO customer (number, name, email) VALUES ('T-003', 'Ida Next', 'ida@next.example')")
    sql(
        shop,
        "INSERT INTO purchase (customer_id, bought_on, tea, cents, paid, wish) "
        "SELECT id, '2026-06-30', 'Rooibos', 700, 0, NULL FROM customer WHERE number = 'T-003'",
    )
    before = sql(shop, "SELECT * FROM customer"), sql(shop, "SELECT * FROM purchase")
    with shop.house() as house:
        restoring.restored(house, "shop", made=house.clock.now(), by="staff:nell")
        working.work_once(house, "test", kinds=(REPLAY,))
        waiting = restoring.undecided(house)
    assert (sql(shop, "SELECT * FROM customer"), sql(shop, "SELECT * FROM purchase")) == before
    assert waiting, "somebody has to say whose they are"

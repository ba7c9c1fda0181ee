"""`troth status` says what waits, for a store or for somebody, and since when: days in words, ISO for machines."""

import json
from datetime import datetime, timedelta

from tests.edges.shop import Shop

from troth import wire
from troth.desk import applying, planning, working
from troth.desk.approving import approve
from troth.desk.requests import identifiers_from, receive
from troth.desk.status import status
from troth.model.case import CaseState
from troth.model.person import row_name
from troth.show.standing import waits
from troth.show.terminal import plain


def filed(shop: Shop, right: str, kind: str, value: str) -> str:
    """A request, identified and planned; gives its case."""
    with shop.house() as house:
        given = identifiers_from(house, [(kind, value)], proven=True)
        case = receive(house, right, given, by="staff:nell").case
        working.work_until_idle(house, "tests")
    return case


def test_plans_to_sign_and_rows_to_decide_are_listed_since_when(shop: Shop) -> None:
    """Nothing waits before; a plan does afterwards, with the day in words and as ISO, and a row that a hint brought."""
    with shop.house() as house:
        assert status(house).somebody == ()
    case = filed(shop, "erasure", "email", "maud@ellery.example")
    with shop.house() as house:
        found = status(house)
        plan, _ = planning.plan_of(house, case)
    needs = {need.what: need for need in found.somebody}
    assert set(needs) == {"sign", "decide"}
    assert needs["decide"].number == len([row_name(w.store, w.table, k) for w in plan.waiting for k in w.rows]) > 0
    assert {need.since for need in found.somebody} == {shop.clock.at}
    text = plain(waits(found.waiting, found.somebody, found.more))
    assert f"case {case}: 1 plan to sign, since 30 June 2026" in text
    told = json.loads(shop.troth("status", "--format", "json").stdout)
    assert {(need["what"], datetime.fromisoformat(need["since"])) for need in told["for_somebody"]} == {
        ("sign", shop.clock.at),
        ("decide", shop.clock.at),
    }
    assert "30 June 2026" in shop.troth("status", "--format", "plain").stdout


def test_a_part_that_waits_is_listed_with_its_next_try(shop: Shop) -> None:
    """A store that is gone after the signature: case, store, code and next try; open again, nothing is listed."""
    case = filed(shop, "erasure", "customer-number", "T-001")
    base = shop.folder / "shop.db"
    with shop.house() as house:
        _, digest = planning.plan_of(house, case)
        role = house.policy.staff["nell"].role
        approve(house, case, wire.sign_as(shop.settings, "nell", role, digest, house.clock.now().isoformat()))
        assert status(house).waiting == ()
        base.rename(base.with_suffix(".away"))
        applying.apply(house, case)
        (part,) = status(house).waiting
        assert (part.case, part.store, part.next_try) == (case, "shop", shop.clock.at + timedelta(minutes=1))
        assert part.code
        assert f"{case}: shop waits ({part.code}), next try 30 June 2026, 12:01 UTC" in plain(waits([part], ()))
        base.with_suffix(".away").rename(base)
        shop.clock.at += timedelta(minutes=2)
        assert applying.apply(house, case).state is CaseState.CLOSED
        assert status(house).waiting == ()

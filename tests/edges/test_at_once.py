"""What identifying a case saw serves the plan that follows at once, and no other."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from tests.edges.shop import Shop

from troth.desk import planning, requests, working
from troth.desk.gather import HANDED_OVER
from troth.desk.house import House
from troth.model.person import Identifier
from troth.model.personal import Personal
from troth.model.sight import Sight


def filed(house: House) -> str:
    """An erasure that waits to be identified."""
    asked = requests.identifiers_from(house, [("customer-number", "T-001")], proven=True)
    return requests.receive(house, "erasure", asked, by="staff:nell").case


def counted(house: House, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How often the shop was looked at so far."""
    store, looks = house.stores["shop"], [0]
    look = store.look

    def looked(identifiers: Sequence[Identifier]) -> Sight:
        looks[0] += 1
        return look(identifiers)

    monkeypatch.setattr(store, "look", looked)
    return lambda: looks[0]


def test_a_plan_that_follows_at_once_looks_no_more(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same plan as one that looks again; a second plan looks."""
    with shop.house() as house:
        looks = counted(house, monkeypatch)
        case = filed(house)
        requests.identify(house, case)
        before = looks()
        first = planning.make_plan(house, case)
        assert looks() == before > 0
        second = planning.make_plan(house, case)
        assert looks() > before
    assert first.plan.effects
    assert [part.fingerprint for part in first.plan.parts if part.store == "shop"] == [
        part.fingerprint for part in second.plan.parts if part.store == "shop"
    ]


def test_a_plan_that_follows_later_looks_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was seen is old after a few seconds."""
    with shop.house() as house:
        looks = counted(house, monkeypatch)
        case = filed(house)
        requests.identify(house, case)
        before = looks()
        shop.clock.at += HANDED_OVER + timedelta(seconds=1)
        planning.make_plan(house, case)
        assert looks() > before


def test_a_plan_by_other_identifiers_looks_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody linked another address in between: what was seen without it is not all there is."""
    with shop.house() as house:
        looks = counted(house, monkeypatch)
        case = filed(house)
        person = requests.identify(house, case).person
        assert person
        with house.unit() as unit:
            other = Identifier("email", Personal("maud.other@example.org"), proven=True, origin="request")
            unit.persons.link(person, other, reason="came by post")
        before = looks()
        planning.make_plan(house, case)
        assert looks() > before


def test_a_worker_plans_what_it_has_just_identified(shop: Shop) -> None:
    """Of several cases each is planned right after it was identified, not after all were."""
    with shop.house() as house:
        cases = [filed(house), filed(house)]
        done = working.work_until_idle(house, "w")
    assert [(each.work.kind, each.work.ref, each.code) for each in done] == [
        (kind, case, "done") for case in cases for kind in (requests.IDENTIFY, planning.PLAN)
    ]

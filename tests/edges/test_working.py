"""A worker outlives what goes wrong: each piece of work by itself, however it ends."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.edges.shop import MAUD, Shop, Still

from troth.desk import approving, delivering, requests, working
from troth.desk.house import House
from troth.edges import worker
from troth.edges.cli.options import pairs
from troth.ledger.due import MOST_TRIES
from troth.model.case import CaseState
from troth.ports.store import Unreachable

BAD, GOOD = "test.bad", "test.good"


def kinds(monkeypatch: pytest.MonkeyPatch, **acts: Callable[[House, str], object]) -> None:
    """Work of the test's own kinds, and no other."""
    monkeypatch.setattr(working, "KINDS", {f"test.{name}": act for name, act in acts.items()})


def file(house: House, *kinds: str) -> None:
    """File one piece of each, in this order."""
    with house.unit() as unit:
        for number, kind in enumerate(kinds):
            unit.due.add(kind, f"r{number}", house.clock.now() - timedelta(hours=1, seconds=-number))


def broken(_house: House, _ref: str) -> object:
    """Fails as nobody expected, with a value in its words."""
    raise KeyError("maud@ellery.example")


def test_an_unexpected_exception_stops_one_piece_of_work(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is written down by its type alone, tried again, and the next piece is done."""
    done: list[str] = []
    kinds(monkeypatch, bad=broken, good=lambda _house, ref: done.append(ref))
    with shop.house() as house:
        file(house, BAD, GOOD)
        first, second = working.work_until_idle(house, "w")
        assert (first.code, first.why, second.code, done) == ("unexpected", "KeyError", "done", ["r1"])
        assert "maud" not in repr(first)
        with house.unit() as unit:
            assert [ref for ref, _ in unit.due.undone(BAD)] == ["r0"]


def test_a_lost_lease_is_one_works_matter(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work that somebody else has taken since is not finished here, and the next piece is done."""

    def overtaken(house: House, _ref: str) -> None:
        if shop.clock.at == Still().at:
            shop.clock.at += working.LEASE + timedelta(seconds=1)
            working.sweep(house)

    kinds(monkeypatch, bad=overtaken, good=lambda _house, _ref: None)
    with shop.house() as house:
        file(house, BAD, GOOD)
        assert [each.code for each in working.work_until_idle(house, "w")] == ["lease-lost", "done", "done"]


def test_work_is_taken_when_it_is_begun(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow first piece costs the second nothing of its lease, and another worker may take it meanwhile."""
    elsewhere: list[str] = []

    def slow(house: House, _ref: str) -> None:
        with house.unit() as unit:
            elsewhere.extend(w.ref for w in unit.due.take([GOOD], worker="other", lease=working.LEASE))

    kinds(monkeypatch, bad=slow, good=lambda _house, _ref: None)
    with shop.house() as house:
        file(house, BAD, GOOD)
        assert [each.work.kind for each in working.work_until_idle(house, "w")] == [BAD]
    assert elsewhere == ["r1"]


def test_a_long_piece_of_work_keeps_its_lease(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every step prolongs it; without steps it is lost after its time."""

    def long(house: House, _ref: str) -> None:
        for _ in range(4):
            shop.clock.at += working.LEASE * 0.8
            house.between("a step")
            assert not working.sweep(house).stalled

    kinds(monkeypatch, good=long)
    with shop.house() as house:
        file(house, GOOD)
        assert [each.code for each in working.work_until_idle(house, "w")] == ["done"]


def test_an_unreachable_store_is_waited_for_without_end(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that is down for a week costs no try; the work is done when it is back."""
    back = False

    def store_down(_house: House, _ref: str) -> None:
        if not back:
            raise Unreachable("shop", "unreachable", "the store does not answer")

    kinds(monkeypatch, bad=store_down)
    with shop.house() as house:
        file(house, BAD)
        for _ in range(7 * 12):
            shop.clock.at += timedelta(hours=2)
            (tried,) = working.work_until_idle(house, "w")
            assert (tried.code, tried.work.tries) == ("unreachable", 1)
            assert not working.sweep(house).given_up
        back = True
        shop.clock.at += timedelta(hours=2)
        assert [each.code for each in working.work_until_idle(house, "w")] == ["done"]


def given_up(house: House, shop: Shop) -> int:
    """Try until it is given up; how often."""
    tries = 0
    while not working.sweep(house).given_up:
        tries += len(working.work_until_idle(house, "w"))
        shop.clock.at += timedelta(hours=2)
    return tries


def test_what_was_given_up_is_tried_once_a_day(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sweeper opens it again after a day, for one try; until then it is reported."""
    kinds(monkeypatch, bad=broken)
    with shop.house() as house:
        file(house, BAD)
        assert given_up(house, shop) == MOST_TRIES
        assert not working.work_until_idle(house, "w")
        shop.clock.at += timedelta(days=1)
        working.sweep(house)
        assert len(working.work_until_idle(house, "w")) == 1
        assert working.sweep(house).given_up


def test_retry_opens_what_was_given_up(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person who mended the cause does not wait a day."""
    kinds(monkeypatch, bad=broken)
    with shop.house() as house:
        file(house, BAD)
        given_up(house, shop)
    answered = shop.troth("retry", "--by", "nell")
    assert (answered.returncode, answered.stdout) == (0, "1 piece of work is open again\n"), answered.stderr
    kinds(monkeypatch, bad=lambda _house, _ref: None)
    with shop.house() as house:
        shop.clock.at += timedelta(days=900)
        assert [each.code for each in working.work_until_idle(house, "w")] == ["done"]


def test_a_worker_sweeps_on_after_anything(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tick tells the type of what it met, never its words, and ends like any other."""
    told: list[str] = []
    monkeypatch.setattr(worker, "sweep", broken_sweep)
    with shop.house() as house:
        shift = worker.Shift(shop.settings)
        shift._house = house
        assert worker._tick(shift, "w", told.append) == []
    assert told == ["unexpected: KeyError"]


def broken_sweep(_house: House) -> object:
    """Fails as nobody expected."""
    raise KeyError("maud@ellery.example")


def test_an_older_end_takes_no_younger_package(shop: Shop) -> None:
    """A copy that was written again waits as long as its own letter says; then it goes."""
    with shop.house() as house:
        first = shop.clock.at + timedelta(days=30)
        house.shelf.put("c-1", {"data.json": "{}"})
        with house.unit() as unit:
            for day in (first, first + timedelta(days=10)):
                unit.due.add(delivering.PACKAGE_END, "c-1", day)
        for at, holds in ((first, True), (first + timedelta(days=10), False)):
            shop.clock.at = at
            assert [done.code for done in working.work_until_idle(house, "w")] == ["done"]
            assert house.shelf.holds("c-1") is holds


def test_what_waits_for_a_person_is_no_work(shop: Shop) -> None:
    """Work to carry out a plan that nobody has signed is done at once: it does not fail until it is given up."""
    with shop.house() as house:
        who = requests.identifiers_from(house, pairs([MAUD]), proven=True)
        case = requests.receive(house, "erasure", who, by="staff:nell").case
        working.work_until_idle(house, "w")
        with house.unit() as unit:
            assert unit.cases.get(case).state is CaseState.PLANNED
            unit.due.add(approving.APPLY, case, shop.clock.at)
        assert [(done.work.kind, done.code) for done in working.work_until_idle(house, "w")] == [("case.apply", "done")]


@pytest.mark.parametrize("answered", [False, True])
def test_the_words_of_a_case_about_nobody_go_on_its_day(shop: Shop, answered: bool) -> None:
    """Until its last day what was typed may be needed; then it goes, also where nobody ever looked at the request."""
    with shop.house() as house:
        who = requests.identifiers_from(house, pairs(["customer-number=T-999"]), proven=True)
        case = requests.receive(house, "access", who, by="staff:nell").case
        if answered:
            working.work_until_idle(house, "w")
        with house.unit() as unit:
            kept, words = unit.cases.get(case), unit.requests.said(case)
        assert (kept.person, words is None) == (None, answered)
        shop.clock.at = shop.clock.at.replace(year=kept.ends.year, month=12, day=31, hour=23)
        assert not working.work_once(house, "w", kinds=(requests.END,))
        shop.clock.at += timedelta(hours=2)
        (done,) = working.work_once(house, "w", kinds=(requests.END,))
        assert (done.code, done.work.ref) == ("done", case)
        with house.unit() as unit:
            assert unit.requests.said(case) is None
            assert unit.cases.get(case).state is (CaseState.CLOSED if answered else CaseState.OPEN)

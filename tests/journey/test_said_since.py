"""What somebody says between the plan and the act is heard."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from examples.airline.data import cast
from tests.journey.world import Airline, carry_out, number, planned, sign

from troth.desk import closing, own, planning, requests, working
from troth.desk.asking import choose, object_to
from troth.desk.house import House
from troth.model.case import CaseState
from troth.model.problem import InputError
from troth.ports.facts import Closing

DEMO = number(cast.DEMO)
BY = "staff:ines"


def proven(house: House) -> Any:
    """By what she is known to us."""
    return requests.identifiers_from(house, [DEMO], proven=True)


def says_no(house: House, _: str) -> None:
    """To all direct marketing."""
    object_to(house, proven(house), by=BY)


def says_yes(house: House, _: str) -> None:
    """To the newsletter."""
    choose(house, proven(house), "newsletter", yes=True, by=BY)


def is_restricted(house: House, person: str) -> None:
    """Somebody of ours closes her data until a quarrel is settled."""
    with house.unit(BY) as unit:
        unit.facts.restrict(person, Closing("disputed"))


@pytest.mark.parametrize("says", [says_no, says_yes, is_restricted])
def test_what_she_says_after_the_signature_makes_the_plan_stale(
    airline: Airline, says: Callable[[House, str], None]
) -> None:
    """Nothing is changed, no letter is written, exit code 4; the next plan is signed and carried out."""
    with airline.house() as house:
        case, made = planned(house, "erasure", DEMO)
        sign(airline, house, case)
        before = airline.everything().checksum()
        says(house, made.plan.person)
        with pytest.raises(InputError) as refused:
            carry_out(house, case)
        assert (refused.value.code, refused.value.exit_code) == ("plan-stale", 4)
        assert airline.everything().checksum() == before
        assert house.outbox.letters(case) == ()
        assert planning.make_plan(house, case).hash != made.hash
        sign(airline, house, case)
        assert carry_out(house, case).state is CaseState.CLOSED


@pytest.mark.parametrize("says", [says_no, is_restricted])
def test_what_she_says_between_two_stores_stops_the_second(
    airline: Airline, says: Callable[[House, str], None]
) -> None:
    """The first store has done its part; the next is not asked, and what is left is planned and signed anew."""
    with airline.house() as house:
        case, made = planned(house, "erasure", DEMO)
        sign(airline, house, case)
    acted: list[str] = []

    def speak(step: str) -> None:
        if step.endswith(" acted"):
            acted.append(step)
        if len(acted) == 1 and step == acted[0]:
            with airline.house() as other:
                says(other, made.plan.person)

    with airline.house(speak) as house:
        assert carry_out(house, case).state is CaseState.APPLYING
        assert len(acted) == 1
        assert planning.needs_plan(house, _case(house, case))
        planning.make_plan(house, case)
        sign(airline, house, case)
        assert carry_out(house, case).state is CaseState.CLOSED
        assert len(acted) > 1


def _case(house: House, case: str) -> Any:
    with house.unit() as unit:
        return unit.cases.get(case)


def test_a_copy_that_would_leave_out_what_she_just_said_does_not_leave(airline: Airline) -> None:
    """The objection came after the plan: the next plan's copy has it."""
    with airline.house() as house:
        case, made = planned(house, "access", DEMO)
        if house.policy.rights["access"].approve:
            sign(airline, house, case)
        else:
            working.approving.approve_as_house(house, case)
        says_no(house, made.plan.person)
        with pytest.raises(InputError) as refused:
            carry_out(house, case)
        assert refused.value.exit_code == 4
        assert house.shelf.names(case) == ()


def test_nobody_elses_words_make_a_plan_stale(airline: Airline) -> None:
    """Negative control: another person objects, and she buys something we know of."""
    with airline.house() as house:
        case, made = planned(house, "erasure", DEMO)
        sign(airline, house, case)
        _, other = planned(house, "access", number(cast.MOTHER))
        with house.unit(BY) as unit:
            unit.facts.object(other.plan.person, marketing=True)
            unit.facts.relate(made.plan.person, "customer", holds=True)
        assert carry_out(house, case).state is CaseState.CLOSED


def test_a_no_that_comes_while_the_erasure_ends_is_a_new_persons(
    airline: Airline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits for the erasure, and is not written on somebody whom nobody finds any more."""
    finish, waiting = own.finish, threading.Event()

    def object_meanwhile() -> None:
        with airline.house() as other:
            waiting.set()
            says_no(other, "")

    speaks = threading.Thread(target=object_meanwhile)

    def finish_late(*all_of_it: Any) -> None:
        speaks.start()
        assert waiting.wait(10)
        speaks.join(0.7)  # it cannot end before this unit does
        assert speaks.is_alive()
        finish(*all_of_it)

    with airline.house() as house:
        with house.unit() as unit:
            pass
        case, made = planned(house, "erasure", DEMO)
        sign(airline, house, case)
        monkeypatch.setattr(closing.own, "finish", finish_late)
        assert carry_out(house, case).state is CaseState.CLOSED
        speaks.join(20)
        assert not speaks.is_alive()
        with house.unit() as unit:
            (found,) = {p for i in proven(house) if (p := unit.persons.by(i))}
            assert found != made.plan.person
            assert [o.marketing for o in unit.facts.of(found).objections or ()] == [True]
            assert not unit.facts.of(made.plan.person).objections

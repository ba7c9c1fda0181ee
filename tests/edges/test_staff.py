"""Who acts is declared, and all that is said about a person leads to one person."""

import pytest
from tests.edges.shop import JONAS, MAUD, Shop

from troth.desk import asking
from troth.desk.requests import identifiers_from
from troth.desk.status import status
from troth.edges.cli.options import pairs
from troth.model.person import Identifier
from troth.model.problem import InputError

ACTS = (
    ("request", "access", "--who", MAUD),
    ("decide", "c-1", "row", "--theirs", "--reason", "seen"),
    ("acknowledge", "c-1", "carrier"),
    ("know", "--who", MAUD),
    ("choose", "newsletter", "--no", "--who", MAUD),
    ("object", "--who", MAUD),
    ("pause", "--code", "holiday"),
    ("resume",),
    ("retry",),
    ("reconcile", "--code", "restored", "--reason", "because"),
    ("restored", "shop", "--made", "unknown"),
)


@pytest.mark.parametrize("words", ACTS, ids=lambda words: words[0])
def test_nobody_acts_under_a_name_that_is_not_declared(quiet: Shop, words: tuple[str, ...]) -> None:
    """The ledger names no ghosts."""
    before = written(quiet)
    done = quiet.troth(*words, "--by", "mallory")
    assert (done.returncode, "unknown-staff" in done.stderr) == (2, True), done.stderr
    assert "nell" in done.stderr
    assert written(quiet) == before


def written(shop: Shop) -> int:
    """How many events stand in the ledger."""
    with shop.house() as house:
        return status(house).size


@pytest.mark.parametrize("words", [ACTS[1], ACTS[9]], ids=lambda words: words[0])
def test_the_worst_decisions_need_a_role(shop: Shop, words: tuple[str, ...]) -> None:
    """Whose a row is, and that events are lost for good, say those who may sign an erasure."""
    refused = shop.troth(*words, "--by", "odo")
    assert (refused.returncode, "wrong-role" in refused.stderr) == (2, True), refused.stderr
    assert "wrong-role" not in shop.troth(*words, "--by", "nell").stderr


def test_the_till_may_still_write_down_what_a_customer_says(shop: Shop) -> None:
    """Negative control."""
    known = shop.troth("know", "--who", MAUD, "--relationship", "customer", "--by", "odo")
    assert known.returncode == 0, known.stderr


def who(shop: Shop, *texts: str) -> tuple[Identifier, ...]:
    """Identifiers as typed."""
    with shop.house() as house:
        return identifiers_from(house, pairs(texts), proven=True)


def test_identifiers_of_two_people_are_refused_everywhere(shop: Shop) -> None:
    """An objection is never kept for one and dropped for the other; in whatever order they are named."""
    maud, jonas = who(shop, MAUD), who(shop, JONAS)
    with shop.house() as house:
        for one in (maud, jonas):
            asking.know(house, one, ["customer"], by="staff:nell")
        for both in (maud + jonas, jonas + maud):
            for act in (
                lambda both=both: asking.ask(house, "send", "newsletter", both),
                lambda both=both: asking.choose(house, both, "newsletter", yes=True, by="staff:nell"),
                lambda both=both: asking.object_to(house, both, by="staff:nell"),
                lambda both=both: asking.know(house, both, ["customer"], by="staff:nell"),
            ):
                with pytest.raises(InputError, match="do not lead to one person"):
                    act()


def test_an_identifier_that_leads_nowhere_is_not_dropped(shop: Shop) -> None:
    """Somebody says two addresses and we know one: it may be the other that carries the objection."""
    known, unknown = who(shop, MAUD), who(shop, "email=nobody@ellery.example")
    with shop.house() as house:
        asking.know(house, known, ["customer"], by="staff:nell")
        with pytest.raises(InputError, match="do not lead to one person"):
            asking.ask(house, "send", "newsletter", known + unknown)


def test_identifiers_that_agree_are_one_person(shop: Shop) -> None:
    """Negative control, with a proven one, a new one, and one that only hints."""
    number, email = who(shop, MAUD), who(shop, "email=maud@ellery.example")
    with shop.house() as house:
        person = asking.know(house, number, ["customer"], by="staff:nell")
        with house.unit() as unit:
            unit.persons.link(person, Identifier("email", email[0].value, proven=False, origin="shop"), reason="seen")
        assert asking.ask(house, "send", "newsletter", number + email).question.person == person
        assert asking.know(house, number + email, ["customer"], by="staff:nell") == person
        asking.object_to(house, email + number, by="staff:nell")
        with house.unit() as unit:
            assert unit.facts.of(person).objections


def test_an_address_that_hints_at_another_is_not_made_theirs(shop: Shop) -> None:
    """What stands on another customer's row belongs to nobody by a word at the till."""
    maud, jonas, email = who(shop, MAUD), who(shop, JONAS), who(shop, "email=office@pell.example")
    with shop.house() as house:
        asking.know(house, maud, ["customer"], by="staff:nell")
        other = asking.know(house, jonas, ["customer"], by="staff:nell")
        with house.unit() as unit:
            unit.persons.link(other, Identifier("email", email[0].value, proven=False, origin="shop"), reason="seen")
        with pytest.raises(InputError, match="do not lead to one person"):
            asking.know(house, maud + email, ["customer"], by="staff:nell")

"""An identifier is a link that can be taken back: by the office, with a reason, and its history stays."""

import json

from tests.edges.shop import JONAS, MAUD, Shop

from troth.desk import linking, requests, telling
from troth.edges.cli.options import pairs
from troth.model.person import Identifier
from troth.model.personal import Personal

NUMBER = Identifier("customer-number", Personal("T-001"), proven=True, origin="request")


def case_of(shop: Shop) -> str:
    """Maud asks for a copy."""
    with shop.house() as house:
        who = requests.identifiers_from(house, pairs([MAUD]), proven=True)
        case = requests.receive(house, "access", who, by="staff:nell").case
        requests.identify(house, case)
    return case


def test_the_office_takes_an_identifier_back(shop: Shop) -> None:
    """It leads to nobody then; both ends stand in the history, and who did it in the ledger."""
    case = case_of(shop)
    told = shop.troth("unlink", case, "--who", MAUD, "--by", "nell", "--reason", "a mistyped number")
    assert (told.returncode, told.stderr) == (0, ""), told
    with shop.house() as house:
        with house.unit() as unit:
            assert unit.persons.by(NUMBER) is None
            (event,) = unit.events.read(kinds={"identifier.unlinked"})
        (link,) = [each for each in linking.links(house, case) if each.kind == NUMBER.kind]
    assert link.until is not None
    assert event.extra["subjects"][-1] == "staff:nell"
    listed = json.loads(shop.troth("links", case, "--format", "json").stdout)
    assert [each["until"] is not None for each in listed if each["kind"] == NUMBER.kind] == [True]
    assert "taken back" in shop.troth("links", case, "--format", "plain").stdout


def test_only_what_is_linked_is_taken_back_and_only_by_the_office(shop: Shop) -> None:
    """Somebody else's number, a wrong role: nothing changes."""
    case = case_of(shop)
    other = shop.troth("unlink", case, "--who", MAUD, "--who", JONAS, "--by", "nell", "--reason", "no reason")
    assert (other.returncode, "not-linked" in other.stderr) == (2, True), other
    assert "T-002" not in other.stderr
    role = shop.troth("unlink", case, "--who", MAUD, "--by", "odo", "--reason", "no reason")
    assert (role.returncode, "wrong-role" in role.stderr) == (2, True), role
    with shop.house() as house, house.unit() as unit:
        assert unit.persons.by(NUMBER) is not None


def test_who_did_it_stands_in_the_ledger(shop: Shop) -> None:
    """A restore and an answer of a recipient are acts of somebody of ours."""
    shop.troth("restored", "shop", "--made", "unknown", "--by", "nell")
    with shop.house() as house, house.unit("staff:nell") as unit:
        telling.note(unit, telling.ANSWERED, "c-1", {"mailer": ()})
    with shop.house() as house:
        house.state.ledger.place()
        with house.unit() as unit:
            events = unit.events.read(kinds={"store.restored", telling.ANSWERED})
    assert [(event.kind, event.extra["subjects"]) for event in events] == [
        ("store.restored", ("staff:nell",)),
        (telling.ANSWERED, ("staff:nell",)),
    ]

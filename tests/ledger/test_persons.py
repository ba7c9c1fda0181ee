"""Persons: found by keyed hash, linked and unlinked by events, never merged. Facts: as the gate reads them."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from tests.ledger.conftest import NOW, email, new_person, raw

from troth.ledger.keyring import Keyring
from troth.ledger.state import LedgerState, StateSettings
from troth.model.event import Retain
from troth.model.person import Identifier
from troth.model.personal import Personal
from troth.model.question import NOTHING_KNOWN
from troth.ports.facts import Closing
from troth.ports.state import NotFoundError, RefusedError, StateError

ADA = "ada.canary@example.org"


def link(state: LedgerState, person: str, identifier: Identifier) -> int:
    with state.unit(at=NOW) as unit:
        return unit.persons.link(person, identifier, reason="as she said on the phone")


def test_person_is_found_by_a_proven_identifier_only(state: LedgerState) -> None:
    """A hint finds nobody by itself; it shows whom it might mean."""
    proven, hinted = new_person(state), new_person(state)
    link(state, proven, email(ADA))
    link(state, hinted, email(ADA, proven=False))
    with state.unit(at=NOW) as unit:
        assert unit.persons.by(email(ADA, proven=False)) == proven
        assert unit.persons.hinted(email(ADA)) == (proven, hinted)
        assert unit.persons.by(email("other@example.org")) is None
        assert unit.persons.by(Identifier("customer-number", Personal(ADA), True, "request")) is None


def test_identifiers_come_back_from_their_slots(state: LedgerState) -> None:
    """Kind, value, proof and origin return; after the erasure of identity nothing is left to return."""
    person = new_person(state)
    link(state, person, email(ADA))
    link(state, person, Identifier("phone", Personal("+3461234"), proven=False, origin="bookings.passenger.phone"))
    with state.unit(at=NOW) as unit:
        found = unit.persons.identifiers(person)
        assert found == (
            email(ADA),
            Identifier("phone", Personal("+3461234"), proven=False, origin="bookings.passenger.phone"),
        )
        unit.events.erase(person, {Retain.IDENTITY})
    with state.unit(at=NOW) as unit:
        assert unit.persons.identifiers(person) == ()


def test_proven_identifier_of_another_is_refused_never_merged(state: LedgerState) -> None:
    """The second person stays without it, nothing is written, and the first keeps it."""
    first, second = new_person(state), new_person(state)
    link(state, first, email(ADA))
    with state.unit(at=NOW) as unit:
        with pytest.raises(RefusedError, match="identifier-of-another") as caught:
            unit.persons.link(second, email(ADA), reason="x")
        assert ADA not in str(caught.value)
        still_usable = unit.persons.by(email(ADA))  # the unit goes on after a refusal
    assert still_usable == first
    state.ledger.place()
    with state.unit(at=NOW) as unit:
        assert len(unit.events.read(kinds={"identifier.linked"})) == 1


def test_two_links_of_one_value_at_the_same_moment(state: LedgerState) -> None:
    """Of sixteen persons who claim one value at once exactly one gets it; the others are refused, not broken."""
    people = [new_person(state) for _ in range(16)]
    gate = threading.Barrier(8)

    def claim(person: str) -> str:
        try:
            if people.index(person) < 8:
                gate.wait(10)
            link(state, person, email(ADA))
        except RefusedError as error:
            return error.code
        return "linked"

    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(claim, people))
    assert sorted(said) == ["identifier-of-another"] * 15 + ["linked"]


def test_linking_again_changes_nothing_and_a_hint_becomes_proven(state: LedgerState) -> None:
    """The same link is the same event; a proof replaces a hint; a hint does not weaken a proof."""
    person = new_person(state)
    hint = link(state, person, email(ADA, proven=False))
    assert link(state, person, email(ADA, proven=False)) == hint
    proof = link(state, person, email(ADA))
    assert proof > hint
    assert link(state, person, email(ADA, proven=False)) == proof
    with state.unit(at=NOW) as unit:
        assert unit.persons.identifiers(person) == (email(ADA),)


def test_unlink_takes_back_and_keeps_history(state: LedgerState, settings: StateSettings) -> None:
    """After unlinking nobody is found, the value can be linked elsewhere, and both events remain."""
    first, second = new_person(state), new_person(state)
    link(state, first, email(ADA))
    with state.unit(at=NOW) as unit:
        unit.persons.unlink(first, email(ADA), reason="typing mistake")
        assert unit.persons.by(email(ADA)) is None
        with pytest.raises(NotFoundError, match="no-such-link"):
            unit.persons.unlink(first, email(ADA), reason="again")
    link(state, second, email(ADA))
    with raw(settings) as connection:
        rows = connection.execute("SELECT person, unlinked_at IS NULL FROM link ORDER BY event").fetchall()
    assert rows == [(first, False), (second, True)]


def test_nobody_is_linked_who_does_not_exist(state: LedgerState) -> None:
    """An id that is no person gets no identifier."""
    with pytest.raises(NotFoundError, match="no-such-person"):
        link(state, "p-nobody", email(ADA))


@pytest.mark.parametrize(
    "value",
    ["a'; DROP TABLE link; --", "\u202eevil@example.org", "x" * 100_000, "\uff26\uff55ll@example.org", '"quoted"@x'],
)
def test_hostile_identifiers_are_only_values(state: LedgerState, value: str) -> None:
    """Quotes, right-to-left marks, length and look-alikes are bytes to a hash, and come back unchanged."""
    person = new_person(state)
    link(state, person, email(value))
    with state.unit(at=NOW) as unit:
        assert unit.persons.by(email(value)) == person
        assert unit.persons.identifiers(person) == (email(value),)


def test_nul_and_broken_text(state: LedgerState) -> None:
    """NUL inside a value stays sealed and works; a lone surrogate has no spelling and is refused without showing it."""
    person = new_person(state)
    link(state, person, email("a\0b"))
    with state.unit(at=NOW) as unit:
        assert unit.persons.by(email("a\0b")) == person
    with pytest.raises(StateError, match="no-canonical-form"):
        link(state, person, email("a\ud800b"))


def test_rotated_lookup_key_still_finds(state: LedgerState, settings: StateSettings) -> None:
    """After a rotation the stored hashes are lifted when the state opens: nobody and no objection is forgotten."""
    person = new_person(state)
    link(state, person, email(ADA))
    with state.unit(at=NOW) as unit:
        unit.hashes.suppress(email(ADA), scope="marketing", ends=None)
        unit.hashes.remember_rows([("web", "account", (7,))], plan="h", ends=date(2030, 1, 1))
        unit.hashes.remember_who([("web", "account", (7,), Personal(ADA))], ends=date(2030, 1, 1))
    ring = Keyring.open(settings.keys)
    for use in ("identifier-lookup", "suppression", "replay"):
        ring = ring.rotate(use)
    with LedgerState.open(settings) as opened, opened.unit(at=NOW) as unit:
        assert unit.persons.by(email(ADA)) == person
        assert unit.hashes.suppressed(email(ADA), scope="marketing")
        assert unit.hashes.erased_rows("web", "account", [(7,)]) == ["h"]
        assert unit.hashes.same_rows([("web", "account", (7,), Personal(ADA))]) == [True]


# --- facts ------------------------------------------------------------------------------------------------------------


def test_unknown_person_is_nothing_known(state: LedgerState) -> None:
    """Closed: every fact of somebody we do not know is missing, not empty."""
    with state.unit(at=NOW) as unit:
        assert unit.facts.of("p-nobody") == NOTHING_KNOWN


def test_facts_are_what_the_events_said(state: LedgerState) -> None:
    """Relationships, choices, objections, restrictions and what was learned, each with the id of its event."""
    person, other = new_person(state), new_person(state)
    later = NOW + timedelta(hours=1)
    with state.unit(at=NOW) as unit:
        unit.facts.relate(person, "member", holds=True)
        unit.facts.relate(person, "customer", holds=True)
        unit.facts.choose(person, "newsletter", yes=True, version=2, shown={"wording": "Yes"})
        objection = unit.facts.object(person, purpose="offers", channel="post")
        unit.facts.learn(person, residence="ES", birth_year=1990)
        rule = Closing("tax-law", ["phone", "invoice"], {"tax"}, "es/x", date(2031, 1, 1))
        restriction, second = unit.facts.restrict(person, rule, Closing("art-18"))
        assert unit.facts.restrict(person) == ()
    with state.unit(at=later) as unit:
        unit.facts.relate(person, "member", holds=False)
        withdrawn = unit.facts.choose(person, "newsletter", yes=False, version=2)
        facts = unit.facts.of(person)
        assert facts.relationships == {"customer"}
        assert facts.choices is not None
        choice = facts.choices["newsletter"]
        assert (choice.yes, choice.version, choice.at, choice.event) == (False, 2, later, withdrawn)
        assert facts.objections is not None
        (no,) = facts.objections
        assert (no.purpose, no.channel, no.marketing, no.event) == ("offers", "post", False, objection)
        assert facts.restrictions is not None
        closed, whole = facts.restrictions
        assert (closed.elements, closed.open_to, closed.until) == ({"phone", "invoice"}, {"tax"}, date(2031, 1, 1))
        assert (closed.ground, closed.law, closed.event) == ("tax-law", "es/x", restriction)
        assert (whole.elements, whole.open_to, whole.ground, whole.event) == (
            frozenset(),
            frozenset(),
            "art-18",
            second,
        )
        assert (facts.residence, facts.birth_year, facts.erased) == ("ES", 1990, False)
        neighbour = unit.facts.of(other)
        assert neighbour.choices == {}
        assert neighbour.objections == ()


def test_facts_change_in_the_events_own_transaction(state: LedgerState) -> None:
    """What rolls back leaves neither fact nor event."""
    person = new_person(state)

    def object_and_fail() -> None:
        with state.unit(at=NOW) as unit:
            unit.facts.object(person, marketing=True)
            assert unit.facts.of(person).objections
            raise RuntimeError

    with pytest.raises(RuntimeError):
        object_and_fail()
    assert state.ledger.place().size == 1
    with state.unit(at=NOW) as unit:
        facts = unit.facts.of(person)
    assert facts.objections == ()
    assert facts.position == 1


def test_restriction_is_lifted_once(state: LedgerState) -> None:
    """A lifted restriction closes nothing; lifting it again, or for somebody else, is refused."""
    person, other = new_person(state), new_person(state)
    with state.unit(at=NOW) as unit:
        (restriction,) = unit.facts.restrict(person, Closing("art-18"))
        with pytest.raises(NotFoundError, match="no-such-restriction"):
            unit.facts.lift(other, restriction)
        unit.facts.lift(person, restriction)
        assert unit.facts.of(person).restrictions == ()
        with pytest.raises(NotFoundError, match="no-such-restriction"):
            unit.facts.lift(person, restriction)


def test_erased_person_keeps_only_what_the_gate_needs(state: LedgerState) -> None:
    """After an erasure residence and year of birth are gone; the objection stays."""
    person = new_person(state)
    with state.unit(at=NOW) as unit:
        unit.facts.learn(person, residence="ES", birth_year=1990)
        unit.facts.object(person, marketing=True)
        unit.facts.mark_erased(person)
        facts = unit.facts.of(person)
    assert (facts.erased, facts.residence, facts.birth_year) == (True, None, None)
    assert facts.objections


def test_facts_of_nobody_cannot_change(state: LedgerState) -> None:
    """A fact about an unknown person is refused, not kept somewhere."""
    with pytest.raises(NotFoundError, match="no-such-person"), state.unit(at=NOW) as unit:
        unit.facts.object("p-nobody", marketing=True)

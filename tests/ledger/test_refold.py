"""What was known of a person at an earlier moment is folded from the ledger, and says what the tables said then."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from random import Random

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings, strategies
from tests.ledger.conftest import NOW, new_person, raw

from troth.ledger.refold import FIELDS
from troth.ledger.state import LedgerState, LedgerUnit, StateSettings
from troth.model.change import Telling, Way
from troth.model.event import Retain
from troth.model.question import NOTHING_KNOWN, Facts
from troth.ports.facts import Closing, FactsOfPersons, Release
from troth.ports.notices import Notices, Outcome
from troth.ports.state import NotFoundError, RefusedError, StateError

NEWSLETTER = Release("send", "newsletter", ("email",), channel="email", token="aa.1.bb")
EXTRACT = Release("disclose", "handling", ("email", "name"), recipient="handler", destination="US")


def timeless(facts: Facts) -> Facts:
    """Without the size of the whole ledger, which a fold of one person does not know."""
    return replace(facts, position=0)


Change = Callable[[FactsOfPersons, str, Random], object]
CHOICES, MATTERS, REFS = ("news", "push"), ("complaint", "breach"), ("", "c-1")

CHANGES: tuple[Change, ...] = (
    lambda f, who, rng: f.relate(who, rng.choice(["member", "customer"]), holds=rng.random() < 0.6),
    lambda f, who, rng: f.choose(who, rng.choice(CHOICES), yes=rng.random() < 0.6, version=rng.randrange(3)),
    lambda f, who, rng: f.confirm(who, rng.choice(CHOICES)),
    lambda f, who, rng: f.object(who, purpose=rng.choice(["offers", ""]), marketing=rng.random() < 0.5),
    lambda f, who, rng: f.overrule(who, rng.choice(list(f.of(who).objections or ())).event, because="won"),
    lambda f, who, _: f.restrict(who, Closing("art-18", ["phone"], law="x"), Closing("tax", until=NOW.date())),
    lambda f, who, rng: f.lift(who, rng.choice(list(f.of(who).restrictions or ())).event, because="over"),
    lambda f, who, rng: f.learn(who, residence=rng.choice(["ES", "US-CA", None]), birth_year=rng.choice([1990, None])),
    lambda f, who, rng: f.learn(who, citizenship=rng.choice(["DE", None])),
    lambda f, who, rng: f.happen(who, rng.choice(["flight", "sale"]), on=NOW - timedelta(days=rng.randrange(9))),
    lambda f, who, rng: f.open_matter(who, rng.choice(MATTERS), ref=rng.choice(REFS)),
    lambda f, who, rng: f.close_matter(who, rng.choice(MATTERS), ref=rng.choice(REFS)),
    lambda f, who, rng: f.release({who}, rng.choice([NEWSLETTER, EXTRACT])),
    lambda f, who, _: f.mark_erased(who),
)
"""Every way in which a fact changes."""


def something(unit: LedgerUnit, person: str, rng: Random) -> None:
    """One change of one fact. One that is refused, or has nothing to change, is none."""
    with suppress(NotFoundError, RefusedError, IndexError):
        if rng.random() < 0.2:
            notice(unit.notices, person, rng)
        else:
            rng.choice(CHANGES)(unit.facts, person, rng)


def notice(notices: Notices, person: str, rng: Random) -> None:
    """A version is put before somebody, is sent to them, or comes back."""
    version = rng.choice(["v1", "v2"])
    match rng.randrange(4):
        case 0:
            notices.reach(person, version, Way.SHOWN)
        case 1:
            notices.intend(version, {person: f"{version}-{person}"})
        case 2:
            state = rng.choice([Telling.ACCEPTED, Telling.LATER, Telling.BOUNCED, Telling.NO_WAY])
            if not any(each.version == version for each in notices.tried(person)):
                notices.settle(version, [Outcome(person, state, counts_from=NOW)])
        case _:
            notices.bounce(version, person, "5.1.1")


def test_every_earlier_moment_is_told_again(state: LedgerState) -> None:
    """Tables and fold say the same after each change, and the fold says later what the tables said then."""

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(seed=strategies.integers(0, 10**9), steps=strategies.integers(1, 20))
    def holds(seed: int, steps: int) -> None:
        rng, seen = Random(seed), []
        person = new_person(state)
        for step in range(steps):
            with state.unit(at=NOW + timedelta(minutes=step)) as unit:
                something(unit, person, rng)
                seen.append(unit.facts.of(person))
                assert timeless(unit.facts.as_of(person)) == timeless(seen[-1])
        with state.unit(at=NOW + timedelta(days=1)) as unit:
            for then in seen:
                assert timeless(unit.facts.as_of(person, event=then.event)) == timeless(then)

    holds()


def test_every_fact_of_a_person_has_a_kind_that_brings_it() -> None:
    """A fact that is added to the model and forgotten here would be told as never having been."""
    brought = {name for names in FIELDS.values() for name in names}
    of_the_envelope = {
        "residence",
        "birth_year",
        "citizenship",
        "erased",
        "known_with",
        "age_seconds",
        "position",
        "event",
    }
    assert brought | of_the_envelope == {field.name for field in fields(Facts)}


def test_a_move_changes_what_holds_now_and_not_what_held_then(state: LedgerState) -> None:
    """Learned in January, moved in March: each day has its own answer, and so has each position."""
    january, march = datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 3, 9, tzinfo=UTC)
    with state.unit(at=january) as unit:
        person = unit.persons.new()
        unit.facts.learn(person, residence="ES", citizenship="DE")
    before = state.ledger.place().size
    with state.unit(at=march) as unit:
        unit.facts.learn(person, residence="US-CA")
    state.ledger.place()
    with state.unit(at=march) as unit:
        now = unit.facts.of(person)
        assert (now.residence, now.citizenship) == ("US-CA", "DE")
        assert unit.facts.as_of(person, moment=datetime(2026, 2, 1, tzinfo=UTC)).residence == "ES"
        assert unit.facts.as_of(person, position=before).residence == "ES"
        assert unit.facts.as_of(person, moment=datetime(2025, 12, 1, tzinfo=UTC)) == NOTHING_KNOWN


def test_what_was_erased_is_not_told_again(state: LedgerState) -> None:
    """Words gone, fact unknown: None, which closes, and never an empty list, which would open."""
    person, other = new_person(state), new_person(state)
    with state.unit(at=NOW) as unit:
        unit.facts.object(person, marketing=True)
        unit.facts.choose(person, "news", yes=True, version=1)
        unit.facts.learn(person, residence="ES")
        unit.facts.release([person, other], NEWSLETTER)
        assert unit.facts.as_of(person).objections
    with state.unit(at=NOW) as unit:
        unit.events.erase(person, {Retain.STATE})
    with state.unit(at=NOW) as unit:
        left = unit.facts.as_of(person)
        assert (left.objections, left.messages, left.residence) == (None, None, None)
        assert left.choices is not None
        assert left.choices["news"].yes, "proof of consent was kept, and is told"
        assert unit.facts.as_of(other).messages == {("newsletter", "email"): (NOW,)}, "the neighbour's part stays"


def test_events_of_one_person_commit_in_the_order_of_their_ids(state: LedgerState) -> None:
    """Who changes a fact holds the person until the commit, so that no earlier id can appear later."""
    person = new_person(state)

    def change() -> None:
        with state.unit(at=NOW) as second:
            second.scope.connection.execute("SET LOCAL lock_timeout = '200ms'")
            second.facts.relate(person, "customer", holds=True)

    with state.unit(at=NOW) as unit:
        unit.facts.relate(person, "member", holds=True)
        with pytest.raises(StateError, match="state-busy"):
            change()
    change()


def test_a_yes_is_confirmed_once_and_a_new_one_waits_again(state: LedgerState) -> None:
    """Double opt-in: said, confirmed, said again to other words, and no longer confirmed."""
    person = new_person(state)
    with state.unit(at=NOW) as unit:
        with pytest.raises(RefusedError, match="nothing-to-confirm"):
            unit.facts.confirm(person, "news")
        unit.facts.choose(person, "news", yes=True, version=1)
        unit.facts.confirm(person, "news")
        choices = unit.facts.of(person).choices
        assert choices is not None
        assert choices["news"].confirmed
        with pytest.raises(RefusedError, match="nothing-to-confirm"):
            unit.facts.confirm(person, "news")
        unit.facts.choose(person, "news", yes=True, version=2)
        choices = unit.facts.of(person).choices
        assert choices is not None
        assert not choices["news"].confirmed
        unit.facts.choose(person, "news", yes=False, version=2)
        with pytest.raises(RefusedError, match="nothing-to-confirm"):
            unit.facts.confirm(person, "news")


def test_marketing_is_never_overruled(state: LedgerState, settings: StateSettings) -> None:
    """Grounds of ours override an ordinary objection, its own person's alone; the database itself refuses the other."""
    person, other = new_person(state), new_person(state)
    with state.unit(at=NOW) as unit:
        ordinary = unit.facts.object(person, purpose="statistics")
        marketing = unit.facts.object(person, marketing=True)
        with pytest.raises(NotFoundError, match="no-such-objection"):
            unit.facts.overrule(other, ordinary, because="x")
        with pytest.raises(RefusedError, match="marketing-stands"):
            unit.facts.overrule(person, marketing, because="x")
        unit.facts.overrule(person, ordinary, because="canary-because-5520")
        with pytest.raises(NotFoundError, match="no-such-objection"):
            unit.facts.overrule(person, ordinary, because="again")
        said = {o.event: o.overruled for o in unit.facts.of(person).objections or ()}
    assert said == {ordinary: True, marketing: False}
    with raw(settings) as connection:
        with pytest.raises(psycopg.errors.CheckViolation, match="objection_marketing_stands"):
            connection.execute("UPDATE objection SET overruled_by = event WHERE marketing")
        connection.rollback()
        everything = str(connection.execute("SELECT * FROM objection").fetchall())
        everything += str(connection.execute("SELECT envelope FROM event").fetchall())
    assert "canary" not in everything


def test_a_note_is_handed_in_once(state: LedgerState) -> None:
    """A queue that is read twice writes one release, at the time when it left; a person who is unknown gets none."""
    person = new_person(state)
    left = NOW - timedelta(hours=3)
    with state.unit(at=NOW) as unit:
        first = unit.facts.release([person], NEWSLETTER, at=left, note="n-1")
    with state.unit(at=NOW) as unit:
        assert unit.facts.release([person], NEWSLETTER, at=left, note="n-1") == first
        nobody = unit.facts.release([], NEWSLETTER, note="n-2")
        assert unit.facts.release([], NEWSLETTER, note="n-2") == nobody
        assert [(r.event, r.at) for r in unit.facts.releases(person)] == [(first, left)]
        assert unit.facts.of(person).messages == {("newsletter", "email"): (left,)}
        with pytest.raises(NotFoundError, match="no-such-person"):
            unit.facts.release(["p-nobody"], NEWSLETTER)


def test_messages_are_what_was_sent_and_nothing_else(state: LedgerState) -> None:
    """A disclosure to a recipient is a release and no message; each of several people has one of their own."""
    person, other = new_person(state), new_person(state)
    with state.unit(at=NOW) as unit:
        unit.facts.release([person, other], NEWSLETTER)
        unit.facts.release([person], EXTRACT)
        assert unit.facts.of(person).messages == {("newsletter", "email"): (NOW,)}
        assert [r.what.recipient for r in unit.facts.releases(person)] == ["", "handler"]
        assert [r.what.elements for r in unit.facts.releases(other)] == [("email",)]
        event = unit.events.get(unit.facts.releases(person)[0].event)
    assert event.envelope["token"] == "aa.1.bb"
    assert len(event.slots) == 2

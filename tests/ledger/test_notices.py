"""Which version of the notice governs whom: held to a slow and obvious reference, and history as it was lived."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from troth.ledger.state import LedgerState
from troth.model.change import Followed, Telling, Way
from troth.ports.notices import Outcome
from troth.ports.state import PolicyVersion

START = datetime(2026, 3, 1, tzinfo=UTC)
KINDS = ("customer", "member")


def day(number: int, hour: int = 0) -> datetime:
    return START + timedelta(days=number, hours=hour)


def publish(state: LedgerState, name: str, on: int, starts: int, **asks: object) -> None:
    """A version published on a day, in force from another."""
    with state.unit(at=day(on)) as unit:
        unit.policies.add(PolicyVersion(name, {"a.yaml": name}, day(starts), "staff:1"))
        if asks:
            unit.notices.follow(Followed(name, max(day(on), day(starts)), **{"message": True, **asks}))  # type: ignore[arg-type]


def come(state: LedgerState, on: int, *kinds: str) -> str:
    """Somebody who came on a day."""
    with state.unit(at=day(on)) as unit:
        person = unit.persons.new()
        for kind in kinds or KINDS[:1]:
            unit.facts.relate(person, kind, holds=True)
    return person


def accept(state: LedgerState, person: str, name: str, on: int, counts: int) -> None:
    """A message accepted on a day, counting from another."""
    with state.unit(at=day(on)) as unit:
        unit.notices.intend(name, {person: f"mark-{name}-{person}"})
        unit.notices.settle(name, [Outcome(person, Telling.ACCEPTED, counts_from=day(counts))])


def governed(state: LedgerState, person: str, on: int) -> str:
    with state.unit(at=day(on)) as unit:
        return unit.notices.governing([person]).get(person, "")


def test_a_version_that_waits_governs_those_it_reached_and_those_who_came_after(state: LedgerState) -> None:
    publish(state, "v1", 0, 0)
    told, bounced, silent = (come(state, 1) for _ in range(3))
    publish(state, "v2", 2, 10, waits=True)
    between = come(state, 5)
    accept(state, told, "v2", 3, 8)
    accept(state, bounced, "v2", 3, 8)
    with state.unit(at=day(4)) as unit:
        assert unit.notices.bounce("v2", bounced, "5.1.1")
        assert not unit.notices.bounce("v2", bounced, "5.1.1")
    after = come(state, 11)
    assert {governed(state, each, 9) for each in (told, bounced, silent, between)} == {"v1"}
    assert governed(state, told, 10) == "v2"
    assert {governed(state, each, 12) for each in (bounced, silent, between)} == {"v1"}
    assert governed(state, after, 12) == "v2"
    publish(state, "v3", 13, 13)
    assert governed(state, told, 13) == "v3"
    assert governed(state, bounced, 13) == "v1"
    with state.unit(at=day(14)) as unit:
        assert unit.notices.reach(bounced, "v3", Way.SHOWN)
        assert not unit.notices.reach(bounced, "v3", Way.SHOWN)
    assert governed(state, bounced, 14) == "v3"


def test_nobody_is_held_back_whom_it_does_not_concern(state: LedgerState) -> None:
    publish(state, "v1", 0, 0)
    member, customer, nobody = come(state, 1, "member"), come(state, 1, "customer"), come(state, 1, "visitor")
    publish(state, "v2", 2, 3, waits=True, relationships=("member",))
    assert [governed(state, each, 4) for each in (member, customer, nobody)] == ["v1", "v2", "v2"]


def test_a_message_that_comes_back_late_takes_back_what_it_had_opened(state: LedgerState) -> None:
    """And what held on the days in between is not written anew."""
    publish(state, "v1", 0, 0)
    person = come(state, 1)
    publish(state, "v2", 2, 2, waits=True)
    accept(state, person, "v2", 3, 5)
    assert governed(state, person, 6) == "v2"
    with state.unit(at=day(7)) as unit:
        assert unit.notices.bounce("v2", person, "4.4.7")
    assert governed(state, person, 8) == "v1"
    with state.unit(at=day(9)) as unit:
        lived = [(each.version, each.since, each.way) for each in unit.notices.history(person)]
    assert lived == [
        ("v1", day(1), Way.REGISTERED),
        ("v2", day(5), Way.MESSAGE),
        ("v1", day(7), Way.REGISTERED),
    ]


def test_a_version_dated_back_was_not_known_before_it_was_published(state: LedgerState) -> None:
    publish(state, "v1", 0, 0)
    person = come(state, 1)
    publish(state, "v2", 9, 0)
    with state.unit(at=day(10)) as unit:
        assert unit.notices.governing([person])[person] == "v2"
        assert unit.notices.governing([person], at=day(5))[person] == "v1"
        assert [(each.version, each.since) for each in unit.notices.history(person)] == [("v1", day(1)), ("v2", day(9))]


def test_who_is_still_to_be_told(state: LedgerState) -> None:
    """In order, in pieces, each once; what was begun and not ended is begun again, and said to be."""
    publish(state, "v1", 0, 0)
    people = sorted(come(state, 1) for _ in range(5))
    member = come(state, 1, "member")
    with state.unit(at=day(1)) as unit:
        unit.facts.mark_erased(people[4])
    publish(state, "v2", 2, 6, waits=True, relationships=("customer",))
    with state.unit(at=day(3)) as unit:
        first = unit.notices.to_tell("v2", limit=2)
        assert [each.person for each in first] == people[:2]
        assert {each.governed_by for each in first} == {"v1"}
        unit.notices.intend("v2", {each.person: f"m-{each.person}" for each in first})
        unit.notices.settle(
            "v2",
            [Outcome(people[0], Telling.ACCEPTED, counts_from=day(6)), Outcome(people[1], Telling.LATER, "4.2.1")],
        )
        rest = unit.notices.to_tell("v2", after=people[1], limit=9)
        assert [each.person for each in rest] == people[2:4]
        unit.notices.intend("v2", {people[2]: f"m-{people[2]}"})
    with state.unit(at=day(4)) as unit:
        left = unit.notices.to_tell("v2", limit=9)
        assert [(each.person, each.again, each.tries) for each in left] == [
            (people[1], False, 1),
            (people[2], True, 1),
            (people[3], False, 0),
        ]
        assert member not in {each.person for each in left}
        assert unit.notices.marked(f"m-{people[2]}") == ("v2", people[2])
        assert unit.notices.standing("v2") == {
            ("accepted", ""): 1,
            ("later", "4.2.1"): 1,
            ("sending", ""): 1,
            ("open", ""): 1,
        }


# --- The reference ----------------------------------------------------------------------------------------------------


@dataclass
class Story:
    """Versions and one person, in days."""

    versions: list[tuple[int, int, bool, tuple[str, ...]]]
    """Published, in force, waits, whom it concerns."""
    came: dict[str, int]
    told: dict[int, tuple[int, int | None]] = field(default_factory=dict)
    """Version -> counts from, until."""


def obvious(story: Story, on: int) -> int | None:
    """Walk from version to version, and stop before the first that had to wait for this person."""
    begun = [n for n, (_, starts, _, _) in enumerate(story.versions) if starts <= on]
    begun.sort(key=lambda n: (story.versions[n][1], n))
    at: int | None = None
    for place, number in enumerate(begun):
        published, starts, waits, whom = story.versions[number]
        concerned = any(since < max(published, starts) and (not whom or k in whom) for k, since in story.came.items())
        reached = any(
            later in story.told
            and story.told[later][0] <= on
            and (story.told[later][1] is None or (story.told[later][1] or 0) > on)
            for later in begun[place:]
        )
        if place and waits and concerned and not reached:
            return at
        at = number
    return at


stories = st.builds(
    Story,
    versions=st.lists(
        st.tuples(
            st.integers(0, 3), st.integers(0, 12), st.booleans(), st.sampled_from([(), ("customer",), ("member",)])
        ),
        min_size=1,
        max_size=4,
    ),
    came=st.dictionaries(st.sampled_from(KINDS), st.integers(0, 12), min_size=1),
    told=st.dictionaries(st.integers(0, 3), st.tuples(st.integers(0, 12), st.none() | st.integers(0, 14)), max_size=3),
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=stories, on=st.integers(0, 14))
def test_the_statement_says_what_the_reference_says(state: LedgerState, story: Story, on: int) -> None:
    story.told = {number: (a, b) for number, (a, b) in story.told.items() if number < len(story.versions)}
    tag = f"{id(story)}-{hash(str(story))}"
    with state.unit(at=day(20)) as unit:
        connection = unit.scope.connection
        connection.execute("DELETE FROM notice_told")
        connection.execute("DELETE FROM notice_change")
        connection.execute("DELETE FROM policy_version")
    for number, (published, starts, waits, whom) in enumerate(story.versions):
        publish(state, f"{tag}-{number}", published, starts, waits=waits and number > 0, relationships=whom)
    with state.unit(at=day(20)) as unit:
        person = unit.persons.new()
    for kind, since in story.came.items():
        with state.unit(at=day(since)) as unit:
            unit.facts.relate(person, kind, holds=True)
    with state.unit(at=day(20)) as unit:
        for number, (since, until) in story.told.items():
            unit.notices.reach(person, f"{tag}-{number}", Way.SHOWN)
            unit.scope.connection.execute(
                "UPDATE notice_told SET counts_from = %s, counts_until = %s WHERE person = %s AND version = %s",
                (day(since), None if until is None else day(until), person, f"{tag}-{number}"),
            )
    story.versions = [(p, s, w and n > 0, whom) for n, (p, s, w, whom) in enumerate(story.versions)]
    expected = obvious(story, on)
    assert governed(state, person, on) == ("" if expected is None else f"{tag}-{expected}")

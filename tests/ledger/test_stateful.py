"""The ledger against a model of a few lines: random appends, late commits, placings and erasures in any order."""

from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from hypothesis import HealthCheck, strategies
from hypothesis import settings as sized
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.ledger.conftest import NOW, new_person

from troth.ledger.state import LedgerState, LedgerUnit, StateSettings
from troth.model.event import Event, Retain, Slot
from troth.model.personal import Personal

PEOPLE = 3
MOST_OPEN = 3


@dataclass
class Late:
    """A transaction that is still open."""

    context: AbstractContextManager[LedgerUnit]
    event: int
    people: frozenset[int]


@dataclass
class Written:
    """What the model knows of a committed event: who may still be read in it."""

    event: int
    readable: dict[int, bool] = field(default_factory=dict)


class LedgerMachine(RuleBasedStateMachine):
    """The real ledger, and a list."""

    def __init__(self, state: LedgerState) -> None:
        super().__init__()
        self.state = state
        self.committed: dict[int, Written] = {}
        self.followed: list[int] = []
        self.open: list[Late] = []

    @initialize()
    def begin(self) -> None:
        self.people = [new_person(self.state) for _ in range(PEOPLE)]
        self.after = self.state.ledger.place().size - 1

    def write(self, unit: LedgerUnit, people: frozenset[int]) -> int:
        slots = [Slot(self.people[n], Retain.CASE, Personal({"who": n})) for n in sorted(people)]
        return unit.events.append(Event("model.said", NOW, {"people": len(people)}, tuple(slots)))

    def commit(self, event: int, people: frozenset[int]) -> None:
        self.committed[event] = Written(event, dict.fromkeys(sorted(people), True))

    @rule(people=strategies.frozensets(strategies.integers(0, PEOPLE - 1)))
    def append(self, people: frozenset[int]) -> None:
        with self.state.unit(at=NOW) as unit:
            event = self.write(unit, people)
        self.commit(event, people)

    @precondition(lambda self: len(self.open) < MOST_OPEN)
    @rule(people=strategies.frozensets(strategies.integers(0, PEOPLE - 1)))
    def append_and_stay_open(self, people: frozenset[int]) -> None:
        context = self.state.unit(at=NOW)
        unit = context.__enter__()
        self.open.append(Late(context, self.write(unit, people), people))

    @precondition(lambda self: self.open)
    @rule(which=strategies.integers(0, MOST_OPEN), fails=strategies.booleans())
    def end_a_late_one(self, which: int, fails: bool) -> None:
        late = self.open.pop(which % len(self.open))
        if fails:
            late.context.__exit__(RuntimeError, RuntimeError("rolled back"), None)
            return
        late.context.__exit__(None, None, None)
        self.commit(late.event, late.people)

    @rule(person=strategies.integers(0, PEOPLE - 1))
    def erase(self, person: int) -> None:
        if any(person in late.people for late in self.open):
            return  # an erasure in the very moment of a write is the documented weakness
        with self.state.unit(at=NOW) as unit:
            unit.events.erase(self.people[person], {Retain.CASE})
        for written in self.committed.values():
            if person in written.readable:
                written.readable[person] = False

    @rule(limit=strategies.sampled_from([1, 2, 100]))
    def place(self, limit: int) -> None:
        self.state.ledger.place(limit=limit)

    @rule()
    def follow(self) -> None:
        """A reader that remembers only the last position it saw."""
        with self.state.unit(at=NOW) as unit:
            found = unit.events.read(after=self.after)
        assert [each.position for each in found] == list(range(self.after + 1, self.after + 1 + len(found)))
        for each in found:
            self.after = each.position if each.position is not None else self.after
            if each.kind == "model.said":
                self.followed.append(each.id)

    @invariant()
    def nothing_is_followed_twice_or_before_its_commit(self) -> None:
        assert len(set(self.followed)) == len(self.followed)
        assert set(self.followed) <= set(self.committed)

    def teardown(self) -> None:
        for late in self.open:
            late.context.__exit__(None, None, None)
            self.commit(late.event, late.people)
        if not hasattr(self, "after"):
            return
        while self.state.ledger.place().events:
            pass
        self.follow()
        assert set(self.followed) == set(self.committed)  # nobody was missed, however late
        with self.state.unit(at=NOW) as unit:
            for event, written in self.committed.items():
                slots = unit.events.get(event).slots
                assert [slot is not None for slot in slots] == list(written.readable.values())
        self.state.ledger.audit()
        self.state.ledger.check()


def test_ledger_follows_its_model(settings: StateSettings) -> None:
    """Any order of appends, late commits, rollbacks, erasures and placings: all followed once, slots right."""
    with LedgerState.open(settings) as state:
        run_state_machine_as_test(lambda: LedgerMachine(state), settings=FEW)


FEW = sized(max_examples=8, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck))

"""Whole lists of people put to the gate with the facts of now, and what left the house of them kept in the ledger."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from troth.desk.asking import STRANGER
from troth.desk.governing import versions_for_all
from troth.desk.house import House
from troth.desk.requests import identifiers_from
from troth.gate.ask import ask
from troth.model.audience import Made
from troth.model.person import Identifier
from troth.model.policy import Policy
from troth.model.problem import InputError
from troth.model.question import NOBODY, Facts, Question
from troth.ports.state import Unit

AT_ONCE = 2_000
"""Values that are looked up in one transaction."""
KEPT = 65_536
"""Answers kept for people who stand alike."""


@dataclass(frozen=True)
class Judge:
    """Answers about whoever a value leads to: empty on a yes, otherwise the first reason against."""

    house: House
    question: Question
    kind: str
    """Kind of the identifiers."""

    def codes(self, values: Iterator[str]) -> Iterator[tuple[str, str]]:
        """(value, code) for each value, in parts, each with the facts of its own moment."""
        while part := list(islice(values, AT_ONCE)):
            yield from zip(part, self._part(part), strict=True)

    def _part(self, values: Sequence[str]) -> list[str]:
        house = self.house
        identifiers = [self._identifier(value) for value in values]
        readable = [each for each in identifiers if isinstance(each, Identifier)]
        with house.unit() as unit:
            found = unit.persons.reached_by(readable)
            people = frozenset(person for each in found for person in each)
            facts, versions = unit.facts.of_many(people), self._versions(unit, people)
        question = replace(self.question, at=house.clock.now())
        reached = iter(found)
        return [
            self._code(question, next(reached), facts, versions) if isinstance(each, Identifier) else each
            for each in identifiers
        ]

    def _versions(self, unit: Unit, people: frozenset[str]) -> Mapping[str, tuple[Policy, ...]]:
        return versions_for_all(self.house, unit, people)

    def _identifier(self, value: str) -> Identifier | str:
        try:
            return identifiers_from(self.house, [(self.kind, value)], proven=True)[0]
        except InputError as error:
            if error.exit_code == 3:  # noqa: PLR2004 - the kind, not the value
                raise
            return error.code

    def _code(
        self,
        question: Question,
        people: Sequence[str],
        facts: Mapping[str, Facts],
        versions: Mapping[str, tuple[Policy, ...]],
    ) -> str:
        """Everybody whom the value leads to must be allowed: what is done with it is done to them all."""
        for person in people or (STRANGER,):
            known, hold = facts.get(person, NOBODY), versions.get(person, (self.house.policy,))
            answer = ask(hold, replace(question, person=person), known, self.house.cite)
            if not answer.allowed:
                return next((reason.code for reason in answer.reasons if not reason.allows), "nothing-released")
        return ""


def note_made(house: House, made: Made, *, by: str) -> None:
    """Write into the ledger that a file was made: what it is for, how many it holds, and which file it was."""
    with house.unit(by) as unit:
        said = {name: value for name, value in vars(made).items() if value != ""}
        unit.events.record("audience.made", said)
    house.state.ledger.place()


def note_delivered(house: House, file: str, *, by: str) -> None:
    """Write into the ledger that a file was handed over and our copy is gone."""
    with house.unit(by) as unit:
        unit.events.record("audience.delivered", {"file": file})
    house.state.ledger.place()

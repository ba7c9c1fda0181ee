"""Ask the gate about somebody we may or may not know, and keep what a person says to us."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from troth.desk import own
from troth.desk.governing import agreed, versions_for
from troth.desk.house import House
from troth.gate.ask import ask as decide
from troth.model.person import Identifier
from troth.model.problem import InputError
from troth.model.question import NOBODY, Answer, Operation, Question
from troth.ports.state import Unit

STRANGER = "nobody-known"
"""The person id of a question about somebody we do not know."""


@dataclass(frozen=True)
class Asked:
    """A question with its answer."""

    question: Question
    answer: Answer


def ask(
    house: House,
    operation: str,
    purpose: str,
    identifiers: Sequence[Identifier],
    *,
    channel: str = "",
    fields: Sequence[str] = (),
) -> Asked:
    """Ask now, with the facts of now, about the one person to whom all identifiers lead.

    Raises InputError for an operation that does not exist, `identifiers-disagree`.
    """
    known = ", ".join(f"`{value}`" for value in Operation)
    if operation not in set(Operation):
        raise InputError("unknown-operation", f"`{operation}` is not an operation", f"one of {known}", exit_code=3)
    with house.unit() as unit:
        person = _one(unit, identifiers)
        facts = unit.facts.of(person) if person else NOBODY
        versions = versions_for(house, unit, person) if person else (house.policy,)
    question = Question(
        Operation(operation), purpose, person or STRANGER, house.clock.now(), tuple(fields), channel=channel
    )
    return Asked(question, decide(versions, question, facts, house.cite))


def know(house: House, identifiers: Sequence[Identifier], relationships: Sequence[str], *, by: str) -> str:
    """Make a person known, with their relationships.

    Raises InputError for a relationship that is not declared, `identifiers-disagree`.
    """
    for name in relationships:
        _declared(name, house.policy.relationships, "relationship")
    with house.unit(by) as unit:
        person = _living(unit, _one(unit, identifiers, new=True) or unit.persons.new(), identifiers)
        for identifier in identifiers:
            unit.persons.link(person, identifier, reason="introduced")
        own.heed_marks(unit, person, identifiers)
        for name in relationships:
            unit.facts.relate(person, name, holds=True)
    return person


def choose(house: House, identifiers: Sequence[Identifier], choice: str, *, yes: bool, by: str) -> None:
    """Keep what a person said to a choice, with the very words that were shown."""
    _declared(choice, house.policy.choices, "choice")
    declared = house.policy.choices[choice]
    shown = {"wording": house.policy.words(declared.says), "version": declared.version}
    with house.unit(by) as unit:
        person = _living(unit, _known(_one(unit, identifiers)), identifiers)
        unit.facts.choose(person, choice, yes=yes, version=declared.version, shown=shown)
        if yes:
            agreed(house, unit, person, choice)


def object_to(
    house: House, identifiers: Sequence[Identifier], *, purpose: str = "", channel: str = "", by: str
) -> None:
    """Keep an objection as a rule; without a purpose it covers all direct marketing, in channels to come too."""
    if purpose:
        _declared(purpose, house.policy.purposes, "purpose")
    if channel:
        _declared(channel, {name for each in house.policy.purposes.values() for name in each.channels}, "channel")
    with house.unit(by) as unit:
        person = _living(unit, _known(_one(unit, identifiers)), identifiers)
        unit.facts.object(person, purpose=purpose, channel=channel, marketing=not purpose)


def _one(unit: Unit, identifiers: Sequence[Identifier], *, new: bool = False) -> str | None:
    """The one person to whom all identifiers lead; None when nobody is known by any. None is quietly dropped.

    An identifier that only hints at somebody goes with the person whom another one proves, if it hints at them too. A
    `new` one may lead nowhere yet. Raises InputError `identifiers-disagree`: any guess would wrong somebody.
    """
    proven = {person for identifier in identifiers if (person := unit.persons.by(identifier))}
    person = next(iter(proven), None)
    agree = len(proven) <= 1
    if person and agree:
        hinted = [unit.persons.hinted(identifier) for identifier in identifiers]
        agree = all(person in each if each else new for each in hinted)
    if not agree:
        message = f"the {len(identifiers)} identifiers do not lead to one person"
        remedy = "name one that is theirs for sure, or let the privacy office decide whose each is"
        raise InputError("identifiers-disagree", message, remedy, exit_code=2)
    return person


def _living(unit: Unit, person: str, identifiers: Sequence[Identifier]) -> str:
    """Who somebody is now. What is said after an erasure is said by a new person: the old id takes nothing in."""
    unit.persons.hold(person)  # an erasure that ends just now is waited for, and then seen
    if not unit.facts.of(person).erased:
        return person
    new = own.begin_anew(unit, person, identifiers)
    for identifier in identifiers:
        unit.persons.link(new, identifier, reason="came back")
    own.heed_marks(unit, new, identifiers)
    return new


def _known(person: str | None) -> str:
    if person is None:
        raise InputError(
            "nobody", "nobody is known by this identifier", "introduce them first: `troth know`", exit_code=2
        )
    return person


def _declared(name: str, among: Collection[str], what: str) -> None:
    if name not in among:
        raise InputError(
            f"unknown-{what}",
            f"`{name}` is not a declared {what}",
            f"declared: {', '.join(sorted(among))}",
            exit_code=3,
        )

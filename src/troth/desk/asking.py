"""Ask the gate about somebody we may or may not know, and let something leave the house.

An answer carries all that explains it later in its token; nothing is logged. What leaves is asked about once more, in
the transaction that writes it down: nobody's no comes in between. While our own database does not answer, whatever
hangs on facts is closed; what is owed to the person goes on, and is noted on this machine until it can be written down.
"""

import secrets
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any, TypedDict, Unpack

from troth.desk import own
from troth.desk.governing import agreed, versions_for
from troth.desk.house import House
from troth.gate.ask import ask as decide
from troth.model.event import Json
from troth.model.person import Identifier
from troth.model.personal import Personal
from troth.model.policy import Policy
from troth.model.problem import InputError
from troth.model.question import NOBODY, NOTHING_KNOWN, Answer, Facts, Operation, Question, Reason
from troth.ports.facts import Release
from troth.ports.state import StateUnavailableError, Unit

STRANGER = "nobody-known"
"""The person id of a question about somebody we do not know."""
UNSEEN = "out-of-sight"
"""The person id of a question that was asked while our own database did not answer: who it is nobody could see."""
VIEW_TOO_OLD = "view-too-old"
WOULD_HAVE_SAID_NO = "would-have-said-no"
RELEASED_BEFORE = "released-before"
RELEASES = frozenset({Operation.SEND, Operation.DISCLOSE, Operation.TRANSFER})
"""By these something leaves the house."""


class About(TypedDict, total=False):
    """What a question may say beside operation, purpose and person; the words are those of `Question`."""

    fields: Sequence[str]
    channel: str
    recipient: str
    destination: str
    role: str
    activity: str
    source: str
    topic: str
    form: str
    group: int
    itinerary: Collection[str]
    decision: str
    tracker: str
    instruction: str
    space: str
    emergency: bool


@dataclass(frozen=True)
class Asked:
    """A question with its answer."""

    question: Question
    answer: Answer
    at_least: int = 0
    """The position that the view had to have."""
    identifiers: tuple[Identifier, ...] = ()
    observed: date | None = None
    """The last day on which the gate only watches, where that is why the answer is a yes."""
    released: int | None = None
    """Event that says what left."""
    note: str = ""
    """Note on this machine of what left while our own database did not answer."""


def ask(
    house: House,
    operation: str,
    purpose: str,
    identifiers: Sequence[Identifier],
    *,
    at_least: int = 0,
    **about: Unpack[About],
) -> Asked:
    """Ask now, with the facts of now, about the one person to whom all identifiers lead.

    Args:
        house: the installation.
        operation: one of `Operation`.
        purpose: purpose id.
        identifiers: who it is about.
        at_least: a ledger position; an older view than that is a no with its own code.
        about: whatever else the question says.

    Raises InputError for an operation that does not exist, `identifiers-disagree`.
    """
    question = _question(house, operation, purpose, about)
    asked = Asked(question, Answer(allowed=False, reasons=()), at_least, tuple(identifiers))
    try:
        with house.unit() as unit:
            return _answered(house, unit, asked)
    except StateUnavailableError:
        return _unseen(house, asked)


def release(house: House, asked: Asked, *, note: str = "") -> Asked:
    """Ask again at the moment of doing and, on a yes, write down what leaves. Then, and not before, it may leave.

    The facts are held until that is committed. Where our own database does not answer, what is owed to the person is
    noted on this machine and handed in later (`later.hand_in`); so is what may have been committed or not, under the
    same note, which is taken over once. Whoever gives a `note` of their own and comes again with it changes nothing.

    Who it is about is who the identifiers lead to; without any, the person of the question.

    Raises InputError `not-a-release`, `identifiers-disagree`, `note-not-kept`.
    """
    if asked.question.operation not in RELEASES:
        message = f"by `{asked.question.operation}` nothing leaves the house"
        raise InputError("not-a-release", message, f"one of: {', '.join(sorted(RELEASES))}", exit_code=3)
    again = replace(asked, question=replace(asked.question, at=house.clock.now()))
    ours = note or secrets.token_hex(12)
    try:
        with house.unit() as unit:
            if note and (before := unit.facts.handed_in(note)):
                return replace(again, answer=_before(again.answer), released=before)
            if person := _whom(unit, asked):
                unit.persons.hold(person)
            again = _answered(house, unit, again)
            if not again.answer.allowed:
                return again
            event = unit.facts.release([person] if person else [], as_release(again), note=ours)
        return replace(again, released=event)
    except StateUnavailableError:
        again = _unseen(house, again)
        if not again.answer.allowed:
            return again
        house.notes.keep(f"{again.question.at:%Y%m%dT%H%M%S%f}-{ours}", Personal(_note(again, ours, named(asked))))
        return replace(again, note=ours)


def as_release(asked: Asked) -> Release:
    """What leaves, by an answer."""
    question, answer = asked.question, asked.answer
    return Release(
        question.operation.value,
        question.purpose,
        answer.released,
        question.channel,
        question.recipient,
        question.destination,
        answer.token,
    )


def _question(house: House, operation: str, purpose: str, about: About) -> Question:
    if operation not in set(Operation):
        known = ", ".join(f"`{value}`" for value in Operation)
        raise InputError("unknown-operation", f"`{operation}` is not an operation", f"one of {known}", exit_code=3)
    said: dict[str, Any] = dict(about)
    said["fields"] = tuple(said.get("fields", ()))
    said["itinerary"] = frozenset(said.get("itinerary", ()))
    return Question(Operation(operation), purpose, STRANGER, house.clock.now(), **said)


def named(asked: Asked) -> str:
    """The person that the question itself names; empty: none."""
    return "" if asked.question.person in (STRANGER, UNSEEN) else asked.question.person


def _whom(unit: Unit, asked: Asked) -> str | None:
    return _one(unit, asked.identifiers) if asked.identifiers else named(asked) or None


def _before(answer: Answer) -> Answer:
    """What the same note is told when it comes again."""
    says = "This left before by the same answer, and the ledger has it: it is not written down again."
    return Answer(allowed=True, reasons=(Reason(RELEASED_BEFORE, allows=True, says=says),), token=answer.token)


def _answered(house: House, unit: Unit, asked: Asked) -> Asked:
    """Answer with what this unit sees."""
    person = _whom(unit, asked)
    facts = unit.facts.of(person) if person else replace(NOBODY, position=unit.facts.position())
    question = replace(asked.question, person=person or STRANGER)
    policies = versions_for(house, unit, person) if person else (house.policy,)
    return answered(house, replace(asked, question=question), policies, facts, unit.policies.observing())


def answered(house: House, asked: Asked, policies: tuple[Policy, ...], facts: Facts, until: date | None) -> Asked:
    """A question with its answer and token. `until`: the last day on which the gate only watches."""
    question = asked.question
    answer = judged(house, policies, question, facts, asked.at_least)
    until = None if answer.allowed else until
    answer = replace(answer, token=_token(house, question, facts, answer.token, asked.at_least, until))
    if until:
        return replace(asked, answer=let_pass(house.policy, question, answer, until), observed=until)
    return replace(asked, answer=answer, observed=None)


def _unseen(house: House, asked: Asked) -> Asked:
    """Answer without any fact: what hangs on none is open, all else is closed, whatever mode the gate is in."""
    question = replace(asked.question, person=UNSEEN)
    return answered(house, replace(asked, question=question), (house.policy,), NOTHING_KNOWN, None)


def judged(house: House, policies: tuple[Policy, ...], question: Question, facts: Facts, at_least: int) -> Answer:
    """What the gate says of these facts; a no of its own code where they are older than the question demands."""
    answer = decide(policies, question, facts, house.cite)
    if at_least <= facts.position:
        return answer
    says = f"The question demands a view of position {at_least} at least, and this one is of {facts.position}."
    reason = Reason(VIEW_TOO_OLD, allows=False, says=says)
    return Answer(allowed=False, reasons=(*answer.reasons, reason), withheld=answer.withheld, token=answer.token)


def let_pass(policy: Policy, question: Question, answer: Answer, until: date) -> Answer:
    """A no that only watches: every reason stays, and one says what this is."""
    purpose = policy.purposes.get(question.purpose)
    wanted = question.fields or tuple(sorted(purpose.uses if purpose else ()))
    says = f"The gate would have said no. It only watches until {until}: a promise is being broken here."
    reason = Reason(WOULD_HAVE_SAID_NO, allows=True, says=says)
    return Answer(
        allowed=True, reasons=(*answer.reasons, reason), released=wanted, duties=answer.duties, token=answer.token
    )


# --- Tokens and notes -------------------------------------------------------------------------------------------------

_PLAIN = Question(Operation.READ, "", "", datetime.min)  # noqa: DTZ901 - only its other fields are compared


def _token(house: House, question: Question, facts: Facts, short: str, at_least: int, until: date | None) -> str:
    """The gate's own token with the question sealed behind it: all that explains the answer but policy and facts."""
    body = {**question_words(question), "event": facts.event}
    if at_least:
        body["at_least"] = at_least
    if until:
        body["observed"] = until.isoformat()
    return house.tokens.seal(short, body)


def question_words(question: Question) -> dict[str, Any]:
    """A question as JSON: what it leaves at its default is left out."""
    said: dict[str, Any] = {"operation": question.operation.value, "purpose": question.purpose}
    said |= {"person": question.person, "at": question.at.isoformat()}
    for each in fields(Question):
        value = getattr(question, each.name)
        if each.name not in said and value != getattr(_PLAIN, each.name):
            several = sorted(value) if isinstance(value, frozenset) else [*value] if isinstance(value, tuple) else None
            said[each.name] = value if several is None else several
    return said


_READ: dict[str, Callable[[Any], Any]] = {
    "operation": Operation,
    "at": datetime.fromisoformat,
    "fields": tuple,
    "itinerary": frozenset,
}


def question_from(words: Json) -> Question:
    """The question again. Raises KeyError, ValueError, TypeError for words that make none."""
    known = {each.name for each in fields(Question)}
    return Question(**{name: _READ.get(name, _same)(value) for name, value in words.items() if name in known})


def _same(value: Any) -> Any:
    return value


def _note(asked: Asked, note: str, person: str) -> Json:
    """What is needed to write it down later. Who it was about stands in it, and so it is sealed."""
    what = as_release(asked)
    return {
        "note": note,
        "at": asked.question.at.isoformat(),
        **({"person": person} if person and not asked.identifiers else {}),
        "identifiers": [[i.kind, i.value.reveal(), i.proven, i.origin] for i in asked.identifiers],
        "release": {each.name: getattr(what, each.name) for each in fields(Release)} | {"elements": [*what.elements]},
    }


# --- What people say --------------------------------------------------------------------------------------------------


def one(unit: Unit, identifiers: Sequence[Identifier]) -> str | None:
    """The one person to whom all identifiers lead; None for nobody. Raises InputError `identifiers-disagree`."""
    return _one(unit, identifiers)


def the_person(unit: Unit, identifiers: Sequence[Identifier]) -> str:
    """The one to whom all identifiers lead, held until the unit ends. Raises InputError `nobody`, as `ask` does."""
    return _living(unit, _known(_one(unit, identifiers)), identifiers)


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

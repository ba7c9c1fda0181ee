"""May this message leave, to this address, now; with which of its blocks; and how does its reader stop the next one.

An address may lead to several people (a family, an office): a message to it reaches them all, so each must be allowed
it, and each one's no takes a block out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from troth.desk import own
from troth.desk.asking import STRANGER
from troth.desk.governing import versions_for_all
from troth.desk.house import House
from troth.desk.requests import identifiers_from
from troth.gate.ask import ask
from troth.gate.codes import base_of
from troth.model.person import Identifier
from troth.model.personal import Personal
from troth.model.policy import Policy
from troth.model.problem import InputError
from troth.model.question import NOBODY, NOTHING_KNOWN, Answer, Facts, Operation, Question
from troth.ports.facts import Release
from troth.ports.state import StateError, StateUnavailableError, Unit

EMAIL = "email"
"""The channel, and the kind of identifier, of a mail address."""
UNSEEN = "fact-missing"
"""Reason that may be gone in a minute: it puts a message off, and does not drop it."""
LINK = "link"
Versions = Mapping[str, tuple[Policy, ...]]
"""Person -> the versions that hold for them."""


class Links(Protocol):
    """Makes and reads links that name a person and a purpose to nobody but us."""

    def make(self, *said: str) -> str:
        """A link that holds these words."""

    def read(self, link: str) -> tuple[str, ...] | None:
        """The words again; None for what is no link of ours."""


@dataclass(frozen=True)
class Verdict:
    """What the gate says about one recipient."""

    allowed: bool
    code: str
    """The first reason against; empty on a yes."""
    for_now: bool = False
    """Nothing but missing facts stands against it: ask again."""
    people: tuple[str, ...] = ()
    blocks: frozenset[str] = frozenset()
    """Blocks of advertising that may stay."""
    link: str = ""
    """What the way out in this message holds; empty: it needs none."""
    token: str = ""
    released: tuple[str, ...] = ()
    """Elements that the message may hold."""
    unseen: bool = False
    """Answered without facts: the ledger hears of it later."""


def judge(house: House, links: Links, purpose: str, address: Personal[str]) -> Verdict:
    """Ask about a message to an address, with the facts of now. An address that cannot be read is a no."""
    try:
        identifiers = identifiers_from(house, [(EMAIL, address.reveal())], proven=True)
    except InputError as error:
        return Verdict(allowed=False, code=error.code)
    try:
        with house.unit() as unit:
            [reached] = unit.persons.reached_by(identifiers)
            known = unit.facts.of_many(reached)
            people = {person: known.get(person, NOBODY) for person in reached} or {STRANGER: NOBODY}
            versions = versions_for_all(house, unit, reached)
    except (StateError, StateUnavailableError):
        people, versions = {STRANGER: NOTHING_KNOWN}, {}
    return _judged(house, links, purpose, people, versions)


def _judged(house: House, links: Links, purpose: str, people: Mapping[str, Facts], versions: Versions) -> Verdict:
    answers = {person: _asked(house, purpose, person, facts, versions) for person, facts in people.items()}
    against = [reason.code for answer in answers.values() for reason in answer.reasons if not reason.allows]
    known = tuple(person for person in people if person != STRANGER)
    allowed = all(answer.allowed for answer in answers.values())
    return Verdict(
        allowed=allowed,
        code="" if allowed else next(iter(against), "nothing-released"),
        for_now=not allowed and bool(against) and all(base_of(code) == UNSEEN for code in against),
        people=known,
        blocks=_blocks(house, purpose, people, versions) if allowed else frozenset(),
        link=_link(house, links, purpose, known, answers.values()) if allowed else "",
        token=next(iter(answers.values())).token,
        released=next(iter(answers.values())).released if allowed else (),
        unseen=any(facts.choices is None for facts in people.values()),
    )


def _asked(house: House, purpose: str, person: str, facts: Facts, versions: Versions) -> Answer:
    question = Question(Operation.SEND, purpose, person, house.clock.now(), channel=EMAIL)
    return ask(versions.get(person, (house.policy,)), question, facts, house.cite)


def _blocks(house: House, purpose: str, people: Mapping[str, Facts], versions: Versions) -> frozenset[str]:
    """A block of advertising stays where all that its choice opens may be sent to everybody who is reached."""
    policy = house.policy
    return frozenset(
        block
        for block, choice in policy.purposes[purpose].channels[EMAIL].blocks.items()
        if all(
            _asked(house, advertised, person, facts, versions).allowed
            for advertised in policy.choices[choice].purposes
            for person, facts in people.items()
        )
    )


def _link(house: House, links: Links, purpose: str, people: tuple[str, ...], answers: Iterable[Answer]) -> str:
    """The way out names one person; where several are reached, the address itself is what must stop."""
    rule = house.policy.purposes[purpose].channels[EMAIL]
    needed = rule.stop == LINK or any("unsubscribe-link" in answer.duties for answer in answers)
    return links.make(purpose, EMAIL, *people) if needed and people else ""


def note_sent(house: House, purpose: str, verdict: Verdict, parcel: str, number: int) -> None:
    """Write into the ledger that a message left, once for each parcel and number, however often it is said."""
    token = verdict.token if len(verdict.people) == 1 else ""
    what = Release(Operation.SEND.value, purpose, verdict.released, channel=EMAIL, token=token)
    with house.unit() as unit:
        unit.facts.release(verdict.people, what, note=f"{parcel}-{number}")


def stop(house: House, said: tuple[str, ...]) -> bool:
    """Carry out what a link says: the kind of message it stood in ends, and no other. False: it is no way out here.

    The link may be years old. A yes that stands is taken back; what hangs on no yes is objected to. Somebody who was
    erased meanwhile gets nothing any more, and somebody who came back is heard.
    """
    purpose, channel, *people = said if len(said) > 2 else ("", "")  # noqa: PLR2004 - purpose, channel, people
    if not people:
        return False
    with house.unit() as unit:
        for person in people:
            _stop(house, unit, _living(unit, person), purpose, channel)
    house.state.ledger.place()
    return True


def _living(unit: Unit, person: str) -> str:
    """Who somebody is now who may have come back after an erasure."""
    came_back = unit.persons.hinted(Identifier(own.EARLIER, Personal(person), proven=False, origin=LINK))
    return came_back[-1] if came_back else person


def _stop(house: House, unit: Unit, person: str, purpose: str, channel: str) -> None:
    facts = unit.facts.of(person)
    if facts.erased is not False or facts.choices is None:
        return
    policy, declared = house.policy, house.policy.purposes.get(purpose)
    rule = declared.channels.get(channel) if declared else None
    filled = set(rule.blocks.values()) if rule else set()
    choices = [
        choice
        for choice in policy.choices.values()
        if choice.id in filled
        or (not filled and purpose in choice.purposes and (not choice.channels or channel in choice.channels))
    ]
    for choice in choices:
        standing = facts.choices.get(choice.id)
        if standing is None or standing.yes:
            unit.facts.choose(person, choice.id, yes=False, version=choice.version, shown={"how": LINK})
    if not choices or (declared and declared.direct_marketing):
        already = any(o.purpose == purpose and o.channel == channel for o in facts.objections or ())
        if not already:
            unit.facts.object(person, purpose=purpose, channel=channel)

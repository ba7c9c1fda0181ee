"""May this message leave, to this address, now; with which of its blocks; and how does its reader stop the next one.

An address may lead to several people (a family, an office): a message to it reaches them all, so each must be allowed
it, and each one's no takes a block out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import NamedTuple, Protocol

from troth.desk.asking import STRANGER, UNSEEN, Asked, answered, as_release
from troth.desk.governing import versions_for_all
from troth.desk.house import House
from troth.desk.requests import identifiers_from
from troth.desk.stopping import ADDRESS, EMAIL, LINK, address_of
from troth.gate.codes import base_of
from troth.model.event import Json
from troth.model.personal import Personal
from troth.model.policy import Policy
from troth.model.problem import InputError
from troth.model.question import NOBODY, NOTHING_KNOWN, Answer, Facts, Operation, Question
from troth.ports.facts import Release
from troth.ports.state import StateError, Unit

MISSING = "fact-missing"
"""Reason that may be gone in a minute: it puts a message off, and does not drop it."""
POLICY_CHANGED = "policy-changed"
"""Another version was put in force than the one this process works under: it has to be opened anew."""
MOST = 8
"""People whom one way out names. An address that leads to more is named itself, and whoever it leads to then."""
_NOTE = "mail"


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
    blocks: frozenset[str] = frozenset()
    """Blocks of advertising that may stay."""
    link: str = ""
    """What the way out in this message holds; empty: it needs none."""
    note: str = ""
    """What is written into the ledger once it has left, sealed: it names people."""


class _Seen(NamedTuple):
    """What is known of one person, and the versions that hold for them."""

    policies: tuple[Policy, ...]
    facts: Facts


def judge(house: House, links: Links, purpose: str, address: Personal[str]) -> Verdict:
    """Ask about a message to an address, with the facts of now. An address that cannot be read is a no."""
    try:
        identifiers = identifiers_from(house, [(EMAIL, address.reveal())], proven=True)
    except InputError as error:
        return Verdict(allowed=False, code=error.code)
    until = None
    try:
        with house.unit() as unit:
            if _changed(house, unit):
                return Verdict(allowed=False, code=POLICY_CHANGED, for_now=True)
            [found] = unit.persons.reached_by(identifiers)
            versions, facts = versions_for_all(house, unit, found), unit.facts.of_many(found)
            people = {person: _Seen(versions[person], facts.get(person, NOTHING_KNOWN)) for person in found}
            people = people or {STRANGER: _Seen((house.policy,), NOBODY)}
            until = unit.policies.observing()
    except StateError:
        people = {UNSEEN: _Seen((house.policy,), NOTHING_KNOWN)}
    except InputError as error:  # the version that governs somebody cannot be read: nothing is open until it can
        return Verdict(allowed=False, code=error.code, for_now=True)
    return _judged(_Letter(house, purpose, people, until), links, address)


def changed(house: House) -> bool:
    """Whether another version of the policy was put in force than the one this house works under."""
    try:
        with house.unit() as unit:
            return _changed(house, unit)
    except StateError:
        return False


def _changed(house: House, unit: Unit) -> bool:
    current = unit.policies.current()
    return current is None or current.hash != house.policy.hash


class _Letter(NamedTuple):
    """A message that is asked about."""

    house: House
    purpose: str
    people: Mapping[str, _Seen]
    until: date | None
    """The last day on which the gate only watches."""

    def asked(self, purpose: str, person: str) -> Asked:
        """One question about one person, and its answer."""
        question = Question(Operation.SEND, purpose, person, self.house.clock.now(), channel=EMAIL)
        nothing = Asked(question, Answer(allowed=False, reasons=()))
        seen = self.people[person]
        return answered(self.house, nothing, seen.policies, seen.facts, self.until)


def _judged(letter: _Letter, links: Links, address: Personal[str]) -> Verdict:
    asked = [letter.asked(letter.purpose, person) for person in letter.people]
    if not all(each.answer.allowed for each in asked):
        against = [reason.code for each in asked for reason in each.answer.reasons if not reason.allows]
        for_now = bool(against) and all(base_of(code) == MISSING for code in against)
        return Verdict(allowed=False, code=next(iter(against), "nothing-released"), for_now=for_now)
    return Verdict(
        allowed=True,
        code="",
        blocks=_blocks(letter),
        link=_link(letter, links, address),
        note=_note(letter.house, asked),
    )


def _blocks(letter: _Letter) -> frozenset[str]:
    """A block of advertising stays where all that its choice opens may be sent to everybody who is reached."""
    policy = letter.house.policy
    return frozenset(
        block
        for block, choice in policy.purposes[letter.purpose].channels[EMAIL].blocks.items()
        if all(
            letter.asked(advertised, person).answer.allowed
            for advertised in policy.choices[choice].purposes
            for person in letter.people
        )
    )


def _link(letter: _Letter, links: Links, address: Personal[str]) -> str:
    """The way out names the people who are reached; of an address that leads to many, the address."""
    declared = letter.house.policy.purposes[letter.purpose]
    known = [person for person in letter.people if person not in (STRANGER, UNSEEN)]
    if not known or not (declared.channels[EMAIL].stop == LINK or declared.direct_marketing):
        return ""
    return links.make(letter.purpose, EMAIL, *(known if len(known) <= MOST else [ADDRESS + address.reveal()]))


# --- What left --------------------------------------------------------------------------------------------------------


def _note(house: House, asked: Sequence[Asked]) -> str:
    said = []
    for each in asked:
        what, person = as_release(each), each.question.person
        words = {**asdict(what), "elements": list(what.elements)}
        said.append(["" if person == STRANGER else person, words])
    return house.tokens.seal(_NOTE, {"at": house.clock.now().isoformat(), "left": said})


def note_sent(house: House, note: str, name: str, address: Personal[str]) -> None:
    """Write into the ledger that a message left, under this name: again changes nothing.

    A copy that left for an address that led to somebody is among what left about them; of somebody erased since, only
    that something left. Where nobody could see who it was, it is whoever the address leads to now. Raises StateError.
    """
    body: Json = house.tokens.open(note) or {"at": house.clock.now().isoformat(), "left": []}
    with house.unit() as unit:
        for number, (person, said) in enumerate(body["left"]):
            what = Release(**{**said, "elements": tuple(said["elements"])})
            people = (
                unit.persons.reached_by([address_of(address.reveal())])[0]
                if person == UNSEEN
                else [person]
                if person
                else []
            )
            still = [each for each in people if unit.facts.of(each).erased is False]
            at = datetime.fromisoformat(body["at"])
            unit.facts.release(still, what, at=at, note=f"{name}-{number}")

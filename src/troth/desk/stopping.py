"""A press on the way out in a message: that kind of message ends for its reader, and no other."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple, TypeGuard

from troth.desk import own
from troth.desk.house import House
from troth.gate import bases
from troth.model.event import Json
from troth.model.person import Identifier
from troth.model.personal import Personal
from troth.model.policy import ChannelRule, Choice, Policy, Purpose
from troth.model.question import Facts
from troth.policy import normal_form
from troth.ports.state import StateUnavailableError, Unit

EMAIL = "email"
"""The channel, and the kind of identifier, of a mail address."""
LINK = "link"
ADDRESS = "@"
"""Stands in a way out before the address that is named instead of people."""


class Pressed(NamedTuple):
    """What a press on a way out ended."""

    known: bool
    """Whether it was a way out of ours."""
    kind: bool = False
    """This kind of message ends; otherwise it is one that we owe, and the advertising in it and beside it ends."""


def press(house: House, said: Sequence[str] | None) -> Pressed:
    """Somebody pressed a way out. While our own database does not answer, it is noted on this machine first.

    Raises InputError `note-not-kept`, StateError: then it was not heard.
    """
    if not _is_way_out(said):
        return Pressed(known=False)
    body = {"pressed": list(said), "at": house.clock.now().isoformat()}
    try:
        with house.unit() as unit:
            pressed(house, unit, body)
    except StateUnavailableError:
        name = f"press-{sha256('/'.join(said).encode()).hexdigest()[:24]}"
        if name not in house.notes.waiting():
            house.notes.keep(name, Personal(body))
    return Pressed(known=True, kind=_ends_kind(house.policy, said[0], said[1]))


def _is_way_out(said: Sequence[str] | None) -> TypeGuard[Sequence[str]]:
    least = 3  # purpose, channel, somebody
    return said is not None and len(said) >= least and all(isinstance(word, str) for word in said)


def pressed(house: House, unit: Unit, body: Json) -> None:
    """Carry out what a way out says: the kind of message it stood in ends, and no other.

    It may be years old. A yes that stands and opens nothing else is taken back; what hangs on no such yes is objected
    to. Somebody who was erased meanwhile gets nothing any more, and somebody who came back is heard. A yes that was
    given after the press stands.
    """
    purpose, channel, *people = body["pressed"]
    for person in dict.fromkeys(_meant(unit, people)):
        if unit.facts.of(person).erased is not False:
            continue  # erased, or nobody whom this state knows
        unit.persons.hold(person)
        way = _Way(purpose, channel, datetime.fromisoformat(body["at"]))
        if (facts := unit.facts.of(person)).erased is False:
            _stop(house.policy, unit, person, facts, way)


def _meant(unit: Unit, people: Iterable[str]) -> Iterator[str]:
    """Everybody a way out names, as who they are now."""
    for person in people:
        if person.startswith(ADDRESS):
            yield from unit.persons.reached_by([address_of(person.removeprefix(ADDRESS))])[0]
        else:
            yield _living(unit, person)


def _living(unit: Unit, person: str) -> str:
    """Who somebody is now who may have come back after an erasure, or after several."""
    seen = {person}
    while came_back := unit.persons.hinted(Identifier(own.EARLIER, Personal(person), proven=False, origin=LINK)):
        person = came_back[-1]
        if person in seen:
            break
        seen.add(person)
    return person


class _Way(NamedTuple):
    purpose: str
    channel: str
    at: datetime


def _stop(policy: Policy, unit: Unit, person: str, facts: Facts, way: _Way) -> None:
    declared = policy.purposes.get(way.purpose)
    rule = declared.channels.get(way.channel) if declared else None
    choices = _choices(policy, way, declared, rule)
    for choice in choices:
        standing = (facts.choices or {}).get(choice.id)
        if standing is None or (standing.yes and standing.at <= way.at):
            unit.facts.choose(person, choice.id, yes=False, version=choice.version, shown={"how": LINK})
    if choices:
        return
    made = {(o.purpose, o.channel, o.marketing) for o in facts.objections or ()}
    if (way.purpose, way.channel, False) not in made:
        unit.facts.object(person, purpose=way.purpose, channel=way.channel)
    # where it is owed, or is called something else by now, what the reader can have meant is the advertising
    wide = declared is None or not _ends_kind(policy, way.purpose, way.channel)
    if wide and ("", way.channel, True) not in made:
        unit.facts.object(person, channel=way.channel, marketing=True)


def _choices(policy: Policy, way: _Way, declared: Purpose | None, rule: ChannelRule | None) -> Collection[Choice]:
    """The yeses that are taken back: those that fill blocks, or on which this kind of message hangs, and it alone."""
    if declared is None or rule is None:
        return ()
    if rule.blocks:
        return [policy.choices[name] for name in dict.fromkeys(rule.blocks.values())]
    if not rule.needs_choice and (rule.basis or declared.basis) != bases.CONSENT:
        return ()
    hung = [policy.choices[rule.needs_choice]] if rule.needs_choice in policy.choices else policy.choices.values()
    alone = set(declared.channels) == {way.channel}
    return [
        c for c in hung if c.purposes == (way.purpose,) and (c.channels == (way.channel,) or (alone and not c.channels))
    ]


def _ends_kind(policy: Policy, purpose: str, channel: str) -> bool:
    """Whether a no ends this kind of message; one that a contract or a law asks for goes on."""
    declared = policy.purposes.get(purpose)
    rule = declared.channels.get(channel) if declared else None
    if declared is None or rule is None:
        return True
    return not rule.blocks and (
        declared.direct_marketing or (rule.basis or declared.basis) not in bases.WITHOUT_OBJECTION
    )


def address_of(text: str) -> Identifier:
    """A mail address as an identifier. Raises Unreadable, a ValueError that says nothing of it."""
    return Identifier(EMAIL, Personal(normal_form(EMAIL, text)), proven=True, origin=LINK)

"""Who the person is to us."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from troth.gate import bases
from troth.gate.codes import quoted
from troth.gate.reading import Reading
from troth.gate.rules.happened import latest
from troth.gate.rules.rule import FOR_GAIN, NOTHING, WHOLE, Finding, fields, told, unless_known, unsaid
from troth.model.policy import Relationship
from troth.model.question import Facts, Operation

_ON_CONTRACT = frozenset({bases.CONTRACT, bases.PRE_CONTRACT})
THIRD_PERSON = "third-person"


class Shared(NamedTuple):
    """The person's relationships for which a purpose is meant."""

    names: tuple[str, ...]
    """They stand."""
    over: tuple[str, ...]
    """An event ended them."""
    alone: tuple[str, ...]
    """Nobody is known who has to be known beside them."""
    waiting: tuple[str, ...]
    """The facts that are missing to tell of others."""


def shared(r: Reading, facts: Facts, at: datetime) -> Shared:
    """Sort the person's relationships; what is owed to them does not wait for a fact."""
    names, over, alone = [], [], []
    waiting: list[str] = []
    for name in r.purpose.relationships:
        if name not in told(facts.relationships):
            continue
        declared = r.policy.relationships.get(name)
        missing = () if declared is None else _missing(declared, facts)
        if missing and not r.service:
            waiting += missing
        elif declared is not None and _over(declared, facts, at):
            over.append(name)
        elif declared is not None and _alone(declared, facts):
            alone.append(name)
        else:
            names.append(name)
    return Shared(tuple(names), tuple(over), tuple(alone), tuple(dict.fromkeys(waiting)))


def _missing(declared: Relationship, facts: Facts) -> tuple[str, ...]:
    ends = ("events",) if declared.ends_by and facts.events is None else ()
    return (*ends, *(("known_with",) if declared.needs and facts.known_with is None else ()))


def _over(declared: Relationship, facts: Facts, at: datetime) -> bool:
    """Ended by its event, unless it began anew after that."""
    if not declared.ends_by or facts.events is None:
        return False
    ended = latest(facts, declared.ends_by, at)
    began = (facts.since or {}).get(declared.id)
    return ended is not None and not (began is not None and ended < began <= at)


def _alone(declared: Relationship, facts: Facts) -> bool:
    return facts.known_with is not None and not facts.known_with.issuperset(declared.needs)


def relationship(r: Reading, facts: Facts, at: datetime) -> Iterator[Finding]:
    """One that the purpose is for, that stands, and that brings the field's category; in the activity, too."""
    found = shared(r, facts, at)
    if not found.names:
        yield from (unless_known(name) for name in found.waiting)
        if found.over:
            yield Finding("relationship-over", words=quoted(*found.over))
        if found.alone:
            yield Finding("nobody-beside", words=quoted(*found.alone))
        if not (found.waiting or found.over or found.alone):
            yield Finding("relationship-not-covered")
        return
    elsewhere = [a for a in r.activities if a.relationships and set(a.relationships).isdisjoint(found.names)]
    if elsewhere:
        yield Finding("relationship-not-covered") if len(elsewhere) == len(r.activities) else unsaid("activity")
    brings: set[str] = set()
    for name in found.names:
        if (declared := r.policy.relationships.get(name)) is not None:
            brings |= declared.categories
    foreign = [e for e in r.declared if r.policy.elements[e].category not in brings]
    yield from fields("field-not-of-relationship", foreign)


def relationship_facts(r: Reading) -> frozenset[str]:
    """The facts, beside the relationships, on which it hangs."""
    declared = [r.policy.relationships[name] for name in r.purpose.relationships if name in r.policy.relationships]
    ends = {"events", "since"} if any(each.ends_by for each in declared) else set()
    return frozenset(ends | ({"known_with"} if any(each.needs for each in declared) else set()))


def contracted(r: Reading) -> tuple[str, ...]:
    """What rests on a contract, or on steps before one."""
    return WHOLE if r.basis in _ON_CONTRACT else tuple(e for e in r.declared if r.basis_of(e) in _ON_CONTRACT)


def party(r: Reading, facts: Facts, at: datetime) -> Iterator[Finding]:
    """A contract opens nothing about somebody who can be no party to it."""
    names = shared(r, facts, at).names
    declared = [r.policy.relationships[name] for name in names if name in r.policy.relationships]
    if names and len(declared) == len(names) and all(each.party == THIRD_PERSON for each in declared):
        yield Finding("not-a-party", elements=contracted(r))


def erased(r: Reading, facts: Facts, _: datetime) -> Iterator[Finding]:
    """Whatever is left of an erased person was kept by a restriction, and is open to its purposes alone."""
    if facts.erased is False:
        return
    kept = [s for s in facts.restrictions or () if r.purpose.id in s.open_to]
    if not kept:
        yield Finding("erased")
    elif not any(not s.elements for s in kept):
        gone = [e for e in r.declared if not any(e in s.elements for s in kept)]
        yield from fields("field-erased", gone)


def suspected(r: Reading) -> tuple[str, ...]:
    """Advertising, profiles, decisions, and handing over for somebody's gain."""
    judging = r.question.operation in (Operation.PROFILE, Operation.DECIDE)
    sold = r.recipient is not None and r.recipient.operation in FOR_GAIN
    return WHOLE if r.advertises or judging or sold else NOTHING


def minor(r: Reading, facts: Facts, _: datetime) -> Iterator[Finding]:
    """The year alone leaves the birthday open, so the year in which somebody comes of age still counts as before."""
    young = facts.birth_year is not None and r.day.year - facts.birth_year <= r.limits.adult_age
    known = (r.policy.relationships.get(name) for name in facts.relationships or ())
    if young or any(each is not None and each.minor for each in known):
        yield Finding("minor")

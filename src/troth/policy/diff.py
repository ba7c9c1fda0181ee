"""Two versions of a policy -> what changed in meaning, for whom, and whose yes has to be asked for again.

Pure, and cautious: what is neither clearly narrower nor only other words counts as wider, because a person who was not
told of a change that mattered has been wronged, and one who was told of a change that did not has not.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from troth.model.change import Change, Direction
from troth.model.policy import Clause, Policy
from troth.model.problem import Place
from troth.policy.aspects import ASPECTS, Aspect, Reads

LOSING_IT_WIDENS = frozenset({"right", "clause", "limit", "choice"})
"""Kinds that promise something to people: with one of these gone, less is promised."""
_ORDER = tuple(Direction)


def diff(old: Policy, new: Policy) -> tuple[Change, ...]:
    """Every change of meaning, the gravest first; files that only read otherwise give none."""
    found = [change for kind, before, after in _kinds(old, new) for change in _things(kind, before, after, old, new)]
    return tuple(sorted(found, key=lambda c: (_ORDER.index(c.direction), c.reference, c.aspect)))


def _kinds(old: Policy, new: Policy) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    yield "organisation", {"": old.organisation}, {"": new.organisation}
    yield "category", old.categories, new.categories
    yield "element", old.elements, new.elements
    yield "relationship", old.relationships, new.relationships
    yield "purpose", old.purposes, new.purposes
    yield "choice", old.choices, new.choices
    yield "recipient", old.recipients, new.recipients
    yield "retention", old.retentions, new.retentions
    yield "right", old.rights, new.rights
    yield "clause", _clauses(old), _clauses(new)


def _clauses(policy: Policy) -> Mapping[str, Clause]:
    return {f"{clause.language}/{clause.id}": clause for clause in policy.clauses}


def _things(
    kind: str, before: Mapping[str, Any], after: Mapping[str, Any], old: Policy, new: Policy
) -> Iterator[Change]:
    for name in [*before, *(name for name in after if name not in before)]:
        reference = f"{kind}:{name}" if name else kind
        was, now = before.get(name), after.get(name)
        if was is None or now is None:
            yield _come_or_gone(kind, reference, was, now, old, new)
        elif was != now:
            yield from _aspects(reference, was, now, old, new)


def _come_or_gone(kind: str, reference: str, was: Any, now: Any, old: Policy, new: Policy) -> Change:
    wider = (now is None) == (kind in LOSING_IT_WIDENS)
    policy, thing = (new, now) if was is None else (old, was)
    return Change(
        reference=reference,
        aspect="itself",
        before="" if was is None else _name(was, old),
        after="" if now is None else _name(now, new),
        direction=_forced(Direction.WIDENING if wider else Direction.NARROWING, thing),
        place=thing.place if now is not None else Place(thing.place.file),
        relationships=concerned(policy, reference),
    )


def _aspects(reference: str, was: Any, now: Any, old: Policy, new: Policy) -> Iterator[Change]:
    for aspect in ASPECTS[type(now)]:
        before, after = aspect.get(was), aspect.get(now)
        if before == after:
            continue
        direction = _forced(_direction(aspect, before, after), now)
        whom = {*concerned(old, reference), *concerned(new, reference)}
        yield Change(
            reference=reference,
            aspect=aspect.name,
            before=aspect.says(was) if aspect.says else _words(before, after, old),
            after=aspect.says(now) if aspect.says else _words(after, before, new),
            direction=direction,
            place=now.place,
            relationships=tuple(sorted(whom)),
            asks_again=_asks_again(reference, direction, old, new),
        )


def _direction(aspect: Aspect, before: Any, after: Any) -> Direction:
    if aspect.reads is Reads.WORDS:
        return Direction.REWORDED
    if aspect.reads is Reads.ANY_IS_WIDER:
        return Direction.WIDENING
    grew = _grew(before, after)
    if grew is None or grew == (aspect.reads is Reads.MORE_IS_WIDER):
        return Direction.WIDENING
    return Direction.NARROWING


def _grew(before: Any, after: Any) -> bool | None:
    """Whether there is more than before; None where something came and something went."""
    if isinstance(before, bool | int):
        return bool(after > before)
    came, went = set(after) - set(before), set(before) - set(after)
    if came and went:
        return None
    return bool(came)


def _forced(direction: Direction, thing: Any) -> Direction:
    """What a law demands does not wait: a statutory period, a purpose on a legal obligation."""
    demanded = getattr(thing, "statutory", "") or getattr(thing, "basis", "") == "legal-obligation"
    return Direction.FORCED if demanded and direction is Direction.WIDENING else direction


def _asks_again(reference: str, direction: Direction, old: Policy, new: Policy) -> tuple[str, ...]:
    """Choices that people have made already, and whose yes no longer covers what is done."""
    if direction is not Direction.WIDENING:
        return ()
    kind, _, name = reference.partition(":")
    if kind == "choice":
        return (name,)
    if kind != "purpose":
        return ()
    return tuple(sorted(c.id for c in new.choices.values() if name in c.purposes and c.id in old.choices))


def concerned(policy: Policy, reference: str) -> tuple[str, ...]:
    """Relationships of the people whom a declared thing concerns; none: everybody."""
    kind, _, name = reference.partition(":")
    purposes = policy.purposes
    match kind:
        case "relationship":
            found = {name}
        case "purpose":
            found = set(purposes[name].relationships) if name in purposes else set()
        case "choice" | "recipient":
            thing = (policy.choices if kind == "choice" else policy.recipients).get(name)
            found = {r for p in (thing.purposes if thing else ()) if p in purposes for r in purposes[p].relationships}
        case "category" | "element":
            element = policy.elements.get(name)
            category = element.category if element else name
            found = {r.id for r in policy.relationships.values() if category in r.categories}
        case "retention":
            found = {r for p in purposes.values() if p.retention == name for r in p.relationships}
        case _:
            found = set()
    return tuple(sorted(found))


def _name(thing: Any, policy: Policy) -> str:
    says = getattr(thing, "says", None)
    return policy.words(says) if says else str(getattr(thing, "title", "") or getattr(thing, "name", ""))


def _words(value: Any, other: Any, policy: Policy) -> str:
    """A value in words; of two sets only what differs."""
    if isinstance(value, frozenset | tuple | set):
        return ", ".join(sorted(str(each) for each in set(value) - set(other)))
    if isinstance(value, Mapping):
        return policy.words(value)
    return ("no", "yes")[value] if isinstance(value, bool) else str(value)

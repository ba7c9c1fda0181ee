"""Two versions of a policy -> what changed in meaning, for whom, and whose yes has to be asked for again.

Pure, and cautious: what is neither clearly narrower nor only other words counts as wider, because a person who was not
told of a change that mattered has been wronged, and one who was told of a change that did not has not.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from troth.model.change import Change, Direction
from troth.model.datamap import TableMap
from troth.model.period import Period
from troth.model.policy import Policy, Retention
from troth.model.problem import Place
from troth.policy.aspects import INNER, ZERO_IS_MOST, Reads, reads, size, worded
from troth.policy.things import inside, things

NOT_COMPARED = frozenset({"store", "staff", "event"})
"""Kinds that are ours alone: how data is stored, who signs, what an occasion is called."""
LOSING_IT_WIDENS = frozenset({"right", "clause", "limit", "choice", "measure", "matter", "rating", "assessment"})
"""Kinds that promise something to people: with one of these gone, less is promised."""
EITHER_WIDENS = frozenset({"retention"})
"""A rule that goes leaves data without an end; one that comes may keep what was to go."""
TABLES = ("retain", "retain_when", "clock", "purposes", "recipients", "ends", "erase", "personal")
"""What a mapped table promises: how it ends, what for, to whom. How it is stored is ours alone."""
_ORDER = tuple(Direction)


def diff(old: Policy, new: Policy) -> tuple[Change, ...]:
    """Every change of meaning, the gravest first; files that only read otherwise give none."""
    before, after = things(old), things(new)
    names = [*before, *(name for name in after if name not in before)]
    names = [name for name in names if _compares(before.get(name), after.get(name), name)]
    found = [change for name in names for change in _compared(name, before.get(name), after.get(name), old, new)]
    return tuple(sorted(found, key=lambda c: (_ORDER.index(c.direction), c.reference, c.aspect)))


def _compares(was: Any, now: Any, name: str) -> bool:
    """Whether a difference would be a change of what is promised."""
    tables = isinstance(was, TableMap) and isinstance(now, TableMap)
    return tables or name.partition(":")[0] not in NOT_COMPARED


def _compared(reference: str, was: Any, now: Any, old: Policy, new: Policy) -> Iterator[Change]:
    if was is None or now is None:
        yield _come_or_gone(reference, was, now, old, new)
    elif was != now:
        yield from _fields(reference, was, now, old, new)


def _come_or_gone(reference: str, was: Any, now: Any, old: Policy, new: Policy) -> Change:
    kind = reference.partition(":")[0]
    wider = kind in EITHER_WIDENS or (now is None) == (kind in LOSING_IT_WIDENS)
    policy, thing = (new, now) if was is None else (old, was)
    return Change(
        reference=reference,
        aspect="itself",
        before="" if was is None else _name(was, old),
        after="" if now is None else _name(now, new),
        direction=Direction.WIDENING if wider else Direction.NARROWING,
        place=thing.place if now is not None else Place(thing.place.file),
        relationships=concerned(policy, reference),
    )


def _fields(reference: str, was: Any, now: Any, old: Policy, new: Policy) -> Iterator[Change]:
    whom = tuple(sorted({*concerned(old, reference), *concerned(new, reference)}))
    for field, before, after in _moved(was, now):
        direction = _forced(_direction(type(now), field, before, after), field, was, now)
        yield Change(
            reference=reference,
            aspect=field.replace("_", " "),
            before=_unlimited(type(now), field, before) or _words(before, after, old),
            after=_unlimited(type(now), field, after) or _words(after, before, new),
            direction=direction,
            place=getattr(now, "place", Place(reference)),
            relationships=whom,
            asks_again=_asks_again(reference, direction, old, new),
        )


def _moved(was: Any, now: Any) -> Iterator[tuple[str, Any, Any]]:
    """Fields that differ; a period that is kept in parts is one."""
    apart = {field for thing in (was, now) for field, _ in inside(thing) if field != "channels"}
    skipped = INNER | apart
    if isinstance(now, TableMap):
        skipped |= {field.name for field in fields(now)} - set(TABLES)
    if isinstance(now, Retention):
        skipped |= {"years", "months", "days", "hours"}
        if (before := _keep(was)) != (after := _keep(now)):
            yield "keep", before, after
    for field in fields(now):
        if field.name not in skipped:
            before, after = getattr(was, field.name), getattr(now, field.name)
            if _bare(before) != _bare(after):
                yield field.name, before, after


def _keep(rule: Retention) -> Period:
    return Period(rule.years, rule.months, rule.days, rule.hours)


def _bare(value: Any) -> Any:
    """A value without the places in it: a line that moved changes nothing."""
    return worded(value) if is_dataclass(value) or isinstance(value, tuple | Mapping) else value


def _direction(noun: type, field: str, before: Any, after: Any) -> Direction:
    how = Reads.MORE_IS_WIDER if field == "keep" else reads(noun, field)
    if how is Reads.WORDS:
        return Direction.REWORDED
    if how is Reads.ANY_IS_WIDER:
        return Direction.WIDENING
    grew = _grew(size(noun, field, before), size(noun, field, after))
    if grew is None or grew == (how is Reads.MORE_IS_WIDER):
        return Direction.WIDENING
    return Direction.NARROWING


def _grew(before: int | frozenset[str] | None, after: int | frozenset[str] | None) -> bool | None:
    """Whether there is more than before; None where that cannot be said, or something came and something went."""
    if isinstance(before, int) and isinstance(after, int):
        return after > before
    if isinstance(before, int) or isinstance(after, int):  # one of them lets everything in
        return isinstance(after, int)
    if isinstance(before, frozenset) and isinstance(after, frozenset) and (before <= after or after <= before):
        return before < after
    return None


def _forced(direction: Direction, field: str, was: Any, now: Any) -> Direction:
    """What a law demanded before and demands still does not wait: a statutory period, data of a legal obligation.

    That a law demands it at all is not said by the version that needs it: whoever changes the ground changes more.
    """
    lawful = all(getattr(each, "statutory", "") or getattr(each, "basis", "") == DUTY for each in (was, now))
    if lawful and field in BY_LAW and direction is Direction.WIDENING:
        return Direction.FORCED
    return direction


DUTY = "legal-obligation"
BY_LAW = frozenset({"keep", "starts", "then", "uses", "relationships", "obligations"})
"""What of such a rule or purpose a law may demand more of."""


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
    kind, _, rest = reference.partition(":")
    name = rest.partition("/")[0]
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
        case "activity" | "form":
            part = (policy.activities if kind == "activity" else policy.forms).get(name)
            found = set(part.relationships) if part else set()
        case _:
            found = set()
    return tuple(sorted(found))


def _name(thing: Any, policy: Policy) -> str:
    says = getattr(thing, "says", None)
    return policy.words(says) if says else str(getattr(thing, "title", "") or getattr(thing, "name", ""))


def _unlimited(noun: type, field: str, value: Any) -> str:
    return "none of our own" if not value and (noun.__name__, field) in ZERO_IS_MOST else ""


def _words(value: Any, other: Any, policy: Policy) -> str:
    """A value in words; of two sets only what differs."""
    if isinstance(value, Mapping) and set(value) <= set(policy.organisation.languages):
        return policy.words(value) if value else ""
    if isinstance(value, Mapping):
        return _words(
            {f"{k}: {worded(v)}" for k, v in value.items()}, {f"{k}: {worded(v)}" for k, v in other.items()}, policy
        )
    if isinstance(value, frozenset | tuple | set):
        return ", ".join(sorted({worded(each) for each in value} - {worded(each) for each in other}))
    return worded(value)

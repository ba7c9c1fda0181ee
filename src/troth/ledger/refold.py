"""The facts about a person told again as of an earlier event: folded from what the ledger still holds of them.

It says by itself what the tables say of now, so that each holds the other to its word. A kind of event of which one
slot is gone leaves its fact unknown: what was erased is neither told nor guessed. Pure: no database, no clock.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from troth.model.question import NOTHING_KNOWN, ChoiceState, Facts, Objection, Restriction

FIELDS: Mapping[str, tuple[str, ...]] = {
    "person.made": (),
    "person.erased": (),
    "relationship.began": ("relationships", "since"),
    "relationship.ended": ("relationships", "since"),
    "choice.given": ("choices",),
    "choice.withdrawn": ("choices",),
    "choice.confirmed": ("choices",),
    "objection.made": ("objections",),
    "objection.overruled": ("objections",),
    "restriction.set": ("restrictions",),
    "restriction.lifted": ("restrictions",),
    "person.learned": (),
    "event.happened": ("events",),
    "matter.opened": ("matters",),
    "matter.closed": ("matters",),
    "data.released": ("messages",),
    "notice.told": ("told",),
    "notice.accepted": ("told",),
    "notice.bounced": ("told",),
}
"""Kind of event -> the facts that hang on its slot. What was learned says in its envelope which."""

NEWEST = 100
"""Messages of one purpose and channel that are told: more than any policy counts."""


@dataclass(frozen=True)
class Said:
    """One event about a person, with their own slot of it."""

    event: int
    kind: str
    at: datetime
    envelope: Mapping[str, Any]
    body: Mapping[str, Any] | None
    """None: erased."""


@dataclass
class _Folding:
    """What is known so far."""

    made: bool = False
    erased: bool = False
    event: int = 0
    gone: set[str] = field(default_factory=set)
    learned: dict[str, Any] = field(default_factory=dict)
    since: dict[str, datetime] = field(default_factory=dict)
    choices: dict[str, ChoiceState] = field(default_factory=dict)
    objections: dict[int, Objection] = field(default_factory=dict)
    restrictions: dict[int, Restriction] = field(default_factory=dict)
    events: dict[str, datetime] = field(default_factory=dict)
    matters: set[tuple[str, str]] = field(default_factory=set)
    messages: dict[tuple[str, str], list[tuple[datetime, int]]] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)


def fold(said: Iterable[Said], position: int = 0) -> Facts:
    """The facts after these events, in their order; NOTHING_KNOWN where the person was not made yet."""
    so_far = _Folding()
    for each in said:
        so_far.event = each.event
        if each.body is None:
            so_far.gone |= {*FIELDS[each.kind], *each.envelope.get("learned", ())}
        _take(so_far, each)
    if not so_far.made:
        return replace(NOTHING_KNOWN, position=position)
    return _facts(so_far, position)


def _take(f: _Folding, said: Said) -> None:
    """One event more: exactly one of these knows its kind."""
    _known(f, said)
    _word(f, said)
    _contact(f, said)


def _known(f: _Folding, said: Said) -> None:
    """Who they are to us."""
    about, body = said.envelope, said.body or {}
    match said.kind:
        case "person.made":
            f.made = True
        case "person.erased":
            f.erased = True
            f.learned.clear()
        case "person.learned":
            f.learned |= {name: body.get(name) for name in about["learned"]}
        case "relationship.began":
            f.since.setdefault(about["relationship"], said.at)
        case "relationship.ended":
            f.since.pop(about["relationship"], None)


def _word(f: _Folding, said: Said) -> None:
    """What they said to us, and what was closed."""
    about = said.envelope
    match said.kind:
        case "choice.given" | "choice.withdrawn" | "choice.confirmed":
            _choice(f, said)
        case "objection.made":
            rule = about["purpose"], about["channel"], about["marketing"]
            f.objections[said.event] = Objection(*rule, said.at, said.event)
        case "objection.overruled" if about["objection"] in f.objections:
            f.objections[about["objection"]] = replace(f.objections[about["objection"]], overruled=True)
        case "restriction.set":
            f.restrictions[said.event] = _restriction(said)
        case "restriction.lifted":
            f.restrictions.pop(about["restriction"], None)


def _contact(f: _Folding, said: Said) -> None:
    """What happened between a person and us."""
    about = said.envelope
    match said.kind:
        case "event.happened" if said.body is not None:
            on, name = datetime.fromisoformat(said.body["on"]), about["event"]
            f.events[name] = max(on, f.events.get(name, on))
        case "matter.opened":
            f.matters.add((about["matter"], about["ref"]))
        case "matter.closed":
            f.matters.discard((about["matter"], about["ref"]))
        case "data.released" if about["operation"] == "send":
            left = (datetime.fromisoformat(about["left_at"]), said.event)
            f.messages.setdefault((about["purpose"], about["channel"]), []).append(left)
        case "notice.told" | "notice.accepted":
            f.told.add(about["version"])
        case "notice.bounced":
            f.told.discard(about["version"])


def _choice(f: _Folding, said: Said) -> None:
    name = said.envelope["choice"]
    if said.kind != "choice.confirmed":
        f.choices[name] = ChoiceState(said.kind == "choice.given", said.envelope["version"], said.at, said.event)
    elif name in f.choices:
        f.choices[name] = replace(f.choices[name], confirmed=True)


def _restriction(said: Said) -> Restriction:
    about = said.envelope
    until = date.fromisoformat(about["until"]) if about["until"] else None
    law = str((said.body or {}).get("law", ""))
    elements, open_to = frozenset(about["elements"]), frozenset(about["open_to"])
    return Restriction(elements, open_to, about["ground"], law, until, said.event)


def _facts(f: _Folding, position: int) -> Facts:
    told = Facts(
        relationships=frozenset(f.since),
        choices=f.choices,
        objections=tuple(f.objections.values()),
        restrictions=tuple(f.restrictions.values()),
        residence=f.learned.get("residence"),
        birth_year=f.learned.get("birth_year"),
        erased=f.erased,
        citizenship=f.learned.get("citizenship"),
        events=f.events,
        matters=frozenset(kind for kind, _ in f.matters),
        messages={about: tuple(at for at, _ in sorted(left)[-NEWEST:]) for about, left in f.messages.items()},
        told=frozenset(f.told),
        since=f.since,
        position=position,
        event=f.event,
    )
    return replace(told, **dict.fromkeys(f.gone))  # type: ignore[arg-type]

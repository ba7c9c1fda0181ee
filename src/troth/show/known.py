"""What the gate knows of a person, for whoever has to see why it answers as it does."""

from collections.abc import Iterator
from typing import Any

from troth.model.question import Facts
from troth.show.blocks import Blocks, Heading, Line, Lines, Pairs, Tone
from troth.show.words import listed, moment

GONE = "cannot be told: something of it was erased"
NEVER = "not known"


def known(facts: Facts, when: str) -> Blocks:
    """Each fact, with the numbers by which an objection is overruled or a restriction lifted."""
    if facts.relationships is None and facts.erased is None:
        return (Heading(f"What is known, {when}"), Lines([Line("·", "nobody was known then", tone=Tone.QUIET)]))
    pairs = [
        ("is", _names(facts.relationships)),
        ("lives in", facts.residence or NEVER),
        ("citizen of", facts.citizenship or NEVER),
        ("born in", str(facts.birth_year or NEVER)),
        ("open matters", _names(facts.matters)),
        ("erased", "yes: only retained data remain" if facts.erased else "no"),
    ]
    lines = list(_lines(facts))
    return (Heading(f"What is known, {when}"), Pairs(pairs), *([Lines(lines)] if lines else []))


def as_json(facts: Facts) -> dict[str, Any]:
    """The same as data; null for what cannot be told."""
    return {
        "relationships": _sorted(facts.relationships),
        "residence": facts.residence,
        "citizenship": facts.citizenship,
        "birth_year": facts.birth_year,
        "matters": _sorted(facts.matters),
        "erased": facts.erased,
        "choices": facts.choices
        and {
            name: {"yes": said.yes, "version": said.version, "at": said.at.isoformat(), "confirmed": said.confirmed}
            for name, said in sorted(facts.choices.items())
        },
        "objections": facts.objections
        and [
            {"number": o.event, "purpose": o.purpose, "channel": o.channel, "marketing": o.marketing,
             "overruled": o.overruled}
            for o in facts.objections
        ],
        "restrictions": facts.restrictions
        and [
            {"number": r.event, "elements": sorted(r.elements), "open_to": sorted(r.open_to), "ground": r.ground,
             "until": r.until.isoformat() if r.until else None}
            for r in facts.restrictions
        ],
        "events": facts.events and {name: at.isoformat() for name, at in sorted(facts.events.items())},
        "messages": facts.messages
        and [
            {"purpose": purpose, "channel": channel, "at": [at.isoformat() for at in moments]}
            for (purpose, channel), moments in sorted(facts.messages.items())
        ],
        "told": _sorted(facts.told),
        "position": facts.position,
    }  # fmt: skip


def _lines(facts: Facts) -> Iterator[Line]:
    for name, said in sorted((facts.choices or {}).items()):
        word = "yes" if said.yes else "no"
        confirmed = ", confirmed" if said.confirmed else ""
        yield Line("?", f"{name}: {word} to wording {said.version} on {moment(said.at)}{confirmed}", says="choice")
    for no in facts.objections or ():
        to = "direct marketing" if no.marketing else no.purpose or "everything"
        by = f" by {no.channel}" if no.channel else ""
        over = ", overruled" if no.overruled else ""
        yield Line("✗", f"objection {no.event}: to {to}{by}{over}", says="objection")
    for rule in facts.restrictions or ():
        what = listed(tuple(sorted(rule.elements))) if rule.elements else "everything"
        yield Line("=", f"restriction {rule.event}: {what} ({rule.ground})", says="restriction")
    for name, at in sorted((facts.events or {}).items()):
        yield Line("·", f"{name} on {moment(at)}", says="event")
    for (purpose, channel), moments in sorted((facts.messages or {}).items()):
        yield Line("→", f"{purpose} by {channel}: {len(moments)} sent, last on {moment(moments[-1])}", says="message")


def _names(names: frozenset[str] | None) -> str:
    return GONE if names is None else listed(tuple(sorted(names))) or "none"


def _sorted(names: frozenset[str] | None) -> list[str] | None:
    return None if names is None else sorted(names)

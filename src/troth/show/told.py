"""How people were told of a version, and which version governs one person, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from troth.model.change import Governs, Told, Way
from troth.show.blocks import Block, Blocks, Heading, Line, Lines, Pairs, Tone
from troth.show.words import count, day, short

WAYS: Mapping[Way, str] = {
    Way.REGISTERED: "in force when the relationship began",
    Way.FOLLOWED: "followed the one before, and waited for nobody",
    Way.MESSAGE: "by a message that did not come back",
    Way.CHOICE: "by a yes in its words",
    Way.SHOWN: "shown by other means than a message",
}
STATES: Mapping[str, str] = {
    "open": "not written to yet",
    "sending": "begun, and written to again",
    "later": "put off by the mail server",
    "accepted": "accepted by the mail server",
    "bounced": "refused, or came back",
    "no-way": "no way to write to them",
    "reached": "reached by other means",
}


@dataclass(frozen=True)
class Applied:
    """Which version applied to one person on a day."""

    on: date
    version: str
    in_force_from: str
    governs: Governs | None
    """None: they had no relationship with us yet."""
    tried: tuple[Told, ...]
    """How they were told about versions."""


def governing(found: Governs) -> str:
    """In one line."""
    return f"version {short(found.version)}, since {day(found.since.date())}: {WAYS[found.way]}"


def applied(found: Applied) -> Blocks:
    """Version, since when, and how they learned of it."""
    pairs = [("version", short(found.version)), ("in force from", day(date.fromisoformat(found.in_force_from)))]
    if found.governs:
        pairs += [("governs them since", day(found.governs.since.date())), ("how", WAYS[found.governs.way])]
    else:
        pairs.append(("how", "they were nobody to us that day: the version in force is shown"))
    lines = [
        Line("·", f"{day(each.at.date())}: version {short(each.version)}, {_state(each.state.value, each.why)}")
        for each in found.tried
    ]
    blocks: list[Block] = [Heading(f"What applied on {day(found.on)}"), Pairs(pairs)]
    return (*blocks, Heading("What they were told", 2), Lines(lines)) if lines else tuple(blocks)


def applied_json(found: Applied) -> dict[str, Any]:
    """The same with ISO moments."""
    governs = found.governs
    return {
        "on": found.on.isoformat(),
        "version": found.version,
        "in_force_from": found.in_force_from,
        "since": governs.since.isoformat() if governs else None,
        "way": governs.way.value if governs else None,
        "told": [
            {
                "version": each.version,
                "way": each.way.value,
                "state": each.state.value,
                "why": each.why,
                "at": each.at.isoformat(),
                "counts_from": each.counts_from.isoformat() if each.counts_from else None,
                "counts_until": each.counts_until.isoformat() if each.counts_until else None,
            }
            for each in found.tried
        ],
    }


def standing(version: str, found: Mapping[tuple[str, str], int], stuck: Sequence[tuple[str, str]]) -> Blocks:
    """How many in which state, and who was not reached."""
    pairs = [(_state(state, why), count(number, "person", "people")) for (state, why), number in sorted(found.items())]
    blocks: list[Block] = [Heading(f"Version {short(version)} of the notice"), Pairs(pairs)]
    if stuck:
        lines = [Line("?", f"{person}: {why}", tone=Tone.CARE, says="unreached") for person, why in stuck]
        blocks += [Heading("Whom it did not reach", 2), Lines(lines)]
    return tuple(blocks)


def standing_json(
    version: str, found: Mapping[tuple[str, str], int], stuck: Sequence[tuple[str, str]]
) -> dict[str, Any]:
    """The same for machines."""
    return {
        "version": version,
        "people": [{"state": state, "why": why, "number": n} for (state, why), n in sorted(found.items())],
        "unreached": [{"person": person, "why": why} for person, why in stuck],
    }


def _state(state: str, why: str) -> str:
    return STATES[state] + (f" ({why})" if why else "")

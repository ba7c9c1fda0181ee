"""How an installation stands, in a few lines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from troth.show.blocks import Block, Blocks, Heading, Line, Lines, Pairs, Tone
from troth.show.words import count, day, moment


@dataclass(frozen=True)
class WaitingPart:
    """One store's part of a case that waits until the store answers."""

    case: str
    store: str
    code: str
    """Why it waits."""
    next_try: datetime | None


@dataclass(frozen=True)
class ForSomebody:
    """What no machine goes on with: somebody of ours has to."""

    what: str
    """A key of `NEEDS`."""
    case: str
    number: int
    """How many rows, texts or plans."""
    since: datetime


@dataclass(frozen=True)
class ForRole:
    """What a role has to see to, and is about no case."""

    what: str
    """`unreached`, `untold`, `drift`, `review`."""
    says: str
    role: str
    """Empty: nobody in particular was declared."""
    since: datetime
    command: str
    due: date | None = None


NEEDS: Mapping[str, tuple[str, str, str]] = {
    "sign": ("plan to sign", "plans to sign", "troth approve {}"),
    "mend": ("plan to mend", "plans to mend", "troth show {}"),
    "decide": ("row to decide", "rows to decide", "troth show {}"),
    "replay": ("row to decide in a replay", "rows to decide in a replay", "troth show {}"),
    "read": ("record to read", "records to read", "troth texts {}"),
}
"""What waits for somebody: one, several, and the command that goes on with it."""


def waits(parts: Sequence[WaitingPart], somebody: Sequence[ForSomebody], more: int = 0) -> Blocks:
    """What waits, for a store or for somebody of ours, and since when; `more`: cases that are not listed."""
    blocks: list[Block] = []
    if parts:
        blocks += [Heading("Parts that wait for their store", 2), Lines([_part(part) for part in parts])]
    if somebody:
        lines = [_needs(one) for one in somebody]
        if more:
            lines.append(Line("·", f"and {count(more, 'case')} due later", tone=Tone.QUIET))
        blocks += [Heading("What waits for somebody of yours", 2), Lines(lines)]
    return tuple(blocks)


def for_roles(found: Sequence[ForRole]) -> Blocks:
    """What is about the notice itself, with whose task it is."""
    if not found:
        return ()
    return Heading("What waits around the notice", 2), Lines([_for_role(one) for one in found])


def _for_role(one: ForRole) -> Line:
    until = f", due {day(one.due)}" if one.due else ""
    whose = f"for {one.role}, " if one.role else ""
    says = f"{whose}since {day(one.since.date())}{until}: `{one.command}`"
    return Line("?", one.says, [says], Tone.CARE, "waits")


def for_roles_json(found: Sequence[ForRole]) -> list[dict[str, Any]]:
    """The same with ISO moments."""
    return [
        {
            "what": one.what,
            "says": one.says,
            "role": one.role,
            "since": one.since.isoformat(),
            "due": one.due.isoformat() if one.due else None,
        }
        for one in found
    ]


def _part(part: WaitingPart) -> Line:
    tried = f"next try {moment(part.next_try)}" if part.next_try else "no try is set"
    return Line("…", f"case {part.case}: {part.store} waits ({part.code}), {tried}", tone=Tone.CARE, says="waits")


def _needs(one: ForSomebody) -> Line:
    single, several, command = NEEDS[one.what]
    text = f"case {one.case}: {count(one.number, single, several)}, since {day(one.since.date())}"
    return Line("?", text, [f"`{command.format(one.case)}`"], Tone.CARE, "waits")


def waits_json(parts: Sequence[WaitingPart], somebody: Sequence[ForSomebody], more: int) -> dict[str, Any]:
    """The same with ISO moments."""
    return {
        "waiting_parts": [
            {
                "case": part.case,
                "store": part.store,
                "code": part.code,
                "next_try": part.next_try.isoformat() if part.next_try else None,
            }
            for part in parts
        ],
        "for_somebody": [
            {"what": one.what, "case": one.case, "number": one.number, "since": one.since.isoformat()}
            for one in somebody
        ],
        "more_for_somebody": more,
    }


def standing(at: str, pairs: Mapping[str, str], troubles: Sequence[str]) -> Blocks:
    """`at` is an ISO moment; `pairs` are measured figures; `troubles` are what somebody has to see to."""
    lines = [Line("✗", trouble, tone=Tone.BAD, says="trouble") for trouble in troubles]
    well = Line("✓", "nothing is late, stalled or broken", tone=Tone.GOOD, says="well")
    return (
        Heading(f"How things stand on {moment(datetime.fromisoformat(at))}"),
        Pairs(list(pairs.items())),
        Lines(lines or [well]),
    )


def troubles(
    *,
    overdue: Sequence[str],
    late: int,
    given_up: int,
    paused: str | None,
    ledger: str,
    closed: Sequence[str] = (),
    policy: str = "",
    observing: date | None = None,
    noted: int = 0,
    mail_since: datetime | None = None,
    damaged: Sequence[str] = (),
) -> list[str]:
    """In the order in which they matter."""
    found = []
    if ledger:
        found.append(f"the ledger does not agree with its witness: {ledger}")
    if observing:
        found.append(f"the gate only watches until {day(observing)}: every no is let pass, and a promise broken")
    if noted:
        found.append(f"{count(noted, 'release')} noted on this machine and not in the ledger: does a worker run?")
    found += [
        f"parcel {name} in the spool cannot be opened: put spool and keys back from one backup" for name in damaged
    ]
    if mail_since:
        says = "does `troth mail-gate` run, and does its next hop answer?"
        found.append(f"messages wait in the mail path since {moment(mail_since)}: {says}")
    if policy:
        found.append(f"nothing is planned or carried out: {policy}")
    found += [f"store {store} was restored, and is closed until its erasures are replayed" for store in closed]
    found += [f"case {case} is past its day" for case in overdue]
    if given_up:
        found.append(f"{count(given_up, 'piece of work', 'pieces of work')} failed as often as allowed: `troth retry`")
    if late:
        found.append(f"{count(late, 'piece of work', 'pieces of work')} waited too long: does a worker run?")
    if paused:
        found.append(f"all work is paused ({paused})")
    return found

"""How an installation stands, in a few lines."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from troth.show.blocks import Blocks, Heading, Line, Lines, Pairs, Tone
from troth.show.words import count, moment


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
) -> list[str]:
    """In the order in which they matter."""
    found = []
    if ledger:
        found.append(f"the ledger does not agree with its witness: {ledger}")
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

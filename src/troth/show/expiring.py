"""What is over by the declared periods, table by table: what a run would do, or did, and what it leaves and why."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from troth.show.blocks import Block, Blocks, Heading, Line, Lines, Para, Tone
from troth.show.words import count, day


@dataclass(frozen=True)
class Ended:
    """One table."""

    store: str
    table: str
    rule: str
    says: str
    until: date | None = None
    """Rows dated up to here are over."""
    rows: int = 0
    """Rows that a run takes."""
    more: bool = False
    """Further rows are over, for the next run."""
    waiting: int = 0
    """Rows that are over and belong to somebody for whom something is open."""
    gone: int = 0
    left: str = ""
    """Why no machine ends these rows."""


def expiring(ended: Sequence[Ended], *, carried_out: bool) -> Blocks:
    """The lines of a run."""
    title = "What ended by the declared periods" if carried_out else "What is over by the declared periods"
    blocks: list[Block] = [Heading(title), Lines([_line(each, carried_out=carried_out) for each in ended])]
    if not carried_out:
        blocks.append(Para("Nothing was changed. `troth retain --carry-out` ends these rows, and there is no undo."))
    return tuple(blocks)


def as_json(ended: Sequence[Ended]) -> list[dict[str, Any]]:
    """For a machine."""
    return [{**asdict(each), "until": each.until.isoformat() if each.until else None} for each in ended]


def _line(one: Ended, *, carried_out: bool) -> Line:
    where = f"{one.store}.{one.table}"
    if one.left:
        return Line("?", f"{where}: {one.left}", [f"{one.rule}: {one.says}"], Tone.CARE, "left")
    notes = [f"{one.rule}: {one.says}; dated {day(one.until)} or before"]
    notes += ["more are over, for the next run"] if one.more else []
    if one.waiting:
        notes.append(f"{count(one.waiting, 'row')} of people for whom something is open: not taken")
    rows = count(one.gone if carried_out else one.rows, "row")
    return Line("-", f"{where}: {rows}", notes, says="deleted" if carried_out else "over")

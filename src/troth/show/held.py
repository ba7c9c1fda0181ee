"""What became of words that a copy held back: the supplement for the person, and what is added to a receipt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from troth.catalog import Catalog
from troth.model.personal import Personal
from troth.model.plan import Plan
from troth.model.policy import Policy
from troth.show.blocks import Block, Blocks, Heading, Line, Lines, Pairs, Para, Table, Tone
from troth.show.package import Entry, package
from troth.show.unchecked import once
from troth.show.words import count, day

SAYS = {
    "text.released": ("✓", "text {} was read and added to your copy"),
    "text.refused": ("=", "text {} was read and is not given to you"),
    "text.gone": ("·", "text {} is no longer there"),
    "rows.struck": ("✓", "records left for others ({}) were read, and what is about you struck out"),
}


@dataclass(frozen=True)
class Settled:
    """What somebody of the office did after the receipt."""

    how: str
    """A key of `SAYS`."""
    number: int
    """Of the text; of `rows.struck`, how many rows."""
    at: datetime
    reason: Personal[str]
    """Written for the person."""


def released(policy: Policy, catalog: Catalog, plan: Plan, found: Sequence[Entry]) -> Blocks:
    """The page of a supplement: like that of the package, with its own head."""
    _, *rest = package(policy, catalog, plan, found)
    head = Para("Somebody has read what your copy held back. This is added to it; the rest is where you got that copy.")
    return (Heading(f"Added to your copy of case {plan.case}"), head, *rest)


def refused(policy: Policy, case: str, says: Sequence[str], reason: Personal[str], law: str) -> Blocks:
    """What the person does not get, why, and what they can do about it (GDPR Art. 12(4))."""
    organisation = policy.organisation
    why = f"Because: {reason.reveal().strip()}" + (f" ({law})" if law else "")
    return once(
        (
            Heading(f"What is not added to your copy of case {case}"),
            Para("Somebody has read this, and it is not given to you:"),
            Lines([Line("=", each, tone=Tone.CARE, says="left out") for each in says]),
            Para(why),
            Pairs([("write to", organisation.contact), ("you may complain to", organisation.authority)]),
            Para("You can complain to this authority, or to the one where you live or work, and go to court."),
        )
    )


def addendum(settled: Sequence[Settled]) -> Blocks:
    """Below a receipt, which itself never changes."""
    if not settled:
        return ()
    lines = []
    for one in settled:
        glyph, text = SAYS[one.how]
        reason = one.reason.reveal()
        what = f"{day(one.at.date())}: {text.format(one.number)}"
        lines.append(Line(glyph, what, [f"because {reason}"] if reason else [], says=one.how.partition(".")[2]))
    return (Heading("Since this receipt", 2), Lines(lines))


def as_json(settled: Sequence[Settled]) -> list[dict[str, Any]]:
    """For a machine."""
    return [
        {"what": one.how, "number": one.number, "at": one.at.isoformat(), "reason": one.reason.reveal()}
        for one in settled
    ]


Row = tuple[int, str, str, str]
"""Number, row, what it is, where it stands."""


def listed(case: str, rows: Sequence[Row], left: Sequence[tuple[str, int]]) -> Blocks:
    """What waits for a reader, without a value; `left`: (what it is, rows) that an erasure left to others."""
    blocks: list[Block] = [Heading(f"What has to be read in case {case}")]
    if rows:
        table = [(str(number), says, row, state) for number, row, says, state in rows]
        blocks.append(Table("Held back from the copy", ("text", "what", "row", "state"), table, frozenset({0})))
        blocks.append(Para(f"`troth texts {case} NUMBER --by ID` shows one; then release or refuse it."))
    if left:
        kept = [
            Line("?", f"{says}: {count(number, 'record')}", tone=Tone.CARE, says="to read") for says, number in left
        ]
        blocks += [Heading("Left to others, and may still name whoever left", 2), Lines(kept)]
        blocks.append(Para(f"Strike out in the store what is about them, then note it: `troth struck {case}`."))
    return tuple(blocks) if rows or left else (*blocks, Para("Nothing."))


def listed_json(case: str, rows: Sequence[Row], left: Sequence[tuple[str, int]]) -> dict[str, Any]:
    """For a machine."""
    return {
        "case": case,
        "texts": [dict(zip(("number", "row", "says", "state"), row, strict=True)) for row in rows],
        "left_to_others": [{"says": says, "rows": number} for says, number in left],
    }


def text(case: str, number: int, values: Mapping[str, Personal[Any]]) -> Blocks:
    """One text, for the reader whom the ledger names."""
    rows = [(column, str(value.reveal() or "")) for column, value in values.items()]
    return (Heading(f"Text {number} of case {case}"), Pairs(rows))


def text_json(case: str, number: int, values: Mapping[str, Personal[Any]]) -> dict[str, Any]:
    """The same for a machine."""
    said = {column: str(value.reveal() or "") for column, value in values.items()}
    return {"case": case, "number": number, "values": said}

"""How a list of people was judged: how many may, how many may not, why, and what was left out."""

from collections.abc import Mapping, Sequence

from troth.gate.codes import CODES, base_of
from troth.model.audience import Broken, Counts, Made
from troth.show.blocks import Blocks, Heading, Pairs, Para, Table, Tone
from troth.show.words import count


def audience(made: Made, found: Counts, broken: Sequence[Broken], left_out: int) -> Blocks:
    """What a person reads after a list was judged."""
    rows = [("may", f"{made.people:,}"), ("may not", f"{made.refused:,}"), ("file", made.file[:12])]
    if made.recipient:
        rows.append(("for", made.recipient + (f", in the form of {made.network}" if made.network else "")))
        rows.append(("to be removed there", f"{made.removals:,}"))
    blocks: Blocks = (Heading(f"For {made.purpose}"), Pairs(rows))
    if found.reasons:
        named = [(code, f"{number:,}", _says(code)) for code, number in found.reasons]
        blocks += (Table("The first reason against", ("code", "rows", "says"), named, frozenset({1})),)
    if left_out:
        lines = ", ".join(str(each.line) for each in broken)
        more = "" if left_out == len(broken) else " and more"
        says = f"{count(left_out, 'line')} could not be read, and stands in neither file: {lines}{more}"
        blocks += (Para(says, Tone.CARE),)
    return (*blocks, Para("A yes holds for now. Whoever sends asks again when the message leaves.", Tone.QUIET))


def audience_json(made: Made, found: Counts, broken: Sequence[Broken], left_out: int) -> Mapping[str, object]:
    """The same for machines."""
    return {
        "purpose": made.purpose,
        "recipient": made.recipient,
        "network": made.network,
        "file": made.file,
        "allowed": made.people,
        "refused": made.refused,
        "reasons": dict(found.reasons),
        "removals": made.removals,
        "left_out": left_out,
        "lines": [each.line for each in broken],
    }


def _says(code: str) -> str:
    return CODES.get(base_of(code), "").replace(" {}", "").replace("{} ", "").replace("{}", "")

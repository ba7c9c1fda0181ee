"""What a new version of the policy means for people: its changes, the gravest first, and whose yes is asked again."""

from collections.abc import Sequence
from typing import Any

from troth.model.change import Change, Direction
from troth.show.blocks import Block, Blocks, Heading, Line, Lines, Para, Tone
from troth.show.words import count

_SAYS = {
    Direction.WIDENING: "Wider: waits until the person was told",
    Direction.FORCED: "Wider, because a law demands it: holds at once, and is told",
    Direction.NARROWING: "Narrower: holds at once",
    Direction.REWORDED: "Other words: somebody has to read whether they mean the same",
}
_GLYPHS = {
    Direction.WIDENING: ("▲", Tone.CARE),
    Direction.FORCED: ("§", Tone.PLAIN),
    Direction.NARROWING: ("▼", Tone.GOOD),
    Direction.REWORDED: ("≈", Tone.QUIET),
}


def changes(found: Sequence[Change], before: str, after: str) -> Blocks:
    """All changes as blocks, by direction."""
    blocks: list[Block] = [Heading(f"From {before} to {after}")]
    if not found:
        return (*blocks, Para("Nothing changes in meaning.", Tone.GOOD))
    for direction, says in _SAYS.items():
        lines = [_line(change) for change in found if change.direction is direction]
        if lines:
            blocks += [Heading(f"{says} ({count(len(lines), 'change')})", 2), Lines(lines)]
    again = sorted({choice for change in found for choice in change.asks_again})
    if again:
        blocks.append(
            Para(f"To be asked again, since an earlier yes no longer covers it: {', '.join(again)}", Tone.CARE)
        )
    return tuple(blocks)


def as_json(found: Sequence[Change]) -> list[dict[str, Any]]:
    """One object for each."""
    return [
        {
            "reference": change.reference,
            "aspect": change.aspect,
            "before": change.before,
            "after": change.after,
            "direction": change.direction.value,
            "place": str(change.place),
            "relationships": list(change.relationships),
            "asks_again": list(change.asks_again),
        }
        for change in found
    ]


def _line(change: Change) -> Line:
    glyph, tone = _GLYPHS[change.direction]
    what = change.reference if change.aspect == "itself" else f"{change.reference}, {change.aspect}"
    if change.before and change.after:
        how = f"{change.before} → {change.after}"
    else:
        how = f"new: {change.after}" if change.after else f"gone: {change.before}"
    whom = ", ".join(change.relationships) or "everybody"
    return Line(glyph, f"{what}: {how}", [f"concerns {whom}; {change.place}"], tone, change.direction.value)

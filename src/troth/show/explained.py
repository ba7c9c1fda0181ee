"""What a policy says about one thing, for whoever asks at the terminal or reads along in an editor."""

from collections.abc import Sequence
from typing import Any

from troth.policy.explain import Explained
from troth.show.blocks import Block, Blocks, Heading, Line, Lines, Pairs, Para, Tone


def explained(found: Sequence[Explained]) -> Blocks:
    """Each thing as blocks, one after the other."""
    blocks: list[Block] = []
    for each in found:
        blocks += [Heading(f"{each.reference}"), Pairs([("declared", str(each.place)), *each.says])]
        if each.mentions:
            lines = [Line("←", mention.by, [str(mention.place)], says="named by") for mention in each.mentions]
            blocks += [Heading("Named by", 2), Lines(lines)]
        else:
            blocks.append(Para("Nothing else in the policy names it.", Tone.QUIET))
        if each.clauses:
            title = "Speaks of" if each.reference.startswith("clause:") else "In the notice"
            blocks += [Heading(title, 2), Lines([Line("¶", clause, says="clause") for clause in each.clauses])]
        elif not each.reference.startswith("clause:"):
            blocks.append(Para("No clause of the notice speaks of it.", Tone.QUIET))
    return tuple(blocks)


def as_json(found: Sequence[Explained]) -> list[dict[str, Any]]:
    """One object for each."""
    return [
        {
            "reference": each.reference,
            "place": str(each.place),
            "says": dict(each.says),
            "mentions": [{"by": mention.by, "place": str(mention.place)} for mention in each.mentions],
            "clauses": list(each.clauses),
        }
        for each in found
    ]

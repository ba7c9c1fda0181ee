"""What formatting a policy folder changed, and which files were left alone and why."""

from typing import Any

from troth.policy.author.formatting import Formatted
from troth.show.blocks import Block, Blocks, Heading, Line, Lines, Para, Tone
from troth.show.problems import as_json as problems_as_json
from troth.show.problems import problem_line
from troth.show.unchecked import once
from troth.show.words import count


def formatted(found: Formatted, *, checked: bool) -> Blocks:
    """`checked`: nothing was written."""
    blocks: list[Block] = [Heading("Form of the policy files")]
    refused = [
        Line("✗", f"{name}: cannot be laid out anew without changing what it says", (), Tone.BAD, "left alone")
        for name in found.refused
    ]
    mistakes = [problem_line(problem) for problem in found.mistakes]
    if refused or mistakes:
        blocks.append(Lines([*mistakes, *refused]))
        left = {problem.place.file for problem in found.mistakes} | set(found.refused)
        blocks.append(Para(f"Left alone, because of the above: {', '.join(sorted(left))}.", Tone.BAD))
    if found.changed:
        did = "would change" if checked else "changed"
        blocks.append(Lines([Line("~", f"{name} {did}", (), Tone.CARE, "changed") for name in found.changed]))
    total = f"{count(len(found.changed), 'file')} of {found.files} {'would change' if checked else 'changed'}."
    return once((*blocks, Para(total, Tone.CARE if found.changed else Tone.GOOD)))


def as_json(found: Formatted) -> dict[str, Any]:
    """Names and problems; the texts are in the files."""
    return {
        "files": found.files,
        "changed": list(found.changed),
        "problems": problems_as_json(found.mistakes),
        "left": list(found.refused),
    }

"""Makes long lists short without rewording them: the first line of each kind stands, the others are counted.

Lists that are short anyway stay whole. A kind that one long list has shown, the next one only counts.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

SHORT = 5
"""Lists up to this long stay whole."""
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_ITEM = re.compile(r"(?:([^\w\s]|\w+)| +\d+) {2,}\S")
"""A line of a list begins with its glyph, a row of a table with its first column or its number; two spaces follow."""
NUMBERED = "rows"


@dataclass
class _Item:
    """One line, with the smaller lines under it."""

    kind: str
    lines: list[str] = field(default_factory=list)


def plain(text: str) -> str:
    """Without colour."""
    return _COLOUR.sub("", text)


def fold(text: str) -> Iterator[str]:
    """The lines of what a command printed, with or without colour."""
    seen: set[str] = set()
    run: list[_Item] = []
    for line in text.splitlines():
        bare = plain(line)
        if found := _ITEM.match(bare):
            run.append(_Item(found[1] or NUMBERED, [line]))
        elif run and bare.startswith(" "):
            run[-1].lines.append(line)
        else:
            yield from _shortened(run, seen)
            run = []
            yield line
    yield from _shortened(run, seen)


def _shortened(run: list[_Item], seen: set[str]) -> Iterator[str]:
    long, left = len(run) > SHORT, Counter[str]()
    for item in run:
        if long and item.kind in seen:
            left[item.kind] += 1
        else:
            yield from item.lines
        if long:
            seen.add(item.kind)
    if left:
        yield f"⋮  more: {', '.join(f'{n} {kind}' for kind, n in left.items())}"

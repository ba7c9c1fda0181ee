"""Blocks on a terminal: with colour where there is a terminal, plain and complete where there is none."""

import json
import re
from collections.abc import Sequence

from rich.console import Console, ConsoleRenderable, RichCast
from rich.padding import Padding
from rich.table import Table as RichTable
from rich.text import Text

from troth.show.blocks import Block, Blocks, Button, Heading, Line, Lines, Links, Pairs, Para, Table, Tone

STYLES = {
    Tone.PLAIN: "",
    Tone.GOOD: "green",
    Tone.BAD: "bold red",
    Tone.CARE: "yellow",
    Tone.QUIET: "bright_black",
}
TURNS = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
"""Marks that turn the direction of writing: a reader would see other words than stand there."""
CONTROL = dict.fromkeys((*range(9), 11, 12, *range(13, 32), *range(127, 160), *TURNS), "\N{REPLACEMENT CHARACTER}")
"""A value from somebody's database must not be able to steer the reader's terminal."""
_RAW = re.compile("[\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def safe(text: str) -> str:
    """The text with control characters made visible."""
    return text.translate(CONTROL)


def json_text(data: object) -> str:
    """JSON for a machine that a person may look at: what would steer a terminal is escaped, and reads back the same."""
    text = json.dumps(data, ensure_ascii=False, indent=2, default=str)
    return _RAW.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def print_blocks(blocks: Blocks, console: Console) -> None:
    """Print an artefact."""
    for block in blocks:
        if isinstance(block, Heading):
            console.print()
        for renderable in _render(block):
            console.print(renderable)


def plain(blocks: Blocks, width: int = 100) -> str:
    """The artefact as text without colour, for files, screen readers and tests."""
    console = Console(width=width, no_color=True, color_system=None, force_terminal=False, legacy_windows=False)
    with console.capture() as capture:
        print_blocks(blocks, console)
    return "\n".join(line.rstrip() for line in capture.get().splitlines()).strip("\n") + "\n"


def _render(block: Block) -> list[ConsoleRenderable | RichCast | Text]:
    match block:
        case Heading(text, level):
            return [Text(safe(text), style="bold" if level > 1 else "bold underline")]
        case Para(text, tone):
            return [Text(safe(text), style=STYLES[tone])]
        case Pairs(rows):
            return [_pairs(rows)]
        case Table():
            return [_table(block)]
        case Lines(items):
            return [row for line in items for row in _line(line)]
        case Links(items):
            return [Text(safe("  ".join(_way(*item)))) for item in items]
        case Button(text):
            return [Text(f"[ {safe(text)} ]", style="bold")]
        case _:
            from rich.markdown import Markdown  # noqa: PLC0415 - loads much, and few artefacts hold a text

            return [Markdown(safe(block.markdown))]


def _way(label: str, address: str, says: str) -> list[str]:
    """A way on; an address on the same page leads nowhere from a terminal."""
    return [part for part in (label, "" if address.startswith("#") else address, says) if part]


def _pairs(rows: Sequence[tuple[str, str]]) -> RichTable:
    grid = RichTable.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="bright_black", no_wrap=True)
    grid.add_column(overflow="fold")
    for label, value in rows:
        grid.add_row(Text(safe(label)), Text(safe(value)))
    return grid


def _table(block: Table) -> RichTable:
    table = RichTable(
        title=Text(safe(block.caption)), title_justify="left", title_style="bright_black", box=None, pad_edge=False
    )
    for index, name in enumerate(block.columns):
        table.add_column(
            Text(safe(name)),
            header_style="bold",
            justify="right" if index in block.numeric else "left",
            overflow="fold",
        )
    for row in block.rows:
        table.add_row(*(Text(safe(cell)) for cell in row))
    return table


def _line(line: Line) -> list[ConsoleRenderable | RichCast | Text]:
    grid = RichTable.grid(padding=(0, 1, 0, 0))
    grid.add_column(width=2, no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(Text(line.glyph, style=STYLES[line.tone]), Text(safe(line.text), style=STYLES[line.tone]))
    details = [Padding(Text(safe(detail), style="bright_black"), (0, 0, 0, 5)) for detail in line.details]
    return [grid, *details]

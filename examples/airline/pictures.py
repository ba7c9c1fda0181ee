"""Draws the pictures of the README from a real case: `python -m examples.airline.pictures HOME CASE`."""

import io
import re
import sys
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from troth import wire
from troth.desk.planning import plan_of
from troth.show.blocks import Block, Blocks, Lines, Table
from troth.show.plan import plan
from troth.show.receipt import from_json, receipt
from troth.show.terminal import print_blocks

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
MOST = 7
"""Lines shown of each list and table: a picture is for a first look."""


def main(home: Path, case: str) -> None:
    """Write plan.svg and receipt.svg."""
    with wire.open_house(wire.read_settings(home)) as house:
        kept, digest = plan_of(house, case)
        with house.unit() as unit:
            done = unit.cases.receipt(case)
        if done is None:
            raise SystemExit(f"case {case} is not closed")
        _draw("plan", plan(kept, digest, house.policy))
        _draw("receipt", receipt(from_json(done)))


def _draw(name: str, blocks: Blocks) -> None:
    console = Console(record=True, width=110, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    print_blocks(tuple(_begun(block) for block in blocks), console)
    FOLDER.mkdir(exist_ok=True)
    drawn = console.export_svg(title=f"troth {name}")
    # No font is fetched from anywhere: the reader's own fixed-width one serves.
    text = re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL)
    (FOLDER / f"{name}.svg").write_text(text, encoding="utf-8")


def _begun(block: Block) -> Block:
    if isinstance(block, Lines):
        return Lines(block.items[:MOST])
    return replace(block, rows=block.rows[:MOST]) if isinstance(block, Table) else block


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])

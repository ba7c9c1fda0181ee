"""What the stores say they hold about one person: counts, and what brought each row in. No values."""

from collections import Counter
from collections.abc import Mapping, Sequence

from troth.model.sight import SeenRow, Sight
from troth.show.blocks import Blocks, Heading, Para, Table, Tone
from troth.show.words import count


def sights(seen: Mapping[str, Sight], unreachable: Sequence[str] = ()) -> Blocks:
    """One table over all stores."""
    rows = [
        [store, table.table, str(number), by, _shared(group)]
        for store, sight in seen.items()
        for table in sight.tables.values()
        for (by, _), number, group in _groups(table.rows)
    ]
    entering = sum(sight.count for sight in seen.values())
    waiting = sum(len(table.waiting) for sight in seen.values() for table in sight.tables.values())
    blocks: Blocks = (
        Heading("What is held", 2),
        Table(
            "Rows by store, and the identifier that brought them in",
            ["store", "table", "rows", "by", "shared"],
            rows,
            frozenset({2}),
        ),
        Para(f"{_enter(entering)}; {_wait(waiting)} for a person to decide."),
    )
    return blocks + tuple(Para(f"{name} did not answer: its own part waits.", Tone.BAD) for name in unreachable)


def _enter(number: int) -> str:
    return "1 row enters by itself" if number == 1 else f"{number} rows enter by themselves"


def _wait(number: int) -> str:
    return f"{count(number, 'row')} {'waits' if number == 1 else 'wait'}"


def _groups(rows: Sequence[SeenRow]) -> list[tuple[tuple[str, bool], int, list[SeenRow]]]:
    def kind(row: SeenRow) -> tuple[str, bool]:
        return (row.by if row.reach.enters else f"{row.by} alone: waits", row.root is not None)

    counts = Counter(kind(row) for row in rows)
    return [(key, number, [row for row in rows if kind(row) == key]) for key, number in sorted(counts.items())]


def _shared(rows: Sequence[SeenRow]) -> str:
    if all(row.root is None for row in rows):
        return ""
    others = max(row.others for row in rows)
    return f"with up to {count(others, 'other person', 'other people')}" if others else "with nobody now"

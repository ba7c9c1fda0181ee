"""What a measure gives: lines of one table, medians and ratios, printed or as JSON. Nothing here measures."""

import os
import platform
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from statistics import median
from time import perf_counter
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

Tell = Callable[[str], None]
"""Told what is being measured."""


@dataclass(frozen=True)
class Line:
    """One line of the table."""

    part: str
    what: str
    value: float
    """Troth's."""
    unit: str
    hand: float | None = None
    """The hand-written baseline's, in the same unit, in the same run."""
    bare: float | None = None
    """The bare statements'."""
    ratio: float | None = None
    """Troth to the baseline, or big to small for growth."""
    aim: str = ""
    note: str = ""


@dataclass
class Samples:
    """Durations in seconds by contender, taken in turns."""

    by: dict[str, list[float]] = field(default_factory=dict)

    def time(self, contender: str, act: Callable[[], object]) -> None:
        """Run once and keep how long it took."""
        start = perf_counter()
        act()
        self.add(contender, perf_counter() - start)

    def add(self, contender: str, seconds: float) -> None:
        """Keep a duration."""
        self.by.setdefault(contender, []).append(seconds)

    def median_ms(self, contender: str) -> float:
        """The median, in milliseconds."""
        return median(self.by[contender]) * 1000

    def beside(self, part: str, what: str, *, aim: str = "", note: str = "") -> Line:
        """Troth beside the baseline and the bare statements."""
        troth, hand, bare = (self.median_ms(name) for name in ("troth", "hand", "bare"))
        return Line(part, what, troth, "ms", hand, bare, troth / hand, aim, note)


def show(lines: Iterable[Line], console: Console) -> None:
    """One table, in a form that can be pasted into a Markdown page."""
    table = Table(box=box.MARKDOWN)
    table.add_column("part")
    table.add_column("what", no_wrap=True)
    for name in ("Troth", "by hand", "bare", "ratio"):
        table.add_column(name, justify="right")
    table.add_column("aim")
    table.add_column("note", overflow="fold")
    before = ""
    for line in lines:
        cells = [_figure(value, line.unit) for value in (line.value, line.hand, line.bare)]
        ratio = "" if line.ratio is None else f"{line.ratio:.2f}"
        table.add_row(line.part if line.part != before else "", line.what, *cells, ratio, line.aim, line.note)
        before = line.part
    console.print(table)


def _figure(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    text = f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.1f}" if abs(value) >= 10 else f"{value:,.2f}"
    return f"{text} {unit}"


def machine() -> dict[str, Any]:
    """Where this was measured, as far as it matters, and nothing that names the machine."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": len(os.sched_getaffinity(0)),
        "load": [round(load, 2) for load in os.getloadavg()],
        "processor": _processor(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


def as_json(lines: Sequence[Line], where: dict[str, Any]) -> dict[str, Any]:
    """Everything, for a machine."""
    return {"format": "troth-benchmarks/1", "machine": where, "lines": [asdict(line) for line in lines]}


def _processor() -> str:
    with open("/proc/cpuinfo", encoding="utf-8") as file:  # noqa: PTH123 - a pseudo file
        names = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    return names[0] if names else "unknown"

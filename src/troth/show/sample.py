"""The totals of a sample: what would happen to how many rows of how many people, and what needs somebody first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from troth.show.blocks import Block, Blocks, Heading, Line, Lines, Pairs, Para, Table, Tone
from troth.show.words import count


@dataclass(frozen=True)
class Totals:
    """A sample, ready to be shown."""

    right: str
    figures: Mapping[str, int]
    lines: Sequence[tuple[str, str, str, str, str, int, int]]
    """store, table, verb, ground, exception, rows, people."""
    undecided: Sequence[tuple[str, str, str, int]]
    """store, table, what alone matches, rows."""
    findings: Sequence[tuple[str, str, str, str, int]]
    """severity, code, where, words, plans."""
    mean: float
    """Seconds for one person."""
    slowest: float


def sample(totals: Totals) -> Blocks:
    """For whoever decides whether a policy is ready to be carried out."""
    blocks: list[Block] = [
        Heading(f"Sample: {totals.right} for {count(totals.figures['asked'], 'person', 'people')}"),
        Pairs(
            [
                *((name, str(number)) for name, number in totals.figures.items()),
                ("time for one person", f"{totals.mean * 1000:.0f} ms, at most {totals.slowest * 1000:.0f} ms"),
            ]
        ),
        Table(
            "What would happen",
            ("store", "table", "act", "ground", "exception", "rows", "people"),
            [tuple(str(cell) for cell in line) for line in totals.lines],
            frozenset({5, 6}),
        ),
    ]
    if totals.undecided:
        blocks.append(
            Table(
                "Rows that would wait until a person decides",
                ("store", "table", "what alone matches", "rows"),
                [tuple(str(cell) for cell in line) for line in totals.undecided],
                frozenset({3}),
            )
        )
    if totals.findings:
        blocks += [Heading("What was found", 2), Lines([_finding(*finding) for finding in totals.findings])]
    return (*blocks, Para("Nothing has been changed, and nothing was kept."))


def _finding(severity: str, code: str, place: str, words: str, plans: int) -> Line:
    bad = severity == "error"
    details = [f"{place}; in {count(plans, 'plan')}", words]
    return Line("✗" if bad else "!", code, details, Tone.BAD if bad else Tone.CARE, severity)


def as_json(totals: Totals) -> Mapping[str, object]:
    """The same for machines."""
    return {
        "right": totals.right,
        **totals.figures,
        "lines": _named(("store", "table", "verb", "ground", "exception", "rows", "people"), totals.lines),
        "undecided": _named(("store", "table", "by", "rows"), totals.undecided),
        "findings": _named(("severity", "code", "place", "message", "plans"), totals.findings),
        "seconds": {"mean": round(totals.mean, 6), "slowest": round(totals.slowest, 6)},
    }


def _named(names: Sequence[str], rows: Sequence[Sequence[object]]) -> list[dict[str, object]]:
    return [dict(zip(names, row, strict=True)) for row in rows]

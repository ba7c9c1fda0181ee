"""`python -m benchmarks [PART ...]`: one command, one table. docs/benchmarks.md says what is compared with what."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from benchmarks import audience, backlog, gate, growth, ledger, persons, policy
from benchmarks.measure import Line, Tell, as_json, machine, show

WIDTH = 132
"""Columns where there is no terminal to ask."""
PARTS = ("person", "growth", "queue", "ledger", "policy", "gate", "audience")


def main() -> None:
    """Measure the parts that were asked for, all of them by default."""
    given = _arguments()
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    where = machine()
    tell: Tell = lambda words: console.print(f"[dim]{words} ...[/]")  # noqa: E731 - a name for one call
    measures = _measures(tell, quick=given.quick, full=given.full)
    lines: list[Line] = []
    try:
        for part in given.parts or PARTS:
            lines += measures[part]()
    finally:  # what was measured before something failed is still shown
        show(lines, console)
        console.print(", ".join(f"{name} {value}" for name, value in where.items()))
        if given.json:
            given.json.write_text(json.dumps(as_json(lines, where), indent=2) + "\n", encoding="utf-8")


def _measures(tell: Tell, *, quick: bool, full: bool) -> dict[str, Callable[[], list[Line]]]:
    customers, persons_each, rounds = (2_000, 5, 1) if quick else (20_000, 30, 5)
    sizes: tuple[int, ...] = (500, 2_000) if quick else (20_000, 200_000)
    if full:
        sizes = (*sizes, 2_000_000)
    return {
        "person": lambda: persons.measure(tell, customers=customers, persons=persons_each, rounds=rounds),
        "growth": lambda: growth.measure(tell, sizes=sizes, persons=persons_each),
        "queue": lambda: backlog.measure(tell, customers=customers, queued=30 if quick else 200),
        "ledger": lambda: ledger.measure(tell, customers=500, appends=200 if quick else 2_000),
        "policy": lambda: policy.measure(tell, rounds=3 if quick else 15),
        "gate": lambda: gate.measure(
            tell, people=5_000 if quick else 100_000, rounds=5 if quick else 40, seconds=3 if quick else 10, quick=quick
        ),
        "audience": lambda: audience.measure(tell, people=500_000 if quick else 10_000_000, rounds=1 if quick else 3),
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="which parts; all by default")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="a small run")
    size.add_argument("--full", action="store_true", help="growth up to 2,000,000 customers: hours, many GB")
    parser.add_argument("--json", type=Path, help="also write the lines into this file")
    return parser.parse_args()


if __name__ == "__main__":
    main()

"""docs/reference/not-yet-said.md, made from the reasons of the tables: `python -m examples.unsaid`."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import TypedDict

import yaml

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "reference" / "not-yet-said.md"

HEAD = """# What the language cannot say yet

Most promises that are [not kept yet](../coverage.md) wait for a machine: a page, a letter, a rule of the gate. These
wait for the language: no file can say it, or the compiler does not look. Each reason stands in a `promises.tsv` below
`examples/`, beside the promise that it holds up. This page is made by `python -m examples.unsaid`.
"""


class Topic(TypedDict):
    """What cannot be said, and the reasons that say so in the tables."""

    says: str
    reasons: list[str]


def topics() -> dict[str, Topic]:
    """By heading, as unsaid.yaml has them."""
    found: dict[str, Topic] = yaml.safe_load((HERE / "unsaid.yaml").read_text(encoding="utf-8"))
    return found


def waiting() -> dict[str, list[str]]:
    """Reason -> the promises that are not yet kept for it."""
    found: dict[str, list[str]] = {}
    for table in sorted(HERE.glob("*/promises.tsv")):
        with table.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
                if row["standing"] == "not-yet":
                    found.setdefault(row["remark"], []).append(f"`{row['id']}` of `{table.parent.name}`")
    return found


def page(known: Mapping[str, Topic], reasons: Mapping[str, list[str]]) -> str:
    """The whole page. KeyError where no table gives a reason any more."""
    parts = [HEAD]
    for heading, topic in known.items():
        lines = [f"- {each} ({', '.join(reasons[each])})" for each in topic["reasons"]]
        parts.append("\n".join([f"## {heading}", "", f"{topic['says']}.", "", *lines, ""]))
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(topics(), waiting()), encoding="utf-8")

"""Spoils one declaration of a policy at a time, leaving every other one on its line and column."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from troth.model.problem import Place
from troth.policy.report import Reference


@dataclass(frozen=True)
class Entry:
    """One key of a YAML file with its value."""

    file: str
    path: tuple[str, ...]
    place: Place
    start: int
    end: int
    flow: bool
    """Whether it stands in braces."""


def entries(folder: Path) -> Iterator[Entry]:
    """Every key of every YAML file."""
    for path in sorted(folder.rglob("*.yaml")):
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        yield from _below(root, str(path.relative_to(folder)), ())


def _below(node: yaml.Node | None, file: str, path: tuple[str, ...]) -> Iterator[Entry]:
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _below(item, file, path)
    if not isinstance(node, yaml.MappingNode):
        return
    for key, value in node.value:
        here = (*path, key.value)
        place = Place(file, key.start_mark.line + 1, key.start_mark.column + 1)
        yield Entry(file, here, place, key.start_mark.index, value.end_mark.index, bool(node.flow_style))
        yield from _below(value, file, here)


def without(text: str, entry: Entry) -> str:
    """The same text with spaces where the entry stood."""
    start, end = entry.start, entry.start + len(text[entry.start : entry.end].rstrip())
    if entry.flow:
        after = end + len(text[end:]) - len(text[end:].lstrip())
        if text[after] == ",":
            end = after + 1
        else:
            before = len(text[:start].rstrip())
            start = before - 1 if text[before - 1] == "," else start
    blank = "".join("\n" if letter == "\n" else " " for letter in text[start:end])
    return text[:start] + blank + text[end:]


def misspelt(text: str, reference: Reference) -> str:
    """The same text with the last letter of a reference changed."""
    lines = text.split("\n")
    row = reference.place.line - 1
    at = lines[row].index(reference.id, reference.place.column - 1)
    last = at + len(reference.id) - 1
    letter = "q" if lines[row][last] != "q" else "z"
    lines[row] = lines[row][:last] + letter + lines[row][last + 1 :]
    return "\n".join(lines)

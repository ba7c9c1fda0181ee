"""One form for the files of a policy: keys in the order of their shape. What the policy says does not change.

A file in which the compiler finds an error is left as it is, and so is one whose new text would not read as the old.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from troth.catalog import Catalog
from troth.model.problem import Problem, Severity
from troth.policy.author.layout import render
from troth.policy.author.tree import File, Group, parse
from troth.policy.compile import FILES, SECTIONS, examine
from troth.policy.folder import read_folder
from troth.policy.nodes import Entries, Items, Node, read_yaml
from troth.policy.report import Report
from troth.policy.shapes import JsonSchema


@dataclass(frozen=True)
class Formatted:
    """What formatting a folder comes to. Nothing has been written."""

    files: int
    """YAML files that were looked at."""
    changed: Mapping[str, tuple[str, str]]
    """Name of a file -> its text, and the text in the one form."""
    mistakes: tuple[Problem, ...]
    """Errors that the compiler finds: their files were left alone."""
    refused: tuple[str, ...]
    """Files whose new text would not have read as the old one; left alone too."""


def format_folder(folder: Path, catalog: Catalog) -> Formatted:
    """Every YAML file of a policy folder in the one form."""
    _, report = examine(folder, catalog)
    mistakes = sorted(
        (problem for problem in set(report.problems) if problem.severity is Severity.ERROR and _is_ours(problem)),
        key=lambda problem: (problem.place, problem.code, problem.message),
    )
    broken = {problem.place.file for problem in mistakes}
    texts = {name: text for name, text in read_folder(folder, FILES, Report()).texts.items() if name.endswith(".yaml")}
    new = {name: format_text(name, text) for name, text in texts.items() if name not in broken}
    changed = {
        name: (old, text)
        for name, text in new.items()
        if text is not None and text != (old := (folder / name).read_bytes().decode("utf-8"))
    }
    refused = tuple(name for name, text in new.items() if text is None)
    return Formatted(len(texts), changed, tuple(mistakes), refused)


def _is_ours(problem: Problem) -> bool:
    """Whether it is in a file that has a form; or there is no folder at all."""
    return not problem.place.file.endswith(".md")


def format_text(name: str, text: str) -> str | None:
    """One file that compiles, in the one form. None where the new text would not say the same."""
    file = parse(text)
    in_order(name, file)
    new = render(file)
    before, after = read_yaml(name, text, Report()), read_yaml(name, new, Report())
    return new if before is not None and after is not None and _same(before, after) else None


def in_order(name: str, file: File) -> None:
    """Put the keys of every record of a file in the order of its shape."""
    _order(file.root, _schemas().get("stores/*.yaml" if name.startswith("stores/") else name, {}))


@cache
def _schemas() -> Mapping[str, JsonSchema]:
    return {section.file: section.shape.schema() for section in SECTIONS}


def _order(group: Group, schema: JsonSchema) -> None:
    """Put the keys of each record in the order of its shape. Keys that authors choose keep theirs."""
    keys = [entry.key for entry in group.entries]
    mine = _fitting(schema, keys if group.mapping else None)
    known: Mapping[str, Any] = mine.get("properties", {})
    if group.mapping and known:
        rank = {name: number for number, name in enumerate(known)}
        group.entries.sort(key=lambda entry: rank[_bare(entry.key)])
    for entry in group.entries:
        if isinstance(entry.value, Group):
            below = known.get(_bare(entry.key), mine.get("additionalProperties")) if group.mapping else mine["items"]
            _order(entry.value, below if isinstance(below, dict) else {})


def _bare(key: str) -> str:
    return key.strip("\"'")


def _fitting(schema: JsonSchema, keys: list[str] | None) -> JsonSchema:
    """The alternative of a schema that a list (`keys` is None) or a mapping with these keys is read by."""
    for option in _options(schema):
        if keys is None and "items" in option:
            return option
        if keys is not None and "properties" in option and {_bare(key) for key in keys} <= option["properties"].keys():
            return option
    for option in _options(schema):
        if keys is not None and isinstance(option.get("additionalProperties"), dict):
            return option
    return {} if keys is not None else {"items": {}}


def _options(schema: JsonSchema) -> Iterator[JsonSchema]:
    yield schema
    for option in schema.get("anyOf", ()):
        yield from _options(option)


def _same(one: Node, other: Node) -> bool:
    """Whether two documents say the same, but for the order of keys."""
    if isinstance(one, Entries) and isinstance(other, Entries):
        mine, theirs = ({key.text: value for key, value in node.entries} for node in (one, other))
        return mine.keys() == theirs.keys() and all(_same(mine[key], theirs[key]) for key in mine)
    if isinstance(one, Items) and isinstance(other, Items):
        return len(one.items) == len(other.items) and all(map(_same, one.items, other.items))
    if isinstance(one, Entries | Items) or isinstance(other, Entries | Items):
        return False
    return (one.text, one.plain) == (other.text, other.plain)

"""YAML text -> small nodes with positions. Types are not decided here: `NO` stays text until a shape asks.

Built from libyaml's events, one after the other: its own composer recurses in C and dies of deep nesting, and shares
nodes between aliases. Aliases, tags, several documents and deep nesting are refused with their place.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from troth.model.problem import Place
from troth.policy.report import Report, shown

DEEPEST = 24
"""Levels of nesting. The deepest thing a policy says needs 8."""


@dataclass(frozen=True)
class Scalar:
    """A single text. `plain` is False for quoted and block text, which is never a null, a number or a flag."""

    text: str
    plain: bool
    place: Place

    @property
    def empty(self) -> bool:
        """Whether the author wrote nothing, or a null."""
        return self.plain and self.text in {"", "~", "null", "Null", "NULL"}


@dataclass(frozen=True)
class Items:
    """A list."""

    items: "tuple[Node, ...]"
    place: Place


@dataclass(frozen=True)
class Entries:
    """A mapping, in the author's order; keys are texts, each once."""

    entries: "tuple[tuple[Scalar, Node], ...]"
    place: Place


Node = Scalar | Items | Entries


class _RefusedError(Exception):
    """The text goes on, but not for us."""

    def __init__(self, code: str, message: str, mark: Any) -> None:
        super().__init__(code)
        self.code, self.message, self.mark = code, message, mark


def read_yaml(name: str, text: str, report: Report) -> Node | None:
    """The document's root, or None with a problem reported. An empty document is an empty mapping."""
    try:
        return _Builder(name, report).document(yaml.parse(text, Loader=yaml.CSafeLoader))
    except _RefusedError as refused:
        report.say(refused.code, refused.message, _place(name, refused.mark))
    except yaml.MarkedYAMLError as error:
        _say_broken(name, text, error, report)
    except (yaml.YAMLError, UnicodeError):
        report.say("broken-yaml", "this is not YAML", Place(name))
    return None


class _Builder:
    """Turns a stream of events into nodes, with its own stack and without recursion."""

    def __init__(self, name: str, report: Report) -> None:
        self._name, self._report = name, report
        self._open: list[tuple[Place, bool, list[Node]]] = []
        self._root: Node | None = None
        self._documents = 0

    def document(self, events: Iterator[yaml.Event]) -> Node:
        for event in events:
            self._take(event)
        return self._root or Entries((), Place(self._name, 1, 1))

    def _take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.NodeEvent):
            self._refuse_extras(event)
        if isinstance(event, yaml.ScalarEvent):
            self._add(Scalar(event.value, event.implicit[0], _place(self._name, event.start_mark)))
        elif isinstance(event, yaml.CollectionStartEvent):
            if len(self._open) >= DEEPEST:
                raise _RefusedError("yaml-too-deep", f"more than {DEEPEST} levels of nesting", event.start_mark)
            mapping = isinstance(event, yaml.MappingStartEvent)
            self._open.append((_place(self._name, event.start_mark), mapping, []))
        elif isinstance(event, yaml.CollectionEndEvent):
            place, mapping, children = self._open.pop()
            self._add(self._mapping(place, children) if mapping else Items(tuple(children), place))
        elif isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise _RefusedError("several-documents", "a second document begins here", event.start_mark)

    def _refuse_extras(self, event: yaml.NodeEvent) -> None:
        if isinstance(event, yaml.AliasEvent):
            raise _RefusedError("yaml-alias", f"the alias `*{shown(str(event.anchor))}` stands here", event.start_mark)
        if event.anchor is not None:
            raise _RefusedError("yaml-alias", f"the anchor `&{shown(str(event.anchor))}` stands here", event.start_mark)
        tag = getattr(event, "tag", None)
        if tag is not None:
            raise _RefusedError("yaml-tag", f"the tag `{shown(tag)}` stands here", event.start_mark)

    def _add(self, node: Node) -> None:
        if self._open:
            self._open[-1][2].append(node)
        else:
            self._root = node

    def _mapping(self, place: Place, children: list[Node]) -> Entries:
        first: dict[str, Scalar] = {}
        entries: list[tuple[Scalar, Node]] = []
        for key, value in zip(children[::2], children[1::2], strict=True):
            if not isinstance(key, Scalar):
                self._report.say("wrong-type", "a key must be a single word", key.place)
            elif key.text in first:
                message = f"`{shown(key.text)}` is said twice, first in line {first[key.text].place.line}"
                self._report.say("duplicate-key", message, key.place)
            else:
                first[key.text] = key
                entries.append((key, value))
        return Entries(tuple(entries), place)


def _place(name: str, mark: Any) -> Place:
    return Place(name, mark.line + 1, mark.column + 1)


_WORDS = {
    "mapping values are not allowed in this context": "a second `:` in one line: put quotes around the text",
    "found undefined alias": "an alias stands here",
    "found unexpected end of stream": "a quotation mark is opened and never closed",
    "did not find expected ',' or ']'": "a list opened with `[` is not closed with `]`",
    "did not find expected ',' or '}'": "a mapping opened with `{` is not closed with `}`",
    "did not find expected '-' indicator": "a list item or a key is indented differently from its neighbours",
    "did not find expected key": "a key is indented differently from its neighbours, or a quotation mark is missing",
    "could not find expected ':'": "a key has no `:` after it",
    "found character that cannot start any token": "no value begins with this character: put quotes around the text",
}


_OPENED = frozenset(
    {
        "found unexpected end of stream",
        "did not find expected ',' or ']'",
        "did not find expected ',' or '}'",
    }
)
"""Mistakes that are told where they begin: the author left something open there."""


def _say_broken(name: str, text: str, error: yaml.MarkedYAMLError, report: Report) -> None:
    marks = (error.context_mark, error.problem_mark) if error.problem in _OPENED else (error.problem_mark, None)
    mark = marks[0] or marks[1] or error.context_mark
    words, hint = _WORDS.get(error.problem or "", error.problem or "this is not YAML"), ""
    if mark and _indented_by_tab(text, mark.line):
        words, hint = "a tab indents this line", "YAML is indented with spaces only"
    report.say("broken-yaml", words, _place(name, mark) if mark else Place(name), hint)


def _indented_by_tab(text: str, number: int) -> bool:
    line = [*text.split("\n"), ""][min(number, text.count("\n") + 1)]
    return "\t" in line[: len(line) - len(line.lstrip())]

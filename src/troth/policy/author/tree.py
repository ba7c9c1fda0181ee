"""The text of a YAML file as a tree that keeps comments, blank lines and the author's own spelling of each value.

The compiler's nodes (nodes.py) drop all of that; here nothing is interpreted. Comments are found between values, by the
positions of libyaml's events, and each is tied to what it stands at: above an entry, beside it, or below the last one
of its block. A library that ties comments to the token before them loses them when keys change places.
"""

import bisect
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

import yaml


@dataclass
class Leaf:
    """A single value, in the lines in which it was written; the first one begins with its quote, `|` or `>`."""

    lines: list[str]

    @property
    def block(self) -> bool:
        """Whether line ends and indentation are part of the value."""
        return self.lines[0][:1] in {"|", ">"}


@dataclass
class Entry:
    """One value of a group, with its key in a mapping, and the comments around it."""

    key: str
    value: "Leaf | Group"
    above: list[str] = field(default_factory=list)
    """Comments on lines of their own; an empty text is a blank line."""
    beside: list[str] = field(default_factory=list)
    """Comments at the end of its line."""


@dataclass
class Group:
    """A mapping or a list; `flow`: written in brackets."""

    mapping: bool
    flow: bool
    entries: list[Entry] = field(default_factory=list)
    below: list[str] = field(default_factory=list)
    """Comments after the last entry."""

    @property
    def remarked(self) -> bool:
        """Whether a comment stands anywhere inside."""
        return bool(self.below) or any(
            entry.above or entry.beside or (isinstance(entry.value, Group) and entry.value.remarked)
            for entry in self.entries
        )


@dataclass
class File:
    """A whole file."""

    head: list[str]
    """Comments before everything else: they stay on top."""
    root: Group


@dataclass(frozen=True)
class _Seen:
    """An entry with its place in the text."""

    entry: Entry
    parents: tuple["_Span", ...]
    start: int
    line: int
    column: int


@dataclass(eq=False)
class _Span:
    """A group with its place in the text."""

    group: Group
    start: int
    column: int
    end: int = 0


@dataclass(frozen=True)
class _Comment:
    text: str
    start: int
    line: int
    column: int
    alone: bool


def parse(text: str) -> File:
    """Read a file that the compiler reads without an error: no aliases, no tags, one document, bounded depth."""
    reader = _Reader(text)
    root = reader.read()
    if not root.mapping and not root.entries:
        root.mapping = True
    root.flow = False
    _Placing(text, reader).place(root)
    head = root.entries[0].above if root.entries else []
    if root.entries:
        root.entries[0].above = []
    return File(head, root)


class _Reader:
    """Builds the tree from events, and notes where everything stands."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._events: Iterator[Any] = yaml.parse(text, Loader=yaml.CSafeLoader)
        self.spans: list[_Span] = []
        self.seen: list[_Seen] = []
        self.values: list[tuple[int, int]] = []
        """Where the values stand: start and end. A `#` in them is no comment."""
        self.taken: set[int] = set()
        """Lines on which a value stands, blank ones inside it too."""
        self.ends: list[tuple[int, int, Entry]] = []
        """End of a key, value or bracket, the line of that end, and the entry."""

    def read(self) -> Group:
        for event in self._events:
            if isinstance(event, yaml.CollectionStartEvent):
                return self._group(event, (), None)
        return Group(mapping=True, flow=False)

    def _group(self, event: Any, parents: tuple[_Span, ...], owner: Entry | None) -> Group:
        group = Group(isinstance(event, yaml.MappingStartEvent), bool(event.flow_style))
        span = _Span(group, event.start_mark.index, event.start_mark.column)
        self.spans.append(span)
        for child in self._events:
            if isinstance(child, yaml.CollectionEndEvent):
                end: Any = child.end_mark
                span.end = end.index
                if group.flow and owner is not None:
                    self.ends.append((span.end, end.line, owner))
                return group
            entry, mark = Entry("", Leaf([""])), child.start_mark
            column = mark.column if group.mapping else span.column
            self.seen.append(_Seen(entry, (*parents, span), mark.index, mark.line, column))
            if group.mapping:
                entry.key = self._leaf(child, entry).lines[0]
            entry.value = self._value(next(self._events) if group.mapping else child, (*parents, span), entry)
            group.entries.append(entry)
        return group

    def _value(self, event: Any, parents: tuple[_Span, ...], entry: Entry) -> Leaf | Group:
        if isinstance(event, yaml.CollectionStartEvent):
            return self._group(event, parents, entry)
        return self._leaf(event, entry)

    def _leaf(self, event: Any, entry: Entry) -> Leaf:
        start, end = event.start_mark.index, event.end_mark.index
        written = self._text[start:end]
        lines = written.split("\n")
        if lines[0][:1] in {"|", ">"} and "+" not in lines[0].partition("#")[0]:
            written = written.rstrip()
            lines = written.split("\n")
        elif lines[-1] == "":
            lines.pop()
            written = written[:-1]
        if written:
            end = start + len(written)
            self.values.append((start, end))
            self.taken.update(range(event.start_mark.line, event.start_mark.line + len(lines)))
            self.ends.append((end, event.start_mark.line + len(lines) - 1, entry))
        return Leaf(lines or [""])


class _Placing:
    """Ties each comment and blank line to what it stands at."""

    def __init__(self, text: str, reader: _Reader) -> None:
        self._text, self._reader = text, reader
        self._lines = text.split("\n")
        self._begins = list(accumulate((len(line) + 1 for line in self._lines), initial=0))
        self._starts = [seen.start for seen in reader.seen]
        self._firsts = {seen.line: seen for seen in reversed(reader.seen)}
        self._ends = sorted(reader.ends, key=lambda end: end[:2])
        self._outer: list[_Span] = []
        """Brackets that stand in no others."""
        for span in reader.spans:
            if span.group.flow and (not self._outer or self._outer[-1].end < span.start):
                self._outer.append(span)
        self._brackets_from = [span.start for span in self._outer]

    def place(self, root: Group) -> None:
        comments = list(self._comments())
        for comment in comments:
            if not comment.alone and not self._beside(comment):
                self._own(comment, root).append(comment.text)
        alone = {comment.line: comment for comment in comments if comment.alone}
        for number in sorted(alone.keys() | self._firsts.keys()):
            self._line(number, alone.get(number), root)

    def _line(self, number: int, comment: _Comment | None, root: Group) -> None:
        """The blank line before a line, and the comment that fills it."""
        if comment is not None:
            target = self._own(comment, root)
        else:
            seen = self._firsts[number]
            if any(span.group.flow for span in seen.parents):
                return
            target = seen.entry.above
        if number and not self._lines[number - 1].strip() and number - 1 not in self._reader.taken:
            target.append("")
        if comment is not None:
            target.append(comment.text)

    def _comments(self) -> Iterator[_Comment]:
        """Each `#` outside of values, to the end of its line."""
        position = 0
        for start, end in [*sorted(self._reader.values), (len(self._text), len(self._text))]:
            while (found := self._text.find("#", position, start)) >= 0:
                line = bisect.bisect_right(self._begins, found) - 1
                begin, stop = self._begins[line], self._begins[line + 1] - 1
                alone = not self._text[begin:found].strip()
                yield _Comment(self._text[found:stop].rstrip(), found, line, found - begin, alone)
                position = stop
            position = max(position, end)

    def _beside(self, comment: _Comment) -> bool:
        """Tie a comment to what ends before it in the same line, if anything does."""
        at = bisect.bisect_right(self._ends, (comment.start, comment.line), key=lambda end: end[:2]) - 1
        if at < 0 or self._ends[at][1] != comment.line:
            return False
        self._ends[at][2].beside.append(comment.text)
        return True

    def _own(self, comment: _Comment, root: Group) -> list[str]:
        """Where a comment on its own line goes: above the next entry, or below the block that it is indented in."""
        at = bisect.bisect_right(self._starts, comment.start)
        seen = self._reader.seen
        following = seen[at] if at < len(seen) else None
        inner = self._brackets(comment)
        if inner is not None:
            inside = following is not None and following.start < inner.end
            return following.entry.above if following and inside else inner.group.below
        if following is not None and comment.column <= following.column:
            return following.entry.above
        open_ = [span for span in (seen[at - 1].parents if at else ()) if not span.group.flow]
        for span in reversed(open_):
            if span.column <= comment.column:
                return following.entry.above if following and span in following.parents else span.group.below
        return following.entry.above if following else root.below

    def _brackets(self, comment: _Comment) -> _Span | None:
        """The innermost brackets around a comment."""
        at = bisect.bisect_left(self._brackets_from, comment.start)
        around = self._outer[at - 1] if at else None
        if around is None or around.end < comment.start:
            return None
        flow = (span for span in self._reader.spans if span.group.flow and around.start <= span.start < comment.start)
        return max((span for span in flow if comment.start < span.end), key=lambda span: span.start)

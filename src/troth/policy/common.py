"""Keys and shapes that several sections share, so that one idea is written the same way everywhere."""

import re
from functools import cache
from typing import Any, final

import phonenumbers

from troth.model.problem import Place
from troth.model.where import ANYWHERE, Where
from troth.policy.nodes import Node, Scalar
from troth.policy.report import Report, did_you_mean, listed, shown
from troth.policy.shapes import (
    ID,
    NOWHERE,
    TEXT,
    WORDS,
    Count,
    Day,
    Field,
    Flag,
    JsonSchema,
    Line,
    Making,
    Many,
    Record,
    Ref,
    Shape,
    Span,
    Table,
    Values,
)

# Closed lists. A word here is a promise that something can come to enforce; adding one touches this file alone.
PROTECTIONS = (
    "encrypted", "masked", "hashed", "slow-hash", "apart", "secure-channel", "session-only", "unlogged",
)  # fmt: skip
TRANSFORMS = (
    "sha256", "keyed-hash", "code", "last4", "region", "day", "year", "family", "family-and-version", "provider-name",
    "without-query", "none",
)  # fmt: skip
DANGERS = ("loss", "destruction", "alteration", "disclosure", "access", "misuse")
ROUTES = (
    "link", "account", "mail", "post", "phone", "form", "button", "device", "provider", "in-person", "fax", "agent",
)  # fmt: skip
SIGNALS = ("gpc", "dnt", "one-click", "push-off", "provider-stop")
FACTORS = ("amount", "nature", "sensitivity", "risk", "other-means", "legal")

_CODE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")


@final
class PlaceName(Shape[str]):
    """A country, where `parts` also a part of one or a region that a law pack names."""

    blank = ""

    def __init__(self, *, parts: bool) -> None:
        self._parts = parts

    def _read(self, node: Node, report: Report) -> str:
        text = node.text if isinstance(node, Scalar) and not node.empty else ""
        code = _CODE.fullmatch(text)
        if code and text[:2] in phonenumbers.SUPPORTED_REGIONS and (self._parts or not code[1]):
            return text
        if self._parts and text and report.knows(("region",), text):
            return text
        known = report.named("region") if self._parts else {}
        hint = did_you_mean(text, known) or "write the code of each country, such as `DE`"
        report.say("no-such-place", f"`{shown(text)}` is no country", node.place, hint)
        return ""

    def _schema(self) -> JsonSchema:
        if self._parts:
            return {"type": "string", "description": "an ISO 3166 code, or a region of a law pack"}
        return {"type": "string", "pattern": "^[A-Z]{2}$"}


@final
class Places(Shape[tuple[str, ...]]):
    """Countries; where `parts`, also their parts and regions of the law packs. The noun has the codes."""

    blank: tuple[str, ...] = ()

    def __init__(self, *, parts: bool = False) -> None:
        self._list = Many(PlaceName(parts=parts), one_ok=True)

    def _read(self, node: Node, report: Report) -> tuple[str, ...]:
        return self._list.read(node, report)

    def _schema(self) -> JsonSchema:
        return self._list.schema()

    def make(self, value: tuple[str, ...], place: Place, making: Making) -> frozenset[str]:  # noqa: ARG002
        """ISO codes, regions expanded."""
        return making.places_in(value)


@final
class Elements(Shape[tuple[str, ...]]):
    """Elements or categories. The noun has the elements."""

    blank: tuple[str, ...] = ()
    _list = Many(Ref("element", "category"), one_ok=True)

    def _read(self, node: Node, report: Report) -> tuple[str, ...]:
        return self._list.read(node, report)

    def _schema(self) -> JsonSchema:
        return self._list.schema()

    def make(self, value: tuple[str, ...], place: Place, making: Making) -> frozenset[str]:  # noqa: ARG002
        """Element ids, categories expanded."""
        return making.elements_in(value)


@final
class Names(Shape[tuple[str, ...]]):
    """Ids of declared things of one kind; the noun has a set of them."""

    blank: tuple[str, ...] = ()

    def __init__(self, *kinds: str) -> None:
        self._list = Many(Ref(*kinds), one_ok=True)

    def _read(self, node: Node, report: Report) -> tuple[str, ...]:
        return self._list.read(node, report)

    def _schema(self) -> JsonSchema:
        return self._list.schema()

    def make(self, value: tuple[str, ...], place: Place, making: Making) -> frozenset[str]:  # noqa: ARG002
        """The ids."""
        return frozenset(value) - {""}


@final
class Thing(Shape[str]):
    """`kind:id` of something declared."""

    blank = ""

    def __init__(self, *kinds: str) -> None:
        self._kinds = kinds

    def _read(self, node: Node, report: Report) -> str:
        text = node.text if isinstance(node, Scalar) and not node.empty else ""
        kind, _, name = text.partition(":")
        if not name or kind not in self._kinds:
            hint = did_you_mean(kind, self._kinds) or f"`kind:id`, with one of {listed(self._kinds, 20)}"
            report.say("wrong-value", f"`{shown(text)}` names no declared thing", node.place, hint)
            return ""
        report.refer((kind,), name, Place(node.place.file, node.place.line, node.place.column + len(kind) + 1))
        return text

    def _schema(self) -> JsonSchema:
        return {"type": "string", "pattern": f"^({'|'.join(self._kinds)}):"}


LINK = Line("an `https:` address", r"https://\S+")
CITE = TEXT

# Where: one small record, the same everywhere.
W_ACTIVITY = Field("activity", Names("activity"), "in one of these activities")
W_RESIDENCE = Field("residence", Places(parts=True), "of people who live there")
W_CITIZENSHIP = Field("citizenship", Places(parts=True), "of citizens of these countries")
W_DESTINATION = Field("destination", Places(parts=True), "where the person's own journey or order goes there")
W_RELATIONSHIP = Field("relationship", Names("relationship"), "of people we know so")
W_SOURCE = Field("source", Names("source"), "of values that came from there")
W_CHANNEL = Field("channel", Names("channel"), "over these channels")
W_ELEMENT = Field("element", Elements(), "of these elements or categories")
W_YOUNGER = Field("younger-than", Count(1, 120), "of people below this age, in years")

WHERE_RECORD = Record(
    W_ACTIVITY,
    W_RESIDENCE,
    W_CITIZENSHIP,
    W_DESTINATION,
    W_RELATIONSHIP,
    W_SOURCE,
    W_CHANNEL,
    W_ELEMENT,
    W_YOUNGER,
    makes=Where,
)


@final
class Whereabouts(Shape[Values]):
    """Under which circumstances something holds. All that is named must hold, and of each any value will do."""

    blank = NOWHERE

    def _read(self, node: Node, report: Report) -> Values:
        values = WHERE_RECORD.read(node, report)
        if not values.found:
            report.say("empty-list", "a condition that names nothing stands here", node.place)
        return values

    def _schema(self) -> JsonSchema:
        return WHERE_RECORD.schema()

    def make(self, value: Values, place: Place, making: Making) -> Where:
        """Unsaid, it holds anywhere."""
        made: Where = ANYWHERE if value is NOWHERE else WHERE_RECORD.make(value, place, making)
        return made


WHERE = Whereabouts()


def says(words: str, *, required: bool = True) -> Field[Any]:
    """The key `says`."""
    return Field("says", WORDS, words, required=required)


def roles(name: str, words: str, *, into: str = "") -> Field[tuple[str, ...]]:
    """A key that names roles of staff."""
    return Field(name, Many(Ref("role"), one_ok=True), words, into=into)


def refs(name: str, kind: str, words: str, *, required: bool = False, into: str = "") -> Field[tuple[str, ...]]:
    """A key that names several things of one kind."""
    return Field(name, Many(Ref(kind), one_ok=True), words, required=required, into=into)


def ref(name: str, kind: str, words: str, *, required: bool = False, into: str = "") -> Field[str]:
    """A key that names one thing."""
    return Field(name, Ref(kind), words, required=required, into=into)


def text(name: str, words: str, *, required: bool = False, into: str = "") -> Field[str]:
    """A key with any text."""
    return Field(name, TEXT, words, required=required, into=into)


def wording(name: str, words: str, *, required: bool = False, into: str = "") -> Field[Any]:
    """A key with words for people, in each language."""
    return Field(name, WORDS, words, required=required, into=into)


def day(name: str, words: str, *, required: bool = False, into: str = "") -> Field[str]:
    """A key with a calendar day."""
    return Field(name, Day(), words, required=required, into=into)


def span(name: str, words: str, *, required: bool = False, into: str = "") -> Field[Any]:
    """A key with a length of time."""
    return Field(name, Span(), words, required=required, into=into)


def flag(name: str, words: str, *, into: str = "") -> Field[bool]:
    """A key that is `true` or `false`, absent: false."""
    return Field(name, Flag(), words, into=into)


def elements(name: str, words: str, *, required: bool = False, into: str = "") -> Field[Any]:
    """A key that names elements or categories."""
    return Field(name, Elements(), words, required=required, into=into)


def where(words: str, name: str = "where") -> Field[Any]:
    """A key that says under which circumstances."""
    return Field(name, WHERE, words, into=name.replace("-", "_"))


def wordings(name: str, words: str, *, key: Line = ID, required: bool = False) -> Field[Any]:
    """A key under which each id has its words."""
    return Field(name, Table(WORDS, key=key), words, required=required)


@cache
def one_of(*words: str) -> Line:
    """A key of a table that must be one word of a closed list."""
    return Line(f"one of {listed(words, 20)}", "|".join(words))

"""Shapes: what a value in the folder may look like. One declaration gives the reader, its problems and the JSON Schema.

A shape reads a node and always hands back a value: where the node is wrong it reports and gives its `blank`. Once
everything is read, `make` turns values into the model's nouns: a record that says which noun it `makes` needs no code.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from types import MappingProxyType
from typing import Any, Generic, Protocol, TypeVar, final

from troth.model.period import UNSAID, Period
from troth.model.problem import Place
from troth.policy.nodes import Entries, Items, Node, Scalar
from troth.policy.report import Report, did_you_mean, listed, shown

T = TypeVar("T")
U = TypeVar("U")
JsonSchema = dict[str, Any]

ID_PATTERN = r"[a-z][a-z0-9]*(-[a-z0-9]+)*"
LANGUAGE_PATTERN = r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*"
NAMES = "x-names"
"""Keyword of our own in the JSON Schema: the kinds of things whose id a value is."""
LONGEST_LINE = 2_000
LONGEST_YEARS = 200


class Making(Protocol):
    """What values may ask of the rest of the policy when they become nouns."""

    def words(self, said: Mapping[str, str], place: Place) -> Mapping[str, str]:
        """A wording by language."""

    def elements_in(self, names: tuple[str, ...]) -> frozenset[str]:
        """Element ids, categories expanded."""

    def places_in(self, names: tuple[str, ...]) -> frozenset[str]:
        """ISO 3166 codes, regions expanded."""


class Shape(ABC, Generic[T]):
    """What one value may look like."""

    blank: T

    @abstractmethod
    def _read(self, node: Node, report: Report) -> T: ...

    @abstractmethod
    def _schema(self) -> JsonSchema: ...

    def read(self, node: Node, report: Report) -> T:
        """The value, or `blank` with a problem reported."""
        return self._read(node, report)

    def schema(self) -> JsonSchema:
        """The same demand as JSON Schema, for editors."""
        return self._schema()

    def make(self, value: T, place: Place, making: Making) -> Any:  # noqa: ARG002 - for the shapes that need them
        """What the model gets of a value that was read."""
        return value


def _wrong(node: Node, wanted: str, report: Report) -> None:
    match node:
        case Scalar(text=text) if not node.empty:
            found = f"`{shown(text)}`"
        case Scalar():
            found = "nothing"
        case Items():
            found = "a list"
        case Entries():
            found = "a mapping"
    report.say("wrong-type", f"{wanted} is expected here, and {found} was found", node.place)


@final
class Line(Shape[str]):
    """Any text. `pattern` restricts it, and `wanted` says how in words."""

    blank = ""

    def __init__(self, wanted: str = "a text", pattern: str = "", code: str = "wrong-value") -> None:
        self._wanted, self._code = wanted, code
        self._pattern = pattern
        self._regex = re.compile(pattern) if pattern else None

    def _read(self, node: Node, report: Report) -> str:
        if not isinstance(node, Scalar) or node.empty:
            _wrong(node, self._wanted, report)
            return ""
        if len(node.text) > LONGEST_LINE:
            report.say("wrong-value", f"a text of {len(node.text)} characters; {LONGEST_LINE} are allowed", node.place)
            return ""
        if self._regex and not self._regex.fullmatch(node.text):
            report.say(self._code, f"`{shown(node.text)}` is not {self._wanted}", node.place)
            return ""
        return node.text

    def _schema(self) -> JsonSchema:
        pattern = {"pattern": f"^(?:{self._pattern})$"} if self._pattern else {}
        return {"type": "string", "description": self._wanted, **pattern}


TEXT = Line()
ID = Line("an id (small ASCII letters, digits and single hyphens)", ID_PATTERN, "bad-id")
COUNTRY = Line("a country code of two capital letters", "[A-Z]{2}")


@final
class OneOf(Shape[str]):
    """One word of a closed list. Absent, it means the first, unless `blank` says otherwise."""

    def __init__(self, *words: str, blank: str | None = None) -> None:
        self._words, self.blank = words, words[0] if blank is None else blank

    def _read(self, node: Node, report: Report) -> str:
        if not isinstance(node, Scalar):
            _wrong(node, f"one of {listed(self._words)}", report)
            return self.blank
        if node.text not in self._words:
            hint = did_you_mean(node.text, self._words) or f"one of {listed(self._words)}"
            report.say("wrong-value", f"`{shown(node.text)}` is not known here", node.place, hint)
            return self.blank
        return node.text

    def _schema(self) -> JsonSchema:
        return {"enum": list(self._words)}


@final
class Flag(Shape[bool]):
    """Yes or no."""

    blank = False
    _words: Mapping[str, bool] = MappingProxyType({"true": True, "yes": True, "false": False, "no": False})

    def _read(self, node: Node, report: Report) -> bool:
        if isinstance(node, Scalar) and node.text in self._words:
            return self._words[node.text]
        _wrong(node, "`true` or `false`", report)
        return False

    def _schema(self) -> JsonSchema:
        return {"enum": [True, False, "yes", "no"]}


@final
class Count(Shape[int]):
    """A whole number between two bounds."""

    blank = 0

    def __init__(self, least: int = 0, most: int = 100_000) -> None:
        self._least, self._most = least, most

    def _read(self, node: Node, report: Report) -> int:
        if isinstance(node, Scalar) and node.plain and re.fullmatch(r"[0-9]{1,9}", node.text):
            number = int(node.text)
            if self._least <= number <= self._most:
                return number
        _wrong(node, f"a whole number from {self._least} to {self._most}", report)
        return 0

    def _schema(self) -> JsonSchema:
        return {"type": "integer", "minimum": self._least, "maximum": self._most}


def is_day(text: str) -> bool:
    """Whether a text is a calendar day such as `2026-01-31`."""
    try:
        return bool(re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text)) and bool(date.fromisoformat(text))
    except ValueError:
        return False


@final
class Day(Shape[str]):
    """A calendar day, kept as ISO text."""

    blank = ""

    def _read(self, node: Node, report: Report) -> str:
        if isinstance(node, Scalar) and is_day(node.text):
            return node.text
        _wrong(node, "a day such as `2026-01-31`", report)
        return ""

    def _schema(self) -> JsonSchema:
        return {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}


@final
class Span(Shape[Period]):
    """`10 years`, `13 months`, `2 years 6 months`, `30 days`, `72 hours`."""

    blank = UNSAID
    _part = r"[0-9]{1,4} (?:year|month|day|hour)s?"
    _pattern = rf"{_part}(?: {_part}){{0,3}}"

    def _read(self, node: Node, report: Report) -> Period:
        if not isinstance(node, Scalar) or not re.fullmatch(self._pattern, node.text):
            _wrong(node, "a period such as `10 years` or `2 years 6 months`", report)
            return self.blank
        parts = {unit: int(n) for n, unit in re.findall(r"([0-9]+) (year|month|day|hour)", node.text)}
        period = Period(*(parts.get(unit, 0) for unit in ("year", "month", "day", "hour")))
        if not period or period.years > LONGEST_YEARS:
            _wrong(node, f"a period between an hour and {LONGEST_YEARS} years", report)
            return self.blank
        return period

    def _schema(self) -> JsonSchema:
        return {"type": "string", "pattern": f"^{self._pattern}$"}


@final
class Words(Shape[Mapping[str, str]]):
    """Wording by language; a single text is the first language's (key `""`, replaced when the languages are known)."""

    blank: Mapping[str, str] = MappingProxyType({})

    def _read(self, node: Node, report: Report) -> Mapping[str, str]:
        if isinstance(node, Scalar) and not node.empty:
            return MappingProxyType({"": _wording(node, report)})
        if not isinstance(node, Entries):
            _wrong(node, "a text, or one for each language (`{en: …}`)", report)
            return self.blank
        words: dict[str, str] = {}
        for key, value in node.entries:
            if re.fullmatch(LANGUAGE_PATTERN, key.text):
                words[key.text] = _wording(value, report)
            else:
                report.say("wrong-value", f"`{shown(key.text)}` is not a language code such as `en`", key.place)
        return MappingProxyType(words)

    def _schema(self) -> JsonSchema:
        by_language = {"type": "object", "patternProperties": {f"^{LANGUAGE_PATTERN}$": {"type": "string"}}}
        return {"anyOf": [{"type": "string"}, by_language | {"additionalProperties": False}]}

    def make(self, value: Mapping[str, str], place: Place, making: Making) -> Mapping[str, str]:
        """The wording by language."""
        return making.words(value, place) if value else value


def _wording(node: Node, report: Report) -> str:
    """A text that people read: quotes with nothing between them say nothing."""
    if isinstance(node, Scalar) and not node.empty and not node.text.strip():
        report.say("wrong-type", "words for people are expected here, and nothing was found", node.place)
    return TEXT.read(node, report)


WORDS = Words()


def _only_languages(node: Entries) -> bool:
    return bool(node.entries) and all(re.fullmatch(LANGUAGE_PATTERN, key.text) for key, _ in node.entries)


@final
class Ref(Shape[str]):
    """An id of something declared elsewhere; checked when everything is read."""

    blank = ""

    def __init__(self, *kinds: str) -> None:
        self._kinds = kinds

    def _read(self, node: Node, report: Report) -> str:
        if not isinstance(node, Scalar) or node.empty:
            _wrong(node, f"the id of a {' or '.join(self._kinds)}", report)
            return ""
        report.refer(self._kinds, shown(node.text), node.place)
        return node.text

    def _schema(self) -> JsonSchema:
        return {"type": "string", "minLength": 1, NAMES: list(self._kinds)}


@final
class Many(Shape[tuple[T, ...]]):
    """A list. A single value stands for a list of one where `one_ok`."""

    def __init__(self, item: Shape[T], *, one_ok: bool = False) -> None:
        self._item, self._one_ok = item, one_ok
        self.blank: tuple[T, ...] = ()

    def _read(self, node: Node, report: Report) -> tuple[T, ...]:
        if isinstance(node, Items):
            if not node.items:
                report.say("empty-list", "an empty list stands here", node.place)
            return tuple(self._item.read(item, report) for item in node.items)
        if self._one_ok and not (isinstance(node, Scalar) and node.empty):
            return (self._item.read(node, report),)
        _wrong(node, "a list", report)
        return ()

    def _schema(self) -> JsonSchema:
        several: JsonSchema = {"type": "array", "items": self._item.schema(), "minItems": 1}
        return {"anyOf": [several, self._item.schema()]} if self._one_ok else several

    def make(self, value: tuple[T, ...], place: Place, making: Making) -> tuple[Any, ...]:
        """Each of them made."""
        return tuple(self._item.make(item, place, making) for item in value)


@dataclass(frozen=True)
class Named(Generic[T]):
    """A value under its key, with the place of the key."""

    key: str
    value: T
    place: Place


@final
class Table(Shape[tuple[Named[T], ...]]):
    """A mapping whose keys the author chooses. `kind` declares each key as a thing that others may name."""

    def __init__(self, item: Shape[T], *, key: Line = ID, kind: str = "", may_be_empty: bool = False) -> None:
        self._item, self._key, self._kind, self._may_be_empty = item, key, kind, may_be_empty
        self.blank: tuple[Named[T], ...] = ()

    def _read(self, node: Node, report: Report) -> tuple[Named[T], ...]:
        if self._may_be_empty and isinstance(node, Scalar) and node.empty:
            return ()
        if not isinstance(node, Entries):
            _wrong(node, "a mapping", report)
            return ()
        read: list[Named[T]] = []
        for key, value in node.entries:
            name = self._key.read(Scalar(key.text, plain=False, place=key.place), report)
            item = self._item.read(value, report)
            if not name:
                report.misnamed[key.text[:LONGEST_LINE]] = None
                continue
            if self._kind:
                report.declare(self._kind, name, key.place)
            read.append(Named(name, item, key.place))
        return tuple(read)

    def _schema(self) -> JsonSchema:
        names = {"propertyNames": self._key.schema()}
        kind = ["object", "null"] if self._may_be_empty else "object"
        return {"type": kind, "additionalProperties": self._item.schema(), **names}

    def make(self, value: tuple[Named[T], ...], place: Place, making: Making) -> Mapping[str, Any]:  # noqa: ARG002
        """By key; a record learns its own."""
        item = self._item
        record: Any = item.long if isinstance(item, Either) else item
        named_too = isinstance(record, Record)
        made = {
            named.key: record.make(named.value, named.place, making, **({"id": named.key} if named_too else {}))
            for named in value
        }
        return MappingProxyType(made)


@dataclass(frozen=True)
class Field(Generic[T]):
    """One key of a record: its name stands here and nowhere else."""

    name: str
    shape: Shape[T]
    says: str
    required: bool = False
    default: T | None = None
    into: str = ""
    """The noun's own name for it, where it differs from the key."""

    @property
    def attribute(self) -> str:
        """Under which name the noun has it."""
        return self.into or self.name.replace("-", "_")

    def fallback(self) -> T:
        """The value where the key is absent."""
        return self.shape.blank if self.default is None else self.default


@dataclass(frozen=True)
class Values:
    """What a record said, read through its fields, so that types hold."""

    place: Place
    found: Mapping[str, Any]
    places: Mapping[str, Place]

    def __getitem__(self, field: Field[T]) -> T:
        value: T = self.found[field.name] if field.name in self.found else field.fallback()
        return value

    def __contains__(self, field: Field[Any]) -> bool:
        return field.name in self.found

    def at(self, field: Field[Any]) -> Place:
        """Where the key stands, or where the record begins."""
        return self.places.get(field.name, self.place)


NOWHERE = Values(Place(""), MappingProxyType({}), MappingProxyType({}))


@final
class Record(Shape[Values]):
    """A mapping with known keys. Unknown keys and missing ones are problems."""

    blank = NOWHERE

    def __init__(self, *keys: Field[Any], says: str = "", makes: type[Any] | None = None) -> None:
        self.fields = {key.name: key for key in keys}
        self.says = says
        self.makes = makes
        self._takes = frozenset(field.name for field in fields(makes)) if makes else frozenset[str]()
        self._made = tuple((key.attribute, key) for key in keys if key.attribute in self._takes)

    def _read(self, node: Node, report: Report) -> Values:
        if not isinstance(node, Entries):
            _wrong(node, self.says or f"a mapping with {listed(self.fields)}", report)
            return Values(node.place, MappingProxyType({}), MappingProxyType({}))
        found: dict[str, Any] = {}
        places: dict[str, Place] = {}
        for key, value in node.entries:
            field = self.fields.get(key.text)
            if field is None:
                hint = did_you_mean(key.text, self.fields) or f"known here: {listed(self.fields, 20)}"
                report.say("unknown-key", f"`{shown(key.text)}` is not known here", key.place, hint)
                continue
            places[key.text] = key.place
            found[key.text] = field.shape.read(value, report)
        for field in self.fields.values():
            if field.required and field.name not in places:
                report.say(
                    "missing-key", f"`{field.name}` is missing here", node.place, f"`{field.name}`: {field.says}"
                )
        return Values(node.place, found, places)

    def _schema(self) -> JsonSchema:
        properties = {name: {**field.shape.schema(), "description": field.says} for name, field in self.fields.items()}
        required = [name for name, field in self.fields.items() if field.required]
        return {
            "type": "object",
            "properties": properties,
            "additionalProperties": False,
            **({"required": required} if required else {}),
        }

    def make(self, value: Values, place: Place, making: Making, **given: Any) -> Any:
        """The noun that it makes, each attribute from its key or `given`; None where nothing was said."""
        if self.makes is None:
            return value
        if value is NOWHERE:
            return None
        if "id" not in self._takes:
            given.pop("id", None)
        if "place" in self._takes:
            given["place"] = place
        for attribute, key in self._made:
            if attribute not in given:
                given[attribute] = key.shape.make(value[key], value.at(key), making)
        return self.makes(**given)


@final
class Either(Shape[U], Generic[T, U]):
    """Two ways to say one thing: a short one that is turned into the long one.

    A mapping is the long one, unless the short one is words and every key of the mapping is a language.
    """

    def __init__(self, short: Shape[T], long: Shape[U], *, into: Callable[[T, Place], U]) -> None:
        self._short, self.long, self._into = short, long, into
        self.blank = long.blank

    def _read(self, node: Node, report: Report) -> U:
        if isinstance(node, Entries) and not (self._short is WORDS and _only_languages(node)):
            return self.long.read(node, report)
        return self._into(self._short.read(node, report), node.place)

    def _schema(self) -> JsonSchema:
        return {"anyOf": [self._short.schema(), self.long.schema()]}

    def make(self, value: U, place: Place, making: Making) -> Any:
        """As the long one."""
        return self.long.make(value, place, making)

"""Answers that are kept: what is known of many people, held small, and one question's answers to it.

A person's facts are folded into a `Folded`: a `Shape` that many people share, the few things that differ from person
to person, and the moments at which things happened. An answer is worked out once for each shape by the gate's own
`ask`, over facts that notice what is read of them: a question that reads a year of birth keeps its answers by shape and
year, one that reads a moment keeps none. So the kept answers depend on nothing that was not looked at, whatever the
rules come to read.

Never here: the clock. Whoever keeps a memo lets it go when the day or the policy changes.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import UTC, date, datetime, timedelta
from operator import itemgetter
from struct import pack, unpack
from typing import Any, NamedTuple
from weakref import WeakValueDictionary

from troth.gate.ask import Cite, ask, token
from troth.gate.reading import Limits
from troth.model.policy import Policy
from troth.model.question import NOTHING_KNOWN, Answer, ChoiceState, Facts, Objection, Question, Restriction

Governing = Callable[[str], tuple[Policy, ...]]
"""The policy versions that hold for somebody by the hash of theirs: that one, and today's."""


class Watch(NamedTuple):
    """The gate only watches: a no is let pass, and says so."""

    until: date
    lets: Callable[[Question, Answer], Answer]


SINGLE = ("residence", "birth_year", "citizenship")
"""Facts that differ so much from person to person that a shape with them would be shared by nobody."""
_OF_THE_VIEW = frozenset({"age_seconds", "position"})
_NOUNS: Mapping[str, type] = {noun.__name__: noun for noun in (ChoiceState, Objection, Restriction)}


class Shape:
    """What is known of somebody, without their moments and single facts; equal ones are one object."""

    __slots__ = ("__weakref__", "parts")

    def __init__(self, parts: tuple[Any, ...]) -> None:
        self.parts = parts
        """A part for each field of the facts, in their order, and the hash of the version that governs."""

    @property
    def governed_by(self) -> str:
        """Hash of the policy version; empty: today's."""
        return str(self.parts[-1])


class Folded(NamedTuple):
    """What is known of one person, folded."""

    shape: Shape
    residence: str | None
    birth_year: int | None
    citizenship: str | None
    moments: bytes
    """Times and event ids, eight bytes each, in the order in which the shape's parts ask for them."""


# --- Folding ----------------------------------------------------------------------------------------------------------

_FIELDS = tuple(f.name for f in fields(Facts) if f.name not in _OF_THE_VIEW and f.name not in SINGLE)
_TIME, _EVENT = object(), object()
"""Stand in a shape where a moment belongs."""
_BEGIN, _TICK = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


class Folder:
    """Folds facts, and keeps one object of each shape for as long as somebody has it."""

    def __init__(self) -> None:
        self._shapes: WeakValueDictionary[tuple[Any, ...], Shape] = WeakValueDictionary()

    def fold(self, facts: Facts, governed_by: str = "") -> Folded:
        """The facts without their age and position, which belong to the view, and the version that governs."""
        moments: list[int] = []
        parts = (*(_bare(name, getattr(facts, name), moments) for name in _FIELDS), governed_by)
        shape = self._shapes.get(parts)
        if shape is None:
            shape = Shape(parts)
            self._shapes[parts] = shape
        return Folded(shape, facts.residence, facts.birth_year, facts.citizenship, pack(f"{len(moments)}q", *moments))


def unfold(folded: Folded, *, position: int = 0, age_seconds: float = 0.0) -> Facts:
    """The facts again, as they were folded."""
    moments = iter(unpack(f"{len(folded.moments) // 8}q", folded.moments))

    def moment(kind: object) -> Any:
        return next(moments) if kind is _EVENT else _BEGIN + next(moments) * _TICK

    return _unfolded(Facts, folded, moment, position, age_seconds)


def _unfolded(
    made: type[Facts], folded: Folded, moment: Callable[[object], Any], position: int, age_seconds: float
) -> Facts:
    named = {name: _whole(part, moment) for name, part in zip(_FIELDS, folded.shape.parts, strict=False)}
    single = {name: getattr(folded, name) for name in SINGLE}
    return made(**named, **single, position=position, age_seconds=age_seconds)


def _bare(name: str, value: Any, moments: list[int]) -> Any:
    if name == "event":
        moments.append(value)
        return _EVENT
    if isinstance(value, datetime):
        moments.append((value - _BEGIN) // _TICK)
        return _TIME
    if is_dataclass(value):
        kind = type(value).__name__
        return (kind, *(_bare(f.name, getattr(value, f.name), moments) for f in fields(_NOUNS[kind])))
    if isinstance(value, Mapping):
        return ("", *((key, _bare("", value[key], moments)) for key in sorted(value)))
    if isinstance(value, tuple):
        return (None, *(_bare("", each, moments) for each in value))
    return value


def _whole(part: Any, moment: Callable[[object], Any]) -> Any:
    if part is _TIME or part is _EVENT:
        return moment(part)
    if not isinstance(part, tuple):
        return part
    kind, *rest = part
    if kind is None:
        return tuple(_whole(each, moment) for each in rest)
    if kind == "":
        return {key: _whole(each, moment) for key, each in rest}
    return _NOUNS[kind](*(_whole(each, moment) for each in rest))


# --- What is read of them ---------------------------------------------------------------------------------------------

Read = frozenset[tuple[str, Any]]
"""Facts that were read: (field, ALL), (field, key) for an entry, (field, THERE) for whether it is known at all."""
ALL, THERE = object(), object()


class _ReadError(Exception):
    """A moment was looked at."""


class _Unread:
    """Stands for moments: whoever does anything with it is told of, and gets nothing."""

    def __init__(self) -> None:
        self.read = False

    def _tell(self, *_: object) -> Any:
        self.read = True
        raise _ReadError

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _tell
    __add__ = __radd__ = __sub__ = __rsub__ = __bool__ = __str__ = __repr__ = __format__ = _tell
    __hash__ = __int__ = __index__ = __float__ = __iter__ = __len__ = __call__ = _tell

    def __getattr__(self, name: str) -> Any:
        return self._tell(name)


class _Entries(Mapping[Any, Any]):
    """A mapping that remembers which of its entries were looked at, also those that are not there."""

    def __init__(self, field: str, entries: Mapping[Any, Any], read: set[tuple[str, Any]]) -> None:
        self._field, self._entries, self._read = field, entries, read

    def __getitem__(self, key: Any) -> Any:
        self._read.add((self._field, key))
        return self._entries[key]

    def __iter__(self) -> Iterator[Any]:
        self._read.add((self._field, ALL))
        return iter(self._entries)

    def __len__(self) -> int:
        self._read.add((self._field, ALL))
        return len(self._entries)


class _Watched(Facts):
    """Facts that remember what of them was looked at."""

    def __getattribute__(self, name: str) -> Any:
        value = object.__getattribute__(self, name)
        if name in _WATCHED:
            read = object.__getattribute__(self, "__dict__").setdefault("read", set())
            read.add((name, THERE if name in _MAPPINGS else ALL))
            if isinstance(value, Mapping):
                return _Entries(name, value, read)
        return value


_WATCHED = frozenset({*_FIELDS, *SINGLE})
_MAPPINGS = frozenset(f.name for f in fields(Facts) if "Mapping[" in str(f.type))


# --- Kept answers -----------------------------------------------------------------------------------------------------


class Verdict(NamedTuple):
    """An answer to everybody who stands alike, without the token, which names the person and the moment."""

    answer: Answer
    versions: tuple[Policy, ...]
    question: Question
    """As it was put, but for person and moment."""
    observed: date | None = None
    """The last day on which the gate only watches, where that is why the answer is a yes."""

    def token(self, person: str, at: datetime, facts: Facts) -> str:
        """What the answer is explained from later."""
        return token(self.versions, replace(self.question, person=person, at=at), facts)


class Keyed(NamedTuple):
    """Answers and how they are found. What one table tells apart never changes."""

    key: Callable[[Folded], Any]
    """The quick way: the shape itself, with the single facts that were read."""
    table: dict[Any, Verdict]
    signature: Callable[[Folded], Any]
    """The thorough way, for a shape that is new: only what was read of it."""
    alike: dict[Any, Verdict]
    read: Read = frozenset()

    @classmethod
    def by(cls, read: Read) -> "Keyed":
        """Empty tables that tell apart what was read."""
        single = [Folded._fields.index(name) for name in SINGLE if (name, ALL) in read]
        return cls(itemgetter(0, *single), {}, _signature(read), {}, read)


@dataclass
class Memo:
    """One question under the policy of one day, and the answers given so far.

    Sound because the gate is a function of what it reads: answers are kept by everything that any of them read, and
    whenever one reads something new, all are let go. `most` bounds them; a full table begins anew.
    """

    question: Question
    """Person and moment are put in for each answer."""
    governing: Governing
    cite: Cite
    limits: Limits
    most: int = 65_536
    watch: Watch | None = None
    """While the gate only watches."""

    def __post_init__(self) -> None:
        self._keeps = True
        self.keyed = Keyed.by(frozenset())
        self._blind: Verdict | None = None

    def found(self, folded: Folded) -> Verdict | None:
        """The kept answer for somebody who stands so."""
        keyed = self.keyed
        return keyed.table.get(keyed.key(folded))

    def answer(self, folded: Folded, at: datetime) -> Verdict:
        """Work out the answer for somebody, and keep it where nothing but the day of the moment went into it."""
        if self._keeps:
            keyed = self.keyed
            if keyed.read and (alike := keyed.alike.get(keyed.signature(folded))) is not None:
                return self._keep(keyed, folded, alike)
            unread = _Unread()
            watched = _unfolded(_Watched, folded, lambda _: unread, 0, 0.0)
            verdict = self._ask(watched, folded.shape.governed_by, at)
            if not unread.read:
                return self._keep_new(folded, verdict, frozenset(vars(watched).get("read", ())))
            self._keeps = False
            self.keyed = Keyed.by(frozenset())
        return self._ask(unfold(folded), folded.shape.governed_by, at)

    def blind(self, at: datetime) -> Verdict:
        """The answer about somebody of whom nothing can be known now, whatever mode the gate is in."""
        if self._blind is None:
            self._blind = self._closed(replace(NOTHING_KNOWN, age_seconds=float("inf")), "", at)
        return self._blind

    def _keep_new(self, folded: Folded, verdict: Verdict, read: Read) -> Verdict:
        """Other threads may keep and look up meanwhile: tables that they have in hand stay as they were keyed."""
        keyed = self.keyed
        if not read <= keyed.read:
            self.keyed = keyed = Keyed.by(keyed.read | read)
        keyed.alike[keyed.signature(folded)] = verdict
        return self._keep(keyed, folded, verdict)

    def _keep(self, keyed: Keyed, folded: Folded, verdict: Verdict) -> Verdict:
        if max(len(keyed.table), len(keyed.alike)) > self.most:
            self.keyed = keyed = Keyed.by(keyed.read)
        keyed.table[keyed.key(folded)] = verdict
        return verdict

    def _ask(self, facts: Facts, governed_by: str, at: datetime) -> Verdict:
        verdict = self._closed(facts, governed_by, at)
        if self.watch is None or verdict.answer.allowed:
            return verdict
        return verdict._replace(answer=self.watch.lets(verdict.question, verdict.answer), observed=self.watch.until)

    def _closed(self, facts: Facts, governed_by: str, at: datetime) -> Verdict:
        try:
            versions = self.governing(governed_by)
        except Exception:  # noqa: BLE001 - closed unless opened: no version, and the answer says so
            versions = ()
        answer = ask(versions, replace(self.question, at=at), facts, self.cite, self.limits)
        return Verdict(replace(answer, token=""), versions, self.question)


def _signature(read: Read) -> Callable[[Folded], Any]:
    """What was read of somebody, as one key: whole parts, and single entries of mappings."""
    whole = [_FIELDS.index(name) for name in _FIELDS if (name, ALL) in read]
    single = [Folded._fields.index(name) for name in SINGLE if (name, ALL) in read]
    some = {name for name, key in read if key is not ALL and (name, ALL) not in read}
    mappings = [(_FIELDS.index(name), [k for n, k in read if n == name and k is not THERE]) for name in sorted(some)]

    def signature(folded: Folded) -> Any:
        parts = folded.shape.parts
        return (
            parts[-1],
            *(parts[place] for place in whole),
            *(folded[place] for place in single),
            *(_entries(parts[place], keys) for place, keys in mappings),
        )

    return signature


def _entries(part: Any, keys: list[Any]) -> tuple[Any, ...] | None:
    """The entries under these keys; ALL stands where there is none, None where the mapping is not known."""
    if part is None:
        return None
    table = dict(part[1:])
    return tuple(table.get(key, ALL) for key in keys)

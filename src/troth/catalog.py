"""Law and vocabularies, read once from packs/ into a frozen Catalog that has been checked against itself.

The core emits codes; a pack owns the citation. Adding a law, a channel or an identifier kind touches packs/ alone. This
module knows how packs are written; it never decides anything about a person, and never asks what day it is.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import pairwise
from types import MappingProxyType
from typing import Any, TypeVar

import holidays
import yaml
from dateutil.relativedelta import relativedelta

STATUSES = frozenset({"in-force", "proposed", "repealed"})
STARTS = frozenset({"event", "end-of-year"})


class PackError(Exception):
    """A pack contradicts itself or lacks something: a fault of the installation, found when it is loaded."""


@dataclass(frozen=True)
class Cite:
    """A place in the law, with how sure we are of it."""

    law: str
    article: str
    regime: str
    source: str
    in_force_from: date
    status: str
    checked: str
    """Who compared it with the primary text, and when; `nobody` prints as such."""

    def __str__(self) -> str:
        return f"{self.law} {self.article}"


@dataclass(frozen=True)
class Basis:
    """A legal ground for a purpose."""

    id: str
    says: str
    cite: Cite
    needs_choice: bool = False
    needs_assessment: bool = False


@dataclass(frozen=True)
class Condition:
    """What opens a special category of data."""

    id: str
    says: str
    cite: Cite


@dataclass(frozen=True)
class LawRight:
    """A right as the law grants it, with its time limit."""

    id: str
    says: str
    cite: Cite
    months: int
    extension_months: int
    counting: str
    """Rule by which the limit is counted (`reg-1182-71`)."""


@dataclass(frozen=True)
class DatedPeriod:
    """How long something must be kept, while that value was or is the law."""

    years: int
    starts: str
    """`event` or `end-of-year`."""
    valid_from: date
    valid_to: date | None
    status: str
    checked: str


@dataclass(frozen=True)
class StatutoryPeriod:
    """A duty to keep, with its values over time."""

    id: str
    says: str
    cite: Cite
    also: tuple[str, ...]
    periods: tuple[DatedPeriod, ...]

    def at(self, day: date) -> DatedPeriod | None:
        """The value that is law on a day."""
        for period in self.periods:
            if period.valid_from <= day and (period.valid_to is None or day <= period.valid_to):
                return period
        return None

    @property
    def citation(self) -> str:
        """All places, in the words a plan prints."""
        return ", ".join([str(self.cite), *self.also])


@dataclass(frozen=True)
class LawPack:
    """One jurisdiction or act, as data."""

    code: str
    name: str
    says: str
    checked: str
    home: frozenset[str]
    bases: Mapping[str, Basis]
    conditions: Mapping[str, Condition]
    rights: Mapping[str, LawRight]
    cites: Mapping[str, Cite]
    retention: Mapping[str, StatutoryPeriod]


@dataclass(frozen=True)
class Channel:
    """A way to reach a person."""

    id: str
    says: str
    address: str


@dataclass(frozen=True)
class IdentifierKind:
    """A kind of identifier, and how its values are compared."""

    id: str
    says: str
    normal_form: str


@dataclass(frozen=True)
class Sounds:
    """Words in table and column names that usually mean people."""

    tables: frozenset[str]
    columns: frozenset[str]
    phrases: frozenset[str]


@dataclass(frozen=True)
class Catalog:
    """All packs, frozen."""

    laws: Mapping[str, LawPack]
    channels: Mapping[str, Channel]
    identifiers: Mapping[str, IdentifierKind]
    sounds: Sounds

    @staticmethod
    def load() -> "Catalog":
        """The installed packs, read once for each process. Raises PackError."""
        return _installed()

    def regimes(self, codes: Iterable[str]) -> tuple[LawPack, ...]:
        """The packs of these codes that exist, the most special last-named first: national law before the union's."""
        return tuple(self.laws[code] for code in reversed(tuple(codes)) if code in self.laws)

    def law(self, code: str, regime: str, at: date) -> Cite | None:
        """Where one regime speaks about a reason code, if it was in force on that day."""
        pack = self.laws.get(regime)
        cite = pack.cites.get(code) if pack else None
        return cite if cite and cite.status == "in-force" and cite.in_force_from <= at else None

    def cite(self, regimes: Iterable[str], code: str) -> str:
        """The citations of a reason code in all regimes, in their order: `GDPR Art. 21(3)`. Empty: no law is cited."""
        packs = (self.laws[regime] for regime in regimes if regime in self.laws)
        return ", ".join(str(pack.cites[code]) for pack in packs if code in pack.cites)

    def basis(self, regimes: Iterable[str], basis: str) -> Basis | None:
        """A legal ground, from the first regime that knows it."""
        return next((pack.bases[basis] for pack in self.regimes(regimes) if basis in pack.bases), None)

    def right(self, regimes: Iterable[str], right: str) -> LawRight | None:
        """A right, from the first regime that grants it."""
        return next((pack.rights[right] for pack in self.regimes(regimes) if right in pack.rights), None)

    def due(self, regimes: Iterable[str], right: str, start: date, place: str = "") -> date:
        """The day by which a right asked for on `start` must be answered: the earliest of all regimes that grant it.

        Raises KeyError for a right that none of them grants.
        """
        grants = [pack.rights[right] for pack in self.regimes(regimes) if right in pack.rights]
        if not grants:
            raise KeyError(right)
        return min(period_end(start, grant.months, place) for grant in grants)


def period_end(start: date, months: int, place: str = "") -> date:
    """The last day of a period of months after an event, by Regulation (EEC, Euratom) 1182/71 Art. 3.

    The day of the event is not counted (Art. 3(1)). The period ends on the day with the same date, or on the last day
    of the month (Art. 3(2)(c)); sources differ on whether that is the date of the event or of the day after it, and the
    earlier is taken. A last day on a Saturday, a Sunday or a public holiday of `place` (`DE`, `DE-HH`) moves on
    (Art. 3(4)). Two working days are always within it (Art. 3(5)), as the shortest month has more.
    """
    last = min(start + relativedelta(months=months), start + timedelta(days=1) + relativedelta(months=months))
    while last.isoweekday() > _FRIDAY or _is_holiday(last, place):
        last += timedelta(days=1)
    return last


def knows_place(place: str) -> bool:
    """Whether the public holidays of a country, or of a country and its part, are known."""
    country, _, part = place.partition("-")
    parts = holidays.list_supported_countries(include_aliases=True).get(country)
    return parts is not None and (not part or part in parts)


_FRIDAY = 5


def _is_holiday(day: date, place: str) -> bool:
    return bool(place) and day in _holidays(place, day.year)


@cache
def _holidays(place: str, year: int) -> frozenset[date]:
    country, _, part = place.partition("-")
    return frozenset(holidays.country_holidays(country, subdiv=part or None, years=year))


@cache
def _installed() -> Catalog:
    return read_packs(files("troth") / "packs")


def read_packs(root: Traversable) -> Catalog:
    """Read a packs folder. Raises PackError naming the file and what is wrong with it."""
    laws = {}
    for folder in sorted((root / "law").iterdir(), key=lambda entry: entry.name):
        if (folder / "law.yaml").is_file():
            laws[folder.name] = _law(folder.name, _Raw.file(folder / "law.yaml"))
    channels = {
        name: Channel(name, raw.text("says"), raw.text("address"))
        for name, raw in _Raw.file(root / "channels.yaml").table("channels")
    }
    identifiers = {
        name: IdentifierKind(name, raw.text("says"), raw.text("normal-form"))
        for name, raw in _Raw.file(root / "identifiers.yaml").table("identifiers")
    }
    sounds = _Raw.file(root / "sounds.yaml")
    return Catalog(
        laws=MappingProxyType(laws),
        channels=MappingProxyType(channels),
        identifiers=MappingProxyType(identifiers),
        sounds=Sounds(*(frozenset(sounds.words(key)) for key in ("tables", "columns", "phrases"))),
    )


@dataclass(frozen=True)
class _Raw:
    """A mapping of a pack. Every scalar is text (`NO` is Norway); whoever reads a key says what it must be."""

    where: str
    data: Mapping[str, Any]

    @classmethod
    def file(cls, path: Traversable) -> "_Raw":
        try:
            data = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CBaseLoader)  # noqa: S506  # texts only
        except (OSError, yaml.YAMLError) as error:
            raise PackError(f"{path.name} cannot be read: {error}") from error
        if not isinstance(data, dict):
            raise PackError(f"{path.name} is not a mapping")
        return cls(path.name, data)

    def text(self, key: str, default: str | None = None) -> str:
        value = self.data.get(key, default)
        if not isinstance(value, str):
            raise PackError(f"{self.where}: `{key}` must be a text")
        return value

    def number(self, key: str, default: str | None = None) -> int:
        text = self.text(key, default)
        if not text.isdecimal():
            raise PackError(f"{self.where}: `{key}` must be a whole number, and is `{text}`")
        return int(text)

    def flag(self, key: str) -> bool:
        return self.one_of(key, frozenset({"true", "false"}), "false") == "true"

    def one_of(self, key: str, words: frozenset[str], default: str | None = None) -> str:
        text = self.text(key, default)
        if text not in words:
            raise PackError(f"{self.where}: `{key}` is `{text}` and none of {sorted(words)}")
        return text

    def day(self, key: str) -> date:
        try:
            return date.fromisoformat(self.text(key))
        except ValueError as error:
            raise PackError(f"{self.where}: `{key}` is no ISO date") from error

    def words(self, key: str) -> tuple[str, ...]:
        value = self.data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            raise PackError(f"{self.where}: `{key}` must be a list of texts")
        return tuple(value)

    def table(self, key: str) -> "Iterator[tuple[str, _Raw]]":
        value = self.data.get(key, {})
        if not isinstance(value, dict):
            raise PackError(f"{self.where}: `{key}` must be a mapping")
        for name, data in value.items():
            if not isinstance(data, dict):
                raise PackError(f"{self.where}: `{key}.{name}` must be a mapping")
            yield name, _Raw(f"{self.where}: {key}.{name}", data)

    def rows(self, key: str) -> "Iterator[_Raw]":
        value = self.data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
            raise PackError(f"{self.where}: `{key}` must be a list of mappings")
        for number, row in enumerate(value, 1):
            yield _Raw(f"{self.where}: {key} {number}", row)


def _law(code: str, raw: _Raw) -> LawPack:
    raw = _Raw(f"law/{code}/law.yaml", raw.data)
    if raw.text("law") != code:
        raise PackError(f"{raw.where}: says `{raw.text('law')}` and stands in the folder `{code}`")

    def cite(item: _Raw) -> Cite:
        return Cite(
            law=item.text("law", raw.text("name")),
            article=item.text("article"),
            regime=code,
            source=item.text("source", raw.text("source")),
            in_force_from=(item if "in-force-from" in item.data else raw).day("in-force-from"),
            status=item.one_of("status", STATUSES, raw.one_of("status", STATUSES)),
            checked=item.text("checked", raw.text("checked")),
        )

    return LawPack(
        code=code,
        name=raw.text("name"),
        says=raw.text("says"),
        checked=raw.text("checked"),
        home=frozenset(raw.words("home")),
        bases=_frozen(
            Basis(name, item.text("says"), cite(item), item.flag("needs-choice"), item.flag("needs-assessment"))
            for name, item in raw.table("bases")
        ),
        conditions=_frozen(Condition(name, item.text("says"), cite(item)) for name, item in raw.table("conditions")),
        rights=_frozen(_right(name, item, cite(item)) for name, item in raw.table("rights")),
        cites=MappingProxyType({name: cite(item) for name, item in raw.table("cites")}),
        retention=_frozen(_statutory(name, item, cite(item)) for name, item in raw.table("retention")),
    )


def _right(name: str, item: _Raw, cite: Cite) -> LawRight:
    counting = item.one_of("counting", frozenset({"reg-1182-71"}))
    months, extension = item.number("months"), item.number("extension-months", "0")
    return LawRight(name, item.text("says"), cite, months, extension, counting)


def _statutory(name: str, item: _Raw, cite: Cite) -> StatutoryPeriod:
    periods = tuple(
        DatedPeriod(
            years=row.number("years"),
            starts=row.one_of("starts", STARTS),
            valid_from=row.day("from"),
            valid_to=row.day("to") if "to" in row.data else None,
            status=row.one_of("status", STATUSES),
            checked=row.text("checked"),
        )
        for row in item.rows("periods")
    )
    if not periods:
        raise PackError(f"{item.where}: has no periods")
    for earlier, later in pairwise(periods):
        if earlier.valid_to is None or earlier.valid_to >= later.valid_from:
            raise PackError(f"{item.where}: two values apply on {later.valid_from}")
    return StatutoryPeriod(name, item.text("says"), cite, item.words("also"), periods)


_T = TypeVar("_T", Basis, Condition, LawRight, StatutoryPeriod)


def _frozen(items: Iterable[_T]) -> Mapping[str, _T]:
    return MappingProxyType({item.id: item for item in items})

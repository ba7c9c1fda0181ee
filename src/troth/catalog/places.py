"""Working days and public holidays of a place: a country (`DE`), or a country and its part (`DE-HH`)."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from types import ModuleType

from troth.catalog.raw import Raw

FRIDAY = 5
ONE_DAY = timedelta(days=1)


def knows_place(place: str) -> bool:
    """Whether the public holidays of a country, or of a country and its part, are known. Raises PackError."""
    country, _, part = place.partition("-")
    parts = places().get(country)
    return parts is not None and (not part or part in parts)


@cache
def places() -> Mapping[str, frozenset[str]]:
    """Countries and their parts whose public holidays are known."""
    raw = Raw.file(files("troth") / "packs" / "places.yaml")
    return {country: frozenset(raw.words(country)) for country in raw.data}


def is_working_day(day: date, place: str = "") -> bool:
    """Neither Saturday, Sunday nor a public holiday of the place; without a place, only weekends are known."""
    return day.isoweekday() <= FRIDAY and not (place and day in _holidays(place, day.year))


def working_day_from(day: date, place: str = "") -> date:
    """That day if it is a working day, or the next one."""
    while not is_working_day(day, place):
        day += ONE_DAY
    return day


@cache
def _holidays(place: str, year: int) -> frozenset[date]:
    country, _, part = place.partition("-")
    return frozenset(_library().country_holidays(country, subdiv=part or None, years=year))


@cache
def _library() -> ModuleType:
    import holidays  # noqa: PLC0415 - loads every calendar of the world, and few commands count days

    return holidays

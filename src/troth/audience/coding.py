"""Situations as whole numbers: each column that has few values is a digit, and the digits of a row make one number.

What the engine compares, groups and joins is then one number instead of a dozen columns. Values that no rule tells
apart share a digit, and one of them stands for all. A column of another type than its kind has is compared as it is.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from troth.audience.columns import Column
from troth.gate.steps import Steps

_MOST = 2**31
"""Numbers stay below; what does not fit into one begins another."""
_WHOLE = frozenset(
    {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "HUGEINT"}
)


class Digit(NamedTuple):
    """A column with few values."""

    sql: str
    """Gives the place of a row's value among `values`."""
    values: tuple[Any, ...]
    """One for each digit."""


class Coding(NamedTuple):
    """How rows under some columns are written as keys, and read again."""

    columns: tuple[Column, ...]
    digits: Mapping[str, Digit]
    numbers: tuple[tuple[str, ...], ...]
    """Names of columns that make one number together."""
    plain: tuple[Column, ...]
    """Columns that are compared as they are."""

    def keys(self) -> Iterator[str]:
        """SQL of each key, over the columns of a relation that is called `s`."""
        for names in self.numbers:
            number = "0::UINTEGER"
            for name in names:
                digit = self.digits[name]
                number = f"({number}) * {len(digit.values)}::UINTEGER + ({digit.sql})::UINTEGER"
            yield number
        yield from (f"s.{quoted(made.name)}" for made in self.plain)

    def values(self, keys: Sequence[Any]) -> tuple[Any, ...]:
        """A situation in the order of the columns, with the value that stands for each digit."""
        found: dict[str, Any] = {}
        for names, key in zip(self.numbers, keys, strict=False):
            left = int(key)
            for name in reversed(names):
                left, place = divmod(left, len(self.digits[name].values))
                found[name] = self.digits[name].values[place]
        found |= zip((made.name for made in self.plain), keys[len(self.numbers) :], strict=True)
        return tuple(found[made.name] for made in self.columns)


def coding(columns: tuple[Column, ...], types: Mapping[str, str], steps: Steps) -> Coding:
    """How to write rows of a table with columns of these types of the engine."""
    found = ((made.name, _digit(made, types[made.name], steps)) for made in columns)
    digits = {name: digit for name, digit in found if digit is not None}
    plain = tuple(made for made in columns if made.name not in digits)
    return Coding(columns, digits, tuple(_numbers(digits)), plain)


def _numbers(digits: Mapping[str, Digit]) -> Iterator[tuple[str, ...]]:
    names: list[str] = []
    size = 1
    for name, digit in digits.items():
        if size * len(digit.values) > _MOST:
            yield tuple(names)
            names, size = [], 1
        names.append(name)
        size *= len(digit.values)
    if names:
        yield tuple(names)


def _digit(made: Column, kind: str, steps: Steps) -> Digit | None:
    name = f"s.{quoted(made.name)}"
    if kind == "BOOLEAN" and not made.is_moment:
        return Digit(f"coalesce({name}::UTINYINT, 2)", (False, True, None))
    if kind not in _WHOLE:
        return None
    if made.kind == "birth_year":
        bounds = sorted(steps.born)
        low = bounds[0] - 1 if bounds else 0
        return Digit(_step(name, bounds, unknown=True), (low, *bounds, None))
    if made.kind == "choice" and made.part == "version":
        bounds = sorted(steps.versions.get(made.of, ()))
        low = min(bounds[0] - 1, -1) if bounds else 1  # null and 0 are the first, as facts are read
        return Digit(_step(f"coalesce(nullif({name}, 0), 1)", bounds, unknown=False), (low, *bounds))
    return None


def _step(number: str, bounds: Sequence[int], *, unknown: bool) -> str:
    """The place of the step on which a number stands; one more for none."""
    reached = [f"WHEN {number} >= {bound} THEN {place}" for place, bound in reversed([*enumerate(bounds, 1)])]
    nothing = [f"WHEN {number} IS NULL THEN {len(bounds) + 1}"] if unknown else []
    return f"CASE {' '.join([*nothing, *reached])} ELSE 0 END" if reached or nothing else "0"


def quoted(name: str) -> str:
    """A name in the engine's SQL."""
    return '"' + name.replace('"', '""') + '"'

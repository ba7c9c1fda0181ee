"""Numbers that matter only by the step they stand on: years of birth and versions of a choice.

A rule compares such a number with bounds that the policy, the limits and the day give, and does nothing else with it.
So two numbers between the same bounds get the same answer. The bounds of a version that governs all stand here, also
those that a question never reaches: a step too many costs time, a step too few would be a wrong answer.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, NamedTuple

from troth.gate.reading import Reading
from troth.model.where import Where


class Steps(NamedTuple):
    """The least number of each step but the lowest."""

    born: frozenset[int]
    """Years of birth from which on something is another."""
    versions: Mapping[str, frozenset[int]]
    """Choice id -> versions from which on something is another. Of a choice that is not declared none matters."""


def steps(readings: Iterable[Reading]) -> Steps:
    """The steps of all versions that govern, each by its own reading."""
    born: set[int] = set()
    versions: dict[str, frozenset[int]] = {}
    for r in readings:
        born.update(_of_age(r.day.year, r.limits.adult_age, (where.younger_than for where in _conditions(r.policy))))
        for choice in r.policy.choices.values():
            newest = r.newest.get(choice.id, 0)
            versions[choice.id] = versions.get(choice.id, frozenset()) | {choice.version, newest + 1}
    return Steps(frozenset(born), versions)


def _of_age(year: int, adult: int, limits: Iterable[int]) -> Iterator[int]:
    """A year of birth leaves two ages open: whoever was born in it has had their birthday this year, or has not."""
    yield year - adult
    for limit in set(limits) - {0}:
        yield from (year - limit, year - limit + 1)


def _conditions(declared: Any) -> Iterator[Where]:
    """Every condition in a policy, wherever it stands."""
    if isinstance(declared, Where):
        yield declared
    elif is_dataclass(declared):
        for each in fields(declared):
            yield from _conditions(getattr(declared, each.name))
    elif isinstance(declared, Mapping):
        for each in declared.values():
            yield from _conditions(each)
    elif isinstance(declared, (tuple, list, frozenset)):
        for each in declared:
            yield from _conditions(each)

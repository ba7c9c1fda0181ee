"""Under which circumstances something is asked: what the question says, and what is known of the person.

What is not known never opens anything. A part of the question that was left out is not known either: leaving something
out must not get past a condition.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import TypeVar

from troth.model.policy_contact import Activity
from troth.model.question import Facts, Question
from troth.model.where import Circumstances, Where

T = TypeVar("T")

FACTS = {"residence": "residence", "citizenship": "citizenship", "relationship": "relationships", "age": "birth_year"}
"""Dimension of a condition -> the fact that tells it. All others the question says of itself."""
SAID = {"activity": "activity", "destination": "itinerary", "source": "source", "channel": "channel"}
"""Dimension of a condition -> the part of the question that says it."""
OF_PERSON = frozenset(FACTS.values())

Held = bool | tuple[str, ...]
"""Whether a condition holds, or the dimensions that nobody knows."""


def of_question(question: Question, activities: tuple[Activity, ...]) -> Circumstances:
    """What a question says of itself. Of several activities in which it may happen none is known."""
    named = {activity.id for activity in activities} if len(activities) == 1 else {question.activity} - {""}
    return Circumstances(
        activity=frozenset(named) or None,
        destination=frozenset(question.itinerary) or None,
        source=frozenset({question.source} - {""}) or None,
        channel=frozenset({question.channel} - {""}) or None,
    )


def with_person(said: Circumstances, facts: Facts, day: date) -> Circumstances:
    """The same with what is known of a person. The year of birth alone leaves the birthday open."""
    born = facts.birth_year
    return replace(
        said,
        residence=None if facts.residence is None else frozenset({facts.residence}),
        citizenship=None if facts.citizenship is None else frozenset({facts.citizenship}),
        relationship=facts.relationships,
        ages=None if born is None else frozenset({day.year - born - 1, day.year - born}),
    )


@lru_cache(maxsize=4096)
def beside_elements(where: Where) -> Where:
    """The condition without what it says of elements, which is looked at element by element."""
    return replace(where, element=frozenset()) if where.element else where


def judge(where: Where, circumstances: Circumstances) -> Held:
    """Whether a condition, elements aside, holds; or what nobody knows of it."""
    bare = beside_elements(where)
    return bare.holds(circumstances) or (bare.unknown(circumstances) if bare.may_hold(circumstances) else False)


def first(rules: Iterable[tuple[Held, T]], otherwise: T) -> tuple[T | None, tuple[str, ...]]:
    """What the first rule that holds says; None, and what has to be known, where that cannot be told.

    Rules that would say the same need not be told apart.
    """
    possible: list[T] = []
    unknown: list[str] = []
    for held, says in rules:
        if held is False:
            continue
        possible.append(says)
        if held is True:
            break
        unknown.extend(held)
    else:
        possible.append(otherwise)
    alike = all(each == possible[0] for each in possible)
    return (possible[0], ()) if alike else (None, tuple(dict.fromkeys(unknown)))


def missing(dimensions: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The code for each dimension that is not known, with the word in question."""
    for name in dimensions:
        yield (
            (f"fact-missing:{FACTS[name]}", FACTS[name]) if name in FACTS else (f"not-said:{SAID[name]}", SAID[name])
        )


def facts_in(wheres: Iterable[Where]) -> frozenset[str]:
    """The facts that conditions may hang on."""
    named = {name for where in wheres for name, _ in where.named()}
    young = {"age"} if any(where.younger_than for where in wheres) else set()
    return frozenset(FACTS[name] for name in named | young if name in FACTS)

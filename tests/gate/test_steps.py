"""Years of birth and versions of one step get one answer: every number against the one that stands for its step."""

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import replace
from random import Random

import pytest
from tests.gate.worlds import pool, world

from troth.gate import steps as stepping
from troth.gate.ask import DEFAULT_LIMITS, ask, prepare
from troth.gate.reading import Reading
from troth.gate.steps import Steps
from troth.model.question import Answer, Facts, Question

SEED, WORLDS = 20261122, 60
YEARS, VERSIONS = range(1995, 2028), range(-2, 7)


def no_law(_: str) -> str:
    return ""


def low(number: int, bounds: Iterable[int]) -> int:
    """The least of a number's step; of the lowest, one below all bounds."""
    ordered = sorted(bounds)
    place = bisect_right(ordered, number)
    return ordered[place - 1] if place else ordered[0] - 1


def compare() -> tuple[int, int]:
    """Ask about every number and about what stands for it; how often two steps had another answer."""
    rng = Random(SEED)
    made = pool(Random(SEED), 40, 8)
    years = versions = 0
    for _ in range(WORLDS):
        governing, question, facts = world(rng, made)
        if not governing or not 0 <= facts.age_seconds <= DEFAULT_LIMITS.facts_seconds:
            continue
        prepared = prepare(governing, question, DEFAULT_LIMITS)
        steps = prepared.steps

        def answer(facts: Facts, question: Question = question, governing: tuple = governing) -> Answer:
            return replace(ask(governing, question, facts, no_law), token="")

        said = [(answer(replace(facts, birth_year=y)), low(y, steps.born)) for y in YEARS]
        by_step = {step: answer(replace(facts, birth_year=step)) for step in {step for _, step in said}}
        assert all(each == by_step[step] for each, step in said), (question, sorted(steps.born))
        years += len(by_step) > 1 and any(each != by_step[said[0][1]] for each in by_step.values())
        for name, state in (facts.choices or {}).items():
            bounds = steps.versions.get(name) or {1}
            spoken = [
                (answer(replace(facts, choices={**(facts.choices or {}), name: replace(state, version=v)})), v)
                for v in VERSIONS
            ]
            first = {low(v, bounds): each for each, v in reversed(spoken)}
            assert all(each == first[low(v, bounds)] for each, v in spoken), (name, bounds)
            versions += any(each != spoken[0][0] for each, _ in spoken)
    return years, versions


def without_newest(readings: Iterable[Reading], kept: Callable[..., Steps] = stepping.steps) -> Steps:
    """The steps, but that a version above the newest is none of its own."""
    found = kept(readings)
    return found._replace(versions={name: frozenset({min(bounds)}) for name, bounds in found.versions.items()})


def test_numbers_of_one_step_get_one_answer() -> None:
    """And steps do matter: in many worlds two of them differ."""
    years, versions = compare()
    assert years > 5
    assert versions > 5


@pytest.mark.parametrize("forgotten", ["_of_age", "newest"])
def test_a_step_too_few_is_noticed(forgotten: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison sees it when years, or newest versions, make no step any more."""
    if forgotten == "_of_age":
        monkeypatch.setattr(stepping, "_of_age", lambda *_: iter((1900,)))
    else:
        monkeypatch.setattr("troth.gate.prepared.steps", without_newest)
    with pytest.raises(AssertionError):
        compare()

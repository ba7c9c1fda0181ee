"""What a change asks for before it may hold for a person: its weight, its measures, whether it waits for each."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from types import MappingProxyType

from troth.catalog import Catalog
from troth.model.policy import Policy
from troth.model.policy_guard import Decision
from troth.model.problem import NO_PLACE
from troth.policy import compile_folder
from troth.policy.diff import diff
from troth.policy.duties import duties

ROOT = Path(__file__).parents[2]


@cache
def example(name: str) -> Policy:
    policy, problems = compile_folder(ROOT / "examples" / name / "policy", Catalog.load())
    assert policy, problems
    return policy


def deciding(policy: Policy) -> Policy:
    """The same with a machine that decides."""
    score = Decision("score", {"en": "x"}, NO_PLACE, "", frozenset(), {"en": "x"}, {"en": "x"}, "contract")
    return replace(policy, decisions=replace(policy.decisions, kinds=MappingProxyType({"score": score})))


def test_a_machine_that_decides_is_told_to_each_before_it_does() -> None:
    """And whatever else changes about it weighs as much, where that was promised: also that it is gone."""
    none, one = example("parts"), deciding(example("parts"))
    for before, after in ((none, one), (one, none)):
        found = duties(diff(before, after), none)
        assert {(duty.weight, duty.measure, duty.waits) for duty in found} >= {("material", "message", True)}
    unpromised = replace(one, changes=replace(one.changes, automated_decisions=""))
    assert not [duty for duty in duties(diff(one, none), unpromised) if duty.waits]


def test_nothing_waits_where_nothing_changes() -> None:
    for name in ("airline", "flooring", "parts", "software", "website"):
        assert duties(diff(example(name), example(name)), example(name)) == ()


def test_a_page_alone_waits_for_nobody() -> None:
    """The website promised a page for every change, and no more."""
    policy = example("website")
    found = duties(diff(policy, deciding(policy)), policy)
    assert {(duty.measure, duty.waits) for duty in found} == {("page", False)}

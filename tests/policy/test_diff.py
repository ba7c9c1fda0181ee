"""What a change of the policy means: cases as data, and what must hold for any two versions."""

from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.policy.little import HERE, MINI, change, compiled, copy_of_mini

from troth.model import datamap, policy_contact, policy_guard, policy_rights
from troth.model import policy as policy_nouns
from troth.model.change import Change, Direction
from troth.model.policy import Policy
from troth.policy import aspects
from troth.policy.diff import diff

NOUNS = (policy_nouns, policy_contact, policy_guard, policy_rights, datamap)
CASES: list[tuple[str, Any]] = [
    pair
    for case in yaml.safe_load((HERE / "versions/changes.yaml").read_text(encoding="utf-8"))
    for pair in case.items()
]


def made(folder: Path) -> Policy:
    policy, problems = compiled(folder)
    assert policy, problems
    return policy


def versions(case: Any, folder: Path) -> tuple[Policy, Policy]:
    """The little policy, after what the case says came before, and after its change."""
    copy = copy_of_mini(folder)
    change(copy, case.get("before", {}))
    before = made(copy)
    change(copy, case["change"])
    return before, made(copy)


def line(found: Change) -> str:
    long = found.aspect == "text"
    values = "" if long else f" [{found.before} -> {found.after}]"
    whom = f" {', '.join(found.relationships)}" if found.relationships else ""
    again = f", asks again {', '.join(found.asks_again)}" if found.asks_again else ""
    return f"{found.direction} {found.reference} {found.aspect}{values}{whom}{again}"


@pytest.mark.parametrize(("name", "case"), CASES, ids=[name for name, _ in CASES])
def test_a_change_is_read(name: str, case: Any, tmp_path: Path) -> None:
    """Each case gives its changes, no more and no fewer."""
    before, after = versions(case, tmp_path)
    assert sorted(line(each) for each in diff(before, after)) == sorted(case["means"])


@pytest.mark.parametrize(("name", "case"), CASES, ids=[name for name, _ in CASES])
def test_back_again_is_a_change_too(name: str, case: Any, tmp_path: Path) -> None:
    """The reverse of a change touches the same things; what only narrowed widens on the way back."""
    before, after = versions(case, tmp_path)
    there, back = diff(before, after), diff(after, before)
    assert {(c.reference, c.aspect) for c in there} == {(c.reference, c.aspect) for c in back}
    wider = {(c.reference, c.aspect) for c in back if c.direction in (Direction.WIDENING, Direction.FORCED)}
    assert {(c.reference, c.aspect) for c in there if c.direction is Direction.NARROWING} <= wider


def test_nothing_changed() -> None:
    assert diff(made(MINI), made(MINI)) == ()


def test_the_lists_name_fields_that_exist_and_each_once() -> None:
    """A name that no noun has any longer says nothing; one on two lists would say two things."""
    named = [thing for module in NOUNS for thing in vars(module).values()]
    nouns = [thing for thing in named if isinstance(thing, type) and is_dataclass(thing)]
    there = {field.name for noun in nouns for field in fields(noun)}
    lists = (aspects._WORDS, aspects._MORE, aspects._LESS)
    assert [sorted(names - there) for names in lists] == [[], [], []]
    assert sum(map(len, lists)) == len(frozenset().union(*lists))
    own = {(noun.__name__, field.name) for noun in nouns for field in fields(noun)}
    assert own >= aspects.ZERO_IS_MOST | aspects.EMPTY_IS_ALL

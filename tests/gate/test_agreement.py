"""The ordered rules and the slow reference say the same, in every case that chance can make up."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.gate.dressings import DRESSINGS
from tests.gate.worlds import dress, policy, pool, world

from troth.gate import ask as gate
from troth.gate import reference
from troth.gate.ask import ask
from troth.gate.codes import OPENS
from troth.gate.rules import RULES, Rule
from troth.model.policy import Policy
from troth.model.question import Answer, Facts, Question

SEED = 20260307
CASES = 10_000

NEVER_ON_SERVICE = {"choice", "objection"}
"""Apply only to questions that are no service: sparing one changes nothing."""


def no_law(_: str) -> str:
    return ""


def difference(policies: tuple[Policy, ...], asked: Question, known: Facts) -> str:
    """What the gate and the reference disagree about; empty when they agree."""
    answer = ask(policies, asked, known, no_law)
    wanted = reference.decide(policies, asked, known)
    said = (answer.allowed, {reason.code for reason in answer.reasons}, set(answer.released))
    if said != (wanted.allowed, wanted.codes, wanted.released):
        return f"gate {said}, reference {(wanted.allowed, wanted.codes, wanted.released)}"
    against = {element: codes for element, codes in wanted.against.items() if codes}
    if set(answer.withheld) != set(against):
        return f"withheld {set(answer.withheld)}, reference {set(against)}"
    strange = [e for e, code in answer.withheld.items() if code not in against[e]]
    return f"withheld for another reason: {strange}" if strange else broken(answer, asked)


def broken(answer: Answer, asked: Question) -> str:
    """A promise of every answer that this one does not keep."""
    if answer.allowed:
        if not answer.released or not any(reason.allows for reason in answer.reasons):
            return "a yes without anything that opens"
        if asked.fields and set(answer.released) != set(asked.fields):
            return "a yes to fields asked by name releases fewer"
        if set(answer.released) & set(answer.withheld):
            return "released and withheld at once"
    elif answer.released or answer.duties:
        return "a no releases something"
    return (
        "" if all(reason.allows == (reason.code in OPENS) for reason in answer.reasons) else "a code allows and refuses"
    )


def disagreements(cases: int, *, stop_at: int) -> list[str]:
    """The first disagreements among so many seeded cases."""
    rng = Random(SEED)
    policies = pool(rng)
    found: list[str] = []
    for number in range(cases):
        if text := difference(*world(rng, policies)):
            found.append(f"case {number}: {text}")
            if len(found) >= stop_at:
                break
    return found


def test_ten_thousand_cases_agree() -> None:
    """Rules and reference agree on decision, codes, released and withheld fields in ten thousand seeded cases."""
    assert disagreements(CASES, stop_at=3) == []


def test_chance_reaches_yes_and_no() -> None:
    """The seeded cases hold many of each answer, so that their agreement says something."""
    rng = Random(SEED)
    policies = pool(rng, dressed=24)
    answers = [ask(*world(rng, policies), no_law) for _ in range(CASES)]
    codes = {reason.code.partition(":")[0] for answer in answers for reason in answer.reasons}

    assert sum(answer.allowed for answer in answers) > 150
    assert sum(bool(answer.withheld) and answer.allowed for answer in answers) > 30
    assert codes >= {code for rule in RULES for code in rule.codes}


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.large_base_example])
@given(st.randoms(use_true_random=False))
def test_any_case_agrees(rng: Random) -> None:
    """Rules and reference agree on whatever Hypothesis picks; it draws each choice, so that a failure shrinks."""
    dressed = dress(rng, rng.randrange(len(DRESSINGS)))

    assert difference(*world(rng, ((policy(rng),), (dressed,)))) == ""


def without(name: str) -> tuple[Rule, ...]:
    return tuple(rule for rule in RULES if rule.name != name)


def with_change(name: str, **change: Any) -> tuple[Rule, ...]:
    return tuple(replace(rule, **change) if rule.name == name else rule for rule in RULES)


MUTANTS = (
    [(f"{rule.name} dropped", without(rule.name)) for rule in RULES]
    + [(f"{r.name} reads nothing", with_change(r.name, reads=frozenset())) for r in RULES if r.reads]
    + [
        (f"{r.name} spares service: {not r.spares_service}", with_change(r.name, spares_service=not r.spares_service))
        for r in RULES
        if r.reads and r.name not in NEVER_ON_SERVICE
    ]
    + [(f"{r.name} needs a purpose", with_change(r.name, without_purpose=False)) for r in RULES if r.without_purpose]
)


@pytest.mark.parametrize(("what", "rules"), MUTANTS, ids=[what for what, _ in MUTANTS])
def test_a_changed_rule_is_noticed(what: str, rules: tuple[Rule, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: with one rule dropped, or one of its declarations changed, the comparison disagrees."""
    monkeypatch.setattr(gate, "RULES", rules)

    assert disagreements(CASES, stop_at=1), what

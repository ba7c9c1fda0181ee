"""The written cases: each reads like a sentence, and the gate gives exactly the answer and the reasons it names."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.gate.policies import airline, varied

from troth.gate import reference
from troth.gate.cases import check, facts_of, read_case
from troth.gate.codes import CODES, base_of
from troth.gate.rules import RULES
from troth.model.policy import Policy
from troth.model.problem import InputError

FOLDER = Path(__file__).parent / "cases"
CASES = [case for file in sorted(FOLDER.glob("*.yaml")) for case in yaml.safe_load(file.read_text("utf-8"))]
AIRLINE = airline()
OF_TEST_ONLY = ("policy", "governed-by")
WITHOUT_A_CASE = {"policy-unknown"}
"""Cannot be written as a case, which always has a policy; tested in test_ask.py."""


def no_law(_: str) -> str:
    return ""


def versions(raw: dict[str, Any]) -> tuple[Policy, ...]:
    today = varied(AIRLINE, raw.get("policy", {}))
    return (varied(AIRLINE, raw["governed-by"]), today) if "governed-by" in raw else (today,)


def plain(raw: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in raw.items() if key not in OF_TEST_ONLY}


@pytest.mark.parametrize("raw", CASES, ids=[case["case"] for case in CASES])
def test_case(raw: dict[str, Any]) -> None:
    """The gate answers as the case says."""
    assert check(read_case(plain(raw)), versions(raw), no_law) == ()


@pytest.mark.parametrize("raw", CASES, ids=[case["case"] for case in CASES])
def test_reference_says_so_too(raw: dict[str, Any]) -> None:
    """The slow reference gives the expected decision as well."""
    case, policies = read_case(plain(raw)), versions(raw)

    assert reference.decide(policies, case.question, facts_of(case.person, policies)).allowed is raw["answer"]


def test_enough_cases_with_names_of_their_own() -> None:
    """No case got lost, and none hides behind another's name."""
    assert len(CASES) >= 80
    assert len({case["case"] for case in CASES}) == len(CASES)


def test_every_code_has_a_case() -> None:
    """Each code of the gate is expected by at least one case."""
    expected = {base_of(code) for case in CASES for code in case["because"]}

    assert set(CODES) - expected == WITHOUT_A_CASE


def test_rules_emit_only_listed_codes() -> None:
    """What the rules declare is listed with a sentence."""
    assert {code for rule in RULES for code in rule.codes} <= set(CODES)


def test_every_fact_a_rule_reads_is_missed_in_a_case() -> None:
    """For each fact that a rule cannot do without, a case shows what its absence closes."""
    expected = {code for case in CASES for code in case["because"]}

    assert {f"fact-missing:{name}" for rule in RULES for name in rule.reads} <= expected


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"answer": False}, "answer: expected no, the gate says yes"),
        ({"because": ["choice-no"]}, "because: expected [choice-no], the gate says [basis-consent, choice-yes]"),
        ({"duties": []}, "duties: expected [], the gate says [ledger-disclosure, unsubscribe-link]"),
    ],
)
def test_a_wrong_case_is_told(change: dict[str, Any], says: str) -> None:
    """Negative control: a case that expects something else fails and says in what."""
    wrong = plain(CASES[0]) | change

    assert says in check(read_case(wrong), (AIRLINE,), no_law)


@pytest.mark.parametrize(
    ("change", "code", "remedy"),
    [
        ({"becuase": []}, "case-unknown-word", "did you mean `because`?"),
        ({"person": {"siad": {}}}, "case-unknown-word", "did you mean `said`?"),
        ({"for": None, "zzz": 1}, "case-unknown-word", "one of: case, may"),
    ],
)
def test_unknown_words_are_refused(change: dict[str, Any], code: str, remedy: str) -> None:
    """A misspelt key is an error with a suggestion, never a silently weaker case."""
    with pytest.raises(InputError) as caught:
        read_case(plain(CASES[0]) | change)

    assert caught.value.code == code
    assert caught.value.remedy.startswith(remedy)


def test_an_incomplete_case_is_refused() -> None:
    """A case without expected reasons proves nothing."""
    with pytest.raises(InputError, match="has no `because`"):
        read_case({key: value for key, value in plain(CASES[0]).items() if key != "because"})


def test_a_strange_choice_is_refused() -> None:
    """Only yes and no can be said to a choice."""
    strange = plain(CASES[0]) | {"person": {"said": {"newsletter": "perhaps"}}}

    with pytest.raises(InputError, match="`perhaps`"):
        check(read_case(strange), (AIRLINE,), no_law)

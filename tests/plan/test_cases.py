"""Cases in words: facts in, printed lines out. A new case needs no new code here."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.plan.factory import AT, CASE, cite, printed, world

from troth.model.plan import Plan
from troth.model.problem import Severity
from troth.plan import access, dump, erasure, load, orders

CASES = [
    pytest.param(path.stem, case, id=f"{path.stem}: {case['title']}")
    for path in sorted(Path(__file__).with_name("cases").glob("*.yaml"))
    for case in yaml.safe_load(path.read_text(encoding="utf-8"))
]


def test_no_case_got_lost() -> None:
    """Both rights have their cases, and no two share a title."""
    titles = [case.values[1]["title"] for case in CASES]
    assert len(titles) >= 33
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize(("right", "case"), CASES)
def test_the_case_holds(right: str, case: dict[str, Any]) -> None:
    """The plan of these facts prints these lines, finds these problems and leaves these rows waiting."""
    plan = planned(right, case)
    assert printed(plan) == case["plan"]
    assert codes(plan, Severity.ERROR) == case.get("errors", [])
    assert codes(plan, Severity.WARNING) == case.get("warnings", [])
    assert [waits(entry) for entry in plan.waiting] == case.get("waiting", [])


@pytest.mark.parametrize(("right", "case"), CASES)
def test_the_plan_of_the_case_travels_as_text(right: str, case: dict[str, Any]) -> None:
    """Every plan comes back from its text as it was, and its orders hold its lines once."""
    plan = planned(right, case)
    assert load(dump(plan)) == plan
    ordered = [effect.number for order in orders(plan) for effect in order.effects]
    assert ordered == [e.number for e in plan.effects if e.verb not in {"read", "tell"}]
    assert [effect.number for effect in plan.effects] == list(range(1, len(plan.effects) + 1))


def planned(right: str, case: dict[str, Any]) -> Plan:
    w = world(case["facts"])
    if right == "access":
        return access(w.policy, CASE, "person-1", w.sights, w.schemas, AT, cite)
    ground = case.get("ground", "unlawful")
    return erasure(w.policy, CASE, "person-1", w.sights, w.schemas, AT, cite, ground=ground)


def codes(plan: Plan, severity: Severity) -> list[str]:
    return sorted({problem.code for problem in plan.findings if problem.severity is severity})


def waits(entry: Any) -> str:
    return f"{entry.store}.{entry.table} {' '.join(str(part) for key in entry.rows for part in key)} by {entry.by}"

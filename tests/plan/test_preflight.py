"""What a database would refuse or do by itself is said before the first statement."""

from typing import Any

import pytest
from tests.plan.factory import AT, CASE, cite, world

from troth.model.plan import Plan
from troth.model.problem import Problem
from troth.plan import erasure
from troth.plan.codes import EXCEPTIONS, FINDINGS, GROUNDS, REACH

SHELL = {"key": "id", "rows": [{"key": 1, "blockers": "x.y"}]}
"""A row that stays, so that its columns are masked."""
GONE = {"key": "id", "columns": {"name": "name"}, "rows": [1]}
"""A row that is deleted."""


def planned(tables: dict[str, Any], **facts: Any) -> Plan:
    w = world({"tables": tables, **facts})
    return erasure(w.policy, CASE, "person-1", w.sights, w.schemas, AT, cite, ground="unlawful")


def only(plan: Plan) -> Problem:
    assert len(plan.findings) == 1, [f.message for f in plan.findings]
    return plan.findings[0]


MASKS: list[tuple[str, dict[str, Any], str]] = [
    (
        "NULL into NOT NULL where no text can be invented",
        {"columns": {"born": "birth-date"}, "real": {"born": "date not null"}},
        "not-null-mask",
    ),
    (
        "a constant into a unique column",
        {"columns": {"email": {"element": "email", "mask": "gone@invalid.example"}}, "unique": ["email"]},
        "unique-mask",
    ),
    (
        "a mask longer than its column",
        {"columns": {"code": {"element": "code", "mask": "erased-{token}"}}, "real": {"code": "varchar(12)"}},
        "mask-too-long",
    ),
    (
        "a text that a CHECK may refuse",
        {"columns": {"meal": "dietary"}, "real": {"meal": "text not null"}, "checks": {"known": "meal IN ('a', 'b')"}},
        "check-mask",
    ),
    (
        "NULL where a CHECK speaks about NULL",
        {"columns": {"pass": "passport"}, "checks": {"whole": "(pass IS NULL) = (country IS NULL)"}},
        "check-mask",
    ),
    (
        "a cut pointer that a CHECK wants set",
        {
            "columns": {"pass": "passport"},
            "checks": {"some": "coalesce(pass, other) <> ''"},
        },
        "check-mask",
    ),
]


@pytest.mark.parametrize(("table", "code"), [pytest.param(t, c, id=name) for name, t, c in MASKS])
def test_an_impossible_mask_forbids_applying(table: dict[str, Any], code: str) -> None:
    """The finding names the column and a remedy, and nothing may run."""
    plan = planned({"customer": {**SHELL, **table}})
    assert only(plan).code == code
    assert only(plan).hint
    assert not plan.applicable


ALLOWED: list[tuple[str, dict[str, Any]]] = [
    ("NULL into a nullable unique column", {"columns": {"email": "email"}, "unique": ["email"]}),
    ("a token into a unique column", {"columns": {"e": {"element": "email", "mask": "{token}"}}, "unique": ["e"]}),
    ("a token that just fits", {"columns": {"e": {"element": "code", "mask": "x{token}"}}, "real": {"e": "char(9)"}}),
    ("NULL passes a CHECK that would be unknown", {"columns": {"c": "country"}, "checks": {"two": "length(c) = 2"}}),
    ("a CHECK about another column", {"columns": {"c": "country"}, "checks": {"two": "c_code IS NOT NULL"}}),
]


@pytest.mark.parametrize("table", [pytest.param(t, id=name) for name, t in ALLOWED])
def test_a_possible_mask_is_not_held_up(table: dict[str, Any]) -> None:
    """Control: the same checks let through what the database takes."""
    assert planned({"customer": {**SHELL, **table}}).findings == ()


def test_a_declared_mask_is_left_to_the_database() -> None:
    """Only the database can read its CHECK; it is asked about the very rows when the plan is made."""
    meal = {
        "columns": {"meal": {"element": "dietary", "mask": "standard"}},
        "checks": {"known": "meal IN ('standard')"},
    }
    assert planned({"customer": {**SHELL, **meal}}).findings == ()


def test_a_personal_key_that_stays_is_said() -> None:
    """A shell keeps its key, and where the key itself is personal the plan admits it."""
    plan = planned({"customer": {**SHELL, "columns": {"id": "passport", "name": "name"}}})
    assert (only(plan).code, plan.applicable) == ("key-stays", True)


CASCADES: list[tuple[str, dict[str, Any], list[str]]] = [
    ("an undeclared table", {"undeclared": True}, ["cascade-reaches"]),
    ("a table that is not personal", {"personal": False}, ["cascade-reaches"]),
    ("a personal table whose rows may be others'", {"columns": {"v": "name"}}, ["cascade-reaches"]),
    (
        "the person's own rows",
        {"columns": {"v": "name"}, "owners": [{"parent": "customer", "columns": "customer_id"}]},
        [],
    ),
]


@pytest.mark.parametrize(("child", "codes"), [pytest.param(t, c, id=name) for name, t, c in CASCADES])
@pytest.mark.parametrize("does", ["cascade", "set null"])
def test_a_cascade_into_rows_that_the_plan_does_not_name_is_refused(
    child: dict[str, Any], codes: list[str], does: str
) -> None:
    """ON DELETE is the database acting by itself: only where every row it reaches is the person's may it."""
    plan = planned(
        {"customer": GONE, "child": {"key": "id", "keys": [f"customer_id -> customer(id) on delete {does}"], **child}}
    )
    lets_go = does == "set null" and child.get("personal") is False
    assert [f.code for f in plan.findings] == ([] if lets_go else codes)


TRIGGERS: list[tuple[str, dict[str, Any], list[str]]] = [
    ("code that could not be read", {"event": "delete"}, ["trigger-reaches"]),
    ("a table that is not its history", {"event": "delete", "writes": "audit"}, ["trigger-reaches"]),
    ("its own row only", {"event": "delete", "writes": "customer"}, []),
    ("nothing", {"event": "delete", "writes": []}, []),
    ("an event that does not happen", {"event": "insert"}, []),
]


@pytest.mark.parametrize(("trigger", "codes"), [pytest.param(t, c, id=name) for name, t, c in TRIGGERS])
def test_a_trigger_that_writes_elsewhere_is_refused(trigger: dict[str, Any], codes: list[str]) -> None:
    """Its code would copy values to where the plan does not look."""
    plan = planned({"customer": {**GONE, "triggers": [trigger]}, "audit": {"key": "id", "columns": {"v": "name"}}})
    assert [f.code for f in plan.findings] == codes


def test_a_cut_inside_a_shared_line_is_checked_too() -> None:
    """What would be written where others remain has to be possible as well."""
    booking = {
        "key": "id",
        "columns": {"agent": "name"},
        "owners": [{"parent": "customer", "columns": "by"}],
        "checks": {"someone": "by IS NOT NULL"},
        "keys": ["by -> customer(id)"],
        "rows": [{"key": 1, "root": 1, "claims": "customer", "others": 1}],
    }
    assert only(planned({"customer": GONE, "booking": booking})).code == "check-mask"


def test_every_code_has_its_sentence() -> None:
    """The registries hold every code that cases and checks can emit, lower-kebab, and no two tables share one."""
    every = [*GROUNDS, *EXCEPTIONS, *FINDINGS]
    assert len(set(every)) == len(every)
    assert all(code == code.lower() and " " not in code for code in every)
    assert set(REACH) <= set(GROUNDS)

"""promises.tsv: a row is believed as far as what it names resolves, and a control as far as tests hold it."""

from pathlib import Path

import pytest
from tests.policy.little import MINI, compiled

from troth.catalog.controls import controls
from troth.model.policy import Policy
from troth.model.promise import Control, Coverage, Standing
from troth.policy.promises import COLUMNS, read_promises

ROOT = Path(__file__).parents[2]
CONTROLS = controls()


@pytest.fixture(scope="module")
def mini() -> Policy:
    policy, problems = compiled(MINI)
    assert policy, problems
    return policy


def read(mini: Policy, *rows: str, known: dict[str, Control] | None = None) -> tuple[Coverage, list[str]]:
    """Rows with `|` for tabs."""
    text = "\n".join(["\t".join(COLUMNS), *(row.replace("|", "\t") for row in rows)])
    coverage, problems = read_promises(text, "promises.tsv", mini, known or CONTROLS)
    return coverage, [f"{p.place}: {p.code}: {p.message}" for p in problems]


GOOD = "LIB-1|consent|newsletter|purpose:newsletter choice:newsletter|enforced|gate-consent"


def test_what_resolves_is_believed(mini: Policy) -> None:
    coverage, problems = read(
        mini,
        GOOD,
        "LIB-2|right_erase|rights|right:erasure|person|right:erasure|a person signs",
        "LIB-3|identity|lending|organisation:harbour-library|recorded|notice",
        "LIB-4|security|||||",
    )
    assert problems == []
    assert [p.standing for p in coverage.promises] == [
        Standing.ENFORCED,
        Standing.PERSON,
        Standing.RECORDED,
        Standing.NOT_YET,
    ]
    assert coverage.declared == 3
    assert coverage.by_control() == {"gate-consent": 1}
    assert coverage.by_kind()["security"][Standing.NOT_YET] == 1


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (
            GOOD.replace("|newsletter|", "|newsleter|"),
            "promises.tsv:2:15: unknown-reference: no clause of the notice is called `newsleter`",
        ),
        (
            GOOD.replace("choice:newsletter", "choice:post"),
            "promises.tsv:2:26: unknown-reference: no declared thing is called `choice:post`",
        ),
        (
            GOOD.replace("gate-consent", "gate-hope"),
            "promises.tsv:2:72: unknown-reference: no control is called `gate-hope`",
        ),
        (
            GOOD.replace("enforced", "inforced"),
            "promises.tsv:2:63: wrong-value: `inforced` is no standing of a promise",
        ),
        (
            "LIB-1|consent|newsletter||enforced|gate-consent",
            "promises.tsv:2:26: missing-key: promise `LIB-1` is called `enforced`, and its `carries` is empty",
        ),
        (
            "LIB-1|right_erase|rights|right:erasure|person|somebody",
            "promises.tsv:2:47: unknown-reference: no matter, right or role is called `somebody`",
        ),
        (
            "LIB-1|identity|lending|purpose:lending|recorded|rumour",
            "promises.tsv:2:49: unknown-reference: no record is called `rumour`",
        ),
        ("LIB-1|identity", "promises.tsv:2:1: wrong-value: 2 columns stand here, and 7 are expected"),
    ],
)
def test_what_does_not_is_told_and_counts_as_not_yet(mini: Policy, row: str, problem: str) -> None:
    coverage, problems = read(mini, row)
    assert problems == [problem]
    assert all(promise.standing is Standing.NOT_YET for promise in coverage.promises)


def test_a_control_without_a_test_keeps_nothing(mini: Policy) -> None:
    hope = Control("gate-consent", "Hopes.", "gate", ())
    coverage, problems = read(mini, GOOD, known={"gate-consent": hope})
    assert problems == ["promises.tsv:2:72: wrong-value: control `gate-consent` has no test, so it keeps nothing"]
    assert coverage.count(Standing.ENFORCED) == 0


def test_a_promise_stands_once(mini: Policy) -> None:
    coverage, problems = read(mini, GOOD, GOOD)
    assert problems == ["promises.tsv:3:1: duplicate-id: promise `LIB-1` stands here twice"]
    assert len(coverage.promises) == 1


def test_a_table_of_other_columns_is_refused(mini: Policy) -> None:
    coverage, problems = read_promises("id\tclause\n", "promises.tsv", mini, CONTROLS)
    assert not coverage.promises
    assert [problem.code for problem in problems] == ["wrong-value"]


@pytest.mark.parametrize("control", CONTROLS.values(), ids=list(CONTROLS))
def test_every_control_is_held_by_tests_that_exist(control: Control) -> None:
    """Functions by their name, cases that are data by their title."""
    assert control.tests
    for test in control.tests:
        file, function, name = test.partition("::")
        if not function:
            file, _, name = test.partition("#")
        text = (ROOT / file).read_text(encoding="utf-8")
        assert f"def {name}(" in text if function else f"case: {name}\n" in text or f"\n- {name}:" in text, test

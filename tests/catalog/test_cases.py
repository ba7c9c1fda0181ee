"""The cases beside the packs hold; test_traps.py says what they have to be about."""

import pytest

from .cases import ASKED, CATALOG, answer, files_of_cases

FILES = files_of_cases()
CASES = [case for cases in FILES.values() for case in cases]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["says"])
def test_a_case_holds(case: dict[str, object]) -> None:
    """The catalog answers as the case says."""
    assert set(case) == {"trap", "says", "ask", "answer"}
    assert answer(case["ask"]) == case["answer"]  # type: ignore[arg-type]


def test_every_pack_has_cases_of_its_own() -> None:
    """Beside the file about several laws together."""
    assert len(FILES) > len(CATALOG.laws)


def test_cases_ask_in_every_way() -> None:
    """A way of asking that no case uses proves nothing."""
    assert {case["ask"]["kind"] for case in CASES} == set(ASKED)


def test_no_case_is_there_twice() -> None:
    """A case that repeats another is a case that was meant to be something else."""
    asked = [str(case["ask"]) for case in CASES]
    assert [ask for ask in asked if asked.count(ask) > 1] == []

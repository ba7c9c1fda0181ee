"""The cases beside the packs hold, and every trap that software falls into has one."""

import pytest

from .cases import ASKED, CATALOG, answer, files_of_cases

FILES = files_of_cases()
CASES = [case for cases in FILES.values() for case in cases]

TRAPS = {
    "counting-months": "30 and 31 January, two readings",
    "counting-holidays": "holidays of the place of action",
    "hours-not-moved": "72 hours",
    "extension": "told in time or not at all",
    "identity-gdpr": "a doubt, asked at once",
    "identity-uk": "begins with the latest",
    "identity-california": "45 days whatever the verification",
    "three-clocks": "never one pause flag",
    "uk-begins-with": "the first day counts",
    "uk-clarification": "days that do not count",
    "uk-complaint": "thirty days",
    "excessive": "a person's finding",
    "named-recipients": "by name if the person wants",
    "redact": "not refuse",
    "look-up-log": "belongs to access, names of staff mostly not",
    "identity-numbers": "field rule by regime",
    "look-back": "to 2022, opt-out shown",
    "california-opt-out": "15 business days, no verification, signal, no banner",
    "legal-duty-only": "no contract, no foreign law",
    "ground-per-datum": "six grounds",
    "german-vouchers": "eight years, end of year, open tax",
    "bdsg-effort": "restrict",
    "spanish-block": "erasure and correction",
    "relatives": "of the dead",
    "restriction": "grounds, told before the end",
    "recipients-told": "and the list on request",
    "objection": "two kinds, neither withdrawal nor erasure",
    "soft-opt-in": "five forms",
    "consent-proof": "outlives the consent",
    "child": "and the later adult",
    "agents-data": "one month or first message",
    "pipl": "45, 47, 49, 50, 23, 39",
    "digital-omnibus": "proposed",
    "adequacy": "dated",
    "together": "by kind",
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["says"])
def test_a_case_holds(case: dict[str, object]) -> None:
    """The catalog answers as the case says."""
    assert set(case) == {"trap", "says", "ask", "answer"}
    assert answer(case["ask"]) == case["answer"]  # type: ignore[arg-type]


def test_every_trap_has_a_case() -> None:
    """None of the traps is left to memory, and each pack has cases of its own."""
    assert {str(case["trap"]) for case in CASES} >= set(TRAPS)
    assert len(FILES) > len(CATALOG.laws)


def test_cases_ask_in_every_way() -> None:
    """A way of asking that no case uses proves nothing."""
    assert {case["ask"]["kind"] for case in CASES} == set(ASKED)


def test_no_case_is_there_twice() -> None:
    """A case that repeats another is a case that was meant to be something else."""
    asked = [str(case["ask"]) for case in CASES]
    assert [ask for ask in asked if asked.count(ask) > 1] == []

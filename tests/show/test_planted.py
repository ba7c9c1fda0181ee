"""Whatever is declared stands in every record that it belongs to, in no other, and is gone when it is taken away."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.policy.little import change
from tests.show.makes import LIBRARY, compiled, everything, spoken

from troth.model.policy import Policy
from troth.show.records.kinds import EXPORTS, RECORDS

MARK = "Quorvex"
CASES: dict[str, dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "planted.yaml").read_text("utf-8"))


def marked(policy: Policy) -> set[str]:
    """The records in which the mark stands; it must then stand in each of their forms."""
    found = {key: MARK in text for key, text in everything(policy).items()}
    kinds = {kind for (kind, _), stands in found.items() if stands}
    assert [key for key, stands in found.items() if key[0] in kinds and not stands] == []
    return kinds


@pytest.mark.parametrize("name", CASES)
def test_a_planted_declaration_stands_where_it_belongs(name: str, tmp_path: Path) -> None:
    """In each form of each record that the case names and in no other; taken away again, in none."""
    case, folder = CASES[name], tmp_path / "policy"
    shutil.copytree(LIBRARY, folder)
    change(folder, case["change"])
    spoken(folder, case.get("speaks", ""))
    assert marked(compiled(folder)) == set(case["in"])
    shutil.rmtree(folder)
    shutil.copytree(LIBRARY, folder)
    assert marked(compiled(folder)) == set()


def test_every_record_has_cases() -> None:
    """Each record and export is named by some case, so none is empty by accident."""
    assert {kind for case in CASES.values() for kind in case["in"]} == {*RECORDS, *EXPORTS}

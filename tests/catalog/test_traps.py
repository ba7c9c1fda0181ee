"""Every place where software gets the law wrong has cases that are really there."""

import ast
from pathlib import Path
from typing import Any

import pytest
import yaml

from .cases import files_of_cases

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
TRAPS: dict[str, dict[str, list[str]]] = yaml.safe_load((HERE / "traps.yaml").read_text(encoding="utf-8"))
LIST = next((place / "shared" / "LAW.md" for place in ROOT.parents if (place / "shared" / "LAW.md").is_file()), None)
"""A list of traps, one bullet each, where somebody keeps one beside the project."""

BESIDE = {"adequacy", "applying", "authorities", "clocks", "dated-marketing", "like-another", "together"}
"""What cases of the packs are about beside the traps."""

NAMED = [
    (trap, file, name)
    for trap, where in TRAPS.items()
    for file, names in where.items()
    if file != "without"
    for name in names
]


def names_in(file: Path) -> set[str]:
    """What cases of a file are called, or the tests of a module."""
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".py":
        return {node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)}
    cases: list[dict[str, Any]] = yaml.load(text, Loader=yaml.BaseLoader)
    return {str(case[key]) for case in cases for key in ("trap", "case", "title") if key in case}


@pytest.mark.parametrize(("trap", "file", "name"), NAMED, ids=lambda each: str(each)[:40])
def test_a_named_case_is_there(trap: str, file: str, name: str) -> None:
    """The file stands, and has a case of that name; another name is not found."""
    found = names_in(ROOT / file)
    assert name in found, trap
    assert f"{name} and not" not in found


def test_every_trap_names_a_case() -> None:
    """What stands in `without` is no case."""
    assert [trap for trap, where in TRAPS.items() if not set(where) - {"without"}] == []
    assert len(NAMED) > 2 * len(TRAPS)


def test_every_case_of_a_pack_is_about_something_named() -> None:
    """No trap of the packs' cases is left out of the table, and none is written in two ways."""
    used = {str(case["trap"]) for cases in files_of_cases().values() for case in cases}
    assert used == BESIDE | {name for _, file, name in NAMED if file.startswith("src/troth/packs/law/")}


@pytest.mark.skipif(LIST is None, reason="no list of traps is kept beside the project")
def test_the_list_beside_the_project_has_as_many() -> None:
    """A trap that is added there needs a name and cases here."""
    assert LIST is not None
    bullets = [line for line in LIST.read_text(encoding="utf-8").splitlines() if line.startswith("- ")]
    assert len(bullets) == len(TRAPS)

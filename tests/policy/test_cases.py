"""Every mistake an author can make, as data: a change to the little policy, and the problems it must bring.

Cases stand in cases/*.yaml, what they must bring in cases/*.expected. After a wanted change of wording:
RESET_EXPECTED=1 pytest tests/policy/test_cases.py, and read the difference before committing it.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.policy.little import HERE, change, compiled, copy_of_mini, line

from troth.policy.codes import CODES

GROUPS = sorted((HERE / "cases").glob("*.yaml"))
LIVE = {"live"}
"""Groups that are held against a database, in test_live.py."""


def cases(group: Path) -> Iterator[tuple[str, Any]]:
    for case in yaml.safe_load(group.read_text(encoding="utf-8")):
        yield from case.items()


def written(group: Path) -> dict[str, list[str]]:
    """Case -> problems, as the expected file has them: a heading line, then its problems, indented."""
    found: dict[str, list[str]] = {}
    for text in group.with_suffix(".expected").read_text(encoding="utf-8").splitlines():
        if text.startswith("  "):
            found[next(reversed(found))].append(text[2:])
        elif text:
            found[text] = []
    return found


def hold_to_expected(group: Path, found: dict[str, list[str]]) -> None:
    """Compare with the expected file, or write it where RESET_EXPECTED is set."""
    if os.environ.get("RESET_EXPECTED"):
        text = "\n".join(
            "\n".join([name, *(f"  {problem}" for problem in problems), ""]) for name, problems in found.items()
        )
        group.with_suffix(".expected").write_text(text, encoding="utf-8")
    assert found == written(group)


@pytest.mark.parametrize("group", [g for g in GROUPS if g.stem not in LIVE], ids=lambda group: group.stem)
def test_each_mistake_is_told(group: Path, tmp_path: Path) -> None:
    """Each case brings its problems, at their place, in these words; and at least one."""
    found = {}
    for number, (name, case) in enumerate(cases(group)):
        folder = copy_of_mini(tmp_path / str(number))
        change(folder, case["change"])
        found[name] = [line(problem) for problem in compiled(folder)[1]]
    assert all(found.values()), [name for name, problems in found.items() if not problems]
    hold_to_expected(group, found)


def test_every_code_has_a_case() -> None:
    """No code is listed that nothing brings; what needs another kind of folder is tested by name in test_compile.py."""
    brought = {
        problem.split(": ")[1] for group in GROUPS for problems in written(group).values() for problem in problems
    }
    elsewhere = {"no-folder", "policy-too-large", "wrong-encoding", "unreadable-file"}
    assert brought | elsewhere == set(CODES)
    assert len(CODES) > 60


def test_the_unchanged_policy_has_no_problem(tmp_path: Path) -> None:
    """Negative control: the little policy compiles, so each case's problems come from its change."""
    policy, problems = compiled(copy_of_mini(tmp_path))
    assert policy is not None
    assert problems == []

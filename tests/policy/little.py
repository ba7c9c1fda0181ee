"""A complete little policy that cases change in one place, and how a problem is written in them."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from troth.catalog import Catalog
from troth.model.policy import Policy
from troth.model.problem import Problem
from troth.policy import compile_folder

HERE = Path(__file__).parent
MINI = HERE / "mini"


def copy_of_mini(folder: Path) -> Path:
    """A copy of tests/policy/mini that a test may spoil."""
    return Path(shutil.copytree(MINI, folder / "policy"))


def compiled(folder: Path) -> tuple[Policy | None, list[Problem]]:
    """Compile with the installed packs."""
    return compile_folder(folder, Catalog.load())


def line(problem: Problem) -> str:
    """A problem as cases write it."""
    hint = f" | {problem.hint}" if problem.hint else ""
    return f"{problem.place}: {problem.code}: {problem.message}{hint}"


def change(folder: Path, changes: Mapping[str, Any]) -> None:
    """Change files: null deletes, a text is the new file, `{old: new}` replaces a text that must stand there once."""
    for name, wanted in changes.items():
        path = folder / name
        if wanted is None:
            path.unlink()
        elif isinstance(wanted, str):
            path.parent.mkdir(exist_ok=True)
            path.write_text(wanted, encoding="utf-8")
        else:
            text = path.read_text(encoding="utf-8")
            for old, new in wanted.items():
                assert text.count(old) == 1, f"`{old}` stands {text.count(old)} times in {name}"
                text = text.replace(old, new)
            path.write_text(text, encoding="utf-8")

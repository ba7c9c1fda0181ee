"""The shape of the repository: what a reader may rely on without looking, held by a machine.

Guards whose subject could vanish have a control that shows them fail.
"""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from .sources import PACKAGE, ROOT, functions, modules, name, pages, project, tree

MOST_LINES = 600
MOST_FUNCTION_LINES = 60
P90_FUNCTION_LINES = 30
FEWEST_MODULES = 100
"""There are more; fewer means that a search found nothing and every guard passed for nothing."""

STANDS_ALONE = "src/troth/ledger/verify_offline.py"
"""A script that people copy away and run without Troth: one file on purpose, and it prints, because it is a program."""

GATE_NEEDS = {"catalog", "gate", "model", "policy"}
"""The parts of Troth that asking in-process may load. None of them opens a connection."""
CONNECTS = {"psycopg", "psycopg_pool", "pymysql", "sqlite3", "sqlalchemy", "procrastinate", "starlette", "uvicorn"}
"""What loads only where a store, our own state or the web is used."""


def targets() -> dict[str, str]:
    """Make targets with what they need, as the Makefile has them."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    return {target: needs.strip() for target, needs in re.findall(r"^([a-z][a-z-]*):([^=\n]*)", text, re.MULTILINE)}


def test_there_is_something_to_look_at() -> None:
    """The guards below see the whole package, so none passes because it found nothing."""
    assert len(modules()) >= FEWEST_MODULES
    assert sum(1 for path in modules() for _ in functions(path)) > FEWEST_MODULES


def test_make_says_what_every_target_does() -> None:
    """`make` alone lists each target with a sentence; none is hidden and none is listed that is not there."""
    found = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    told = dict(re.findall(r"^ +make ([a-z-]+) +(\S.*)$", found, re.MULTILINE))
    assert set(told) == set(targets())


def test_ci_runs_what_make_check_runs() -> None:
    """`make check` at home and .ci/run carry out the same targets in the same order."""
    ran = re.findall(r"^make ([a-z]+)", (ROOT / ".ci" / "run").read_text(encoding="utf-8"), re.MULTILINE)
    assert [target for target in ran if target != "setup"] == targets()["check"].partition("##")[0].split()


def test_pages_name_targets_that_exist() -> None:
    """Whatever a page tells a reader to make can be made, and the README tells how to run the tests."""
    told = {
        (name(page), target)
        for page in pages()
        for target in re.findall(
            r"(?:^(?: {4}|\$ )?|`)make ([a-z]+)(?=`|  | *#| *$)", page.read_text(encoding="utf-8"), re.MULTILINE
        )
    }
    assert ("README.md", "test") in told
    assert {(page, target) for page, target in told if target not in targets()} == set()


def test_pre_commit_runs_what_make_lint_runs() -> None:
    """The hooks are the lint target's own commands, from the locked environment; none is fetched from elsewhere."""
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    recipe = re.search(r"^lint:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert recipe is not None
    assert re.findall(r"entry: (.*)", hooks) == [line.strip() for line in recipe[1].splitlines()]
    assert re.findall(r"repo: (.*)", hooks) == ["local"]


def test_every_stage_has_its_place_in_the_order_of_imports() -> None:
    """Each folder and module right under src/troth stands in the layers contract: a new one fails until placed."""
    contract = next(each for each in project()["tool"]["importlinter"]["contracts"] if each["type"] == "layers")
    placed = {part.strip() for layer in contract["layers"] for part in layer.split("|")}
    found = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert found - {"__init__"} == placed
    assert contract["exhaustive"] is True


@pytest.mark.parametrize("path", modules(), ids=name)
def test_no_module_is_too_long_to_hold_in_the_head(path: Path) -> None:
    """At most 600 lines; only the script that has to stand alone may be longer."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= (660 if name(path) == STANDS_ALONE else MOST_LINES)


def test_functions_are_short() -> None:
    """Nine of ten functions have at most 30 lines and none has more than 60, docstrings not counted."""
    found = sorted((function for path in modules() for function in functions(path)), key=lambda each: each.lines)
    assert found[len(found) * 9 // 10].lines <= P90_FUNCTION_LINES
    assert [function for function in found if function.lines > MOST_FUNCTION_LINES] == []


def test_every_module_says_what_it_is_for() -> None:
    """Each module that holds code opens with a docstring."""
    assert [name(path) for path in modules() if tree(path).body and ast.get_docstring(tree(path)) is None] == []


def test_nothing_prints_past_the_one_place_that_shows() -> None:
    """No call of `print` in the package: what is shown goes through show/, where it is made harmless for a terminal."""
    calls = [
        f"{name(path)}:{node.lineno}"
        for path in modules()
        if name(path) != STANDS_ALONE
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert calls == []


def loaded_by(module: str) -> set[str]:
    """Everything that a fresh Python has loaded after importing one module."""
    code = (
        "import json, sys; before = set(sys.modules)\n"
        f"import {module}\n"
        "print(json.dumps(sorted(set(sys.modules) - before)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(json.loads(done.stdout))


def test_asking_loads_nothing_that_connects() -> None:
    """Asking the gate in-process loads the gate and its nouns: no driver, no web server, no state of ours."""
    loaded = loaded_by("troth.gate")
    assert {each.split(".")[1] for each in loaded if each.startswith("troth.")} <= GATE_NEEDS
    assert {each.partition(".")[0] for each in loaded} & (
        CONNECTS | {"socket", "ssl", "asyncio", "subprocess"}
    ) == set()


def test_what_connects_would_be_seen() -> None:
    """The control: importing a module that opens connections does load a driver."""
    assert loaded_by("troth.ledger.database") & CONNECTS


LOCK = (ROOT / "requirements" / "dev.lock").read_text(encoding="utf-8")


def test_the_lock_file_pins_and_hashes_every_package() -> None:
    """Each entry is one exact version with at least one sha256."""
    entries = LOCK.replace("\\\n", " ").splitlines()
    packages = [entry for entry in entries if entry.strip() and not entry.startswith("#")]
    assert len(packages) > len(project()["project"]["dependencies"])
    assert [
        each for each in packages if not re.fullmatch(r"[\w.-]+==\S+(\s+--hash=sha256:[0-9a-f]{64})+\s*", each)
    ] == []


def test_the_lock_file_names_no_place() -> None:
    """Where packages come from is the business of whoever installs them: no address, no index option."""
    assert "://" not in LOCK
    assert re.findall(r"^\s*(?:--(?!hash)|-[a-z]\b).*", LOCK, re.MULTILINE) == []


def test_every_declared_dependency_is_locked() -> None:
    """What pyproject.toml asks for, for running and for developing, is in the lock file."""
    declared = project()["project"]["dependencies"] + project()["project"]["optional-dependencies"]["dev"]
    wanted = {re.split(r"[\[>=<]", each)[0].lower().replace("_", "-") for each in declared}
    locked = {each.lower().replace("_", "-") for each in re.findall(r"^([\w.-]+)==", LOCK, re.MULTILINE)}
    assert wanted - locked == set()

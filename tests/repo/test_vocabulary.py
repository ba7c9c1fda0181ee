"""One word for each idea: the model's nouns are explained, and the words we do without do not come back."""

import ast
import re
from pathlib import Path

import pytest

from .sources import DOCS, PACKAGE, ROOT, modules, name, pages, public_classes, tree

GLOSSARY = (DOCS / "glossary.md").read_text(encoding="utf-8")
DEFINED, _, UNUSED = GLOSSARY.partition("## Words we do not use")

SELF_EXPLANATORY = {"InputError"}
"""Public classes of the model whose name and docstring leave nothing to explain."""

SPEAKS_OF_WORDS = {"docs/glossary.md"}
"""Pages that have to name a word in order to say that it is not used."""


def forbidden() -> dict[str, str]:
    """Each word that is not used, with the one that is, as the glossary's table has them."""
    rows = re.findall(r"^\| (?!we say)([^|\n-][^|\n]*) \| ([^|\n]*) \|$", UNUSED, re.MULTILINE)
    return {word.strip(): used for used, words in rows for word in words.split(",")}


def uses(text: str) -> list[str]:
    """The words of a text that we do without, in whatever number or spelling of their spaces."""
    return [
        f"`{word}`: say {instead}"
        for word, instead in forbidden().items()
        if re.search(rf"(?<![\w-]){word.replace(' ', '[ -]')}(?:s|d)?(?![\w-])", text, re.IGNORECASE)
    ]


def docstrings(path: Path) -> str:
    """Everything a module says in docstrings, those of fields too."""
    said = [
        node.value.value
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    ]
    return "\n".join(said)


def test_every_noun_of_the_model_is_in_the_glossary() -> None:
    """Each public class of the model is named there, or listed here as needing no words; and none that is gone."""
    nouns = {node.name for path in modules(PACKAGE / "model") for node in public_classes(path)}
    named = set(re.findall(r"`([A-Z]\w+)`", DEFINED))
    assert nouns - named == SELF_EXPLANATORY
    everywhere = {node.name for path in modules() for node in public_classes(path)}
    assert named - everywhere == set()


def test_the_words_of_the_design_are_explained() -> None:
    """Terms stand in bold, each once, so that a word has one explanation."""
    terms = [
        term
        for line in re.findall(r"^- (\*\*.*?:)", DEFINED, re.MULTILINE)
        for term in re.findall(r"\*\*(.+?)\*\*", line)
    ]
    assert len(terms) > 80
    assert [term for term in terms if terms.count(term) > 1] == []


@pytest.mark.parametrize("path", modules(), ids=name)
def test_code_speaks_the_words_of_the_glossary(path: Path) -> None:
    """No docstring uses a word for which we have another."""
    assert uses(docstrings(path)) == []


@pytest.mark.parametrize("page", [page for page in pages() if name(page) not in SPEAKS_OF_WORDS], ids=name)
def test_pages_speak_the_words_of_the_glossary(page: Path) -> None:
    """Neither does a page."""
    assert uses(page.read_text(encoding="utf-8")) == []


def test_a_wrong_word_is_found() -> None:
    """The control: the words are read from the table, and found in plural, in capitals and with a hyphen."""
    assert len(forbidden()) > 10
    assert uses("The Data-Subjects saw a dry run.") == ["`data subject`: say person", "`dry run`: say plan"]
    assert uses("A multi-tenant notice, and DSARs.") == ["`DSAR`: say case, right"]


NAMED_TESTS = sorted(
    {(name(page), test) for page in pages() for test in re.findall(r"`(test_\w+)`", page.read_text(encoding="utf-8"))}
)


@pytest.mark.parametrize(("page", "test"), NAMED_TESTS)
def test_a_test_that_a_page_names_exists(page: str, test: str) -> None:
    """Where a page says which test shows something, that test, or test module, is there."""
    tests = ROOT / "tests"
    assert any(f"def {test}(" in path.read_text(encoding="utf-8") for path in modules(tests)) or any(
        path.stem == test for path in modules(tests)
    ), page

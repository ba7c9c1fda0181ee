"""The page of the law packs says what the packs say."""

import re
from pathlib import Path

import pytest

from troth.catalog import Catalog
from troth.catalog.pages import TABLES, with_tables

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "law-packs.md"


def test_the_page_is_what_the_packs_say() -> None:
    """docs/reference/law-packs.md is what `python -m troth.catalog.pages docs/reference/law-packs.md` writes."""
    text = PAGE.read_text(encoding="utf-8")
    assert with_tables(text) == text


def test_another_value_would_be_noticed() -> None:
    """A control: a page that says forty days is not the page."""
    text = PAGE.read_text(encoding="utf-8")
    spoiled = text.replace("| 45 days |", "| 40 days |")
    assert spoiled != text
    assert with_tables(spoiled) == text


def test_a_page_without_a_place_is_an_error() -> None:
    """Nothing is left out in silence."""
    for name in TABLES:
        with pytest.raises(ValueError, match=name):
            with_tables(PAGE.read_text(encoding="utf-8").replace(f"<!-- {name} -->", ""))


def test_the_page_tells_what_nobody_checked() -> None:
    """Every pack stands there with who checked it; clocks and duties have one row for each value."""
    text = PAGE.read_text(encoding="utf-8")
    for pack in Catalog.load().laws.values():
        assert re.search(rf"^\| `{pack.code}` .*\| {pack.checked} \|$", text, re.MULTILINE)
        for clock in pack.clocks:
            assert f"| `{pack.code} {clock}` |" in text
        for duty in pack.retention:
            assert f"| `{pack.code} {duty}` |" in text

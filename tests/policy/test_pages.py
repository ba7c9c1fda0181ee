"""Reference pages say what the compiler does: made from its lists, their examples compiled."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from tests.policy.little import HERE, MINI, compiled, line

from troth.catalog import Catalog
from troth.policy.compile import SECTIONS
from troth.policy.pages import problems_page, with_keys
from troth.policy.schema import json_schema

DOCS = HERE.parents[1] / "docs" / "reference"
AIRLINE = HERE.parents[1] / "examples" / "airline" / "policy"
SCHEMA = json_schema(Catalog.load())


def test_every_code_is_on_its_page() -> None:
    """docs/reference/problems.md is what `python -m troth.policy.pages docs/reference` writes."""
    assert (DOCS / "problems.md").read_text(encoding="utf-8") == problems_page()


def test_every_key_is_on_its_page() -> None:
    """docs/reference/policy.md holds the tables that the shapes give."""
    page = (DOCS / "policy.md").read_text(encoding="utf-8")
    assert with_keys(page) == page
    assert page.count("| `") > 80


def test_the_examples_of_the_page_are_a_policy(tmp_path: Path) -> None:
    """Put together in a folder, the page's examples compile without a problem."""
    page = (DOCS / "policy.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```(?:yaml|markdown)\n# (\S+)\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    for name, text in blocks:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    policy, problems = compiled(tmp_path)
    assert [line(problem) for problem in problems] == []
    assert policy is not None
    assert len(blocks) == len(SECTIONS) + 2  # and two notices


def test_every_section_file_is_a_section() -> None:
    """A file in sections/ that nobody listed would be a shape that nothing reads."""
    files = {path.stem for path in (HERE.parents[1] / "src/troth/policy/sections").glob("*.py")}
    assert files - {"__init__", "tables"} == {section.name for section in SECTIONS}


# --- The JSON Schema --------------------------------------------------------------------------------------------------


class Core(yaml.SafeLoader):
    """YAML 1.2 core types, as editors read it: `NO` and days are texts."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  # the loader's own name and type


for tag, pattern, first in (
    ("bool", "^(true|false)$", "tf"),
    ("null", "^(null|~|)$", ["n", "~", ""]),
    ("int", "^[0-9]+$", "0123456789"),
):
    Core.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), list(first))


def section_of(path: Path) -> str:
    return "stores" if path.parent.name == "stores" else path.stem


def complaints(name: str, text: str) -> list[str]:
    validator = jsonschema.Draft202012Validator(SCHEMA["$defs"][name])
    return [error.message for error in validator.iter_errors(yaml.load(text, Loader=Core))]


FILES = [*sorted(AIRLINE.rglob("*.yaml")), *sorted(MINI.rglob("*.yaml"))]


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parts[-3]}/{path.name}")
def test_what_compiles_is_valid_to_an_editor(path: Path) -> None:
    """Every file of both policies passes the schema of its section, and the schema as a whole."""
    text = path.read_text(encoding="utf-8")
    assert complaints(section_of(path), text) == []
    jsonschema.Draft202012Validator(SCHEMA).validate(yaml.load(text, Loader=Core))


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("purposes", "direct-marketing", "direct-markting"),
        ("purposes", "basis: consent", "basis: consnt"),
        ("recipients", "    role: processor\n", ""),
        ("retention", "8 years", "eight years"),
        ("choices", "version: 1", "version: one"),
        ("choices", "channels: email", "channels: letter"),
    ],
)
def test_a_mistake_is_one_to_an_editor_too(name: str, old: str, new: str) -> None:
    """Unknown and missing keys, wrong types and words of the packs are seen while typing."""
    text = (MINI / f"{name}.yaml").read_text(encoding="utf-8")
    assert old in text
    assert complaints(name, text.replace(old, new, 1)) != []


def test_the_schema_is_one() -> None:
    """It is a valid schema of its draft, and plain JSON."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA

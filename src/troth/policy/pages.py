"""The reference pages that are made from the compiler's own lists: every code, and every key of every file.

`python -m troth.policy.pages docs/reference` writes them anew; a test compares them with what stands there.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from troth.catalog import Catalog
from troth.policy.codes import CODES
from troth.policy.compile import SECTIONS
from troth.policy.schema import json_schema
from troth.policy.shapes import JsonSchema

_PROBLEMS = """# Problems of a policy

`troth check` tells every problem of a policy at once: where it stands, a code, the author's own word, a remedy, and the
law where one is behind it. An *error* keeps the policy from being used; a *warning* is told and does not stop. The
codes are stable. This page is made from `src/troth/policy/codes.py`.

| code | | what it means | what to do | law |
|---|---|---|---|---|
"""


def problems_page() -> str:
    """docs/reference/problems.md."""
    rows = (
        f"| `{code.code}` | {code.severity} | {code.means} | {code.remedy} | {code.law} |\n"
        for code in sorted(CODES.values(), key=lambda code: code.code)
    )
    return _PROBLEMS + "".join(rows).replace("…", "...")


def with_keys(page: str) -> str:
    """docs/reference/policy.md with the tables of keys between its markers written anew."""
    schema = json_schema(Catalog.load())
    for section in SECTIONS:
        begin, end = f"<!-- keys of {section.file} -->\n", "<!-- end -->"
        if begin not in page:
            raise ValueError(f"the page has no place for the keys of {section.file}")
        before, rest = page.split(begin, 1)
        page = before + begin + _keys(schema["$defs"][section.name]) + end + rest.split(end, 1)[1]
    return page


def _keys(schema: JsonSchema) -> str:
    rows = (f"| `{path}` | {kind} | {says} |\n" for path, kind, says in dict.fromkeys(_rows(schema, "")))
    return "\n| key | value | what it says |\n|---|---|---|\n" + "".join(rows) + "\n"


def _rows(schema: JsonSchema, path: str) -> Iterator[tuple[str, str, str]]:
    """Every key below a schema: its path, what it takes, what it says."""
    for one in schema.get("anyOf", []):
        yield from _rows(one, path)
    if schema.get("type") == "array":
        yield from _rows(schema["items"], path)
    for name, value in schema.get("properties", {}).items():
        here = f"{path}.{name}" if path else name
        must = ", required" if name in schema.get("required", []) else ""
        yield here, _kind(value) + must, value.get("description", "")
        yield from _rows(value, here)
    below = schema.get("additionalProperties")
    if isinstance(below, dict):
        yield from _rows(below, f"{path}.*")


def _kind(schema: JsonSchema) -> str:
    """What a value looks like, in a few words."""
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_kind(one) for one in schema["anyOf"]))
    if "enum" in schema:
        return ", ".join(f"`{str(word).lower() if isinstance(word, bool) else word}`" for word in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    kinds = {"string": "text", "integer": "number", "array": "list", "object": "mapping"}
    types = schema.get("type", "text")
    named = [kinds.get(one, one) for one in ([types] if isinstance(types, str) else types)]
    return " or ".join(named)


if __name__ == "__main__":  # pragma: no cover
    folder = Path(sys.argv[1])
    (folder / "problems.md").write_text(problems_page(), encoding="utf-8")
    policy = folder / "policy.md"
    policy.write_text(with_keys(policy.read_text(encoding="utf-8")), encoding="utf-8")

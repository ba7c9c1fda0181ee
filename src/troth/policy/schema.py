"""JSON Schema for editors, derived from the shapes that the compiler reads with: a key stands in one place.

One schema serves every YAML file of a folder: each file is recognised by its own keys. What a schema cannot say (that a
reference resolves, that two declarations agree) the compiler says.
"""

from typing import Any

from troth.catalog import Catalog
from troth.policy.compile import SECTIONS
from troth.policy.section import brought_by
from troth.policy.shapes import NAMES, JsonSchema

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(catalog: Catalog) -> JsonSchema:
    """The schema of all files; `$defs` has one entry for each section. Ids that packs bring are listed as choices."""
    brought = {kind: list(dict.fromkeys(learn())) for kind, learn in brought_by(catalog).items()}
    definitions = {section.name: _with_choices(section.shape.schema(), brought) for section in SECTIONS}
    for section in SECTIONS:
        definitions[section.name] |= {"title": section.file, "description": section.says}
    return {
        "$schema": DRAFT,
        "title": "A Troth policy folder",
        "anyOf": [{"$ref": f"#/$defs/{section.name}"} for section in SECTIONS],
        "$defs": definitions,
    }


def _with_choices(schema: Any, brought: Any) -> Any:
    """The same schema, with an enum wherever a value names something that the packs bring."""
    if isinstance(schema, list):
        return [_with_choices(item, brought) for item in schema]
    if not isinstance(schema, dict):
        return schema
    filled = {key: _with_choices(value, brought) for key, value in schema.items() if key != NAMES}
    kinds = schema.get(NAMES, [])
    if kinds and all(kind in brought for kind in kinds):
        return filled | {"enum": [name for kind in kinds for name in brought[kind]]}
    return filled

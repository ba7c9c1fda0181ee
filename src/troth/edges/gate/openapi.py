"""The OpenAPI document of the gate, made from the words of a question and the kinds of refusal.

`python -m troth.edges.gate.openapi docs/reference/gate-openapi.json` writes it where it is published.
"""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import troth
from troth.client.questions import LONGEST, WORDS
from troth.edges.gate.problems import KINDS
from troth.model.question import Operation

MOST_BYTES = 131_072
MOST_PERSONS = 1_000

_TEXT = {"type": "string", "maxLength": LONGEST}
_LIST = {"type": "array", "items": _TEXT, "maxItems": LONGEST}
_SHAPES: dict[object, dict[str, Any]] = {
    str: _TEXT,
    tuple[str, ...]: _LIST,
    frozenset[str]: _LIST,
    bool: {"type": "boolean"},
    int: {"type": "integer", "minimum": 0, "maximum": 2**31 - 1},
    Operation: {"type": "string", "enum": [each.value for each in Operation]},
}
_WHO = {
    "type": "object",
    "description": "An identifier: found by its keyed hash, and only where it was proven.",
    "properties": {"kind": {"type": "string"}, "value": {"type": "string"}},
    "required": ["kind", "value"],
    "additionalProperties": False,
}
_PERSON = {"type": "string", "description": "The person's id."}
_AT_LEAST = {
    "type": "integer",
    "minimum": 0,
    "maximum": 2**63 - 1,
    "description": "Ledger size that the facts must go up to.",
}
_REASON = {
    "type": "object",
    "properties": {
        **{name: {"type": "string"} for name in ("code", "says", "clause", "law")},
        "allows": {"type": "boolean"},
    },
    "required": ["code", "says", "clause", "law", "allows"],
}
_TABLE = {"type": "object", "additionalProperties": {"type": "string"}}
_ANSWER = {
    "type": "object",
    "properties": {
        "allowed": {"type": "boolean"},
        "reasons": {"type": "array", "items": {"$ref": "#/components/schemas/Reason"}, "minItems": 1},
        "released": {"type": "array", "items": {"type": "string"}},
        "withheld": _TABLE,
        "transforms": {**_TABLE, "description": "Released field: the only form in which it may be used."},
        "duties": {"type": "array", "items": {"type": "string"}},
        "token": {"type": "string"},
        "ledgered": {
            "type": "boolean",
            "description": "Of a release: it stands in the ledger, or is noted and will once that can be reached.",
        },
        "observed_until": {
            "type": "string",
            "format": "date",
            "description": "The gate would have said no, and only watches until the end of this day.",
        },
    },
    "required": ["allowed", "reasons", "released", "withheld", "transforms", "duties", "token"],
}
_PROBLEM = {
    "type": "object",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"enum": list(KINDS)},
        "allowed": {"const": False},
        "detail": {"type": "string"},
    },
    "required": ["type", "title", "status", "code", "allowed"],
}
_ASKING = (
    "key-missing",
    "out-of-scope",
    "too-large",
    "not-json",
    "unreadable",
    "bad-question",
    "too-many",
    "failed",
    "not-ready",
)


def document() -> dict[str, Any]:
    """The document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Troth: the gate",
            "version": troth.__version__,
            "description": "May this happen, to this person, for this purpose, now? Whatever goes wrong is a no.",
        },
        "paths": {
            "/ask": {"post": _asking("Ask about one person", "Question", "Answer")},
            "/ask/many": {"post": _asking("Ask about up to a thousand people", "Questions", "Answers")},
            "/release": {
                "post": _asking("Something leaves now: asked once more, and written down", "Leaving", "Answer")
            },
            "/health": {"get": _looking("Whether the ledger is followed", _json({"type": "object"}), ("not-ready",))},
            "/metrics": {
                "get": {
                    **_looking(
                        "Counts for a monitor",
                        {"text/plain": {"schema": {"type": "string"}}},
                        ("key-missing", "not-ready"),
                    ),
                    "security": [{"key": []}],
                }
            },
        },
        "components": {
            "schemas": {
                "Question": _question({"person": _PERSON, "who": _WHO}, one=("person", "who")),
                "Questions": _question(
                    {"persons": {"type": "array", "items": _PERSON, "minItems": 1, "maxItems": MOST_PERSONS}},
                    required=("persons",),
                ),
                "Leaving": {
                    "type": "object",
                    "properties": {"token": {"type": "string", "description": "Of an answer, an hour old at most."}},
                    "required": ["token"],
                    "additionalProperties": False,
                },
                "Answer": _ANSWER,
                "Answers": {
                    "type": "object",
                    "properties": {"answers": {"type": "array", "items": {"$ref": "#/components/schemas/Answer"}}},
                    "required": ["answers"],
                },
                "Reason": _REASON,
                "Problem": _PROBLEM,
            },
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


def _question(about: dict[str, Any], *, required: Iterable[str] = (), one: Iterable[str] = ()) -> dict[str, Any]:
    words = {name: _SHAPES[kind] for name, kind in WORDS.items()}
    words["purpose"] = {**_TEXT, "minLength": 1}
    found: dict[str, Any] = {
        "type": "object",
        "properties": {**words, **about, "at_least": _AT_LEAST},
        "required": ["operation", "purpose", *required],
        "additionalProperties": False,
    }
    if one:
        found["oneOf"] = [{"required": [name]} for name in one]
    return found


def _asking(says: str, question: str, answer: str) -> dict[str, Any]:
    return {
        "summary": says,
        "security": [{"key": []}],
        "requestBody": {"required": True, "content": _json({"$ref": f"#/components/schemas/{question}"})},
        "responses": {
            "200": {"description": "The answer", "content": _json({"$ref": f"#/components/schemas/{answer}"})},
            **_refusals(_ASKING),
        },
    }


def _looking(says: str, content: dict[str, Any], codes: Iterable[str]) -> dict[str, Any]:
    return {"summary": says, "responses": {"200": {"description": says, "content": content}, **_refusals(codes)}}


def _refusals(codes: Iterable[str]) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {str(KINDS[code].status): {"description": KINDS[code].says, "content": content} for code in codes}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def text() -> str:
    """The document as it is published."""
    return json.dumps(document(), indent=2) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(text(), encoding="utf-8")

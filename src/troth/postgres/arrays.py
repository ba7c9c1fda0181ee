"""Lists as PostgreSQL reads them: one text, of a type that the statement says (`%s::text[]`).

The driver looks for the type of every list and of its members each time; every statement here says it already.
"""

import json
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg.adapt import Dumper
from psycopg.types.json import Jsonb


class ArrayDumper(Dumper):
    """Flat lists of text, numbers, truth values, moments, bytes and `Jsonb`."""

    oid = 0

    def __init__(self, cls: type, context: Any = None) -> None:
        super().__init__(cls, context)
        self._encoding = self.connection.info.encoding if self.connection else "utf-8"

    def dump(self, obj: Any) -> bytes:
        """Raises psycopg.DataError for what has no place in an array, without quoting it."""
        text = ",".join([_member(value) for value in obj])
        if "\0" in text:
            raise psycopg.DataError("text may not hold NUL")
        return f"{{{text}}}".encode(self._encoding)


def register(connection: psycopg.Connection[Any]) -> None:
    """Let a connection send its lists like this."""
    connection.adapters.register_dumper(list, ArrayDumper)


def _member(value: object) -> str:
    match value:
        case None:
            return "NULL"
        case str():
            return _quoted(value)
        case bool():
            return "t" if value else "f"
        case int():
            return str(value)
        case bytes():
            return f'"\\\\x{value.hex()}"'
        case date() | datetime():
            return f'"{value.isoformat()}"'
        case Jsonb():
            return _quoted(json.dumps(value.obj))
        case _:
            raise psycopg.DataError(f"a list may not hold a `{type(value).__name__}`")


def _quoted(text: str) -> str:
    if "\\" in text or '"' in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'

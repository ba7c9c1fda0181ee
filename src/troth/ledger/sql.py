"""SQL in named, described files: `-- name: append_event`, comment lines that say what it does, then one statement.

`statements("events")` reads `sql/events.sql` once. A name that is missing, doubled or without a description is a
mistake of ours and stops the import, so it can never surface in the middle of a transaction.
"""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import LiteralString

_NAME = re.compile(r"^-- name: ([a-z][a-z0-9_]*)$", re.MULTILINE)


class SqlFileError(Exception):
    """A file of named statements is not well formed."""


@cache
def statements(name: str) -> Mapping[str, LiteralString]:
    """The statements of `sql/<name>.sql` by their names. Raises SqlFileError."""
    return parse((files("troth.ledger") / "sql" / f"{name}.sql").read_text(encoding="utf-8"), name)


def parse(text: str, where: str) -> Mapping[str, LiteralString]:
    """The named statements of one text. Raises SqlFileError, naming `where`."""
    head, *pairs = _NAME.split(text)
    if any(line and not line.startswith("--") for line in head.splitlines()):
        raise SqlFileError(f"{where}: a statement stands before the first `-- name:` line")
    found: dict[str, LiteralString] = {}
    for name, block in zip(pairs[::2], pairs[1::2], strict=True):
        lines = block.strip().splitlines()
        words = [line for line in lines if line.startswith("--")]
        body = "\n".join(line for line in lines if not line.startswith("--")).strip().removesuffix(";")
        if name in found:
            raise SqlFileError(f"{where}: `{name}` is there twice")
        if not words or not body:
            raise SqlFileError(f"{where}: `{name}` needs a line that says what it does, and a statement")
        found[name] = body  # read from our own package, never from input
    return MappingProxyType(found)

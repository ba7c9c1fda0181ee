"""Values between database and walk: one canonical form, so that a key read here is a key found there.

Nothing here knows an engine. A canonical value is an int, a str, or None for an empty one (NULL).
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar

from troth.model.sight import Key, Scalar

T = TypeVar("T")

INTEGER_WORDS = ("smallint", "integer", "bigint", "int", "tinyint", "mediumint", "year", "serial", "bigserial")
TEXT_WORDS = ("character varying", "varchar", "text", "character", "char", "bpchar", "citext", "clob", "string", "name")
"""A cast to text, as PostgreSQL prints it in an expression."""
UNSENDABLE = re.compile("[\x00\ud800-\udfff]")
BATCH = 1000
"""Keys in one statement: bounds its size, its memory and the time between two looks at the clock."""


def canonical(value: Any) -> Scalar | None:
    """Give a driver's value the form in which keys travel. Bytes become hexadecimal text, dates ISO text."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return value
    if isinstance(value, Decimal | float):
        return int(value) if value == value // 1 else str(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bytes | bytearray | memoryview):
        return "\\x" + bytes(value).hex()
    return str(value)


def as_date(value: Scalar | None) -> date | None:
    """The day a canonical date or timestamp names; None where it names none."""
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def equals_text(value: Scalar | None, wanted: str) -> bool:
    """Whether a column value is the one a declaration writes as text (`when`, `retain when`)."""
    if value is None:
        return False
    text = str(value)
    return text == wanted or (wanted.lower(), text) in {("true", "1"), ("false", "0")}


@cache
def base_type(declared: str) -> str:
    """The type word without length, collation and sign: `varchar(20) collate x` is `varchar`."""
    word = re.sub(r"\s*\([^)]*\)", "", declared.lower())
    return re.sub(r"\s+(collate|character set|charset|unsigned|zerofill).*$", "", word).strip()


@cache
def is_integer(declared: str) -> bool:
    """Whether the type holds whole numbers only."""
    return base_type(declared) in INTEGER_WORDS


@cache
def is_text(declared: str) -> bool:
    """Whether the type holds text."""
    word = base_type(declared)
    return word in TEXT_WORDS or word.endswith("text")


def order_of(key: Key) -> tuple[tuple[bool, Scalar], ...]:
    """The one order in which rows are locked and printed: by table elsewhere, by key here."""
    return tuple([(isinstance(part, str), part) for part in key])


def sendable(value: str) -> bool:
    """Whether text can stand in a database at all. A NUL or half a character pair matches nothing; it is no error."""
    return UNSENDABLE.search(value) is None


def batches(items: Sequence[T], size: int = BATCH) -> Iterator[Sequence[T]]:
    """Cut a list into bounded pieces, in order."""
    for start in range(0, len(items), size):
        yield items[start : start + size]

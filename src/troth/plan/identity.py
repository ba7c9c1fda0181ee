"""What makes a plan this plan: its canonical bytes, their hash, and the round trip through text.

The hash is what is signed, what makes a repeated apply harmless, and what a receipt names. An edit makes another hash.
"""

import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from hashlib import sha256
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from troth.model.plan import Plan


def canonical(plan: Plan) -> bytes:
    """The bytes that are hashed and stored: JSON in ASCII, names in order, no spaces, every field present."""
    return json.dumps(plan, default=_plain, sort_keys=True, separators=(",", ":")).encode()


def plan_hash(plan: Plan) -> str:
    """sha256 of the canonical bytes, 64 hex digits."""
    return sha256(canonical(plan)).hexdigest()


def dump(plan: Plan) -> str:
    """A plan as text, to be stored or shown to a machine."""
    return canonical(plan).decode()


def load(text: str) -> Plan:
    """The plan that `dump` wrote. Raises ValueError, without quoting the text, when it is not one."""
    try:
        loaded = _reader(Plan)(json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise ValueError("this is not the text of a plan") from None
    if not isinstance(loaded, Plan) or dump(loaded) != text:
        raise ValueError("this is not the text of a plan as it was written")
    return loaded


def _plain(value: Any) -> Any:
    """What JSON has no form for: the fields of a dataclass, the text of a day. The rest it writes by itself."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError("this does not occur in plans")


Read = Callable[[Any], Any]


@cache
def _reader(kind: Any) -> Read:
    """Makes the value that a type's fields describe out of what JSON holds; only the shapes that occur in plans."""
    if get_origin(kind) in {Union, UnionType}:
        return _reader_of_union(get_args(kind))
    if get_origin(kind) is tuple:
        read = _reader(get_args(kind)[0])
        return tuple if read is _as_it_is else lambda value: tuple(map(read, value))
    if is_dataclass(kind) and isinstance(kind, type):
        readers = {name: _reader(hint) for name, hint in get_type_hints(kind).items()}
        return lambda value: kind(**{name: readers[name](item) for name, item in value.items()})
    if kind in {datetime, date}:
        return kind.fromisoformat  # type: ignore[no-any-return]  # one of the two
    return kind if isinstance(kind, type) and issubclass(kind, Enum) else _as_it_is


def _reader_of_union(kinds: tuple[Any, ...]) -> Read:
    other = [kind for kind in kinds if kind is not type(None)]
    read = _reader(other[0]) if len(other) == 1 else _as_it_is
    return _as_it_is if read is _as_it_is else lambda value: None if value is None else read(value)


def _as_it_is(value: Any) -> Any:
    return value

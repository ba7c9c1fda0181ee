"""What makes a plan this plan: its canonical bytes, their hash, and the round trip through text.

The hash is what is signed, what makes a repeated apply harmless, and what a receipt names. An edit makes another hash.
"""

import json
from collections.abc import Mapping
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
    return json.dumps(_plain(plan), sort_keys=True, separators=(",", ":")).encode()


def plan_hash(plan: Plan) -> str:
    """sha256 of the canonical bytes, 64 hex digits."""
    return sha256(canonical(plan)).hexdigest()


def dump(plan: Plan) -> str:
    """A plan as text, to be stored or shown to a machine."""
    return canonical(plan).decode()


def load(text: str) -> Plan:
    """The plan that `dump` wrote. Raises ValueError, without quoting the text, when it is not one."""
    try:
        loaded = _typed(Plan, json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise ValueError("this is not the text of a plan") from None
    if not isinstance(loaded, Plan) or dump(loaded) != text:
        raise ValueError("this is not the text of a plan as it was written")
    return loaded


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def _typed(kind: Any, value: Any) -> Any:
    """The value that a type's fields describe; only the shapes that occur in plans."""
    if get_origin(kind) in {Union, UnionType}:
        return _of_union(get_args(kind), value)
    if get_origin(kind) is tuple:
        return tuple(_typed(get_args(kind)[0], item) for item in value)
    if is_dataclass(kind) and isinstance(kind, type):
        hints = _hints(kind)
        known: Mapping[str, Any] = {name: _typed(hints[name], item) for name, item in value.items()}
        return kind(**known)
    if kind in {datetime, date}:
        return kind.fromisoformat(value)
    return kind(value) if isinstance(kind, type) and issubclass(kind, Enum) else value


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind)


def _of_union(kinds: tuple[Any, ...], value: Any) -> Any:
    if value is None:
        return None
    other = [kind for kind in kinds if kind is not type(None)]
    return _typed(other[0], value) if len(other) == 1 else value

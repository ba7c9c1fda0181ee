"""One spelling for one value: canonical JSON, and the bytes of a leaf.

The spelling is RFC 8785 for the values that are allowed: text, whole numbers up to 2**53 - 1, true, false, null, lists,
and objects with text keys. Floats, dates and everything else are refused rather than guessed at, so that a hash made
here is the hash that anybody else makes of the same value, in any language.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from troth.ledger.errors import CanonicalError
from troth.ledger.merkle import HASH_BYTES

MAX_NUMBER = 2**53 - 1
"""The largest whole number that every JSON reader keeps exact (RFC 8785, 3.2.2.3)."""
MAX_DEPTH = 64


def canonical(value: object) -> bytes:
    """The one UTF-8 spelling of `value`; CanonicalError names the place of what has none, never the value itself."""
    ordered = _ordered(value, "$", MAX_DEPTH)
    return json.dumps(ordered, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def content_hash(value: object) -> str:
    """sha256 (hex) of the canonical spelling."""
    return sha256(canonical(value)).hexdigest()


def leaf_bytes(envelope: Mapping[str, Any], commitments: Sequence[bytes]) -> bytes:
    """What the tree commits to for one event: the envelope in canonical JSON, then each slot's commitment, in order.

    A JSON object ends where it ends, so envelope and commitments cannot be cut differently. Hash it with
    `merkle.leaf_hash`.
    """
    for commitment in commitments:
        if len(commitment) != HASH_BYTES:
            raise CanonicalError(
                "bad-commitment",
                f"a slot commitment has {HASH_BYTES} bytes, this one {len(commitment)}",
                "give what `seal.commitment` returned",
            )
    return canonical(dict(envelope)) + b"".join(commitments)


def _ordered(value: object, at: str, depth: int) -> object:
    """The value with its keys in RFC 8785 order (UTF-16 code units), every part checked."""
    if depth == 0:
        raise _refused(at, f"it is nested deeper than {MAX_DEPTH}")
    kind = type(value)
    if value is None or kind is bool:
        return value
    if isinstance(value, str) and kind is str:
        return _text(value, at)
    if isinstance(value, int) and kind is int:
        if abs(value) > MAX_NUMBER:
            raise _refused(at, "its number is too large to be exact everywhere")
        return value
    if isinstance(value, list):
        return [_ordered(each, f"{at}[{number}]", depth - 1) for number, each in enumerate(value)]
    if isinstance(value, dict):
        return {key: _ordered(value[key], f"{at}.{key}", depth - 1) for key in _keys(value, at)}
    raise _refused(at, f"it is a {kind.__name__}")


def _keys(value: dict[object, object], at: str) -> list[str]:
    keys = [_text(key, at) for key in value if type(key) is str]
    if len(keys) != len(value):
        raise _refused(at, "a key is not text")
    return sorted(keys, key=lambda key: key.encode("utf-16-be"))


def _text(value: str, at: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _refused(at, "its text is broken (a lone surrogate)") from None
    return value


def _refused(at: str, why: str) -> CanonicalError:
    return CanonicalError(
        "no-canonical-form",
        f"the value at `{at}` has no canonical form: {why}",
        "write it as text or a whole number (a date as `2026-03-01`, an amount in cents)",
    )

"""The fingerprint of a sight: what a plan stands on, in one line of hexadecimal. The same for every engine."""

import hashlib
import json
from collections.abc import Mapping, Set

from troth.model.sight import Key, SeenRow, SeenTable

_line = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""One row as it is hashed."""


def _among_own(row: SeenRow, alone: Set[tuple[str, Key]]) -> list[tuple[object, ...]]:
    """Pointers from one row of the person alone to another: no neighbour moves them, so a plan may stand on them."""
    if row.root is not None:
        return []
    pointers = (found for found in row.refers or () if (found.table, found.key) in alone)
    return sorted((found.columns, found.table, found.key) for found in pointers)


def fingerprint(tables: Mapping[str, SeenTable]) -> str:
    """sha256 (hex) over everything a plan stands on; not over other people's presence."""
    alone = {(name, row.key) for name, table in tables.items() for row in table.entering if row.root is None}
    lines = [
        _line(
            [
                name,
                row.key,
                row.reach.value,
                row.by,
                row.root,
                row.own_claims,
                row.matched,
                row.clock.isoformat() if row.clock else None,
                row.retained,
                _among_own(row, alone),
            ]
        )
        for name, table in tables.items()
        for row in table.rows
    ]
    return hashlib.sha256("\n".join(sorted(lines)).encode("utf-8", "surrogatepass")).hexdigest()

"""The fingerprint of a sight: what a plan stands on, in one line of hexadecimal. The same for every engine."""

import hashlib
import json
from collections.abc import Mapping, Set

from troth.model.sight import Key, SeenRow, SeenTable


def _among_own(row: SeenRow, alone: Set[tuple[str, Key]]) -> list[list[object]]:
    """Pointers from one row of the person alone to another: no neighbour moves them, so a plan may stand on them."""
    if row.root is not None:
        return []
    pointers = (found for found in row.refers or () if (found.table, found.key) in alone)
    return sorted([list(found.columns), found.table, list(found.key)] for found in pointers)


def fingerprint(tables: Mapping[str, SeenTable]) -> str:
    """sha256 (hex) over everything a plan stands on; not over other people's presence."""
    alone = {(name, row.key) for name, table in tables.items() for row in table.entering if row.root is None}
    lines = [
        json.dumps(
            [
                name,
                list(row.key),
                row.reach.value,
                row.by,
                list(row.root) if row.root is not None else None,
                list(row.own_claims),
                list(row.matched),
                row.clock.isoformat() if row.clock else None,
                row.retained,
                _among_own(row, alone),
            ],
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for name, table in tables.items()
        for row in table.rows
    ]
    return hashlib.sha256("\n".join(sorted(lines)).encode("utf-8", "surrogatepass")).hexdigest()

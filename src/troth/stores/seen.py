"""The fingerprint of a sight: what a plan stands on, in one line of hexadecimal. The same for every engine."""

import hashlib
import json
from collections.abc import Mapping

from troth.model.sight import SeenTable


def fingerprint(tables: Mapping[str, SeenTable]) -> str:
    """sha256 (hex) over everything a plan stands on; not over other people's presence."""
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
            ],
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for name, table in tables.items()
        for row in table.rows
    ]
    return hashlib.sha256("\n".join(sorted(lines)).encode("utf-8", "surrogatepass")).hexdigest()

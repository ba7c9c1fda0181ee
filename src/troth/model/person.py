"""Who somebody is: a random id, and identifiers tied to it by events that can be taken back."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from troth.model.personal import Personal

_NEEDS_QUOTES = re.compile(r'[",\x00-\x1f]|^\s|\s$|^$')

ROW = "row"
"""The identifier kind of a decision about one row: "this row is theirs", said by a person of the privacy office."""
NOT_ROW = "not-row"
"""The opposite decision: "this row is not theirs". It keeps a hinted row out of later plans."""


@dataclass(frozen=True)
class Identifier:
    """One value that can say who somebody is, in the normal form of its kind.

    `proven` means: unique to this person, and verified at its source. A proven value that meets a column that `proves`
    brings the row in; every other meeting is a hint.
    """

    kind: str
    value: Personal[str]
    proven: bool
    origin: str
    """Where we have it from: `request`, `link`, or `store.table.column` of an own row."""


def row_name(store: str, table: str, key: Iterable[object]) -> str:
    """The name of one row in a decision: `store.table(key, key)`; parts with a comma or a quote stand in quotes."""
    parts = (str(part) for part in key)
    return f"{store}.{table}({', '.join(_quoted(part) if _NEEDS_QUOTES.search(part) else part for part in parts)})"


def _quoted(part: str) -> str:
    return '"' + part.replace('"', '""') + '"'

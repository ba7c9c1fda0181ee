"""Whether a row that stands under the key of an erased one is that row: databases give keys out again.

Before a row is erased, a keyed hash of who it was is kept beside the hash of its place, and after an order that left
it there, written over, one of who it is then. A replay erases what is one of these. Anything else under the same key
waits for a person: it may be somebody else's row, or the same one, changed after the backup was made.
"""

import json
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from troth.desk.house import House
from troth.model.datamap import TableMap
from troth.model.personal import Personal
from troth.model.plan import Effect, Ground, Order, Verb
from troth.model.schema import ROW_ID
from troth.model.sight import Key

Who = tuple[str, str, Key, Personal[str]]
"""Store, table, key, and the values that tell the row apart, as one text."""


def who_they_are(house: House, order: Order, *, after: bool = False) -> list[Who]:
    """Who the rows are that an order erases or writes over, as far as they are there; `after` it, those that stay.

    Raises StoreError.
    """
    if house.stores[order.store].asynchronous:  # it keeps no rows of its own that a replay could go through
        return []
    lines = [e for e in order.effects if e.verb in (Verb.DELETE, Verb.MASK)]
    if after:
        lines = [e for e in lines if e.verb is Verb.MASK or e.shared]
    return list(_who(house, order.store, [(e.table, e.key_columns, e.rows) for e in lines]))


def other_rows(house: House, store: str, table: str, keys: Collection[Key]) -> frozenset[Key]:
    """Those of the keys of erased rows under which another row stands by now. Raises StoreError."""
    shape = house.stores[store].describe().tables[table]
    columns = house.policy.stores[store].tables[table].key or shape.primary_key or (ROW_ID,)
    now = list(_who(house, store, [(table, columns, tuple(keys))]))
    with house.unit() as unit:
        same = unit.hashes.same_rows(now)
    return frozenset(row[2] for row, known in zip(now, same, strict=True) if not known)


def _who(house: House, store: str, lines: Sequence[tuple[str, tuple[str, ...], tuple[Key, ...]]]) -> Iterator[Who]:
    telling = {table: _telling(house.policy.stores[store].tables[table]) for table, _, _ in lines}
    reads = [_read(store, table, key_columns, telling[table], keys) for table, key_columns, keys in lines if keys]
    for row in house.stores[store].read(reads) if reads else ():
        yield store, row.table, row.key, _as_text([row.values[column] for column in telling[row.table]])


def _telling(table: TableMap) -> tuple[str, ...]:
    """Columns by which a row is told from another one under its key: everything personal, whose it is, and its date.

    Identifiers alone would not do: who comes back has them again, and may be given the same key.
    """
    identifying = {i.column for i in table.identifiers}
    personal = {name for name, column in table.columns.items() if column.element}
    claims = {c for claim in (*table.claims, *((table.shared,) if table.shared else ())) for c in claim.columns}
    clock = {table.clock} if table.clock else set()
    return (*sorted(identifying), *sorted((personal | claims | clock) - identifying))


def _read(
    store: str, table: str, key_columns: tuple[str, ...], columns: tuple[str, ...], keys: tuple[Key, ...]
) -> Effect:
    why = Ground("told-apart", "to know the row again")
    return Effect(0, store, table, Verb.READ, keys, key_columns, (), why, columns=columns)


def _as_text(values: Sequence[Personal[Any]]) -> Personal[str]:
    return Personal(json.dumps([_plain(value.reveal()) for value in values], ensure_ascii=False))


def _plain(value: object) -> object:
    match value:
        case None | bool() | int() | str():
            return value
        case date() | datetime():
            return value.isoformat()
        case bytes() | bytearray() | memoryview():
            return bytes(value).hex()
        case _:
            return str(value)

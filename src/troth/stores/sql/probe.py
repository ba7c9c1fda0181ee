"""Self-check of an SQL store for `doctor`: what is wrong, and the statement that repairs it. Changes nothing."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

from troth.model.datamap import StoreMap
from troth.model.schema import Schema
from troth.ports.store import StoreError
from troth.stores.sql.act import MARK
from troth.stores.sql.dialect import Dialect
from troth.stores.sql.lines import Lines

Finding = tuple[str, str, str]


def probe(
    store_map: StoreMap,
    dialect: Dialect,
    *,
    look: Lines,
    act: Lines | None,
    guarded: Callable[[], AbstractContextManager[None]],
    schema: Callable[[], Schema],
) -> list[Finding]:
    """Everything that would stop a look or an act, as (code, what is wrong, repair)."""
    found: list[Finding] = []
    for lines, check in ((look, _look), (act, _act)):
        if lines is None:
            continue
        try:
            with guarded(), lines.line() as connection:
                found += check(store_map, dialect, connection, schema())
        except StoreError as error:
            found.append((error.code, error.message, error.remedy))
    return list(dict.fromkeys(found))


def _present(store_map: StoreMap, schema: Schema) -> Iterator[str]:
    return (name for name, table in store_map.tables.items() if table.personal and name in schema.tables)


def _look(store_map: StoreMap, dialect: Dialect, connection: Any, schema: Schema) -> Iterator[Finding]:
    for name, table in store_map.tables.items():
        if name not in schema.tables:
            yield "unknown-table", f"table `{name}` is declared and does not exist", f"correct {table.place}"
    writable = [name for name in _present(store_map, schema) if dialect.can_write(connection, name)]
    if writable:
        tables = ", ".join(dialect.table(name) for name in writable)
        yield (
            "look-can-write",
            f"the `look` credential may change {len(writable)} tables, `{writable[0]}` among them",
            dialect.revoke.format(tables=tables),
        )


def _act(store_map: StoreMap, dialect: Dialect, connection: Any, schema: Schema) -> Iterator[Finding]:
    for name in _present(store_map, schema):
        if not dialect.can_write(connection, name):
            yield (
                "act-cannot-write",
                f"the `act` credential may not update and delete in `{name}`",
                dialect.grant.format(table=dialect.table(name)),
            )
    if store_map.marks and MARK not in schema.tables:
        yield (
            "no-mark-table",
            f"`marks` is declared and the store has no table `{MARK}`",
            dialect.mark_table.format(table=dialect.table(MARK)),
        )

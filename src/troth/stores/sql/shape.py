"""The data map laid over the real schema: keys, types and edges resolved, every declared name found or refused.

Made once for a store and reused. Knows no person and sends no statement.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

from troth.model.datamap import Claim, StoreMap, TableMap
from troth.model.schema import ROW_ID, Schema, Table
from troth.ports.store import StoreError


@dataclass(frozen=True)
class Edge:
    """A claim or a tie, resolved: these columns of the child hold those columns of the parent."""

    child: str
    parent: str
    columns: tuple[str, ...]
    parent_columns: tuple[str, ...]
    when: tuple[tuple[str, str], ...]
    number: int
    """Position among the child's claims; -1 for a tie."""
    parent_may_hang: bool = False
    """Whether rows of the parent can belong to several people; a claim on any other table is a claim of one's own."""


@dataclass(frozen=True)
class TableShape:
    """One mapped table."""

    map: TableMap
    schema: Table
    key: tuple[str, ...]
    key_is_unique: bool
    claims: tuple[Edge, ...]
    tie: Edge | None
    needed: tuple[str, ...]
    """Columns the walk reads: keys, identifiers, edges on both ends, `when`, `retain when`, clock."""
    may_hang: bool
    """Whether its rows can belong to people through a shared row: it is shared, or claims something that may hang."""
    is_shared: bool
    """Whether its rows belong to everybody tied to them."""

    def type_of(self, column: str) -> str:
        """The engine's type word of a column; a row number is an integer."""
        found = self.schema.columns.get(column)
        return found.type if found is not None else "bigint"


@dataclass(frozen=True)
class Shape:
    """One store."""

    store: str
    tables: Mapping[str, TableShape]
    down: Mapping[str, tuple[Edge, ...]]
    """Claims by the table they point at."""
    ties: Mapping[str, tuple[Edge, ...]]
    """Ties by the shared table they point at."""
    schema: Schema


def lay(store_map: StoreMap, schema: Schema, *, row_ids: bool) -> Shape:
    """Resolve a store's map. Raises StoreError: `unknown-table`, `unknown-column`, `no-key`, `key-length`."""
    personal = {name: table for name, table in store_map.tables.items() if table.personal}
    keys = {name: _key(store_map, table, schema, row_ids=row_ids) for name, table in personal.items()}
    edges = [
        _edge(store_map.name, table, claim, number, keys)
        for table in personal.values()
        for number, claim in [*enumerate(table.claims), *([(-1, table.shared)] if table.shared else [])]
    ]
    hanging = _may_hang(edges)
    edges = [replace(edge, parent_may_hang=edge.parent in hanging) for edge in edges]
    down: defaultdict[str, list[Edge]] = defaultdict(list)
    ties: defaultdict[str, list[Edge]] = defaultdict(list)
    for edge in edges:
        (ties if edge.number < 0 else down)[edge.parent].append(edge)
    tables = {
        name: _table(table, schema, keys[name], edges, may_hang=name in hanging) for name, table in personal.items()
    }
    shape = Shape(
        store_map.name, tables, {k: tuple(v) for k, v in down.items()}, {k: tuple(v) for k, v in ties.items()}, schema
    )
    _refuse_unknown_columns(shape, row_ids=row_ids)
    return shape


def _key(store_map: StoreMap, table: TableMap, schema: Schema, *, row_ids: bool) -> tuple[str, ...]:
    found = schema.tables.get(table.name)
    if found is None:
        raise StoreError(
            store_map.name,
            "unknown-table",
            f"table `{table.name}` is declared and does not exist ({table.place})",
            "correct its name in the data map, or the schema the store names",
        )
    key = table.key or found.primary_key or ((ROW_ID,) if row_ids else ())
    if not key:
        raise StoreError(
            store_map.name,
            "no-key",
            f"table `{table.name}` has no primary key, and the data map declares no `key` ({table.place})",
            "declare under `key` the columns that tell its rows apart",
        )
    return key


def _edge(store: str, table: TableMap, claim: Claim, number: int, keys: Mapping[str, tuple[str, ...]]) -> Edge:
    if claim.parent not in keys:
        raise StoreError(
            store,
            "unknown-table",
            f"`{table.name}` points at `{claim.parent}`, which is not a personal table of this store ({claim.place})",
            "declare that table, or correct the name",
        )
    parent_columns = claim.parent_columns or keys[claim.parent]
    if len(parent_columns) != len(claim.columns):
        raise StoreError(
            store,
            "key-length",
            f"`{table.name}` points at `{claim.parent}` with {len(claim.columns)} columns; its key has"
            f" {len(parent_columns)} ({claim.place})",
            f"name one column for each of: {', '.join(parent_columns)}",
        )
    return Edge(table.name, claim.parent, claim.columns, parent_columns, claim.when, number)


def _may_hang(edges: list[Edge]) -> set[str]:
    hanging = {edge.parent for edge in edges if edge.number < 0}
    while more := {e.child for e in edges if e.number >= 0 and e.parent in hanging} - hanging:
        hanging |= more
    return hanging


def _table(table: TableMap, schema: Schema, key: tuple[str, ...], edges: list[Edge], *, may_hang: bool) -> TableShape:
    facts = schema.tables[table.name]
    mine = [edge for edge in edges if edge.child == table.name]
    needed = [
        *key,
        *(found.column for found in table.identifiers),
        *(column for edge in mine for column in (*edge.columns, *(name for name, _ in edge.when))),
        *(column for edge in edges if edge.parent == table.name for column in edge.parent_columns),
        *(column for fk in facts.foreign_keys if fk.parent in schema.tables for column in fk.columns),
        *(column for _, fk in schema.children_of(table.name) for column in fk.parent_columns),
        *(name for name, _ in table.retain_when),
        *([table.clock] if table.clock else []),
    ]
    unique = [set(facts.primary_key), *(set(columns) for columns in facts.unique), {ROW_ID}]
    return TableShape(
        map=table,
        schema=facts,
        key=key,
        key_is_unique=any(columns and columns <= set(key) for columns in unique),
        claims=tuple(sorted((e for e in mine if e.number >= 0), key=lambda e: e.number)),
        tie=next((e for e in mine if e.number < 0), None),
        needed=tuple(dict.fromkeys(needed)),
        may_hang=may_hang,
        is_shared=any(edge.number < 0 and edge.parent == table.name for edge in edges),
    )


def _refuse_unknown_columns(shape: Shape, *, row_ids: bool) -> None:
    for name, table in shape.tables.items():
        for column in table.needed:
            if column not in table.schema.columns and not (row_ids and column == ROW_ID):
                raise StoreError(
                    shape.store,
                    "unknown-column",
                    f"column `{name}.{column}` is declared and does not exist ({table.map.place})",
                    f"the table has: {', '.join(table.schema.columns)}",
                )

"""One store as the planner sees it: its map, its schema and what was seen there, with the questions asked of them.

Only facts and their combination; what becomes of a row is decided in `fates`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from troth.model.datamap import Claim, ColumnMap, StoreMap, TableMap
from troth.model.policy import Policy
from troth.model.schema import ForeignKey, Schema, Table
from troth.model.sight import Key, SeenRow, SeenTable, Sight
from troth.plan.shared import naming

RowId = tuple[str, Key]
"""Table and key: names one row of a store."""


@dataclass(frozen=True)
class View:
    """One store of one plan."""

    policy: Policy
    store: StoreMap
    schema: Schema
    sight: Sight

    @cached_property
    def rows(self) -> Mapping[RowId, SeenRow]:
        """Rows that enter the plan, in the order of the data map and then as seen."""
        return {(seen.table, row.key): row for seen in self.tables() for row in seen.entering}

    def tables(self) -> Iterator[SeenTable]:
        """Seen tables in the order in which the policy declares them."""
        return (self.sight.tables[name] for name in self.store.tables if name in self.sight.tables)

    def map_of(self, table: str) -> TableMap:
        """The declaration of a table that was seen."""
        return self.store.tables[table]

    def shape(self, table: str) -> Table | None:
        """The table as the database describes it; None where the store describes none (a work order)."""
        return self.schema.tables.get(table)

    def key_columns(self, table: str) -> tuple[str, ...]:
        """Columns that tell the rows of a table apart: as seen, as declared, or the primary key."""
        if table in self.sight.tables:
            return self.sight.tables[table].key_columns
        shape = self.shape(table)
        return self.store.tables[table].key or (shape.primary_key if shape else ())

    def nullable(self, table: str, column: str) -> bool:
        """Whether NULL may be written; a column that no schema describes is taken to allow it."""
        shape = self.shape(table)
        return shape is None or column not in shape.columns or shape.columns[column].nullable

    def foreign_keys(self, table: str) -> tuple[ForeignKey, ...]:
        """The keys of a table that point at others."""
        shape = self.shape(table)
        return shape.foreign_keys if shape else ()

    def cuttable(self, table: str, columns: tuple[str, ...]) -> tuple[str, ...]:
        """Those of the pointing columns that may be set to NULL. One is enough to let the row behind them go."""
        key = self.key_columns(table)
        return tuple(c for c in columns if c not in key and self.nullable(table, c))

    def personal_columns(self, table: str) -> Iterator[tuple[str, ColumnMap]]:
        """Columns that hold something about people, with their declaration; an identifier needs no element."""
        declared = self.store.tables[table]
        identifiers = {i.column: i for i in declared.identifiers}
        for column, found in declared.columns.items():
            if found.element or column in identifiers:
                yield column, found
        for column, identifier in identifiers.items():
            if column not in declared.columns:
                yield column, ColumnMap(column, identifier.place, element=identifier.kind)

    def element(self, table: str, column: str) -> str:
        """What a column holds: its element, or the kind of identifier; empty when it is not personal."""
        declared = self.store.tables[table]
        found = declared.columns.get(column)
        if found and found.element:
            return found.element
        return next((i.kind for i in declared.identifiers if i.column == column), "")

    def own_on_shared(self, table: str, row: SeenRow, column: ColumnMap) -> bool:
        """Whether a value on a shared row is this person's own: matched by name, or of a claim they hold."""
        if any(i.column == column.column for i in self.store.tables[table].identifiers):
            return column.column in row.matched
        return bool(column.whose) and column.whose in row.own_claims

    def of_another(self, table: str, row: SeenRow, column: ColumnMap) -> bool:
        """Whether a value on a shared row belongs to somebody else, or cannot be told to be this person's."""
        if row.root is None or self.own_on_shared(table, row, column):
            return False
        identifier = any(i.column == column.column for i in self.store.tables[table].identifiers)
        return identifier or bool(column.whose) or self.element(table, column.column) in self._telling

    @cached_property
    def _telling(self) -> frozenset[str]:
        """Elements that can say who somebody is: somewhere a column of theirs is an identifier."""
        return naming(self.policy.stores)

    def own_claims(self, table: str, row: SeenRow) -> Iterator[Claim]:
        """The claims of a shared row that this person holds."""
        return (claim for claim in self.store.tables[table].claims if claim.parent in row.own_claims)

    def others(self, row: SeenRow) -> int:
        """How many others share the root of a row now."""
        if row.root is None:
            return 0
        root = self.rows.get((row.root_table, row.root))
        return max(row.others, root.others if root else 0)

    def targets(self, row_id: RowId, pointer: ForeignKey | Claim) -> "Targets":
        """Rows of the plan that a row may point at.

        Exact where the store says where it leads, or the pointing columns are part of the row's own key, or lead to the
        root it hangs under, or are a claim. Otherwise every row of the parent that was seen: rather one too many than
        one too few.
        """
        table, row = row_id[0], self.rows[row_id]
        if row.refers is not None and isinstance(pointer, ForeignKey):
            leads = [(p.table, p.key) for p in row.refers if p.columns == pointer.columns and p.table == pointer.parent]
            return Targets(tuple(target for target in leads if target in self.rows), exact=True)
        candidates = self._by_table.get(pointer.parent, ())
        if not candidates:
            return Targets((), exact=True)
        if (found := self._by_key(row_id, pointer)) is not None:
            return Targets(found, exact=True)
        claim = next((c for c in self.store.tables[table].claims if _same(c, pointer)), None)
        if row.root is not None and claim is not None and claim.parent != row.root_table:
            return Targets(candidates if claim.parent in row.own_claims else (), exact=True)
        if row.root is not None and table != pointer.parent == row.root_table:
            return Targets(tuple(c for c in candidates if c[1] == row.root), exact=True)
        return Targets(candidates, exact=claim is not None and row.root is None)

    def _by_key(self, row_id: RowId, pointer: ForeignKey | Claim) -> tuple[RowId, ...] | None:
        own = dict(zip(self.key_columns(row_id[0]), row_id[1], strict=True))
        parent_key = self.key_columns(pointer.parent)
        parent_columns = pointer.parent_columns or parent_key
        if not (set(pointer.columns) <= set(own) and set(parent_columns) == set(parent_key)):
            return None
        wanted = dict(zip(parent_columns, (own[c] for c in pointer.columns), strict=True))
        target = (pointer.parent, tuple(wanted[c] for c in parent_key))
        return (target,) if target in self.rows else ()

    @cached_property
    def _by_table(self) -> Mapping[str, tuple[RowId, ...]]:
        grouped: dict[str, list[RowId]] = {}
        for row_id in self.rows:
            grouped.setdefault(row_id[0], []).append(row_id)
        return {table: tuple(ids) for table, ids in grouped.items()}


def views_of(policy: Policy, sights: Mapping[str, Sight], schemas: Mapping[str, Schema]) -> list[View]:
    """The stores that were seen, in the order of the policy. A work order has an empty schema."""
    return [
        View(policy, store, schemas.get(name) or Schema(name, store.engine, {}), sights[name])
        for name, store in policy.stores.items()
        if name in sights
    ]


@dataclass(frozen=True)
class Targets:
    """Where a pointer leads, and whether that is known or only possible."""

    rows: tuple[RowId, ...]
    exact: bool


def _same(claim: Claim, pointer: ForeignKey | Claim) -> bool:
    return claim.columns == pointer.columns and claim.parent == pointer.parent

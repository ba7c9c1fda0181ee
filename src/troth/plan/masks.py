"""What is written over values when a row stays: declared masks first, a unique text where NULL is forbidden.

Whether the database will take it is judged in `preflight`, so that an impossible mask is said and never hidden.
"""

from collections.abc import Callable, Iterator

from troth.model.datamap import ColumnMap
from troth.model.plan import Assign
from troth.model.schema import Column
from troth.model.sight import SeenRow
from troth.plan.view import View

FALLBACK = "erased-{token}"
TEXTUAL = ("char", "text", "clob", "string")


def textual(column: Column) -> bool:
    """Whether a column takes any text."""
    return any(word in column.type.lower() for word in TEXTUAL)


def mask(view: View, table: str, column: ColumnMap) -> Assign:
    """What one column gets. Without a declared mask: NULL, or where that is forbidden a text unique to the row."""
    shape = view.shape(table)
    real = shape.columns.get(column.column) if shape else None
    if column.mask is not None or column.mask_declared or real is None or real.nullable or not textual(real):
        return Assign(column.column, column.mask)
    return Assign(column.column, FALLBACK)


def maskable(view: View, table: str) -> Iterator[ColumnMap]:
    """Personal columns that can be written: not the key, not a pointer, not computed by the database."""
    shape = view.shape(table)
    pointers = {c for fk in view.foreign_keys(table) for c in fk.columns}
    for name, column in view.personal_columns(table):
        generated = shape is not None and name in shape.columns and shape.columns[name].generated
        if name not in view.key_columns(table) and name not in pointers and not generated:
            yield column


def masks(view: View, table: str, wanted: Callable[[ColumnMap], bool] = lambda _: True) -> tuple[Assign, ...]:
    """Masks of the personal columns of a table that `wanted` accepts."""
    return tuple(mask(view, table, column) for column in maskable(view, table) if wanted(column))


def own_values(
    view: View, table: str, row: SeenRow, wanted: Callable[[ColumnMap], bool] = lambda _: True
) -> tuple[Assign, ...]:
    """On a shared row: masks of this person's own values only, and the claims they hold, cut where they may be cut."""
    written = masks(view, table, lambda column: wanted(column) and view.own_on_shared(table, row, column))
    return (*written, *cut_claims(view, table, row, {a.column for a in written}))


def cut_claims(view: View, table: str, row: SeenRow, done: set[str]) -> Iterator[Assign]:
    """The claims of this person on a shared row, set to NULL. A polymorphic pointer (`when`) goes with its row."""
    for claim in view.own_claims(table, row):
        if not claim.when:
            yield from (Assign(c, None) for c in view.cuttable(table, claim.columns) if c not in done)

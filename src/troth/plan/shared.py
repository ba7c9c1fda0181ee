"""What a line cannot take out by machine: words on a row that others share, about this person or about them.

Such a row is never called done. The plan and the receipt name it, so that somebody reads it and strikes out what is
about whoever left. Decided by the data map alone: the same for every row of a table.
"""

from collections.abc import Mapping

from troth.model.datamap import StoreMap
from troth.model.plan import Effect, Verb
from troth.model.policy import Policy


def to_read(policy: Policy, effect: Effect) -> tuple[str, ...]:
    """Columns of a shared line that, where others remain, still may say something about this person; none: empty.

    Free text may name anybody. An address or a name that is nobody's by declaration may be this person's. A column with
    `whose`, and an identifier, is known to be theirs or not: the line writes it over or leaves it to the others.
    """
    if not effect.shared or effect.verb not in (Verb.DELETE, Verb.MASK):
        return ()
    table = policy.stores[effect.store].tables[effect.table]
    written = {assign.column for assign in effect.otherwise} | {i.column for i in table.identifiers}
    return tuple(
        name
        for name, column in table.columns.items()
        if column.element and name not in written and not column.whose and _may_name(policy, column.element)
    )


def naming(stores: Mapping[str, StoreMap]) -> frozenset[str]:
    """Elements that can say who somebody is: somewhere a column of theirs is an identifier."""
    tables = [(table, i) for store in stores.values() for table in store.tables.values() for i in table.identifiers]
    declared = (table.columns.get(i.column) for table, i in tables)
    return frozenset({column.element for column in declared if column and column.element} | {i.kind for _, i in tables})


def _may_name(policy: Policy, element: str) -> bool:
    said = policy.elements.get(element)
    return bool(said and said.free_text) or element in naming(policy.stores)

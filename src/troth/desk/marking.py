"""A no that stands only in a company's own column: it outlives the erasure of its row as a keyed mark.

What a person said to Troth is a fact of ours and is marked when the case closes (`own`). What they said to the company
before stands in the row that goes, so it is read before the store is asked to act. The store looks again under its
locks, and changes nothing where it finds a no of which the order does not say that it was heard.
"""

from collections.abc import Sequence

from troth.desk.house import House
from troth.desk.own import MARKETING, mark
from troth.model.datamap import objects
from troth.model.person import Identifier
from troth.model.plan import Effect, Order, Verb
from troth.plan.codes import reason
from troth.ports.state import Unit


def holds_objection(house: House, order: Order) -> bool:
    """Whether a row of the order holds a no to direct marketing. Raises StoreError."""
    lines = [line for line in order.effects if line.verb in (Verb.DELETE, Verb.MASK) and line.rows]
    reads = [read for line in lines if (read := _read(house, line)).columns]
    rows = house.stores[order.store].read(reads) if reads else ()
    return any(objects(value.reveal()) for row in rows for value in row.values.values())


def mark_new(house: House, unit: Unit, identifiers: Sequence[Identifier]) -> None:
    """Mark the person's addresses; a store that is asked again finds its marks made."""
    mark(house, unit, [i for i in identifiers if not unit.hashes.suppressed(i, scope=MARKETING)])


def _read(house: House, line: Effect) -> Effect:
    objecting = house.policy.stores[line.store].tables[line.table].objecting
    why = reason(["kept-as-hash"], house.cite)
    return Effect(0, line.store, line.table, Verb.READ, line.rows, line.key_columns, (), why, columns=objecting)

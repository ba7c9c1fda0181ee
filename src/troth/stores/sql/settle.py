"""Whose is each row that was met: rules 1 to 6 of the walk, over rows already fetched. Pure: no statement, no value.

Own rows are settled first, then shared rows and what hangs under them, the surer reach before the less sure. Rows
whose claims disagree are then barred, and everything is settled again without them, until nothing disagrees.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from troth.model.sight import Reach
from troth.stores.sql.graph import Node
from troth.stores.sql.shape import Shape

LEVELS = (Reach.PROVEN, Reach.TWO_HINTS)


@dataclass
class Standing:
    """What was settled about the rows met."""

    reach: dict[Node, Reach] = field(default_factory=dict)
    """Rows that enter."""
    own: set[Node] = field(default_factory=set)
    """Among them, the rows that are the person's alone."""
    roots: dict[Node, set[Node]] = field(default_factory=dict)
    """Of the others: the shared rows under which each stands."""
    waiting: set[Node] = field(default_factory=set)
    """Rows whose claims disagree: a person decides."""

    def root(self, node: Node) -> Node | None:
        """The shared row under which an entering row stands."""
        return min(self.roots[node], key=lambda root: (root.table, str(root.key))) if node in self.roots else None


def settle(nodes: Iterable[Node], shape: Shape) -> Standing:
    """Settle whose the rows are, disagreements included."""
    met = list(nodes)
    barred: set[Node] = set()
    waiting: set[Node] = set()
    while True:
        standing = spread(met, shape, barred)
        foreign = {node for node in standing.reach if _somebody_elses(node, standing)}
        disputed = {node for node in standing.reach if _disputed(node, standing)} - foreign
        if not foreign and not disputed:
            standing.waiting = waiting
            return standing
        barred |= foreign | disputed
        waiting |= disputed


def spread(nodes: Iterable[Node], shape: Shape, barred: set[Node] = frozenset()) -> Standing:  # type: ignore[assignment]
    """Follow claims and ties from the entering rows, as if no two claims ever disagreed."""
    standing = Standing()
    met = [node for node in nodes if node not in barred]
    for level in LEVELS:
        _own(
            standing,
            [node for node in met if node.start is level and not shape.is_shared(node.table)],
            level,
            shape,
            barred,
        )
    for level in LEVELS:
        _shared(standing, met, level, shape, barred)
    return standing


def _own(standing: Standing, queue: list[Node], level: Reach, shape: Shape, barred: set[Node]) -> None:
    while queue:
        node = queue.pop()
        if node in standing.own or node in barred or shape.is_shared(node.table):
            continue
        standing.own.add(node)
        standing.reach[node] = level
        queue.extend(node.owned)


def _shared(standing: Standing, met: list[Node], level: Reach, shape: Shape, barred: set[Node]) -> None:
    queue: list[Node] = []

    def enter(node: Node, roots: set[Node]) -> None:
        if node in standing.own or node in barred or not roots - standing.roots.get(node, set()):
            return
        standing.roots.setdefault(node, set()).update(roots)
        standing.reach.setdefault(node, level)
        queue.append(node)

    def leave(node: Node) -> None:
        for child in node.owned:
            if shape.is_shared(child.table):
                enter(child, {child})
            elif node in standing.roots:
                tie = child.shape.tie
                enter(child, {root for root in standing.roots[node] if tie is None or tie.parent != root.table})
        if node.tie is not None:
            enter(node.tie, {node.tie})

    for node in met:
        if node.start is level and shape.is_shared(node.table):
            enter(node, {node})
    for node in [found for found in standing.own if standing.reach[found] is level]:
        leave(node)
    while queue:
        leave(queue.pop())


def _decided(node: Node) -> bool:
    return node.start is not None and node.start.enters


def _unseen(node: Node, standing: Standing, *, own_only: bool) -> bool:
    return any(
        node.owners.get(edge.number) not in standing.reach
        for edge in node.claims_set()
        if not (own_only and edge.parent_may_hang)
    )


def _somebody_elses(node: Node, standing: Standing) -> bool:
    """Hangs under a shared row, and another claim of it leads to somebody else: that holder's claim outranks ours."""
    return node in standing.roots and node not in standing.roots[node] and _unseen(node, standing, own_only=False)


def _disputed(node: Node, standing: Standing) -> bool:
    """Claimed by two people alone, or hanging under two shared rows: nobody's machine can say whose it is."""
    if _decided(node):
        return False
    if node in standing.own:
        return _unseen(node, standing, own_only=True)
    return len(standing.roots[node]) > 1

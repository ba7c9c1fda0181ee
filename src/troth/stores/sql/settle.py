"""Whose is each row that was met: rules 1 to 6 of the walk, over rows already fetched. Pure: no statement, no value.

Own rows are settled first, then shared rows and what hangs under them, the surer reach before the less sure. Rows
whose claims disagree are then barred, and everything is settled again without them, until nothing disagrees.
"""

from collections.abc import Iterable, Set
from dataclasses import dataclass, field

from troth.model.sight import Reach
from troth.stores.sql.graph import Node

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


def settle(nodes: Iterable[Node], standing: Standing) -> Standing:
    """Settle whose the rows are, disagreements included. `standing` is what `spread` says of the same rows."""
    met = list(nodes)
    barred: set[Node] = set()
    waiting: set[Node] = set()
    while True:
        foreign = {node for node in standing.reach if _somebody_elses(node, standing)}
        disputed = {node for node in standing.reach if _disputed(node, standing)} - foreign
        if not foreign and not disputed:
            standing.waiting = waiting
            return standing
        barred |= foreign | disputed
        waiting |= disputed
        standing = spread(met, barred)


def spread(nodes: Iterable[Node], barred: Set[Node] = frozenset()) -> Standing:
    """Follow claims and ties from the entering rows, as if no two claims ever disagreed."""
    standing = Standing()
    starts = [node for node in nodes if node.start is not None and node not in barred]
    for level in LEVELS:
        _own(standing, [node for node in starts if node.start is level], level, barred)
    for level in LEVELS:
        _Shared(standing, barred, level).run(starts)
    return standing


def _own(standing: Standing, queue: list[Node], level: Reach, barred: Set[Node]) -> None:
    while queue:
        node = queue.pop()
        if node not in standing.own and not node.shape.is_shared and node not in barred:
            standing.own.add(node)
            standing.reach[node] = level
            queue.extend(node.owned)


@dataclass
class _Shared:
    """Shared rows of one level of certainty, and what hangs under them."""

    standing: Standing
    barred: Set[Node]
    level: Reach
    queue: list[Node] = field(default_factory=list)

    def run(self, starts: Iterable[Node]) -> None:
        for node in starts:
            if node.start is self.level and node.shape.is_shared:
                self.enter(node, {node})
        for node in [found for found in self.standing.own if self.standing.reach[found] is self.level]:
            self.leave(node)
        while self.queue:
            self.leave(self.queue.pop())

    def enter(self, node: Node, roots: set[Node]) -> None:
        """A row stands under these shared rows too. Rows that are the person's alone, or barred, do not."""
        known = self.standing.roots.get(node, set())
        if node not in self.standing.own and node not in self.barred and roots - known:
            self.standing.roots[node] = known | roots
            self.standing.reach.setdefault(node, self.level)
            self.queue.append(node)

    def leave(self, node: Node) -> None:
        """Across along the tie, and down along claims; never from a shared row to other people's ties."""
        if node.tie is not None:
            self.enter(node.tie, {node.tie})
        for child in node.owned:
            if child.shape.is_shared:
                self.enter(child, {child})
            elif node in self.standing.roots:
                tie = child.shape.tie
                self.enter(child, {r for r in self.standing.roots[node] if tie is None or tie.parent != r.table})


def _decided(node: Node) -> bool:
    return node.start is not None and node.start.enters


def _unseen(node: Node, standing: Standing, *, own_only: bool) -> bool:
    return any(
        node.owners.get(edge.number) not in standing.reach and node.is_set(edge)
        for edge in node.shape.claims
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

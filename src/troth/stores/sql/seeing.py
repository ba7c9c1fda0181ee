"""From settled rows to what leaves a store about them: keys, dates, which row points at which, and no other value."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from troth.model.schema import ForeignKey
from troth.model.sight import Key, Pointer, Reach, Scalar, SeenRow, SeenTable
from troth.stores.sql.graph import Graph, Node, complete
from troth.stores.sql.scalar import as_date, equals_text, order_of
from troth.stores.sql.settle import Standing
from troth.stores.sql.shape import Shape, TableShape


@dataclass(frozen=True)
class _Way:
    """A foreign key that leads to a mapped table."""

    key: ForeignKey
    targets: Mapping[tuple[Scalar, ...], Node]
    """The person's rows, by what the key holds when it leads to them."""
    places: tuple[int, ...]
    """Where the parent's own key stands in it; empty when it names the parent by something else."""


@dataclass(frozen=True)
class Seeing:
    """Everything that one walk found out."""

    shape: Shape
    graph: Graph
    standing: Standing
    others: Mapping[Node, int]
    """How many other people share each shared row."""
    blocked: Mapping[Node, tuple[str, ...]]
    folded: Callable[[tuple[Scalar, ...]], tuple[Scalar, ...]]
    """Values as this engine compares them in a key."""

    @property
    def nodes(self) -> Mapping[tuple[str, Key], Node]:
        """The rows behind what is seen."""
        return {(name, node.key): node for name, pairs in self._shown.items() for node, _ in pairs}

    def tables(self) -> Mapping[str, SeenTable]:
        """What is seen, in one order whatever the order of the walk."""
        return {name: self._table(self.shape.tables[name]) for name in sorted(self._shown)}

    @cached_property
    def _shown(self) -> Mapping[str, Sequence[tuple[Node, Reach]]]:
        """Rows that enter, and rows that wait for a person's decision."""
        shown: defaultdict[str, list[tuple[Node, Reach]]] = defaultdict(list)
        for node in self.graph:
            reach = self.standing.reach.get(node)
            if reach is None and (node in self.standing.waiting or node.start is not None):
                reach = Reach.HINT
            if reach is not None:
                shown[node.table].append((node, reach))
        return shown

    @cached_property
    def _tied(self) -> Mapping[Node, Sequence[Node]]:
        """Shared row -> the person's ties to it."""
        tied: defaultdict[Node, list[Node]] = defaultdict(list)
        for node in self.standing.reach:
            if node.tie is not None:
                tied[node.tie].append(node)
        return tied

    def _table(self, shape: TableShape) -> SeenTable:
        name = shape.map.name
        ways = list(self._ways(shape))
        shown = sorted(self._shown[name], key=lambda pair: order_of(pair[0].key))
        return SeenTable(name, shape.key, tuple([self._row(node, reach, ways) for node, reach in shown]))

    def _row(self, node: Node, reach: Reach, ways: Sequence[_Way]) -> SeenRow:
        table, shared = node.shape.map, node.shape.is_shared
        root = node if shared else self.standing.root(node)
        return SeenRow(
            key=node.key,
            reach=reach,
            by=node.by if node.start is reach else self._via(node),
            root=root.key if root else None,
            root_table=root.table if root else "",
            own_claims=self._own_claims(node) if shared else (),
            matched=node.matched,
            clock=as_date(node.values[table.clock]) if table.clock else None,
            retained=bool(table.retain)
            and table.kept_when(lambda column, text: equals_text(node.values[column], text)),
            others=self.others[root] if root else 0,
            blockers=self.blocked.get(node, ()),
            refers=tuple(_refers(node, ways, self.folded)),
        )

    def _ways(self, shape: TableShape) -> Iterator[_Way]:
        for key in shape.schema.foreign_keys:
            if key.parent in self.shape.tables:
                parent = self.shape.tables[key.parent].key
                named = set(parent) == set(key.parent_columns)
                places = tuple(key.parent_columns.index(column) for column in parent) if named else ()
                yield _Way(key, self._by_values(key), places)

    def _by_values(self, key: ForeignKey) -> Mapping[tuple[Scalar, ...], Node]:
        found: dict[tuple[Scalar, ...], Node] = {}
        for node in self.standing.reach:
            if node.table == key.parent:
                values = complete(tuple([node.values[column] for column in key.parent_columns]))
                if values is not None:
                    found[self.folded(values)] = node
        return found

    def _via(self, node: Node) -> str:
        standing = self.standing
        owners = [node.owners[edge.number] for edge in node.shape.claims if edge.number in node.owners]
        tied = [edge.child for edge in self.shape.ties.get(node.table, ())]
        ties = [found for found in self._tied.get(node, ()) if found.table in tied]
        through = [*owners, *sorted(ties, key=lambda found: tied.index(found.table))]
        wanted = standing.reach.get(node)
        sure = [found.table for found in through if standing.reach.get(found) is wanted]
        seen = (
            sure or [found.table for found in through if found in standing.reach] or [found.table for found in through]
        )
        return f"via {seen[0]}" if seen else node.by

    def _own_claims(self, node: Node) -> tuple[str, ...]:
        """Parents of the claims that are this person's; not where two claims on one table belong to two people."""
        own = self.standing.own
        mine = {edge.parent for edge in node.claims_set() if node.owners.get(edge.number) in own}
        not_mine = {edge.parent for edge in node.claims_set() if node.owners.get(edge.number) not in own}
        return tuple(sorted(mine - not_mine))


def _refers(
    node: Node, ways: Sequence[_Way], folded: Callable[[tuple[Scalar, ...]], tuple[Scalar, ...]]
) -> Iterator[Pointer]:
    """Where the row's foreign keys lead: to rows that enter, and to others where the key itself names them."""
    for way in ways:
        key = way.key
        held = complete(tuple([node.values[column] for column in key.columns]))
        if held is None:
            continue
        if (target := way.targets.get(folded(held))) is not None:
            yield Pointer(key.columns, key.parent, target.key)
        elif way.places:
            yield Pointer(key.columns, key.parent, tuple([held[place] for place in way.places]))

"""The walk over one SQL store (docs/architecture/2-the-walk.md): each edge is one statement for all rows of a step.

It reads keys, identifier columns, the columns that point at owners, dates and the columns a declaration names in
`when`. None of these leaves: a Sight holds keys, dates and identifiers found on own rows, wrapped.
"""

import csv
import io
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from troth.model.person import NOT_ROW, ROW, Identifier
from troth.model.personal import Personal
from troth.model.schema import ForeignKey
from troth.model.sight import Key, Pointer, Reach, Scalar, SeenRow, SeenTable, Sight
from troth.ports.store import StoreError
from troth.stores.seen import fingerprint
from troth.stores.sql.dialect import Result, Statement
from troth.stores.sql.graph import Graph, Node, complete
from troth.stores.sql.scalar import as_date, batches, canonical, equals_text, order_of, sendable
from troth.stores.sql.settle import Standing, settle, spread
from troth.stores.sql.shape import Edge, Shape, TableShape
from troth.stores.sql.statements import Statements

EMAIL = "email"

Ask = Callable[[Sequence[Statement]], list[Result]]


@dataclass(frozen=True)
class Walked:
    """A sight, and what stays inside the store: which rows stand behind it."""

    sight: Sight
    nodes: Mapping[tuple[str, Key], Node]


def normal_form(kind: str, value: Scalar) -> str:
    """A stored value as it is compared: e-mail addresses without regard to capitals, everything else as it stands."""
    text = str(value)
    return text.strip().lower() if kind == EMAIL else text


class Walk:
    """One walk for one person."""

    def __init__(self, ask: Ask, statements: Statements, shape: Shape, identifiers: Sequence[Identifier]) -> None:
        self.ask = ask
        self.statements = statements
        self.shape = shape
        self.graph = Graph()
        self._targets: dict[tuple[str, tuple[str, ...]], Mapping[tuple[Scalar, ...], Node]] = {}
        self.known: defaultdict[str, dict[str, bool]] = defaultdict(dict)
        for found in identifiers:
            value = found.value.reveal()
            if value and sendable(value):
                self.known[found.kind][value] = found.proven or self.known[found.kind].get(value, False)

    def run(self, *, blockers: bool) -> Walked:
        """Walk to the end. Raises StoreError: `bad-decision`, `key-empty`, `key-not-unique`."""
        self._decisions()
        self._start()
        while frontier := [node for node in spread(self.graph, self.shape).reach if not node.expanded]:
            self._expand(frontier)
        self._find_dangling()
        self._refuse_shared_keys()
        standing = settle(self.graph, self.shape)
        others = self._others(standing)
        blocked = self._blockers(standing) if blockers else {}
        return self._walked(standing, others, blocked)

    # == Start ==

    def _decisions(self) -> None:
        self.graph.excluded.update(self._decided(NOT_ROW))
        wanted: defaultdict[str, list[Key]] = defaultdict(list)
        for table, key in self._decided(ROW):
            wanted[table].append(key)
        for table, keys in wanted.items():
            shape = self.shape.tables[table]
            for node, _ in self._fetch(shape, shape.key, keys):
                node.start, node.by = Reach.PROVEN, ROW

    def _decided(self, kind: str) -> list[tuple[str, Key]]:
        return [ref for text in self.known[kind] if (ref := self._row(text)) is not None]

    def _row(self, text: str) -> tuple[str, Key] | None:
        """Read `store.table(key, key)`; None where it speaks of another store."""
        store, _, rest = text.partition(".")
        if store != self.shape.store:
            return None
        read = re.fullmatch(r"(.+?)\((.*)\)", rest, re.DOTALL)
        shape = self.shape.tables.get(read[1]) if read else None
        parts = next(csv.reader(io.StringIO(read[2], newline=""), skipinitialspace=True), []) if read else []
        if shape is None or len(parts) != len(shape.key):
            raise StoreError(
                self.shape.store,
                "bad-decision",
                "a decision names a row that this store's data map cannot name",
                "write it as `store.table(key, key)`, with the table's key in its order",
            )
        dialect = self.statements.dialect
        key = tuple(dialect.fit(shape.type_of(c), part) for c, part in zip(shape.key, parts, strict=True))
        return read[1] if read else "", tuple(part for part in key if part is not None)

    def _start(self) -> None:
        asked: list[tuple[TableShape, Statement]] = []
        for shape in self.shape.tables.values():
            for column in dict.fromkeys((found.column, found.kind) for found in shape.map.identifiers):
                texts = list(self.known[column[1]])
                asked += [
                    (
                        shape,
                        self.statements.named(shape.map.name, shape.needed, column[0], part, email=column[1] == EMAIL),
                    )
                    for part in batches(texts)
                ]
        for (shape, _), result in zip(asked, self.ask([statement for _, statement in asked]), strict=True):
            self._take(shape, result)

    # == Rows ==

    def _fetch(
        self, shape: TableShape, columns: Sequence[str], rows: Sequence[Sequence[Scalar]]
    ) -> list[tuple[Node, int]]:
        """Rows whose columns hold one of the values, each with the position of those values."""
        parts = list(batches(rows))
        asked = [self.statements.fetch(shape.map.name, shape.needed, columns, part) for part in parts]
        met: list[tuple[Node, int]] = []
        start = 0
        for part, result in zip(parts, self.ask(asked), strict=True):
            met += [(node, start + position) for node, position in self._take(shape, result)]
            start += len(part)
        return met

    def _take(self, shape: TableShape, result: Result) -> list[tuple[Node, int]]:
        met: list[tuple[Node, int]] = []
        alike: defaultdict[tuple[int, Key], int] = defaultdict(int)
        for position, *raw in result.rows:
            values = {column: canonical(value) for column, value in zip(shape.needed, raw, strict=True)}
            key = complete(tuple(values[column] for column in shape.key))
            if key is None:
                raise StoreError(
                    self.shape.store,
                    "key-empty",
                    f"a row of `{shape.map.name}` has no value in a column of its key ({shape.map.place})",
                    "declare under `key` columns that are never empty",
                )
            if (shape.map.name, key) in self.graph.excluded:
                continue
            alike[position, key] += 1
            node = self._node(shape, key, values)
            node.copies = max(node.copies, alike[position, key])
            met.append((node, position - 1))
        return met

    def _node(self, shape: TableShape, key: Key, values: dict[str, Scalar | None]) -> Node:
        node = self.graph.get(shape.map.name, key)
        if node is None:
            node = Node(shape, key, values)
            self._recognise(node)
            self.graph.add(node)
        elif not shape.key_is_unique and node.values != values:
            raise self._not_unique(shape)
        return node

    def _recognise(self, node: Node) -> None:
        """Rule 1: what the row's own identifiers say about it."""
        matched: list[str] = []
        proving: list[str] = []
        hinting: list[str] = []
        for found in node.shape.map.identifiers:
            value = node.values[found.column]
            text = normal_form(found.kind, value) if value is not None else ""
            if text and text in self.known[found.kind]:
                matched.append(found.column)
                (proving if found.proves and self.known[found.kind][text] else hinting).append(found.kind)
        node.matched = tuple(dict.fromkeys(matched))
        kinds = sorted(set(hinting))
        if proving:
            node.start, node.by = Reach.PROVEN, proving[0]
        elif kinds:
            node.start, node.by = (Reach.HINT if len(kinds) == 1 else Reach.TWO_HINTS), ", ".join(kinds)

    def _not_unique(self, shape: TableShape) -> StoreError:
        return StoreError(
            self.shape.store,
            "key-not-unique",
            f"the key of `{shape.map.name}` names several rows at once ({shape.map.place})",
            "declare under `key` columns that tell its rows apart",
        )

    def _refuse_shared_keys(self) -> None:
        """A key that is not unique must not name anybody else's row: what is deleted by it must be this person's."""
        for shape in self.shape.tables.values():
            nodes = [node for node in self.graph if node.shape is shape] if not shape.key_is_unique else []
            for part in batches(nodes):
                counted = self.ask([self.statements.count(shape.map.name, shape.key, [node.key for node in part])])[0]
                found: dict[int, int] = dict(counted.rows)  # type: ignore[arg-type]  # pairs
                if any(found.get(n + 1, 0) != node.copies for n, node in enumerate(part)):
                    raise self._not_unique(shape)

    # == Steps ==

    def _expand(self, frontier: Iterable[Node]) -> None:
        """Rules 2 to 5: down along claims and across along ties, for all rows of this step."""
        by_table: defaultdict[str, list[Node]] = defaultdict(list)
        for node in frontier:
            node.expanded = True
            by_table[node.table].append(node)
        steps: list[tuple[Edge, list[Node], list[tuple[Scalar, ...]], bool]] = []
        for table, nodes in by_table.items():
            ties_here = {edge.child for edge in self.shape.ties.get(table, ())}
            claims = [edge for edge in self.shape.down.get(table, ()) if edge.child not in ties_here]
            steps += [(edge, *_held(nodes, edge, down=True), True) for edge in claims]
            if (tie := self.shape.tables[table].tie) is not None:
                steps.append((tie, *_held(nodes, tie, down=False), False))
        self._follow([step for step in steps if step[1]])

    def _follow(self, steps: Sequence[tuple[Edge, list[Node], list[tuple[Scalar, ...]], bool]]) -> None:
        asked: list[tuple[Edge, Sequence[Node], bool, Statement]] = []
        for edge, nodes, values, down in steps:
            shape = self.shape.tables[edge.child if down else edge.parent]
            columns = edge.columns if down else edge.parent_columns
            for part, held in zip(batches(nodes), batches(values), strict=True):
                statement = self.statements.fetch(shape.map.name, shape.needed, columns, held)
                asked.append((edge, part, down, statement))
        for (edge, part, down, _), result in zip(asked, self.ask([step[3] for step in asked]), strict=True):
            shape = self.shape.tables[edge.child if down else edge.parent]
            for met, position in self._take(shape, result):
                if down:
                    _own(part[position], met, edge)
                else:
                    part[position].tie = met

    def _find_dangling(self) -> None:
        """Claims that lead to no row at all are nobody's: told apart from claims that lead to somebody else's row."""
        reach = spread(self.graph, self.shape).reach
        doubtful: defaultdict[Edge, list[Node]] = defaultdict(list)
        for node in self.graph:
            if self.shape.is_shared(node.table) or (node in reach and len(node.shape.claims) > 1):
                for edge in node.claims_set():
                    if edge.number not in node.owners:
                        doubtful[edge].append(node)
        for edge, nodes in doubtful.items():
            for part in batches(nodes):
                values = [node.held(edge) or () for node in part]
                found = self.ask([self.statements.count(edge.parent, edge.parent_columns, values)])[0]
                existing = {position for position, _ in found.rows}
                for n, node in enumerate(part):
                    if n + 1 not in existing:
                        node.dangling.add(edge.number)

    # == Others ==

    def _others(self, standing: Standing) -> dict[Node, int]:
        """How many other people share each shared row, those of shared rows it is claimed through included."""
        shared = [node for node in self.graph if self.shape.is_shared(node.table)]
        direct = dict.fromkeys(shared, 0)
        asked: list[tuple[Sequence[Node], Statement]] = []
        for table in {node.table for node in shared}:
            for edge in self.shape.ties[table]:
                nodes, values = _held([node for node in shared if node.table == table], edge, down=True)
                for part, held in zip(batches(nodes), batches(values), strict=True):
                    asked.append((part, self.statements.count(edge.child, edge.columns, held)))
        for (part, _), result in zip(asked, self.ask([statement for _, statement in asked]), strict=True):
            for position, count in result.rows:
                direct[part[position - 1]] += count
        for node in standing.own:
            if node.tie is not None:
                direct[node.tie] -= node.copies
        for node in shared:
            direct[node] += sum(node.owners.get(edge.number) not in standing.reach for edge in node.claims_set())
        return {node: sum(direct[root] for root in _sharing(node, standing)) for node in shared}

    # == Blockers ==

    def _blockers(self, standing: Standing) -> dict[Node, tuple[str, ...]]:
        """Rows of others that a foreign key forbids to leave behind, by the row they point at."""
        entering: defaultdict[str, list[Node]] = defaultdict(list)
        for node in standing.reach:
            entering[node.table].append(node)
        asked: list[tuple[str, ForeignKey, Sequence[tuple[Node, tuple[Scalar, ...]]], Statement]] = []
        for table, nodes in entering.items():
            for child, key in self.shape.schema.children_of(table):
                if key.on_delete == "set null" or self._is_tie(child, key):
                    continue
                held = [(n, v) for n in nodes if (v := complete(tuple(n.values[c] for c in key.parent_columns)))]
                for part in batches(held):
                    counted = self.statements.count(child, key.columns, [values for _, values in part])
                    asked.append((child, key, part, counted))
        found: defaultdict[Node, set[str]] = defaultdict(set)
        for (child, key, pairs, _), result in zip(asked, self.ask([step[3] for step in asked]), strict=True):
            own = self._pointing(entering[child], key)
            for position, count in result.rows:
                node, values = pairs[position - 1]
                if count > own[self._folded(values)]:
                    found[node].add(self._blocker(child, key))
        return {node: tuple(sorted(names)) for node, names in found.items()}

    def _pointing(self, nodes: Iterable[Node], key: ForeignKey) -> Counter[tuple[Scalar, ...]]:
        """How many of the person's own rows point where."""
        counted: Counter[tuple[Scalar, ...]] = Counter()
        for node in nodes:
            if values := complete(tuple(node.values[column] for column in key.columns)):
                counted[self._folded(values)] += node.copies
        return counted

    def _folded(self, values: tuple[Scalar, ...]) -> tuple[Scalar, ...]:
        if not self.statements.dialect.folds_case:
            return values
        return tuple(value.casefold() if isinstance(value, str) else value for value in values)

    def _is_tie(self, child: str, key: ForeignKey) -> bool:
        """Other people's ties are counted as others: the conditional line waits for them, so they block nothing."""
        return any(edge.child == child and edge.columns == key.columns for edge in self.shape.ties.get(key.parent, ()))

    def _blocker(self, child: str, key: ForeignKey) -> str:
        columns = self.shape.schema.tables[child].columns
        free = [column for column in key.columns if columns[column].nullable]
        return f"{child}.{free[0]}?" if free and key.on_delete != "cascade" else f"{child}.{key.columns[0]}"

    # == Sight ==

    def _walked(
        self, standing: Standing, others: Mapping[Node, int], blocked: Mapping[Node, tuple[str, ...]]
    ) -> Walked:
        rows: defaultdict[str, list[tuple[Node, SeenRow]]] = defaultdict(list)
        for node in self.graph:
            reach = standing.reach.get(node)
            if reach is None and (node in standing.waiting or node.start is not None):
                reach = Reach.HINT
            if reach is not None:
                rows[node.table].append((node, self._seen(node, reach, standing, others, blocked)))
        tables = {
            name: SeenTable(
                name,
                self.shape.tables[name].key,
                tuple(row for _, row in sorted(rows[name], key=lambda p: order_of(p[1].key))),
            )
            for name in sorted(rows)
        }
        sight = Sight(self.shape.store, tables, fingerprint(tables), self._learned(standing))
        return Walked(sight, {(node.table, node.key): node for pairs in rows.values() for node, _ in pairs})

    def _seen(
        self,
        node: Node,
        reach: Reach,
        standing: Standing,
        others: Mapping[Node, int],
        blocked: Mapping[Node, tuple[str, ...]],
    ) -> SeenRow:
        table = node.shape.map
        root = node if self.shape.is_shared(node.table) else standing.root(node)
        return SeenRow(
            key=node.key,
            reach=reach,
            by=node.by if node.start is reach else self._via(node, standing),
            root=root.key if root else None,
            root_table=root.table if root else "",
            own_claims=_own_claims(node, standing) if self.shape.is_shared(node.table) else (),
            matched=node.matched,
            clock=as_date(node.values[table.clock]) if table.clock else None,
            retained=bool(table.retain)
            and table.kept_when(lambda column, text: equals_text(node.values[column], text)),
            others=others[root] if root else 0,
            blockers=blocked.get(node, ()),
            refers=tuple(self._refers(node, standing)),
        )

    def _refers(self, node: Node, standing: Standing) -> Iterator[Pointer]:
        """Where the row's foreign keys lead: to rows that enter, and to others where the key itself names them."""
        for key in node.shape.schema.foreign_keys:
            if key.parent in self.shape.tables:
                held = complete(tuple(node.values[column] for column in key.columns))
                target = self._by_values(key, standing).get(self._folded(held)) if held else None
                parent = self.shape.tables[key.parent].key
                if target is not None:
                    yield Pointer(key.columns, key.parent, target.key)
                elif held and set(parent) == set(key.parent_columns):
                    named = dict(zip(key.parent_columns, held, strict=True))
                    yield Pointer(key.columns, key.parent, tuple(named[column] for column in parent))

    def _by_values(self, key: ForeignKey, standing: Standing) -> Mapping[tuple[Scalar, ...], Node]:
        wanted = (key.parent, key.parent_columns)
        if wanted not in self._targets:
            held = {
                found: complete(tuple(found.values[column] for column in key.parent_columns))
                for found in standing.reach
                if found.table == key.parent
            }
            self._targets[wanted] = {self._folded(values): found for found, values in held.items() if values}
        return self._targets[wanted]

    def _via(self, node: Node, standing: Standing) -> str:
        owners = [node.owners[edge.number] for edge in node.shape.claims if edge.number in node.owners]
        tied = [edge.child for edge in self.shape.ties.get(node.table, ())]
        ties = [found for found in standing.reach if found.tie is node and found.table in tied] if tied else []
        through = [*owners, *sorted(ties, key=lambda found: tied.index(found.table))]
        wanted = standing.reach.get(node)
        sure = [found.table for found in through if standing.reach.get(found) is wanted]
        seen = (
            sure or [found.table for found in through if found in standing.reach] or [found.table for found in through]
        )
        return f"via {seen[0]}" if seen else node.by

    def _learned(self, standing: Standing) -> tuple[Identifier, ...]:
        """Rule 8: what own rows say about who the person is."""
        found: dict[tuple[str, str], tuple[bool, str]] = {}
        for node in sorted(standing.own, key=lambda own: (own.table, order_of(own.key))):
            for column in node.shape.map.identifiers:
                value = node.values[column.column]
                text = normal_form(column.kind, value) if value is not None else ""
                proven = column.proves and standing.reach[node] is Reach.PROVEN
                known = self.known[column.kind].get(text)
                before = found.get((column.kind, text))
                if text and known is not True and (proven or known is None) and (before is None or proven > before[0]):
                    found[column.kind, text] = (proven, f"{self.shape.store}.{node.table}.{column.column}")
        return tuple(
            Identifier(kind, Personal(text), proven, origin) for (kind, text), (proven, origin) in sorted(found.items())
        )


def _held(nodes: Iterable[Node], edge: Edge, *, down: bool) -> tuple[list[Node], list[tuple[Scalar, ...]]]:
    pairs = [
        (node, values)
        for node in nodes
        if (values := complete(tuple(node.values[c] for c in edge.parent_columns)) if down else node.held(edge))
    ]
    return [node for node, _ in pairs], [values for _, values in pairs]


def _own(owner: Node, child: Node, edge: Edge) -> None:
    if child.held(edge) is not None and edge.number not in child.owners:
        child.owners[edge.number] = owner
        owner.owned.append(child)


def _sharing(node: Node, standing: Standing) -> set[Node]:
    """The shared row and every shared row through which it is claimed: whoever shares one of them shares this one."""
    found = {node}
    queue = [node]
    while queue:
        for owner in queue.pop().owners.values():
            more = standing.roots.get(owner, set()) - found
            found |= more
            queue.extend(more)
    return found


def _own_claims(node: Node, standing: Standing) -> tuple[str, ...]:
    """Parents of the claims that are this person's; not where two claims on one table belong to two people."""
    mine = {edge.parent for edge in node.claims_set() if node.owners.get(edge.number) in standing.own}
    not_mine = {edge.parent for edge in node.claims_set() if node.owners.get(edge.number) not in standing.own}
    return tuple(sorted(mine - not_mine))

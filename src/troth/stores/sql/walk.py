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
from functools import partial

from troth.model.person import NOT_ROW, ROW, Identifier
from troth.model.personal import Personal
from troth.model.schema import ForeignKey
from troth.model.sight import Key, Reach, Scalar, Sight
from troth.policy.normal import spellings, written_phone
from troth.ports.store import StoreError
from troth.stores.seen import fingerprint
from troth.stores.sql.dialect import Result, Statement
from troth.stores.sql.graph import Graph, Node, complete
from troth.stores.sql.scalar import batches, canonical, order_of, sendable
from troth.stores.sql.seeing import Seeing
from troth.stores.sql.settle import Standing, settle, spread
from troth.stores.sql.shape import Edge, Shape, TableShape
from troth.stores.sql.statements import Statements

EMAIL, PHONE = "email", "phone"

Ask = Callable[[Sequence[Statement]], list[Result]]
Question = tuple[Statement, Callable[[Result], None]]
"""A statement, and what is done with its result."""


@dataclass(frozen=True)
class Walked:
    """A sight, and what stays inside the store: which rows stand behind it."""

    sight: Sight
    nodes: Mapping[tuple[str, Key], Node]


def normal_form(kind: str, value: Scalar) -> str:
    """A stored value as it is compared: e-mail in any capitals, numbers with their country, the rest as it stands."""
    text = str(value)
    if kind == PHONE:
        return written_phone(text)
    return text.strip().lower() if kind == EMAIL else text


def looked_for(kind: str, texts: Iterable[str]) -> list[str]:
    """What an identifier column may hold where it holds one of these normal forms."""
    return [each for text in texts for each in (spellings(text) if kind == PHONE else (text,))]


class Walk:
    """One walk for one person."""

    def __init__(self, ask: Ask, statements: Statements, shape: Shape, identifiers: Sequence[Identifier]) -> None:
        self.ask = ask
        self.statements = statements
        self.shape = shape
        self.graph = Graph()
        self._followed: defaultdict[Edge, defaultdict[Node, list[Node]]] = defaultdict(lambda: defaultdict(list))
        """Rows that a claim was followed to, those with another owner included."""
        self.known: defaultdict[str, dict[str, bool]] = defaultdict(dict)
        for found in identifiers:
            value = found.value.reveal()
            if value and sendable(value):
                self.known[found.kind][value] = found.proven or self.known[found.kind].get(value, False)

    def run(self, *, blockers: bool) -> Walked:
        """Walk to the end. Raises StoreError: `bad-decision`, `key-empty`, `key-not-unique`."""
        self._decisions()
        self._start()
        while True:
            standing = spread(self.graph)
            frontier = [node for node in standing.reach if not node.expanded]
            if not frontier:
                break
            self._expand(frontier)
        self._ask_all([*self._dangling(standing), *self._shared_keys()])
        standing = settle(self.graph, standing)
        direct: Counter[Node] = Counter()
        found: defaultdict[Node, set[str]] = defaultdict(set)
        self._ask_all([*self._tied(direct), *(self._blockers(standing, found) if blockers else ())])
        blocked = {node: tuple(sorted(names)) for node, names in found.items()}
        return self._walked(standing, self._others(standing, direct), blocked)

    def _ask_all(self, questions: Sequence[Question]) -> None:
        """Ask in one round trip."""
        for (_, take), result in zip(questions, self.ask([asked for asked, _ in questions]), strict=True):
            take(result)

    # == Start ==

    def _decisions(self) -> None:
        self.graph.excluded.update(self._decided(NOT_ROW))
        for sure, reach in ((True, Reach.PROVEN), (False, Reach.HINT)):
            wanted: defaultdict[str, list[Key]] = defaultdict(list)
            for table, key in self._decided(ROW, sure=sure):
                wanted[table].append(key)
            for table, keys in wanted.items():
                shape = self.shape.tables[table]
                for node, _ in self._fetch(shape, shape.key, keys):
                    node.start, node.by = reach, ROW

    def _decided(self, kind: str, *, sure: bool = True) -> list[tuple[str, Key]]:
        """Rows that a decision names; one that is not sure waits for somebody's decision."""
        named = (text for text, proven in self.known[kind].items() if proven is sure)
        return [ref for text in named if (ref := self._row(text)) is not None]

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
                texts = looked_for(column[1], self.known[column[1]])
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
        alike: Counter[tuple[int, Key]] = Counter()
        for position, *raw in result.rows:
            values = dict(zip(shape.needed, map(canonical, raw), strict=True))
            key = complete(tuple([values[column] for column in shape.key]))
            if key is None:
                raise StoreError(
                    self.shape.store,
                    "key-empty",
                    f"a row of `{shape.map.name}` has no value in a column of its key ({shape.map.place})",
                    "declare under `key` columns that are never empty",
                )
            if (shape.map.name, key) in self.graph.excluded:
                continue
            node = self._node(shape, key, values)
            if not shape.key_is_unique:
                alike[position, key] += 1
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
        if not node.shape.map.identifiers:
            return
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

    def _shared_keys(self) -> Iterator[Question]:
        """A key that is not unique must not name anybody else's row: what is deleted by it must be this person's."""
        for shape in self.shape.tables.values():
            nodes = [node for node in self.graph if node.shape is shape] if not shape.key_is_unique else []
            for part in batches(nodes):
                asked = self.statements.count(shape.map.name, shape.key, [node.key for node in part])
                yield asked, partial(self._refuse_shared_key, shape, part)

    def _refuse_shared_key(self, shape: TableShape, nodes: Sequence[Node], counted: Result) -> None:
        found: dict[int, int] = dict(counted.rows)  # type: ignore[arg-type]  # pairs
        if any(found.get(n + 1, 0) != node.copies for n, node in enumerate(nodes)):
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
            steps += [(edge, *_held(nodes, edge, down=True), True) for edge in self._claims_below(table)]
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
            followed = self._followed[edge]
            for met, position in self._take(shape, result):
                if down:
                    followed[part[position]].append(met)
                    _own(part[position], met, edge)
                else:
                    part[position].tie = met

    def _dangling(self, standing: Standing) -> Iterator[Question]:
        """Claims that lead to no row at all are nobody's: told apart from claims that lead to somebody else's row."""
        doubtful: defaultdict[Edge, list[Node]] = defaultdict(list)
        for node in self.graph:
            if node.shape.is_shared or (len(node.shape.claims) > 1 and node in standing.reach):
                for edge in node.shape.claims:
                    if edge.number not in node.owners and node.is_set(edge):
                        doubtful[edge].append(node)
        for edge, nodes in doubtful.items():
            for part in batches(nodes):
                values = [node.held(edge) or () for node in part]
                yield self.statements.count(edge.parent, edge.parent_columns, values), partial(_dangle, edge, part)

    # == Others ==

    def _tied(self, direct: Counter[Node]) -> Iterator[Question]:
        """Counts the ties of each shared row, the person's own among them."""

        def add(part: Sequence[Node], result: Result) -> None:
            for position, count in result.rows:
                direct[part[position - 1]] += count

        for table, edges in self.shape.ties.items():
            shared = [node for node in self.graph if node.table == table]
            for edge in edges:
                nodes, values = _held(shared, edge, down=True)
                for part, held in zip(batches(nodes), batches(values), strict=True):
                    yield self.statements.count(edge.child, edge.columns, held), partial(add, part)

    def _others(self, standing: Standing, direct: Counter[Node]) -> dict[Node, int]:
        """How many other people share each shared row, those of shared rows it is claimed through included."""
        shared = [node for node in self.graph if node.shape.is_shared]
        for node in standing.own:
            if node.tie is not None:
                direct[node.tie] -= node.copies
        for node in shared:
            direct[node] += sum(node.owners.get(edge.number) not in standing.reach for edge in node.claims_set())
        return {node: sum(direct[root] for root in _sharing(node, standing)) for node in shared}

    # == Blockers ==

    def _blockers(self, standing: Standing, found: defaultdict[Node, set[str]]) -> Iterator[Question]:
        """Rows of others that a foreign key forbids to leave behind, by the row they point at.

        Where the walk itself followed the key, all rows that point are known; elsewhere the store counts them.
        """
        entering: defaultdict[str, list[Node]] = defaultdict(list)
        for node in standing.reach:
            entering[node.table].append(node)
        for table, nodes in entering.items():
            for child, key in self.shape.schema.children_of(table):
                if key.on_delete == "set null" or self._is_tie(child, key):
                    continue
                blocker = self._blocker(child, key)
                if (edge := self._walked_along(child, key)) is not None:
                    for node, met in self._followed[edge].items():
                        if node in standing.reach and any(below not in standing.reach for below in met):
                            found[node].add(blocker)
                    continue
                held = [(n, v) for n in nodes if (v := complete(tuple(n.values[c] for c in key.parent_columns)))]
                own = self._pointing(entering.get(child, ()), key)
                for part in batches(held):
                    counted = self.statements.count(child, key.columns, [values for _, values in part])
                    yield counted, partial(self._block, found, blocker, own, part)

    def _block(
        self,
        found: defaultdict[Node, set[str]],
        blocker: str,
        own: Counter[tuple[Scalar, ...]],
        pairs: Sequence[tuple[Node, tuple[Scalar, ...]]],
        result: Result,
    ) -> None:
        for position, count in result.rows:
            node, values = pairs[position - 1]
            if count > own[self._folded(values)]:
                found[node].add(blocker)

    def _walked_along(self, child: str, key: ForeignKey) -> Edge | None:
        """The claim that is this key, where it was followed from every row that enters, to every row that points."""
        leads = set(zip(key.columns, key.parent_columns, strict=True))
        same = (e for e in self._claims_below(key.parent) if e.child == child and _leads(e) == leads)
        return None if self.graph.excluded else next(same, None)

    def _claims_below(self, table: str) -> list[Edge]:
        """Claims that a step goes down along. Never from a shared row to the rows that tie other people to it."""
        ties_here = {edge.child for edge in self.shape.ties.get(table, ())}
        return [edge for edge in self.shape.down.get(table, ()) if edge.child not in ties_here]

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
        seeing = Seeing(self.shape, self.graph, standing, others, blocked, self._folded)
        tables = seeing.tables()
        sight = Sight(self.shape.store, tables, fingerprint(tables), self._learned(standing))
        return Walked(sight, seeing.nodes)

    def _learned(self, standing: Standing) -> tuple[Identifier, ...]:
        """Rule 8: what own rows say about who the person is."""
        found: dict[tuple[str, str], tuple[bool, str]] = {}
        telling = (node for node in standing.own if node.shape.map.identifiers)
        for node in sorted(telling, key=lambda own: (own.table, order_of(own.key))):
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


def _dangle(edge: Edge, nodes: Sequence[Node], counted: Result) -> None:
    existing = {position for position, _ in counted.rows}
    for position, node in enumerate(nodes, start=1):
        if position not in existing:
            node.dangling.add(edge.number)


def _leads(edge: Edge) -> set[tuple[str, str]]:
    return set(zip(edge.columns, edge.parent_columns, strict=True))


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

"""The rows a walk has met, and how they point at each other. Values stay in here: what leaves is a Sight."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from troth.model.sight import Key, Reach, Scalar
from troth.stores.sql.scalar import equals_text
from troth.stores.sql.shape import Edge, TableShape


@dataclass(eq=False, slots=True)
class Node:
    """One row met on the walk."""

    shape: TableShape
    key: Key
    values: dict[str, Scalar | None] = field(repr=False)
    copies: int = 1
    """Rows exactly alike, in a table whose key is not unique."""
    start: Reach | None = None
    """What its own identifiers, or a person's decision, say about it."""
    by: str = ""
    matched: tuple[str, ...] = ()
    owners: dict[int, "Node"] = field(default_factory=dict, repr=False)
    """Claim number -> the row it leads to, where that row was walked from."""
    tie: "Node | None" = field(default=None, repr=False)
    owned: list["Node"] = field(default_factory=list, repr=False)
    """Rows whose claim leads here."""
    dangling: set[int] = field(default_factory=set, repr=False)
    """Claims that lead to no row at all."""
    expanded: bool = False

    @property
    def table(self) -> str:
        """Table name."""
        return self.shape.map.name

    def held(self, edge: Edge) -> tuple[Scalar, ...] | None:
        """The values of a claim or tie, where it is set and its `when` holds; None otherwise."""
        values = self.values
        if edge.when and not all(equals_text(values[column], text) for column, text in edge.when):
            return None
        return complete(tuple([values[column] for column in edge.columns]))

    def is_set(self, edge: Edge) -> bool:
        """Whether a claim leads to a row."""
        return edge.number not in self.dangling and self.held(edge) is not None

    def claims_set(self) -> Iterator[Edge]:
        """Claims that lead somewhere."""
        return (edge for edge in self.shape.claims if self.is_set(edge))


def complete(values: tuple[Scalar | None, ...]) -> tuple[Scalar, ...] | None:
    """The values, or None where one is empty: NULL and the empty text match nothing."""
    return None if None in values or "" in values else values  # type: ignore[return-value]  # no None is left


class Graph:
    """All rows met, by table and key."""

    def __init__(self) -> None:
        self._nodes: dict[tuple[str, Key], Node] = {}
        self.excluded: set[tuple[str, Key]] = set()
        """Rows of which a person decided that they are not this person's."""

    def __iter__(self) -> Iterator[Node]:
        return iter(self._nodes.values())

    def get(self, table: str, key: Key) -> Node | None:
        """The row, if it was met."""
        return self._nodes.get((table, key))

    def add(self, node: Node) -> None:
        """Take a row in."""
        self._nodes[node.table, node.key] = node

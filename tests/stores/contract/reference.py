"""The rules of the walk said slowly: every row against every row, sets grown until they stop growing.

It shares no code with the adapters. What it says about small random worlds is what every engine must say.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from troth.model.datamap import Claim, TableMap
from troth.model.person import Identifier
from troth.model.sight import Reach

Values = Mapping[str, int | str | None]
World = Mapping[str, Sequence[Values]]


@dataclass(frozen=True)
class Said:
    """What is said about one row."""

    reach: Reach
    root: tuple[str, int] | None
    others: int
    own_claims: tuple[str, ...]
    matched: tuple[str, ...]


Id = tuple[str, int]
"""Table and the value of its key column `id`."""


class Reference:
    def __init__(self, world: World, maps: Mapping[str, TableMap], identifiers: Sequence[Identifier]) -> None:
        self.maps = maps
        self.rows: dict[Id, Values] = {(name, int(r["id"] or 0)): r for name, rows in world.items() for r in rows}
        self.known = {(i.kind, i.value.reveal()): i.proven for i in identifiers if i.kind not in ("row", "not-row")}
        decided = {i.kind: set[str]() for i in identifiers}
        for i in identifiers:
            decided[i.kind].add(i.value.reveal())
        self.theirs = decided.get("row", set())
        for text in decided.get("not-row", set()):
            self.rows = {row: values for row, values in self.rows.items() if self.text(row) != text}
        self.all_rows = {(name, int(r["id"] or 0)): r for name, rows in world.items() for r in rows}
        self.shared = {m.shared.parent for m in maps.values() if m.shared}
        self.hanging = set(self.shared)
        for _ in maps:
            self.hanging |= {m.name for m in maps.values() if any(c.parent in self.hanging for c in m.claims)}

    @staticmethod
    def text(row: Id) -> str:
        return f"ferry.{row[0]}({row[1]})"

    # == Single rows ==

    def matched(self, row: Id) -> tuple[str, ...]:
        columns = self.maps[row[0]].identifiers
        return tuple(c.column for c in columns if (c.kind, str(self.rows[row][c.column])) in self.known)

    def start(self, row: Id) -> Reach | None:
        if self.text(row) in self.theirs:
            return Reach.PROVEN
        kinds = set()
        for column in self.maps[row[0]].identifiers:
            value = (column.kind, str(self.rows[row][column.column]))
            if value in self.known:
                if column.proves and self.known[value]:
                    return Reach.PROVEN
                kinds.add(column.kind)
        return {0: None, 1: Reach.HINT}.get(len(kinds), Reach.TWO_HINTS)

    def target(self, row: Id, claim: Claim, among: Mapping[Id, Values]) -> Id | None:
        values = self.rows[row]
        if not all(str(values[column]) == text for column, text in claim.when):
            return None
        found = (claim.parent, int(values[claim.columns[0]] or 0))
        return found if values[claim.columns[0]] is not None and found in among else None

    def claims(self, row: Id) -> list[tuple[Claim, Id]]:
        """Claims that lead to a row that exists, be it one that was decided away."""
        pairs = [(claim, self.target(row, claim, self.all_rows)) for claim in self.maps[row[0]].claims]
        return [(claim, target) for claim, target in pairs if target is not None]

    def tied(self, row: Id) -> Id | None:
        tie = self.maps[row[0]].shared
        return self.target(row, tie, self.rows) if tie else None

    def ties_to(self, row: Id, table: str) -> bool:
        tie = self.maps[row[0]].shared
        return tie is not None and tie.parent == table

    # == Sets of rows ==

    def own(self, levels: Sequence[Reach], barred: set[Id]) -> set[Id]:
        able = {row for row in self.rows if row[0] not in self.shared and row not in barred}
        found = {row for row in able if self.start(row) in levels}
        while more := {r for r in able - found if any(t in found for _, t in self.claims(r))}:
            found |= more
        return found

    def under(self, own: set[Id], starts: Sequence[Reach], barred: set[Id], never: set[Id]) -> set[tuple[Id, Id]]:
        """(row, shared row under which it stands)."""
        pairs = {(r, r) for r in self.rows if r[0] in self.shared and self.start(r) in starts and r not in barred}
        while True:
            seen = own | {row for row, _ in pairs}
            more = {(t, t) for row in seen if (t := self.tied(row)) is not None}
            for row in self.rows:
                for _, target in self.claims(row):
                    if row[0] in self.shared and target in seen and not self.ties_to(row, target[0]):
                        more.add((row, row))
                    elif row[0] not in self.shared:
                        roots = {root for under, root in pairs if under == target}
                        more |= {(row, root) for root in roots if not self.ties_to(row, root[0])}
            more = {(row, root) for row, root in more if row not in barred | never} - pairs
            if not more:
                return pairs
            pairs |= more

    def settle(self) -> tuple[dict[Id, Reach], set[Id], set[tuple[Id, Id]], set[Id]]:
        barred: set[Id] = set()
        waiting: set[Id] = set()
        while True:
            sure = self.own([Reach.PROVEN], barred)
            own = self.own([Reach.PROVEN, Reach.TWO_HINTS], barred)
            surely_under = self.under(sure, [Reach.PROVEN], barred, own)
            pairs = self.under(own, [Reach.PROVEN, Reach.TWO_HINTS], barred, own)
            reach = {row: Reach.PROVEN if row in sure else Reach.TWO_HINTS for row in own}
            certain = {row for row, _ in surely_under}
            reach |= {row: Reach.PROVEN if row in certain else Reach.TWO_HINTS for row, _ in pairs}
            foreign = {r for r, _ in pairs if r[0] not in self.shared and self.unseen(r, reach, own_only=False)}
            disputed = set(self.disputed(own, pairs, reach)) - foreign
            if not foreign | disputed:
                return reach, own, pairs, waiting
            barred |= foreign | disputed
            waiting |= disputed

    def unseen(self, row: Id, reach: Mapping[Id, Reach], *, own_only: bool) -> bool:
        return any(
            target not in reach for claim, target in self.claims(row) if not (own_only and claim.parent in self.hanging)
        )

    def disputed(self, own: set[Id], pairs: set[tuple[Id, Id]], reach: Mapping[Id, Reach]) -> Iterator[Id]:
        for row in reach:
            start = self.start(row)
            if start is not None and start.enters:
                continue
            if row in own and self.unseen(row, reach, own_only=True):
                yield row
            if row not in own and len({root for under, root in pairs if under == row}) > 1:
                yield row

    # == All ==

    def say(self) -> dict[Id, Said]:
        reach, own, pairs, waiting = self.settle()
        said: dict[Id, Said] = {}
        for row in self.rows:
            sure = reach.get(row)
            if sure is None and (row in waiting or self.start(row) is not None):
                sure = Reach.HINT
            if sure is None:
                continue
            root = row if row[0] in self.shared else next((r for under, r in pairs if under == row), None)
            others = self.others(root, reach, own, pairs) if root else 0
            mine = self.own_claims(row, own) if row[0] in self.shared else ()
            said[row] = Said(sure, root, others, mine, self.matched(row))
        return said

    def own_claims(self, row: Id, own: set[Id]) -> tuple[str, ...]:
        mine = {claim.parent for claim, target in self.claims(row) if target in own}
        return tuple(sorted(mine - {claim.parent for claim, target in self.claims(row) if target not in own}))

    def others(self, root: Id, reach: Mapping[Id, Reach], own: set[Id], pairs: set[tuple[Id, Id]]) -> int:
        sharing = {root}
        while more := {r for s in sharing for _, t in self.claims(s) for under, r in pairs if under == t} - sharing:
            sharing |= more
        return sum(self.direct(shared, reach, own) for shared in sharing)

    def direct(self, root: Id, reach: Mapping[Id, Reach], own: set[Id]) -> int:
        count = sum(target not in reach for _, target in self.claims(root))
        for row, values in self.all_rows.items():
            tie = self.maps[row[0]].shared
            if tie and tie.parent == root[0] and values[tie.columns[0]] == root[1] and row not in own:
                count += 1
        return count

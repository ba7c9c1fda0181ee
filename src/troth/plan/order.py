"""A safe order for the lines of one store, from its keys: what points at a row goes, or lets go, before the row does.

The author of a policy never gives an order. Rings are opened by cutting a pointer that may be NULL, own rows first;
then by a key that the database checks at commit; a ring that neither opens is a finding.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from heapq import heapify, heappop, heappush

from troth.model.plan import Assign, Effect, Verb
from troth.model.problem import Place, Problem
from troth.model.schema import ForeignKey
from troth.plan.history import WAKES, histories
from troth.plan.view import View

_RANK = {verb: rank for rank, verb in enumerate((Verb.DETACH, Verb.MASK, Verb.DELETE, Verb.BLOCK, Verb.RETAIN))}


@dataclass(frozen=True)
class _Edge:
    """`before` must be done when `after` begins, because of a key, or because of a trigger (no key)."""

    before: int
    after: int
    key: ForeignKey | None = None


def in_order(view: View, effects: Sequence[Effect]) -> tuple[list[Effect], list[Problem]]:
    """The lines in a safe order, with the cuts that open rings added, and what could not be opened."""
    lines, problems = _with_self_cuts(view, list(effects))
    loose: set[tuple[Effect, str]] = set()
    while True:
        edges = [e for e in _edges(view, lines) if not (e.key and (lines[e.before], e.key.name) in loose)]
        order = _topological(view, lines, edges)
        if len(order) == len(lines):
            return [lines[n] for n in order], problems
        ring = [e for e in edges if _reaches(edges, e.after, e.before)]
        edge = min(ring, key=lambda e: _reluctance(view, lines, e))
        if edge.key is None or not (_can_cut(view, lines[edge.before], edge.key) or edge.key.deferrable):
            problems.append(_ring_problem(view, lines, ring))
            rest = [n for n in range(len(lines)) if n not in order]
            return [lines[n] for n in (*order, *rest)], problems
        loose.add((lines[edge.before], edge.key.name))
        if _can_cut(view, lines[edge.before], edge.key):
            lines.append(_cut(view, lines[edge.before], edge.key))


# --- Cuts -------------------------------------------------------------------------------------------------------------


def _with_self_cuts(view: View, lines: list[Effect]) -> tuple[list[Effect], list[Problem]]:
    """Rows of one table that may refer to each other let go first: engines differ in what they check when."""
    cuts, problems = [], []
    for line in lines:
        for key in view.foreign_keys(line.table):
            if line.verb is not Verb.DELETE or key.parent != line.table:
                continue
            if view.cuttable(line.table, key.columns):
                cuts.append(_cut(view, line, key))
            elif len(line.rows) > 1 and (key.on_delete == "restrict" or view.store.engine == "mariadb"):
                problems.append(_self_problem(view, line, key))
    return [*lines, *cuts], problems


def _can_cut(view: View, line: Effect, key: ForeignKey) -> bool:
    return line.verb is Verb.DELETE and bool(view.cuttable(line.table, key.columns))


def _cut(view: View, line: Effect, key: ForeignKey) -> Effect:
    """The line that cuts a key's pointers of rows that go. A pointer that is cut in either case needs no condition."""
    columns = view.cuttable(line.table, key.columns)
    either_way = set(columns) <= {assign.column for assign in line.otherwise}
    return replace(
        line,
        verb=Verb.DETACH,
        datum=tuple(dict.fromkeys(e for c in columns if (e := view.element(line.table, c)))),
        assigns=tuple(Assign(column, None) for column in columns),
        shared="" if either_way else line.shared,
        otherwise=(),
        owner_columns=(),
        owners=(),
    )


# --- Edges ------------------------------------------------------------------------------------------------------------


def _edges(view: View, lines: Sequence[Effect]) -> list[_Edge]:
    by_table: dict[str, list[int]] = {}
    for number, line in enumerate(lines):
        by_table.setdefault(line.table, []).append(number)
    edges = [e for child in by_table for key in view.foreign_keys(child) for e in _of_key(lines, by_table, child, key)]
    for fed, history in histories(view):
        waking = [n for n in by_table.get(fed.name, ()) if lines[n].verb in WAKES]
        edges += [_Edge(a, b) for a in waking for b in by_table.get(history.name, ())]
    return edges


def _of_key(lines: Sequence[Effect], by_table: dict[str, list[int]], child: str, key: ForeignKey) -> Iterator[_Edge]:
    for before in by_table[child]:
        if not (lines[before].verb is Verb.DELETE or _writes(lines[before], key.columns)):
            continue
        for after in by_table.get(key.parent, ()):
            moves = lines[after].verb is Verb.DELETE or _writes(lines[after], key.parent_columns)
            if moves and after != before and (child != key.parent or lines[before].verb is not Verb.DELETE):
                yield _Edge(before, after, key)


def _writes(line: Effect, columns: Sequence[str]) -> bool:
    return any(assign.column in columns for assign in (*line.assigns, *line.otherwise))


def _topological(view: View, lines: Sequence[Effect], edges: Sequence[_Edge]) -> list[int]:
    """As many lines as can be ordered, always the same way: by table as declared, then by verb, then as given.

    Tables that take part in no transaction come last: nothing undoes their lines when another one is refused.
    """
    place = {table: n for n, table in enumerate(view.store.tables)}
    waits = [0] * len(lines)
    after: dict[int, list[int]] = {}
    for edge in {(e.before, e.after) for e in edges}:
        waits[edge[1]] += 1
        after.setdefault(edge[0], []).append(edge[1])

    def rank(number: int) -> tuple[bool, int, int, int]:
        line = lines[number]
        shape = view.shape(line.table)
        loose = shape is not None and not shape.transactional
        return loose, place.get(line.table, len(place)), _RANK.get(line.verb, len(_RANK)), number

    ready = [rank(n) for n in range(len(lines)) if not waits[n]]
    heapify(ready)
    order = []
    while ready:
        number = heappop(ready)[-1]
        order.append(number)
        for follower in after.get(number, ()):
            waits[follower] -= 1
            if not waits[follower]:
                heappush(ready, rank(follower))
    return order


# --- Rings ------------------------------------------------------------------------------------------------------------


def _reaches(edges: Sequence[_Edge], start: int, goal: int) -> bool:
    seen, todo = {start}, [start]
    while todo:
        here = todo.pop()
        if here == goal:
            return True
        for edge in edges:
            if edge.before == here and edge.after not in seen:
                seen.add(edge.after)
                todo.append(edge.after)
    return False


def _reluctance(view: View, lines: Sequence[Effect], edge: _Edge) -> tuple[int, int, str, str]:
    """Which pointer of a ring to cut: one that may be NULL, of own rows before shared ones; then a deferrable key."""
    line, key = lines[edge.before], edge.key
    if key is None:
        return 9, 0, "", ""
    kind = 0 if _can_cut(view, line, key) else 1 if key.deferrable else 2
    return kind, bool(line.shared), line.table, key.name


def _ring_problem(view: View, lines: Sequence[Effect], ring: Sequence[_Edge]) -> Problem:
    tables = sorted({lines[edge.before].table for edge in ring})
    return Problem(
        "circular-keys",
        f"tables of `{view.store.name}` refer to each other in a ring: {', '.join(f'`{t}`' for t in tables)}",
        _place(view, tables[0]),
        "let one of the pointing columns be NULL, or make its key DEFERRABLE",
    )


def _self_problem(view: View, line: Effect, key: ForeignKey) -> Problem:
    return Problem(
        "self-reference",
        f"rows of `{view.store.name}.{line.table}` refer to each other through `{', '.join(key.columns)}`, never NULL",
        _place(view, line.table),
        "let the column be NULL, so that rows can let go of each other before they are deleted",
    )


def _place(view: View, table: str) -> Place:
    return view.map_of(table).place if table in view.store.tables else view.store.place

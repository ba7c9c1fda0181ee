"""Tables that a trigger fills while a plan runs: they are swept by owner, since the newest rows have no key yet.

Emptying a history first and its table second leaves the old values in the history again. So the sweep comes last, and
it means every row of the owner, those written a moment ago too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from troth.model.datamap import TableMap
from troth.model.plan import Effect, Verb
from troth.model.problem import Problem
from troth.plan.view import View

WAKES = {Verb.DELETE, Verb.MASK, Verb.DETACH}
"""Verbs that fire a trigger."""


def sweep_history(view: View, effects: Sequence[Effect]) -> tuple[list[Effect], list[Problem]]:
    """The same lines, with those of history tables turned into sweeps by owner."""
    lines, problems = list(effects), []
    for fed, history in histories(view):
        waking = [e for e in lines if e.table == fed.name and e.verb in WAKES]
        if not waking:
            continue
        columns = _way_back(view, fed, history)
        kept = [e for e in lines if e.table == history.name and e.verb is not Verb.DELETE]
        if columns is None or kept or any(e.shared for e in waking):
            problems.append(_unreachable(view, fed, history))
            continue
        lines = [*_swept(view, lines, history, columns, waking)]
    return lines, problems


def histories(view: View) -> Iterator[tuple[TableMap, TableMap]]:
    """Tables of a store with the history that a trigger of theirs writes."""
    for fed in view.store.tables.values():
        history = view.store.tables.get(fed.trigger_history)
        if history is not None:
            yield fed, history


def _way_back(view: View, fed: TableMap, history: TableMap) -> tuple[str, ...] | None:
    """Columns of the history that lead to the key of the table it records, in the order of that key."""
    key = view.key_columns(fed.name)
    for claim in history.claims:
        leads_to = claim.parent_columns or key
        if claim.parent == fed.name and not claim.when and set(leads_to) == set(key):
            column = dict(zip(leads_to, claim.columns, strict=True))
            return tuple(column[c] for c in key)
    return None


def _swept(
    view: View,
    lines: Sequence[Effect],
    history: TableMap,
    columns: tuple[str, ...],
    waking: Sequence[Effect],
) -> Iterator[Effect]:
    seen = tuple(key for e in lines if e.table == history.name for key in e.rows)
    yield from (e for e in lines if e.table != history.name)
    yield replace(
        waking[0],
        table=history.name,
        verb=Verb.DELETE,
        rows=seen,
        key_columns=view.key_columns(history.name),
        datum=tuple(dict.fromkeys(view.element(history.name, c) for c, _ in view.personal_columns(history.name))),
        assigns=(),
        exception=None,
        until=None,
        then=None,
        owner_columns=columns,
        owners=tuple(dict.fromkeys(key for e in waking for key in e.rows)),
    )


def _unreachable(view: View, fed: TableMap, history: TableMap) -> Problem:
    return Problem(
        "history-unreachable",
        f"a trigger of `{view.store.name}.{fed.name}` writes to `{history.name}`, which cannot be swept by owner",
        history.place,
        f"declare on `{history.name}` an owner that leads to the key of `{fed.name}`, and let its rows be deleted",
    )

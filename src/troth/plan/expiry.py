"""Retention: what was kept until a date is destroyed when the date is past, in a safe order like any other deletion."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from troth.model.case import Case
from troth.model.plan import Effect, Plan, Verb
from troth.model.policy import Policy
from troth.model.problem import Problem, Severity
from troth.model.schema import Schema
from troth.model.sight import Sight
from troth.plan.codes import Cite
from troth.plan.erasing import lines_of
from troth.plan.fates import judge_due
from troth.plan.making import make
from troth.plan.view import RowId, View, views_of


def due(effects: Iterable[Effect], today: date) -> tuple[Effect, ...]:
    """Lines of an earlier plan whose last day is past: retained and blocked rows, and the shells under them."""
    return tuple(e for e in effects if e.until is not None and e.then is not None and e.until < today)


def retention_plan(
    policy: Policy,
    case: Case,
    person: str,
    ended: Sequence[Effect],
    kept: Sequence[Effect],
    sights: Mapping[str, Sight],
    schemas: Mapping[str, Schema],
    at: datetime,
    cite: Cite,
) -> Plan:
    """The plan that carries out what `due` lines said would happen.

    `sights` are looks by row, since the person's identifiers may be gone. A named row that is no longer there is done;
    a row that is there and not named is not touched, and what it refers to stays as a shell. A row that somebody else
    holds by now (a key that was given out again) is not touched either: `kept` are all lines that still keep something.
    """
    views = [view for view in views_of(policy, sights, schemas) if any(e.store == view.store.name for e in ended)]
    effects, problems = [], []
    for view in views:
        then: dict[RowId, Verb] = {
            (e.table, key): e.then or Verb.DELETE
            for e in due(ended, at.date())
            if e.store == view.store.name
            for key in e.rows
        }
        foreign = _others_by_now(view, then, kept)
        problems += [_changed_hands(view, row_id) for row_id in foreign]
        then = {row_id: verb for row_id, verb in then.items() if row_id not in foreign}
        lines, found = lines_of(view, judge_due(view, then), cite)
        effects += lines
        problems += found
    return make(policy, case, "retention", person, at, views, effects, problems)


def _others_by_now(view: View, then: Mapping[RowId, Verb], kept: Sequence[Effect]) -> frozenset[RowId]:
    """Named rows that a claim ties to somebody by now: the erasure cut all claims but those to rows kept with it."""
    own = {(e.table, key) for e in kept if e.store == view.store.name for key in e.rows}
    proving = {name for name, table in view.store.tables.items() if any(i.proves for i in table.identifiers)}
    return frozenset(
        row_id
        for row_id in then
        for pointer in (view.rows[row_id].refers or () if row_id in view.rows else ())
        if pointer.table in proving and (pointer.table, pointer.key) not in own
    )


def _changed_hands(view: View, row_id: RowId) -> Problem:
    message = f"a kept row of `{view.store.name}.{row_id[0]}` belongs to somebody else by now: it is not touched"
    hint = "its key was given out again; nothing of the person is left under it"
    place = view.map_of(row_id[0]).place
    return Problem("row-changed-hands", message, place, hint, severity=Severity.WARNING)

"""Retention: what was kept until a date is destroyed when the date is past, in a safe order like any other deletion."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from troth.model.case import Case
from troth.model.plan import Effect, Plan, Verb
from troth.model.policy import Policy
from troth.model.schema import Schema
from troth.model.sight import Sight
from troth.plan.codes import Cite
from troth.plan.erasing import lines_of, residues
from troth.plan.fates import judge_due
from troth.plan.lines import numbered, part_of
from troth.plan.reading import views_of, waiting
from troth.plan.view import RowId


def due(effects: Iterable[Effect], today: date) -> tuple[Effect, ...]:
    """Lines of an earlier plan whose last day is past: retained and blocked rows, and the shells under them."""
    return tuple(e for e in effects if e.until is not None and e.then is not None and e.until < today)


def retention_plan(
    policy: Policy,
    case: Case,
    person: str,
    ended: Sequence[Effect],
    sights: Mapping[str, Sight],
    schemas: Mapping[str, Schema],
    at: datetime,
    cite: Cite,
) -> Plan:
    """The plan that carries out what `due` lines said would happen.

    `sights` are looks by row, since the person's identifiers may be gone. A named row that is no longer there is done;
    a row that is there and not named is not touched, and what it refers to stays as a shell.
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
        lines, found = lines_of(view, judge_due(view, then), cite)
        effects += lines
        problems += found
    return Plan(
        case=case.id,
        right="retention",
        person=person,
        policy=policy.hash,
        made_at=at,
        parts=tuple(part_of(view) for view in views),
        effects=numbered(effects),
        waiting=tuple(entry for view in views for entry in waiting(view)),
        residues=tuple(r for view in views for r in residues(view, effects, at.date())),
        findings=tuple(dict.fromkeys(problems)),
    )

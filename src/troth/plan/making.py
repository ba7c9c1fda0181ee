"""Every plan is put together here: its lines, numbered, what it stands on, what waits and what stays behind."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta

from troth.model.case import Case
from troth.model.plan import Effect, Plan, Residue, Verb, Waiting
from troth.model.policy import Policy
from troth.model.problem import Problem
from troth.model.sight import Key
from troth.plan.lines import numbered, part_of
from troth.plan.view import View

LEAVES_BEHIND = frozenset({Verb.DELETE, Verb.MASK, Verb.DETACH})


def make(
    policy: Policy,
    case: Case,
    right: str,
    person: str,
    at: datetime,
    views: Sequence[View],
    effects: Sequence[Effect],
    findings: Iterable[Problem],
) -> Plan:
    """The plan of these lines over these stores; a finding that comes twice is told once."""
    return Plan(
        case=case.id,
        right=right,
        person=person,
        policy=policy.hash,
        made_at=at,
        parts=tuple(part_of(view) for view in views),
        effects=numbered(effects),
        waiting=tuple(entry for view in views for entry in _waiting(view)),
        residues=tuple(residue for view in views for residue in _residues(view, effects, at.date())),
        findings=tuple(dict.fromkeys(findings)),
    )


def _waiting(view: View) -> Iterator[Waiting]:
    """Rows that a hint alone brought in, by what brought them in."""
    for seen in view.tables():
        by: dict[str, list[Key]] = {}
        for row in seen.waiting:
            by.setdefault(row.by, []).append(row.key)
        for hint, keys in by.items():
            yield Waiting(view.store.name, seen.table, tuple(keys), hint)


def _residues(view: View, effects: Sequence[Effect], today: date) -> Iterator[Residue]:
    """What a store still holds after its lines are carried out, and until when."""
    if not any(e.store == view.store.name and e.verb in LEAVES_BEHIND for e in effects):
        return
    if view.store.leaves is None:
        yield Residue(view.store.name, "whatever the engine leaves behind: nothing is declared", None)
        return
    for what, days in view.store.leaves.items():
        yield Residue(view.store.name, what, today + timedelta(days=days))

"""What was kept has an end. On its day the rows are destroyed like any others: planned, signed, looked at, proven.

The person's identifiers may be long erased by then. What remains are the row keys of the plan that kept them, sealed,
so the rows are found by decision (`row`), never by name.
"""

from collections.abc import Sequence

from troth.desk import own
from troth.desk.gather import gather
from troth.desk.house import House
from troth.desk.planning import case_ends, keep
from troth.model.case import Case, CaseState
from troth.model.person import ROW, Identifier, row_name
from troth.model.personal import Personal
from troth.model.plan import Effect
from troth.plan import due, retention_plan

RIGHT = "retention"
DESTROY = "row.destroy"
"""The work of destroying what a closed case kept, on the morning after its last day."""
_UNDONE = tuple(state for state in CaseState if state is not CaseState.CLOSED)


def plan_destruction(house: House, case_id: str) -> str | None:
    """Open a case for what was kept and whose day is past, and plan it; its id, or None when nothing is due.

    Everything that is due of the person goes into one plan: days fall together, and none may push another aside.
    """
    with house.unit() as unit:
        person = unit.cases.get(case_id).person
        kept = own.still_kept(house, unit, person) if person else ()
    ended = due(kept, house.clock.now().date())
    if not person or not ended:
        return None
    case = _case(house, person, ended)
    with house.unit() as unit:
        identifiers = unit.persons.identifiers(person)
    gathered = gather(house, [i for i in identifiers if i.kind == ROW], stores=sorted({e.store for e in ended}))
    for error in gathered.unreachable.values():
        raise error
    schemas = {name: house.stores[name].describe() for name in gathered.sights}
    drafted = retention_plan(
        house.policy, case, person, ended, kept, gathered.sights, schemas, house.clock.now(), house.cite
    )
    keep(house, case.id, drafted)
    return case.id


def _case(house: House, person: str, ended: Sequence[Effect]) -> Case:
    """The case of this destruction, one at a time for a person: a worker killed in between finds its own again."""
    now = house.clock.now()
    with house.unit() as unit:
        open_already = [c for c in unit.cases.find(states=_UNDONE, person=person) if c.right == RIGHT]
        ends = case_ends(now.date())
        case = open_already[0] if open_already else unit.cases.open(RIGHT, person, due=now.date(), ends=ends)
        for effect in ended:
            for key in effect.rows:
                row = Identifier(ROW, Personal(row_name(effect.store, effect.table, key)), proven=True, origin="plan")
                unit.persons.link(person, row, reason=f"kept until {effect.until}")
    return case

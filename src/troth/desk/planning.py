"""From a case to a plan: look everywhere, let the pure planner decide, keep what it decided under its hash."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from troth.desk import heeding, own
from troth.desk.gather import Gathered, gather, handed_over
from troth.desk.house import House
from troth.desk.later import hand_in
from troth.model.case import Case, CaseState
from troth.model.event import Json
from troth.model.person import NOT_ROW, ROW, Identifier, row_name
from troth.model.personal import Personal
from troth.model.plan import Done, Outcome, Plan
from troth.model.problem import InputError, Problem, Severity
from troth.model.schema import Schema
from troth.plan import RESTORE, access, dump, erasure, plan_hash
from troth.policy import check_against_schema
from troth.ports.state import PartState, Unit
from troth.ports.store import StoreError

PLAN = "case.plan"
"""The work of planning a case."""


BUILT = frozenset({"access", "erasure"})
"""Rights that a machine plans today. Any other is a person's work, and never quietly becomes one of these."""


@dataclass(frozen=True)
class Planned:
    """A plan with its hash, and what was seen when it was made."""

    plan: Plan
    hash: str
    gathered: Gathered


def make_plan(house: House, case_id: str) -> Planned:
    """Plan a case and keep the plan. Every store that is to be planned for has to answer: a partial plan is none.

    Raises InputError, StoreError, Unreachable.
    """
    hand_in(house)  # what left while the ledger was away is the person's, and its recipient is to be told
    with house.unit() as unit:
        case = unit.cases.get(case_id)
        if case.right == RESTORE:
            raise InputError("not-planned-here", f"case `{case_id}` erases again after a restore", "`troth worker`")
        person = _person(case)
        said = unit.requests.said(case_id) or {}
        linked = unit.persons.identifiers(person)
        identifiers = (*linked, *own.kept_rows(house, unit, person))
        facts = heeding.events_of(unit, person)
    gathered = handed_over(house, case_id, identifiers, person) or gather(house, identifiers, person=person)
    for error in gathered.unreachable.values():
        raise error
    schemas = {name: store.describe() for name, store in house.stores.items()}
    plan = draft(house, case, gathered, schemas, str(said.get("ground", "")))
    plan = replace(plan, findings=(*map_findings(house, schemas), *refused(house, plan), *plan.findings))
    known = {(i.kind, i.value, i.proven) for i in linked}
    new = [i for i in gathered.identifiers if (i.kind, i.value, i.proven) not in known]
    return Planned(plan, keep(house, case_id, plan, new, facts), gathered)


def keep(
    house: House, case_id: str, plan: Plan, learned: Sequence[Identifier] = (), facts: Sequence[int] | None = None
) -> str:
    """Keep a plan under its hash as the newest of its case, and what was learned while making it; gives the hash.

    `facts`: the events of what the person had said when it was made; see `heeding`.
    """
    text, digest = dump(plan), plan_hash(plan)
    body = {"plan": text} if facts is None else {"plan": text, heeding.FACTS: list(facts)}
    parts = {part.store: (part.fingerprint, part.asynchronous) for part in plan.parts}
    with house.unit(lasting=False) as unit:
        unit.persons.link_all(plan.person, learned, reason=f"seen while planning case {case_id}")
        unit.cases.save_plan(case_id, digest, Personal(body), parts)
    house.plans.put(digest, plan)
    house.between("plan kept")
    return digest


def set_aside(house: House, unit: Unit, case_id: str, plan: str, stores: Collection[str], *, note: str) -> None:
    """Call a plan's parts in these stores stale, as far as they are not done, and make a new plan due."""
    for part in unit.cases.parts(plan):
        if part.store in stores and part.state is not PartState.DONE:
            unit.cases.settle(plan, part.store, Outcome(Done.STALE, note=note))
    unit.due.add(PLAN, case_id, house.clock.now())


def case_ends(day: date) -> date:
    """When a case opened on this day is over as proof: three whole years, the ordinary limitation of several states."""
    return date(day.year + 3, 12, 31)


def needs_plan(house: House, case: Case) -> bool:
    """Whether a plan is due: there is none, it left something, or it no longer fits the data. A signed one is kept."""
    if case.state in (CaseState.OPEN, CaseState.FAILED):
        return True
    with house.unit() as unit:
        parts = unit.cases.parts(case.plan) if case.plan else ()
    return case.state is not CaseState.CLOSED and any(part.state is PartState.STALE for part in parts)


def plan_of(house: House, case_id: str) -> tuple[Plan, str]:
    """The newest plan of a case. Raises InputError when there is none or its key is gone."""
    with house.unit() as unit:
        case = unit.cases.get(case_id)
        return newest_plan(house, unit, case), case.plan


def newest_plan(house: House, unit: Unit, case: Case) -> Plan:
    """The newest plan of a case. Raises InputError when there is none or its key is gone."""
    return house.as_plan(newest_body(unit, case))


def newest_body(unit: Unit, case: Case) -> Personal[Json]:
    """The newest plan of a case as it was kept. Raises InputError when there is none or its key is gone."""
    body = unit.cases.plan(case.plan) if case.plan else None
    if body is None:
        raise InputError("no-plan", f"case `{case.id}` has no plan that can be read", f"run `troth plan {case.id}`")
    return body


def decide(house: House, case_id: str, row: str, *, theirs: bool, by: str, reason: str) -> str:
    """A person of the office says whose a waiting row is. The decision is a link and can be taken back.

    Gives the right of the case.
    """
    plan, _ = plan_of(house, case_id)
    names = {row_name(w.store, w.table, key) for w in plan.waiting for key in w.rows}
    if row not in names:
        raise InputError(
            "not-waiting", f"row `{row}` does not wait in case `{case_id}`", f"`troth show {case_id}` lists them"
        )
    kind = ROW if theirs else NOT_ROW
    with house.unit(by) as unit:
        case = unit.cases.get(case_id)
        unit.persons.link(_person(case), Identifier(kind, Personal(row), proven=True, origin=by), reason=reason)
    return case.right


def draft(house: House, case: Case, gathered: Gathered, schemas: Mapping[str, Schema], ground: str) -> Plan:
    """What the pure planner makes of what was gathered. Nothing is kept."""
    at = house.clock.now()
    require_built(case.right)
    if case.right == "access":
        return access(house.policy, case, _person(case), gathered.sights, schemas, at, house.cite)
    person, released = _person(case), _released(house, _person(case))
    found = gathered.sights
    plan = erasure(house.policy, case, person, found, schemas, at, house.cite, ground=ground, released=released)
    return own.prolong(house, plan)


def _released(house: House, person: str) -> Mapping[str, set[str]]:
    """Recipient -> elements that left for it about the person."""
    left: dict[str, set[str]] = {}
    with house.unit() as unit:
        for each in unit.facts.releases(person):
            if each.what.recipient:
                left.setdefault(each.what.recipient, set()).update(each.what.elements)
    return left


def map_findings(house: House, schemas: Mapping[str, Schema]) -> tuple[Problem, ...]:
    """What the real schemas and the data map disagree about: an undeclared column closes the plan."""
    return tuple(problem for name, schema in schemas.items() for problem in _differences(house, name, schema))


def _differences(house: House, store: str, schema: Schema) -> Sequence[Problem]:
    """Compared once: a store gives the same schema as long as nothing about it has changed."""
    known = house.compared.get(store)
    if known is None or known[0] is not schema:
        known = house.compared[store] = schema, check_against_schema(house.policy.stores[store], schema)
    return known[1]


def refused(house: House, plan: Plan) -> Iterator[Problem]:
    """What the databases themselves would refuse: each is asked, on the very rows, before anything is written."""
    for part in plan.parts:
        lines = {e.number: e for e in plan.effects if e.store == part.store and (e.assigns or e.otherwise)}
        for number, constraint in house.stores[part.store].refused(list(lines.values())):
            table = lines[number].table
            place = house.policy.stores[part.store].tables[table].place
            message = f"line {number}: `{part.store}.{table}` would refuse what is written: `{constraint}`"
            yield Problem("mask-refused", message, place, "declare a mask that the constraint accepts")


def require_declared(house: House, stores: Iterable[str]) -> Mapping[str, str]:
    """Refuse to act where the map no longer covers a schema. Gives the stores whose schema cannot be seen, and why."""
    schemas, unseen = {}, {}
    for name in stores:
        if name not in house.stores:
            raise InputError(
                "store-undeclared", f"the plan names `{name}`, the policy does not", "plan again", exit_code=3
            )
        try:
            schemas[name] = house.stores[name].describe()
        except StoreError as error:
            unseen[name] = error.code
    wrong = [problem for problem in map_findings(house, schemas) if problem.severity is Severity.ERROR]
    if wrong:
        message = "; ".join(f"{problem.code}: {problem.message}" for problem in wrong)
        raise InputError("map-incomplete", message, "declare it, publish, and plan again", exit_code=3)
    return unseen


def require_built(right: str) -> None:
    """Raises InputError for a right that nobody can carry out here yet."""
    if right not in BUILT:
        remedy = f"a person answers it; planned here: {', '.join(sorted(BUILT))}"
        raise InputError(
            "right-not-built", f"`{right}` is offered, but not planned by machine yet", remedy, exit_code=3
        )


def _person(case: Case) -> str:
    if case.person is None:
        raise InputError(
            "nobody", f"nobody is known in case `{case.id}`", "answer the person: nothing is held about them"
        )
    return case.person

"""The answer to an access request: read what the plan says, put the package on the shelf, date its end."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from troth.desk import heeding, own
from troth.desk.approving import require_approval
from troth.desk.closed import require_open
from troth.desk.gather import found_by, gather
from troth.desk.house import House
from troth.desk.planning import newest_body, set_aside
from troth.model.case import Case, CaseState
from troth.model.personal import Personal
from troth.model.plan import Count, Done, Effect, Outcome, Plan, Verb
from troth.model.problem import InputError
from troth.plan import fold_receipt, stale
from troth.plan.codes import FREE_TEXT
from troth.show import package as words
from troth.show import receipt as receipt_words
from troth.show.html import page

PACKAGE_END = "package.end"
TEXTS = "text.remind"
"""The work of reminding the office of words in a case (`ref`) that somebody has to read."""
REMIND_AFTER = timedelta(days=7)
PACKAGE_DAYS = 30
"""How long a package waits to be fetched. A copy that nobody fetches must not become a new store of personal data."""


@dataclass(frozen=True)
class Delivered:
    """Where the package lies, and how much is in it."""

    case: Case
    folder: Path | None
    """None when the case had been closed before: nothing was read again."""
    values: int


def deliver(house: House, case_id: str) -> Delivered:
    """Read, write the package, close the case with a receipt. Raises InputError, StoreError, Unreachable."""
    with house.unit() as unit:
        case = unit.cases.get(case_id)
        body, digest = newest_body(unit, case), case.plan
    plan = house.as_plan(body)
    if case.state is CaseState.CLOSED:
        return Delivered(case, None, 0)
    if not plan.applicable:
        raise InputError("plan-not-applicable", f"the plan of case `{case_id}` has errors", "mend them", exit_code=3)
    approval = require_approval(house, case, plan, digest)
    require_open(house, (part.store for part in plan.parts))
    now = house.clock.now()
    with house.unit() as unit:  # before the first value is written: a copy must never be without an end
        unit.due.add(PACKAGE_END, case_id, now + timedelta(days=PACKAGE_DAYS))
    rows = list(_rows(house, plan))
    _must_be_as_planned(house, plan, digest)
    _must_be_heard(house, plan, digest, heeding.known_then(body))
    found = words.entries(house.policy, house.catalog, rows)
    folder = house.shelf.put(case_id, _files(house, plan, found))
    house.between("package written")
    house.state.ledger.number()  # the receipt names the positions it rests on
    with house.unit() as unit:
        case = unit.cases.get(case_id)
        if case.state is CaseState.CLOSED:
            return Delivered(case, folder, len(found))
        outcomes = _outcomes(plan)
        positions = tuple(e.position for e in unit.events.of_case(case_id) if e.position is not None)
        done = fold_receipt(house.policy, case, plan, digest, approval, outcomes, {}, (), now, positions)
        done = replace(done, copy_until=(now + timedelta(days=PACKAGE_DAYS)).date())
        unit.cases.move(case_id, CaseState.APPLYING)
        unit.cases.move(case_id, CaseState.LOOKING)
        case = unit.cases.close(case_id, receipt_words.as_json(done))
        if any(e.exception and e.exception.code == FREE_TEXT for e in plan.effects):
            unit.due.add(TEXTS, case_id, now + REMIND_AFTER)
        own.forget_again(house, unit, plan.person)
        own.set_dates(house, unit, plan.person)
    return Delivered(case, folder, len(found))


def _must_be_as_planned(house: House, plan: Plan, digest: str) -> None:
    """Look again after reading: a key may have become somebody else's since the plan. Then nothing leaves."""
    names = [part.store for part in plan.parts if not house.policy.stores[part.store].ours]
    with house.unit() as unit:
        identifiers = found_by(unit, plan)
    gathered = gather(house, identifiers, stores=names)
    for error in gathered.unreachable.values():
        raise error
    moved = stale(plan, gathered.sights)
    if not moved:
        return
    with house.unit() as unit:
        set_aside(house, unit, plan.case, digest, moved, note="moved")
    message = f"the data in {', '.join(moved)} moved since the plan of case `{plan.case}`: nothing left the house"
    raise InputError("plan-stale", message, f"read and sign a new plan: `troth plan {plan.case}`", exit_code=4)


def _must_be_heard(house: House, plan: Plan, digest: str, then: frozenset[int] | None) -> None:
    """A copy says what the person chose and objected to: one that would leave something out does not leave."""
    with house.unit() as unit:
        moved = heeding.moved(unit, plan.person, then)
        if moved:
            set_aside(house, unit, plan.case, digest, [part.store for part in plan.parts], note=heeding.MOVED)
    if moved:
        raise heeding.unheard(plan.case)


def destroy_package(house: House, case_id: str) -> None:
    """The day of a package or supplement has come, unless it was written again since: then its own is still to come."""
    with house.unit() as unit:
        later = dict(unit.due.undone(PACKAGE_END)).get(case_id)
    if later is None or later <= house.clock.now():
        house.shelf.remove(case_id)


def _files(house: House, plan: Plan, found: list[words.Entry]) -> dict[str, str]:
    title = f"What {house.policy.organisation.name} holds about you"
    with house.unit() as unit:
        lived = unit.notices.history(plan.person)
    governed = lived[-1] if lived else None
    return {
        "index.html": page(title, words.package(house.policy, house.catalog, plan, found, governed)),
        "data.json": words.as_json(house.policy, house.catalog, plan, found),
        "data.csv": words.as_csv(found),
    }


def _rows(house: House, plan: Plan) -> Iterator[tuple[str, str, str, Mapping[str, Personal[Any]]]]:
    for part in plan.parts:
        reads = [e for e in plan.effects if e.store == part.store and e.verb is Verb.READ and e.exception is None]
        if reads:
            for row in house.stores[part.store].read(reads):
                yield part.store, row.table, json.dumps(list(row.key), ensure_ascii=False), row.values


def _outcomes(plan: Plan) -> dict[str, Outcome]:
    def read(effect: Effect) -> Count:
        return Count(effect.number, 0 if effect.exception else len(effect.rows))

    return {
        part.store: Outcome(Done.APPLIED, tuple(read(e) for e in plan.effects if e.store == part.store))
        for part in plan.parts
    }

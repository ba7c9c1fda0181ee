"""The third look, and the end of a case: what is left fails it; nothing left makes the receipt."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from troth.desk import own, telling
from troth.desk.approving import APPLY
from troth.desk.delivering import REMIND_AFTER, TEXTS
from troth.desk.gather import found_by, gather
from troth.desk.house import House
from troth.desk.planning import PLAN, newest_plan
from troth.desk.retaining import DESTROY
from troth.model.case import Case, CaseState
from troth.model.event import Retain
from troth.model.person import ROW, Identifier
from troth.model.plan import Done, Effect, Outcome, Plan, Verb
from troth.model.sight import Sight
from troth.plan import RESTORE, fold_receipt, left_over
from troth.plan.telling import named_to
from troth.ports.state import Part, PartState, Unit
from troth.show import receipt as receipt_words

ERASING = frozenset({"erasure", "retention"})
"""Plans after which our own words about the person go too."""


def close_if_done(house: House, case_id: str) -> Case:
    """Move a case as far as its parts allow: wait, plan anew, fail, or look again and close."""
    with house.unit() as unit:
        case = unit.cases.get(case_id)
        plan, digest = newest_plan(house, unit, case), case.plan
        parts = unit.cases.parts(digest)
        identifiers = found_by(unit, plan)
    if any(part.state is PartState.STALE for part in parts):
        return _plan_again(house, case)
    parts = [part for part in parts if not house.policy.stores[part.store].ours]
    if any(part.state in (PartState.PLANNED, PartState.INTENDED, PartState.WAITING) for part in parts):
        return case
    sights = _third_look(house, plan, identifiers)
    pending = [part for part in parts if part.state is PartState.ASKED and left_over(plan, sights[part.store])]
    if pending:
        return _move(house, case, CaseState.WAITING, then=APPLY, at=house.morning_after(house.clock.now().date()))
    left = {part.store: left_over(plan, sights[part.store]) for part in parts}
    case = _move(house, case, CaseState.LOOKING)
    house.between("looked again")
    if any(left.values()):
        return _move(house, case, CaseState.FAILED, code="left-over", then=PLAN)
    return _close(house, case, plan, digest, sights)


def _third_look(house: House, plan: Plan, identifiers: Sequence[Identifier]) -> dict[str, Sight]:
    if plan.right == RESTORE:  # its stores are closed to everybody else, and what is found there teaches it nothing
        return {part.store: house.stores[part.store].look(identifiers) for part in plan.parts}
    gathered = gather(house, identifiers, stores=[part.store for part in plan.parts])
    for error in gathered.unreachable.values():
        raise error
    return dict(gathered.sights)


def _close(house: House, case: Case, plan: Plan, digest: str, sights: dict[str, Sight]) -> Case:
    house.state.ledger.number()  # the receipt names the positions it rests on
    with house.unit() as unit:
        earlier = _earlier(house, unit, case, digest)
        told = tuple(_told(house, unit, case, [plan, *(before for _, before, _ in reversed(earlier))]))
        for part in unit.cases.parts(digest):
            if part.state is PartState.ASKED:
                unit.cases.settle(digest, part.store, Outcome(Done.APPLIED, part.counts, note="confirmed by looking"))
        if plan.right in ERASING:
            unit.facts.mark_erased(plan.person)
        sights |= own.settle(house, unit, plan, digest)
        parts = unit.cases.parts(digest)
        approval = unit.cases.approval(digest)
        positions = tuple(e.position for e in unit.events.of_case(case.id) if e.position is not None)
        outcomes = {part.store: _outcome(part) for part in parts}
        now = house.clock.now()
        done = fold_receipt(house.policy, case, plan, digest, approval, outcomes, sights, told, now, positions, earlier)
        if any(effect.until and effect.until < house.clock.now().date() for effect in plan.effects):
            unit.due.add(DESTROY, case.id, house.clock.now())  # its day passed while the case was open
        if any(line.to_read for line in done.lines):
            unit.due.add(TEXTS, case.id, house.clock.now() + REMIND_AFTER)
        closed = unit.cases.close(case.id, receipt_words.as_json(done))
        own.finish(house, unit, plan)
        if plan.right in ERASING:  # last: nothing can be sealed under a key that goes with this unit
            unit.events.erase(plan.person, {Retain.IDENTITY, Retain.STATE})
        if plan.right == RESTORE:
            _forget_decisions(unit, plan.person)
    house.between("closed")
    return closed


def _earlier(house: House, unit: Unit, case: Case, digest: str) -> list[tuple[str, Plan, dict[str, Outcome]]]:
    """The case's plans before this one, oldest first, with what the stores did under them."""
    made = [str(event.envelope["plan"]) for event in unit.events.of_case(case.id, ("plan.made",))]
    bodies = [(plan, unit.cases.plan(plan)) for plan in made if plan != digest]
    parts = {plan: [part for part in unit.cases.parts(plan) if part.done] for plan, _ in bodies}
    return [
        (plan, house.as_plan(body), {part.store: _outcome(part) for part in parts[plan]})
        for plan, body in bodies
        if body and parts[plan]
    ]


def _told(house: House, unit: Unit, case: Case, plans: Sequence[Plan]) -> Iterator[str]:
    """Who was told what, in words: told is not confirmed, and nobody is called told whom no letter can name.

    The newest plan comes first; of an earlier one only those who were asked under it and are in no newer one.
    """
    identifiers = found_by(unit, plans[0])
    asked, still = telling.asked_and_unanswered(unit, case.id)
    lines: dict[str, Effect] = {}
    for plan in plans:
        for effect in plan.effects:
            if effect.verb is Verb.TELL and (plan is plans[0] or effect.recipient in asked):
                lines.setdefault(effect.recipient, effect)
    for name, effect in lines.items():
        recipient = house.policy.recipients[name]
        what = ", ".join(house.policy.named(effect.datum))
        if effect.exception and name not in asked:  # begun by an earlier version, which asked nobody
            yield f"{recipient.name}: not told yet of the erasure of {what}: somebody of ours has still to write"
        elif name in still and effect.exception:
            yield f"{recipient.name}: somebody of ours is asked to write about {what}; not confirmed yet"
        elif name in still and not named_to(house.policy, name, identifiers):
            yield f"{recipient.name}: somebody of ours writes about {what}, because no machine can name you to them"
        else:
            verb = "asked to erase" if recipient.role == "processor" else "told of the erasure of"
            answered = "not confirmed yet" if name in still else "confirmed"
            yield f"{recipient.name}: {verb} {what}; {answered}"


def _forget_decisions(unit: Unit, person: str) -> None:
    """What a replay linked goes again. Who came back since has identifiers of their own, and keeps them."""
    linked = [row for row in unit.own.rows(person) if row.table == "identifier"]
    if all((row.values["kind"].reveal(), row.values["origin"].reveal()) == (ROW, RESTORE) for row in linked):
        unit.own.erase(person, [(row.table, row.key) for row in linked])
        return
    for identifier in unit.persons.identifiers(person):
        if identifier.kind == ROW and identifier.origin == RESTORE:
            unit.persons.unlink(person, identifier, reason="erased again")


def _outcome(part: Part) -> Outcome:
    return Outcome(part.done or Done.APPLIED, part.counts, part.note)


def _plan_again(house: House, case: Case) -> Case:
    """The plan no longer fits the data, or left something: a new one is due, to be read and signed like the first."""
    with house.unit() as unit:
        unit.due.add(PLAN, case.id, house.clock.now())
    return case


def _move(
    house: House, case: Case, to: CaseState, *, code: str = "", then: str = "", at: datetime | None = None
) -> Case:
    """Change the state, and file in the same breath what has to follow. What is forgotten is found out again."""
    with house.unit(lasting=False) as unit:
        if then:
            unit.due.add(then, case.id, at or house.clock.now())
        return case if case.state is to else unit.cases.move(case.id, to, code=code)

"""A signed plan becomes true: intent, store transaction, outcome, for each store; then a third look; then the receipt.

Every function may be killed at any line and called again: what is written says how far it came, a store recognises an
order that it has carried out, and nothing is called done before it was looked at.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from troth.desk import heeding, telling
from troth.desk.approving import APPLY, require_good
from troth.desk.closing import close_if_done
from troth.desk.gather import found_by
from troth.desk.house import House
from troth.desk.marking import holds_objection, mark_new
from troth.desk.planning import newest_body, newest_plan, require_declared, set_aside
from troth.desk.retaining import DESTROY
from troth.desk.sameness import Who, who_they_are
from troth.model.case import Case, CaseState
from troth.model.person import Identifier
from troth.model.plan import Count, Done, Effect, Order, Outcome, Plan, Verb
from troth.model.problem import InputError
from troth.plan import orders
from troth.plan.telling import kept_from, named_to
from troth.ports.facts import Closing
from troth.ports.outbox import WORK_ORDER, KeptRows, Letter
from troth.ports.state import Part, PartState, RefusedError, Unit
from troth.ports.store import StoreError

FORGET = "hashes.forget"
"""The day has come on which no backup of a store (`ref`) can bring certain rows back: their hashes go."""
ANSWER = timedelta(days=14)
"""How long a recipient has before it is reminded."""
NO_LONGER_FITS = frozenset(
    {
        "still-referenced",
        "count-mismatch",
        "schema-changed",
        "not-null",
        "not-unique",
        "check-refused",
        "bad-value",
        "mask-too-long",
        "row-not-seen",
        "sweep-deletes",
        "key-not-unique",
        "bad-decision",
    }
)
"""Codes by which a store says that the plan does not fit its data: a new one is due. After any other the part waits."""
NO_TRANSACTIONS = "no-transactions"
"""The finding about a table whose engine undoes nothing."""
BACKOFF = timedelta(minutes=1)
LONGEST_BACKOFF = timedelta(hours=6)


def apply(house: House, case_id: str) -> Case:
    """Carry the case's plan out as far as the stores answer. Raises InputError when it may not be applied at all."""
    with house.unit() as unit:
        case = unit.cases.get(case_id)
        if case.state is CaseState.CLOSED:
            return case
        body, digest = newest_body(unit, case), case.plan
        plan = house.as_plan(body)
        approval = unit.cases.approval(digest)
        identifiers = found_by(unit, plan)
    if not plan.applicable:
        raise InputError(
            "plan-not-applicable", f"the plan of case `{case_id}` has errors", "mend them and plan again", exit_code=3
        )
    require_good(house, case, plan, approval)
    unseen = require_declared(house, [part.store for part in plan.parts])
    facts = _Facts(plan.person, heeding.known_then(body), tuple(_closings(house, plan)))
    _begin(house, case, plan, digest, facts)
    _letters(house, plan, identifiers)
    ordered = [order for order in orders(plan) if not house.policy.stores[order.store].ours]  # ours: when it closes
    _carry_out(house, case_id, ordered, identifiers, unseen, facts)
    return close_if_done(house, case_id)


def stale_stores(house: House, case: Case) -> tuple[str, ...]:
    """Stores in which the case's newest plan no longer fits the data."""
    with house.unit() as unit:
        parts = unit.cases.parts(case.plan) if case.plan else ()
    return tuple(part.store for part in parts if part.state is PartState.STALE)


def without_transactions(house: House, case: Case, stores: Collection[str]) -> tuple[str, ...]:
    """Tables of these stores that, as the newest plan found, take part in no transaction: nothing is undone there."""
    if not stores:
        return ()
    with house.unit() as unit:
        plan = newest_plan(house, unit, case)
    loose = {finding.place for finding in plan.findings if finding.code == NO_TRANSACTIONS}
    mapped = (table for store in stores for table in house.policy.stores[store].tables.values())
    return tuple(table.name for table in mapped if table.place in loose)


@dataclass(frozen=True)
class _Facts:
    """What the person had said when the plan was made, and what the plan itself closes."""

    person: str
    then: frozenset[int] | None
    closings: tuple[Closing, ...]

    def moved(self, unit: Unit) -> bool:
        """Whether the person said anything since; holds the person."""
        return heeding.moved(unit, self.person, self.then, self.closings)


def _begin(house: House, case: Case, plan: Plan, digest: str, facts: _Facts) -> None:
    """Close what is kept and date its end, before the first row is touched and the first letter written.

    Raises InputError `plan-stale` where the person said something since the plan was made.
    """
    if case.state is not CaseState.APPROVED:
        return
    with house.unit() as unit:
        moved = facts.moved(unit)
        if moved:
            set_aside(house, unit, case.id, digest, [part.store for part in plan.parts], note=heeding.MOVED)
        elif not unit.cases.begin(case.id, digest):
            return
        else:
            _close_and_date(house, unit, case, plan)
    if moved:
        raise heeding.unheard(case.id)
    house.between("begun")


def _close_and_date(house: House, unit: Unit, case: Case, plan: Plan) -> None:
    unit.facts.restrict(plan.person, *_closings(house, plan))
    asked: dict[str, set[str]] = {}
    for effect in _told(plan):
        asked.setdefault(effect.recipient, set()).update(effect.datum)
    if asked:
        telling.note(unit, telling.ASKED, case.id, asked)
        unit.due.add(telling.REMIND, case.id, house.clock.now() + ANSWER)
    for until in sorted({effect.until for effect in _of_others(house, plan) if effect.until}):
        unit.due.add(DESTROY, case.id, house.morning_after(until))


def _closings(house: House, plan: Plan) -> Iterator[Closing]:
    """What is closed at the gate, because it is kept."""
    for effect in plan.effects:
        if effect.verb in (Verb.RETAIN, Verb.BLOCK) and effect.exception:
            rule = house.policy.stores[effect.store].tables[effect.table].retain
            open_to = house.policy.retentions[rule].open_to if rule else ()
            yield Closing(effect.exception.code, effect.datum, open_to, effect.exception.law, effect.until)


def _told(plan: Plan) -> Iterator[Effect]:
    """Everybody who received it (Art. 19): who can be told by no machine is written to by somebody of ours."""
    return (effect for effect in plan.effects if effect.verb is Verb.TELL)


def _of_others(house: House, plan: Plan) -> Iterator[Effect]:
    """Lines about other stores than our own, which dates its own ends."""
    return (e for e in plan.effects if e.verb is not Verb.TELL and not house.policy.stores[e.store].ours)


def forget_ended(house: House, store: str) -> int:  # noqa: ARG001 - the form of all work
    """Delete the hashes that have passed their end; how many."""
    with house.unit() as unit:
        return unit.hashes.forget_ended()


def _letters(house: House, plan: Plan, identifiers: Sequence[Identifier]) -> None:
    if not any(_told(plan)):
        return
    unsent = telling.unsent(house, plan.case)
    told = [effect for effect in _told(plan) if effect.recipient in unsent]
    letters = []
    for effect in told:
        letter = _letter(house, plan, effect, identifiers)
        way = house.policy.recipients[effect.recipient].tell
        # Without a name that the recipient knows, or a way to them, the letter waits for somebody of ours.
        letters.append((letter, way if way and letter.identifiers else WORK_ORDER))
    answers = house.outbox.send_all(letters)
    failed = [answer for answer in answers if isinstance(answer, InputError)]
    # What was handed over was handed over, whatever became of another one.
    sent = {e.recipient: e.datum for e, answer in zip(told, answers, strict=True) if isinstance(answer, str)}
    if sent:
        with house.unit(lasting=False) as unit:  # forgotten, the same letters are written again
            telling.note(unit, telling.SENT, plan.case, sent)
    for error in failed:
        raise error


def _letter(house: House, plan: Plan, effect: Effect, identifiers: Sequence[Identifier]) -> Letter:
    policy = house.policy
    recipient = policy.recipients[effect.recipient]
    kept = kept_from(policy, plan.effects, effect.recipient)
    return Letter(
        case=plan.case,
        recipient=effect.recipient,
        asks="erase" if recipient.role == "processor" else "note",
        elements=policy.named(effect.datum),
        identifiers=named_to(policy, effect.recipient, identifiers),
        answer_by=(house.clock.now() + ANSWER).date(),
        sender=policy.organisation.name,
        contact=policy.organisation.contact,
        name=recipient.name,
        by_hand=not recipient.tell,
        keeps=tuple(
            KeptRows(policy.named(e.datum), len(e.rows), e.until, e.exception.law if e.exception else "") for e in kept
        ),
    )


def _carry_out(
    house: House,
    case_id: str,
    ordered: Sequence[Order],
    identifiers: Sequence[Identifier],
    unseen: Mapping[str, str],
    facts: _Facts,
) -> None:
    """Store by store: intent, act, outcome. What one store did and the intent for the next are one transaction.

    All are read before the first acts: what a store did is written down without a word to another. A store that does
    not answer waits alone; so does one that is `unseen` (why).
    """
    before: _Acted | None = None
    for asked in [_asked(house, order, unseen.get(order.store, ""), identifiers) for order in ordered]:
        begun = _written(house, case_id, before, asked, facts)
        before = _let_act(house, case_id, asked, begun, identifiers) if begun else None
    if before:
        with house.unit(lasting=False) as unit:  # forgotten, the store is asked again and knows the order
            _settle(house, unit, before)
        house.between(f"{before.order.store} settled")


@dataclass(frozen=True)
class _Acted:
    """What a store did, and is to be written down."""

    order: Order
    outcome: Outcome
    stay: Sequence[Who]
    """Rows that stay, written over: they are known by what they are now."""


@dataclass(frozen=True)
class _Asked:
    """What a store is asked, and what has to be known of its rows before they go."""

    order: Order
    unseen: str
    """Why it cannot be asked, as a code."""
    who: Sequence[Who] = ()
    objecting: Sequence[Identifier] = ()
    """Whose no stands in these rows alone, and outlives them as a mark."""


def _asked(house: House, order: Order, unseen: str, identifiers: Sequence[Identifier]) -> _Asked:
    if unseen:
        return _Asked(order, unseen)
    try:
        return _Asked(order, "", who_they_are(house, order), identifiers if holds_objection(house, order) else ())
    except StoreError as error:
        return _Asked(order, error.code)


def _written(house: House, case_id: str, before: _Acted | None, asked: _Asked, facts: _Facts) -> Part | None:
    """Write down what the store before did, and the intent for this one; its part, or None where it is not asked."""
    try:
        with house.unit() as unit:
            if before:
                _settle(house, unit, before)
            part = _intend(house, unit, case_id, asked, facts)
    except RefusedError:
        if before:  # it did what it did, whatever forbids the next
            with house.unit() as unit:
                _settle(house, unit, before)
        raise
    if before:
        house.between(f"{before.order.store} settled")
    if part:
        house.between(f"{asked.order.store} intended")
    return part


def _intend(house: House, unit: Unit, case_id: str, asked: _Asked, facts: _Facts) -> Part | None:
    order, unseen = asked.order, asked.unseen
    part = next(p for p in unit.cases.parts(order.plan) if p.store == order.store)
    if part.state in (PartState.DONE, PartState.STALE, PartState.ASKED):
        return None
    if unseen in NO_LONGER_FITS:
        unit.cases.settle(order.plan, order.store, Outcome(Done.STALE, note=unseen))
        return None
    if unseen:
        _wait(house, unit, case_id, order, unseen, part.tries)
        return None
    if facts.moved(unit):
        unit.cases.settle(order.plan, order.store, Outcome(Done.STALE, note=heeding.MOVED))
        return None
    unit.cases.intend(order.plan, order.store)
    unit.hashes.remember_who(asked.who, ends=_replay_until(house, order.store))
    mark_new(house, unit, asked.objecting)
    return part


def _let_act(house: House, case_id: str, asked: _Asked, part: Part, identifiers: Sequence[Identifier]) -> _Acted | None:
    """Let the store act; what it did, or None where its part waits."""
    order = replace(asked.order, heard=bool(asked.objecting))
    stay: Sequence[Who] = ()
    try:
        outcome = house.stores[order.store].act(order, identifiers)
        if outcome.done in (Done.APPLIED, Done.ALREADY):
            stay = who_they_are(house, order, after=True)
    except StoreError as error:
        if error.code not in NO_LONGER_FITS:
            with house.unit() as unit:
                _wait(house, unit, case_id, order, error.code, part.tries)
            return None
        outcome = Outcome(Done.STALE, note=error.code)
    house.between(f"{order.store} acted")
    return _Acted(order, outcome, stay)


def _settle(house: House, unit: Unit, acted: _Acted) -> None:
    order, outcome = acted.order, acted.outcome
    unit.cases.settle(order.plan, order.store, outcome)
    if outcome.done in (Done.APPLIED, Done.ALREADY):
        ends = _replay_until(house, order.store)
        unit.hashes.remember_who(acted.stay, ends=ends)
        unit.hashes.remember_rows(_erased(order, outcome), plan=order.plan, ends=ends)
        unit.due.add(FORGET, order.store, house.morning_after(ends))


def _wait(house: House, unit: Unit, case_id: str, order: Order, code: str, tries: int) -> None:
    next_try = house.clock.now() + min(BACKOFF * 2 ** min(tries, 10), LONGEST_BACKOFF)
    unit.cases.put_off(order.plan, order.store, code=code, next_try=next_try)
    unit.due.add(APPLY, case_id, next_try)


def _erased(order: Order, outcome: Outcome) -> list[tuple[str, str, tuple[object, ...]]]:
    """Rows that were deleted or written over.

    Where others remained on every row of a line, and nothing was to be written there, nothing was erased. A line that
    met both is remembered whole: a replay counts the others again.
    """
    counts = {count.number: count for count in outcome.counts}
    return [
        (order.store, effect.table, key)
        for effect in order.effects
        if effect.verb in (Verb.DELETE, Verb.MASK) and _acted(effect, counts.get(effect.number))
        for key in effect.rows
    ]


def _acted(effect: Effect, count: Count | None) -> bool:
    return not (effect.shared and count and not count.changed and count.otherwise and not effect.otherwise)


def _replay_until(house: House, store: str) -> date:
    """A backup can bring rows back as long as it lives; where nobody declared how long, ten years."""
    leaves = house.policy.stores[store].leaves
    days = max(leaves.values(), default=0) if leaves is not None else 3650
    return (house.clock.now() + timedelta(days=days + 1)).date()

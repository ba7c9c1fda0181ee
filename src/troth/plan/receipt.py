"""The end of a case: the third look judged, and the receipt folded from what really happened.

Nothing is called done that is not: a store that gave no outcome or was not looked at again says so in its line.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from troth.model.case import Case
from troth.model.plan import Approval, Count, Effect, Outcome, Plan, StorePart, Verb
from troth.model.policy import Policy
from troth.model.receipt import Receipt, ReceiptLine, StoreLine
from troth.model.sight import SeenRow, Sight
from troth.plan.shared import to_read
from troth.plan.view import RowId

EARLIER = Sequence[tuple[str, Plan, Mapping[str, Outcome]]]
"""Plans of the case that a newer one took the place of: hash, plan, what each store did under it."""
KEEPS = {Verb.RETAIN, Verb.BLOCK}
NOT_DONE = "not done"
NOT_CONFIRMED = "not looked at again"


def left_over(plan: Plan, third: Sight) -> tuple[RowId, ...]:
    """Rows of the person that the plan did not keep, or that still hold a value it meant to write over.

    A kept row, a shell and a row that others share are accounted for. Anything else, rows that appeared since included,
    fails the case or makes a follow-up plan. Rows that wait for a person's decision are not counted.
    """
    lines: dict[RowId, list[Effect]] = {}
    for effect in plan.effects:
        if effect.store == third.store:
            for key in effect.rows:
                lines.setdefault((effect.table, key), []).append(effect)
    return tuple(
        (seen.table, row.key)
        for seen in third.tables.values()
        for row in seen.entering
        if not _accounted(lines.get((seen.table, row.key), []), row)
    )


def _accounted(lines: Sequence[Effect], row: SeenRow) -> bool:
    stays = False
    for line in lines:
        others = bool(line.shared) and row.others > 0
        if line.verb is Verb.DELETE and not others:
            return False
        stays = stays or line.verb in {Verb.DELETE, Verb.MASK, *KEEPS}
        written = {assign.column for assign in (line.otherwise if others else line.assigns)}
        if written & set(row.matched):
            return False
    return stays


def fold_receipt(
    policy: Policy,
    case: Case,
    plan: Plan,
    digest: str,
    approval: Approval | None,
    outcomes: Mapping[str, Outcome],
    third: Mapping[str, Sight],
    told: Sequence[str],
    at: datetime,
    positions: Sequence[int],
    earlier: EARLIER = (),
) -> Receipt:
    """What a finished case leaves. `outcomes` and `third` by store; `positions` of the ledger events it rests on.

    What was done under `earlier` plans is listed first: data that moved meanwhile does not undo what was erased.
    """
    counts = {(store, count.number): count for store, outcome in outcomes.items() for count in outcome.counts}
    return Receipt(
        case=case.id,
        right=plan.right,
        organisation=policy.organisation.name,
        policy=plan.policy,
        opened_at=case.opened_at,
        due=case.due,
        closed_at=at,
        plan=digest,
        approval=approval,
        lines=tuple(_earlier_lines(policy, earlier))
        + tuple(
            _line(policy, e, counts.get((e.store, e.number), Count(e.number, 0)))
            for e in plan.effects
            if e.verb is not Verb.TELL
        ),
        stores=tuple(
            _store(policy, plan, part, outcomes.get(part.store), third.get(part.store), earlier) for part in plan.parts
        ),
        told=tuple(told),
        waiting=sum(len(entry.rows) for entry in plan.waiting),
        events=tuple(positions),
        contact=policy.organisation.contact,
        address=policy.organisation.address,
        authority=policy.organisation.authority,
    )


def _line(policy: Policy, effect: Effect, count: Count) -> ReceiptLine:
    return ReceiptLine(
        number=effect.number,
        store=effect.store,
        table=effect.table,
        verb=effect.verb.value,
        planned=len(effect.rows),
        changed=count.changed,
        otherwise=count.otherwise,
        written=bool(effect.otherwise),
        to_read=count.otherwise if to_read(policy, effect) else 0,
        datum=effect.datum,
        ground=effect.ground.code,
        law=effect.ground.law,
        exception=effect.exception.code if effect.exception else "",
        exception_law=effect.exception.law if effect.exception else "",
        exception_says=_in_words(policy, effect),
        until=effect.until,
        says=policy.words(policy.stores[effect.store].tables[effect.table].says),
    )


def _earlier_lines(policy: Policy, earlier: EARLIER) -> Iterator[ReceiptLine]:
    """Lines that changed something. What they left to others, or kept, the newest plan says anew."""
    for digest, plan, outcomes in earlier:
        for effect in plan.effects:
            changed = sum(c.changed for c in _counts(outcomes, effect.store) if c.number == effect.number)
            if changed and effect.verb not in KEEPS:
                store = policy.stores.get(effect.store)
                table = store.tables.get(effect.table) if store else None
                yield ReceiptLine(
                    number=effect.number,
                    store=effect.store,
                    table=effect.table,
                    verb=effect.verb.value,
                    planned=len(effect.rows),
                    changed=changed,
                    otherwise=0,
                    datum=effect.datum,
                    ground=effect.ground.code,
                    law=effect.ground.law,
                    says=policy.words(table.says) if table else "",
                    plan=digest,
                )


def _in_words(policy: Policy, effect: Effect) -> str:
    """Why a line does less, with the tables that it names called as people call them."""
    says = effect.exception.says if effect.exception else ""
    for name, table in policy.stores[effect.store].tables.items():
        if table.says:
            says = says.replace(f"`{name}`", f"“{policy.words(table.says)}”")
    return says


def _store(
    policy: Policy, plan: Plan, part: StorePart, outcome: Outcome | None, third: Sight | None, earlier: EARLIER
) -> StoreLine:
    counts = {count.number: count.otherwise for count in outcome.counts} if outcome else {}
    own = [e for e in plan.effects if e.store == part.store]
    acted = [before for _, before, did in earlier if any(c.changed for c in _counts(did, part.store))]
    gone_by, note = _gone_after([*acted, plan], part.store)
    notes = [outcome.note if outcome else "", note]
    if plan.right != "access" and third is None:
        notes.append(NOT_CONFIRMED)
    return StoreLine(
        store=part.store,
        done=outcome.done.value if outcome else NOT_DONE,
        left=len(left_over(plan, third)) if third and plan.right != "access" else 0,
        retained=len({(e.table, key) for e in own if e.verb in KEEPS and e.exception for key in e.rows}),
        to_read=sum(counts.get(e.number, 0) for e in own if to_read(policy, e)),
        unrecoverable_by=gone_by,
        note="; ".join(n for n in notes if n),
        says=policy.words(policy.stores[part.store].says),
    )


def _counts(outcomes: Mapping[str, Outcome], store: str) -> tuple[Count, ...]:
    return outcomes[store].counts if store in outcomes else ()


def _gone_after(plans: Sequence[Plan], store: str) -> tuple[date | None, str]:
    """The latest day of several plans; one without a day leaves all without."""
    ends = [_gone(plan, store) for plan in plans]
    unknown = next((end for end in ends if end[1]), None)
    return unknown or (max((day for day, _ in ends if day), default=None), "")


def _gone(plan: Plan, store: str) -> tuple[date | None, str]:
    """The day after which nothing can be brought back, or no day and why."""
    residues = [r for r in plan.residues if r.store == store]
    days = [r.gone_by for r in residues if r.gone_by is not None]
    if len(days) < len(residues):
        return None, "how long the engine and its backups remember is not declared"
    if residues:
        return max(days), ""
    changed = any(e.store == store and e.verb in {Verb.DELETE, Verb.MASK} for e in plan.effects)
    return (plan.made_at.date() if changed else None), ""

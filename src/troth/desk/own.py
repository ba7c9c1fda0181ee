"""Troth's own part of a plan: settled in the unit that closes the case, and destroyed on its day like any other's.

What a plan keeps elsewhere is found again through our own words: the plan names the rows, the case names the plan, a
keyed hash names the person. These last as long as the last of what they lead to, and the plan says so beforehand.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date

from troth.desk.house import House
from troth.model.case import Case, CaseState
from troth.model.datamap import StoreMap, TableMap
from troth.model.law import cited
from troth.model.person import ROW, Identifier, row_name
from troth.model.personal import Personal
from troth.model.plan import Count, Done, Effect, Outcome, Plan, Verb
from troth.model.sight import SeenRow, Sight
from troth.plan.codes import reason
from troth.plan.periods import last_day
from troth.ports.own import Row
from troth.ports.own_store import OwnStore
from troth.ports.state import Unit

END = "own.end"
"""Dated work: what we hold about a person is looked at, and what is over goes. Its `ref` is the person's random id."""
LEADS = frozenset({"request_proof", "case_file", "lookup"})
"""Our tables through which kept rows are found again."""
OF_CASES = frozenset({"request_proof", "case_file", "letter", "suppression"})
"""Tables whose rows end by themselves while we still know the person; the others end with what they are proof of."""
MARKETING = "marketing"
EARLIER = "earlier-person"
"""Kind of the identifier that leads from somebody who came back to who they were before their erasure."""
RETENTION = "retention"


def prolong(house: House, plan: Plan) -> Plan:
    """Keep what leads to kept rows as long as the last of them, and say what becomes of an objection."""
    mapped = _map(house)
    if mapped is None or plan.right != "erasure":
        return plan
    kept = [e for e in plan.effects if e.store != mapped.name and e.until and e.exception]
    last = max((e.until for e in kept if e.until), default=None)
    return replace(plan, effects=tuple(_prolonged(house, mapped, plan, e, last) for e in plan.effects))


def _prolonged(house: House, mapped: StoreMap, plan: Plan, effect: Effect, last: date | None) -> Effect:
    if effect.store != mapped.name:
        return effect
    if effect.table == "objection" and (rule := house.policy.retentions.get(_rule_of(mapped, "suppression"))):
        says, law = house.policy.words(rule.says), cited(rule.statutory, rule.checked)
        why = replace(effect.ground, code="kept-as-hash", says=says, law=law)
        return replace(effect, exception=why, until=last_day(rule, plan.made_at.date()))
    if last and effect.table in LEADS and (effect.until or date.min) < last:
        why = reason(["leads-to-kept"], house.cite)
        return replace(effect, verb=Verb.RETAIN, exception=why, until=last, then=Verb.DELETE)
    return effect


def settle(house: House, unit: Unit, plan: Plan, digest: str) -> dict[str, Sight]:
    """Carry our own part out and look again, inside the unit that closes the case. Gives the last look by store.

    What came since the plan, the plan's own traces among it, goes as well unless its table is kept.
    """
    own = house.own
    if own is None or not any(part.store == own.name for part in plan.parts):
        return {}
    identifiers = unit.persons.identifiers(plan.person)
    before = own.look_in(unit, plan.person, identifiers)
    going = _going(house, plan, before)
    _suppress(house, unit, plan)
    own.erase_in(unit, plan.person, [row for row in going if row[0] not in LEADS])
    after = own.look_in(unit, plan.person, identifiers)
    unit.cases.settle(digest, own.name, Outcome(Done.APPLIED, tuple(_counts(own, plan, before))))
    return {own.name: _accountable(after, going)}


def finish(house: House, unit: Unit, plan: Plan) -> None:
    """After the close: proofs that nothing keeps, which had to be there until now, and the dates of the others."""
    own = house.own
    if own is None:
        return
    seen = own.look_in(unit, plan.person)
    last = _found_by(seen) if unit.facts.of(plan.person).erased else []
    if any(part.store == own.name for part in plan.parts):
        last += [row for row in _going(house, plan, seen) if row[0] in LEADS]
    if last:
        own.erase_in(unit, plan.person, last)
        seen = _without(seen, last)
    _set_dates(house, unit, plan.person, seen)


def _without(seen: Sight, gone: Collection[Row]) -> Sight:
    """What was seen, without rows that have gone since."""
    tables = {
        name: replace(table, rows=tuple(row for row in table.rows if (name, row.key) not in gone))
        for name, table in seen.tables.items()
    }
    return replace(seen, tables=tables)


def set_dates(house: House, unit: Unit, person: str) -> None:
    """File the days on which what we hold about a person has to be looked at again."""
    if house.own is not None:
        _set_dates(house, unit, person, house.own.look_in(unit, person))


def _set_dates(house: House, unit: Unit, person: str, seen: Sight) -> None:
    today = house.clock.now().date()
    for day in sorted({max(day, today) for _, _, day in _dated(house, unit, person, seen)}):
        unit.due.add(END, person, house.morning_after(day))


def end(house: House, person: str) -> None:
    """Destroy what is over: bytes, keys, rows. What leads to rows that are still kept elsewhere waits for them."""
    own, now = house.own, house.clock.now()
    if own is None:
        return
    with house.unit() as unit:
        seen = own.look_in(unit, person)
        rows = [(table, row.key) for table, row, day in _dated(house, unit, person, seen) if day < now.date()]
        if rows:
            own.erase_in(unit, person, rows)
        unit.hashes.forget_ended()
        set_dates(house, unit, person)


def kept_rows(house: House, unit: Unit, person: str) -> list[Identifier]:
    """Decisions that lead to the rows that erasures of this person kept and nobody has destroyed yet."""
    people = [person, *(i.value.reveal() for i in unit.persons.identifiers(person) if i.kind == EARLIER)]
    kept = [effect for each in people for effect in still_kept(house, unit, each)]
    names = dict.fromkeys(row_name(effect.store, effect.table, key) for effect in kept for key in effect.rows)
    return [Identifier(ROW, Personal(name), proven=True, origin="plan") for name in names]


def begin_anew(unit: Unit, person: str, identifiers: Sequence[Identifier]) -> str:
    """Somebody who was erased is a customer again: a new person, to whom what is still kept belongs too.

    The old one stays erased, so nothing that ends with them touches the new life.
    """
    new = unit.persons.new()
    linked = {(i.kind, i.value) for i in unit.persons.identifiers(person)}
    for identifier in identifiers:
        if unit.persons.by(identifier) == person or (identifier.kind, identifier.value) in linked:
            unit.persons.unlink(person, identifier, reason="came back after an erasure")
    unit.persons.link(new, Identifier(EARLIER, Personal(person), proven=False, origin="erasure"), reason="came back")
    return new


def heed_marks(unit: Unit, person: str, identifiers: Sequence[Identifier]) -> None:
    """A no that outlived an erasure holds for whoever is found by the same address: it is their no."""
    objections = unit.facts.of(person).objections or ()
    if not any(objection.marketing for objection in objections) and any(
        unit.hashes.suppressed(identifier, scope=MARKETING) for identifier in identifiers
    ):
        unit.facts.object(person, marketing=True)


def forget_again(house: House, unit: Unit, person: str) -> None:
    """Something was done for a person who is erased: what they had to be found by goes again."""
    own = house.own
    if own is not None and unit.facts.of(person).erased:
        own.erase_in(unit, person, _found_by(own.look_in(unit, person)))


def _found_by(seen: Sight) -> list[Row]:
    """The identifiers among our rows."""
    linked = seen.tables.get("identifier")
    return [("identifier", row.key) for row in linked.rows] if linked else []


# --- What goes and what is kept ---------------------------------------------------------------------------------------


def _going(house: House, plan: Plan, now: Sight) -> list[Row]:
    lines: dict[Row, Verb] = {
        (e.table, key): e.verb
        for e in plan.effects
        if e.store == now.store
        for key in e.rows
        if e.verb is not Verb.READ
    }
    tables = house.policy.stores[now.store].tables
    return [
        (seen.table, row.key)
        for seen in now.tables.values()
        for row in seen.rows
        if lines.get((seen.table, row.key), _since(house, tables[seen.table], row)) is Verb.DELETE
    ]


def _since(house: House, table: TableMap, row: SeenRow) -> Verb:
    """What becomes of a row that the plan does not name, because it came since."""
    rule = house.policy.retentions.get(table.retain)
    return Verb.RETAIN if rule and rule.statutory and row.retained else Verb.DELETE


def _counts(own: OwnStore, plan: Plan, before: Sight) -> Iterable[Count]:
    there = {(seen.table, row.key) for seen in before.tables.values() for row in seen.rows}
    for effect in plan.effects:
        if effect.store == own.name and effect.verb is Verb.DELETE:
            yield Count(effect.number, sum((effect.table, key) in there for key in effect.rows))
        elif effect.store == own.name:
            yield Count(effect.number, 0)


def _accountable(after: Sight, going: Collection[Row]) -> Sight:
    """The last look, without what came since and is kept: what is left of what should have gone would still show."""
    left = {
        name: replace(seen, rows=tuple(row for row in seen.rows if (name, row.key) in going and name not in LEADS))
        for name, seen in after.tables.items()
    }
    return replace(after, tables=left)


def _suppress(house: House, unit: Unit, plan: Plan) -> None:
    """An objection that was said to us outlives the data."""
    if unit.facts.of(plan.person).objections:
        mark(house, unit, unit.persons.identifiers(plan.person))


def mark(house: House, unit: Unit, identifiers: Iterable[Identifier]) -> None:
    """Keep a no as a keyed hash of each proven e-mail address, for as long as the policy says."""
    mapped = _map(house)
    rule = house.policy.retentions.get(_rule_of(mapped, "suppression")) if mapped else None
    ends = last_day(rule, house.clock.now().date()) if rule else None
    for identifier in identifiers:
        if identifier.kind == "email" and identifier.proven:
            unit.hashes.suppress(identifier, scope=MARKETING, ends=ends)


def _dated(house: House, unit: Unit, person: str, ours: Sight) -> Iterable[tuple[str, SeenRow, date]]:
    """Our rows with the last day of their period: all of an erased person, those of their cases of anybody else."""
    erased = unit.facts.of(person).erased
    tables = house.policy.stores[ours.store].tables
    cases = unit.cases.find(person=person, limit=10_000)
    open_cases = any(case.state is not CaseState.CLOSED for case in cases)
    untils = [effect.until or date.max for effect in _still_kept(house, unit, cases)]
    led_to = max(untils, default=date.min)
    today = house.clock.now().date()
    for seen in ours.tables.values():
        rule = house.policy.retentions.get(tables[seen.table].retain)
        for row in seen.rows if rule and (erased or seen.table in OF_CASES) else ():
            if row.clock and row.retained and rule:
                day = last_day(rule, row.clock)
                if seen.table not in LEADS:
                    yield seen.table, row, day
                elif not open_cases and led_to < date.max:  # what is kept may be overdue, and is waited for
                    yield seen.table, row, max(day, led_to, today) if untils else day


def still_kept(house: House, unit: Unit, person: str) -> tuple[Effect, ...]:
    """Lines of closed erasures with those rows in other stores that no dated run has destroyed yet."""
    return _still_kept(house, unit, unit.cases.find(person=person, limit=10_000))


def _still_kept(house: House, unit: Unit, cases: Sequence[Case]) -> tuple[Effect, ...]:
    gone = {
        (effect.store, effect.table, key)
        for case in cases
        for effect in _effects(house, unit, case, RETENTION)
        if effect.verb in (Verb.DELETE, Verb.MASK)
        for key in effect.rows
    }
    left = []
    for effect in (effect for case in cases for effect in _effects(house, unit, case, "erasure")):
        rows = tuple(key for key in effect.rows if (effect.store, effect.table, key) not in gone)
        kept = effect.then is not None or (effect.exception and effect.verb in (Verb.RETAIN, Verb.BLOCK))
        if kept and rows and (house.own is None or effect.store != house.own.name):
            left.append(replace(effect, rows=rows))
    return tuple(left)


def _effects(house: House, unit: Unit, case: Case, right: str) -> tuple[Effect, ...]:
    body = unit.cases.plan(case.plan) if case.plan and _ended(case, right) else None
    return house.as_plan(body).effects if body else ()


def _ended(case: Case, right: str) -> bool:
    return case.right == right and case.state is CaseState.CLOSED


def _map(house: House) -> StoreMap | None:
    return next((store for store in house.policy.stores.values() if store.ours), None)


def _rule_of(mapped: StoreMap, table: str) -> str:
    return mapped.tables[table].retain if table in mapped.tables else ""

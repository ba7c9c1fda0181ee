"""A store was restored from a backup: what was erased there is erased again before anybody reads it.

The operator says so, and when the backup was made, and the store is closed (`closed`). Then its personal tables are
gone through by their keys, and keyed hashes tell which rows were erased under which plan. What was erased before the
backup was made cannot come back with it: whatever stands there was given to us anew, and is not touched. The other
rows of each person become a case of their own: planned in the words of those plans, signed by the installation since
the first plan was signed, applied, looked at, proven. Where a row under the key of an erased one is not exactly that
row, or nobody knows how old the backup is, a person decides, and the store stays closed until then. Killed at any line,
it begins again and repeats nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from troth.desk.applying import apply
from troth.desk.approving import approve_as_house
from troth.desk.closed import REPLAY, closed_stores
from troth.desk.house import House
from troth.desk.planning import case_ends, keep, map_findings, plan_of, refused
from troth.desk.sameness import other_rows
from troth.model.case import Case, CaseState
from troth.model.datamap import StoreMap
from troth.model.person import NOT_ROW, ROW, Identifier, row_name
from troth.model.personal import Personal
from troth.model.plan import Plan
from troth.model.problem import InputError
from troth.model.sight import Key, Sight
from troth.plan import RESTORE, load
from troth.plan import replay as plan_replay
from troth.plan.replay import SINCE
from troth.ports.state import NotFoundError, StateError, Unit
from troth.ports.store import StoreError, Unreachable

PAGE = 1000
"""Keys that are asked about at once."""
Rows = list[tuple[str, Key]]
"""Table and key."""


@dataclass(frozen=True)
class Replayed:
    """What a replay came to."""

    store: str
    people: int
    rows: int
    """Rows that were found again: erased, or masked, once more."""


def restored(house: House, store: str, *, made: datetime | None, by: str) -> None:
    """Close a store and make its replay due. `made`: when the backup was begun; None where nobody knows.

    Raises InputError for a store that cannot be gone through, `backup-in-future`.
    """
    declared = house.policy.stores.get(store)
    if declared is None:
        known = ", ".join(f"`{name}`" for name in house.policy.stores)
        raise InputError("unknown-store", f"`{store}` is not a declared store", f"declared: {known}", exit_code=3)
    if declared.ours:
        raise InputError("own-state", f"`{store}` is Troth itself", "its witness finds that out: `troth reconcile`")
    if house.stores[store].asynchronous:
        remedy = "ask whoever keeps it; a new request for erasure asks it again"
        raise InputError("not-walkable", f"nobody can go through the rows of `{store}`", remedy)
    if made and made > house.clock.now():
        remedy = "give the moment at which the backup was begun, or `unknown`"
        raise InputError("backup-in-future", f"`{made.isoformat()}` is yet to come", remedy, exit_code=3)
    with house.unit(by) as unit:
        unit.events.record("store.restored", {"store": store, "made": made.isoformat() if made else ""})
        unit.hashes.backup_made(store, made)
        if dict(unit.due.undone(REPLAY)).get(store, unit.at) < unit.at:  # one replay from now on covers both
            unit.due.cancel(REPLAY, store)
        unit.due.add(REPLAY, store, unit.at)
    house.between(f"{store} closed")


def replay(house: House, store: str) -> Replayed | None:
    """Erase again what the backup brought back; None when the store is open already.

    Everybody's rows are tried before the first failure is raised, and the store stays closed then.
    """
    since = closed_stores(house).get(store)
    if since is None:
        return None
    same, others = _found(house, store)
    people, doubtful = _by_person(house, store, same), _by_person(house, store, others)
    failed: list[StoreError | StateError | InputError] = []
    for person in people | doubtful:
        try:
            _again(house, store, person, people.get(person, []), since)
            _ask(house, store, person, doubtful.get(person, []))
        except (StoreError, StateError, InputError) as error:
            failed.append(error)
    if failed:
        raise failed[0]
    done = Replayed(store, len(people), sum(len(rows) for rows in people.values()))
    envelope = {"store": store, "people": done.people, "rows": done.rows}
    with house.unit() as unit:
        unit.hashes.forget_ended()
        for person, rows in doubtful.items():
            _forget(unit, person, {_decision(store, *row).value for row in rows})
        unit.events.record("store.replayed", envelope)
    return done


def undecided(house: House) -> tuple[str, ...]:
    """Cases in which somebody has to say whether a row under the key of an erased one is that row."""
    with house.unit() as unit:
        planned = unit.cases.find(states=[CaseState.PLANNED], limit=10_000)
    return tuple(case.id for case in planned if case.right == RESTORE)


def plan_again(house: House, case_id: str) -> Plan:
    """Plan a case of a replay from the rows linked to its person. Raises StoreError, Unreachable."""
    with house.unit() as unit:
        case = unit.cases.get(case_id)
        person = case.person or ""
        rows = [i for i in unit.persons.identifiers(person) if i.kind in (ROW, NOT_ROW)]
    named = [i.value.reveal() for i in rows if i.kind == ROW]
    closed = [store for store in closed_stores(house) if any(name.startswith(f"{store}.") for name in named)]
    sights = {store: house.stores[store].look(rows) for store in closed}
    schemas = {store: house.stores[store].describe() for store in closed}
    with house.unit() as unit:
        erased, earlier = _erased(unit, person, sights)
        moments = [moment for store in closed if (moment := unit.hashes.made_of(store))]
    now, made = house.clock.now(), min(moments).date() if moments else None
    drafted = plan_replay(house.policy, case, person, erased, earlier, sights, schemas, now, house.cite, made=made)
    drafted = replace(drafted, findings=(*map_findings(house, schemas), *refused(house, drafted), *drafted.findings))
    keep(house, case_id, drafted)
    return drafted


def _found(house: House, store: str) -> tuple[dict[str, Rows], dict[str, Rows]]:
    """Rows under the keys of erased ones, by the plan that erased those: the same rows, and others.

    A row that was erased before the backup was made is neither. Where its age is not known, no row is surely the same.
    """
    same: dict[str, Rows] = {}
    others: dict[str, Rows] = {}
    with house.unit() as unit:
        made = unit.hashes.made_of(store)
    older: dict[str, bool] = {}
    for table in (table.name for table in house.policy.stores[store].tables.values() if table.personal):
        after: Key | None = None
        while keys := house.stores[store].keys(table, after, PAGE):
            with house.unit() as unit:
                plans = unit.hashes.erased_rows(store, table, keys)
                for plan in {plan for plan in plans if plan} - older.keys():
                    older[plan] = made is not None and _settled_before(unit, plan, store, made)
            known = {key: plan for key, plan in zip(keys, plans, strict=True) if plan and not older[plan]}
            changed = known if made is None else other_rows(house, store, table, known) if known else ()
            for key, plan in known.items():
                (others if key in changed else same).setdefault(plan, []).append((table, key))
            after = keys[-1]
            house.between(f"{store}.{table} gone through")
    for plan, rows in others.items():
        rows.extend(_doubtful(house.policy.stores[store], same, plan, {table for table, _ in rows}))
    return same, others


def _settled_before(unit: Unit, plan: str, store: str, made: datetime) -> bool:
    """Whether a store carried a plan out before a backup was made; a moment that is not known is no answer."""
    settled = [part.settled_at for part in unit.cases.parts(plan) if part.store == store]
    return bool(settled) and all(at is not None and at < made for at in settled)


def _doubtful(store: StoreMap, same: dict[str, Rows], plan: str, tables: set[str]) -> Rows:
    """Takes away the rows of a plan that hang under a table in which another row stands under an erased key.

    A row without identifiers of its own is told by its values and by the key it hangs under. Where that key was given
    out again, the next one's row may look exactly like the erased one.
    """
    rows = same.get(plan, [])
    told = [row for row in rows if not store.tables[row[0]].identifiers and tables & _above(store, row[0])]
    if told:
        same[plan] = [row for row in rows if row not in told]
    return told


def _above(store: StoreMap, table: str) -> set[str]:
    """Tables under whose rows those of this one hang, at any distance."""
    found: set[str] = set()
    waiting = [table]
    while waiting:
        mapped = store.tables[waiting.pop()]
        parents = {claim.parent for claim in (*mapped.claims, *((mapped.shared,) if mapped.shared else ()))} - found
        found |= parents
        waiting += parents & store.tables.keys()
    return found


def _by_person(house: House, store: str, found: Mapping[str, Rows]) -> dict[str, Rows]:
    """The same rows by whose they are: as the plan says, or, where its words are gone, somebody without a name."""
    people: dict[str, Rows] = {}
    for digest, rows in found.items():
        with house.unit() as unit:
            body = _body(unit, digest)
            linked = (person for row in rows for person in unit.persons.hinted(_decision(store, *row)))
            person = body.person if body else next(linked, None) or unit.persons.new()
        people.setdefault(person, []).extend(rows)
    return people


def _again(house: House, store: str, person: str, rows: Rows, since: datetime) -> None:
    """Erase one person's rows again, once in a replay. Raises InputError `replay-unfinished` if the case stays open."""
    with house.unit() as unit:
        if not rows or _finished(unit, store, person, since):
            return
        case = _case(house, unit, person)
        for row in rows:
            unit.persons.link(person, _decision(store, *row), reason=f"erased before {store} was restored")
    _carry_out(house, case)


def _ask(house: House, store: str, person: str, rows: Rows) -> None:
    """Let somebody decide about rows that may not be the erased ones. Raises Unreachable `row-to-decide` until then."""
    names = [_decision(store, *row).value for row in rows]
    with house.unit() as unit:
        known = unit.persons.identifiers(person)
        theirs, not_theirs = ({i.value for i in known if i.proven and i.kind == kind} for kind in (ROW, NOT_ROW))
        undecided = [name for name in names if name not in theirs | not_theirs]
        if not undecided and not theirs.intersection(names) and not (rows and _open_cases(unit, person)):
            return
        case = _case(house, unit, person)
        for name in undecided:
            hint = Identifier(ROW, name, proven=False, origin=RESTORE)
            unit.persons.link(person, hint, reason=f"another row than before {store} was restored, under the same key")
    if not undecided:
        _carry_out(house, case)
        return
    if not case.plan or not {name.reveal() for name in undecided} <= _waiting(house, case.id):
        plan_again(house, case.id)
    raise _to_decide(store, case.id, len(undecided), "stand under keys of erased ones, and may be others")


def _to_decide(store: str, case_id: str, rows: int, why: str) -> Unreachable:
    remedy = f"`troth show {case_id}` names them; `troth decide {case_id} ROW --theirs` or `--not-theirs`"
    return Unreachable(store, "row-to-decide", f"{rows} of its rows {why}", remedy)


def _waiting(house: House, case_id: str) -> set[str]:
    plan, _ = plan_of(house, case_id)
    return {row_name(each.store, each.table, key) for each in plan.waiting for key in each.rows}


def _carry_out(house: House, case: Case) -> None:
    if case.state is not CaseState.LOOKING:  # from there it can only go on
        since = [each for each in plan_again(house, case.id).waiting if each.by == SINCE]
        if since:
            raise _to_decide(since[0].store, case.id, sum(len(each.rows) for each in since), "came since the backup")
        approve_as_house(house, case.id)
    done = apply(house, case.id)
    if done.state is not CaseState.CLOSED:
        remedy = "it is tried again; the store stays closed until then"
        raise InputError("replay-unfinished", f"case `{case.id}` is not finished", remedy)


def _finished(unit: Unit, store: str, person: str, since: datetime) -> bool:
    """Whether what is the person's for sure was erased in this replay already."""
    cases = unit.cases.find(states=[CaseState.CLOSED], person=person, limit=10_000)
    mine = [case for case in cases if case.right == RESTORE and case.opened_at >= since]
    return any(store == part.store for case in mine for part in unit.cases.parts(case.plan))


def _open_cases(unit: Unit, person: str) -> list[Case]:
    cases = unit.cases.find(person=person, limit=10_000)
    return [case for case in cases if case.right == RESTORE and case.state is not CaseState.CLOSED]


def _case(house: House, unit: Unit, person: str) -> Case:
    """The case of one person in a replay: the one that a killed worker or an open question left, or a new one."""
    today = house.clock.now().date()
    left = _open_cases(unit, person)
    return left[0] if left else unit.cases.open(RESTORE, person, due=today, ends=case_ends(today))


def _forget(unit: Unit, person: str, rows: Collection[Personal[str]]) -> None:
    """The store is open: what was decided about its rows goes. Who came back since keeps their own identifiers."""
    linked = [row for row in unit.own.rows(person) if row.table == "identifier"]
    if all(row.values["kind"].reveal() in (ROW, NOT_ROW) for row in linked):
        unit.own.erase(person, [(row.table, row.key) for row in linked])
        return
    for identifier in unit.persons.identifiers(person):
        if identifier.kind in (ROW, NOT_ROW) and identifier.value in rows:
            unit.persons.unlink(person, identifier, reason="the store is open again")


def _erased(
    unit: Unit, person: str, sights: Mapping[str, Sight]
) -> tuple[dict[tuple[str, str, Key], str], dict[str, Plan]]:
    """Which rows in sight were erased under which plan of this person, and those plans that can still be read."""
    erased: dict[tuple[str, str, Key], str] = {}
    for store, sight in sights.items():
        for seen in sight.tables.values():
            keys = [row.key for row in seen.rows]
            plans = unit.hashes.erased_rows(store, seen.table, keys)
            erased |= {(store, seen.table, key): plan for key, plan in zip(keys, plans, strict=True) if plan}
    bodies = {digest: _body(unit, digest) for digest in set(erased.values())}
    another = {digest for digest, body in bodies.items() if body and body.person != person}
    return (
        {row: digest for row, digest in erased.items() if digest not in another},
        {digest: body for digest, body in bodies.items() if body and digest not in another},
    )


def _body(unit: Unit, digest: str) -> Plan | None:
    """A plan, where its words are still there."""
    try:
        body = unit.cases.plan(digest)
    except NotFoundError:
        return None
    return load(body.reveal()["plan"]) if body else None


def _decision(store: str, table: str, key: Sequence[object]) -> Identifier:
    return Identifier(ROW, Personal(row_name(store, table, key)), proven=True, origin=RESTORE)

"""Ask every store what it holds about a person, in rounds, until no row teaches us another identifier."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from troth.desk.closed import closed_stores, refusal
from troth.desk.house import House
from troth.model.datamap import StoreMap
from troth.model.person import NOT_ROW, ROW, Identifier
from troth.model.personal import Personal
from troth.model.plan import Plan
from troth.model.sight import Sight
from troth.plan import RESTORE
from troth.ports.state import Unit
from troth.ports.store import Store, StoreError, Unreachable

HANDED_OVER = timedelta(seconds=5)
"""For how long what identifying saw may be planned from."""


@dataclass(frozen=True)
class Gathered:
    """What was seen, by whom it was found, and who did not answer."""

    sights: Mapping[str, Sight]
    identifiers: tuple[Identifier, ...]
    """Those we started from and those we learned."""
    unreachable: Mapping[str, StoreError]

    @property
    def anything(self) -> bool:
        """Whether any row enters or waits."""
        return any(table.rows for sight in self.sights.values() for table in sight.tables.values())


def gather(
    house: House, identifiers: Sequence[Identifier], *, stores: Iterable[str] = (), person: str = "", ours: bool = True
) -> Gathered:
    """Look until nothing new is learned. A store is asked again only for kinds of identifier that it can use.

    Our own state is looked at last, unless not `ours`, about `person` where one is known: it teaches nothing that we do
    not know. A store that is closed after a restore counts as one that does not answer.

    Every round knows strictly more identifiers than the one before, and stores hold finitely many, so it ends.
    """
    wanted = tuple(name for name in tuple(stores) or tuple(house.stores) if not house.policy.stores[name].ours)
    closed = {name: refusal(name) for name in closed_stores(house) if name in wanted}
    found = look_around(house.policy.stores, {name: house.stores[name] for name in wanted}, identifiers, closed)
    if ours and not stores:
        return replace(found, sights={**found.sights, **own_sight(house, found.identifiers, person)})
    return found


def look_around(
    maps: Mapping[str, StoreMap],
    stores: Mapping[str, Store],
    identifiers: Sequence[Identifier],
    closed: Mapping[str, StoreError] = MappingProxyType({}),
) -> Gathered:
    """Look at these stores, in rounds; one that is `closed` counts as one that does not answer."""
    known = {(i.kind, i.value): i for i in identifiers}
    asked: dict[str, frozenset[Identifier]] = {}
    sights: dict[str, Sight] = {}
    unreachable = dict(closed)
    while True:
        before = len(asked), tuple(known)
        for name, store in stores.items():
            usable = frozenset(i for i in known.values() if _usable(i, maps[name]))
            if name in unreachable or asked.get(name) == usable:
                continue
            try:
                sights[name] = store.look(sorted(usable, key=_order))
            except Unreachable as error:
                unreachable[name] = error
                sights.pop(name, None)
                continue
            asked[name] = usable
            _learn(known, sights[name].learned)
        if (len(asked), tuple(known)) == before:
            return Gathered(sights, tuple(known.values()), unreachable)


def found_by(unit: Unit, plan: Plan) -> tuple[Identifier, ...]:
    """By what the rows of a plan are found again: those of a replay by decision alone, never by name."""
    known = unit.persons.identifiers(plan.person)
    return tuple(i for i in known if plan.right != RESTORE or i.kind in (ROW, NOT_ROW))


def hand_over(house: House, case_id: str, gathered: Gathered) -> None:
    """Keep what identifying a case saw, for its plan in this process, if that follows at once."""
    if not gathered.unreachable:
        house.looks.put(case_id, (gathered, house.clock.now()))


def handed_over(house: House, case_id: str, identifiers: Sequence[Identifier], person: str) -> Gathered | None:
    """What identifying saw just now, where the plan would look for exactly the same; None where it has to look.

    Our own state, which identifying changed, is looked at anew. Data that move in between make the plan stale like data
    that move after it: an act looks again under its locks.
    """
    match house.looks.take(case_id):
        case (Gathered() as seen, datetime() as at):
            age = house.clock.now() - at
            wanted = {(i.kind, i.value, i.proven) for i in identifiers}
            fresh = timedelta() <= age <= HANDED_OVER and not closed_stores(house).keys() & seen.sights.keys()
            if fresh and wanted == {(i.kind, i.value, i.proven) for i in seen.identifiers}:
                return Gathered({**seen.sights, **own_sight(house, seen.identifiers, person)}, seen.identifiers, {})
    return None


def own_sight(house: House, identifiers: Sequence[Identifier], person: str) -> dict[str, Sight]:
    """What our own state holds, where the policy maps it."""
    if house.own is None:
        return {}
    if not person:
        return {house.own.name: house.own.look(identifiers)}
    with house.unit() as unit:
        return {house.own.name: house.own.look_in(unit, person, identifiers)}


def _learn(known: dict[tuple[str, Personal[str]], Identifier], learned: Sequence[Identifier]) -> None:
    for identifier in learned:
        key = (identifier.kind, identifier.value)
        if key not in known or (identifier.proven and not known[key].proven):
            known[key] = identifier


def _usable(identifier: Identifier, store: StoreMap) -> bool:
    if identifier.kind in (ROW, NOT_ROW):
        return identifier.value.reveal().startswith(f"{store.name}.")
    return any(column.kind == identifier.kind for table in store.tables.values() for column in table.identifiers)


def _order(identifier: Identifier) -> tuple[str, str]:
    return identifier.kind, identifier.value.reveal()

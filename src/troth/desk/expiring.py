"""Periods that end without a request: rows of people who never asked anything go on the day that the policy declares.

Nobody is looked for: a store finds the rows by their date, oldest first. What no machine can tell is left and said so.
Rows of people with an open case, or with a restriction that stands without an end, wait, unless their rule says that
nothing delays it. A run writes down what it means to do before it does it, and what it did after.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from troth.desk.closed import require_open
from troth.desk.gather import gather
from troth.desk.house import House
from troth.model.case import CaseState
from troth.model.datamap import StoreMap, TableMap
from troth.model.policy import Retention
from troth.model.sight import Key
from troth.model.where import ANYWHERE
from troth.plan.periods import last_day
from troth.ports.store import Over, StoreError
from troth.show.expiring import Ended

RUN = "period.end"
"""The daily work of ending what is over in a store (`ref`)."""
MOST = 1000
"""Rows of one table in one run: a first run over old data must not hold a store for long."""
SEEN = 10 * MOST
"""Rows that are looked at to find so many which wait for nobody."""


def expected(house: House, store: str) -> list[Ended]:
    """What a run would do in a store now, table by table; nothing is changed. Raises StoreError, Unreachable."""
    require_open(house, [store])
    return [_line(house, store, table)[0] for table in _tables(house.policy.stores[store])]


def run(house: House, store: str) -> list[Ended]:
    """End what is over in a store, at most `MOST` rows of each table. Raises StoreError, Unreachable."""
    require_open(house, [store])
    return [_run(house, store, table) for table in _tables(house.policy.stores[store])]


def _run(house: House, store: str, table: TableMap) -> Ended:
    line, over, keys = _line(house, store, table)
    if not keys or over is None:
        return line
    envelope = {"store": store, "table": table.name, "rule": table.retain, "until": over.until.isoformat()}
    with house.unit() as unit:
        unit.events.record("period.intended", {**envelope, "rows": len(keys)})
    house.between(f"{store}.{table.name} intended")
    gone = house.stores[store].expire(over, keys)
    house.between(f"{store}.{table.name} ended")
    with house.unit() as unit:
        unit.events.record("period.ended", {**envelope, "rows": gone})
    return replace(line, gone=gone)


def run_daily(house: House, store: str) -> list[Ended]:
    """The worker's run, and its next: at once where a run was full, else on the morning after."""
    done = run(house, store)
    now = house.clock.now()
    full = any(line.gone >= MOST for line in done)
    with house.unit() as unit:
        unit.due.add(RUN, store, now + timedelta(minutes=1) if full else house.morning_after(now.date()))
    return done


def begin(house: House, stores: Sequence[str], *, by: str) -> None:
    """Let the worker end what is over in these stores from now on, every day."""
    with house.unit(by) as unit:
        begun = dict(unit.due.undone(RUN))
        for store in stores:
            unit.events.record("period.begun", {"store": store})
            if store not in begun:
                unit.due.add(RUN, store, unit.at)


def walkable(house: House) -> tuple[str, ...]:
    """Stores in which periods can end by machine."""
    ours = {name for name, store in house.policy.stores.items() if store.ours}
    return tuple(name for name, store in house.stores.items() if not store.asynchronous and name not in ours)


def over_until(rule: Retention, today: date) -> date:
    """The latest date from which this period is over today."""
    guess = today - relativedelta(years=rule.years, months=rule.months, days=rule.days) + timedelta(days=3)
    while last_day(rule, guess) >= today:
        guess -= timedelta(days=1)
    return guess


def _tables(store: StoreMap) -> Iterator[TableMap]:
    return (table for table in store.tables.values() if table.retain)


def _line(house: House, store: str, table: TableMap) -> tuple[Ended, Over | None, Sequence[Key]]:
    """What a run finds in a table: the line that says so, what is over, and the rows that it takes."""
    rule = house.policy.retentions[table.retain]
    line = Ended(store, table.name, table.retain, house.policy.words(rule.says))
    if why := _not_by_machine(rule, table):
        return replace(line, left=why), None, ()
    over = Over(table.name, over_until(rule, house.clock.now().date()))
    line = replace(line, until=over.until)
    try:
        found = house.stores[store].over(over, SEEN)
    except StoreError as error:
        if error.code != "not-by-machine":
            raise
        return replace(line, left=error.message), None, ()
    waits = _waiting(house, store, table.name) if found and not rule.hard_limit else frozenset()
    keys = [key for key in found if key not in waits]
    line = replace(line, rows=len(keys[:MOST]), more=len(keys) > MOST, waiting=len(found) - len(keys))
    return line, over, keys[:MOST]


def _not_by_machine(rule: Retention, table: TableMap) -> str:
    """Why a rule is carried out by no machine yet; empty where it is."""
    if not table.clock:
        return "no date in the rows says from when"
    if rule.until:
        return "it ends with an event that no row tells"
    if rule.then != "delete":
        return f"`{rule.then}` is done by no machine yet"
    if rule.where != ANYWHERE:
        return "it holds for some people only"
    return ""


def _waiting(house: House, store: str, table: str) -> frozenset[Key]:
    """Rows of the table that belong, or may belong, to people for whom something is open."""
    undone = [state for state in CaseState if state is not CaseState.CLOSED]
    with house.unit() as unit:
        cases = unit.cases.find(states=undone, limit=10_000)
        people = dict.fromkeys([*(case.person for case in cases if case.person), *unit.facts.restricted()])
        known = [unit.persons.identifiers(person) for person in people]
    found: set[Key] = set()
    for identifiers in known:
        gathered = gather(house, identifiers)
        for error in gathered.unreachable.values():
            raise error
        seen = gathered.sights[store].tables.get(table)
        found |= {row.key for row in seen.rows} if seen else set()
    return frozenset(found)

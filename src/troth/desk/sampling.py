"""A sample: plans for many people at once, of which only totals remain. Nothing is applied, and nothing is kept.

No case is opened and nobody is made known. Each plan is forgotten before the next is made, so a sample of a million
people needs no more memory than one of ten; the totals are as many as the policy has tables and reasons.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice
from time import perf_counter

from troth.desk.gather import Gathered, gather
from troth.desk.house import House
from troth.desk.planning import draft, map_findings, refused, require_built
from troth.desk.requests import UNKNOWN_KIND, identifiers_from
from troth.model.case import Case, CaseState
from troth.model.plan import Plan
from troth.model.problem import InputError, Problem, Severity
from troth.ports.store import StoreError, Unreachable

NOBODY = "sample"
"""Stands for person and case in plans that are never kept."""


@dataclass(frozen=True)
class Sum:
    """What lines of one kind have in common."""

    store: str
    table: str
    verb: str
    ground: str
    exception: str


@dataclass(frozen=True)
class Kind:
    """What findings of one kind have in common: where the policy speaks of it, not how many rows it met."""

    severity: Severity
    code: str
    place: str


@dataclass
class Sample:
    """Totals, growing. People are counted, never named."""

    right: str
    asked: int = 0
    planned: int = 0
    not_found: int = 0
    unreadable: int = 0
    refused: int = 0
    """Plans with an error among their findings: they could not be applied."""
    stopped: Counter[str] = field(default_factory=Counter)
    """Code -> people for whom no plan could be made."""
    rows: Counter[Sum] = field(default_factory=Counter)
    people: Counter[Sum] = field(default_factory=Counter)
    undecided: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """(store, table, what alone matches) -> rows that wait for a person of ours."""
    findings: Counter[Kind] = field(default_factory=Counter)
    """In how many plans."""
    words: dict[Kind, str] = field(default_factory=dict)
    """The first message of each kind of finding."""
    seconds: float = 0.0
    slowest: float = 0.0


def sample(house: House, right: str, kind: str, values: Iterable[str], *, limit: int, ground: str = "") -> Sample:
    """Plan for each value of a kind of identifier, at most `limit`. Empty lines are passed over.

    Raises InputError for a right that cannot be sampled, Unreachable when a store does not answer: totals without it
    would say too little.
    """
    if right not in house.policy.rights:
        offered = ", ".join(f"`{name}`" for name in house.policy.rights)
        raise InputError("unknown-right", f"`{right}` is not a right this policy offers", f"offered: {offered}")
    require_built(right)
    schemas = {name: store.describe() for name, store in house.stores.items()}
    found = Sample(right)
    everywhere = map_findings(house, schemas)
    _count_findings(found, everywhere)
    mapped = not any(problem.severity is Severity.ERROR for problem in everywhere)
    now = house.clock.now()
    case = Case(NOBODY, right, NOBODY, CaseState.OPEN, now, now.date(), now.date())
    for text in islice((text for line in values if (text := line.strip())), limit):
        begun = perf_counter()
        _one(house, found, kind, text, lambda gathered: draft(house, case, gathered, schemas, ground), mapped=mapped)
        took = perf_counter() - begun
        found.asked += 1
        found.seconds += took
        found.slowest = max(found.slowest, took)
        house.between(f"{found.asked} people")
    return found


def _one(
    house: House, found: Sample, kind: str, text: str, plan_for: Callable[[Gathered], Plan], *, mapped: bool
) -> None:
    """Count one person. What goes wrong is counted by its code, unless it goes wrong for everybody."""
    try:
        gathered = gather(house, identifiers_from(house, [(kind, text)], proven=True))
        for unreachable in gathered.unreachable.values():
            raise unreachable
        if gathered.anything:
            plan = plan_for(gathered)
            _add(found, plan, [*refused(house, plan), *plan.findings], mapped=mapped)
        else:
            found.not_found += 1
    except InputError as error:
        if error.code == UNKNOWN_KIND:
            raise
        found.unreadable += 1
    except Unreachable:
        raise
    except StoreError as error:
        found.stopped[error.code] += 1


def _add(found: Sample, plan: Plan, findings: list[Problem], *, mapped: bool) -> None:
    found.planned += 1
    found.refused += not mapped or any(problem.severity is Severity.ERROR for problem in findings)
    rows: Counter[Sum] = Counter()
    for effect in plan.effects:
        exception = effect.exception.code if effect.exception else ""
        place = effect.store or effect.recipient
        rows[Sum(place, effect.table, effect.verb.value, effect.ground.code, exception)] += len(effect.rows)
    found.rows.update(rows)
    found.people.update(rows.keys())
    for waits in plan.waiting:
        found.undecided[waits.store, waits.table, waits.by] += len(waits.rows)
    _count_findings(found, findings)


def _count_findings(found: Sample, problems: Iterable[Problem]) -> None:
    kinds = {Kind(p.severity, p.code, f"{p.place.file}:{p.place.line}"): p.message for p in problems}
    found.findings.update(kinds.keys())
    found.words = {**kinds, **found.words}

"""A request comes in. Its outward answer is the same, in words and in work, whether or not we know who asks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from dateutil.relativedelta import relativedelta

from troth.desk import own
from troth.desk.gather import gather, hand_over, own_sight
from troth.desk.house import House
from troth.desk.planning import PLAN, case_ends, require_built
from troth.model.case import Case, CaseState
from troth.model.person import Identifier
from troth.model.personal import Personal
from troth.model.policy import Policy
from troth.model.problem import InputError
from troth.policy import Unreadable, normal_form

IDENTIFY = "case.identify"
END = "case.end"
"""The day has come on which a case is over: what a request said goes, also where nobody ever found out who asked."""
UNKNOWN_KIND = "unknown-kind"


@dataclass(frozen=True)
class Received:
    """The outward answer: a reference and a date, and nothing that says whether anybody was found."""

    case: str
    due: date


def identifiers_from(house: House, given: Sequence[tuple[str, str]], *, proven: bool) -> tuple[Identifier, ...]:
    """Bring what somebody typed into normal form. Raises InputError naming the kind, never the value."""
    return identifiers_under(house.policy, given, proven=proven)


def identifiers_under(policy: Policy, given: Sequence[tuple[str, str]], *, proven: bool) -> tuple[Identifier, ...]:
    """The same under one policy."""
    country = policy.organisation.country
    kinds = {
        column.kind
        for store in policy.stores.values()
        for table in store.tables.values()
        for column in table.identifiers
    }
    found = []
    for kind, text in given:
        if kind not in kinds:  # decisions about rows are identifiers too, and are made with a reason, by `decide` alone
            message = f"`{kind}` does not say who somebody is in this policy"
            raise InputError(UNKNOWN_KIND, message, f"one of: {', '.join(sorted(kinds))}", exit_code=3)
        try:
            value = normal_form(kind, text, country)
        except Unreadable as error:
            raise InputError(
                error.code, f"the `{kind}` given cannot be read: {error}", "check how it is written"
            ) from None
        found.append(Identifier(kind, Personal(value), proven, "request"))
    return tuple(found)


def receive(house: House, right: str, identifiers: Sequence[Identifier], *, ground: str = "", by: str) -> Received:
    """File the request and the work to find out who asks. Raises InputError for a right that is not offered."""
    if right not in house.policy.rights:
        offered = ", ".join(f"`{name}`" for name in house.policy.rights)
        raise InputError(
            "unknown-right", f"`{right}` is not a right this policy offers", f"offered: {offered}", exit_code=3
        )
    require_built(right)
    now = house.clock.now()
    due, ends = _due(house, right, now.date()), case_ends(now.date())
    said = {"ground": ground, "identifiers": [[i.kind, i.value.reveal(), i.proven] for i in identifiers]}
    with house.unit(by) as unit:
        case = unit.cases.open(right, None, due=due, ends=ends)
        unit.requests.receive(case, said)
        unit.due.add(IDENTIFY, case.id, now)
        house.wake(unit, case.id)
        unit.due.add(END, case.id, house.morning_after(ends))
    house.between("request filed")
    return Received(case.id, due)


def identify(house: House, case_id: str) -> Case:
    """Find out who asks. Nobody known: the case ends without a person, and what was typed is erased at once."""
    with house.unit() as unit:
        case = unit.cases.get(case_id)
        if case.person is not None or case.state is CaseState.CLOSED:
            return case
        said = unit.requests.said(case_id)
    if said is None:
        raise InputError(
            "request-gone", "the words of this request are no longer here", "ask the person to send it again"
        )
    identifiers = [Identifier(kind, Personal(value), proven, "request") for kind, value, proven in said["identifiers"]]
    gathered = gather(house, identifiers, ours=False)
    if not gathered.anything:  # but a no of somebody who is gone may be kept
        gathered = replace(gathered, sights={**gathered.sights, **own_sight(house, gathered.identifiers, "")})
    with house.unit() as unit:
        known = next((p for i in identifiers if i.proven and (p := unit.persons.by(i))), None)
        if known is None and not gathered.anything:
            for error in gathered.unreachable.values():
                raise error
            return unit.requests.nobody(case)
        person = known or unit.persons.new()
        unit.persons.link_all(person, gathered.identifiers, reason=f"request in case {case_id}")
        if not unit.facts.of(person).erased:  # whoever asks for what is left of them stays erased
            own.heed_marks(unit, person, gathered.identifiers)
        case = unit.requests.identify(case, person, {"ground": said["ground"]})
        unit.due.add(PLAN, case_id, house.clock.now())
    hand_over(house, case_id, gathered)
    house.between("identified")
    return case


def end(house: House, case_id: str) -> None:
    """Erase what is left of a case about nobody. Those of a person end with what we hold about them (`own`)."""
    with house.unit() as unit:
        case = unit.cases.get(case_id)
        if case.person is None:
            unit.requests.forget(case)


def _due(house: House, right: str, day: date) -> date:
    """The earlier of the law's period and our own promise; a policy offers no right that has neither."""
    lawful = house.catalog.due(house.policy.organisation.regimes, right, day, house.policy.organisation.holidays)
    days = house.policy.rights[right].days
    own = day + relativedelta(days=days) if days else None
    return min(end for end in (lawful, own) if end)

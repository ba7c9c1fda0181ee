"""Keep what happened to a person and what the office decided about their words; tell what is, or was, known of them."""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, time, timedelta

from troth.desk.asking import one, the_person
from troth.desk.house import House
from troth.desk.staff import acting, roles_that_erase
from troth.model.person import Identifier
from troth.model.problem import InputError
from troth.model.question import NOBODY, Facts
from troth.policy.report import did_you_mean
from troth.ports.state import RefusedError

LONGEST = timedelta(days=90)
"""For how long the gate may only watch at a time. Who needs longer says so again."""


def happened(house: House, identifiers: Sequence[Identifier], event: str, *, on: date, by: str) -> None:
    """Keep that a declared event happened to somebody, on a day that is not to come.

    Raises InputError `unknown-event`, `day-to-come`, and as `asking.the_person` does.
    """
    _declared(event, house.policy.events, "event")
    now = house.clock.now()
    if on > now.date():
        raise InputError("day-to-come", f"`{on}` is still to come", "keep it when it has happened", exit_code=3)
    with house.unit(by) as unit:
        at = now if on == now.date() else datetime.combine(on, time(), tzinfo=UTC)
        unit.facts.happen(the_person(unit, identifiers), event, on=at)


def matter(house: House, identifiers: Sequence[Identifier], kind: str, *, opens: bool, ref: str = "", by: str) -> None:
    """Keep that a declared matter is open about somebody, or over. Raises InputError `unknown-matter`, StateError."""
    _declared(kind, house.policy.matters, "matter")
    with house.unit(by) as unit:
        person = the_person(unit, identifiers)
        if opens:
            unit.facts.open_matter(person, kind, ref=ref)
        else:
            unit.facts.close_matter(person, kind, ref=ref)


def learn(
    house: House,
    identifiers: Sequence[Identifier],
    *,
    residence: str = "",
    citizenship: str = "",
    birth_year: int = 0,
    by: str,
) -> None:
    """Keep where somebody lives, whose citizen they are, when they were born. What was known before stays history.

    Raises InputError `nothing-learned`, StateError `not-a-country`, `not-a-year`.
    """
    if not (residence or citizenship or birth_year):
        raise InputError("nothing-learned", "nothing was said about them", "for instance `--residence US-CA`")
    with house.unit(by) as unit:
        unit.facts.learn(
            the_person(unit, identifiers),
            residence=residence or None,
            citizenship=citizenship or None,
            birth_year=birth_year or None,
        )


def confirm(house: House, identifiers: Sequence[Identifier], choice: str, *, by: str) -> None:
    """The message to their address was answered: the yes that waits for that stands.

    Raises InputError `unknown-choice`, RefusedError `nothing-to-confirm`.
    """
    _declared(choice, house.policy.choices, "choice")
    with house.unit(by) as unit:
        unit.facts.confirm(the_person(unit, identifiers), choice)


def overrule(house: House, identifiers: Sequence[Identifier], objection: int, *, because: str, staff: str) -> None:
    """Keep that a person of the office found grounds that override an objection. Their words are sealed.

    Raises InputError `no-reason`, `wrong-role`, RefusedError `marketing-stands`, `objection-absolute`.
    """
    by = acting(house.policy, staff, _deciding(house))
    if not because.strip():
        raise InputError("no-reason", "an objection is overruled on grounds", "say which: `--because`", exit_code=2)
    with house.unit(by) as unit:
        person = the_person(unit, identifiers)
        for said in unit.facts.of(person).objections or ():
            purpose = house.policy.purposes.get(said.purpose) if said.event == objection else None
            if purpose is not None and purpose.direct_marketing:
                message = "an objection to direct marketing is absolute: nothing overrides it"
                raise RefusedError("marketing-stands", message, "only the person can take it back")
            if purpose is not None and purpose.objection is not None and purpose.objection.absolute:
                message = f"`{purpose.id}` promises that nothing is weighed against an objection"
                raise RefusedError("objection-absolute", message, "only the person can take it back")
        unit.facts.overrule(person, objection, because=because)


def lift(house: House, identifiers: Sequence[Identifier], restriction: int, *, because: str, staff: str) -> None:
    """End a restriction. Raises InputError `no-reason`, `wrong-role`, NotFoundError `no-such-restriction`."""
    by = acting(house.policy, staff, _deciding(house))
    if not because.strip():
        raise InputError("no-reason", "a restriction is lifted for a reason", "say which: `--because`", exit_code=2)
    with house.unit(by) as unit:
        unit.facts.lift(the_person(unit, identifiers), restriction, because=because)


def told(
    house: House, identifiers: Sequence[Identifier], *, on: date | None = None, position: int | None = None
) -> Facts:
    """What is known of somebody now, or was at the end of a day, or below a position. Nobody known: NOBODY.

    Of an earlier moment no more is told than the ledger still holds.
    """
    with house.unit() as unit:
        person = one(unit, identifiers)
        if person is None:
            return NOBODY
        if on is None and position is None:
            return unit.facts.of(person)
        moment = datetime.combine(on + timedelta(days=1), time(), tzinfo=UTC) if on else None
        last = moment - timedelta(microseconds=1) if moment else None
        return unit.facts.as_of(person, moment=last, position=position)


def observe(house: House, until: date | None, *, staff: str) -> None:
    """Let the gate only watch until the end of a day, or no more. Raises InputError `observe-too-long`, `day-over`."""
    by = acting(house.policy, staff, _deciding(house))
    today = house.clock.now().date()
    if until and until < today:
        raise InputError("day-over", f"`{until}` is over", "name a day to come", exit_code=3)
    if until and until > today + LONGEST:
        message = f"the gate may only watch for {LONGEST.days} days at a time"
        raise InputError("observe-too-long", message, f"`{today + LONGEST}` at the latest", exit_code=3)
    with house.unit(by) as unit:
        unit.policies.observe(until)


def _deciding(house: House) -> tuple[str, ...]:
    """Who decides about objections and restrictions: whoever may sign an answer to an objection, or an erasure."""
    offered = house.policy.rights.get("objection")
    return (offered.approve if offered else ()) or roles_that_erase(house.policy)


def _declared(name: str, among: Collection[str], what: str) -> None:
    if name not in among:
        remedy = did_you_mean(name, among) or f"declared: {', '.join(sorted(among)) or 'none'}"
        raise InputError(f"unknown-{what}", f"`{name}` is not a declared {what}", remedy, exit_code=3)

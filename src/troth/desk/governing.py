"""Which versions of the policy hold for a person: the one that governs them, and today's.

Allowed for somebody is what both allow. A version that widens governs whoever it concerns only once it has reached
them; who came after it started came under it. Which one it is stands in our own state as facts (`unit.notices`), and
the policy is made from the text that was kept when it was put in force.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta

from troth.desk.house import House
from troth.model.change import Way
from troth.model.person import Identifier
from troth.model.policy import Policy
from troth.model.problem import InputError
from troth.policy import compile_texts
from troth.ports.state import PolicyVersion, Unit
from troth.show.told import Applied


def versions_for(house: House, unit: Unit, person: str) -> tuple[Policy, ...]:
    """The version that governs a person and today's; one where they are the same, or where none is in force yet.

    Raises InputError `version-unreadable` where the text of the older one no longer compiles: nothing is open then.
    """
    return versions_for_all(house, unit, (person,))[person]


def versions_for_all(house: House, unit: Unit, people: Collection[str]) -> Mapping[str, tuple[Policy, ...]]:
    """The same for many people with one look: person -> versions. Those alike share one tuple."""
    governing = unit.notices.governing(people)
    made = {hash_: _both(house, unit, hash_) for hash_ in {"", *governing.values()}}
    return {person: made[governing.get(person, "")] for person in people}


def version(house: House, unit: Unit, hash_: str) -> Policy:
    """One version that was put in force. Raises InputError `version-unreadable`, NotFoundError."""
    return house.policy if hash_ == house.policy.hash else compiled(house, unit.policies.get(hash_))


def compiled(house: House, kept: PolicyVersion) -> Policy:
    """A version from the text that was kept with it. Raises InputError `version-unreadable`."""
    return (
        house.policy if kept.hash == house.policy.hash else house.versions.made(kept.hash, lambda: _made(house, kept))
    )


def agreed(house: House, unit: Unit, person: str, choice: str) -> None:
    """Somebody said yes in the words of today's version: if that asks for this choice again, it has reached them."""
    change = unit.notices.followed(house.policy.hash)
    if change and change.waits and choice in change.choices:
        unit.notices.reach(person, house.policy.hash, Way.CHOICE)


def known_as(house: House, identifiers: Sequence[Identifier]) -> str:
    """The one person to whom identifiers lead. Raises InputError `nobody`, `identifiers-disagree`."""
    with house.unit() as unit:
        found = {person for identifier in identifiers if (person := unit.persons.by(identifier))}
    if not found:
        raise InputError("nobody", "nobody is known by this identifier", "`troth know` introduces them", exit_code=2)
    if len(found) > 1:
        message = f"the {len(identifiers)} identifiers do not lead to one person"
        raise InputError("identifiers-disagree", message, "name one that is theirs for sure", exit_code=2)
    return found.pop()


def show_to(house: House, person: str, *, by: str) -> bool:
    """The notice in force was put before somebody by other means; False where it had reached them already."""
    with house.unit(by) as unit:
        return unit.notices.reach(person, house.policy.hash, Way.SHOWN)


def applied(house: House, person: str, on: date) -> tuple[Policy, Applied]:
    """The version that applied to a person at the end of a day, since when, and how they had learned of it.

    Raises InputError `nothing-published`, `version-unreadable`.
    """
    with house.unit() as unit:
        at = min(datetime.combine(on + timedelta(days=1), time(), tzinfo=unit.at.tzinfo), unit.at)
        lived = [each for each in unit.notices.history(person) if each.since < at or each.since == unit.at]
        tried = tuple(each for each in unit.notices.tried(person) if each.at <= at)
        begun = [hash_ for hash_, begins in unit.policies.all() if begins < at]
        if not begun:
            raise InputError("nothing-published", f"no version was in force on {on}", "ask for a later day")
        policy = version(house, unit, lived[-1].version if lived else begun[-1])
    return policy, Applied(on, policy.hash, policy.effective_from, lived[-1] if lived else None, tried)


def _both(house: House, unit: Unit, hash_: str) -> tuple[Policy, ...]:
    if hash_ in ("", house.policy.hash):
        return (house.policy,)
    return version(house, unit, hash_), house.policy


def _made(house: House, kept: PolicyVersion) -> Policy:
    policy = compile_texts(kept.files, kept.hash, house.catalog)
    if policy is None:
        message = f"the text of version `{kept.hash[:12]}` no longer compiles"
        raise InputError("version-unreadable", message, "its text is in the ledger: `troth diff` says the same")
    return policy

"""Which versions of the policy hold for a person: the one that governs them, and today's.

Allowed for somebody is what both allow. A version that widens governs whoever it concerns only once it has reached
them; who came after it started came under it. Which one it is stands in our own state as facts (`unit.notices`), and
the policy is made from the text that was kept when it was put in force.
"""

from collections.abc import Collection, Mapping

from troth.desk.house import House
from troth.model.change import Way
from troth.model.policy import Policy
from troth.model.problem import InputError
from troth.policy import compile_texts
from troth.ports.state import PolicyVersion, Unit


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

"""The notices that were published: every version as it was, and the one that applied on a day."""

from datetime import date

from troth.desk.governing import compiled
from troth.desk.house import House
from troth.model.policy import Policy
from troth.model.problem import InputError


def published(house: House) -> list[Policy]:
    """Every version that was put in force and has begun, the oldest first, compiled anew from its own text.

    A version whose `effective-from` is still to come is no notice yet. Raises InputError `nothing-published`, and
    `version-unreadable` where a text no longer compiles: leaving it out would rewrite history.
    """
    today = house.clock.now().date()
    with house.unit() as unit:
        kept = [unit.policies.get(hash_) for hash_, begins in unit.policies.all() if begins.date() <= today]
    if not kept:
        raise InputError("nothing-published", "no version of the policy is in force yet", "`troth publish --by WHO`")
    return [compiled(house, version) for version in kept]


def in_force_on(house: House, day: date) -> Policy:
    """The version that applied on a day. Raises InputError `nothing-published`."""
    begun = [policy for policy in published(house) if date.fromisoformat(policy.effective_from) <= day]
    if not begun:
        raise InputError("nothing-published", f"no version was in force on {day}", "ask for a later day")
    return begun[-1]

"""What a person says between a plan and the act is heard: a choice, an objection or a restriction makes the plan stale.

So does what leaves for a recipient meanwhile: whoever got something is told, and the plan says whom.

A plan is kept with the events from which its facts came. They are compared under the person's lock in the transaction
that begins to carry it out, and in each that writes an intent. Whoever says something after that waits for nobody, and
says it to whom the erasure leaves: an objection outlives it as a mark, a choice is a new person's (`asking`).
"""

from collections.abc import Collection

from troth.model.event import Json
from troth.model.personal import Personal
from troth.model.problem import InputError
from troth.model.question import Facts
from troth.ports.facts import Closing
from troth.ports.state import Unit

FACTS = "facts"
"""Beside the plan in what is kept of it: ids of the events from which the facts came."""
MOVED = "facts-moved"
"""The note of a part that is stale because the person said something since."""


def events_of(unit: Unit, person: str) -> list[int]:
    """The events of everything that the person said, as far as it stands, and of what a recipient got about them."""
    return sorted([*_said(unit.facts.of(person)), *_got(unit, person)])


def _said(facts: Facts) -> list[int]:
    choices = [state.event for state in (facts.choices or {}).values()]
    return [*choices, *(o.event for o in facts.objections or ()), *(r.event for r in facts.restrictions or ())]


def _got(unit: Unit, person: str) -> list[int]:
    return [released.event for released in unit.facts.releases(person) if released.what.recipient]


def known_then(body: Personal[Json]) -> frozenset[int] | None:
    """The events that a kept plan stands on; None where it rests on no facts (dated destruction, a replay)."""
    found = body.reveal().get(FACTS)
    return None if found is None else frozenset(found)


def moved(unit: Unit, person: str, then: frozenset[int] | None, own: Collection[Closing] = ()) -> bool:
    """Whether the person said anything since, or a recipient got anything; holds the person.

    What the plan itself closes (`own`) does not count.
    """
    if then is None:
        return False
    unit.persons.hold(person)
    facts = unit.facts.of(person)
    closed = {_rule(rule) for rule in own}
    mine = {
        r.event
        for r in facts.restrictions or ()
        if r.event not in then and _rule(Closing(r.ground, r.elements, r.open_to, r.law, r.until)) in closed
    }
    return frozenset((*_said(facts), *_got(unit, person))) - mine != then


def unheard(case_id: str) -> InputError:
    """What is said where the person said something since."""
    message = f"the person of case `{case_id}` said something since its plan was made: nothing was done"
    return InputError("plan-stale", message, f"read and sign a new plan: `troth plan {case_id}`", exit_code=4)


def _rule(rule: Closing) -> tuple[object, ...]:
    return rule.ground, frozenset(rule.elements), frozenset(rule.open_to), rule.law, rule.until

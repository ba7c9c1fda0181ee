"""Lines of a plan: equal ones merged, numbered, and handed to the stores they speak about."""

from collections.abc import Iterable
from dataclasses import replace

from troth.model.plan import Effect, Order, Plan, StorePart, Verb
from troth.model.sight import Key
from troth.plan.identity import plan_hash
from troth.plan.view import View


def merged(effects: Iterable[Effect]) -> list[Effect]:
    """One line for all rows that are treated alike, in the order of the first of each."""
    rows: dict[Effect, list[Key]] = {}
    for effect in effects:
        rows.setdefault(replace(effect, rows=()), []).extend(effect.rows)
    return [replace(effect, rows=tuple(keys)) for effect, keys in rows.items()]


def numbered(effects: Iterable[Effect]) -> tuple[Effect, ...]:
    """Numbers from 1, in the order given."""
    return tuple(replace(effect, number=number) for number, effect in enumerate(effects, start=1))


def part_of(view: View) -> StorePart:
    """What the plan stands on in a store."""
    return StorePart(view.store.name, view.sight.fingerprint, asynchronous=view.store.engine == "work-order")


def orders(plan: Plan) -> tuple[Order, ...]:
    """What each store is asked to do, one order for each part; `tell` and `read` lines are not the stores' to act on.

    A store with nothing to do gets an empty order: it still looks again, and says so when something appeared meanwhile.
    """
    digest = plan_hash(plan)
    acting = [e for e in plan.effects if e.verb not in {Verb.TELL, Verb.READ}]
    return tuple(
        Order(digest, part.store, part.fingerprint, tuple(e for e in acting if e.store == part.store))
        for part in plan.parts
    )

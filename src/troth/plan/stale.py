"""Whether the data moved since a plan was made."""

from collections.abc import Mapping

from troth.model.plan import Plan
from troth.model.sight import Sight


def stale(plan: Plan, sights: Mapping[str, Sight]) -> tuple[str, ...]:
    """Names of the plan's stores whose fingerprint is no longer the one it stands on.

    A store without a sight is not called stale: nothing is known about it, and its own part waits.
    """
    return tuple(
        part.store for part in plan.parts if part.store in sights and sights[part.store].fingerprint != part.fingerprint
    )

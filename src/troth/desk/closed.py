"""A store that came back from a backup is closed until what was erased there is erased again.

Closed means: no plan is made from it and no copy is read from it. The mark is the work of replaying itself, which
nobody has done yet: it outlives a crash, and it stays when the work is given up.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from troth.desk.house import House
from troth.ports.store import Unreachable

REPLAY = "store.replay"
"""The work of erasing again in a restored store; its `ref` is the store."""


def closed_stores(house: House) -> Mapping[str, datetime]:
    """Stores that are closed, each with the moment since when."""
    with house.unit() as unit:
        return dict(unit.due.undone(REPLAY))


def refusal(store: str) -> Unreachable:
    """What whoever asks a closed store is told: like a store that does not answer, it is asked again later."""
    return Unreachable(
        store,
        "store-restored",
        "it was restored from a backup, and what was erased there is not yet erased again",
        "the worker does that; `troth status` says how it stands",
    )


def require_open(house: House, stores: Iterable[str]) -> None:
    """Raise Unreachable `store-restored` for the first of these stores that is closed."""
    closed = closed_stores(house)
    for store in stores:
        if store in closed:
            raise refusal(store)

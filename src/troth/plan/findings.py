"""Problems that a plan carries beside its lines: what was not seen, not a ground, not dated. Nothing is raised."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from troth.model.policy import Policy
from troth.model.problem import Place, Problem, Severity
from troth.model.sight import Sight
from troth.plan.codes import REACH
from troth.plan.fates import Fate, Settled
from troth.plan.view import View

NOWHERE = Place("request")


def unseen(policy: Policy, sights: Mapping[str, Sight]) -> Iterator[Problem]:
    """Stores of the policy that gave no sight."""
    for name, store in policy.stores.items():
        if name not in sights:
            yield Problem(
                "store-not-seen",
                f"store `{name}` was not seen: its own part waits",
                store.place,
                "look again when it answers; the case is not finished without it",
                severity=Severity.WARNING,
            )


def unknown_grounds(grounds: Iterable[str]) -> Iterator[Problem]:
    """Grounds that do not exist; nothing is erased for them."""
    for code in grounds:
        if code not in REACH:
            yield Problem(
                "unknown-ground", f"`{code}` is not a ground of erasure", NOWHERE, f"one of {', '.join(REACH)}"
            )


def undated(view: View, settled: Settled) -> Iterator[Problem]:
    """Tables with rows that a law keeps although no date says from when."""
    tables = Counter(
        table for (table, _), verdict in settled.fates.items() if verdict.fate is Fate.KEEP and verdict.until is None
    )
    for table, rows in tables.items():
        yield Problem(
            "clock-missing",
            f"`{view.store.name}.{table}`, rows: {rows}: kept under a law, but no date says from when",
            view.map_of(table).place,
            "fill the clock column of these rows, so that they have an end",
            severity=Severity.WARNING,
        )

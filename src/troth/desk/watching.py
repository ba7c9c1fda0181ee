"""What somebody has to see to so that the notice stays true: people it did not reach, drift, a review that is due.

Always measured, never kept as a verdict. Only when a drift was first seen is written down, since its task has a day.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from troth.desk.governing import compiled
from troth.desk.house import House
from troth.model.change import Direction, Telling
from troth.model.policy import Policy
from troth.policy.compile import examine
from troth.policy.diff import diff
from troth.ports.state import Unit
from troth.show.standing import ForRole
from troth.show.words import count, short

DRIFTED, REVIEWED = "notice.drifted", "notice.reviewed"
DRIFT_DAYS = 30
"""Within which a notice that parted from the declarations is mended."""
NOT_REACHED = frozenset({Telling.BOUNCED, Telling.NO_WAY})
LISTED = 12


def watch(house: House, folder: Path | None = None) -> list[ForRole]:
    """Everything of that kind now; with the policy's folder, also whether it says what the notice in force does not."""
    with house.unit() as unit:
        drift = _drift(house, unit, folder) if folder else ()
        return [*_unreached(house, unit), *drift, *_review(house, unit)]


def _unreached(house: House, unit: Unit) -> Iterator[ForRole]:
    """Of each version that is told in a message: whom it did not reach, and why."""
    for version, _ in unit.policies.all():
        change = unit.notices.followed(version)
        if change is None or not change.message:
            continue
        standing = unit.notices.standing(version)
        lost = {why or state: n for (state, why), n in standing.items() if state in NOT_REACHED}
        left = sum(n for (state, _), n in standing.items() if state in ("open", Telling.SENDING, Telling.LATER))
        what = f"version {short(version)} of the notice"
        if lost:
            why = ", ".join(f"{n} {code}" for code, n in sorted(lost.items()))
            stay = "; they stay under the one before" if change.waits else ""
            says = f"{what} did not reach {count(sum(lost.values()), 'person', 'people')} ({why}){stay}"
            yield ForRole("unreached", says, _role(house), change.starts, f"troth told {short(version)}")
        if left and change.starts <= unit.at:
            says = f"{what} is in force, and {count(left, 'person was', 'people were')} not written to yet"
            yield ForRole("untold", says, _role(house), change.starts, "troth worker")


def _drift(house: House, unit: Unit, folder: Path) -> Iterator[ForRole]:
    """What the registers say and the notice in force does not."""
    current = unit.policies.current()
    if current is None:
        return
    policy, report = examine(folder, house.catalog)
    if report.broken:
        says = f"the policy folder does not compile ({count(len(report.problems), 'problem')}): nothing new is begun"
        yield ForRole("invalid", says, _role(house), unit.at, "troth check")
    found = _parted(compiled(house, current), policy, unit)
    if not found:
        return
    events = unit.events.read(kinds=[DRIFTED])
    since = next((event.at for event in events if event.envelope["version"] == current.hash), None)
    if since is None:
        since = unit.at
        unit.events.record(DRIFTED, {"version": current.hash, "things": found[:LISTED], "to": _role(house)})
    more = f" and {len(found) - LISTED} more" if len(found) > LISTED else ""
    says = (
        f"version {short(current.hash)} of the notice does not say what is declared: {', '.join(found[:LISTED])}{more}"
    )
    yield ForRole("drift", says, _role(house), since, "troth check", due=(since + timedelta(days=DRIFT_DAYS)).date())


def _parted(now: Policy, policy: Policy | None, unit: Unit) -> list[str]:
    """References of what was changed in the folder and is not published; what its own notice leaves out among it."""
    if policy is None or policy.hash in dict(unit.policies.all()):
        return []
    changed = (c.reference for c in diff(now, policy) if c.direction is not Direction.REWORDED)
    return sorted({name for name in changed if not name.startswith("clause:")})


def _review(house: House, unit: Unit) -> Iterator[ForRole]:
    every = house.policy.changes.review_every
    looked = [event.at for event in unit.events.read(kinds=["policy.approved", REVIEWED])]
    if not every or not looked:
        return
    due: datetime = every.after(max(looked))
    if due < unit.at:
        says = "the notice is to be looked at again, whether it still says what is done"
        yield ForRole("review", says, _role(house), due, "troth reviewed", due=due.date())


def reviewed(house: House, *, by: str) -> None:
    """Somebody has looked at the notice in force, and nothing has to change."""
    with house.unit(by) as unit:
        unit.events.record(REVIEWED, {"version": house.policy.hash})
    house.state.ledger.place()


def _role(house: House) -> str:
    return house.policy.changes.drift_to

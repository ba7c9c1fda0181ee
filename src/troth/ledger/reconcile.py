"""Opening a state that is behind its witness: an operator's explicit act, recorded in the ledger itself.

After a restore of an older copy, events that a witness has seen are missing: yesterday's objections among them. Nothing
can bring them back from here. `reconcile` says so for ever: which positions, which witnessed root, who accepted it and
why; then the witnesses begin anew from there. It never runs by itself.
"""

from typing import Any

from troth.ledger.scope import STAFF
from troth.ledger.sequencer import Gap
from troth.ledger.state import LedgerState, StateSettings
from troth.model.event import Retain, Slot
from troth.model.personal import Personal
from troth.ports.state import StateError


def reconcile(settings: StateSettings, *, by: str, code: str, reason: str) -> int:
    """Accept this database although a witness has seen more or other; the id of the event `ledger.reconciled`.

    `by` is `staff:ID`; `code` stands in the envelope, `reason` (words) is sealed under the operator. Afterwards the
    state opens. Raises StateError `nothing-to-reconcile`, `reconcile-needs-a-person`.
    """
    if not by.startswith(STAFF) or not reason.strip():
        raise StateError(
            "reconcile-needs-a-person", "accepting a loss needs a person and a reason", "give `staff:ID` and a sentence"
        )
    with LedgerState(settings) as state:
        sequencer = state.sequencer
        gaps = sequencer.gaps()
        lost = sequencer.lost_witnesses()
        if not gaps and not lost:
            raise StateError("nothing-to-reconcile", "this ledger continues what its witnesses have seen", "open it")
        envelope = {"code": code, "missing": [_missing(gap) for gap in gaps], "witnesses_lost": len(lost)}
        with state.unit(at=settings.now(), by=by) as unit:
            words = Slot(by, Retain.STAFF, Personal({"reason": reason}))
            event = unit.events.record("ledger.reconciled", envelope, words)
        sequencer.place_unchecked()
        sequencer.restart_witnesses()
    return event


def _missing(gap: Gap) -> dict[str, Any]:
    """What is lost: positions `from` to `to`; of another history all, since nobody can say where it parts."""
    return {
        "from": 0 if gap.forked else gap.ours,
        "to": gap.seen.size - 1,
        "forked": gap.forked,
        "seen_size": gap.seen.size,
        "seen_root": gap.seen.root.hex(),
    }

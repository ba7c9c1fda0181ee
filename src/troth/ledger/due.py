"""Dated work: the truth about what is to be done and when. Alarms only wake workers, and may all be lost.

Work is taken under a lease that names worker and taking; whoever lost the lease cannot finish. What a killed worker
held is put back by the sweeper; what kills its worker every time is given up in the end, for a person to see, and
opened again when asked. Waiting for a store that does not answer is no try: it may last as long as it lasts.
"""

import random
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from troth.ledger import alarm
from troth.ledger.database import told
from troth.ledger.events import LedgerEvents
from troth.ledger.scope import Scope, must_be_codes
from troth.ledger.sql import statements
from troth.ports.state import RefusedError, StateError, Sweep, Work

_SQL = statements("due")
MOST_TRIES = 12
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=1)


class LedgerDue:
    """The `DueWork` port over one transaction."""

    def __init__(self, scope: Scope, events: LedgerEvents) -> None:
        self._scope = scope
        self._events = events

    def add(self, kind: str, ref: str, at: datetime, *, note: str = "") -> int:
        """See the port."""
        must_be_codes(kind=kind, ref=ref, note=note)
        return int(self._rows("add_due", {"kind": kind, "ref": ref, "at": at, "note": note})[0][0])

    def take(
        self, kinds: Collection[str], *, worker: str, limit: int = 1, lease: timedelta, ref: str = ""
    ) -> Sequence[Work]:
        """See the port."""
        now = self._scope.at
        named = {"kinds": list(kinds), "limit": limit, "worker": worker, "now": now, "until": now + lease, "ref": ref}
        rows = sorted(self._rows("take_due_about" if ref else "take_due", named), key=lambda row: (row[3], row[0]))
        return [Work(id_, kind, ref, at, tries, worker, note) for id_, kind, ref, at, tries, note in rows]

    def finish(self, work: Work) -> None:
        """See the port."""
        self._fenced("finish_due", work, {})

    def prolong(self, work: Work, *, lease: timedelta) -> None:
        """See the port."""
        self._fenced("prolong_due", work, {"until": self._scope.at + lease})

    def fail(self, work: Work, *, code: str, counts: bool = True) -> datetime | None:
        """See the port."""
        must_be_codes(code=code)
        if not counts:
            next_at = self._scope.at + wait_since(self._scope.at - work.at)
            self._fenced("put_off_due", work, {"next_at": next_at, "code": code})
            return next_at
        over = work.tries >= MOST_TRIES
        next_at = self._scope.at if over else self._scope.at + wait_before(work.tries)
        named = {"state": "given-up" if over else "open", "next_at": next_at, "code": code}
        self._fenced("fail_due", work, named)
        return None if over else next_at

    def retry(self, *, before: datetime, tries: int | None = None) -> int:
        """See the port."""
        named = {"now": self._scope.at, "before": before, "had": MOST_TRIES - tries if tries else 0}
        with told():
            return len(self._scope.connection.execute(_SQL["retry_due"], named).fetchall())

    def cancel(self, kind: str, ref: str) -> int:
        """See the port."""
        named = {"kind": kind, "ref": ref, "now": self._scope.at}
        with told():
            return len(self._scope.connection.execute(_SQL["cancel_due"], named).fetchall())

    def undone(self, kind: str) -> Sequence[tuple[str, datetime]]:
        """See the port."""
        return [(ref, at) for ref, at in self._rows("undone", {"kind": kind})]

    def sweep(self, *, late_after: timedelta) -> Sweep:
        """See the port."""
        now = self._scope.at
        late = self._rows("late", {"before": now - late_after})
        stalled = self._rows("put_back_stalled", {"now": now, "most": MOST_TRIES})
        given_up = self._rows("given_up", {})
        return Sweep(*(tuple(row[0] for row in rows) for rows in (stalled, late, given_up)))

    def ring(self, queue: str, task: str, ref: str, at: datetime) -> None:
        """See the port."""
        must_be_codes(queue=queue, task=task, ref=ref)
        with told():
            alarm.ring(self._scope.connection, queue, task, ref, at)

    def pause(self, *, code: str) -> None:
        """See the port."""
        if not code:
            raise StateError("pause-without-code", "a pause needs a code that says why", "such as `maintenance`")
        self._events.note("work.paused", {"code": code})
        with told():
            self._scope.connection.execute(_SQL["pause"], {"code": code})

    def resume(self) -> None:
        """See the port."""
        self._events.note("work.resumed", {})
        with told():
            self._scope.connection.execute(_SQL["resume"])

    def paused(self) -> str | None:
        """See the port."""
        rows = self._rows("paused", {})
        return rows[0][0] if rows else None

    def _fenced(self, statement: str, work: Work, named: Mapping[str, Any]) -> None:
        fence = {"id": work.id, "worker": work.worker, "tries": work.tries, "now": self._scope.at}
        with told():
            changed = self._scope.connection.execute(_SQL[statement], {**fence, **named}).fetchall()
        if not changed:
            raise RefusedError(
                "lease-lost",
                f"the work `{work.id}` is no longer held by this worker",
                "drop what was done in this transaction; whoever holds it now does it",
            )

    def _rows(self, name: str, named: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        with told():
            return self._scope.connection.execute(_SQL[name], named).fetchall()


def wait_before(tries: int) -> timedelta:
    """How long to wait after this many tries: doubling, capped, and spread so that many do not come back at once."""
    return _spread(FIRST_WAIT * 2 ** min(tries - 1, 16))


def wait_since(age: timedelta) -> timedelta:
    """How long to wait where tries are not counted: the longer it is due already, the longer, within these bounds."""
    return _spread(max(age / 4, FIRST_WAIT))


def _spread(wait: timedelta) -> timedelta:
    return min(wait, LONGEST_WAIT) * random.uniform(0.8, 1.2)  # noqa: S311 - not a secret

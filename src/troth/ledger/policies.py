"""The policy versions that were put in force. A version is immutable: its hash never stands for other content."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from psycopg.types.json import Jsonb

from troth.ledger.database import told
from troth.ledger.events import LedgerEvents
from troth.ledger.scope import Scope
from troth.ledger.sql import statements
from troth.ports.state import NotFoundError, PolicyVersion, RefusedError

_SQL = statements("policies")


class LedgerPolicies:
    """The `Policies` port over one transaction."""

    def __init__(self, scope: Scope, events: LedgerEvents) -> None:
        self._scope = scope
        self._events = events

    def add(self, version: PolicyVersion) -> None:
        """See the port."""
        known = self._rows("get_policy", {"hash": version.hash})
        if known:
            found = PolicyVersion(*known[0])
            if (found.files, found.effective_from) == (dict(version.files), version.effective_from):
                return
            raise RefusedError(
                "policy-differs",
                f"the policy `{version.hash[:12]}` is known with other files or another date",
                "a version is immutable: change the folder, and approve the new version",
            )
        envelope = {"hash": version.hash, "effective_from": version.effective_from.isoformat()}
        event = self._events.record("policy.approved", envelope)
        named = {"hash": version.hash, "files": Jsonb(dict(version.files)), "effective_from": version.effective_from}
        with told():
            self._scope.connection.execute(
                _SQL["add_policy"], {**named, "approved_by": version.approved_by, "event": event}
            )

    def get(self, hash: str) -> PolicyVersion:  # noqa: A002 - the word of the model
        """See the port."""
        rows = self._rows("get_policy", {"hash": hash})
        if not rows:
            raise NotFoundError("no-such-policy", f"there is no policy version `{hash[:12]}`")
        return PolicyVersion(*rows[0])

    def current(self) -> PolicyVersion | None:
        """See the port."""
        rows = self._rows("current_policy", {"at": self._scope.at})
        return PolicyVersion(*rows[0]) if rows else None

    def all(self) -> Sequence[tuple[str, datetime]]:
        """See the port."""
        return [(row[0], row[1]) for row in self._rows("all_policies", {})]

    def observe(self, until: date | None) -> None:
        """See the port."""
        if until is None:
            self._events.record("gate.closed", {})
            self._run("end_observing", {})
            return
        self._events.record("gate.observing", {"until": until.isoformat()})
        self._run("begin_observing", {"until": until.isoformat()})

    def observing(self) -> date | None:
        """See the port."""
        rows = self._rows("observing", {})
        return watching(rows[0][0] if rows else None, self._scope.at)

    def _run(self, name: str, named: dict[str, Any]) -> None:
        with told():
            self._scope.connection.execute(_SQL[name], named)

    def _rows(self, name: str, named: dict[str, Any]) -> list[tuple[Any, ...]]:
        with told():
            return self._scope.connection.execute(_SQL[name], named).fetchall()


def watching(kept: str | None, at: datetime) -> date | None:
    """The last day on which the gate only watches, by what is kept of it; None: at this moment it does not."""
    until = date.fromisoformat(kept) if kept else None
    return until if until and at.astimezone(UTC).date() <= until else None

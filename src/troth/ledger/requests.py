"""Requests before we know who asks: the words lie sealed under `asker:CASE`, a subject that is nobody."""

from dataclasses import replace

from troth.ledger.cases import LedgerCases
from troth.ledger.database import told
from troth.ledger.events import LedgerEvents, Sealed
from troth.ledger.scope import Scope
from troth.ledger.sql import statements
from troth.model.case import Case
from troth.model.event import Json, Retain, Slot
from troth.model.personal import Personal
from troth.ports.state import RefusedError

_SQL = statements("requests")


class LedgerRequests:
    """The `Requests` port over one transaction."""

    def __init__(self, scope: Scope, events: LedgerEvents, cases: LedgerCases) -> None:
        self._scope = scope
        self._events = events
        self._cases = cases

    def receive(self, case: Case, said: Json) -> int:
        """See the port."""
        slot = Slot(_asker(case.id), Retain.IDENTITY, Personal(said))
        return self._events.record("request.received", {"case": case.id, "right": case.right}, slot)

    def said(self, case: str) -> Json | None:
        """See the port."""
        with told():
            rows = self._scope.connection.execute(_SQL["words_of"], {"case": case}).fetchall()
        return next(iter(self._events.opened([Sealed(*row) for row in rows])), None)

    def identify(self, case: Case, person: str, said: Json) -> Case:
        """See the port."""
        with told():
            named = {"case": case.id, "person": person}
            changed = self._scope.connection.execute(_SQL["identify_case"], named).fetchall()
        if not changed:
            raise RefusedError("case-of-another", f"the case `{case.id}` belongs to somebody else", "open another case")
        self._events.note("case.identified", {"case": case.id}, Slot(person, Retain.CASE, Personal(said)))
        self._events.erase(_asker(case.id), {Retain.IDENTITY})
        return replace(case, person=person)

    def forget(self, case: Case) -> None:
        """See the port."""
        self._events.erase(_asker(case.id), {Retain.IDENTITY})

    def nobody(self, case: Case) -> Case:
        """See the port."""
        self.forget(case)
        return self._cases.close(case.id, {"case": case.id, "right": case.right, "nobody": True})


def _asker(case: str) -> str:
    return f"asker:{case}"

"""Requests and their clocks: cases, plans, signatures, parts, receipts. Every change writes its event in the same call.

Which move is allowed is data (`MOVES`). A change that was made already is not made again and writes nothing: a worker
that was killed may simply start over.
"""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from psycopg.types.json import Jsonb

from troth.ledger.database import told
from troth.ledger.envelope import content_hash
from troth.ledger.errors import CanonicalError
from troth.ledger.events import LedgerEvents, Sealed
from troth.ledger.persons import must_exist
from troth.ledger.scope import Scope, plain
from troth.ledger.sql import statements
from troth.model.case import Case, CaseState
from troth.model.event import Json, Retain, Slot
from troth.model.personal import Personal
from troth.model.plan import Approval, Count, Done, Outcome
from troth.ports.state import NotFoundError, Part, PartState, RefusedError, StateError

_SQL = statements("cases")

MOVES: Mapping[CaseState, frozenset[CaseState]] = MappingProxyType(
    {
        CaseState.OPEN: frozenset({CaseState.PLANNED, CaseState.WAITING, CaseState.CLOSED, CaseState.FAILED}),
        CaseState.PLANNED: frozenset({CaseState.PLANNED, CaseState.APPROVED, CaseState.CLOSED, CaseState.FAILED}),
        CaseState.APPROVED: frozenset({CaseState.APPLYING, CaseState.PLANNED, CaseState.CLOSED}),
        CaseState.APPLYING: frozenset({CaseState.WAITING, CaseState.LOOKING, CaseState.PLANNED, CaseState.FAILED}),
        CaseState.WAITING: frozenset(
            {CaseState.APPLYING, CaseState.LOOKING, CaseState.PLANNED, CaseState.CLOSED, CaseState.FAILED}
        ),
        CaseState.LOOKING: frozenset({CaseState.CLOSED, CaseState.WAITING, CaseState.FAILED}),
        CaseState.FAILED: frozenset({CaseState.PLANNED, CaseState.CLOSED}),
        CaseState.CLOSED: frozenset(),
    }
)
"""From a state to those that may follow it."""

_ENDS: Mapping[Done, PartState] = MappingProxyType(
    {
        Done.APPLIED: PartState.DONE,
        Done.ALREADY: PartState.DONE,
        Done.STALE: PartState.STALE,
        Done.ASKED: PartState.ASKED,
    }
)
_ID_LETTERS = "23456789abcdefghjkmnpqrstvwxyz"  # no pairs that look alike when read out
_ID_LENGTH = 12


class LedgerCases:
    """The `Cases` port over one transaction."""

    def __init__(self, scope: Scope, events: LedgerEvents) -> None:
        self._scope = scope
        self._events = events

    def open(self, right: str, person: str | None, *, due: date, ends: date, said: Json | None = None) -> Case:
        """See the port."""
        case = "c-" + "".join(secrets.choice(_ID_LETTERS) for _ in range(_ID_LENGTH))
        opened = Case(case, right, person, CaseState.OPEN, self._scope.at, due, ends)
        slots: tuple[Slot, ...] = ()
        if person is not None:
            must_exist(self._scope, person)
            slots = (Slot(person, Retain.CASE, Personal({"said": said})),)
        envelope = {"case": case, "right": right, "due": due.isoformat(), "known": person is not None}
        self._events.note("case.opened", envelope, *slots)
        named = {"case": case, "right": right, "person": person, "state": CaseState.OPEN.value, "due": due}
        self._run("open_case", {**named, "ends": ends, "at": self._scope.at})
        return opened

    def get(self, case: str) -> Case:
        """See the port."""
        return self._case(case, "get_case")

    def find(self, *, states: Collection[CaseState] = (), person: str = "", limit: int = 200) -> Sequence[Case]:
        """See the port."""
        named = {"states": [state.value for state in states or CaseState], "person": person, "limit": limit}
        return [_case(row) for row in self._rows("cases_of_person" if person else "find_cases", named)]

    def move(self, case: str, to: CaseState, *, code: str = "") -> Case:
        """See the port."""
        return self._moved(self._held(case), to, code)

    def _moved(self, held: Case, to: CaseState, code: str = "") -> Case:
        if held.state is to:
            return held
        _must_allow(held, to)
        self._events.note(f"case.{to.value}", self._about(held, code=code), *self._mark(held))
        self._run("set_state", {"case": held.id, "state": to.value})
        return replace(held, state=to)

    def begin(self, case: str, plan: str) -> bool:
        """See the port."""
        held = self._held(case)
        if held.plan != plan:
            raise _superseded(case)
        if held.state is not CaseState.APPROVED:
            return False
        self._moved(held, CaseState.APPLYING)
        return True

    def save_plan(self, case: str, plan: str, body: Personal[Json], parts: Mapping[str, tuple[str, bool]]) -> None:
        """See the port."""
        held = self._held(case)
        known = self._rows("get_plan", {"plan": plan})
        if known and known[0][0] != case:
            raise RefusedError("plan-of-another-case", f"the plan `{plan[:12]}` belongs to the case `{known[0][0]}`")
        if known and held.plan == plan:
            return
        _must_allow(held, CaseState.PLANNED)
        if held.person is None:
            raise RefusedError("case-without-person", f"the case `{case}` knows no person, so nothing can be planned")
        if not known:
            sealed = Slot(held.person, Retain.CASE, body)
            envelope = {"case": case, "plan": plan, "stores": sorted(parts)}
            self._events.note("plan.made", envelope, sealed)
            self._run("add_plan", {"plan": plan, "case": case, "at": self._scope.at})
            self._add_parts(plan, parts)
        self._run("set_plan", {"case": case, "plan": plan, "state": CaseState.PLANNED.value})

    def plan(self, plan: str) -> Personal[Json] | None:
        """See the port."""
        rows = self._rows("plan_body", {"plan": plan})
        if not rows:
            raise NotFoundError("no-such-plan", f"there is no plan `{plan[:12]}`")
        (body,) = self._events.opened([Sealed(*rows[0])])
        return None if body is None else Personal(dict(body))

    def approve(self, case: str, approval: Approval) -> None:
        """See the port."""
        held = self._held(case)
        if approval.plan != held.plan:
            raise _superseded(case)
        if self.approval(approval.plan) is not None:
            return
        _must_allow(held, CaseState.APPROVED)
        envelope = {"case": case, "plan": approval.plan, "role": approval.role, "public_key": approval.public_key}
        signed = Slot(f"staff:{approval.signer.removeprefix('staff:')}", Retain.STAFF, Personal({"signed": True}))
        self._events.note("plan.approved", envelope, signed, *self._mark(held))
        named = {name: getattr(approval, name) for name in ("plan", "signer", "role", "at", "signature", "public_key")}
        self._run("add_approval", named)
        self._run("set_state", {"case": case, "state": CaseState.APPROVED.value})

    def approval(self, plan: str) -> Approval | None:
        """See the port."""
        rows = self._rows("get_approval", {"plan": plan})
        return Approval(*rows[0]) if rows else None

    def parts(self, plan: str) -> Sequence[Part]:
        """See the port."""
        return [_part(row) for row in self._rows("parts", {"plan": plan})]

    def intend(self, plan: str, store: str) -> None:
        """See the port."""
        state, case, approved, newest = self._held_part(plan, store)
        if not newest:
            raise _superseded(case)
        if state in {PartState.DONE, PartState.STALE}:
            raise RefusedError("part-settled", f"the part of `{store}` is `{state}` already")
        if not approved:
            raise RefusedError("not-approved", f"the plan `{plan[:12]}` has no signature", "have it approved first")
        self._events.note("store.intended", {"case": case, "plan": plan, "store": store})
        named = {"plan": plan, "store": store, "state": PartState.INTENDED.value, "at": self._scope.at}
        self._run("intend", named)

    def settle(self, plan: str, store: str, outcome: Outcome) -> None:
        """See the port."""
        state, case, *_ = self._held_part(plan, store)
        if state is PartState.DONE:
            return
        counts = [[each.number, each.changed, each.otherwise] for each in outcome.counts]
        envelope = {"case": case, "plan": plan, "store": store, "counts": counts}
        self._events.note(f"store.{outcome.done.value}", envelope)
        if counts:
            numbers, changed, otherwise = ([row[n] for row in counts] for n in range(3))
            lines = {"plan": plan, "store": store, "numbers": numbers, "changed": changed, "otherwise": otherwise}
            self._run("add_counts", lines)
        named = {"plan": plan, "store": store, "state": _ENDS[outcome.done].value, "at": self._scope.at}
        self._run("settle", {**named, "done": outcome.done.value, "note": outcome.note})

    def put_off(self, plan: str, store: str, *, code: str, next_try: datetime) -> None:
        """See the port."""
        state, case, *_ = self._held_part(plan, store)
        if state is PartState.DONE:
            raise RefusedError("part-settled", f"the part of `{store}` is done already")
        self._events.note("store.waiting", {"case": case, "plan": plan, "store": store, "code": code})
        named = {"plan": plan, "store": store, "state": PartState.WAITING.value, "code": code, "next_try": next_try}
        self._run("put_off", named)

    def close(self, case: str, receipt: Json) -> Case:
        """See the port."""
        held = self._held(case)
        if held.state is CaseState.CLOSED:
            return held
        _must_allow(held, CaseState.CLOSED)
        body = plain(receipt)
        try:
            digest = content_hash(body)
        except CanonicalError:  # its words name the place by its key, and a key may be anything here
            raise StateError(
                "receipt-not-plain", "a receipt holds text, whole numbers, true, false, null, lists and objects only"
            ) from None
        self._events.note("case.closed", {**self._about(held), "receipt_sha256": digest}, *self._mark(held))
        self._run("add_receipt", {"case": case, "body": Jsonb(body), "at": self._scope.at})
        self._run("set_state", {"case": case, "state": CaseState.CLOSED.value})
        return replace(held, state=CaseState.CLOSED)

    def receipt(self, case: str) -> Json | None:
        """See the port."""
        rows = self._rows("get_receipt", {"case": case})
        return rows[0][0] if rows else None

    def _add_parts(self, plan: str, parts: Mapping[str, tuple[str, bool]]) -> None:
        named = {
            "plan": plan,
            "state": PartState.PLANNED.value,
            "stores": list(parts),
            "fingerprints": [fingerprint for fingerprint, _ in parts.values()],
            "asynchronous": [asynchronous for _, asynchronous in parts.values()],
        }
        self._run("add_parts", named)

    def _mark(self, case: Case) -> tuple[Slot, ...]:
        """An empty slot, by which the event is found among those that concern the person."""
        return () if case.person is None else (Slot(case.person, Retain.CASE, Personal({})),)

    def _about(self, case: Case, *, code: str = "") -> dict[str, Any]:
        return {"case": case.id, "from": case.state.value, "code": code, "plan": case.plan}

    def _case(self, case: str, statement: str) -> Case:
        rows = self._rows(statement, {"case": case})
        if not rows:
            raise NotFoundError("no-such-case", f"there is no case `{case[:40]}`", "list them: `troth status`")
        return _case(rows[0])

    def _held(self, case: str) -> Case:
        return self._case(case, "hold_case")

    def _held_part(self, plan: str, store: str) -> tuple[PartState, str, bool, bool]:
        """Where the part stands, its case, whether the plan is signed, and whether it is the case's newest."""
        rows = self._rows("hold_part", {"plan": plan, "store": store})
        if not rows:
            raise NotFoundError("no-such-part", f"the plan `{plan[:12]}` has no part in `{store[:40]}`")
        state, case, approved, newest = rows[0]
        return PartState(state), case, approved, newest

    def _rows(self, name: str, named: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        with told():
            return self._scope.connection.execute(_SQL[name], named).fetchall()

    def _run(self, name: str, named: Mapping[str, Any]) -> None:
        with told():
            self._scope.connection.execute(_SQL[name], named)


def _superseded(case: str) -> RefusedError:
    return RefusedError(
        "plan-superseded", f"the case `{case}` has another plan by now", "show the newest plan, have it signed"
    )


def _must_allow(case: Case, to: CaseState) -> None:
    if to not in MOVES[case.state]:
        allowed = ", ".join(sorted(f"`{state.value}`" for state in MOVES[case.state]))
        ended = f"it stays closed: read `troth receipt {case.id}`, or file another with `troth request`"
        message = f"the case `{case.id}` is `{case.state}` and cannot become `{to}`"
        raise RefusedError("illegal-move", message, f"allowed is {allowed}" if allowed else ended)


def _case(row: tuple[Any, ...]) -> Case:
    case, right, person, state, opened_at, due, ends, plan = row
    return Case(case, right, person, CaseState(state), opened_at, due, ends, plan)


def _part(row: tuple[Any, ...]) -> Part:
    plan, store, fingerprint, asynchronous, state, tries, intended, settled, next_try, done, note, counts = row
    return Part(
        plan=plan,
        store=store,
        fingerprint=fingerprint,
        asynchronous=asynchronous,
        state=PartState(state),
        tries=tries,
        intended_at=intended,
        settled_at=settled,
        next_try=next_try,
        done=Done(done) if done else None,
        note=note,
        counts=tuple(Count(*each) for each in counts),
    )

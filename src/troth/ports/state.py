"""What the desk needs from Troth's own state: cases, persons, facts, events, due work, policy versions.

Everything is written inside a `Unit`: one transaction that knows when it happens, who acts and under which policy. A
state change and its event are one call, so neither can be forgotten; they commit together or not at all. Methods that
change something say in their docstring which event they write. Nothing here decides: callers bring decisions.

Words of a person travel only inside `Personal`; ids, codes, hashes and dates are the rest. No error carries a value.
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from troth.model.case import Case, CaseState
from troth.model.event import Event, Json, Recorded, Slot
from troth.model.person import Identifier
from troth.model.personal import Personal
from troth.model.plan import Approval, Count, Done, Outcome
from troth.ports.access import AccessKeys
from troth.ports.facts import FactsOfPersons
from troth.ports.notices import Notices
from troth.ports.own import Own
from troth.ports.requests import Requests

SYSTEM = "system"
"""The actor of a unit when no person acts: the worker, a clock, an import."""
ALARM = "due"
"""Name of the one queue of alarms and of its one task: an alarm says that something is due, never what."""


class StateError(Exception):
    """The state could not do what it was asked. Carries a stable code, words without values, and a remedy."""

    def __init__(self, code: str, message: str, remedy: str = "") -> None:
        super().__init__(f"{code}: {message}" + (f"; {remedy}" if remedy else ""))
        self.code = code
        self.message = message
        self.remedy = remedy


class StateUnavailableError(StateError):
    """The database did not answer, or the connection broke before the commit was confirmed: nothing may be assumed."""


class NotFoundError(StateError):
    """No such case, plan, person, policy version or piece of work."""


class RefusedError(StateError):
    """The state does not allow it: an illegal move, an identifier that is another's, a lease that was lost."""


class LedgerBehindError(StateError):
    """The ledger is older than, or differs from, what a witness has seen: closed until an operator reconciles it.

    Attributes:
        ours: events that this database holds in order.
        witnessed: events that the last witnessed checkpoint covers.
    """

    def __init__(self, code: str, message: str, remedy: str, *, ours: int, witnessed: int) -> None:
        super().__init__(code, message, remedy)
        self.ours = ours
        self.witnessed = witnessed


# --- Events -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Erased:
    """What the erasure of a subject's slots came to."""

    slots: int
    """Slots whose bytes were deleted; their commitments stay and verify."""
    keys: int
    """Class keys that are gone once the unit has committed."""


@dataclass(frozen=True)
class Happened:
    """The person-free part of an event."""

    kind: str
    envelope: Json
    position: int | None
    """None until it is placed."""


class Events(Protocol):
    """The ledger, from inside a unit."""

    def record(self, kind: str, envelope: Json, *slots: Slot) -> int:
        """Write an event of the unit's moment and policy; who of ours acts gets a slot of their own at the end."""

    def append(self, event: Event) -> int:
        """Write an event and seal its slots. Its id is returned; its position comes after commit (`Ledger.place`).

        Raises StateError `envelope-not-plain` when the envelope has no canonical form (floats, dates, odd keys).
        """

    def record_all(self, kind: str, said: Sequence[tuple[Json, Sequence[Slot]]]) -> Sequence[int]:
        """Write several of one kind at once, each an envelope and its slots, in their order; their ids."""

    def of_case(self, case: str, kinds: Collection[str] = ()) -> Sequence[Happened]:
        """A case's events of these kinds, or all, in order, placed or not. No slot is opened."""

    def read(
        self,
        *,
        kinds: Collection[str] = (),
        case: str = "",
        subject: str = "",
        after: int = -1,
        limit: int = 1000,
    ) -> Sequence[Recorded]:
        """Placed events with a position above `after`, in order; empty filters do not filter.

        Slots are opened where key and bytes live; None stands for one that is gone.
        """

    def get(self, event: int) -> Recorded:
        """One event by its id, placed or not. Raises NotFoundError."""

    def erase(self, subject: str, classes: Collection[str], *, year: int | None = None) -> Erased:
        """Delete the bytes and the keys of a subject's slots in these retention classes. Writes `slots.erased`.

        `year`: only what was sealed in that year.

        Other people's slots of the same events stay readable, and every leaf still verifies. Keys are destroyed in the
        vault right after the commit; a crash in between is made good by the next start or the next placing.
        """


# --- Persons ----------------------------------------------------------------------------------------------------------


class Persons(Protocol):
    """Who somebody is: random ids, and identifiers linked to them by events that can be taken back."""

    def new(self) -> str:
        """Make a person: a random id. Writes `person.made`."""

    def by(self, identifier: Identifier) -> str | None:
        """The person to whom this value is linked as proven, whatever `identifier.proven` says; None for nobody."""

    def hinted(self, identifier: Identifier) -> tuple[str, ...]:
        """Every person linked to this value, proven or not: for a person of the privacy office to choose from."""

    def reached_by(self, identifiers: Sequence[Identifier]) -> Sequence[tuple[str, ...]]:
        """Whom each value leads to, in one round trip: whoever it proves, otherwise all that it hints at."""

    def link(self, person: str, identifier: Identifier, *, reason: str) -> int:
        """Tie an identifier to a person; again is a no-op that returns the first event. Writes `identifier.linked`.

        Proven and already linked as proven to somebody else: RefusedError `identifier-of-another`, never a merge.
        `reason` may be words: it is sealed.
        """

    def link_all(self, person: str, identifiers: Sequence[Identifier], *, reason: str) -> Sequence[int]:
        """The same for several at once; the event of each."""

    def unlink(self, person: str, identifier: Identifier, *, reason: str) -> int:
        """Take a link back; its history stays. Writes `identifier.unlinked`. Raises NotFoundError."""

    def identifiers(self, person: str) -> tuple[Identifier, ...]:
        """The identifiers linked now, values opened from their slots; those whose key is gone are left out."""

    def hold(self, person: str) -> None:
        """Let nobody else change the person or their facts until the unit ends; what is read next is up to date.

        Raises NotFoundError.
        """


# --- Cases ------------------------------------------------------------------------------------------------------------


class PartState(StrEnum):
    """Where one store's part of a plan stands."""

    PLANNED = "planned"
    INTENDED = "intended"
    """The intent is written; the store may or may not have acted: act again, it is idempotent."""
    WAITING = "waiting"
    """The store could not be reached; `next_try` says when to ask again."""
    ASKED = "asked"
    """A work order was filed."""
    DONE = "done"
    STALE = "stale"
    """The data moved; nothing was changed: a new plan is due."""


@dataclass(frozen=True)
class Part:
    """One store's part of one plan."""

    plan: str
    store: str
    fingerprint: str
    asynchronous: bool
    state: PartState
    tries: int
    intended_at: datetime | None = None
    settled_at: datetime | None = None
    next_try: datetime | None = None
    done: Done | None = None
    note: str = ""
    """A code; never words of a person."""
    counts: tuple[Count, ...] = ()


class Cases(Protocol):
    """Requests and their clocks. A move outside the table of moves is RefusedError `illegal-move`."""

    def open(self, right: str, person: str | None, *, due: date, ends: date, said: Json | None = None) -> Case:
        """Open a case. Writes `case.opened`.

        `person` is None when nobody is known by what was given: the case still ends, and no person is made.
        `said` (what the request said) is sealed under the person, and dropped when there is none.
        """

    def get(self, case: str) -> Case:
        """One case. Raises NotFoundError."""

    def find(self, *, states: Collection[CaseState] = (), person: str = "", limit: int = 200) -> Sequence[Case]:
        """Cases, the earliest due first."""

    def move(self, case: str, to: CaseState, *, code: str = "") -> Case:
        """Change the state. Writes `case.STATE` with the code. Raises RefusedError `illegal-move`, NotFoundError."""

    def begin(self, case: str, plan: str) -> bool:
        """Begin to carry out the case's newest plan: True for the one caller who begins, False when it has begun.

        Writes `case.applying`. RefusedError `plan-superseded` for any other plan than the newest.
        """

    def save_plan(self, case: str, plan: str, body: Personal[Json], parts: Mapping[str, tuple[str, bool]]) -> None:
        """Keep a plan under its hash, sealed, and make it the case's newest; the state becomes `planned`.

        `body` is exactly what the hash was taken over; `parts` maps store to (fingerprint, asynchronous). Saving the
        same plan again changes nothing. Writes `plan.made`.
        """

    def plan(self, plan: str) -> Personal[Json] | None:
        """The body of a plan; None where its key is gone. Raises NotFoundError."""

    def approve(self, case: str, approval: Approval) -> None:
        """Keep a signature under the case's newest plan; the state becomes `approved`. Writes `plan.approved`.

        The caller has verified the signature. RefusedError `plan-superseded` for any other plan than the newest.
        """

    def approval(self, plan: str) -> Approval | None:
        """The signature under a plan, if there is one."""

    def parts(self, plan: str) -> Sequence[Part]:
        """Every store's part with its counts, by store name."""

    def intend(self, plan: str, store: str) -> None:
        """Write down that the store is about to be asked; commit before asking. Writes `store.intended`.

        RefusedError `part-settled` when the part is done, `not-approved` when the plan has no signature.
        """

    def settle(self, plan: str, store: str, outcome: Outcome) -> None:
        """Keep what the store did. Writes `store.applied`, `store.already`, `store.stale` or `store.asked`.

        Settling a done part again changes nothing and writes nothing.
        """

    def put_off(self, plan: str, store: str, *, code: str, next_try: datetime) -> None:
        """The store did not answer: its own part waits. Writes `store.waiting`."""

    def close(self, case: str, receipt: Json) -> Case:
        """Keep the receipt (free of erased data) and close. Writes `case.closed`. A second close changes nothing."""

    def receipt(self, case: str) -> Json | None:
        """The receipt of a closed case."""


# --- Due work ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Work:
    """One dated piece of work, taken by one worker under a lease."""

    id: int
    kind: str
    ref: str
    """Id of a case, a plan, a checkpoint; never an identifier."""
    at: datetime
    tries: int
    """Counts this taking: 1 the first time. Together with the worker it fences a lease that was lost."""
    worker: str
    note: str = ""


@dataclass(frozen=True)
class Sweep:
    """What the sweeper found. Stalled work was put back to be taken again."""

    stalled: tuple[int, ...]
    """Taken, and the lease ran out: the worker died or hangs."""
    late: tuple[int, ...]
    """Due for longer than allowed, and nobody took it."""
    given_up: tuple[int, ...]
    """Failed as often as allowed: waits for a person."""


class DueWork(Protocol):
    """Dated work. These tables are the truth; alarms only wake workers, and the sweeper finds what an alarm missed."""

    def add(self, kind: str, ref: str, at: datetime, *, note: str = "") -> int:
        """File work; the same (kind, ref, at) again returns the first id. Workers find it by their clock: `ring`."""

    def take(
        self, kinds: Collection[str], *, worker: str, limit: int = 1, lease: timedelta, ref: str = ""
    ) -> Sequence[Work]:
        """Take due work nobody else holds, oldest first; commit before doing it. Nothing while paused.

        `ref`: only work about this.
        """

    def finish(self, work: Work) -> None:
        """Done; call in the unit that writes the results. RefusedError `lease-lost` when another has taken it since."""

    def prolong(self, work: Work, *, lease: timedelta) -> None:
        """Hold it for so long from now. RefusedError `lease-lost`."""

    def fail(self, work: Work, *, code: str, counts: bool = True) -> datetime | None:
        """Not done: the next try, later each time; None when given up. RefusedError `lease-lost`.

        What does not count (a store that did not answer) is never given up.
        """

    def retry(self, *, before: datetime, tries: int | None = None) -> int:
        """Open what was given up before this moment, for so many tries more or for as many as new work; how many."""

    def cancel(self, kind: str, ref: str) -> int:
        """Drop open work that is no longer wanted; how many."""

    def undone(self, kind: str) -> Sequence[tuple[str, datetime]]:
        """(ref, at) of the newest work of this kind for each ref, where nobody has done it: given up counts as well."""

    def sweep(self, *, late_after: timedelta) -> Sweep:
        """Find stalled, late and given-up work; put the stalled back."""

    def ring(self, queue: str, task: str, ref: str, at: datetime) -> None:
        """Set an alarm that wakes a worker, in this transaction; the same one again changes nothing."""

    def pause(self, *, code: str) -> None:
        """Stop all taking. Writes `work.paused`."""

    def resume(self) -> None:
        """Let work be taken again. Writes `work.resumed`."""

    def paused(self) -> str | None:
        """The code under which work is paused; None when it is not."""


# --- Policies and what outlives erasure -------------------------------------------------------------------------------


@dataclass(frozen=True)
class PolicyVersion:
    """One immutable version of the policy."""

    hash: str
    files: Mapping[str, str]
    """Path in the folder -> text."""
    effective_from: datetime
    approved_by: str


class Policies(Protocol):
    """The policy versions that were put in force."""

    def add(self, version: PolicyVersion) -> None:
        """Keep a version; the same again changes nothing. Writes `policy.approved`.

        RefusedError `policy-differs` when the hash is known with other content.
        """

    def get(self, hash: str) -> PolicyVersion:  # noqa: A002 - the word of the model
        """One version. Raises NotFoundError."""

    def current(self) -> PolicyVersion | None:
        """The version in force at the unit's moment; None before the first."""

    def all(self) -> Sequence[tuple[str, datetime]]:
        """(hash, effective from) of every version, oldest first."""

    def observe(self, until: date | None) -> None:
        """Let the gate only watch until the end of this day, or no more. Writes `gate.observing`, `gate.closed`."""

    def observing(self) -> date | None:
        """The last day on which the gate only watches, where that day is not over at the unit's moment."""


class Hashes(Protocol):
    """What must outlive an erasure, as keyed hashes with an end date; the values themselves are never kept."""

    def remember_rows(self, rows: Collection[tuple[str, str, tuple[Any, ...]]], *, plan: str, ends: date) -> None:
        """Keep (store, table, key) of erased rows, so that a restored backup can be erased again."""

    def erased_rows(self, store: str, table: str, keys: Sequence[tuple[Any, ...]]) -> Sequence[str | None]:
        """For each key: the plan under which the row was erased, or None."""

    def remember_who(self, rows: Collection[tuple[str, str, tuple[Any, ...], Personal[str]]], *, ends: date) -> None:
        """Keep who rows (store, table, key, who) are before they are erased. A row may have been several in turn."""

    def same_rows(self, rows: Sequence[tuple[str, str, tuple[Any, ...], Personal[str]]]) -> Sequence[bool]:
        """For each row: whether it is one that was remembered under this key, and not another one since."""

    def backup_made(self, store: str, made: datetime | None) -> None:
        """Keep when the backup was made that a store was restored from; None where nobody knows."""

    def made_of(self, store: str) -> datetime | None:
        """When that backup was made, as far as it is known."""

    def suppress(self, identifier: Identifier, *, scope: str, ends: date | None) -> None:
        """Keep a no that outlives the person's data. Writes `suppression.added`."""

    def suppressed(self, identifier: Identifier, *, scope: str) -> bool:
        """Whether a no stands for this value now."""

    def forget_ended(self) -> int:
        """Delete what has passed its end date; how many."""


# --- The whole --------------------------------------------------------------------------------------------------------


class Unit(Protocol):
    """One transaction: commits when its block ends, rolls back on any exception."""

    @property
    def at(self) -> datetime:
        """The moment of everything written here."""

    @property
    def events(self) -> Events:
        """The ledger."""

    @property
    def persons(self) -> Persons:
        """Who somebody is."""

    @property
    def facts(self) -> FactsOfPersons:
        """What the gate reads."""

    @property
    def cases(self) -> Cases:
        """Requests."""

    @property
    def due(self) -> DueWork:
        """Dated work."""

    @property
    def policies(self) -> Policies:
        """Policy versions."""

    @property
    def hashes(self) -> Hashes:
        """What outlives erasure."""

    @property
    def requests(self) -> Requests:
        """Requests before we know who asks."""

    @property
    def own(self) -> Own:
        """What all of this holds about one person."""

    @property
    def notices(self) -> Notices:
        """Which version of the notice governs whom."""

    @property
    def access(self) -> AccessKeys:
        """Keys of programs that ask over HTTP."""


@dataclass(frozen=True)
class Placed:
    """What the sequencer did."""

    events: int
    """How many got a position now."""
    size: int
    """How many have one."""
    checkpoint: str
    """The signed note over `size` events; empty when nothing was placed."""


class Ledger(Protocol):
    """The ledger, from outside any unit."""

    def place(self, *, limit: int = 10_000) -> Placed:
        """Give positions to committed events, one sequencer at a time; sign a checkpoint; hand it to the witnesses."""

    def number(self) -> int:
        """Give positions as `place` does, and no more; the size. The next `place` signs and hands over."""

    def checkpoint(self) -> str:
        """The newest signed checkpoint; signs one when there is none of the present size."""

    def bundle(self, case: str) -> Json:
        """A closed case's receipt with events, proofs and a checkpoint (docs/reference/receipt-bundle.md)."""

    def check(self) -> None:
        """Compare with the last witnessed checkpoint. Raises LedgerBehindError."""


class State(Protocol):
    """Troth's own state."""

    @property
    def ledger(self) -> Ledger:
        """The ledger from outside."""

    def unit(
        self, *, at: datetime, by: str = SYSTEM, policy: str = "", space: str = "", lasting: bool = True
    ) -> AbstractContextManager[Unit]:
        """Begin a transaction in which `by` (`staff:ID` or SYSTEM) acts at `at` under a policy version.

        When it has ended, a crash of the machine takes nothing of it away. Not `lasting`: until the next lasting unit
        has ended, it may, with everything after it and nothing before it. That is enough for a step which, if it is
        lost, is simply made again, and before which nothing outside depends on it.

        Raises StateUnavailableError, for a commit that was not confirmed too: then nothing may be assumed.
        """

    def holding(self, name: str) -> AbstractContextManager[bool]:
        """Be the only one who works on something, over any number of units; False when somebody else is."""

    def close(self) -> None:
        """Let go of connections."""

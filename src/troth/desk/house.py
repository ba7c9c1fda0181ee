"""Everything the desk works with, put together once by wire.py."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from typing import Protocol

from troth.catalog import Catalog
from troth.desk.pace import STEADY, Pace
from troth.desk.recent import Recent
from troth.model.event import Json
from troth.model.personal import Personal
from troth.model.plan import Approval, Plan
from troth.model.policy import Policy
from troth.model.problem import Problem
from troth.model.schema import Schema
from troth.plan import load
from troth.ports.aside import Notes, Tokens
from troth.ports.clock import Clock
from troth.ports.outbox import Mailer, Outbox, Shelf
from troth.ports.own_store import OwnStore
from troth.ports.state import ALARM, SYSTEM, State, Unit
from troth.ports.store import Store


class Seals(Protocol):
    """Signatures under plans."""

    @property
    def signer(self) -> str:
        """As whom the installation signs."""

    def sign(self, plan: str, at: str) -> Approval:
        """Sign as the installation itself, for plans that the policy lets nobody in particular approve."""

    def holds(self, approval: Approval) -> bool:
        """Whether the signature is good for exactly this plan, role and time."""


def silent(step: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class House:
    """One installation, ready to work."""

    policy: Policy
    catalog: Catalog
    state: State
    stores: Mapping[str, Store]
    clock: Clock
    outbox: Outbox
    shelf: Shelf
    seals: Seals
    tokens: Tokens
    notes: Notes
    between: Callable[[str], None] = silent
    """Called at every step boundary with the step's name: progress is shown there, and tests stop the process there."""
    own: OwnStore | None = None
    """The store that is Troth itself, where the policy maps it; it stands among `stores` as well."""
    mailer: Mailer | None = None
    """None: no mail server is set up."""
    pace: Pace = STEADY
    """Quiet hours, and how much work is taken at once."""

    plans: Recent[Plan] = field(default_factory=lambda: Recent(4))
    """Plans as they were loaded, by the hash of their words, which are read each time: they end with their key."""
    versions: Recent[Policy] = field(default_factory=lambda: Recent(8))
    """Earlier versions of the policy, compiled from the texts that were kept with them, by their hash."""
    looks: Recent[object] = field(default_factory=lambda: Recent(4))
    """What identifying a case saw, for its plan if that follows at once; see `gather.hand_over`."""
    compared: dict[str, tuple[Schema, Sequence[Problem]]] = field(default_factory=dict)
    """Store -> its schema as it was last seen, and in what the data map differs from it."""

    def unit(self, by: str = SYSTEM, *, lasting: bool = True) -> AbstractContextManager[Unit]:
        """A transaction of our own state, now, under the policy in force; see `State.unit`."""
        return self.state.unit(at=self.clock.now(), by=by, policy=self.policy.hash, lasting=lasting)

    def wake(self, unit: Unit, case_id: str) -> None:
        """Let a worker look at once, and not by its own clock, for what a person has just made due about a case."""
        unit.due.ring(ALARM, ALARM, case_id, self.clock.now())

    def as_plan(self, body: Personal[Json]) -> Plan:
        """The plan whose words were just read from the ledger. Raises ValueError, without quoting them."""
        text = str(body.reveal()["plan"])
        return self.plans.made(sha256(text.encode()).hexdigest(), lambda: load(text))

    def morning_after(self, day: date) -> datetime:
        """When work that is due after a day begins. Work of the same moment is filed once, however often."""
        return datetime.combine(day + timedelta(days=1), time(), tzinfo=self.clock.now().tzinfo)

    def cite(self, code: str) -> str:
        """The law behind a reason code, from the packs of this organisation's regimes."""
        return self.catalog.cite(self.policy.organisation.regimes, code)

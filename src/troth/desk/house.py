"""Everything the desk works with, put together once by wire.py."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from troth.catalog import Catalog
from troth.desk.pace import STEADY, Pace
from troth.model.plan import Approval
from troth.model.policy import Policy
from troth.ports.clock import Clock
from troth.ports.outbox import Outbox, Shelf
from troth.ports.own_store import OwnStore
from troth.ports.state import SYSTEM, State, Unit
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
    between: Callable[[str], None] = silent
    """Called at every step boundary with the step's name: progress is shown there, and tests stop the process there."""
    own: OwnStore | None = None
    """The store that is Troth itself, where the policy maps it; it stands among `stores` as well."""
    pace: Pace = STEADY
    """Quiet hours, and how much work is taken at once."""

    def unit(self, by: str = SYSTEM) -> AbstractContextManager[Unit]:
        """A transaction of our own state, now, under the policy in force."""
        return self.state.unit(at=self.clock.now(), by=by, policy=self.policy.hash)

    def cite(self, code: str) -> str:
        """The law behind a reason code, from the packs of this organisation's regimes."""
        return self.catalog.cite(self.policy.organisation.regimes, code)

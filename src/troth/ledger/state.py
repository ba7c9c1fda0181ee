"""Troth's own state as one thing: opened, checked against its witnesses, handed out in units.

Nothing is read or written before the start-up check has passed. A state that is behind its witness stays closed;
`troth.ledger.reconcile` is the operator's explicit way to open it, recorded in the ledger itself.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from troth.ledger import bundle as proofs
from troth.ledger.access import LedgerAccessKeys
from troth.ledger.cases import LedgerCases
from troth.ledger.checkpoint import Signer, verify
from troth.ledger.database import (
    STATE_SCHEMA,
    VAULT_SCHEMA,
    Pool,
    lent,
    lent_together,
    pool,
    single,
    told,
    unhurried,
    vault_beside,
)
from troth.ledger.due import LedgerDue
from troth.ledger.events import LedgerEvents
from troth.ledger.facts import LedgerFacts
from troth.ledger.hashes import LedgerHashes, lift_hashes
from troth.ledger.keyring import Keyring
from troth.ledger.migrate import check_migrated
from troth.ledger.notices import LedgerNotices
from troth.ledger.own import LedgerOwn
from troth.ledger.persons import LedgerPersons
from troth.ledger.policies import LedgerPolicies
from troth.ledger.requests import LedgerRequests
from troth.ledger.scope import Scope
from troth.ledger.sequencer import Sequencer
from troth.ledger.vault import Vault
from troth.ledger.witness import FileWitness
from troth.model.event import Json
from troth.model.personal import Secret
from troth.ports.state import SYSTEM, Placed

if TYPE_CHECKING:
    from troth.ports.state import State

    def _conforms(state: "LedgerState") -> State:
        return state


ORIGIN = "troth/ledger"


@dataclass(frozen=True)
class LedgerUnit:
    """One transaction with everything that may be done in it."""

    scope: Scope
    events: LedgerEvents
    persons: LedgerPersons
    facts: LedgerFacts
    cases: LedgerCases
    due: LedgerDue
    policies: LedgerPolicies
    hashes: LedgerHashes
    requests: LedgerRequests
    own: LedgerOwn
    notices: LedgerNotices
    access: LedgerAccessKeys

    @property
    def at(self) -> datetime:
        """The moment of everything written here."""
        return self.scope.at

    @classmethod
    def over(cls, scope: Scope) -> "LedgerUnit":
        """The unit of one scope."""
        events = LedgerEvents(scope)
        cases = LedgerCases(scope, events)
        return cls(
            scope,
            events,
            LedgerPersons(scope, events),
            LedgerFacts(scope, events),
            cases,
            LedgerDue(scope, events),
            LedgerPolicies(scope, events),
            LedgerHashes(scope, events),
            LedgerRequests(scope, events, cases),
            LedgerOwn(scope, events),
            LedgerNotices(scope, events),
            LedgerAccessKeys(scope, events),
        )


@dataclass(frozen=True)
class LedgerOutside:
    """The ledger from outside any unit; the `Ledger` port."""

    sequencer: Sequencer
    pool: Pool
    signer: Signer

    def place(self, *, limit: int = 10_000) -> Placed:
        """See the port."""
        return self.sequencer.place(limit=limit)

    def number(self) -> int:
        """See the port."""
        return self.sequencer.number()

    def checkpoint(self) -> str:
        """See the port."""
        return self.sequencer.checkpoint()

    def check(self) -> None:
        """See the port."""
        self.sequencer.check()

    def bundle(self, case: str) -> Json:
        """See the port."""
        note = self.checkpoint()
        with lent(self.pool) as connection:
            return proofs.bundle(connection, self.signer, self._size(note), note, case)

    def export(self) -> Json:
        """Every leaf of the ledger, checkable offline."""
        note = self.checkpoint()
        with lent(self.pool) as connection:
            unhurried(connection)
            return proofs.export(connection, self.signer, self._size(note), note)

    def audit(self) -> int:
        """Make every leaf anew and compare it with the tree; how many. Raises StateError `leaf-differs`."""
        size = self._size(self.checkpoint())
        with lent(self.pool) as connection:
            unhurried(connection)
            return sum(1 for _ in proofs.leaves(connection, size))

    def _size(self, note: str) -> int:
        return verify(note, [self.signer.verifier]).size


@dataclass(frozen=True)
class StateSettings:
    """Where the state is and who watches it."""

    state_url: Secret
    keys: Path
    """Folder of the keyring."""
    vault_url: Secret | None = None
    """None: the database `<name>_vault` beside the state."""
    origin: str = ORIGIN
    """Name of the log, one word; it stands in every checkpoint and cannot change."""
    witnesses: tuple[Path, ...] = ()
    """Folders of file witnesses."""
    pool_size: int = 8
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    @property
    def vault(self) -> Secret:
        """The vault's address."""
        return self.vault_url or vault_beside(self.state_url)


class LedgerState:
    """The `State` port. Open it with `LedgerState.open`; use it as a context manager, or close it."""

    def __init__(self, settings: StateSettings) -> None:
        with told():
            self._keyring = Keyring.open(settings.keys)
            signer = self._keyring.signer(settings.origin)
        with single(settings.vault, VAULT_SCHEMA) as connection:
            check_migrated(connection, "vault")
        with single(settings.state_url, STATE_SCHEMA) as connection:
            check_migrated(connection, "state")
            with connection.transaction():
                lift_hashes(connection, self._keyring)
        files = tuple(FileWitness(folder, signer.verifier) for folder in settings.witnesses)
        self._pool = pool(settings.state_url, STATE_SCHEMA, size=settings.pool_size)
        self._vault_pool = pool(settings.vault, VAULT_SCHEMA, size=settings.pool_size, each_alone=True)
        self._vault = Vault(self._vault_pool, self._keyring)
        self.sequencer = Sequencer(self._pool, self._vault, signer, files, settings.now)

    @classmethod
    def open(cls, settings: StateSettings) -> "LedgerState":
        """The state, once every check has passed.

        Raises StateError (`server-too-old`, `state-not-migrated`, `witness-lost`, codes of the keyring),
        StateUnavailableError, LedgerBehindError.
        """
        made = cls(settings)
        try:
            made.sequencer.check()
            made.sequencer.finish_destroying()
            made.sequencer.replay_destroying()
        except BaseException:
            made.close()
            raise
        return made

    @property
    def ledger(self) -> LedgerOutside:
        """The ledger from outside."""
        return LedgerOutside(self.sequencer, self._pool, self.sequencer.signer)

    @contextmanager
    def unit(
        self, *, at: datetime, by: str = SYSTEM, policy: str = "", space: str = "", lasting: bool = True
    ) -> Iterator[LedgerUnit]:
        """See the port."""
        with lent_together(self._pool) as connection:
            scope = Scope(connection, at, by, policy, space, self._vault, self._keyring)
            yield LedgerUnit.over(scope)
            scope.must_be_written()
            if not lasting and not scope.keys_gone:
                connection.execute("SET LOCAL synchronous_commit = off")
        if scope.keys_gone:
            self.sequencer.finish_destroying(scope.keys_gone)

    @contextmanager
    def holding(self, name: str) -> Iterator[bool]:
        """See the port. The lock goes with the connection, so a killed process holds nothing."""
        with lent(self._pool) as connection:
            row = connection.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", (name,)).fetchone()
            connection.commit()
            mine = bool(row and row[0])
            try:
                yield mine
            finally:
                if mine:
                    connection.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", (name,))
                    connection.commit()

    def close(self) -> None:
        """Let go of connections."""
        self._pool.close()
        self._vault_pool.close()

    def __enter__(self) -> "LedgerState":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

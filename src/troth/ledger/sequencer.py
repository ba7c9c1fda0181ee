"""The one sequencer: positions after commit, the Merkle tree, signed checkpoints, and the comparison with witnesses.

Events commit without a position, in any order, however long their transactions were open. The holder of one advisory
lock places those that are committed, in groups: position = leaf index, gapless. Whoever follows positions therefore
misses nothing: an event that commits late is simply placed later. Nothing here guesses from transaction ids.

Before placing, and at every start, the tree is compared with the last checkpoint each witness has. A database that is
older than its witness, or tells another history, places nothing (`LedgerBehindError`) until an operator reconciles it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from troth.ledger import merkle
from troth.ledger.checkpoint import Checkpoint, Signer, sign
from troth.ledger.database import Pool, Session, lent, lent_together
from troth.ledger.errors import LedgerError
from troth.ledger.merkle import Node, Place
from troth.ledger.sql import statements
from troth.ledger.vault import Vault
from troth.ledger.witness import FileWitness
from troth.ports.state import LedgerBehindError, Placed, StateError

_SQL = statements("sequencer")
LOCK = 0x74726F7468_02


@dataclass(frozen=True)
class Gap:
    """How this database differs from what a witness has seen."""

    witness: str
    seen: Checkpoint
    ours: int
    """Our size."""
    forked: bool
    """Long enough, and yet another history."""


@dataclass(frozen=True)
class Sequencer:
    """Places events and signs what the log says of itself."""

    pool: Pool
    vault: Vault
    signer: Signer
    witnesses: tuple[FileWitness, ...]
    now: Callable[[], datetime]

    def place(self, *, limit: int = 10_000) -> Placed:
        """Place committed events; see `troth.ports.state.Ledger.place`."""
        return self._place(limit, compare=True)

    def number(self) -> int:
        """Give positions alone; see `troth.ports.state.Ledger.number`."""
        with lent_together(self.pool) as connection:
            connection.execute(_SQL["lock"], {"key": LOCK})
            size, nodes = _size(connection), KnownNodes(connection)
            self._must_continue(connection, size, nodes)
            rows = connection.execute(_SQL["unplaced"], {"limit": 10_000}).fetchall()
            if not rows:
                return size
            return _grow(connection, size, rows, nodes)

    def place_unchecked(self) -> Placed:
        """Place without comparing or handing over: the middle of a reconciliation, and of nothing else."""
        return self._place(10_000, compare=False)

    def _place(self, limit: int, *, compare: bool) -> Placed:
        if compare:
            self.finish_destroying()
        with lent_together(self.pool) as line:
            line.execute(_SQL["lock"], {"key": LOCK})
            size, nodes = _size(line), KnownNodes(line)
            if compare:
                self._must_continue(line, size, nodes)
            rows = line.execute(_SQL["unplaced"], {"limit": limit}).fetchall()
            if not rows:
                self._catch_up(line, size, nodes)
                return Placed(0, size, "")
            grown = _grow(line, size, rows, nodes)
            note = self._signed(line, grown, nodes)
        if compare:
            with lent_together(self.pool) as line:
                self._deliver(line, grown, note)
        return Placed(len(rows), grown, note)

    def checkpoint(self) -> str:
        """The newest checkpoint; signed now when none of the present size exists."""
        with lent(self.pool) as connection:
            connection.execute(_SQL["lock"], {"key": LOCK})
            size = _size(connection)
            found = connection.execute(_SQL["newest_checkpoint"]).fetchone()
            if found is not None and found[0] == size:
                return str(found[1])
            return self._signed(connection, size, nodes_of(connection))

    def check(self) -> None:
        """Compare with every witness. Raises LedgerBehindError, StateError `witness-lost`."""
        with lent(self.pool) as connection:
            connection.execute(_SQL["lock"], {"key": LOCK})
            self._must_continue(connection, _size(connection), nodes_of(connection))

    def gaps(self) -> list[Gap]:
        """How this database differs from each witness; empty when it continues all of them."""
        with lent(self.pool) as connection:
            return list(_gaps(self.witnesses, _size(connection), nodes_of(connection)))

    def lost_witnesses(self) -> list[FileWitness]:
        """Witnesses that were given checkpoints and have none."""
        with lent(self.pool) as connection:
            return list(self._lost(connection))

    def restart_witnesses(self) -> None:
        """Hand the newest checkpoint to every witness without comparing: the end of a reconciliation."""
        note = self.checkpoint()
        with lent(self.pool) as connection:
            self._deliver(connection, _size(connection), note, compare=False)

    def finish_destroying(self, keys: Sequence[str] = ()) -> int:
        """Destroy these keys, or all whose erasure was committed but not yet carried into the vault; how many."""
        with lent_together(self.pool) as line:
            line.execute(_SQL["without_waiting"])
            return self._finish(line, keys)

    def _finish(self, connection: Session, keys: Sequence[str] = ()) -> int:
        """A confirmation that is lost in a crash is asked for again, and to destroy again is harmless."""
        wanted = list(keys) or [row[0] for row in connection.execute(_SQL["open_gone_keys"]).fetchall()]
        if wanted:
            self.vault.destroy(wanted)
            connection.execute(_SQL["confirm_gone"], {"keys": wanted})
        return len(wanted)

    def replay_destroying(self) -> int:
        """Destroy again what a restored older copy of the vault brought back; how many lived."""
        with lent(self.pool) as connection:
            row = connection.execute(_SQL["count_gone"]).fetchone()
            if row is None or self.vault.destroyed() >= row[0]:
                return 0
            return self.vault.destroy([key for (key,) in connection.execute(_SQL["gone_keys"]).fetchall()])

    def _signed(self, connection: Session, size: int, nodes: merkle.Nodes) -> str:
        root = merkle.root(size, nodes)
        note = sign(Checkpoint(self.signer.verifier.name, size, root), self.signer)
        named = {"size": size, "root": root, "note": note, "at": self.now()}
        connection.execute(_SQL["add_checkpoint"], named)
        return note

    def _deliver(self, connection: Session, size: int, note: str, *, compare: bool = True) -> None:
        """Hand a checkpoint to every witness, under the lock so that their lines stay in order.

        A witness that another sequencer served in between keeps the larger one. The witness flushes its line to the
        disk; that we remember handing it over need not wait for ours.
        """
        connection.execute(_SQL["without_waiting"])
        connection.execute(_SQL["lock"], {"key": LOCK})
        for witness in self.witnesses:
            seen = witness.latest()
            if compare and seen is not None and seen.size >= size:
                continue
            at = self.now()
            witness.add(note, at.isoformat())
            connection.execute(_SQL["add_delivery"], {"size": size, "witness": witness.name, "at": at})

    def _catch_up(self, connection: Session, size: int, nodes: merkle.Nodes) -> None:
        """Hand over what a crash between placing and handing over left behind."""
        for witness in self.witnesses:
            seen = witness.latest()
            if size and (seen is None or seen.size < size):
                self._deliver(connection, size, self._signed(connection, size, nodes))
                return

    def _must_continue(self, connection: Session, size: int, nodes: merkle.Nodes) -> None:
        for gap in _gaps(self.witnesses, size, nodes):
            raise _behind(gap)
        for witness in self._lost(connection):
            raise StateError(
                "witness-lost",
                f"`{witness.path}` is gone, and checkpoints were put there before",
                "restore the file from its own backup; without it, run `troth reconcile`",
            )

    def _lost(self, connection: Session) -> Iterator[FileWitness]:
        for witness in self.witnesses:
            if witness.latest() is None:
                row = connection.execute(_SQL["delivered"], {"witness": witness.name}).fetchone()
                if row is not None and row[0] is not None:
                    yield witness


def must_continue(connection: Session, witnesses: Sequence[FileWitness]) -> None:
    """Compare a database with what its witnesses have seen, from outside the lock. Raises LedgerBehindError.

    The witness is read first: what is placed meanwhile only makes the database longer.
    """
    for witness in witnesses:
        seen = witness.latest()
        size = _size(connection)
        if seen is not None and (seen.size > size or not _continues(seen, size, nodes_of(connection))):
            raise _behind(Gap(witness.name, seen, size, forked=seen.size <= size))


def nodes_of(connection: Session) -> merkle.Nodes:
    """The stored subtrees, read through a connection; its errors are the driver's."""

    def nodes(wanted: Sequence[Place], /) -> Sequence[bytes]:
        named = {"levels": [level for level, _ in wanted], "indexes": [index for _, index in wanted]}
        return [bytes(row[0]) for row in connection.execute(_SQL["nodes"], named).fetchall()]

    return nodes


def _size(connection: Session) -> int:
    row = connection.execute(_SQL["size"]).fetchone()
    return int(row[0]) if row else 0


class KnownNodes:
    """The stored subtrees, each read once: for one transaction that compares, grows and signs the same tree."""

    def __init__(self, connection: Session) -> None:
        self._stored = nodes_of(connection)
        self._known: dict[Place, bytes] = {}

    def __call__(self, wanted: Sequence[Place], /) -> Sequence[bytes]:
        """See `merkle.Nodes`."""
        if missing := [place for place in wanted if place not in self._known]:
            self._known |= zip(missing, self._stored(missing), strict=True)
        return [self._known[place] for place in wanted]

    def add(self, made: Sequence[Node]) -> None:
        """Subtrees that this transaction has just stored."""
        self._known |= {(level, index): value for level, index, value in made}


def _grow(connection: Session, size: int, rows: Sequence[tuple[int, bytes]], nodes: KnownNodes) -> int:
    made = merkle.append(size, [bytes(leaf) for _, leaf in rows], nodes)
    grown = size + len(rows)
    connection.execute(_SQL["place"], {"ids": [row[0] for row in rows], "positions": list(range(size, grown))})
    connection.execute(_SQL["add_nodes"], _columns(made))
    nodes.add(made)
    return grown


def _columns(made: Sequence[Node]) -> dict[str, list[int] | list[bytes]]:
    return {
        "levels": [level for level, _, _ in made],
        "indexes": [index for _, index, _ in made],
        "hashes": [value for _, _, value in made],
    }


def _gaps(witnesses: Sequence[FileWitness], size: int, nodes: merkle.Nodes) -> Iterator[Gap]:
    for witness in witnesses:
        seen = witness.latest()
        if seen is None:
            continue
        if seen.size > size:
            yield Gap(witness.name, seen, size, forked=False)
        elif not _continues(seen, size, nodes):
            yield Gap(witness.name, seen, size, forked=True)


def _continues(seen: Checkpoint, size: int, nodes: merkle.Nodes) -> bool:
    """Whether the witnessed tree is the beginning of ours, by a proof that is checked like anybody else's."""
    try:
        proof = merkle.consistency_proof(seen.size, size, nodes)
        return merkle.verify_consistency(seen.size, size, seen.root, merkle.root(size, nodes), proof)
    except LedgerError:
        return False


def _behind(gap: Gap) -> LedgerBehindError:
    if gap.forked:
        message = f"the ledger tells another history than the checkpoint of size {gap.seen.size} at `{gap.witness}`"
    else:
        message = f"the ledger has {gap.ours} events, `{gap.witness}` has seen {gap.seen.size}: this is an older copy"
    return LedgerBehindError(
        "ledger-behind",
        message,
        "find the newer database; if it is lost, run `troth reconcile`, which records what is missing",
        ours=gap.ours,
        witnessed=gap.seen.size,
    )

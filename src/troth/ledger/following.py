"""The ledger as a process reads it that keeps its own view of people: one connection that only reads.

It stands on the primary server. A copy that lags would call an old view fresh, so it is refused.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, LiteralString

import psycopg

from troth.ledger import lookup
from troth.ledger.access import live_keys
from troth.ledger.database import STATE_SCHEMA, Connection, check_server, told
from troth.ledger.facts import facts_of
from troth.ledger.keyring import Keyring
from troth.ledger.migrate import migrations
from troth.ledger.policies import watching
from troth.ledger.sequencer import must_continue
from troth.ledger.sql import statements
from troth.ledger.witness import FileWitness
from troth.model.person import Identifier
from troth.model.personal import Secret
from troth.ports.access import AccessKey
from troth.ports.following import Changes, Known
from troth.ports.state import NotFoundError, PolicyVersion, StateError

if TYPE_CHECKING:
    from troth.ports.following import Following

    def _conforms(following: "LedgerFollowing") -> Following:
        return following


_SQL = statements("following")
_POLICIES, _PERSONS, _NOTICES = statements("policies"), statements("persons"), statements("notices")
_FORM = len(migrations("state"))
MOST = 10_000
"""Events that one look names; where there are more, anybody may have changed."""
MOST_PENDING = 100_000
"""Events without a position that are remembered; where nobody places any, anybody may have changed, always."""
_NO_SIZE = 2**62
"""Above every position: the first look asks for no past."""


@dataclass
class LedgerFollowing:
    """The `Following` port. Not safe for several threads at once: one thread owns it."""

    url: Secret
    keyring: Keyring | None = None
    """For looking people up by identifier; none: only ids are understood."""
    witnesses: tuple[FileWitness, ...] = ()
    """Compared with at every connecting: an older copy of the database would have forgotten yesterday's objections."""
    wait: float = 1.5
    """Seconds after which the server gives up a statement, and the network a packet that nobody acknowledged."""
    _connection: Connection | None = field(default=None, repr=False)

    def look(self, size: int | None, pending: frozenset[int]) -> Changes:
        """See the port."""
        now, above = datetime.now(UTC), _NO_SIZE if size is None else size
        named = {"size": above, "pending": sorted(pending), "limit": MOST, "at": now}
        rows = self._rows(_SQL["look"], named)
        ours, policy, standby, migrated, observing = rows[0][:5]
        self._must_be_ours(standby=standby, migrated=migrated)
        fresh = [row[5:] for row in rows if row[5] is not None]
        waiting = frozenset(event for event, position, _ in fresh if position is None)
        after = (pending | waiting) - {event for event, position, _ in fresh if position is not None}
        many = max(len(waiting), len(fresh) - len(waiting)) >= MOST or len(after) > MOST_PENDING
        persons = None if many else frozenset(person for *_, subjects in fresh for person in subjects)
        kept = pending if len(after) > MOST_PENDING else after
        return Changes(ours, persons, kept, policy or "", watching(observing, now))

    def persons(self, wanted: Sequence[str]) -> Mapping[str, Known]:
        """See the port."""
        with self._asking() as connection:
            facts, now = facts_of(connection, wanted), datetime.now(UTC)
            named = {"people": list(facts), "at": now, "known": now}
            versions = dict(connection.execute(_NOTICES["governing"], named).fetchall()) if facts else {}
            return {person: Known(known, versions.get(person) or "") for person, known in facts.items()}

    def known_by(self, identifier: Identifier) -> str | None:
        """See the port."""
        if self.keyring is None:
            message = "without the installation's keys nobody is found by an identifier"
            raise StateError("no-keyring", message, "open the gate by its home, or ask by the person's id")
        hashed = lookup.of_identifier(self.keyring, lookup.LOOKUP, identifier)
        rows = self._rows(_PERSONS["links_of_values"], {"lookups": [hashed.digest]})
        return next((person for _, person, proven, *_ in rows if proven), None)

    def access_keys(self) -> Sequence[AccessKey]:
        """See the port."""
        with self._asking() as connection:
            return live_keys(connection, datetime.now(UTC))

    def policy(self, hash: str) -> PolicyVersion:  # noqa: A002 - the word of the model
        """See the port."""
        rows = self._rows(_POLICIES["get_policy"], {"hash": hash})
        if not rows:
            raise NotFoundError("no-such-policy", f"there is no policy version `{hash[:12]}`")
        return PolicyVersion(*rows[0])

    def close(self) -> None:
        """See the port."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(psycopg.Error):
                connection.close()

    def _rows(self, statement: LiteralString, named: Mapping[str, object]) -> list[tuple[Any, ...]]:
        with self._asking() as connection:
            return connection.execute(statement, named).fetchall()

    @contextmanager
    def _asking(self) -> Iterator[Connection]:
        """The connection, made when there is none. After any error it is given up: the next call makes another."""
        try:
            with told():
                if self._connection is None:
                    self._connection = self._connect()
                yield self._connection
        except BaseException:
            self.close()
            raise

    def _connect(self) -> Connection:
        """Every patience is short: a server that hangs must not make the view older than it says."""
        milliseconds = round(self.wait * 1000)
        connection = psycopg.connect(
            self.url.reveal(),
            autocommit=True,
            application_name="troth-gate",
            connect_timeout=2,
            tcp_user_timeout=milliseconds,
            keepalives_idle=1,
        )
        try:
            check_server(connection)
            connection.execute(_SQL["settle"], {"schema": STATE_SCHEMA, "wait": str(milliseconds)})
            must_continue(connection, self.witnesses)
        except BaseException:
            connection.close()
            raise
        return connection

    def _must_be_ours(self, *, standby: bool, migrated: int) -> None:
        if standby:
            message, remedy = "this database is a copy that may lag behind", "give the address of the primary server"
            raise StateError("standby-not-followed", message, remedy)
        if migrated != _FORM:
            message = f"the state has {migrated} migrations, this version of Troth knows {_FORM}"
            raise StateError("state-of-another-version", message, "run one version of Troth everywhere")

"""What the desk needs from a real system that holds data. Adapters live in troth.stores, one file for each engine."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from troth.model.person import Identifier
from troth.model.personal import Personal
from troth.model.plan import Effect, Order, Outcome
from troth.model.schema import Schema
from troth.model.sight import Key, Sight


class StoreError(Exception):
    """The store could not do what it was asked. Carries a stable code, words without values, and a remedy."""

    def __init__(self, store: str, code: str, message: str, remedy: str = "") -> None:
        super().__init__(f"{store}: {message}")
        self.store = store
        self.code = code
        self.message = message
        self.remedy = remedy


class Unreachable(StoreError):
    """The store did not answer: its own part waits, nothing is called done, resuming repeats nothing."""


@dataclass(frozen=True)
class ReadRow:
    """One row's values for an access package. Values hide themselves until the package is written."""

    table: str
    key: Key
    values: Mapping[str, Personal[Any]]


@dataclass(frozen=True)
class Over:
    """Rows of one table whose period is over, whoever's they are."""

    table: str
    until: date
    """The last day from which a period counts that is over by now."""


class Store(Protocol):
    """A real system that holds data. `look` methods use the look credential, `act` the other one."""

    @property
    def name(self) -> str:
        """The policy's name for it."""

    @property
    def asynchronous(self) -> bool:
        """True for a store that answers later (a work order): `act` asks, `look` tells what was answered."""

    def describe(self) -> Schema:
        """Reflect the mapped schema. Raises Unreachable, StoreError."""

    def look(self, identifiers: Sequence[Identifier]) -> Sight:
        """Say what is held about the person, without values. Raises Unreachable, StoreError."""

    def read(self, effects: Sequence[Effect]) -> Iterator[ReadRow]:
        """Give the values that `read` effects name. Raises Unreachable, StoreError."""

    def act(self, order: Order, identifiers: Sequence[Identifier]) -> Outcome:
        """Carry an order out in one transaction: lock, look again, refuse if stale, act, mark. Idempotent."""

    def refused(self, effects: Sequence[Effect]) -> Sequence[tuple[int, str]]:
        """Lines whose written values a constraint of the database would refuse, with its name. Writes nothing."""

    def keys(self, table: str, after: Key | None, limit: int) -> Sequence[Key]:
        """Keys of a mapped table after this one, in an order of the store's own; empty when there are no more.

        Raises Unreachable, StoreError `not-walkable` where nobody can go through the rows.
        """

    def over(self, over: Over, limit: int) -> Sequence[Key]:
        """Keys of rows that are over, oldest first: dated, meeting the condition of their rule, referred to by nothing.

        Raises Unreachable, StoreError `not-by-machine` where that cannot be told of this table.
        """

    def expire(self, over: Over, keys: Sequence[Key]) -> int:
        """Delete those of these rows that are still over, in one transaction; how many. Raises as `over` and `act`."""

    def probe(self) -> Sequence[tuple[str, str, str]]:
        """Self-check for `doctor`: (code, what is wrong, the command or statement that repairs it); empty when well."""

    def close(self) -> None:
        """Let go of connections."""

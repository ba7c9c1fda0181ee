"""Our own state while its database does not answer: every unit says so, and nothing is read or written."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, NoReturn

from troth.model.event import Json
from troth.ports.state import SYSTEM, Placed, StateUnavailableError, Unit

if TYPE_CHECKING:
    from troth.ports.state import State

    def _conforms(state: "CutOffState") -> State:
        return state


class CutOffState:
    """The `State` port, and its `Ledger`, out of reach."""

    def __init__(self, why: StateUnavailableError) -> None:
        self._why = why

    @property
    def ledger(self) -> "CutOffState":
        """The ledger is out of reach as well."""
        return self

    @contextmanager
    def unit(
        self, *, at: datetime, by: str = SYSTEM, policy: str = "", space: str = "", lasting: bool = True
    ) -> Iterator[Unit]:
        """Raises StateUnavailableError."""
        self._say(at, by, policy, space, lasting)
        yield  # pragma: no cover - what makes this a context manager

    @contextmanager
    def holding(self, name: str) -> Iterator[bool]:
        """Raises StateUnavailableError."""
        self._say(name)
        yield  # pragma: no cover - what makes this a context manager

    def place(self, *, limit: int = 10_000) -> Placed:
        """Raises StateUnavailableError."""
        self._say(limit)

    def number(self) -> int:
        """Raises StateUnavailableError."""
        self._say()

    def checkpoint(self) -> str:
        """Raises StateUnavailableError."""
        self._say()

    def check(self) -> None:
        """Raises StateUnavailableError."""
        self._say()

    def bundle(self, case: str) -> Json:
        """Raises StateUnavailableError."""
        self._say(case)

    def close(self) -> None:
        """There is nothing to let go of."""

    def _say(self, *_: object) -> NoReturn:
        raise StateUnavailableError(self._why.code, self._why.message, self._why.remedy)

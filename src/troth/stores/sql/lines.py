"""Connections to one store: a few kept open for each credential, none shared by two users at once."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

KEPT = 4


class Lines:
    """Open connections of one credential. Thread-safe; a connection that failed is closed, never given back."""

    def __init__(self, connect: Callable[[], Any]) -> None:
        self._connect = connect
        self._idle: list[Any] = []
        self._guard = threading.Lock()
        self._closed = False

    @contextmanager
    def line(self) -> Iterator[Any]:
        """Lend a connection. Raises what connecting raises."""
        with self._guard:
            connection = self._idle.pop() if self._idle else None
        if connection is None:
            connection = self._connect()
        kept = False
        try:
            yield connection
            kept = True
        finally:
            with self._guard:
                kept = kept and not self._closed and len(self._idle) < KEPT
                if kept:
                    self._idle.append(connection)
            if not kept:
                _hang_up(connection)

    def forget(self) -> None:
        """Close every idle connection: one of them was found dead, so the server may have gone and come back."""
        with self._guard:
            idle, self._idle = self._idle, []
        for connection in idle:
            _hang_up(connection)

    def close(self) -> None:
        """Close every idle connection, and the others when they come back."""
        with self._guard:
            self._closed = True
        self.forget()


def _hang_up(connection: Any) -> None:
    with suppress(Exception):  # it is going away: nothing it says matters
        connection.close()

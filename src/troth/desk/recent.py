"""What was just made in this process, kept for a moment so that it is not made twice."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Recent(Generic[T]):
    """The last few values under their names; thread-safe. Its text form shows none of them."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[str, T] = OrderedDict()
        self._lock = Lock()

    def put(self, name: str, value: T) -> None:
        """Keep a value; the oldest goes when there are too many."""
        with self._lock:
            self._kept[name] = value
            self._kept.move_to_end(name)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def take(self, name: str) -> T | None:
        """Take a value out: it serves once."""
        with self._lock:
            return self._kept.pop(name, None)

    def made(self, name: str, make: Callable[[], T]) -> T:
        """The value under this name, made now when it is not here."""
        with self._lock:
            known = self._kept.get(name)
        if known is None:
            known = make()
            self.put(name, known)
        return known

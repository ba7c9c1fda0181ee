"""The only way to the time of day: the pure core is told the moment, it never asks."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The moment, with a time zone."""

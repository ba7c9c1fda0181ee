"""A length of time as people say it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Period:
    """Calendar parts, each counted by itself. All 0: nothing was said."""

    years: int = 0
    months: int = 0
    days: int = 0
    hours: int = 0

    def __bool__(self) -> bool:
        return bool(self.years or self.months or self.days or self.hours)


UNSAID = Period()

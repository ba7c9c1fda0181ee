"""A length of time as people say it."""

from dataclasses import dataclass
from datetime import datetime

from dateutil.relativedelta import relativedelta


@dataclass(frozen=True)
class Period:
    """Calendar parts, each counted by itself. All 0: nothing was said."""

    years: int = 0
    months: int = 0
    days: int = 0
    hours: int = 0

    def __bool__(self) -> bool:
        return bool(self.years or self.months or self.days or self.hours)

    def after(self, moment: datetime) -> datetime:
        """When it is over, counted from a moment. A month ends on the same day, or on its last one."""
        return moment + relativedelta(years=self.years, months=self.months, days=self.days, hours=self.hours)


UNSAID = Period()

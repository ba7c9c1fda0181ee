"""When a retention period ends. Pure calendar: no clock is asked, `today` comes from outside."""

from datetime import date

from dateutil.relativedelta import relativedelta

from troth.model.policy import Retention


def last_day(rule: Retention, clock: date) -> date:
    """The last day of the period; the row is destroyed after it.

    `event`, and any declared event, counts from the day itself, `end-of-year` from 31 December of its year. A month
    without the day ends on its last one (31 January and one month: 28 or 29 February). Hours end with the day in which
    the last of them may lie.
    """
    start = date(clock.year, 12, 31) if rule.starts == "end-of-year" else clock
    days = rule.days + -(-rule.hours // 24)
    return start + relativedelta(years=rule.years, months=rule.months, days=days)

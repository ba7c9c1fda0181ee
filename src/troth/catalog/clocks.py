"""How long somebody has: a clock is a rule over events, and where it ends follows from what happened.

No flag says "paused". Whether a question about identity moves the end, starts the period or changes nothing is what the
clock of that law says of its events. Nothing here asks what day it is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from dateutil.relativedelta import relativedelta

from troth.catalog.nouns import Cite
from troth.catalog.places import ONE_DAY, is_working_day, working_day_from

UNITS = ("hours", "days", "working-days", "months", "years")
EXTENDED = "extended"
"""The event of having told a person, with reasons, that it takes longer."""

Moment = date | datetime
Events = Mapping[str, Moment]
"""What happened, by the names that clocks use: `received`, `identity-asked`, `identity-confirmed`, `aware` ..."""


@dataclass(frozen=True)
class Period:
    """A length of time in one unit of UNITS."""

    number: int
    unit: str

    def __str__(self) -> str:
        unit = self.unit.replace("-", " ")
        return f"{self.number} {unit.removesuffix('s') if self.number == 1 else unit}"


@dataclass(frozen=True)
class Start:
    """An event that must have happened before the period runs."""

    event: str
    after: str = ""
    """It is needed only if this happened: an identity has to be confirmed only if there was a doubt and a question."""
    within: Period | None = None
    """... and happened no later than this after the first event of the clock; asked too late, it moves nothing."""


@dataclass(frozen=True)
class Pause:
    """Days that are not counted: from the day of one event to the day of another, both of them."""

    begins: str
    ends: str


@dataclass(frozen=True)
class Extension:
    """More time, if the person is told before the first period is over."""

    period: Period
    because: str


@dataclass(frozen=True)
class Clock:
    """A time limit of a law."""

    id: str
    says: str
    cite: Cite
    starts: tuple[Start, ...]
    """The period runs from the latest of these."""
    period: Period | None
    """None: the law names no number ("without delay", "in good time")."""
    first_day_counted: bool
    moves: bool
    """A last day that is no working day moves to the next."""
    working_days_at_least: int
    not_counted: tuple[Pause, ...]
    extension: Extension | None
    no_later_than: tuple[str, ...]
    """Events that end the period if they come first: the first message to the person, the first disclosure."""
    holidays: str
    """Whose public holidays count: empty for the place of action, `none` where only weekends are sure not to count."""


@dataclass(frozen=True)
class Ends:
    """The last day, or for hours the last instant."""

    at: Moment


@dataclass(frozen=True)
class WaitsFor:
    """The end is not known before this event has happened."""

    event: str


@dataclass(frozen=True)
class NoNumber:
    """The law names no number; only a promise of one's own can."""

    says: str


Ending = Ends | WaitsFor | NoNumber


def clock_end(clock: Clock, events: Events, place: str = "") -> Ending:
    """Where a clock ends after these events, or which event it waits for.

    Args:
        clock: A law's time limit.
        events: What happened. Days count as days of the place of action; a period in hours needs an aware datetime.
        place: Whose public holidays count: the controller's, who has to act (`DE-HH`); empty: weekends only.

    Where two readings of the law differ by a day, the earlier is taken. Raises ValueError if a period in hours starts
    with an event of which only the day, or a time without its zone, is known.
    """
    start = _start(clock, events, place)
    if isinstance(start, str):
        return WaitsFor(start)
    if clock.period is None:
        return NoNumber(clock.says)
    if clock.period.unit == "hours":
        return Ends(_in_hours(clock.period, start))
    free = {"": place, "none": ""}.get(clock.holidays, clock.holidays)
    last = _last(clock, clock.period, events, _day(start), free)
    told = events.get(EXTENDED)
    if clock.extension and isinstance(last, date) and told is not None and _day(told) <= last:
        period = Period(clock.period.number + clock.extension.period.number, clock.period.unit)
        last = _last(clock, period, events, _day(start), free)
    if isinstance(last, str):
        return WaitsFor(last)
    return Ends(min([last, *(_day(events[event]) for event in clock.no_later_than if event in events)]))


def earliest(endings: Iterable[Ending]) -> Ending | None:
    """What decides among several regimes: the earliest end; else what is waited for; None without any.

    A clock that still waits ends later than a known end may; the known end holds meanwhile.
    """
    found = list(endings)
    ends = [ending for ending in found if isinstance(ending, Ends)]
    if ends:
        return min(ends, key=lambda end: (_day(end.at), not isinstance(end.at, datetime), str(end.at)))
    waiting = [ending for ending in found if isinstance(ending, WaitsFor)]
    return next(iter(waiting or found), None)


def _day(moment: Moment) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _start(clock: Clock, events: Events, place: str) -> Moment | str:
    """The latest of the events that are needed, or the name of one that is missing."""
    needed: list[Moment] = []
    for start in clock.starts:
        if start.after and not _asked_in_time(start, clock, events, place):
            continue
        if start.event not in events:
            return start.event
        needed.append(events[start.event])
    return max(needed, key=lambda moment: (_day(moment), _instant(moment)))


def _asked_in_time(start: Start, clock: Clock, events: Events, place: str) -> bool:
    if start.after not in events:
        return False
    first = events.get(clock.starts[0].event)
    if start.within is None or first is None:
        return True
    return _day(events[start.after]) <= _counted(_day(first), start.within, place, first_day=False)


def _instant(moment: Moment) -> float:
    return moment.timestamp() if isinstance(moment, datetime) else 0.0


def _in_hours(period: Period, start: Moment) -> datetime:
    """Hours are real hours: a change of the clock in between makes none of them longer, and no weekend moves them."""
    if not isinstance(start, datetime) or start.tzinfo is None:
        raise ValueError("a period in hours needs the hour at which it began, with its zone: give an aware datetime")
    return (start.astimezone(UTC) + timedelta(hours=period.number)).astimezone(start.tzinfo)


def _last(clock: Clock, period: Period, events: Events, start: date, place: str) -> date | str:
    """The last day of a period in days or longer, or the name of the event that ends a pause."""
    first = start if clock.first_day_counted else start + ONE_DAY
    last = _counted(start, period, place, first_day=clock.first_day_counted)
    for pause in clock.not_counted:
        begun = events.get(pause.begins)
        if begun is None or _day(begun) > last:
            continue
        if pause.ends not in events:
            return pause.ends
        last += max((_day(events[pause.ends]) - max(_day(begun), first)) + ONE_DAY, timedelta())
    if clock.moves:
        last = working_day_from(last, place)
    while not _enough_working_days(clock.working_days_at_least, first, last, place):
        last = working_day_from(last + ONE_DAY, place)
    return last


def _counted(start: date, period: Period, place: str, *, first_day: bool) -> date:
    """The last day of a period, before anything moves it.

    A month ends on the same date, or on the last day of a shorter month. One that begins *with* the day of the event
    ends the day before, except in that shorter month.
    """
    if period.unit in ("months", "years"):
        months = period.number * (12 if period.unit == "years" else 1)
        last = start + relativedelta(months=months)
        return last - ONE_DAY if first_day and last.day == start.day else last
    if period.unit == "days":
        return start + timedelta(days=period.number - first_day)
    last = start - ONE_DAY if first_day else start
    for _ in range(period.number):
        last = working_day_from(last + ONE_DAY, place)
    return last


def _enough_working_days(wanted: int, first: date, last: date, place: str) -> bool:
    """Whether a period contains that many working days; a long one is not looked through to its end."""
    day = first
    while wanted and day <= last:
        wanted -= is_working_day(day, place)
        day += ONE_DAY
    return not wanted

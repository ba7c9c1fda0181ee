"""Clocks, over random days and events: what must hold whatever happens."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from troth.catalog import Catalog, Clock, Ends, NoNumber, WaitsFor, clock_end, earliest
from troth.catalog.clocks import EXTENDED, Period, Start
from troth.catalog.places import is_working_day

CATALOG = Catalog.load()
GDPR = CATALOG.laws["gdpr"].clocks
UK = CATALOG.laws["uk"].clocks
CALIFORNIA = CATALOG.laws["us-ca"].clocks
CLOCKS = [(pack.code, clock) for pack in CATALOG.laws.values() for clock in pack.clocks.values()]

DAYS = st.dates(date(2018, 6, 1), date(2059, 1, 1))
PLACES = st.sampled_from(["", "DE", "DE-HH", "DE-BY", "ES", "FR", "GB-ENG"])
LATER = st.integers(0, 120).map(lambda days: timedelta(days=days))


def end(clock: Clock, place: str = "", **events: date) -> date:
    """The last day of a clock that has all it needs."""
    ending = clock_end(clock, {name.replace("_", "-"): day for name, day in events.items()}, place)
    assert isinstance(ending, Ends)
    return ending.at


@given(start=DAYS, place=PLACES)
def test_a_month_ends_on_a_working_day_and_never_early(start: date, place: str) -> None:
    """Never at a weekend or holiday, at least 28 days, at most a month and a long weekend."""
    last = end(GDPR["answer"], place, received=start)
    assert is_working_day(last, place)
    assert 28 <= (last - start).days <= 31 + 5
    assert end(GDPR["answer"], received=start) <= last


@given(start=DAYS, later=LATER, place=PLACES)
def test_a_later_request_is_never_due_earlier(start: date, later: timedelta, place: str) -> None:
    """Deadlines keep the order of what starts them, under every law."""
    for clock in (GDPR["answer"], UK["answer"], CALIFORNIA["answer"], CALIFORNIA["opt-out"]):
        assert end(clock, place, received=start) <= end(clock, place, received=start + later)


@given(start=DAYS, place=PLACES)
def test_where_the_first_day_counts_the_end_is_not_later(start: date, place: str) -> None:
    """A month that begins with the day ends no later than one that begins after it."""
    assert end(UK["answer"], place, received=start) <= end(GDPR["answer"], place, received=start)


@given(start=DAYS, asked=LATER, confirmed=LATER)
def test_identity_in_three_laws(start: date, asked: timedelta, confirmed: timedelta) -> None:
    """California never moves; the GDPR only for a question at once; the United Kingdom always; none becomes earlier."""
    events = {"received": start, "identity_asked": start + asked, "identity_confirmed": start + asked + confirmed}
    for clock in (GDPR["answer"], UK["answer"], CALIFORNIA["answer"]):
        assert end(clock, **events) >= end(clock, received=start)
    assert end(CALIFORNIA["answer"], **events) == start + timedelta(days=45)
    assert end(UK["answer"], **events) == end(UK["answer"], received=start + asked + confirmed)
    if asked > timedelta(days=5):
        assert end(GDPR["answer"], **events) == end(GDPR["answer"], received=start)


@given(start=DAYS, asked=st.integers(0, 27), days=st.integers(0, 200))
def test_days_that_do_not_count_are_added_one_for_one(start: date, asked: int, days: int) -> None:
    """As many days are added as lie between question and answer, both included."""
    clock = replace(UK["answer-access"], moves=False, working_days_at_least=0)
    asked_on = start + timedelta(days=asked)
    paused = end(clock, received=start, clarification_asked=asked_on, clarification_received=asked_on + timedelta(days))
    assert paused - end(clock, received=start) == timedelta(days=days + 1)


@given(start=DAYS, told=LATER, place=PLACES)
def test_more_time_only_for_who_was_told_in_time(start: date, told: timedelta, place: str) -> None:
    """On the last day it counts, a day later it does not."""
    for clock in (GDPR["answer"], UK["answer"], CALIFORNIA["answer"]):
        first = end(clock, place, received=start)
        extended = end(clock, place, received=start, **{EXTENDED: start + told})
        assert (extended > first) is (start + told <= first)


@given(start=st.datetimes(*map(datetime.fromisoformat, ("2018-06-01", "2059-01-01")), timezones=st.timezones()))
def test_hours_are_real_hours(start: datetime) -> None:
    """72 hours later in the world, in the zone in which it began."""
    ending = clock_end(GDPR["breach-authority"], {"aware": start}, "DE-HH")
    assert isinstance(ending, Ends)
    assert isinstance(ending.at, datetime)
    assert ending.at.astimezone(UTC) - start.astimezone(UTC) == timedelta(hours=72)
    assert ending.at.tzinfo is start.tzinfo


@pytest.mark.parametrize(
    "aware", [date(2026, 3, 2), datetime.fromisoformat("2026-03-02T10:00")], ids=["a day", "no zone"]
)
def test_hours_need_an_hour(aware: date) -> None:
    """A day does not say when 72 hours are over, and nothing is guessed."""
    with pytest.raises(ValueError, match="aware datetime"):
        clock_end(GDPR["breach-authority"], {"aware": aware})


@pytest.mark.parametrize(("code", "clock"), CLOCKS, ids=[f"{code} {clock.id}" for code, clock in CLOCKS])
def test_nothing_happened_and_nothing_ends(code: str, clock: Clock) -> None:
    """Every clock of every pack waits for its first event."""
    assert clock_end(clock, {}) == WaitsFor(clock.starts[0].event)


@pytest.mark.parametrize(("code", "clock"), CLOCKS, ids=[f"{code} {clock.id}" for code, clock in CLOCKS])
def test_every_clock_ends_when_all_it_waits_for_happened(code: str, clock: Clock) -> None:
    """Or the law names no number; nothing waits for ever."""
    now = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
    names = [*(start.event for start in clock.starts), *(start.after for start in clock.starts)]
    names += [name for pause in clock.not_counted for name in (pause.begins, pause.ends)]
    ending = clock_end(clock, {name: now for name in names if name}, "DE-HH")
    assert isinstance(ending, NoNumber if clock.period is None else Ends)


@given(start=DAYS, days=st.integers(2, 9), place=PLACES)
def test_two_working_days_at_least(start: date, days: int, place: str) -> None:
    """A period of two days or more holds two working days (Reg. 1182/71 Art. 3(5)), and lasts no longer than needed."""
    last = end(replace(GDPR["not-acting"], period=Period(days, "days")), place, received=start)
    within = [start + timedelta(days=n) for n in range(1, (last - start).days + 1)]
    working = [day for day in within if is_working_day(day, place)]
    assert len(working) >= 2
    assert len(working) == 2 or last == end(
        replace(GDPR["not-acting"], period=Period(days, "days"), working_days_at_least=0), place, received=start
    )


def test_a_short_period_over_easter() -> None:
    """Two days from Maundy Thursday end on the Wednesday after Easter: Tuesday and Wednesday are the two."""
    clock = replace(GDPR["not-acting"], period=Period(2, "days"))
    assert end(clock, "DE-HH", received=date(2026, 4, 2)) == date(2026, 4, 8)


@given(start=DAYS, number=st.integers(1, 40), place=PLACES)
def test_working_days_are_counted_one_by_one(start: date, number: int, place: str) -> None:
    """Against the obvious count."""
    clock = replace(GDPR["not-acting"], period=Period(number, "working-days"), working_days_at_least=0)
    last = end(clock, place, received=start)
    days = [start + timedelta(days=n) for n in range(1, (last - start).days + 1)]
    assert sum(is_working_day(day, place) for day in days) == number
    assert is_working_day(last, place)


@given(start=DAYS, first=LATER, second=LATER)
def test_the_period_runs_from_the_latest(start: date, first: timedelta, second: timedelta) -> None:
    """Whichever of several events that is."""
    clock = replace(GDPR["not-acting"], starts=(Start("received"), Start("paid"), Start("signed")))
    events = {"received": start, "paid": start + first, "signed": start + second}
    assert end(clock, **events) == end(GDPR["not-acting"], received=max(events.values()))


def test_a_known_end_decides_while_others_wait() -> None:
    """The earliest end; without one what is waited for; without that, that no number is named."""
    day, hour = Ends(date(2026, 3, 2)), Ends(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))
    waits, none = WaitsFor("paid"), NoNumber("in good time")
    assert earliest([waits, Ends(date(2026, 3, 3)), day, none]) == day
    assert earliest([day, hour]) == earliest([hour, day]) == hour
    assert earliest([none, waits]) == waits
    assert earliest([none]) == none
    assert earliest([]) is None

"""Quiet hours, batches and limits: the worker keeps still when it is told to, and everything else goes on."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from examples.airline.data import cast
from tests.journey.world import Airline, file, number, sign
from tests.restore.test_restore import text_of

from troth import wire
from troth.desk import requests, restoring, working
from troth.desk.closed import REPLAY
from troth.desk.house import House
from troth.desk.pace import Pace, Quiet, pace_from
from troth.model.case import CaseState
from troth.model.problem import InputError

MADRID = ZoneInfo("Europe/Madrid")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "now", "until"),
    [
        ({"quiet": "06:00-22:00"}, "2026-06-30 05:59:59", None),
        ({"quiet": "06:00-22:00"}, "2026-06-30 06:00", "2026-06-30 22:00"),
        ({"quiet": "06:00-22:00"}, "2026-06-30 22:00", None),
        ({"quiet": "22:00-06:00"}, "2026-06-30 21:59", None),
        ({"quiet": "22:00-06:00"}, "2026-06-30 23:00", "2026-07-01 06:00"),
        ({"quiet": "22:00-06:00"}, "2026-07-01 05:00", "2026-07-01 06:00"),
        ({"quiet": "06:00-22:00", "zone": "Europe/Madrid"}, "2026-06-30 04:30", "2026-06-30 20:00"),
        ({"quiet": "06:00-22:00", "zone": "Europe/Madrid"}, "2026-01-30 04:30", None),
        # Clocks go from two to three, and from three back to two.
        ({"quiet": "01:00-02:30", "zone": "Europe/Madrid"}, "2026-03-29 00:30", "2026-03-29 01:30"),
        ({"quiet": "01:00-02:30", "zone": "Europe/Madrid"}, "2026-10-25 00:10", "2026-10-25 00:30"),
        ({"quiet": "01:00-02:30", "zone": "Europe/Madrid"}, "2026-10-25 01:10", "2026-10-25 01:30"),
    ],
)
def test_quiet_hours_hold_and_end(said: dict[str, str], now: str, until: str | None) -> None:
    """By day and past midnight, on the clocks of the place, also when these are put forward or back."""
    quiet = pace_from(said).quiet
    assert quiet is not None
    assert quiet.until(at(now)) == (at(until) if until else None)


def test_quiet_hours_always_end_later() -> None:
    """At no moment of a year do they end before they are asked about: work put off is never due at once."""
    for ends in (time(2, 30), time(3), time(22)):
        quiet = Quiet(time(1), ends, MADRID)
        for hour in range(24 * 366):
            moment = at("2026-01-01 00:10") + timedelta(hours=hour)
            found = quiet.until(moment)
            assert found is None or moment < found <= moment + timedelta(hours=25)


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ({"quite": "06:00-22:00"}, "quite"),
        ({"quiet": "6-22"}, "quiet"),
        ({"quiet": "06:00"}, "quiet"),
        ({"quiet": "06:00-06:00"}, "quiet"),
        ({"quiet": "06:00+02:00-22:00"}, "quiet"),
        ({"quiet": 6}, "quiet"),
        ({"quiet": "06:00-22:00", "zone": "Europe/Larkwing"}, "zone"),
        ({"quiet": "06:00-22:00", "zone": "../../etc/passwd"}, "zone"),
        ({"zone": "Europe/Madrid"}, "zone"),
        ({"batch": 0}, "batch"),
        ({"batch": True}, "batch"),
        ({"batch": "20"}, "batch"),
    ],
)
def test_a_wrong_setting_is_named(said: dict[str, object], key: str) -> None:
    """Nothing is guessed: whoever mistypes quiet hours must not find out by an erasure at noon."""
    with pytest.raises(InputError) as told:
        pace_from(said)
    assert (told.value.code, told.value.exit_code) == ("bad-work-settings", 3)
    assert f"`{key}`" in told.value.message


def signed(airline: Airline, house: House) -> str:
    """An erasure that the worker may apply."""
    case = file(house, "erasure", number(cast.DEMO))
    working.work_until_idle(house, "w")
    sign(airline, house, case)
    return case


def state(house: House, case: str) -> CaseState:
    with house.unit() as unit:
        return unit.cases.get(case).state


def write_settings(airline: Airline, text: str) -> None:
    with (airline.home / "settings.toml").open("a", encoding="utf-8") as file:
        file.write(text)


def test_nothing_is_applied_in_quiet_hours(airline: Airline) -> None:
    """Requests are planned and copies delivered; the erasure waits, is not late, and is done when they are over."""
    write_settings(airline, '[work]\nquiet = "06:00-22:00"\n')
    airline.clock.at = at("2026-06-30 12:00")
    with airline.house() as house:
        case = signed(airline, house)
        before = airline.everything()
        assert [w.code for w in working.work_until_idle(house, "w") if w.work.ref == case] == ["quiet-hours"]
        copy = file(house, "access", number(cast.MOTHER))
        working.work_until_idle(house, "w")
        sign(airline, house, copy)
        working.work_until_idle(house, "w")
        assert (state(house, copy), state(house, case)) == (CaseState.CLOSED, CaseState.APPROVED)
        assert airline.everything().checksum() == before.checksum()
        airline.clock.at = at("2026-06-30 21:59")
        assert working.work_until_idle(house, "w") == []
        assert working.sweep(house).late == ()
        airline.clock.at = at("2026-06-30 22:00")
        working.work_until_idle(house, "w")
        assert state(house, case) is CaseState.CLOSED
    assert airline.everything().checksum() != before.checksum()


def test_without_quiet_hours_it_is_applied_at_once(airline: Airline) -> None:
    """The control: the same erasure at the same hour."""
    airline.clock.at = at("2026-06-30 12:00")
    with airline.house() as house:
        case = signed(airline, house)
        working.work_until_idle(house, "w")
        assert state(house, case) is CaseState.CLOSED


def test_a_replay_does_not_wait_for_quiet_hours(airline: Airline) -> None:
    """What a backup brought back can be read by everybody who reads the store: it is erased again at once."""
    from tests.restore import backups  # noqa: PLC0415 - one test of this page needs them

    write_settings(airline, '[work]\nquiet = "06:00-22:00"\n')
    with backups.dropped_after(airline, "bookings"):
        backups.take(airline, "bookings")
        airline.clock.at = at("2026-06-30 23:00")
        with airline.house() as house:
            signed(airline, house)
            working.work_until_idle(house, "w")
            erased = text_of(airline, "bookings").count(cast.DEMO.name)
            backups.put_back(airline, "bookings")
            assert text_of(airline, "bookings").count(cast.DEMO.name) > erased
            airline.clock.at = at("2026-07-01 12:00")
            restoring.restored(house, "bookings", made=at("2026-06-30 22:00"), by="staff:ines")
            codes = [w.code for w in working.work_until_idle(house, "w") if w.work.kind == REPLAY]
            assert codes == ["done"]
    assert text_of(airline, "bookings").count(cast.DEMO.name) == erased


def test_a_batch_is_what_is_done_in_one_go(airline: Airline) -> None:
    """`batch` bounds how much is done before events get their positions."""
    write_settings(airline, "[work]\nbatch = 2\n")
    with airline.house() as house:
        assert house.pace == Pace(batch=2)
        for customer in cast.CUSTOMERS[:5]:
            requests.receive(
                house,
                "access",
                requests.identifiers_from(house, [number(customer)], proven=True),
                by="staff:ines",
            )
        assert len(working.work_once(house, "w")) == 2


def test_limits_of_a_store_reach_its_connections(airline: Airline) -> None:
    """`[stores.bookings]` sets what the server is told on each connection of that store, and of no other."""
    write_settings(airline, "[stores.bookings]\nlock_timeout = 1.5\nstatement_timeout = 7\n")
    with airline.house() as house:
        told = {name: [_shown(house, name, what) for what in ("lock", "statement")] for name in ("bookings", "loyalty")}
    assert told == {"bookings": ["1500ms", "7s"], "loyalty": ["10s", "1min"]}


def _shown(house: House, store: str, what: str) -> str:
    opened = house.stores[store]
    with opened._look_lines.line() as connection:  # type: ignore[attr-defined]  # what the server was told shows nowhere else
        return str(connection.execute(f"SHOW {what}_timeout").fetchone()[0])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[stores.bookings]\nlock = 3\n", "bad-store-settings"),
        ('[stores.bookings]\nlock_timeout = "3"\n', "bad-store-settings"),
        ("[stores.bookings]\nlock_timeout = 0\n", "bad-store-settings"),
        ("[stores.nowhere]\nlock_timeout = 3\n", "bad-store-settings"),
        ("[stores]\nbookings = 3\n", "bad-store-settings"),
        ("[work]\nquiet = false\n", "bad-work-settings"),
        ("[works]\nbatch = 2\n", "settings-unreadable"),
    ],
)
def test_settings_that_mean_nothing_stop_the_start(airline: Airline, text: str, code: str) -> None:
    """A misspelt store or limit is said, not ignored; `doctor` says it too."""
    write_settings(airline, text)
    with pytest.raises(InputError) as told, airline.house():
        pass
    assert told.value.code == code
    assert next(finding.code for finding in wire.examine(airline.home) if finding.bad) == code

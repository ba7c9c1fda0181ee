"""The key of an erased row was given to a new one: after a restore the new row waits for a person, and stays."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from examples.airline.data import cast
from tests.journey.world import Airline, number, planned, receipt, whole
from tests.restore import backups
from tests.restore.test_restore import restored, without_tokens

from troth.desk import planning, restoring, working
from troth.desk.closed import REPLAY, closed_stores
from troth.desk.house import House
from troth.desk.status import status
from troth.model.case import CaseState
from troth.model.event import Retain

ACCOUNT = cast.DEMO.account_id
ROW = f"website.account({ACCOUNT})"
NEW = "new.somebody@example.org"


@pytest.fixture(autouse=True)
def _copies(airline: Airline) -> Iterator[None]:
    with backups.dropped_after(airline, "bookings"):
        yield


def give_out(airline: Airline) -> tuple[object, ...]:
    """Somebody new registers and gets the number of the erased account, as SQLite does it."""
    airline.sql(
        "website",
        "INSERT INTO account VALUES (?, NULL, ?, 'Somebody New', ?, '2026-06-02', NULL)",
        ACCOUNT,
        NEW,
        "x" * 40,
    )
    return airline.rows("website", "account", f"account_id = {ACCOUNT}")[0]


def try_again(airline: Airline, house: House) -> str:
    """The worker's next try; gives its code."""
    airline.clock.at += timedelta(hours=2)
    (done,) = working.work_once(house, "test", kinds=(REPLAY,))
    return done.code


def asked(house: House) -> str:
    """The one case that waits for a decision."""
    (case,) = restoring.undecided(house)
    return case


@pytest.mark.parametrize("words_gone", [False, True])
def test_a_new_row_under_an_old_key_waits_and_stays(airline: Airline, words_gone: bool) -> None:
    """The backup is younger than the erasure: the new row is shown, not touched, and the store closed till decided."""
    with airline.house() as house:
        case, _, _ = whole(airline, house, "erasure", number(cast.DEMO))
        if words_gone:
            with house.unit() as unit:
                unit.events.erase(unit.cases.get(case).person or "", {Retain.CASE})
        hers = give_out(airline)
        before = airline.everything("website")
        (done,) = restored(house, "website")
        assert done.code == "row-to-decide"
        assert status(house).closed == ("website",)
        waiting = planning.plan_of(house, asked(house))[0].waiting
        assert [(w.table, w.rows) for w in waiting] == [("account", ((ACCOUNT,),))]
        assert airline.everything("website") == before
        assert try_again(airline, house) == "row-to-decide"
        again = asked(house)
        assert planning.decide(house, again, ROW, theirs=False, by="staff:ines", reason="registered last week")
        assert try_again(airline, house) == "done"
        assert closed_stores(house) == {}
        with house.unit() as unit:
            assert unit.cases.get(again).state is CaseState.CLOSED
            assert unit.persons.identifiers(unit.cases.get(again).person or "") == ()
        assert receipt(house, again)["lines"] == []
        assert airline.everything("website") == before
        assert planned(house, "access", ("email", NEW))[1].plan.effects
    assert airline.rows("website", "account", f"account_id = {ACCOUNT}") == [hers]


def test_what_a_person_calls_theirs_goes(airline: Airline) -> None:
    """The same row, changed after the backup was made: somebody says that it is the erased person's, and it goes."""
    with airline.house() as house:
        before = whole(airline, house, "erasure", number(cast.DEMO))
        give_out(airline)
        assert restored(house, "website")[0].code == "row-to-decide"
        planning.decide(house, asked(house), ROW, theirs=True, by="staff:ines", reason="an old address of hers")
        assert try_again(airline, house) == "done"
        with house.unit() as unit:
            person = unit.cases.get(before[0]).person or ""
            assert unit.persons.identifiers(person) == ()
    assert airline.rows("website", "account", f"account_id = {ACCOUNT}") == []


def test_what_is_the_same_goes_while_another_row_waits(airline: Airline) -> None:
    """An old copy in which one row was changed by hand: all others go at once, that one when somebody has decided."""
    backups.take(airline, "website")
    sessions = f"account_id = {ACCOUNT}"
    with airline.house() as house:
        whole(airline, house, "erasure", number(cast.DEMO))
        erased = airline.everything("website")
        backups.put_back(airline, "website")
        for email in ("first@example.org", NEW):  # one change alone would give the file the counter it had before
            airline.sql("website", "UPDATE account SET email = ? WHERE account_id = ?", email, ACCOUNT)
        assert airline.rows("website", "web_session", sessions)
        assert restored(house, "website")[0].code == "row-to-decide"
        assert airline.rows("website", "web_session", sessions) == []
        assert NEW in repr(airline.rows("website", "account"))
        planning.decide(house, asked(house), ROW, theirs=True, by="staff:ines", reason="hers, changed by hand")
        assert try_again(airline, house) == "done"
    assert without_tokens(airline.everything("website")) == without_tokens(erased)


def test_the_command_names_the_case_to_decide(airline: Airline) -> None:
    """`troth restored` says that somebody has to decide, and where; `troth decide` takes the decision."""
    airline.clock.at = datetime.now(UTC)  # the command asks the machine's
    with airline.house() as house:
        whole(airline, house, "erasure", number(cast.DEMO))
    give_out(airline)
    told = airline.troth("restored", "website", "--made", "2026-01-01T00:00Z", "--by", "ines")
    assert told.returncode == 1
    assert "not finished (row-to-decide)" in told.stdout
    with airline.house() as house:
        case = asked(house)
    assert f"`troth show {case}`" in told.stdout
    assert ROW in airline.troth("show", case, "--format", "plain").stdout
    told = airline.troth("decide", case, ROW, "--not-theirs", "--by", "ines", "--reason", "another person")
    assert (told.returncode, told.stderr) == (0, "")
    told = airline.troth("restored", "website", "--made", "2026-01-01T00:00Z", "--by", "ines")
    assert told.stdout.endswith("website is open\n")


def rows_of_hers(airline: Airline) -> dict[str, list[tuple[object, ...]]]:
    """Her account and her newsletter, which both have one identifier that proves."""
    tables = {"account": "email", "newsletter_subscription": "email"}
    return {t: airline.rows("website", t, f"{c} = '{cast.DEMO.email}'") for t, c in tables.items()}


def gives_again(airline: Airline, rows: dict[str, list[tuple[object, ...]]]) -> None:
    """She registers again: the same address, the same keys, letter for letter the same rows."""
    for table, found in rows.items():
        for row in found:
            airline.sql("website", f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", *row)


def test_what_she_gave_anew_before_the_backup_is_not_touched(airline: Airline) -> None:
    """The backup is younger than the erasure and brought nothing back, however much her rows look like the old ones."""
    hers = rows_of_hers(airline)
    assert all(hers.values())
    with airline.house() as house:
        whole(airline, house, "erasure", number(cast.DEMO))
        assert not any(rows_of_hers(airline).values())
        gives_again(airline, hers)
        airline.clock.at += timedelta(days=1)
        made = airline.clock.at
        airline.clock.at += timedelta(days=1)
        before = airline.everything("website")
        (done,) = restored(house, "website", made)
        assert done.code == "done"
        assert closed_stores(house) == {}
        assert restoring.undecided(house) == ()
        assert airline.everything("website") == before


def test_where_nobody_knows_how_old_the_backup_is_every_row_waits(airline: Airline) -> None:
    """The same rows may be hers of before or hers of now: somebody decides, row by row."""
    hers = rows_of_hers(airline)
    with airline.house() as house:
        whole(airline, house, "erasure", number(cast.DEMO))
        gives_again(airline, hers)
        before = airline.everything("website")
        assert restored(house, "website", None)[0].code == "row-to-decide"
        waiting = planning.plan_of(house, asked(house))[0].waiting
        assert {w.table for w in waiting} == hers.keys()
        for each in waiting:
            for key in each.rows:
                row = f"website.{each.table}({', '.join(map(str, key))})"
                planning.decide(house, asked(house), row, theirs=False, by="staff:ines", reason="she is back")
        assert try_again(airline, house) == "done"
        assert airline.everything("website") == before


@pytest.mark.parametrize("theirs", [False, True])
def test_what_came_since_the_restore_waits_under_a_row_that_goes(airline: Airline, theirs: bool) -> None:
    """A visit of after the restore hangs under the account that the backup brought back: nobody loses it unasked."""
    airline.sql("website", "DELETE FROM search_log")
    airline.sql("website", "DELETE FROM web_session")
    backups.take(airline, "website")
    visit = ("s-new", ACCOUNT, "c-new", "2026-07-01 08:00:00", "192.0.2.7", "Browser")
    with airline.house() as house:
        whole(airline, house, "erasure", number(cast.DEMO))
    backups.put_back(airline, "website")  # while nothing of ours is open: no page of before is read from memory
    airline.clock.at += timedelta(days=1)
    airline.sql("website", "INSERT INTO web_session VALUES (?, ?, ?, ?, ?, ?)", *visit)
    with airline.house() as house:
        assert restored(house, "website")[0].code == "row-to-decide"
        assert airline.rows("website", "web_session") == [visit]
        row = "website.web_session(s-new)"
        planning.decide(house, asked(house), row, theirs=theirs, by="staff:ines", reason="asked her")
        assert try_again(airline, house) == "done"
    assert airline.rows("website", "web_session") == ([] if theirs else [visit])
    assert not any(rows_of_hers(airline).values())
    assert cast.DEMO.email not in repr([airline.rows("website", table) for table in airline.tables("website")])

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
    told = airline.troth("restored", "website", "--by", "ines")
    assert told.returncode == 1
    assert "not finished (row-to-decide)" in told.stdout
    with airline.house() as house:
        case = asked(house)
    assert f"`troth show {case}`" in told.stdout
    assert ROW in airline.troth("show", case, "--format", "plain").stdout
    told = airline.troth("decide", case, ROW, "--not-theirs", "--by", "ines", "--reason", "another person")
    assert (told.returncode, told.stderr) == (0, "")
    told = airline.troth("restored", "website", "--by", "ines")
    assert told.stdout.endswith("website is open\n")

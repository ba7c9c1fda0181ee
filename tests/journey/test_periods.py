"""Periods that end without a request: what the policy declares comes true for people who never asked anything."""

from datetime import date

from examples.airline.data import cast
from tests.journey.world import Airline, file, number, planned, sign

from troth.desk import expiring, planning, requests, working
from troth.desk.house import House
from troth.model.policy import Retention
from troth.model.problem import Place
from troth.ports.facts import Closing
from troth.show.expiring import Ended

OLD, NEW = "2020-02-02 10:00:00", "2026-06-29 10:00:00"
TRACES = "SELECT session_id FROM web_session WHERE session_id LIKE 'old-%' OR session_id LIKE 'new-%' ORDER BY 1"


def plant(airline: Airline) -> None:
    """Old and new visits of a stranger, and of a customer."""
    airline.sql("website", "DELETE FROM search_log")
    airline.sql("website", "DELETE FROM web_session")
    for name, account, at in (
        ("old-stranger", None, OLD),
        ("old-hers", cast.DEMO.account_id, OLD),
        ("new-stranger", None, NEW),
        ("new-hers", cast.DEMO.account_id, NEW),
    ):
        airline.sql(
            "website", "INSERT INTO web_session VALUES (?, ?, ?, ?, '192.0.2.9', 'x')", name, account, f"c-{name}", at
        )


def line(ended: list[Ended], table: str) -> Ended:
    """The line of one table."""
    return next(each for each in ended if each.table == table)


def kinds(house: House, kind: str) -> list[dict[str, object]]:
    """What the ledger holds of a kind."""
    house.state.ledger.place()
    with house.unit() as unit:
        return [dict(event.envelope) for event in unit.events.read(kinds={kind})]


def test_what_is_over_is_shown_first_and_then_goes(airline: Airline) -> None:
    """Shown, nothing changes; carried out, the old visits go, all else stays, and the ledger has the counts."""
    plant(airline)
    before = airline.everything()
    with airline.house() as house:
        shown = line(expiring.expected(house, "website"), "web_session")
        assert (shown.rows, shown.gone) == (2, 0)
        assert airline.everything().differs(before) == []
        done = line(expiring.run(house, "website"), "web_session")
        assert done.gone == 2
        assert airline.sql("website", TRACES) == [("new-hers",), ("new-stranger",)]
        touched = {(store, table) for store, table, _ in airline.everything().differs(before)}
        ended = kinds(house, "period.ended")
        assert touched == {("website", str(each["table"])) for each in ended if each["rows"]}
        (mine,) = [each for each in ended if each["table"] == "web_session"]
        assert (mine["rows"], mine["rule"]) == (2, "page-traces")
        assert expiring.run(house, "website")
        assert len(kinds(house, "period.ended")) == len(ended)


def test_rows_of_somebody_with_an_open_matter_wait(airline: Airline) -> None:
    """A request that is not closed, or a restriction without an end, keeps hers; a stranger's go all the same."""
    plant(airline)
    with airline.house() as house:
        requests.identify(house, file(house, "access", number(cast.DEMO)))
        found = line(expiring.run(house, "website"), "web_session")
        assert (found.gone, found.waiting) == (1, 1)
        assert airline.sql("website", TRACES) == [("new-hers",), ("new-stranger",), ("old-hers",)]


def test_a_restriction_without_an_end_keeps_rows(airline: Airline) -> None:
    """Until it is lifted."""
    plant(airline)
    with airline.house() as house:
        case, made = planned(house, "access", number(cast.DEMO))
        with house.unit("staff:ines") as unit:
            (rule,) = unit.facts.restrict(made.plan.person, Closing("disputed"))
        planning.make_plan(house, case)  # the restriction made the first one stale
        sign(airline, house, case)
        with house.unit() as unit:
            found = unit.cases.get(case)
        working.carry_out(house, found)
        assert line(expiring.run(house, "website"), "web_session").waiting == 1
        with house.unit("staff:ines") as unit:
            unit.facts.lift(made.plan.person, rule)
        assert line(expiring.run(house, "website"), "web_session").gone == 1
    assert airline.sql("website", TRACES) == [("new-hers",), ("new-stranger",)]


def test_the_worker_does_it_daily_once_somebody_says_so(airline: Airline) -> None:
    """Not before: a first run over old data is looked at first."""
    plant(airline)
    with airline.house() as house:
        working.work_until_idle(house, "w")
        assert len(airline.sql("website", TRACES)) == 4
        expiring.begin(house, ["website"], by="staff:ines")
        expiring.begin(house, ["website"], by="staff:ines")
        done = [each for each in working.work_until_idle(house, "w") if each.work.kind == expiring.RUN]
        assert [each.code for each in done] == ["done"]
        assert len(airline.sql("website", TRACES)) == 2
        plant(airline)
        assert working.work_once(house, "w", kinds=(expiring.RUN,)) == []
        airline.clock.at = house.morning_after(airline.clock.at.date())
        assert [each.code for each in working.work_once(house, "w", kinds=(expiring.RUN,))] == ["done"]
        assert len(airline.sql("website", TRACES)) == 2


def test_the_command_shows_and_only_then_ends(airline: Airline) -> None:
    """Without a word more nothing is changed; whoever says so is declared."""
    plant(airline)
    before = airline.everything("website").checksum()
    shown = airline.troth("retain", "website")
    assert shown.returncode == 0, shown.stderr
    assert "website.web_session: 2 rows" in shown.stdout
    assert airline.troth("retain", "website", "--carry-out").returncode == 2
    assert airline.troth("retain", "nowhere").returncode == 3
    assert airline.everything("website").checksum() == before
    done = airline.troth("retain", "website", "--carry-out", "--by", "ines")
    assert done.returncode == 0, done.stderr
    assert "website.web_session: 2 rows" in done.stdout
    assert airline.sql("website", TRACES) == [("new-hers",), ("new-stranger",)]


def test_the_day_counts_as_in_a_plan() -> None:
    """The last day of a period is not over; the day after it is."""
    here = Place("retention.yaml", 1)
    month = Retention("m", {"en": "m"}, 0, 1, 0, "event", "delete", here)
    assert expiring.over_until(month, date(2026, 3, 1)) == date(2026, 1, 31)
    assert expiring.over_until(month, date(2026, 2, 28)) == date(2026, 1, 27)
    years = Retention("y", {"en": "y"}, 8, 0, 0, "end-of-year", "delete", here)
    assert expiring.over_until(years, date(2034, 12, 31)) == date(2025, 12, 31)
    assert expiring.over_until(years, date(2034, 1, 1)) == date(2025, 12, 31)
    assert expiring.over_until(years, date(2033, 12, 31)) == date(2024, 12, 31)

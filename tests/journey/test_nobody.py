"""Somebody unknown asks, and somebody restores an old copy of our own database."""

import re

from examples.airline.data import cast
from tests.journey.test_away import secrets
from tests.journey.world import Airline, file, number, whole

from troth.desk import requests, working
from troth.model.case import CaseState

CANARY = "perdita.nowhere.canary@example.org"
CASE_ID = re.compile(r"c-[a-z0-9]{12}")


def dump(airline: Airline, database: str) -> str:
    """Every row of every schema of one of our own databases, as text; bytes in hexadecimal."""
    tables = airline.sql(
        database,
        "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
        " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')",
    )
    return "\n".join(
        str(text) for (table,) in tables for (text,) in airline.sql(database, f"SELECT t::text FROM {table} t")
    )


def test_the_outward_answer_tells_nothing(airline: Airline) -> None:
    """Known or unknown: the same bytes but for the case id, the same exit code, nothing on the error stream."""
    told = []
    for right in ("access", "erasure"):
        for who in (f"customer-number={cast.DEMO.customer_number}", f"customer-number={cast.UNKNOWN_CUSTOMER_NUMBER}"):
            done = airline.troth("request", right, "--who", who, "--by", "ines", "--format", "plain")
            told.append((right, done.returncode, CASE_ID.sub("c-", done.stdout), done.stderr))
            assert len(CASE_ID.findall(done.stdout)) >= 1
    assert told[0] == told[1]
    assert told[2] == told[3]


def test_filing_leaves_the_same_traces_for_known_and_unknown(airline: Airline) -> None:
    """Until somebody looks, the two cases differ in nothing that stands in clear but ids and sealed bytes."""
    with airline.house() as house:
        for who in (number(cast.DEMO), ("customer-number", cast.UNKNOWN_CUSTOMER_NUMBER)):
            file(house, "erasure", who)
    cases = airline.sql("troth", "SELECT asked, person, state, opened_at, due, ends, plan FROM troth.case_file")
    assert len(cases) == 2
    assert cases[0] == cases[1]


def test_a_case_about_nobody_ends_and_forgets_what_was_typed(airline: Airline) -> None:
    """It closes with an end date, without a person row, and the typed address is unreadable everywhere."""
    persons = airline.sql("troth", "SELECT count(*) FROM troth.person")
    with airline.house() as house:
        case = file(house, "erasure", ("email", CANARY))
        with house.unit() as unit:
            said = unit.requests.said(case)
        assert said is not None
        assert CANARY in repr(said["identifiers"])
        working.work_until_idle(house, "one")
        with house.unit() as unit:
            kept = unit.cases.get(case)
            assert (kept.state, kept.person) == (CaseState.CLOSED, None)
            assert kept.ends > kept.due > airline.clock.now().date()
            assert unit.requests.said(case) is None
    assert airline.sql("troth", "SELECT count(*) FROM troth.person") == persons
    sealed = airline.sql(
        "troth", "SELECT count(*) FROM troth.slot WHERE subject = ? AND sealed IS NOT NULL", f"asker:{case}"
    )
    assert sealed == [(0,)]
    keys = airline.sql(
        "troth",
        "SELECT count(*) FROM troth.gone_key g JOIN troth.slot s ON s.key_id = g.key_id"
        " WHERE s.subject = ? AND g.destroyed_at IS NOT NULL",
        f"asker:{case}",
    )
    assert keys[0][0] >= 1
    for database in ("troth", "troth_vault"):
        text = dump(airline, database)
        assert case in text
        assert CANARY not in text
        assert CANARY.encode().hex() not in text


def test_seeing_nobody_says_so_only_to_the_office(airline: Airline) -> None:
    """`troth see` about somebody unknown ends with 2 and repeats no identifier."""
    filed = airline.troth("request", "access", "--who", f"email={CANARY}", "--by", "ines", "--format", "plain")
    case = CASE_ID.findall(filed.stdout)[0]
    for command in ("see", "plan"):
        done = airline.troth(command, case)
        assert done.returncode == 2
        assert CANARY not in done.stdout + done.stderr
    with airline.house() as house:
        assert requests.identify(house, case).state is CaseState.CLOSED


def test_a_restored_older_copy_of_our_own_state_stays_closed(airline: Airline) -> None:
    """Yesterday's objection is missing from it: every command is refused until a person reconciles."""
    with airline.house() as house:
        whole(airline, house, "erasure", number(cast.DEMO))
        house.state.ledger.place()
    new = f"{airline.names['troth']}_old"
    airline.hang_up()
    with airline.connected("troth") as line:
        line.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    airline.hang_up()
    copy(airline, airline.names["troth"], new)
    copy(airline, airline.names["troth_vault"], f"{new}_vault")
    who = f"customer-number={cast.OBJECTOR.customer_number}"
    assert airline.troth("know", "--who", who, "--by", "ines", "--relationship", "customer").returncode == 0
    assert airline.troth("object", "--who", who, "--by", "ines").returncode == 0
    secrets(airline, f"dbname={airline.names['troth']} ", f"dbname={new} ")
    for words in (("status",), ("ask", "newsletter", "--who", who, "--channel", "email"), ("worker", "--once")):
        done = airline.troth(*words)
        assert done.returncode == 1, done.stdout
        assert "behind" in done.stderr
        assert "reconcile" in done.stderr
        assert "Traceback" not in done.stderr
    done = airline.troth("reconcile", "--code", "restored-backup", "--reason", "asked everybody again", "--by", "ines")
    assert done.returncode == 0, done.stderr
    assert airline.troth("status").returncode != 1
    names = dict(airline.names)
    airline.names = {**names, "old": new, "old_vault": f"{new}_vault"}


def copy(airline: Airline, old: str, new: str) -> None:
    """A database as it stands now under another name."""
    with airline.connected("loyalty") as line:
        line.execute(f'CREATE DATABASE "{new}" TEMPLATE "{old}"')

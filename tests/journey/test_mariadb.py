"""The whole road with one store in MariaDB: the same commands, a lost server, kills, a table without transactions."""

import json
import os
import re
import signal
import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pymysql
import pytest
from examples.airline.data import cast
from examples.airline.data.load import connect_mariadb
from examples.airline.install import install
from tests.journey.test_away import secrets
from tests.journey.test_kills import forked, receipts
from tests.journey.world import MARK, Airline, carry_out, nest, number, planned, receipt, sign, wait_for
from tests.stores.contract.ferry import missing

from troth import wire
from troth.desk import working
from troth.ledger.server import Server
from troth.model.case import CaseState
from troth.ports.state import PartState
from troth.stores.mariadb import MariaDB
from troth.stores.sql.dialect import Result, Statement

pytestmark = pytest.mark.server("mariadb")

SERVER = os.environ.get("TROTH_TEST_MARIADB", "mariadb://root@127.0.0.1:3306/")
WHO = f"customer-number={cast.DEMO.customer_number}"
HERS = {
    "account": "customer_number = 'C00000001'",
    "web_session": "account_id = 1",
    "search_log": "session_id IN (SELECT session_id FROM web_session WHERE account_id = 1)",
    "newsletter_subscription": f"email = '{cast.DEMO.email}'",
    "consent_choice": "account_id = 1",
    "contact_message": "account_id = 1",
}
"""Which rows of the website are Ottilie's, in plain SQL."""
UNSAFE = "search_log"
"""The table that takes part in no transaction."""
MENDED = f"ALTER TABLE {UNSAFE} ENGINE=InnoDB"
"""What plan and doctor say against it."""
STATEMENTS = 20
"""More than one order writes."""


@dataclass
class _Asked:
    """A connection that is asked like those of the other engines."""

    line: "pymysql.Connection[Any]"

    def execute(self, statement: str, values: tuple[Any, ...] = ()) -> Any:
        """Run one statement; `?` stands for a value."""
        cursor = self.line.cursor()
        cursor.execute(statement.replace("?", "%s") if values else statement, values or None)
        return cursor


@dataclass
class OnMariaDB(Airline):
    """A sample airline whose website is a MariaDB database."""

    website: str = ""
    """Its address, as a user who may do everything."""

    @contextmanager
    def connected(self, store: str) -> Iterator[Any]:
        """A connection past Troth; each statement is committed at once."""
        if store != "website":
            with super().connected(store) as other:
                yield other
            return
        with closing(connect_mariadb(self.website)) as line:
            line.autocommit(True)
            line.query("SET SESSION sql_mode = 'ANSI_QUOTES'")
            yield _Asked(line)

    def tables(self, store: str) -> list[str]:
        """Base tables of a store, without the mark table."""
        if store != "website":
            return super().tables(store)
        statement = "SELECT table_name FROM information_schema.tables WHERE table_schema = database() ORDER BY 1"
        return [name for (name,) in self.sql(store, statement) if name != MARK]

    def hers(self) -> list[tuple[str, str, tuple[Any, ...]]]:
        """Store, table and key of each of her rows in the website."""
        return [
            ("website", table, row[:1]) for table, where in HERS.items() for row in self.rows("website", table, where)
        ]

    def destroy(self) -> None:
        """Stop the server; drop database and users, which belong to the whole MariaDB."""
        self.hang_up()
        self.server.stop()
        name = urlsplit(self.website).path.strip("/")
        with closing(connect_mariadb(SERVER)) as admin, admin.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name}")
            cursor.execute(f"DROP USER IF EXISTS '{name}_look'@'%', '{name}_act'@'%'")
        self.destroy_home()


@pytest.fixture
def airline() -> Iterator[OnMariaDB]:
    """A whole installation of the test's own, as `make demo` makes it, with its website elsewhere."""
    website = urlsplit(SERVER)._replace(path=f"/troth_air_{uuid.uuid4().hex[:12]}").geturl()
    try:
        with closing(connect_mariadb(SERVER)) as admin:
            admin.query(f"CREATE DATABASE {urlsplit(website).path.strip('/')}")
    except pymysql.OperationalError:
        missing("MariaDB")
    home = nest() / "home"
    names = {name: name for name in ("bookings", "loyalty", "troth", "troth_vault")}
    made = OnMariaDB(home, Server(home / "server"), names, website=website)
    try:
        install(home, customers=220, progress=lambda _done, _total, _what: None, mariadb=website)
        made.server = Server(wire.read_settings(home).server)
        yield made
    finally:
        made.destroy()


def ordered(airline: Airline, *words: str) -> str:
    """Run one command that must succeed; gives what it prints."""
    said = airline.troth(*words)
    assert said.returncode == 0, f"{words}: {said.stdout}{said.stderr}"
    return said.stdout


def request(airline: Airline, right: str) -> str:
    """File a request of hers; gives its case."""
    return str(json.loads(ordered(airline, "request", right, "--who", WHO, "--by", "ines", "--format", "json"))["case"])


def dies_after(airline: Airline, case: str, writes: int) -> bool:
    """Apply in a process of its own that is killed when so many writing statements of MariaDB were answered."""
    real: Callable[..., list[Result]] = MariaDB.run

    def work() -> None:
        left = writes

        def run(self: MariaDB, connection: Any, statements: list[Statement]) -> list[Result]:
            nonlocal left
            done: list[Result] = []
            for statement in statements:
                done += real(self, connection, [statement])
                left -= statement.sql.startswith(("DELETE", "UPDATE"))
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
            return done

        MariaDB.run = run  # type: ignore[method-assign,assignment]
        with airline.house() as house:
            carry_out(house, case)

    return forked(work) == signal.SIGKILL


def left_the_server(airline: OnMariaDB) -> bool:
    """Whether no connection of the acting user is left: what it had open is rolled back by then."""
    user = urlsplit(airline.website).path.strip("/") + "_act"
    return not airline.sql("website", "SELECT id FROM information_schema.processlist WHERE user = ?", user)


def test_the_whole_road(airline: OnMariaDB) -> None:
    """Copy and erasure by the commands alone: what is unsafe is told, her rows go, nobody else's move, all verifies."""
    told = re.sub(r"\s+", " ", ordered(airline, "doctor"))
    assert f"no-transactions: `{UNSAFE}` takes part in no transaction repair: {MENDED}" in told
    before, hers = airline.everything("website"), airline.hers()
    assert {table for _, table, _ in hers} == set(HERS)
    copy = request(airline, "access")
    assert "website" in ordered(airline, "see", copy)
    ordered(airline, "plan", copy)
    ordered(airline, "approve", copy, "--by", "ines", "--yes", "yes")
    ordered(airline, "apply", copy)
    texts = "".join(path.read_text(encoding="utf-8") for path in (airline.home / "packages").rglob("*.json"))
    (session,) = airline.sql("website", "SELECT session_id FROM web_session WHERE account_id = 1 LIMIT 1")
    assert session[0] in texts
    assert airline.everything("website").checksum() == before.checksum()

    case = request(airline, "erasure")
    told = re.sub(r"\s+", " ", ordered(airline, "plan", case))
    assert f"no-transactions: `{UNSAFE}` takes part in no transaction" in told
    assert MENDED in told
    assert airline.everything("website").checksum() == before.checksum()
    ordered(airline, "approve", case, "--by", "ines", "--yes", "yes")
    ordered(airline, "apply", case)
    assert airline.everything("website").tables == before.without(hers).tables
    stores = {
        store["store"]: store for store in json.loads(ordered(airline, "receipt", case, "--format", "json"))["stores"]
    }
    assert {key: stores["website"][key] for key in ("done", "left", "retained")} == {
        "done": "applied",
        "left": 0,
        "retained": 0,
    }
    bundle = str(airline.home / "receipt.json")
    ordered(airline, "proof", case, "--to", bundle)
    assert "VERIFIED" in ordered(airline, "verify", bundle)


def test_its_part_waits_while_the_server_is_away(airline: OnMariaDB) -> None:
    """Nobody listens: the other stores are done, this part waits, and is done alone when the server is back."""
    with airline.house() as house:
        case, made = planned(house, "erasure", number(cast.DEMO))
        sign(airline, house, case)
    before, hers = airline.everything("website"), airline.hers()
    place = urlsplit(airline.website).netloc.rpartition("@")[2]
    with socket.create_server(("127.0.0.1", 0)) as taken:
        silent = f"127.0.0.1:{taken.getsockname()[1]}"
    secrets(airline, place, silent)
    with airline.house() as house:
        assert carry_out(house, case).state is CaseState.APPLYING
        with house.unit() as unit:
            states = {part.store: part.state for part in unit.cases.parts(made.hash)}
            assert unit.cases.receipt(case) is None
    assert (states["bookings"], states["website"]) == (PartState.DONE, PartState.WAITING)
    assert airline.everything("website").checksum() == before.checksum()
    secrets(airline, silent, place)
    others = airline.everything("bookings", "loyalty").checksum()
    airline.clock.at += timedelta(hours=1)
    with airline.house() as house:
        working.work_until_idle(house, "one")
        assert {line["store"]: line["done"] for line in receipt(house, case)["stores"]}["website"] == "applied"
    assert airline.everything("website").tables == before.without(hers).tables
    assert airline.everything("bookings", "loyalty").checksum() == others
    assert receipts(airline) == 1


def test_a_connection_lost_inside_the_transaction_changes_nothing(airline: OnMariaDB) -> None:
    """The server ends the connection under a statement that waits for a lock: nothing is called done; resuming is."""
    with airline.house() as house:
        case, _ = planned(house, "erasure", number(cast.DEMO))
        sign(airline, house, case)
    before, hers = airline.everything("website"), airline.hers()
    ended: list[CaseState] = []

    def work() -> None:
        with airline.house() as house:
            ended.append(carry_out(house, case).state)

    user = urlsplit(airline.website).path.strip("/") + "_act"
    waiting = "SELECT id FROM information_schema.processlist WHERE user = ? AND info LIKE '%%FOR UPDATE%%'"
    with closing(connect_mariadb(airline.website)) as lock, lock.cursor() as cursor:
        cursor.execute("SELECT 1 FROM account WHERE account_id = 1 FOR UPDATE")
        worker = threading.Thread(target=work)
        worker.start()
        wait_for(lambda: bool(airline.sql("website", waiting, user)), 30)
        airline.sql("website", f"KILL {airline.sql('website', waiting, user)[0][0]}")
        worker.join(60)
    assert ended == [CaseState.APPLYING]
    assert airline.everything("website").checksum() == before.checksum()
    ordered(airline, "apply", case)
    assert airline.everything("website").tables == before.without(hers).tables
    assert receipts(airline) == 1


def test_the_worker_is_killed_after_each_statement(airline: OnMariaDB) -> None:
    """All tables in transactions: a kill after any statement leaves every row, and in the end it is done once."""
    airline.sql("website", MENDED)
    assert "no-transactions" not in ordered(airline, "doctor")
    with airline.house() as house:
        case, made = planned(house, "erasure", number(cast.DEMO))
        sign(airline, house, case)
    assert "no-transactions" not in {finding.code for finding in made.plan.findings}
    before, hers = airline.everything("website"), airline.hers()
    deaths = 0
    while deaths < STATEMENTS and dies_after(airline, case, deaths + 1):
        deaths += 1
        wait_for(lambda: left_the_server(airline))
        assert airline.everything("website").checksum() == before.checksum()
    assert deaths == len([line for line in made.plan.effects if line.store == "website"])
    with airline.house() as house:
        assert carry_out(house, case).state is CaseState.CLOSED
    assert airline.everything("website").tables == before.without(hers).tables
    assert receipts(airline) == 1


def test_a_kill_beside_a_table_without_transactions_is_noticed(airline: OnMariaDB) -> None:
    """Its rows stay gone while the rest comes back, as the plan said: the plan is stale, and a new one ends it."""
    with airline.house() as house:
        case, made = planned(house, "erasure", number(cast.DEMO))
        sign(airline, house, case)
    assert "no-transactions" in {finding.code for finding in made.plan.findings}
    before, hers = airline.everything("website"), airline.hers()
    searches = [row for row in hers if row[1] == UNSAFE]
    lines = [line.table for line in made.plan.effects if line.store == "website"]
    assert dies_after(airline, case, lines.index(UNSAFE) + 1)
    wait_for(lambda: left_the_server(airline))
    assert airline.everything("website").tables == before.without(searches).tables
    refused = airline.troth("apply", case)
    assert (refused.returncode, "plan-stale" in refused.stderr) == (4, True), refused
    assert f"what an attempt that broke off did in `{UNSAFE}` stays done" in " ".join(refused.stderr.split())
    assert airline.everything("website").tables == before.without(searches).tables
    assert receipts(airline) == 0
    ordered(airline, "plan", case)
    ordered(airline, "approve", case, "--by", "ines", "--yes", "yes")
    ordered(airline, "apply", case)
    assert airline.everything("website").tables == before.without(hers).tables
    assert receipts(airline) == 1

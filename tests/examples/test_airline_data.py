"""The sample airline's databases: alike on every build, whole, and full of the traps that they are there for."""

import os
import re
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pymysql
import pytest
from examples.airline.data import cast, generate
from examples.airline.data.credentials import Credentials, create_mariadb, create_postgres
from examples.airline.data.generate import Targets, build
from examples.airline.data.load import NotEmptyError, connect_mariadb
from examples.airline.data.rows import STORES, CustomerHistory, columns_of, table_of
from psycopg import sql
from psycopg.conninfo import make_conninfo

SMALL = 300
POSTGRES = os.environ.get("TROTH_TEST_POSTGRES", "host=127.0.0.1 port=5432 user=postgres dbname=postgres")
MARIADB = os.environ.get("TROTH_TEST_MARIADB", "mariadb://root@127.0.0.1:3306/")
ROOT = Path(__file__).parents[2]
TABLES = [(store, table_of(row_type)) for store, types in STORES.items() for row_type in types]

pytestmark = pytest.mark.server("postgresql")


def absent(server: str) -> None:
    """A missing server is a visible skip at home and a failure in CI."""
    message = f"no {server} answers"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


@dataclass(frozen=True)
class Airline:
    """One built sample."""

    targets: Targets
    counts: dict[str, dict[str, int]]

    def ask(self, store: str, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """All rows of a query; `%s` for values in every store."""
        if store == "website":
            with closing(sqlite3.connect(self.targets.website)) as website:
                return website.execute(query.replace("%s", "?"), values).fetchall()
        with psycopg.connect(getattr(self.targets, store)) as connection:
            return connection.execute(query.encode(), values or None).fetchall()

    def one(self, store: str, query: str, *values: Any) -> Any:
        """The single value of a query."""
        return self.ask(store, query, *values)[0][0]

    def checksums(self) -> dict[str, object]:
        """Everything every table holds, put in order."""
        return {f"{store}.{table}": hash(tuple(sorted(map(str, self.ask(store, f"SELECT * FROM {table}")))))
                for store, table in TABLES}  # fmt: skip


class Server:
    """Databases of our own on a real PostgreSQL, gone afterwards."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names: list[str] = []
        self.roles: list[str] = []

    def empty(self) -> Targets:
        """Three empty databases."""
        tag = uuid.uuid4().hex[:12]
        names = [f"troth_air_{tag}_b", f"troth_air_{tag}_l"]
        with psycopg.connect(POSTGRES, autocommit=True) as admin:
            for name in names:
                admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        self._names += names
        bookings, loyalty = (make_conninfo(POSTGRES, dbname=name) for name in names)
        return Targets(bookings, loyalty, str(self._folder / f"{tag}.db"))

    def built(self, customers: int = SMALL, **more: Any) -> Airline:
        """A filled sample."""
        targets = self.empty()
        return Airline(targets, build(targets, customers, **more))

    def clear(self) -> None:
        """Drops what was made."""
        with psycopg.connect(POSTGRES, autocommit=True) as admin:
            for name in self._names:
                admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
            for role in self.roles:
                admin.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    try:
        psycopg.connect(POSTGRES, connect_timeout=3).close()
    except psycopg.OperationalError:
        absent("PostgreSQL")
    made = Server(tmp_path_factory.mktemp("airline"))
    yield made
    made.clear()


@pytest.fixture(scope="module")
def airline(server: Server) -> Airline:
    """A small sample that no test changes."""
    return server.built()


@pytest.fixture
def mariadb() -> Iterator[str]:
    """An empty MariaDB database."""
    try:
        admin = connect_mariadb(MARIADB)
    except pymysql.OperationalError:
        absent("MariaDB")
    name = f"troth_air_{uuid.uuid4().hex[:12]}"
    with closing(admin), admin.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
        yield MARIADB + name
        cursor.execute(f"DROP DATABASE {name}")


# What a build is


def test_the_same_seed_gives_the_same_rows(server: Server, airline: Airline) -> None:
    """A second build elsewhere holds row for row the same in all 25 tables; another seed does not."""
    assert server.built().checksums() == airline.checksums()
    other = server.built(seed=7).checksums()
    assert other["bookings.flight"] == airline.checksums()["bookings.flight"]
    assert other["bookings.customer"] != airline.checksums()["bookings.customer"]


DIGEST = """
import hashlib
from examples.airline.data.generate import _blocks
digest = hashlib.sha256()
for done, rows in _blocks(300, 2026):
    for row in rows:
        digest.update(repr(row).encode())
print(digest.hexdigest())
"""


def test_another_process_makes_the_same_rows() -> None:
    """Neither the order of sets nor the time of day has a part in it."""
    made = {
        subprocess.run(
            [sys.executable, "-c", DIGEST], cwd=ROOT, env={"PYTHONHASHSEED": salt, "TZ": zone},
            check=True, capture_output=True, text=True,
        ).stdout
        for salt, zone in (("1", "UTC"), ("2", "Pacific/Auckland"))
    }  # fmt: skip
    assert len(made) == 1


def test_the_command_line_says_what_is_wrong_without_a_traceback() -> None:
    """An address that nobody answers at ends in one sentence and exit code 1, and the password is not in it."""
    nowhere = "postgresql://somebody:opensesame@127.0.0.1:1/none"
    command = [sys.executable, "-m", "examples.airline.data.generate", "--website", "/nonexistent/w.db"]
    run = subprocess.run(
        [*command, "--bookings", nowhere, "--loyalty", nowhere], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert run.returncode == 1
    assert "could not be reached" in run.stderr
    assert "Traceback" not in run.stderr
    assert "opensesame" not in run.stderr


def test_a_larger_sample_keeps_the_smaller_one(server: Server, airline: Airline) -> None:
    """Customers are added at the end; those that were there keep their rows."""
    question = "SELECT * FROM customer WHERE customer_id <= %s ORDER BY customer_id"
    assert server.built(SMALL + 50).ask("bookings", question, SMALL) == airline.ask("bookings", question, SMALL)


def test_block_size_changes_no_row(server: Server, airline: Airline, monkeypatch: pytest.MonkeyPatch) -> None:
    """How many customers are written at once is a matter of memory alone."""
    monkeypatch.setattr(generate, "BLOCK", 7)
    assert server.built().checksums() == airline.checksums()


@pytest.mark.parametrize(("store", "table"), TABLES)
def test_what_was_counted_is_there(airline: Airline, store: str, table: str) -> None:
    """The counts that `build` returns are the tables' own, and no table is empty."""
    assert airline.one(store, f"SELECT count(*) FROM {table}") == airline.counts[store][table] > 0


def test_there_are_exactly_as_many_customers_as_asked(airline: Airline) -> None:
    """The cast is among the customers asked for, not on top of them."""
    assert airline.counts["bookings"]["customer"] == SMALL


def test_twenty_thousand_customers(server: Server) -> None:
    """The size that the demonstration uses builds, tells its progress and keeps every key."""
    told: list[tuple[int, int, str]] = []
    large = server.built(20_000, progress=lambda *step: told.append(step))
    assert large.counts["bookings"]["customer"] == 20_000
    assert large.counts["bookings"]["booking"] > 30_000
    assert [done for done, _, what in told if what == "customers"][-3:] == [10_209, 15_209, 20_000]
    assert not large.ask("website", "PRAGMA foreign_key_check")


def test_too_few_customers_for_the_cast_are_refused(server: Server) -> None:
    """Asking for fewer than the cast needs is said at once, and nothing is made."""
    targets = server.empty()
    with pytest.raises(ValueError, match="the cast alone has 209"):
        build(targets, 100)
    assert not Path(targets.website).exists()


def test_a_database_that_holds_something_is_left_alone(server: Server, tmp_path: Path) -> None:
    """One store that is not empty stops the build, and the others stay empty."""
    targets = server.empty()
    path = tmp_path / "mine.db"
    with closing(sqlite3.connect(path)) as mine:
        mine.execute("CREATE TABLE account (mine TEXT)")
        mine.execute("INSERT INTO account VALUES ('kept')")
        mine.commit()
    with pytest.raises(NotEmptyError, match="store `website` already has a table `account`"):
        build(Targets(targets.bookings, targets.loyalty, str(path)), SMALL)
    half = Airline(Targets(targets.bookings, targets.loyalty, str(path)), {})
    assert half.ask("website", "SELECT mine FROM account") == [("kept",)]
    assert half.one("bookings", "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0


# What holds the tables together


@pytest.mark.parametrize(("store", "table"), TABLES)
def test_row_types_name_the_columns_of_their_tables(airline: Airline, store: str, table: str) -> None:
    """A row type has its table's columns in order; only the history's number comes from the database."""
    if store == "website":
        columns = [row[1] for row in airline.ask(store, f"PRAGMA table_info({table})")]
    else:
        query = "SELECT column_name FROM information_schema.columns WHERE table_name = %s ORDER BY ordinal_position"
        columns = [row[0] for row in airline.ask(store, query, table)]
    row_type = next(row_type for row_type in STORES[store] if table_of(row_type) == table)
    given = ["history_id"] if row_type is CustomerHistory else []
    assert columns == [*given, *columns_of(row_type)]


def test_every_key_of_the_website_holds(airline: Airline) -> None:
    """SQLite finds no row that points at nothing."""
    assert airline.ask("website", "PRAGMA foreign_key_check") == []


UNINDEXED = """
    SELECT conrelid::regclass::text, conname FROM pg_constraint c
    WHERE contype = 'f' AND NOT EXISTS (
        SELECT FROM pg_index i WHERE i.indrelid = c.conrelid
        AND (i.indkey::int2[])[0:cardinality(c.conkey) - 1] @> c.conkey)
"""


def test_every_foreign_key_has_an_index_under_it(airline: Airline) -> None:
    """No walk along a key reads a whole table, in any store."""
    assert airline.ask("bookings", UNINDEXED) == []
    assert airline.ask("loyalty", UNINDEXED) == []
    for table in (table for store, table in TABLES if store == "website"):
        led = {
            airline.ask("website", f"PRAGMA index_info({index[1]})")[0][2]
            for index in airline.ask("website", f"PRAGMA index_list({table})")
        }
        assert {key[3] for key in airline.ask("website", f"PRAGMA foreign_key_list({table})")} <= led


def test_one_index_can_be_left_out_on_purpose(server: Server) -> None:
    """The switch takes away exactly the index it names, so that somebody can find it missing."""
    faulty = server.built(missing_index=True)
    assert faulty.ask("bookings", UNINDEXED) == [("agent_note", "agent_note_customer_id_fkey")]


def test_one_cascade_and_it_stays_at_home(airline: Airline) -> None:
    """Of all keys one deletes by itself: a member's tiers go with the member."""
    query = "SELECT conrelid::regclass::text, confdeltype::text FROM pg_constraint WHERE contype = 'f'"
    assert {kind for _, kind in airline.ask("bookings", query)} == {"a"}
    assert [table for table, kind in airline.ask("loyalty", query) if kind != "a"] == ["tier_history"]


# The traps


@pytest.mark.parametrize(
    ("store", "statement", "refusal"),
    [
        ("bookings", "UPDATE customer SET email = NULL WHERE customer_id = 1", psycopg.errors.NotNullViolation),
        ("bookings", "UPDATE customer SET email = 'x@invalid.example'", psycopg.errors.UniqueViolation),
        ("bookings", "UPDATE customer SET email = '' WHERE customer_id = 1", psycopg.errors.CheckViolation),
        ("bookings", "UPDATE passenger SET meal = 'erased'", psycopg.errors.CheckViolation),
        ("bookings", "UPDATE passenger SET meal = NULL", psycopg.errors.NotNullViolation),
        ("bookings", "UPDATE passenger SET passport_no = NULL", psycopg.errors.CheckViolation),
        ("bookings", "UPDATE booking SET contact_email = '' WHERE locator = 'DEMO01'", psycopg.errors.CheckViolation),
        ("bookings", "UPDATE invoice SET locator = NULL", psycopg.errors.NotNullViolation),
        ("bookings", "UPDATE invoice SET paid_on = NULL", psycopg.errors.CheckViolation),
        ("bookings", "DELETE FROM booking WHERE locator = 'GROUP1'", psycopg.errors.ForeignKeyViolation),
        ("bookings", "DELETE FROM customer WHERE customer_id = 1", psycopg.errors.ForeignKeyViolation),
        ("loyalty", "UPDATE member SET email = 'x@invalid.example'", psycopg.errors.UniqueViolation),
        ("loyalty", "DELETE FROM household WHERE household_id = 1", psycopg.errors.ForeignKeyViolation),
        ("website", "UPDATE account SET password_hash = ''", sqlite3.IntegrityError),
        ("website", "UPDATE newsletter_subscription SET email = NULL", sqlite3.IntegrityError),
    ],
)
def test_careless_statements_are_refused(
    airline: Airline, store: str, statement: str, refusal: type[Exception]
) -> None:
    """What a careless erasure would write, the tables do not take."""
    with pytest.raises(refusal):
        airline.ask(store, statement)


def test_a_ring_of_keys_breaks_at_commit_only(airline: Airline) -> None:
    """A household may point at nobody inside a transaction; the refusal comes from the commit."""
    with psycopg.connect(airline.targets.loyalty) as loyalty:
        loyalty.execute("UPDATE household SET main_member_id = 987654321 WHERE household_id = 1")
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            loyalty.commit()


def test_history_is_fed_by_a_trigger(server: Server) -> None:
    """A change and a deletion write the old values down; an update that changes nothing does not."""
    own = server.built()
    last = "SELECT operation, old_full_name FROM customer_history WHERE customer_id = %s ORDER BY history_id DESC"
    with psycopg.connect(own.targets.bookings) as bookings:
        bookings.execute("INSERT INTO customer SELECT 999, 'C00000999', 'Vanishing Point', 'v@kite.example', "
                         "NULL, NULL, 's', 'p', 'c', 'DE', 'de', NULL, '2026-01-01'")  # fmt: skip
        bookings.execute("UPDATE customer SET language = language WHERE customer_id = 999")
        assert bookings.execute(last, [999]).fetchall() == []
        bookings.execute("UPDATE customer SET full_name = 'erased' WHERE customer_id = 999")
        assert bookings.execute(last, [999]).fetchall() == [("UPDATE", "Vanishing Point")]
        bookings.execute("DELETE FROM customer WHERE customer_id = 999")
        assert bookings.execute(last, [999]).fetchall()[0] == ("DELETE", "erased")


TRAPS = {
    "one number at two airlines": (
        "bookings",
        (
            "SELECT count(*) FROM passenger a JOIN passenger b USING (passenger_no)"
            " WHERE a.airline_code = 'LARK' AND b.airline_code = 'MERE'"
        ),
    ),
    "split booking": ("bookings", "SELECT count(*) FROM booking WHERE parent_locator IS NOT NULL"),
    "pick-up person": ("bookings", "SELECT count(*) FROM guardian_handover WHERE moment = 'pick-up'"),
    "a customer's address on another's row": (
        "bookings",
        (
            "SELECT count(*) FROM passenger p JOIN customer c ON c.email = p.email"
            " WHERE p.customer_id IS DISTINCT FROM c.customer_id"
        ),
    ),
    "an office's address": ("bookings", "SELECT count(*) FROM passenger WHERE email LIKE 'office@%'"),
    "voucher in its period": (
        "bookings",
        "SELECT count(*) FROM invoice WHERE status = 'paid' AND issued_on >= '2018-01-01'",
    ),
    "voucher past its period": (
        "bookings",
        "SELECT count(*) FROM invoice WHERE status = 'paid' AND issued_on < '2018-01-01'",
    ),
    "others named on a payer's bill": (
        "bookings",
        "SELECT count(*) FROM invoice JOIN invoice_line USING (invoice_no) WHERE traveller_name <> payer_name",
    ),
    "a cancelled bill and the one that cancels it": (
        "bookings",
        "SELECT count(*) FROM invoice c JOIN invoice i ON i.invoice_no = c.cancels_invoice_no",
    ),
    "a ring of two rows": (
        "loyalty",
        (
            "SELECT count(*) FROM household h JOIN member m ON m.member_id = h.main_member_id"
            " AND m.household_id = h.household_id"
        ),
    ),
    "rows exactly alike": (
        "loyalty",
        "SELECT count(*) FROM (SELECT FROM import_row GROUP BY import_row HAVING count(*) > 1) twice",
    ),
    "a member nobody linked": ("loyalty", "SELECT count(*) FROM member WHERE customer_number IS NULL"),
    "a visitor nobody knows": ("website", "SELECT count(*) FROM web_session WHERE account_id IS NULL"),
}


@pytest.mark.parametrize(("store", "query"), TRAPS.values(), ids=TRAPS)
def test_traps_are_set(airline: Airline, store: str, query: str) -> None:
    """Each situation that goes wrong elsewhere occurs in even a small sample."""
    assert airline.one(store, query) > 0


def test_no_primary_key_in_one_table_only(airline: Airline) -> None:
    """import_row has no key of its own; every other table has."""
    query = """SELECT relname FROM pg_class c WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
               AND NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = c.oid AND contype = 'p')"""
    assert airline.ask("bookings", query) == []
    assert airline.ask("loyalty", query) == [("import_row",)]


def test_every_message_points_at_something(airline: Airline) -> None:
    """The polymorphic key resolves for customers, bookings and passengers alike, and all three occur."""
    query = """SELECT entity_type, count(*), count(coalesce(c.customer_number, b.locator, p.passenger_no))
        FROM message m
        LEFT JOIN customer c ON entity_type = 'customer' AND c.customer_number = entity_id
        LEFT JOIN booking b ON entity_type = 'booking' AND b.locator = entity_id
        LEFT JOIN passenger p ON entity_type = 'passenger' AND p.airline_code = entity_airline
                             AND p.passenger_no = entity_id
        GROUP BY entity_type"""
    found = airline.ask("bookings", query)
    assert {kind for kind, _, _ in found} == {"customer", "booking", "passenger"}
    assert all(count == resolved for _, count, resolved in found)


def test_nothing_in_here_could_reach_anybody(airline: Airline) -> None:
    """Addresses end in reserved names and telephone numbers lie in ranges kept for fiction."""
    everything = "\n".join(str(row) for store, table in TABLES for row in airline.ask(store, f"SELECT * FROM {table}"))
    hosts = set(re.findall(r"@([\w.-]+)", everything))
    assert hosts
    assert all(host.endswith((".example", "example.org")) for host in hosts)
    phones = set(re.findall(r"'(\+\d+)'", everything))
    assert phones
    fiction = re.compile(r"\+(447700900\d{3}|441632960\d{3}|493023125\d{3}|3363998\d{4})")
    assert all(fiction.fullmatch(number) for number in phones)


# The cast


def test_every_customer_of_the_cast_is_there(airline: Airline) -> None:
    """Each has the keys, the bookings, the membership and the account that the constants say."""
    for member in cast.CUSTOMERS:
        known = "SELECT full_name, email FROM customer WHERE customer_id = %s AND customer_number = %s"
        assert airline.ask("bookings", known, member.customer_id, member.customer_number) == [
            (member.name, member.email)
        ]
        own = "SELECT customer_id FROM passenger WHERE (airline_code, passenger_no) = (%s, %s)"
        assert airline.one("bookings", own, *member.passenger) == member.customer_id
        booked = "SELECT count(*) FROM booking WHERE locator = ANY(%s)"
        assert airline.one("bookings", booked, list(member.bookings)) == len(member.bookings)
        circle = "SELECT member_number FROM member WHERE customer_number = %s"
        assert airline.ask("loyalty", circle, member.customer_number) == (
            [(member.member_number,)] if member.member_number else []
        )
        account = "SELECT account_id FROM account WHERE customer_number = %s"
        assert airline.ask("website", account, member.customer_number) == (
            [(member.account_id,)] if member.account_id else []
        )


def test_the_cast_does_not_depend_on_the_seed(server: Server, airline: Airline) -> None:
    """Another crowd leaves every row of the cast as it was."""
    other = server.built(seed=99)
    for store, query in (
        ("bookings", "SELECT * FROM invoice WHERE customer_id < 10 ORDER BY invoice_no"),
        ("bookings", "SELECT * FROM agent_note WHERE note_id < 1000 ORDER BY note_id"),
        ("loyalty", "SELECT * FROM points_entry WHERE member_id < 10 ORDER BY entry_id"),
        ("website", "SELECT * FROM consent_choice WHERE account_id < 10 ORDER BY choice_id"),
    ):
        assert airline.ask(store, query)
        assert other.ask(store, query) == airline.ask(store, query)


def test_the_demo_customer_is_ordinary_and_whole(airline: Airline) -> None:
    """A voucher in its period, an open bill, one past its period; a note that names another of the cast."""
    bills = airline.ask("bookings", "SELECT status, issued_on >= '2018-01-01' FROM invoice WHERE customer_id = 1")
    assert sorted(bills) == [("open", True), ("paid", False), ("paid", True)]
    notes = airline.ask("bookings", "SELECT body FROM agent_note WHERE customer_id = 1")
    assert any(cast.OBJECTOR.name in body for (body,) in notes)
    twin = "SELECT full_name FROM passenger WHERE (airline_code, passenger_no) = (%s, %s)"
    assert airline.one("bookings", twin, *cast.NUMERIC_TWIN) == cast.NUMERIC_TWIN_NAME != cast.DEMO.name
    answers = dict(airline.ask("website", "SELECT channel, answer FROM consent_choice "
                                          "WHERE account_id = 1 AND purpose = 'newsletter'"))  # fmt: skip
    assert answers == {"email": "yes", "push": "no"}


def test_the_mothers_address_stands_on_two_others(airline: Airline) -> None:
    """Three passenger rows carry it: her own, her child's, and a stranger's."""
    found = airline.ask("bookings", "SELECT full_name FROM passenger WHERE email = %s", cast.MOTHER.email)
    assert {name for (name,) in found} == {cast.MOTHER.name, cast.CHILD_NAME, cast.NAMESAKE.name}


def test_the_agencys_mailbox_stands_on_strangers(airline: Airline) -> None:
    """More than a hundred bookings, each with one traveller who is nobody's customer."""
    query = """SELECT count(DISTINCT locator), count(DISTINCT (airline_code, passenger_no)), count(p.customer_id)
        FROM booking JOIN booking_passenger USING (locator) JOIN passenger p USING (airline_code, passenger_no)
        WHERE contact_email = %s AND p.email = contact_email"""
    assert airline.ask("bookings", query, cast.AGENCY_MAILBOX) == [(120, 120, 0)]


def test_one_person_has_two_addresses(airline: Airline) -> None:
    """Bookings knows the first, the other two stores the second, and one message hangs on the address alone."""
    person = cast.TWO_ADDRESSES
    linked = airline.one("loyalty", "SELECT email FROM member WHERE customer_number = %s", person.customer_number)
    assert linked == person.second_email != person.email
    assert airline.one("bookings", "SELECT count(*) FROM customer WHERE email = %s", person.second_email) == 0
    alone = "SELECT count(*) FROM contact_message WHERE email = %s AND account_id IS NULL"
    assert airline.one("website", alone, person.second_email) == 1


@pytest.mark.parametrize(("locator", "travellers"), [("LEAV01", 2), ("GROUP1", 4), ("GROUP0", 2), ("BUS001", 200)])
def test_shared_bookings(airline: Airline, locator: str, travellers: int) -> None:
    """As many travellers as said; leavers and bus riders are customers, and no invoice holds their bookings."""
    query = "SELECT count(*) FROM booking_passenger WHERE locator = %s"
    assert airline.one("bookings", query, locator) == travellers
    assert airline.one("bookings", "SELECT count(*) FROM invoice WHERE locator = %s", locator) == 0
    if locator in {"LEAV01", "BUS001"}:
        customers = query.replace("WHERE", "JOIN passenger USING (airline_code, passenger_no) "
                                           "WHERE customer_id IS NOT NULL AND")  # fmt: skip
        assert airline.one("bookings", customers, locator) == travellers


def test_a_child_travels_alone(airline: Airline) -> None:
    """Brought by a customer, collected by somebody who is known from nowhere else."""
    query = "SELECT moment, adult_name FROM guardian_handover WHERE (airline_code, passenger_no) = (%s, %s)"
    assert sorted(airline.ask("bookings", query, *cast.MINOR)) == [
        ("drop-off", cast.GUARDIAN.name),
        ("pick-up", cast.PICK_UP_NAME),
    ]
    assert airline.one("bookings", "SELECT count(*) FROM passenger WHERE full_name = %s", cast.PICK_UP_NAME) == 0


HEAVY_OWN = {
    "customer": "customer_id = 8",
    "customer_history": "customer_id = 8",
    "passenger": "customer_id = 8",
    "booking": "booked_by_customer = 8",
    "booking_passenger": "(airline_code, passenger_no) = ('LARK', '00000008')",
    "coupon": "(airline_code, passenger_no) = ('LARK', '00000008')",
    "invoice": "customer_id = 8",
    "invoice_line": "invoice_no IN (SELECT invoice_no FROM invoice WHERE customer_id = 8)",
    "agent_note": "customer_id = 8",
    "message": "entity_id IN ('C00000008', '00000008') OR entity_id LIKE 'HV0%'",
    "member": "customer_number = 'C00000008'",
    "points_entry": "member_id = 4",
    "tier_history": "member_id = 4",
    "partner_accrual": "member_number = 'LW000000004'",
    "import_row": "member_number = 'LW000000004'",
    "account": "customer_number = 'C00000008'",
    "newsletter_subscription": "email = 'philippa.granthorne@post.example.org'",
    "consent_choice": "account_id = 5",
    "contact_message": "account_id = 5",
    "web_session": "account_id = 5",
    "search_log": "session_id IN (SELECT session_id FROM web_session WHERE account_id = 5)",
}


def test_the_heavy_user_has_2005_rows(airline: Airline) -> None:
    """Table by table the number that the constant says, 2,005 in all."""
    found = {
        store: {table: airline.one(store, f"SELECT count(*) FROM {table} WHERE {HEAVY_OWN[table]}")
                for table in tables}
        for store, tables in cast.HEAVY_ROWS.items()
    }  # fmt: skip
    assert found == cast.HEAVY_ROWS
    assert sum(sum(tables.values()) for tables in found.values()) == 2_005


def test_the_unknown_are_in_no_table_and_the_subscriber_in_one_store(airline: Airline) -> None:
    """A search through every row of every table finds what should be found, and nothing of the unknown."""
    places: dict[str, set[str]] = {}
    for store, table in TABLES:
        text = str(airline.ask(store, f"SELECT * FROM {table}"))
        for value in (cast.UNKNOWN_EMAIL, cast.UNKNOWN_CUSTOMER_NUMBER, cast.SUBSCRIBER_EMAIL):
            if value in text:
                places.setdefault(value, set()).add(table)
    assert places == {cast.SUBSCRIBER_EMAIL: {"newsletter_subscription", "consent_choice"}}


def test_the_objector_said_no_in_two_stores(airline: Airline) -> None:
    """His objection stands with the customer and among the choices, and his subscription is over."""
    objection = "SELECT marketing_objection_on::text FROM customer WHERE customer_id = %s"
    on = airline.one("bookings", objection, cast.OBJECTOR.customer_id)
    assert on == "2026-04-01"
    said = "SELECT answer FROM consent_choice WHERE account_id = %s AND channel = 'all'"
    assert airline.ask("website", said, cast.OBJECTOR.account_id) == [("no",)]
    over = "SELECT ended_at FROM newsletter_subscription WHERE email = %s"
    assert airline.one("website", over, cast.OBJECTOR.email).startswith(on)


# Credentials, MariaDB, documentation


def test_looking_cannot_act_and_acting_adds_nothing(server: Server) -> None:
    """`look` reads only; `act` changes and deletes, and the trigger may write history in its name."""
    own = server.built()
    tag = uuid.uuid4().hex[:8]
    names = Credentials(f"look_{tag}", f"act_{tag}", "first'pass", "second;pass")
    server.roles += [names.look, names.act]
    create_postgres(own.targets.bookings, "bookings", names)
    assert "pass" not in repr(names)
    look = make_conninfo(own.targets.bookings, user=names.look, password=names.look_password)
    act = make_conninfo(own.targets.bookings, user=names.act, password=names.act_password)
    change = "UPDATE customer SET full_name = 'changed' WHERE customer_id = 1"
    with psycopg.connect(look) as connection:
        row = connection.execute("SELECT full_name FROM customer WHERE customer_id = 1").fetchone()
        assert row == (cast.DEMO.name,)
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute(change)
        connection.rollback()
        connection.read_only = False
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(change)
    with psycopg.connect(act) as connection:
        connection.execute(change)
        connection.commit()
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("INSERT INTO travel_agency VALUES ('AG-1', 'x', 'x@kite.example')")
    history = "SELECT old_full_name FROM customer_history WHERE customer_id = 1 ORDER BY history_id DESC"
    assert own.one("bookings", history) == cast.DEMO.name
    assert own.one("bookings", "SELECT full_name FROM customer WHERE customer_id = 1") == "changed"


def test_loyalty_has_two_credentials_too(server: Server) -> None:
    """`look` of the loyalty store is refused a change that `act` may make."""
    own = server.built()
    tag = uuid.uuid4().hex[:8]
    names = Credentials(f"look_{tag}", f"act_{tag}", "one", "two")
    server.roles += [names.look, names.act]
    create_postgres(own.targets.loyalty, "loyalty", names)
    look = make_conninfo(own.targets.loyalty, user=names.look, password=names.look_password)
    act = make_conninfo(own.targets.loyalty, user=names.act, password=names.act_password)
    with psycopg.connect(look) as connection, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        connection.execute("DELETE FROM import_row")
    with psycopg.connect(act) as connection:
        assert connection.execute("DELETE FROM import_row").rowcount == own.counts["loyalty"]["import_row"]


@pytest.mark.server("mariadb")
def test_the_mariadb_website_holds_the_same_rows(server: Server, airline: Airline, mariadb: str) -> None:
    """Same tables, columns and rows as the SQLite file; one table takes part in no transaction."""
    targets = server.empty()
    build(Targets(targets.bookings, targets.loyalty, mariadb), SMALL)
    with closing(connect_mariadb(mariadb)) as website, website.cursor() as cursor:
        for row_type in STORES["website"]:
            columns = ", ".join(columns_of(row_type))
            question = f"SELECT {columns} FROM {table_of(row_type)}"
            cursor.execute(question)
            here = sorted(tuple(map(str, row)) for row in cursor.fetchall())
            assert here == sorted(tuple(map(str, row)) for row in airline.ask("website", question))
        cursor.execute("SELECT table_name FROM information_schema.tables "
                       "WHERE table_schema = database() AND engine = 'MyISAM'")  # fmt: skip
        assert [row[0] for row in cursor.fetchall()] == ["search_log"]
        cursor.execute("DELETE FROM search_log")
        website.rollback()
        cursor.execute("SELECT count(*) FROM search_log")
        assert cursor.fetchone() == (0,)


@pytest.mark.server("mariadb")
def test_the_mariadb_website_has_two_credentials(server: Server, mariadb: str) -> None:
    """`look` is refused a change that `act` may make."""
    targets = server.empty()
    build(Targets(targets.bookings, targets.loyalty, mariadb), SMALL)
    tag = uuid.uuid4().hex[:8]
    names = Credentials(f"look_{tag}", f"act_{tag}", "on'e", "tw;o")
    with closing(connect_mariadb(mariadb)) as admin, admin.cursor() as cursor:
        try:
            create_mariadb(mariadb, names)
            place = mariadb.split("@", 1)[1]
            with closing(connect_mariadb(f"mariadb://{names.look}:on%27e@{place}")) as look, look.cursor() as reader:
                assert reader.execute("SELECT account_id FROM account") > 0
                with pytest.raises(pymysql.OperationalError, match="denied"):
                    reader.execute("DELETE FROM contact_message")
            with closing(connect_mariadb(f"mariadb://{names.act}:tw%3Bo@{place}")) as act, act.cursor() as writer:
                assert writer.execute("DELETE FROM contact_message") > 0
        finally:
            cursor.execute(f"DROP USER IF EXISTS '{names.look}'@'%', '{names.act}'@'%'")


def test_the_page_names_every_table_and_everybody() -> None:
    """docs/sample-airline.md knows each table, each of the cast and each count of the heavy user."""
    page = (ROOT / "docs" / "sample-airline.md").read_text(encoding="utf-8")
    assert [table for _, table in TABLES if f"`{table}`" not in page] == []
    people = [member.name for member in cast.CUSTOMERS]
    people += [cast.CHILD_NAME, cast.MINOR_NAME, cast.PICK_UP_NAME, cast.NUMERIC_TWIN_NAME]
    people += [cast.AGENCY_MAILBOX, cast.SUBSCRIBER_EMAIL, cast.UNKNOWN_EMAIL, cast.UNKNOWN_CUSTOMER_NUMBER]
    people += [locator for member in cast.CUSTOMERS for locator in member.bookings if not locator.startswith("HV")]
    assert [name for name in people if name not in page] == []
    for tables in cast.HEAVY_ROWS.values():
        for table, rows in tables.items():
            assert f"| `{table}` | {rows} |" in page

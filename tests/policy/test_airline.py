"""The sample airline's policy over its real databases: nothing undeclared, all rows found, nobody else's taken."""

import os
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import NoReturn
from urllib.parse import quote

import psycopg
import pymysql
import pytest
from examples.airline.data import cast
from examples.airline.data.generate import Targets, build
from examples.airline.data.load import MariaLoader, connect_mariadb
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from tests.policy.little import HERE, compiled, line

from troth.catalog import Catalog
from troth.model.case import Case, CaseState
from troth.model.person import Identifier
from troth.model.personal import Personal
from troth.model.policy import Policy
from troth.model.sight import Sight
from troth.plan import erasure
from troth.policy import check_against_schema
from troth.ports.store import Store
from troth.stores import open_store

pytestmark = pytest.mark.server("postgresql")

ADMIN = os.environ.get("TROTH_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
MARIADB = os.environ.get("TROTH_TEST_MARIADB", "mariadb://root@127.0.0.1:3306/")
AT = datetime(2026, 6, 30, 12, tzinfo=UTC)


class World:
    """The policy and its three stores, filled with the cast and a small crowd."""

    def __init__(self, policy: Policy, stores: Mapping[str, Store], urls: Mapping[str, str]) -> None:
        self.policy, self.stores, self.urls = policy, stores, urls
        self.schemas = {name: store.describe() for name, store in stores.items()}

    def sights(self, customer_number: str) -> dict[str, Sight]:
        """What all stores see, asked until nothing new is learned."""
        known = {Identifier("customer-number", Personal(customer_number), proven=True, origin="request")}
        while True:
            seen = {name: store.look(tuple(known)) for name, store in self.stores.items()}
            learned = {identifier for sight in seen.values() for identifier in sight.learned}
            met = {(identifier.kind, identifier.value, identifier.proven) for identifier in known}
            new = {i for i in learned if not met & {(i.kind, i.value, True), (i.kind, i.value, i.proven)}}
            if not new:
                return seen
            known |= new


def absent(server: str) -> NoReturn:
    """A missing server is a visible skip at home and a failure in CI."""
    if os.environ.get("CI"):
        pytest.fail(f"no {server} answers")
    pytest.skip(f"no {server} answers")


@contextmanager
def database() -> Iterator[str]:
    """A PostgreSQL database of our own."""
    name = f"policy_{uuid.uuid4().hex[:12]}"
    try:
        admin = psycopg.connect(ADMIN, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError:
        absent("PostgreSQL")
    with admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        given = {key: quote(str(value), safe="") for key, value in conninfo_to_dict(ADMIN).items()}
        who = given.get("user", "postgres") + (f":{given['password']}" if "password" in given else "")
        try:
            yield f"postgresql://{who}@{given.get('host', '127.0.0.1')}:{given.get('port', '5432')}/{name}"
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    website = str(tmp_path_factory.mktemp("website") / "website.db")
    policy, problems = compiled(HERE.parents[1] / "examples" / "airline" / "policy")
    assert policy is not None, problems
    with ExitStack() as stack:
        bookings, loyalty = stack.enter_context(database()), stack.enter_context(database())
        build(Targets(bookings=bookings, loyalty=loyalty, website=website), customers=250, seed=2026)
        urls = {"bookings": bookings, "loyalty": loyalty, "website": f"sqlite:///{website}"}
        variables = {f"{name.upper()}_{use}_URL": url for name, url in urls.items() for use in ("LOOK", "ACT")}
        stores = {name: open_store(store, environ=variables) for name, store in policy.stores.items() if not store.ours}
        for store in stores.values():
            stack.callback(store.close)
        yield World(policy, stores, urls)


@pytest.mark.parametrize("name", ["bookings", "loyalty", "website"])
def test_every_store_is_mapped_whole(world: World, name: str) -> None:
    """Policy and real schema agree in every table, column, key, type and index."""
    assert [line(problem) for problem in check_against_schema(world.policy.stores[name], world.schemas[name])] == []


@pytest.mark.server("mariadb")
def test_the_website_on_mariadb_is_mapped_whole_too() -> None:
    """The same map fits the same tables there; the one table without transactions is told, with its remedy."""
    policy, _ = compiled(HERE.parents[1] / "examples" / "airline" / "policy")
    assert policy is not None
    name = f"policy_{uuid.uuid4().hex[:12]}"
    try:
        admin = connect_mariadb(MARIADB)
    except pymysql.OperationalError:
        absent("MariaDB")
    with closing(admin), admin.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
        try:
            MariaLoader(MARIADB + name).finish()
            map_ = replace(policy.stores["website"], engine="mariadb")
            url = MARIADB + name
            with closing(open_store(map_, environ={"WEBSITE_LOOK_URL": url, "WEBSITE_ACT_URL": url})) as store:
                told = check_against_schema(map_, store.describe())
        finally:
            cursor.execute(f"DROP DATABASE {name}")
    assert [(p.code, p.severity, p.hint) for p in told] == [
        ("no-transactions", "warning", "ALTER TABLE search_log ENGINE=InnoDB")
    ]


def test_a_column_added_behind_our_back_is_told(world: World) -> None:
    """Negative control: one more column in a real table, and the agreement is over; it goes, and all is well again."""
    store = world.policy.stores["bookings"]
    with psycopg.connect(world.urls["bookings"], autocommit=True) as connection:
        connection.execute("ALTER TABLE agent_note ADD mood text")
        told = check_against_schema(store, world.stores["bookings"].describe())
        connection.execute("ALTER TABLE agent_note DROP mood")
    assert [(p.code, p.severity) for p in told] == [("undeclared-column", "error")]
    assert "`mood`" in told[0].message
    assert check_against_schema(store, world.stores["bookings"].describe()) == []


def test_the_heavy_user_is_found_row_by_row(world: World) -> None:
    """All rows of the customer with 2,005 rows enter by themselves, in the numbers that the sample promises."""
    sights = world.sights(cast.HEAVY.customer_number)
    found = {
        name: {table: len(seen.entering) for table, seen in sight.tables.items() if seen.entering}
        for name, sight in sights.items()
    }
    wanted = {name: dict(tables) for name, tables in cast.HEAVY_ROWS.items()}
    wanted["loyalty"]["import_row"] = 1  # ten lines exactly alike have one key
    assert found == wanted


def test_the_mothers_address_takes_nobody_elses_row(world: World) -> None:
    """Her child's and a stranger's passenger rows carry her address: they wait for a person, and hers enters."""
    passengers = world.sights(cast.MOTHER.customer_number)["bookings"].tables["passenger"]
    assert [row.key for row in passengers.entering] == [cast.MOTHER.passenger]
    assert {row.key for row in passengers.waiting} == {cast.CHILD, cast.NAMESAKE.passenger}


def test_half_a_composite_key_finds_nobody(world: World) -> None:
    """The traveller with the same number at the other airline is not the demo customer."""
    passengers = world.sights(cast.DEMO.customer_number)["bookings"].tables["passenger"]
    assert [row.key for row in passengers.rows] == [cast.DEMO.passenger]


def test_one_person_with_two_addresses_is_one(world: World) -> None:
    """The customer number joins what two addresses would keep apart; what hangs on an address alone waits."""
    sights = world.sights(cast.TWO_ADDRESSES.customer_number)
    assert len(sights["loyalty"].tables["member"].entering) == 1
    assert len(sights["website"].tables["account"].entering) == 1
    assert len(sights["website"].tables["contact_message"].waiting) == 1


@pytest.mark.parametrize("member", cast.CUSTOMERS, ids=lambda member: member.name.split()[0])
def test_everybody_of_the_cast_can_be_erased(world: World, member: cast.CastMember) -> None:
    """No mask, key, cascade or trigger of the real schemas forbids the plan that this map leads to."""
    case = Case("case", "erasure", "person", CaseState.OPEN, AT, date(2026, 7, 30), date(2029, 12, 31))
    regimes = world.policy.organisation.regimes
    sights = world.sights(member.customer_number)
    plan = erasure(
        world.policy,
        case,
        "person",
        sights,
        world.schemas,
        AT,
        lambda code: Catalog.load().cite(regimes, code),
        ground="",
    )
    assert [problem.message for problem in plan.findings if problem.severity == "error"] == []
    assert {effect.table for effect in plan.effects} > {"customer", "customer_history", "passenger"}


def test_issued_invoices_stay_under_their_law(world: World) -> None:
    """What an erasure keeps is kept by the cited duty until its eighth year ends, paid or open."""
    case = Case("case", "erasure", "person", CaseState.OPEN, AT, date(2026, 7, 30), date(2029, 12, 31))
    sights = world.sights(cast.DEMO.customer_number)
    plan = erasure(world.policy, case, "person", sights, world.schemas, AT, lambda code: code, ground="")
    kept = [effect for effect in plan.effects if effect.verb == "retain"]
    assert {effect.table for effect in kept} == {"invoice", "invoice_line"}
    for effect in kept:
        assert effect.exception is not None
        assert effect.exception.law.startswith("AO Section 147(3)")
        assert effect.until in {date(2033, 12, 31), date(2034, 12, 31)}

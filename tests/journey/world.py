"""One sample airline for each test, in seconds: databases copied from a template on one private server.

Nothing here asks Troth what belongs to whom: rows are read and compared with plain SQL as the server's own superuser.
"""

import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from examples.airline.install import install
from psycopg import sql
from tests.forked import Said, run

from troth import wire
from troth.desk import planning, requests, working
from troth.desk.approving import approve
from troth.desk.house import House, silent
from troth.ledger.server import Server
from troth.model.case import Case
from troth.model.plan import Plan

STILL = datetime(2026, 6, 30, 12, tzinfo=UTC)
"""Where time stands in the sample."""
CUSTOMERS = 600
PG_STORES = ("bookings", "loyalty")
STORES = (*PG_STORES, "website")
MARK = "troth_mark"
OURS = ("troth", "troth_vault")
"""Troth's own databases."""

Row = tuple[Any, ...]


PREFIX = "troth-journey-"
OWNER = "owner"


def nest() -> Path:
    """A folder that the server's account may pass when the tests run as root. It says which process made it."""
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir="/tmp"))
    (folder / OWNER).write_text(_life(os.getpid()), encoding="utf-8")
    folder.chmod(0o711)
    return folder


def clear_dead_nests() -> None:
    """Stop and remove what a test run that was killed has left behind."""
    for folder in Path("/tmp").glob(f"{PREFIX}*"):
        with suppress(OSError):
            made_by = (folder / OWNER).read_text(encoding="utf-8")
            if made_by and _life(int(made_by.split()[0])) != made_by:
                Server(folder / "home" / "server").stop()
                shutil.rmtree(folder, ignore_errors=True)


def _life(pid: int) -> str:
    """A process and its start, which no other process ever has."""
    try:
        return f"{pid} {Path(f'/proc/{pid}/stat').read_text(encoding='utf-8').rpartition(')')[2].split()[19]}"
    except FileNotFoundError:
        return f"{pid} gone"


@dataclass
class Still:
    """A clock that is set by hand."""

    at: datetime = STILL

    def now(self) -> datetime:
        """The moment."""
        return self.at


@dataclass(frozen=True)
class Template:
    """A whole installation that is never worked in, only copied."""

    home: Path
    server: Server

    @classmethod
    def build(cls, customers: int = CUSTOMERS) -> "Template":
        """Take a second or two."""
        clear_dead_nests()
        home = nest() / "home"
        install(home, customers=customers, progress=lambda _done, _total, _what: None)
        server = Server(wire.read_settings(home).server)
        with (server.folder / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write("fsync = off\n")  # no test of these cuts the power, and copying is many times faster
        with psycopg.connect(server.conninfo("postgres").reveal(), autocommit=True) as admin:
            admin.execute("SELECT pg_reload_conf()")
        return cls(home, server)

    def address(self, database: str) -> str:
        """As superuser."""
        return self.server.conninfo(database).reveal()

    def copy(self) -> "Airline":
        """A home of its own over databases of its own, on the template's server."""
        tag = uuid.uuid4().hex[:10]
        home = nest() / "home"
        home.mkdir()
        for name in ("policy", "keys"):
            shutil.copytree(self.home / name, home / name)
        shutil.copyfile(self.home / "website.db", home / "website.db")
        names = {name: f"{name}_{tag}" for name in PG_STORES} | {
            "troth": f"troth_{tag}",
            "troth_vault": f"troth_{tag}_vault",
        }
        self._copy_databases(names)
        self._write_settings(home, names)
        return Airline(home, self.server, names)

    def _copy_databases(self, names: Mapping[str, str]) -> None:
        with psycopg.connect(self.address("postgres"), autocommit=True) as admin:
            for old, new in names.items():
                admin.execute(
                    sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(new), sql.Identifier(old))
                )

    def _write_settings(self, home: Path, names: Mapping[str, str]) -> None:
        text = (self.home / "secrets.env").read_text(encoding="utf-8").replace(str(self.home), str(home))
        for name in PG_STORES:
            text = text.replace(f"@/{name}?", f"@/{names[name]}?")
        text += f"STATE_URL={self.address(names['troth'])}\n"
        (home / "secrets.env").write_text(text, encoding="utf-8")
        (home / "secrets.env").chmod(0o600)
        (home / "settings.toml").write_text(
            f'policy = "{home / "policy"}"\nstate = "${{STATE_URL}}"\n', encoding="utf-8"
        )

    def destroy(self) -> None:
        """Stop the server and remove everything."""
        self.server.stop()
        shutil.rmtree(self.home.parent, ignore_errors=True)


@dataclass
class Airline:
    """One installation in the hands of one test."""

    home: Path
    server: Server
    names: Mapping[str, str]
    clock: Still = field(default_factory=Still)
    lines: dict[str, psycopg.Connection[Any]] = field(default_factory=dict)
    """Connections past Troth, one for each database."""

    # == Troth ==

    @property
    def settings(self) -> wire.Settings:
        """As written."""
        return wire.read_settings(self.home)

    @contextmanager
    def house(self, between: Callable[[str], None] = silent) -> Iterator[House]:
        """The installation, opened, on the test's clock."""
        with wire.open_house(self.settings, between) as opened:
            yield replace(opened, clock=self.clock)

    def troth(self, *words: str, **environment: str) -> Said:
        """Run one command as a user would, in a forked process: everything but loading the program again."""
        return run(words, self.home, {wire.HOME: str(self.home), **environment})

    def process(self, *words: str, **environment: str) -> Said:
        """The same as a program of its own."""
        done = subprocess.run(
            [sys.executable, "-m", "troth", *words],
            check=False,
            capture_output=True,
            env={**os.environ, wire.HOME: str(self.home), **environment},
            cwd=self.home,
            timeout=120,
        )
        return Said(done.returncode, done.stdout.decode(), done.stderr.decode())

    # == The stores, by plain SQL ==

    def address(self, database: str) -> str:
        """Of a PostgreSQL database, as superuser."""
        return self.server.conninfo(self.names[database]).reveal()

    @contextmanager
    def connected(self, store: str) -> Iterator[Any]:
        """A connection past Troth; each statement is committed at once."""
        if store == "website":
            lite = sqlite3.connect(self.home / "website.db", timeout=20, isolation_level=None)
            try:
                lite.execute("PRAGMA foreign_keys = ON")
                yield lite
            finally:
                lite.close()
        else:
            if store not in self.lines:
                self.lines[store] = psycopg.connect(self.address(store), autocommit=True)
            yield self.lines[store]

    def sql(self, store: str, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run one statement; `?` stands for a value."""
        with self.connected(store) as connection:
            cursor = (
                connection.execute(statement, values) if store == "website" else _asked(connection, statement, values)
            )
            return [tuple(row) for row in cursor.fetchall()] if cursor.description else []

    def tables(self, store: str) -> list[str]:
        """Base tables of a store or of our own database, without the mark table."""
        statement = (
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY 1"
            if store == "website"
            else "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
            " AND table_type = 'BASE TABLE' ORDER BY 1"
        )
        return [name for (name,) in self.sql(store, statement) if name != MARK]

    def rows(self, store: str, table: str, where: str = "1 = 1") -> list[tuple[Any, ...]]:
        """Whole rows of one table."""
        return self.sql(store, f'SELECT * FROM "{table}" WHERE {where}')

    def columns(self, store: str, table: str) -> list[str]:
        """Names in the order in which rows come."""
        with self.connected(store) as connection:
            return [found[0] for found in connection.execute(f'SELECT * FROM "{table}" WHERE 1 = 0').description]

    def everything(self, *stores: str) -> "Everything":
        """Every row of every table."""
        return Everything(
            {
                (store, table): Counter(self.rows(store, table))
                for store in stores or STORES
                for table in self.tables(store)
            }
        )

    def orphans(self) -> int:
        """Rows whose foreign key leads nowhere, in all stores."""
        return sum(self._orphans_of(store) for store in PG_STORES) + len(
            self.sql("website", "PRAGMA foreign_key_check")
        )

    def _orphans_of(self, store: str) -> int:
        keys = self.sql(
            store,
            "SELECT c.conrelid::regclass::text, c.confrelid::regclass::text,"
            " (SELECT array_agg(a.attname ORDER BY o.n) FROM unnest(c.conkey) WITH ORDINALITY AS o (num, n)"
            "  JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = o.num),"
            " (SELECT array_agg(a.attname ORDER BY o.n) FROM unnest(c.confkey) WITH ORDINALITY AS o (num, n)"
            "  JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = o.num)"
            " FROM pg_constraint c WHERE c.contype = 'f'",
        )
        found = 0
        for child, parent, ours, theirs in keys:
            same = " AND ".join(f'p."{b}" = c."{a}"' for a, b in zip(ours, theirs, strict=True))
            full = " AND ".join(f'c."{a}" IS NOT NULL' for a in ours)
            statement = (
                f"SELECT count(*) FROM {child} c WHERE {full} AND NOT EXISTS (SELECT 1 FROM {parent} p WHERE {same})"
            )
            found += self.sql(store, statement)[0][0]
        return found

    def hang_up(self) -> None:
        """Let go of the connections past Troth."""
        while self.lines:
            self.lines.popitem()[1].close()

    def destroy(self) -> None:
        """Drop the databases and the home."""
        self.hang_up()
        with psycopg.connect(self.server.conninfo("postgres").reveal(), autocommit=True) as admin:
            for name in self.names.values():
                admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        self.destroy_home()

    def destroy_home(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.home.parent, ignore_errors=True)


@dataclass(frozen=True)
class Everything:
    """All rows of all tables at one moment: (store, table) -> row -> how often."""

    tables: Mapping[tuple[str, str], "Counter[Row]"]

    def checksum(self) -> str:
        """One number for all of it."""
        lines = [f"{at}{row}{n}" for at, rows in self.tables.items() for row, n in rows.items()]
        return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()

    def without(self, rows: Collection[tuple[str, str, Row]]) -> "Everything":
        """All but these rows, each named by store, table and key."""
        gone = set(rows)

        def stays(at: tuple[str, str], row: Row) -> bool:
            return not any((*at, row[:n]) in gone for n in range(1, 6))

        return Everything(
            {at: Counter({row: n for row, n in found.items() if stays(at, row)}) for at, found in self.tables.items()}
        )

    def differs(self, other: "Everything") -> list[tuple[str, str, Row]]:
        """Store, table and row of whatever stands in one of the two and not in the other."""
        return [
            (*at, row)
            for at, rows in self.tables.items()
            for row in ((rows - other.tables[at]) + (other.tables[at] - rows))
        ]


def _asked(connection: Any, statement: str, values: Sequence[Any]) -> Any:
    return connection.execute(statement.replace("?", "%s"), values) if values else connection.execute(statement)


# == Acts of a whole case ==


def file(house: House, right: str, *who: tuple[str, str], ground: str = "") -> str:
    """File a request; gives its case id."""
    return requests.receive(
        house, right, requests.identifiers_from(house, who, proven=True), ground=ground, by="staff:ines"
    ).case


def planned(house: House, right: str, *who: tuple[str, str], ground: str = "") -> tuple[str, planning.Planned]:
    """File, identify, plan."""
    case = file(house, right, *who, ground=ground)
    requests.identify(house, case)
    return case, planning.make_plan(house, case)


def sign(airline: Airline, house: House, case: str, *, staff: str = "ines", role: str = "privacy-office") -> None:
    """Sign the newest plan."""
    _, digest = planning.plan_of(house, case)
    approve(house, case, wire.sign_as(airline.settings, staff, role, digest, house.clock.now().isoformat()))


def carry_out(house: House, case: str) -> Case:
    """Apply or deliver."""
    with house.unit() as unit:
        found = unit.cases.get(case)
    return working.carry_out(house, found)


def whole(
    airline: Airline, house: House, right: str, *who: tuple[str, str], ground: str = ""
) -> tuple[str, Plan, Case]:
    """A request from its filing to its end."""
    case, made = planned(house, right, *who, ground=ground)
    errors = [problem for problem in made.plan.findings if problem.severity == "error"]
    assert not errors, errors
    sign(airline, house, case)
    return case, made.plan, carry_out(house, case)


def receipt(house: House, case: str) -> Mapping[str, Any]:
    """The receipt of a closed case."""
    with house.unit() as unit:
        kept = unit.cases.receipt(case)
    assert kept is not None
    return kept


def number(customer: Any) -> tuple[str, str]:
    """How a customer says who they are."""
    return "customer-number", customer.customer_number


def wait_for(true: Callable[[], bool], seconds: float = 10.0) -> None:
    """Until it is so."""
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "it did not become so"
        time.sleep(0.02)

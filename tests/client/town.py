"""People of the tea shop, and what happens to them while somebody follows."""

import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from time import monotonic, sleep

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from tests.edges.shop import Shop
from tests.ledger.conftest import ADMIN, admin

from troth import wire
from troth.desk.house import House
from troth.ports.state import Unit
from troth.settings import databases

MAIL = {"operation": "send", "purpose": "newsletter", "channel": "email"}
"""Hangs on a choice."""
SALE = {"operation": "use", "purpose": "selling"}
"""Owed to the person: a contract."""


@contextmanager
def writing(house: House) -> Iterator[Unit]:
    """A transaction of now; placed, as a worker would."""
    with house.state.unit(at=datetime.now(UTC), policy=house.policy.hash) as unit:
        yield unit
    house.state.ledger.place()


@contextmanager
def opened(shop: Shop) -> Iterator[House]:
    """The installation."""
    with wire.open_house(shop.settings) as house:
        yield house


def customers(house: House, number: int) -> list[str]:
    """So many customers who said yes to the newsletter."""
    with writing(house) as unit:
        persons = [unit.persons.new() for _ in range(number)]
        for person in persons:
            unit.facts.relate(person, "customer", holds=True)
            say(unit, person, yes=True)
    return persons


def say(unit: Unit, person: str, *, yes: bool) -> None:
    """What somebody says to the newsletter."""
    unit.facts.choose(person, "newsletter", yes=yes, version=1)


def address(shop: Shop) -> str:
    """Where the state is."""
    return databases(shop.settings)[0].reveal()


def until(done: Callable[[], object], seconds: float = 10.0) -> float:
    """Seconds until it is so; fails when it never is."""
    began = monotonic()
    while not done():
        assert monotonic() - began < seconds, "it never came"
        sleep(0.005)
    return monotonic() - began


def name_of(shop: Shop) -> str:
    """The name of its database."""
    return str(conninfo_to_dict(address(shop))["dbname"])


def cut_off(shop: Shop) -> None:
    """Nobody reaches the state any more, not even who is connected."""
    admin("ALTER DATABASE {} WITH ALLOW_CONNECTIONS false", name_of(shop))
    with psycopg.connect(ADMIN, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name_of(shop),)
        )


def reach_again(shop: Shop) -> None:
    """It can be reached again."""
    admin("ALTER DATABASE {} WITH ALLOW_CONNECTIONS true", name_of(shop))


def crowd(shop: Shop, number: int) -> list[str]:
    """So many customers at once, put beside the ledger: enough to fill a view, with nothing to be proven."""
    with psycopg.connect(address(shop), options="-c search_path=troth") as connection:
        connection.execute(
            "INSERT INTO person (id, event) SELECT 'p-' || md5(n::text), (SELECT max(id) FROM event)"
            " FROM generate_series(1, %s) AS n",
            (number,),
        )
        connection.execute(
            "INSERT INTO relationship (person, name, since, event)"
            " SELECT id, 'customer', now(), event FROM person ON CONFLICT DO NOTHING"
        )
        return [row[0] for row in connection.execute("SELECT id FROM person").fetchall()]


def python(script: str, *words: str) -> subprocess.Popen[str]:
    """Another process, which is talked to line by line."""
    return subprocess.Popen(
        [sys.executable, "-c", script, *words], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True, bufsize=1
    )


class Hanging:
    """A road to the server on which everything can come to a halt, with nobody told."""

    def __init__(self, shop: Shop) -> None:
        self.flows = threading.Event()
        self.flows.set()
        there = conninfo_to_dict(address(shop))
        self._to = (str(there["host"]), int(str(there.get("port", 5432))))
        self._door = socket.create_server(("127.0.0.1", 0))
        self.address = make_conninfo(address(shop), host="127.0.0.1", port=self._door.getsockname()[1])
        threading.Thread(target=self._open, daemon=True).start()

    def _open(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._door.accept()
                far = socket.create_connection(self._to)
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=pair, daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                self.flows.wait()
                target.sendall(data)
        target.close()

    def close(self) -> None:
        """Nobody comes in any more."""
        self.flows.set()
        self._door.close()

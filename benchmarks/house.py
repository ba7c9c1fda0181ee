"""An installation of the sample airline that lives as long as a measure: embedded server, stores, Troth, the baseline.

It can be set back to how it was built, so that people who were erased can be erased again.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import psycopg
from examples.airline.install import STAFF, install

from benchmarks.handwritten import Addresses, Handwritten
from benchmarks.journal import Journal
from troth import wire
from troth.desk import approving, planning, requests, working
from troth.desk.house import House
from troth.ledger.server import Server
from troth.model.case import CaseState

POSTGRES = ("bookings", "loyalty")
SIGNER = next(iter(STAFF))


class NotDoneError(Exception):
    """A measured request did not end as it should: its time means nothing."""


@dataclass(frozen=True)
class Installation:
    """The sample in a folder of its own."""

    home: Path
    rows: int

    @property
    def settings(self) -> wire.Settings:
        """As `troth` reads them."""
        return wire.read_settings(self.home)

    @property
    def server(self) -> Server:
        """The embedded server, to be asked as its superuser."""
        return Server(self.settings.server)

    @property
    def website(self) -> Path:
        """The website's file."""
        return self.home / "website.db"

    def superuser(self, database: str) -> str:
        """A connection string that may do anything."""
        return str(self.server.conninfo(database).reveal())

    def addresses(self) -> Addresses:
        """The same stores, by the same two credentials, for the baseline."""
        said = self.settings.environment
        return Addresses(
            look={store: said[f"{store.upper()}_LOOK_URL"] for store in POSTGRES},
            act={store: said[f"{store.upper()}_ACT_URL"] for store in POSTGRES},
            website=self.website,
            journal=self.superuser("journal"),
        )

    def save(self) -> None:
        """Remember the stores as they are. Nobody may be connected."""
        with psycopg.connect(self.superuser("postgres"), autocommit=True) as connection:
            for store in POSTGRES:
                connection.execute(f"CREATE DATABASE {store}_saved TEMPLATE {store}")
        shutil.copyfile(self.website, self.home / "website.saved")

    def set_back(self) -> None:
        """Make the stores what they were when saved. Nobody may be connected."""
        with psycopg.connect(self.superuser("postgres"), autocommit=True) as connection:
            for store in POSTGRES:
                connection.execute(f"DROP DATABASE {store}")
                connection.execute(f"CREATE DATABASE {store} TEMPLATE {store}_saved")
        shutil.copyfile(self.home / "website.saved", self.website)

    def settle(self) -> None:
        """Let what loading left behind be written now and not during a measure."""
        for store in POSTGRES:
            with psycopg.connect(self.superuser(store), autocommit=True) as connection:
                connection.execute("VACUUM ANALYZE")
        with psycopg.connect(self.superuser("postgres"), autocommit=True) as connection:
            connection.execute("CHECKPOINT")


@contextmanager
def installation(customers: int) -> Iterator[Installation]:
    """Build the sample in a folder that goes afterwards; the server's account must reach it, hence the mode."""
    folder = Path(tempfile.mkdtemp(prefix="troth-bench-", dir="/tmp"))
    folder.chmod(0o711)
    try:
        made = install(folder / "home", customers=customers, progress=lambda *_: None)
        found = Installation(made.home, sum(sum(tables.values()) for tables in made.rows.values()))
        try:
            found.server.create_database("journal")
            journal = Journal(found.superuser("journal"))
            journal.create()
            journal.close()
            found.settle()
            yield found
        finally:
            found.server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def troth(installed: Installation) -> Iterator[House]:
    """Troth, opened as its commands open it."""
    with wire.open_house(installed.settings) as house:
        yield house


@contextmanager
def handwritten(installed: Installation) -> Iterator[Handwritten]:
    """The baseline, opened."""
    baseline = Handwritten(installed.addresses())
    try:
        yield baseline
    finally:
        baseline.close()


def request(installed: Installation, house: House, right: str, customer_number: str) -> dict[str, float]:
    """One request from filing to receipt, as the commands do it; seconds by step.

    Raises NotDoneError when it does not end closed.
    """
    steps: dict[str, float] = {}
    clock = _Clock(steps)
    asked = requests.identifiers_from(house, [("customer-number", customer_number)], proven=True)
    case = requests.receive(house, right, asked, by=f"staff:{SIGNER}").case
    clock.lap("file")
    requests.identify(house, case)
    clock.lap("identify")
    planned = planning.make_plan(house, case)
    clock.lap("plan")
    at = house.clock.now().isoformat()
    signature = wire.sign_as(installed.settings, SIGNER, STAFF[SIGNER], planned.hash, at)
    approving.approve(house, case, signature)
    clock.lap("approve")
    with house.unit() as unit:
        found = unit.cases.get(case)
    done = working.carry_out(house, found)
    clock.lap("carry out")
    house.state.ledger.place()
    clock.lap("place")
    if done.state is not CaseState.CLOSED:
        raise NotDoneError(f"{right} of {customer_number} ended as {done.state}")
    return steps


class _Clock:
    def __init__(self, steps: dict[str, float]) -> None:
        self._steps = steps
        self._last = perf_counter()

    def lap(self, name: str) -> None:
        """Book the time since the last lap."""
        now = perf_counter()
        self._steps[name] = now - self._last
        self._last = now

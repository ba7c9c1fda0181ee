"""The tea shop of the tutorial as an installation: a SQLite store, and Troth's own state on the test server."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from tests.docs.console import File, steps
from tests.forked import Said, run
from tests.ledger.conftest import copy_database, drop_database, url

from troth import wire
from troth.desk import publishing
from troth.desk.house import House
from troth.outbox.files import write_private

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorial.md"
STAFF = {"nell": "privacy-officer", "odo": "till"}
"""Who works there; only the first may sign."""
MAUD, JONAS = "customer-number=T-001", "customer-number=T-002"


@dataclass
class Still:
    """A clock that is set by hand."""

    at: datetime = datetime(2026, 6, 30, 12, tzinfo=UTC)

    def now(self) -> datetime:
        """The moment."""
        return self.at


@dataclass(frozen=True)
class Shop:
    """One installation in the hands of one test."""

    folder: Path
    clock: Still = field(default_factory=Still)

    @property
    def home(self) -> Path:
        """The installation's folder."""
        return self.folder / "home"

    @property
    def policy(self) -> Path:
        """The policy's folder."""
        return self.folder / "policy"

    @property
    def settings(self) -> wire.Settings:
        """As written."""
        return wire.read_settings(self.home)

    @contextmanager
    def house(self) -> Iterator[House]:
        """Opened, on the test's clock."""
        with wire.open_house(self.settings) as opened:
            yield replace(opened, clock=self.clock)

    def publish(self, by: str = "nell") -> None:
        """What `troth publish` does."""
        with self.house() as house:
            role, at = house.policy.staff[by].role, house.clock.now().isoformat()
            publishing.publish(house, self.policy, wire.sign_as(self.settings, by, role, house.policy.hash, at))

    def troth(self, *words: str, typed: str = "") -> Said:
        """Run one command as a user would."""
        return run(words, self.folder, self._environment, typed)

    def process(self, *words: str) -> Said:
        """The same as a program of its own."""
        done = subprocess.run(
            [Path(sys.executable).with_name("troth"), *words],
            check=False,
            capture_output=True,
            text=True,
            env={**os.environ, **self._environment},
            cwd=self.folder,
            timeout=60,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    @property
    def _environment(self) -> dict[str, str]:
        return {wire.HOME: str(self.home), "COLUMNS": "160"}


def build(folder: Path, database: str) -> None:
    """Make it: everything that the tutorial writes, two members of staff, and a first version in force."""
    for step in steps(TUTORIAL.read_text(encoding="utf-8")):
        if isinstance(step, File):
            (folder / step.path).parent.mkdir(parents=True, exist_ok=True)
            (folder / step.path).write_text(step.text, encoding="utf-8")
    with (folder / "policy/stores/shop.yaml").open("a", encoding="utf-8") as file:
        file.write("      wish: {element: wish, mask: null}\n")
    subprocess.run([sys.executable, "make_shop.py"], cwd=folder, check=True)
    shop = Shop(folder)
    wire.make_home(shop.home, embedded=False)
    _point(shop, database)
    settings = wire.initialise(shop.home, shop.policy)
    lines = [f"  {n}:\n    role: {r}\n    key: {wire.make_staff_key(settings, n)}\n" for n, r in STAFF.items()]
    (folder / "policy/staff.yaml").write_text("staff:\n" + "".join(lines), encoding="utf-8")
    shop.publish()


@contextmanager
def copied(template: Path, database: str, folder: Path, name: str) -> Iterator[Shop]:
    """A copy with databases of its own."""
    shutil.copytree(template, folder, dirs_exist_ok=True)
    copy_database(database, name)
    copy_database(f"{database}_vault", f"{name}_vault")
    shop = Shop(folder)
    _point(shop, name)
    try:
        yield shop
    finally:
        drop_database(name)
        drop_database(f"{name}_vault")


def _point(shop: Shop, database: str) -> None:
    secrets = f"SHOP={shop.folder / 'shop.db'}\nSTATE={url(database).reveal()}\n"
    write_private(shop.home / "secrets.env", secrets)
    write_private(shop.home / "settings.toml", f'policy = "{shop.policy}"\nstate = "${{STATE}}"\n')

"""Puts the sample airline on this machine: databases on the embedded server, roles, policy, the keys of its staff.

What it makes is an ordinary installation: every `troth` command works on it afterwards.
"""

import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from psycopg.conninfo import conninfo_to_dict

from examples.airline.data.credentials import Credentials, create_postgres
from examples.airline.data.generate import Targets, build
from troth import wire
from troth.desk import publishing
from troth.ledger.server import Server
from troth.outbox.files import write_private

POLICY = Path(__file__).parent / "policy"
STAFF = {"ines": "privacy-office"}
"""Staff who sign in the sample: id and role. Their keys are made on this machine, so they differ on every machine."""


@dataclass(frozen=True)
class Airline:
    """Where the sample stands."""

    home: Path
    rows: dict[str, dict[str, int]]
    """Store and table -> how many rows were made."""


def install(home: Path, *, customers: int, progress: Callable[[int, int, str], None]) -> Airline:
    """Make the sample in an empty folder."""
    wire.make_home(home)
    policy = home / "policy"
    shutil.copytree(POLICY, policy)
    settings = wire.initialise(home, policy)
    server = Server(settings.server)
    targets = _databases(server, home)
    rows = build(targets, customers=customers, progress=progress)
    write_private(home / "secrets.env", "".join(f"{name}={value}\n" for name, value in _secrets(server, home).items()))
    _staff(settings, policy)
    _publish(settings)
    return Airline(home, rows)


def _databases(server: Server, home: Path) -> Targets:
    for name in ("bookings", "loyalty"):
        server.create_database(name)
    return Targets(
        bookings=server.conninfo("bookings").reveal(),
        loyalty=server.conninfo("loyalty").reveal(),
        website=str(home / "website.db"),
    )


def _secrets(server: Server, home: Path) -> dict[str, str]:
    """Two credentials for each store, with passwords nobody chose."""
    found: dict[str, str] = {}
    names: tuple[Literal["bookings", "loyalty"], ...] = ("bookings", "loyalty")
    for store in names:
        made = Credentials(f"{store}_look", f"{store}_act", secrets.token_urlsafe(24), secrets.token_urlsafe(24))
        create_postgres(server.conninfo(store).reveal(), store, made)
        found[f"{store.upper()}_LOOK_URL"] = _url(server, store, made.look, made.look_password)
        found[f"{store.upper()}_ACT_URL"] = _url(server, store, made.act, made.act_password)
    found["WEBSITE_LOOK_URL"] = found["WEBSITE_ACT_URL"] = f"sqlite:///{home / 'website.db'}"
    return found


def _url(server: Server, database: str, user: str, password: str) -> str:
    parts = conninfo_to_dict(server.conninfo(database, user=user).reveal())
    folder = quote(str(parts["host"]), safe="")
    return f"postgresql://{user}:{quote(password)}@/{database}?host={folder}&port={parts['port']}"


def _staff(settings: wire.Settings, policy: Path) -> None:
    lines = ["staff:\n"]
    for staff, role in STAFF.items():
        lines.append(f"  {staff}:\n    role: {role}\n    key: {wire.make_staff_key(settings, staff)}\n")
    (policy / "staff.yaml").write_text("".join(lines), encoding="utf-8")


def _publish(settings: wire.Settings) -> None:
    """Put the policy in force, as `troth publish` does."""
    signer, role = next(iter(STAFF.items()))
    with wire.open_house(settings) as house:
        at = house.clock.now().isoformat()
        publishing.publish(house, settings.policy, wire.sign_as(settings, signer, role, house.policy.hash, at))

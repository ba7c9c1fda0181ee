"""Puts the sample airline on this machine: databases on the embedded server, roles, policy, the keys of its staff.

What it makes is an ordinary installation: every `troth` command works on it afterwards. The website is a SQLite file,
or a MariaDB database of yours.
"""

import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote, urlsplit

from psycopg.conninfo import conninfo_to_dict

from examples.airline.data.credentials import Credentials, create_mariadb, create_postgres
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


def install(home: Path, *, customers: int, progress: Callable[[int, int, str], None], mariadb: str = "") -> Airline:
    """Make the sample in an empty folder.

    Args:
        home: where; it is made.
        customers: how many, the cast's 209 among them.
        progress: told (customers done, customers in all, what is being done).
        mariadb: where store `website` is to be instead of a file: `mariadb://user:password@host:port/database`, an
            empty database, and a user who may create users. They outlive the folder: drop them yourself.
    """
    wire.make_home(home)
    policy = home / "policy"
    shutil.copytree(POLICY, policy)
    settings = wire.initialise(home, policy)
    server = Server(settings.server)
    targets = _databases(server, mariadb or str(home / "website.db"))
    rows = build(targets, customers=customers, progress=progress)
    found = _postgres_secrets(server)
    if mariadb:
        _website_on_mariadb(policy)
        found |= _mariadb_secrets(mariadb)
    else:
        found["WEBSITE_LOOK_URL"] = found["WEBSITE_ACT_URL"] = f"sqlite:///{targets.website}"
    write_private(home / "secrets.env", "".join(f"{name}={value}\n" for name, value in found.items()))
    _staff(settings, policy)
    _publish(settings)
    return Airline(home, rows)


def _databases(server: Server, website: str) -> Targets:
    for name in ("bookings", "loyalty"):
        server.create_database(name)
    return Targets(
        bookings=server.conninfo("bookings").reveal(),
        loyalty=server.conninfo("loyalty").reveal(),
        website=website,
    )


def _postgres_secrets(server: Server) -> dict[str, str]:
    found: dict[str, str] = {}
    names: tuple[Literal["bookings", "loyalty"], ...] = ("bookings", "loyalty")
    for store in names:
        made = _credentials(store)
        create_postgres(server.conninfo(store).reveal(), store, made)
        found[f"{store.upper()}_LOOK_URL"] = _url(server, store, made.look, made.look_password)
        found[f"{store.upper()}_ACT_URL"] = _url(server, store, made.act, made.act_password)
    return found


def _mariadb_secrets(url: str) -> dict[str, str]:
    parts = urlsplit(url)
    made = _credentials(parts.path.strip("/"))  # users belong to the whole server: named after the database
    create_mariadb(url, made)
    place = parts.netloc.rpartition("@")[2] + parts.path
    return {
        "WEBSITE_LOOK_URL": f"mariadb://{made.look}:{quote(made.look_password)}@{place}",
        "WEBSITE_ACT_URL": f"mariadb://{made.act}:{quote(made.act_password)}@{place}",
    }


def _credentials(name: str) -> Credentials:
    """Two for each store, with passwords nobody chose."""
    return Credentials(f"{name}_look", f"{name}_act", secrets.token_urlsafe(24), secrets.token_urlsafe(24))


def _website_on_mariadb(policy: Path) -> None:
    """The map is the same; only the engine is another."""
    file = policy / "stores" / "website.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("engine: sqlite", "engine: mariadb"), encoding="utf-8")


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

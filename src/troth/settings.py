"""The settings of one installation: where its policy, its own state and its keys are. Reads files, opens nothing."""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from troth.desk.mail_rules import MailRules, mail_from
from troth.desk.pace import STEADY, Pace, pace_from
from troth.ledger import keyfile
from troth.ledger.database import vault_beside
from troth.ledger.server import Server
from troth.model.personal import Personal, Secret
from troth.model.problem import InputError
from troth.outbox.smtp import MessageSettings, messages_from

HOME = "TROTH_HOME"
DATABASE = "troth"

LIMITS = {f"{what}_timeout": f"TROTH_{what.upper()}_TIMEOUT" for what in ("connect", "lock", "statement")}
"""Settings of one store, and the variables under which adapters read them for all."""
TABLES = ("work", "stores", "mail", "messages")
"""Of settings.toml, beside its texts."""


@dataclass(frozen=True)
class Settings:
    """One installation, as settings.toml says it."""

    home: Path
    policy: Path
    state: str
    """Address of our own database; may hold `${NAME}`. Empty: the embedded server."""
    server: Path
    environment: Mapping[str, str]
    pace: Pace = STEADY
    mail: MailRules | None = None
    """None: this installation gates no mail."""
    limits: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Store -> how long it may keep us waiting, in the variables that its adapter reads."""
    messages: MessageSettings | None = None
    """None: we send nothing to people."""

    def __repr__(self) -> str:
        return f"Settings(home={self.home}, policy={self.policy}, embedded={not self.state})"


def home_folder(given: Path | None = None) -> Path:
    """The home that was named, or `TROTH_HOME`, or `./.troth`."""
    return (given or Path(os.environ.get(HOME) or ".troth")).expanduser().resolve()


def read_settings(home: Path) -> Settings:
    """Raises InputError `no-home`, `settings-unreadable`."""
    file = home / "settings.toml"
    try:
        said = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        remedy = "make one: `troth init --policy FOLDER`"
        raise InputError("no-home", f"there is no installation in `{home}`", remedy) from None
    except (OSError, ValueError) as error:
        raise InputError("settings-unreadable", f"`{file}`: {error}", "mend the file") from None
    work, stores, mail, messages = (said.pop(name, {}) for name in TABLES)
    unknown = set(said) - {"policy", "state", "server"}
    texts = all(isinstance(value, str) for value in said.values())
    if (
        unknown
        or not texts
        or "policy" not in said
        or not all(isinstance(table, dict) for table in (work, stores, mail, messages))
    ):
        names = ", ".join(f"`{name}`" for name in sorted(unknown)) or "`policy`"
        tables = "`[work]`, `[mail]`, `[messages]`, `[stores.ID]`"
        remedy = f"it holds the texts `policy`, `state`, `server` and the tables {tables}"
        raise InputError("settings-unreadable", f"`{file}`: {names} is not as expected", remedy)
    policy = Path(said["policy"])
    no_password_in(said.get("state", ""))
    environment = {**_secrets(home / "secrets.env"), **os.environ}
    return Settings(
        home=home,
        policy=policy if policy.is_absolute() else (home / policy).resolve(),
        state=said.get("state", ""),
        server=Path(said.get("server") or home / "server"),
        environment=environment,
        pace=pace_from(work),
        mail=mail_from(mail),
        limits={name: _limits(name, limits) for name, limits in stores.items()},
        messages=messages_from(messages, environment),
    )


def _limits(store: str, said: object) -> Mapping[str, str]:
    """How long one store may keep us waiting, in seconds. Raises InputError `bad-store-settings`."""
    limits: dict[str, Any] = said if isinstance(said, dict) else {"": said}
    for name, seconds in limits.items():
        if name not in LIMITS or type(seconds) not in (int, float) or not 0 < seconds < inf:
            message = f"settings.toml, `{name}` in `[stores.{store}]`: no setting, or not a number of seconds above 0"
            remedy = f"it may hold {', '.join(f'`{known}`' for known in LIMITS)}"
            raise InputError("bad-store-settings", message, remedy, exit_code=3)
    return {LIMITS[name]: str(seconds) for name, seconds in limits.items()}


def no_password_in(state: str) -> None:
    """Settings are copied, printed and shown; secrets.env is not."""
    try:
        password = conninfo_to_dict(state).get("password") if state else None
    except psycopg.Error:
        password = None  # a name alone, or no address: found out when it is opened
    if password and not re.fullmatch(r"\$\{\w+\}", str(password)):
        remedy = "write `${NAME}` in its place, and NAME=... into secrets.env (mode 0600) in the home"
        raise InputError("password-in-settings", "`state` holds a password in clear", remedy, exit_code=3)


def ring(settings: Settings) -> Path:
    """The folder of the keyring."""
    return settings.home / "keys" / "ring"


def databases(settings: Settings) -> tuple[Secret, Secret]:
    """The addresses of state and vault."""
    if settings.state:
        address = os.path.expandvars(settings.state)
        for name, value in settings.environment.items():
            address = address.replace(f"${{{name}}}", value)
        state = Personal(address)
        return state, vault_beside(state)
    server = Server(settings.server)
    return server.conninfo(DATABASE), server.conninfo(f"{DATABASE}_vault")


def _secrets(file: Path) -> dict[str, str]:
    if not file.exists():
        return {}
    text = keyfile.read(file).decode()
    pairs = (line.partition("=") for line in text.splitlines() if line.strip() and not line.startswith("#"))
    return {name.strip(): value.strip() for name, _, value in pairs}

"""Two credentials per store: one that looks and one that acts, made from the roles files beside this one."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal

import psycopg
from psycopg import sql

from examples.airline.data.load import HERE, connect_mariadb, statements

_PLACE: Final = re.compile(r""":(["'])([a-z_]+)\1""")


@dataclass(frozen=True, slots=True)
class Credentials:
    """Names and passwords of the two. Roles and users belong to a whole server, so the names are yours to choose."""

    look: str
    act: str
    look_password: str = field(repr=False)
    act_password: str = field(repr=False)

    def values(self) -> dict[str, str]:
        """By the names that the roles files use."""
        return {
            "look": self.look,
            "act": self.act,
            "look_password": self.look_password,
            "act_password": self.act_password,
        }


def create_postgres(conninfo: str, store: Literal["bookings", "loyalty"], credentials: Credentials) -> None:
    """Makes both roles for a built store.

    Raises:
        psycopg.Error: a role of that name exists, or `conninfo` may not create roles. Nothing was changed.
    """
    script = (HERE / f"{store}.roles.sql").read_text(encoding="utf-8")
    with psycopg.connect(conninfo) as connection:
        for statement in statements(script):
            text = _fill(
                statement,
                credentials,
                name=lambda value: sql.Identifier(value).as_string(connection),
                text=lambda value: sql.Literal(value).as_string(connection),
            )
            connection.execute(text.encode())


def create_mariadb(url: str, credentials: Credentials) -> None:
    """Makes both users for a built website.

    Raises:
        pymysql.Error: a user of that name exists, or `url` may not create users.
    """
    script = (HERE / "website.roles.mariadb.sql").read_text(encoding="utf-8")
    connection = connect_mariadb(url)
    try:
        for statement in statements(script):
            text = _fill(statement, credentials, name=connection.escape, text=connection.escape)
            with connection.cursor() as cursor:
                cursor.execute(text)
    finally:
        connection.close()


def _fill(script: str, credentials: Credentials, *, name: Callable[[str], str], text: Callable[[str], str]) -> str:
    """Puts values where a script has `:"key"` (a name) or `:'key'` (a text), quoted by the engine's own rules."""
    values = credentials.values()
    return _PLACE.sub(lambda found: (name if found[1] == '"' else text)(values[found[2]]), script)

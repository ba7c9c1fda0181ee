"""The machine of somebody who follows a page: an empty folder, and a PostgreSQL that the usual variables lead to."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from troth.ledger.server import Server

EMPTY_DATABASES = ("bookings", "loyalty")
"""Databases that the pages take for made."""


@dataclass(frozen=True)
class Machine:
    """Where a page is played."""

    folder: Path
    environment: Mapping[str, str]


@pytest.fixture
def machine() -> Iterator[Machine]:
    """A fresh one for each page. The server's account may pass its folder, so a page can start a server there too."""
    nest = Path(tempfile.mkdtemp(prefix="troth-page-"))
    nest.chmod(0o711)
    folder = nest / "work"
    folder.mkdir()
    server = Server(nest / "databases")
    try:
        server.start()
        for name in EMPTY_DATABASES:
            server.create_database(name)
        words = conninfo_to_dict(server.conninfo().reveal())
        yield Machine(folder, {f"PG{name.upper()}": str(words[name]) for name in ("host", "port", "user", "password")})
    finally:
        server.stop()
        shutil.rmtree(nest)


@pytest.fixture
def at_home(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Path:
    """This process, moved to that machine."""
    monkeypatch.chdir(machine.folder)
    for name, value in machine.environment.items():
        monkeypatch.setitem(os.environ, name, value)
    return machine.folder

"""What an installation writes is its owner's alone, and no password stands where settings are read aloud."""

import os
from pathlib import Path

import pytest
from tests.edges.shop import Shop

from troth import wire
from troth.model.problem import InputError
from troth.outbox.files import FolderShelf, write_private


@pytest.fixture(autouse=True)
def _usual_mask() -> None:
    os.umask(0o022)


def mode(path: Path) -> int:
    """The bits of permission."""
    return path.stat().st_mode & 0o777


@pytest.mark.parametrize("secret", ["postgresql://u:hunter2@127.0.0.1/x", "host=h user=u password=hunter2 dbname=x"])
def test_a_password_in_the_state_address_is_refused(shop: Shop, secret: str) -> None:
    """Before anything is made, with where to put it; by hand into the file as well. The password is not repeated."""
    done = shop.troth("init", "--policy", "policy", "--state", secret, "--home", "new")
    assert (done.returncode, "password-in-settings" in done.stderr) == (3, True)
    assert "secrets.env" in done.stderr
    assert "hunter2" not in done.stderr + done.stdout
    assert not (shop.folder / "new").exists()

    write_private(shop.home / "settings.toml", f'policy = "x"\nstate = "{secret}"\n')
    with pytest.raises(InputError, match="password in clear"):
        wire.read_settings(shop.home)


@pytest.mark.parametrize("address", ["${STATE}", "postgresql://u:${PW}@127.0.0.1/x", "postgresql://u@127.0.0.1/x"])
def test_an_address_without_a_password_of_its_own_is_read(shop: Shop, address: str) -> None:
    """Negative control."""
    write_private(shop.home / "settings.toml", f'policy = "x"\nstate = "{address}"\n')
    assert wire.read_settings(shop.home).state == address


def test_a_home_that_we_make_is_nobody_elses(shop: Shop) -> None:
    """The settings too, and the missing folders above it."""
    home = shop.folder / "a" / "b"
    write_private(shop.folder / "x" / "y" / "letter", "words")
    wire.make_home(home, embedded=False)
    assert [mode(path) for path in (home, home.parent, shop.folder / "x")] == [0o700] * 3
    assert mode(shop.home / "settings.toml") == 0o600


def test_a_package_stands_in_folders_of_its_own(tmp_path: Path) -> None:
    """Every folder that was missing is made private, not the last alone."""
    FolderShelf(tmp_path / "a" / "packages").put("case", {"data.csv": "words"})
    made = ("a", "a/packages", "a/packages/case")
    assert [mode(tmp_path / name) for name in made] == [0o700] * 3


@pytest.mark.parametrize("name", ["", "settings.toml", "keys", "outbox", "packages", "witness"])
def test_the_doctor_sees_what_others_may_read(shop: Shop, name: str) -> None:
    """Each with the command that closes it."""
    opened = shop.home / name
    if not opened.exists():
        opened.mkdir(mode=0o700)
    assert "open-to-others" not in [finding.code for finding in wire.examine(shop.home)]
    opened.chmod(0o755 if opened.is_dir() else 0o644)
    found = next(finding for finding in wire.examine(shop.home) if finding.code == "open-to-others")
    assert found.repair == f"chmod {700 if opened.is_dir() else 600} {opened}"


def test_homes_called_alike_have_servers_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the server cannot stand in the home, its place is named after the home's whole path."""

    class Away:
        """A server whose account cannot reach the folder."""

        def __init__(self, folder: Path) -> None:
            folder.mkdir(parents=True)
            (folder / "left").touch()

        def start(self) -> None:
            """Refuse."""
            raise wire.ServerError("folder-unreachable", "the account cannot pass", "open it")

    monkeypatch.setattr(wire, "Server", Away)
    assert wire._server_folder(tmp_path / "a" / ".troth") != wire._server_folder(tmp_path / "b" / ".troth")

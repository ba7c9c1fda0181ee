"""The embedded PostgreSQL: one private server in one folder, with nothing to install.

`Server(folder).start()` finds it running, starts it, or brings it back after a crash; however many processes ask at
once, there is one server and all get the same address. It outlives the process that started it.

Never: listens on the network, trusts a local user, changes a folder above its own, writes a value to its log, ends a
process that is not its own, or touches the data of another major version. One machine, one process namespace, Linux.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from troth.ledger import server_processes as processes
from troth.ledger.server_binaries import MAJOR, binaries
from troth.ledger.server_place import Account, Place, ServerError, StillAliveError, default_folder, found, prepared
from troth.ledger.server_settings import DOOR, PORT, settings
from troth.model.personal import Secret

__all__ = ["MAJOR", "SUPERUSER", "Server", "ServerError", "default_folder"]

SUPERUSER = "troth"

_ATTEMPTS = 3
_START_SECONDS = 60.0
_DEAF_SECONDS = 5.0
_STOP = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 5.0))  # fast, then immediate; then the kernel's
_KILL_SECONDS = 10.0
_INITDB_SECONDS = 120.0
_ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC", "PATH": "/usr/bin:/bin"}
_LOG_BYTES = 1_000_000
_NAME_BYTES = 63
_CODED = re.compile(rb"^\S+ \S+ \S+ \d+ ([0-9A-Z]{5}) (?:FATAL|PANIC): ", re.MULTILINE)


@dataclass(frozen=True)
class Server:
    """The server of one instance folder. A value: it holds no connection and no process."""

    folder: Path

    def start(self) -> None:
        """Have the server running and accepting when this returns. Idempotent.

        Raises:
            ServerError: `folder-*`, `binaries-*`, `initdb-failed`, `server-other-version`, `server-unreachable`, ...
        """
        _must_be_linux()
        place = prepared(self.folder)
        try:
            with place.locked():
                programs = binaries(place.account)
                if not place.data.exists():
                    _make_data(place, programs)
                _must_be_our_version(place)
                _start(place, programs)
        except OSError as error:
            raise ServerError(
                "folder-unwritable",
                f"`{place.folder}` cannot be worked in ({error.strerror})",
                "see to the disk's space and the folder's owner, then ask again",
            ) from None

    def stop(self) -> None:
        """Stop the server if it runs: clients are cut off, open transactions are undone, committed ones kept."""
        place = found(self.folder)
        if place is None:
            return
        with place.locked():
            _end(place)

    def running(self) -> bool:
        """Whether the server runs and answers on its socket. Asks without logging in and leaves no trace in its log."""
        place = found(self.folder)
        if place is None:
            return False
        return _ready(place, _postmaster(place)) and _answers(place)

    def conninfo(self, database: str = "postgres", *, user: str = SUPERUSER) -> Secret:
        """Where and how to connect, for libpq. Holds the superuser's password, so it is a secret.

        For another `user` it holds no password: that role has its own, which the caller adds.
        """
        place = found(self.folder)
        if place is None or not place.socket_folder_is_ours():
            raise ServerError("server-unreachable", f"no server was started in `{self.folder}`", "start it first")
        password = {"password": place.password()} if user == SUPERUSER else {}
        return Secret(
            make_conninfo("", host=str(place.socket_folder), port=PORT, dbname=database, user=user, **password)
        )

    def create_database(self, name: str) -> None:
        """Create the database unless it is there. The name is taken as it is, quotes and capitals included."""
        if not name or "\0" in name or len(name.encode()) > _NAME_BYTES:
            raise ServerError(
                "database-name", f"`{name[:80]!r}` cannot name a database", f"use 1 to {_NAME_BYTES} bytes without NUL"
            )
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name))
        try:
            with psycopg.connect(self.conninfo().reveal(), autocommit=True, connect_timeout=10) as connection:
                connection.execute(statement)
        except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
            return  # UniqueViolation: somebody else created it at the same moment
        except psycopg.Error as error:
            raise ServerError(
                "server-unreachable",
                f"the database `{name}` could not be created (SQLSTATE {error.sqlstate or 'none: no connection'})",
                "see that the server runs, then ask again",
            ) from None


def _start(place: Place, programs: Path) -> None:
    """Find the server accepting, or clear what a crash left and launch it: at most `_ATTEMPTS` times."""
    until = time.monotonic() + _START_SECONDS
    offset = place.log.stat().st_size if place.log.exists() else 0
    for attempt in range(_ATTEMPTS):
        if _becomes_ready(place, _postmaster(place), until):
            return
        _end(place)
        try:
            pid = _launch(place, programs)
        except StillAliveError:  # just being born when we looked, its starter killed: look again
            if attempt == _ATTEMPTS - 1:
                raise
        else:
            if _becomes_ready(place, pid, until):
                return
    codes = _codes_since(place, offset)
    raise ServerError(
        "server-unreachable",
        f"PostgreSQL in `{place.folder}` did not start in {_ATTEMPTS} attempts; its log says {codes}",
        f"look up the code in PostgreSQL's list of error codes, and the lines in `{place.log}`",
    )


def _becomes_ready(place: Place, pid: int, until: float) -> bool:
    """Wait while the postmaster lives: True once it accepts, False when it is gone or has lost its socket."""
    deaf_until = None
    while processes.lives(pid):
        if _ready(place, pid):
            if _answers(place):
                return True
            deaf_until = deaf_until or time.monotonic() + _DEAF_SECONDS
            if time.monotonic() > deaf_until:
                return False
        if time.monotonic() > until:
            raise ServerError(
                "server-starting",
                f"PostgreSQL in `{place.folder}` has been starting or recovering for {_START_SECONDS:.0f} s",
                "it goes on by itself: ask again in a minute",
            )
        time.sleep(0.01)
    return False


def _launch(place: Place, programs: Path) -> int:
    """Clear what a crash left, write the settings anew, start the postmaster, and give its pid."""
    with place.claimed() as claim:
        place.cleared()
        place.make_socket_folder()
        door = place.folder / "pg_hba.conf"
        place.write(door.name, DOOR, for_server=True)
        place.write("postgresql.conf", settings(place.socket_folder, door), for_server=True)
        return _spawn(place, programs, claim)


def _spawn(place: Place, programs: Path, claim: int) -> int:
    """Start the postmaster as nobody's child.

    The shell in between ends at once, so the server outlives us and leaves us no zombie, and it forbids core dumps,
    which would hold rows in clear.
    """
    script = 'ulimit -c 0; "$@" >&2 & echo $!'
    command = [str(programs / "postgres"), "-D", str(place.data)]
    command += ["-c", f"config_file={place.folder / 'postgresql.conf'}"]
    with _log(place) as log:
        try:
            shell = subprocess.run(  # noqa: S603
                ["/bin/sh", "-c", script, "sh", *command],
                check=True,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                env=_ENVIRONMENT,
                start_new_session=True,
                umask=0o077,
                pass_fds=(claim,),
                **place.account.spawn(),
            )
        except (OSError, subprocess.SubprocessError):
            raise ServerError(
                "server-unreachable",
                f"no program can be started as user {place.account.uid}",
                "run as an ordinary user",
            ) from None
    return int(shell.stdout)


def _end(place: Place) -> None:
    """End every process of this data folder: the postmaster politely first, orphans of a dead one at once."""
    for number, seconds in _STOP:
        pid = _postmaster(place)
        if not pid:
            break
        processes.send(pid, number, place.data)
        if processes.empties(place.data, seconds):
            return
    if not processes.kill_all(place.data, _KILL_SECONDS):
        raise ServerError(
            "server-unstoppable",
            f"processes of `{place.data}` do not end: {processes.living_in(place.data)}",
            "a disk that does not answer holds them; when it does again, ask again",
        )


def _postmaster(place: Place) -> int:
    """The living postmaster's pid, or 0. A pid file is a claim: its pid may be a stranger's by now."""
    claimed = _claims(place)[:1]
    pid = int(claimed[0]) if claimed and claimed[0].isdigit() else 0
    return pid if pid in processes.living_in(place.data) else 0


def _ready(place: Place, pid: int) -> bool:
    """Whether the postmaster of this pid says that it accepts connections: the eighth line of its pid file."""
    claims = _claims(place)
    return pid != 0 and claims[:1] == [str(pid)] and [line.strip() for line in claims[7:8]] == ["ready"]


def _claims(place: Place) -> list[str]:
    try:
        return (place.data / "postmaster.pid").read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return []


def _answers(place: Place) -> bool:
    """Whether somebody listens on our socket. Nothing is sent, so nothing is logged."""
    if not place.socket_folder_is_ours():
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(2)
        try:
            probe.connect(str(place.socket))
        except (BlockingIOError, TimeoutError):
            return True  # a full queue: busy, not deaf
        except OSError:
            return False
    return True


def _make_data(place: Place, programs: Path) -> None:
    """Make the data folder beside its name and rename it when it is whole and on disk."""
    fresh = place.unfinished
    processes.kill_all(fresh, _KILL_SECONDS)  # an `initdb` whose starter was killed still writes here
    maker = _maker(place.account)
    place.make_password()
    with place.claimed() as claim:
        with suppress(FileNotFoundError):
            shutil.rmtree(fresh)
        fresh.mkdir(mode=0o700)
        if place.account.dropped:
            os.chown(fresh, maker, place.account.gid)
        _initdb(place, programs, maker, claim)
    for name in ("postgresql.conf", "pg_hba.conf"):  # ours lie in the instance folder: one of each, no second door
        (fresh / name).unlink()
    if place.account.dropped:
        _give(fresh, place.account)
    _sync(fresh)
    fresh.rename(place.data)
    _sync(place.folder)


def _maker(account: Account) -> int:
    """Who runs `initdb`: it refuses an id without an account name, so root lends it `nobody` and takes the files back.

    Other processes of `nobody` come no nearer: the group, which opens the instance folder, is the server's own.
    """
    try:
        return pwd.getpwnam("nobody").pw_uid if account.dropped else pwd.getpwuid(account.uid).pw_uid
    except KeyError:
        who = "`nobody`" if account.dropped else f"for user {account.uid}"
        raise ServerError(
            "account-missing", f"this machine has no account {who}", "create it, or run as a user who has an account"
        ) from None


def _initdb(place: Place, programs: Path, maker: int, claim: int) -> None:
    command = [str(programs / "initdb"), "-D", str(place.unfinished), "-U", SUPERUSER, "--pwfile=/dev/stdin"]
    command += ["--auth=scram-sha-256", "--data-checksums", "--encoding=UTF8", "--no-instructions"]
    command += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    with tempfile.TemporaryFile(dir=place.folder) as password, _log(place) as log:  # has no name: nothing to leave
        password.write(place.password().encode() + b"\n")
        password.flush()
        password.seek(0)
        if place.account.dropped:
            os.fchown(password.fileno(), maker, place.account.gid)
        outcome = "it took too long"
        with suppress(OSError, subprocess.SubprocessError):
            done = subprocess.run(  # noqa: S603
                command,
                check=False,
                cwd=place.unfinished,
                stdin=password,
                stdout=subprocess.DEVNULL,
                stderr=log,
                env=_ENVIRONMENT,
                start_new_session=True,
                umask=0o077,
                pass_fds=(claim,),
                timeout=_INITDB_SECONDS,
                **place.account.spawn(maker),
            )
            if done.returncode == 0:
                return
            outcome = f"exit code {done.returncode}"
    processes.kill_all(place.unfinished, _KILL_SECONDS)
    raise ServerError(
        "initdb-failed",
        f"PostgreSQL could not make its data folder in `{place.folder}` ({outcome})",
        f"see that the disk has 100 MB to spare, then ask again; details are in `{place.log}`",
    )


def _must_be_our_version(place: Place) -> None:
    try:
        major = (place.data / "PG_VERSION").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise ServerError(
            "data-damaged", f"`{place.data}` is not a PostgreSQL data folder", "bring it back from your backup"
        ) from None
    if major != str(MAJOR):
        raise ServerError(
            "server-other-version",
            f"`{place.data}` was made by PostgreSQL {major}, this is PostgreSQL {MAJOR}",
            f"dump it with the programs of {major} (pg_dumpall) and load the dump into a new instance folder",
        )


def _must_be_linux() -> None:
    if not Path("/proc/self/cwd").exists() or not hasattr(os, "pidfd_open"):
        raise ServerError(
            "system-unsupported", "the embedded PostgreSQL needs Linux", "point Troth to a PostgreSQL server of yours"
        )


def _give(folder: Path, account: Account) -> None:
    """Hand a whole tree to the account."""
    for path, folders, files in os.walk(folder):
        for name in (".", *folders, *files):
            os.chown(Path(path) / name, account.uid, account.gid, follow_symlinks=False)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _log(place: Place) -> BinaryIO:
    """The server's log, open for adding to; one that grew large is put aside first."""
    if place.log.exists() and place.log.stat().st_size > _LOG_BYTES:
        place.log.replace(place.log.with_suffix(".log.1"))
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    return os.fdopen(os.open(place.log, flags, 0o600), "ab")


def _codes_since(place: Place, offset: int) -> str:
    """The SQLSTATE codes that the log gained, without its words."""
    with suppress(FileNotFoundError), place.log.open("rb") as log:
        log.seek(offset if offset <= place.log.stat().st_size else 0)  # put aside meanwhile: all of it is new
        codes = [code.decode() for code in _CODED.findall(log.read(_LOG_BYTES))]
        if codes:
            return ", ".join(f"`{code}`" for code in dict.fromkeys(codes[-5:]))
    return "no code"

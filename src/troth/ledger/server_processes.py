"""Finding and ending the PostgreSQL processes of one data folder, and of that folder only.

Every PostgreSQL process makes its data folder its working folder, so the kernel itself says whose it is: a process
counts when its name is PostgreSQL's and its working folder is the very folder (device and inode) that was asked about.
A pid file alone is never believed, since pids are used again. Nothing here ends a process it has not just identified.
Needs `/proc` and pidfds: Linux 5.3 or later.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

_PROC = Path("/proc")
_NAMES = frozenset({"postgres", "initdb"})
_PAUSE = 0.01


def living_in(folder: Path) -> list[int]:
    """Pids of the PostgreSQL processes that work in `folder`. Zombies have no working folder and do not count."""
    try:
        here = folder.stat()
    except FileNotFoundError:
        return []
    return [pid for pid in _pids() if _works_in(pid, here)]


def lives(pid: int) -> bool:
    """Whether the process exists and is not a zombie that nobody has collected."""
    try:
        state = (_PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state not in {"Z", "X"}


def send(pid: int, number: signal.Signals, folder: Path) -> None:
    """Signal the process if it works in `folder`; a pid that was used again meanwhile is left alone."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        if _works_in(pid, folder.stat()):
            signal.pidfd_send_signal(handle, number)
    except (ProcessLookupError, FileNotFoundError):
        return
    finally:
        os.close(handle)


def empties(folder: Path, seconds: float) -> bool:
    """Wait until no PostgreSQL process works in `folder`; False when `seconds` were not enough."""
    until = time.monotonic() + seconds
    while living_in(folder):
        if time.monotonic() > until:
            return False
        time.sleep(_PAUSE)
    return True


def kill_all(folder: Path, seconds: float) -> bool:
    """Kill until none is left, newborn children included; False when `seconds` were not enough.

    Safe for committed data: what was promised is in the journal, and the next start replays it.
    """
    until = time.monotonic() + seconds
    while pids := living_in(folder):
        for pid in pids:
            send(pid, signal.SIGKILL, folder)
        if time.monotonic() > until:
            return False
        time.sleep(_PAUSE)
    return True


def _pids() -> Iterator[int]:
    return (int(entry) for entry in os.listdir(_PROC) if entry.isdigit())  # noqa: PTH208 - names are enough


def _works_in(pid: int, here: os.stat_result) -> bool:
    process = _PROC / str(pid)
    try:
        if (process / "comm").read_text(errors="replace").strip() not in _NAMES:
            return False
        return os.path.samestat((process / "cwd").stat(), here)
    except OSError:  # gone meanwhile, a zombie, or somebody else's
        return False

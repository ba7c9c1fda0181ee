"""A witness that is a file: checkpoints that left the database, kept where restoring the database does not reach.

One line of JSON for each checkpoint, only ever appended, flushed to the disk before it counts. A line that a crash cut
short is ignored and closed by the next one. The file proves nothing against its own operator; it is there so that a
restored database cannot forget in silence. Put the folder on another disk than the database, in another backup.
"""

import fcntl
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from troth.ledger.checkpoint import Checkpoint, VerifierKey, verify
from troth.ledger.errors import NoteError
from troth.ports.state import StateError

FILE = "checkpoints.jsonl"
_TAILS = (4_096, 262_144)
"""Bytes from the end that are read for the last line: the first hold it, unless a line is damaged."""


@dataclass(frozen=True)
class FileWitness:
    """The checkpoint file in one folder."""

    folder: Path
    key: VerifierKey
    """The log's own key: a line that it did not sign is damage."""

    @property
    def name(self) -> str:
        """How the state's deliveries call it."""
        return f"file:{self.folder}"

    @property
    def path(self) -> Path:
        """The file."""
        return self.folder / FILE

    def latest(self) -> Checkpoint | None:
        """The last checkpoint it was given; None before the first.

        Raises StateError `witness-damaged`, `witness-unreadable`.
        """
        try:
            with self.path.open("rb") as file:
                whole = _tail(file)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unreadable(error) from None
        return self._checkpoint(whole.rpartition(b"\n")[2]) if whole else None

    def add(self, note: str, at: str) -> None:
        """Append a checkpoint and flush it to the disk. The caller has shown that it continues `latest()`."""
        line = json.dumps({"at": at, "note": note}, ensure_ascii=False).encode() + b"\n"
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            new = not self.path.exists()
            handle = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
                _write_whole(handle, [b"\n"] if _is_torn(handle) else [], line)
            finally:
                os.close(handle)
            if new:
                _sync_folder(self.folder)
        except OSError as error:
            raise self._unreadable(error) from None

    def _checkpoint(self, line: bytes) -> Checkpoint:
        try:
            return verify(json.loads(line)["note"], [self.key])
        except (ValueError, KeyError, TypeError, NoteError):
            raise StateError(
                "witness-damaged",
                f"the last line of `{self.path}` is not a checkpoint of this ledger",
                "restore the file from its own backup; without it, reconcile",
            ) from None

    def _unreadable(self, error: OSError) -> StateError:
        return StateError(
            "witness-unreadable",
            f"`{self.path}` cannot be used ({error.strerror})",
            "see to the folder's owner, mode and space",
        )


def _tail(file: BinaryIO) -> bytes:
    """The end of the file with its last line whole; what follows the last newline was cut short."""
    size, whole = file.seek(0, os.SEEK_END), b""
    for most in _TAILS:
        file.seek(max(0, size - most))
        whole, _, _ = file.read().rpartition(b"\n")
        if size <= most or b"\n" in whole:
            break
    return whole


def _write_whole(handle: int, before: Iterable[bytes], line: bytes) -> None:
    data = b"".join([*before, line])
    while data:
        data = data[os.write(handle, data) :]
    os.fsync(handle)


def _is_torn(handle: int) -> bool:
    size = os.lseek(handle, 0, os.SEEK_END)
    return size > 0 and os.pread(handle, 1, size - 1) != b"\n"


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

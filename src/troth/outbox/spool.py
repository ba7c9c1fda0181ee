"""The spool as a folder: a sealed file for each message, and beside it a journal of what became of it.

A parcel is written whole, flushed and then named, so that after any crash it is there or not. The journal only grows,
one flushed line for each step; it holds numbers and codes, and no address. A torn last line is a step that did not
happen, and is done again.
"""

import errno
import fcntl
import json
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from troth.model.personal import Personal
from troth.model.problem import InputError
from troth.outbox.files import make_private
from troth.ports.sealing import Sealer
from troth.ports.spool import Addressee, Fate, Parcel

_PARCEL, _JOURNAL = ".parcel", ".journal"
_BEGUN, _ROOM = "handed-over-now", 512
"""A step that only makes sure of room for the next one."""


class FolderSpool:
    """The `Spool` port."""

    def __init__(self, folder: Path, sealer: Sealer) -> None:
        self._folder = folder
        self._sealer = sealer
        make_private(folder)

    def put(self, purpose: str, sender: str, recipients: Sequence[str], content: bytes, at: datetime) -> str:
        """See the port."""
        name = f"{at:%Y%m%dT%H%M%S}-{secrets.token_hex(8)}"
        head = json.dumps({"purpose": purpose, "sender": sender, "recipients": list(recipients), "at": at.isoformat()})
        plain = len(head.encode()).to_bytes(4) + head.encode() + content
        self._write(name, self._sealer.seal(plain, f"spool/{name}"))
        return name

    def ids(self) -> Sequence[str]:
        """See the port."""
        return sorted(path.stem for path in self._folder.glob(f"*{_PARCEL}"))

    def parcel(self, parcel: str) -> Parcel | None:
        """See the port."""
        try:
            plain = self._sealer.open(self._path(parcel, _PARCEL).read_bytes(), f"spool/{parcel}")
            size = int.from_bytes(plain[:4])
            head = json.loads(plain[4 : 4 + size])
            addressees = self._addressees(parcel, head["recipients"])
        except FileNotFoundError:
            return None
        except (ValueError, LookupError, TypeError, OSError):
            message = f"the parcel `{parcel}` cannot be opened"
            raise InputError("parcel-damaged", message, "put spool and keyring back from one backup") from None
        return Parcel(
            id=parcel,
            purpose=head["purpose"],
            sender=Personal(head["sender"]),
            content=Personal(plain[4 + size :]),
            arrived=datetime.fromisoformat(head["at"]),
            addressees=addressees,
        )

    def settle(self, parcel: str, number: int, fate: Fate, code: str, at: datetime, again: datetime | None) -> None:
        """See the port."""
        step = {"to": number, "fate": fate, "code": code, "at": at.isoformat()}
        self._append(parcel, {**step, "again": again.isoformat() if again else None}, flush=True)

    def begin(self, parcel: str, number: int, at: datetime) -> None:
        """See the port. A full disk shows here, and not when the message is gone."""
        self._append(parcel, {"to": number, "fate": _BEGUN, "at": at.isoformat(), "room": " " * _ROOM}, flush=False)

    def _append(self, parcel: str, step: Mapping[str, object], *, flush: bool) -> None:
        path = self._path(parcel, _JOURNAL)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "rb+", buffering=0) as journal:
            torn = journal.seek(0, os.SEEK_END) and not self._ends_with_line(path)
            line = (("\n" if torn else "") + json.dumps(step) + "\n").encode()
            if journal.write(line) != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
            if flush:
                os.fsync(journal.fileno())

    def done(self, parcel: str) -> None:
        """See the port. The journal goes last: without its parcel it means nothing."""
        for ending in (_PARCEL, _JOURNAL):
            self._path(parcel, ending).unlink(missing_ok=True)
        self._flush_folder()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """See the port. Drafts and journals without a parcel are what a crash left."""
        handle = os.open(self._folder / ".carrier", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle):
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                message = f"another mail gate carries the parcels in `{self._folder}`"
                raise InputError("spool-in-use", message, "stop it first; it finishes what is in hand") from None
            for draft in self._folder.glob(".*.draft"):
                draft.unlink(missing_ok=True)
            for journal in self._folder.glob(f"*{_JOURNAL}"):
                if not journal.with_suffix(_PARCEL).exists():
                    journal.unlink(missing_ok=True)
            yield

    def _addressees(self, parcel: str, recipients: Sequence[str]) -> tuple[Addressee, ...]:
        found = [Addressee(number, Personal(address)) for number, address in enumerate(recipients)]
        for step in self._steps(parcel):
            if step["fate"] == _BEGUN:
                continue
            last = found[step["to"]]
            found[step["to"]] = Addressee(
                number=last.number,
                address=last.address,
                fate=Fate(step["fate"]),
                code=step["code"],
                tries=last.tries + (step["fate"] == Fate.WAITING),
                next_try=datetime.fromisoformat(step["again"]) if step["again"] else None,
                note=step["code"] if step["fate"] == Fate.SENT else last.note,
            )
        return tuple(found)

    def _steps(self, parcel: str) -> Iterator[Any]:
        path = self._path(parcel, _JOURNAL)
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
            try:
                step = json.loads(line)
            except ValueError:
                continue  # torn by a crash: it did not happen
            yield step

    @staticmethod
    def _ends_with_line(path: Path) -> bool:
        with path.open("rb") as journal:
            journal.seek(-1, os.SEEK_END)
            return journal.read(1) == b"\n"

    def _write(self, name: str, sealed: bytes) -> None:
        draft = self._folder / f".{name}.draft"
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(sealed)
                file.flush()
                os.fsync(file.fileno())
            draft.rename(self._path(name, _PARCEL))
        except OSError:
            draft.unlink(missing_ok=True)
            raise
        self._flush_folder()

    def _flush_folder(self) -> None:
        handle = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def _path(self, parcel: str, ending: str) -> Path:
        if not parcel.replace("-", "").isalnum():
            raise ValueError("a parcel's name holds only letters, digits and dashes")
        return self._folder / f"{parcel}{ending}"

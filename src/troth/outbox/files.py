"""Letters and packages as files of mode 0600 in folders of mode 0700: written whole or not at all, destroyed when answered.

A letter names a person, because otherwise the recipient could not find anybody. That is why it has an end: it goes
when the recipient has acknowledged it.
"""

import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from troth.ports.outbox import Letter

WORK_ORDER = "work-order"
_NAME = re.compile(r"[A-Za-z0-9._-]+")


class FolderOutbox:
    """Letters for people or systems that fetch them: one folder for each case, one file for each recipient."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, letter: Letter, tell: str) -> str:
        """Write the letter where the recipient's carrier fetches it. Raises ValueError for a way that is not offered."""
        if tell != WORK_ORDER:
            raise ValueError(f"no way out is called `{tell}`: use `{WORK_ORDER}`")
        target = self._path(letter.case, letter.recipient)
        if not target.exists():
            body = {
                "format": "troth-letter/1",
                "case": letter.case,
                "recipient": letter.recipient,
                "asks": letter.asks,
                "elements": list(letter.elements),
                "identifiers": [{"kind": i.kind, "value": i.value.reveal()} for i in letter.identifiers],
                "answer_by": letter.answer_by.isoformat(),
            }
            write_private(target, json.dumps(body, ensure_ascii=False, indent=2) + "\n")
        return f"{letter.case}/{target.name}"

    def acknowledge(self, case: str, recipient: str) -> None:
        """Destroy the letter."""
        self._path(case, recipient).unlink(missing_ok=True)

    def open_letters(self, case: str) -> Sequence[str]:
        """Recipients whose letter is still there."""
        return tuple(sorted(path.stem for path in (self._folder / _safe(case)).glob("*.json")))

    def _path(self, case: str, recipient: str) -> Path:
        return self._folder / _safe(case) / f"{_safe(recipient)}.json"


class FolderShelf:
    """Packages as folders, one for each case."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, case: str, files: Mapping[str, str]) -> Path:
        """Build the package beside its place and move it there in one step, replacing an earlier one."""
        _private_folder(self._folder)
        target = self._folder / _safe(case)
        building = Path(tempfile.mkdtemp(prefix=".building-", dir=self._folder))
        try:
            for name, text in files.items():
                write_private(building / _safe(name), text)
            shutil.rmtree(target, ignore_errors=True)
            building.rename(target)
        except BaseException:
            shutil.rmtree(building, ignore_errors=True)
            raise
        return target

    def remove(self, case: str) -> bool:
        """Destroy the package's files."""
        target = self._folder / _safe(case)
        if not target.exists():
            return False
        shutil.rmtree(target)
        return True


def write_private(path: Path, text: str) -> None:
    """Write a file of mode 0600, whole or not at all, and make it last."""
    _private_folder(path.parent)
    handle, name = tempfile.mkstemp(prefix=".writing-", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).rename(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _private_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _safe(name: str) -> str:
    if not _NAME.fullmatch(name) or name.startswith("."):
        raise ValueError("a case, recipient or file name may hold only letters, digits, dot, dash and underscore")
    return name

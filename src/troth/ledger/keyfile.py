"""Secret files: written once, whole, for their owner alone, and read only while that is still so.

A key that others can read is not a key, so a file with a wider mode, another owner, or behind a link is refused, with
the command that repairs it. No content of a file is ever in an error.
"""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from troth.ledger.errors import KeyFileError

MAX_BYTES = 65_536
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


def make_folder(folder: Path) -> None:
    """Create `folder` for its owner alone (0700), or check the one that is there."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(folder, error) from None
    check_folder(folder)


def check_folder(folder: Path) -> None:
    """Refuse a key folder that is missing, not ours, or in which others could replace a key."""
    try:
        found = folder.stat()
    except OSError as error:
        raise _unusable(folder, error) from None
    if not stat.S_ISDIR(found.st_mode):
        raise KeyFileError("no-key-folder", f"`{folder}` is not a folder", "name the folder that holds the keys")
    _check_owner(folder, found)
    if found.st_mode & _OTHERS_WRITE:
        raise KeyFileError(
            "key-folder-open", f"others may write in the key folder `{folder}`", f"run `chmod 700 {folder}`"
        )


def create(path: Path, content: bytes) -> None:
    """Write a new secret file, mode 0600; it appears whole or not at all, and an existing one is never overwritten."""
    _put(path, content, replace=False)


def replace(path: Path, content: bytes) -> None:
    """Write a secret file, mode 0600, in the place of an earlier one; a crash leaves the one or the other."""
    _put(path, content, replace=True)


def read(path: Path) -> bytes:
    """The content of a secret file of ours; KeyFileError when it is missing, a link, too large or open to others."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise _unusable(path, error) from None
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise KeyFileError("not-a-key-file", f"`{path}` is not a plain file", "name the key file itself")
        _check_owner(path, found)
        if found.st_mode & _OTHERS:
            raise KeyFileError(
                "key-file-open",
                f"others than its owner may read the key file `{path}`",
                f"run `chmod 600 {path}`; if somebody may have read it, replace the key",
            )
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise KeyFileError("not-a-key-file", f"`{path}` is too large to be a key file", "name the key file itself")
    return content


def _put(path: Path, content: bytes, *, replace: bool) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(handle)
            if replace:
                draft.replace(path)
            else:
                os.link(draft, path)
        finally:
            draft.unlink(missing_ok=True)
        _sync_folder(path.parent)
    except FileExistsError:
        raise KeyFileError(
            "key-file-exists", f"the key file `{path}` is there already", "use it, or name a new file"
        ) from None
    except OSError as error:
        raise _unusable(path, error) from None


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _check_owner(path: Path, found: os.stat_result) -> None:
    if found.st_uid != os.geteuid():
        raise KeyFileError(
            "key-file-not-ours",
            f"`{path}` belongs to user {found.st_uid}, and this runs as user {os.geteuid()}",
            f"run as its owner, or run `chown {os.geteuid()} {path}`",
        )


def _unusable(path: Path, error: OSError) -> KeyFileError:
    return KeyFileError(
        "key-file-unusable",
        f"`{path}` cannot be used: {os.strerror(error.errno or 0)}",
        "check the path; restore the file from its own backup if it was lost",
    )

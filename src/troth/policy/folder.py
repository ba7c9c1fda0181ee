"""Reads a policy folder as text, and refuses what no text editor of a colleague would show as it is.

It knows which names count and how large a folder may be. It knows nothing of YAML or of policies.
"""

import codecs
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from troth.model.problem import Place
from troth.policy.report import Report, did_you_mean, shown

LIMIT_BYTES = 4 * 1024 * 1024
"""All files together. A large company's policy stays below 1 MB: above this, something else is in the folder."""

_DIRECTORIES = {"stores": ".yaml", "notice": ".md", "assessments": ".md"}
_MAY_HOLD_FOLDERS = "notice"
"""Each folder in it is a specific notice."""
_HIDING = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\u200b\u2060\ufeff]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ufffe\uffff]")


@dataclass(frozen=True)
class Folder:
    """The files that count, decoded, by path relative to the folder."""

    texts: Mapping[str, str]
    refused: frozenset[str]
    """Files that are there and cannot be read; why has been reported."""
    hash: str
    """sha256 (hex) over sorted names and texts as they are kept: UTF-8, no byte order mark, lines that end in LF."""

    def under(self, directory: str) -> tuple[str, ...]:
        """Names of the files in one directory, sorted."""
        before = f"{directory}/"
        return tuple(name for name in self.texts if name.startswith(before) and "/" not in name[len(before) :])

    def folders_under(self, directory: str) -> tuple[str, ...]:
        """Names of the folders in one directory, sorted."""
        before = f"{directory}/"
        inner = (name[len(before) :] for name in (*self.texts, *self.refused) if name.startswith(before))
        return tuple(sorted({name.partition("/")[0] for name in inner if "/" in name}))


def read_folder(root: Path, known: frozenset[str], report: Report) -> Folder:
    """Read what counts: the `known` files at the top, and the YAML and Markdown of the three directories."""
    if not root.is_dir():
        hint = "give the folder itself, not a file in it" if root.exists() else ""
        report.say("no-folder", f"there is no folder `{shown(str(root))}`", Place(shown(root.name)), hint)
        return Folder({}, frozenset(), "")
    contents: dict[str, bytes] = {}
    left = LIMIT_BYTES
    found = sorted(_files(root, known, report))
    for name, path in found:
        data = _read(name, path, left, report)
        if data is None:
            continue
        left -= len(data)
        if left < 0:
            limit = f"{LIMIT_BYTES // 1024 // 1024} MB"
            report.say("policy-too-large", f"the folder holds more than {limit} of policy text", Place(name))
            return Folder({}, frozenset(), "")
        contents[name] = data
    decoded = {name: _decode(name, data, report) for name, data in contents.items()}
    texts = {name: text for name, text in decoded.items() if text is not None}
    hashed = contents | {name: text.encode() for name, text in texts.items()}
    return Folder(texts, frozenset(name for name, _ in found) - texts.keys(), _digest(hashed))


def is_text_of(texts: Mapping[str, str], hash_: str) -> bool:
    """Whether these are the texts of the version with this hash.

    Versions of earlier releases are hashed as their files lay on the disk: with CRLF or a byte order mark, where all
    had it.
    """
    written = (
        {name: mark + text.replace("\n", ending).encode() for name, text in texts.items()}
        for mark in (b"", codecs.BOM_UTF8)
        for ending in ("\n", "\r\n")
    )
    return any(_digest(contents) == hash_ for contents in written)


def _files(root: Path, known: frozenset[str], report: Report) -> Iterator[tuple[str, Path]]:
    for path in sorted(root.iterdir()):
        if path.name.startswith(".") or path.suffix not in {".yaml", ".yml"} or path.is_dir():
            continue
        if path.name in known:
            yield path.name, path
        else:
            hint = did_you_mean(path.name, known)
            report.say("unknown-file", f"`{shown(path.name)}` is no file of a policy", Place(shown(path.name)), hint)
    for directory, suffix in _DIRECTORIES.items():
        if not (root / directory).is_dir():
            continue
        yield from _files_in(root / directory, directory, suffix, report)
        for path in sorted((root / directory).iterdir()) if directory == _MAY_HOLD_FOLDERS else ():
            if path.is_dir() and not path.name.startswith(".") and path.suffix != suffix:
                yield from _files_in(path, f"{directory}/{path.name}", suffix, report)


def _files_in(folder: Path, within: str, suffix: str, report: Report) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        name = f"{within}/{path.name}"
        if path.suffix == suffix:
            yield name, path
        elif not (path.is_dir() and within == _MAY_HOLD_FOLDERS):
            hint = f"`{within}/` holds `*{suffix}` files only"
            report.say("unknown-file", f"`{shown(name)}` is no file of a policy", Place(shown(name)), hint)


def _read(name: str, path: Path, left: int, report: Report) -> bytes | None:
    """At most one byte more than is left: a huge file is refused, not read."""
    try:
        if path.is_file():
            with path.open("rb") as file:
                return file.read(left + 1)
    except OSError:
        pass
    report.say("unreadable-file", f"`{shown(name)}` cannot be read", Place(name))
    return None


def _decode(name: str, data: bytes, report: Report) -> str | None:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        message = f"byte {error.start} (0x{data[error.start]:02x}) is not UTF-8"
        report.say("wrong-encoding", message, Place(name, line, column))
        return None
    found = _CONTROL.search(text)
    if found:
        message = f"the control character U+{ord(found[0]):04X} stands here"
        report.say("control-character", message, _place_at(name, text, found.start()))
        return None
    for hidden in _HIDING.finditer(text):
        message = f"the invisible character U+{ord(hidden[0]):04X} stands here"
        report.say("hidden-character", message, _place_at(name, text, hidden.start()))
        break
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _place_at(name: str, text: str, offset: int) -> Place:
    return Place(name, text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))


def _digest(contents: Mapping[str, bytes]) -> str:
    total = hashlib.sha256()
    for name in sorted(contents):
        for part in (name.encode(errors="surrogateescape"), contents[name]):
            total.update(len(part).to_bytes(8, "big"))
            total.update(part)
    return total.hexdigest()

"""Letters and packages as files that only we can read: written whole or not at all, destroyed when answered.

A letter names a person, because otherwise the recipient could not find anybody. That is why it has an end: it goes
when the recipient has acknowledged it.
"""

import json
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from email.message import EmailMessage
from pathlib import Path

from troth.model.law import NOBODY, cited, uncited
from troth.model.problem import InputError
from troth.ports.outbox import WORK_ORDER, KeptRows, Letter
from troth.show.unchecked import SENTENCE
from troth.show.words import count, day

MAIL = "mail:"
LAWS = {"erase": cited("GDPR Art. 28(3)", NOBODY), "note": cited("GDPR Art. 19", NOBODY)}
"""What is asked of a recipient, with the law behind it."""
SUBJECTS = {
    "erase": "Please erase: case {}, answer by {}",
    "note": "Erased here, please check: case {}, answer by {}",
}
"""Whoever decides by their own law is told and asked, and is given no order."""
_NAME = re.compile(r"[A-Za-z0-9._-]+")


class FolderOutbox:
    """Letters in a pickup folder: one folder for each case, one file for each recipient.

    A `work-order` is JSON for a person or system that fetches it. A `mail:ADDRESS` is a message in the form of RFC 5322
    for the mailer that empties the folder; nothing is sent from here.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, letter: Letter, tell: str) -> str:
        """Write the letter where its carrier fetches it. Raises InputError for a way that is not offered."""
        (sent,) = self.send_all([(letter, tell)])
        if isinstance(sent, InputError):
            raise sent
        return sent

    def send_all(self, letters: Sequence[tuple[Letter, str]]) -> Sequence[str | InputError]:
        """See the port."""
        answers: list[str | InputError] = []
        texts: dict[Path, str] = {}  # each in place of an earlier one, which said less
        for letter, tell in letters:
            try:
                name, text = _written(letter, tell)
            except InputError as error:
                answers.append(error)
            else:
                texts[self._folder / _safe(letter.case) / name] = text
                answers.append(f"{letter.case}/{name}")
        write_all_private(texts)
        return answers

    def acknowledge(self, case: str, recipient: str) -> None:
        """Destroy the letter."""
        for name in (f"{_safe(recipient)}.*", f".{_safe(recipient)}.*"):
            for written in (self._folder / _safe(case)).glob(name):
                written.unlink(missing_ok=True)

    def letters(self, case: str) -> Sequence[str]:
        """Recipients whose letter is still here. A mailer may have taken it: that is no answer."""
        return tuple(sorted(path.stem for path in (self._folder / _safe(case)).glob("[!.]*.*")))


def _written(letter: Letter, tell: str) -> tuple[str, str]:
    name = _safe(letter.recipient)
    body = json.dumps(_body(letter), ensure_ascii=False, indent=2) + "\n"
    if tell == WORK_ORDER:
        return f"{name}.json", body
    if tell.startswith(MAIL):
        message = EmailMessage()
        message["From"] = letter.contact
        message["To"] = tell.removeprefix(MAIL)
        message["Subject"] = SUBJECTS[letter.asks].format(letter.case, day(letter.answer_by))
        message.set_content(_text(letter))
        message.add_attachment(
            body.encode(), maintype="application", subtype="json", filename=f"{letter.case}.json", cte="base64"
        )
        return f"{name}.eml", message.as_string()
    raise InputError(
        "no-way-out",
        f"`{letter.recipient}` is to be told by `{tell}`, which this installation cannot do",
        f"declare `{WORK_ORDER}` or `{MAIL}ADDRESS` in recipients.yaml",
        exit_code=3,
    )


def _text(letter: Letter) -> str:
    """The letter as a person reads it."""
    lines = [f"To {letter.name}", "", *_asked(letter), ""]
    lines += [f"Data: {', '.join(letter.elements)}", "Person:"]
    lines += [f"  {i.kind.replace('-', ' ')}: {i.value.reveal()}" for i in letter.identifiers]
    lines += [_kept(kept) for kept in letter.keeps]
    lines.append(SENTENCE)
    lines += ["", f"{letter.sender}, {letter.contact}", f"Case {letter.case}", ""]
    return "\n".join(lines)


def _kept(kept: KeptRows) -> str:
    until = f"until {day(kept.until)}" if kept.until else "until its period ends"
    what = f"{', '.join(kept.elements)} ({count(kept.rows, 'record')}), {until}"
    return f"Not to be erased, because a law keeps it ({uncited(kept.law)}): {what}"


def _asked(letter: Letter) -> list[str]:
    by = day(letter.answer_by)
    if letter.asks == "erase":
        return [
            f"On behalf of {letter.sender}: please erase the following data about the person named below,",
            f"and confirm by {by} (Art. 28(3) GDPR).",
        ]
    return [
        "We are erasing data about the person named below that you received from us, and tell you so (Art. 19 GDPR).",
        f"Please check whether you must erase it too, and tell us the outcome by {by}.",
    ]


def _body(letter: Letter) -> dict[str, object]:
    return {
        "format": "troth-letter/1",
        "case": letter.case,
        "from": letter.sender,
        "contact": letter.contact,
        "recipient": letter.recipient,
        "asks": letter.asks,
        "law": LAWS[letter.asks],
        "elements": list(letter.elements),
        "identifiers": [{"kind": i.kind, "value": i.value.reveal()} for i in letter.identifiers],
        "to_do": _to_do(letter),
        "keeps": [
            {**asdict(kept), "elements": list(kept.elements), "until": kept.until.isoformat() if kept.until else None}
            for kept in letter.keeps
        ],
        "answer_by": letter.answer_by.isoformat(),
    }


def _to_do(letter: Letter) -> str:
    """What somebody of ours has to do before the recipient knows anything."""
    if not letter.identifiers:
        return "Nothing this recipient gets names the person: somebody of ours writes."
    if letter.by_hand:
        return f"No way to tell {letter.name} is declared: somebody of ours writes to them, and notes their answer."
    return ""


class FolderShelf:
    """Packages as folders, one for each case."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, case: str, files: Mapping[str, str]) -> Path:
        """Build the package beside its place and move it there in one step, replacing an earlier one.

        What a killed attempt left begins with the case's name, so that `remove` destroys it too.
        """
        make_private(self._folder)
        target, building = self._folder / _safe(case), self._folder / f".{_safe(case)}.{os.getpid()}.draft"
        shutil.rmtree(building, ignore_errors=True)
        make_private(building)
        for name, text in files.items():
            write_private(building / _safe(name), text)
        shutil.rmtree(target, ignore_errors=True)
        building.rename(target)
        return target

    def holds(self, case: str) -> bool:
        """Whether the package, or what was begun of it, is there."""
        return (self._folder / _safe(case)).exists() or any(self._folder.glob(f".{_safe(case)}.*"))

    def names(self, case: str) -> tuple[str, ...]:
        """See the port."""
        found = (self._folder / _safe(case), *sorted(self._folder.glob(f"{_safe(case)}.*")))
        return tuple(place.name for place in found if self.holds(place.name))

    def remove(self, case: str) -> bool:
        """Destroy the package's files, and those of an attempt that was killed."""
        held = self.holds(case)
        for place in (self._folder / _safe(case), *self._folder.glob(f".{_safe(case)}.*")):
            with suppress(FileNotFoundError):
                shutil.rmtree(place)
        return held


def write_private(path: Path, text: str) -> None:
    """Write a file of mode 0600, whole or not at all, and make it last. A killed attempt is overwritten by the next."""
    write_all_private({path: text})


def write_all_private(texts: Mapping[Path, str]) -> None:
    """The same for several. All are written before the first is waited for: the disk takes them together."""
    drafts: list[tuple[Path, Path, int]] = []
    try:
        for path, text in texts.items():
            make_private(path.parent)
            draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
            draft.unlink(missing_ok=True)
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            drafts.append((draft, path, handle))
            with os.fdopen(handle, "w", encoding="utf-8", closefd=False) as file:
                file.write(text)
        for draft, path, handle in drafts:
            os.fsync(handle)
            draft.rename(path)
    finally:
        for *_, handle in drafts:
            os.close(handle)


def make_private(folder: Path, mode: int = 0o700) -> None:
    """Make a folder and those missing above it, none open to others. What is there already is left as it is."""
    if folder.exists():
        return
    for missing in reversed([path for path in (folder, *folder.parents) if not path.exists()]):
        missing.mkdir(exist_ok=True)
        missing.chmod(mode)


def _safe(name: str) -> str:
    if not _NAME.fullmatch(name) or name.startswith("."):
        raise ValueError("a case, recipient or file name may hold only letters, digits, dot, dash and underscore")
    return name

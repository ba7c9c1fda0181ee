"""One copy of a message for one recipient: advertising that they do not want is taken out, a way out is put in.

Whoever writes a message marks a block of advertising, in HTML and in plain text alike:

    <!-- troth:block offers --> ... <!-- troth:end -->          [troth:block offers]
                                                                ...
                                                                [troth:end]

Pure: bytes in, bytes out. What cannot be read for certain raises; nothing half-edited ever leaves. A signature of the
mailer's own (DKIM) would no longer hold, so it is taken off: the next hop signs. The one-click headers are RFC 8058.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from email.errors import MessageError
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP
from html import escape

_POLICY = SMTP.clone(refold_source="none")  # what nobody touched leaves as it came
_MARKS = {
    "html": re.compile(r"<!--\s*troth:(?:block\s+(?P<name>[a-z][a-z0-9-]*)|(?P<end>end))\s*-->"),
    "plain": re.compile(
        r"^[ \t]*\[troth:(?:block[ \t]+(?P<name>[a-z][a-z0-9-]*)|(?P<end>end))\][ \t]*\r?\n?", re.MULTILINE
    ),
}
_LOOKS_LIKE = re.compile(r"troth:(?:block|end)")
_OURS = ("DKIM-Signature", "List-Unsubscribe", "List-Unsubscribe-Post", "Bcc")
"""Headers that do not leave as they came: signatures we break, ways out that are not ours, hidden recipients."""
_BODY_END = re.compile(r"</body\s*>", re.IGNORECASE)
_CLOSED = ("multipart/signed", "multipart/encrypted", "application/pkcs7-mime")
"""Bodies that nobody may change, or read."""


class UnreadableMailError(Exception):
    """A message that cannot be edited for certain. `code` is stable; the text never quotes the message."""

    def __init__(self, code: str, says: str) -> None:
        super().__init__(says)
        self.code = code
        self.says = says


@dataclass(frozen=True)
class WayOut:
    """A link that ends this kind of message for this recipient, and the line that goes before it."""

    address: str
    says: str


@dataclass(frozen=True)
class Read:
    """What a message says about itself before it is sent."""

    headers: EmailMessage
    blocks: frozenset[str]
    hops: int
    """How often it was received: a loop shows there."""


def read(content: bytes) -> Read:
    """Read a message once. Raises UnreadableMailError: `mail-unreadable`, `block-not-closed`, `block-out-of-reach`."""
    message = _parsed(content)
    blocks = frozenset(name for part, kind in _texts(message) for name in _blocks(_text_of(part), kind))
    return Read(message, blocks, len(message.get_all("Received", [])))


def made_for(content: bytes, *, keep: Collection[str], way_out: WayOut | None, without: Collection[str] = ()) -> bytes:
    """The copy for one recipient: only the blocks in `keep` stay; `without` names further headers that do not leave.

    Raises UnreadableMailError, as `read` does.
    """
    message = _parsed(content)
    for name in (*_OURS, *without):
        del message[name]
    if way_out is not None:
        message["List-Unsubscribe"] = f"<{way_out.address}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    footed: set[str] = set()
    for part, kind in _texts(message):
        before = _text_of(part)
        after = _kept(before, kind, keep)
        if way_out is not None and kind not in footed:
            footed.add(kind)
            after = _footed(after, kind, way_out)
        if after != before:
            part.set_content(after, subtype=kind, charset="utf-8", disposition=part.get_content_disposition())
    return message.as_bytes(policy=_POLICY)


def _parsed(content: bytes) -> EmailMessage:
    try:
        message = BytesParser(policy=_POLICY).parsebytes(content)
        unread = any(part.defects for part in message.walk())
    except (MessageError, ValueError, LookupError):
        unread = True
    if unread or not isinstance(message, EmailMessage):
        raise UnreadableMailError("mail-unreadable", "the message is not well formed")
    return message


def _texts(message: EmailMessage) -> Iterator[tuple[EmailMessage, str]]:
    """Parts that a reader sees, with their kind. Into a signed or encrypted body nobody looks."""
    if message.get_content_type() in _CLOSED:
        return
    for part in message.iter_parts() if message.is_multipart() else (message,):
        if not isinstance(part, EmailMessage) or part.get_content_disposition() == "attachment":
            continue
        if part.is_multipart():
            yield from _texts(part)
        elif part.get_content_type() in ("text/plain", "text/html"):
            yield part, part.get_content_subtype()


def _text_of(part: EmailMessage) -> str:
    try:
        return str(part.get_content(errors="strict"))
    except (LookupError, UnicodeError, ValueError):
        raise UnreadableMailError("mail-unreadable", "the message's text is not in the encoding it names") from None


def _marks(text: str, kind: str) -> list[re.Match[str]]:
    """The marks of blocks, in pairs. A mark that is not understood would let advertising through."""
    marks = list(_MARKS[kind].finditer(text))
    paired = all((mark["end"] is None) == (number % 2 == 0) for number, mark in enumerate(marks))
    if not paired or len(marks) % 2 or len(marks) != len(_LOOKS_LIKE.findall(text)):
        raise UnreadableMailError("block-not-closed", "a mark of an advertising block has no counterpart")
    return marks


def _blocks(text: str, kind: str) -> Iterator[str]:
    yield from (mark["name"] for mark in _marks(text, kind) if mark["name"])


def _kept(text: str, kind: str, keep: Collection[str]) -> str:
    marks, said, at = _marks(text, kind), [], 0
    for begin, end in zip(marks[::2], marks[1::2], strict=True):
        said.append(text[at : begin.start()])
        if begin["name"] in keep:
            said.append(text[begin.end() : end.start()])
        at = end.end()
    return "".join((*said, text[at:]))


def _footed(text: str, kind: str, way_out: WayOut) -> str:
    if kind == "plain":
        return f"{text.rstrip()}\n\n-- \n{way_out.says}\n{way_out.address}\n"
    line = f'<p><a href="{escape(way_out.address)}">{escape(way_out.says)}</a></p>'
    ends = list(_BODY_END.finditer(text))
    at = ends[-1].start() if ends else len(text)
    return f"{text[:at]}{line}{text[at:]}"

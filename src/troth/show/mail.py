"""One copy of a message for one recipient: advertising that they do not want is taken out, a way out is put in.

Whoever writes a message marks a block of advertising, in HTML and in plain text alike:

    <!-- troth:block offers --> ... <!-- troth:end -->          [troth:block offers]
                                                                ...
                                                                [troth:end]

Pure: bytes in, bytes out. What cannot be read for certain raises; nothing half-edited ever leaves. Of a message in
several forms each form has to mark the same blocks, and a mark where nobody would cut is refused. A signature of the
mailer's own (DKIM, ARC) would no longer hold, so it is taken off: the next hop signs. The one-click headers are RFC
8058, and stand unfolded: mail programs look for the address as it is.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP
from html import escape
from typing import Any

_POLICY = SMTP.clone(refold_source="none")  # what nobody touched leaves as it came
_MARKS = {
    "html": re.compile(r"<!--\s*troth:(?:block\s+(?P<name>[a-z][a-z0-9-]*)|(?P<end>end))\s*-->"),
    "plain": re.compile(
        r"^[ \t]*\[troth:(?:block[ \t]+(?P<name>[a-z][a-z0-9-]*)|(?P<end>end))\][ \t]*\r?\n?", re.MULTILINE
    ),
}
_LOOKS_LIKE = re.compile(r"troth\s*:\s*(?:block|end)", re.IGNORECASE)
"""What somebody meant as a mark, also where it was broken over lines or written otherwise."""
_UNSEEN = re.compile("[\u0000\u00ad\u200b-\u200d\u2060-\u2064\ufeff]")
_TAG = re.compile("<[^>!-][^>]*>")
_COLON = re.compile("&(?:#0*58|#x0*3a|colon);", re.IGNORECASE)
_OURS = (
    "DKIM-Signature", "DomainKey-Signature", "ARC-Seal", "ARC-Message-Signature", "ARC-Authentication-Results",
    "List-Unsubscribe", "List-Unsubscribe-Post", "Bcc", "Resent-Bcc",
)  # fmt: skip
"""Headers that do not leave as they came: signatures we break, ways out that are not ours, hidden recipients."""
_BARE = re.compile(rb"\r(?!\n)|(?<!\r)\n")
_BREAKS = re.compile("[\0\v\f\x1c-\x1e\x85\u2028\u2029]")
"""What would begin a new line where a header is written anew, and so a header that nobody wrote."""
_CID = re.compile(r"""cid:([^"'\s>)]+)""", re.IGNORECASE)
_LINE = 998
"""Octets of one line (RFC 5322, 2.1.1)."""
_BODY_END = re.compile(r"</body\s*>", re.IGNORECASE)
_CLOSED = ("multipart/signed", "multipart/encrypted", "application/pkcs7-mime")
"""Bodies that nobody may change, or read."""
_FORMS = ("text/calendar",)
"""Forms of a message that tell a date and no more: they need no marks where the others have some."""


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
    """Read a message once.

    Raises UnreadableMailError: `mail-unreadable`, `block-not-closed`, `block-out-of-reach`, `block-uneven`.
    """
    message = _parsed(content)
    _within_reach(message)
    return Read(message, _named(message), len(message.get_all("Received", [])))


def made_for(
    content: bytes, *, keep: Collection[str], way_out: WayOut | None, without: Collection[str] = (), trace: str = ""
) -> bytes:
    """The copy for one recipient: only the blocks in `keep` stay; `without` names further headers that do not leave.

    `trace` is what the new Received header says. Raises UnreadableMailError, as `read` does.
    """
    message = _parsed(content)
    _within_reach(message)
    going = (*_OURS, *without)
    said = {"Received": trace} if trace else {}
    if way_out is not None:
        said |= {"List-Unsubscribe": f"<{way_out.address}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    rest = _edited(message, going) if _edit(message, keep, way_out) else _untouched(content, going)
    return b"".join(_line(*each) for each in said.items()) + rest


def _edited(message: EmailMessage, going: Collection[str]) -> bytes:
    for name in going:
        del message[name]
    return message.as_bytes(policy=_POLICY)


def _untouched(content: bytes, going: Collection[str]) -> bytes:
    """Only whole header lines go: a signature over the body holds, to the octet."""
    names = "|".join(re.escape(name) for name in going).encode()
    head, gap, body = content.partition(b"\r\n\r\n")
    left = re.sub(rb"(?im)^(?:" + names + rb")[ \t]*:.*\n(?:[ \t].*\n)*", b"", head + b"\r\n")
    return left + (b"\r\n" + body if gap else b"")


def _line(name: str, value: str) -> bytes:
    """A header as it stands here: the library would encode a long address, and no mail program would find it."""
    line = f"{name}: {value}\r\n".encode("ascii", "replace")
    if len(line) > _LINE or len(line.splitlines()) != 1:
        raise UnreadableMailError("header-too-long", f"the header {name} does not fit in one line")
    return line


def _edit(message: EmailMessage, keep: Collection[str], way_out: WayOut | None) -> bool:
    """Whether anything had to be changed."""
    footed: set[str] = set()
    shown_before: set[str] = set()
    shown_after: set[str] = set()
    changed = False
    for part, kind in _texts(message):
        before = _text_of(part)
        after = _kept(before, kind, keep)
        shown_before.update(_pictures(before))
        shown_after.update(_pictures(after))
        if way_out is not None and kind not in footed:
            footed.add(kind)
            after = _footed(after, kind, way_out)
        if after != before:
            _put(part, kind, after)
            changed = True
    _drop_pictures(message, shown_before - shown_after)
    return changed


def _pictures(text: str) -> set[str]:
    return {re.sub("%([0-9A-Fa-f]{2})", lambda code: chr(int(code[1], 16)), name) for name in _CID.findall(text)}


def _put(part: EmailMessage, kind: str, text: str) -> None:
    """New text in a part, which keeps what else was said of it."""
    said = {name: value for name, value in part.items() if name.lower() in ("content-id", "content-language")}
    flowed = {name: str(value) for name in ("format", "delsp") if (value := part.get_param(name))}
    part.set_content(text, subtype=kind, charset="utf-8", disposition=part.get_content_disposition(), params=flowed)
    for name, value in said.items():
        del part[name]
        part[name] = value


def _drop_pictures(message: EmailMessage, gone: Collection[str]) -> None:
    """Pictures that only a block showed go with it: without it they would be shown as attachments."""
    if message.is_multipart() and message.get_content_type() not in _CLOSED:
        parts: list[Any] = [
            part for part in message.iter_parts() if str(part["Content-ID"] or "").strip(" <>") not in gone
        ]
        if gone:
            message.set_payload(parts)
        for part in parts:
            if isinstance(part, EmailMessage):
                _drop_pictures(part, gone)


def _parsed(content: bytes) -> EmailMessage:
    try:
        message = BytesParser(policy=_POLICY).parsebytes(content)
        unread = bool(_BARE.search(content)) or any(_odd(part) for part in message.walk())
    except Exception:  # noqa: BLE001 - whatever a parser stumbles over, nobody can edit for certain
        unread = True
    if unread or not isinstance(message, EmailMessage):
        raise UnreadableMailError("mail-unreadable", "the message is not well formed")
    return message


def _odd(part: EmailMessage) -> bool:
    headers = any(_BREAKS.search(str(value)) for _, value in part.raw_items())
    return headers or bool(part.defects) or any(getattr(value, "defects", ()) for value in _read_by_us(part))


def _read_by_us(part: EmailMessage) -> list[object]:
    """Headers by which a text is found: those that others read otherwise than we do must not stand here."""
    names = ("Content-Type", "Content-Transfer-Encoding", "Content-Disposition")
    return [value for name in names for value in part.get_all(name, [])]


def _within_reach(message: EmailMessage) -> None:
    """No mark stands where nobody would cut, and forms of one text mark the same. Raises UnreadableMailError."""
    ours = {id(part) for part, _ in _texts(message)}
    try:
        elsewhere = [_loose(part) for part in message.walk() if not part.is_multipart() and id(part) not in ours]
    except (LookupError, ValueError, AttributeError, TypeError):
        raise UnreadableMailError("mail-unreadable", "a part of the message is not well formed") from None
    elsewhere += [str(value) for _, value in message.items()]
    if any(_meant(text) for text in elsewhere):
        says = (
            "a mark of an advertising block stands where nothing is taken out: a header, an attachment, a signed text"
        )
        raise UnreadableMailError("block-out-of-reach", says)
    for part in message.walk():
        if part.get_content_type() == "multipart/alternative":
            forms = [form for form in part.iter_parts() if isinstance(form, EmailMessage) and _is_form(form)]
            if len({_named(form) for form in forms}) > 1:
                says = "forms of the same text (plain, HTML) do not mark the same advertising blocks"
                raise UnreadableMailError("block-uneven", says)


def _is_form(part: EmailMessage) -> bool:
    kind = part.get_content_type()
    return part.is_multipart() or (kind not in _FORMS and (kind.startswith("text/") or "xhtml" in kind))


def _loose(part: EmailMessage) -> str:
    """The text of any part, well enough to find a mark in it."""
    payload = part.get_payload(decode=True)
    return payload.decode("latin-1").replace("\0", "") if isinstance(payload, bytes) else ""


def _named(message: EmailMessage) -> frozenset[str]:
    return frozenset(name for part, kind in _texts(message) for name in _blocks(_text_of(part), kind))


def _meant(text: str) -> int:
    """How many marks somebody meant to write, also where the word was cut by something that no reader sees."""
    seen = _UNSEEN.sub("", _COLON.sub(":", text))
    return max(len(_LOOKS_LIKE.findall(seen)), len(_LOOKS_LIKE.findall(_TAG.sub("", seen))))


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
        text = str(part.get_content(errors="strict"))
    except (LookupError, UnicodeError, ValueError):
        text = None
    if text is None or part.defects:  # some are found by decoding
        raise UnreadableMailError("mail-unreadable", "the message's text is not in the encoding it names")
    return text


def _marks(text: str, kind: str) -> list[re.Match[str]]:
    """The marks of blocks, in pairs. A mark that is not understood would let advertising through."""
    marks = list(_MARKS[kind].finditer(text))
    paired = all((mark["end"] is None) == (number % 2 == 0) for number, mark in enumerate(marks))
    if not paired or len(marks) % 2 or len(marks) != _meant(text):
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

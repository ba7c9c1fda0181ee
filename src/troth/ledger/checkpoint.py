"""Checkpoints: what the log says of itself at a size, signed so that it can leave the house.

A checkpoint is a signed note (C2SP signed-note) whose text names the log, its size and its root (C2SP tlog-checkpoint).
The log signs the text with Ed25519 (signature type 1); a witness that saw it grow without rewriting adds a cosignature
with a time (C2SP tlog-cosignature, type 4). Both kinds of key are written as one line, `name+hash+base64`.

A signature proves who spoke, not that it is true: that the log never showed another history takes an older checkpoint
kept elsewhere and a consistency proof (`merkle.verify_consistency`). This module reads no clock, file or database.
"""

from __future__ import annotations

import base64
import re
from binascii import Error as Base64Error
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from troth.ledger.errors import NoteError
from troth.ledger.merkle import HASH_BYTES

MAX_NOTE_BYTES = 65_536
MAX_SIGNATURES = 64
MAX_SIZE = 2**63 - 1
"""The largest tree size and the last POSIX second that a checkpoint may name."""

_KEY_ID_BYTES = 4
_PUBLIC_BYTES = 32
_TIME_BYTES = 8
_DASH = "\u2014 "
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
_FORBIDDEN = re.compile("[\x00-\x09\x0b-\x1f\ud800-\udfff]")  # and lone surrogates, which have no UTF-8


class KeyKind(IntEnum):
    """The signature types of C2SP signed-note that Troth speaks; the number is the type byte."""

    LOG = 1
    """Ed25519 over the note text: the log itself."""
    WITNESS = 4
    """Ed25519 over a time and the note text: a cosignature."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with its name, in the form in which people are given it (`text`)."""

    name: str
    public: bytes
    kind: KeyKind = KeyKind.LOG

    def __post_init__(self) -> None:
        if not self.name or "+" in self.name or any(each.isspace() or not each.isprintable() for each in self.name):
            raise _bad_key(self.name, "its name must be one word without `+`")
        if len(self.public) != _PUBLIC_BYTES:
            raise _bad_key(self.name, f"an Ed25519 public key has {_PUBLIC_BYTES} bytes")

    @property
    def key_id(self) -> bytes:
        """Four bytes that tell signatures apart; an address, never a proof."""
        head = self.name.encode() + b"\n" + bytes([self.kind])
        return sha256(head + self.public).digest()[:_KEY_ID_BYTES]

    @property
    def text(self) -> str:
        """`name+hash+base64`, as C2SP writes verifier keys."""
        material = base64.b64encode(bytes([self.kind]) + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{material}"

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """Read `name+hash+base64`; NoteError `bad-verifier-key` when the hash does not fit or the kind is unknown."""
        parts = text.strip().split("+", 2)
        if len(parts) != 3:  # noqa: PLR2004 - name, hash, material
            raise _bad_key(text, "it must read `name+hash+base64`")
        name, hash_text, material = parts
        try:
            raw = _unbase64(material)
            key = cls(name, raw[1:], KeyKind(raw[0]))
        except (ValueError, IndexError):
            raise _bad_key(text, "its last part is not a known kind of Ed25519 key") from None
        if key.key_id.hex() != hash_text:
            raise _bad_key(text, f"its hash is `{key.key_id.hex()}`")
        return key


@dataclass(frozen=True, slots=True)
class Signer:
    """A named private key that signs checkpoints (as the log) or cosigns them (as a witness). Never shown by repr."""

    verifier: VerifierKey
    _private: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def from_seed(cls, name: str, seed: bytes, kind: KeyKind = KeyKind.LOG) -> Signer:
        """The signer called `name` with this 32-byte Ed25519 seed."""
        private = Ed25519PrivateKey.from_private_bytes(seed)
        return cls(VerifierKey(name, private.public_key().public_bytes_raw(), kind), private)

    @classmethod
    def generate(cls, name: str, kind: KeyKind = KeyKind.LOG) -> Signer:
        """A signer with a new random key."""
        return cls.from_seed(name, Ed25519PrivateKey.generate().private_bytes_raw(), kind)

    def line(self, message: bytes, before: bytes = b"") -> str:
        """The signature line over `message`; `before` stands between key id and signature (a cosignature's time)."""
        blob = self.verifier.key_id + before + self._private.sign(message)
        return f"{_DASH}{self.verifier.name} {base64.b64encode(blob).decode()}\n"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What the log called `origin` was at `size` leaves: its 32-byte `root`."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        lines = (self.origin, *self.extensions)
        if not all(lines) or any("\n" in line or _FORBIDDEN.search(line) for line in lines):
            raise _bad_checkpoint("its lines must be non-empty text")
        if not 0 <= self.size <= MAX_SIZE:
            raise _bad_checkpoint(f"a size must be from 0 to {MAX_SIZE}")
        if len(self.root) != HASH_BYTES:
            raise _bad_checkpoint(f"a root has {HASH_BYTES} bytes")

    @property
    def text(self) -> str:
        """The note text: origin, size, root in base64, then any extension lines."""
        return "\n".join([self.origin, str(self.size), base64.b64encode(self.root).decode(), *self.extensions, ""])

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read the note text (without signatures); it proves nothing until a signature over it was checked."""
        lines = text.split("\n")
        if len(lines) < 4 or lines.pop():  # noqa: PLR2004 - three lines and the end
            raise _bad_checkpoint("it must have an origin, a size and a root, each on its line")
        origin, size, root, *extensions = lines
        if not _NUMBER.fullmatch(size):
            raise _bad_checkpoint("its size is not a plain number")
        try:
            return cls(origin, int(size), _unbase64(root), tuple(extensions))
        except ValueError:
            raise _bad_checkpoint("its root is not plain base64") from None


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line of a note, not yet checked."""

    name: str
    key_id: bytes
    payload: bytes

    def is_of(self, key: VerifierKey) -> bool:
        """Whether the line claims to be from `key` (name and key id)."""
        return (self.name, self.key_id) == (key.name, key.key_id)


@dataclass(frozen=True, slots=True)
class Note:
    """A text and the signature lines under it, not yet checked."""

    text: str
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, note: str) -> Note:
        """Split a signed note into text and signatures; NoteError `bad-note` says what is wrong with its form."""
        if len(note) > MAX_NOTE_BYTES:
            raise _bad_note(f"it is longer than {MAX_NOTE_BYTES} characters")
        if _FORBIDDEN.search(note):
            raise _bad_note("it contains control characters or broken text")
        text, blank, tail = note.rpartition("\n\n")
        if not blank or not tail.endswith("\n"):
            raise _bad_note("it must be a text, an empty line, and signature lines that each end in a newline")
        lines = tail[:-1].split("\n")
        if len(lines) > MAX_SIGNATURES:
            raise _bad_note(f"it has more than {MAX_SIGNATURES} signatures")
        return cls(text + "\n", tuple(_parse_signature(line) for line in lines))


@dataclass(frozen=True, slots=True)
class Cosignature:
    """A checked statement of a witness: at POSIX second `at` it knew of no other history of this log."""

    witness: str
    at: int


def sign(checkpoint: Checkpoint, signer: Signer) -> str:
    """The checkpoint as a note signed by the log; the key carries the name of the log (the origin)."""
    _require_kind(signer.verifier, KeyKind.LOG)
    if checkpoint.origin != signer.verifier.name:
        raise _other_log(checkpoint.origin)
    text = checkpoint.text
    return f"{text}\n{signer.line(text.encode())}"


def cosign(note: str, witness: Signer, at: int) -> str:
    """The note with the cosignature of `witness`, made at POSIX second `at`, added below.

    The witness must have checked the log's signature, and consistency with the last checkpoint that it cosigned: that
    is what its cosignature states.
    """
    _require_kind(witness.verifier, KeyKind.WITNESS)
    if not 0 <= at <= MAX_SIZE:
        raise NoteError("bad-time", f"`{at}` is not a POSIX second", "give the seconds since 1970 as a whole number")
    text = Note.parse(note).text
    return note + witness.line(_cosigned(text, at), at.to_bytes(_TIME_BYTES))


def verify(note: str, keys: Iterable[VerifierKey]) -> Checkpoint:
    """The checkpoint in `note`, once at least one of the log `keys` is seen to have signed it.

    Raises NoteError: `nobody-trusted-signed`; `signature-does-not-fit` when a known key's line is false, even if
    another one is right; `other-log` when the key of one log signed for another. Lines of unknown keys are ignored, as
    C2SP asks.
    """
    parsed = Note.parse(note)
    known = [key for key in keys if key.kind is KeyKind.LOG]
    names = {key.name for key, _ in _good_lines(parsed, known)}
    if not names:
        raise NoteError(
            "nobody-trusted-signed",
            "no trusted log key signed this note",
            "give the verifier key that the organisation published, and the note as it was received",
        )
    checkpoint = Checkpoint.parse(parsed.text)
    if checkpoint.origin not in names:
        raise _other_log(checkpoint.origin)
    return checkpoint


def cosignatures(note: str, witnesses: Iterable[VerifierKey]) -> list[Cosignature]:
    """The checked cosignatures of the given witnesses; a false line of a known witness raises NoteError."""
    parsed = Note.parse(note)
    known = [key for key in witnesses if key.kind is KeyKind.WITNESS]
    return [
        Cosignature(key.name, int.from_bytes(line.payload[:_TIME_BYTES])) for key, line in _good_lines(parsed, known)
    ]


def _good_lines(note: Note, keys: Iterable[VerifierKey]) -> Iterator[tuple[VerifierKey, Signature]]:
    for key in keys:
        for line in note.signatures:
            if not line.is_of(key):
                continue
            if not _fits(key, line.payload, note.text):
                raise NoteError(
                    "signature-does-not-fit",
                    f"the signature of `{key.name}` does not fit the text",
                    "the note was changed or damaged on its way: ask for it again",
                )
            yield key, line


def _fits(key: VerifierKey, payload: bytes, text: str) -> bool:
    message = text.encode()
    if key.kind is KeyKind.WITNESS:
        at = int.from_bytes(payload[:_TIME_BYTES])
        if at > MAX_SIZE:
            return False
        payload, message = payload[_TIME_BYTES:], _cosigned(text, at)
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(payload, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _cosigned(text: str, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def _parse_signature(line: str) -> Signature:
    name, space, blob = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not name or not space:
        raise _bad_note("a signature line must read `\u2014 name base64`")
    try:
        raw = _unbase64(blob)
    except ValueError:
        raise _bad_note("a signature is not plain base64") from None
    if len(raw) <= _KEY_ID_BYTES:
        raise _bad_note("a signature is too short")
    return Signature(name, raw[:_KEY_ID_BYTES], raw[_KEY_ID_BYTES:])


def _unbase64(text: str) -> bytes:
    """Standard base64 in its one right spelling: loose bits at the end would let a text change unseen."""
    try:
        raw = base64.b64decode(text, validate=True)
    except Base64Error:
        raise ValueError("not base64") from None
    if base64.b64encode(raw).decode() != text:
        raise ValueError("not the plain spelling")
    return raw


def _require_kind(key: VerifierKey, kind: KeyKind) -> None:
    if key.kind is not kind:
        raise NoteError(
            "wrong-kind-of-key",
            f"the key `{key.name}` is a {key.kind.name.lower()} key, this needs a {kind.name.lower()} key",
            "a log signs, a witness cosigns; use one key for each",
        )


def _bad_key(text: str, why: str) -> NoteError:
    return NoteError(
        "bad-verifier-key", f"`{text[:200]}` is not a verifier key: {why}", "copy the key line whole, as published"
    )


def _other_log(origin: str) -> NoteError:
    return NoteError(
        "other-log",
        f"the checkpoint is of the log `{origin[:200]}`, and the key that signs it is another log's",
        "use the key that carries the log's own name",
    )


def _bad_checkpoint(why: str) -> NoteError:
    return NoteError("bad-checkpoint", f"this is not a checkpoint: {why}", "give the note as it was received")


def _bad_note(why: str) -> NoteError:
    return NoteError("bad-note", f"this is not a signed note: {why}", "give the note as it was received, whole")

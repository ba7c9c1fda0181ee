"""Sealing: what an event says about one person, readable only while that person's key of that class and year lives.

A sealed slot is one run of bytes: a version, a random salt, a random nonce, and the body under AES-256-GCM, bound to
the place at which it stands. The Merkle leaf holds only a commitment, the hash of all these bytes. Deleting slot and
key therefore leaves a hash that still verifies and says nothing: without the salt not even a guessed body can be tried
against it. The module keeps no key and reads no clock or database; errors never carry a body.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from troth.ledger.envelope import canonical
from troth.ledger.errors import CanonicalError, SealError
from troth.ledger.keyring import DataKey
from troth.model.event import Json
from troth.model.personal import Personal

SALT_BYTES = 32
NONCE_BYTES = 12
_VERSION = b"\x01"
_HEAD_BYTES = len(_VERSION) + SALT_BYTES
_TAG_BYTES = 16
_COMMITMENT = b"troth-slot-commitment/1\n"


@dataclass(frozen=True, slots=True)
class SlotPlace:
    """Where a slot stands: a sealed slot opens at its own place only."""

    event: str
    """The event's id."""
    ordinal: int
    """The slot's number within the event, from 0."""
    retain: str
    """The retention class."""
    year: int

    def bound(self, head: bytes) -> bytes:
        """The associated data of the seal: this place, and the version and salt that stand before the nonce."""
        return canonical(["troth-slot/1", self.event, self.ordinal, self.retain, self.year]) + head


def seal(body: Personal[Json], key: DataKey, place: SlotPlace) -> bytes:
    """The body as a sealed slot for `place`; SealError `body-not-plain` when it is not canonical JSON."""
    try:
        plain = canonical(body.reveal())
    except CanonicalError:
        raise SealError(
            "body-not-plain",
            "a slot body holds something that has no canonical form",
            "write text, whole numbers, true, false, null, lists and objects only",
        ) from None
    head, nonce = _VERSION + secrets.token_bytes(SALT_BYTES), secrets.token_bytes(NONCE_BYTES)
    return head + nonce + AESGCM(key.reveal()).encrypt(nonce, plain, place.bound(head))


def open_slot(slot: bytes, key: DataKey, place: SlotPlace) -> Personal[Json]:
    """The body again; SealError `slot-does-not-open` with another key, at another place, or after any change."""
    if slot[:1] != _VERSION or len(slot) < _HEAD_BYTES + NONCE_BYTES + _TAG_BYTES:
        raise _does_not_open()
    head, nonce, cipher = slot[:_HEAD_BYTES], slot[_HEAD_BYTES:][:NONCE_BYTES], slot[_HEAD_BYTES + NONCE_BYTES :]
    try:
        plain = AESGCM(key.reveal()).decrypt(nonce, cipher, place.bound(head))
    except (InvalidTag, ValueError):
        raise _does_not_open() from None
    body: Json = json.loads(plain)
    return Personal(body)


def commitment(slot: bytes) -> bytes:
    """The 32 bytes by which the leaf holds this slot: SHA-256 over the salt and everything else of it."""
    return sha256(_COMMITMENT + slot).digest()


def _does_not_open() -> SealError:
    return SealError(
        "slot-does-not-open",
        "a slot does not open with this key at this place",
        "compare its commitment with the leaf: if they differ, the slot was changed; if not, the key is another one",
    )

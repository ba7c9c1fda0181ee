"""Sealing what waits outside the database: messages in the spool, and the links that their readers get.

A parcel is sealed under a random key of its own, and that key is wrapped for the parcel's place. A link holds who may
stop what, sealed as well: whoever passes it on or finds it in a log learns nothing, and it works for as long as the
keyring's use `links` keeps its keys, rotated ones included.
"""

import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from troth.ledger.errors import LedgerError
from troth.ledger.keyring import LINKS, Keyring, WrappedKey

_VERSION = b"\x01"
_KEY_ID, _WRAPPED, _NONCE = 16, 40, 12
LONGEST_LINK = 700
"""Characters. A header holds it in one line, beside the address of the page."""


class Parcels:
    """Seals and opens parcels."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def seal(self, content: bytes, place: str) -> bytes:
        """Version, key id, wrapped key, nonce, and the content under AES-256-GCM, bound to `place`."""
        key, nonce = self._keyring.new_data_key(), secrets.token_bytes(_NONCE)
        wrapped = self._keyring.wrap(key, ("troth-parcel/1", place))
        head = _VERSION + wrapped.key_id.encode() + wrapped.wrapped + nonce
        return head + AESGCM(key.reveal()).encrypt(nonce, content, place.encode())

    def open(self, sealed: bytes, place: str) -> bytes:
        """The content again. Raises ValueError."""
        at = 1 + _KEY_ID
        wrapped = WrappedKey(sealed[1:at].decode("ascii", "replace"), sealed[at : at + _WRAPPED])
        nonce, cipher = sealed[at + _WRAPPED :][:_NONCE], sealed[at + _WRAPPED + _NONCE :]
        try:
            key = self._keyring.unwrap(wrapped, ("troth-parcel/1", place))
            return AESGCM(key.reveal()).decrypt(nonce, cipher, place.encode())
        except (LedgerError, InvalidTag):
            raise ValueError("a parcel does not open here") from None


class SealedLinks:
    """The `Links` of the desk: addresses that name a person and a purpose to nobody but us."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring if LINKS in keyring.uses else keyring.add_use(LINKS)

    def make(self, *said: str) -> str:
        """A text of letters, digits, `-` and `_` that holds these words. Raises ValueError where they are too many."""
        key_id, key = self._keyring.link_keys()[-1]
        nonce = secrets.token_bytes(_NONCE)
        cipher = AESGCM(key).encrypt(nonce, json.dumps(said, ensure_ascii=False).encode(), _VERSION)
        link = urlsafe_b64encode(_VERSION + bytes.fromhex(key_id) + nonce + cipher).rstrip(b"=").decode()
        if len(link) > LONGEST_LINK:
            raise ValueError("these words do not fit in a link")
        return link

    def read(self, link: str) -> tuple[str, ...] | None:
        """The words again, under whichever key of ours; None for anything that is not a link of ours."""
        try:
            raw = urlsafe_b64decode(link[: LONGEST_LINK + 1].encode("ascii") + b"==")
            key_id, nonce, cipher = raw[1:9].hex(), raw[9:21], raw[21:]
            keys = dict(self._keyring.link_keys())
            return tuple(json.loads(AESGCM(keys[key_id]).decrypt(nonce, cipher, raw[:1])))
        except (ValueError, KeyError, InvalidTag):
            return None

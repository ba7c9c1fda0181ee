"""What is sealed outside any database, under a key of the ring: the tokens of answers, and notes on this machine.

Tokens are sealed by AES-SIV (RFC 5297) under keys of the use `question`: the same question gives the same token, no
nonce can repeat, and what was changed does not open. After a rotation the earlier keys still open what they sealed.
Nothing here logs, and no error carries a body.
"""

import json
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from troth.ledger import keyfile
from troth.ledger.envelope import canonical
from troth.ledger.errors import KeyFileError, LedgerError
from troth.ledger.keyring import Keyring
from troth.ledger.parcels import Parcels
from troth.model.event import Json
from troth.model.personal import Personal
from troth.model.problem import InputError

_LEVEL = 9
_LARGEST = 1 << 20
_SUFFIX = ".note"


class SealedTokens:
    """The `Tokens` port. A lost key closes it when it is used, and nothing before."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def seal(self, short: str, body: Json) -> str:
        """See the port. A lost key, or words that no key can seal, leave the answer without an explanation."""
        try:
            sealed = self._ciphers()[0].encrypt(zlib.compress(canonical(body), _LEVEL), [short.encode()])
        except LedgerError:
            return short
        return f"{short}.{urlsafe_b64encode(sealed).decode().rstrip('=')}"

    def open(self, token: str) -> Json | None:
        """See the port."""
        short, _, text = token.rpartition(".")
        try:
            sealed = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except (NotBase64, ValueError):
            return None
        for cipher in self._ciphers():
            with suppress(InvalidTag, ValueError):
                packed = cipher.decrypt(sealed, [short.encode()])
                body: Json = json.loads(zlib.decompressobj().decompress(packed, _LARGEST))
                return body
        return None

    def _ciphers(self) -> list[AESSIV]:
        return [AESSIV(key) for key in self._keyring.token_keys()]


class SealedNotes:
    """The `Notes` port over one folder of this machine, for its owner alone."""

    def __init__(self, keyring: Keyring, folder: Path) -> None:
        self._parcels = Parcels(keyring)
        self._folder = folder

    def keep(self, note: str, body: Personal[Json]) -> None:
        """See the port."""
        try:
            keyfile.make_folder(self._folder)
            keyfile.create(self._path(note), self._parcels.seal(canonical(body.reveal()), note))
        except LedgerError as error:
            message = f"the release could not be noted on this machine: {error.message}"
            raise InputError("note-not-kept", message, f"nothing may leave; {error.remedy}") from None

    def waiting(self) -> Sequence[str]:
        """See the port."""
        return sorted(path.name.removesuffix(_SUFFIX) for path in self._folder.glob(f"[!.]*{_SUFFIX}"))

    def read(self, note: str) -> Personal[Json] | None:
        """See the port."""
        try:
            return Personal(json.loads(self._parcels.open(keyfile.read(self._path(note)), note)))
        except (KeyFileError, ValueError):
            return None

    def drop(self, note: str) -> None:
        """See the port."""
        self._path(note).unlink(missing_ok=True)

    def _path(self, note: str) -> Path:
        return self._folder / f"{note}{_SUFFIX}"

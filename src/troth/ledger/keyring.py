"""The keys that live outside the database: one folder, one file per key, one use per key.

Three kinds of work. *Wrapping*: the random keys that seal slots are stored in the database only wrapped, under a key of
this ring and for one place, so a stolen database opens nothing. *Keyed hashes*: what must outlive an erasure (an
objection, a suppression, a replay list) is kept as a hash that only this ring can recompute. *Signing*: the log's own
Ed25519 key.

Every use has a chain of keys. Rotation adds a link: a keyed hash under link 2 is the hash, by key 2, of the hash by key
1, so stored hashes can be lifted without knowing what they stand for. The folder lists the links that must be there
(`keyring.json`); a lost link closes exactly its use, and is never replaced in silence, because a fresh key would forget
every objection. Nothing here prints, logs or raises key material.
"""

from __future__ import annotations

import hmac
import json
import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from troth.ledger import keyfile
from troth.ledger.checkpoint import Signer
from troth.ledger.envelope import canonical
from troth.ledger.errors import KeyFileError, KeyringError, SealError
from troth.model.personal import Personal

KEY_BYTES = 32
WRAP = "wrap"
"""The use whose keys wrap the random keys of slots."""
LOG = "log"
"""The use whose key is the log's Ed25519 seed."""
LINKS = "links"
"""The use whose keys seal the links in messages: a link works for as long as its key is kept."""
QUESTION = "question"
"""The use whose keys seal questions into the tokens of their answers."""
HASHES = ("identifier-lookup", "suppression", "replay", QUESTION)
"""The uses that make keyed hashes; each has keys of its own, so that hashes of one use say nothing about another."""
USES = (WRAP, LOG, LINKS, *HASHES)

DataKey = Personal[bytes]
"""A random 256-bit key that seals slots; its text forms hide it."""

_LIST = "keyring.json"
_LIST_FORMAT = "troth-keyring/1"
_KEY_FORMAT = "troth-key/1"


@dataclass(frozen=True, slots=True)
class KeyedHash:
    """A hash of a normalised identifier that only the keyring can recompute. It is still personal data."""

    use: str
    key_id: str
    """The link of the chain under which `digest` stands."""
    normaliser_version: int
    digest: bytes
    """32 bytes."""


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A data key as the database may hold it."""

    key_id: str
    wrapped: bytes
    """40 bytes (RFC 3394)."""


@dataclass(frozen=True, slots=True)
class _Link:
    """One key of a chain; `secret` is None while its file is lost or refused, and `why` says so."""

    key_id: str
    secret: Personal[bytes] | None
    why: KeyFileError | None = None


class Keyring:
    """The open keyring of one folder. Opening reads every key once; files that are lost close only their use."""

    __slots__ = ("_chains", "_folder")

    def __init__(self, folder: Path, chains: Mapping[str, tuple[_Link, ...]]) -> None:
        self._folder = folder
        self._chains = dict(chains)

    def __repr__(self) -> str:
        uses = ", ".join(f"{use}: {'>'.join(self.key_ids(use))}" for use in self._chains)
        return f"Keyring({str(self._folder)!r}, {uses})"

    @classmethod
    def create(cls, folder: Path) -> Keyring:
        """A new keyring with one key for each use; KeyringError `keyring-exists` rather than a second one."""
        keyfile.make_folder(folder)
        if (folder / _LIST).exists():
            raise KeyringError(
                "keyring-exists", f"`{folder}` holds a keyring already", "open it; keys are renewed by rotation"
            )
        chains = {use: (_new_link(folder, use),) for use in USES}
        keyfile.create(folder / _LIST, _listing(chains))  # last: a crash before it leaves no keyring, only loose keys
        return cls(folder, chains)

    @classmethod
    def open(cls, folder: Path) -> Keyring:
        """The keyring in `folder`; KeyFileError or KeyringError when there is none or others can get at it.

        A single lost or unreadable key does not stop the others: asking for its use raises `key-missing`.
        """
        keyfile.check_folder(folder)
        listed = _read_list(folder / _LIST)
        return cls(folder, {use: tuple(_read_link(folder, use, each) for each in ids) for use, ids in listed.items()})

    @property
    def uses(self) -> frozenset[str]:
        """The uses that have keys here."""
        return frozenset(self._chains)

    def link_keys(self) -> tuple[tuple[str, bytes], ...]:
        """(key id, AES-256 key) for sealing links, the oldest first; the last one is current."""
        ids, found = self.key_ids(LINKS), self._secrets(LINKS)
        return tuple((name, hmac.digest(key, b"troth-link/1", "sha256")) for name, key in zip(ids, found, strict=True))

    def key_ids(self, use: str) -> tuple[str, ...]:
        """The links of a use, oldest first; the last one is current."""
        return tuple(link.key_id for link in self._chain(use))

    def problems(self) -> list[KeyringError]:
        """What is lost or refused, one error for each such key, for a health check."""
        broken = ((use, link) for use, chain in self._chains.items() for link in chain if link.secret is None)
        return [_missing(use, link) for use, link in broken]

    def rotate(self, use: str) -> Keyring:
        """The keyring with a new current key for `use`: then `lift` stored hashes, `rewrap` stored keys.

        The log's key is not rotated here: its verifier key is known outside, and a new one is a new log.
        """
        if use == LOG:
            raise KeyringError(
                "log-key-fixed",
                "the key of the log is not rotated",
                "start a new log that names the old one's last root",
            )
        self._secrets(use)  # a chain with a lost link must be repaired first, or the loss would be buried
        return self._with_link(use)

    def add_use(self, use: str) -> Keyring:
        """The keyring with a first key for a use that a later version brought; never for one that is listed."""
        if use not in USES:
            raise _unknown_use(use)
        if use in self._chains:
            raise KeyringError("use-exists", f"the keyring has keys for `{use}` already", "rotate it instead")
        return self._with_link(use)

    def signer(self, name: str) -> Signer:
        """The log's signer under the origin `name`."""
        return Signer.from_seed(name, self._secrets(LOG)[-1])

    def new_data_key(self) -> DataKey:
        """A fresh random 256-bit key for slots."""
        return Personal(secrets.token_bytes(KEY_BYTES))

    def wrap(self, key: DataKey, place: Iterable[str | int]) -> WrappedKey:
        """Wrap a data key for one place, such as (space, person, class, year): it opens nowhere else."""
        current = self._secrets(WRAP)[-1]
        return WrappedKey(self.key_ids(WRAP)[-1], aes_key_wrap(_place_key(current, place), key.reveal()))

    def unwrap(self, wrapped: WrappedKey, place: Iterable[str | int]) -> DataKey:
        """The data key again; SealError `key-does-not-open` at another place, after a change, or by another keyring."""
        secret = self._secret(WRAP, wrapped.key_id)
        try:
            key = aes_key_unwrap(_place_key(secret, place), wrapped.wrapped)
        except (InvalidUnwrap, ValueError):
            key = b""
        if len(key) != KEY_BYTES:
            raise SealError(
                "key-does-not-open",
                "a wrapped key does not open at this place",
                "the row was changed or moved: restore it from the vault's backup, or treat the slot as lost",
            )
        return Personal(key)

    def rewrap(self, wrapped: WrappedKey, place: Iterable[str | int]) -> WrappedKey:
        """The same data key under the current wrapping key."""
        fixed = tuple(place)
        return self.wrap(self.unwrap(wrapped, fixed), fixed)

    def keyed_hash(self, use: str, *parts: str, normaliser_version: int) -> KeyedHash:
        """The hash, under the current key of `use`, of normalised parts such as (`email`, `a@b.example`).

        The parts are kept apart: (`ab`, `c`) and (`a`, `bc`) differ.
        """
        first, *later = self._hash_secrets(use)
        digest = hmac.digest(first, canonical(["troth-hash/1", use, normaliser_version, list(parts)]), "sha256")
        for secret in later:
            digest = _nest(secret, use, digest)
        return KeyedHash(use, self.key_ids(use)[-1], normaliser_version, digest)

    def lift(self, old: KeyedHash) -> KeyedHash:
        """A stored hash moved to the current key of its use, without knowing what it stands for."""
        ids = self.key_ids(old.use)
        if old.key_id not in ids:
            raise _unknown_key(old.use, old.key_id)
        digest = old.digest
        for secret in self._hash_secrets(old.use)[ids.index(old.key_id) + 1 :]:
            digest = _nest(secret, old.use, digest)
        return KeyedHash(old.use, ids[-1], old.normaliser_version, digest)

    def token_keys(self) -> tuple[bytes, ...]:
        """Keys (64 bytes, for AES-SIV) that seal questions into tokens, the current one first."""
        return tuple(hmac.digest(key, b"troth-token/1", "sha512") for key in reversed(self._secrets(QUESTION)))

    def _with_link(self, use: str) -> Keyring:
        if keyfile.read(self._folder / _LIST) != _listing(self._chains):
            raise KeyringError(
                "keyring-changed", f"the keyring in `{self._folder}` changed since it was opened", "open it again"
            )
        chains = {**self._chains, use: (*self._chains.get(use, ()), _new_link(self._folder, use))}
        keyfile.replace(self._folder / _LIST, _listing(chains))
        return Keyring(self._folder, chains)

    def _chain(self, use: str) -> tuple[_Link, ...]:
        if use not in USES:
            raise _unknown_use(use)
        if use not in self._chains:
            raise KeyringError(
                "use-without-key",
                f"the keyring in `{self._folder}` has no key for `{use}`",
                "it was made by an earlier version: add the use once",
            )
        return self._chains[use]

    def _secrets(self, use: str) -> list[bytes]:
        found = []
        for link in self._chain(use):
            if link.secret is None:
                raise _missing(use, link)
            found.append(link.secret.reveal())
        return found

    def _secret(self, use: str, key_id: str) -> bytes:
        """One link's key; for wrapping, where each link stands alone."""
        for link in self._chain(use):
            if link.key_id == key_id:
                if link.secret is None:
                    raise _missing(use, link)
                return link.secret.reveal()
        raise _unknown_key(use, key_id)

    def _hash_secrets(self, use: str) -> list[bytes]:
        if use not in HASHES:
            raise _unknown_use(use)
        return self._secrets(use)


def _place_key(secret: bytes, place: Iterable[str | int]) -> bytes:
    """The wrapping key of one place. Deriving it binds the place, and leaves no nonce that could repeat."""
    return hmac.digest(secret, canonical(["troth-wrap/1", *place]), "sha256")


def _nest(secret: bytes, use: str, digest: bytes) -> bytes:
    return hmac.digest(secret, canonical(["troth-hash-nested/1", use, digest.hex()]), "sha256")


def _key_id(use: str, secret: bytes) -> str:
    """Sixteen hex digits that name a key and notice a damaged or swapped file; they say nothing about the key."""
    return hmac.digest(secret, canonical(["troth-key-id/1", use]), "sha256")[:8].hex()


def _path(folder: Path, use: str, key_id: str) -> Path:
    return folder / f"{use}.{key_id}.key"


def _new_link(folder: Path, use: str) -> _Link:
    secret = secrets.token_bytes(KEY_BYTES)
    key_id = _key_id(use, secret)
    keyfile.create(_path(folder, use, key_id), _key_text(use, key_id, secret))
    return _Link(key_id, Personal(secret))


def _read_link(folder: Path, use: str, key_id: str) -> _Link:
    path = _path(folder, use, key_id)
    try:
        content = keyfile.read(path)
        secret = b64decode(str(_object(path, content).get("key")), validate=True)
    except KeyFileError as error:
        return _Link(key_id, None, error)
    except ValueError:  # not base64
        return _Link(key_id, None, _damaged(path))
    if _key_id(use, secret) != key_id or content != _key_text(use, key_id, secret):
        return _Link(key_id, None, _damaged(path))
    return _Link(key_id, Personal(secret))


def _key_text(use: str, key_id: str, secret: bytes) -> bytes:
    text = {"format": _KEY_FORMAT, "use": use, "key_id": key_id, "key": b64encode(secret).decode()}
    return canonical(text) + b"\n"


def _listing(chains: Mapping[str, tuple[_Link, ...]]) -> bytes:
    listed = {use: [link.key_id for link in chain] for use, chain in chains.items()}
    return canonical({"format": _LIST_FORMAT, "uses": listed}) + b"\n"


def _read_list(path: Path) -> dict[str, list[str]]:
    found = _object(path, keyfile.read(path))
    uses = found.get("uses")
    if found.get("format") != _LIST_FORMAT or not isinstance(uses, dict):
        raise _damaged(path)
    for ids in uses.values():
        if not isinstance(ids, list) or not ids or not all(_is_key_id(each) for each in ids):
            raise _damaged(path)
    return uses


def _is_key_id(value: object) -> bool:
    return isinstance(value, str) and len(value) == 16 and set(value) <= set("0123456789abcdef")  # noqa: PLR2004


def _object(path: Path, content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        raise _damaged(path) from None
    if not isinstance(found, dict):
        raise _damaged(path)
    return found


def _damaged(path: Path) -> KeyFileError:
    return KeyFileError(
        "key-file-damaged", f"`{path}` is not the key file it was written as", "restore it from its own backup"
    )


def _missing(use: str, link: _Link) -> KeyringError:
    why = f" ({link.why.message})" if link.why else ""
    remedy = link.why.remedy if link.why else "restore the key file from its own backup"
    return KeyringError("key-missing", f"the key `{link.key_id}` for `{use}` cannot be used{why}", remedy)


def _unknown_key(use: str, key_id: str) -> KeyringError:
    return KeyringError(
        "key-unknown",
        f"`{key_id[:64]}` is no key for `{use}` in this keyring",
        "this database was used with another keyring: restore that one",
    )


def _unknown_use(use: str) -> KeyringError:
    return KeyringError("use-unknown", f"`{use[:64]}` is no use of a key here", f"use one of {', '.join(USES)}")

"""Keyed hashes of identifiers and row keys: found again without being kept, each use under keys of its own."""

from collections.abc import Sequence
from typing import Any

from troth.ledger.database import told
from troth.ledger.keyring import KeyedHash, Keyring
from troth.model.person import Identifier
from troth.model.personal import Personal

NORMALISER = 1
"""Version of the normal forms; stored with each hash, because another normal form is another hash."""
LOOKUP = "identifier-lookup"
SUPPRESSION = "suppression"
REPLAY = "replay"


def of_identifier(keyring: Keyring, use: str, identifier: Identifier) -> KeyedHash:
    """The hash of an identifier's kind and normal form. Raises StateError `key-missing`: without the key, closed."""
    with told():
        return keyring.keyed_hash(use, identifier.kind, identifier.value.reveal(), normaliser_version=NORMALISER)


def of_row(keyring: Keyring, store: str, table: str, key: Sequence[Any]) -> KeyedHash:
    """The hash of one row's place. Numbers and their text are the same key: engines spell them either way."""
    with told():
        return keyring.keyed_hash(REPLAY, store, table, *(str(part) for part in key), normaliser_version=NORMALISER)


def of_who(keyring: Keyring, store: str, table: str, key: Sequence[Any], who: Personal[str]) -> KeyedHash:
    """The hash of who one row was: bound to its place, so that two rows with the same values do not show it."""
    with told():
        place = [str(part) for part in key]
        return keyring.keyed_hash(REPLAY, "who", store, table, *place, who.reveal(), normaliser_version=NORMALISER)

"""The vault: one random key for each (subject, retention class, year), wrapped by the keyring, in its own database.

A key is committed here before anything is sealed under it, and destroyed here after the state has committed that it
must go; both orders lose nothing in a crash. Keys are remembered in memory for a short while only: the state's list of
gone keys stops a process that still remembers one from sealing anything more under it.
"""

import threading
import time
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from troth.ledger.database import Pool, lent, told
from troth.ledger.keyring import DataKey, Keyring, WrappedKey
from troth.ledger.sql import statements
from troth.ports.state import StateError

_SQL = statements("vault")
REMEMBERED_SECONDS = 60.0
REMEMBERED_KEYS = 50_000
Place: TypeAlias = tuple[str, str, int]
"""Subject, retention class and year: what one key seals."""


@dataclass(frozen=True)
class ClassKey:
    """A data key with its id."""

    key_id: str
    key: DataKey


@dataclass(frozen=True)
class _Remembered:
    key: ClassKey
    until: float
    place: Place


class Vault:
    """The class keys. Thread-safe; its errors are StateError, SealError and KeyringError."""

    def __init__(self, pool: Pool, keyring: Keyring) -> None:
        self._pool = pool
        self._keyring = keyring
        self._lock = threading.Lock()
        self._by_place: dict[Place, _Remembered] = {}
        self._by_id: dict[str, _Remembered] = {}

    def keys_for(self, places: Collection[Place]) -> Mapping[Place, ClassKey]:
        """The living key of each place; those that there are none of are made, all in one transaction."""
        now = time.monotonic()
        found = {
            place: known.key
            for place in places
            if (known := self._by_place.get(place)) is not None and known.until > now
        }
        if missing := sorted({*places} - found.keys()):
            found |= self._fetched(missing)
        if missing := sorted({*places} - found.keys()):
            found |= self._made(missing)
        return found

    def _fetched(self, places: Sequence[Place]) -> dict[Place, ClassKey]:
        with lent(self._pool) as connection:
            rows = connection.execute(_SQL["living_keys"], _columns(places)).fetchall()
        return self._all_remembered(rows)

    def _made(self, places: Sequence[Place]) -> dict[Place, ClassKey]:
        """New keys, committed when this returns; in the order of their places, so that nobody waits in a ring."""
        fresh = [self._keyring.wrap(self._keyring.new_data_key(), place) for place in places]
        named = {
            **_columns(places),
            "key_ids": [uuid.uuid4().hex for _ in places],
            "wrapped_by": [wrapped.key_id for wrapped in fresh],
            "wrapped": [wrapped.wrapped for wrapped in fresh],
        }
        with lent(self._pool) as connection:
            rows = connection.execute(_SQL["add_keys"], named).fetchall()
        made = self._all_remembered(rows)
        if left := [place for place in places if place not in made]:
            made |= self._fetched(left)  # somebody else was first
        if len(made) < len(places):  # destroyed in the instant after it was made
            raise StateError(
                "key-is-going", "a class key is being destroyed just now", "nothing was written: try again"
            )
        return made

    def keys(self, key_ids: Collection[str]) -> Mapping[str, DataKey]:
        """The keys that still live among these."""
        now = time.monotonic()
        found = {
            each: known.key.key
            for each in key_ids
            if (known := self._by_id.get(each)) is not None and known.until > now
        }
        missing = [each for each in key_ids if each not in found]
        if missing:
            with lent(self._pool) as connection:
                rows = connection.execute(_SQL["keys_by_id"], {"key_ids": missing}).fetchall()
            found |= {made.key_id: made.key for made in self._all_remembered(rows).values()}
        return found

    def ids_of(self, subject: str, classes: Collection[str], year: int | None = None) -> list[str]:
        """The ids of a subject's living keys in these classes, of one year or of all."""
        named = {"subject": subject, "classes": list(classes), "year": year}
        with lent(self._pool) as connection:
            rows = connection.execute(_SQL["keys_of"], named).fetchall()
        return [row[0] for row in rows]

    def destroy(self, key_ids: Collection[str]) -> int:
        """Destroy keys; how many lived until now. Again is harmless."""
        self.forget(key_ids)
        with lent(self._pool) as connection:
            return connection.execute(_SQL["destroy_keys"], {"key_ids": list(key_ids)}).rowcount

    def destroyed(self) -> int:
        """How many keys it knows to be destroyed."""
        with lent(self._pool) as connection:
            row = connection.execute(_SQL["count_destroyed"]).fetchone()
        return int(row[0]) if row else 0

    def forget(self, key_ids: Collection[str]) -> None:
        """Drop keys from memory."""
        with self._lock:
            for each in key_ids:
                known = self._by_id.pop(each, None)
                if known is not None and self._by_place.get(known.place) is known:
                    del self._by_place[known.place]

    def _all_remembered(self, rows: Iterable[tuple[Any, ...]]) -> dict[Place, ClassKey]:
        """Unwrap and remember keys as the statements give them."""
        found: dict[Place, ClassKey] = {}
        for key_id, subject, retain, year, wrapped_by, wrapped in rows:
            place = (subject, retain, year)
            found[place] = self._remember(place, key_id, WrappedKey(wrapped_by, wrapped))
        return found

    def _remember(self, place: Place, key_id: str, wrapped: WrappedKey) -> ClassKey:
        with told():
            made = ClassKey(key_id, self._keyring.unwrap(wrapped, place))
        known = _Remembered(made, time.monotonic() + REMEMBERED_SECONDS, place)
        with self._lock:
            if len(self._by_id) >= REMEMBERED_KEYS:
                self._by_id.clear()
                self._by_place.clear()
            self._by_id[key_id] = self._by_place[place] = known
        return made


def _columns(places: Sequence[Place]) -> dict[str, list[Any]]:
    return {
        "subjects": [subject for subject, _, _ in places],
        "retains": [retain for _, retain, _ in places],
        "years": [year for _, _, year in places],
    }

"""Who asks: keys as the ledger has them now, and how often each may ask.

Keys are read with every look of the view. While the ledger cannot be reached, those that were read last count on: a
gate that stopped the airline would get a bypass.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from time import monotonic

from troth.desk.access import digest_of
from troth.edges.gate.problems import RefusedError
from troth.model.question import Question
from troth.ports.access import AccessKey
from troth.ports.following import Following


class Bucket:
    """So many answers a second, as many at once, and no more."""

    __slots__ = ("_at", "_left", "_rate")

    def __init__(self, rate: int) -> None:
        self._rate, self._left, self._at = rate, float(rate), monotonic()

    def take(self, number: int) -> None:
        """Take so many answers. Raises RefusedError `too-many`, with the seconds after which there are enough."""
        now = monotonic()
        self._left, self._at = min(float(self._rate), self._left + (now - self._at) * self._rate), now
        if number > self._left:
            seconds = min(number, self._rate) - self._left
            raise RefusedError("too-many", **{"retry-after": str(int(seconds / self._rate) + 1)})
        self._left -= number


class Access:
    """The keys that count, and their buckets."""

    def __init__(self) -> None:
        self._keys: Mapping[bytes, AccessKey] | None = None
        """None: the ledger was not reached yet, so nobody's key can be told from a wrong one."""
        self._buckets: dict[str, Bucket] = {}

    def look(self, following: Following) -> None:
        """Read the keys anew."""
        keys = {key.digest: key for key in following.access_keys()}
        self._keys, live = keys, {key.id for key in keys.values()}
        self._buckets = {name: bucket for name, bucket in self._buckets.items() if name in live}

    def key_of(self, header: str) -> AccessKey:
        """Whose key that is. Raises RefusedError. Found by digest, so that time tells nothing about a secret."""
        scheme, _, secret = header.partition(" ")
        if not header or scheme.lower() != "bearer" or not secret:
            raise RefusedError("key-missing", **{"www-authenticate": "Bearer"})
        if self._keys is None:
            raise RefusedError("not-ready")
        key = self._keys.get(digest_of(secret.strip()))
        if key is None or (key.ends_at is not None and key.ends_at <= datetime.now(UTC)):
            raise RefusedError("key-unknown", **{"www-authenticate": 'Bearer error="invalid_token"'})
        return key

    def may(self, key: AccessKey, question: Question) -> None:
        """Raises RefusedError `out-of-scope`, before anybody is looked up; also for a purpose that does not exist."""
        if question.purpose not in key.purposes or question.operation.value not in key.operations:
            raise RefusedError("out-of-scope")

    def take(self, key: AccessKey, number: int) -> None:
        """Raises RefusedError `too-many`."""
        bucket = self._buckets.get(key.id)
        if bucket is None:
            bucket = self._buckets[key.id] = Bucket(key.rate)
        bucket.take(number)

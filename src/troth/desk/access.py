"""Keys with which programs ask over HTTP: made, replaced and ended by staff, each with its event.

The secret is told once, to whoever made it, and kept nowhere.
"""

import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from troth.desk.asking import RELEASES
from troth.desk.house import House
from troth.model.personal import Personal
from troth.model.problem import InputError
from troth.model.question import Operation
from troth.policy.report import did_you_mean
from troth.ports.access import AccessKey
from troth.ports.state import Unit

PREFIX = "troth_"
"""How a key begins, so that programs that search repositories for secrets can find a lost one."""
RATE = 1_000
RELEASE = "release"
"""Stands among the operations of a key that may say that something left."""
MOST_RATE = 1_000_000
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")


@dataclass(frozen=True)
class Made:
    """A new key, with its secret, which is told once."""

    key: AccessKey
    secret: Personal[str]


def digest_of(secret: str) -> bytes:
    """What is kept of a secret."""
    return sha256(secret.encode("utf-8", "surrogatepass")).digest()


def make(
    house: House, name: str, *, purposes: Collection[str], operations: Collection[str], rate: int = RATE, by: str
) -> Made:
    """Make a key for a program. Raises InputError `bad-key-name`, `key-exists`, `bad-scope`, `bad-rate`."""
    if not _NAME.fullmatch(name):
        raise InputError("bad-key-name", f"`{name}` names no program", "small letters, digits and dashes", exit_code=3)
    if not 0 < rate <= MOST_RATE:
        raise InputError("bad-rate", f"`{rate}` answers a second", f"a number from 1 to {MOST_RATE}", exit_code=3)
    _scope("purpose", purposes, house.policy.purposes)
    _scope("operation", operations, [*(each.value for each in Operation), RELEASE])
    if RELEASE in operations and not RELEASES & set(operations):
        message, known = "by none of these operations anything leaves the house", ", ".join(sorted(RELEASES))
        raise InputError("bad-scope", message, f"beside `{RELEASE}` name one of: {known}", exit_code=3)
    with house.unit(by) as unit:
        if _live(unit, name):
            raise InputError("key-exists", f"`{name}` has a key", "`troth key rotate` gives it another", exit_code=2)
        return _made(unit, name, frozenset(purposes), frozenset(operations), rate)


def rotate(house: House, name: str, *, overlap: timedelta, by: str) -> Made:
    """Give a program a new key with the same scope; the old one counts on for so long. Raises InputError `no-key`."""
    with house.unit(by) as unit:
        old = _known(unit, name)
        unit.access.end(name, unit.at + overlap, code="rotated")
        return _made(unit, name, old.purposes, old.operations, old.rate)


def revoke(house: House, name: str, *, by: str) -> int:
    """End every key of a program now; how many. Raises InputError `no-key`."""
    with house.unit(by) as unit:
        _known(unit, name)
        return len(unit.access.end(name, unit.at, code="revoked"))


def _made(unit: Unit, name: str, purposes: frozenset[str], operations: frozenset[str], rate: int) -> Made:
    secret = PREFIX + secrets.token_urlsafe(32)
    key = AccessKey(f"k-{secrets.token_hex(6)}", name, digest_of(secret), purposes, operations, rate)
    unit.access.add(key)
    return Made(key, Personal(secret))


def _live(unit: Unit, name: str) -> list[AccessKey]:
    return [key for key in unit.access.live() if key.name == name]


def _known(unit: Unit, name: str) -> AccessKey:
    """The newest key of a program."""
    found = _live(unit, name)
    if not found:
        raise InputError("no-key", f"`{name}` has no key that counts", "`troth key list` shows all", exit_code=2)
    return found[-1]


def _scope(what: str, named: Collection[str], known: Collection[str]) -> None:
    """A key without a scope would open nothing, one with a misspelt word less than was meant."""
    if not named:
        raise InputError("bad-scope", f"the key may ask for no {what}", f"name one: `--{what}`", exit_code=3)
    for word in sorted(named):
        if word not in known:
            remedy = did_you_mean(word, known) or f"one of {', '.join(sorted(known))}"
            raise InputError("bad-scope", f"`{word}` is no {what} of this policy", remedy, exit_code=3)

"""What every part of a unit shares: the transaction, the moment, the actor, the policy, and the keys."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from troth.ledger.database import told
from troth.ledger.keyring import Keyring
from troth.ledger.vault import Vault
from troth.ports.state import SYSTEM, StateError
from troth.postgres.together import Answer, Line

STAFF = "staff:"
_CODE = re.compile(r"[\w.:/+=,-]{0,400}")
_STAFF_ID = re.compile(r"staff:[A-Za-z0-9._-]{1,64}")


@dataclass(frozen=True)
class Scope:
    """One unit's surroundings."""

    connection: Line
    at: datetime
    by: str
    policy: str
    space: str
    vault: Vault
    keyring: Keyring
    keys_gone: list[str] = field(default_factory=list)
    """Class keys to be destroyed in the vault once this has committed."""
    unread: list[tuple[Answer, Sequence[str]]] = field(default_factory=list)
    """Events whose writing nobody waited for, each with the class keys of its slots."""

    def __post_init__(self) -> None:
        if self.by != SYSTEM and not _STAFF_ID.fullmatch(self.by):
            raise StateError("actor-unknown", "the actor of a unit is `system` or `staff:ID`", "give a staff id")
        if self.at.tzinfo is None:
            raise StateError("moment-without-zone", "the moment of a unit has no time zone", "give an aware datetime")

    def must_be_written(self) -> None:
        """Look whether each event was written that nobody waited for. Raises StateError `key-is-going`."""
        lost: list[str] = []
        for cursor, keys in self.unread:
            with told():
                lost += keys if not cursor.fetchall() else ()
        if lost:
            self.vault.forget(lost)
            raise key_is_going()

    @property
    def staff(self) -> bool:
        """Whether a person of ours acts."""
        return self.by.startswith(STAFF)


def key_is_going() -> StateError:
    """The error of whoever would seal under a key that somebody destroys at this moment."""
    return StateError("key-is-going", "a class key is being destroyed just now", "nothing was written: try again")


def is_code(text: str) -> bool:
    """Whether a text may stand in clear: one word. A space or an `@` is how names, sentences and addresses look."""
    return _CODE.fullmatch(text) is not None


def must_be_codes(**named: str) -> None:
    """Refuse text that is not a code where it would be kept in clear. Raises StateError `not-a-code`."""
    for name, text in named.items():
        if not is_code(text):
            raise StateError(
                "not-a-code", f"`{name}` must be a code or an id", "words about a person belong into a slot"
            )


def plain(value: Any) -> Any:
    """A JSON value in the types that have a canonical form: mappings to dicts, tuples to lists, str enums to text."""
    if isinstance(value, Mapping):
        return {plain(key): plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, Enum) and isinstance(value, str):
        return str(value.value)
    return value

"""What happened. An event is a person-free envelope and one sealed slot for each person concerned."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from troth.model.personal import Personal

Json = Mapping[str, Any]


class Retain:
    """Retention classes of slots: how long the words about a person live. The class picks the key that is deleted."""

    CASE = "case"
    """How a request was handled: kept as proof that it was (Art. 5(2)), three years from the year's end by default."""
    CONSENT = "consent"
    """Proof of what was agreed (Art. 7(1)): outlives the consent, blocked and dated."""
    IDENTITY = "identity"
    """Identifiers and links: goes with the person's erasure."""
    STATE = "state"
    """Choices, objections, relationships as the gate reads them."""
    STAFF = "staff"
    """Who of ours acted."""


@dataclass(frozen=True)
class Slot:
    """The part of an event about one person (or one staff actor), readable only while its class key lives."""

    subject: str
    """Random id of the person, or `staff:ID`."""
    retain: str
    body: Personal[Json]


@dataclass(frozen=True)
class Event:
    """An event before it is written. The envelope must hold nothing about a person: tests with canaries see to it."""

    kind: str
    """Dotted, past tense: `case.opened`, `plan.approved`, `store.applied`, `choice.given`."""
    at: datetime
    envelope: Json
    """Codes, counts, hashes, policy hash: never a name, an identifier, free text."""
    slots: tuple[Slot, ...] = ()
    policy: str = ""
    space: str = ""


@dataclass(frozen=True)
class Recorded:
    """An event as the ledger gives it back."""

    id: int
    position: int | None
    """None until the sequencer has placed it."""
    kind: str
    at: datetime
    envelope: Json
    policy: str
    slots: tuple[Mapping[str, Any] | None, ...] = ()
    """Opened bodies; None where the key or the bytes are gone."""
    extra: Json = field(default_factory=lambda: MappingProxyType({}))

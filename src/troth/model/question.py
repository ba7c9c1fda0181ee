"""What the gate is asked and what it says. The gate's rules are in troth.gate; these are only their nouns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType


class Operation(StrEnum):
    """What somebody wants to do with data about a person."""

    COLLECT = "collect"
    READ = "read"
    USE = "use"
    SEND = "send"
    DISCLOSE = "disclose"
    TRANSFER = "transfer"
    PROFILE = "profile"
    DECIDE = "decide"
    TRACK = "track"


@dataclass(frozen=True)
class Question:
    """May this happen, to this person, for this purpose, now?"""

    operation: Operation
    purpose: str
    person: str
    """Random person id; never an identifier."""
    at: datetime
    fields: tuple[str, ...] = ()
    """Element ids; empty: those the purpose uses."""
    channel: str = ""
    recipient: str = ""
    destination: str = ""
    """Country, for a transfer."""
    role: str = ""
    """The actor's role."""


@dataclass(frozen=True)
class ChoiceState:
    """What a person last said to a choice."""

    yes: bool
    version: int
    at: datetime
    event: int
    """Id of the event that said so."""


@dataclass(frozen=True)
class Objection:
    """A no, stored as a rule: an empty field means all of its kind, so a channel added tomorrow is covered."""

    purpose: str
    channel: str
    marketing: bool
    """Covers every direct-marketing purpose, whatever `purpose` says."""
    at: datetime
    event: int


@dataclass(frozen=True)
class Restriction:
    """Data that is kept but closed: rows of tables in stores, or everything, open only to the named purposes."""

    elements: frozenset[str]
    """Empty: all."""
    open_to: frozenset[str]
    ground: str
    law: str
    until: date | None
    event: int


@dataclass(frozen=True)
class Facts:
    """What is known about the person, folded from events. None: not known; closes exactly the rules that read it."""

    relationships: frozenset[str] | None
    choices: Mapping[str, ChoiceState] | None
    objections: tuple[Objection, ...] | None
    restrictions: tuple[Restriction, ...] | None
    residence: str | None = None
    birth_year: int | None = None
    erased: bool | None = None
    """An erasure was carried out: only retained data remain."""
    age_seconds: float = 0.0
    """How old this view is."""
    position: int = 0
    """Ledger position it was folded at."""


NOTHING_KNOWN = Facts(relationships=None, choices=None, objections=None, restrictions=None)


@dataclass(frozen=True)
class Reason:
    """One reason for or against: a stable code, the words, the clause of the notice, the law behind it."""

    code: str
    allows: bool
    says: str
    clause: str = ""
    law: str = ""


@dataclass(frozen=True)
class Answer:
    """What the gate says. Allowed only if a reason allows and none refuses, but for fields nobody asked for by name."""

    allowed: bool
    reasons: tuple[Reason, ...]
    released: tuple[str, ...] = ()
    withheld: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Element -> code of the reason."""
    duties: tuple[str, ...] = ()
    """What a yes asks for: `unsubscribe-link`, `ledger-disclosure` ..."""
    token: str = ""
    """policy hash, position and question hash: enough to explain the answer later by replay."""

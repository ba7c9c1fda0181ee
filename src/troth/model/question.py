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
    activity: str = ""
    """The activity in which it happens."""
    source: str = ""
    """The declared source of the values; empty: not said."""
    topic: str = ""
    """What a message is about."""
    form: str = "personal"
    """In which form the data is used: `personal`, `pseudonymous`, `aggregated`, `anonymous`."""
    group: int = 0
    """How many people the smallest group of an aggregate is about."""
    itinerary: frozenset[str] = frozenset()
    """Countries of the journey that it is for."""
    decision: str = ""
    """The declared decision, where one is taken."""
    tracker: str = ""
    """The declared tracker, where one is set or read."""
    instruction: str = ""
    """What a processor is told to do with this hand-over, where each needs its own."""
    space: str = ""
    """The customer on whose behalf we act; empty: our own."""
    emergency: bool = False
    """The actor goes beyond their role and is looked at afterwards."""


@dataclass(frozen=True)
class ChoiceState:
    """What a person last said to a choice."""

    yes: bool
    version: int
    at: datetime
    event: int
    """Id of the event that said so."""
    confirmed: bool = False
    """The message to their address was answered, where the choice asks for that."""


@dataclass(frozen=True)
class Objection:
    """A no, stored as a rule: an empty field means all of its kind, so a channel added tomorrow is covered."""

    purpose: str
    channel: str
    marketing: bool
    """Covers every direct-marketing purpose, whatever `purpose` says."""
    at: datetime
    event: int
    overruled: bool = False
    """A person of the office found grounds that override it. Against direct marketing that counts for nothing."""


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
    citizenship: str | None = None
    """ISO 3166-1."""
    events: Mapping[str, datetime] | None = None
    """Declared event -> when it last happened to them."""
    matters: frozenset[str] | None = None
    """Kinds of matter that are open about them."""
    messages: Mapping[tuple[str, str], tuple[datetime, ...]] | None = None
    """(purpose, channel) -> when messages left, for as long as a policy counts them."""
    told: frozenset[str] | None = None
    """Hashes of the policy versions whose notice reached them."""
    since: Mapping[str, datetime] | None = None
    """Relationship -> when it began. What ended a relationship before it began anew ends it no more."""
    known_with: frozenset[str] | None = None
    """Relationships of people who are known together with them: the guardian of a child."""
    age_seconds: float = 0.0
    """How old this view is."""
    position: int = 0
    """Ledger position it was folded at."""
    event: int = 0
    """Newest event about the person that is in it: events of one person commit in the order of their ids."""


NOTHING_KNOWN = Facts(relationships=None, choices=None, objections=None, restrictions=None)
NOBODY = Facts(
    relationships=frozenset(),
    choices=MappingProxyType({}),
    objections=(),
    restrictions=(),
    erased=False,
    events=MappingProxyType({}),
    matters=frozenset(),
    messages=MappingProxyType({}),
    told=frozenset(),
    since=MappingProxyType({}),
    known_with=frozenset(),
)
"""That we do not know somebody is knowledge: no relationship, so nothing is open. Other than not reaching the facts."""


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
    """What a yes asks for: `unsubscribe-link`, `ledger-disclosure`, `rows-of:company-account` ..."""
    transforms: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Released element -> the only form in which it may be used or handed over."""
    token: str = ""
    """policy hash, position and question hash: enough to explain the answer later by replay."""

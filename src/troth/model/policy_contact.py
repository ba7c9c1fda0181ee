"""Where people and their data meet the organisation: activities, sources, forms, trackers, customers, the outside.

Frozen nouns without YAML; troth.policy reads them and has checked that their ids resolve.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from troth.model.period import UNSAID, Period
from troth.model.problem import Place
from troth.model.text import NONE, SILENT, Text
from troth.model.where import ANYWHERE, Where


@dataclass(frozen=True)
class Event:
    """Something that happens to a person or a matter, by which use begins or ends and periods start."""

    id: str
    says: Text
    place: Place
    kind: str = "other"
    """`contract`, `inquiry`, `request`, `subscription`, `participation`, `registration`, `membership`, `case`,
    `end`, `other`: what it may open.
    """


@dataclass(frozen=True)
class Activity:
    """Something that we do and that brings or uses data: the website, an event, a shop counter, recruiting."""

    id: str
    says: Text
    place: Place
    role: str = "controller"
    """`controller`, `joint-controller`, `processor`: what we are in it."""
    partners: tuple[str, ...] = ()
    """Recipients that decide together with us, or for which we work."""
    essence: Text = SILENT
    """What a joint arrangement comes to (GDPR Art. 26(2))."""
    requests_to: str = ""
    """Recipient that answers requests about it in the first place."""
    notice: str = ""
    """Specific notice that governs it beside the main one; empty: the main notice alone."""
    countries: frozenset[str] = frozenset()
    """Where it takes place, if not at home."""
    relationships: tuple[str, ...] = ()
    starts: str = ""
    """ISO date; before it the activity is closed."""
    intended: bool = False
    ends: str = ""
    account_needed: bool = False


@dataclass(frozen=True)
class Source:
    """Where data comes from, if not from the person: what it may give, and how the person learns of it."""

    id: str
    says: Text
    place: Place
    kind: str
    gives: frozenset[str] = frozenset()
    """Element ids; whatever else arrives is dropped and named."""
    never: frozenset[str] = frozenset()
    purposes: tuple[str, ...] = ()
    occasions: Mapping[str, Text] = NONE
    needs: tuple[str, ...] = ()
    """Evidence without which nothing is taken: `url-and-date`, `permission-statement` ..."""
    giver: str = ""
    """Recipient that is this source too: a loyalty partner, a network."""
    activities: tuple[str, ...] = ()
    where: Where = ANYWHERE
    aggregates_of: int = 0
    """Only counts are taken, each over at least so many people; 0: values."""
    once_by: str = ""
    """Element that names a delivery: the same one counts once."""
    kept_apart: bool = False
    readers: tuple[str, ...] = ()
    """Roles that may read it; none: whoever may use the purpose."""
    tell_within: Period = UNSAID
    """In which the person is told (GDPR Art. 14); unsaid: the law's own limit."""
    tell_at_first_message: bool = False


@dataclass(frozen=True)
class FormField:
    """One thing that a form asks for."""

    id: str
    element: str
    place: Place
    says: Text = SILENT
    why: str = "optional"
    """`optional`, `contract`, `law`, `needed` (to do what was asked)."""
    obligation: str = ""
    """The duty that demands it, where `why` is `law`."""
    mandatory: bool = False
    consequence: Text = SILENT
    """What follows from not giving it (GDPR Art. 13(2)(e))."""
    where: Where = ANYWHERE


@dataclass(frozen=True)
class Missing:
    """What happens while something mandatory is missing."""

    place: Place
    says: Text
    remind_after: Period = UNSAID
    ends: tuple[str, ...] = ()
    """Purposes that cannot be carried out without it."""
    decided_by: str = ""
    """Role that decides on a cancellation."""
    told_before: bool = False


@dataclass(frozen=True)
class Form:
    """A point at which data is collected: a web form, a phone call, a request that a server answers."""

    id: str
    says: Text
    place: Place
    by: str
    """`web`, `app`, `mail`, `phone`, `video`, `paper`, `in-person`, `request`, `device`, `import`."""
    activity: str = ""
    relationships: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    fields: Mapping[str, FormField] = NONE
    takes_along: frozenset[str] = frozenset()
    """Elements that come without being typed: an IP address, the time."""
    choices: tuple[str, ...] = ()
    """Choices shown at it, never ticked beforehand."""
    needs_choice: str = ""
    """A choice without which a submission is refused."""
    announces: Text = SILENT
    """What is said before anything is taken, where nobody reads: on the phone, say."""
    interests: Text = SILENT
    """Legitimate interests shown at the moment of collection."""
    notices: tuple[str, ...] = ()
    """Specific notices shown at it."""
    opens: str = ""
    """Kind of matter that a submission opens."""
    permission: str = ""
    """`device` permission that it depends on: `location`, `photos`, `contacts`, `telephony`."""
    measures: tuple[str, ...] = ()
    if_missing: Missing | None = None


@dataclass(frozen=True)
class TrackerCategory:
    """A group of trackers that a visitor allows or refuses together."""

    id: str
    says: Text
    place: Place
    necessary: bool = False
    because: Text = SILENT
    """Why it is strictly necessary."""
    choice: str = ""
    without: Text = SILENT
    """What works otherwise, or not, when it is refused."""


@dataclass(frozen=True)
class Tracker:
    """A cookie, pixel, software kit or other method that recognises a device."""

    id: str
    says: Text
    place: Place
    category: str
    names: tuple[str, ...]
    """Names as a browser shows them; `*` stands for any ending."""
    method: str
    found: tuple[str, ...]
    """`web`, `app`, `email`, `product`."""
    owner: str = ""
    """Recipient it belongs to; empty: ourselves."""
    hosts: tuple[str, ...] = ()
    session: bool = False
    """It ends with the browser's session."""
    lifetime: Period = UNSAID
    """Not renewed beyond it."""
    elements: frozenset[str] = frozenset()
    purposes: tuple[str, ...] = ()
    disable: Text = SILENT


@dataclass(frozen=True)
class Tracking:
    """Everything that follows a visitor, and the signals that are honoured."""

    categories: Mapping[str, TrackerCategory] = NONE
    trackers: Mapping[str, Tracker] = NONE
    signals: Mapping[str, tuple[str, ...]] = NONE
    """Signal (`gpc`) -> the categories that it refuses."""
    works_without: Text = SILENT
    """What still works with all of it off."""
    never: tuple[str, ...] = ()
    """Methods that are not used at all, even as a fallback."""


@dataclass(frozen=True)
class Outside:
    """A host or service that our notice does not cover."""

    id: str
    says: Text
    place: Place
    hosts: tuple[str, ...]
    policy: str = ""
    """Where its own notice stands, if it has one."""
    responsible: str = ""
    told_on_leaving: bool = False


@dataclass(frozen=True)
class Instruction:
    """What a customer told us to do with its data."""

    id: str
    says: Text
    place: Place
    purposes: tuple[str, ...] = ()
    elements: frozenset[str] = frozenset()
    roles: tuple[str, ...] = ()
    """Staff that may act on it; nobody else enters the space."""
    given: str = ""
    until: str = ""


@dataclass(frozen=True)
class Space:
    """A customer whose data we process on its behalf."""

    id: str
    name: str
    place: Place
    contact: str
    """The customer's own privacy contact, named to whoever asks us."""
    activities: tuple[str, ...] = ()
    affiliates: tuple[str, ...] = ()
    contract_signed: str = ""
    contract_until: str = ""
    regions: frozenset[str] = frozenset()
    """Countries in which the customer lets its data be."""
    stores: tuple[str, ...] = ()
    instructions: Mapping[str, Instruction] = NONE
    own_purposes: tuple[str, ...] = ()
    """Our own purposes that may use its data, by a declared exception; none is the rule."""
    support_within: Period = UNSAID
    log_shown: bool = False
    """Whether the customer sees who of ours entered."""

"""What guards the promises of a policy: limits, duties, transfers, roles, measures, decisions, matters, changes.

Frozen nouns without YAML; troth.policy reads them and has checked that their ids resolve.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from troth.model.period import UNSAID, Period
from troth.model.problem import NO_PLACE, Place
from troth.model.text import NONE, SILENT, Text
from troth.model.where import ANYWHERE, Where


@dataclass(frozen=True)
class Limit:
    """A promise about the policy itself: a closed set that nobody may quietly widen."""

    id: str
    says: Text
    of: str
    """`element:call-recording`, `category:…`, `purpose:…`, `recipient-class:…`, `organisation:…` ..."""
    place: Place
    only: Mapping[str, tuple[str, ...]] = NONE
    """Dimension (`purposes`) -> all that may ever stand there."""
    never: Mapping[str, tuple[str, ...]] = NONE
    """Dimension -> what never stands there; `all`: nothing does."""
    must: tuple[str, ...] = ()
    """What each thing it speaks of has to declare: `retention`, `source` ..."""
    unless: str = ""
    """Specific notice that lifts it; as long as there is none it binds."""


@dataclass(frozen=True)
class Obligation:
    """A duty to collect, check or hand over, under a law; duties to keep are retention rules."""

    id: str
    says: Text
    place: Place
    cites: str
    kind: str
    """`collect`, `disclose`, `screen`, `record`, `public-interest`."""
    elements: frozenset[str] = frozenset()
    purposes: tuple[str, ...] = ()
    countries: frozenset[str] = frozenset()
    checked: str = "nobody"


@dataclass(frozen=True)
class Safeguard:
    """What protects data outside the home region, or the necessity that excuses a transfer."""

    id: str
    says: Text
    place: Place
    mechanism: str
    countries: frozenset[str] = frozenset()
    parties: tuple[str, ...] = ()
    """Recipients that signed; none: every recipient that names it."""
    signed: str = ""
    until: str = ""
    module: str = ""
    document: str = ""
    """Where a copy is found."""
    review_every: Period = UNSAID
    choice: str = ""
    """The choice that gives consent to the transfer."""
    assessment: str = ""
    assessment_until: str = ""
    itinerary: str = ""
    """Necessity: the element that names the countries a person travels to."""
    elements: frozenset[str] = frozenset()
    where: Where = ANYWHERE


@dataclass(frozen=True)
class Transfers:
    """The rules for data that leaves home."""

    home: frozenset[str] = frozenset()
    """Country codes; empty: the home region of the law packs."""
    home_of_person: bool = False
    """Home is wherever the person lives."""
    safeguards: Mapping[str, Safeguard] = NONE
    reasons: Mapping[str, Text] = NONE
    """The closed list of reasons; none: each purpose is one."""
    one_off_ends_after: Period = UNSAID
    """How long a transfer that is no standing feed stays open."""
    allowed: frozenset[str] = frozenset()
    """Countries beside home in which anything may be stored at all; empty: wherever a safeguard reaches."""
    place: Place = NO_PLACE


@dataclass(frozen=True)
class Hold:
    """A kind of hold that makes data wait beyond its period."""

    id: str
    says: Text
    place: Place
    set_by: str
    """Role."""
    review_every: Period
    elements: frozenset[str] = frozenset()
    """What it makes wait; empty: all that the person has in it."""
    for_matters: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    """Purposes that may still read what is held."""


@dataclass(frozen=True)
class BreakGlass:
    """Access beyond the role, looked at afterwards."""

    place: Place
    purposes: tuple[str, ...]
    review_by: str
    within: Period


@dataclass(frozen=True)
class Role:
    """What a job needs to see."""

    id: str
    says: Text
    place: Place
    purposes: tuple[str, ...] = ()
    elements: frozenset[str] = frozenset()
    """Narrower than what the purposes use; empty: all of that."""
    only_own: str = ""
    """Element (a station, a branch) by which somebody sees only the rows of their own place."""
    granted_by: str = ""
    recertify_every: Period = UNSAID
    at_most: int = 0
    """People who may hold it; 0: no limit."""
    every_use_logged: bool = False
    break_glass: BreakGlass | None = None


@dataclass(frozen=True)
class Measure:
    """Something that protects data."""

    id: str
    says: Text
    place: Place
    against: tuple[str, ...]
    """`loss`, `destruction`, `alteration`, `disclosure`, `access`, `misuse`."""
    kind: str = "online"
    standard: str = ""
    elements: frozenset[str] = frozenset()
    stores: tuple[str, ...] = ()
    control: str = ""
    """The named check that looks whether it works."""
    owner: str = ""
    reviewed: str = ""
    review_every: Period = UNSAID
    evidence: str = ""


@dataclass(frozen=True)
class Risk:
    """What remains although measures are taken."""

    id: str
    says: Text
    place: Place
    against: tuple[str, ...] = ()
    outside_control: bool = False


@dataclass(frozen=True)
class Protection:
    """All measures, and what they do not reach."""

    measures: Mapping[str, Measure] = NONE
    risks: Mapping[str, Risk] = NONE


@dataclass(frozen=True)
class Decision:
    """A kind of decision that a machine takes and that touches people."""

    id: str
    says: Text
    place: Place
    purpose: str
    inputs: frozenset[str]
    logic: Text
    consequences: Text
    exception: str
    """`contract`, `law`, `explicit-consent`, or `human-decides` where a person has the last word."""
    because: Text = SILENT
    choice: str = ""
    obligation: str = ""
    special_condition: str = ""
    reviewed_by: str = ""
    """Role that decides anew when asked."""
    review_within: Period = UNSAID
    assessment: str = ""
    assessment_until: str = ""


@dataclass(frozen=True)
class Decisions:
    """Automated decisions: declared as none, or listed. Undeclared is not none."""

    declared: bool = False
    kinds: Mapping[str, Decision] = NONE
    place: Place = NO_PLACE


@dataclass(frozen=True)
class Step:
    """One step of a matter, in the order in which it stands."""

    id: str
    says: Text
    place: Place
    by: str = ""
    """Role."""
    within: Period = UNSAID
    records: Mapping[str, Text] = NONE
    """Facts without which the step is not done."""
    not_by_who_did: str = ""
    """An earlier step whose hand this one must not have: four eyes."""


@dataclass(frozen=True)
class Telling:
    """Who is told in a matter, and when."""

    place: Place
    who: tuple[str, ...]
    """`person`, `authority`, `recipients`, or a role."""
    says: Text = SILENT
    facts: Mapping[str, Text] = NONE
    """What the message states."""
    by: str = "any"
    """`any`, `written`, `message`."""
    before_effect: bool = False
    when: str = "always"
    """`always`, `high-risk`, `on-request`."""
    within: Period = UNSAID


@dataclass(frozen=True)
class Matter:
    """A kind of case beside the rights: a complaint, a breach, a request of an authority, a conversation."""

    id: str
    says: Text
    place: Place
    kind: str
    anyone: bool = False
    """Whether somebody without an account may open it."""
    routes: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    owner: str = ""
    decided_by: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()
    due: Period = UNSAID
    due_from: str = "received"
    clock: str = ""
    """A law pack's clock: `gdpr breach-authority`."""
    escalate_to: str = ""
    escalate_after: Period = UNSAID
    silence_after: Period = UNSAID
    """How long nothing happens until the owner is asked to decide."""
    steps: Mapping[str, Step] = NONE
    tells: tuple[Telling, ...] = ()
    purposes: tuple[str, ...] = ()
    """Purposes that are open under such a matter."""
    recipients: tuple[str, ...] = ()
    partial: bool = False
    """It may be granted in part."""
    period: str = ""
    """`limited`, `unlimited`, `either`: how long its outcome holds, where it has one that lasts."""
    ends_by: tuple[str, ...] = ()
    retention: str = ""
    blocks_until_done: bool = False
    """What it speaks of waits until it is closed: a release, a hand-over."""


@dataclass(frozen=True)
class Rating:
    """How people learn of a change of this weight."""

    id: str
    says: Text
    place: Place
    measures: tuple[str, ...]
    """`page`, `banner`, `message`, `fresh-choice`."""
    before_effect: bool = False
    ahead: Period = UNSAID
    each_person: bool = False
    """Whoever was not reached stays under the old version."""
    despite_objection: bool = False
    """It is sent as a service message, also to those who want no advertising."""
    old_choice_ends: bool = False


@dataclass(frozen=True)
class NewPurpose:
    """What opens a purpose that was not told when the data came."""

    place: Place
    compatible: tuple[str, ...] = ()
    """`assessment`, `notice`."""
    unrelated: tuple[str, ...] = ()
    """`notice`, `legal-basis`, `choice`."""
    rules: tuple["NewPurposeRule", ...] = ()


@dataclass(frozen=True)
class NewPurposeRule:
    """What else is needed for some people."""

    place: Place
    where: Where
    needs: tuple[str, ...]


@dataclass(frozen=True)
class Changes:
    """How the notice is changed."""

    ratings: Mapping[str, Rating] = NONE
    new_purpose: NewPurpose | None = None
    automated_decisions: str = ""
    """Rating that a change of the automated decisions has at least."""
    review_every: Period = UNSAID
    drift_to: str = ""
    """Role whose task it is when notice and declarations part."""
    place: Place = NO_PLACE


@dataclass(frozen=True)
class Assessment:
    """A written weighing, signed for a time."""

    file: str
    kind: str
    until: str
    signed: str
    outcome: str
    """`open`: what it weighs may be done; `closed`: it may not."""
    sections: tuple[str, ...]
    place: Place

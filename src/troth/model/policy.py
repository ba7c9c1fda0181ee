"""What a policy folder says once compiled: frozen, comparable, and free of YAML.

Every declared thing keeps its `place`, so that whatever is shown later can point at the line it comes from.
Ids are lower-kebab and refer to each other by id; the compiler (troth.policy) has checked that they resolve.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from troth.model.datamap import StoreMap
from troth.model.law import Law
from troth.model.period import UNSAID, Period
from troth.model.policy_contact import Activity, Event, Form, Outside, Source, Space, Tracking
from troth.model.policy_guard import (
    Assessment,
    Changes,
    Decisions,
    Hold,
    Limit,
    Matter,
    Obligation,
    Protection,
    Role,
    Transfers,
)
from troth.model.policy_rights import Agent, Fee, Proof, RightOffer, Staff
from troth.model.problem import Place
from troth.model.text import NONE, SILENT, Text
from troth.model.where import ANYWHERE, Where

__all__ = [
    "Agent", "Basis", "BasisRule", "Category", "ChannelRule", "Choice", "ChoiceKind", "Clause", "Contact", "Contract",
    "Element", "Fee", "Interest", "NoObjection", "Organisation", "Policy", "Proof", "Purpose", "Recipient", "Region",
    "Register", "Relationship", "Retention", "RightOffer", "Staff", "Text", "VersionNote",
]  # fmt: skip


@dataclass(frozen=True)
class Register:
    """Where the organisation is registered."""

    place: Place
    court: str
    number: str


@dataclass(frozen=True)
class Contact:
    """Somebody who is reached apart from the organisation: the data protection officer."""

    place: Place
    name: str
    email: str
    phone: str = ""
    address: str = ""


@dataclass(frozen=True)
class Region:
    """A regional variant: who answers there, and who watches."""

    id: str
    says: Text
    place: Place
    countries: frozenset[str] = frozenset()
    name: str = ""
    address: str = ""
    contact: str = ""
    phone: str = ""
    authority: str = ""
    default: bool = False


@dataclass(frozen=True)
class Organisation:
    """Who makes the promises: one installation serves one."""

    id: str
    name: str
    address: str
    contact: str
    """The privacy office's own address, where a person can write."""
    country: str
    """ISO 3166-1 alpha-2."""
    languages: tuple[str, ...]
    """The first is the one problems and terminal texts use."""
    regimes: tuple[str, ...]
    """Law packs that apply, by code (`gdpr`, `es`); a person's residence may add others later."""
    authority: str
    place: Place
    holidays: str = ""
    """Country, or country-state, whose public holidays move a last day (Reg. 1182/71 Art. 3)."""
    register: Register | None = None
    dpo: Contact | None = None
    phone: str = ""
    free_phone: str = ""
    regions: Mapping[str, Region] = NONE
    authorities: tuple[str, ...] = ()
    """Authorities in the law packs (`de/hamburg`) that are named beside the one above."""
    internal_first: Text = SILENT
    """An invitation to complain to us first; it never stands in front of the authority."""
    default_basis: str = ""
    """Basis that holds unless a purpose says why not."""
    regimes_follow: tuple[str, ...] = ("residence",)
    """What of a person brings further regimes: `residence`, `citizenship`, `stay`. One is enough."""
    notice_at: str = ""
    """The one address that always shows the newest notice and links all earlier ones."""
    assessment_sections: Mapping[str, tuple[str, ...]] = NONE
    """Kind of assessment -> ids of sections that ours has beside what the law packs ask."""


@dataclass(frozen=True)
class Element:
    """A kind of personal value."""

    id: str
    category: str
    says: Text
    place: Place
    special: str = ""
    """`health`, `religion` ... when Art. 9 speaks about it; empty otherwise."""
    free_text: bool = False
    """May mention anybody: never released or judged by machine alone."""
    kind: str = "direct"
    """`direct` (says who somebody is), `indirect`, or `pseudonym`."""
    media: bool = False
    """A recording or picture, linked to the people in it."""
    sensitive: str = ""
    """`government-id`, `credential` (shown to nobody), `financial`, `location`, `child`, `contents`."""
    protect: tuple[str, ...] = ()
    """`encrypted`, `masked`, `hashed`, `slow-hash`, `apart`, `secure-channel`, `session-only`, `unlogged`."""
    provided_by: str = "person"
    """`person`, `observed`, `inferred`, `other`: what a portable copy holds is decided by it."""
    held_as: str = ""
    """The only form in which it is kept: `family`, `without-query` ..."""
    shown_as: str = ""
    """How it is shown to everybody but `in_clear_for`."""
    in_clear_for: tuple[str, ...] = ()
    retention: str = ""
    """The rule that ends it wherever it stands."""


@dataclass(frozen=True)
class Category:
    """A named group of elements."""

    id: str
    says: Text
    elements: tuple[str, ...]
    place: Place


@dataclass(frozen=True)
class Relationship:
    """Why we know a person, and which categories that may bring."""

    id: str
    says: Text
    categories: frozenset[str]
    place: Place
    minor: bool = False
    needs: tuple[str, ...] = ()
    """Relationships that must be known beside it: a parent, an adult who collects a child."""
    party: str = "person"
    """`contract` (can be a party), `person`, `third-person` (never a party: no contract opens anything)."""
    ends_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class ChannelRule:
    """Under which condition a purpose may use a channel."""

    channel: str
    place: Place
    needs_choice: str = ""
    """Choice id that must stand at yes."""
    basis: str = ""
    """Basis for this channel, where no choice is needed."""
    where: Where = ANYWHERE
    needs_where: Mapping[str, Where] = NONE
    """Choice id -> where it is needed, beside the one above."""
    soft_opt_in: bool = False
    """Own customers, similar products, a way out offered at collection and in each message."""
    sources: tuple[str, ...] = ()
    """Origins whose addresses may be written to; none: any."""
    similar_to: str = ""
    """Topic to which it is limited."""
    stop: str = ""
    """`link`, `reply`, `device`, `provider`, `account`: the way out in each message."""
    blocks: Mapping[str, str] = NONE
    """Advertisement block in a service message -> the choice that fills it."""
    within: Period = UNSAID
    after: str = ""
    """Event after which, and `within` which time, it may be used."""
    at_most: int = 0
    """Messages for each occasion; 0: no limit."""


@dataclass(frozen=True)
class BasisRule:
    """Another basis for some people or some contexts. The first rule that holds decides."""

    where: Where
    basis: str
    place: Place
    needs: str = ""
    """Choice that must stand at yes besides."""


@dataclass(frozen=True)
class Basis:
    """The ground of a purpose as it was declared, beside `Purpose.basis` and `basis_of`."""

    place: Place
    rules: tuple[BasisRule, ...] = ()
    because: Text = SILENT
    """Why the organisation's default basis does not serve."""
    cites: str = ""


@dataclass(frozen=True)
class Interest:
    """A legitimate interest."""

    says: Text
    place: Place
    whose: str = ""
    """Recipient whose interest it is; empty: our own."""
    third: str = ""
    """A third party that gets nothing from us, by name."""


@dataclass(frozen=True)
class NoObjection:
    """Why nobody can object; or that nobody has to say why they do."""

    place: Place
    possible: bool
    because: Text = SILENT
    absolute: bool = False
    """It takes effect with no grounds and no weighing."""


@dataclass(frozen=True)
class Purpose:
    """What data is used for, on which ground, and where that ends."""

    id: str
    says: Text
    relationships: tuple[str, ...]
    uses: frozenset[str]
    """Element ids (categories are expanded)."""
    never: frozenset[str]
    """Element ids that are closed whatever else is said."""
    basis: str
    basis_of: Mapping[str, str]
    """Element id -> another basis than the default one."""
    channels: Mapping[str, ChannelRule]
    """Channel id -> rule; a channel that is not named is closed."""
    place: Place
    direct_marketing: bool = False
    """An objection is absolute, free and needs no reason (GDPR Art. 21(2)-(3))."""
    assessment: str = ""
    """File with the legitimate-interest assessment; where the basis needs one and it is missing, the purpose is
    closed.
    """
    assessment_until: str = ""
    """ISO date on which the assessment ends."""
    special_condition: str = ""
    """The Art. 9(2) condition, where special categories are used."""
    retention: str = ""
    """Retention rule that ends this purpose's use."""
    ground: Basis | None = None
    condition_of: Mapping[str, str] = NONE
    """Element id -> another condition than the default one."""
    activities: tuple[str, ...] = ()
    where: Where = ANYWHERE
    interest: Interest | None = None
    opens_by: tuple[str, ...] = ()
    """Events without one of which it is closed."""
    ends_by: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()
    """Roles that may use it; none: roles decide by themselves."""
    needs_case: tuple[str, ...] = ()
    """Kinds of matter, one of which must be open."""
    kind: str = "neither"
    """`marketing`, `service`, `neither`."""
    starts: str = ""
    """ISO date before which it is closed."""
    intended: bool = False
    objection: NoObjection | None = None
    profiling: bool = False
    topic: str = ""
    part_of: str = ""
    sources: tuple[str, ...] = ()
    """Sources whose values it may use; none: any."""
    obligations: tuple[str, ...] = ()
    compatible_with: tuple[str, ...] = ()
    compatibility: str = ""
    """File with the assessment of compatibility."""
    compatibility_until: str = ""
    data: str = "personal"
    """`personal`, `pseudonymous`, `aggregated`, `anonymous`: the only form in which it gets data."""
    at_least: int = 0
    """Smallest group that a result may be about."""
    log: str = ""
    """`each`, `counts`: what the ledger keeps of its uses; empty: releases alone."""


@dataclass(frozen=True)
class ChoiceKind:
    """Another kind of choice for some people. The first rule that holds decides."""

    kind: str
    where: Where
    place: Place


@dataclass(frozen=True)
class Choice:
    """What a person can say yes or no to, with the exact words shown."""

    id: str
    says: Text
    """The wording beside the box."""
    version: int
    purposes: tuple[str, ...]
    channels: tuple[str, ...]
    place: Place
    strength: str = "ordinary"
    """`ordinary` or `explicit`."""
    kind: str = "opt-in"
    """`opt-in`: closed until a yes. `opt-out`: open until a no."""
    kind_rules: tuple[ChoiceKind, ...] = ()
    reach: str = "named"
    """`named`: its purposes and channels. `marketing`, `contact`: a no covers all of that, whatever is added later."""
    spares: tuple[str, ...] = ()
    """Purposes that a wide no does not reach."""
    recipients: tuple[str, ...] = ()
    topic: str = ""
    activity: str = ""
    part_of: str = ""
    confirm: str = ""
    """`double`: it stands only after a message to the address was answered."""
    expires: Period = UNSAID
    follows: str = ""
    """Tracker category that brought it: refused there, it ends here."""
    withdraw_by: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()
    """Machine signals that count as a no."""
    counts_for: str = "person"
    """`person`, `address`, `device`: what a withdrawal speaks about."""
    ends: Text = SILENT
    """What ends with a no, and nothing else does."""
    ends_purposes: tuple[str, ...] = ()
    cannot: Text = SILENT
    """What a no cannot bring about, told before it is given."""


@dataclass(frozen=True)
class Contract:
    """What binds a recipient."""

    place: Place
    kind: str
    """`processing`, `joint`, `transfer`, `services`, `rules`."""
    signed: str
    until: str = ""
    instruction: str = "standing"
    """`standing`, or `each`: every hand-over names its own."""
    document: str = ""


@dataclass(frozen=True)
class Recipient:
    """Whoever gets data from us."""

    id: str
    name: str
    role: str
    """`processor`, `joint-controller`, `controller`, `affiliate`, `authority`, `employer`."""
    country: str
    elements: frozenset[str]
    purposes: tuple[str, ...]
    place: Place
    safeguard: Text = SILENT
    """What protects a transfer outside the home region."""
    tell: str = ""
    """How it is told about an erasure: `work-order`, `mail:ADDRESS`, `https:...`; empty: it cannot be told, and
    the plan says so.
    """
    kind: str = ""
    """Class under which the notice names it: `hosting`, `payment`, `carrier`, `advertiser`, `network` ..."""
    stored_in: frozenset[str] = frozenset()
    """Countries in which it keeps data."""
    reached_from: frozenset[str] = frozenset()
    """Countries from which it looks at data: a transfer like any other."""
    safeguards: tuple[str, ...] = ()
    contract: Contract | None = None
    transforms: Mapping[str, str] = NONE
    """Element id -> the form in which it is handed over."""
    fields_exactly: bool = False
    """`elements` is the whole of a fixed form: one more column and nothing leaves."""
    rows_of: str = ""
    """Element that must name this recipient: it gets its own rows only."""
    aggregates_of: int = 0
    only_where: Where = ANYWHERE
    needs_choice: str = ""
    unless_choice: str = ""
    each_time: str = ""
    """Kind of matter that each hand-over needs: there is no standing feed."""
    operation: str = "disclose"
    """`disclose`, `share` (for its own advertising), `sell`, `rent`, `publish`."""
    links: Mapping[str, str] = NONE
    """`policy`, `settings` ... -> address."""
    essence: Text = SILENT
    own_use: Text = SILENT
    """What it does with the data on its own account."""
    passes_on_to: tuple[str, ...] = ()
    activities: tuple[str, ...] = ()
    starts: str = ""
    our_copy: Period = UNSAID
    """How long the file that was made for it stays with us."""
    answers_within: Period = UNSAID
    measures: tuple[str, ...] = ()
    programme: tuple[str, ...] = ()
    """What of its services is used, by the names it gives them."""
    says: Text = SILENT
    """What the name says in each language, where it is a description and no proper name."""


@dataclass(frozen=True)
class Retention:
    """How long rows of a kind stay, counted from what, and what then."""

    id: str
    says: Text
    years: int
    months: int
    days: int
    starts: str
    """`event` (the row's own clock column), `end-of-year` (31 December of the year of that date), or the id of a
    declared event, whose day stands in the row's clock column.
    """
    then: str
    """`delete`, `mask`, `anonymise`, or `block`."""
    place: Place
    statutory: str = ""
    """Citation of the law that obliges us to keep it. Empty: the period is our own promise and does not resist an
    erasure (Art. 17(3)(b)).
    """
    open_to: tuple[str, ...] = ()
    """Purposes that may still read the row while it is blocked."""
    checked: str = "nobody"
    """Who checked the citation, with the date; an unchecked value prints as such."""
    hours: int = 0
    until: str = ""
    """Event with which it ends at once, where no period is counted."""
    hard_limit: bool = False
    """Nothing delays it: no hold, no open matter, no failed run."""
    factors: Mapping[str, Text] = NONE
    """`amount`, `nature`, `sensitivity`, `risk`, `other-means`, `legal` -> how it bore on the period."""
    approved_by: str = ""
    where: Where = ANYWHERE


@dataclass(frozen=True)
class Clause:
    """One promise of the notice."""

    id: str
    title: str
    text: str
    """Markdown."""
    language: str
    speaks_of: tuple[str, ...]
    """References such as `purpose:newsletter`, `recipient:mailer`, `retention:tax-invoice`, `right:erasure`."""
    place: Place
    notice: str = ""
    """Specific notice it stands in; empty: the main one."""
    short: str = ""
    """The first layer: one sentence."""
    under: tuple[str, ...] = ()
    """Law packs that it serves."""
    number: str = ""
    """A number that letters and forms may cite."""


@dataclass(frozen=True)
class VersionNote:
    """Why this version of the policy was made, and by whom."""

    place: Place
    reason: str
    """`legal`, `technical`, `business`."""
    says: Text
    author: str


@dataclass(frozen=True)
class Policy:
    """The whole folder, compiled. Its hash names it for ever."""

    hash: str
    """sha256 (hex) over the folder's files by name and content."""
    effective_from: str
    """ISO date."""
    organisation: Organisation
    elements: Mapping[str, Element]
    categories: Mapping[str, Category]
    relationships: Mapping[str, Relationship]
    purposes: Mapping[str, Purpose]
    choices: Mapping[str, Choice]
    recipients: Mapping[str, Recipient]
    retentions: Mapping[str, Retention]
    rights: Mapping[str, RightOffer]
    staff: Mapping[str, Staff]
    clauses: tuple[Clause, ...]
    stores: Mapping[str, StoreMap]
    spoken_of: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """Reference (`purpose:newsletter`) -> clause ids that speak of it."""
    events: Mapping[str, Event] = NONE
    activities: Mapping[str, Activity] = NONE
    sources: Mapping[str, Source] = NONE
    obligations: Mapping[str, Obligation] = NONE
    transfers: Transfers = field(default_factory=Transfers)
    limits: Mapping[str, Limit] = NONE
    holds: Mapping[str, Hold] = NONE
    roles: Mapping[str, Role] = NONE
    forms: Mapping[str, Form] = NONE
    tracking: Tracking = field(default_factory=Tracking)
    protection: Protection = field(default_factory=Protection)
    decisions: Decisions = field(default_factory=Decisions)
    matters: Mapping[str, Matter] = NONE
    changes: Changes = field(default_factory=Changes)
    spaces: Mapping[str, Space] = NONE
    outside: Mapping[str, Outside] = NONE
    assessments: Mapping[str, Assessment] = NONE
    notices: tuple[str, ...] = ()
    """Specific notices, by id."""
    version: VersionNote | None = None
    declared: frozenset[str] = frozenset()
    """`kind:id` of everything that the folder declares."""
    laws: tuple[Law, ...] = ()
    """Dated values of the law packs, which the gate reads."""

    def clause_of(self, reference: str) -> str:
        """The first clause that speaks of a declared thing, or an empty string."""
        return next(iter(self.spoken_of.get(reference, ())), "")

    def named(self, elements: Iterable[str]) -> tuple[str, ...]:
        """Elements in words; one that is not declared, such as a kind of identifier, stands for itself."""
        return tuple(self.words(self.elements[e].says) if e in self.elements else e for e in elements)

    def words(self, text: Text, language: str = "") -> str:
        """The wording in a language, falling back to the policy's first; nothing where nothing was said."""
        return (text.get(language) or text[self.organisation.languages[0]]) if text else ""

"""What a policy folder says once compiled: frozen, comparable, and free of YAML.

Every declared thing keeps its `place`, so that whatever is shown later can point at the line it comes from.
Ids are lower-kebab and refer to each other by id; the compiler (troth.policy) has checked that they resolve.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from troth.model.datamap import StoreMap
from troth.model.problem import Place

Text = Mapping[str, str]
"""Language code (BCP 47) -> wording. The policy's first language is always present."""


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


@dataclass(frozen=True)
class ChannelRule:
    """Under which condition a purpose may use a channel."""

    channel: str
    place: Place
    needs_choice: str = ""
    """Choice id that must stand at yes."""
    basis: str = ""
    """Basis for this channel, where no choice is needed."""


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
    safeguard: str = ""
    """What protects a transfer outside the home region."""
    tell: str = ""
    """How it is told about an erasure: `work-order`, `mail:ADDRESS`, `https:...`; empty: it cannot be told, and
    the plan says so.
    """


@dataclass(frozen=True)
class Retention:
    """How long rows of a kind stay, counted from what, and what then."""

    id: str
    says: Text
    years: int
    months: int
    days: int
    starts: str
    """`event` (the row's own clock column) or `end-of-year` (31 December of the year of that date)."""
    then: str
    """`delete` or `mask`."""
    place: Place
    statutory: str = ""
    """Citation of the law that obliges us to keep it. Empty: the period is our own promise and does not resist an
    erasure (Art. 17(3)(b)).
    """
    open_to: tuple[str, ...] = ()
    """Purposes that may still read the row while it is blocked."""
    checked: str = "nobody"
    """Who checked the citation, with the date; an unchecked value prints as such."""


@dataclass(frozen=True)
class RightOffer:
    """A right as this organisation offers it."""

    id: str
    """`access`, `erasure`."""
    says: Text
    place: Place
    approve: tuple[str, ...] = ()
    """Staff roles that may sign its plan; empty: none is needed."""
    days: int = 0
    """Our own shorter promise in days; 0: the law's period alone."""


@dataclass(frozen=True)
class Staff:
    """A person or desk of ours who signs: role and public key, never a secret."""

    id: str
    role: str
    public_key: str
    """Ed25519, base64 of the 32 raw bytes."""
    place: Place


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

    def clause_of(self, reference: str) -> str:
        """The first clause that speaks of a declared thing, or an empty string."""
        return next(iter(self.spoken_of.get(reference, ())), "")

    def named(self, elements: Iterable[str]) -> tuple[str, ...]:
        """Elements in words; one that is not declared, such as a kind of identifier, stands for itself."""
        return tuple(self.words(self.elements[e].says) if e in self.elements else e for e in elements)

    def words(self, text: Text, language: str = "") -> str:
        """The wording in a language, falling back to the policy's first."""
        return text.get(language) or text[self.organisation.languages[0]]

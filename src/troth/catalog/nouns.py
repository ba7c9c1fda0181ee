"""What a law pack is made of: frozen values, each with the place in the law that it is from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from dateutil.relativedelta import relativedelta

IN_FORCE = "in-force"


@dataclass(frozen=True)
class Cite:
    """A place in the law, with how sure we are of it."""

    law: str
    article: str
    regime: str
    source: str
    """Address of the official text."""
    in_force_from: date
    status: str
    """`in-force`, `proposed` or `repealed`."""
    checked: str
    """Who compared it with the primary text, and when; `nobody` prints as such."""
    in_force_to: date | None = None
    sure: str = ""
    """Empty: said by the cited text. `secondary`: found in a secondary source only. `reading`: our cautious reading."""
    note: str = ""

    def __str__(self) -> str:
        return f"{self.law} {self.article}".strip()

    def applies(self, on: date) -> bool:
        """Whether it is law on a day. What is only proposed never is."""
        ended = self.in_force_to is not None and on > self.in_force_to
        return self.status != "proposed" and self.in_force_from <= on and not ended


@dataclass(frozen=True)
class Basis:
    """A legal ground for a purpose."""

    id: str
    says: str
    cite: Cite
    needs_choice: bool = False
    needs_assessment: bool = False


@dataclass(frozen=True)
class Condition:
    """What opens a special category of data."""

    id: str
    says: str
    cite: Cite


@dataclass(frozen=True)
class LawRight:
    """A right as the law grants it."""

    id: str
    says: str
    cite: Cite
    clock: str
    """The pack's clock for its answer."""
    grounds: tuple[str, ...] = ()
    """Codes of the pack's cites: when it may be used. None: always."""
    exceptions: tuple[str, ...] = ()
    """Exemptions of the pack that limit it."""
    contents: str = ""
    """The pack's list of what an answer must say."""
    to: str = "person"
    """Who may use it: `person`, or also `relatives` of a dead person."""


@dataclass(frozen=True)
class Exemption:
    """What lets an organisation do less than was asked."""

    id: str
    says: str
    cite: Cite
    of: tuple[str, ...]
    """Rights that it limits."""
    then: str
    """`refuse`, `withhold-part`, `keep`, `restrict` or `charge`."""
    by: str
    """`rule`: it follows from declared facts. `person`: somebody has to find and answer for it."""


@dataclass(frozen=True)
class Content:
    """One thing that an answer, notice or report must say."""

    id: str
    says: str
    cite: Cite
    only_if: str = ""


@dataclass(frozen=True)
class Contents:
    """Everything that one kind of answer, notice or report must say."""

    id: str
    says: str
    cite: Cite
    items: tuple[Content, ...]


@dataclass(frozen=True)
class Identity:
    """When the law lets an organisation ask who somebody is."""

    id: str
    says: str
    cite: Cite
    of: tuple[str, ...]
    """Rights it is about; empty: all."""
    when: str
    """`on-doubt`, `always` or `never`."""


@dataclass(frozen=True)
class Fee:
    """When the law lets an organisation ask for money."""

    id: str
    says: str
    cite: Cite
    of: tuple[str, ...]
    allowed: str
    """`never`, or `finding`: after a person found the request unfounded or excessive."""


@dataclass(frozen=True)
class Withheld:
    """Values that a copy must not show under this law, although they are held. They are named instead."""

    id: str
    says: str
    cite: Cite
    kinds: tuple[str, ...]
    """Kinds of sensitive element."""
    of: tuple[str, ...]


@dataclass(frozen=True)
class Age:
    """From which age a person decides alone."""

    id: str
    says: str
    cite: Cite
    years: int
    about: str
    """`consent`; `sale` without a yes of one's own; `sale-opt-in`: that yes without parents."""
    country: str = ""
    """Where it holds; empty: wherever no other value of the pack does."""


@dataclass(frozen=True)
class MarketingRule:
    """What one channel needs before it may advertise."""

    id: str
    says: str
    cite: Cite
    channels: tuple[str, ...]
    to: str
    """`consumer`, `business` or `anyone`."""
    needs: str
    """`consent`, `explicit-consent`, or `no-objection`."""
    unless: tuple[str, ...]
    """Conditions which, all together, replace the consent (the soft opt-in); empty: nothing does."""
    duties: tuple[str, ...]
    """What each message must do."""


@dataclass(frozen=True)
class Adequacy:
    """A country that a law takes for as safe as home, between two days."""

    id: str
    says: str
    cite: Cite
    countries: frozenset[str]
    only: str
    """What is covered, where not everybody there is."""


@dataclass(frozen=True)
class Mechanism:
    """What else opens a transfer."""

    id: str
    says: str
    cite: Cite
    repeated: bool
    """Whether it carries regular transfers; a derogation for a single situation does not."""


@dataclass(frozen=True)
class Authority:
    """Whom a person can complain to."""

    id: str
    """`de/hamburg`."""
    says: str
    """Its name."""
    cite: Cite
    area: str
    """Country, or country and part: `DE-HH`."""
    of: str
    """`all`, `private` or `public` bodies."""
    address: str
    phone: str
    email: str
    site: str


@dataclass(frozen=True)
class DatedPeriod:
    """How long something must be kept, while that value was or is the law."""

    years: int
    starts: str
    """`event` or `end-of-year`."""
    valid_from: date
    valid_to: date | None
    status: str
    checked: str


@dataclass(frozen=True)
class StatutoryPeriod:
    """A duty to keep, with its values over time."""

    id: str
    says: str
    cite: Cite
    also: tuple[str, ...]
    periods: tuple[DatedPeriod, ...]
    not_ending_while: tuple[str, ...] = ()
    """Conditions that keep the duty alive after its date: the date alone does not end it."""
    who: str = ""
    """Whom it binds, where not every organisation under this law."""

    def at(self, day: date) -> DatedPeriod | None:
        """The value that is law on a day."""
        for period in self.periods:
            if period.valid_from <= day and (period.valid_to is None or day <= period.valid_to):
                return period
        return None

    def until(self, event: date, on: date) -> date | None:
        """The last day of the duty for something of that day, by the value that is law `on` a day.

        None where no value is law then. A condition of `not_ending_while` can keep the duty alive beyond it.
        """
        period = self.at(on)
        if period is None:
            return None
        start = event.replace(month=12, day=31) if period.starts == "end-of-year" else event
        return start + relativedelta(years=period.years)

    @property
    def citation(self) -> str:
        """All places, in the words a plan prints."""
        return ", ".join([str(self.cite), *self.also])


Regions = Mapping[str, frozenset[str]]
"""Countries and parts of countries by a region's name: `eea`."""

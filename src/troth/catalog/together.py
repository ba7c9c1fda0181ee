"""Several laws at once. They combine by kind of question, never by "the strictest".

A permission must be given by all, a deadline is the earliest, an answer says what any of them asks for, and where one
duty says keep and a person says erase, the duty wins with a block. What no rule settles, a person decides.

Every function takes the packs that apply to one person and one organisation (`Catalog.regimes`), and a day where values
have changed over time.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from troth.catalog.clocks import Clock, Ending, Events, clock_end
from troth.catalog.nouns import Adequacy, Age, Authority, Cite, Content, MarketingRule, StatutoryPeriod
from troth.catalog.pack import LawPack

Packs = Sequence[LawPack]


def applying(packs: Iterable[LawPack], established: Iterable[str], residence: str | None) -> tuple[LawPack, ...]:
    """The packs that bind an organisation there with regard to a person who lives there.

    Args:
        packs: Those to choose from.
        established: Country codes where the organisation has an establishment.
        residence: Country, or country and part (`US-CA`). None: not known, and then every pack that protects people by
            where they live applies: none of them may be missed for want of knowledge.
    """
    houses = tuple(established)
    return tuple(
        pack
        for pack in packs
        if any(_within(house, pack.established_in) for house in houses)
        or (pack.residents_of and (residence is None or _within(residence, pack.residents_of)))
    )


def refusing(packs: Packs, basis: str) -> tuple[str, ...]:
    """The laws whose closed list of grounds lacks this one: with any of them it is no ground.

    A law without a list has nothing against it.
    """
    return tuple(pack.code for pack in packs if pack.bases and basis not in pack.bases)


def endings(packs: Packs, right: str, events: Events, place: str = "") -> Mapping[str, Ending]:
    """Until when each law that grants a right wants it answered, by the law's code. `earliest` decides among them."""
    clocks = {
        pack.code: pack.clocks[pack.rights[right].clock]
        for pack in packs
        if right in pack.rights and pack.rights[right].clock in pack.clocks
    }
    return {code: clock_end(clock, events, place) for code, clock in clocks.items() if _is_law(clock)}


def clock_endings(packs: Packs, clock: str, events: Events, place: str = "") -> Mapping[str, Ending]:
    """Until when each law wants another thing done (`breach-authority`), by the law's code."""
    found = {pack.code: pack.clocks[clock] for pack in packs if clock in pack.clocks}
    return {code: clock_end(rule, events, place) for code, rule in found.items() if _is_law(rule)}


@dataclass(frozen=True)
class Line:
    """One thing that an answer must say, and every place in the law that asks for it."""

    id: str
    says: str
    cites: tuple[Cite, ...]
    only_if: str


def contents(packs: Packs, name: str, on: date) -> tuple[Line, ...]:
    """The union of what the laws want an answer or notice to say, in the order of the first that asks for it.

    Two laws that ask for the same thing under different conditions make it unconditional.
    """
    found: dict[str, list[Content]] = {}
    for pack in packs:
        for item in pack.contents[name].items if name in pack.contents else ():
            if item.cite.applies(on):
                found.setdefault(item.id, []).append(item)
    return tuple(
        Line(
            name,
            items[0].says,
            tuple(item.cite for item in items),
            items[0].only_if if len({item.only_if for item in items}) == 1 else "",
        )
        for name, items in found.items()
    )


def shown(packs: Packs, right: str, kind: str) -> str:
    """Whether a copy shows a held value of a sensitive kind: `show`, `withhold`, or `decide`.

    `decide`: one law wants the copy complete and another forbids to show the value; a person settles it.
    """
    granting = [pack for pack in packs if right in pack.rights]
    forbidding = [
        pack for pack in packs if any(kind in row.kinds and right in row.of for row in pack.withheld.values())
    ]
    if not forbidding:
        return "show"
    return "withhold" if all(pack in forbidding for pack in granting) else "decide"


@dataclass(frozen=True)
class Fate:
    """What becomes of something that a person wants erased."""

    then: str
    """`erase`; `block`: kept under a duty and closed to everything else; `decide`: a person has to."""
    duties: tuple[StatutoryPeriod, ...] = ()
    until: date | None = None
    """Last day of the longest duty."""
    not_ending_while: tuple[str, ...] = ()
    """Conditions that can keep a duty alive beyond that day."""


def fate(packs: Packs, claims: Iterable[str], event: date, on: date) -> Fate:
    """What wins when a person says erase and something says keep.

    Args:
        packs: The laws that apply. A duty of any other law is foreign law, and obliges nobody here.
        claims: Why it should be kept: `de tax-voucher` for a duty of a pack; whatever else (a contract, a policy, a
            foreign law) is no legal obligation, and a person has to look at it.
        event: From when the duty counts: the day of the invoice, of the last entry.
        on: Today.
    """
    known = {f"{pack.code} {name}": duty for pack in packs for name, duty in pack.retention.items()}
    duties, open_question = [], False
    for claim in claims:
        duty = known.get(claim)
        until = duty.until(event, on) if duty else None
        if duty is None or until is None or (until < on and duty.not_ending_while):
            open_question = True
        elif until >= on:
            duties.append((until, duty))
    if duties:
        kept = tuple(duty for _, duty in duties)
        conditions = dict.fromkeys(condition for duty in kept for condition in duty.not_ending_while)
        return Fate("block", kept, max(until for until, _ in duties), tuple(conditions))
    return Fate("decide" if open_question else "erase")


def marketing(packs: Packs, channel: str, to: str, on: date) -> tuple[MarketingRule, ...]:
    """The rules that all have to hold before a channel may advertise to a `consumer` or a `business`."""
    return tuple(
        rule
        for pack in packs
        for rule in pack.marketing.values()
        if channel in rule.channels and rule.to in (to, "anyone") and rule.cite.applies(on)
    )


def instead_of_consent(rules: Iterable[MarketingRule]) -> frozenset[str] | None:
    """The conditions that together replace consent under all rules (the soft opt-in).

    Empty: no rule asks for consent. None: at least one asks for it whatever else is true.
    """
    conditions: set[str] = set()
    for rule in rules:
        if rule.needs != "no-objection":
            if not rule.unless:
                return None
            conditions.update(rule.unless)
    return frozenset(conditions)


def coverage(packs: Packs, country: str, on: date) -> Mapping[str, Adequacy | None]:
    """For each law outside whose home a country lies, what takes it for safe; None: that law needs a safeguard.

    A law that knows no home, or to whose home the country belongs, has nothing to ask. All others must be satisfied.
    """
    return {
        pack.code: next(
            (row for row in pack.adequate.values() if country in row.countries and row.cite.applies(on)), None
        )
        for pack in packs
        if pack.home and not _within(country, pack.home)
    }


def age(packs: Packs, country: str, on: date, about: str = "consent") -> Age | None:
    """From which age a person of a country decides alone: the highest that any law says. None: no law says one.

    A value for the country replaces the default of its own pack, not that of another law.
    """
    found = []
    for pack in packs:
        rows = [row for row in pack.ages.values() if row.about == about and row.cite.applies(on)]
        own = [row for row in rows if row.country and _within(country, frozenset({row.country}))]
        found += own or [row for row in rows if not row.country]
    return max(found, key=lambda row: row.years, default=None)


def authorities(packs: Packs, area: str) -> tuple[Authority, ...]:
    """Whom somebody there can turn to: those of the area (`DE-HH`), else those of its country."""
    rows = [row for pack in packs for row in pack.authorities.values()]
    own = [row for row in rows if row.area == area]
    return tuple(own or (row for row in rows if row.area == area.partition("-")[0]))


def _within(place: str, places: frozenset[str]) -> bool:
    """`DE-HH` lies in `DE`; `US` does not lie in `US-CA`."""
    return place in places or place.partition("-")[0] in places


def _is_law(clock: Clock) -> bool:
    return clock.cite.status == "in-force"

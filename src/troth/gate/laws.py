"""What the law packs say on the day of a question: where data is at home, what is as safe, what advertising needs."""

from collections.abc import Iterator

from troth.model.law import Advertising, Law
from troth.model.policy import Policy
from troth.model.question import Facts

_COUNTRY = 2
"""Letters of a country's code; what is longer names a part of it."""


def at_home(policy: Policy, country: str) -> bool:
    """At home is where the organisation is, and whatever its policy calls home, or else every law of its own does."""
    homes = [policy.transfers.home] if policy.transfers.home else [law.home for law in _ours(policy) if law.home]
    return country == policy.organisation.country or (bool(homes) and all(_within(country, home) for home in homes))


def decided_safe(policy: Policy, country: str, day: str) -> bool:
    """Whether each law with a list, outside whose home a country lies, takes it for safe that day."""
    return all(_safe(law, country, day, partly=True) for law in _outside(policy, country) if law.safe)


def safe_in_words(policy: Policy, country: str, day: str) -> bool:
    """Whether mere words are enough: every law of ours takes all of that country for safe."""
    own = any(True for _ in _ours(policy))
    return own and all(_safe(law, country, day, partly=False) for law in _outside(policy, country))


def advertising(policy: Policy, channel: str, facts: Facts, day: str) -> Iterator[Advertising]:
    """What must hold before a channel may advertise to somebody.

    Where somebody lives is not known: then each of our own laws that protects people by that applies.
    """
    for law in policy.laws:
        if _binds(law, policy, facts):
            for rule in law.advertising:
                if channel in rule.channels and rule.since <= day and (not rule.until or day <= rule.until):
                    yield rule


def _binds(law: Law, policy: Policy, facts: Facts) -> bool:
    follow = policy.organisation.regimes_follow
    if law.ours and _within(policy.organisation.country, law.established_in):
        return True
    if facts.residence is None:
        return law.ours and bool(law.residents_of)
    by_residence = (law.ours or "residence" in follow) and _within(facts.residence, law.residents_of)
    citizen = facts.citizenship if "citizenship" in follow else None
    return by_residence or (citizen is not None and _within(citizen, law.residents_of))


def _ours(policy: Policy) -> Iterator[Law]:
    return (law for law in policy.laws if law.ours)


def _outside(policy: Policy, country: str) -> Iterator[Law]:
    return (law for law in _ours(policy) if law.home and not _within(country, law.home))


def _safe(law: Law, country: str, day: str, *, partly: bool) -> bool:
    return any(
        _within(country, row.countries)
        and row.since <= day
        and (not row.until or day <= row.until)
        and (partly or not row.partly)
        for row in law.safe
    )


def _within(place: str, places: frozenset[str]) -> bool:
    """`DE-HH` lies in `DE`; `US` does not lie in `US-CA`."""
    return place in places or place[:_COUNTRY] in places

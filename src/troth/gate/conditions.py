"""Conditions that a policy declares and the gate cannot look at yet: each closes what it stands on.

A policy can say more than the gate can see: where a value came from, which event opened a use, for whom a channel is
meant. Reading past such a word would make the policy wider than it says, so its key is named and the answer is no. A
condition that the gate learns to read leaves these lists.
"""

from collections.abc import Iterator

from troth.model.policy import ChannelRule, Purpose, Recipient
from troth.model.policy_guard import Safeguard


def of_purpose(purpose: Purpose, *, service: bool) -> Iterator[str]:
    """Keys of a purpose. What is owed to the person goes on: the contract itself says when it begins and ends."""
    if not purpose.where.anywhere:
        yield "where"
    if purpose.ground and purpose.ground.rules:
        yield "rules"
    if purpose.needs_case:
        yield "needs-case"
    if purpose.data != "personal" or purpose.at_least:
        yield "data"
    if not service:
        yield from (
            key
            for key, said in (
                ("opens-by", purpose.opens_by),
                ("ends-by", purpose.ends_by),
                ("sources", purpose.sources),
            )
            if said
        )


def of_channel(rule: ChannelRule | None) -> Iterator[str]:
    """Keys of a channel's rule."""
    if rule is None:
        return
    if not rule.where.anywhere:
        yield "where"
    said = {
        "needs-where": rule.needs_where,
        "soft-opt-in": rule.soft_opt_in,
        "sources": rule.sources,
        "similar-to": rule.similar_to,
        "after": rule.after,
        "within": rule.within,
        "at-most": rule.at_most,
    }
    yield from (key for key, value in said.items() if value)


def of_recipient(recipient: Recipient) -> tuple[str, ...]:
    """Keys of a recipient. A field that is to be changed on its way would leave as it is."""
    said = {
        "only-where": not recipient.only_where.anywhere,
        "needs-choice": recipient.needs_choice,
        "unless-choice": recipient.unless_choice,
        "each-time": recipient.each_time,
        "rows-of": recipient.rows_of,
        "aggregates-of": recipient.aggregates_of,
        "transforms": recipient.transforms,
        "fields-exactly": recipient.fields_exactly,
        "activities": recipient.activities,
    }
    return tuple(key for key, value in said.items() if value)


def places(recipient: Recipient) -> frozenset[str]:
    """Countries in which a recipient has data: where it sits, keeps it, and looks at it from."""
    return frozenset({recipient.country}) | recipient.stored_in | recipient.reached_from


def protects(safeguard: Safeguard, recipient: str, country: str, day: str) -> bool:
    """Whether a safeguard is in force on an ISO day, there, for this recipient; one with a condition is not read."""
    conditional = safeguard.choice or safeguard.itinerary or safeguard.elements or not safeguard.where.anywhere
    return (
        not conditional
        and safeguard.signed <= day
        and (not safeguard.until or day <= safeguard.until)
        and (not safeguard.countries or country in safeguard.countries)
        and (not safeguard.parties or recipient in safeguard.parties)
    )

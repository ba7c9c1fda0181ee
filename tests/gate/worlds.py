"""Random policies, people and questions to compare gate and reference: any fact may be false, None or absent."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from random import Random
from typing import Any

from tests.gate import dressings as words
from tests.gate.dressings import DRESSINGS, HOUR
from tests.gate.policies import HERE, airline, hashed, varied

from troth.model.policy import Contract, Policy
from troth.model.policy_guard import Safeguard, Transfers
from troth.model.question import ChoiceState, Facts, Objection, Operation, Question, Restriction

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
AIRLINE = airline()
ELEMENTS = (*AIRLINE.elements, "shoe-size")
PURPOSES = (*AIRLINE.purposes, "unheard-of")
RELATIONSHIPS = (*AIRLINE.relationships, "stranger")
CHOICES = (*AIRLINE.choices, "dropped")
CHANNELS = ("email", "push", "post", "sms", "courier")
BASES = (
    "consent",
    "contract",
    "pre-contract",
    "legal-obligation",
    "vital-interests",
    "public-task",
    "legitimate-interest",
    "recognised-interest",
)


def some(rng: Random, items: tuple[str, ...], chance: float = 0.5) -> frozenset[str]:
    """A random part of the items."""
    return frozenset(item for item in items if rng.random() < chance)


def maybe(rng: Random, value: Any, chance: float = 0.15) -> Any:
    """The value, or None where nothing is known."""
    return None if rng.random() < chance else value


def one(rng: Random, *values: Any) -> Any:
    """One of the values."""
    return rng.choice(values)


def policy(rng: Random) -> Policy:
    """The airline with some declarations changed at random, most of them not."""
    changes: dict[str, Any] = {"purposes": {}, "choices": {}, "elements": {}, "recipients": {}, "relationships": {}}
    for name in AIRLINE.purposes:
        if rng.random() < 0.3:
            changes["purposes"][name] = purpose_change(rng)
    for name in AIRLINE.choices:
        if rng.random() < 0.2:
            changes["choices"][name] = one(
                rng,
                {"version": rng.randint(1, 3)},
                {"strength": one(rng, "ordinary", "explicit")},
                {"purposes": sorted(some(rng, PURPOSES))},
                {"channels": sorted(some(rng, CHANNELS, 0.3))},
            )
    if rng.random() < 0.2:
        changes["elements"][one(rng, *AIRLINE.elements)] = {"special": "health", "free_text": rng.random() < 0.3}
    if rng.random() < 0.3:
        changes["recipients"][one(rng, *AIRLINE.recipients)] = {
            "elements": some(rng, ELEMENTS),
            "purposes": sorted(some(rng, PURPOSES)),
            "safeguard": one(rng, "", "standard-clauses"),
            "country": one(rng, "DE", "MA", "IE"),
            **handed(rng),
        }
    if rng.random() < 0.05:
        changes["elements"]["interests"] = None
    made = varied(AIRLINE, changes)
    if rng.random() < 0.3:
        made = hashed(replace(made, transfers=transfers(rng)))
    return made


def transfers(rng: Random) -> Transfers:
    """A home, and one paper that may or may not protect."""
    paper = Safeguard(
        "paper",
        {"en": "paper"},
        HERE,
        "scc",
        countries=one(rng, frozenset(), frozenset({"MA"}), frozenset({"IE"})),
        parties=one(rng, (), ("handler",), ("mailer",)),
        signed=one(rng, "2025-01-01", "2026-03-01", "2026-03-02"),
        until=one(rng, "", "2026-02-28", "2026-03-01"),
        **one(rng, {}, {}, {}, {"itinerary": "flight"}, {"choice": "newsletter"}),
    )
    return Transfers(home=one(rng, frozenset(), frozenset({"IE"})), safeguards={"paper": paper})


def handed(rng: Random) -> dict[str, Any]:
    """What else a recipient may declare, now and then."""
    contract = Contract(HERE, "processing", one(rng, "2025-01-01", "2026-03-02"), one(rng, "", "2026-02-28"))
    return one(
        rng,
        {},
        {},
        {"contract": contract},
        {"starts": one(rng, "2026-03-01", "2026-03-02")},
        {"stored_in": frozenset({"MA"}), "safeguards": ("paper",)},
        {"reached_from": frozenset({"IE"}), "safeguards": ("paper", "lost")},
        {"safeguards": ("paper",)},
    )


def purpose_change(rng: Random) -> dict[str, Any] | None:
    """One way to change a purpose; None takes it away."""
    return one(
        rng,
        None,
        {"basis": one(rng, "", "whim", *BASES)},
        {"basis_of": {one(rng, *ELEMENTS): one(rng, "whim", *BASES)}},
        {"direct_marketing": rng.random() < 0.5},
        {"profiling": rng.random() < 0.5},
        {"assessment": one(rng, "", "assessments/a.md")},
        {"assessment_until": one(rng, "", "2026-02-28", "2026-03-01", "2027-01-01", "someday")},
        {"special_condition": one(rng, "", "explicit-consent", "vital-interests")},
        {"uses": some(rng, ELEMENTS), "never": some(rng, ELEMENTS, 0.1)},
        {"relationships": one(rng, [], sorted(some(rng, RELATIONSHIPS)))},
        {"starts": one(rng, "2026-02-28", "2026-03-01", "2026-03-02"), "intended": rng.random() < 0.5},
        {"intended": True},
        {"readers": one(rng, ("desk",), ("desk", "crew"))},
        {
            "channels": {
                name: {"needs_choice": one(rng, "", "", *CHOICES), "basis": one(rng, "", "", *BASES)}
                for name in some(rng, CHANNELS)
            }
        },
    )


def facts(rng: Random) -> Facts:
    """A person: mostly well known, sometimes not at all, sometimes seen too long ago."""
    related = frozenset({one(rng, "customer", "customer", "member", "visitor")}) | some(rng, RELATIONSHIPS, 0.2)
    restrictions = tuple(restriction(rng) for _ in range(one(rng, 0, 0, 0, 1, 2, 3)))
    objections = tuple(objection(rng) for _ in range(one(rng, 0, 0, 0, 1, 2)))
    absent = one(rng, 0.0, 0.0, 0.2, 1.0)
    return Facts(
        relationships=maybe(rng, related, absent),
        choices=maybe(rng, choices(rng), absent),
        objections=maybe(rng, objections, absent),
        restrictions=maybe(rng, restrictions, absent),
        birth_year=one(rng, None, None, 1980, 2007, 2008, 2012),
        erased=maybe(rng, rng.random() < 0.15, absent),
        age_seconds=one(rng, 0.0, 0.0, 0.0, 0.0, 2.0, 2.5, -1.0, float("nan")),
        position=rng.randint(0, 9),
        **beyond(rng, absent),
    )


def beyond(rng: Random, absent: float) -> dict[str, Any]:
    """What is known beyond the plain facts: where somebody lives, what happened, what left, what they were told."""
    return {
        "residence": maybe(rng, one(rng, "DE", "ES", "US", "US-CA", "MA"), max(absent, 0.2)),
        "citizenship": maybe(rng, one(rng, "DE", "ES", "US"), max(absent, 0.3)),
        "events": maybe(rng, moments(rng), absent),
        "matters": maybe(rng, some(rng, words.MATTERS), absent),
        "messages": maybe(rng, messages(rng), absent),
        "told": maybe(rng, frozenset({"today"}) if rng.random() < 0.6 else frozenset(), absent),
        "since": maybe(rng, {name: AT - rng.choice(AGO) for name in some(rng, RELATIONSHIPS)}, 0.5),
        "known_with": maybe(rng, some(rng, ("guardian", "teacher"), 0.7), absent),
    }


AGO = (-HOUR, timedelta(0), HOUR, 23 * HOUR, 24 * HOUR, 25 * HOUR, timedelta(days=28), timedelta(days=32))
"""How long before the question something was; a negative one is still to come."""


def moments(rng: Random) -> dict[str, datetime]:
    """When something last happened."""
    return {name: AT - rng.choice(AGO) for name in some(rng, words.EVENTS, 0.7)}


def messages(rng: Random) -> dict[tuple[str, str], tuple[datetime, ...]]:
    """When messages left."""
    left = tuple(AT - rng.choice(AGO) for _ in range(rng.randint(0, 2)))
    return {(name, channel): left for name in PURPOSES for channel in CHANNELS}


def choices(rng: Random) -> dict[str, ChoiceState]:
    """What somebody said to some of the choices."""
    leaning = one(rng, 0.5, 0.9)
    return {
        name: ChoiceState(
            yes=rng.random() < leaning,
            version=one(rng, 1, 1, 2, 2, 3, 9),
            at=AT - rng.choice(AGO),
            event=1,
            confirmed=rng.random() < 0.7,
        )
        for name in some(rng, (*CHOICES, "no-ads", "less"), leaning)
    }


def objection(rng: Random) -> Objection:
    """A no to a purpose or to all, on a channel or on all."""
    overruled = rng.random() < 0.2
    return Objection(one(rng, "", *PURPOSES), one(rng, "", *CHANNELS), rng.random() < 0.3, AT, 1, overruled)


def restriction(rng: Random) -> Restriction:
    """A restriction, or rows kept until a day, around the day of the question."""
    until = one(rng, None, date(2026, 2, 28), date(2026, 3, 1), date(2030, 1, 1))
    elements = one(rng, frozenset(), some(rng, ELEMENTS, 0.3))
    return Restriction(elements, some(rng, PURPOSES, 0.4), "ground", "", until, 1)


def question(rng: Random) -> Question:
    """A question, mostly one that the airline would ask."""
    name = one(rng, *PURPOSES)
    operation = one(rng, "send", "send", "use", *Operation, "sell")
    declared = AIRLINE.purposes.get(name)
    channel = one(rng, *declared.channels) if declared and declared.channels else ""
    zone = one(rng, UTC, UTC, UTC, timezone(timedelta(hours=14)), timezone(timedelta(hours=-12)), None)
    sendable = operation == "send" and rng.random() < 0.8
    away = rng.random() < (0.9 if operation in ("disclose", "transfer") else 0.15)
    return Question(
        operation=operation,
        purpose=name,
        person="p-1",
        at=AT.astimezone(zone) if zone else AT.replace(tzinfo=None),
        fields=tuple(sorted(some(rng, ELEMENTS, 0.3))) if rng.random() < 0.4 else (),
        channel=channel if sendable else one(rng, "", "", *CHANNELS),
        recipient=one(rng, *AIRLINE.recipients, "nobody") if away else "",
        destination=one(rng, "", "DE", "IE", "MA") if away else "",
        role=one(rng, "", "", "desk", "crew"),
        **more(rng, 0.1),
    )


def more(rng: Random, chance: float) -> dict[str, Any]:
    """What a question may say beyond the plain parts, each now and then."""
    said: dict[str, Any] = {
        "activity": one(rng, *words.ACTIVITIES),
        "source": one(rng, *words.SOURCES),
        "topic": one(rng, *words.TOPICS),
        "form": one(rng, "pseudonymous", "aggregated", "anonymous", "blurred"),
        "group": one(rng, 1, 4, 5, 50),
        "itinerary": one(rng, frozenset({"MA"}), frozenset({"IE", "MA"}), frozenset({"FR"})),
        "decision": one(rng, *words.DECISIONS),
        "tracker": one(rng, *words.TRACKERS),
        "instruction": "i-1",
        "space": one(rng, *words.SPACES),
        "emergency": True,
    }
    return {name: value for name, value in said.items() if rng.random() < chance}


Pool = tuple[tuple[Policy, ...], tuple[Policy, ...]]


def pool(rng: Random, plain: int = 150, dressed: int = 8) -> Pool:
    """Policies to choose from, since each is dear to make: plain ones, and some in each dressing."""
    found = [dress(rng, kind) for kind in range(len(DRESSINGS)) for _ in range(dressed)]
    return (AIRLINE, AIRLINE, *(policy(rng) for _ in range(plain))), tuple(found)


def dress(rng: Random, kind: int) -> Policy:
    """The airline with one kind of declaration put on, sometimes with a second one."""
    made = DRESSINGS[kind](AIRLINE, rng)
    return hashed(rng.choice(DRESSINGS)(made, rng) if rng.random() < 0.3 else made)


def world(rng: Random, made: Pool) -> tuple[tuple[Policy, ...], Question, Facts]:
    """Everything one answer depends on: policy versions, question and facts.

    Pure chance hardly ever gives a yes. So a part of the worlds starts from one and spoils a single part of it, and a
    greater part asks a dressed policy in its own words.
    """
    plain, dressed = made
    which = rng.random()
    if dressed and which < 0.6:
        return in_its_words(rng, rng.choice(dressed), dressed)
    if which < 0.8:
        policies, asked, known = friendly(rng)
        part = rng.randrange(4)
        if part == 0:
            policies = (*policies, rng.choice(plain))
        if part == 1:
            known = replace(known, **{(name := one(rng, *KNOWN)): getattr(facts(rng), name)})
        if part == 2:
            asked = replace(asked, **{(name := one(rng, *ASKED)): getattr(question(rng), name)})
        return policies, asked, known
    count = one(rng, 1, 1, 1, 2) if rng.random() < 0.99 else 0
    return tuple(rng.choice(plain) for _ in range(count)), question(rng), facts(rng)


KNOWN = ("relationships", "choices", "objections", "restrictions", "birth_year", "erased", "age_seconds")
ASKED = ("operation", "purpose", "at", "fields", "channel", "recipient", "destination", "role")


def in_its_words(
    rng: Random, policy: Policy, dressed: tuple[Policy, ...]
) -> tuple[tuple[Policy, ...], Question, Facts]:
    """A dressed policy asked something that fits it, of somebody about whom it has something to know."""
    _, asked, known = friendly(rng)
    if any(law.advertising for law in policy.laws) and rng.random() < 0.5:
        asked = replace(asked, operation=Operation.SEND, purpose="offers", channel=one(rng, "post", "email"))
    asked = replace(asked, **fitting(rng, policy, asked))
    policies: tuple[Policy, ...] = (policy,)
    if policy.changes.new_purpose is not None:
        older = hashed(replace(policy, purposes={n: p for n, p in policy.purposes.items() if n != asked.purpose}))
        policies = (older, policy)
    elif rng.random() < 0.05:
        policies = (policy, rng.choice(dressed))
    learned = beyond(rng, one(rng, 0.0, 0.0, 0.0, 0.1, 1.0))
    if learned["told"]:
        learned["told"] = frozenset({policies[-1].hash})
    known = replace(known, **learned, birth_year=one(rng, 1980, 1980, None, 2012))
    ago = rng.choice(AGO)
    known = replace(known, choices={n: replace(said, at=AT - ago) for n, said in (known.choices or {}).items()})
    if rng.random() < 0.5:
        known = replace(known, choices=maybe(rng, choices(rng), 0.1))
    elif rng.random() < 0.3:
        said = {name: replace(each, confirmed=False) for name, each in (known.choices or {}).items()}
        refused = one(rng, "cookies", "newsletter", "push-offers")
        known = replace(
            known, choices=one(rng, said, said | {refused: replace(said[refused], yes=False)} if said else said)
        )
    if rng.random() < (0.5 if _needs_somewhere(policy, asked) else 0.12):
        known = replace(known, choices=None)
    if rng.random() < 0.2:
        name = one(rng, *KNOWN)
        known = replace(known, **{name: getattr(facts(rng), name)})
    return policies, asked, known


def _needs_somewhere(policy: Policy, asked: Question) -> bool:
    """Whether a choice is needed of some people on this channel: rare, and most telling where none is known."""
    purpose = policy.purposes.get(asked.purpose)
    return bool(purpose and (rule := purpose.channels.get(asked.channel)) and rule.needs_where)


def fitting(rng: Random, policy: Policy, asked: Question) -> dict[str, Any]:
    """What a question says that speaks of what the policy declares."""
    said = _doing(rng, policy)
    if policy.sources or _hangs_on(policy, "source"):
        said["source"] = one(rng, "", "agent", "agent", "person", "network")
    if policy.activities or _hangs_on(policy, "activity"):
        said["activity"] = one(rng, "", "", "shop", "trips", "office")
    if policy.roles or policy.spaces or policy.sources:
        said["role"] = one(rng, "", "desk", "desk", "crew", "trainer")
        said["emergency"] = rng.random() < 0.3
    if policy.spaces or policy.activities:
        said["space"] = one(rng, "", "hotel", "hotel", "agency") if policy.spaces else one(rng, "", "hotel")
    if _hangs_on(policy, "destination") or policy.transfers.safeguards:
        said["itinerary"] = one(rng, frozenset(), frozenset({"MA"}), frozenset({"IE", "MA"}), frozenset({"FR"}))
    if any(p.data != "personal" or p.at_least for p in policy.purposes.values()) or policy.sources:
        said |= {"form": one(rng, "personal", "pseudonymous", "aggregated", "blurred"), "group": one(rng, 0, 4, 5)}
    said |= _handing(rng, policy, asked)
    said["topic"] = one(rng, "", "", "trips", "hotels")
    if rng.random() < 0.2:
        said["fields"] = tuple(sorted(some(rng, ELEMENTS, 0.3)))
    return said


def _doing(rng: Random, policy: Policy) -> dict[str, Any]:
    said: dict[str, Any] = {}
    if policy.tracking.trackers and rng.random() < 0.7:
        said |= {"operation": Operation.TRACK, "tracker": one(rng, "", "counter", "counter", "session", "dot")}
    if policy.decisions.declared and rng.random() < 0.7:
        said |= {"operation": Operation.DECIDE, "decision": one(rng, "", "upgrade", "upgrade", "upgrade", "refuse")}
    if policy.forms and rng.random() < 0.8:
        said |= {"operation": Operation.COLLECT}
    if rng.random() < 0.1:
        said |= {"operation": Operation.PROFILE}
    return said


def _handing(rng: Random, policy: Policy, asked: Question) -> dict[str, Any]:
    """To a recipient that is for this purpose, where recipients are dressed at all."""
    plain = all(policy.recipients[name] == AIRLINE.recipients[name] for name in policy.recipients)
    fits = [name for name, to in policy.recipients.items() if asked.purpose in to.purposes]
    if not fits or rng.random() < (0.5 if policy.spaces else 0.85 if plain else 0.1):
        return {}
    to = one(rng, *fits)
    places = ("", "", *sorted(policy.recipients[to].stored_in), policy.recipients[to].country, "MA")
    known = policy.recipients[to].elements & policy.purposes[asked.purpose].uses
    return {
        "operation": one(rng, Operation.DISCLOSE, Operation.DISCLOSE, Operation.TRANSFER),
        "recipient": to,
        "destination": one(rng, *places),
        "instruction": one(rng, "", "i-1"),
        "form": one(rng, "personal", "aggregated"),
        "group": one(rng, 0, 5),
        "activity": one(rng, "", "shop", "shop") if policy.activities else "",
        "fields": one(rng, (), tuple(sorted(known)), tuple(sorted(known))),
    }


def _hangs_on(policy: Policy, dimension: str) -> bool:
    return f"{dimension}=frozenset({{" in repr((policy.purposes, policy.recipients, policy.choices))


def friendly(rng: Random) -> tuple[tuple[Policy, ...], Question, Facts]:
    """A question to which the answer is yes, but for fields that nobody asked for by name."""
    purpose = AIRLINE.purposes[one(rng, *AIRLINE.purposes)]
    sends = bool(purpose.channels)
    said = {
        c.id: ChoiceState(yes=True, version=c.version, at=AT, event=1, confirmed=True) for c in AIRLINE.choices.values()
    }
    return (
        (AIRLINE,),
        Question(
            operation=one(rng, Operation.SEND, Operation.USE) if sends else Operation.USE,
            purpose=purpose.id,
            person="p-1",
            at=AT,
            channel=one(rng, *purpose.channels) if sends else "",
        ),
        Facts(
            frozenset(purpose.relationships),
            said,
            (),
            (),
            residence="DE",
            birth_year=1980,
            erased=False,
            events={},
            matters=frozenset(),
            messages={},
        ),
    )

"""Random policies, people and questions to compare gate and reference: any fact may be false, None or absent."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from random import Random
from typing import Any

from tests.gate.policies import HERE, airline, hashed, varied

from troth.model.policy import Basis, BasisRule, Contract, Policy
from troth.model.policy_guard import Safeguard, Transfers
from troth.model.question import ChoiceState, Facts, Objection, Operation, Question, Restriction
from troth.model.where import Where

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


def narrowed(rng: Random) -> dict[str, Any]:
    """A condition of a channel that nobody reads, now and then."""
    return one(
        rng,
        {},
        {},
        {},
        {},
        {"soft_opt_in": True},
        {"sources": ("agent",)},
        {"after": "landed"},
        {"similar_to": "trips"},
    )


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
        {"needs_choice": "newsletter"},
        {"unless_choice": "newsletter"},
        {"each_time": "inquiry"},
        {"transforms": {"email": "sha256"}},
        {"only_where": Where(residence=frozenset({"ES"}))},
        {"activities": ("shop",)},
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
        {"relationships": sorted(some(rng, RELATIONSHIPS))},
        {"starts": one(rng, "2026-02-28", "2026-03-01", "2026-03-02"), "intended": rng.random() < 0.5},
        {"intended": True},
        {"readers": one(rng, ("desk",), ("desk", "crew"))},
        one(
            rng,
            {"where": Where(residence=frozenset({"ES"}))},
            {"opens_by": ("booked",)},
            {"ends_by": ("landed",)},
            {"sources": ("agent",)},
            {"needs_case": ("inquiry",)},
            {"data": one(rng, "aggregated", "pseudonymous")},
            {"at_least": 5},
            {"ground": Basis(HERE, rules=(BasisRule(Where(), "consent", HERE),))},
        ),
        {
            "channels": {
                name: {"needs_choice": one(rng, "", "", *CHOICES), "basis": one(rng, "", "", *BASES), **narrowed(rng)}
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
    )


def choices(rng: Random) -> dict[str, ChoiceState]:
    """What somebody said to some of the choices."""
    leaning = one(rng, 0.5, 0.9)
    return {
        name: ChoiceState(yes=rng.random() < leaning, version=one(rng, 1, 1, 2, 2, 3, 9), at=AT, event=1)
        for name in some(rng, CHOICES, leaning)
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
    )


def world(rng: Random, pool: tuple[Policy, ...]) -> tuple[tuple[Policy, ...], Question, Facts]:
    """Everything one answer depends on: policy versions (from a pool, since each is dear to make), question and facts.

    Pure chance hardly ever gives a yes, so half of the worlds start from one and spoil a single part of it.
    """
    if rng.random() < 0.5:
        policies, asked, known = friendly(rng)
        part = rng.randrange(4)
        if part == 0:
            policies = (*policies, rng.choice(pool))
        if part == 1:
            known = replace(known, **{(name := one(rng, *KNOWN)): getattr(facts(rng), name)})
        if part == 2:
            asked = replace(asked, **{(name := one(rng, *ASKED)): getattr(question(rng), name)})
        return policies, asked, known
    count = one(rng, 1, 1, 1, 2) if rng.random() < 0.99 else 0
    return tuple(rng.choice(pool) for _ in range(count)), question(rng), facts(rng)


KNOWN = ("relationships", "choices", "objections", "restrictions", "birth_year", "erased", "age_seconds")
ASKED = ("operation", "purpose", "at", "fields", "channel", "recipient", "destination", "role")


def friendly(rng: Random) -> tuple[tuple[Policy, ...], Question, Facts]:
    """A question to which the answer is yes, but for fields that nobody asked for by name."""
    purpose = AIRLINE.purposes[one(rng, *AIRLINE.purposes)]
    sends = bool(purpose.channels)
    said = {c.id: ChoiceState(yes=True, version=c.version, at=AT, event=1) for c in AIRLINE.choices.values()}
    return (
        (AIRLINE,),
        Question(
            operation=one(rng, Operation.SEND, Operation.USE) if sends else Operation.USE,
            purpose=purpose.id,
            person="p-1",
            at=AT,
            channel=one(rng, *purpose.channels) if sends else "",
        ),
        Facts(frozenset(purpose.relationships), said, (), (), birth_year=1980, erased=False),
    )

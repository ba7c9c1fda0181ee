"""A small airline's policy, built by hand, and ways to vary it: the gate is tested without any folder being read."""

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any

from troth.model.policy import (
    Category,
    ChannelRule,
    Choice,
    Clause,
    Contract,
    Element,
    Organisation,
    Policy,
    Purpose,
    Recipient,
    Relationship,
)
from troth.model.problem import Place

HERE = Place("policy.yaml", 1, 1)


def purpose(name: str, **parts: Any) -> Purpose:
    """A purpose; what is not said is empty, and so closed."""
    empty: dict[str, Any] = {
        "says": {"en": name},
        "relationships": (),
        "uses": frozenset(),
        "never": frozenset(),
        "basis": "",
        "basis_of": {},
        "channels": {},
        "place": HERE,
    }
    return Purpose(id=name, **empty | _shaped(parts))


def _shaped(parts: Mapping[str, Any]) -> dict[str, Any]:
    """Plain lists and mappings, as a case file holds them, in the shapes of the model."""
    shaped = dict(parts)
    for key in ("uses", "never", "elements", "categories"):
        if key in shaped:
            shaped[key] = frozenset(shaped[key])
    for key in ("relationships", "purposes", "channels", "readers", "opens_by", "safeguards"):
        if isinstance(shaped.get(key), list):
            shaped[key] = tuple(shaped[key])
    if isinstance(shaped.get("contract"), Mapping):
        shaped["contract"] = Contract(HERE, "processing", **shaped["contract"])
    if isinstance(shaped.get("channels"), Mapping):
        shaped["channels"] = {k: ChannelRule(channel=k, place=HERE, **(v or {})) for k, v in shaped["channels"].items()}
    return shaped


ELEMENTS = {
    "name": ("contact", {}),
    "email": ("contact", {}),
    "flight": ("travel", {}),
    "meal": ("travel", {"special": "health"}),
    "interests": ("taste", {}),
    "remarks": ("travel", {"free_text": True}),
    "salary": ("work", {}),
}

PURPOSES = (
    purpose(
        "newsletter",
        relationships=("member", "customer"),
        uses={"name", "email", "interests"},
        never={"meal"},
        basis="consent",
        channels={"email": {"needs_choice": "newsletter"}, "push": {"needs_choice": "push-offers"}},
        direct_marketing=True,
    ),
    purpose(
        "offers",
        relationships=("member", "customer"),
        uses={"name", "email", "interests"},
        basis="legitimate-interest",
        assessment="assessments/offers.md",
        assessment_until="2027-12-31",
        channels={"post": {}, "email": {"needs_choice": "newsletter"}},
        direct_marketing=True,
    ),
    purpose(
        "statistics",
        relationships=("member", "customer"),
        uses={"flight", "interests"},
        basis="legitimate-interest",
        assessment="assessments/statistics.md",
        profiling=True,
    ),
    purpose(
        "flight-service",
        relationships=("customer",),
        uses={"name", "email", "flight", "meal", "interests", "remarks"},
        basis="contract",
        basis_of={"interests": "legitimate-interest"},
        assessment="assessments/flight.md",
        special_condition="explicit-consent",
        channels={"email": {}, "sms": {}},
    ),
    purpose(
        "quotes", relationships=("visitor",), uses={"email", "flight"}, basis="pre-contract", channels={"email": {}}
    ),
    purpose("tax", relationships=("customer",), uses={"name", "flight"}, basis="legal-obligation"),
    purpose(
        "rescue",
        relationships=("customer",),
        uses={"name", "meal"},
        basis="vital-interests",
        special_condition="vital-interests",
    ),
    purpose("border", relationships=("customer",), uses={"name", "flight"}, basis="public-task"),
    purpose("cookies", relationships=("visitor", "customer"), uses={"interests"}, basis="consent"),
)

CHOICES = (
    ("newsletter", 2, ("newsletter", "offers"), ("email",), "ordinary"),
    ("push-offers", 1, ("newsletter",), ("push",), "ordinary"),
    ("assistance", 1, ("flight-service",), (), "explicit"),
    ("cookies", 1, ("cookies",), (), "ordinary"),
)

RECIPIENTS = (
    ("mailer", "IE", {"name", "email"}, ("newsletter", "offers"), "standard-clauses"),
    ("handler", "MA", {"name", "flight"}, ("flight-service",), ""),
    ("printer", "DE", {"name"}, ("offers",), ""),
)

RELATIONSHIPS = {
    "customer": {"contact", "travel", "taste"},
    "member": {"contact", "taste"},
    "visitor": {"contact", "taste"},
    "applicant": {"contact", "work"},
}


def airline() -> Policy:
    """The policy that every case starts from."""
    categories: dict[str, tuple[str, ...]] = {}
    for name, (category, _) in ELEMENTS.items():
        categories[category] = (*categories.get(category, ()), name)
    clauses = tuple(
        Clause(f"c-{p.id}", p.id, p.id, "en", (f"purpose:{p.id}",), HERE) for p in PURPOSES if p.id != "statistics"
    )
    policy = Policy(
        hash="",
        effective_from="2026-01-01",
        organisation=Organisation(
            "kestrel", "Kestrel Air", "Street 1", "privacy@kestrel.example", "DE", ("en",), ("gdpr",), "be", HERE
        ),
        elements={n: Element(n, c, {"en": n}, HERE, **more) for n, (c, more) in ELEMENTS.items()},
        categories={c: Category(c, {"en": c}, names, HERE) for c, names in categories.items()},
        relationships={n: Relationship(n, {"en": n}, frozenset(c), HERE) for n, c in RELATIONSHIPS.items()},
        purposes={p.id: p for p in PURPOSES},
        choices={c[0]: Choice(c[0], {"en": c[0]}, c[1], c[2], c[3], HERE, c[4]) for c in CHOICES},
        recipients={
            r[0]: Recipient(r[0], r[0], "processor", r[1], frozenset(r[2]), r[3], HERE, r[4]) for r in RECIPIENTS
        },
        retentions={},
        rights={},
        staff={},
        clauses=clauses,
        stores={},
        spoken_of={f"purpose:{p.id}": (f"c-{p.id}",) for p in PURPOSES if p.id != "statistics"}
        | {"choice:newsletter": ("c-choice",)},
    )
    return hashed(policy)


def hashed(policy: Policy) -> Policy:
    """The policy under a hash of what it says, so that two different ones never share a name."""
    return replace(policy, hash=sha256(repr(replace(policy, hash="")).encode()).hexdigest())


def varied(policy: Policy, changes: Mapping[str, Mapping[str, Mapping[str, Any] | None]]) -> Policy:
    """The policy with some declarations changed, added (purposes only) or, where null stands, taken away."""
    parts: dict[str, dict[str, Any]] = {}
    for kind, entries in changes.items():
        table = dict(getattr(policy, kind))
        for name, change in entries.items():
            if change is None:
                del table[name]
            elif name in table:
                table[name] = replace(table[name], **_shaped(change))
            else:
                table[name] = purpose(name, **change)
        parts[kind] = table
    return hashed(replace(policy, **parts))

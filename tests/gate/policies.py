"""A small airline's policy, built by hand, and ways to vary it: the gate is tested without any folder being read."""

from collections import abc
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass, replace
from hashlib import sha256
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from troth.model.law import Law, Safe
from troth.model.policy import (
    Category,
    ChannelRule,
    Choice,
    Clause,
    Element,
    Organisation,
    Policy,
    Purpose,
    Recipient,
    Relationship,
)
from troth.model.problem import Place
from troth.model.where import Where

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


def _shaped(parts: Mapping[str, Any], kind: type = Purpose) -> dict[str, Any]:
    """Plain lists and mappings, as a case file holds them, in the shapes of the model."""
    hints = get_type_hints(kind)
    return {name: _fit(value, hints[name]) for name, value in parts.items()}


def built(kind: type, parts: Mapping[str, Any]) -> Any:
    """A declared thing from plain values; what has no default and is not said gets a word that says nothing."""
    hints = get_type_hints(kind)
    empty = {field.name: _empty(field.name, hints[field.name]) for field in fields(kind) if _needed(field)}
    return kind(**empty | _shaped(parts, kind))


def _needed(field: Any) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _empty(name: str, hint: Any) -> Any:
    if name == "place":
        return HERE
    if hint is Where:
        return Where()
    if get_origin(hint) in (dict, Mapping, abc.Mapping):
        return {"en": "x"} if name in ("says", "logic", "consequences") else {}
    return {frozenset: frozenset(), tuple: (), int: 1}.get(get_origin(hint) or hint, "")


def _fit(value: Any, hint: Any) -> Any:
    """A plain value in the shape that a field has."""
    if get_origin(hint) in (Union, UnionType):
        hint = next(part for part in get_args(hint) if part is not type(None))
    if isinstance(value, Mapping) and is_dataclass(hint):
        return built(hint, value)  # type: ignore[arg-type]
    if isinstance(value, Mapping) and get_origin(hint) is abc.Mapping:
        inner = get_args(hint)[1]
        if is_dataclass(inner):
            return {
                k: v if is_dataclass(v) else built(inner, {**_named(inner, k), **(v or {})}) for k, v in value.items()
            }
        return dict(value)
    if isinstance(value, list | tuple | set | frozenset) and get_origin(hint) is frozenset:
        return frozenset(value)
    if isinstance(value, list) and get_origin(hint) is tuple:
        inner = get_args(hint)[0]
        return tuple(built(inner, v) if isinstance(v, Mapping) else v for v in value)
    return value


def _named(kind: Any, name: str) -> dict[str, str]:
    """The field by which something knows its own name, if it does."""
    known = "channel" if kind is ChannelRule else "id"
    return {known: name} if known in {field.name for field in fields(kind)} else {}


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
    ("mailer", "IE", {"name", "email"}, ("newsletter", "offers"), "an island that is safe by law"),
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
        laws=(Law("gdpr", ours=True, home=frozenset({"DE"}), safe=(Safe(frozenset({"IE"}), "2020-01-01"),)),),
    )
    return hashed(policy)


def hashed(policy: Policy) -> Policy:
    """The policy under a hash of what it says, so that two different ones never share a name."""
    return replace(policy, hash=sha256(repr(replace(policy, hash="")).encode()).hexdigest())


def varied(policy: Policy, changes: Mapping[str, Mapping[str, Any]]) -> Policy:
    """The policy with some declarations changed, added or, where null stands, taken away."""
    hints = get_type_hints(Policy)
    parts: dict[str, Any] = {}
    for kind, entries in changes.items():
        hint = hints[kind]
        if get_origin(hint) is not abc.Mapping:
            old = getattr(policy, kind)
            parts[kind] = replace(old, **_shaped(entries, hint)) if is_dataclass(old) else _fit(entries, hint)
            continue
        of, table = get_args(hint)[1], dict(getattr(policy, kind))
        for name, change in entries.items():
            if change is None:
                del table[name]
            elif name in table:
                table[name] = replace(table[name], **_shaped(change, of))
            else:
                table[name] = purpose(name, **change) if kind == "purposes" else built(of, {_key(of): name, **change})
        parts[kind] = table
    return hashed(replace(policy, **parts))


def _key(kind: type) -> str:
    return "file" if "file" in {field.name for field in fields(kind)} else "id"

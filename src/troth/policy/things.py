"""Every declared thing of a policy by its reference: `purpose:newsletter`, `safeguard:clauses`, `form:contact/email`.

One walk over the nouns, so that whoever lists, compares or explains a policy sees the same things under the same names.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from troth.model.policy import Clause, Policy

KINDS: Mapping[str, str] = {
    "categories": "category",
    "elements": "element",
    "relationships": "relationship",
    "purposes": "purpose",
    "choices": "choice",
    "recipients": "recipient",
    "retentions": "retention",
    "rights": "right",
    "events": "event",
    "activities": "activity",
    "sources": "source",
    "obligations": "obligation",
    "limits": "limit",
    "holds": "hold",
    "roles": "role",
    "forms": "form",
    "matters": "matter",
    "spaces": "space",
    "stores": "store",
    "staff": "staff",
    "outside": "outside",
    "assessments": "assessment",
}
"""Parts of a policy that hold things by id, and how a reference names one."""
WHOLES = ("organisation", "transfers", "tracking", "protection", "decisions", "changes")
"""Parts that are one thing, with others inside."""
_INSIDE = {
    "categories": "tracker-category", "trackers": "tracker", "safeguards": "safeguard", "measures": "measure",
    "risks": "risk", "kinds": "decision", "ratings": "rating", "regions": "region",
}  # fmt: skip


def things(policy: Policy) -> dict[str, Any]:
    """Every declared thing by its reference, those inside others too. Clauses stand under `clause:LANGUAGE/NAME`."""
    found: dict[str, Any] = {}
    for part in WHOLES:
        whole = getattr(policy, part)
        found[f"{part}:{whole.id}" if part == "organisation" else part] = whole
        for field, inner in inside(whole):
            found |= _nested(_INSIDE.get(field, f"{part} {field}"), inner)
    for part, kind in KINDS.items():
        found |= _nested(kind, getattr(policy, part))
    for clause in policy.clauses:
        found[f"clause:{clause.language}/{named(clause)}"] = clause
    return found


def named(clause: Clause) -> str:
    """`newsletter` in the main notice, `fair/prizes` in a specific one."""
    return f"{clause.notice}/{clause.id}" if clause.notice else clause.id


def _nested(kind: str, things: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, thing in things.items():
        found[f"{kind}:{name}"] = thing
        for field, inner in inside(thing):
            if field != "channels":  # one condition each, read with the purpose
                found |= {f"{kind}:{name}/{key}": each for key, each in inner.items()}
    return found


def inside(thing: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Fields that hold further things by their id."""
    for field in fields(thing):
        value = getattr(thing, field.name)
        if isinstance(value, Mapping) and any(is_dataclass(each) for each in value.values()):
            yield field.name, value

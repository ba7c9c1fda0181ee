"""Who does it: a role of ours, on our own behalf or on a customer's."""

from collections.abc import Iterator

from troth.gate.codes import quoted
from troth.gate.reading import Reading, reached
from troth.gate.rules.rule import Finding, fields, unsaid
from troth.model.policy_contact import Instruction, Space

PROCESSOR = "processor"


def role(r: Reading, *_: object) -> Iterator[Finding]:
    """One that the purpose is for, that exists, and that sees the fields. An emergency goes beyond it."""
    name = r.question.role
    if name and r.policy.roles and r.role is None:
        yield Finding("role-unknown", words=quoted(name))
    if r.emergency:
        return
    if r.purpose.readers and name not in r.purpose.readers:
        yield Finding("role-not-reader", words=quoted(name))
    if r.role is not None:
        about = f"role:{name}"
        if r.purpose.id not in r.role.purposes:
            yield Finding("role-not-for-purpose", about, words=quoted(name))
        unseen = [e for e in r.declared if r.role.elements and e not in r.role.elements]
        yield from fields("field-not-for-role", unseen, about)


def space(r: Reading, *_: object) -> Iterator[Finding]:
    """A customer's data is used on its instruction alone, or for a purpose of ours that it lets use it."""
    name = r.question.space
    if not name:
        if any(each.role == PROCESSOR for each in r.activities):
            yield unsaid("space")
    elif r.space is None:
        yield Finding("space-unknown", words=quoted(name))
    else:
        yield from _served(r, r.space)


def _served(r: Reading, customer: Space) -> Iterator[Finding]:
    about, day = f"space:{customer.id}", r.day.isoformat()
    if not (customer.contract_signed <= day and (not customer.contract_until or day <= customer.contract_until)):
        yield Finding("contract-not-in-force", about, words=quoted(customer.id))
    if customer.activities and any(each.id not in customer.activities for each in r.activities):
        yield Finding("activity-other", about, words=quoted(customer.id))
    abroad = [place for place in sorted(_places(r)) if customer.regions and place not in customer.regions]
    if abroad:
        yield Finding("outside-region", about, words=quoted(*abroad))
    if r.purpose.id in customer.own_purposes:
        return
    told = [each for each in customer.instructions.values() if _covers(each, r, day)]
    if not told:
        yield Finding("not-instructed", about, words=quoted(customer.id))
    elif all(each.elements for each in told):
        beyond = [e for e in r.declared if not any(e in each.elements for each in told)]
        yield from fields("field-not-instructed", beyond, about)


def _places(r: Reading) -> frozenset[str]:
    return reached(r.question, r.recipient) if r.recipient is not None else frozenset()


def _covers(each: Instruction, r: Reading, day: str) -> bool:
    return (
        each.given <= day
        and (not each.until or day <= each.until)
        and (not each.purposes or r.purpose.id in each.purposes)
        and (not each.roles or r.question.role in each.roles)
    )

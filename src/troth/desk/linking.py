"""Which identifiers lead to the person of a case, since when and from where; and taking one back.

A link is an event, and so is its end: history stays. A plan that stood on the
identifier no longer fits and is made anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from troth.desk.house import House
from troth.desk.requests import identifiers_from
from troth.model.person import NOT_ROW, ROW, Identifier
from troth.model.personal import Personal
from troth.model.problem import InputError
from troth.ports.state import NotFoundError


@dataclass(frozen=True)
class Link:
    """One identifier of a person, as long as its words are kept."""

    kind: str
    value: Personal[str]
    origin: str
    proven: bool
    since: datetime
    until: datetime | None
    """None: it leads to the person now."""


def links(house: House, case_id: str) -> tuple[Link, ...]:
    """All links of the case's person, oldest first, those that were taken back among them."""
    with house.unit() as unit:
        person = unit.cases.get(case_id).person
        rows = [row.values for row in unit.own.rows(person) if row.table == "identifier"] if person else []
    names = ("kind", "value", "origin", "proven", "linked_at", "unlinked_at")
    plain = [{name: row[name].reveal() for name in names} for row in rows]
    return tuple(
        Link(r["kind"], Personal(r["value"]), r["origin"], r["proven"], r["linked_at"], r["unlinked_at"]) for r in plain
    )


def unlink(house: House, case_id: str, given: Sequence[tuple[str, str]], *, by: str, reason: str) -> int:
    """Take identifiers, or decisions about rows (`row`, `not-row`), from the person of a case; how many.

    Raises InputError `not-linked`, and then nothing is taken.
    """
    decisions = [Identifier(k, Personal(value), proven=True, origin=by) for k, value in given if k in (ROW, NOT_ROW)]
    named = identifiers_from(house, [pair for pair in given if pair[0] not in (ROW, NOT_ROW)], proven=True)
    with house.unit(by) as unit:
        person = unit.cases.get(case_id).person
        for identifier in (*decisions, *named):
            try:
                unit.persons.unlink(person or "", identifier, reason=reason)
            except NotFoundError:
                message = f"this `{identifier.kind}` does not lead to the person of case `{case_id}`"
                remedy = f"`troth links {case_id}` lists what does"
                raise InputError("not-linked", message, remedy, exit_code=2) from None
    return len(given)

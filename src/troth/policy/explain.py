"""Everything a policy says about one thing, and where: its own words, who names it, and which clauses speak of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from troth.model.policy import Clause, Policy
from troth.model.policy_guard import Assessment
from troth.model.problem import Place
from troth.policy.aspects import INNER, worded
from troth.policy.report import Report, did_you_mean
from troth.policy.things import inside, named, things


@dataclass(frozen=True)
class Mention:
    """Where something else names the thing."""

    by: str
    """Reference of the thing that names it, or the file where nothing declared stands above."""
    place: Place


@dataclass(frozen=True)
class Explained:
    """One declared thing with everything around it."""

    reference: str
    place: Place
    says: tuple[tuple[str, str], ...]
    """Key -> value in words, without what was not said."""
    mentions: tuple[Mention, ...]
    clauses: tuple[str, ...]


def explain(word: str, policy: Policy, report: Report) -> tuple[tuple[Explained, ...], str]:
    """What is called `word`: a whole reference (`purpose:newsletter`) or an id alone, which may name several things.

    Returns what was found, and a suggestion where nothing was.
    """
    known = things(policy)
    wanted = [reference for reference in known if word in (reference, _id(reference))]
    if not wanted:
        return (), did_you_mean(word, [*known, *(_id(reference) for reference in known)])
    return tuple(_explained(reference, known, policy, report) for reference in wanted), ""


def _id(reference: str) -> str:
    """`newsletter` of `purpose:newsletter`; of a clause, what stands behind its language."""
    kind, _, name = reference.partition(":")
    return name.partition("/")[2] if kind == "clause" else name


def _explained(reference: str, known: Mapping[str, Any], policy: Policy, report: Report) -> Explained:
    thing = known[reference]
    kind, _, name = reference.partition(":")
    return Explained(
        reference=reference,
        place=getattr(thing, "place", Place(kind)),
        says=tuple(_says(thing, policy)),
        mentions=tuple(_mentions(kind, name, _places(known), report)),
        clauses=tuple(_clauses(thing, reference, policy)),
    )


def _says(thing: Any, policy: Policy) -> Iterator[tuple[str, str]]:
    apart = {field for field, _ in inside(thing)}
    for field in fields(thing):
        value = getattr(thing, field.name)
        if field.name in INNER or not value:
            continue
        if field.name in apart:
            yield field.name.replace("_", " "), ", ".join(value)
        elif isinstance(value, Mapping) and set(value) <= set(policy.organisation.languages):
            yield field.name.replace("_", " "), policy.words(value)
        else:
            yield field.name.replace("_", " "), worded(value)


def _places(known: Mapping[str, Any]) -> dict[str, list[tuple[int, str]]]:
    """File -> lines on which something is declared, with its reference, in order.

    What stands inside a thing is left out: where it ends, and the thing goes on, no line tells.
    """
    found: dict[str, list[tuple[int, str]]] = {}
    for reference, thing in known.items():
        place = getattr(thing, "place", None)
        if place and place.file and (isinstance(thing, Clause | Assessment) or "/" not in reference):
            found.setdefault(place.file, []).append((place.line, reference))
    return {file: sorted(lines) for file, lines in found.items()}


def _mentions(
    kind: str, name: str, places: Mapping[str, Sequence[tuple[int, str]]], report: Report
) -> Iterator[Mention]:
    told = dict.fromkeys(
        (reference.place.file, reference.place.line, reference.place.column)
        for reference in report.references
        if reference.id == name and kind in reference.kinds
    )
    for file, line, column in sorted(told):
        above = [reference for start, reference in places.get(file, ()) if start <= line]
        yield Mention(above[-1] if above else file, Place(file, line, column))


def _clauses(thing: Any, reference: str, policy: Policy) -> Iterator[str]:
    """The clauses that speak of it; of a clause, what it speaks of."""
    if isinstance(thing, Clause):
        yield from thing.speaks_of
        return
    for clause in policy.clauses:
        if reference in clause.speaks_of:
            yield f"{clause.language}/{named(clause)}: {clause.title}"

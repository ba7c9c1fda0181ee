"""On which ground."""

from collections.abc import Iterator
from datetime import date

from troth.gate import bases
from troth.gate.codes import quoted
from troth.gate.reading import Reading
from troth.gate.rules.rule import Finding, unknown
from troth.model.policy_guard import Obligation


def grounds(r: Reading) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each basis in play with what rests on it: the whole question, or elements with a basis of their own."""
    yield r.basis, ("*",)
    own: dict[str, list[str]] = {}
    for element in r.declared:
        if (basis := r.basis_of(element)) != r.basis:
            own.setdefault(basis, []).append(element)
    for basis, elements in own.items():
        yield basis, tuple(elements)


def basis(r: Reading, *_: object) -> Iterator[Finding]:
    """A known one, of the question and of each element that has its own; and one that can be told."""
    for name, elements in grounds(r):
        if name in bases.KNOWN:
            yield Finding(f"basis-{name}", elements=elements)
        elif name:
            yield Finding("basis-unknown", elements=elements, words=quoted(name))
        else:
            yield Finding("basis-missing", elements=elements)
    yield from unknown(r.unclear)


def assessment(r: Reading, *_: object) -> Iterator[Finding]:
    """A legitimate interest was weighed, the weighing is in force that day, and it came out for it."""
    file = r.policy.assessments.get(r.purpose.assessment)
    for name, elements in grounds(r):
        if name != bases.LEGITIMATE_INTEREST:
            continue
        if not r.purpose.assessment:
            yield Finding("assessment-missing", elements=elements)
        elif r.purpose.assessment_until and r.day > date.fromisoformat(r.purpose.assessment_until):
            yield Finding("assessment-ended", elements=elements, words=r.purpose.assessment_until)
        if file is not None and file.outcome == "closed":
            yield Finding("assessment-against", elements=elements, words=quoted(file.file))


def obligation(r: Reading, *_: object) -> Iterator[Finding]:
    """Where a policy lists its duties, a law that obliges us is one of them, is cited, or is one to keep."""
    if not r.policy.obligations or _obliged(r):
        return
    for name, elements in grounds(r):
        if name == bases.LEGAL_OBLIGATION:
            yield Finding("obligation-missing", elements=elements)


def _obliged(r: Reading) -> bool:
    kept = r.policy.retentions.get(r.purpose.retention)
    cited = r.purpose.ground is not None and bool(r.purpose.ground.cites)
    named = (o for o in r.policy.obligations.values() if o.id in r.purpose.obligations or r.purpose.id in o.purposes)
    return cited or (kept is not None and bool(kept.statutory)) or any(_binds(r, duty) for duty in named)


def _binds(r: Reading, duty: Obligation) -> bool:
    """A duty abroad obliges nobody here."""
    here = frozenset({r.policy.organisation.country}) | r.policy.transfers.home
    return not duty.countries or not duty.countries.isdisjoint(here)

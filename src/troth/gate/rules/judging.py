"""What a machine does to people beyond using their data: it follows them, and it decides about them."""

from collections.abc import Iterator

from troth.gate import bases
from troth.gate.codes import quoted
from troth.gate.reading import Reading
from troth.gate.rules.rule import Finding, fields, unsaid
from troth.model.question import Operation


def tracker(r: Reading, *_: object) -> Iterator[Finding]:
    """One that is declared, for this purpose, by a method that is used at all, and with what it brings."""
    name = r.question.tracker
    if r.question.operation != Operation.TRACK or not r.policy.tracking.trackers:
        return
    if not name:
        yield unsaid("tracker")
    elif r.tracker is None:
        yield Finding("tracker-unknown", words=quoted(name))
    else:
        about = f"tracker:{name}"
        if r.tracker.purposes and r.purpose.id not in r.tracker.purposes:
            yield Finding("tracker-not-for-purpose", about, words=quoted(name))
        if r.tracker.method in r.policy.tracking.never:
            yield Finding("tracker-never", about, words=quoted(r.tracker.method))
        if r.category is None or not (r.category.necessary or r.category.choice):
            yield Finding("choice-undeclared", about)
        brought = [e for e in r.declared if r.tracker.elements and e not in r.tracker.elements]
        yield from fields("field-not-of-tracker", brought, about)


def decision(r: Reading, *_: object) -> Iterator[Finding]:
    """One that is declared, for this purpose, weighing what it says, under an exception that holds."""
    name = r.question.decision
    if r.question.operation != Operation.DECIDE or not r.policy.decisions.kinds:
        return
    if not name:
        yield unsaid("decision")
    elif r.decision is None:
        yield Finding("decision-unknown", words=quoted(name))
    else:
        about = f"decision:{name}"
        if r.decision.purpose != r.purpose.id:
            yield Finding("decision-not-for-purpose", about, words=quoted(name))
        if not _excepted(r):
            yield Finding("exception-not-met", about, words=quoted(r.decision.exception))
        until, file = r.decision.assessment_until, r.policy.assessments.get(r.decision.assessment)
        if until and r.day.isoformat() > until:
            yield Finding("assessment-ended", about, words=until)
        if file is not None and file.outcome == "closed":
            yield Finding("assessment-against", about, words=quoted(file.file))
        yield from fields("field-not-weighed", [e for e in r.declared if e not in r.decision.inputs], about)
        if not r.decision.special_condition:
            yield from fields("field-special", [e for e in r.declared if r.is_special(e)], about)


def _excepted(r: Reading) -> bool:
    decision = r.decision
    assert decision is not None  # noqa: S101 - told by the caller
    if decision.exception == "contract":
        return r.basis == bases.CONTRACT
    if decision.exception == "law":
        return decision.obligation in r.policy.obligations
    if decision.exception == bases.EXPLICIT_CONSENT:
        return decision.choice in r.policy.choices
    return decision.exception == "human-decides"

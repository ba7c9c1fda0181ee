"""What the question asks for, and whether the policy opens it at all."""

from collections.abc import Iterator

from troth.gate import bases
from troth.gate.codes import quoted
from troth.gate.reading import Reading
from troth.gate.rules.rule import Finding, fields, unsaid
from troth.model.policy_contact import Activity
from troth.model.question import Operation

FORMS = ("personal", "pseudonymous", "aggregated", "anonymous")
"""In which form data is used; a later one tells less of anybody."""

_OPERATIONS = frozenset(Operation)


def purpose(r: Reading, *_: object) -> Iterator[Finding]:
    """Declared, and for somebody. A version that does not know it leaves it to what it says of new purposes."""
    if not r.purpose_known:
        if r.new is None:
            yield Finding("purpose-unknown", words=quoted(r.question.purpose))
    elif not r.purpose.relationships:
        yield Finding("purpose-for-nobody", words=quoted(r.purpose.id))


def moment(r: Reading, *_: object) -> Iterator[Finding]:
    """Has a time zone."""
    if r.question.at.tzinfo is None:
        yield Finding("time-without-zone")


def operation(r: Reading, *_: object) -> Iterator[Finding]:
    """Known, and within what the policy declares: a profile, a decision, a tracker is open only where one is named."""
    if r.question.operation not in _OPERATIONS:
        yield Finding("operation-unknown", words=quoted(r.question.operation))
    elif r.purpose_known and not _declared(r):
        yield Finding("operation-not-declared", words=quoted(r.purpose.id))


def _declared(r: Reading) -> bool:
    if r.question.operation == Operation.DECIDE:
        return r.policy.decisions.declared and bool(r.policy.decisions.kinds)
    if r.question.operation == Operation.PROFILE:
        return r.purpose.profiling and r.basis in bases.PROFILING
    if r.question.operation == Operation.TRACK:
        return bool(r.policy.tracking.trackers) or r.basis == bases.CONSENT
    return True


def channel(r: Reading, *_: object) -> Iterator[Finding]:
    """Named for a message, and opened by the purpose."""
    if r.question.channel:
        if r.purpose_known and r.channel is None:
            yield Finding("channel-closed", words=quoted(r.question.channel))
    elif r.question.operation == Operation.SEND:
        yield Finding("channel-missing")


def form(r: Reading, *_: object) -> Iterator[Finding]:
    """The data comes in the form that the purpose takes, and a result is about enough people."""
    if r.question.form not in FORMS:
        yield Finding("form-unknown", words=quoted(r.question.form))
    elif FORMS.index(r.question.form) < FORMS.index(r.purpose.data):
        yield Finding("form-not-open", words=quoted(r.purpose.data))
    if r.question.group < r.purpose.at_least:
        yield Finding("group-too-small", words=str(r.purpose.at_least))


def begun(r: Reading, *_: object) -> Iterator[Finding]:
    """The purpose has begun, and what is only planned has a day."""
    if r.purpose.starts > r.day.isoformat() or (r.purpose.intended and not r.purpose.starts):
        yield Finding("not-begun", words=quoted(r.purpose.id))


def activity(r: Reading, *_: object) -> Iterator[Finding]:
    """One of the purpose's, and running. Where none is named, each in which it may happen has to run."""
    name = r.question.activity
    if name and name not in r.policy.activities:
        yield Finding("activity-unknown", words=quoted(name))
    elif name and r.purpose.activities and name not in r.purpose.activities:
        yield Finding("activity-other", words=quoted(name))
    idle = [each.id for each in r.activities if not _runs(each, r.day.isoformat())]
    if idle:
        yield Finding("activity-not-running", f"activity:{idle[0]}", words=quoted(*idle))


def _runs(each: Activity, day: str) -> bool:
    planned = each.intended and not each.starts
    return not planned and each.starts <= day and (not each.ends or day <= each.ends)


def topic(r: Reading, *_: object) -> Iterator[Finding]:
    """A channel that is limited to a topic carries no other."""
    limited = r.channel.similar_to if r.channel else ""
    if limited and not r.topic:
        yield unsaid("topic")
    elif limited and r.topic != limited:
        yield Finding("topic-other", words=quoted(r.topic))


def source(r: Reading, *_: object) -> Iterator[Finding]:
    """Values come from where purpose and channel take them, and a source gives what it was declared for."""
    name = r.question.source
    allowed = [sources for sources in (r.purpose.sources, r.channel.sources if r.channel else ()) if sources]
    if name and r.source is None:
        yield Finding("source-unknown", words=quoted(name))
    elif allowed and not name:
        yield unsaid("source")
    elif any(name not in sources for sources in allowed):
        yield Finding("source-other", words=quoted(name))
    if r.source is not None:
        yield from _given(r)


def _given(r: Reading) -> Iterator[Finding]:
    source = r.source
    assert source is not None  # noqa: S101 - told by the caller
    about = f"source:{source.id}"
    if source.purposes and r.purpose.id not in source.purposes:
        yield Finding("source-not-for-purpose", about, words=quoted(source.id))
    if source.readers and r.question.role not in source.readers:
        yield Finding("role-not-reader", about, words=quoted(r.question.role))
    if source.activities and any(each.id not in source.activities for each in r.activities):
        yield Finding("activity-other", about, words=quoted(source.id))
    counted = FORMS.index(r.question.form) >= FORMS.index("aggregated") if r.question.form in FORMS else False
    if source.aggregates_of and not counted:
        yield Finding("form-not-open", about, words=quoted("aggregated"))
    if r.question.group < source.aggregates_of:
        yield Finding("group-too-small", about, words=str(source.aggregates_of))
    yield from fields("field-refused-from-source", [e for e in r.declared if e in source.never], about)
    beyond = [e for e in r.declared if source.gives and e not in source.gives and e not in source.never]
    yield from fields("field-not-of-source", beyond, about)


def collecting(r: Reading, *_: object) -> Iterator[Finding]:
    """What is taken is taken at a declared point, from a declared source."""
    if r.question.operation != Operation.COLLECT:
        return
    if r.policy.sources and not r.question.source:
        yield unsaid("source")
    personal = r.source is None or r.source.kind == "person"
    if r.policy.forms and personal:
        taken: set[str] = set()
        for each in r.policy.forms.values():
            here = not r.question.activity or each.activity in ("", r.question.activity)
            if here and (not each.purposes or r.purpose.id in each.purposes):
                taken |= each.takes_along | {field.element for field in each.fields.values()}
        yield from fields("field-not-asked", [e for e in r.declared if e not in taken])

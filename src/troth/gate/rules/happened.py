"""What has to have happened: events that open and end a use, open cases, messages that already left."""

from collections.abc import Iterator
from datetime import datetime

from troth.gate.circumstances import facts_in, judge, with_person
from troth.gate.codes import quoted
from troth.gate.reading import Reading
from troth.gate.rules.rule import Finding, fields, told, unknown
from troth.model.question import Facts


def latest(facts: Facts, names: tuple[str, ...], at: datetime) -> datetime | None:
    """When one of these last happened; None: never, so far."""
    events = told(facts.events)
    moments = [events[name] for name in names if name in events and events[name] <= at]
    return max(moments, default=None)


def opened(r: Reading, facts: Facts, at: datetime) -> Iterator[Finding]:
    """One of the events that open it has happened, and none that ends it since."""
    begun, over = latest(facts, r.purpose.opens_by, at), latest(facts, r.purpose.ends_by, at)
    if r.purpose.opens_by and begun is None:
        yield Finding("not-opened", words=quoted(*r.purpose.opens_by))
    if over is not None and (begun is None or over >= begun):
        yield Finding("ended", words=quoted(*r.purpose.ends_by))


def case(r: Reading, facts: Facts, _: datetime) -> Iterator[Finding]:
    """A case of the kind that purpose or recipient asks for is open about this person."""
    open_ = told(facts.matters)
    if r.purpose.needs_case and open_.isdisjoint(r.purpose.needs_case):
        yield Finding("no-open-case", words=quoted(*r.purpose.needs_case))
    if r.recipient is not None and r.recipient.each_time and r.recipient.each_time not in open_:
        yield Finding("no-open-case", f"recipient:{r.recipient.id}", words=quoted(r.recipient.each_time))


def occasion(r: Reading, facts: Facts, at: datetime) -> Iterator[Finding]:
    """The channel is used only after its event, and only so long after it."""
    rule = r.channel
    if rule is None:
        return
    when = latest(facts, (rule.after,), at)
    if when is None:
        yield Finding("not-opened", words=quoted(rule.after))
    elif rule.within and rule.within.after(when) < at:
        yield Finding("occasion-over", words=quoted(rule.after))


def often(r: Reading, facts: Facts, at: datetime) -> Iterator[Finding]:
    """No more messages than the channel carries for each event."""
    rule = r.channel
    if rule is None:
        return
    since = latest(facts, (rule.after,), at) if rule.after and facts.events is not None else None
    left = told(facts.messages).get((r.purpose.id, rule.channel), ())
    if len([moment for moment in left if since is None or moment >= since]) >= rule.at_most:
        yield Finding("enough-sent", words=str(rule.at_most))


def circumstances(r: Reading, facts: Facts, _: datetime) -> Iterator[Finding]:
    """Every condition on place, person and context holds; elements that one leaves out are withheld."""
    known = with_person(r.circumstances, facts, r.day)
    for about, where in r.wheres:
        held = judge(where, known)
        if held is False:
            yield Finding("circumstances-not-met", about, words=quoted(*_named(where.named())))
        elif held is not True:
            yield from unknown(held, about)
        yield from fields(
            "circumstances-not-met", [e for e in r.declared if where.element and e not in where.element], about
        )


def _named(dimensions: Iterator[tuple[str, frozenset[str]]]) -> list[str]:
    return [name for name, _ in dimensions if name != "element"] or ["age"]


def circumstances_facts(r: Reading) -> frozenset[str]:
    """The facts on which it hangs."""
    return facts_in(tuple(where for _, where in r.wheres))

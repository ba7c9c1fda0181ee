"""retention.yaml: how long rows of a kind stay, counted from what, and what happens then."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import final

from troth.catalog import StatutoryPeriod
from troth.model.period import Period
from troth.model.policy import Retention
from troth.model.policy_guard import Hold
from troth.policy.common import FACTORS, elements, flag, one_of, ref, refs, span, where, wordings
from troth.policy.nodes import Node, Scalar
from troth.policy.report import Report, did_you_mean, listed
from troth.policy.section import Context, Section
from troth.policy.shapes import (
    TEXT,
    WORDS,
    Field,
    Flag,
    JsonSchema,
    Line,
    Many,
    Named,
    OneOf,
    Record,
    Ref,
    Shape,
    Span,
    Table,
    Values,
)


@final
class StartsOrEvent(Shape[str]):
    """`event`, `end-of-year`, or the id of a declared event."""

    blank = "event"
    _words = ("event", "end-of-year")

    def _read(self, node: Node, report: Report) -> str:
        if isinstance(node, Scalar) and node.text in self._words:
            return node.text
        return Ref("event").read(node, report) or self.blank

    def _schema(self) -> JsonSchema:
        return {"type": "string", "description": "`event`, `end-of-year`, or the id of an event"}


SAYS = Field("says", WORDS, "the rule in words people understand", required=True)
KEEP = Field("keep", Span(), "how long, such as `8 years`")
UNTIL = ref("until", "event", "the event with which it ends at once, where no time is counted")
STARTS = Field(
    "starts",
    StartsOrEvent(),
    "from the row's own date (`event`), from the end of that year (`end-of-year`), or from a declared event",
)
THEN = Field("then", OneOf("delete", "mask", "anonymise", "block"), "what happens to the row on that day")
STATUTORY = Field("statutory", Flag(), "a law obliges us: only then an erasure has to wait for it")
LAW = Field(
    "law", Line("a law pack and its duty, such as `de tax-voucher`", "[a-z0-9-]+ [a-z0-9-]+"), "duty in a law pack"
)
CITES = Field("cites", TEXT, "the provision, where no law pack has it")
CHECKED = Field("checked", TEXT, "who compared `cites` with the law, and when", default="nobody")
OPEN_TO = Field("open-to", Many(Ref("purpose"), one_ok=True), "purposes that may still read the blocked row")

HARD = flag("hard-limit", "nothing delays it: no hold, no open matter")
FACTORS_ = wordings("factors", "what bore on the period, and how", key=one_of(*FACTORS))
RULE = Record(
    SAYS, KEEP, UNTIL, STARTS, THEN, STATUTORY, LAW, CITES, CHECKED, OPEN_TO, HARD, FACTORS_,
    ref("approved-by", "role", "who approved it"),
    where("for whose data"),
    makes=Retention,
)  # fmt: skip
RETENTION = Field("retention", Table(RULE, kind="retention", may_be_empty=True), "by id", required=True)
HOLD = Record(
    SAYS,
    ref("set-by", "role", "who may set it", required=True),
    span("review-every", "how often it is looked at", required=True),
    elements("of", "only these elements or categories wait", into="elements"),
    refs("matters", "matter", "only in cases of these kinds", into="for_matters"),
    refs("open-to", "purpose", "purposes that may still read what is held", into="purposes"),
    makes=Hold,
)
HOLDS = Field("holds", Table(HOLD, kind="hold"), "what makes data wait beyond its period, by id")


@dataclass(frozen=True)
class Endings:
    """Rules that end data, and holds that make it wait."""

    rules: Mapping[str, Retention]
    holds: Mapping[str, Hold]


def build(values: Values, context: Context) -> Endings:
    """By id, statutory citations taken from the law packs."""
    rules = {named.key: _rule(named, context) for named in values[RETENTION]}
    return Endings(MappingProxyType(rules), HOLDS.shape.make(values[HOLDS], values.at(HOLDS), context))


def _rule(named: Named[Values], context: Context) -> Retention:
    said = named.value
    duty = _duty(said, context) if said[LAW] else None
    citation, checked = said[CITES], said[CHECKED]
    if duty:
        citation, checked = duty.citation, duty.cite.checked
        _compare(named, duty, context)
    if said[STATUTORY] and not citation and not said[LAW]:
        context.report.say("statutory-without-citation", f"`{named.key}` cites no law", said.at(STATUTORY))
    if citation and not said[STATUTORY]:
        message = f"`{named.key}` cites a law and does not say whether it obliges"
        context.report.say("missing-key", message, named.place, "add `statutory: true`, or drop the citation")
    if (KEEP in said) == (UNTIL in said):
        both = KEEP in said
        message = f"`{named.key}` says {'both' if both else 'neither'} how long {'and' if both else 'nor'} until when"
        context.report.say("missing-key", message, named.place, "write `keep: 2 years`, or `until:` with an event")
    if said[STATUTORY] and said[THEN] in {"anonymise", "block"}:
        message = f"`{named.key}` is statutory, and `{said[THEN]}` would go on after the duty"
        context.report.say("wrong-value", message, said.at(THEN), "a duty to keep ends with `delete` or `mask`")
    keep = said[KEEP]
    rule: Retention = RULE.make(
        said,
        named.place,
        context,
        id=named.key,
        years=keep.years,
        months=keep.months,
        days=keep.days,
        hours=keep.hours,
        statutory=citation if said[STATUTORY] else "",
        checked=checked,
    )
    return rule


def _duty(said: Values, context: Context) -> StatutoryPeriod | None:
    code, name = said[LAW].split(" ", 1)
    duties = {
        f"{law} {duty}": period for law, pack in context.catalog.laws.items() for duty, period in pack.retention.items()
    }
    if f"{code} {name}" not in duties:
        hint = did_you_mean(said[LAW], duties) or f"known: {listed(duties)}"
        context.report.say("unknown-reference", f"no law pack has the duty `{said[LAW]}`", said.at(LAW), hint)
        return None
    if context.regimes and code not in context.regimes:
        message = f"`{code}` is not among the organisation's regimes, so its duties do not oblige it"
        context.report.say("unknown-reference", message, said.at(LAW), f"add `{code}` to `regimes`")
    return duties[f"{code} {name}"]


def _compare(named: Named[Values], duty: StatutoryPeriod, context: Context) -> None:
    keep, starts = named.value[KEEP], named.value[STARTS]
    law = duty.at(date.fromisoformat(context.effective_from)) if context.effective_from else None
    if law is None or not keep or (keep, starts) == (Period(years=law.years), law.starts):
        return
    message = f"`{named.key}` does not say `{law.years} years` from `{law.starts}`, as {duty.citation} does"
    context.report.say("period-differs-from-law", message, named.value.at(KEEP))


SECTION = Section(
    "retention",
    "retention.yaml",
    "How long rows stay, and what then.",
    Record(RETENTION, HOLDS),
    build,
    kinds=("retention", "hold"),
    required=False,
)

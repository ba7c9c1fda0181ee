"""retention.yaml: how long rows of a kind stay, counted from what, and what happens then."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from troth.catalog import StatutoryPeriod
from troth.model.policy import Retention
from troth.policy.report import did_you_mean, listed
from troth.policy.section import Context, Section
from troth.policy.shapes import (
    TEXT,
    WORDS,
    Field,
    Flag,
    Line,
    Many,
    Named,
    OneOf,
    Period,
    Record,
    Ref,
    Span,
    Table,
    Values,
)

SAYS = Field("says", WORDS, "the rule in words people understand", required=True)
KEEP = Field("keep", Span(), "how long, such as `8 years`", required=True)
STARTS = Field("starts", OneOf("event", "end-of-year"), "from the row's own date, or from the end of that year")
THEN = Field("then", OneOf("delete", "mask"), "what happens to the row on that day")
STATUTORY = Field("statutory", Flag(), "a law obliges us: only then an erasure has to wait for it")
LAW = Field(
    "law", Line("a law pack and its duty, such as `de tax-voucher`", "[a-z0-9-]+ [a-z0-9-]+"), "duty in a law pack"
)
CITES = Field("cites", TEXT, "the provision, where no law pack has it")
CHECKED = Field("checked", TEXT, "who compared `cites` with the law, and when", default="nobody")
OPEN_TO = Field("open-to", Many(Ref("purpose"), one_ok=True), "purposes that may still read the blocked row")

RULE = Record(SAYS, KEEP, STARTS, THEN, STATUTORY, LAW, CITES, CHECKED, OPEN_TO)
RETENTION = Field("retention", Table(RULE, kind="retention", may_be_empty=True), "by id", required=True)


def build(values: Values, context: Context) -> Mapping[str, Retention]:
    """By id, statutory citations taken from the law packs."""
    return MappingProxyType({named.key: _rule(named, context) for named in values[RETENTION]})


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
    return Retention(
        id=named.key,
        says=context.words(said[SAYS], named.place),
        years=said[KEEP].years,
        months=said[KEEP].months,
        days=said[KEEP].days,
        starts=said[STARTS],
        then=said[THEN],
        place=named.place,
        statutory=citation if said[STATUTORY] else "",
        open_to=said[OPEN_TO],
        checked=checked,
    )


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
    if law is None or keep == Period() or (keep, starts) == (Period(years=law.years), law.starts):
        return
    message = f"`{named.key}` does not say `{law.years} years` from `{law.starts}`, as {duty.citation} does"
    context.report.say("period-differs-from-law", message, named.value.at(KEEP))


SECTION = Section(
    "retention",
    "retention.yaml",
    "How long rows stay, and what then.",
    Record(RETENTION),
    build,
    kinds=("retention",),
    required=False,
)

"""The record of processing activities (GDPR Art. 30): what is done under our own responsibility, and for others."""

from collections.abc import Iterator
from datetime import date

from troth.catalog import Catalog
from troth.model.policy import Policy, Purpose, Recipient
from troth.model.policy_contact import Activity, Instruction, Space
from troth.model.policy_guard import Measure, Risk, Safeguard
from troth.show.records.head import head
from troth.show.records.reading import NOBODY, Reading, stores_of
from troth.show.records.record import Column, Record, Row, Sheet, row

ID = "article-30"
PROCESSOR = "processor"
JOINT = "joint-controller"
_LAW, _LAW_FOR_OTHERS = "processing-record", "processor-record"
"""Under these codes the law packs list what such a record says."""


def article_30(policy: Policy, catalog: Catalog, language: str, _: date) -> Record:
    """For each activity and purpose what Art. 30(1) asks, for each customer what Art. 30(2) asks."""
    reading = Reading(policy, catalog, language)
    return Record(
        id=ID,
        title=reading.say("a30-title", name=policy.organisation.name),
        language=reading.language,
        head=(*head(reading), ("order", reading.say("a30-order"), _order(reading))),
        sheets=(_own(reading), _for_others(reading), _periods(reading), _measures(reading)),
    )


def lines(policy: Policy) -> Iterator[tuple[Activity | None, Purpose | None]]:
    """Each activity under our own responsibility with each of its purposes; what lacks the other stands alone."""
    for activity in policy.activities.values():
        if activity.role != PROCESSOR:
            found = [purpose for purpose in policy.purposes.values() if activity.id in purpose.activities]
            yield from ((activity, purpose) for purpose in found or (None,))
    yield from ((None, purpose) for purpose in policy.purposes.values() if not purpose.activities)


def _order(reading: Reading) -> tuple[str, ...]:
    return tuple(
        reading.cite(pack.contents[code].cite)
        for code in (_LAW, _LAW_FOR_OTHERS)
        for pack in reading.regimes()
        if code in pack.contents
    ) or (reading.checked(reading.say("a30-no-order"), NOBODY),)


def _asked(reading: Reading, code: str) -> dict[str, str]:
    """What the law packs ask of such a record, each with its point as a heading bears it: ` (c)`."""
    lists = [pack.contents[code] for pack in reading.regimes() if code in pack.contents]
    return {item.id: f" ({item.cite.article.rpartition('(')[2]}" for contents in lists for item in contents.items}


# --- Under our own responsibility -------------------------------------------------------------------------------------


def _own(reading: Reading) -> Sheet:
    asked, say = _asked(reading, _LAW), reading.say

    def column(name: str, heading: str, item: str = "") -> Column:
        return Column(name, say(heading) + asked.get(item, ""), many=True)

    return Sheet(
        id="controller",
        says=say("a30-own"),
        asks=say("a30-own-asks"),
        columns=(
            Column("activity", say("activity")),
            Column("activity-id", say("activity"), hidden=True),
            Column("purpose", say("purpose") + asked.get("purposes", "")),
            Column("purpose-id", say("purpose"), hidden=True),
            column("responsible", "who-is-responsible", "controller"),
            column("when", "when"),
            column("grounds", "ground"),
            column("people", "people", "categories"),
            column("data", "kinds-of-data", "categories"),
            column("sources", "from-where"),
            column("recipients", "receivers", "recipients"),
            column("transfers", "third-countries", "transfers"),
            column("erasure", "how-long", "storage"),
            column("measures", "measures-taken", "security"),
            column("decisions", "machine-decides"),
            column("assessments", "assessments"),
        ),
        rows=tuple(_own_row(reading, *line) for line in lines(reading.policy)),
        empty=say("a30-own-empty"),
        title="purpose",
        group="activity",
    )


def _own_row(reading: Reading, activity: Activity | None, purpose: Purpose | None) -> Row:
    found = {
        "activity": reading.said(activity.says) if activity else _untied(reading),
        "activity_id": activity.id if activity else "",
        "purpose": reading.said(purpose.says) if purpose else reading.say("no-purpose"),
        "purpose_id": purpose.id if purpose else "",
        "responsible": _responsible(reading, activity),
        "when": _when(reading, activity, purpose),
    }
    return row(**found, **_about(reading, activity, purpose))


def _untied(reading: Reading) -> str:
    return reading.say("untied" if reading.policy.activities else "all-it-does", name=reading.policy.organisation.name)


def _about(reading: Reading, activity: Activity | None, purpose: Purpose | None) -> dict[str, list[str]]:
    names = ("grounds", "data", "sources", "recipients", "transfers", "erasure", "measures", "decisions", "assessments")
    if purpose is None:
        people = reading.names("relationships", activity.relationships if activity else ())
        return {"people": people, **{name: [] for name in names}}
    receivers = reading.receivers(purpose, activity)
    return {
        "people": [*reading.names("relationships", purpose.relationships), *reading.where(purpose.where)],
        "grounds": reading.grounds(purpose),
        "data": reading.categories(purpose.uses),
        "sources": _sources(reading, purpose),
        "recipients": [reading.receiver(one) for one in receivers] or [reading.say("nobody")],
        "transfers": _abroad(reading, receivers, stores_of(reading.policy, purpose.id)),
        "erasure": reading.erasure(purpose) or [reading.say("no-period")],
        "measures": reading.protection(purpose.uses, stores_of(reading.policy, purpose.id))
        or [reading.say("none-declared")],
        "decisions": _decisions(reading, purpose),
        "assessments": _assessments(reading, purpose),
    }


def _responsible(reading: Reading, activity: Activity | None) -> list[str]:
    ours, say = reading.policy.organisation.name, reading.say
    if activity is None or activity.role != JOINT:
        return [ours]
    partners = ", ".join(reading.names("recipients", activity.partners)) or say("somebody-unnamed")
    essence = [say("between-us", words=reading.said(activity.essence))] if activity.essence else []
    answers = reading.names("recipients", (activity.requests_to,))
    asked = [say("requests-go-to", name=name) for name in answers]
    return [say("jointly", name=ours, partners=partners), *essence, *asked]


def _when(reading: Reading, activity: Activity | None, purpose: Purpose | None) -> list[str]:
    planned = any(thing.intended for thing in (activity, purpose) if thing)
    starts = max((thing.starts for thing in (activity, purpose) if thing), default="")
    ends = activity.ends if activity else ""
    return [
        *([reading.say("intended")] if planned else []),
        *([reading.say("from-day", day=reading.on(starts))] if starts else []),
        *([reading.say("until", day=reading.on(ends))] if ends else []),
    ]


def _sources(reading: Reading, purpose: Purpose) -> list[str]:
    named = [*purpose.sources, *(name for name, one in reading.policy.sources.items() if purpose.id in one.purposes)]
    return reading.names("sources", named)


def _abroad(reading: Reading, receivers: list[Recipient], stores: list[str]) -> list[str]:
    found = [
        reading.say(
            "under-safeguards",
            who=reading.who(one),
            places=", ".join(reading.countries(places)),
            papers=", ".join(_protected(reading, one)) or reading.say("nothing"),
        )
        for one in receivers
        if (places := reading.abroad({one.country, *one.stored_in, *one.reached_from}))
    ]
    for name in stores:
        store = reading.policy.stores[name]
        if places := reading.abroad(store.stored_in):
            found.append(f"{reading.said(store.says) or name}: {', '.join(reading.countries(places))}")
    return found or [reading.say("none")]


def _protected(reading: Reading, recipient: Recipient) -> list[str]:
    known = reading.policy.transfers.safeguards
    papers = [_paper(reading, known[name]) for name in recipient.safeguards]
    return papers + ([reading.said(recipient.safeguard)] if recipient.safeguard else [])


def _paper(reading: Reading, one: Safeguard) -> str:
    words = reading.said(one.says)
    return reading.say("signed-on", words=words, day=reading.on(one.signed)) if one.signed else words


def _decisions(reading: Reading, purpose: Purpose) -> list[str]:
    found = [
        f"{reading.said(one.says)}: {reading.said(one.logic)}; {reading.said(one.consequences)}"
        for one in reading.policy.decisions.kinds.values()
        if one.purpose == purpose.id
    ]
    return [*([reading.say("profiles-made")] if purpose.profiling else []), *found]


def _assessments(reading: Reading, purpose: Purpose) -> list[str]:
    both = ((purpose.assessment, purpose.assessment_until), (purpose.compatibility, purpose.compatibility_until))
    return [f"{file}{reading.until(until)}" for file, until in both if file]


# --- For others -------------------------------------------------------------------------------------------------------


def _for_others(reading: Reading) -> Sheet:
    policy, say = reading.policy, reading.say
    asked = _asked(reading, _LAW_FOR_OTHERS)
    rows = [_space(reading, space) for space in policy.spaces.values()]
    served = {name for space in policy.spaces.values() for name in space.activities}
    rows += [
        _for_partner(reading, activity)
        for activity in policy.activities.values()
        if activity.role == PROCESSOR and activity.id not in served
    ]
    return Sheet(
        id=PROCESSOR,
        says=say("a30-others"),
        asks=say("a30-others-asks"),
        columns=(
            Column("customer", say("for-whom") + asked.get("customers", "")),
            Column("customer-id", say("for-whom"), hidden=True),
            Column("customer-contact", say("write-to")),
            Column("contract", say("contract")),
            Column("activities", say("what-we-do") + asked.get("processing", ""), many=True),
            Column("instructions", say("told-to-do"), many=True),
            Column("exceptions", say("let-in"), many=True),
            Column("places", say("places-allowed"), many=True),
            Column("transfers", say("third-countries") + asked.get("transfers", ""), many=True),
            Column("measures", say("measures-taken") + asked.get("security", ""), many=True),
        ),
        rows=tuple(rows),
        empty=say("a30-others-empty"),
        title="customer",
    )


def _space(reading: Reading, space: Space) -> Row:
    told = space.instructions.values()
    elements = frozenset().union(*(one.elements for one in told))
    places = {place for name in space.stores for place in reading.policy.stores[name].stored_in}
    signed = reading.say("signed", day=reading.on(space.contract_signed)) if space.contract_signed else ""
    return row(
        customer=", ".join((space.name, *space.affiliates)),
        customer_id=space.id,
        customer_contact=space.contact,
        contract=f"{signed}{reading.until(space.contract_until)}" if signed else reading.say("none-declared"),
        activities=reading.names("activities", space.activities),
        instructions=[_instruction(reading, one) for one in told],
        exceptions=reading.names("purposes", space.own_purposes),
        places=reading.countries(space.regions),
        transfers=reading.countries(reading.abroad(places)) or [reading.say("none")],
        measures=reading.protection(elements, space.stores) or [reading.say("none-declared")],
    )


def _instruction(reading: Reading, one: Instruction) -> str:
    about = [*reading.names("purposes", one.purposes), *reading.categories(one.elements)]
    given = reading.say("given", day=reading.on(one.given)) + reading.until(one.until)
    return f"{reading.said(one.says)} ({'; '.join([*about, given])})"


def _for_partner(reading: Reading, activity: Activity) -> Row:
    purposes = [purpose for purpose in reading.policy.purposes.values() if activity.id in purpose.activities]
    elements = frozenset().union(*(purpose.uses for purpose in purposes))
    stores = [name for purpose in purposes for name in stores_of(reading.policy, purpose.id)]
    receivers = [one for purpose in purposes for one in reading.receivers(purpose, activity)]
    return row(
        customer=", ".join(reading.names("recipients", activity.partners)) or reading.say("nobody-named"),
        customer_id="",
        customer_contact="",
        contract="",
        activities=[reading.said(activity.says), *(reading.said(purpose.says) for purpose in purposes)],
        instructions=[],
        exceptions=[],
        places=[],
        transfers=list(dict.fromkeys(_abroad(reading, receivers, stores))),
        measures=reading.protection(elements, stores) or [reading.say("none-declared")],
    )


# --- What holds for several -------------------------------------------------------------------------------------------


def _periods(reading: Reading) -> Sheet:
    say = reading.say
    return Sheet(
        id="periods",
        says=say("periods-sheet"),
        asks=say("periods-asks"),
        columns=(
            Column("rule", say("rule")),
            Column("rule-id", say("rule"), hidden=True),
            Column("period", say("how-long")),
            Column("law", say("by-which-law")),
            Column("of", say("of-what"), many=True),
            Column("reasons", say("why-so-long"), many=True),
        ),
        rows=tuple(
            row(
                rule=reading.said(rule.says),
                rule_id=rule.id,
                period=reading.period(rule),
                law=reading.checked(rule.statutory, rule.checked) if rule.statutory else "",
                of=_kept_by(reading, rule.id),
                reasons=[reading.said(words) for words in rule.factors.values()],
            )
            for rule in reading.policy.retentions.values()
        ),
        empty=say("periods-empty"),
        title="rule",
    )


def _kept_by(reading: Reading, rule: str) -> list[str]:
    policy = reading.policy
    tables = [table for store in policy.stores.values() for table in store.tables.values() if table.retain == rule]
    return [
        *(reading.said(purpose.says) for purpose in policy.purposes.values() if purpose.retention == rule),
        *(reading.said(table.says) or table.name for table in tables),
        *(reading.said(element.says) for element in policy.elements.values() if element.retention == rule),
    ]


def _measures(reading: Reading) -> Sheet:
    protection, say = reading.policy.protection, reading.say
    return Sheet(
        id="measures",
        says=say("measures-sheet"),
        asks=say("measures-asks"),
        columns=(
            Column("measure", say("measure")),
            Column("measure-id", say("measure"), hidden=True),
            Column("against", say("against"), many=True),
            Column("standard", say("standard")),
            Column("protects", say("protects"), many=True),
            Column("reviewed", say("looked-at")),
        ),
        rows=(
            *(_measure(reading, one) for one in protection.measures.values()),
            *(_risk(reading, one) for one in protection.risks.values()),
        ),
        empty=say("measures-empty"),
        title="measure",
    )


def _measure(reading: Reading, one: Measure) -> Row:
    every = f", {reading.say('every', period=reading.lasting(one.review_every))}" if one.review_every else ""
    return row(
        measure=reading.said(one.says),
        measure_id=one.id,
        against=reading.codes("danger", one.against),
        standard=one.standard,
        protects=[*reading.categories(one.elements), *_stores(reading, one)] or [reading.say("everything")],
        reviewed=f"{reading.on(one.reviewed)}{every}" if one.reviewed else reading.say("never-looked"),
    )


def _stores(reading: Reading, one: Measure) -> list[str]:
    stores = reading.policy.stores
    return [reading.said(stores[name].says) or name for name in one.stores]


def _risk(reading: Reading, one: Risk) -> Row:
    return row(
        measure=reading.say("remains", words=reading.said(one.says)),
        measure_id=one.id,
        against=reading.codes("danger", one.against),
        standard="",
        protects=[],
        reviewed="",
    )

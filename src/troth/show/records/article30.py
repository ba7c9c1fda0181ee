"""The record of processing activities (GDPR Art. 30): what is done under our own responsibility, and for others."""

from collections.abc import Iterator
from datetime import date

from troth.catalog import Catalog
from troth.model.policy import Policy, Purpose, Recipient
from troth.model.policy_contact import Activity, Instruction, Space
from troth.model.policy_guard import Measure, Risk
from troth.plan.codes import UNCHECKED
from troth.show.package import NO_PERIOD
from troth.show.records.head import head
from troth.show.records.reading import Reading, lasting, stores_of
from troth.show.records.record import Column, Record, Row, Sheet, row
from troth.show.words import on

ID = "article-30"
PROCESSOR = "processor"
JOINT = "joint-controller"
NO_PURPOSE = "no purpose is declared for it"
UNTIED = "Not tied to one activity"
_LAW, _LAW_FOR_OTHERS = "processing-record", "processor-record"
"""Under these codes the law packs list what such a record says."""


def article_30(policy: Policy, catalog: Catalog, language: str, _: date) -> Record:
    """For each activity and purpose what Art. 30(1) asks, for each customer what Art. 30(2) asks."""
    reading = Reading(policy, catalog, language)
    return Record(
        id=ID,
        title=f"Record of processing activities of {policy.organisation.name}",
        head=(*head(reading), ("order", "in the order of", _order(reading))),
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
    ) or (f"no law: none of the organisation's packs says what such a record contains, {UNCHECKED}",)


def _asked(reading: Reading, code: str) -> dict[str, str]:
    """What the law packs ask of such a record, each with its point as a heading bears it: ` (c)`."""
    lists = [pack.contents[code] for pack in reading.regimes() if code in pack.contents]
    return {item.id: f" ({item.cite.article.rpartition('(')[2]}" for contents in lists for item in contents.items}


# --- Under our own responsibility -------------------------------------------------------------------------------------


def _own(reading: Reading) -> Sheet:
    asked = _asked(reading, _LAW)

    def column(name: str, heading: str, item: str = "") -> Column:
        return Column(name, heading + asked.get(item, ""), many=True)

    return Sheet(
        id="controller",
        says="What we do under our own responsibility",
        asks="Each activity with its purposes, and what holds for each",
        columns=(
            Column("activity", "activity"),
            Column("activity-id", "activity", hidden=True),
            Column("purpose", f"purpose{asked.get('purposes', '')}"),
            Column("purpose-id", "purpose", hidden=True),
            column("responsible", "who answers", "controller"),
            column("when", "from and until"),
            column("grounds", "on which ground"),
            column("people", "people", "categories"),
            column("data", "data", "categories"),
            column("sources", "from where"),
            column("recipients", "recipients", "recipients"),
            column("transfers", "third countries", "transfers"),
            column("erasure", "how long", "storage"),
            column("measures", "measures", "security"),
            column("decisions", "decided by machine"),
            column("assessments", "assessments"),
        ),
        rows=tuple(_own_row(reading, *line) for line in lines(reading.policy)),
        empty="No processing under our own responsibility is declared.",
        title="purpose",
        group="activity",
    )


def _own_row(reading: Reading, activity: Activity | None, purpose: Purpose | None) -> Row:
    found = {
        "activity": reading.said(activity.says) if activity else _untied(reading),
        "activity_id": activity.id if activity else "",
        "purpose": reading.said(purpose.says) if purpose else NO_PURPOSE,
        "purpose_id": purpose.id if purpose else "",
        "responsible": _responsible(reading, activity),
        "when": _when(activity, purpose),
    }
    return row(**found, **_about(reading, activity, purpose))


def _untied(reading: Reading) -> str:
    return UNTIED if reading.policy.activities else f"All that {reading.policy.organisation.name} does"


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
        "recipients": [reading.receiver(one) for one in receivers] or ["nobody outside"],
        "transfers": _abroad(reading, receivers, stores_of(reading.policy, purpose.id)),
        "erasure": reading.erasure(purpose) or [NO_PERIOD],
        "measures": reading.protection(purpose.uses, stores_of(reading.policy, purpose.id)) or ["none is declared"],
        "decisions": _decisions(reading, purpose),
        "assessments": _assessments(purpose),
    }


def _responsible(reading: Reading, activity: Activity | None) -> list[str]:
    ours = reading.policy.organisation.name
    if activity is None or activity.role != JOINT:
        return [ours]
    essence = [f"between us: {reading.said(activity.essence)}"] if activity.essence else []
    answers = reading.names("recipients", (activity.requests_to,))
    return [
        f"{ours}, jointly with {', '.join(reading.names('recipients', activity.partners)) or 'somebody not named'}",
        *essence,
        *(f"requests go to {name}" for name in answers),
    ]


def _when(activity: Activity | None, purpose: Purpose | None) -> list[str]:
    planned = any(thing.intended for thing in (activity, purpose) if thing)
    starts = max((thing.starts for thing in (activity, purpose) if thing), default="")
    return [
        *(["intended, not done yet"] if planned else []),
        *([f"from {on(starts)}"] if starts else []),
        *([f"until {on(activity.ends)}"] if activity and activity.ends else []),
    ]


def _sources(reading: Reading, purpose: Purpose) -> list[str]:
    named = [*purpose.sources, *(name for name, one in reading.policy.sources.items() if purpose.id in one.purposes)]
    return reading.names("sources", named)


def _abroad(reading: Reading, receivers: list[Recipient], stores: list[str]) -> list[str]:
    found = [
        f"{one.name}: {', '.join(reading.countries(places))}, under {', '.join(_protected(reading, one)) or 'nothing'}"
        for one in receivers
        if (places := reading.abroad({one.country, *one.stored_in, *one.reached_from}))
    ]
    for name in stores:
        store = reading.policy.stores[name]
        if places := reading.abroad(store.stored_in):
            found.append(f"{store.says or name}: {', '.join(reading.countries(places))}")
    return found or ["none"]


def _protected(reading: Reading, recipient: Recipient) -> list[str]:
    known = reading.policy.transfers.safeguards
    papers = [
        f"{reading.said(known[name].says)}" + (f" (signed {on(known[name].signed)})" if known[name].signed else "")
        for name in recipient.safeguards
    ]
    return papers + ([recipient.safeguard] if recipient.safeguard else [])


def _decisions(reading: Reading, purpose: Purpose) -> list[str]:
    found = [
        f"{reading.said(one.says)}: {reading.said(one.logic)}; {reading.said(one.consequences)}"
        for one in reading.policy.decisions.kinds.values()
        if one.purpose == purpose.id
    ]
    return [*(["profiles are made"] if purpose.profiling else []), *found]


def _assessments(purpose: Purpose) -> list[str]:
    both = ((purpose.assessment, purpose.assessment_until), (purpose.compatibility, purpose.compatibility_until))
    return [f"{file}" + (f", until {on(until)}" if until else "") for file, until in both if file]


# --- For others -------------------------------------------------------------------------------------------------------


def _for_others(reading: Reading) -> Sheet:
    policy = reading.policy
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
        says="What we do for others",
        asks="For whom, what, and under which contract",
        columns=(
            Column("customer", f"for whom{asked.get('customers', '')}"),
            Column("customer-id", "for whom", hidden=True),
            Column("customer-contact", "write to"),
            Column("contract", "contract"),
            Column("activities", f"what we do{asked.get('processing', '')}", many=True),
            Column("instructions", "what we were told to do", many=True),
            Column("exceptions", "our own purposes that it let in", many=True),
            Column("places", "where its data may be", many=True),
            Column("transfers", f"third countries{asked.get('transfers', '')}", many=True),
            Column("measures", f"measures{asked.get('security', '')}", many=True),
        ),
        rows=tuple(rows),
        empty="Nothing is done for others: no customer and no activity as a processor is declared.",
        title="customer",
    )


def _space(reading: Reading, space: Space) -> Row:
    told = space.instructions.values()
    elements = frozenset().union(*(one.elements for one in told))
    places = {place for name in space.stores for place in reading.policy.stores[name].stored_in}
    until = f", until {on(space.contract_until)}" if space.contract_until else ""
    return row(
        customer=", ".join((space.name, *space.affiliates)),
        customer_id=space.id,
        customer_contact=space.contact,
        contract=f"signed {on(space.contract_signed)}{until}" if space.contract_signed else "none is declared",
        activities=reading.names("activities", space.activities),
        instructions=[_instruction(reading, one) for one in told],
        exceptions=reading.names("purposes", space.own_purposes),
        places=reading.countries(space.regions),
        transfers=reading.countries(reading.abroad(places)) or ["none"],
        measures=reading.protection(elements, space.stores) or ["none is declared"],
    )


def _instruction(reading: Reading, one: Instruction) -> str:
    about = [*reading.names("purposes", one.purposes), *reading.categories(one.elements)]
    until = f", until {on(one.until)}" if one.until else ""
    return f"{reading.said(one.says)} ({'; '.join([*about, f'given {on(one.given)}{until}'])})"


def _for_partner(reading: Reading, activity: Activity) -> Row:
    purposes = [purpose for purpose in reading.policy.purposes.values() if activity.id in purpose.activities]
    elements = frozenset().union(*(purpose.uses for purpose in purposes))
    stores = [name for purpose in purposes for name in stores_of(reading.policy, purpose.id)]
    receivers = [one for purpose in purposes for one in reading.receivers(purpose, activity)]
    return row(
        customer=", ".join(reading.names("recipients", activity.partners)) or "nobody is named",
        customer_id="",
        customer_contact="",
        contract="",
        activities=[reading.said(activity.says), *(reading.said(purpose.says) for purpose in purposes)],
        instructions=[],
        exceptions=[],
        places=[],
        transfers=list(dict.fromkeys(_abroad(reading, receivers, stores))),
        measures=reading.protection(elements, stores) or ["none is declared"],
    )


# --- What holds for several -------------------------------------------------------------------------------------------


def _periods(reading: Reading) -> Sheet:
    return Sheet(
        id="periods",
        says="Periods",
        asks="How long anything is kept, counted from what, and by which law",
        columns=(
            Column("rule", "rule"),
            Column("rule-id", "rule", hidden=True),
            Column("period", "how long"),
            Column("law", "by which law"),
            Column("of", "of what", many=True),
            Column("reasons", "why so long", many=True),
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
        empty="No period is declared.",
        title="rule",
    )


def _kept_by(reading: Reading, rule: str) -> list[str]:
    policy = reading.policy
    tables = [table for store in policy.stores.values() for table in store.tables.values() if table.retain == rule]
    return [
        *(reading.said(purpose.says) for purpose in policy.purposes.values() if purpose.retention == rule),
        *(table.says or table.name for table in tables),
        *(reading.said(element.says) for element in policy.elements.values() if element.retention == rule),
    ]


def _measures(reading: Reading) -> Sheet:
    protection = reading.policy.protection
    return Sheet(
        id="measures",
        says="Measures",
        asks="What protects data, against what, and what remains",
        columns=(
            Column("measure", "what is done, or remains"),
            Column("measure-id", "measure", hidden=True),
            Column("against", "against", many=True),
            Column("standard", "standard"),
            Column("protects", "protects", many=True),
            Column("reviewed", "looked at"),
        ),
        rows=(
            *(_measure(reading, one) for one in protection.measures.values()),
            *(_risk(reading, one) for one in protection.risks.values()),
        ),
        empty="No measure is declared.",
        title="measure",
    )


def _measure(reading: Reading, one: Measure) -> Row:
    every = f", every {lasting(one.review_every)}" if one.review_every else ""
    return row(
        measure=reading.said(one.says),
        measure_id=one.id,
        against=one.against,
        standard=one.standard,
        protects=[*reading.categories(one.elements), *one.stores] or ["everything"],
        reviewed=f"{on(one.reviewed)}{every}" if one.reviewed else "never, as far as declared",
    )


def _risk(reading: Reading, one: Risk) -> Row:
    return row(
        measure=f"Remains: {reading.said(one.says)}",
        measure_id=one.id,
        against=one.against,
        standard="",
        protects=[],
        reviewed="",
    )

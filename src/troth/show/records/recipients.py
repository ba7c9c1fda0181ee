"""The list of recipients, by class: who gets what, for what, under which conditions, and how they are told."""

from datetime import date

from troth.catalog import Catalog
from troth.model.policy import Contract, Policy, Recipient
from troth.show.records.head import head
from troth.show.records.reading import Reading
from troth.show.records.record import Column, Record, Row, Sheet, row

ID = "recipients"
_POLICY = "policy"
_WAYS = {"mail": "tells-mail", "work-order": "tells-work-order"}


def recipients(policy: Policy, catalog: Catalog, language: str, _: date) -> Record:
    """Everybody who gets data from us, classes in the order of their names."""
    reading = Reading(policy, catalog, language)
    found = sorted(policy.recipients.values(), key=lambda one: (not one.kind, one.kind))
    return Record(
        id=ID,
        title=reading.say("recipients-title", name=policy.organisation.name),
        language=reading.language,
        head=head(reading),
        sheets=(_sheet(reading, found),),
    )


def _sheet(reading: Reading, found: list[Recipient]) -> Sheet:
    say = reading.say
    return Sheet(
        id=ID,
        says=say("recipients-sheet"),
        asks=say("recipients-asks"),
        columns=(
            Column("class", say("class")),
            Column("recipient", say("who")),
            Column("recipient-id", say("who"), hidden=True),
            Column("role", say("in-which-role")),
            Column("country", say("sits-in")),
            Column("stored-in", say("keeps-data-in"), many=True),
            Column("reached-from", say("looks-from"), many=True),
            Column("data", say("kinds-of-data"), many=True),
            Column("transforms", say("handed-over-as"), many=True),
            Column("purposes", say("for-what"), many=True),
            Column("conditions", say("only-if"), many=True),
            Column("own-use", say("own-account"), many=True),
            Column("contract", say("contract")),
            Column("safeguards", say("protected-abroad"), many=True),
            Column("passes-on-to", say("passes-on"), many=True),
            Column("measures", say("measures-on-way"), many=True),
            Column("told", say("told-of-erasure")),
            Column("notice", say("its-notice")),
            Column("links", say("more"), many=True),
        ),
        rows=tuple(_row(reading, one) for one in found),
        empty=say("recipients-empty", name=reading.policy.organisation.name),
        title="recipient",
        group="class",
    )


def _row(reading: Reading, one: Recipient) -> Row:
    known = reading.policy.transfers.safeguards
    return row(
        **{"class": reading.say.called("class", one.kind) if one.kind else reading.say("unclassed")},
        recipient=reading.who(one),
        recipient_id=one.id,
        role=reading.role(one),
        country=reading.country(one.country),
        stored_in=reading.countries(one.stored_in),
        reached_from=reading.countries(one.reached_from),
        data=reading.categories(one.elements),
        transforms=[_transform(reading, name, form) for name, form in one.transforms.items()],
        purposes=reading.names("purposes", one.purposes),
        conditions=_conditions(reading, one),
        own_use=[reading.said(one.own_use), _done(reading, one), reading.said(one.essence)],
        contract=_contract(reading, one.contract),
        safeguards=[*(reading.said(known[name].says) for name in one.safeguards), reading.said(one.safeguard)],
        passes_on_to=reading.names("recipients", one.passes_on_to),
        measures=[reading.said(reading.policy.protection.measures[name].says) for name in one.measures],
        told=_told(reading, one),
        notice=one.links.get(_POLICY, ""),
        links=[f"{name}: {address}" for name, address in one.links.items() if name != _POLICY],
    )


def _done(reading: Reading, one: Recipient) -> str:
    return "" if one.operation == "disclose" else reading.say(f"done-{one.operation}")


def _transform(reading: Reading, element: str, form: str) -> str:
    return f"{', '.join(reading.names('elements', (element,)))}: {reading.say.called('transform', form)}"


def _conditions(reading: Reading, one: Recipient) -> list[str]:
    say, policy = reading.say, reading.policy
    named = (
        ("after-yes", policy.choices.get(one.needs_choice)),
        ("unless-no", policy.choices.get(one.unless_choice)),
        ("under-case", policy.matters.get(one.each_time)),
        ("only-named-rows", policy.elements.get(one.rows_of)),
    )
    quoted = {"after-yes", "unless-no"}
    return [
        *([say("from-day", day=reading.on(one.starts))] if one.starts else []),
        *(say("in-activity", name=name) for name in reading.names("activities", one.activities)),
        *reading.where(one.only_where),
        *(
            say(key, words=reading.quoted(thing.says) if key in quoted else reading.said(thing.says))
            for key, thing in named
            if thing
        ),
        *([say("only-counts", number=str(one.aggregates_of))] if one.aggregates_of else []),
        *([say("fields-exactly")] if one.fields_exactly else []),
        *([say("programme-only", names=", ".join(one.programme))] if one.programme else []),
    ]


def _contract(reading: Reading, contract: Contract | None) -> str:
    if contract is None:
        return reading.say("none-declared")
    kind, signed = reading.say.called("contract", contract.kind), reading.say("signed", day=reading.on(contract.signed))
    more = (reading.say("own-instruction") if contract.instruction == "each" else "", contract.document)
    return ", ".join(filter(None, (kind, f"{signed}{reading.until(contract.until)}", *more)))


def _told(reading: Reading, one: Recipient) -> str:
    if not one.tell:
        return reading.say("cannot-be-told")
    words = reading.say(_WAYS.get(one.tell.partition(":")[0], "tells-call"), address=one.tell.removeprefix("mail:"))
    within = reading.lasting(one.answers_within)
    return reading.say("answers-within", words=words, period=within) if within else words

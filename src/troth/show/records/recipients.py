"""The list of recipients, by class: who gets what, for what, under which conditions, and how they are told."""

from datetime import date

from troth.catalog import Catalog
from troth.model.policy import Contract, Policy, Recipient
from troth.show.records.head import head
from troth.show.records.reading import Reading, lasting, role
from troth.show.records.record import Column, Record, Row, Sheet, row
from troth.show.words import on

ID = "recipients"
UNCLASSED = "of no declared class"
_OPERATIONS = {
    "disclose": "",
    "share": "shared for its own advertising",
    "sell": "sold",
    "rent": "rented out",
    "publish": "published",
}
_POLICY = "policy"


def recipients(policy: Policy, catalog: Catalog, language: str, _: date) -> Record:
    """Everybody who gets data from us, classes in the order of their names."""
    reading = Reading(policy, catalog, language)
    found = sorted(policy.recipients.values(), key=lambda one: (not one.kind, one.kind))
    return Record(
        id=ID,
        title=f"Recipients of {policy.organisation.name}",
        head=head(reading),
        sheets=(_sheet(reading, found),),
    )


def _sheet(reading: Reading, found: list[Recipient]) -> Sheet:
    return Sheet(
        id=ID,
        says="Recipients by class",
        asks="Who gets what, for what, and under which conditions",
        columns=(
            Column("class", "class"),
            Column("recipient", "who"),
            Column("recipient-id", "who", hidden=True),
            Column("role", "in which role"),
            Column("country", "sits in"),
            Column("stored-in", "keeps data in", many=True),
            Column("reached-from", "looks at data from", many=True),
            Column("data", "data", many=True),
            Column("transforms", "handed over as", many=True),
            Column("purposes", "what for", many=True),
            Column("conditions", "only if", many=True),
            Column("own-use", "on its own account", many=True),
            Column("contract", "contract"),
            Column("safeguards", "protected abroad by", many=True),
            Column("passes-on-to", "passes it on to", many=True),
            Column("measures", "measures on the way", many=True),
            Column("told", "told about an erasure"),
            Column("notice", "its own notice"),
            Column("links", "more", many=True),
        ),
        rows=tuple(_row(reading, one) for one in found),
        empty=f"No recipient is declared: nothing leaves {reading.policy.organisation.name}.",
        title="recipient",
        group="class",
    )


def _row(reading: Reading, one: Recipient) -> Row:
    known = reading.policy.transfers.safeguards
    return row(
        **{"class": one.kind or UNCLASSED},
        recipient=one.name,
        recipient_id=one.id,
        role=role(one),
        country=reading.country(one.country),
        stored_in=reading.countries(one.stored_in),
        reached_from=reading.countries(one.reached_from),
        data=reading.categories(one.elements),
        transforms=[_transform(reading, name, form) for name, form in one.transforms.items()],
        purposes=reading.names("purposes", one.purposes),
        conditions=_conditions(reading, one),
        own_use=[*filter(None, (reading.said(one.own_use), _OPERATIONS[one.operation], reading.said(one.essence)))],
        contract=_contract(one.contract),
        safeguards=[*(reading.said(known[name].says) for name in one.safeguards), one.safeguard],
        passes_on_to=reading.names("recipients", one.passes_on_to),
        measures=[reading.said(reading.policy.protection.measures[name].says) for name in one.measures],
        told=_told(one),
        notice=one.links.get(_POLICY, ""),
        links=[f"{name}: {address}" for name, address in one.links.items() if name != _POLICY],
    )


def _transform(reading: Reading, element: str, form: str) -> str:
    return f"{', '.join(reading.names('elements', (element,)))}: {form}"


def _conditions(reading: Reading, one: Recipient) -> list[str]:
    choices = reading.names
    return [
        *(f"from {on(one.starts)}" for _ in (one.starts,) if one.starts),
        *(f"in: {name}" for name in choices("activities", one.activities)),
        *reading.where(one.only_where),
        *(f"after a yes to “{words}”" for words in choices("choices", (one.needs_choice,))),
        *(f"unless there is a no to “{words}”" for words in choices("choices", (one.unless_choice,))),
        *(f"each time under a case: {words}" for words in choices("matters", (one.each_time,))),
        *(f"only rows that name it in: {words}" for words in choices("elements", (one.rows_of,))),
        *([f"only counts over at least {one.aggregates_of} people"] if one.aggregates_of else []),
        *(["these fields and no other"] if one.fields_exactly else []),
        *([f"only: {', '.join(one.programme)}"] if one.programme else []),
    ]


def _contract(contract: Contract | None) -> str:
    if contract is None:
        return "none is declared"
    more = (
        f"until {on(contract.until)}" if contract.until else "",
        "each hand-over names its own instruction" if contract.instruction == "each" else "",
        contract.document,
    )
    return ", ".join(filter(None, (contract.kind, f"signed {on(contract.signed)}", *more)))


def _told(one: Recipient) -> str:
    within = f", answers within {lasting(one.answers_within)}" if one.answers_within else ""
    return f"{one.tell}{within}" if one.tell else "it cannot be told"

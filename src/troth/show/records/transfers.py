"""The register of transfers: what goes where, what protects it there, and how that stands on a day."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from troth.catalog import Catalog
from troth.catalog.nouns import Adequacy, Mechanism
from troth.catalog.pack import LawPack
from troth.model.policy import Policy, Recipient
from troth.model.policy_guard import Safeguard
from troth.plan.codes import UNCHECKED
from troth.policy.sections.transfers import SIGNED
from troth.show.blocks import Line, Lines, Tone
from troth.show.records.head import head
from troth.show.records.reading import Reading, lasting, role
from troth.show.records.record import Column, Record, Row, Sheet, row
from troth.show.words import day, on

ID = "transfers"
ADEQUACY = "adequacy"
IN_LAW = {
    "consent": "explicit-consent",
    "necessity": "necessity-contract",
    "claims": "legal-claims",
    "vital-interest": "vital-interests",
    "pipl-standard-contract": "cn standard-contract",
    "pipl-assessment": "cn security-assessment",
    "pipl-certification": "cn certification",
}
"""Mechanisms that law packs know under another code than policies do, or that only one pack has."""

UNLISTED = f"in no law of the organisation, {UNCHECKED}"

IN_FORCE, ADEQUATE, LOOK, WORDS = "in force", "adequate", "to be looked at", "in words only"
NOT_YET, ENDED, UNSIGNED, ELSEWHERE, NOTHING = "not yet", "ended", "not signed", "does not reach there", "nothing"
_BEST = (IN_FORCE, ADEQUATE, LOOK, WORDS, NOT_YET, ENDED, UNSIGNED, ELSEWHERE, NOTHING)
_OPEN = frozenset({IN_FORCE, ADEQUATE})


@dataclass(frozen=True)
class Standing:
    """How a safeguard, a decision or a whole transfer stands on a day, and why."""

    word: str
    why: str


@dataclass(frozen=True)
class Transfer:
    """Data in one country outside home: with a recipient, or in a store of ours."""

    country: str
    how: tuple[str, ...]
    recipient: Recipient | None
    store: str = ""


def transfers(policy: Policy, catalog: Catalog, language: str, at: date) -> Record:
    """Every recipient and store outside home, and every safeguard, as they stand `at` a day."""
    reading = Reading(policy, catalog, language)
    found = list(outside(reading))
    judged = [(transfer, standing(reading, transfer, at)) for transfer in found]
    return Record(
        id=ID,
        title=f"Register of transfers of {policy.organisation.name}",
        head=(*head(reading), ("home", "home is", _home(reading)), ("as-of", "as of", (at.isoformat(),))),
        sheets=(_register(reading, judged, at), _safeguards(reading)),
        attention=Lines([_line(reading, *each) for each in judged if each[1].word not in _OPEN]),
    )


def outside(reading: Reading) -> Iterator[Transfer]:
    """Each country outside home in which a recipient sits, keeps data or looks at it, or one of our stores is."""
    for one in reading.policy.recipients.values():
        how = {
            "sits there": frozenset({one.country}),
            "keeps data there": one.stored_in,
            "looks at data from there": one.reached_from,
        }
        for place in reading.abroad(frozenset().union(*how.values())):
            yield Transfer(place, tuple(words for words, places in how.items() if place in places), one)
    for store in reading.policy.stores.values():
        host = reading.policy.recipients.get(store.hosted_by)
        for place in reading.abroad(store.stored_in):
            yield Transfer(place, (f"our store “{store.says or store.name}” is there",), host, store.name)


# --- How a transfer stands --------------------------------------------------------------------------------------------


def standing(reading: Reading, transfer: Transfer, at: date) -> Standing:
    """The best of what protects it on a day: a safeguard, an adequacy decision, or words alone."""
    found = [judge(reading, safeguard, transfer, at) for safeguard in _named(reading, transfer.recipient)]
    found.append(_adequacy_standing(reading, transfer.country, at))
    if transfer.recipient and transfer.recipient.safeguard:
        found.append(Standing(WORDS, f"“{transfer.recipient.safeguard}” is declared, and no paper with its days"))
    best = min(found, key=lambda each: _BEST.index(each.word))
    starts = transfer.recipient.starts if transfer.recipient else ""
    if starts > at.isoformat():
        return Standing(NOT_YET, f"nothing is handed over before {on(starts)}; then: {best.word}, {best.why}")
    return best


def judge(reading: Reading, safeguard: Safeguard, transfer: Transfer, at: date) -> Standing:
    """One safeguard on a day. A paper counts only between its signature and its last day."""
    name, today = f"“{reading.said(safeguard.says)}”", at.isoformat()
    party = transfer.recipient.id if transfer.recipient else ""
    if (safeguard.countries and transfer.country not in safeguard.countries) or (
        safeguard.parties and party not in safeguard.parties
    ):
        return Standing(ELSEWHERE, f"{name} is for other countries or parties")
    if safeguard.mechanism in SIGNED and not safeguard.signed:
        return Standing(UNSIGNED, f"{name} has no day of signature")
    if safeguard.signed > today:
        return Standing(NOT_YET, f"{name} is signed on {on(safeguard.signed)}")
    for until, what in ((safeguard.until, name), (safeguard.assessment_until, f"the assessment of {name}")):
        if until and until < today:
            return Standing(ENDED, f"{what} ended on {on(until)}")
    if safeguard.mechanism == ADEQUACY:
        return _adequacy_standing(reading, transfer.country, at)
    if doubt := _doubt(reading, safeguard, transfer.country, at):
        return Standing(LOOK, f"{name}: {doubt}")
    return Standing(IN_FORCE, f"{name} is in force" + (f" until {on(safeguard.until)}" if safeguard.until else ""))


def _adequacy_standing(reading: Reading, country: str, at: date) -> Standing:
    """Whether each law for which a country is abroad takes it for safe; where only in part, somebody has to look."""
    asked = _asked(reading, country)
    found = {pack.name: [one for one in decided(pack, country) if one.cite.applies(at)] for pack in asked}
    silent = [name for name, decisions in found.items() if not decisions]
    if silent:
        return Standing(NOTHING, f"no adequacy decision is in force under {', '.join(silent)}")
    if not found:
        laws = [reading.checked(pack.name, pack.checked) for pack in reading.regimes() if pack.home]
        whom = (
            "abroad for people who live elsewhere"
            if reading.policy.transfers.home_of_person
            else "outside our own home"
        )
        return Standing(ADEQUATE, f"at home by law ({', '.join(laws)}), and {whom}")
    partly = [one.only for decisions in found.values() for one in decisions if one.only]
    cites = ", ".join(reading.cite(one.cite) for decisions in found.values() for one in decisions)
    if partly:
        return Standing(LOOK, f"adequate only for {'; '.join(partly)} ({cites}): somebody has to look")
    return Standing(ADEQUATE, f"found adequate ({cites})")


def _asked(reading: Reading, country: str) -> list[LawPack]:
    """The laws for which a country is abroad."""
    return [pack for pack in reading.regimes() if pack.home and country not in pack.home]


def _doubt(reading: Reading, safeguard: Safeguard, country: str, at: date) -> str:
    """Why a safeguard that runs may still not carry the transfer; empty where nothing speaks against it."""
    single = [one for one in mechanisms(reading, safeguard.mechanism) if not one.repeated]
    if single:
        return f"it carries single occasions, no regular transfer ({reading.cite(single[0].cite)})"
    strange = [
        pack.name
        for pack in _asked(reading, country)
        if in_law(pack, safeguard.mechanism) is None
        and not any(one.cite.applies(at) and not one.only for one in decided(pack, country))
    ]
    return f"{', '.join(strange)} does not list `{safeguard.mechanism}` ({UNCHECKED})" if strange else ""


def decided(pack: LawPack, country: str) -> list[Adequacy]:
    """What one law ever decided about a country."""
    return [one for one in pack.adequate.values() if country in one.countries]


def _named(reading: Reading, recipient: Recipient | None) -> list[Safeguard]:
    known = reading.policy.transfers.safeguards
    return [known[name] for name in recipient.safeguards] if recipient else []


# --- In words ---------------------------------------------------------------------------------------------------------


def _home(reading: Reading) -> tuple[str, ...]:
    if reading.policy.transfers.home_of_person:
        return ("the country in which each person lives: every place is abroad for somebody",)
    homes = [", ".join(reading.countries(home)) for home in reading.homes()]
    return tuple(dict.fromkeys(homes)) or (f"not said by any law of the organisation, {UNCHECKED}: nothing is abroad",)


def _line(reading: Reading, transfer: Transfer, found: Standing) -> Line:
    who = transfer.recipient.name if transfer.recipient else transfer.store
    tone = Tone.CARE if found.word in {LOOK, WORDS, NOT_YET} else Tone.BAD
    glyph = "?" if tone is Tone.CARE else "✗"
    return Line(glyph, f"{who}, {reading.country(transfer.country)}: {found.word}", [found.why], tone, found.word)


def _register(reading: Reading, judged: Sequence[tuple[Transfer, Standing]], at: date) -> Sheet:
    return Sheet(
        id=ID,
        says="Transfers",
        asks="What goes where, and what protects it there",
        columns=(
            Column("transfer", "transfer"),
            Column("recipient", "who"),
            Column("recipient-id", "who", hidden=True),
            Column("role", "in which role"),
            Column("country", "country"),
            Column("country-code", "country", hidden=True),
            Column("how", "how", many=True),
            Column("stored-in", "keeps data in", many=True),
            Column("data", "data", many=True),
            Column("purposes", "what for", many=True),
            Column("mechanism", "protected by", many=True),
            Column("signed", "signed", many=True),
            Column("until", "until", many=True),
            Column("adequacy", "adequacy", many=True),
            Column("status", f"on {day(at)}"),
            Column("why", "because"),
        ),
        rows=tuple(_row(reading, transfer, found, at) for transfer, found in judged),
        empty="No transfer is declared: every recipient and every store is at home.",
        title="transfer",
    )


def _row(reading: Reading, transfer: Transfer, found: Standing, at: date) -> Row:
    recipient, country = transfer.recipient, reading.country(transfer.country)
    papers = _named(reading, recipient)
    who = recipient.name if recipient else reading.policy.organisation.name
    return row(
        transfer=f"{who}, {country}",
        recipient=who,
        recipient_id=recipient.id if recipient else "",
        role=role(recipient) if recipient else "ourselves",
        country=country,
        country_code=transfer.country,
        how=transfer.how,
        stored_in=reading.countries(_stored(reading, transfer)),
        data=reading.categories(_elements(reading, transfer)),
        purposes=reading.names("purposes", _purposes(reading, transfer)),
        mechanism=[_mechanism(reading, one) for one in papers] or _in_words(recipient),
        signed=[one.signed for one in papers],
        until=[one.until for one in papers],
        adequacy=adequacy(reading, transfer.country, at),
        status=found.word,
        why=found.why,
    )


def _in_words(recipient: Recipient | None) -> list[str]:
    said = recipient.safeguard if recipient else ""
    return [f"in words only: {said}"] if said else ["nothing is declared"]


def _stored(reading: Reading, transfer: Transfer) -> frozenset[str]:
    if transfer.store:
        return reading.policy.stores[transfer.store].stored_in
    return transfer.recipient.stored_in if transfer.recipient else frozenset()


def _elements(reading: Reading, transfer: Transfer) -> frozenset[str]:
    if not transfer.store:
        return transfer.recipient.elements if transfer.recipient else frozenset()
    tables = reading.policy.stores[transfer.store].tables.values()
    return frozenset(column.element for table in tables for column in table.columns.values() if column.element)


def _purposes(reading: Reading, transfer: Transfer) -> list[str]:
    if not transfer.store:
        return list(transfer.recipient.purposes) if transfer.recipient else []
    return [name for table in reading.policy.stores[transfer.store].tables.values() for name in table.purposes]


def _mechanism(reading: Reading, safeguard: Safeguard) -> str:
    """The paper in the policy's words, and what it is in law."""
    laws = [f"{one.says}, {reading.cite(one.cite)}" for one in mechanisms(reading, safeguard.mechanism)]
    known = "; ".join(laws) or safeguard.mechanism + ("" if safeguard.mechanism == ADEQUACY else f", {UNLISTED}")
    more = [safeguard.module, f"copy: {safeguard.document}" if safeguard.document else ""]
    return f"{reading.said(safeguard.says)} ({'; '.join(filter(None, [known, *more]))})"


def mechanisms(reading: Reading, name: str) -> list[Mechanism]:
    """What a policy's mechanism is in each law of the organisation that knows it."""
    return [found for pack in reading.regimes() if (found := in_law(pack, name))]


def in_law(pack: LawPack, name: str) -> Mechanism | None:
    """What a policy's mechanism is in one law; None where that law does not list it."""
    only, _, code = IN_LAW.get(name, name).rpartition(" ")
    return pack.mechanisms.get(code) if only in ("", pack.code) else None


def adequacy(reading: Reading, country: str, at: date) -> list[str]:
    """What each law of the organisation says about a country, with its days and with who checked it."""
    found = []
    for pack in _asked(reading, country):
        decisions = [_decision(reading, one, at) for one in decided(pack, country)]
        none = f"{reading.checked(f'{pack.name}: no decision in the pack', pack.checked)}"
        found += [f"{pack.name}: {words}" for words in decisions] or [none]
    return found


def _decision(reading: Reading, one: Adequacy, at: date) -> str:
    until = f" to {day(one.cite.in_force_to)}" if one.cite.in_force_to else ""
    only = f", only {one.only}" if one.only else ""
    state = "" if one.cite.applies(at) else f", not in force on {day(at)}"
    return f"{reading.cite(one.cite)}, from {day(one.cite.in_force_from)}{until}{only}{state}"


def _safeguards(reading: Reading) -> Sheet:
    return Sheet(
        id="safeguards",
        says="Safeguards",
        asks="Every safeguard that is declared, and who rests on it",
        columns=(
            Column("safeguard", "safeguard"),
            Column("safeguard-id", "safeguard", hidden=True),
            Column("mechanism", "what it is"),
            Column("countries", "for which countries", many=True),
            Column("parties", "who signed", many=True),
            Column("signed", "signed"),
            Column("until", "until"),
            Column("review", "looked at"),
            Column("assessment", "assessment"),
            Column("used-by", "who rests on it", many=True),
        ),
        rows=tuple(_safeguard(reading, one) for one in reading.policy.transfers.safeguards.values()),
        empty="No safeguard is declared.",
        title="safeguard",
    )


def _safeguard(reading: Reading, one: Safeguard) -> Row:
    users = [recipient.id for recipient in reading.policy.recipients.values() if one.id in recipient.safeguards]
    until = f", until {on(one.assessment_until)}" if one.assessment_until else ""
    return row(
        safeguard=reading.said(one.says),
        safeguard_id=one.id,
        mechanism=_mechanism(reading, one),
        countries=reading.countries(one.countries) or ["wherever its users are"],
        parties=reading.names("recipients", one.parties) or ["whoever rests on it"],
        signed=one.signed,
        until=one.until,
        review=f"every {lasting(one.review_every)}" if one.review_every else "",
        assessment=f"{one.assessment}{until}" if one.assessment else "",
        used_by=reading.names("recipients", users) or ["nobody"],
    )

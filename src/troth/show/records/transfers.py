"""The register of transfers: what goes where, what protects it there, and how that stands on a day."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from troth.catalog import Catalog
from troth.catalog.nouns import Adequacy, Mechanism
from troth.catalog.pack import LawPack
from troth.model.datamap import StoreMap
from troth.model.policy import Policy, Recipient
from troth.model.policy_guard import Safeguard
from troth.policy.section import ADEQUACY
from troth.policy.sections.transfers import SIGNED
from troth.show.blocks import Line, Lines, Tone
from troth.show.records.head import head
from troth.show.records.reading import NOBODY, Reading
from troth.show.records.record import Column, Record, Row, Sheet, row

ID = "transfers"
IN_FORCE, ADEQUATE, LOOK, WORDS = "in-force", "adequate", "look", "words"
NOT_YET, ENDED, UNSIGNED, ELSEWHERE, NOTHING = "not-yet", "ended", "unsigned", "elsewhere", "nothing"
_BEST = (IN_FORCE, ADEQUATE, LOOK, WORDS, NOT_YET, ENDED, UNSIGNED, ELSEWHERE, NOTHING)
_OPEN = frozenset({IN_FORCE, ADEQUATE})


@dataclass(frozen=True)
class Standing:
    """How a safeguard, a decision or a whole transfer stands on a day, by a code, and why in words."""

    code: str
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
        title=reading.say("transfers-title", name=policy.organisation.name),
        language=reading.language,
        head=(
            *head(reading),
            ("home", reading.say("home-is"), _home(reading)),
            ("as-of", reading.say("as-of"), (at.isoformat(),)),
        ),
        sheets=(_register(reading, judged, at), _safeguards(reading)),
        attention=Lines([_line(reading, *each) for each in judged if each[1].code not in _OPEN]),
    )


def outside(reading: Reading) -> Iterator[Transfer]:
    """Each country outside home in which a recipient sits, keeps data or looks at it, or one of our stores is."""
    for one in reading.policy.recipients.values():
        how = {
            "sits-there": frozenset({one.country}),
            "keeps-there": one.stored_in,
            "looks-from-there": one.reached_from,
        }
        for place in reading.abroad(frozenset().union(*how.values())):
            yield Transfer(place, tuple(reading.say(key) for key, places in how.items() if place in places), one)
    for store in reading.policy.stores.values():
        host = reading.policy.recipients.get(store.hosted_by)
        for place in reading.abroad(store.stored_in):
            words = reading.say("our-store-there", name=_store_name(reading, store))
            yield Transfer(place, (words,), host, store.name)


def _store_name(reading: Reading, store: StoreMap) -> str:
    return reading.quoted(store.says) or store.name


# --- How a transfer stands --------------------------------------------------------------------------------------------


def standing(reading: Reading, transfer: Transfer, at: date) -> Standing:
    """The best of what protects it on a day: a safeguard, an adequacy decision, or words alone."""
    found = [judge(reading, safeguard, transfer, at) for safeguard in _named(reading, transfer.recipient)]
    found.append(_adequacy_standing(reading, transfer.country, at))
    say = reading.say
    if transfer.recipient and transfer.recipient.safeguard:
        found.append(Standing(WORDS, say("only-words", words=reading.quoted(transfer.recipient.safeguard))))
    best = min(found, key=lambda each: _BEST.index(each.code))
    starts = transfer.recipient.starts if transfer.recipient else ""
    if starts > at.isoformat():
        then = say(f"stands-{best.code}")
        return Standing(NOT_YET, say("before-start", day=reading.on(starts), word=then, why=best.why))
    return best


def judge(reading: Reading, safeguard: Safeguard, transfer: Transfer, at: date) -> Standing:
    """One safeguard on a day. A paper counts only between its signature and its last day."""
    name, today, say = reading.quoted(safeguard.says), at.isoformat(), reading.say
    party = transfer.recipient.id if transfer.recipient else ""
    if (safeguard.countries and transfer.country not in safeguard.countries) or (
        safeguard.parties and party not in safeguard.parties
    ):
        return Standing(ELSEWHERE, say("for-others-only", name=name))
    if safeguard.mechanism in SIGNED and not safeguard.signed:
        return Standing(UNSIGNED, say("no-signature", name=name))
    if safeguard.signed > today:
        return Standing(NOT_YET, say("is-signed-on", name=name, day=reading.on(safeguard.signed)))
    for until, what in ((safeguard.until, name), (safeguard.assessment_until, say("the-assessment", name=name))):
        if until and until < today:
            return Standing(ENDED, say("ended-on", name=what, day=reading.on(until)))
    if safeguard.mechanism == ADEQUACY:
        return _adequacy_standing(reading, transfer.country, at)
    if doubt := _doubt(reading, safeguard, transfer.country, at):
        return Standing(LOOK, say("doubted", name=name, doubt=doubt))
    key = "is-in-force-until" if safeguard.until else "is-in-force"
    return Standing(IN_FORCE, say(key, name=name, day=reading.on(safeguard.until)))


def _adequacy_standing(reading: Reading, country: str, at: date) -> Standing:
    """Whether each law for which a country is abroad takes it for safe; where only in part, somebody has to look."""
    asked, say = _asked(reading, country), reading.say
    found = {reading.law(pack): [one for one in decided(pack, country) if one.cite.applies(at)] for pack in asked}
    silent = [name for name, decisions in found.items() if not decisions]
    if silent:
        return Standing(NOTHING, say("no-adequacy", laws=", ".join(silent)))
    if not found:
        laws = ", ".join(reading.checked(reading.law(pack), pack.checked) for pack in reading.regimes() if pack.home)
        whom = say("abroad-elsewhere" if reading.policy.transfers.home_of_person else "outside-own-home")
        return Standing(ADEQUATE, say("home-by-law", laws=laws, whom=whom))
    partly = [_only(reading, one) for decisions in found.values() for one in decisions if one.only]
    cites = ", ".join(reading.cite(one.cite) for decisions in found.values() for one in decisions)
    if partly:
        return Standing(LOOK, say("adequate-only", whom="; ".join(partly), cites=cites))
    return Standing(ADEQUATE, say("found-adequate", cites=cites))


def _asked(reading: Reading, country: str) -> list[LawPack]:
    """The laws for which a country is abroad."""
    return [pack for pack in reading.regimes() if pack.home and country not in pack.home]


def _doubt(reading: Reading, safeguard: Safeguard, country: str, at: date) -> str:
    """Why a safeguard that runs may still not carry the transfer; empty where nothing speaks against it."""
    single = [one for one in mechanisms(reading, safeguard.mechanism) if not one.repeated]
    if single:
        return reading.say("single-occasions", cites=reading.cite(single[0].cite))
    strange = [
        reading.law(pack)
        for pack in _asked(reading, country)
        if safeguard.mechanism not in pack.mechanisms
        and not any(one.cite.applies(at) and not one.only for one in decided(pack, country))
    ]
    if not strange:
        return ""
    known = _mechanism_says(reading, safeguard.mechanism)
    return reading.checked(reading.say("does-not-list", laws=", ".join(strange), mechanism=known), NOBODY)


def _only(reading: Reading, one: Adequacy) -> str:
    """What a decision is limited to; two laws may limit the same country in different words."""
    usual = reading.say.called("only", one.id, one.only)
    return reading.say.called("only", f"{one.cite.regime}-{one.id}", usual)


def _mechanism_says(reading: Reading, name: str) -> str:
    """A mechanism as some law calls it."""
    known = (pack.mechanisms[name].says for pack in reading.catalog.laws.values() if name in pack.mechanisms)
    return reading.say.called("mechanism", name, next(known, name))


def decided(pack: LawPack, country: str) -> list[Adequacy]:
    """What one law ever decided about a country."""
    return [one for one in pack.adequate.values() if country in one.countries]


def _named(reading: Reading, recipient: Recipient | None) -> list[Safeguard]:
    known = reading.policy.transfers.safeguards
    return [known[name] for name in recipient.safeguards] if recipient else []


# --- In words ---------------------------------------------------------------------------------------------------------


def _home(reading: Reading) -> tuple[str, ...]:
    if reading.policy.transfers.home_of_person:
        return (reading.say("home-of-person"),)
    homes = [", ".join(reading.countries(home)) for home in reading.homes()]
    return tuple(dict.fromkeys(homes)) or (
        reading.say("nothing-abroad", words=reading.checked(reading.say("home-unsaid"), NOBODY)),
    )


def _line(reading: Reading, transfer: Transfer, found: Standing) -> Line:
    who = reading.who(transfer.recipient) if transfer.recipient else transfer.store
    word = reading.say(f"stands-{found.code}")
    tone = Tone.CARE if found.code in {LOOK, WORDS, NOT_YET} else Tone.BAD
    glyph = "?" if tone is Tone.CARE else "✗"
    return Line(glyph, f"{who}, {reading.country(transfer.country)}: {word}", [found.why], tone, word)


def _register(reading: Reading, judged: Sequence[tuple[Transfer, Standing]], at: date) -> Sheet:
    say = reading.say
    return Sheet(
        id=ID,
        says=say("transfers-sheet"),
        asks=say("transfers-asks"),
        columns=(
            Column("transfer", say("transfer")),
            Column("recipient", say("who")),
            Column("recipient-id", say("who"), hidden=True),
            Column("role", say("in-which-role")),
            Column("country", say("country")),
            Column("country-code", say("country"), hidden=True),
            Column("how", say("how"), many=True),
            Column("stored-in", say("keeps-data-in"), many=True),
            Column("data", say("kinds-of-data"), many=True),
            Column("purposes", say("for-what"), many=True),
            Column("mechanism", say("protected-by"), many=True),
            Column("signed", say("when-signed"), many=True),
            Column("until", say("until-when"), many=True),
            Column("adequacy", say("adequacy"), many=True),
            Column("status", say("on-day", day=reading.day(at))),
            Column("why", say("because")),
        ),
        rows=tuple(_row(reading, transfer, found, at) for transfer, found in judged),
        empty=say("transfers-empty"),
        title="transfer",
    )


def _row(reading: Reading, transfer: Transfer, found: Standing, at: date) -> Row:
    recipient, country = transfer.recipient, reading.country(transfer.country)
    papers = _named(reading, recipient)
    who = reading.who(recipient) if recipient else reading.policy.organisation.name
    return row(
        transfer=f"{who}, {country}",
        recipient=who,
        recipient_id=recipient.id if recipient else "",
        role=reading.role(recipient) if recipient else reading.say("ourselves"),
        country=country,
        country_code=transfer.country,
        how=transfer.how,
        stored_in=reading.countries(_stored(reading, transfer)),
        data=reading.categories(_elements(reading, transfer)),
        purposes=reading.names("purposes", _purposes(reading, transfer)),
        mechanism=[_mechanism(reading, one) for one in papers] or _in_words(reading, recipient),
        signed=[one.signed for one in papers],
        until=[one.until for one in papers],
        adequacy=adequacy(reading, transfer.country, at),
        status=reading.say(f"stands-{found.code}"),
        why=found.why,
    )


def _in_words(reading: Reading, recipient: Recipient | None) -> list[str]:
    said = reading.said(recipient.safeguard) if recipient else ""
    return [reading.say("words-only", words=said)] if said else [reading.say("nothing-declared")]


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
    say, name = reading.say, safeguard.mechanism
    laws = [f"{say.called('mechanism', name, one.says)}, {reading.cite(one.cite)}" for one in mechanisms(reading, name)]
    unlisted = "" if name == ADEQUACY else f", {reading.checked(say('in-no-law'), NOBODY)}"
    known = "; ".join(laws) or f"{_mechanism_says(reading, name)}{unlisted}"
    more = [safeguard.module, say("copy-at", where=safeguard.document) if safeguard.document else ""]
    return f"{reading.said(safeguard.says)} ({'; '.join(filter(None, [known, *more]))})"


def mechanisms(reading: Reading, name: str) -> list[Mechanism]:
    """What a mechanism is in each law of the organisation that lists it."""
    return [pack.mechanisms[name] for pack in reading.regimes() if name in pack.mechanisms]


def adequacy(reading: Reading, country: str, at: date) -> list[str]:
    """What each law of the organisation says about a country, with its days and with who checked it."""
    found = []
    for pack in _asked(reading, country):
        decisions = [_decision(reading, one, at) for one in decided(pack, country)]
        none = reading.checked(reading.say("no-decision", law=reading.law(pack)), pack.checked)
        found += [reading.say("doubted", name=reading.law(pack), doubt=words) for words in decisions] or [none]
    return found


def _decision(reading: Reading, one: Adequacy, at: date) -> str:
    say, until = reading.say, one.cite.in_force_to
    words = [
        say("decision-from", cite=reading.cite(one.cite), day=reading.day(one.cite.in_force_from))
        + (f" {say('decision-to', day=reading.day(until))}" if until else ""),
        say("decision-only", whom=_only(reading, one)) if one.only else "",
        "" if one.cite.applies(at) else say("not-in-force-on", day=reading.day(at)),
    ]
    return ", ".join(filter(None, words))


def _safeguards(reading: Reading) -> Sheet:
    say = reading.say
    return Sheet(
        id="safeguards",
        says=say("safeguards-sheet"),
        asks=say("safeguards-asks"),
        columns=(
            Column("safeguard", say("safeguard")),
            Column("safeguard-id", say("safeguard"), hidden=True),
            Column("mechanism", say("what-it-is")),
            Column("countries", say("which-countries"), many=True),
            Column("parties", say("who-signed"), many=True),
            Column("signed", say("when-signed")),
            Column("until", say("until-when")),
            Column("review", say("looked-at")),
            Column("assessment", say("assessment")),
            Column("used-by", say("who-rests-on-it"), many=True),
        ),
        rows=tuple(_safeguard(reading, one) for one in reading.policy.transfers.safeguards.values()),
        empty=say("safeguards-empty"),
        title="safeguard",
    )


def _safeguard(reading: Reading, one: Safeguard) -> Row:
    users = [recipient.id for recipient in reading.policy.recipients.values() if one.id in recipient.safeguards]
    say = reading.say
    return row(
        safeguard=reading.said(one.says),
        safeguard_id=one.id,
        mechanism=_mechanism(reading, one),
        countries=reading.countries(one.countries) or [say("wherever-users")],
        parties=reading.names("recipients", one.parties) or [say("whoever-rests")],
        signed=one.signed,
        until=one.until,
        review=say("every", period=reading.lasting(one.review_every)) if one.review_every else "",
        assessment=f"{one.assessment}{reading.until(one.assessment_until)}" if one.assessment else "",
        used_by=reading.names("recipients", users) or [say("nobody-named")],
    )

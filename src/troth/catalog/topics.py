"""How packs are written: one file and one table for each topic, with its keys and what a row becomes.

The reader, its complaints and the reference page come from TOPICS alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from troth.catalog.clocks import UNITS, Clock, Extension, Pause, Period, Start
from troth.catalog.nouns import (
    Adequacy,
    Age,
    Authority,
    Basis,
    Cite,
    Condition,
    Content,
    Contents,
    DatedPeriod,
    Exemption,
    Fee,
    Identity,
    LawRight,
    MarketingRule,
    Mechanism,
    StatutoryPeriod,
    Withheld,
)
from troth.catalog.raw import PackError, Raw

STATUSES = ("in-force", "proposed", "repealed")
SURE = ("", "secondary", "reading")
STARTS = ("event", "end-of-year")

CITE_KEYS = {
    "law": "the act, where it is another than the pack's",
    "article": "the place in it",
    "source": "address of the official text",
    "in-force-from": "first day",
    "in-force-to": "last day; absent while it has none",
    "status": "`in-force`, `proposed` or `repealed`",
    "checked": "who compared it with the primary text, and when; `nobody` until somebody has",
    "sure": "`secondary`: found in a secondary source only; `reading`: our cautious reading where the law is unclear",
    "note": "what a reader should know about it",
}
"""Keys of every value. One that a row does not say is said by the head of its file, and else by law.yaml."""


@dataclass(frozen=True)
class Topic:
    """One table of a pack."""

    file: str
    table: str
    says: str
    keys: Mapping[str, str]
    """Key and what it says, beside CITE_KEYS and `says`."""
    make: Callable[[str, Raw, Cite, "Head"], Any]
    """From a row's name, its values and where it is from."""
    wordy: bool = True
    """Whether each row has `says`."""


@dataclass(frozen=True)
class Head:
    """What a row falls back to: its file's own head, then law.yaml."""

    code: str
    file: Raw
    law: Raw

    def cite(self, row: Raw) -> Cite:
        """Where a row is from. Raises PackError."""
        end = self._of(row, "in-force-to")
        return Cite(
            law=row.text("law", self.file.text("law", self.law.text("name"))),
            article=row.text("article", self.file.text("article", "")),
            regime=self.code,
            source=self._of(row, "source").text("source"),
            in_force_from=self._of(row, "in-force-from").day("in-force-from"),
            status=self._of(row, "status").one_of("status", STATUSES),
            checked=self._of(row, "checked").text("checked"),
            in_force_to=end.day_or_none("in-force-to"),
            sure=self._of(row, "sure").one_of("sure", SURE, ""),
            note=row.text("note", ""),
        )

    def _of(self, row: Raw, key: str) -> Raw:
        return next((raw for raw in (row, self.file) if key in raw.data), self.law)


def _basis(name: str, row: Raw, cite: Cite, _: Head) -> Basis:
    return Basis(name, row.text("says"), cite, row.flag("needs-choice"), row.flag("needs-assessment"))


def _condition(name: str, row: Raw, cite: Cite, _: Head) -> Condition:
    return Condition(name, row.text("says"), cite)


def _right(name: str, row: Raw, cite: Cite, _: Head) -> LawRight:
    return LawRight(
        name,
        row.text("says"),
        cite,
        clock=row.text("clock"),
        grounds=row.words("grounds"),
        exceptions=row.words("exceptions"),
        contents=row.text("contents", ""),
        to=row.one_of("to", ("person", "relatives"), "person"),
    )


def _exemption(name: str, row: Raw, cite: Cite, _: Head) -> Exemption:
    then = row.one_of("then", ("refuse", "withhold-part", "keep", "restrict", "charge"))
    return Exemption(name, row.text("says"), cite, row.words("of"), then, row.one_of("by", ("rule", "person")))


def _contents(name: str, row: Raw, cite: Cite, head: Head) -> Contents:
    items = []
    for item, raw in row.table("items"):
        raw.only({"says", "only-if", *CITE_KEYS})
        items.append(Content(item, raw.text("says"), head.cite(raw), raw.text("only-if", "")))
    return Contents(name, row.text("says"), cite, tuple(items))


def _identity(name: str, row: Raw, cite: Cite, _: Head) -> Identity:
    return Identity(name, row.text("says"), cite, row.words("of"), row.one_of("when", ("on-doubt", "always", "never")))


def _fee(name: str, row: Raw, cite: Cite, _: Head) -> Fee:
    return Fee(name, row.text("says"), cite, row.words("of"), row.one_of("allowed", ("never", "finding")))


def _withheld(name: str, row: Raw, cite: Cite, _: Head) -> Withheld:
    return Withheld(name, row.text("says"), cite, row.words("kinds"), row.words("of"))


def _age(name: str, row: Raw, cite: Cite, _: Head) -> Age:
    about = row.one_of("about", ("consent", "sale", "sale-opt-in"), "consent")
    return Age(name, row.text("says"), cite, row.number("years"), about, row.text("country", ""))


def _marketing(name: str, row: Raw, cite: Cite, _: Head) -> MarketingRule:
    return MarketingRule(
        name,
        row.text("says"),
        cite,
        channels=row.words("channels"),
        to=row.one_of("to", ("consumer", "business", "anyone"), "anyone"),
        needs=row.one_of("needs", ("consent", "explicit-consent", "no-objection")),
        unless=row.words("unless"),
        duties=row.words("duties"),
    )


def _adequacy(name: str, row: Raw, cite: Cite, _: Head) -> Adequacy:
    return Adequacy(name, row.text("says"), cite, frozenset(row.words("countries")), row.text("only", ""))


def _mechanism(name: str, row: Raw, cite: Cite, _: Head) -> Mechanism:
    return Mechanism(name, row.text("says"), cite, row.flag("repeated", "true"))


def _authority(name: str, row: Raw, cite: Cite, head: Head) -> Authority:
    return Authority(
        f"{head.code}/{name}",
        row.text("says"),
        cite,
        area=row.text("area"),
        of=row.one_of("of", ("all", "private", "public"), "all"),
        address=row.text("address", ""),
        phone=row.text("phone", ""),
        email=row.text("email", ""),
        site=row.text("site"),
    )


def _cite(_: str, __: Raw, cite: Cite, ___: Head) -> Cite:
    return cite


def _statutory(name: str, row: Raw, cite: Cite, _: Head) -> StatutoryPeriod:
    periods = []
    for each in row.rows("periods"):
        each.only({"years", "starts", "from", "to", "status", "checked"})
        periods.append(
            DatedPeriod(
                years=each.number("years"),
                starts=each.one_of("starts", STARTS),
                valid_from=each.day("from"),
                valid_to=each.day_or_none("to"),
                status=each.one_of("status", STATUSES),
                checked=each.text("checked"),
            )
        )
    if not periods:
        raise PackError(f"{row.where}: has no periods")
    for earlier, later in pairwise(periods):
        if earlier.valid_to is None or earlier.valid_to >= later.valid_from:
            raise PackError(f"{row.where}: two values apply on {later.valid_from}")
    return StatutoryPeriod(
        name,
        row.text("says"),
        cite,
        row.words("also"),
        tuple(periods),
        row.words("not-ending-while"),
        row.text("who", ""),
    )


def period(text: str, where: str) -> Period:
    """`45 days`. Raises PackError."""
    number, _, unit = text.partition(" ")
    unit = unit if unit.endswith("s") else f"{unit}s"
    if not number.isdecimal() or int(number) == 0 or unit not in UNITS:
        raise PackError(f"{where}: `{text}` is no period; write a number and one of {', '.join(UNITS)}")
    return Period(int(number), unit)


def _clock(name: str, row: Raw, cite: Cite, head: Head) -> Clock:
    counting = head.file.under("counting")
    counting.only({"first-day", "moves", "working-days-at-least", "holidays", *CITE_KEYS})

    def counted(key: str, words: tuple[str, ...]) -> str:
        return (row if key in row.data else counting).one_of(key, words)

    said = row.text("period")
    length = None if said == "none" else period(said, row.where)
    return Clock(
        name,
        row.text("says"),
        cite,
        starts=_starts(row),
        period=length,
        first_day_counted=counted("first-day", ("counted", "not-counted")) == "counted",
        moves=counted("moves", ("next-working-day", "no")) == "next-working-day",
        working_days_at_least=counting.number("working-days-at-least", "0"),
        not_counted=tuple(_pause(each) for each in row.rows("not-counted")),
        extension=_extension(row, length) if "extension" in row.data else None,
        no_later_than=row.words("no-later-than"),
        holidays=counting.text("holidays", ""),
    )


def _starts(row: Raw) -> tuple[Start, ...]:
    starts = []
    for each in row.rows("starts"):
        each.only({"event", "after", "within"})
        within = period(each.text("within"), each.where) if "within" in each.data else None
        starts.append(Start(each.text("event"), each.text("after", ""), within))
    if not starts or starts[0].after:
        raise PackError(f"{row.where}: `starts` begins with an event that is always needed")
    return tuple(starts)


def _pause(row: Raw) -> Pause:
    row.only({"from", "to"})
    return Pause(row.text("from"), row.text("to"))


def _extension(row: Raw, first: Period | None) -> Extension:
    said = row.under("extension")
    said.only({"period", "because"})
    more = period(said.text("period"), said.where)
    if first is None or first.unit != more.unit or first.unit == "hours":
        raise PackError(f"{said.where}: an extension is in days or longer, and in the unit of the period")
    return Extension(more, said.text("because"))


TOPICS: Mapping[str, Topic] = {
    topic.table: topic
    for topic in (
        Topic(
            "grounds.yaml",
            "bases",
            "Legal grounds. A law with a closed list has all of them here; one without a list has none.",
            {"needs-choice": "opens only with a yes", "needs-assessment": "opens only with a signed assessment"},
            _basis,
        ),
        Topic("grounds.yaml", "conditions", "What opens special categories of data.", {}, _condition),
        Topic(
            "rights.yaml",
            "rights",
            "Rights of a person.",
            {
                "clock": "the clock of its answer",
                "grounds": "codes of `cites`: when it may be used; absent: always",
                "exceptions": "ids of `exemptions` that limit it",
                "contents": "the list of what its answer must say",
                "to": "`person`, or `relatives` of a dead person too",
            },
            _right,
        ),
        Topic(
            "clocks.yaml",
            "clocks",
            "Time limits, as rules over events.",
            {
                "starts": "events, of which the latest starts the period: `{event, after, within}`",
                "period": "`45 days`, `72 hours`, `10 working-days`, `1 month`; `none`: the law names no number",
                "first-day": "`counted` or `not-counted`; else as `counting` says",
                "moves": "`next-working-day` or `no`; else as `counting` says",
                "not-counted": "days that do not count: `{from, to}`, both events, both days included",
                "extension": "`{period, because}`, if the person is told before the first period is over",
                "no-later-than": "events that end it if they come first",
            },
            _clock,
        ),
        Topic(
            "exemptions.yaml",
            "exemptions",
            "What lets an organisation do less than was asked.",
            {
                "of": "rights that it limits",
                "then": "`refuse`, `withhold-part`, `keep`, `restrict` or `charge`",
                "by": "`rule`, or `person`: somebody has to find and answer for it",
            },
            _exemption,
        ),
        Topic(
            "contents.yaml",
            "contents",
            "What an answer, notice, report or assessment must say.",
            {"items": "by id: `{says, article, only-if}`"},
            _contents,
        ),
        Topic(
            "identity.yaml",
            "identity",
            "When one may ask who somebody is.",
            {"of": "rights; absent: all", "when": "`on-doubt`, `always` or `never`"},
            _identity,
        ),
        Topic(
            "identity.yaml",
            "fees",
            "When one may ask for money.",
            {"of": "rights; absent: all", "allowed": "`never`, or `finding`: after a person's finding"},
            _fee,
        ),
        Topic(
            "identity.yaml",
            "withheld",
            "Values that a copy must not show, although they are held.",
            {"kinds": "kinds of sensitive element", "of": "rights"},
            _withheld,
        ),
        Topic(
            "ages.yaml",
            "ages",
            "From which age a person decides alone.",
            {
                "years": "age",
                "about": "`consent`, `sale` or `sale-opt-in`",
                "country": "where; absent: wherever no other does",
            },
            _age,
        ),
        Topic(
            "marketing.yaml",
            "marketing",
            "What a channel needs before it may advertise.",
            {
                "channels": "ids of channels",
                "to": "`consumer`, `business` or `anyone`",
                "needs": "`consent`, `explicit-consent` or `no-objection`",
                "unless": "conditions that together replace the consent (soft opt-in)",
                "duties": "what each message must do",
            },
            _marketing,
        ),
        Topic(
            "transfers.yaml",
            "adequate",
            "Countries taken for as safe as home.",
            {"countries": "codes", "only": "what is covered, where not everybody there is"},
            _adequacy,
        ),
        Topic(
            "transfers.yaml",
            "mechanisms",
            "What else opens a transfer.",
            {"repeated": "`false` for what carries single transfers only"},
            _mechanism,
        ),
        Topic(
            "authorities.yaml",
            "authorities",
            "Whom a person can complain to.",
            {
                "area": "country, or country and part",
                "of": "`all`, `private` or `public` bodies",
                "address": "for letters",
                "phone": "number with country code",
                "email": "address",
                "site": "web site",
            },
            _authority,
        ),
        Topic(
            "retention.yaml",
            "retention",
            "Duties to keep.",
            {
                "also": "further places in the law",
                "periods": "`{years, starts, from, to, status, checked}`: values over time",
                "not-ending-while": "conditions that keep the duty alive after its date",
                "who": "whom it binds, where not everybody",
            },
            _statutory,
        ),
        Topic("cites.yaml", "cites", "Where the law speaks about a reason code.", {}, _cite, wordy=False),
    )
}

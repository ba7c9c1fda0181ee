"""The table of trackers, by category: whose each is, how long it lives, what for, and how to refuse it."""

from datetime import date

from troth.catalog import Catalog
from troth.model.policy import Choice, Policy
from troth.model.policy_contact import Tracker, TrackerCategory
from troth.show.records.head import Head, head
from troth.show.records.reading import Reading
from troth.show.records.record import Column, Record, Row, Sheet, row

ID = "trackers"


def trackers(policy: Policy, catalog: Catalog, language: str, _: date) -> Record:
    """Everything that recognises a device, category by category."""
    reading = Reading(policy, catalog, language)
    return Record(
        id=ID,
        title=reading.say("trackers-title", name=policy.organisation.name),
        language=reading.language,
        head=(*head(reading), *_all_off(reading)),
        sheets=(_trackers(reading), _categories(reading)),
    )


def _all_off(reading: Reading) -> Head:
    tracking, say = reading.policy.tracking, reading.say
    return (
        ("works-without", say("all-off"), (reading.said(tracking.works_without) or say("nothing-said"),)),
        ("never", say("never-used"), tuple(reading.codes("method", tracking.never))),
    )


def _trackers(reading: Reading) -> Sheet:
    tracking, say = reading.policy.tracking, reading.say
    found = [
        (category, tracker)
        for category in tracking.categories.values()
        for tracker in tracking.trackers.values()
        if tracker.category == category.id
    ]
    return Sheet(
        id=ID,
        says=say("trackers-sheet"),
        asks=say("trackers-asks"),
        columns=(
            Column("category", say("category")),
            Column("tracker", say("what-it-does")),
            Column("tracker-id", say("tracker"), hidden=True),
            Column("names", say("name"), many=True),
            Column("method", say("how")),
            Column("found", say("found-in"), many=True),
            Column("owner", say("whose")),
            Column("hosts", say("hosts"), many=True),
            Column("lifetime", say("lives")),
            Column("data", say("brings"), many=True),
            Column("purposes", say("for-what"), many=True),
            Column("refuse", say("how-to-refuse"), many=True),
        ),
        rows=tuple(_row(reading, *each) for each in found),
        empty=say("trackers-empty"),
        title="tracker",
        group="category",
    )


def _row(reading: Reading, category: TrackerCategory, one: Tracker) -> Row:
    lasts = reading.say("with-session") if one.session else reading.lasting(one.lifetime)
    owner = ", ".join(reading.names("recipients", (one.owner,))) or reading.policy.organisation.name
    return row(
        category=reading.said(category.says),
        tracker=reading.said(one.says),
        tracker_id=one.id,
        names=one.names,
        method=reading.say.called("method", one.method),
        found=reading.codes("found", one.found),
        owner=owner,
        hosts=one.hosts,
        lifetime=lasts or reading.say("undeclared"),
        data=reading.categories(one.elements),
        purposes=reading.names("purposes", one.purposes),
        refuse=[*_refused(reading, category), reading.said(one.disable)],
    )


def _refused(reading: Reading, category: TrackerCategory) -> list[str]:
    if category.necessary:
        return [reading.say("cannot-refuse", why=reading.said(category.because) or reading.say("is-necessary"))]
    choice = reading.policy.choices.get(category.choice)
    signals = [name for name, refused in reading.policy.tracking.signals.items() if category.id in refused]
    return [
        *([_choice(reading, choice)] if choice else []),
        *([reading.say("by-signal", names=", ".join(reading.codes("signal", signals)))] if signals else []),
    ]


def _choice(reading: Reading, choice: Choice) -> str:
    words = reading.say("only-after-yes" if choice.kind == "opt-in" else "by-a-no", words=reading.quoted(choice.says))
    ways = ", ".join(reading.codes("route", choice.withdraw_by))
    return reading.say("withdrawn-by", words=words, ways=ways) if ways else words


def _categories(reading: Reading) -> Sheet:
    say = reading.say
    return Sheet(
        id="categories",
        says=say("tracker-categories"),
        asks=say("categories-asks"),
        columns=(
            Column("category", say("category")),
            Column("category-id", say("category"), hidden=True),
            Column("necessary", say("necessary")),
            Column("refuse", say("how-to-refuse"), many=True),
            Column("without", say("without-it")),
        ),
        rows=tuple(
            row(
                category=reading.said(one.says),
                category_id=one.id,
                necessary=say("yes" if one.necessary else "no"),
                refuse=_refused(reading, one),
                without=reading.said(one.without),
            )
            for one in reading.policy.tracking.categories.values()
        ),
        empty=say("categories-empty"),
    )

"""The table of trackers, by category: whose each is, how long it lives, what for, and how to refuse it."""

from datetime import date

from troth.catalog import Catalog
from troth.model.policy import Choice, Policy
from troth.model.policy_contact import Tracker, TrackerCategory
from troth.show.records.head import Head, head
from troth.show.records.reading import Reading, lasting
from troth.show.records.record import Column, Record, Row, Sheet, row

ID = "trackers"
_WITH_SESSION = "until the browser is closed"


def trackers(policy: Policy, catalog: Catalog, language: str, _: date) -> Record:
    """Everything that recognises a device, category by category."""
    reading = Reading(policy, catalog, language)
    return Record(
        id=ID,
        title=f"Trackers of {policy.organisation.name}",
        head=(*head(reading), *_all_off(reading)),
        sheets=(_trackers(reading), _categories(reading)),
    )


def _all_off(reading: Reading) -> Head:
    tracking = reading.policy.tracking
    return (
        ("works-without", "with all of it off", (reading.said(tracking.works_without) or "nothing is said",)),
        ("never", "never used, not even as a fallback", tracking.never),
    )


def _trackers(reading: Reading) -> Sheet:
    tracking = reading.policy.tracking
    found = [
        (category, tracker)
        for category in tracking.categories.values()
        for tracker in tracking.trackers.values()
        if tracker.category == category.id
    ]
    return Sheet(
        id=ID,
        says="Trackers by category",
        asks="Whose each tracker is, how long it lives, what for, and how to refuse it",
        columns=(
            Column("category", "category"),
            Column("tracker", "what it does"),
            Column("tracker-id", "tracker", hidden=True),
            Column("names", "name", many=True),
            Column("method", "how"),
            Column("found", "found in", many=True),
            Column("owner", "whose"),
            Column("hosts", "hosts", many=True),
            Column("lifetime", "how long"),
            Column("data", "what it brings", many=True),
            Column("purposes", "what for", many=True),
            Column("refuse", "how to refuse it", many=True),
        ),
        rows=tuple(_row(reading, *each) for each in found),
        empty="No tracker is declared: nothing recognises a device.",
        title="tracker",
        group="category",
    )


def _row(reading: Reading, category: TrackerCategory, one: Tracker) -> Row:
    owner = ", ".join(reading.names("recipients", (one.owner,))) or reading.policy.organisation.name
    return row(
        category=reading.said(category.says),
        tracker=reading.said(one.says),
        tracker_id=one.id,
        names=one.names,
        method=one.method,
        found=one.found,
        owner=owner,
        hosts=one.hosts,
        lifetime=_WITH_SESSION if one.session else lasting(one.lifetime) or "not declared",
        data=reading.categories(one.elements),
        purposes=reading.names("purposes", one.purposes),
        refuse=[*_refused(reading, category), reading.said(one.disable)],
    )


def _refused(reading: Reading, category: TrackerCategory) -> list[str]:
    if category.necessary:
        return [f"it cannot be refused: {reading.said(category.because) or 'it is necessary'}"]
    choice = reading.policy.choices.get(category.choice)
    signals = [name for name, refused in reading.policy.tracking.signals.items() if category.id in refused]
    return [
        *([_choice(reading, choice)] if choice else []),
        *([f"by the signal {', '.join(signals)}"] if signals else []),
    ]


def _choice(reading: Reading, choice: Choice) -> str:
    ways = f", withdrawn by {', '.join(choice.withdraw_by)}" if choice.withdraw_by else ""
    never_unasked = "only after a yes to" if choice.kind == "opt-in" else "by a no to"
    return f"{never_unasked} “{reading.said(choice.says)}”{ways}"


def _categories(reading: Reading) -> Sheet:
    return Sheet(
        id="categories",
        says="Categories",
        asks="What is allowed or refused together",
        columns=(
            Column("category", "category"),
            Column("category-id", "category", hidden=True),
            Column("necessary", "necessary"),
            Column("refuse", "how to refuse it", many=True),
            Column("without", "without it"),
        ),
        rows=tuple(
            row(
                category=reading.said(one.says),
                category_id=one.id,
                necessary="yes" if one.necessary else "no",
                refuse=_refused(reading, one),
                without=reading.said(one.without),
            )
            for one in reading.policy.tracking.categories.values()
        ),
        empty="No category of trackers is declared.",
    )

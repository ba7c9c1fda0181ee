"""A copy for a person: what it says of how long a value stays, and how it shows what a database stores."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from tests.plan.factory import CASE, world

from troth.catalog import Catalog
from troth.model.personal import Personal
from troth.model.plan import Plan
from troth.model.policy import Policy
from troth.show.package import entries, package
from troth.show.terminal import plain

FACTS = {
    "tables": {
        "booking": {
            "key": "id",
            "columns": {"id": None, "name": "name", "meal": "meal", "made": "made", "state": "state"},
            "retain": "tax",
            "clock": "made",
        }
    },
    "retentions": {"tax": {"years": 1, "law": "some law"}},
}
ROW = {"name": "Maud", "meal": "vegan", "made": date(2026, 3, 1), "state": "paid"}
WORDS = "Until you take back your yes"


def shown(policy: Policy, *rows: Mapping[str, Any]) -> str:
    """The page of a copy of these rows, as text."""
    catalog = Catalog.load()
    plan = Plan(CASE.id, "access", "person-1", policy.hash, datetime(2026, 6, 1, tzinfo=UTC), (), ())
    told = (("bookings", "booking", str(n), {c: Personal(v) for c, v in row.items()}) for n, row in enumerate(rows))
    return " ".join(plain(package(policy, catalog, plan, entries(policy, catalog, told))).split())


def declared(*, columns: Mapping[str, Mapping[str, Any]] | None = None, **table: Any) -> Policy:
    """The policy of the facts with some columns, and the table, declared otherwise."""
    policy = world(FACTS).policy
    mapped = policy.stores["bookings"].tables["booking"]
    changed = {name: replace(mapped.columns[name], **said) for name, said in (columns or {}).items()}
    booking = replace(mapped, columns={**mapped.columns, **changed}, **table)
    return replace(policy, stores={"bookings": replace(policy.stores["bookings"], tables={"booking": booking})})


def test_the_rows_last_day_stands_by_what_ends_with_the_row() -> None:
    """A value with an end of its own does not end on that day, wherever its words stand in the list."""
    text = shown(declared(columns={"meal": {"ends": {"en": WORDS}}}), ROW)
    assert "tax: until 1 March 2027" in text
    assert f"{WORDS}: until" not in text


def test_a_record_is_dated_though_its_first_value_has_its_own_end() -> None:
    """The heading of each record names the day of the row, whichever column comes first."""
    text = shown(declared(columns={"name": {"ends": {"en": WORDS}}}), ROW, {**ROW, "made": date(2027, 3, 1)})
    assert "1 of 2, kept until 1 March 2027" in text
    assert "2 of 2, kept until 1 March 2028" in text
    assert "until 1 March" not in text.partition("how long")[2].partition("1 of 2")[0]


def test_one_day_is_said_for_all_records_only_where_all_have_it() -> None:
    """A record without a date of its own takes no part in another's."""
    assert "tax: until 1 March 2027" in shown(declared(), ROW, ROW)
    assert "tax: until" not in shown(declared(), ROW, {**ROW, "made": None})


def test_a_rule_that_does_not_hold_for_a_row_dates_nothing() -> None:
    """`when: {state: paid}`: an offer that nobody paid is not kept until the day of paid ones."""
    policy = declared(retain_when=(("state", "paid"),))
    assert "until 1 March 2027" in shown(policy, ROW)
    assert "until 1 March 2027" not in shown(policy, {**ROW, "state": "offered"})


def test_an_amount_is_shown_as_money_under_its_own_name() -> None:
    """`Total cents 12345` tells a person little; what is no whole number is shown as it is stored."""
    amounts = {"name": {"label": "Total", "hundredths_of": "EUR"}}
    for stored, read in ((12345, "123.45 EUR"), (5, "0.05 EUR"), (-700, "-7.00 EUR"), ("waived", "waived")):
        text = shown(declared(columns=amounts), {**ROW, "name": stored})
        assert "Total" in text
        assert read in text
    assert "12345" in shown(declared(), {**ROW, "name": 12345})

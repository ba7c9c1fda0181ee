"""How days, moments and tables are shown to a person."""

from datetime import UTC, date, datetime

import pytest

from troth.show.blocks import Table
from troth.show.html import fragment
from troth.show.package import _readable
from troth.show.words import day, moment


def test_a_day_is_said_in_words() -> None:
    """No person has to read `2034-12-31`."""
    assert day(date(2034, 12, 31)) == "31 December 2034"
    assert day(None) == "no date can be promised"
    assert moment(datetime(2026, 3, 1, 9, 5, 59, tzinfo=UTC)) == "1 March 2026, 09:05 UTC"


@pytest.mark.parametrize(
    ("stored", "read"),
    [
        ("1987-11-21", "21 November 1987"),
        ("2026-06-18 20:30:00", "18 June 2026, 20:30"),
        ('[{"at": "2026-01-02T03:04:05+00:00", "what": "plan.made"}]', "2 January 2026, 03:04 UTC: plan.made"),
    ],
)
def test_a_copys_page_shows_values_as_a_person_reads_them(stored: str, read: str) -> None:
    """The files beside it keep what is stored."""
    assert _readable(stored) == read


@pytest.mark.parametrize("value", ["2026-13-45", "2026-06-18 or so", "LRK-0000000012", "[{not json", "87002", "yes"])
def test_what_only_looks_like_a_day_stays_as_it_is(value: str) -> None:
    """Negative control."""
    assert _readable(value) == value


def test_a_table_stays_a_table_where_its_rows_are_set_as_blocks() -> None:
    """On a phone a screen reader still tells rows, cells and the column's name."""
    html = fragment((Table("Why", ("what for",), (("flying",),)),))
    assert '<table role="table"><caption>Why</caption>' in html
    assert '<th role="columnheader" scope="col">what for</th>' in html
    assert '<tr role="row"><td role="cell" data-label="what for">flying</td></tr>' in html

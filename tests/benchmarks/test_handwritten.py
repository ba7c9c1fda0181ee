"""The hand-written baseline does what Troth does: what it is compared with must be worth comparing with."""

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from benchmarks.handwritten import Handwritten, LeftOverError, StaleError
from benchmarks.house import Installation, handwritten, installation, request, troth
from benchmarks.statements import KEYS
from examples.airline.data import cast
from psycopg.rows import dict_row

from benchmarks import handwritten as module

CUSTOMERS = 420
CROWD = ("C00000215", "C00000239", "C00000298", "C00000349", "C00000354", "C00000400")
EVERYBODY = (
    *(person.customer_number for person in cast.CUSTOMERS),
    *(cast.customer_number(each) for each in list(cast.BUS_CUSTOMER_IDS)[:3]),
    *CROWD,
)
TABLES = {
    **KEYS,
    "bookings": {**KEYS["bookings"], "travel_agency": {"agency_code": "text"}},
    "loyalty": {**KEYS["loyalty"], "import_row": {"file_name": "text", "raw_line": "text"}},
}
SHELLS = {
    "booking": {"contact_name": "erased", "contact_phone": None, "contact_email": "erased-TOKEN@erased.invalid"},
    "invoice": {"payer_name": "erased", "payer_address": "erased", "customer_id": None, "total_cents": 0},
}
"""What is left of a row that stays because another may point at it."""

Rows = dict[tuple[str, str, str], dict[str, Any]]


@pytest.fixture(scope="module")
def airline() -> Iterator[Installation]:
    with installation(CUSTOMERS) as installed:
        installed.save()
        yield installed


@pytest.fixture
def fresh(airline: Installation) -> Installation:
    airline.set_back()
    return airline


@pytest.fixture
def baseline(fresh: Installation) -> Iterator[Handwritten]:
    with handwritten(fresh) as opened:
        yield opened


def everything(installed: Installation) -> Rows:
    """Every row of the three stores by store, table and key; what is random in a mask is named TOKEN."""
    found: Rows = {}
    for store, tables in TABLES.items():
        for table, key in tables.items():
            for row in _rows(installed, store, table):
                plain = {
                    c: re.sub(r"erased-[0-9a-f]{8,16}", "erased-TOKEN", v) if isinstance(v, str) else v
                    for c, v in row.items()
                }
                found[store, table, json.dumps([str(row[c]) for c in key])] = plain
    return found


def _rows(installed: Installation, store: str, table: str) -> list[dict[str, Any]]:
    if store == "website":
        with closing(sqlite3.connect(installed.website)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(f"SELECT * FROM {table}")]
    with psycopg.connect(installed.superuser(store), row_factory=dict_row) as connection:
        return connection.execute(f"SELECT * FROM {table}").fetchall()  # type: ignore[arg-type]


def naming(rows: Rows, words: set[str]) -> list[tuple[str, str, str]]:
    """Rows in which one of these words stands."""
    return [place for place, row in rows.items() if any(w in str(v) for w in words for v in row.values())]


def test_an_ordinary_person_goes_and_what_the_law_keeps_stays(fresh: Installation, baseline: Handwritten) -> None:
    """Her address is in all three stores before and in none afterwards; her issued invoices are still there."""
    words = {cast.DEMO.email, cast.DEMO.customer_number}
    before = everything(fresh)
    assert {place[0] for place in naming(before, words)} == {"bookings", "loyalty", "website"}
    baseline.erase(cast.DEMO.customer_number)
    after = everything(fresh)
    left = naming(after, words)
    assert {place[1] for place in left} <= {"message"}, "messages on a journey that others still share stay with them"
    bills = [row for place, row in after.items() if place[1] == "invoice" and row["payer_name"] == cast.DEMO.name]
    assert sorted((row["status"], row["customer_id"]) for row in bills) == [("open", None), ("paid", None)]


def test_neighbours_are_untouched(fresh: Installation, baseline: Handwritten) -> None:
    """The mother's child, the stranger with her address and the numeric twin keep every value."""
    before = everything(fresh)
    for person in (cast.MOTHER, cast.DEMO):
        baseline.erase(person.customer_number)
    after = everything(fresh)
    for key in (cast.CHILD, cast.NAMESAKE.passenger, cast.NUMERIC_TWIN):
        place = ("bookings", "passenger", json.dumps(list(key)))
        assert after[place] == before[place]
    theirs = ("bookings", "customer", json.dumps([str(cast.NAMESAKE.customer_id)]))
    assert after[theirs] == before[theirs]


def test_a_second_erasure_finds_nothing(baseline: Handwritten) -> None:
    """Asked again it does nothing, and says so."""
    assert baseline.erase(cast.HEAVY.customer_number)["bookings"]["customer"] == 1
    assert baseline.erase(cast.HEAVY.customer_number) == {"bookings": {}, "loyalty": {}, "website": {}}


def test_both_leavers_of_one_booking_leave_no_orphan(fresh: Installation, baseline: Handwritten) -> None:
    """The first leaves it to the second, the second takes it along."""
    place = ("bookings", "booking", json.dumps(["LEAV01"]))
    first, second = cast.LEAVERS
    baseline.erase(first.customer_number)
    assert everything(fresh)[place]["contact_name"] == "erased"
    baseline.erase(second.customer_number)
    assert place not in everything(fresh)


def test_a_plan_is_refused_when_the_rows_moved(
    fresh: Installation, baseline: Handwritten, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message that arrives between plan and action stops that store before anything is changed."""
    sign = baseline._sign

    def late(*given: Any) -> None:
        with psycopg.connect(fresh.superuser("bookings")) as connection:
            connection.execute(
                "INSERT INTO message SELECT 999999, entity_type, entity_airline, entity_id, address, sent_at, subject,"
                " body FROM message WHERE message_id = 1"
            )
        sign(*given)

    monkeypatch.setattr(baseline, "_sign", late)
    before = everything(fresh)
    with pytest.raises(StaleError):
        baseline.erase(cast.DEMO.customer_number)
    assert everything(fresh).keys() - before.keys() == {("bookings", "message", '["999999"]')}


def test_the_journal_has_intent_before_outcome_and_its_chain_holds(fresh: Installation, baseline: Handwritten) -> None:
    """Request, plan, signature, three intents, three outcomes, receipt; a changed entry breaks the chain."""
    baseline.erase(CROWD[0])
    with psycopg.connect(fresh.superuser("journal"), autocommit=True) as connection:
        kinds = [row[0] for row in connection.execute("SELECT kind FROM entry ORDER BY id DESC LIMIT 10")][::-1]
        stores = ("bookings", "loyalty", "website")
        intents, outcomes = ([f"{word} {store}" for store in stores] for word in ("intent", "outcome"))
        assert kinds == ["request", "plan", "approval", *intents, *outcomes, "receipt"]
        assert baseline.journal.intact()
        connection.execute("UPDATE entry SET body = '[1]' WHERE id = (SELECT max(id) - 1 FROM entry)")
        assert not baseline.journal.intact()
        connection.execute("TRUNCATE entry")


def test_a_copy_holds_the_same_values_as_troths(fresh: Installation, baseline: Handwritten, tmp_path: Path) -> None:
    """Both packages hold exactly the same values of every field, for everybody of the cast."""
    with troth(fresh) as house:
        for number in EVERYBODY:
            request(fresh, house, "access", number)
            newest = max((fresh.home / "packages").iterdir(), key=lambda folder: folder.stat().st_mtime_ns)
            theirs = _values(json.loads((newest / "data.json").read_text())["entries"])
            folder = baseline.access(number, tmp_path / number)
            assert _values(json.loads((folder / "data.json").read_text())) == theirs


def _values(entries: list[dict[str, str]]) -> list[tuple[str, ...]]:
    held = (e for e in entries if e["value"] and e["store"] in TABLES)  # what Troth itself holds is not the baseline's
    return sorted((e["store"], e["table"], e["field"], _plain(e["value"])) for e in held)


def _plain(value: str) -> str:
    return re.sub(r"\+00:00$", "", value).replace("T", " ")


def test_troth_leaves_the_same_rows(fresh: Installation) -> None:
    """After the same erasures both leave the same rows, but that Troth may keep an emptied shell where this deletes."""
    before = everything(fresh)
    with troth(fresh) as house:
        for number in EVERYBODY:
            request(fresh, house, "erasure", number)
    by_troth = everything(fresh)
    fresh.set_back()
    with handwritten(fresh) as baseline:
        for number in EVERYBODY:
            baseline.erase(number)
    by_hand = everything(fresh)
    assert len(by_hand) < len(before), "something was erased at all"
    assert by_hand.keys() - by_troth.keys() == set()
    for place in by_troth.keys() - by_hand.keys():
        shell = SHELLS[place[1]]
        assert {name: by_troth[place][name] for name in shell} == shell
    differing = {p: (by_troth[p], row) for p, row in by_hand.items() if _like(by_troth[p], row) != row}
    assert differing == {}


def _like(by_troth: dict[str, Any], by_hand: dict[str, Any]) -> dict[str, Any]:
    """A shell lets go of the booking it was split from as soon as that one may go, not only when it does."""
    if by_troth.get("contact_name") == "erased" and by_troth["parent_locator"] is None:
        return {**by_troth, "parent_locator": by_hand["parent_locator"]}
    return by_troth


def test_more_rows_than_were_meant_undo_the_store(baseline: Handwritten, monkeypatch: pytest.MonkeyPatch) -> None:
    """A count that differs from the plan is an error, and the person is still there."""
    decide = module._loyalty

    def one_too_many(own: Any) -> Any:
        work = decide(own)
        work.gone["member"].append(("-1",))
        return work

    monkeypatch.setattr(module, "_loyalty", one_too_many)
    with pytest.raises(LeftOverError):
        baseline.erase(cast.MOTHER.customer_number)
    monkeypatch.undo()
    assert baseline.erase(cast.MOTHER.customer_number)["loyalty"]["member"] == 1

"""A copy of one's data is a copy of nobody else's."""

import re
from collections.abc import Iterator, Sequence

import pytest
from examples.airline.data import cast
from tests.journey.owner import owned, who
from tests.journey.world import STORES, Airline, carry_out, planned, receipt, sign

from troth.model.case import CaseState
from troth.show import receipt as receipt_words
from troth.show.terminal import plain

NAMING: dict[tuple[str, str], tuple[str, ...]] = {
    ("bookings", "customer"): ("customer_number", "full_name", "email", "phone", "street"),
    ("bookings", "customer_history"): ("old_full_name", "old_email", "old_phone", "old_street"),
    ("bookings", "passenger"): ("frequent_flyer_no", "full_name", "email", "phone", "passport_no"),
    ("bookings", "booking"): ("contact_name", "contact_email", "contact_phone"),
    ("bookings", "booking_passenger"): ("ticket_number",),
    ("bookings", "guardian_handover"): ("adult_name", "adult_phone", "adult_address"),
    ("bookings", "invoice"): ("invoice_no", "payer_name", "payer_address"),
    ("bookings", "invoice_line"): ("traveller_name",),
    ("bookings", "message"): ("address", "body"),
    ("bookings", "agent_note"): ("body",),
    ("loyalty", "member"): ("member_number", "customer_number", "email", "full_name", "phone"),
    ("loyalty", "import_row"): ("member_number", "email", "raw_line"),
    ("website", "account"): ("customer_number", "email", "display_name"),
    ("website", "web_session"): ("session_id", "cookie_id"),
    ("website", "newsletter_subscription"): ("email",),
    ("website", "consent_choice"): ("email",),
    ("website", "contact_message"): ("sender_name", "email", "body"),
}
"""Columns whose values name somebody or can be used to find them, read by hand from the tables' definitions.

Left out: cities, dates, flights, amounts and the like, which thousands share; `household.name`, which its members give
themselves together; and `travel_agency`, a company.
"""
OF_ONE_SHARER = {("bookings", "booking")}
"""On a shared row these values are of whoever booked, so they count as one's own only on rows one has to oneself."""
PIECE = re.compile(r'[\n<>"]')
"""Between two of these stands a value or a word of the form; what is said a thousand times is searched once."""
WORD = re.compile(r"[^\W_]+")


def naming(airline: Airline) -> dict[str, str]:
    """Every naming value of the three stores, in small letters, with where it stands."""
    found: dict[str, str] = {}
    for (store, table), columns in NAMING.items():
        for row in airline.sql(store, f"SELECT {', '.join(columns)} FROM {table}"):
            found.update(
                {str(value).lower(): f"{table}.{column}" for column, value in zip(columns, row, strict=True) if value}
            )
    return found


def own_values(airline: Airline, customer_id: int) -> set[str]:
    """Every value of rows that are this person's, and of shared ones what does not belong to whoever booked."""
    person = who(airline, customer_id)
    rows = owned(airline, person)
    found = {str(value).lower() for table in rows.alone.values() for row in table.values() for value in row if value}
    for (store, table), shared in rows.shared.items():
        columns = airline.columns(store, table)
        for row in shared.values():
            named = dict(zip(columns, row, strict=True))
            hides = (store, table) in OF_ONE_SHARER and named.get("booked_by_customer") not in person.customer_ids
            found |= {
                str(value).lower()
                for column, value in named.items()
                if value and not (hides and column.startswith("contact_"))
            }
    # On the payer's own bill the other travellers' names are theirs, not the payer's.
    for row in rows.alone["bookings", "invoice_line"].values():
        found.discard(str(row[3]).lower())
    return found | {email.lower() for email in person.emails} | own_names(rows.alone)


def own_names(rows: object) -> set[str]:
    """Names of the person's own customer, passenger, member and account rows."""
    assert isinstance(rows, dict)
    places = {
        ("bookings", "customer"): 2,
        ("bookings", "passenger"): 4,
        ("loyalty", "member"): 4,
        ("website", "account"): 3,
    }
    return {str(row[n]).lower() for at, n in places.items() for row in rows.get(at, {}).values()}


def foreign(text: str, universe: dict[str, str], own: set[str]) -> Iterator[str]:
    """Naming values of others that occur in a text, and where they come from."""
    low = text.lower()
    words = set(WORD.findall(low))
    for value, where in universe.items():
        first = WORD.search(value)
        if first is None or first[0] not in words or value in own or value not in low:
            continue
        if re.search(rf"(?<!\w){re.escape(value)}(?!\w)", low) and not any(value in mine for mine in own):
            yield where


def copy_of(airline: Airline, customer_ids: Sequence[int]) -> Iterator[tuple[int, str]]:
    """The package of each of these customers, all its files as one text, each piece once."""
    with airline.house() as house:
        for customer_id in customer_ids:
            case, _ = planned(house, "access", ("customer-number", cast.customer_number(customer_id)))
            sign(airline, house, case)
            assert carry_out(house, case).state is CaseState.CLOSED
            files = sorted((airline.home / "packages" / case).iterdir())
            assert len(files) == 3
            pieces = (piece for file in files for piece in PIECE.split(file.read_text(encoding="utf-8")))
            yield customer_id, "\n".join(dict.fromkeys(pieces))


@pytest.mark.parametrize(
    "customer_ids",
    [[person.customer_id for person in cast.CUSTOMERS], range(10, 20), range(210, 240)],
    ids=["cast", "neighbours-of-a-bus", "crowd"],
)
def test_nobody_finds_anybody_else_in_their_copy(airline: Airline, customer_ids: Sequence[int]) -> None:
    """No name, address, number or message of any other person in the three stores occurs in the copy; one's own do."""
    universe = naming(airline)
    leaks = {}
    for customer_id, text in copy_of(airline, customer_ids):
        own = own_values(airline, customer_id)
        ((name, email),) = airline.sql(
            "bookings", "SELECT full_name, email FROM customer WHERE customer_id = ?", customer_id
        )
        assert name in text
        assert email in text
        if found := sorted(set(foreign(text, universe, own))):
            leaks[customer_id] = found
    assert leaks == {}


def test_the_search_for_others_finds_them(airline: Airline) -> None:
    """Negative control: one name, one address and one number of somebody else in the text, and all three are found."""
    universe, own = naming(airline), own_values(airline, cast.DEMO.customer_id)
    text = f"travels with {cast.OBJECTOR.name}, {cast.MOTHER.email}; knows {cast.HEAVY.member_number}."
    assert {where.split(".")[1] for where in foreign(text, universe, own)} >= {"email", "member_number"}
    assert list(foreign(cast.DEMO.name, universe, own)) == []


def test_words_that_may_name_others_wait_for_a_reader(airline: Airline) -> None:
    """A note about Ottilie names Tobias: it is not in her copy, and the plan says that a person reads it first."""
    notes = airline.sql("bookings", "SELECT body FROM agent_note WHERE customer_id = 1 AND body LIKE '%Tobias%'")
    assert notes
    with airline.house() as house:
        _, made = planned(house, "access", ("customer-number", cast.DEMO.customer_number))
    (line,) = [effect for effect in made.plan.effects if effect.table == "agent_note"]
    assert line.exception is not None
    assert line.exception.code == "free-text-needs-reading"
    ((_, text),) = copy_of(airline, [cast.DEMO.customer_id])
    assert not [body for (body,) in notes if body in text]


def test_the_copy_holds_every_row_of_the_person(airline: Airline) -> None:
    """What plain SQL gives to Ottilie is in her plan; what is there besides hangs under a journey that she shares."""
    rows = owned(airline, who(airline, cast.DEMO.customer_id))
    with airline.house() as house:
        _, made = planned(house, "access", ("customer-number", cast.DEMO.customer_number))
    lines = [effect for effect in made.plan.effects if effect.store in STORES and effect.table != "import_row"]
    read = {(line.store, line.table, tuple(map(str, key))) for line in lines for key in line.rows}
    mine = rows.keys() | rows.keys(shared=True)
    assert read >= {(store, table, tuple(map(str, key))) for store, table, key in mine if table != "import_row"}
    shared = {key[0] for key in rows.shared["bookings", "booking"]}
    under = {
        ("bookings", table, (str(row[0]),))
        for table in ("agent_note", "message")
        for row in airline.rows("bookings", table)
        if shared & set(row)
    }
    besides = read - {(store, table, tuple(map(str, key))) for store, table, key in mine}
    assert besides <= under


def test_a_credential_is_left_out_of_a_copy_and_said_so(airline: Airline) -> None:
    """What only checks a password helps nobody who reads it: no form of the copy holds it, each says why."""
    with airline.house() as house:
        case, made = planned(house, "access", ("customer-number", cast.DEMO.customer_number))
        sign(airline, house, case)
        assert carry_out(house, case).state is CaseState.CLOSED
        kept = receipt(house, case)
    ((secret,),) = airline.sql(
        "website", "SELECT password_hash FROM account WHERE account_id = ?", cast.DEMO.account_id
    )
    (line,) = [e for e in made.plan.effects if e.exception and e.exception.code == "credential"]
    assert (line.store, line.table, line.columns) == ("website", "account", ())
    for name in ("index.html", "data.json", "data.csv"):
        text = (airline.home / "packages" / case / name).read_text(encoding="utf-8")
        assert secret not in text
        assert ("Scrambled password" in text) is (name != "data.csv")
    assert "credential" in {found["exception"] for found in kept["lines"]}
    words = plain(receipt_words.receipt(receipt_words.from_json(kept)))
    assert "not copied (1 record)" in words

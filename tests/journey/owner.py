"""Who owns which row of the sample, worked out a second time with plain SQL, one obvious query for each table.

Troth's own walk is not asked. A row not given to a person here must survive the person's erasure as it is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.journey.world import Airline, Everything

KEY_COLUMNS: Mapping[str, int] = {
    "passenger": 2, "booking_passenger": 3, "coupon": 4, "guardian_handover": 4, "invoice_line": 2, "flight": 2,
    "tier_history": 2, "partner_accrual": 2, "import_row": 5,
}  # fmt: skip
"""How many of a table's first columns name a row; one, where nothing is said."""

At = tuple[str, str]
Key = tuple[Any, ...]


def key_of(table: str, row: tuple[Any, ...]) -> Key:
    """The key of a whole row."""
    return row[: KEY_COLUMNS.get(table, 1)]


@dataclass(frozen=True)
class Who:
    """What says who somebody is in the sample. Several customers together are those who all leave."""

    customer_ids: tuple[int, ...]
    customer_numbers: tuple[str, ...]
    emails: tuple[str, ...]
    member_ids: tuple[int, ...]
    member_numbers: tuple[str, ...]
    account_ids: tuple[int, ...]


@dataclass
class Owned:
    """Rows of one person: those that are theirs alone, and those they share with somebody who is still there."""

    alone: dict[At, dict[Key, tuple[Any, ...]]] = field(default_factory=dict)
    shared: dict[At, dict[Key, tuple[Any, ...]]] = field(default_factory=dict)

    def add(self, store: str, table: str, rows: Iterable[tuple[Any, ...]], *, shared: bool = False) -> None:
        """Count these rows in."""
        into = self.shared if shared else self.alone
        into.setdefault((store, table), {}).update({key_of(table, row): row for row in rows})

    def keys(self, *, shared: bool = False) -> set[tuple[str, str, Key]]:
        """Store, table, key of every row."""
        return {(*at, key) for at, rows in (self.shared if shared else self.alone).items() for key in rows}


def who(airline: Airline, *customer_ids: int) -> Who:
    """Everything that proves these customers, over the three stores."""
    customers = airline.sql(
        "bookings", f"SELECT customer_number, email FROM customer WHERE customer_id IN ({_list(customer_ids)})"
    )
    numbers, emails = (tuple(column) for column in zip(*customers, strict=True))
    known = f"customer_number IN ({_list(numbers)}) OR email IN ({_list(emails)})"
    members = airline.sql("loyalty", f"SELECT member_id, member_number, email FROM member WHERE {known}")
    accounts = airline.sql("website", f"SELECT account_id, lower(email) FROM account WHERE {known}")
    return Who(
        customer_ids,
        numbers,
        tuple(dict.fromkeys([*emails, *(row[2] for row in members), *(row[1] for row in accounts)])),
        tuple(row[0] for row in members),
        tuple(row[1] for row in members),
        tuple(row[0] for row in accounts),
    )


def owned(airline: Airline, person: Who) -> Owned:
    """All rows of these customers."""
    found = Owned()
    _travel(airline, person, found)
    _money_and_words(airline, person, found)
    _loyalty(airline, person, found)
    _website(airline, person, found)
    return found


def _travel(airline: Airline, person: Who, found: Owned) -> None:
    mine = f"customer_id IN ({_list(person.customer_ids)})"
    for table in ("customer", "customer_history"):
        found.add("bookings", table, airline.rows("bookings", table, mine))
    numbers, emails = _list(person.member_numbers), _list(person.emails)
    flies = f"{mine} OR (customer_id IS NULL AND frequent_flyer_no IN ({numbers}) AND email IN ({emails}))"
    found.add("bookings", "passenger", airline.rows("bookings", "passenger", flies))
    ticket = f"(airline_code, passenger_no) IN (SELECT airline_code, passenger_no FROM passenger WHERE {flies})"
    for table in ("booking_passenger", "coupon", "guardian_handover"):
        found.add("bookings", table, airline.rows("bookings", table, ticket))
    ties = "SELECT 1 FROM booking_passenger t WHERE t.locator = booking.locator AND"
    booked = f"booked_by_customer IN ({_list(person.customer_ids)})"
    touches = f"(EXISTS ({ties} {ticket}) OR {booked})"
    last = f"(NOT EXISTS ({ties} NOT {ticket}) AND (booked_by_customer IS NULL OR {booked}))"
    found.add("bookings", "booking", airline.rows("bookings", "booking", f"{touches} AND {last}"))
    found.add("bookings", "booking", airline.rows("bookings", "booking", f"{touches} AND NOT {last}"), shared=True)


def _money_and_words(airline: Airline, person: Who, found: Owned) -> None:
    alone = _list(key[0] for key in found.alone["bookings", "booking"])
    under = f"(customer_id IN ({_list(person.customer_ids)}) OR (customer_id IS NULL AND locator IN ({alone})))"
    invoices = airline.rows("bookings", "invoice", under)
    found.add("bookings", "invoice", invoices)
    bills = _list(row[0] for row in invoices)
    found.add("bookings", "invoice_line", airline.rows("bookings", "invoice_line", f"invoice_no IN ({bills})"))
    found.add("bookings", "agent_note", airline.rows("bookings", "agent_note", under))
    flies = ", ".join(f"('{a}', '{p}')" for a, p in found.alone["bookings", "passenger"]) or "(NULL, NULL)"
    about = (
        f"(entity_type = 'customer' AND entity_id IN ({_list(person.customer_numbers)}))"
        f" OR (entity_type = 'booking' AND entity_id IN ({alone}))"
        f" OR (entity_type = 'passenger' AND (entity_airline, entity_id) IN ({flies}))"
    )
    found.add("bookings", "message", airline.rows("bookings", "message", about))


def _loyalty(airline: Airline, person: Who, found: Owned) -> None:
    ids = _list(person.member_ids)
    for table in ("member", "points_entry", "tier_history"):
        found.add("loyalty", table, airline.rows("loyalty", table, f"member_id IN ({ids})"))
    for table in ("partner_accrual", "import_row"):
        named = f"member_number IN ({_list(person.member_numbers)})"
        found.add("loyalty", table, airline.rows("loyalty", table, named))
    ties = "SELECT 1 FROM member t WHERE t.household_id = household.household_id AND t.member_id"
    touches = f"(main_member_id IN ({ids}) OR EXISTS ({ties} IN ({ids})))"
    last = f"(NOT EXISTS ({ties} NOT IN ({ids})) AND (main_member_id IS NULL OR main_member_id IN ({ids})))"
    found.add("loyalty", "household", airline.rows("loyalty", "household", f"{touches} AND {last}"))
    found.add("loyalty", "household", airline.rows("loyalty", "household", f"{touches} AND NOT {last}"), shared=True)


def _website(airline: Airline, person: Who, found: Owned) -> None:
    signed_in = f"account_id IN ({_list(person.account_ids)})"
    for table in ("account", "web_session", "consent_choice", "contact_message"):
        found.add("website", table, airline.rows("website", table, signed_in))
    visits = f"session_id IN (SELECT session_id FROM web_session WHERE {signed_in})"
    found.add("website", "search_log", airline.rows("website", "search_log", visits))
    listed = f"email IN ({_list(person.emails)})"
    found.add("website", "newsletter_subscription", airline.rows("website", "newsletter_subscription", listed))


def _list(values: Iterable[object]) -> str:
    return ", ".join(f"'{value}'" for value in values) or "NULL"


# == Comparing two moments ==


def touched(before: Everything, after: Everything) -> set[tuple[str, str, Key]]:
    """Rows that were changed, vanished or appeared, by key."""
    return {(store, table, key_of(table, row)) for store, table, row in before.differs(after)}


def changed_columns(
    airline: Airline, store: str, table: str, before: Everything, after: Everything, key: Key
) -> set[str]:
    """Columns in which one row differs between two moments."""
    one, other = (
        next(row for row in moment.tables[store, table] if key_of(table, row) == key) for moment in (before, after)
    )
    columns = airline.columns(store, table)
    return {name for name, old, new in zip(columns, one, other, strict=True) if old != new}

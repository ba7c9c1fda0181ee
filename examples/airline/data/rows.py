"""One row type per table, its fields the columns in order; days and moments travel as ISO text.

The types say what the generator writes. What the databases accept is said by the .sql files beside this one.
"""

import re
from typing import Final, NamedTuple


class TravelAgency(NamedTuple):
    """An agency that books for people it alone knows."""

    agency_code: str
    name: str
    mailbox: str


class Customer(NamedTuple):
    """Somebody with a customer number."""

    customer_id: int
    customer_number: str
    full_name: str
    email: str
    phone: str | None
    date_of_birth: str | None
    street: str
    postcode: str
    city: str
    country: str
    language: str
    marketing_objection_on: str | None
    created_on: str


class CustomerHistory(NamedTuple):
    """What a customer row said before it changed; the database numbers these itself."""

    customer_id: int
    operation: str
    changed_at: str
    old_full_name: str
    old_email: str
    old_phone: str | None
    old_street: str
    old_postcode: str
    old_city: str


class Flight(NamedTuple):
    """A departure; nobody's data."""

    flight_number: str
    departs_on: str
    origin: str
    destination: str


class Passenger(NamedTuple):
    """A traveller as one airline numbers them."""

    airline_code: str
    passenger_no: str
    customer_id: int | None
    frequent_flyer_no: str | None
    full_name: str
    date_of_birth: str
    email: str | None
    phone: str | None
    passport_no: str | None
    passport_country: str | None
    meal: str = "standard"
    assistance: str | None = None


class Booking(NamedTuple):
    """A journey that one or many people share."""

    locator: str
    parent_locator: str | None
    booked_by_customer: int | None
    agency_code: str | None
    contact_name: str
    contact_email: str
    contact_phone: str | None
    booked_on: str
    status: str
    total_cents: int


class BookingPassenger(NamedTuple):
    """One traveller's place in a booking."""

    locator: str
    airline_code: str
    passenger_no: str
    ticket_number: str
    fare: str


class Coupon(NamedTuple):
    """One leg of one traveller."""

    locator: str
    airline_code: str
    passenger_no: str
    leg_no: int
    flight_number: str
    departs_on: str
    seat: str | None
    boarded_at: str | None


class GuardianHandover(NamedTuple):
    """An adult who brings or collects a child that travels alone."""

    locator: str
    airline_code: str
    passenger_no: str
    moment: str
    adult_name: str
    adult_phone: str
    adult_address: str
    adult_relation: str
    identity_shown: str | None


class Invoice(NamedTuple):
    """A bill, with the payer's name and address."""

    invoice_no: str
    locator: str
    customer_id: int | None
    cancels_invoice_no: str | None
    issued_on: str
    status: str
    paid_on: str | None
    payer_name: str
    payer_address: str
    payer_country: str
    total_cents: int


class InvoiceLine(NamedTuple):
    """One line of a bill; names the traveller it is for."""

    invoice_no: str
    line_no: int
    description: str
    traveller_name: str | None
    amount_cents: int


class AgentNote(NamedTuple):
    """Free text by staff about a customer, a booking, or both."""

    note_id: int
    customer_id: int | None
    locator: str | None
    written_by: str
    written_at: str
    body: str


class Message(NamedTuple):
    """A message about a customer, a booking or a passenger."""

    message_id: int
    entity_type: str
    entity_airline: str | None
    entity_id: str
    address: str
    sent_at: str
    subject: str
    body: str


class Household(NamedTuple):
    """Members who pool their points."""

    household_id: int
    name: str
    main_member_id: int | None
    opened_on: str


class Member(NamedTuple):
    """A member of Larkwing Circle."""

    member_id: int
    member_number: str
    customer_number: str | None
    email: str
    full_name: str
    date_of_birth: str
    phone: str | None
    household_id: int | None
    tier: str
    points_balance: int
    stated_interests: str | None
    joined_on: str


class PointsEntry(NamedTuple):
    """Points earned or spent."""

    entry_id: int
    member_id: int
    booked_on: str
    points: int
    reason: str
    locator: str | None


class TierHistory(NamedTuple):
    """Which tier a member held from when."""

    member_id: int
    valid_from: str
    tier: str


class PartnerAccrual(NamedTuple):
    """What a partner reported about a member."""

    partner_code: str
    partner_reference: str
    member_number: str
    received_on: str
    activity: str
    points: int


class ImportRow(NamedTuple):
    """A line of a partner's file as it came; this table has no key."""

    file_name: str
    received_on: str
    member_number: str | None
    email: str | None
    raw_line: str


class Account(NamedTuple):
    """A login on the website."""

    account_id: int
    customer_number: str | None
    email: str
    display_name: str
    password_hash: str
    created_at: str
    last_login_at: str | None


class WebSession(NamedTuple):
    """A visit, known by its cookie."""

    session_id: str
    account_id: int | None
    cookie_id: str
    started_at: str
    ip_address: str
    user_agent: str


class SearchLog(NamedTuple):
    """A search for a flight."""

    search_id: int
    session_id: str
    searched_at: str
    origin: str
    destination: str
    party: int


class NewsletterSubscription(NamedTuple):
    """An address on the newsletter's list."""

    subscription_id: int
    email: str
    source: str
    wording_version: str
    confirmed_at: str | None
    ended_at: str | None


class ConsentChoice(NamedTuple):
    """A yes or no to one purpose on one channel."""

    choice_id: int
    account_id: int | None
    email: str | None
    purpose: str
    channel: str
    answer: str
    wording_version: str
    language: str
    chosen_at: str


class ContactMessage(NamedTuple):
    """What somebody typed into the contact form."""

    contact_id: int
    account_id: int | None
    sender_name: str
    email: str
    topic: str
    body: str
    received_at: str


Row = (
    TravelAgency
    | Customer
    | CustomerHistory
    | Flight
    | Passenger
    | Booking
    | BookingPassenger
    | Coupon
    | GuardianHandover
    | Invoice
    | InvoiceLine
    | AgentNote
    | Message
    | Household
    | Member
    | PointsEntry
    | TierHistory
    | PartnerAccrual
    | ImportRow
    | Account
    | WebSession
    | SearchLog
    | NewsletterSubscription
    | ConsentChoice
    | ContactMessage
)

STORES: Final[dict[str, tuple[type[Row], ...]]] = {
    "bookings": (
        TravelAgency,
        Customer,
        CustomerHistory,
        Flight,
        Passenger,
        Booking,
        BookingPassenger,
        Coupon,
        GuardianHandover,
        Invoice,
        InvoiceLine,
        AgentNote,
        Message,
    ),
    "loyalty": (Household, Member, PointsEntry, TierHistory, PartnerAccrual, ImportRow),
    "website": (Account, WebSession, SearchLog, NewsletterSubscription, ConsentChoice, ContactMessage),
}
"""Every table of each store, in an order in which rows may be written."""


def table_of(row_type: type[Row]) -> str:
    """The table that a row type belongs to: `BookingPassenger` -> `booking_passenger`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", row_type.__name__).lower()


def columns_of(row_type: type[Row]) -> tuple[str, ...]:
    """The columns that a row type fills, in order."""
    return row_type._fields

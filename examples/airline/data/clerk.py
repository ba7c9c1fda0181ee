"""Rows that belong together, made together: a journey with its tickets, a bill with its lines, a visit.

The clerk numbers what is numbered, starting where he is told, so that the cast keeps its keys whoever comes after.
He decides nothing by chance.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from typing import Final, NamedTuple

from examples.airline.data import words
from examples.airline.data.rows import (
    AgentNote,
    Booking,
    BookingPassenger,
    ConsentChoice,
    ContactMessage,
    Coupon,
    Flight,
    Invoice,
    InvoiceLine,
    Message,
    NewsletterSubscription,
    Passenger,
    PointsEntry,
    Row,
    SearchLog,
    WebSession,
)

FIRST_FLIGHT: Final = 3_850
LAST_FLIGHT: Final = -180
"""How many days before today the first and the last flight of the timetable leave."""

WORDING: Final = "2025-02"
"""The version of the wording under which choices were made."""


class Leg(NamedTuple):
    """A flight by its key, and how many days before today it leaves."""

    flight_number: str
    departs_on: str
    days_ago: int


class Payer(NamedTuple):
    """Who a bill is made out to."""

    customer_id: int | None
    name: str
    address: str
    country: str


def timetable() -> Iterator[Flight]:
    """Every flight there is: each route once a week in each direction. Does not grow with the customers."""
    for route, destination in enumerate(words.DESTINATIONS):
        for back in (False, True):
            ends = (destination, words.ORIGIN) if back else (words.ORIGIN, destination)
            first = leg(route, FIRST_FLIGHT, back=back)
            for days_ago in range(first.days_ago, LAST_FLIGHT, -7):
                yield Flight(first.flight_number, words.day(days_ago), *ends)


def leg(route: int, days_ago: int, *, back: bool = False) -> Leg:
    """The first flight of a route that leaves `days_ago` days before today or within the week after."""
    weekday = (route + 3 * back) % 7
    leaves = days_ago - (days_ago - weekday) % 7
    return Leg(f"LARK {100 + 2 * route + back}", words.day(leaves), leaves)


def return_trip(route: int, days_ago: int, nights: int = 4) -> tuple[Leg, Leg]:
    """There, and back again."""
    out = leg(route, days_ago)
    return out, leg(route, out.days_ago - nights, back=True)


class Clerk:
    """Numbers tickets, notes, messages and the like from `first` on."""

    def __init__(self, first: int = 1) -> None:
        self._tickets = count(first)
        self._invoices = count(first)
        self._notes = count(first)
        self._messages = count(first)
        self._entries = count(first)
        self._sessions = count(first)
        self._searches = count(first)
        self._subscriptions = count(first)
        self._choices = count(first)
        self._contacts = count(first)

    def journey(
        self, booking: Booking, travellers: Iterable[Passenger], legs: Sequence[Leg], fare: str = "plain"
    ) -> Iterator[Row]:
        """A booking, its travellers' places in it, and a coupon for each leg of each of them."""
        yield booking
        locator = booking.locator
        for place, traveller in enumerate(travellers):
            airline, number = traveller.airline_code, traveller.passenger_no
            yield BookingPassenger(locator, airline, number, f"LRK-{next(self._tickets):010d}", fare)
            seat = f"{3 + place // 6 % 30}{'ABCDEF'[place % 6]}"
            for leg_no, (flight, departs_on, days_ago) in enumerate(legs, start=1):
                boarded = f"{departs_on} 08:{place % 60:02d}:00" if days_ago > 0 else None
                yield Coupon(locator, airline, number, leg_no, flight, departs_on, seat, boarded)

    def bill(
        self,
        locator: str,
        payer: Payer,
        lines: Sequence[tuple[str, str | None, int]],
        days_ago: int,
        *,
        paid: bool = True,
        cancelled: bool = False,
    ) -> Iterator[Invoice | InvoiceLine]:
        """An invoice and its lines (description, traveller's name, cents); a paid one is paid on the day after.

        A cancelled one is followed by the invoice that cancels it, with the same amounts below nought.
        """
        if not cancelled:
            yield from self._invoice(locator, payer, lines, days_ago, "paid" if paid else "open")
            return
        first, *rest = self._invoice(locator, payer, lines, days_ago, "cancelled")
        yield first
        yield from rest
        back = [(f"Cancelled: {what}", who, -cents) for what, who, cents in lines]
        yield from self._invoice(locator, payer, back, days_ago - 2, "paid", cancels=first[0])

    def _invoice(
        self,
        locator: str,
        payer: Payer,
        lines: Sequence[tuple[str, str | None, int]],
        days_ago: int,
        status: str,
        *,
        cancels: str | None = None,
    ) -> Iterator[Invoice | InvoiceLine]:
        issued_on = words.day(days_ago)
        number = f"R{issued_on[:4]}-{next(self._invoices):08d}"
        paid_on = words.day(days_ago - 1) if status == "paid" else None
        total = sum(cents for _, _, cents in lines)
        yield Invoice(
            number, locator, payer.customer_id, cancels, issued_on, status, paid_on,
            payer.name, payer.address, payer.country, total,
        )  # fmt: skip
        for line_no, line in enumerate(lines, start=1):
            yield InvoiceLine(number, line_no, *line)

    def note(self, customer_id: int | None, locator: str | None, days_ago: int, body: str) -> AgentNote:
        """A note by one of forty agents."""
        number = next(self._notes)
        return AgentNote(
            number, customer_id, locator, f"A-{400 + number % 40:04d}", words.moment(days_ago, 480 + number), body
        )

    def message(self, about: tuple[str, str | None, str], address: str, name: str, days_ago: int) -> Message:
        """A message `about` (entity_type, entity_airline, entity_id)."""
        number = next(self._messages)
        subject, body = words.MESSAGES[number % len(words.MESSAGES)]
        sent_at = words.moment(days_ago, 360 + number)
        return Message(number, *about, address, sent_at, subject, body.format(name=name))

    def points(self, member_id: int, points: int, days_ago: int, locator: str | None = None) -> PointsEntry:
        """An entry in a member's account; fewer than nought means spent."""
        reason = "spent on a journey" if points < 0 else "journey" if locator else "partner"
        return PointsEntry(next(self._entries), member_id, words.day(days_ago), points, reason, locator)

    def visit(
        self, account_id: int | None, cookie_id: str, days_ago: int, searches: int, party: int = 1
    ) -> Iterator[WebSession | SearchLog]:
        """A visit to the website and what was searched for."""
        number = next(self._sessions)
        session_id = f"s{number:011d}"
        agent = words.USER_AGENTS[number % len(words.USER_AGENTS)]
        yield WebSession(
            session_id, account_id, cookie_id, words.moment(days_ago, number), words.ip_address(number), agent
        )
        for step in range(searches):
            destination = words.DESTINATIONS[(number + step) % len(words.DESTINATIONS)]
            at = words.moment(days_ago, number + step)
            yield SearchLog(next(self._searches), session_id, at, words.ORIGIN, destination, party)

    def subscription(
        self, email: str, days_ago: int, *, ended: int | None = None, source: str = "website"
    ) -> NewsletterSubscription:
        """An address on the newsletter's list, confirmed the same day; `ended` so many days before today."""
        confirmed = words.moment(days_ago, 720)
        over = None if ended is None else words.moment(ended, 720)
        return NewsletterSubscription(next(self._subscriptions), email, source, WORDING, confirmed, over)

    def choice(
        self,
        who: int | str,
        purpose: str,
        channel: str,
        answer: str,
        days_ago: int,
        *,
        language: str = "en",
    ) -> ConsentChoice:
        """A choice of an account (number) or of an address (text)."""
        account_id, email = (who, None) if isinstance(who, int) else (None, who)
        chosen_at = words.moment(days_ago, 725)
        number = next(self._choices)
        return ConsentChoice(number, account_id, email, purpose, channel, answer, WORDING, language, chosen_at)

    def contact(
        self, account_id: int | None, name: str, email: str, days_ago: int, body: str | None = None
    ) -> ContactMessage:
        """A message from the contact form."""
        number = next(self._contacts)
        topic, usual = words.CONTACT_TOPICS[number % len(words.CONTACT_TOPICS)]
        received_at = words.moment(days_ago, number)
        return ContactMessage(number, account_id, name, email, topic, body or usual, received_at)

"""Everybody who is not of the cast: families, groups, agencies, members, visitors, in the proportions of an airline.

Customers come one after the other and know only a few who came shortly before them, so any number of them can be made
in constant memory. All chance comes from one seeded source; nothing asks the clock.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from random import Random
from typing import Final

from examples.airline.data import cast, words
from examples.airline.data.clerk import Clerk, Payer, return_trip
from examples.airline.data.rows import (
    Account,
    Booking,
    Customer,
    CustomerHistory,
    GuardianHandover,
    Household,
    ImportRow,
    Member,
    PartnerAccrual,
    Passenger,
    Row,
    TierHistory,
    TravelAgency,
)

AGENCIES: Final = 40
_BOOKINGS_PER_CUSTOMER: Final = (0,) * 6 + (1,) * 7 + (2,) * 4 + (3, 3, 4, 5, 6, 7, 8)
_OLDEST_BOOKING: Final = 3_600
_SUPPLY: Final = 40
"""From how many of the latest customers somebody picks the people to travel with."""


@dataclass(frozen=True, slots=True)
class Person:
    """A customer as the maker of rows knows them."""

    home: Customer
    traveller: Passenger
    family: tuple[Passenger, ...]

    @property
    def payer(self) -> Payer:
        """Who this customer's bills are made out to."""
        home = self.home
        address = f"{home.street}, {home.postcode} {home.city}"
        return Payer(home.customer_id, home.full_name, address, home.country)


class Crowd:
    """Makes ordinary customers, each with all their rows in the three stores."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._clerk = Clerk(first=100_001)
        self._companions = {"LARK": count(50_000_001), "MERE": count(cast.FIRST_ORDINARY_ID)}
        self._bookings = count(1)
        self._members = count(1_001)
        self._households = count(101)
        self._accounts = count(1_001)
        self._accruals = count(100_001)
        self._latest: deque[Passenger] = deque(maxlen=_SUPPLY)
        self._household: int | None = None

    def agencies(self) -> Iterator[TravelAgency]:
        """The agencies that some of the crowd book with."""
        for number in range(AGENCIES):
            street = words.STREETS[number % len(words.STREETS)]
            yield TravelAgency(f"AG-{1000 + number}", f"Travel Desk {street}", f"desk.{number}@agencies.example")

    def customer(self, customer_id: int) -> Iterator[Row]:
        """All rows that come into being with one customer; call it with rising ids only."""
        person = self._person(customer_id)
        yield person.home
        yield person.traveller
        yield from person.family
        chance = self._random.random
        if chance() < 0.25:
            yield self._history(person.home)
        locators: list[str] = []
        for _ in range(self._random.choice(_BOOKINGS_PER_CUSTOMER)):
            locators.append(locator := words.locator(next(self._bookings)))
            yield from self._booking(person, locator, locators)
        if chance() < 0.2:
            yield self._clerk.message(
                ("customer", None, person.home.customer_number),
                person.home.email,
                person.home.full_name,
                self._past(900),
            )
        if person.traveller.frequent_flyer_no:
            yield from self._membership(person, locators)
        yield from self._website(person)
        self._latest.append(person.traveller)

    def _past(self, oldest: int) -> int:
        """A day up to `oldest` days before today, more often a late one."""
        return 1 + int(oldest * self._random.random() ** 2)

    def _name(self, family: str | None = None) -> str:
        pick = self._random.choice
        return f"{pick(words.FIRST_NAMES)} {family or pick(words.FAMILY_NAMES)}"

    def _person(self, customer_id: int) -> Person:
        chance, pick = self._random.random, self._random.choice
        name = self._name()
        email = f"{words.mail_letters(name)}.{customer_id}@{pick(words.MAIL_HOSTS)}"
        number = int(chance() * 13_000)
        phone = words.phone(number) if number % 5 else None
        born = words.day(7_000 + int(chance() * 20_000))
        town, postcode, country, language = pick(words.TOWNS)
        street = f"{1 + number % 90} {pick(words.STREETS)}"
        objected = words.day(self._past(1_500)) if chance() < 0.03 else None
        home = Customer(
            customer_id, cast.customer_number(customer_id), name, email, phone, born, street,
            f"{postcode}{number % 1000:03d}", town, country, language, objected, words.day(3_650 + number % 400),
        )  # fmt: skip
        member = cast.member_number(next(self._members)) if chance() < 0.45 else None
        passport = f"X{customer_id:08d}" if chance() < 0.6 else None
        reached_at = f"office@firm-{number % 300}.example" if chance() < 0.03 else email
        traveller = Passenger(
            "LARK", cast.passenger_no(customer_id), customer_id, member, name, born, reached_at, phone, passport,
            passport and country, self._meal(), "wheelchair" if chance() < 0.01 else None,
        )  # fmt: skip
        return Person(home, traveller, tuple(self._family(home)))

    def _meal(self) -> str:
        return self._random.choice(words.MEALS) if self._random.random() < 0.12 else "standard"

    def _family(self, home: Customer) -> Iterator[Passenger]:
        """Those who travel along and are no customers; children carry the parent's address."""
        chance = self._random.random
        if chance() >= 0.3:
            return
        for _ in range(1 + int(chance() * 3)):
            child = chance() < 0.6
            born = words.day(int(900 + chance() * (5_000 if child else 20_000)))
            airline = "MERE" if chance() < 0.1 else "LARK"
            yield Passenger(
                airline, cast.passenger_no(next(self._companions[airline])), None, None,
                self._name(home.full_name.split()[-1]), born, home.email if child else None, None, None, None,
                self._meal(), None,
            )  # fmt: skip

    def _history(self, home: Customer) -> CustomerHistory:
        street = f"{home.customer_id % 70} {self._random.choice(words.STREETS)}"
        changed_at = words.moment(self._past(2_000), home.customer_id)
        return CustomerHistory(
            home.customer_id, "UPDATE", changed_at, home.full_name, home.email, home.phone, street,
            home.postcode, home.city,
        )  # fmt: skip

    def _travellers(self, person: Person) -> list[Passenger]:
        """Mostly alone or with the family; sometimes with people who have customer numbers of their own."""
        kind = self._random.random()
        if kind < 0.5:
            return [person.traveller]
        if kind < 0.9 or not self._latest:
            return [person.traveller, *person.family]
        if kind < 0.95 and person.family:
            return [person.family[0]]
        size = 1 if kind < 0.99 else 8
        return [person.traveller, *self._random.sample(self._latest, min(size, len(self._latest)))]

    def _booking(self, person: Person, locator: str, earlier: Sequence[str]) -> Iterator[Row]:
        chance, home = self._random.random, person.home
        travellers = self._travellers(person)
        days_ago = self._past(_OLDEST_BOOKING)
        travellers = [t for t in travellers if t.date_of_birth < words.day(days_ago)] or [person.traveller]
        leaves = days_ago - int(5 + chance() * 110)
        legs = return_trip(int(chance() * 10), leaves)[: 1 + (chance() < 0.8)]
        cents = 4_900 + 100 * int(chance() * 300)
        status = "cancelled" if chance() < 0.04 else "flown" if legs[-1].days_ago > 0 else "confirmed"
        parent = earlier[0] if len(earlier) > 1 and chance() < 0.03 else None
        total = cents * len(travellers)
        if chance() < 0.07:
            agency = int(chance() * AGENCIES)
            booking = Booking(
                locator, parent, None, f"AG-{1000 + agency}", "Travel desk", f"desk.{agency}@agencies.example", None,
                words.day(days_ago), status, total,
            )  # fmt: skip
        else:
            booking = Booking(
                locator, parent, home.customer_id, None, home.full_name, home.email, home.phone, words.day(days_ago),
                status, total,
            )  # fmt: skip
        yield from self._clerk.journey(booking, travellers, legs)
        yield from self._papers(person, booking, travellers, cents, days_ago)

    def _papers(
        self, person: Person, booking: Booking, travellers: Sequence[Passenger], cents: int, days_ago: int
    ) -> Iterator[Row]:
        """What a booking leaves on paper: the bill, notes, messages, the handing over of a child."""
        chance, clerk, locator = self._random.random, self._clerk, booking.locator
        if booking.agency_code is None and chance() < 0.7:
            lines = [("Journey", traveller.full_name, cents) for traveller in travellers]
            paid = chance() < 0.95
            yield from clerk.bill(locator, person.payer, lines, days_ago, paid=paid, cancelled=chance() < 0.01)
        if chance() < 0.1:
            other = travellers[-1].full_name if len(travellers) > 1 else "a companion"
            body = self._random.choice(words.NOTES).format(name=person.home.full_name, other=other)
            about = person.home.customer_id if chance() < 0.6 else None
            yield clerk.note(about, locator, days_ago, body)
        if chance() < 0.35:
            yield clerk.message(("booking", None, locator), booking.contact_email, booking.contact_name, days_ago)
        if chance() < 0.1:
            key = travellers[-1][:2]
            yield clerk.message(("passenger", *key), booking.contact_email, booking.contact_name, days_ago)
        alone = travellers[0]
        if alone.customer_id is None and alone.date_of_birth > words.day(4_400):
            yield from self._handover(person, locator, alone)

    def _handover(self, person: Person, locator: str, child: Passenger) -> Iterator[GuardianHandover]:
        home, number = person.home, int(self._random.random() * 13_000)
        where = f"{home.street}, {home.city}"
        known = home.phone or words.phone(number + 1)
        key = child[:2]
        yield GuardianHandover(locator, *key, "drop-off", home.full_name, known, where, "parent", "identity card")
        other = f"{1 + number % 60} {self._random.choice(words.STREETS)}, {words.DESTINATIONS[number % 10]}"
        yield GuardianHandover(locator, *key, "pick-up", self._name(), words.phone(number), other, "relative", None)

    def _membership(self, person: Person, locators: Sequence[str]) -> Iterator[Row]:
        chance, home, number = self._random.random, person.home, person.traveller.frequent_flyer_no or ""
        member_id, joined = int(number[2:]), 400 + int(chance() * 2_500)
        entries = [
            self._clerk.points(member_id, 500 + 10 * int(chance() * 90), joined - place * 20, locator)
            for place, locator in enumerate(locators)
        ]
        yield from entries
        household = self._household
        if chance() < 0.15:
            household = self._household = next(self._households)
            yield Household(household, home.full_name.split()[-1], member_id, words.day(joined - 10))
        elif chance() < 0.7:
            self._household = None
        points = sum(entry.points for entry in entries)
        tier = "sand" if points < 1_500 else "heath" if points < 4_000 else "summit"
        email = home.email if chance() < 0.85 else f"circle.{member_id}@{self._random.choice(words.MAIL_HOSTS)}"
        interests = self._random.choice(words.INTERESTS) if chance() < 0.4 else None
        yield Member(
            member_id, number, home.customer_number if chance() < 0.9 else None, email, home.full_name,
            home.date_of_birth or words.day(9_000), home.phone, household, tier, points, interests, words.day(joined),
        )  # fmt: skip
        yield TierHistory(member_id, words.day(joined), "sand")
        if tier != "sand":
            yield TierHistory(member_id, words.day(joined - 300), tier)
        if chance() < 0.3:
            yield from self._partners(number, email, joined - 100)

    def _partners(self, number: str, email: str, days_ago: int) -> Iterator[Row]:
        chance = self._random.random
        partner = self._random.choice(words.PARTNERS)
        day = words.day(days_ago)
        reference = f"P-{next(self._accruals):09d}"
        yield PartnerAccrual(partner, reference, number, day, "stay or hire", 250)
        if chance() < 0.6:
            line = ImportRow(f"{partner.lower()}-{day[:7]}.csv", day, number, email, f"{number};250;{reference}")
            yield line
            if chance() < 0.05:
                yield line

    def _website(self, person: Person) -> Iterator[Row]:
        chance, home, clerk = self._random.random, person.home, self._clerk
        cookie = f"c{home.customer_id:010d}"
        if chance() < 0.05:
            yield clerk.contact(None, home.full_name, home.email, self._past(1_000))
        if chance() >= 0.55:
            if chance() < 0.15:
                yield from clerk.visit(None, cookie, self._past(400), 1)
            return
        account_id = next(self._accounts)
        since = self._past(2_500)
        number = home.customer_number if chance() < 0.9 else None
        digest = f"{self._random.getrandbits(128):032x}"
        yield Account(
            account_id, number, home.email, home.full_name, f"none${digest}", words.moment(since, account_id), None
        )  # fmt: skip
        for _ in range(int(chance() * 4)):
            yield from clerk.visit(account_id, cookie, self._past(since), int(chance() * 4))
        if chance() < 0.5:
            yield from self._newsletter(home, account_id, since)

    def _newsletter(self, home: Customer, account_id: int, since: int) -> Iterator[Row]:
        chance, clerk = self._random.random, self._clerk
        objected = home.marketing_objection_on
        ended = words.days_ago(objected) if objected else None
        if ended is not None and ended >= since:
            return
        yield clerk.subscription(home.email, since, ended=ended)
        yield clerk.choice(account_id, "newsletter", "email", "yes", since, language=home.language)
        if chance() < 0.4:
            answer = "yes" if chance() < 0.3 else "no"
            yield clerk.choice(account_id, "newsletter", "push", answer, since, language=home.language)
        if ended is not None:
            yield clerk.choice(account_id, "newsletter", "all", "no", ended, language=home.language)

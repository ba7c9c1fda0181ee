"""The rows of the cast. Nothing here is left to chance: the same rows whatever the seed and the number of customers."""

from collections.abc import Iterator
from typing import Final

from examples.airline.data import cast, words
from examples.airline.data.cast import CastMember
from examples.airline.data.clerk import Clerk, Leg, Payer, return_trip
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

PURPOSE: Final = "newsletter"
HASH: Final = "cast$0123456789abcdef0123456789abcdef"
"""Stands where a password hash would; opens nothing."""


def cast_rows() -> Iterator[Row]:
    """All rows of the cast, in all stores."""
    clerk = Clerk()
    yield from _customers()
    yield from _demo(clerk)
    yield from _group(clerk)
    yield from _mother_and_namesake(clerk)
    yield from _two_addresses(clerk)
    yield from _leavers(clerk)
    yield from _minor(clerk)
    yield from _heavy_bookings(clerk)
    yield from _heavy_loyalty(clerk)
    yield from _heavy_website(clerk)
    yield from _objector(clerk)
    yield from _bus(clerk)
    yield from _agency(clerk)
    yield clerk.subscription(cast.SUBSCRIBER_EMAIL, 410, source="footer")
    yield clerk.choice(cast.SUBSCRIBER_EMAIL, PURPOSE, "email", "yes", 410)


def _customers() -> Iterator[Row]:
    for member in cast.CUSTOMERS:
        yield _customer(member)
        yield _passenger(member)


def _customer(member: CastMember) -> Customer:
    objected = words.day(90) if member is cast.OBJECTOR else None
    town, postcode, country, language = words.TOWNS[member.customer_id % len(words.TOWNS)]
    return Customer(
        member.customer_id, member.customer_number, member.name, member.email, words.phone(member.customer_id),
        member.date_of_birth, _street(member.customer_id), f"{postcode}{member.customer_id:03d}", town, country,
        language, objected, words.day(3_700),
    )  # fmt: skip


def _street(number: int) -> str:
    return f"{number} {words.STREETS[number % len(words.STREETS)]}"


def _passenger(member: CastMember) -> Passenger:
    email = cast.MOTHER.email if member is cast.NAMESAKE else member.email
    meal = "gluten-free" if member is cast.DEMO else "standard"
    return Passenger(
        *member.passenger, member.customer_id, member.member_number, member.name, member.date_of_birth, email,
        words.phone(member.customer_id), f"X{member.customer_id:08d}", "DE", meal,
    )  # fmt: skip


def _companion(key: cast.PassengerKey, name: str, born: str, email: str | None = None) -> Passenger:
    return Passenger(*key, None, None, name, born, email, None, None, None)


def _booking(locator: str, member: CastMember, days_ago: int, cents: int, parent: str | None = None) -> Booking:
    return Booking(
        locator, parent, member.customer_id, None, member.name, member.email, words.phone(member.customer_id),
        words.day(days_ago), "flown" if days_ago > 60 else "confirmed", cents,
    )  # fmt: skip


def _payer(member: CastMember) -> Payer:
    home = _customer(member)
    return Payer(member.customer_id, member.name, f"{home.street}, {home.postcode} {home.city}", home.country)


def _about(member: CastMember) -> tuple[str, None, str]:
    return "customer", None, member.customer_number


def _history(member: CastMember, days_ago: int, street: str) -> CustomerHistory:
    now = _customer(member)
    return CustomerHistory(
        member.customer_id, "UPDATE", words.moment(days_ago, 600), now.full_name, now.email, now.phone,
        street, now.postcode, now.city,
    )  # fmt: skip


def _circle(
    member: CastMember, points: int, household: int | None = None, tier: str = "heath", email: str | None = None
) -> Iterator[Row]:
    number = member.member_number or ""
    member_id = int(number[2:])
    yield Member(
        member_id, number, member.customer_number, email or member.email, member.name, member.date_of_birth,
        words.phone(member.customer_id), household, tier, points, words.INTERESTS[member_id % 5], words.day(2200),
    )  # fmt: skip
    yield TierHistory(member_id, words.day(2200), "sand")
    if tier != "sand":
        yield TierHistory(member_id, words.day(900), tier)


def _account(member: CastMember, email: str | None = None) -> Account:
    return Account(
        member.account_id or 0, member.customer_number, email or member.email, member.name, HASH,
        words.moment(2100, 540), words.moment(12, 1230),
    )  # fmt: skip


def _demo(clerk: Clerk) -> Iterator[Row]:
    demo, passenger = cast.DEMO, _passenger(cast.DEMO)
    friend = _companion(("LARK", "90000003"), "Hedwig Larkmoss", "1985-06-18")
    twin = _companion(cast.NUMERIC_TWIN, cast.NUMERIC_TWIN_NAME, "1959-09-03", "casimir@dunmarrow.example")
    yield friend
    yield twin
    yield _history(demo, 1500, "4 Old Toll")
    payer = _payer(demo)
    # one invoice in its period, one open, one whose period ended long ago
    yield from clerk.journey(_booking("DEMO01", demo, 420, 31_900), [passenger], return_trip(0, 400))
    yield from clerk.bill("DEMO01", payer, [("Elverhaven - Kirrin Sound", demo.name, 31_900)], 419)
    yield from clerk.journey(_booking("DEMO02", demo, 40, 52_400), [passenger, friend], return_trip(3, -30))
    lines = [("Elverhaven - Tarsholm", demo.name, 26_200), ("Elverhaven - Tarsholm", friend.full_name, 26_200)]
    yield from clerk.bill("DEMO02", payer, lines, 39, paid=False)
    yield from clerk.journey(_booking("DEMO03", demo, 3_500, 18_000), [passenger], return_trip(5, 3_470))
    yield from clerk.bill("DEMO03", payer, [("Elverhaven - Lachowka", demo.name, 18_000)], 3_499)
    his = Booking(
        cast.NUMERIC_TWIN_LOCATOR, None, None, None, twin.full_name, "casimir@dunmarrow.example", None,
        words.day(300), "flown", 9_900,
    )  # fmt: skip
    yield from clerk.journey(his, [twin], return_trip(2, 280))
    other = cast.OBJECTOR.name
    body = f"Ottilie Marwood asks for the row of {other}, who has a broken wrist and needs help with his bag."
    yield clerk.note(demo.customer_id, "GROUP1", 80, body)
    yield clerk.note(demo.customer_id, None, 35, "Prefers to be called in the evening.")
    yield clerk.message(_about(demo), demo.email, demo.name, 39)
    yield clerk.message(("booking", None, "DEMO02"), demo.email, demo.name, 20)
    yield clerk.message(("passenger", *passenger[:2]), demo.email, demo.name, 398)
    yield clerk.message(("passenger", *twin[:2]), "casimir@dunmarrow.example", twin.full_name, 279)
    yield from _demo_elsewhere(clerk)


def _demo_elsewhere(clerk: Clerk) -> Iterator[Row]:
    demo = cast.DEMO
    number = demo.member_number or ""
    yield Household(1, "Marwood", 1, words.day(800))
    yield from _circle(demo, 2_350, household=1)
    yield clerk.points(1, 1_600, 399, "DEMO01")
    yield clerk.points(1, 1_250, 210)
    yield clerk.points(1, -500, 40, "DEMO02")
    yield PartnerAccrual("COPSE-HOTELS", "CH-000001", number, words.day(210), "two nights in Tarsholm", 1_250)
    line = f"{number};two nights;1250"
    for _ in range(2):  # the file was read twice, and nothing in the table can tell
        yield ImportRow("copse-hotels-2025-12.csv", words.day(210), number, demo.email, line)
    yield _account(demo)
    yield from clerk.visit(1, "c-ottilie-1", 45, 3, party=2)
    yield from clerk.visit(1, "c-ottilie-1", 41, 1, party=2)
    yield from clerk.visit(None, "c-ottilie-1", 46, 2)  # the same browser before signing in
    yield clerk.subscription(demo.email, 700)
    yield clerk.choice(1, PURPOSE, "email", "yes", 700, language="de")
    yield clerk.choice(1, PURPOSE, "push", "no", 700, language="de")
    yield clerk.choice(1, "personalised-offers", "email", "no", 300, language="de")
    yield clerk.contact(1, demo.name, demo.email, 33, "May I change the day of DEMO02 if my friend cannot come?")


def _group(clerk: Clerk) -> Iterator[Row]:
    members = [_passenger(cast.DEMO), _passenger(cast.OBJECTOR)]
    others = [
        _companion(("LARK", cast.passenger_no(90_000_010 + place)), name, f"19{70 + place}-04-11")
        for place, name in enumerate(cast.GROUP_OTHERS)
    ]
    yield from others
    organiser = cast.OBJECTOR
    booking = _booking(cast.GROUP_LOCATOR, organiser, 100, 110_000)
    yield from clerk.journey(booking, [*members, *others[:2]], return_trip(1, -20))
    split = _booking(cast.GROUP_SPLIT_LOCATOR, organiser, 95, 55_000, parent=cast.GROUP_LOCATOR)
    yield from clerk.journey(split, others[2:], return_trip(1, -27))
    yield clerk.message(("booking", None, cast.GROUP_LOCATOR), organiser.email, organiser.name, 99)
    body = "Choir sits together: Tobias Fennimore, Ottilie Marwood, Hollis and Marit Brackenmoor."
    yield clerk.note(None, cast.GROUP_LOCATOR, 97, body)


def _mother_and_namesake(clerk: Clerk) -> Iterator[Row]:
    mother, namesake = cast.MOTHER, cast.NAMESAKE
    child = _companion(cast.CHILD, cast.CHILD_NAME, "2017-05-06", mother.email)
    yield child
    both = [_passenger(mother), child]
    yield from clerk.journey(_booking("MAMA01", mother, 500, 44_000), both, return_trip(4, 480))
    lines = [("Elverhaven - Monte Vaira", name, 22_000) for name in (mother.name, cast.CHILD_NAME)]
    yield from clerk.bill("MAMA01", _payer(mother), lines, 499)
    # the child alone: the mother booked it and does not travel on it
    yield from clerk.journey(_booking("MAMA02", mother, 150, 19_000), [child], return_trip(4, 130))
    yield clerk.message(("passenger", *cast.CHILD), mother.email, mother.name, 131)
    yield from clerk.journey(_booking("THAK01", namesake, 200, 21_000), [_passenger(namesake)], return_trip(6, 180))
    fare = [("Elverhaven - Skarvik", namesake.name, 21_000)]
    yield from clerk.bill("THAK01", _payer(namesake), fare, 199, cancelled=True)
    yield from clerk.bill("THAK01", _payer(namesake), fare, 195)
    yield from _circle(mother, 800, household=1)
    yield clerk.points(2, 800, 479, "MAMA01")
    yield _account(mother)
    yield from clerk.visit(2, "c-rosalind", 152, 2, party=2)
    yield clerk.subscription(mother.email, 520)
    yield clerk.choice(2, PURPOSE, "email", "yes", 520)


def _two_addresses(clerk: Clerk) -> Iterator[Row]:
    member, second = cast.TWO_ADDRESSES, cast.TWO_ADDRESSES.second_email or ""
    yield from clerk.journey(_booking("ADDR01", member, 260, 27_500), [_passenger(member)], return_trip(7, 240))
    yield from clerk.bill("ADDR01", _payer(member), [("Elverhaven - Isla Perdoma", member.name, 27_500)], 259)
    yield from _circle(member, 900, tier="sand", email=second)
    yield clerk.points(3, 900, 239, "ADDR01")
    yield _account(member, second)
    yield from clerk.visit(3, "c-leopold", 262, 2)
    yield clerk.subscription(second, 600)
    yield clerk.choice(3, PURPOSE, "email", "yes", 600)
    # no account behind this one: only the second address tells who wrote
    yield clerk.contact(None, "L. V.", second, 30)


def _leavers(clerk: Clerk) -> Iterator[Row]:
    first, second = cast.LEAVERS
    both = [_passenger(first), _passenger(second)]
    yield from clerk.journey(_booking("LEAV01", first, 75, 48_000), both, return_trip(8, 50))
    yield clerk.note(None, "LEAV01", 60, f"{first.name} and {second.name} want adjoining seats.")
    yield clerk.message(("booking", None, "LEAV01"), first.email, first.name, 74)


def _minor(clerk: Clerk) -> Iterator[Row]:
    guardian, key = cast.GUARDIAN, cast.MINOR
    boy = _companion(key, cast.MINOR_NAME, "2017-01-30", guardian.email)
    yield boy._replace(meal="vegetarian", assistance="travels alone")
    trip = return_trip(9, -14)
    yield from clerk.journey(_booking("MINOR1", guardian, 25, 16_500), [boy], trip[:1], fare="young traveller")
    home = _payer(guardian)
    yield from clerk.bill("MINOR1", home, [("Elverhaven - Kamenova", cast.MINOR_NAME, 16_500)], 24)
    yield GuardianHandover(
        "MINOR1", *key, "drop-off", guardian.name, words.phone(guardian.customer_id), home.address, "father",
        "identity card",
    )  # fmt: skip
    yield GuardianHandover(
        "MINOR1", *key, "pick-up", cast.PICK_UP_NAME, cast.PICK_UP_PHONE, "3 Lipova, Kamenova", "grandmother", None
    )  # fmt: skip
    yield clerk.note(guardian.customer_id, "MINOR1", 20, f"{cast.PICK_UP_NAME} collects {cast.MINOR_NAME} at the gate.")
    yield _account(guardian)
    yield from clerk.visit(4, "c-dagfinn", 26, 2)


def _heavy_bookings(clerk: Clerk) -> Iterator[Row]:
    heavy, passenger, payer = cast.HEAVY, _passenger(cast.HEAVY), _payer(cast.HEAVY)
    for number in range(4):
        yield _history(heavy, 2_000 - 300 * number, _street(60 + number))
    for number, locator in enumerate(heavy.bookings):
        days_ago = 3_000 - 19 * number
        trip: tuple[Leg, Leg] = return_trip(number % 10, days_ago - 15, nights=2)
        yield from clerk.journey(_booking(locator, heavy, days_ago, 23_000), [passenger], trip, fare="flexible")
        if number < 100:
            lines = [("Return journey", heavy.name, 20_000), ("Second bag", None, 3_000)]
            yield from clerk.bill(locator, payer, lines, days_ago - 1)
            about = (("booking", None, locator), _about(heavy), ("passenger", *passenger[:2]))[number % 3]
            yield clerk.message(about, heavy.email, heavy.name, days_ago - 2)
        if number < 20:
            yield clerk.note(heavy.customer_id, locator, days_ago - 3, "Always seat 3A, always early.")


def _heavy_loyalty(clerk: Clerk) -> Iterator[Row]:
    heavy, number = cast.HEAVY, cast.HEAVY.member_number or ""
    yield from _circle(heavy, 400 * 120, tier="summit")
    for change in range(6):
        yield TierHistory(4, words.day(2_100 - 150 * change), ("heath", "sand")[change % 2])
    for entry in range(400):
        yield clerk.points(4, 120, 2_100 - 5 * entry, heavy.bookings[entry % 150])
    for stay in range(60):
        days_ago = 2_000 - 30 * stay
        reference = f"CH-1{stay:05d}"
        yield PartnerAccrual("COPSE-HOTELS", reference, number, words.day(days_ago), "one night", 100)
    for row in range(10):
        line = f"{number};one night;{100 + row // 2}"
        yield ImportRow("copse-hotels-2024-03.csv", words.day(820), number, None, line)


def _heavy_website(clerk: Clerk) -> Iterator[Row]:
    heavy, account_id = cast.HEAVY, cast.HEAVY.account_id or 0
    yield _account(heavy)
    yield clerk.subscription(heavy.email, 1_400)
    for number, channel in enumerate(("email", "push", "post", "telephone") * 2):
        yield clerk.choice(account_id, PURPOSE, channel, "yes" if number > 3 else "no", 1_400 - number)
    for number in range(10):
        yield clerk.contact(account_id, heavy.name, heavy.email, 900 - 40 * number)
    for number in range(120):
        yield from clerk.visit(account_id, "c-philippa", 1_300 - 10 * number, 3)


def _objector(clerk: Clerk) -> Iterator[Row]:
    objector = cast.OBJECTOR
    yield from _circle(objector, 300, tier="sand")
    yield clerk.points(5, 300, 500)
    yield _account(objector)
    yield clerk.subscription(objector.email, 800, ended=90)
    yield clerk.choice(6, PURPOSE, "email", "yes", 800)
    yield clerk.choice(6, PURPOSE, "all", "no", 90)
    yield clerk.contact(6, objector.name, objector.email, 90, "I object to advertising of every kind, now and later.")


def _bus(clerk: Clerk) -> Iterator[Row]:
    town, postcode, country, language = words.TOWNS[0]
    riders = []
    for place, customer_id in enumerate(cast.BUS_CUSTOMER_IDS):
        name = f"{words.FIRST_NAMES[place % 80]} {words.FAMILY_NAMES[place]}"
        email = f"{words.mail_letters(name)}@harbourmail.example"
        yield Customer(
            customer_id, cast.customer_number(customer_id), name, email, words.phone(customer_id), "1961-06-15",
            _street(customer_id), f"{postcode}{customer_id:03d}", town, country, language, None, words.day(365),
        )  # fmt: skip
        number = cast.passenger_no(customer_id)
        rider = Passenger("LARK", number, customer_id, None, name, "1961-06-15", email, None, None, None)
        riders.append(rider)
        yield rider
    first = riders[0]
    booking = Booking(
        cast.BUS_LOCATOR, None, first.customer_id, None, first.full_name, first.email or "", None,
        words.day(70), "confirmed", 2_400_000,
    )  # fmt: skip
    yield from clerk.journey(booking, riders, return_trip(3, -60))


def _agency(clerk: Clerk) -> Iterator[Row]:
    mailbox = cast.AGENCY_MAILBOX
    yield TravelAgency(cast.AGENCY_CODE, "Pebblegate Travel", mailbox)
    payer = Payer(None, "Pebblegate Travel", "1 Quince Yard, 29001 Elverhaven", "DE")
    for place, (locator, key) in enumerate(zip(cast.AGENCY_LOCATORS, cast.AGENCY_PASSENGERS, strict=True)):
        name = f"{words.FIRST_NAMES[79 - place % 80]} {words.FAMILY_NAMES[200 + place]}"
        stranger = _companion(key, name, f"19{50 + place % 50}-03-{1 + place % 28:02d}", mailbox)
        yield stranger
        days_ago = 700 - 5 * place
        booking = Booking(
            locator, None, None, cast.AGENCY_CODE, "Pebblegate Travel", mailbox, None, words.day(days_ago),
            "flown", 24_000,
        )  # fmt: skip
        yield from clerk.journey(booking, [stranger], return_trip(place % 10, days_ago - 30))
        yield from clerk.bill(locator, payer, [("Return journey", name, 24_000)], days_ago - 1)

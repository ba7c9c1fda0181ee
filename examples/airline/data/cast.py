"""The cast: people with known hard situations, always present, always with the same keys whatever the seed.

Everybody else in the sample is a crowd. docs/sample-airline.md tells who these are and what each of them proves.
"""

from dataclasses import dataclass
from typing import Final

PassengerKey = tuple[str, str]
"""(airline_code, passenger_no)"""


@dataclass(frozen=True, slots=True)
class CastMember:
    """One customer of the cast. Fields are None or empty where the person has no such thing."""

    customer_id: int
    name: str
    email: str
    date_of_birth: str
    second_email: str | None = None
    member_number: str | None = None
    account_id: int | None = None
    bookings: tuple[str, ...] = ()

    @property
    def customer_number(self) -> str:
        """The number that proves this customer, in all three stores."""
        return customer_number(self.customer_id)

    @property
    def passenger(self) -> PassengerKey:
        """The key of this customer's own passenger row."""
        return ("LARK", passenger_no(self.customer_id))


def customer_number(customer_id: int) -> str:
    """`C` and eight digits."""
    return f"C{customer_id:08d}"


def passenger_no(number: int) -> str:
    """Eight digits; unique within one airline only."""
    return f"{number:08d}"


def member_number(member_id: int) -> str:
    """`LW` and nine digits."""
    return f"LW{member_id:09d}"


DEMO: Final = CastMember(
    1, "Ottilie Marwood", "ottilie.marwood@example.org", "1984-03-09",
    member_number=member_number(1), account_id=1,
    bookings=("DEMO01", "DEMO02", "DEMO03", "GROUP1"),
)  # fmt: skip
"""Ordinary: several bookings, one of them a group's, invoices in and past their period, notes, loyalty, website."""

MOTHER: Final = CastMember(
    2, "Rosalind Thackwray", "rosalind.thackwray@letterbox.example", "1987-11-21",
    member_number=member_number(2), account_id=2, bookings=("MAMA01", "MAMA02"),
)  # fmt: skip
"""Her address stands on her child's passenger row, and by a typing error on a stranger's."""

NAMESAKE: Final = CastMember(
    3, "Rosamund Thackray", "rosamund.thackray@kite.example", "1991-02-14", bookings=("THAK01",)
)  # fmt: skip
"""The stranger: a customer of her own whose passenger row carries the mother's address."""

TWO_ADDRESSES: Final = CastMember(
    4, "Leopold Vantongeren", "leopold@vantongeren.example", "1969-07-30",
    second_email="leo.v@quillpost.example", member_number=member_number(3), account_id=3, bookings=("ADDR01",),
)  # fmt: skip
"""One person known by two addresses: bookings has the first; loyalty, website and the contact form the second."""

LEAVERS: Final = (
    CastMember(5, "Ingeborg Salterley", "ingeborg.salterley@example.org", "1978-05-02", bookings=("LEAV01",)),
    CastMember(6, "Anselm Quillon", "anselm.quillon@harbourmail.example", "1975-10-17", bookings=("LEAV01",)),
)
"""Two customers who share one booking, alone and without an invoice: either may leave first."""

GUARDIAN: Final = CastMember(
    7, "Dagfinn Ellersby", "dagfinn.ellersby@example.org", "1980-01-25", account_id=4, bookings=("MINOR1",)
)
"""Books for a child who travels alone, and brings him to the airport."""

HEAVY: Final = CastMember(
    8, "Philippa Granthorne", "philippa.granthorne@post.example.org", "1966-12-05",
    member_number=member_number(4), account_id=5,
    bookings=tuple(f"HV{number:04d}" for number in range(150)),
)  # fmt: skip
"""A consultant who flies every week: exactly `HEAVY_ROWS` rows in the three stores."""

OBJECTOR: Final = CastMember(
    9, "Tobias Fennimore", "tobias.fennimore@kite.example", "1990-08-12",
    member_number=member_number(5), account_id=6, bookings=("GROUP1",),
)  # fmt: skip
"""Objected to marketing in every form. A note about the demo customer mentions him by name."""

CUSTOMERS: Final = (DEMO, MOTHER, NAMESAKE, TWO_ADDRESSES, *LEAVERS, GUARDIAN, HEAVY, OBJECTOR)

CHILD: Final[PassengerKey] = ("LARK", "90000001")
CHILD_NAME: Final = "Pip Thackwray"
"""The mother's child: a passenger without a customer, with her address."""

MINOR: Final[PassengerKey] = ("LARK", "90000002")
MINOR_NAME: Final = "Emil Ellersby"
PICK_UP_NAME: Final = "Gudrun Aspenhall"
PICK_UP_PHONE: Final = "+447700900987"
"""A boy of nine who travels alone, and his grandmother, who collects him and is known from nowhere else."""

NUMERIC_TWIN: Final[PassengerKey] = ("MERE", passenger_no(DEMO.customer_id))
NUMERIC_TWIN_NAME: Final = "Casimir Dunmarrow"
NUMERIC_TWIN_LOCATOR: Final = "MERE01"
"""Has the demo customer's passenger number at the other airline, and is somebody else."""

GROUP_LOCATOR: Final = "GROUP1"
GROUP_SPLIT_LOCATOR: Final = "GROUP0"
GROUP_OTHERS: Final = ("Hollis Brackenmoor", "Marit Brackenmoor", "Ewan Stillwater", "Noor Stillwater")
"""A choir's journey: the demo customer, the objector and four others; two of those were split off into GROUP0."""

BUS_LOCATOR: Final = "BUS001"
BUS_CUSTOMER_IDS: Final = range(10, 210)
"""Two hundred customers, each with a passenger row, on one booking that has no invoice."""

FIRST_ORDINARY_ID: Final = 210
"""Customers with this id or a higher one are the crowd."""

AGENCY_CODE: Final = "AG-0007"
AGENCY_MAILBOX: Final = "desk@pebblegate-travel.example"
AGENCY_LOCATORS: Final = tuple(f"AG{number:04d}" for number in range(120))
AGENCY_PASSENGERS: Final[tuple[PassengerKey, ...]] = tuple(("LARK", passenger_no(90_001_000 + n)) for n in range(120))
"""120 bookings of 120 people who do not know each other, all with the agency's mailbox as their address."""

SUBSCRIBER_EMAIL: Final = "reader.only@quillpost.example"
"""On the newsletter's list and nowhere else."""

UNKNOWN_EMAIL: Final = "nobody.knows@example.org"
UNKNOWN_CUSTOMER_NUMBER: Final = "C99999999"
"""In no store at all."""

HEAVY_ROWS: Final[dict[str, dict[str, int]]] = {
    "bookings": {
        "customer": 1,
        "customer_history": 4,
        "passenger": 1,
        "booking": 150,
        "booking_passenger": 150,
        "coupon": 300,
        "invoice": 100,
        "invoice_line": 200,
        "agent_note": 20,
        "message": 100,
    },
    "loyalty": {"member": 1, "points_entry": 400, "tier_history": 8, "partner_accrual": 60, "import_row": 10},
    "website": {
        "account": 1,
        "newsletter_subscription": 1,
        "consent_choice": 8,
        "contact_message": 10,
        "web_session": 120,
        "search_log": 360,
    },
}
"""Rows of the heavy user by store and table; 2,005 in all."""

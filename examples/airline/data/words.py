"""What names, places, addresses and sentences are made of. All invented; nothing here belongs to anybody.

Addresses end in names that are reserved for examples, telephone numbers come from ranges that regulators keep free
for fiction, IP addresses from the ranges kept for documentation.
"""

import unicodedata
from datetime import date, timedelta
from functools import cache
from typing import Final

FIRST_NAMES: Final = (
    "Adela", "Alwin", "Amandine", "Ansgar", "Averil", "Baptiste", "Beatriz", "Berit", "Caspian", "Celeste",
    "Clovis", "Cosima", "Damaris", "Delphine", "Dorian", "Edda", "Eleni", "Emrys", "Estrid", "Fabrizio",
    "Fenna", "Fiorella", "Gideon", "Greta", "Gwendal", "Hanneke", "Hedda", "Ignace", "Ilse", "Imogen",
    "Isidro", "Jarne", "Jorunn", "Josefa", "Kasimir", "Keziah", "Lazare", "Leocadia", "Linnea", "Lorcan",
    "Ludmila", "Łucja", "Maëlle", "Magnus", "Marisol", "Mateusz", "Mirabel", "Nadir", "Nerys", "Nikolai",
    "Odalys", "Oriol", "Oskar", "Perpetua", "Petra", "Quentin", "Ragnhild", "Renske", "Rocío", "Rufus",
    "Sabela", "Saoirse", "Sebald", "Sidonie", "Søren", "Tamsin", "Thaddeus", "Tirza", "Ulrik", "Ursel",
    "Valentin", "Verity", "Wanda", "Wendelin", "Xenia", "Yannick", "Yrsa", "Zacharie", "Zelda", "Zoë",
)  # fmt: skip

FAMILY_NAMES: Final = tuple(
    start + end
    for start in (
        "Alder", "Barrow", "Birch", "Bram", "Cald", "Crow", "Dun", "Eber", "Fallow", "Fen", "Gorse", "Hazel",
        "Heron", "Iver", "Kestel", "Larch", "Lind", "Marsh", "Moor", "Nether", "O'Ther", "Pell", "Quarr", "Rook",
        "Sallow", "Sedge", "Tarn", "Thistle", "Under", "Vey", "Wil", "Wythe",
    )
    for end in ("brook", "by", "combe", "dahl", "feld", "gate", "holm", "low", "mere", "stead", "thorp", "wick")
)  # fmt: skip

STREETS: Final = (
    "Bellows Lane", "Cooper's Rise", "Drift Street", "Eelpie Row", "Ferrymans Way", "Gannet Road", "Hayward Steps",
    "Inkwell Court", "Juniper Bank", "Kiln Walk", "Lantern Street", "Millrace", "Old Toll", "Quince Yard",
    "Saltpan Road", "Tinker's Hill", "Weavers' Close",
)  # fmt: skip

# town, postcode start, country, language
TOWNS: Final = (
    ("Elverhaven", "29", "DE", "de"),
    ("Nordermoos", "24", "DE", "de"),
    ("Falkenried", "87", "DE", "de"),
    ("Port-Amarante", "56", "FR", "fr"),
    ("Saint-Ozenne", "38", "FR", "fr"),
    ("Villarenosa del Faro", "33", "ES", "es"),
    ("Santa Brígida de Olmo", "14", "ES", "es"),
    ("Kirrin Sound", "17", "GB", "en"),
    ("Upper Wexcombe", "11", "GB", "en"),
)

ORIGIN: Final = "Elverhaven"
DESTINATIONS: Final = (
    "Kirrin Sound", "Port-Amarante", "Villarenosa", "Tarsholm", "Monte Vaira", "Lachowka", "Skarvik", "Isla Perdoma",
    "Brennach", "Kamenova",
)  # fmt: skip

MAIL_HOSTS: Final = (
    "example.org", "post.example.org", "letterbox.example", "harbourmail.example", "quillpost.example",
    "kite.example",
)  # fmt: skip

MEALS: Final = ("vegetarian", "vegan", "halal", "kosher", "gluten-free", "diabetic")
INTERESTS: Final = ("islands", "city breaks", "mountain walks", "night trains and short hops", "family fares")
USER_AGENTS: Final = ("Fernrohr/12 (desktop)", "Fernrohr/12 (telephone)", "Lynceus/4 (tablet)")
PARTNERS: Final = ("COPSE-HOTELS", "WAGTAIL-CARS", "MERE")

# {name} is the person the note is about, {other} somebody who travels with them.
NOTES: Final = (
    "{name} rang about the seat beside {other}; moved both to the same row.",
    "{name} says {other} has a new surname on the passport, waiting for the copy.",
    "Refund asked for the leg that {other} missed. {name} was told five working days.",
    "{name} will carry medicine for {other}; cabin crew informed.",
    "Left a message for {name} about the earlier departure.",
)
MESSAGES: Final = (
    ("Your flight leaves a little later", "Dear {name}, the new time is in your booking."),
    ("Your seats", "Dear {name}, your seats are confirmed."),
    ("Check-in is open", "Dear {name}, you can check in from now on."),
)
CONTACT_TOPICS: Final = (
    ("baggage", "My blue suitcase came a day late, who pays for the coat I had to buy?"),
    ("booking", "The page lost my booking half way. Was I charged?"),
    ("circle", "My points of the spring journey are missing."),
)

TODAY: Final = date(2026, 6, 30)
"""The day on which the sample stands still. Nothing here asks the clock."""

_FIRST_DAY: Final = date(1930, 1, 1)
_DAYS: Final = tuple((_FIRST_DAY + timedelta(days=number)).isoformat() for number in range(35_800))
_LETTERS: Final = str.maketrans({"ł": "l", "ø": "o", "'": None, " ": "."})


def day(before_today: int) -> str:
    """The ISO day so many days before `TODAY`; a negative number is a day to come."""
    return _DAYS[(TODAY - _FIRST_DAY).days - before_today]


def days_ago(iso: str) -> int:
    """How many days before `TODAY` an ISO day lies."""
    return (TODAY - date.fromisoformat(iso)).days


def moment(before_today: int, minute: int = 0) -> str:
    """An ISO moment on the day `before_today` days ago, `minute` minutes (any number) into that day, in UTC."""
    hours, minutes = divmod(minute % 1440, 60)
    return f"{day(before_today)} {hours:02d}:{minutes:02d}:00"


@cache
def mail_letters(name: str) -> str:
    """A name as it stands before the @ of an address: plain small letters, words joined by dots."""
    plain = unicodedata.normalize("NFKD", name.lower().translate(_LETTERS))
    return plain.encode("ascii", "ignore").decode()


def phone(number: int) -> str:
    """A telephone number kept for fiction. There are 13,000: in a large sample people share them, as households do."""
    number %= 13_000
    if number < 1_000:
        return f"+447700900{number:03d}"
    if number < 2_000:
        return f"+441632960{number - 1_000:03d}"
    if number < 3_000:
        return f"+493023125{number - 2_000:03d}"
    return f"+3363998{number - 3_000:04d}"


def ip_address(number: int) -> str:
    """An IP address kept for documentation."""
    block = ("192.0.2", "198.51.100", "203.0.113")[number % 3]
    return f"{block}.{1 + number // 3 % 254}"


LOCATOR_LETTERS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""No 0, 1, I, O: people read locators aloud. A locator with a 0 or a 1 in it belongs to the cast."""


def locator(number: int) -> str:
    """The record locator of booking `number` (below 2**30): no two alike, neighbours unlike."""
    scattered = number * 387_420_489 % (1 << 30)
    letters = ""
    for _ in range(6):
        scattered, place = divmod(scattered, 32)
        letters += LOCATOR_LETTERS[place]
    return letters

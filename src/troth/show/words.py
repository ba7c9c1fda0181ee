"""Small phrases that several artefacts share."""

from datetime import date, datetime

from troth.model.plan import Ground

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
"""In the language of these pages, whatever the machine's own is."""


def count(number: int, one: str, many: str = "") -> str:
    """`1 row`, `2 rows`."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def day(value: date | None) -> str:
    """`31 December 2034`, or an open end."""
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}" if value else "no date can be promised"


def on(iso: str) -> str:
    """An ISO day in words; empty for none."""
    return day(date.fromisoformat(iso)) if iso else ""


def moment(value: datetime) -> str:
    """Date and time to the minute, with the zone: `22 November 2026, 01:38 UTC`."""
    return f"{day(value)}, {value.strftime('%H:%M %Z')}".strip()


def because(ground: Ground) -> str:
    """The words of a ground with the law behind it."""
    return f"{ground.says} ({ground.law})" if ground.law else ground.says


def short(digest: str) -> str:
    """Enough of a hash to tell two apart by eye."""
    return digest[:12]


def listed(names: tuple[str, ...] | list[str] | frozenset[str], none: str = "none") -> str:
    """Comma-separated, sorted where the order carries no meaning."""
    return ", ".join(sorted(names) if isinstance(names, frozenset) else names) or none

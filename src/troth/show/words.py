"""Small phrases that several artefacts share."""

from datetime import date, datetime

from troth.model.plan import Ground


def count(number: int, one: str, many: str = "") -> str:
    """`1 row`, `2 rows`."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def day(value: date | None) -> str:
    """An ISO date, or an open end."""
    return value.isoformat() if value else "no date can be promised"


def moment(value: datetime) -> str:
    """Date and time to the second, with the zone."""
    return value.strftime("%Y-%m-%d %H:%M:%S %Z").strip()


def because(ground: Ground) -> str:
    """The words of a ground with the law behind it."""
    return f"{ground.says} ({ground.law})" if ground.law else ground.says


def short(digest: str) -> str:
    """Enough of a hash to tell two apart by eye."""
    return digest[:12]


def listed(names: tuple[str, ...] | list[str] | frozenset[str], none: str = "none") -> str:
    """Comma-separated, sorted where the order carries no meaning."""
    return ", ".join(sorted(names) if isinstance(names, frozenset) else names) or none

"""packs/languages/: the words that Troth itself puts on a published notice and on records, by language."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from troth.catalog.raw import PackError, Raw

FALLBACK = "en"
_FOLDER = files("troth") / "packs" / "languages"


@dataclass(frozen=True)
class Phrases:
    """Our words in one language."""

    code: str
    language: str
    """What the language calls itself."""
    words: Mapping[str, str]
    months: tuple[str, ...]
    form_of_day: str
    first: str
    """How the first day of a month is written; `1` in most languages."""
    coded: Mapping[str, str]
    """`KIND-CODE` -> what the packs and the closed lists of a policy say in English; empty in English."""
    countries: Mapping[str, str]
    """ISO code -> name, where the language has one of its own."""

    def __call__(self, key: str, **parts: str) -> str:
        """The phrase with its parts filled in. Raises KeyError for a key that no pack has."""
        return self.words[key].format(**parts)

    def called(self, kind: str, code: str, english: str = "") -> str:
        """What a code of a kind (`channel`, `sms`) is called; where the language has no word, the English or itself."""
        return self.coded.get(f"{kind}-{code}") or english or code

    def day(self, value: date) -> str:
        """`31 December 2034`, as the language writes it."""
        number = self.first if value.day == 1 else value.day
        return self.form_of_day.format(day=number, month=self.months[value.month - 1], year=value.year)


def languages() -> tuple[str, ...]:
    """Codes of the languages that we have words in."""
    return tuple(
        sorted(entry.name.removesuffix(".yaml") for entry in _FOLDER.iterdir() if entry.name.endswith(".yaml"))
    )


@cache
def phrases(code: str) -> Phrases:
    """Our words in this language; `pt-BR` is served by `pt`, and one that we have no words in by English."""
    known = languages()
    found = next((each for each in (code, code.partition("-")[0]) if each in known), FALLBACK)
    raw = Raw.file(_FOLDER / f"{found}.yaml")
    months = raw.words("months")
    if len(months) != 12:  # noqa: PLR2004 - of a year
        raise PackError(f"{raw.where}: `months` must be twelve")
    table = raw.under("words")
    coded, countries = (raw.under(key) if key in raw.data else None for key in ("said", "countries"))
    return Phrases(
        code=found,
        language=raw.text("language"),
        words=_all(table),
        months=months,
        form_of_day=raw.text("day"),
        first=raw.text("first") if "first" in raw.data else "1",
        coded=_all(coded),
        countries=_all(countries),
    )


def _all(table: Raw | None) -> Mapping[str, str]:
    return MappingProxyType({key: table.text(key) for key in table.data} if table else {})

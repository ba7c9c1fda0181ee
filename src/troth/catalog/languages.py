"""packs/languages/: the words that Troth itself puts on a published notice, by language."""

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

    def __call__(self, key: str, **parts: str) -> str:
        """The phrase with its parts filled in. Raises KeyError for a key that no pack has."""
        return self.words[key].format(**parts)

    def day(self, value: date) -> str:
        """`31 December 2034`, as the language writes it."""
        return self.form_of_day.format(day=value.day, month=self.months[value.month - 1], year=value.year)


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
    return Phrases(
        code=found,
        language=raw.text("language"),
        words=MappingProxyType({key: table.text(key) for key in table.data}),
        months=months,
        form_of_day=raw.text("day"),
    )

"""Asks the catalog what a case asks, and gives the answer in the words that cases use."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from troth.catalog import Catalog, Ending, Ends, LawPack, WaitsFor, clock_end, earliest, together

CATALOG = Catalog.load()
LAW = files("troth") / "packs" / "law"
NONE = "none"

Ask = Mapping[str, Any]


def files_of_cases() -> dict[str, list[dict[str, Any]]]:
    """Every file of cases beside the packs, by its name below law/."""
    folders = {"": LAW / "cases"} | {f"{code}/": LAW / code / "cases" for code in CATALOG.laws}
    return {
        f"{name}{file.name}": _read(file)
        for name, folder in folders.items()
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
    }


def _read(file: Traversable) -> list[dict[str, Any]]:
    """Scalars stay texts: `NO` is Norway, and a day is read where a day is meant."""
    return list(yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.BaseLoader))


def answer(ask: Ask) -> Any:
    """What the catalog says."""
    return ASKED[ask["kind"]](ask)


def _packs(ask: Ask) -> tuple[LawPack, ...]:
    return CATALOG.regimes(ask["regimes"])


def _on(ask: Ask) -> date:
    return date.fromisoformat(ask["on"])


def _moment(text: str) -> date | datetime:
    if "T" not in text:
        return date.fromisoformat(text)
    moment, _, zone = text.partition(" ")
    return datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(zone))


def _events(ask: Ask) -> dict[str, date | datetime]:
    return {name: _moment(text) for name, text in ask["events"].items()}


def _ending(ending: Ending | None) -> str:
    if isinstance(ending, Ends):
        return ending.at.isoformat()
    return f"waits for {ending.event}" if isinstance(ending, WaitsFor) else "no number"


def _all(endings: Mapping[str, Ending]) -> dict[str, str]:
    told = {code: _ending(ending) for code, ending in endings.items()}
    return told | {"decides": _ending(earliest(endings.values()))} if told else {}


def _clock(ask: Ask) -> str:
    code, name = ask["clock"].split(" ")
    return _ending(clock_end(CATALOG.laws[code].clocks[name], _events(ask), ask.get("place", "")))


def _row(ask: Ask) -> Any:
    value: Any = getattr(CATALOG.laws[ask["pack"]], ask["table"]).get(ask["id"])
    if value is None:
        return NONE
    for name in ask["has"].split("."):
        value = getattr(value, name)
    return list(value) if isinstance(value, tuple) else str(value)


def _law(ask: Ask) -> str:
    return str(CATALOG.law(ask["code"], ask["regime"], _on(ask)) or NONE)


def _line(ask: Ask) -> str:
    lines = together.contents(_packs(ask), ask["name"], _on(ask))
    return next((", ".join(map(str, line.cites)) for line in lines if line.id == ask["id"]), NONE)


def _duty(ask: Ask) -> str:
    code, name = ask["duty"].split(" ")
    return str(CATALOG.laws[code].retention[name].until(date.fromisoformat(ask["event"]), _on(ask)) or NONE)


def _fate(ask: Ask) -> str:
    fate = together.fate(_packs(ask), ask["claims"], date.fromisoformat(ask["event"]), _on(ask))
    until = f" until {fate.until}" if fate.until else ""
    return f"{fate.then}{until}{' while ' if fate.not_ending_while else ''}{', '.join(fate.not_ending_while)}"


def _marketing(ask: Ask) -> Any:
    conditions = together.instead_of_consent(together.marketing(_packs(ask), ask["channel"], ask["to"], _on(ask)))
    return "consent" if conditions is None else sorted(conditions)


def _coverage(ask: Ask) -> dict[str, str]:
    found = together.coverage(_packs(ask), ask["country"], _on(ask))
    return {code: row.id if row else NONE for code, row in found.items()}


def _age(ask: Ask) -> str:
    found = together.age(_packs(ask), ask["country"], _on(ask), ask.get("about", "consent"))
    return str(found.years) if found else NONE


ASKED: Mapping[str, Callable[[Ask], Any]] = {
    "clock": _clock,
    "endings": lambda ask: _all(together.endings(_packs(ask), ask["right"], _events(ask), ask.get("place", ""))),
    "clock-endings": lambda ask: _all(
        together.clock_endings(_packs(ask), ask["clock"], _events(ask), ask.get("place", ""))
    ),
    "row": _row,
    "law": _law,
    "line": _line,
    "contents": lambda ask: [line.id for line in together.contents(_packs(ask), ask["name"], _on(ask))],
    "refusing": lambda ask: list(together.refusing(_packs(ask), ask["basis"])),
    "shown": lambda ask: together.shown(_packs(ask), ask["right"], ask["sensitive"]),
    "duty": _duty,
    "fate": _fate,
    "marketing": _marketing,
    "coverage": _coverage,
    "age": _age,
    "authorities": lambda ask: [each.id for each in together.authorities(_packs(ask), ask["area"])],
    "applying": lambda ask: [
        pack.code for pack in together.applying(_packs(ask), ask["established"], ask.get("residence"))
    ],
}

"""How facts stand in a table: one row a person, one column a fact. A column that is missing is a fact nobody knows.

    is.RELATIONSHIP              boolean   null: not known whether
    choice.ID                    boolean   null: never asked
    choice.ID.version            number    which wording; null: the first
    choice.ID.at                 moment    when; null: so long ago that whatever ends has ended
    choice.ID.confirmed          boolean   the message to their address was answered
    objects.PURPOSE[.CHANNEL]    boolean   null: not known; PURPOSE may be `marketing`, or `all`
    overruled.PURPOSE[.CHANNEL]  boolean   a person of the office found grounds against that objection
    event.ID                     moment    when it last happened; null: never
    matter.KIND                  boolean   null: not known
    since.RELATIONSHIP           moment
    with.RELATIONSHIP            boolean   known together with somebody in it
    told.HASH                    boolean   the notice of that version reached them
    erased                       boolean
    birth_year                   number
    residence, citizenship       text
    restrictions                 text      JSON, as `troth people` writes it; `[]`: none
    messages                     text      JSON, the same
    unknown                      text      facts that are not known in this row, `choices;events`

Of each kind one column is enough to make the fact known: what else is not named did not happen. Any other column is
none of the gate's business and is carried along. Pure: values come in, facts come out.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from troth.gate.prepared import Depends
from troth.model.question import ChoiceState, Facts, Objection, Restriction

_BEGIN, _TICK = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
MARKETING, ALL = "marketing", "all"
_KINDS = ("is", "choice", "objects", "overruled", "event", "matter", "since", "with", "told")
_SINGLE = ("erased", "birth_year", "residence", "citizenship", "restrictions", "messages")
UNKNOWN = "unknown"
_PARTS = ("version", "at", "confirmed")


@dataclass(frozen=True)
class Column:
    """A column that holds a fact."""

    name: str
    kind: str
    of: str = ""
    part: str = ""

    @property
    def is_moment(self) -> bool:
        """Whether its values are moments, read as microseconds since 1970 in UTC."""
        return self.kind in ("event", "since") or (self.kind == "choice" and self.part == "at")


def column(name: str) -> Column | None:
    """What a column holds, by its name; None for one that is none of ours."""
    if name in _SINGLE or name == UNKNOWN:
        return Column(name, name)
    kind, dot, rest = name.partition(".")
    if kind not in _KINDS or not dot or not rest:
        return None
    of, _, part = rest.partition(".")
    if kind == "choice":
        return Column(name, kind, of, part) if part in ("", *_PARTS) else None
    if kind in ("objects", "overruled"):
        return Column(name, kind, of, part)
    return Column(name, kind, rest)


_FACT = {"is": "relationships", "choice": "choices", "objects": "objections", "event": "events", "matter": "matters"}
_FACT |= {"with": "known_with", "overruled": "objections"}


def needed(names: Iterable[str], depends: Depends) -> tuple[Column, ...]:
    """The columns that an answer can hang on, of those that a table has."""
    found = (made for name in names if (made := column(name)) is not None)
    return tuple(made for made in found if _matters(made, depends))


def _matters(made: Column, depends: Depends) -> bool:
    if made.kind == UNKNOWN:
        return True
    if _FACT.get(made.kind, made.kind) not in depends.facts:
        return False
    if made.kind == "choice":
        return made.of in depends.choices and (made.part != "at" or depends.moment)
    if made.kind == "event":
        return made.of in depends.events
    if made.kind in ("is", "since"):
        return made.of in depends.relationships
    return made.kind != "matter" or made.of in depends.matters


@dataclass(frozen=True)
class Row:
    """Reads rows of values under these columns as facts."""

    columns: tuple[Column, ...]
    position: int = 0
    age_seconds: float = 0.0
    """How old the table is."""
    known: frozenset[str] = frozenset()
    """Kinds of columns that the table has at all, also where none of them matters here."""

    def facts(self, values: Sequence[Any]) -> Facts:
        """The facts of one situation. Raises ValueError for a value that is no such fact."""
        kinds: dict[str, dict[Column, Any]] = {}
        for made, value in zip(self.columns, values, strict=True):
            kinds.setdefault(made.kind, {})[made] = value
        facts = Facts(
            relationships=self._names("is", kinds),
            choices=_choices(kinds.get("choice", {})) if "choice" in self.known else None,
            objections=self._objections(kinds.get("objects", {}), kinds.get("overruled", {})),
            restrictions=_restrictions(_single(kinds, "restrictions")),
            residence=_single(kinds, "residence"),
            birth_year=_single(kinds, "birth_year"),
            erased=_single(kinds, "erased"),
            citizenship=_single(kinds, "citizenship"),
            events=_moments(kinds.get("event", {})) if "event" in self.known else None,
            matters=self._names("matter", kinds),
            messages=_messages(_single(kinds, "messages")),
            told=self._names("told", kinds),
            since=_moments(kinds.get("since", {})) if "since" in self.known else None,
            known_with=self._names("with", kinds),
            position=self.position,
            age_seconds=self.age_seconds,
        )
        unknown = _single(kinds, UNKNOWN)
        return replace(facts, **dict.fromkeys(_names_in(unknown))) if unknown else facts  # type: ignore[arg-type]

    def _names(self, kind: str, kinds: Mapping[str, Mapping[Column, Any]]) -> frozenset[str] | None:
        said = kinds.get(kind, {})
        if kind not in self.known or any(value is None for value in said.values()):
            return None
        return frozenset(made.of for made, value in said.items() if value is True)

    def _objections(self, said: Mapping[Column, Any], overruled: Mapping[Column, Any]) -> tuple[Objection, ...] | None:
        if "objects" not in self.known or any(value is None for value in said.values()):
            return None
        lost = {(made.of, made.part) for made, value in overruled.items() if value is True}
        return tuple(
            Objection(
                purpose="" if made.of in (MARKETING, ALL) else made.of,
                channel=made.part,
                marketing=made.of == MARKETING,
                at=LONG_AGO,
                event=0,
                overruled=(made.of, made.part) in lost,
            )
            for made, value in said.items()
            if value is True
        )


def reader(names: Iterable[str], depends: Depends, *, age_seconds: float, position: int = 0) -> Row:
    """Reads what matters of a table with these columns."""
    given = tuple(names)
    known = frozenset(made.kind for name in given if (made := column(name)) is not None)
    return Row(needed(given, depends), position, age_seconds, known)


_FACTS = frozenset(each.name for each in fields(Facts))


def _names_in(unknown: str) -> list[str]:
    names = [name.strip() for name in unknown.split(";") if name.strip()]
    if strange := [name for name in names if name not in _FACTS]:
        raise ValueError(f"`{strange[0]}` is no fact")
    return names


def _single(kinds: Mapping[str, Mapping[Column, Any]], name: str) -> Any:
    return next(iter(kinds.get(name, {}).values()), None)


def _choices(said: Mapping[Column, Any]) -> Mapping[str, ChoiceState]:
    parts = {(made.of, made.part): value for made, value in said.items()}
    return {
        name: ChoiceState(
            yes=value is True,
            version=parts.get((name, "version")) or 1,
            at=_moment(parts.get((name, "at"))) or LONG_AGO,
            event=0,
            confirmed=parts.get((name, "confirmed")) is True,
        )
        for (name, part), value in parts.items()
        if not part and value is not None
    }


def _moments(said: Mapping[Column, Any]) -> Mapping[str, datetime]:
    return {made.of: moment for made, value in said.items() if (moment := _moment(value)) is not None}


def _moment(value: Any) -> datetime | None:
    return None if value is None else _BEGIN + int(value) * _TICK


def _loaded(text: Any, make: Callable[[Mapping[str, Any]], Any]) -> tuple[Any, ...] | None:
    if text is None:
        return None
    said = json.loads(text)
    if not isinstance(said, list):
        raise ValueError("a list was expected")  # noqa: TRY004 - one kind of error for whoever reads a table
    return tuple(make(each) for each in said)


def _restrictions(text: Any) -> tuple[Restriction, ...] | None:
    return _loaded(
        text,
        lambda said: Restriction(
            elements=frozenset(said["elements"]),
            open_to=frozenset(said["open_to"]),
            ground=str(said["ground"]),
            law=str(said.get("law", "")),
            until=date.fromisoformat(said["until"]) if said.get("until") else None,
            event=0,
        ),
    )


def _messages(text: Any) -> Mapping[tuple[str, str], tuple[datetime, ...]] | None:
    found = _loaded(
        text,
        lambda said: (
            (str(said["purpose"]), str(said["channel"])),
            tuple(datetime.fromisoformat(at) for at in said["at"]),
        ),
    )
    return None if found is None else dict(found)


def row_of(facts: Facts) -> dict[str, Any]:
    """The columns of one person, as `Row.facts` reads them. A fact that is not known has no column."""
    row: dict[str, Any] = {}
    for kind, names in (("is", facts.relationships), ("matter", facts.matters), ("told", facts.told)):
        row |= {f"{kind}.{name}": True for name in names or ()}
    row |= {f"with.{name}": True for name in facts.known_with or ()}
    for name, state in (facts.choices or {}).items():
        parts = {"": state.yes, ".version": state.version, ".at": state.at, ".confirmed": state.confirmed}
        row |= {f"choice.{name}{part}": value for part, value in parts.items()}
    stands: dict[str, bool] = {}
    for objection in facts.objections or ():
        for of in _reach(objection):
            stands[of] = stands.get(of, False) or not objection.overruled
    row |= {f"objects.{of}": True for of in stands}
    row |= {f"overruled.{of}": True for of, standing in stands.items() if not standing}
    row |= {f"event.{name}": at for name, at in (facts.events or {}).items()}
    row |= {f"since.{name}": at for name, at in (facts.since or {}).items()}
    for name in ("erased", "birth_year", "residence", "citizenship"):
        row |= {} if getattr(facts, name) is None else {name: getattr(facts, name)}
    if facts.restrictions is not None:
        row["restrictions"] = json.dumps([_restriction(each) for each in facts.restrictions], sort_keys=True)
    if facts.messages is not None:
        said = [
            {"purpose": purpose, "channel": channel, "at": [at.isoformat() for at in moments]}
            for (purpose, channel), moments in sorted(facts.messages.items())
        ]
        row["messages"] = json.dumps(said)
    return row


def _reach(objection: Objection) -> Iterator[str]:
    """What an objection covers, as columns name it."""
    channel = f".{objection.channel}" if objection.channel else ""
    if objection.marketing:
        yield f"{MARKETING}{channel}"
    if objection.purpose or not objection.marketing:
        yield f"{objection.purpose or ALL}{channel}"


def _restriction(said: Restriction) -> dict[str, object]:
    return {
        "elements": sorted(said.elements),
        "open_to": sorted(said.open_to),
        "ground": said.ground,
        "law": said.law,
        "until": said.until.isoformat() if said.until else None,
    }

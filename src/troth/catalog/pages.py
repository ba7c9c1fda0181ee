"""The reference page of the law packs, made from the packs themselves.

`python -m troth.catalog.pages docs/reference/law-packs.md` writes its tables anew; a test compares them with what
stands there.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from troth.catalog.catalog import Catalog
from troth.catalog.clocks import Clock, Start
from troth.catalog.nouns import Cite
from troth.catalog.pack import LAW_KEYS, LawPack
from troth.catalog.topics import CITE_KEYS, TOPICS

Row = Sequence[object]


def with_tables(page: str) -> str:
    """The page with everything between its markers written anew. Raises ValueError for a marker that is missing."""
    packs = tuple(Catalog.load().laws.values())
    for name, table in TABLES.items():
        begin, end = f"<!-- {name} -->\n", "<!-- end -->"
        if begin not in page:
            raise ValueError(f"the page has no place for {name}")
        before, rest = page.split(begin, 1)
        page = f"{before}{begin}\n{table(packs)}\n{end}{rest.split(end, 1)[1]}"
    return page


def _packs(packs: Sequence[LawPack]) -> str:
    return _table(
        ("pack", "law", "since", "beside", "values", "checked by"),
        (
            (
                f"`{pack.code}`",
                f"[{pack.says}]({pack.source})",
                pack.in_force_from,
                f"`{pack.beside}`" if pack.beside else "",
                sum(len(pack.topic(table)) for table in TOPICS),
                pack.checked,
            )
            for pack in packs
        ),
    )


def _counts(packs: Sequence[LawPack]) -> str:
    return _table(
        ("", *(f"`{pack.code}`" for pack in packs)),
        ((f"`{table}`", *(len(pack.topic(table)) or "" for pack in packs)) for table in TOPICS),
    )


def _clocks(packs: Sequence[LawPack]) -> str:
    rows = (
        (
            f"`{pack.code} {clock.id}`",
            clock.says,
            "; then ".join(map(_start, clock.starts)),
            clock.period or "no number",
            _counting(clock),
            _where(clock.cite),
        )
        for pack in packs
        for clock in pack.clocks.values()
    )
    return _table(("clock", "for", "runs from the latest of", "period", "counting", "where"), rows)


def _start(start: Start) -> str:
    within = f" within {start.within}" if start.within else ""
    return f"`{start.event}`" + (f" if `{start.after}`{within}" if start.after else "")


def _counting(clock: Clock) -> str:
    said = []
    if clock.period and clock.period.unit != "hours":
        said += ["first day counted"] if clock.first_day_counted else []
        said += ["moves to a working day"] if clock.moves else ["does not move"]
    said += [f"without `{pause.begins}` to `{pause.ends}`" for pause in clock.not_counted]
    said += [f"{clock.extension.period} more if told in time"] if clock.extension else []
    said += [f"no later than `{event}`" for event in clock.no_later_than]
    return ", ".join(said)


def _duties(packs: Sequence[LawPack]) -> str:
    rows = (
        (
            f"`{pack.code} {duty.id}`",
            duty.says + (f" ({duty.who})" if duty.who else ""),
            f"{period.years} years from the {'end of the year' if period.starts == 'end-of-year' else 'event'}",
            period.valid_from,
            period.valid_to or "",
            duty.citation + _doubt(duty.cite),
        )
        for pack in packs
        for duty in pack.retention.values()
        for period in duty.periods
    )
    return _table(("duty", "what", "how long", "from", "to", "where"), rows)


def _adequate(packs: Sequence[LawPack]) -> str:
    rows = (
        (f"`{pack.code}`", row.says, row.only, row.cite.in_force_from, row.cite.in_force_to or "", _where(row.cite))
        for pack in packs
        for row in pack.adequate.values()
    )
    return _table(("pack", "country", "only", "from", "to", "where"), rows)


def _authorities(packs: Sequence[LawPack]) -> str:
    rows = (
        (f"`{row.id}`", f"[{row.says}]({row.site})", row.area, row.of, row.address, row.phone)
        for pack in packs
        for row in pack.authorities.values()
    )
    return _table(("authority", "name", "for", "bodies", "address", "telephone"), rows)


def _unsure(packs: Sequence[LawPack]) -> str:
    rows = (
        (f"`{pack.code}`", f"`{table} {name}`", cite.sure or "note", cite.note)
        for pack in packs
        for table in TOPICS
        for name, row in pack.topic(table).items()
        if (cite := row if isinstance(row, Cite) else row.cite).sure or cite.note
    )
    return _table(("pack", "value", "how sure", "what to know"), rows)


def _keys(_: Sequence[LawPack]) -> str:
    return "\n".join(_key_tables())


def _key_tables() -> Iterator[str]:
    yield "`law.yaml`, the head of a pack:\n"
    yield _table(("key", "what it says"), ((f"`{key}`", says) for key, says in LAW_KEYS.items()))
    yield "In every row of every table, in the head of its file, or else in `law.yaml`:\n"
    yield _table(("key", "what it says"), ((f"`{key}`", says) for key, says in CITE_KEYS.items()))
    yield "And by table (rows have `says` too, except in `cites`):\n"
    yield _table(
        ("file", "table", "key", "what it says"),
        (
            (f"`{topic.file}`", f"`{topic.table}`", f"`{key}`" if key else "", says)
            for topic in TOPICS.values()
            for key, says in {"": topic.says, **topic.keys}.items()
        ),
    )


def _where(cite: Cite) -> str:
    return f"[{cite}]({cite.source}){_doubt(cite)}"


def _doubt(cite: Cite) -> str:
    said = [word for word in (cite.status if cite.status != "in-force" else "", cite.sure) if word]
    return f" ({', '.join(said)})" if said else ""


def _table(heads: Sequence[str], rows: Iterable[Row]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(str(cell).replace('|', '/') for cell in line)} |\n" for line in lines)


TABLES: Mapping[str, Callable[[Sequence[LawPack]], str]] = {
    "packs": _packs,
    "counts": _counts,
    "clocks": _clocks,
    "duties": _duties,
    "adequate": _adequate,
    "authorities": _authorities,
    "unsure": _unsure,
    "keys": _keys,
}
"""By the marker in the page."""


if __name__ == "__main__":  # pragma: no cover
    path = Path(sys.argv[1])
    path.write_text(with_tables(path.read_text(encoding="utf-8")), encoding="utf-8")

"""A record: what somebody has to be able to hand over. Rows on sheets, described once for page, CSV and JSON."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from troth.catalog.languages import FALLBACK, Phrases, phrases
from troth.show.blocks import Block, Blocks, Heading, Lines, Pairs, Para, Table, Tone
from troth.show.package import inert

Cell = tuple[str, ...]
"""What stands at one place: nothing, a text, or several. A day stands there as ISO."""
Row = Mapping[str, Cell]
"""Column id -> cell."""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
NARROW = 5
"""More columns than this make a table that nobody reads: each row then stands by itself, as labels with values."""


@dataclass(frozen=True)
class Column:
    """One thing that is said of each row."""

    id: str
    heading: str
    many: bool = False
    """A list for machines, however many there are; else one text."""
    hidden: bool = False
    """For machines alone: the id of what the row is about."""


@dataclass(frozen=True)
class Sheet:
    """Rows of one kind."""

    id: str
    says: str
    asks: str
    """What it answers, in a sentence."""
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    empty: str
    """The sentence that stands there if there is no row."""
    title: str = ""
    """Column that names a row, where rows stand by themselves."""
    group: str = ""
    """Column under whose value rows stand together; rows come in that order."""


@dataclass(frozen=True)
class Record:
    """The whole, with what holds for all of it."""

    id: str
    title: str
    head: tuple[tuple[str, str, Cell], ...]
    """(id, label, values): who answers, since when."""
    sheets: tuple[Sheet, ...]
    language: str = FALLBACK
    """In which it is written: days in it are words."""
    attention: Lines | None = None
    """What somebody has to see to."""


def row(**cells: str | Sequence[str]) -> Row:
    """A row from texts and lists of texts; `_` in a name stands for `-`, and empty texts are nothing."""
    return {
        name.replace("_", "-"): tuple(filter(None, (cell,) if isinstance(cell, str) else cell))
        for name, cell in cells.items()
    }


def blocks(record: Record) -> Blocks:
    """The record for people."""
    say = phrases(record.language)
    said = [(label, _told((value,), say)) for _, label, values in record.head for value in values]
    found: list[Block] = [Heading(record.title), Pairs(said)]
    if record.attention and record.attention.items:
        found += [Heading(say("to-be-seen-to"), 2), record.attention]
    for sheet in record.sheets:
        found += [Heading(sheet.says, 2), *_sheet(sheet, say)]
    return tuple(found)


def as_json(record: Record) -> dict[str, Any]:
    """The record for machines: each cell by the id of its column."""
    return {
        "record": record.id,
        "title": record.title,
        **{name: _joined(values) for name, _, values in record.head},
        **{
            sheet.id: {
                "says": sheet.says if sheet.rows else sheet.empty,
                "rows": [
                    {column.id: _value(line[column.id], many=column.many) for column in sheet.columns}
                    for line in sheet.rows
                ],
            }
            for sheet in record.sheets
        },
    }


def as_csv(record: Record, part: str) -> str:
    """One sheet, one line for each row, each with the head of the record. No spreadsheet finds a formula in it."""
    chosen = next(sheet for sheet in record.sheets if sheet.id == part)
    head = [(name, _joined(values)) for name, _, values in record.head]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([*(column.id for column in chosen.columns), *(name for name, _ in head)])
    for line in chosen.rows:
        cells = [_joined(line[column.id]) for column in chosen.columns]
        writer.writerow([inert(cell) for cell in (*cells, *(value for _, value in head))])
    return out.getvalue()


def _sheet(sheet: Sheet, say: Phrases) -> Iterator[Block]:
    if not sheet.rows:
        yield Para(sheet.empty, Tone.QUIET)
        return
    if not _fits(sheet):
        yield Para(sheet.asks, Tone.QUIET)
    for name, group in groupby(sheet.rows, lambda line: _joined(line[sheet.group]) if sheet.group else ""):
        if name:
            yield Heading(name, 3)
        yield from _rows(sheet, list(group), say)


def _rows(sheet: Sheet, rows: Sequence[Row], say: Phrases) -> Iterator[Block]:
    shown = _shown(sheet)
    if _fits(sheet):
        yield Table(
            sheet.asks,
            [column.heading for column in shown],
            [[_told(line[column.id], say) for column in shown] for line in rows],
        )
        return
    for line in rows:
        yield Heading(_joined(line[sheet.title]), 4 if sheet.group else 3)
        told = [column for column in shown if column.id != sheet.title and line[column.id]]
        yield Pairs([(column.heading, _told(line[column.id], say)) for column in told])


def _shown(sheet: Sheet) -> list[Column]:
    return [column for column in sheet.columns if not column.hidden and column.id != sheet.group]


def _fits(sheet: Sheet) -> bool:
    return len(_shown(sheet)) <= NARROW


def _told(cell: Cell, say: Phrases) -> str:
    """A cell as a person reads it: days in words, which are ISO for machines."""
    return _joined(tuple(say.day(date.fromisoformat(text)) if _DAY.fullmatch(text) else text for text in cell))


def _joined(cell: Cell) -> str:
    return "; ".join(cell)


def _value(cell: Cell, *, many: bool) -> str | list[str]:
    return list(cell) if many else _joined(cell)

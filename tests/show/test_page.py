"""The page of the records names every kind, form, part and column there is, and no other."""

import re
from pathlib import Path

from tests.show.makes import library, record

from troth.catalog.languages import phrases
from troth.edges.cli.records import READ
from troth.show.records import transfers
from troth.show.records.kinds import EXPORTS, RECORDS

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "records.md").read_text(encoding="utf-8")
STATUSES = (
    transfers.IN_FORCE, transfers.ADEQUATE, transfers.LOOK, transfers.WORDS, transfers.NOT_YET, transfers.ENDED,
    transfers.UNSIGNED, transfers.ELSEWHERE, transfers.NOTHING,
)  # fmt: skip


def rows(after: str) -> list[list[str]]:
    """The cells of the first table after some words."""
    table = re.search(r"(?:^\|.*\n)+", PAGE.partition(after)[2], re.MULTILINE)
    assert table
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[0].splitlines()[2:]]


def test_every_kind_stands_there_with_its_forms() -> None:
    """The table at the top."""
    said = {kind.strip("`"): forms.split(", ") for kind, _, forms in rows("# Records")}
    forms = {kind: [form.value for form in READ] for kind in RECORDS}
    assert said == forms | {kind: list(export.forms) for kind, export in EXPORTS.items()}


def test_every_column_stands_there() -> None:
    """Of every part of every record, in its order."""
    said = [
        (*map(str, (kind, part)), re.findall(r"`([^`]+)`", columns)) for kind, part, columns in rows("## What each")
    ]
    made = [
        (f"`{kind}`", f"`{sheet.id}`", [column.id for column in sheet.columns])
        for kind in RECORDS
        for sheet in record(library(), kind).sheets
    ]
    assert said == made


def test_the_head_stands_there() -> None:
    """Every id that a head has."""
    named = set(re.findall(r"`([a-z-]+)`", PAGE.partition("## What each")[2].partition("\n| kind")[0]))
    heads = {name for kind in RECORDS for name, _, _ in record(library(), kind).head}
    assert heads <= named


def test_every_status_stands_there() -> None:
    """From the best to the worst, as they are judged."""
    words = [phrases("en")(f"stands-{code}") for code in STATUSES]
    assert [status.strip("`") for status, _ in rows("## How a transfer stands")] == words

"""What records say when there is nothing, in other languages, of hostile words, and of law that nobody checked."""

import csv
import io
import json
import re
import shutil
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import pytest
import yaml
from tests.policy.little import MINI
from tests.show.makes import changed, compiled, copy_of_library, everything, forms, library, record

from troth.catalog import Catalog
from troth.catalog.catalog import read_packs
from troth.show.html import page
from troth.show.records.kinds import EXPORTS, RECORDS
from troth.show.records.record import Record, as_csv, as_json, blocks

# --- Nothing ----------------------------------------------------------------------------------------------------------

EMPTY = {
    "article-30": {"processor": "Nothing is done for others", "measures": "No measure is declared."},
    "transfers": {"transfers": "No transfer is declared", "safeguards": "No safeguard is declared."},
    "recipients": {"recipients": "No recipient is declared"},
    "trackers": {"trackers": "No tracker is declared", "categories": "No category of trackers is declared."},
}


@pytest.mark.parametrize("kind", RECORDS)
def test_what_is_empty_says_so(kind: str, tmp_path: Path) -> None:
    """In a sentence for people and machines; a library with these things does not say it."""
    folder = Path(shutil.copytree(MINI, tmp_path / "policy"))
    (folder / "recipients.yaml").unlink()
    for file, words in {
        "notice/en.md": ", recipient:mailer",
        "stores/lending.yaml": "    recipients: mailer\n",
    }.items():
        path = folder / file
        assert words in path.read_text(encoding="utf-8")
        path.write_text(path.read_text(encoding="utf-8").replace(words, ""), encoding="utf-8")
    bare, full = record(compiled(folder), kind), record(library(), kind)
    said = {sheet.id: sheet.empty for sheet in bare.sheets if not sheet.rows}
    assert {name: words for name, words in EMPTY[kind].items() if not said[name].startswith(words)} == {}
    assert said.keys() == EMPTY[kind].keys()
    for name, words in said.items():
        assert as_json(bare)[name] == {"says": words, "rows": []}
        assert all(words in forms(bare)[form].replace("\n", " ") for form in ("page", "plain"))
        assert words not in forms(full)["page"]
        assert len(as_csv(bare, name).splitlines()) == 1


# --- Languages --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", RECORDS)
def test_words_stand_in_the_language_asked_for(kind: str) -> None:
    """What the policy says in German stands there instead of the English, and what it says once stands as it is."""
    english, german = (forms(record(library(), kind, language)) for language in ("en", "de"))
    pairs = {
        "article-30": ("The book festival", "Das Bücherfest"),
        "transfers": ("The clauses with Tidecount", "Die Klauseln mit Tidecount"),
        "recipients": ("Pages and times", "Seiten und Zeiten"),
        "trackers": ("Remembers your basket", "Merkt sich den Korb"),
    }
    for form in english:
        first, second = pairs[kind]
        assert first in english[form]
        assert second not in english[form]
        assert second in german[form]
        assert first not in german[form]
    assert forms(record(library(), kind)) == english


def test_what_was_said_in_one_language_stands_in_all() -> None:
    """`Notes of the desk` has no German, and is not lost."""
    assert "Notes of the desk" in forms(record(library(), "article-30", "de"))["plain"]


# --- Hostile words ----------------------------------------------------------------------------------------------------

HOSTILE = "=cmd|' /C calc'!A0<script>alert(1)</script>\u202e\"; drop"
FILES = {
    "purposes.yaml": "Lending you books",
    "activities.yaml": "The website",
    "recipients.yaml": "Tidecount",
    "transfers.yaml": "The clauses with Tidecount",
    "trackers.yaml": "Tells one visit from another",
    "measures.yaml": "Disks are encrypted",
    "spaces.yaml": "Harbour School",
    "elements.yaml": "Pages and times",
    "organisation.yaml": "1 Quay Street, Elverhaven",
    "retention.yaml": "Vouchers for paid fees stay for eight years after the year's end",
}


class _Tags(HTMLParser):
    """The elements of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.found.add(tag)


def hostile(folder: Path) -> Path:
    """The library, with hostile words in all places of FILES."""
    path = copy_of_library(folder)
    for name, words in FILES.items():
        text = (path / name).read_text(encoding="utf-8")
        assert words in text
        (path / name).write_text(text.replace(words, json.dumps(HOSTILE)), encoding="utf-8")
    return path


@pytest.mark.parametrize("kind", RECORDS)
def test_hostile_words_stay_words(kind: str, tmp_path: Path) -> None:
    """No tag more than the page has anyhow, no turned direction, no formula; JSON gives the words back."""
    made, plain_one = record(compiled(hostile(tmp_path)), kind), record(library(), kind)
    found = forms(made)
    tags, usual = _Tags(), _Tags()
    tags.feed(found["page"])
    usual.feed(page(plain_one.title, blocks(plain_one)))
    assert tags.found == usual.found
    assert "&lt;script&gt;" in found["page"]
    assert "\u202e" not in found["page"] + found["plain"] + found["json"]
    assert HOSTILE in json.dumps(json.loads(found["json"]), ensure_ascii=False).replace('\\"', '"')
    cells = [cell for sheet in made.sheets for line in csv.reader(io.StringIO(as_csv(made, sheet.id))) for cell in line]
    assert f"'{HOSTILE}" in cells or any(HOSTILE in cell for cell in cells)
    assert [cell for cell in cells if cell[:1] in "=+-@\t\r" and cell] == []


def test_a_formula_of_its_own_is_quoted(tmp_path: Path) -> None:
    """The control of the one above: a cell that is nothing but the words begins with an apostrophe."""
    made = record(compiled(hostile(tmp_path)), "recipients")
    assert f"'{HOSTILE}" in next(csv.reader(io.StringIO(as_csv(made, "recipients").partition("\n")[2])))


def test_exports_keep_hostile_words(tmp_path: Path) -> None:
    """They come back as they were, and none of their bytes turns a reader's terminal."""
    found = everything(compiled(hostile(tmp_path)))
    for kind, export in EXPORTS.items():
        for form in export.forms:
            text = found[kind, form]
            assert "\u202e" not in text
            read = json.loads(text) if form == "json" else yaml.safe_load(text)
            assert HOSTILE in json.dumps(read, ensure_ascii=False).replace('\\"', '"')


# --- Law --------------------------------------------------------------------------------------------------------------

LAW = re.compile(r"(?:GDPR|Decision [^;]*?/[^;]*?|Section) (?:Art\. )?\d+(?:\(\w+\))*")
BY_NOBODY = "checked: by nobody"


def cells(made: Record) -> list[str]:
    """Every text of a record: the head and each single value."""
    head = [value for _, _, values in made.head for value in values]
    return head + [value for sheet in made.sheets for line in sheet.rows for cell in line.values() for value in cell]


@pytest.mark.parametrize("kind", RECORDS)
def test_law_that_nobody_checked_says_so(kind: str) -> None:
    """Every value that cites a law, wherever it stands."""
    legal = [cell for cell in cells(record(library(), kind)) if LAW.search(cell) or cell.startswith("GDPR")]
    assert legal
    assert [cell for cell in legal if BY_NOBODY not in cell] == []


def packs_checked_by_ada(folder: Path) -> Catalog:
    """The installed packs, as if somebody had compared all of them."""
    packs = Path(shutil.copytree(str(files("troth") / "packs"), folder / "packs"))
    for path in packs.rglob("law.yaml"):
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("checked: nobody", "checked: Ada, 2026-02-02"), encoding="utf-8")
    return read_packs(packs)


@pytest.mark.parametrize("kind", RECORDS)
def test_law_that_somebody_checked_says_who(kind: str, tmp_path: Path) -> None:
    """The control: the words come from the packs and the policy, not from us."""
    policy, catalog = library(), packs_checked_by_ada(tmp_path)
    rules = {name: replace(rule, checked="Bo, 2026-03-03") for name, rule in policy.retentions.items()}
    made = record(replace(policy, retentions=rules), kind, catalog=catalog)
    assert [cell for cell in cells(made) if BY_NOBODY in cell] == []
    assert any("checked: by Ada, 2026-02-02" in cell for cell in cells(made))
    if kind == "article-30":
        assert any("checked: by Bo, 2026-03-03" in cell for cell in cells(made))


# --- Article 30 -------------------------------------------------------------------------------------------------------


def test_each_purpose_stands_in_each_of_its_activities() -> None:
    """Under our own responsibility once for each activity, untied ones once, those of a processor only for others."""
    rows = as_json(record(library(), "article-30"))["controller"]["rows"]
    pairs = [(one["activity-id"], one["purpose-id"]) for one in rows]
    policy = library()
    wanted = {
        (activity, purpose.id)
        for purpose in policy.purposes.values()
        for activity in purpose.activities or ("",)
        if activity != "catalogue-service"
    }
    assert len(pairs) == len(set(pairs))
    assert set(pairs) == wanted


def test_what_the_law_asks_is_answered_in_every_line() -> None:
    """Each point of Art. 30(1) has a column, and no line leaves one blank: `none` and `nobody` are said."""
    (pack,) = [pack for pack in Catalog.load().regimes(["gdpr"]) if "processing-record" in pack.contents]
    sheet = record(library(), "article-30").sheets[0]
    for item in pack.contents["processing-record"].items:
        letter = item.cite.article[-3:]
        columns = [column.id for column in sheet.columns if column.heading.endswith(letter)]
        assert columns, item.id
        assert all(line[column] for column in columns for line in sheet.rows if line["purpose-id"])


def test_a_recipient_of_one_activity_stands_in_no_other(tmp_path: Path) -> None:
    """It gets data in the shop alone, although the purpose is carried out on the website too."""
    limited = {
        "recipients.yaml": {"    for: newsletter\n": "    for: [newsletter, lending]\n    activities: website\n"}
    }
    rows = as_json(record(changed(tmp_path, limited), "article-30"))["controller"]["rows"]
    told = {one["activity-id"]: " ".join(one["recipients"]) for one in rows if one["purpose-id"] == "lending"}
    assert "Quillpost" in told["website"]
    assert "Quillpost" not in told["desk"]


@pytest.mark.parametrize("kind", RECORDS)
def test_no_two_things_have_one_name(kind: str) -> None:
    """A machine that reads CSV by column names, or JSON by keys, loses nothing; each row has exactly its columns."""
    made = record(library(), kind)
    head = [name for name, _, _ in made.head]
    top = ["record", "title", *head, *(sheet.id for sheet in made.sheets)]
    assert len(set(top)) == len(top)
    for sheet in made.sheets:
        names = [*(column.id for column in sheet.columns), *head]
        assert len(set(names)) == len(names)
        assert [line for line in sheet.rows if line.keys() != {column.id for column in sheet.columns}] == []
        assert {sheet.title, sheet.group} - {""} <= set(names)


def test_conditions_are_told_in_words(tmp_path: Path) -> None:
    """Of a purpose beside its people, of a recipient among what it may get data under; and without them, none."""
    limited = {
        "purposes.yaml": {
            "    for: reader\n    uses: visit\n": "    for: reader\n    where: {residence: PT}\n    uses: visit\n"
        },
        "recipients.yaml": {
            "    needs-choice: measuring\n": "    needs-choice: measuring\n    only-where:\n"
            "      {residence: PT, citizenship: ES, relationship: reader, activity: website, channel: web,\n"
            "       element: visit, younger-than: 30}\n    fields-exactly: true\n"
        },
    }
    policy = changed(tmp_path, limited)
    people = {one["purpose-id"]: one["people"] for one in as_json(record(policy, "article-30"))["controller"]["rows"]}
    assert people["measuring"] == ["Reader", "of people in Portugal"]
    assert people["newsletter"] == ["Reader"]
    told = {
        one["recipient-id"]: one["conditions"] for one in as_json(record(policy, "recipients"))["recipients"]["rows"]
    }
    assert told["counter"] == [
        "activity: The website", "of people in Portugal", "of citizens of Spain", "relationship: Reader",
        "over On our pages while you are there", "element: Pages and times", "of people below 30",
        "after a yes to “Yes, count my visits.”", "these fields and no other",
    ]  # fmt: skip
    assert told["mailer"] == []

"""`troth records`: every kind in every form it has, and words for whatever cannot be."""

import csv
import io
import json
from collections.abc import Sequence

import pytest
import yaml
from tests.show.makes import DAY, LIBRARY
from typer.testing import CliRunner, Result

from troth.edges.cli.main import program
from troth.edges.cli.records import READ, Form
from troth.show.records.kinds import EXPORTS, RECORDS

INVALID = 3


def ran(*words: str) -> Result:
    """The command, on the library as of a fixed day."""
    kind, *options = words
    return CliRunner().invoke(program(), ["records", kind, str(LIBRARY), "--on", DAY.isoformat(), *options])


@pytest.mark.parametrize(
    ("kind", "form"),
    [*((kind, form.value) for kind in RECORDS for form in READ)]
    + [(kind, form) for kind, export in EXPORTS.items() for form in export.forms],
)
def test_every_kind_in_every_form(kind: str, form: str) -> None:
    """It ends well, and what it prints is of that form and about this library."""
    done = ran(kind, "--format", form)
    assert (done.exit_code, done.exception) == (0, None)
    assert "Harbour Library" in done.stdout
    match form:
        case "json":
            assert json.loads(done.stdout)
        case "yaml":
            assert yaml.safe_load(done.stdout)
        case "csv":
            first, *lines = csv.reader(io.StringIO(done.stdout))
            assert lines
            assert {len(line) for line in lines} == {len(first)}
        case "html":
            assert done.stdout.startswith("<!doctype html>")


def test_the_first_form_of_an_export_is_the_usual_one() -> None:
    """Without an option: JSON-LD, and YAML."""
    for kind, export in EXPORTS.items():
        assert ran(kind).stdout == ran(kind, "--format", next(iter(export.forms))).stdout


def test_csv_tells_which_parts_there_are() -> None:
    """One part at a time; the others are named with their rows, and what is chosen is told no more."""
    first, second = ran("article-30", "--format", "csv"), ran("article-30", "--format", "csv", "--part", "processor")
    assert "processor (1 row)" in first.stderr
    assert "Harbour School" in second.stdout
    assert "Harbour School" not in first.stdout
    assert second.stderr == ""


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["ropa"], "no-such-record", "article-30, transfers, recipients, trackers, dpv, fideslang"),
        (["dpv", "--format", "csv"], "no-such-form", "json"),
        (["article-30", "--format", "yaml"], "no-such-form", "human, plain, html, csv, json"),
        (["article-30", "--format", "csv", "--part", "ours"], "no-such-part", "controller, processor"),
        (["article-30", "--language", "fr"], "no-such-language", "en, de"),
        (["transfers", "--on", "tomorrow"], "no-such-day", "YYYY-MM-DD"),
    ],
)
def test_what_cannot_be_is_told(words: Sequence[str], code: str, said: str) -> None:
    """With a stable code, what there is instead, and the exit code of an invalid declaration."""
    done = ran(*words)
    assert done.exit_code == INVALID
    assert code in done.stderr
    assert said in " ".join(done.stderr.split())
    assert done.stdout == ""


def test_every_form_is_read_or_an_exports() -> None:
    """No form is offered that nothing is written in."""
    assert {form.value for form in Form} == {form.value for form in READ} | {
        f for one in EXPORTS.values() for f in one.forms
    }


def test_days_are_iso_for_machines_and_words_for_people() -> None:
    """The same register."""
    rows = json.loads(ran("transfers", "--format", "json").stdout)["transfers"]["rows"]
    assert rows[0]["signed"] == ["2025-05-06"]
    assert "2025-05-06" in ran("transfers", "--format", "csv").stdout
    told = ran("transfers", "--format", "plain").stdout
    assert "6 May 2025" in told
    assert "2025-05-06" not in told

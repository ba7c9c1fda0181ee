"""How a transfer stands on a day: a paper counts between signature and last day, and reaches where it says."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.show.makes import DAY, changed, library, record

from troth.catalog import Catalog
from troth.policy.section import ADEQUACY, brought_by
from troth.policy.sections.transfers import SIGNED
from troth.show.records.record import as_json, blocks
from troth.show.terminal import plain

CLAUSES = "mechanism: scc\n    signed: 2025-05-06\n    until: 2028-05-05"
SITS, WORDS = "    country: US\n    stored-in: [US, CA]\n", "    safeguards: tide-clauses\n"


def standing(folder: Path, changes: Mapping[str, Any], day: date = DAY) -> dict[str, str]:
    """Country code -> status of the transfers to Tidecount."""
    policy = changed(folder, changes) if changes else library()
    rows = as_json(record(policy, "transfers", day=day))["transfers"]["rows"]
    return {one["country-code"]: one["status"] for one in rows if one["recipient-id"] == "counter"}


def safeguard(words: str) -> dict[str, Any]:
    """The library with another safeguard."""
    return {"transfers.yaml": {CLAUSES: words}}


@pytest.mark.parametrize(
    ("day", "status"),
    [
        (date(2025, 5, 5), "to be looked at"),  # not yet signed; what is left is an adequacy that is only partial
        (date(2025, 5, 6), "in force"),
        (date(2028, 5, 5), "in force"),
        (date(2028, 5, 6), "to be looked at"),
    ],
)
def test_a_paper_counts_between_its_days(day: date, status: str, tmp_path: Path) -> None:
    """Both days included; outside them nothing but the adequacy decision is left."""
    assert standing(tmp_path, {}, day) == {"US": status, "CA": status}


@pytest.mark.parametrize(
    ("country", "day", "status"),
    [
        ("IN", date(2025, 5, 5), "not yet"),
        ("IN", date(2028, 5, 6), "ended"),
        ("IN", DAY, "in force"),
        ("CH", date(2028, 5, 6), "adequate"),
        ("GB", date(2031, 12, 27), "adequate"),
        ("GB", date(2031, 12, 28), "ended"),
    ],
)
def test_where_no_decision_helps_the_paper_decides(country: str, day: date, status: str, tmp_path: Path) -> None:
    """A country without a decision, one with, and one whose decision has a last day."""
    moved = {"recipients.yaml": {SITS: f"    country: {country}\n"}}
    assert standing(tmp_path, moved, day) == {country: status}


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (f"{CLAUSES}\n    countries: IN", "in force"),
        (f"{CLAUSES}\n    parties: counter", "in force"),
        ("mechanism: explicit-consent\n    choice: measuring", "to be looked at"),
        ("mechanism: idta\n    signed: 2025-05-06", "to be looked at"),
        ("mechanism: bcr\n    signed: 2025-05-06", "in force"),
    ],
)
def test_a_safeguard_as_it_is_declared(words: str, status: str, tmp_path: Path) -> None:
    """Single occasions, and mechanisms that the law does not list, are looked at by somebody."""
    moved = {"recipients.yaml": {SITS: "    country: IN\n"}}
    assert standing(tmp_path, moved | safeguard(words)) == {"IN": status}


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ({"countries": frozenset({"US"})}, "does not reach there"),
        ({"parties": ("mailer",)}, "does not reach there"),
        ({"signed": ""}, "not signed"),
        ({"assessment": "assessments/tide.md", "assessment_until": "2026-11-21"}, "ended"),
        ({"assessment": "assessments/tide.md", "assessment_until": "2026-11-22"}, "in force"),
    ],
)
def test_a_paper_that_the_compiler_would_refuse_protects_nothing(
    facts: dict[str, Any], status: str, tmp_path: Path
) -> None:
    """The register judges by itself, whoever made the policy."""
    policy = changed(tmp_path, {"recipients.yaml": {SITS: "    country: IN\n"}})
    spoiled = replace(policy.transfers.safeguards["tide-clauses"], **facts)
    policy = replace(policy, transfers=replace(policy.transfers, safeguards={"tide-clauses": spoiled}))
    (row,) = as_json(record(policy, "transfers"))["transfers"]["rows"]
    assert row["status"] == status


def test_a_transfer_without_anything_is_told_so(tmp_path: Path) -> None:
    """No safeguard, no decision, no word."""
    policy = changed(tmp_path, {"recipients.yaml": {SITS: "    country: IN\n"}})
    bare = replace(policy.recipients["counter"], safeguards=())
    made = record(replace(policy, recipients={"counter": bare}), "transfers")
    (row,) = as_json(made)["transfers"]["rows"]
    assert (row["status"], row["mechanism"]) == ("nothing", ["nothing is declared"])
    assert "Tidecount, India: nothing" in plain(blocks(made))


def test_words_alone_are_told_as_such(tmp_path: Path) -> None:
    """A free text protects nothing that a register could show."""
    only = {
        "recipients.yaml": {WORDS: "    safeguard: our own promise\n", SITS: "    country: IN\n"},
        "transfers.yaml": None,
        "notice/en.md": {", safeguard:tide-clauses": ""},
        "notice/de.md": {", safeguard:tide-clauses": ""},
    }
    assert standing(tmp_path, only) == {"IN": "in words only"}


def test_what_has_to_be_seen_to_stands_first(tmp_path: Path) -> None:
    """And nothing stands there while all is well."""
    well = plain(blocks(record(library(), "transfers")))
    assert "To be seen to" not in well
    moved = {"recipients.yaml": {SITS: "    country: IN\n"}}
    late = plain(blocks(record(changed(tmp_path, moved), "transfers", day=date(2028, 5, 6))))
    assert late.index("To be seen to") < late.index("What goes where")
    assert "Tidecount, India: ended" in late


def test_nothing_at_home_is_a_transfer() -> None:
    """Quillpost and the fair sit in Germany; Tidecount stands there once for each country."""
    rows = as_json(record(library(), "transfers"))["transfers"]["rows"]
    assert [(one["recipient-id"], one["country-code"]) for one in rows] == [("counter", "CA"), ("counter", "US")]


def test_where_home_is_each_persons_country_everything_is_abroad(tmp_path: Path) -> None:
    """The home of the law no longer counts."""
    here = {"transfers.yaml": {"safeguards:\n": "home-of-person: true\nsafeguards:\n"}}
    rows = as_json(record(changed(tmp_path, here), "transfers"))["transfers"]["rows"]
    assert {"mailer", "fair", "counter"} == {one["recipient-id"] for one in rows}


def test_a_mechanism_has_one_name_in_policies_and_laws() -> None:
    """What a policy may name is what the packs list, and `adequacy`; one that only China knows is found in no other."""
    catalog = Catalog.load()
    known = set(brought_by(catalog)["mechanism"]())
    assert known == {ADEQUACY} | {name for pack in catalog.laws.values() for name in pack.mechanisms}
    assert known >= SIGNED
    assert {pack.code for pack in catalog.laws.values() if "pipl-certification" in pack.mechanisms} == {"cn"}

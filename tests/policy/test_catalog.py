"""The catalog as the rest of Troth uses it: complete, dated, cited, and honest about who checked it."""

import shutil
from datetime import date
from importlib.resources import as_file, files
from pathlib import Path

import pytest

from troth.catalog import Catalog, PackError, knows_place, read_packs
from troth.catalog.together import endings
from troth.catalog.topics import TOPICS

CATALOG = Catalog.load()
PACKS = files("troth") / "packs"


def test_the_earliest_regime_decides() -> None:
    """A right is due by the earliest of the regimes that grant it; asking for one that none grants is an error."""
    assert CATALOG.due(["gdpr", "de"], "access", date(2025, 3, 7), "DE-HH") == date(2025, 4, 7)
    with pytest.raises(KeyError):
        CATALOG.due(["de"], "access", date(2025, 3, 7))


def test_a_code_is_cited_in_every_regime_that_speaks_of_it() -> None:
    """The core emits a code, the packs own the citation; an unknown code cites nothing."""
    assert CATALOG.cite(["gdpr"], "objection-marketing") == "GDPR Art. 21(3); checked: by nobody"
    assert CATALOG.cite(["gdpr", "de"], "marketing-soft-opt-in") == (
        "ePrivacy Directive Art. 13(2), UWG Section 7(3); checked: by nobody"
    )
    assert CATALOG.cite(["gdpr"], "no-such-code") == ""
    assert CATALOG.cite(["atlantis"], "objection-marketing") == ""


def test_law_not_yet_in_force_is_not_cited() -> None:
    """A citation is asked for at a day, and a regime speaks only from the day on which it applies."""
    assert CATALOG.law("objection-marketing", "gdpr", date(2018, 5, 24)) is None
    cite = CATALOG.law("objection-marketing", "gdpr", date(2018, 5, 25))
    assert cite is not None
    assert (str(cite), cite.checked, cite.regime) == ("GDPR Art. 21(3)", "nobody", "gdpr")


def test_statutory_periods_change_with_their_law() -> None:
    """German vouchers: six years, ten from the end of 1998, eight since 2025, without a gap or an overlap."""
    duty = CATALOG.laws["de"].retention["tax-voucher"]
    days = (date(1998, 12, 23), date(1998, 12, 24), date(2024, 12, 31), date(2025, 1, 1))
    assert [period.years if (period := duty.at(day)) else None for day in days] == [6, 10, 10, 8]
    assert duty.at(date(1970, 1, 1)) is None
    assert duty.citation == "AO Section 147(3), HGB Section 257(4), UStG Section 14b(1)"


def test_all_grounds_of_erasure_are_cited() -> None:
    """Art. 17(1) has six grounds and 17(3) five exceptions: each has a code."""
    cited = {str(cite.article) for cite in CATALOG.laws["gdpr"].cites.values()}
    assert {f"Art. 17(1)({letter})" for letter in "abcdef"} <= cited
    assert {f"Art. 17(3)({letter})" for letter in "abcde"} <= cited


def test_places_of_holidays() -> None:
    """Countries and their parts, and nothing invented."""
    assert knows_place("DE")
    assert knows_place("DE-HH")
    assert not knows_place("DE-QQ")
    assert not knows_place("QQ")


@pytest.fixture
def packs(tmp_path: Path) -> Path:
    """A copy of the installed packs that a test may spoil."""
    with as_file(PACKS) as installed:
        return Path(shutil.copytree(installed, tmp_path / "packs"))


def read_everything(packs: Path) -> None:
    """Every topic of every pack."""
    for pack in read_packs(packs).laws.values():
        for table in TOPICS:
            pack.topic(table)


BROKEN = {
    "an unknown status": ("gdpr/law.yaml", "status: in-force", "status: perhaps", "`status` is `perhaps`"),
    "a day that is none": ("gdpr/law.yaml", "in-force-from: 2018-05-25", "in-force-from: soon", "no ISO date"),
    "another law's name": ("de/law.yaml", "law: de\n", "law: es\n", "stands in the folder `de`"),
    "a key nobody reads": ("de/law.yaml", "name: German law", "nane: German law", "`nane` is no key here"),
    "two values on one day": ("de/retention.yaml", "to: 2024-12-31", "to: 2025-06-30", "two values apply on 2025-01"),
    "no years": ("de/retention.yaml", "years: 8,", "years: eight,", "whole number"),
    "no period": ("gdpr/clocks.yaml", "period: 1 month", "period: soon", "`soon` is no period"),
    "a clock that nothing starts": ("gdpr/clocks.yaml", "starts: [{event: aware}]", "starts: []", "`starts` begins"),
    "an extension in another unit": (
        "gdpr/clocks.yaml",
        "period: 2 months, because",
        "period: 60 days, because",
        "unit",
    ),
    "a typing mistake in a row": ("gdpr/rights.yaml", "clock: answer", "clok: answer", "`clok` is no key here"),
}


@pytest.mark.parametrize(("file", "old", "new", "says"), BROKEN.values(), ids=BROKEN)
def test_a_pack_that_contradicts_itself_is_not_read(packs: Path, file: str, old: str, new: str, says: str) -> None:
    """The file and what is wrong with it are named, at the latest when that topic is asked for."""
    path = packs / "law" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PackError, match=f"law/{file}") as error:
        read_everything(packs)
    assert says in str(error.value)


def test_a_law_that_is_like_another_takes_no_third_act_from_it(packs: Path) -> None:
    """The articles of the other law come along under this one's name; what the other says of a directive does not."""
    (packs / "law/uk/cites.yaml").unlink()
    cites = read_packs(packs).laws["uk"].cites
    assert str(cites["objection-marketing"]) == "UK GDPR Art. 21(3)"
    assert CATALOG.laws["gdpr"].cites["marketing-mail"].law == "ePrivacy Directive"
    assert "marketing-mail" not in cites


def test_a_clock_that_is_only_proposed_ends_nothing(packs: Path) -> None:
    """A right whose clock is not the law yet is due by the other laws alone."""
    asked = {"received": date(2026, 3, 2)}
    assert set(endings(read_packs(packs).regimes(["gdpr", "us-ca"]), "access", asked)) == {"gdpr", "us-ca"}
    path = packs / "law/us-ca/clocks.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("    period: 45 days\n", "    period: 45 days\n    status: proposed\n"), encoding="utf-8"
    )
    assert set(endings(read_packs(packs).regimes(["gdpr", "us-ca"]), "access", asked)) == {"gdpr"}

"""Law packs: complete, dated, cited, and honest about who checked them; periods counted as the regulation counts."""

from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from troth.catalog import Catalog, PackError, knows_place, period_end, read_packs

CATALOG = Catalog.load()
PACKS = files("troth") / "packs"
COUNTED = yaml.load((PACKS / "law/gdpr/cases/reg-1182-71.yaml").read_text(encoding="utf-8"), Loader=yaml.SafeLoader)


@pytest.mark.parametrize("case", COUNTED, ids=lambda case: f"{case['event']} {case['place']} {case['why']}")
def test_periods_end_as_the_regulation_says(case: dict[str, object]) -> None:
    """Each case of the pack holds."""
    assert period_end(case["event"], case["months"], str(case["place"])) == case["last"]  # type: ignore[arg-type]


@given(start=st.dates(date(2018, 1, 1), date(2060, 1, 1)), months=st.integers(1, 3))
def test_a_period_ends_on_a_working_day_and_never_early(start: date, months: int) -> None:
    """Never at a weekend or holiday, at least 28 days a month, at most a long weekend late."""
    last = period_end(start, months, "DE-HH")
    assert last.isoweekday() <= 5
    assert 28 * months <= (last - start).days <= 31 * months + 5
    assert period_end(start, months) <= last


def test_the_earliest_regime_decides() -> None:
    """A right is due by the earliest of the regimes that grant it; asking for one that none grants is an error."""
    assert CATALOG.due(["gdpr", "de"], "access", date(2025, 3, 7), "DE-HH") == date(2025, 4, 7)
    with pytest.raises(KeyError):
        CATALOG.due(["de"], "access", date(2025, 3, 7))


def test_a_code_is_cited_in_every_regime_that_speaks_of_it() -> None:
    """The core emits a code, the packs own the citation; an unknown code cites nothing."""
    assert CATALOG.cite(["gdpr"], "objection-marketing") == "GDPR Art. 21(3)"
    assert CATALOG.cite(["gdpr", "de"], "marketing-soft-opt-in") == "ePrivacy Directive Art. 13(2), UWG Section 7(3)"
    assert CATALOG.cite(["gdpr"], "no-such-code") == ""
    assert CATALOG.cite(["atlantis"], "objection-marketing") == ""


def test_law_not_yet_in_force_is_not_cited() -> None:
    """A citation is asked for at a day, and a regime speaks only from the day on which it applies."""
    assert CATALOG.law("objection-marketing", "gdpr", date(2018, 5, 24)) is None
    cite = CATALOG.law("objection-marketing", "gdpr", date(2018, 5, 25))
    assert cite is not None
    assert (str(cite), cite.checked, cite.regime) == ("GDPR Art. 21(3)", "nobody", "gdpr")


def test_statutory_periods_change_with_their_law() -> None:
    """German vouchers: ten years until the end of 2024, eight since."""
    duty = CATALOG.laws["de"].retention["tax-voucher"]
    assert [(p.years if (p := duty.at(day)) else None) for day in (date(2024, 12, 31), date(2025, 1, 1))] == [10, 8]
    assert duty.at(date(1970, 1, 1)) is None
    assert duty.citation == "AO Section 147(3), HGB Section 257(4), UStG Section 14b(1)"


@pytest.mark.parametrize("code", sorted(CATALOG.laws))
def test_every_value_says_where_it_is_from(code: str) -> None:
    """Each has a primary source, a status and who checked it; `nobody` until somebody has."""
    pack = CATALOG.laws[code]
    cites = [*pack.cites.values(), *(basis.cite for basis in pack.bases.values())]
    cites += [right.cite for right in pack.rights.values()] + [duty.cite for duty in pack.retention.values()]
    assert cites
    for cite in cites:
        assert cite.source.startswith("https://")
        assert cite.status == "in-force"
        assert cite.checked == "nobody"


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


BROKEN = {
    "an unknown status": ("status: in-force", "status: perhaps", "`status` is `perhaps`"),
    "two values on one day": ("to: 2024-12-31", "to: 2025-06-30", "two values apply on 2025-01-01"),
    "a day that is none": ("in-force-from: 2018-05-25", "in-force-from: soon", "no ISO date"),
    "another law's name": ("law: de\n", "law: es\n", "stands in the folder `de`"),
    "no years": ("years: 8,", "years: eight,", "whole number"),
}


@pytest.mark.parametrize(("old", "new", "says"), BROKEN.values(), ids=BROKEN)
def test_a_pack_that_contradicts_itself_is_not_loaded(tmp_path: Path, old: str, new: str, says: str) -> None:
    """The catalog checks itself: the file and what is wrong with it are named."""
    for name in ("channels.yaml", "identifiers.yaml", "sounds.yaml", "law/de/law.yaml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        text = (PACKS / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace(old, new, 1) if name.startswith("law") else text, encoding="utf-8")
    with pytest.raises(PackError, match=r"law/de/law\.yaml.*" if "law: de" not in old else "law") as error:
        read_packs(tmp_path)
    assert says in str(error.value)

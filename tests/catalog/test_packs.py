"""Every pack, whole: each value says where it is from and how sure it is, and what it names exists."""

import re
import subprocess
import sys
from datetime import date

import holidays
import pytest

from troth.catalog import Catalog, Cite, LawPack
from troth.catalog.places import places
from troth.catalog.topics import TOPICS

CATALOG = Catalog.load()
PACKS = pytest.mark.parametrize("pack", CATALOG.laws.values(), ids=CATALOG.laws)
RIGHTS = {right for pack in CATALOG.laws.values() for right in pack.rights}


def cites(pack: LawPack) -> dict[str, Cite]:
    """Where each value of a pack is from, by table and id."""
    found = {}
    for table in TOPICS:
        for name, row in pack.topic(table).items():
            found[f"{table} {name}"] = row if isinstance(row, Cite) else row.cite
            for item in getattr(row, "items", ()) if table == "contents" else ():
                found[f"{table} {name} {item.id}"] = item.cite
    return found


def test_there_is_something_to_look_at() -> None:
    """Seven packs with hundreds of values: a guard below that saw none would pass for nothing."""
    assert set(CATALOG.laws) == {"gdpr", "de", "es", "fr", "uk", "us-ca", "cn"}
    assert sum(len(cites(pack)) for pack in CATALOG.laws.values()) > 700


@PACKS
def test_every_value_says_where_it_is_from(pack: LawPack) -> None:
    """An act, an article, the address of a text, a day and who checked it: nobody, until somebody has."""
    for where, cite in cites(pack).items():
        assert cite.law, where
        assert cite.article, where
        assert cite.source.startswith(("https://", "http://www.npc.gov.cn/")), where
        assert cite.checked == "nobody", where
        assert cite.in_force_to is None or cite.in_force_from < cite.in_force_to, where


@PACKS
def test_what_is_proposed_is_never_law(pack: LawPack) -> None:
    """Whatever the day."""
    for cite in cites(pack).values():
        assert cite.status != "proposed" or not cite.applies(date.max)


@PACKS
def test_our_own_readings_say_what_they_read(pack: LawPack) -> None:
    """Where a value is a reading of ours, a note tells it."""
    for where, cite in cites(pack).items():
        assert cite.sure != "reading" or cite.note, where


@PACKS
def test_what_a_pack_names_exists(pack: LawPack) -> None:
    """Clocks, grounds, exemptions, contents, rights, channels and the pack it adds to."""
    for right in pack.rights.values():
        assert right.clock in pack.clocks, right.id
        assert set(right.grounds) <= set(pack.cites), right.id
        assert set(right.exceptions) <= set(pack.exemptions), right.id
        assert not right.contents or right.contents in pack.contents, right.id
    for table in ("exemptions", "identity", "fees", "withheld"):
        for row in getattr(pack, table).values():
            assert set(row.of) <= RIGHTS, row.id
    for rule in pack.marketing.values():
        assert set(rule.channels) <= set(CATALOG.channels), rule.id
    assert pack.beside in ("", *CATALOG.laws)


@PACKS
def test_every_exemption_limits_something(pack: LawPack) -> None:
    """What stands in the list of a right is about that right."""
    for right in pack.rights.values():
        for name in right.exceptions:
            assert right.id in pack.exemptions[name].of, (right.id, name)


@PACKS
def test_authorities_can_be_reached(pack: LawPack) -> None:
    """A name and a site each; those of the packs of countries also by letter."""
    for authority in pack.authorities.values():
        assert authority.says
        assert authority.site.startswith("https://")
        assert authority.address or pack.code == "gdpr", authority.id
        assert CATALOG.authority(authority.id) is authority


def test_every_country_of_the_eea_has_an_authority() -> None:
    """Lead authorities of thirty countries; and each of the sixteen German states."""
    eea, german = CATALOG.laws["gdpr"], CATALOG.laws["de"]
    assert {row.area for row in eea.authorities.values()} - {"eu-institutions"} == CATALOG.regions["eea"]
    assert len({row.area for row in german.authorities.values()} - {"DE"}) == 16
    assert CATALOG.authority("de/atlantis") is None
    assert CATALOG.authority("atlantis/hamburg") is None


def test_regions_are_known_by_name() -> None:
    """The Union lies in the EEA, and national law binds whom the Union's does."""
    assert CATALOG.regions["eu"] < CATALOG.regions["eea"]
    for pack in CATALOG.laws.values():
        if pack.beside:
            assert pack.established_in <= CATALOG.laws[pack.beside].established_in


def test_the_articles_of_access_and_of_both_notices_are_complete() -> None:
    """Art. 15(1)(a) to (h) with (2) and (3); Art. 13(1)(a) to (f), (2)(a) to (f); Art. 14 likewise, to (g)."""
    lists = CATALOG.laws["gdpr"].contents
    articles = {name: {item.cite.article for item in lists[name].items} for name in lists}
    assert {f"Art. 15(1)({letter})" for letter in "abcdefgh"} | {"Art. 15(2)", "Art. 15(3)"} <= articles["access"]
    first, second = articles["notice-direct"], articles["notice-indirect"]
    assert {f"Art. 13(1)({letter})" for letter in "abcdef"} <= first
    assert {f"Art. 13(2)({letter})" for letter in "abcdef"} <= first
    assert {f"Art. 14(1)({letter})" for letter in "abcdef"} <= second
    assert {f"Art. 14(2)({letter})" for letter in "abcdefg"} <= second
    assert {f"Art. 33(3)({letter})" for letter in "abcd"} <= articles["breach-authority"]
    assert {f"Art. 28(3)({letter})" for letter in "abcdefgh"} <= articles["processor-contract"]


def test_places_are_those_of_the_calendars() -> None:
    """The list that is kept says what the package knows: two-letter countries and their short codes."""
    known = holidays.list_supported_countries(include_aliases=True)
    short = {
        country: frozenset(part for part in parts if re.fullmatch("[A-Z0-9]{1,3}", part))
        for country, parts in known.items()
        if len(country) == 2
    }
    assert places() == short


def test_a_start_loads_no_calendar() -> None:
    """Loading the catalog and asking whether a place is known leaves the calendars of the world where they are."""
    asks = "c.Catalog.load(); assert c.knows_place('DE-HH'); print('holidays' in sys.modules)"
    code = f"import sys, troth.catalog as c; {asks}"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


@PACKS
def test_national_law_is_cited_by_its_act(pack: LawPack) -> None:
    """`Spanish law` is the name of a pack; what is cited is an act."""
    if pack.beside:
        assert [where for where, cite in cites(pack).items() if cite.law == pack.name] == []

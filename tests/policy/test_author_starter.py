"""A first policy compiles without a problem, whatever was answered, and has the one form of all policy files."""

from datetime import date
from itertools import combinations
from pathlib import Path

import pytest

from troth.catalog import Catalog
from troth.model.policy import Policy
from troth.model.problem import InputError
from troth.policy import compile_folder
from troth.policy.author.formatting import format_folder
from troth.policy.author.starter import (
    ACTIVITIES,
    ENGINES,
    Answers,
    authority_of,
    first_policy,
    read_country,
    read_words,
    regimes_of,
)

CATALOG = Catalog.load()
ALL = tuple(ACTIVITIES)
SOME = [some for size in range(1, len(ALL) + 1) for some in combinations(ALL, size)]


def answers(
    does: tuple[str, ...] = ALL,
    languages: tuple[str, ...] = ("en",),
    country: str = "DE",
    engine: str = "postgresql",
    name: str = "Kettle Lane Teas",
) -> Answers:
    return Answers(
        name=name,
        address="3 Kettle Lane, Elverhaven",
        contact="privacy@kettle.example",
        country=country,
        authority=authority_of(country, CATALOG) or "The authority of the invented state of Elverhaven",
        languages=languages,
        does=does,
        engine=engine,
        begins=date(2026, 3, 1),
    )


def made(folder: Path, said: Answers) -> Policy:
    """Write it, and compile it without one problem."""
    for name, text in first_policy(said, CATALOG).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    policy, problems = compile_folder(folder, CATALOG)
    assert problems == []
    assert policy is not None
    return policy


@pytest.mark.parametrize("does", SOME, ids="+".join)
def test_whatever_is_done_compiles_and_has_its_form(does: tuple[str, ...], tmp_path: Path) -> None:
    """Each choice of parts, in two languages; nothing of a part that was not chosen is in it."""
    policy = made(tmp_path, answers(does, ("de", "en")))
    assert set(policy.relationships) == {ACTIVITIES[name] for name in does}
    assert {clause.language for clause in policy.clauses} == {"de", "en"}
    assert format_folder(tmp_path, CATALOG).changed == {}


@pytest.mark.parametrize("country", sorted(CATALOG.laws["gdpr"].established_in | {"GB"}))
def test_every_country_that_is_offered_compiles(country: str, tmp_path: Path) -> None:
    """With its own law beside the GDPR where a pack has it."""
    assert read_country(country.lower(), CATALOG) == country
    policy = made(tmp_path, answers(country=country))
    assert policy.organisation.regimes == regimes_of(country, CATALOG)
    assert policy.organisation.regimes[0] == ("uk" if country == "GB" else "gdpr")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("languages", [("en",), ("de",), ("en", "de"), ("de", "en")], ids="-".join)
def test_every_engine_and_language_compiles(engine: str, languages: tuple[str, ...], tmp_path: Path) -> None:
    """A single language needs no mark; the first one is first."""
    policy = made(tmp_path, answers(engine=engine, languages=languages))
    assert policy.organisation.languages == languages
    assert policy.stores["main"].engine == engine
    assert set(policy.purposes["newsletter"].says) == set(languages)


@pytest.mark.parametrize(
    "name", ["No", "Æther & Öl: #1", '"Quoted" \\ name', "@name@", "- dash", "{curly}", "2026-01-01", "雨", "null"]
)
def test_any_name_arrives_as_it_was_said(name: str, tmp_path: Path) -> None:
    """Whatever YAML would make of it."""
    assert made(tmp_path, answers(name=name)).organisation.name == name


def test_what_tax_law_wants_comes_from_the_law_pack(tmp_path: Path) -> None:
    """Where a pack knows the period it is cited; elsewhere nobody claims a law."""
    german = made(tmp_path / "de", answers()).retentions["vouchers"]
    assert (german.years, german.starts, bool(german.statutory)) == (8, "end-of-year", True)
    assert made(tmp_path / "gb", answers(country="GB")).retentions["vouchers"].years == 6
    assert not made(tmp_path / "it", answers(country="IT")).retentions["vouchers"].statutory


def test_nobody_signed_the_drafts(tmp_path: Path) -> None:
    """A weighing that a program wrote says so."""
    policy = made(tmp_path, answers())
    assert len(policy.assessments) == 2
    assert all(not assessment.signed for assessment in policy.assessments.values())


def test_a_comment_explains_every_file(tmp_path: Path) -> None:
    """It teaches by example."""
    made(tmp_path, answers())
    texts = {path.name: path.read_text("utf-8") for path in tmp_path.rglob("*.yaml")}
    assert len(texts) == 10
    assert {name for name, text in texts.items() if not text.startswith("# ")} == set()


@pytest.mark.parametrize("text", ["US", "CN", "XX", "", "Germany"])
def test_a_country_without_a_pack_is_refused(text: str) -> None:
    """With the ones that there are."""
    with pytest.raises(InputError, match="no first policy") as caught:
        read_country(text, CATALOG)
    assert "DE" in caught.value.remedy


@pytest.mark.parametrize("text", ["", " , ", "website shop", "websit"])
def test_words_outside_the_list_are_refused(text: str) -> None:
    """Never left out in silence."""
    with pytest.raises(InputError):
        read_words(text, ALL)

"""What organisations of several languages show in each of them: their own words, and none of ours in English."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from troth.catalog import Catalog
from troth.catalog.languages import languages, phrases
from troth.model.policy import Policy
from troth.policy import common, compile_folder
from troth.policy.section import RECIPIENT_CLASSES, brought_by
from troth.policy.sections import elements, trackers
from troth.show.html import page
from troth.show.notice import notice
from troth.show.records.kinds import RECORDS
from troth.show.records.record import blocks

ROOT = Path(__file__).parents[2] / "examples"
DAY = date(2026, 11, 22)
SEVERAL = {"airline": "es", "parts": "fr", "website": "de"}
OTHERS = [code for code in languages() if code != "en"]

each_organisation = pytest.mark.parametrize("name", SEVERAL)
each_language = pytest.mark.parametrize("code", OTHERS)


@cache
def policy_of(name: str) -> Policy:
    policy, _ = compile_folder(ROOT / name / "policy", Catalog.load())
    assert policy
    return policy


def texts(thing: Any, known: frozenset[str], at: str = "") -> Iterator[tuple[str, Mapping[str, str]]]:
    """Every wording inside a policy, with where it stands."""
    if is_dataclass(thing):
        for field in fields(thing):
            yield from texts(getattr(thing, field.name), known, f"{at}.{field.name}")
    elif (
        isinstance(thing, Mapping) and thing and known >= set(thing) and all(isinstance(v, str) for v in thing.values())
    ):
        yield at, thing
    elif isinstance(thing, Mapping):
        for key, value in thing.items():
            yield from texts(value, known, f"{at}/{key}")
    elif isinstance(thing, tuple):
        for number, value in enumerate(thing):
            yield from texts(value, known, f"{at}[{number}]")


def unsaid(policy: Policy) -> list[str]:
    """Where a wording lacks a language of the organisation."""
    known = frozenset(policy.organisation.languages)
    return [at for at, text in texts(policy, known) if not all(text.get(code, "").strip() for code in known)]


@each_organisation
def test_whatever_is_said_is_said_in_each_language(name: str) -> None:
    """And a wording that is taken away from one thing is missed."""
    policy = policy_of(name)
    assert len(list(texts(policy, frozenset(policy.organisation.languages)))) >= 150
    assert unsaid(policy) == []
    some = next(iter(policy.purposes.values()))
    poorer = {**policy.purposes, some.id: replace(some, says={"en": "Only in English"})}
    assert unsaid(replace(policy, purposes=poorer)) == [f".purposes/{some.id}.says"]


@cache
def shown(name: str, language: str) -> Mapping[str, str]:
    """Every notice and record as a person reads it on its page, by what it is."""
    policy, catalog = policy_of(name), Catalog.load()
    made = {kind: blocks(make(policy, catalog, language, DAY)) for kind, make in RECORDS.items()}
    made |= {f"notice {which}": notice(policy, catalog, language, which=which) for which in ("", *policy.notices)}
    return {kind: _read(page("", each, language=language)) for kind, each in made.items()}


def _read(html: str) -> str:
    """A page without its tags and styles; labels that stand for a column on a phone are read too."""
    labels = " ".join(re.findall(r'(?:data-label|aria-label)="([^"]*)"', html))
    body = re.sub(r"<[^>]+>", " ", re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL))
    return " ".join(unescape(f"{body} {labels}").split())


def ours_in_english(text: str, policy: Policy, language: str) -> list[str]:
    """Our English phrases that stand there, where neither the other language nor the organisation says the same."""
    own = " ".join(said.get(language, "") for _, said in texts(policy, frozenset(policy.organisation.languages)))
    own += " ".join(clause.title + clause.text for clause in policy.clauses if clause.language == language)
    found = []
    for key, words in phrases("en").words.items():
        for part in re.split(r"\{\w+\}", words):
            fragment = part.strip(" .,:;()“”")
            same = fragment in phrases(language).words[key] or fragment in own
            if len(fragment) > 1 and not same and re.search(rf"(?<![\w/.-]){re.escape(fragment)}(?![\w/.-])", text):
                found.append(f"{key}: {fragment}")
    return found


@each_organisation
def test_no_english_word_of_ours_stands_in_another_language(name: str) -> None:
    """In no notice and no record; what is made in English has dozens of them."""
    policy, language = policy_of(name), SEVERAL[name]
    found = {kind: ours_in_english(text, policy, language) for kind, text in shown(name, language).items()}
    assert len(found) >= len(RECORDS) + 1
    assert {kind: words for kind, words in found.items() if words} == {}
    assert all(len(ours_in_english(shown(name, "en")[kind], policy, language)) >= 8 for kind in RECORDS)


@each_organisation
def test_records_and_notices_say_which_language_they_are_in(name: str) -> None:
    """A screen reader is told; and nothing of the organisation's English is left over where it said otherwise."""
    policy, language = policy_of(name), SEVERAL[name]
    made = RECORDS["article-30"](policy, Catalog.load(), language, DAY)
    assert f'<html lang="{language}">' in page(made.title, blocks(made), language=made.language)
    for purpose in policy.purposes.values():
        assert purpose.says[language] in shown(name, language)["notice "]
        assert purpose.says["en"] not in shown(name, language)["notice "]


def codes() -> Iterator[tuple[str, str]]:
    """(kind, code) of whatever the packs and the closed lists of a policy say in English."""
    catalog = Catalog.load()
    for kind in ("basis", "condition", "mechanism", "channel"):
        yield from ((kind, code) for code in brought_by(catalog)[kind]())
    yield from (("law", code) for code in catalog.laws)
    yield from (("only", one.id) for pack in catalog.laws.values() for one in pack.adequate.values() if one.only)
    lists = {
        "class": RECIPIENT_CLASSES, "route": common.ROUTES, "signal": common.SIGNALS, "danger": common.DANGERS,
        "protection": common.PROTECTIONS, "transform": common.TRANSFORMS, "method": trackers.METHODS,
        "special": elements.SPECIAL_KINDS, "found": trackers.FOUND, "contract": ("processing", "joint", "transfer"),
    }  # fmt: skip
    yield from ((kind, code) for kind, words in lists.items() for code in words)


@each_language
def test_every_code_has_words(code: str) -> None:
    """What is added to a pack or a list needs its words here too, and no words are left over."""
    say, wanted = phrases(code), set(codes())
    assert {f"{kind}-{name}" for kind, name in wanted if f"{kind}-{name}" not in say.coded} == set()
    kinds = {kind for kind, _ in wanted}
    spare = {key for key in say.coded if tuple(key.split("-", 1)) not in wanted and key.split("-", 1)[0] in kinds}
    assert spare <= {"only-uk-united-states", "contract-services", "contract-rules"}
    assert set(say.countries) == set(Catalog.load().countries)


@each_language
def test_words_keep_their_parts(code: str) -> None:
    """What is filled into an English phrase is filled into the same one of each language."""
    parts = re.compile(r"\{(\w+)\}")
    english, other = phrases("en").words, phrases(code).words
    differs = {
        key for key, words in english.items() if sorted(parts.findall(words)) != sorted(parts.findall(other[key]))
    }
    assert differs == set()

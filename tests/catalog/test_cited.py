"""Every value of law names its place in a law, not an address alone."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from troth.catalog import Catalog
from troth.catalog.nouns import Cite

FEWEST = 300


def cites(thing: Any, at: str = "") -> Iterator[tuple[str, Cite]]:
    """Every citation inside a value, with where it stands."""
    if isinstance(thing, Cite):
        yield at, thing
    elif is_dataclass(thing):
        for field in fields(thing):
            yield from cites(getattr(thing, field.name), f"{at}.{field.name}")
    elif isinstance(thing, Mapping):
        for key, value in thing.items():
            yield from cites(value, f"{at}/{key}")
    elif isinstance(thing, tuple | list):
        for number, value in enumerate(thing):
            yield from cites(value, f"{at}[{number}]")


def everything() -> list[tuple[str, Cite]]:
    """Of all packs and topics; a topic is read when it is asked for."""
    found = []
    for pack in Catalog.load().laws.values():
        for name in TOPICS:
            found += [(f"{pack.code}.{name}{at}", cite) for at, cite in cites(getattr(pack, name))]
    return found


TOPICS = (
    "rights", "clocks", "exemptions", "contents", "mechanisms", "adequate", "bases", "conditions", "authorities",
)  # fmt: skip


def unplaced(found: list[tuple[str, Cite]]) -> list[str]:
    """Values without a law and an article, or whose place in it is an address."""
    return [at for at, cite in found if not cite.law or not cite.article or "://" in str(cite)]


def test_every_value_names_its_place_in_a_law() -> None:
    """With an official address beside it; a value whose article is an address is found."""
    found = everything()
    assert len(found) >= FEWEST
    assert unplaced(found) == []
    assert [at for at, cite in found if not re.match(r"https?://", cite.source)] == []
    at, some = found[0]
    for poorer in ("", "https://law.example"):
        assert unplaced([(at, replace(some, article=poorer))]) == [at]

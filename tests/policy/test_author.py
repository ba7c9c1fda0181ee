"""The one form of a policy's files: it keeps every comment and everything that is said, and is its own form."""

import random
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.policy.little import HERE, compiled
from tests.repo.sources import ROOT

from troth.catalog import Catalog
from troth.model.problem import Place
from troth.policy.author import formatting
from troth.policy.author.formatting import format_folder, format_text
from troth.policy.author.layout import WIDTH, render
from troth.policy.author.tree import File, Group, Leaf, parse

POLICIES = [HERE / "mini", HERE / "everything", *sorted(ROOT.glob("examples/*/policy"))]


def called(folder: Path) -> str:
    return folder.name if folder.parent == HERE else folder.parent.name


FILES = [
    pytest.param(path.relative_to(folder).as_posix(), path, id=f"{called(folder)}/{path.relative_to(folder)}")
    for folder in POLICIES
    for path in sorted(folder.rglob("*.yaml"))
]


def meaning(value: Any) -> Any:
    """A policy as plain values, without places and hash."""
    if isinstance(value, Place):
        return None
    if is_dataclass(value):
        return {f.name: meaning(getattr(value, f.name)) for f in fields(value) if f.name not in {"hash", "place"}}
    if hasattr(value, "items"):
        return {key: meaning(inner) for key, inner in value.items()}
    if isinstance(value, tuple | list):
        return [meaning(inner) for inner in value]
    return value


def remarks(text: str) -> Counter[str]:
    """Every comment of a file, found by the reader of other people."""
    tree = parse(text)
    found = Counter(line for line in tree.head if line)

    def walk(group: Group) -> None:
        found.update(line for line in group.below if line)
        for entry in group.entries:
            found.update(line for line in (*entry.above, *entry.beside) if line)
            if isinstance(entry.value, Group):
                walk(entry.value)

    walk(tree.root)
    return found


def formatted(name: str, text: str) -> str:
    new = format_text(name, text)
    assert new is not None, f"{name} was refused"
    return new


@pytest.mark.parametrize("folder", POLICIES, ids=called)
def test_the_compiled_policy_is_the_same(folder: Path, tmp_path: Path) -> None:
    """In everything but hash and places, with the same problems in the same words."""
    copy = tmp_path / "policy"
    shutil.copytree(folder, copy)
    found = format_folder(copy, Catalog.load())
    assert found.refused == ()
    for name, (_, text) in found.changed.items():
        (copy / name).write_text(text, encoding="utf-8")
    (before, told), (after, told_after) = compiled(folder), compiled(copy)
    assert meaning(before) == meaning(after)
    assert Counter((p.code, p.message) for p in told) == Counter((p.code, p.message) for p in told_after)
    assert format_folder(copy, Catalog.load()).changed == {}


@pytest.mark.parametrize(("name", "path"), FILES)
def test_a_file_keeps_its_comments_and_its_form_is_its_own(name: str, path: Path) -> None:
    """No comment is lost or doubled; formatting twice is formatting once; lines fit where they can be broken."""
    old = path.read_text("utf-8")
    new = formatted(name, old)
    assert remarks(new) == remarks(old)
    assert formatted(name, new) == new
    long = [line for line in new.splitlines() if len(line.partition("  #")[0]) > WIDTH]
    assert [line for line in long if line.rstrip().endswith(("]", "}"))] == []


@pytest.mark.parametrize(("name", "path"), FILES)
def test_the_order_in_which_keys_were_written_does_not_matter(name: str, path: Path) -> None:
    """Keys of records, shuffled with their comments, come back to the same places."""
    text = formatted(name, path.read_text("utf-8"))
    tree, chance = parse(text), random.Random(7)
    records = list(shuffled(tree, name, chance))
    again = formatted(name, render(tree))
    assert [line for line in again.splitlines() if line] == [line for line in text.splitlines() if line]
    assert records


def shuffled(tree: File, name: str, chance: random.Random) -> Iterator[Group]:
    """Shuffle what the schema calls records, and only those."""
    schemas = formatting._schemas()
    schema = schemas["stores/*.yaml" if name.startswith("stores/") else name]

    def walk(group: Group, schema: dict[str, Any]) -> Iterator[Group]:
        mine = formatting._fitting(schema, [entry.key for entry in group.entries] if group.mapping else None)
        known = mine.get("properties", {})
        for entry in group.entries:
            if isinstance(entry.value, Group):
                below = known.get(entry.key, mine.get("additionalProperties")) if group.mapping else mine["items"]
                yield from walk(entry.value, below if isinstance(below, dict) else {})
        if known and group.mapping:
            chance.shuffle(group.entries)
            yield group

    return walk(tree.root, schema)


BEFORE = """\
# What we use data for.

purposes:
    # The paper that comes by mail.
    newsletter:
        basis: consent   # nobody gets it unasked


        # Whoever is on the list.
        for:
        - reader
        says: {en: 'News: the new books', de: Neues}
        channels: {email: {needs: choice newsletter, similar-to: books, stop: link}, push: {needs: choice newsletter}}
        # retention: long
    # The counter.
    lending:
        uses: [name, # on the card
            loan]
        says: >
            Lending
            books # no comment
        for: reader
# The end.
"""

AFTER = """\
# What we use data for.

purposes:
  # The paper that comes by mail.
  newsletter:
    says: {en: 'News: the new books', de: Neues}

    # Whoever is on the list.
    for:
      - reader
    basis: consent  # nobody gets it unasked
    channels:
      email: {needs: choice newsletter, similar-to: books, stop: link}
      push: {needs: choice newsletter}
    # retention: long
  # The counter.
  lending:
    says: >
      Lending
      books # no comment
    for: reader
    uses:
      - name  # on the card
      - loan
# The end.
"""


def test_what_the_form_is() -> None:
    """Order, two spaces, opened brackets, one blank line; each comment at the thing that it was written at."""
    assert formatted("purposes.yaml", BEFORE) == AFTER


TEXTS = st.text("abc #:-'\"{}[],?!&*é\\|>%@0", max_size=12)
DATA = st.dictionaries(
    st.text("abcd", min_size=1, max_size=3),
    st.recursive(
        TEXTS,
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(st.text("abc-", min_size=1, max_size=3), inner, max_size=4)
        ),
        max_leaves=20,
    ),
    max_size=4,
)


@settings(max_examples=300, deadline=None)
@given(data=DATA, flow=st.sampled_from([True, False, None]), indent=st.integers(2, 6), chance=st.randoms())
def test_any_yaml_keeps_what_it_says_and_its_comments(
    data: dict[str, Any], flow: bool | None, indent: int, chance: random.Random
) -> None:
    """Whatever is nested in whatever, with comments and blank lines thrown in wherever a line ends."""
    written = yaml.safe_dump(
        data, default_flow_style=flow, indent=indent, width=10**6, allow_unicode=True, sort_keys=False
    )
    lines: list[str] = []
    for number, line in enumerate(written.splitlines()):
        if chance.random() < 0.3:
            lines.append(f"{' ' * chance.randrange(8)}# above {number}")
        if chance.random() < 0.2:
            lines.append("")
        lines.append(f"{line} # beside {number}" if chance.random() < 0.3 else line)
    text = "\n".join(lines) + "\n"
    new = formatted("any.yaml", text)
    assert (yaml.safe_load(new) or {}) == data
    assert sum(remarks(new).values()) == sum(1 for line in lines if "# above" in line or "# beside" in line)
    assert formatted("any.yaml", new) == new


def test_the_tree_knows_values_of_several_lines() -> None:
    """Literal text keeps its lines and its end, and a `#` in it is no comment."""
    text = (
        "a: |+\n    one # not a comment\n\n      two\n\nb: 'x\n\n  y # neither'\nc: plain\n   goes on # this is one\n"
    )
    new = formatted("any.yaml", text)
    assert yaml.safe_load(new) == yaml.safe_load(text)
    assert (
        new
        == "a: |+\n  one # not a comment\n\n    two\n\nb: 'x\n\n  y # neither'\nc: plain\n  goes on  # this is one\n"
    )
    value = parse(text).root.entries[0].value
    assert isinstance(value, Leaf)
    assert value.block


@pytest.mark.parametrize("text", ["", "# only words\n", "\n\n# a\n\n# b\n\n"])
def test_a_file_that_says_nothing(text: str) -> None:
    """Comments alone are kept."""
    assert remarks(formatted("staff.yaml", text)) == remarks(text)


def test_a_text_that_would_say_something_else_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a layout that loses a value is noticed before anything is written."""
    monkeypatch.setattr(formatting, "render", lambda _: "purposes:\n")
    assert format_text("purposes.yaml", BEFORE) is None

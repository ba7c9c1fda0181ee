"""tests/policy/everything: an invented organisation that uses every key once; nothing is undocumented or unread."""

from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from typing import Any

import pytest
from tests.policy.little import HERE, compiled, line

from troth.model.problem import Place
from troth.model.text import NONE
from troth.policy.compile import SECTIONS
from troth.policy.nodes import Entries, Node
from troth.policy.report import Report
from troth.policy.section import Context
from troth.policy.shapes import Record, Shape, Values

FEWEST_KEYS = 300


def records(shape: Any, seen: set[int]) -> Iterator[Record]:
    """Every record below a shape, found through whatever shapes hold."""
    if id(shape) in seen:
        return
    seen.add(id(shape))
    if isinstance(shape, Record):
        yield shape
        for field in shape.fields.values():
            yield from records(field.shape, seen)
    held = {
        **{name: getattr(type(shape), name) for name in ("_list", "_item") if hasattr(type(shape), name)},
        **vars(shape),
    }
    for value in held.values():
        if isinstance(value, Shape):
            yield from records(value, seen)


def all_records() -> list[Record]:
    """Of all sections, and of shapes that keep theirs in their module."""
    from troth.policy.common import WHERE_RECORD  # noqa: PLC0415
    from troth.policy.sections import limits, tables  # noqa: PLC0415

    seen: set[int] = set()
    roots = [
        *(section.shape for section in SECTIONS),
        WHERE_RECORD,
        limits._RECORD,
        tables.TABLE_RECORD,
        tables.CLAIM_RECORD,
    ]
    return [record for root in roots for record in records(root, seen)]


def test_it_compiles_clean() -> None:
    """No error and no warning, in two languages."""
    policy, problems = compiled(HERE / "everything")
    assert [line(problem) for problem in problems] == []
    assert policy is not None
    assert policy.clause_of("limit:calls") == "sailing"


def test_every_key_of_every_shape_occurs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each key of each record is read at least once while it compiles."""
    used: set[tuple[int, str]] = set()
    read = Record._read

    def noting(record: Record, node: Node, report: Report) -> Values:
        if isinstance(node, Entries):
            used.update((id(record), key.text) for key, _ in node.entries)
        return read(record, node, report)

    monkeypatch.setattr(Record, "_read", noting)
    compiled(HERE / "everything")
    keys = [(record, name) for record in all_records() for name in record.fields]
    assert len(keys) > FEWEST_KEYS
    missing = [(name, record.fields[name].says) for record, name in keys if (id(record), name) not in used]
    assert missing == []


def making() -> list[Record]:
    return [record for record in all_records() if record.makes]


@pytest.mark.parametrize("record", making(), ids=lambda record: f"{record.makes.__name__}-{len(record.fields)}")
def test_an_absent_key_means_the_default_of_its_noun(record: Record) -> None:
    """Whoever builds a noun by hand, in a test or a tool, says by silence what a policy says by silence."""
    context = Context(None, Report(), {})  # type: ignore[arg-type]  # nothing here asks the catalog
    assert is_dataclass(record.makes)
    defaults = {field.name: field for field in fields(record.makes)}
    for key in record.fields.values():
        field = defaults.get(key.attribute)
        if field is None or key.required or (field.default is MISSING and field.default_factory is MISSING):
            continue
        expected = field.default if field.default is not MISSING else field.default_factory()  # type: ignore[misc]
        made = key.shape.make(key.fallback(), Place("none"), context)
        if isinstance(made, Values):
            continue  # turned into nouns by its section's own function
        assert (made or None) == (expected or None) or (made, expected) == ({}, NONE), key.name

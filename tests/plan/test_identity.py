"""A plan is its bytes: it travels as text, and any edit makes another plan."""

import dataclasses
import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from troth.model.plan import Assign, Effect, Ground, Plan, Residue, StorePart, Verb, Waiting
from troth.model.problem import Place, Problem, Severity
from troth.model.sight import Sight
from troth.plan import canonical, dump, load, plan_hash
from troth.plan.stale import stale

texts = st.text(max_size=8)
keys = st.lists(st.one_of(st.integers(), st.text(max_size=5)), min_size=1, max_size=3).map(tuple)
tuples = st.lists(texts, max_size=3).map(tuple)
grounds = st.builds(Ground, texts, texts, texts)
days = st.dates(date(1990, 1, 1), date(2100, 1, 1))
assigns = st.lists(st.builds(Assign, texts, st.none() | texts), max_size=2).map(tuple)
effects = st.builds(
    Effect,
    number=st.integers(1, 99),
    store=texts,
    table=texts,
    verb=st.sampled_from(Verb),
    rows=st.lists(keys, max_size=3).map(tuple),
    key_columns=tuples,
    datum=tuples,
    ground=grounds,
    columns=tuples,
    assigns=assigns,
    exception=st.none() | grounds,
    until=st.none() | days,
    then=st.none() | st.sampled_from(Verb),
    shared=texts,
    otherwise=assigns,
    owner_columns=tuples,
    owners=st.lists(keys, max_size=2).map(tuple),
)
plans = st.builds(
    Plan,
    case=texts,
    right=texts,
    person=texts,
    policy=texts,
    made_at=st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds
    parts=st.lists(st.builds(StorePart, texts, texts, st.booleans()), max_size=2).map(tuple),
    effects=st.lists(effects, max_size=3).map(tuple),
    waiting=st.lists(st.builds(Waiting, texts, texts, st.lists(keys, max_size=2).map(tuple), texts), max_size=1).map(
        tuple
    ),
    residues=st.lists(st.builds(Residue, texts, texts, st.none() | days), max_size=2).map(tuple),
    findings=st.lists(
        st.builds(
            Problem, texts, texts, st.builds(Place, texts, st.integers(0, 9)), severity=st.sampled_from(Severity)
        ),
        max_size=2,
    ).map(tuple),
)


@settings(max_examples=200)
@given(plans)
def test_a_plan_comes_back_from_its_text_as_it_was(plan: Plan) -> None:
    """Equal in every field, types included, and with the same hash."""
    again = load(dump(plan))
    assert again == plan
    assert plan_hash(again) == plan_hash(plan)
    assert canonical(plan) == dump(plan).encode("ascii")


@settings(max_examples=50)
@given(plans, plans)
def test_two_plans_have_two_hashes(one: Plan, other: Plan) -> None:
    """Equal hash means equal plan."""
    assert (plan_hash(one) == plan_hash(other)) == (one == other)


@given(effects, st.data())
def test_an_edit_of_any_field_of_a_line_makes_another_plan(effect: Effect, data: st.DataObject) -> None:
    """Nothing on a line is outside the signature."""
    name = data.draw(st.sampled_from([f.name for f in dataclasses.fields(Effect)]))
    changed = dataclasses.replace(effect, **{name: getattr(data.draw(effects), name)})
    assert (plan_hash(_with(changed)) == plan_hash(_with(effect))) == (changed == effect)


def test_one_and_the_text_of_one_are_two_keys() -> None:
    """A number does not pass for a text in the bytes that are signed."""
    line = Effect(1, "s", "t", Verb.DELETE, ((1,),), ("id",), (), Ground("g", "g"))
    assert plan_hash(_with(line)) != plan_hash(_with(dataclasses.replace(line, rows=(("1",),))))


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"case": 1}', "{" * 50])
def test_what_is_no_plan_is_refused_without_being_quoted(text: str) -> None:
    """ValueError, and the text does not appear in it."""
    with pytest.raises(ValueError, match="not the text of a plan"):
        load(text)


def test_a_plan_with_an_added_field_is_refused() -> None:
    """What the signed bytes do not hold is not silently dropped."""
    known = json.loads(dump(_with()))
    with pytest.raises(ValueError, match="not the text of a plan"):
        load(json.dumps({**known, "approved": True}, sort_keys=True, separators=(",", ":")))
    with pytest.raises(ValueError, match="as it was written"):
        load(json.dumps(known, indent=1))


def test_only_a_moved_store_is_stale() -> None:
    """An equal fingerprint is not stale, another one is, and a store without a sight is not judged."""
    plan = dataclasses.replace(_with(), parts=(StorePart("a", "1"), StorePart("b", "1"), StorePart("c", "1")))
    assert stale(plan, {"a": Sight("a", {}, "1"), "b": Sight("b", {}, "2")}) == ("b",)


def _with(*lines: Effect) -> Plan:
    return Plan("case", "erasure", "person", "policy", datetime(2026, 1, 1, tzinfo=UTC), (), lines)

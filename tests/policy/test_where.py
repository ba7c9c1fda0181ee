"""Where: what is known decides, what is not known opens nothing, and a part lies in its country."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from troth.model.where import ANYWHERE, Circumstances, Where

PLACES = ["DE", "FR", "US", "US-CA", "US-NY"]
ACTIVITIES = ["website", "fair", "shop"]

places = st.frozensets(st.sampled_from(PLACES), max_size=3)
activities = st.frozensets(st.sampled_from(ACTIVITIES), max_size=2)
ages = st.integers(0, 3)
wheres = st.builds(Where, residence=places, activity=activities, younger_than=ages)
known = st.builds(
    Circumstances,
    residence=st.one_of(st.none(), st.sampled_from(PLACES).map(lambda place: frozenset({place}))),
    activity=st.one_of(st.none(), activities),
    ages=st.one_of(st.none(), st.frozensets(ages, min_size=1, max_size=2)),
)


@pytest.mark.parametrize(
    ("wanted", "residence", "holds", "may_hold", "unknown"),
    [
        ({"DE", "FR"}, {"DE"}, True, True, ()),
        ({"DE"}, {"FR"}, False, False, ()),
        ({"DE"}, None, False, True, ("residence",)),
        ({"US"}, {"US-CA"}, True, True, ()),
        ({"US-CA"}, {"US"}, False, True, ("residence",)),
        ({"US-CA"}, {"US-NY"}, False, False, ()),
        ({"DE"}, set(), False, False, ()),
    ],
)
def test_places(
    wanted: set[str], residence: set[str] | None, *, holds: bool, may_hold: bool, unknown: tuple[str, ...]
) -> None:
    """A part lies in its country; of somebody in a country it is not known in which part."""
    where = Where(residence=frozenset(wanted))
    circumstances = Circumstances(residence=None if residence is None else frozenset(residence))
    assert where.holds(circumstances) is holds
    assert where.may_hold(circumstances) is may_hold
    assert where.unknown(circumstances) == unknown


def test_all_that_is_named_must_hold() -> None:
    """Any value of a dimension will do, and every dimension must."""
    where = Where(residence=frozenset({"DE"}), activity=frozenset({"fair", "shop"}), younger_than=16)
    fits = Circumstances(residence=frozenset({"DE"}), activity=frozenset({"shop"}), ages=frozenset({15}))
    assert where.holds(fits)
    assert not where.holds(
        Circumstances(residence=frozenset({"DE"}), activity=frozenset({"website"}), ages=frozenset({15}))
    )
    assert not where.holds(
        Circumstances(residence=frozenset({"DE"}), activity=frozenset({"shop"}), ages=frozenset({16}))
    )
    assert where.unknown(replace(fits, ages=frozenset({15, 16}))) == ("age",)
    assert where.unknown(Circumstances(residence=frozenset({"DE"}))) == ("activity", "age")
    assert where.unknown(Circumstances(residence=frozenset({"FR"}))) == ()


@given(wheres, known)
def test_unknown_lies_between(where: Where, circumstances: Circumstances) -> None:
    """What certainly holds may hold; they differ exactly where something is unknown."""
    holds, may = where.holds(circumstances), where.may_hold(circumstances)
    assert may or not holds
    assert bool(where.unknown(circumstances)) == (may and not holds)


@given(wheres, known)
def test_learning_more_never_takes_back(where: Where, circumstances: Circumstances) -> None:
    """A condition that holds on what is known holds whatever else turns out."""
    whole = Circumstances(
        residence=circumstances.residence or frozenset({"FR"}),
        activity=circumstances.activity if circumstances.activity is not None else frozenset(),
        ages=circumstances.ages if circumstances.ages is not None else frozenset({2}),
    )
    if where.holds(circumstances):
        assert where.holds(whole)
    if not where.may_hold(circumstances):
        assert not where.may_hold(whole)


@given(wheres, wheres, known)
def test_within_means_implied(inner: Where, outer: Where, circumstances: Circumstances) -> None:
    """Where one lies within another, it never holds alone."""
    if inner.within(outer) and inner.holds(circumstances):
        assert outer.holds(circumstances)


@given(wheres)
def test_everything_lies_within_anywhere(where: Where) -> None:
    """Nothing named demands nothing."""
    assert ANYWHERE.anywhere
    assert ANYWHERE.holds(Circumstances())
    assert where.within(ANYWHERE)
    assert where.within(where)
    assert ANYWHERE.within(where) == where.anywhere

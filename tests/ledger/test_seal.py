"""Sealed slots, commitments, leaf bytes: a slot opens with its own key, at its own place, unchanged, and never else."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from troth.ledger import merkle, seal
from troth.ledger.envelope import MAX_NUMBER, canonical, content_hash, leaf_bytes
from troth.ledger.errors import CanonicalError, LedgerError, SealError
from troth.model.personal import Personal

CANARY = "Wilhelmina-Kanarienvogel"
BODY = Personal({"name": CANARY, "age": 47, "consents": ["post", None, True]})
KEY = Personal(bytes(range(32)))
PLACE = seal.SlotPlace("e-1", 0, "case", 2026)

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-MAX_NUMBER, MAX_NUMBER)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=6), inner, max_size=4)
    ),
    max_leaves=12,
)


def flips(value: bytes) -> Iterator[bytes]:
    for position in range(len(value)):
        for bit in range(8):
            yield value[:position] + bytes([value[position] ^ 1 << bit]) + value[position + 1 :]


def test_a_sealed_body_comes_back_and_is_nowhere_in_clear() -> None:
    """What was sealed opens equal, and neither the slot nor its commitment holds the words."""
    slot = seal.seal(BODY, KEY, PLACE)
    assert seal.open_slot(slot, KEY, PLACE) == BODY
    assert CANARY.encode() not in slot + seal.commitment(slot)


def test_two_seals_of_one_body_have_nothing_in_common() -> None:
    """Salt and nonce are fresh each time, so equal bodies do not show as equal slots or commitments."""
    first, second = seal.seal(BODY, KEY, PLACE), seal.seal(BODY, KEY, PLACE)
    assert first[1:45] != second[1:45]
    assert seal.commitment(first) != seal.commitment(second)


def test_every_flipped_bit_of_a_slot_is_seen_twice() -> None:
    """One changed bit anywhere, salt and nonce included, changes the commitment, and the slot does not open."""
    slot = seal.seal(BODY, KEY, PLACE)
    kept = seal.commitment(slot)
    for bad in flips(slot):
        assert seal.commitment(bad) != kept
        with pytest.raises(SealError) as caught:
            seal.open_slot(bad, KEY, PLACE)
        assert caught.value.code == "slot-does-not-open"


def test_every_flipped_bit_of_the_key_is_seen() -> None:
    """No key but the own one opens a slot."""
    slot = seal.seal(BODY, KEY, PLACE)
    for bad in flips(KEY.reveal()):
        with pytest.raises(SealError):
            seal.open_slot(slot, Personal(bad), PLACE)


@pytest.mark.parametrize("change", [{"event": "e-2"}, {"ordinal": 1}, {"retain": "state"}, {"year": 2027}])
def test_a_slot_opens_at_its_own_place_only(change: dict[str, object]) -> None:
    """Another event, ordinal, class or year is another place."""
    slot = seal.seal(BODY, KEY, PLACE)
    with pytest.raises(SealError):
        seal.open_slot(slot, KEY, dataclasses.replace(PLACE, **change))


@pytest.mark.parametrize("length", [0, 1, 12, 44, 45, 60, -1])
def test_a_cut_slot_does_not_open(length: int) -> None:
    """A truncated slot, down to nothing, is refused like any other."""
    with pytest.raises(SealError):
        seal.open_slot(seal.seal(BODY, KEY, PLACE)[:length], KEY, PLACE)


def test_no_error_shows_the_body_or_the_key() -> None:
    """Neither a refused body, nor a failed opening, nor a repr carries what is sealed or the key."""
    slot = seal.seal(BODY, KEY, PLACE)
    with pytest.raises(SealError) as opening:
        seal.open_slot(slot[:-1], KEY, PLACE)
    with pytest.raises(SealError) as sealing:
        seal.seal(Personal({CANARY: {CANARY: 1.5}}), KEY, PLACE)
    assert sealing.value.__cause__ is None
    assert sealing.value.__suppress_context__
    shown = f"{opening.value!r}{opening.value}{sealing.value!r}{sealing.value}{KEY!r}{BODY!r}"
    assert CANARY not in shown
    assert repr(KEY.reveal()) not in shown


@given(PLAIN)
def test_the_canonical_form_reads_back_equal_and_is_one(value: object) -> None:
    """Canonical JSON parses to the value, and writing what was read gives the same bytes."""
    spelled = canonical(value)
    assert json.loads(spelled) == value
    assert canonical(json.loads(spelled)) == spelled


def test_the_canonical_form_is_that_of_rfc_8785() -> None:
    """Keys in UTF-16 order, no spaces, short escapes, text unescaped: the examples of RFC 8785, 3.2.2 and 3.2.3."""
    keys = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\x80": 6, "\u00f6": 7}
    assert list(json.loads(canonical(keys)).values()) == [2, 4, 6, 7, 1, 5, 3]
    text = "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"\u002f"
    assert canonical({"string": text, "literals": [None, True, False]}) == (
        '{"literals":[null,true,false],"string":"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'.encode()
    )
    assert content_hash({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


def nested(depth: int) -> object:
    value: object = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"a": [0, 1.0]}, "$.a[1]"),
        ({"a": math.nan}, "$.a"),
        ({"a": date(2026, 1, 1)}, "$.a"),
        ({"a": b"bytes"}, "$.a"),
        ({"a": (1, 2)}, "$.a"),
        ({"a": 2**53}, "$.a"),
        ({"a": -(10**5_000)}, "$.a"),
        ({"a": "\ud800"}, "$.a"),
        ({"\ud800": 1}, "$"),
        ({1: 2}, "$"),
        ({"a": 1, None: 2}, "$"),
        (nested(100), "$[0]"),
        (nested(100_000), "$[0]"),
    ],
)
def test_what_has_no_one_spelling_is_refused_with_its_place(value: object, place: str) -> None:
    """Floats, dates, bytes, tuples, huge numbers, broken text and endless nesting are refused, never guessed at."""
    with pytest.raises(CanonicalError) as caught:
        canonical(value)
    assert caught.value.code == "no-canonical-form"
    assert place in caught.value.message


def test_a_leaf_commits_to_everything_in_order() -> None:
    """Envelope, each commitment and their order are in the leaf: any change gives another leaf hash."""
    slots = [seal.seal(BODY, KEY, dataclasses.replace(PLACE, ordinal=number)) for number in range(3)]
    kept = [seal.commitment(slot) for slot in slots]
    leaf = leaf_bytes({"kind": "case.closed", "at": 1}, kept)
    assert leaf == b'{"at":1,"kind":"case.closed"}' + b"".join(kept)
    others = [
        leaf_bytes({"kind": "case.closed", "at": 2}, kept),
        leaf_bytes({"kind": "case.closed", "at": 1}, kept[::-1]),
        leaf_bytes({"kind": "case.closed", "at": 1}, kept[:2]),
        leaf_bytes({"kind": "case.closed", "at": 1}, [*kept, kept[0]]),
    ]
    assert len({merkle.leaf_hash(each) for each in [leaf, *others]}) == 5


def test_an_erased_slot_leaves_a_leaf_that_still_verifies() -> None:
    """With slot and key of one traveller gone, the other's slot opens and both are still in the tree."""
    keys = [Personal(bytes([number]) * 32) for number in range(2)]
    places = [dataclasses.replace(PLACE, ordinal=number) for number in range(2)]
    bodies = [Personal({"name": name}) for name in ("leaver", "neighbour")]
    slots = [seal.seal(*parts) for parts in zip(bodies, keys, places, strict=True)]
    kept = [seal.commitment(slot) for slot in slots]
    leaf = merkle.leaf_hash(leaf_bytes({"kind": "booking.seen"}, kept))
    assert [seal.open_slot(*parts) for parts in zip(slots, keys, places, strict=True)] == bodies
    del slots[0], keys[0]
    assert seal.open_slot(slots[0], keys[0], places[1]) == bodies[1]
    assert merkle.leaf_hash(leaf_bytes({"kind": "booking.seen"}, [kept[0], seal.commitment(slots[0])])) == leaf


def test_a_commitment_of_the_wrong_length_is_refused() -> None:
    """A leaf cannot be built with something that is no commitment."""
    with pytest.raises(LedgerError, match="bad-commitment"):
        leaf_bytes({}, [b"short"])

"""Normal forms: spellings of one identifier meet, two people never do, hostile text is refused and not repeated."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from troth.catalog import Catalog
from troth.policy import Unreadable, normal_form

SAME = [
    ("email", "Ottilie.Marwood@Example.ORG", "ottilie.marwood@example.org"),
    ("email", "  ottilie.marwood@example.org\t", "ottilie.marwood@example.org"),
    ("email", "nicole+air@example.org", "nicole+air@example.org"),
    ("email", "x@bücher.example", "x@xn--bcher-kva.example"),
    ("email", "x@XN--BCHER-KVA.example", "x@xn--bcher-kva.example"),
    ("email", "ro\u0308sle@example.org", "rösle@example.org"),
    ("email", "o'hara@example.org", "o'hara@example.org"),
    ("phone", "+44 7700 900 123", "+447700900123"),
    ("phone", "030 23125-000", "+493023125000"),
    ("phone", "0049 30 23125000", "+493023125000"),
    ("customer-number", " C00000001\n", "C00000001"),
    ("customer-number", "Cafe\u0301", "Café"),
    ("a-kind-of-our-own", "x y", "x y"),
]


@pytest.mark.parametrize(("kind", "text", "form"), SAME)
def test_spellings_meet(kind: str, text: str, form: str) -> None:
    """Capitals, spaces, Unicode forms and ways to write a number make no difference; and the form is its own form."""
    assert normal_form(kind, text, "DE") == form
    assert normal_form(kind, form, "DE") == form


APART = [
    ("email", "a.b@example.org", "ab@example.org"),
    ("email", "a@example.org", "a+air@example.org"),
    ("email", "anna@example.org", "\u0430nna@example.org"),
    ("email", "rene@example.org", "rené@example.org"),
    ("email", "a@example.org", "a@example.com"),
    ("customer-number", "C00000001", "c00000001"),
    ("customer-number", "00000001", "1"),
    ("customer-number", "C\uff11", "C1"),
    ("phone", "+44 7700 900123", "+49 7700 900123"),
]


@pytest.mark.parametrize(("kind", "one", "other"), APART)
def test_people_stay_apart(kind: str, one: str, other: str) -> None:
    """Dots, tags, accents, look-alike letters and leading zeros may be all that tells two people apart."""
    assert normal_form(kind, one) != normal_form(kind, other)


HOSTILE = [
    ("email", "", "identifier-empty"),
    ("email", " \u3000 ", "identifier-empty"),
    ("email", "nobody", "identifier-not-email"),
    ("email", "a@b@example.org", "identifier-not-email"),
    ("email", "a@example.org'; DROP TABLE customer; --", "identifier-not-email"),
    ("email", '"a b"@example.org', "identifier-not-email"),
    ("email", "a@localhost", "identifier-not-email"),
    ("email", "a@[127.0.0.1]", "identifier-not-email"),
    ("email", "a\0@example.org", "identifier-control"),
    ("email", "a@example.org\r\nBcc: everybody@example.org", "identifier-control"),
    ("email", "\u202egro.elpmaxe@a", "identifier-hides"),
    ("email", "a\u200b@example.org", "identifier-hides"),
    ("email", "x" * 300 + "@example.org", "identifier-too-long"),
    ("email", "x" * 10_000_000, "identifier-too-long"),
    ("phone", "call me", "identifier-not-phone"),
    ("phone", "112", "identifier-not-phone"),
    ("phone", "+1 555", "identifier-not-phone"),
    ("phone", "+44 7700 900123 ext. 5", "identifier-not-phone"),
    ("customer-number", "C\x00", "identifier-control"),
    ("customer-number", "C\ud800", "identifier-control"),
    ("customer-number", "C\u20661\u2069", "identifier-hides"),
    ("customer-number", "C" * 257, "identifier-too-long"),
]


@pytest.mark.parametrize(("kind", "text", "code"), HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_refused_without_being_repeated(kind: str, text: str, code: str) -> None:
    """Each has its own code, and nothing of the value stands in message or traceback text."""
    with pytest.raises(Unreadable) as refused:
        normal_form(kind, text, "DE")
    assert refused.value.code == code
    if len(text.strip()) > 3:
        assert text.strip()[:12] not in str(refused.value)
    assert refused.value.__cause__ is None


def test_a_local_number_needs_its_country() -> None:
    """Without a region nobody guesses where a number rings."""
    with pytest.raises(Unreadable, match="its country"):
        normal_form("phone", "030 23125000")


@given(kind=st.sampled_from(sorted(Catalog.load().identifiers)), text=st.text(max_size=40))
def test_a_form_is_its_own_form(kind: str, text: str) -> None:
    """Any text either has a form that is stable, in NFC and without outer space, or is refused."""
    try:
        form = normal_form(kind, text, "DE")
    except Unreadable:
        return
    assert normal_form(kind, form, "DE") == form
    assert unicodedata.is_normalized("NFC", form)
    assert form
    assert form == form.strip()


@given(st.emails(domains=st.just("example.org")))
def test_capitals_never_split_an_address(address: str) -> None:
    """An address that is accepted is accepted in capitals too, and is the same."""
    try:
        form = normal_form("email", address)
    except Unreadable:
        return
    assert normal_form("email", address.upper()) == form

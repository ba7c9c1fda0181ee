"""Looking, over every engine: what is this person's, and nothing else."""

from datetime import date

import pytest
from tests.stores.contract.ferry import Ground, by, email, keys, number, row, waiting

from troth.model.sight import Pointer, Reach
from troth.policy import check_against_schema


def two_customers(ground: Ground) -> None:
    ground.plant(
        "customer",
        (1, "C1", "anna@x.example", "+491", "Anna", None),
        (2, "C2", "bert@x.example", "+492", "Bert", 1),
    )


def family(ground: Ground) -> None:
    """Anna and Bert share booking L1; on passenger numbers they are look-alikes of strangers."""
    two_customers(ground)
    ground.plant(
        "passenger",
        ("AA", "1", 1, "anna@x.example", None, "Anna"),
        ("BB", "2", 2, "bert@x.example", None, "Bert"),
        ("AA", "2", None, None, None, "Stranger"),
        ("BB", "1", None, None, None, "Stranger"),
    )
    ground.plant("booking", ("L1", 1, "anna@x.example", "window"), ("L9", None, None, None))
    ground.plant(
        "seat", ("L1", "AA", "1", "1A"), ("L1", "BB", "2", "1B"), ("L9", "AA", "2", "2A"), ("L9", "BB", "1", "2B")
    )
    ground.plant("leg", ("L1", "AA", "1", 1), ("L1", "AA", "1", 2), ("L1", "BB", "2", 1), ("L9", "BB", "1", 1))


def test_rows_are_found_down_claims_and_across_ties(ground: Ground) -> None:
    """From a customer number to passenger, seat, leg and the shared booking; other people's ties stay theirs."""
    family(ground)
    sight = ground.open().look([number("C1")])
    assert keys(sight, "customer") == [(1,)]
    assert keys(sight, "passenger") == [("AA", "1")]
    assert keys(sight, "seat") == [("L1", "AA", "1")]
    assert keys(sight, "leg") == [("L1", "AA", "1", 1), ("L1", "AA", "1", 2)]
    booking = row(sight, "booking", "L1")
    assert (booking.root, booking.root_table, booking.others, booking.own_claims) == (
        ("L1",),
        "booking",
        1,
        ("customer",),
    )
    assert row(sight, "passenger", "AA", "1").by == "via customer"
    assert row(sight, "seat", "L1", "AA", "1").root is None


def test_composite_keys_meet_no_look_alike(ground: Ground) -> None:
    """Two halves of two people's keys are never put together."""
    family(ground)
    sight = ground.open().look([number("C1"), number("C2")])
    assert keys(sight, "passenger") == [("AA", "1"), ("BB", "2")]
    assert ("L9",) not in keys(sight, "booking")


def test_a_parents_address_on_a_childs_row_waits(ground: Ground) -> None:
    """A hint alone brings nothing in, and nothing is walked from it."""
    family(ground)
    ground.plant("passenger", ("CC", "7", None, "Anna@X.example", None, "Child"))
    ground.plant("booking", ("L7", None, "anna@x.example", None))
    ground.plant("seat", ("L7", "CC", "7", "3A"))
    sight = ground.open().look([number("C1"), email("anna@x.example")])
    assert waiting(sight, "passenger") == [("CC", "7")]
    assert waiting(sight, "booking") == [("L7",)]
    assert ("L7", "CC", "7") not in keys(sight, "seat")
    assert row(sight, "passenger", "CC", "7").by == "email"
    assert row(sight, "passenger", "CC", "7").reach is Reach.HINT


def test_two_hints_of_different_kinds_enter(ground: Ground) -> None:
    """E-mail address and telephone number on the same row are enough; two of one kind are not."""
    ground.plant("passenger", ("AA", "1", None, "anna@x.example", "+491", "Anna"))
    store = ground.open()
    assert keys(store.look([email("anna@x.example")]), "passenger") == []
    sight = store.look([email("anna@x.example"), by("phone", "+491")])
    assert row(sight, "passenger", "AA", "1").reach is Reach.TWO_HINTS
    assert row(sight, "passenger", "AA", "1").matched == ("email", "phone")


def test_an_address_is_found_in_any_case(ground: Ground) -> None:
    """A column that holds capitals is found by the normal form, and learned in it."""
    ground.plant("account", (1, "Anna@X.Example", None))
    sight = ground.open().look([email("anna@x.example")])
    assert keys(sight, "account") == [(1,)]


def test_accents_are_not_the_same_letter(ground: Ground) -> None:
    """A collation that calls e and é equal does not make two people one."""
    ground.plant("account", (1, "rene@x.example", None), (2, "rené@x.example", None))
    assert keys(ground.open().look([email("rene@x.example")]), "account") == [(1,)]


def test_decisions_bring_in_and_keep_out(ground: Ground) -> None:
    """A person's word about one row outranks its columns, both ways."""
    family(ground)
    store = ground.open()
    hinted = store.look([email("bert@x.example"), by("row", "ferry.passenger(BB, 2)")])
    assert keys(hinted, "passenger") == [("BB", "2")]
    assert row(hinted, "passenger", "BB", "2").by == "row"
    assert keys(hinted, "seat") == [("L1", "BB", "2")]
    without = store.look([number("C1"), by("not-row", "ferry.passenger(AA, 1)")])
    assert keys(without, "passenger") == []
    assert keys(without, "seat") == []


def test_what_hangs_under_a_shared_row_carries_its_root(ground: Ground) -> None:
    """An invoice nobody claims alone hangs under the booking, its lines too; one's own invoice is one's own."""
    family(ground)
    ground.plant("invoice", ("I1", "L1", None, "paid", "2024-02-03"), ("I2", "L1", 1, "open", "2024-02-04"))
    ground.plant("invoice_line", ("I1", 1, "fare"), ("I2", 1, "fare"))
    sight = ground.open().look([number("C1")])
    hanging, own = row(sight, "invoice", "I1"), row(sight, "invoice", "I2")
    assert (hanging.root, hanging.root_table, hanging.others) == (("L1",), "booking", 1)
    assert (hanging.retained, hanging.clock) == (True, date(2024, 2, 3))
    assert (own.root, own.retained, own.clock) == (None, False, date(2024, 2, 4))
    assert row(sight, "invoice_line", "I1", 1).root == ("L1",)
    assert row(sight, "invoice_line", "I2", 1).root is None


def test_a_condition_with_two_values_holds_for_either(ground: Ground) -> None:
    """Paid and cancelled invoices are kept; an open one is not."""
    family(ground)
    ground.plant(
        "invoice",
        ("I1", "L1", 1, "paid", "2024-02-03"),
        ("I2", "L1", 1, "cancelled", "2024-02-03"),
        ("I3", "L1", 1, "open", "2024-02-03"),
    )
    sight = ground.open().look([number("C1")])
    assert [row(sight, "invoice", key).retained for key in ("I1", "I2", "I3")] == [True, True, False]


def test_another_holders_claim_outranks_a_shared_one(ground: Ground) -> None:
    """Bert's note on the shared booking is Bert's: Anna does not reach it, and it is said that it stands in the way."""
    family(ground)
    ground.plant("note", (1, 2, "L1", "about Bert"), (2, None, "L1", "about all"), (3, 1, None, "about Anna"))
    ground.plant("invoice", ("I3", "L1", 2, "paid", "2024-02-03"))
    sight = ground.open().look([number("C1")])
    assert keys(sight, "note") == [(2,), (3,)]
    assert keys(sight, "invoice") == []
    assert row(sight, "booking", "L1").blockers == ("invoice.locator",)


def test_a_claim_on_nothing_keeps_nothing_back(ground: Ground) -> None:
    """A note whose customer is long gone still hangs under its booking."""
    family(ground)
    ground.plant("note", (4, 77, "L1", "about somebody gone"))
    assert keys(ground.open().look([number("C1")]), "note") == [(4,)]


def test_a_polymorphic_table_is_read_by_its_word(ground: Ground) -> None:
    """The same id under another word is somebody else's."""
    family(ground)
    ground.plant(
        "message",
        (1, "customer", None, "C1", "yes"),
        (2, "booking", None, "C1", "no"),
        (3, "booking", None, "L1", "shared"),
        (4, "passenger", "AA", "1", "yes"),
        (5, "passenger", "BB", "1", "no"),
        (6, "customer", None, "C2", "no"),
    )
    sight = ground.open().look([number("C1")])
    assert keys(sight, "message") == [(1,), (3,), (4,)]
    assert row(sight, "message", 3).root == ("L1",)


def test_a_ring_of_claims_ends(ground: Ground) -> None:
    """Account owns wallet owns account: both are found once, and a stranger's are not."""
    ground.plant("account", (1, "anna@x.example", 10), (2, "bert@x.example", 20))
    ground.plant("wallet", (10, 1), (20, 2))
    sight = ground.open().look([email("anna@x.example")])
    assert (keys(sight, "account"), keys(sight, "wallet")) == ([(1,)], [(10,)])


def test_two_owners_of_one_row_make_it_wait(ground: Ground) -> None:
    """A row that two people alone claim is decided by a person, not by whoever asks first."""
    two_customers(ground)
    ground.plant("gift", (1, 1, 2), (2, 1, None), (3, 1, 1), (4, 1, 77))
    sight = ground.open().look([number("C1")])
    assert (keys(sight, "gift"), waiting(sight, "gift")) == ([(2,), (3,), (4,)], [(1,)])
    assert keys(ground.open().look([number("C1"), by("row", "ferry.gift(1)")]), "gift") == [(1,), (2,), (3,), (4,)]


def test_rows_exactly_alike_are_one_key(ground: Ground) -> None:
    """A table without a primary key works by its declared key, twice-written rows included."""
    ground.plant("import_row", ("f", "a", "anna@x.example"), ("f", "a", "anna@x.example"), ("f", "b", "bert@x.example"))
    assert keys(ground.open().look([email("anna@x.example")]), "import_row") == [("f", "a")]


def test_learned_identifiers_come_from_own_rows_only(ground: Ground) -> None:
    """The customer row teaches her address; the shared booking and Bert's rows teach nothing."""
    family(ground)
    ground.sql("UPDATE booking SET contact_email = 'agency@y.example'")
    learned = {(i.kind, i.value.reveal(), i.proven, i.origin) for i in ground.open().look([number("C1")]).learned}
    assert learned == {
        ("email", "anna@x.example", False, "ferry.customer.email"),
        ("phone", "+491", False, "ferry.customer.phone"),
    }


def test_foreign_keys_are_told_to_whomever_they_lead(ground: Ground) -> None:
    """Where a row's own keys lead: to the rows of this person, and by name to a stranger's, so that this is seen."""
    family(ground)
    ground.sql("UPDATE customer SET referred_by = 2 WHERE customer_id = 1")
    store = ground.open()
    sight = store.look([number("C1")])
    assert row(sight, "customer", 1).refers == (Pointer(("referred_by",), "customer", (2,)),)
    assert row(sight, "passenger", "AA", "1").refers == (Pointer(("customer_id",), "customer", (1,)),)
    assert set(row(sight, "seat", "L1", "AA", "1").refers) == {
        Pointer(("locator",), "booking", ("L1",)),
        Pointer(("line", "no"), "passenger", ("AA", "1")),
    }
    ground.sql("UPDATE customer SET referred_by = 1 WHERE customer_id = 1")
    moved = store.look([number("C1")])
    assert row(moved, "customer", 1).refers == (Pointer(("referred_by",), "customer", (1,)),)
    assert moved.fingerprint != sight.fingerprint


def test_blockers_tell_nullable_from_forbidden(ground: Ground) -> None:
    """Bert was referred by Anna: his row points at hers and may let go, which the question mark says."""
    two_customers(ground)
    assert row(ground.open().look([number("C1")]), "customer", 1).blockers == ("customer.referred_by?",)


def test_neighbours_do_not_move_the_fingerprint_and_own_rows_do(ground: Ground) -> None:
    """Bert leaving or joining is told in `others` alone; a change of one's own claim is in the fingerprint."""
    family(ground)
    store = ground.open()
    before = store.look([number("C1")])
    ground.sql("DELETE FROM leg WHERE line = 'BB'")
    ground.sql("DELETE FROM seat WHERE line = 'BB'")
    alone = store.look([number("C1")])
    assert (row(before, "booking", "L1").others, row(alone, "booking", "L1").others) == (1, 0)
    assert alone.fingerprint == before.fingerprint
    ground.sql("UPDATE booking SET booked_by = NULL WHERE locator = 'L1'")
    assert store.look([number("C1")]).fingerprint != before.fingerprint


def test_hostile_identifiers_match_nothing_and_break_nothing(ground: Ground) -> None:
    """Quotes, NUL, half characters, right-to-left marks, very long texts: values, never SQL and never an error."""
    family(ground)
    before = ground.checksum()
    store = ground.open()
    for hostile in (
        "'; DROP TABLE customer; --",
        '"',
        "C1\x00",
        "\ud800",
        "\u202eC1",
        "C" * 100_000,
        "%",
        "\\",
        "\uff231",
    ):
        sight = store.look([by("customer-number", hostile), by("email", hostile), by("phone", hostile)])
        assert sight.count == 0
        assert not sight.tables
    assert ground.checksum() == before


def test_nothing_known_is_an_empty_sight(ground: Ground) -> None:
    """A stranger has no rows, and an empty value is nobody."""
    family(ground)
    ground.plant("passenger", ("ZZ", "1", None, "", None, "Nameless"))
    sight = ground.open().look([number("C404"), email("")])
    assert (sight.tables, sight.learned, sight.count) == ({}, (), 0)


@pytest.mark.parametrize(
    "written",
    [
        "+494012345678",
        "+49 40 12345678",
        "+49-40-12345678",
        "+49 4012345678",
        "+49 (0)40 12345678",
        "0049 40 12345678",
        "00494012345678",
    ],
)
def test_a_phone_number_is_found_however_it_is_spaced(ground: Ground, written: str) -> None:
    """With its country, in the usual spellings; the neighbour's number, one digit off, is not."""
    ground.plant(
        "customer",
        (1, "C1", "anna@x.example", written, "Anna", None),
        (2, "C2", "bert@x.example", written.replace("78", "79"), "Bert", None),
    )
    ground.plant("passenger", ("AA", "1", None, None, written, "Anna"))
    sight = ground.open().look([by("phone", "+494012345678"), email("anna@x.example")])
    assert keys(sight, "customer") == [(1,)]
    assert row(sight, "customer", 1).matched == ("email", "phone")
    assert [each.key for each in sight.tables["passenger"].rows] == [("AA", "1")]


@pytest.mark.parametrize("written", ["040 12345678", "+49 40 12 34 56 78", "4940 12345678"])
def test_what_is_not_looked_for_is_said(ground: Ground, written: str) -> None:
    """A number without its country may be anybody's, and an unusual grouping is not found: a finding says so."""
    ground.plant("customer", (1, "C1", "anna@x.example", written, "Anna", None))
    store = ground.open()
    assert store.look([by("phone", "+494012345678")]).count == 0
    problems = check_against_schema(ground.store_map(), store.describe())
    said = [problem.message for problem in problems if problem.code == "phone-as-written"]
    assert [("`customer.phone`" in text, "`passenger.phone`" in text) for text in said] in (
        [(True, False), (False, True)],
        [(False, True), (True, False)],
    )

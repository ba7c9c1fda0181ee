"""Whose row is it: the hardest question of all, asked of people whose rows lie close together."""

import pytest
from examples.airline.data import cast
from tests.journey.owner import changed_columns, owned, touched, who
from tests.journey.world import Airline, carry_out, number, planned, receipt, sign, whole

from troth.desk import planning
from troth.model.case import CaseState
from troth.model.person import NOT_ROW, ROW, Identifier, row_name
from troth.model.personal import Personal

OF_WHOEVER_BOOKED = {"contact_name", "contact_email", "contact_phone", "booked_by_customer"}
OF_THE_MAIN_MEMBER = {"main_member_id"}


def passenger(airline: Airline, key: cast.PassengerKey) -> list[tuple[object, ...]]:
    return airline.sql("bookings", "SELECT * FROM passenger WHERE airline_code = ? AND passenger_no = ?", *key)


@pytest.mark.parametrize("person", cast.CUSTOMERS, ids=lambda person: person.name.split()[0])
def test_only_own_rows_are_touched(airline: Airline, person: cast.CastMember) -> None:
    """Whoever leaves: nothing changes but rows that plain SQL gives to them, and their columns of shared ones."""
    mine = owned(airline, who(airline, person.customer_id))
    before = airline.everything()
    with airline.house() as house:
        case, _, done = whole(airline, house, "erasure", number(person))
        assert done.state is CaseState.CLOSED
        assert all(line["left"] == 0 for line in receipt(house, case)["stores"])
    after = airline.everything()
    moved = touched(before, after)
    assert moved, "an erasure that changes nothing proves nothing"
    assert moved <= mine.keys() | mine.keys(shared=True)
    for store, table, key in moved & mine.keys(shared=True):
        allowed = OF_WHOEVER_BOOKED if table == "booking" else OF_THE_MAIN_MEMBER
        assert changed_columns(airline, store, table, before, after, key) <= allowed
    others = mine.keys() | mine.keys(shared=True)
    assert before.without(others).checksum() == after.without(others).checksum()
    assert airline.orphans() == 0


def test_a_parent_erases_herself_and_her_child_stays(airline: Airline) -> None:
    """Her address stands on her child's and on a stranger's row: both wait for a person, and neither moves."""
    mine = owned(airline, who(airline, cast.MOTHER.customer_id))
    before = airline.everything()
    child, stranger = passenger(airline, cast.CHILD), passenger(airline, cast.NAMESAKE.passenger)
    assert cast.MOTHER.email in child[0]
    assert cast.MOTHER.email in stranger[0]
    with airline.house() as house:
        case, made = planned(house, "erasure", number(cast.MOTHER))
        waits = {(entry.table, key) for entry in made.plan.waiting for key in entry.rows}
        assert waits == {("passenger", cast.CHILD), ("passenger", cast.NAMESAKE.passenger)}
        sign(airline, house, case)
        assert carry_out(house, case).state is CaseState.CLOSED
        assert receipt(house, case)["waiting"] == 2
    assert passenger(airline, cast.CHILD) == child
    assert passenger(airline, cast.NAMESAKE.passenger) == stranger
    assert passenger(airline, cast.MOTHER.passenger) == []
    assert touched(before, airline.everything()) <= mine.keys() | mine.keys(shared=True)


def test_a_waiting_row_enters_only_after_a_person_said_whose_it_is(airline: Airline) -> None:
    """The office says: the child's row is hers to erase, the stranger's is not; the new plan has only the first."""
    with airline.house() as house:
        case, made = planned(house, "erasure", number(cast.MOTHER))
        for key, theirs in ((cast.CHILD, True), (cast.NAMESAKE.passenger, False)):
            row = row_name("bookings", "passenger", key)
            planning.decide(house, case, row, theirs=theirs, by="staff:ines", reason="asked by telephone")
        decided = planning.make_plan(house, case)
        assert decided.hash != made.hash
        assert decided.plan.waiting == ()
        rows = {key for effect in decided.plan.effects if effect.table == "passenger" for key in effect.rows}
        assert rows == {cast.MOTHER.passenger, cast.CHILD}
        stranger = passenger(airline, cast.NAMESAKE.passenger)
        sign(airline, house, case)
        assert carry_out(house, case).state is CaseState.CLOSED
    assert passenger(airline, cast.CHILD) == []
    assert passenger(airline, cast.NAMESAKE.passenger) == stranger


@pytest.mark.parametrize(("kind", "theirs"), [(ROW, True), (NOT_ROW, False)])
def test_a_decision_can_be_taken_back(airline: Airline, kind: str, theirs: bool) -> None:
    """A decision about a row is a link: taken back, the row waits again."""
    with airline.house() as house:
        case, made = planned(house, "erasure", number(cast.MOTHER))
        row = row_name("bookings", "passenger", cast.CHILD)
        planning.decide(house, case, row, theirs=theirs, by="staff:ines", reason="seen on the form")
        assert [key for w in planning.make_plan(house, case).plan.waiting for key in w.rows] == [
            cast.NAMESAKE.passenger
        ]
        with house.unit("staff:ines") as unit:
            decision = Identifier(kind, Personal(row), proven=True, origin="staff:ines")
            unit.persons.unlink(made.plan.person, decision, reason="a mistake")
        again = planning.make_plan(house, case).plan
        assert {key for w in again.waiting for key in w.rows} == {cast.CHILD, cast.NAMESAKE.passenger}


def test_half_a_composite_key_finds_nobody(airline: Airline) -> None:
    """Casimir has Ottilie's passenger number at another airline: no row of his is in her plan, and none moves."""
    assert cast.NUMERIC_TWIN[1] == cast.DEMO.passenger[1]

    def his() -> list[list[tuple[object, ...]]]:
        where = f"airline_code = '{cast.NUMERIC_TWIN[0]}' AND passenger_no = '{cast.NUMERIC_TWIN[1]}'"
        tables = ("passenger", "booking_passenger", "coupon")
        found = [airline.rows("bookings", table, where) for table in tables]
        return [*found, airline.rows("bookings", "booking", f"locator = '{cast.NUMERIC_TWIN_LOCATOR}'")]

    before = his()
    assert all(before)
    with airline.house() as house:
        _, plan, _ = whole(airline, house, "erasure", number(cast.DEMO))
    assert not [e for e in plan.effects for key in e.rows if cast.NUMERIC_TWIN[0] in key or "MERE01" in key]
    assert his() == before


def test_an_agency_mailbox_brings_no_stranger_in(airline: Airline) -> None:
    """Whoever asks by the agency's address gets nobody's rows: 120 travellers wait for a person."""
    before = airline.everything().checksum()
    with airline.house() as house:
        _, made = planned(house, "erasure", ("email", cast.AGENCY_MAILBOX))
        assert not [effect for effect in made.plan.effects if effect.rows and effect.store != "troth"]
        waits = {key for w in made.plan.waiting if w.table == "passenger" for key in w.rows}
        assert waits >= set(cast.AGENCY_PASSENGERS)
    assert airline.everything().checksum() == before


def test_rings_of_keys_and_rows_that_point_at_their_own_table(airline: Airline) -> None:
    """The main member of a household leaves, and who booked a split group: both stay for the others."""
    household = airline.rows("loyalty", "household", "main_member_id = 1")
    assert household
    assert airline.rows("bookings", "booking", f"parent_locator = '{cast.GROUP_LOCATOR}'")
    with airline.house() as house:
        for person in (cast.DEMO, cast.OBJECTOR):
            _, _, done = whole(airline, house, "erasure", number(person))
            assert done.state is CaseState.CLOSED
    assert airline.rows("loyalty", "member", "member_id = 1") == []
    kept = airline.rows("loyalty", "household", f"household_id = {household[0][0]}")
    assert [row[2] for row in kept] == [None]
    assert len(airline.rows("bookings", "booking", "locator IN ('GROUP0', 'GROUP1')")) == 2
    assert airline.orphans() == 0


def test_the_last_of_a_household_takes_it_along(airline: Airline) -> None:
    """Both members of a ring leave: no household, no member, no refusal."""
    ((household,),) = airline.sql("loyalty", "SELECT household_id FROM household WHERE main_member_id = 1")
    members = airline.sql("loyalty", "SELECT member_number FROM member WHERE household_id = ?", household)
    assert len(members) == 2
    with airline.house() as house:
        for (member,) in members:
            whole(airline, house, "erasure", ("member-number", member))
    assert airline.rows("loyalty", "member", f"household_id = {household}") == []
    assert [
        row for row in airline.rows("loyalty", "household", f"household_id = {household}") if "erased" not in row
    ] == []
    assert airline.orphans() == 0


def test_a_table_without_a_primary_key_is_emptied_of_one_person_only(airline: Airline) -> None:
    """Philippa's lines in the partners' files go, twins included; every other line stays, twins included."""
    mine = f"member_number = '{cast.HEAVY.member_number}'"
    before = airline.everything("loyalty").tables["loyalty", "import_row"]
    assert len(airline.rows("loyalty", "import_row", mine)) == cast.HEAVY_ROWS["loyalty"]["import_row"]
    with airline.house() as house:
        whole(airline, house, "erasure", number(cast.HEAVY))
    after = airline.everything("loyalty").tables["loyalty", "import_row"]
    assert airline.rows("loyalty", "import_row", mine) == []
    assert {row: n for row, n in before.items() if cast.HEAVY.member_number not in row} == dict(after)


def test_the_whole_cast_leaves_and_nobody_else_is_touched(airline: Airline) -> None:
    """All nine, one after the other: whatever changed belonged to one of them, and no key leads nowhere."""
    everybody = owned(airline, who(airline, *(person.customer_id for person in cast.CUSTOMERS)))
    before = airline.everything()
    with airline.house() as house:
        for person in cast.CUSTOMERS:
            _, _, done = whole(airline, house, "erasure", number(person))
            assert done.state is CaseState.CLOSED
    after = airline.everything()
    moved = touched(before, after)
    assert moved <= everybody.keys() | everybody.keys(shared=True)
    for store, table, key in moved & everybody.keys(shared=True):
        allowed = OF_WHOEVER_BOOKED if table == "booking" else OF_THE_MAIN_MEMBER
        assert changed_columns(airline, store, table, before, after, key) <= allowed
    assert airline.orphans() == 0

"""Found before anything runs: a schema that moved, a mask that cannot hold, a cascade, a stale plan, a wrong hand."""

import json
from dataclasses import replace

import pytest
from examples.airline.data import cast
from tests.journey.world import Airline, carry_out, number, planned, receipt, sign, whole

from troth import wire
from troth.desk import planning
from troth.desk.approving import approve
from troth.model.case import CaseState
from troth.model.problem import InputError

DEMO = number(cast.DEMO)


def errors(made: planning.Planned) -> set[str]:
    return {problem.code for problem in made.plan.findings if problem.severity == "error"}


MOVED = {
    "column": ("bookings", "ALTER TABLE customer ADD COLUMN nickname text DEFAULT 'Otti'", "column-undeclared"),
    "table": ("loyalty", "CREATE TABLE side_list (member_id bigint REFERENCES member, words text)", "table-undeclared"),
    "website": ("website", "ALTER TABLE account ADD COLUMN nickname TEXT", "column-undeclared"),
    "gone": ("bookings", "ALTER TABLE customer DROP COLUMN phone CASCADE", "column-missing"),
}


@pytest.mark.parametrize("case", MOVED, ids=str)
def test_a_schema_that_moved_is_a_finding_and_nothing_is_changed(airline: Airline, case: str) -> None:
    """A column or table that nobody declared closes the plan, the signature and the act; every row stays."""
    store, statement, _ = MOVED[case]
    with airline.house() as house:
        planned(house, "erasure", DEMO)
    airline.sql(store, statement)
    if store != "website":
        airline.sql(store, f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {store}_look, {store}_act")
    before = airline.everything().checksum()
    with airline.house() as house:
        filed, made = planned(house, "erasure", DEMO)
        assert errors(made)
        for attempt in (lambda: sign(airline, house, filed), lambda: carry_out(house, filed)):
            with pytest.raises(InputError) as refused:
                attempt()
            assert (refused.value.code, refused.value.exit_code) == ("plan-not-applicable", 3)
    assert airline.everything().checksum() == before


def test_a_column_added_after_signing_is_noticed_too(airline: Airline) -> None:
    """Signed on Monday, a column added on Tuesday: applying changes nothing before somebody declared it."""
    with airline.house() as house:
        case, _ = planned(house, "erasure", DEMO)
        sign(airline, house, case)
    airline.sql("bookings", "ALTER TABLE customer ADD COLUMN nickname text DEFAULT 'Otti'")
    before = airline.everything().checksum()
    with airline.house() as house:
        try:
            done = carry_out(house, case).state
        except InputError:
            done = None
    assert done is not CaseState.CLOSED
    assert airline.everything().checksum() == before


def test_plan_exits_with_three_when_the_declaration_does_not_fit(airline: Airline) -> None:
    """`troth plan` prints the finding with the column's name and ends with 3."""
    airline.sql("bookings", "ALTER TABLE customer ADD COLUMN nickname text")
    filed = airline.troth("request", "erasure", "--who", "=".join(DEMO), "--by", "ines", "--format", "json")
    done = airline.troth("plan", json.loads(filed.stdout)["case"], "--format", "plain")
    assert done.returncode == 3, done.stderr
    assert "nickname" in done.stdout
    assert "Traceback" not in done.stderr


def edited(airline: Airline, old: str, new: str, file: str = "stores/bookings.yaml") -> None:
    """Change the policy folder of this installation."""
    path = airline.home / "policy" / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1, old
    path.write_text(text.replace(old, new), encoding="utf-8")


CONTACT = (
    """contact_email:
        identifier: email
        whose: customer
        mask: "erased-{token}@erased.invalid\""""
    "\n"
)
BAD_MASKS = {
    "not-null": (CONTACT.replace('"erased-{token}@erased.invalid"', "null"), ""),
    "check": (CONTACT.replace("erased-{token}@erased.invalid", "gone"), ""),
    "check-over-two-columns": (
        "",
        "ALTER TABLE booking ADD CONSTRAINT reachable CHECK (contact_phone IS NOT NULL OR contact_name <> 'erased')",
    ),
    "unique": (
        CONTACT.replace("erased-{token}@", "erased@"),
        """UPDATE booking SET contact_email = locator || contact_email WHERE booked_by_customer IS DISTINCT FROM 9;
        UPDATE booking SET contact_email = locator || contact_email WHERE locator = 'GROUP0';
        CREATE UNIQUE INDEX one_contact ON booking (contact_email)""",
    ),
}


@pytest.mark.parametrize("case", BAD_MASKS, ids=str)
def test_a_mask_that_the_database_would_refuse_is_found_before_the_first_statement(airline: Airline, case: str) -> None:
    """NOT NULL, UNIQUE and CHECK speak when the plan is made: Tobias booked for a group that stays."""
    line, statements = BAD_MASKS[case]
    if line:
        edited(airline, CONTACT, line)
    for statement in filter(None, statements.split(";")):
        airline.sql("bookings", statement)
    before = airline.everything().checksum()
    with airline.house() as house:
        _, made = planned(house, "erasure", number(cast.OBJECTOR))
        written = [
            e for e in made.plan.effects if e.table == "booking" and {a.column for a in (*e.assigns, *e.otherwise)}
        ]
        assert written
        assert errors(made)
    assert airline.everything().checksum() == before


CASCADES: dict[str, tuple[str, ...]] = {
    "cascade-to-undeclared": (
        "CREATE TABLE companion_card (card int PRIMARY KEY, customer_id bigint REFERENCES customer ON DELETE CASCADE)",
    ),
    "cascade-over-a-shared-row": (
        "ALTER TABLE coupon DROP CONSTRAINT coupon_locator_airline_code_passenger_no_fkey",
        "ALTER TABLE coupon ADD FOREIGN KEY (locator) REFERENCES booking ON DELETE CASCADE",
    ),
    "trigger-to-undeclared": (
        "CREATE TABLE shadow (words text)",
        """CREATE FUNCTION shadow() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO shadow VALUES (OLD.full_name); RETURN OLD; END $$""",
        "CREATE TRIGGER shadow BEFORE DELETE ON customer FOR EACH ROW EXECUTE FUNCTION shadow()",
    ),
    "trigger-to-declared": (
        "CREATE FUNCTION wipe() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM message; RETURN OLD; END $$",
        "CREATE TRIGGER wipe BEFORE DELETE ON agent_note FOR EACH ROW EXECUTE FUNCTION wipe()",
    ),
}


@pytest.mark.parametrize("case", CASCADES, ids=str)
def test_a_cascade_or_trigger_that_reaches_further_is_refused(airline: Airline, case: str) -> None:
    """What a cascade or trigger would do to undeclared or other people's rows closes the plan before anything runs."""
    for statement in CASCADES[case]:
        airline.sql("bookings", statement)
    airline.sql("bookings", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO bookings_look, bookings_act")
    before = airline.everything().checksum()
    with airline.house() as house:
        filed, made = planned(house, "erasure", DEMO)
        assert errors(made)
        with pytest.raises(InputError):
            sign(airline, house, filed)
    assert airline.everything().checksum() == before


# == The plan that was signed, and no other ==


def test_a_plan_whose_rows_moved_changes_nothing_and_asks_for_a_new_one(airline: Airline) -> None:
    """A new booking between signing and applying: no row is touched, exit code 4, and the new plan has the new row."""
    with airline.house() as house:
        case, made = planned(house, "erasure", DEMO)
        sign(airline, house, case)
    airline.sql(
        "bookings",
        "INSERT INTO agent_note (note_id, customer_id, written_by, written_at, body)"
        " VALUES (990001, 1, 'zz', now(), 'called again')",
    )
    before = airline.everything("bookings").checksum()
    done = airline.troth("apply", case)
    assert done.returncode == 4, done.stderr
    assert airline.everything("bookings").checksum() == before
    with airline.house() as house:
        again = planning.make_plan(house, case)
        assert again.hash != made.hash
        assert ("990001" in repr(again.plan.effects)) > ("990001" in repr(made.plan.effects))
        with pytest.raises(InputError) as refused:
            carry_out(house, case)
        assert refused.value.code == "not-approved"
        sign(airline, house, case)
        assert carry_out(house, case).state is CaseState.CLOSED
        assert receipt(house, case)["plan"] == again.hash


def test_a_neighbours_change_does_not_make_a_plan_stale(airline: Airline) -> None:
    """Negative control: other people's rows may move as they like."""
    with airline.house() as house:
        case, _ = planned(house, "erasure", DEMO)
        sign(airline, house, case)
        airline.sql("bookings", "UPDATE customer SET full_name = 'Somebody Else' WHERE customer_id = 2")
        whole(airline, house, "erasure", number(cast.OBJECTOR))
        assert carry_out(house, case).state is CaseState.CLOSED


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        ({"plan": "0" * 64}, "plan-superseded"),
        ({"signer": "nobody"}, "unknown-signer"),
        ({"role": "marketing"}, "wrong-role"),
        ({"at": "2020-01-01T00:00:00+00:00"}, "bad-signature"),
        ({"public_key": "AAAA"}, "wrong-key"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else value,
)
def test_a_signature_is_good_for_one_plan_one_person_one_role(
    airline: Airline, spoil: dict[str, str], code: str
) -> None:
    """A signature that was moved, renamed, re-dated or re-keyed is refused, and the case stays unsigned."""
    with airline.house() as house:
        case, made = planned(house, "erasure", DEMO)
        good = wire.sign_as(airline.settings, "ines", "privacy-office", made.hash, house.clock.now().isoformat())
        with pytest.raises(InputError) as refused:
            approve(house, case, replace(good, **spoil))
        assert refused.value.code == code
        with pytest.raises(InputError) as unsigned:
            carry_out(house, case)
        assert unsigned.value.code == "not-approved"
        approve(house, case, good)


def test_a_signature_of_one_plan_does_not_open_another(airline: Airline) -> None:
    """Ines signed the plan of Ottilie; carried over to Tobias' plan it is refused."""
    with airline.house() as house:
        _, hers = planned(house, "erasure", DEMO)
        his_case, his = planned(house, "erasure", number(cast.OBJECTOR))
        good = wire.sign_as(airline.settings, "ines", "privacy-office", hers.hash, house.clock.now().isoformat())
        for approval, code in ((good, "plan-superseded"), (replace(good, plan=his.hash), "bad-signature")):
            with pytest.raises(InputError) as refused:
                approve(house, his_case, approval)
            assert refused.value.code == code


def test_a_role_that_may_not_sign_is_refused(airline: Airline) -> None:
    """A colleague with a key and another role cannot sign an erasure."""
    key = wire.make_staff_key(airline.settings, "mark")
    with (airline.home / "policy" / "staff.yaml").open("a", encoding="utf-8") as file:
        file.write(f"  mark:\n    role: marketing\n    key: {key}\n")
    with airline.house() as house:
        case, _ = planned(house, "erasure", DEMO)
        with pytest.raises(InputError) as refused:
            sign(airline, house, case, staff="mark", role="marketing")
        assert (refused.value.code, refused.value.exit_code) == ("wrong-role", 2)
        with pytest.raises(InputError) as lying:
            sign(airline, house, case, staff="mark", role="privacy-office")
        assert lying.value.code == "wrong-role"

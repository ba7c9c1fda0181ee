"""What a law keeps is closed until its day, and destroyed on the morning after."""

from datetime import UTC, datetime

from examples.airline.data import cast
from tests.journey.world import Airline, carry_out, number, planned, receipt, sign, whole

from troth.desk import planning, working
from troth.desk.house import House
from troth.gate.ask import ask
from troth.model.case import CaseState
from troth.model.question import Operation, Question

PAID = "status = 'paid' AND payer_name = 'Ottilie Marwood'"
OPEN = "status = 'open' AND payer_name = 'Ottilie Marwood'"
AFTER = datetime(2034, 1, 1, 6, tzinfo=UTC)
"""The paid invoice of 2025 is kept for eight years after the end of its year."""
LAST = datetime(2035, 1, 1, 6, tzinfo=UTC)
"""The open one of 2026 is a voucher too, and stays a year longer."""


def erased(airline: Airline, house: House) -> str:
    _, plan, done = whole(airline, house, "erasure", number(cast.DEMO))
    assert done.state is CaseState.CLOSED
    kept = [e for e in plan.effects if e.verb == "retain" and e.exception]
    assert {e.table for e in kept} >= {"invoice", "invoice_line"}
    assert {e.until.isoformat() for e in kept if e.until} == {"2033-12-31", "2034-12-31"}
    return plan.person


def may(house: House, person: str, purpose: str, field: str) -> tuple[bool, set[str]]:
    """What the gate says about one kept element, with all that is known."""
    with house.unit() as unit:
        facts = unit.facts.of(person)
    question = Question(Operation("use"), purpose, person, house.clock.now(), (field,))
    answer = ask((house.policy,), question, facts, house.cite)
    return answer.allowed, {reason.code for reason in answer.reasons}


def test_kept_rows_are_closed_to_every_purpose_but_the_keeping_one(airline: Airline) -> None:
    """After her erasure the payer's name may be used for invoices and for nothing else."""
    with airline.house() as house:
        person = erased(airline, house)
        with house.unit() as unit:
            unit.facts.relate(person, "customer", holds=True)
            restrictions = unit.facts.of(person).restrictions
        assert restrictions
        assert may(house, person, "invoices", "payer")[0]
        for purpose in house.policy.purposes:
            if purpose != "invoices":
                allowed, codes = may(house, person, purpose, "payer")
                assert not allowed
                assert codes
        airline.clock.at = LAST
        assert not may(house, person, "invoices", "payer")[0], "a day that is over is open to nobody"


def test_kept_rows_are_destroyed_on_their_day_and_not_before(airline: Airline) -> None:
    """The worker of 31 December 2033 does nothing; that of 1 January 2034 destroys, signs and leaves a receipt."""
    with airline.house() as house:
        erased(airline, house)
        assert airline.rows("bookings", "invoice", PAID)
        airline.clock.at = datetime(2033, 12, 31, 23, tzinfo=UTC)
        working.work_until_idle(house, "one")
        assert airline.rows("bookings", "invoice", PAID)
        before = airline.everything()
        airline.clock.at = AFTER
        working.work_until_idle(house, "one")
        assert airline.rows("bookings", "invoice", PAID) == []
        assert airline.rows("bookings", "invoice", OPEN), "an invoice that was never paid has its own day"
        gone = {(store, table) for store, table, _ in before.differs(airline.everything())}
        assert gone <= {("bookings", "invoice"), ("bookings", "invoice_line"), ("bookings", "booking")}
        with house.unit() as unit:
            found = [c for c in unit.cases.find(states=[CaseState.CLOSED]) if c.right == "retention"]
        assert len(found) == 1
        kept = receipt(house, found[0].id)
        assert kept["right"] == "retention"
        assert {line["table"] for line in kept["lines"] if line["changed"]} >= {"invoice", "invoice_line"}
    assert airline.orphans() == 0


def test_a_kept_row_that_is_somebody_elses_by_now_is_spared(airline: Airline) -> None:
    """The number of her kept invoice was given to her neighbour's: on her day it stays whole, and the plan says why."""
    with airline.house() as house:
        erased(airline, house)
        kept = airline.rows("bookings", "invoice", PAID)[0][0]
        theirs = f"invoice_no = '{kept}'"
        airline.sql(
            "bookings",
            f"UPDATE invoice SET customer_id = ?, payer_name = ? WHERE {theirs}",
            cast.MOTHER.customer_id,
            cast.MOTHER.name,
        )
        seen = planned(house, "access", number(cast.MOTHER))[1].gathered.sights["bookings"]
        assert (kept,) in {row.key for row in seen.tables["invoice"].rows}
        before = airline.rows("bookings", "invoice", theirs)
        airline.clock.at = AFTER
        working.work_until_idle(house, "one")
        assert airline.rows("bookings", "invoice", theirs) == before
        with house.unit() as unit:
            (case,) = [c for c in unit.cases.find() if c.right == "retention"]
        plan, _ = planning.plan_of(house, case.id)
    assert "row-changed-hands" in {problem.code for problem in plan.findings}
    assert (kept,) not in {key for e in plan.effects if e.table == "invoice" for key in e.rows if e.verb != "retain"}
    assert airline.orphans() == 0


def test_a_copy_after_erasure_still_says_what_is_kept(airline: Airline) -> None:
    """Ottilie asks again after her erasure: the kept invoice is still hers to see."""
    with airline.house() as house:
        erased(airline, house)
        case, made = planned(house, "access", number(cast.DEMO))
        assert "invoice" in {effect.table for effect in made.plan.effects if effect.verb == "read"}
        sign(airline, house, case)
        assert carry_out(house, case).state is CaseState.CLOSED
    text = (airline.home / "packages" / case / "data.json").read_text(encoding="utf-8")
    assert "Ottilie Marwood" in text


def test_the_neighbours_invoices_live_on(airline: Airline) -> None:
    """Negative control: rows of the same age that nobody asked to erase are not destroyed by her day."""
    others = "payer_name <> 'Ottilie Marwood'"
    before = airline.rows("bookings", "invoice", others)
    with airline.house() as house:
        erased(airline, house)
        airline.clock.at = AFTER
        working.work_until_idle(house, "one")
    assert airline.rows("bookings", "invoice", others) == before

"""Cases: legal moves only, each with its event; plans sealed, signed, applied part by part; receipts kept."""

import secrets
from collections.abc import Iterator
from datetime import timedelta
from itertools import product

import pytest
from tests.ledger.conftest import DUE, ENDS, NOW, copy_database, drop_database, new_person, raw, url

from troth.ledger.cases import MOVES
from troth.ledger.keyring import Keyring
from troth.ledger.state import LedgerState, LedgerUnit, StateSettings
from troth.model.case import CaseState
from troth.model.event import Retain
from troth.model.personal import Personal
from troth.model.plan import Approval, Count, Done, Outcome
from troth.ports.state import NotFoundError, Part, PartState, RefusedError

PLAN, NEWER = "a" * 64, "b" * 64
BODY = Personal({"effects": [{"rows": [["canary-key@example.org"]]}]})
PARTS = {"bookings": ("f1", False), "archive": ("f2", True)}


def opened(state: LedgerState) -> str:
    person = new_person(state)
    with state.unit(at=NOW) as unit:
        return unit.cases.open("erasure", person, due=DUE, ends=ENDS, said={"words": "please"}).id


def approval(plan: str = PLAN) -> Approval:
    return Approval(plan, "staff:7", "privacy-officer", "2026-03-01T09:30:00+00:00", "sig==", "key==")


def planned(state: LedgerState, plan: str = PLAN) -> str:
    case = opened(state)
    with state.unit(at=NOW) as unit:
        unit.cases.save_plan(case, plan, BODY, PARTS)
    return case


def approved(state: LedgerState) -> str:
    case = planned(state)
    with state.unit(at=NOW, by="staff:7") as unit:
        unit.cases.approve(case, approval())
    return case


def kinds(state: LedgerState, case: str) -> list[str]:
    state.ledger.place()
    with state.unit(at=NOW) as unit:
        return [each.kind for each in unit.events.read(case=case)]


@pytest.fixture(scope="module")
def moving(template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LedgerState, str]]:
    """One state and one case for all pairs of the table."""
    name, keys = f"troth_test_{secrets.token_hex(6)}", tmp_path_factory.mktemp("moving") / "keys"
    copy_database(template, name)
    copy_database(f"{template}_vault", f"{name}_vault")
    Keyring.create(keys)
    with LedgerState.open(StateSettings(url(name), keys)) as state:
        yield state, opened(state)
    drop_database(name)
    drop_database(f"{name}_vault")


def part(unit: LedgerUnit, store: str) -> Part:
    """One store's part of the plan."""
    return next(part for part in unit.cases.parts(PLAN) if part.store == store)


def put(unit: LedgerUnit, case: str, state: CaseState) -> None:
    """Put a case into a state by hand, for the table of moves."""
    unit.scope.connection.execute("UPDATE case_file SET state = %s WHERE id = %s", (state.value, case))


def test_case_with_a_person_from_request_to_receipt(state: LedgerState) -> None:
    """Every step is there when it should be, and every event, in order."""
    case = approved(state)
    with state.unit(at=NOW) as unit:
        unit.cases.move(case, CaseState.APPLYING)
        unit.cases.intend(PLAN, "bookings")
        assert part(unit, "bookings").state is PartState.INTENDED
    with state.unit(at=NOW) as unit:
        unit.cases.settle(PLAN, "bookings", Outcome(Done.APPLIED, (Count(1, 5), Count(2, 0, 3))))
        done = part(unit, "bookings")
        assert (done.state, done.done, done.counts) == (PartState.DONE, Done.APPLIED, (Count(1, 5), Count(2, 0, 3)))
        unit.cases.intend(PLAN, "archive")
        unit.cases.settle(PLAN, "archive", Outcome(Done.ASKED))
        assert part(unit, "archive").state is PartState.ASKED
        unit.cases.move(case, CaseState.WAITING)
    with state.unit(at=NOW) as unit:
        unit.cases.settle(PLAN, "archive", Outcome(Done.APPLIED))
        assert part(unit, "archive").state is PartState.DONE
        unit.cases.move(case, CaseState.LOOKING)
        closed = unit.cases.close(case, {"case": case, "plan": PLAN})
    assert closed.state is CaseState.CLOSED
    assert kinds(state, case) == [
        "case.opened",
        "plan.made",
        "plan.approved",
        "case.applying",
        "store.intended",
        "store.applied",
        "store.intended",
        "store.asked",
        "case.waiting",
        "store.applied",
        "case.looking",
        "case.closed",
    ]
    with state.unit(at=NOW) as unit:
        assert unit.cases.receipt(case) == {"case": case, "plan": PLAN}
        assert unit.cases.approval(PLAN) == approval()


def test_case_of_nobody_has_an_end_and_no_person(state: LedgerState, settings: StateSettings) -> None:
    """A request for somebody unknown is a case that ends; no person is made and nothing can be planned."""
    with state.unit(at=NOW) as unit:
        case = unit.cases.open("erasure", None, due=DUE, ends=ENDS, said={"words": "who am I"})
        assert (case.person, case.ends) == (None, ENDS)
        with pytest.raises(RefusedError, match="case-without-person"):
            unit.cases.save_plan(case.id, PLAN, BODY, PARTS)
        unit.cases.close(case.id, {"case": case.id})
    with raw(settings) as connection:
        assert connection.execute("SELECT count(*) FROM person").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM slot").fetchone() == (0,)


@pytest.mark.parametrize(("before", "after"), list(product(CaseState, CaseState)))
def test_only_listed_moves_are_made(moving: tuple[LedgerState, str], before: CaseState, after: CaseState) -> None:
    """All 64 pairs: a listed move is made, staying changes nothing, every other is refused."""
    state, case = moving
    with state.unit(at=NOW) as unit:
        put(unit, case, before)
        if before is after or after in MOVES[before]:
            assert unit.cases.move(case, after).state is after
        else:
            with pytest.raises(RefusedError, match="illegal-move"):
                unit.cases.move(case, after)


def test_every_state_but_closed_leads_somewhere() -> None:
    """No case can be stuck, and a closed one stays closed."""
    assert set(MOVES) == set(CaseState)
    assert [each for each, to in MOVES.items() if not to] == [CaseState.CLOSED]


def test_plan_body_is_sealed_and_comes_back(state: LedgerState, settings: StateSettings) -> None:
    """Row keys may be personal: the body is in no table in clear, and goes with the case's key."""
    case = planned(state)
    with state.unit(at=NOW) as unit:
        assert unit.cases.plan(PLAN) == BODY
        person = unit.cases.get(case).person
    with raw(settings) as connection:
        rows = connection.execute(
            "SELECT plan::text FROM plan UNION ALL SELECT event::text FROM event UNION ALL SELECT slot::text FROM slot"
        ).fetchall()
    assert "canary-key" not in str(rows)
    with state.unit(at=NOW) as unit:
        assert person is not None
        unit.events.erase(person, {Retain.CASE})
    with state.unit(at=NOW) as unit:
        assert unit.cases.plan(PLAN) is None
        with pytest.raises(NotFoundError, match="no-such-plan"):
            unit.cases.plan("c" * 64)


def test_only_the_newest_plan_is_signed(state: LedgerState) -> None:
    """An edit makes a new plan: the signature for the old one is refused."""
    case = planned(state)
    with state.unit(at=NOW) as unit:
        unit.cases.save_plan(case, NEWER, BODY, PARTS)
        with pytest.raises(RefusedError, match="plan-superseded"):
            unit.cases.approve(case, approval(PLAN))
        unit.cases.approve(case, approval(NEWER))
        assert unit.cases.get(case).state is CaseState.APPROVED


def test_repeated_steps_write_nothing_twice(state: LedgerState) -> None:
    """A worker that was killed starts over: the same plan, signature, settlement and close leave one event each."""
    case = approved(state)
    with state.unit(at=NOW) as unit:
        unit.cases.save_plan(case, PLAN, BODY, PARTS)
        unit.cases.approve(case, approval())
        unit.cases.move(case, CaseState.APPLYING)
        unit.cases.move(case, CaseState.APPLYING)
        for _ in range(2):
            for store in PARTS:
                unit.cases.settle(PLAN, store, Outcome(Done.APPLIED, (Count(1, 1),)))
        unit.cases.move(case, CaseState.LOOKING)
        unit.cases.close(case, {"case": case})
        unit.cases.close(case, {"case": "other"})
    found = kinds(state, case)
    assert len(found) == len(set(found)) + 1  # two stores were applied
    assert found.count("store.applied") == 2


def test_nothing_is_applied_without_a_signature(state: LedgerState) -> None:
    """The intent of an unsigned plan is refused, so no store is asked."""
    planned(state)
    with state.unit(at=NOW) as unit, pytest.raises(RefusedError, match="not-approved"):
        unit.cases.intend(PLAN, "bookings")


def test_unreachable_store_waits_alone(state: LedgerState) -> None:
    """Its own part says when to try again; the other part goes on; a later try clears it."""
    approved(state)
    later = NOW + timedelta(minutes=5)
    with state.unit(at=NOW) as unit:
        unit.cases.intend(PLAN, "archive")
        unit.cases.put_off(PLAN, "archive", code="unreachable", next_try=later)
        unit.cases.settle(PLAN, "bookings", Outcome(Done.ALREADY))
        archive, bookings = unit.cases.parts(PLAN)
        assert (archive.state, archive.next_try, archive.note) == (PartState.WAITING, later, "unreachable")
        assert bookings.state is PartState.DONE
        unit.cases.intend(PLAN, "archive")
        again = part(unit, "archive")
        assert (again.state, again.tries, again.next_try) == (PartState.INTENDED, 2, None)


def test_settled_part_is_not_asked_again(state: LedgerState) -> None:
    """Done and stale parts refuse a new intent and a postponement of what is done."""
    approved(state)
    with state.unit(at=NOW) as unit:
        unit.cases.settle(PLAN, "bookings", Outcome(Done.APPLIED))
        unit.cases.settle(PLAN, "archive", Outcome(Done.STALE))
        for store in PARTS:
            with pytest.raises(RefusedError, match="part-settled"):
                unit.cases.intend(PLAN, store)
        with pytest.raises(RefusedError, match="part-settled"):
            unit.cases.put_off(PLAN, "bookings", code="x", next_try=NOW)
        assert [part.state for part in unit.cases.parts(PLAN)] == [PartState.STALE, PartState.DONE]


def test_plan_belongs_to_one_case(state: LedgerState) -> None:
    """A hash that another case has is refused."""
    planned(state)
    other = opened(state)
    with state.unit(at=NOW) as unit, pytest.raises(RefusedError, match="plan-of-another-case"):
        unit.cases.save_plan(other, PLAN, BODY, PARTS)


def test_cases_are_found_by_state_and_person(state: LedgerState) -> None:
    """The list filters; unknown ids are told."""
    first, second = opened(state), planned(state)
    with state.unit(at=NOW) as unit:
        assert {case.id for case in unit.cases.find()} == {first, second}
        assert [case.id for case in unit.cases.find(states={CaseState.PLANNED})] == [second]
        person = unit.cases.get(first).person
        assert [case.id for case in unit.cases.find(person=person or "")] == [first]
        assert len(unit.cases.find(limit=1)) == 1
        assert unit.cases.receipt("c-none") is None
        with pytest.raises(NotFoundError, match="no-such-case"):
            unit.cases.get("c-none")
        with pytest.raises(NotFoundError, match="no-such-part"):
            unit.cases.intend("c" * 64, "bookings")


def test_envelopes_of_a_case_name_nobody(state: LedgerState) -> None:
    """Neither the person's id nor the signer stands in an envelope."""
    case = approved(state)
    state.ledger.place()
    with state.unit(at=NOW) as unit:
        person = unit.cases.get(case).person
        events = unit.events.read(case=case)
    assert len(events) == 3
    assert person is not None
    text = str([each.envelope for each in events])
    assert person not in text
    assert "staff" not in text

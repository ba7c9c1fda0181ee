"""A store that does not answer fails its own part and nothing else."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from examples.airline.data import cast
from psycopg import sql
from tests.journey.world import Airline, carry_out, number, planned, receipt, sign

from troth.desk import working
from troth.desk.house import House
from troth.model.case import CaseState
from troth.ports.state import PartState
from troth.ports.store import StoreError

DEMO = number(cast.DEMO)


def rename(airline: Airline, old: str, new: str) -> None:
    """Give a database of the server another name."""
    airline.hang_up()
    with psycopg.connect(airline.server.conninfo("postgres").reveal(), autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (old,))
        admin.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(old), sql.Identifier(new)))


def secrets(airline: Airline, old: str, new: str) -> None:
    """Change an address in the secrets."""
    file = airline.home / "secrets.env"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_the_part_of_a_renamed_database_waits_and_is_done_later(airline: Airline) -> None:
    """loyalty is away while the plan is applied: no receipt; when it is back, its part alone is done."""
    with airline.house() as house:
        case, made = planned(house, "erasure", DEMO)
        sign(airline, house, case)
    name = airline.names["loyalty"]
    rename(airline, name, f"{name}_away")
    with airline.house() as house:
        done = carry_out(house, case)
        assert done.state is CaseState.APPLYING
        with house.unit() as unit:
            assert unit.cases.receipt(case) is None
            states = {part.store: part.state for part in unit.cases.parts(made.hash)}
        assert states["bookings"] is states["website"] is PartState.DONE
        assert states["loyalty"] is PartState.WAITING
    assert airline.rows("bookings", "customer", "customer_id = 1") == []
    rename(airline, f"{name}_away", name)
    assert airline.rows("loyalty", "member", "member_id = 1")
    others = airline.everything("bookings", "website").checksum()
    airline.clock.at += timedelta(hours=1)
    with airline.house() as house:
        working.work_until_idle(house, "one")
        with house.unit() as unit:
            assert unit.cases.get(case).state is CaseState.CLOSED
        lines = {line["store"]: line["done"] for line in receipt(house, case)["stores"]}
        assert {lines["bookings"], lines["loyalty"], lines["website"]} == {"applied"}
        with house.unit() as unit:
            assert len(unit.events.read(kinds=["case.closed"], case=case)) <= 1
    assert airline.rows("loyalty", "member", "member_id = 1") == []
    assert airline.everything("bookings", "website").checksum() == others


@pytest.mark.parametrize("variable", ["BOOKINGS_LOOK_URL", "BOOKINGS_ACT_URL"])
def test_a_wrong_password_stops_only_what_needs_it(airline: Airline, variable: str) -> None:
    """Without the password for looking nothing is planned, without that for acting the part waits; neither is told."""
    user = "bookings_look" if "LOOK" in variable else "bookings_act"
    secrets(airline, f"postgresql://{user}:", f"postgresql://{user}:Kanarienvogel")
    before = airline.everything("bookings").checksum()
    with airline.house() as house:
        if "LOOK" in variable:
            with pytest.raises(StoreError) as refused:
                planned(house, "erasure", DEMO)
            assert refused.value.store == "bookings"
            assert "Kanarienvogel" not in f"{refused.value} {refused.value.remedy}"
        else:
            case, _ = planned(house, "erasure", DEMO)
            sign(airline, house, case)
            assert carry_out(house, case).state is CaseState.APPLYING
            assert carry_out(house, case).state is CaseState.APPLYING
    assert airline.everything("bookings").checksum() == before
    if "ACT" in variable:
        secrets(airline, "Kanarienvogel", "")
        with airline.house() as house:
            assert carry_out(house, case).state is CaseState.CLOSED


def test_a_plan_is_not_made_while_a_store_is_away(airline: Airline) -> None:
    """A partial plan is none: planning says which store did not answer, and keeps nothing."""
    name = airline.names["loyalty"]
    rename(airline, name, f"{name}_away")
    with airline.house() as house:
        with pytest.raises(StoreError) as refused:
            planned(house, "erasure", DEMO)
        assert refused.value.store == "loyalty"
        with house.unit() as unit:
            assert [case.plan for case in unit.cases.find()] == [""]
    rename(airline, f"{name}_away", name)


def test_what_a_store_did_is_written_down_before_another_is_asked(
    airline: Airline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However slow the next one answers: between the act of a store and its outcome nobody else is spoken to."""
    acted: list[str] = []
    asked: list[tuple[str, str, PartState]] = []
    with airline.house(lambda step: acted.append(step.split()[0]) if step.endswith(" acted") else None) as house:
        case, made = planned(house, "erasure", DEMO)
        sign(airline, house, case)
        for name in ("loyalty", "website"):
            store = house.stores[name]
            for way in ("read", "act"):
                monkeypatch.setattr(store, way, _noting(house, made.hash, name, getattr(store, way), acted, asked))
        assert carry_out(house, case).state is CaseState.CLOSED
    assert {by for by, *_ in asked} == {"loyalty", "website"}
    assert len(acted) > 2
    assert [each for each in asked if each[0] != each[1] and each[2] is not PartState.DONE] == []


def _noting(
    house: House,
    plan: str,
    name: str,
    way: Callable[..., Any],
    acted: Sequence[str],
    asked: list[tuple[str, str, PartState]],
) -> Callable[..., Any]:
    def noted(*given: Any) -> Any:
        with house.unit() as unit:
            asked.extend((name, part.store, part.state) for part in unit.cases.parts(plan) if part.store in acted)
        return way(*given)

    return noted

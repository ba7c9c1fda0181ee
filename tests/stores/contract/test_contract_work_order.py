"""A store that answers later: orders go out once, answers come back, identifiers are gone when it is over."""

import json
import stat
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.stores.contract.ferry import HERE, WHY, by, email, ident, number, order, table

from troth.model.datamap import StoreMap
from troth.model.person import Identifier
from troth.model.plan import Done, Effect, Order, Verb
from troth.model.sight import Reach, Sight
from troth.ports.store import StoreError, Unreachable
from troth.stores import open_store
from troth.stores.work_order import OrderState, WorkOrderStore

MAP = {
    found.name: found
    for found in (
        table("paper_file", identifiers=[ident("number", "customer-number", proves=True)]),
        table("letter", identifiers=[ident("address", "email")]),
    )
}
WHO = [number("C1"), email("canary@x.example")]


@pytest.fixture
def store(tmp_path: Path) -> WorkOrderStore:
    (tmp_path / "orders").mkdir(mode=0o700)
    made = StoreMap("ferry", "work-order", "file:${ARCHIVE}", "", MAP, HERE, answer_days=14)
    opened = open_store(made, environ={"ARCHIVE": "orders"}, folder=tmp_path)
    assert isinstance(opened, WorkOrderStore)
    return opened


def asked(sight: Sight, plan: str = "plan-1", verb: Verb = Verb.DELETE) -> Order:
    effects = [
        Effect(n, "ferry", name, verb, tuple(r.key for r in seen.rows), seen.key_columns, (), WHY, columns=("number",))
        for n, (name, seen) in enumerate(sight.tables.items(), 1)
    ]
    return order(sight, *effects, plan=plan)


def answer(store: WorkOrderStore, body: Any, plan: str = "plan-1") -> Path:
    folder = store.folder / "answers"
    folder.mkdir(exist_ok=True)
    path = folder / f"{plan}.json"
    path.write_text(body if isinstance(body, str) else json.dumps(body), encoding="utf-8")
    return path


def everything(folder: Path) -> str:
    return "".join(path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.is_file())


def test_until_somebody_answers_each_table_may_hold_the_person(store: WorkOrderStore) -> None:
    """Nobody can look into a cabinet: one entry for each table, as sure as the identifiers are."""
    sight = store.look(WHO)
    assert sight.tables["paper_file"].rows[0].reach is Reach.PROVEN
    assert sight.tables["letter"].rows[0].reach is Reach.HINT
    assert "canary" not in repr(sight)
    assert store.asynchronous
    assert store.look([by("phone", "+491")]).tables == {}


def test_an_order_is_filed_once_and_nobody_else_reads_it(store: WorkOrderStore) -> None:
    """The same plan twice is one file, whole, 0600, with what is asked of whom."""
    plan = asked(store.look(WHO))
    assert [store.act(plan, WHO).done, store.act(plan, WHO).done] == [Done.ASKED, Done.ASKED]
    (path,) = (store.folder / "requests").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    body = json.loads(path.read_text(encoding="utf-8"))
    assert {"kind": "customer-number", "value": "C1"} in body["identifiers"]
    assert [found["do"] for found in body["lines"]] == ["delete", "delete"]
    assert store.state("plan-1") is OrderState.REQUESTED
    assert store.state("plan-2") is None


def test_acknowledged_waits_and_confirmed_ends_without_an_identifier(store: WorkOrderStore) -> None:
    """Only a confirmation empties the sight; from then on no file holds her address."""
    plan = asked(store.look(WHO))
    store.act(plan, WHO)
    assert "canary" in everything(store.folder)
    answer(store, {"state": "acknowledged"})
    assert store.state("plan-1") is OrderState.ACKNOWLEDGED
    assert len(store.look(WHO).tables) == 2
    answer(store, {"state": "confirmed", "left": {"paper_file": 0, "letter": 0}})
    assert store.look(WHO).tables == {}
    assert store.state("plan-1") is OrderState.CONFIRMED
    assert "canary" not in everything(store.folder)
    again = store.act(plan, WHO)
    assert (again.done, [count.changed for count in again.counts]) == (Done.ALREADY, [1, 1])


def test_what_is_left_is_said(store: WorkOrderStore) -> None:
    """A confirmation that something stays leaves that table in the sight."""
    store.act(asked(store.look(WHO)), WHO)
    answer(store, {"state": "confirmed", "left": {"paper_file": 2}})
    assert list(store.look(WHO).tables) == ["paper_file"]


@pytest.mark.parametrize(
    "body", ["", "{", "[]", {"state": "perhaps"}, {"state": "confirmed", "left": {"letter": "none"}}]
)
def test_an_unreadable_answer_is_no_answer(store: WorkOrderStore, body: Any) -> None:
    """Half a file, another word, a count that is no number: nothing is called done, and doctor says which file."""
    store.act(asked(store.look(WHO)), WHO)
    path = answer(store, body)
    assert len(store.look(WHO).tables) == 2
    assert store.state("plan-1") is not OrderState.CONFIRMED
    assert [(code, str(path) in repair) for code, _, repair in store.probe()] == [("bad-answer", True)]


def test_another_person_is_not_answered_for(store: WorkOrderStore) -> None:
    """A confirmation about one person says nothing about another."""
    store.act(asked(store.look(WHO)), WHO)
    answer(store, {"state": "confirmed"})
    assert store.look(WHO).tables == {}
    assert list(store.look([number("C2")]).tables) == ["paper_file"]


def test_a_plan_over_other_identifiers_is_stale(store: WorkOrderStore) -> None:
    """The order stands on what was looked for; with somebody else's number nothing is filed."""
    plan = asked(store.look(WHO))
    assert store.act(plan, [number("C2")]).done is Done.STALE
    assert not (store.folder / "requests").exists()


def test_values_come_with_an_answer_or_not_at_all(store: WorkOrderStore) -> None:
    """A copy never leaves this store out silently."""
    reads: Sequence[Effect] = asked(store.look([number("C1")]), verb=Verb.READ).effects
    with pytest.raises(StoreError) as caught:
        list(store.read(reads))
    assert caught.value.code == "not-answered"
    entry = store.look([number("C1")]).tables["paper_file"].rows[0].key[0]
    answer(store, {"state": "acknowledged", "entry": entry, "rows": {"paper_file": [{"number": "C1"}]}})
    (found,) = store.read(reads)
    assert found.values["number"].reveal() == "C1"


def test_a_missing_folder_is_unreachable_with_a_remedy(store: WorkOrderStore) -> None:
    """Nothing is made silently: the folder is the operator's."""
    store.folder.rmdir()
    who: list[Identifier] = [number("C1")]
    with pytest.raises(Unreachable) as caught:
        store.look(who)
    assert caught.value.code == "no-folder"
    assert store.probe()[0][0] == "no-folder"
    with pytest.raises(StoreError) as missing:
        open_store(replace(store.map), environ={}).look(who)
    assert missing.value.code == "missing-variable"

"""Words that may speak of others: listed, read by somebody of the office, then released to their owner or refused.

A copy leaves them out and its case is closed as answered in part. What is decided afterwards stands in the ledger; what
is released, and why something is refused, goes to the person as a supplement of the same package, with an end of its
own. Rows that an erasure left to others are read in the stores themselves, and noted here. The office is reminded until
nothing is open.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from troth.desk.closed import require_open
from troth.desk.delivering import PACKAGE_DAYS, PACKAGE_END, REMIND_AFTER, TEXTS
from troth.desk.gather import found_by, gather, own_sight
from troth.desk.house import House
from troth.desk.planning import newest_plan
from troth.model.case import CaseState
from troth.model.event import Retain, Slot
from troth.model.person import Identifier
from troth.model.personal import Personal
from troth.model.plan import Effect, Plan
from troth.model.problem import InputError
from troth.model.sight import Key, Sight
from troth.plan import held_back
from troth.plan.codes import FREE_TEXT
from troth.ports.state import Unit
from troth.ports.store import ReadRow
from troth.show import held as held_words
from troth.show import package as words
from troth.show.html import page

READ, RELEASED, REFUSED, GONE = "text.read", "text.released", "text.refused", "text.gone"
STRUCK, WAITS = "rows.struck", "text.waits"


class TextState(StrEnum):
    """Where one text stands."""

    WAITING = "waiting"
    """Nobody has read it."""
    READ = "read"
    """Read, and neither released nor refused."""
    RELEASED = "released"
    REFUSED = "refused"
    GONE = "gone"
    """Its row is no longer there, or no longer this person's."""


AFTER: Mapping[str, TextState] = {
    READ: TextState.READ,
    RELEASED: TextState.RELEASED,
    REFUSED: TextState.REFUSED,
    GONE: TextState.GONE,
}
OPEN = frozenset({TextState.WAITING, TextState.READ})


@dataclass(frozen=True)
class Text:
    """The free text of one row that a copy held back."""

    number: int
    """Its place among those of the case, from 1: the ledger names it by this alone."""
    store: str
    table: str
    key: Key
    state: TextState


def texts(house: House, unit: Unit, case_id: str) -> tuple[Text, ...]:
    """What the copy of a case held back, in the plan's order, and where each stands. No value is read."""
    case = unit.cases.get(case_id)
    body = unit.cases.plan(case.plan) if case.state is CaseState.CLOSED and case.right == "access" else None
    if body is None or case.person is None:  # without a person the case is over, and what it holds back with it
        return ()
    plan = house.as_plan(body)
    states: dict[int, TextState] = {}
    for event in unit.events.of_case(case_id, tuple(AFTER)):
        states[int(event.envelope["text"])] = AFTER[event.kind]
    held = [e for e in plan.effects if e.exception and e.exception.code == FREE_TEXT]
    rows = [(effect.store, effect.table, key) for effect in held for key in effect.rows]
    rows = list(dict.fromkeys(rows))
    return tuple(Text(n, *row, states.get(n, TextState.WAITING)) for n, row in enumerate(rows, start=1))


def left_rows(unit: Unit, case_id: str) -> tuple[tuple[str, str, int], ...]:
    """(store, table, rows) that an erasure left to others and that may still name whoever left; none once struck."""
    receipt = unit.cases.receipt(case_id)
    if not receipt or unit.cases.get(case_id).person is None or unit.events.of_case(case_id, (STRUCK,)):
        return ()
    return tuple((e["store"], e["table"], e["to_read"]) for e in receipt.get("lines", ()) if e.get("to_read"))


def open_records(house: House, unit: Unit, case_id: str) -> int:
    """How many records of a closed case somebody still has to read or to settle; none once the case is over."""
    waiting = sum(text.state in OPEN for text in texts(house, unit, case_id))
    return waiting + sum(rows for _, _, rows in left_rows(unit, case_id))


def remind(house: House, case_id: str) -> None:
    """Something is still to be read: say so in the ledger, and look again in a week."""
    with house.unit() as unit:
        if number := open_records(house, unit, case_id):
            unit.events.record(WAITS, {"case": case_id, "open": number})
            unit.due.add(TEXTS, case_id, house.clock.now() + REMIND_AFTER)


# --- Read, release, refuse --------------------------------------------------------------------------------------------


def read(house: House, case_id: str, number: int, *, by: str) -> ReadRow:
    """Give one text to somebody of the office, noted in the ledger before. Raises InputError, StoreError."""
    text, plan = _text(house, case_id, number)
    found = _now(house, plan, text)
    if found is None:
        with house.unit(by) as unit:
            unit.events.record(GONE, {"case": case_id, "text": number})
            _done(house, unit, case_id)
        message = f"the row of text {number} in case `{case_id}` is no longer there, or no longer this person's"
        raise InputError("text-gone", message, "nothing is left to read; it counts as settled")
    row, _ = found
    slot = Slot(plan.person, Retain.CASE, Personal({"sha256": _digest(row)}))
    with house.unit(by) as unit:
        unit.events.record(READ, {"case": case_id, "text": number}, slot)
    return row


def release(house: House, case_id: str, numbers: Sequence[int], *, by: str) -> str:
    """Give read texts to the person as a supplement; its name on the shelf. Raises InputError, StoreError."""
    with _alone(house, case_id):
        chosen = [_settling(house, case_id, number) for number in dict.fromkeys(numbers)]
        found: list[tuple[ReadRow, Effect]] = []
        for text, plan in chosen:
            now = _now(house, plan, text)
            if now is None or _digest(now[0]) != _as_read(house, case_id, text.number):
                message = f"text {text.number} of case `{case_id}` is not the one that was read"
                raise InputError("text-changed", message, f"read it again: `troth texts {case_id} {text.number}`")
            found.append(now)
        rows = [(e.store, row.table, json.dumps(list(row.key), ensure_ascii=False), row.values) for row, e in found]
        entries = words.entries(house.policy, house.catalog, rows)
        now_at = house.clock.now()
        copied = replace(chosen[0][1], made_at=now_at, waiting=(), effects=tuple(effect for _, effect in found))
        files = {
            "index.html": page("Added to your copy", held_words.released(house.policy, house.catalog, copied, entries)),
            "data.json": words.as_json(house.policy, house.catalog, copied, entries),
            "data.csv": words.as_csv(entries),
        }
        return _settle(house, case_id, [text for text, _ in chosen], RELEASED, files, by=by, reason="")


def refuse(house: House, case_id: str, numbers: Sequence[int], *, by: str, reason: str) -> str:
    """Keep read texts from the person and tell them why, in a supplement. Raises InputError `not-read`, `no-reason`."""
    if not reason.strip():
        raise InputError("no-reason", "whoever is refused must be told why", "give a reason that the person may read")
    with _alone(house, case_id):
        chosen = [_settling(house, case_id, number) for number in dict.fromkeys(numbers)]
        policy = house.policy
        says = [policy.words(policy.stores[t.store].tables[t.table].says) or t.table for t, _ in chosen]
        blocks = held_words.refused(policy, case_id, says, Personal(reason), house.cite(FREE_TEXT))
        files = {"index.html": page("Not added to your copy", blocks)}
        return _settle(house, case_id, [text for text, _ in chosen], REFUSED, files, by=by, reason=reason)


def struck(house: House, case_id: str, *, by: str, reason: str) -> int:
    """Note that the rows which an erasure left to others were read and rid of the leaver; how many there were."""
    with house.unit(by) as unit:
        number = sum(rows for _, _, rows in left_rows(unit, case_id))
        if not number:
            raise InputError("nothing-to-read", f"no row of case `{case_id}` waits to be read", "", exit_code=2)
        person = unit.cases.get(case_id).person or ""
        slot = Slot(person, Retain.CASE, Personal({"reason": reason}))
        unit.events.record(STRUCK, {"case": case_id, "rows": number}, slot)
        _done(house, unit, case_id)
    return number


def addendum(house: House, case_id: str) -> tuple[held_words.Settled, ...]:
    """What became of held-back texts after the receipt, oldest first, from the ledger."""
    house.state.ledger.place()
    with house.unit() as unit:
        events = unit.events.read(kinds=(RELEASED, REFUSED, GONE, STRUCK), case=case_id)
    return tuple(
        held_words.Settled(
            how=event.kind,
            number=int(event.envelope.get("text", event.envelope.get("rows", 0))),
            at=event.at,
            reason=Personal(str((event.slots[0] or {}).get("reason", "")) if event.slots else ""),
        )
        for event in events
    )


# --- Parts of it ------------------------------------------------------------------------------------------------------


@contextmanager
def _alone(house: House, case_id: str) -> Iterator[None]:
    """One at a time settles the texts of a case."""
    with house.state.holding(f"case:{case_id}") as mine:
        if not mine:
            raise InputError("case-busy", f"somebody else is at case `{case_id}` just now", "look again in a moment")
        yield


def _text(house: House, case_id: str, number: int) -> tuple[Text, Plan]:
    with house.unit() as unit:
        every = texts(house, unit, case_id)
        found = next((text for text in every if text.number == number), None)
        if found is None:
            remedy = f"`troth texts {case_id}` lists them" if every else "nothing is held back there"
            raise InputError("no-such-text", f"case `{case_id}` has no held-back text `{number}`", remedy, exit_code=2)
        return found, newest_plan(house, unit, unit.cases.get(case_id))


def _settling(house: House, case_id: str, number: int) -> tuple[Text, Plan]:
    text, plan = _text(house, case_id, number)
    if text.state is TextState.WAITING:
        remedy = f"`troth texts {case_id} {number} --by ID` shows it"
        raise InputError("not-read", f"nobody has read text `{number}` of case `{case_id}`", remedy, exit_code=2)
    if text.state is not TextState.READ:
        raise InputError("text-settled", f"text `{number}` of case `{case_id}` is `{text.state}` already", exit_code=2)
    return text, plan


def _now(house: House, plan: Plan, text: Text) -> tuple[ReadRow, Effect] | None:
    """The row as it stands, if it is still there, still this person's and still held back."""
    require_open(house, [text.store])
    with house.unit() as unit:
        identifiers = found_by(unit, plan)
    sights = _looked(house, plan, text.store, identifiers)
    schemas = {text.store: house.stores[text.store].describe()}
    for line in held_back(house.policy, sights, schemas, house.cite):
        if (line.table, line.rows) == (text.table, (text.key,)):
            return next(((row, line) for row in house.stores[text.store].read([line])), None)
    return None


def _looked(house: House, plan: Plan, store: str, identifiers: Sequence[Identifier]) -> Mapping[str, Sight]:
    if house.policy.stores[store].ours:
        return own_sight(house, identifiers, plan.person)
    gathered = gather(house, identifiers, stores=[store])
    for error in gathered.unreachable.values():
        raise error
    return gathered.sights


def _digest(row: ReadRow) -> str:
    values = {column: str(value.reveal()) for column, value in row.values.items()}
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def _as_read(house: House, case_id: str, number: int) -> str:
    """What was read last, as its hash; empty where the words of the ledger are gone."""
    house.state.ledger.place()
    with house.unit() as unit:
        events = unit.events.read(kinds=(READ,), case=case_id)
    mine = [event for event in events if event.envelope["text"] == number]
    body = mine[-1].slots[0] if mine and mine[-1].slots else None
    return str(body["sha256"]) if body else ""


def _settle(
    house: House, case_id: str, chosen: Sequence[Text], kind: str, files: Mapping[str, str], *, by: str, reason: str
) -> str:
    """The end of the supplement, its files, then what was decided: killed between, it is done again under one name."""
    name = f"{case_id}.{min(text.number for text in chosen)}"
    with house.unit() as unit:
        person = unit.cases.get(case_id).person or ""
        unit.due.add(PACKAGE_END, name, house.clock.now() + timedelta(days=PACKAGE_DAYS))
    house.shelf.put(name, files)
    house.between("supplement written")
    slot = Slot(person, Retain.CASE, Personal({"reason": reason}))
    with house.unit(by) as unit:
        unit.events.record_all(kind, [({"case": case_id, "text": text.number}, (slot,)) for text in chosen])
        _done(house, unit, case_id)
    return name


def _done(house: House, unit: Unit, case_id: str) -> None:
    """Nothing is open any more: nobody is reminded."""
    if not open_records(house, unit, case_id):
        unit.due.cancel(TEXTS, case_id)

"""Positions: gapless, after commit, nothing missed; checkpoints that leave the house; a restored copy stays closed."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from tests.ledger.conftest import DUE, ENDS, NOW, copy_database, drop_database, new_person, raw

from troth.ledger import verify_offline
from troth.ledger.checkpoint import verify
from troth.ledger.database import database_name
from troth.ledger.merkle import MemoryNodes, append, leaf_hash, root
from troth.ledger.reconcile import reconcile
from troth.ledger.sequencer import LOCK
from troth.ledger.state import LedgerState, StateSettings
from troth.model.case import CaseState
from troth.model.event import Event
from troth.ports.state import LedgerBehindError, NotFoundError, StateError

MISSING_REASON = "Restored from the night's backup; Grace Hopper has looked"


def say(state: LedgerState, number: int = 0) -> int:
    """Append one small event in a unit of its own."""
    with state.unit(at=NOW) as unit:
        return unit.events.append(Event("test.said", NOW, {"number": number}))


def positions(settings: StateSettings) -> list[int | None]:
    """Every event's position, by id."""
    with raw(settings) as connection:
        return [row[0] for row in connection.execute("SELECT position FROM event ORDER BY id").fetchall()]  # type: ignore[misc]


def test_positions_come_after_commit_without_gaps(state: LedgerState, settings: StateSettings) -> None:
    """Rolled back events leave gaps in ids and none in positions."""
    for number in range(6):
        if number % 2:
            with pytest.raises(RuntimeError), state.unit(at=NOW) as unit:  # noqa: PT012 - the block is what rolls back
                unit.events.append(Event("test.said", NOW, {}))
                raise RuntimeError
        else:
            say(state, number)
    assert positions(settings) == [None, None, None]
    placed = state.ledger.place()
    assert (placed.events, placed.size) == (3, 3)
    assert positions(settings) == [0, 1, 2]
    assert state.ledger.place().events == 0


def test_withdrawal_that_commits_late_is_not_missed(state: LedgerState) -> None:
    """A transaction stays open while later ids are sequenced and read; a reader of positions still meets its event."""
    person = new_person(state)
    opened, go = threading.Event(), threading.Event()

    def withdraw() -> None:
        with state.unit(at=NOW) as unit:
            unit.facts.choose(person, "newsletter", yes=False, version=1)
            opened.set()
            assert go.wait(20)

    late = threading.Thread(target=withdraw)
    late.start()
    assert opened.wait(20)
    for number in range(5):
        say(state, number)
    assert state.ledger.place().size == 6  # person.made and five later ids; the open one holds nobody up
    with state.unit(at=NOW) as unit:
        seen = unit.events.read()
    assert "choice.withdrawn" not in {each.kind for each in seen}
    assert seen[-1].position == 5
    go.set()
    late.join(20)
    assert state.ledger.place().events == 1
    with state.unit(at=NOW) as unit:
        (found,) = unit.events.read(after=5)
    assert (found.kind, found.position) == ("choice.withdrawn", 6)
    assert found.id < seen[-1].id  # a reader of ids would have passed it by


def test_limit_places_in_groups(state: LedgerState, settings: StateSettings) -> None:
    """A long queue is placed group by group, oldest first."""
    for number in range(5):
        say(state, number)
    assert state.ledger.place(limit=2).size == 2
    assert positions(settings) == [0, 1, None, None, None]
    assert state.ledger.place(limit=2).size == 4
    assert state.ledger.place(limit=2).size == 5


def test_sixteen_writers_and_two_sequencers(settings: StateSettings) -> None:
    """Writers and sequencers at once: every event one position, no gap, no double, one tree."""
    with LedgerState.open(replace(settings, pool_size=20)) as state:
        people = [new_person(state) for _ in range(4)]
        stop = threading.Event()

        def write(writer: int) -> None:
            for number in range(12):
                with state.unit(at=NOW) as unit:
                    unit.facts.choose(people[(writer + number) % 4], f"c{writer}", yes=bool(number % 2), version=number)

        def place() -> None:
            while not stop.is_set():
                state.ledger.place(limit=7)

        with ThreadPoolExecutor(18) as pool:
            sequencers = [pool.submit(place) for _ in range(2)]
            for writer in [pool.submit(write, number) for number in range(16)]:
                writer.result(60)
            stop.set()
            for sequencer in sequencers:
                sequencer.result(60)
        while state.ledger.place().events:
            pass
        found = positions(settings)
        assert len(found) == 4 + 16 * 12
        assert sorted(found) == list(range(len(found)))  # type: ignore[type-var]
        assert state.ledger.audit() == len(found)
        state.ledger.check()


def test_tree_is_the_one_anybody_makes_from_the_export(state: LedgerState) -> None:
    """The signed root is the root over the exported leaves, however the groups fell."""
    for group in (1, 4, 2, 7):
        for number in range(group):
            say(state, number)
        state.ledger.place()
    export = state.ledger.export()
    hashes = [leaf_hash(bytes.fromhex(leaf)) for leaf in export["leaves"]]
    nodes = MemoryNodes()
    nodes.add(append(0, hashes, nodes))
    signed = verify(export["checkpoint"], [state.sequencer.signer.verifier])
    assert (signed.size, signed.root) == (14, root(14, nodes))


def test_witness_has_every_checkpoint_in_order(state: LedgerState, tmp_path: Path) -> None:
    """Each group leaves the house as one line, mode 0600, signed, growing."""
    for number in range(3):
        say(state, number)
        state.ledger.place()
    file = tmp_path / "witness" / "checkpoints.jsonl"
    notes = [json.loads(line)["note"] for line in file.read_text().splitlines()]
    assert [verify(note, [state.sequencer.signer.verifier]).size for note in notes] == [1, 2, 3]
    assert file.stat().st_mode & 0o777 == 0o600


def test_torn_line_is_ignored_and_closed(state: LedgerState, tmp_path: Path) -> None:
    """A crash in the middle of a line loses that line only, and the next one stands on its own."""
    say(state)
    state.ledger.place()
    file = tmp_path / "witness" / "checkpoints.jsonl"
    with file.open("a") as torn:
        torn.write('{"at": "2026-03')
    state.ledger.check()
    say(state)
    state.ledger.place()
    assert len(file.read_text().splitlines()) == 3
    state.ledger.check()


def test_line_somebody_else_wrote_is_damage(state: LedgerState, tmp_path: Path, settings: StateSettings) -> None:
    """A whole line that the log did not sign closes the state."""
    say(state)
    state.ledger.place()
    with (tmp_path / "witness" / "checkpoints.jsonl").open("a") as file:
        file.write('{"at": "x", "note": "y"}\n')
    with pytest.raises(StateError, match="witness-damaged"):
        LedgerState.open(settings)


def test_lost_witness_closes_until_reconciled(state: LedgerState, tmp_path: Path, settings: StateSettings) -> None:
    """A witness file that vanished is not taken for one that never was."""
    say(state)
    state.ledger.place()
    (tmp_path / "witness" / "checkpoints.jsonl").unlink()
    with pytest.raises(StateError, match="witness-lost"):
        LedgerState.open(settings)
    with pytest.raises(StateError, match="witness-lost"):
        state.ledger.place()
    reconcile(settings, by="staff:1", code="witness-lost", reason="disk died")
    with LedgerState.open(settings) as opened:
        opened.ledger.check()


def test_witness_that_missed_one_is_caught_up(state: LedgerState, tmp_path: Path, settings: StateSettings) -> None:
    """A crash between placing and handing over is made good by the next round."""
    say(state)
    state.ledger.place()
    say(state)
    state.sequencer.place_unchecked()  # places, and hands nothing over
    file = tmp_path / "witness" / "checkpoints.jsonl"
    assert len(file.read_text().splitlines()) == 1
    assert state.ledger.place().events == 0
    assert len(file.read_text().splitlines()) == 2


@contextmanager
def older_copy(settings: StateSettings) -> Iterator[Callable[[], None]]:
    """Take a copy of the state now; calling it puts the copy in the place of the state, as a restore would."""
    name = database_name(settings.state_url)
    kept = f"{name}_kept"
    copy_database(name, kept)

    def restore() -> None:
        drop_database(name)
        copy_database(kept, name)

    yield restore
    drop_database(kept)


def test_restored_older_copy_stays_closed_until_reconciled(settings: StateSettings) -> None:
    """Yesterday's objection is missing in the copy: nothing opens before an operator has said so in the ledger."""
    with LedgerState.open(settings) as state:
        person = new_person(state)
        state.ledger.place()
    with older_copy(settings) as restore:
        with LedgerState.open(settings) as state:
            with state.unit(at=NOW) as unit:
                unit.facts.object(person, marketing=True)
            say(state)
            state.ledger.place()
            state.ledger.check()
        restore()
        with pytest.raises(LedgerBehindError, match="ledger-behind") as caught:
            LedgerState.open(settings)
        assert (caught.value.ours, caught.value.witnessed) == (1, 3)
        event = reconcile(settings, by="staff:1", code="restore", reason=MISSING_REASON)
    with LedgerState.open(settings) as state:
        with state.unit(at=NOW) as unit:
            found = unit.events.get(event)
        assert found.kind == "ledger.reconciled"
        assert found.position == 1
        (missing,) = found.envelope["missing"]
        assert (missing["from"], missing["to"], missing["seen_size"]) == (1, 2, 3)
        assert "Hopper" not in str(found.envelope)
        assert found.slots[0] == {"reason": MISSING_REASON}
        for number in range(4):
            say(state, number)
        state.ledger.place()
    with LedgerState.open(settings) as state:
        state.ledger.check()


def test_copy_restored_under_a_running_process_places_nothing(settings: StateSettings) -> None:
    """The sequencer compares before every group: a process that lived through the restore cannot fork the log."""
    with LedgerState.open(settings) as state:
        say(state)
        state.ledger.place()
    with older_copy(settings) as restore:
        with LedgerState.open(settings) as state:
            say(state)
            state.ledger.place()
        running = LedgerState.open(settings)
        restore()
        for attempt in range(20):  # connections that the restore cut off are replaced
            try:
                say(running, attempt)
                break
            except StateError:
                time.sleep(0.1)
        with pytest.raises(LedgerBehindError):
            running.ledger.place()
        running.close()


def test_copy_that_grew_past_the_witness_is_a_fork(settings: StateSettings) -> None:
    """Size alone proves nothing: a copy that went on by itself tells another history."""
    with LedgerState.open(settings) as state:
        say(state)
        state.ledger.place()
    with older_copy(settings) as restore:
        with LedgerState.open(settings) as state:
            say(state, 1)
            state.ledger.place()
        restore()
        with LedgerState(settings) as unchecked:  # somebody runs it without its checks
            for number in range(5):
                say(unchecked, number)
            unchecked.sequencer.place_unchecked()
        with pytest.raises(LedgerBehindError, match="another history"):
            LedgerState.open(settings)


def test_nothing_is_reconciled_when_nothing_differs(state: LedgerState, settings: StateSettings) -> None:
    """The act is for a loss, needs a person and a reason, and is refused otherwise."""
    say(state)
    state.ledger.place()
    with pytest.raises(StateError, match="nothing-to-reconcile"):
        reconcile(settings, by="staff:1", code="x", reason="y")
    with pytest.raises(StateError, match="reconcile-needs-a-person"):
        reconcile(settings, by="system", code="x", reason="y")
    with pytest.raises(StateError, match="reconcile-needs-a-person"):
        reconcile(settings, by="staff:1", code="x", reason=" ")


WRITER = """
import sys, os
from tests.ledger.conftest import NOW
from troth.ledger.state import LedgerState, StateSettings
from troth.model.event import Event
from troth.model.personal import Personal
from pathlib import Path
state = LedgerState.open(StateSettings(Personal(sys.argv[1]), Path(sys.argv[2]), witnesses=(Path(sys.argv[3]),)))
number = 0
while True:
    with state.unit(at=NOW) as unit:
        unit.events.append(Event("test.said", NOW, {"number": number}))
        unit.due.add("k", f"r{number}-{os.getpid()}", NOW)
        unit.events.append(Event("test.heard", NOW, {"number": number}))
    if sys.argv[4] == "place":
        state.ledger.place(limit=3)
    number += 1
    print(number, flush=True)
"""


@pytest.mark.parametrize("also", ["write", "place"])
def test_kill_minus_nine_at_any_moment_leaves_a_whole_ledger(
    settings: StateSettings, tmp_path: Path, also: str
) -> None:
    """Writers (and sequencers) killed again and again: whole transactions only, gapless, one tree, witness in step."""
    arguments = [settings.state_url.reveal(), str(settings.keys), str(tmp_path / "witness"), also]
    for attempt in range(5):
        process = subprocess.Popen([sys.executable, "-c", WRITER, *arguments], stdout=subprocess.PIPE, cwd=Path.cwd())
        assert process.stdout is not None
        for _ in range(3):
            assert process.stdout.readline()
        time.sleep(0.003 * attempt)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
    with LedgerState.open(settings) as state:
        while state.ledger.place().events:
            pass
        found = positions(settings)
        assert sorted(found) == list(range(len(found)))  # type: ignore[type-var]
        with raw(settings) as connection:
            halves = connection.execute(
                "SELECT count(*) FILTER (WHERE kind = 'test.said'), count(*) FILTER (WHERE kind = 'test.heard'),"
                " (SELECT count(*) FROM due) FROM event"
            ).fetchone()
        assert halves is not None
        assert halves[0] == halves[1] == halves[2]
        assert state.ledger.audit() == len(found) >= 30
        state.ledger.check()


@pytest.mark.parametrize("statement", ["unplaced", "place", "add_nodes", "add_checkpoint"])
def test_sequencer_cut_off_between_statements_leaves_nothing_half_done(
    state: LedgerState, settings: StateSettings, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    """Its connection dies before any one of its statements: the next round does everything, once."""
    from troth.ledger import sequencer  # noqa: PLC0415 - patched here only

    for number in range(5):
        say(state, number)
    real = dict(sequencer._SQL)
    cut = "SELECT pg_terminate_backend(pg_backend_pid())"
    with monkeypatch.context() as patched:
        patched.setattr(sequencer, "_SQL", {**real, statement: cut})
        with pytest.raises(StateError):
            state.ledger.place()
    assert positions(settings) == [None] * 5
    assert state.ledger.place().size == 5
    assert state.ledger.audit() == 5


def test_second_sequencer_waits_for_the_first(state: LedgerState, settings: StateSettings) -> None:
    """The lock is the server's: whoever holds it, nobody else places meanwhile."""
    say(state)
    with psycopg.connect(settings.state_url.reveal()) as holder:
        holder.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        with ThreadPoolExecutor(1) as pool:
            placing = pool.submit(state.ledger.place)
            time.sleep(0.3)
            assert not placing.done()
            assert positions(settings) == [None]
            holder.rollback()
            assert placing.result(20).size == 1


def closed_case(state: LedgerState) -> str:
    """A case that was opened and closed without a plan, placed."""
    with state.unit(at=NOW) as unit:
        case = unit.cases.open("access", None, due=DUE, ends=ENDS).id
        unit.cases.close(case, {"case": case, "right": "access", "plan": None})
    state.ledger.place()
    return case


def test_bundle_verifies_offline(state: LedgerState, tmp_path: Path) -> None:
    """The receipt bundle of a closed case passes the standalone script; one changed word does not."""
    say(state)
    state.ledger.place()
    case = closed_case(state)
    say(state)
    state.ledger.place()
    bundle = dict(state.ledger.bundle(case))
    assert bundle["format"] == "troth-receipt/1"
    assert [event["envelope"]["kind"] for event in bundle["events"]] == ["case.opened", "case.closed"]
    assert bundle["consistency"]
    file = tmp_path / "bundle.json"
    key = state.sequencer.signer.verifier.text
    file.write_text(json.dumps(bundle))
    assert verify_offline.main([str(file), "--trust", key]) == 0
    bundle["receipt"]["right"] = "erasure"
    file.write_text(json.dumps(bundle))
    assert verify_offline.main([str(file), "--trust", key]) == 2


def test_export_verifies_offline_against_kept_checkpoint(state: LedgerState, tmp_path: Path) -> None:
    """An export passes the standalone script together with a checkpoint kept from earlier."""
    say(state)
    kept = tmp_path / "kept.txt"
    kept.write_text(state.ledger.place().checkpoint)
    say(state)
    state.ledger.place()
    file = tmp_path / "export.json"
    file.write_text(json.dumps(state.ledger.export()))
    key = state.sequencer.signer.verifier.text
    assert verify_offline.main([str(file), "--trust", key, "--witnessed", str(kept)]) == 0


def test_bundle_needs_a_receipt(state: LedgerState) -> None:
    """An open case and an unknown one have none to give."""
    with state.unit(at=NOW) as unit:
        case = unit.cases.open("access", None, due=DUE, ends=ENDS)
    assert case.state is CaseState.OPEN
    for each in (case.id, "c-none"):
        with pytest.raises(NotFoundError, match="no-receipt"):
            state.ledger.bundle(each)


def test_receipt_that_is_not_placed_yet_says_so(state: LedgerState) -> None:
    """A bundle proves positions; before the sequencer came there are none."""
    with state.unit(at=NOW) as unit:
        case = unit.cases.open("access", None, due=DUE, ends=ENDS).id
        unit.cases.close(case, {"case": case})
    with pytest.raises(StateError, match="receipt-not-placed"):
        state.ledger.bundle(case)

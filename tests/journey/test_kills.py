"""`kill -9` at every step of a case, of the process that works and of the server underneath: the end is the same."""

import json
import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from examples.airline.data import cast
from examples.airline.install import install
from tests.journey.world import Airline, Template, carry_out, file, nest, number, sign, wait_for

from troth import wire
from troth.desk import planning, requests
from troth.desk.house import House
from troth.ledger.server import Server
from troth.model.case import Case, CaseState
from troth.ports.state import StateError
from troth.ports.store import StoreError

PERSON = cast.OBJECTOR
"""Has rows in all three stores, shares two bookings, and leaves shells and retained rows behind."""
TOKEN = re.compile(r"erased-[0-9a-f]{16}")
STEPS = 30
"""More than a case has boundaries."""


def settled(airline: Airline) -> str:
    """All rows, with unique replacements made alike: they differ from plan to plan by design."""
    lines = [f"{at}{row}{n}" for at, rows in airline.everything().tables.items() for row, n in rows.items()]
    return TOKEN.sub("erased-TOKEN", "\n".join(sorted(lines)))


def drive(airline: Airline, house: House) -> Case:
    """Take the person's case from wherever it stands to its end, as a worker and the office would."""
    with house.unit() as unit:
        found = [case for case in unit.cases.find() if case.right == "erasure"]
    case = found[0].id if found else file(house, "erasure", number(PERSON))
    requests.identify(house, case)
    with house.unit() as unit:
        standing = unit.cases.get(case)
    if not standing.plan:
        planning.make_plan(house, case)
    if standing.state in {CaseState.OPEN, CaseState.PLANNED}:
        sign(airline, house, case)
    return carry_out(house, case)


def receipts(airline: Airline) -> int:
    """How many receipts, and how many events that closed a case, there are: the same number."""
    address = airline.address("troth") if airline.names else airline.server.conninfo("troth").reveal()
    with psycopg.connect(address) as connection:
        kept = connection.execute("SELECT count(*) FROM troth.receipt").fetchone()
        events = connection.execute("SELECT count(*) FROM troth.event WHERE kind = 'case.closed'").fetchone()
    assert kept == events
    assert kept is not None
    return int(kept[0])


def forked(work: Callable[[], object]) -> int:
    """Do it in a process of its own; gives the signal that ended it, or 0."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            os._exit(0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status := os.waitpid(pid, 0)[1]) else 0


@pytest.fixture
def undisturbed(airline_template: Template) -> Iterator[str]:
    """What the stores look like when nobody is killed."""
    other = airline_template.copy()
    try:
        with other.house() as house:
            assert drive(other, house).state is CaseState.CLOSED
        yield settled(other)
    finally:
        other.destroy()


def test_the_worker_is_killed_at_every_boundary(airline: Airline, undisturbed: str) -> None:
    """One case, a kill -9 after each step it ever takes: the rows end as if nothing had happened, with one receipt."""
    died: list[str] = []

    def run() -> None:
        def between(step: str) -> None:
            if step not in died:
                (airline.home / "died").write_text(step, encoding="utf-8")
                os.kill(os.getpid(), signal.SIGKILL)

        with airline.house(between) as house:
            drive(airline, house)

    for _ in range(STEPS):
        if forked(run) != signal.SIGKILL:
            break
        died.append((airline.home / "died").read_text(encoding="utf-8"))
    assert len(died) == len(set(died)) >= 12
    assert {
        f"{store} {step}" for store in ("bookings", "loyalty", "website") for step in ("intended", "acted", "settled")
    } < set(died)
    assert died[-1] == "closed"
    with airline.house() as house:
        assert drive(airline, house).state is CaseState.CLOSED
        house.state.ledger.place()
        house.state.ledger.check()
    assert settled(airline) == undisturbed
    assert receipts(airline) == 1


def test_the_worker_is_killed_inside_a_statement(airline: Airline, undisturbed: str) -> None:
    """Killed while the store waits for a lock: nothing was changed; the next process does it all, once."""
    with airline.house() as house:
        case = file(house, "erasure", number(PERSON))
        requests.identify(house, case)
        planning.make_plan(house, case)
        sign(airline, house, case)
    before = airline.everything("bookings").checksum()
    with psycopg.connect(airline.address("bookings")) as lock:
        lock.execute("SELECT 1 FROM customer WHERE customer_id = %s FOR UPDATE", (PERSON.customer_id,))
        pid = os.fork()
        if pid == 0:
            try:
                with airline.house() as house:
                    carry_out(house, case)
            finally:
                os._exit(0)
        waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        wait_for(lambda: bool(airline.sql("bookings", waits)[0][0]), 30)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    assert airline.everything("bookings").checksum() == before
    with airline.house() as house:
        assert carry_out(house, case).state is CaseState.CLOSED
        assert carry_out(house, case).state is CaseState.CLOSED
    assert settled(airline) == undisturbed
    assert receipts(airline) == 1


# == The embedded server ==


@pytest.fixture
def embedded() -> Iterator[Airline]:
    """A whole installation with a server of its own, as `make demo` makes it."""
    home = nest() / "home"
    install(home, customers=220, progress=lambda _done, _total, _what: None)
    server = Server(wire.read_settings(home).server)
    made = Airline(home, server, {name: name for name in ("bookings", "loyalty", "troth", "troth_vault")})
    yield made
    made.hang_up()
    server.stop()
    made.destroy_home()


def kill_server(airline: Airline) -> None:
    """SIGKILL to the postmaster; what it started dies by itself."""
    airline.hang_up()
    pid = int((airline.server.folder / "data" / "postmaster.pid").read_text(encoding="utf-8").split()[0])
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not Path(f"/proc/{pid}").exists() or "Z" in Path(f"/proc/{pid}/stat").read_text().split()[2], 10)


def outcome_of(airline: Airline, between: Callable[[str], None]) -> str:
    """Drive the case; gives its state, or the code of what stopped it. Nothing but our own errors may come out."""
    try:
        with airline.house(between) as house:
            return drive(airline, house).state.value
    except (StateError, StoreError) as error:
        return error.code


def test_the_server_is_killed_at_every_boundary(embedded: Airline) -> None:
    """One case, a kill -9 of the server after each step: it is brought back when asked, and the case ends once."""
    died: list[str] = []
    others = embedded.everything().without({("bookings", "customer", (PERSON.customer_id,))}).checksum()
    assert others

    def between(step: str) -> None:
        if step not in died:
            died.append(step)
            kill_server(embedded)

    ended = ""
    for _ in range(STEPS):
        ended = outcome_of(embedded, between)
        if ended == "closed" and died[-1] == "closed":
            break
    assert ended == "closed"
    assert {"request filed", "plan kept", "bookings acted", "loyalty settled", "looked again"} <= set(died)
    assert receipts(embedded) == 1
    assert embedded.rows("bookings", "customer", f"customer_id = {PERSON.customer_id}") == []
    assert embedded.orphans() == 0
    done = embedded.troth("status", "--format", "json")
    assert not [trouble for trouble in json.loads(done.stdout)["troubles"] if "ledger" in trouble], done.stderr


def test_the_server_is_killed_inside_a_statement(embedded: Airline) -> None:
    """The server dies under a waiting statement: the part waits, nothing is called done; `troth apply` finishes it."""
    with embedded.house() as house:
        case = file(house, "erasure", number(PERSON))
        requests.identify(house, case)
        planning.make_plan(house, case)
        sign(embedded, house, case)
    before = embedded.everything("bookings", "loyalty").checksum()
    codes: list[str] = []

    def work() -> None:
        try:
            with embedded.house() as house:
                codes.append(carry_out(house, case).state.value)
        except (StateError, StoreError) as error:
            codes.append(error.code)

    with closing(psycopg.connect(embedded.address("bookings"))) as lock:
        lock.execute("SELECT 1 FROM customer WHERE customer_id = %s FOR UPDATE", (PERSON.customer_id,))
        worker = threading.Thread(target=work)
        worker.start()
        waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        wait_for(lambda: bool(embedded.sql("bookings", waits)[0][0]), 30)
        kill_server(embedded)
        worker.join(60)
    assert codes
    assert codes != ["closed"]
    embedded.server.start()
    assert embedded.everything("bookings", "loyalty").checksum() == before
    until = time.monotonic() + 60
    while (done := embedded.troth("apply", case)).returncode and time.monotonic() < until:
        assert "Traceback" not in done.stderr
    assert done.returncode == 0, done.stderr
    assert receipts(embedded) == 1


def test_killing_proves_something(airline: Airline) -> None:
    """Negative control: the comparison of end states sees one changed letter."""
    one = settled(airline)
    airline.sql("bookings", "UPDATE customer SET full_name = full_name || '.' WHERE customer_id = 20")
    assert settled(airline) != one

"""The ledger alone: durable appends, the time from commit to position, proofs and their verification."""

import json
import runpy
import threading
from collections.abc import Callable
from contextlib import redirect_stdout
from datetime import UTC, datetime
from importlib.resources import as_file, files
from io import BytesIO, TextIOWrapper
from pathlib import Path
from statistics import median
from time import perf_counter

from examples.airline.data import cast

from benchmarks.house import Installation, NotDoneError, installation, request, troth
from benchmarks.measure import Line, Tell
from troth.desk.house import House
from troth.model.event import Event, Retain, Slot
from troth.model.personal import Personal
from troth.ports.state import State, Unit

KIND = "choice.given"
GROUP = 100
WRITERS = 16


def measure(tell: Tell, *, customers: int, appends: int) -> list[Line]:
    """All lines about the ledger, on the state of one installation."""
    with installation(customers) as installed, troth(installed) as house:
        tell("requests that leave receipts to prove")
        request(installed, house, "access", cast.DEMO.customer_number)
        case = _closed(house)
        tell(f"{appends} durable appends by 1 and by {WRITERS} writers, and in groups of {GROUP}")
        lines = _appends(house.state, appends)
        tell("from commit to position")
        lines += _positions(house.state, appends)
        tell("proofs and their verification")
        return lines + _proofs(installed, house, case)


def _event(number: int) -> Event:
    slot = Slot(f"p-{number % 50}", Retain.CONSENT, Personal({"choice": "newsletter-email", "yes": True}))
    return Event(KIND, datetime.now(UTC), {"choice": "newsletter-email", "number": number}, (slot,), policy="benchmark")


def _append(state: State, number: int, count: int = 1) -> None:
    with state.unit(at=datetime.now(UTC), policy="benchmark") as unit:
        _fill(unit, number, count)


def _fill(unit: Unit, number: int, count: int) -> None:
    for each in range(count):
        unit.events.append(_event(number + each))


def _appends(state: State, appends: int) -> list[Line]:
    for number in range(50):  # the class keys of the fifty people are made, and remembered
        _append(state, number)
    one = _rate(appends, lambda: _alone(state, appends))
    many = _rate(appends, lambda: _together(state, appends))
    groups = max(1, appends // GROUP) * 5
    grouped = _rate(groups * GROUP, lambda: _alone(state, groups, GROUP))
    return [
        Line("ledger", "appends, 1 writer", one, "/s", note="one event and one flush each, slot sealed"),
        Line("ledger", f"appends, {WRITERS} writers", many, "/s", note="threads of one process, pool of 8"),
        Line("ledger", f"appends in groups of {GROUP}", grouped, "/s", note="one writer"),
    ]


def _rate(count: int, act: Callable[[], object]) -> float:
    start = perf_counter()
    act()
    return count / (perf_counter() - start)


def _alone(state: State, appends: int, each: int = 1) -> None:
    """One writer, `each` events to a commit."""
    for number in range(appends):
        _append(state, number * each, each)


def _together(state: State, appends: int) -> None:
    """All writers at once. An error of one of them ends the measure."""
    troubles: list[BaseException] = []

    def write(first: int) -> None:
        try:
            for number in range(first, appends, WRITERS):
                _append(state, number)
        except BaseException as error:  # noqa: BLE001 - handed over to the measuring thread
            troubles.append(error)

    threads = [threading.Thread(target=write, args=(first,)) for first in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if troubles:
        raise NotDoneError("a writer failed") from troubles[0]


def _positions(state: State, appends: int) -> list[Line]:
    waiting = 0
    while placed := state.ledger.place().events:
        waiting += placed
    single = []
    for number in range(min(50, appends)):
        _append(state, number)
        start = perf_counter()
        state.ledger.place()
        single.append(perf_counter() - start)
    for number in range(0, 1000, GROUP):
        _append(state, number, GROUP)
    start = perf_counter()
    state.ledger.place()
    group = perf_counter() - start
    return [
        Line("ledger", "commit to position, one event", median(single) * 1000, "ms", note="placed, signed, witnessed"),
        Line("ledger", "commit to position, 1,000 events", group * 1000, "ms", note="the same once for all"),
    ]


def _closed(house: House) -> str:
    with house.unit() as unit:
        return next(iter(unit.cases.find(limit=1000))).id


def _proofs(installed: Installation, house: House, case: str) -> list[Line]:
    size = house.state.ledger.place().size
    bundling, checking = [], []
    target = installed.home / "receipt.json"
    for _ in range(10):
        start = perf_counter()
        bundle = house.state.ledger.bundle(case)
        bundling.append(perf_counter() - start)
        target.write_text(json.dumps(bundle), encoding="utf-8")
        start = perf_counter()
        _verify(target)
        checking.append(perf_counter() - start)
    note = f"{size:,} events in the ledger"
    return [
        Line("ledger", "proof of one receipt", median(bundling) * 1000, "ms", note=note),
        Line("ledger", "verification of it", median(checking) * 1000, "ms", note="offline script, loaded each time"),
    ]


def _verify(bundle: Path) -> None:
    """Run the script as somebody would who got it with the bundle."""
    with as_file(files("troth.ledger") / "verify_offline.py") as script, redirect_stdout(TextIOWrapper(BytesIO())):
        code = runpy.run_path(str(script))["main"]([str(bundle)])
    if code:
        raise NotDoneError(f"the bundle did not verify ({code})")

"""Many erasures at once: filed, identified, planned, signed and applied by worker processes, all of it waiting in line.

The people are the two hundred who share one booking, so that they also stand in each other's way.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any

from examples.airline.data import cast
from examples.airline.install import STAFF

from benchmarks.house import SIGNER, Installation, NotDoneError, installation, troth
from benchmarks.measure import Line, Tell
from troth import wire
from troth.desk import approving, planning, requests
from troth.desk.house import House
from troth.model.case import CaseState

WORKERS = 2
TRIAL = "a trial reached 137-155 a second"


def measure(tell: Tell, *, customers: int, queued: int) -> list[Line]:
    """Throughput of each half, and what a worker holds in memory."""
    numbers = [cast.customer_number(each) for each in list(cast.BUS_CUSTOMER_IDS)[:queued]]
    with installation(customers) as installed:
        with troth(installed) as house:
            start = perf_counter()
            cases = [_file(house, number) for number in numbers]
            filing = perf_counter() - start
        with _workers(installed) as workers:
            tell(f"{queued} erasures wait to be identified and planned, {WORKERS} workers")
            planning_seconds, _ = _work(workers)
            with troth(installed) as house:
                signing = _sign(installed, house, cases)
            tell(f"{queued} signed erasures wait to be applied, {WORKERS} workers")
            applying_seconds, peak = _work(workers)
        _all_closed(installed, cases)
    whole = filing + planning_seconds + signing + applying_seconds
    return [
        Line("queue", "requests filed", queued / filing, "/s", note="one process"),
        Line("queue", "identified and planned", queued / planning_seconds, "/s", note=f"{WORKERS} workers"),
        Line("queue", "plans signed by a person", queued / signing, "/s", note="one process"),
        Line("queue", "applied, looked at again, closed", queued / applying_seconds, "/s", note=TRIAL),
        Line("queue", "from filing to receipt", queued / whole, "/s", note=f"{queued} neighbours on one booking"),
        Line("queue", "memory of the bigger worker", peak, "MB", note="peak resident set"),
    ]  # fmt: skip


def _file(house: House, number: str) -> str:
    asked = requests.identifiers_from(house, [("customer-number", number)], proven=True)
    return requests.receive(house, "erasure", asked, by=f"staff:{SIGNER}").case


def _sign(installed: Installation, house: House, cases: list[str]) -> float:
    """Sign every plan, which makes it due."""
    start = perf_counter()
    for case in cases:
        _, digest = planning.plan_of(house, case)
        at = house.clock.now().isoformat()
        signature = wire.sign_as(installed.settings, SIGNER, STAFF[SIGNER], digest, at)
        approving.approve(house, case, signature)
    return perf_counter() - start


@contextmanager
def _workers(installed: Installation) -> Iterator[list[subprocess.Popen[str]]]:
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker", str(installed.home), f"worker-{number}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(WORKERS)
    ]
    try:
        for worker in started:
            _answer(worker)
        yield started
    finally:
        for worker in started:
            worker.communicate()


def _work(workers: list[subprocess.Popen[str]]) -> tuple[float, float]:
    """Let all work until idle; seconds until the last one is, and the highest memory of one. Raises NotDoneError."""
    start = perf_counter()
    for worker in workers:
        if worker.stdin:
            worker.stdin.write("go\n")
            worker.stdin.flush()
    answers = [_answer(worker) for worker in workers]
    troubles = sorted({code for answer in answers for code in answer["troubles"]})
    if troubles:
        raise NotDoneError(f"workers met {', '.join(troubles)}")
    return perf_counter() - start, max(answer["peak_mb"] for answer in answers)


def _answer(worker: subprocess.Popen[str]) -> dict[str, Any]:
    line = worker.stdout.readline() if worker.stdout else ""
    if not line:
        raise NotDoneError("a worker ended early")
    found: dict[str, Any] = json.loads(line)
    return found


def _all_closed(installed: Installation, cases: list[str]) -> None:
    with troth(installed) as house, house.unit() as unit:
        states = {unit.cases.get(case).state for case in cases}
    if states != {CaseState.CLOSED}:
        raise NotDoneError(f"cases ended as {', '.join(sorted(states))}")

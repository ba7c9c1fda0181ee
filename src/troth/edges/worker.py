"""The worker process: an alarm wakes it, a clock of its own sweeps, and both only ever look into the due tables.

So an alarm that was lost, late or rung twice changes nothing but the moment at which due work is done.
"""

import asyncio
import os
import socket
import threading
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress

from troth import wire
from troth.desk.house import House
from troth.desk.publishing import outside, require_in_force
from troth.desk.working import UNEXPECTED, Worked, sweep, work_until_idle
from troth.model.problem import InputError
from troth.ports.state import StateError
from troth.ports.store import StoreError

SWEEP_SECONDS = 30.0


class Shift:
    """The installation as the version in force declares it, opened anew when another version is put in force."""

    def __init__(self, settings: wire.Settings) -> None:
        self._settings = settings
        self._open = ExitStack()
        self._house: House | None = None

    def house(self) -> House:
        """The house. Raises InputError while the policy folder is not what is in force; then it is looked at again."""
        if self._house is None or outside(self._house):
            self.close()
            self._house = self._open.enter_context(wire.open_house(self._settings))
            require_in_force(self._house)
        return self._house

    def close(self) -> None:
        """Let go of connections."""
        self._house = None
        self._open.close()


def run_worker(settings: wire.Settings, tell: Callable[[str], None]) -> None:
    """Work until stopped by a signal; what is in hand is finished first."""
    ticking, shift = threading.Lock(), Shift(settings)
    name = f"{socket.gethostname()}:{os.getpid()}"

    def tick() -> None:
        with ticking:
            for done in _tick(shift, name, tell):
                tell(said(done))

    async def live() -> None:
        sweeping = asyncio.create_task(_every(SWEEP_SECONDS, tick))
        try:
            await asyncio.to_thread(tick)
            await _listen(settings, tick, tell)
        finally:
            sweeping.cancel()
            with suppress(asyncio.CancelledError):
                await sweeping

    with closing(shift):
        asyncio.run(live())


def said(done: Worked) -> str:
    """One line on one piece of work."""
    return f"{done.work.kind} {done.work.ref}: {done.code}" + (f" ({done.why})" if done.why else "")


def _tick(shift: Shift, name: str, tell: Callable[[str], None]) -> list[Worked]:
    """Sweep, then do what is due. What goes wrong is told, with its words only where they are ours, and tried again."""
    try:
        house = shift.house()
        found = sweep(house)
        for what, ids in (("stalled", found.stalled), ("late", found.late), ("given up", found.given_up)):
            if ids:
                tell(f"{what}: {len(ids)}")
        return work_until_idle(house, name)
    except (StateError, InputError, StoreError, wire.FAULTS) as error:
        tell(f"{error.code}: {error.message}")
    except Exception as error:  # noqa: BLE001 - a worker that stopped sweeping would look alive and do nothing
        tell(f"{UNEXPECTED}: {type(error).__name__}")
    return []


async def _listen(settings: wire.Settings, tick: Callable[[], None], tell: Callable[[str], None]) -> None:
    """Listen until a signal ends it. Without alarms the worker goes on by its own clock, and tries to listen again."""
    while True:
        try:
            await wire.listen_for_alarms(settings, tick)
        except StateError as error:
            tell(f"{error.code}: {error.message}; {error.remedy}")
            await asyncio.sleep(SWEEP_SECONDS)
        else:
            return


async def _every(seconds: float, act: Callable[[], None]) -> None:
    while True:
        await asyncio.sleep(seconds)
        await asyncio.to_thread(act)

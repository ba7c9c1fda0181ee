"""Whoever files or signs wakes a worker: it does not wait for its own clock."""

import asyncio
import threading
from collections.abc import Callable

from tests.edges.shop import MAUD, Shop

from troth import wire
from troth.desk import approving, planning, requests
from troth.edges.cli.options import pairs

PATIENCE = 60.0
"""Seconds after which an alarm counts as not rung. It takes a few milliseconds, or for ever."""


def rings(shop: Shop, act: Callable[[], None]) -> bool:
    """Whether an alarm is heard after an act."""
    rung = threading.Event()

    async def hear() -> bool:
        listening = asyncio.create_task(wire.listen_for_alarms(shop.settings, rung.set))
        try:
            await asyncio.to_thread(act)
            return await asyncio.to_thread(rung.wait, PATIENCE)
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    return asyncio.run(hear())


def test_filing_and_signing_wake_a_worker(shop: Shop) -> None:
    """By a request, and by the signature under its plan."""
    cases: list[str] = []

    def file() -> None:
        with shop.house() as house:
            asked = requests.identifiers_from(house, pairs([MAUD]), proven=True)
            cases.append(requests.receive(house, "erasure", asked, by="staff:nell").case)

    def sign() -> None:
        with shop.house() as house:
            at = house.clock.now().isoformat()
            signed = wire.sign_as(shop.settings, "nell", "privacy-officer", planning.plan_of(house, cases[0])[1], at)
            approving.approve(house, cases[0], signed)

    assert rings(shop, file)
    with shop.house() as house:
        requests.identify(house, cases[0])
        planning.make_plan(house, cases[0])
    assert rings(shop, sign)

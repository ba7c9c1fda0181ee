"""A client that asks over HTTP/1.1, from a process of its own: in an open loop, as fast as it can, or each once."""

import asyncio
from collections.abc import Sequence
from time import perf_counter
from typing import NamedTuple

import uvloop

CONNECTIONS = 48


class Took(NamedTuple):
    """What a run took."""

    seconds: tuple[float, ...]
    """Of each question, sorted."""
    elapsed: float

    def ms(self, share: float) -> float:
        """Milliseconds within which this share of the answers came."""
        return 1000 * self.seconds[min(int(len(self.seconds) * share), len(self.seconds) - 1)]


class Road:
    """One connection that is kept."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def to(cls, port: int) -> "Road":
        """Connect."""
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def ask(self, request: bytes) -> bytes:
        """The body of the reply. Raises AssertionError for any status but 200."""
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        body = await self._reader.readexactly(length)
        if b" 200 " not in head.partition(b"\r\n")[0]:
            raise AssertionError(head.decode())
        return body


def post(path: str, body: bytes, **headers: str) -> bytes:
    """A request as it is sent."""
    said = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    head = f"POST {path} HTTP/1.1\r\nHost: gate\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return f"{head}{said}\r\n".encode() + body


def each(port: int, requests: Sequence[bytes]) -> list[bytes]:
    """Every reply, in order."""

    async def all_of_them() -> list[bytes]:
        road = await Road.to(port)
        return [await road.ask(request) for request in requests]

    return uvloop.run(all_of_them())


def open_loop(port: int, requests: Sequence[bytes], rate: int, seconds: int) -> Took:
    """Each question has its moment, and waiting for a slow answer counts as its time. All are asked once before."""
    return uvloop.run(_open(port, requests, rate, seconds))


async def _open(port: int, requests: Sequence[bytes], rate: int, seconds: int) -> Took:
    took: list[float] = []
    todo: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def one(road: Road) -> None:
        while True:
            due, request = await todo.get()
            await road.ask(request)
            took.append(perf_counter() - due)

    workers = [asyncio.create_task(one(await Road.to(port))) for _ in range(CONNECTIONS)]
    before = 1_000 + rate  # everybody was asked about once, and a second went by
    total = before + rate * seconds
    began = perf_counter()
    for number in range(total):
        due = began + number / rate
        if (wait := due - perf_counter()) > 0:
            await asyncio.sleep(wait)
        todo.put_nowait((due, requests[number % len(requests)]))
    while len(took) < total and not any(worker.done() for worker in workers):
        await asyncio.sleep(0.05)
    failed = [worker.exception() for worker in workers if worker.done()]
    for worker in workers:
        worker.cancel()
    if failed and failed[0] is not None:
        raise failed[0]
    return Took(tuple(sorted(took[before:])), perf_counter() - began)


def closed_loop(port: int, requests: Sequence[bytes], seconds: int, connections: int = 8) -> Took:
    """So many askers, each with its next question as soon as the last was answered."""
    return uvloop.run(_closed(port, requests, seconds, connections))


async def _closed(port: int, requests: Sequence[bytes], seconds: int, connections: int) -> Took:
    took: list[float] = []
    began = perf_counter()

    async def one(road: Road, first: int) -> None:
        number = first
        while (start := perf_counter()) < began + seconds:
            await road.ask(requests[number % len(requests)])
            took.append(perf_counter() - start)
            number += connections

    await asyncio.gather(*[one(await Road.to(port), first) for first in range(connections)])
    return Took(tuple(sorted(took)), perf_counter() - began)

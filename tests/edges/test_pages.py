"""The pages: one port that is really ours, an address that answers, and headers on every answer."""

import asyncio
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import unquote
from urllib.request import urlopen

import pytest
from starlette.types import ASGIApp, Message
from tests.edges.shop import Shop

from troth import wire
from troth.edges.pages import HEADERS, pages
from troth.ledger.database import unavailable


def get(app: ASGIApp, path: str, method: str = "GET") -> tuple[int, dict[str, str]]:
    """Ask the application as a server would: status and headers, by name in small letters."""
    sent: list[Message] = []
    scope: dict[str, Any] = {
        "type": "http",
        "method": method,
        "path": unquote(path),
        "headers": [],
        "query_string": b"",
    }

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    with suppress(Exception):  # what a server would log
        asyncio.run(app(scope, receive, send))  # type: ignore[arg-type]
    return sent[0]["status"], {name.decode(): value.decode() for name, value in sent[0]["headers"]}


@contextmanager
def taken() -> Iterator[int]:
    """A port that another process of this machine holds."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def test_a_taken_port_is_said_and_no_address_printed(quiet: Shop) -> None:
    """A stranger's program on that port would get the secret address from the browser."""
    with taken() as port:
        done = quiet.troth("pages", "--port", str(port))
    assert (done.returncode, done.stdout) == (1, "")
    assert "port-taken" in done.stderr
    assert "--port 0" in done.stderr


@pytest.mark.parametrize("port", ["99999", "-1"])
def test_a_port_that_cannot_be_is_refused(quiet: Shop, port: str) -> None:
    """No traceback."""
    done = quiet.troth("pages", "--port", port)
    assert (done.returncode, "usage: " in done.stderr) == (1, True)
    assert "Traceback" not in done.stderr


def test_any_free_port_is_found_and_the_printed_address_answers(quiet: Shop) -> None:
    """What is announced is already bound."""
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "troth", "pages", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, wire.HOME: str(quiet.home)},
    ) as serving:
        try:
            assert serving.stdout
            said = serving.stdout.readline()
            address = re.search(r"http://127\.0\.0\.1:\d+/\S+/", said)
            assert address, said
            with urlopen(address[0], timeout=20) as answer:
                assert "Kettle Lane" in answer.read().decode()
        finally:
            serving.terminate()
            serving.wait(20)


@pytest.mark.parametrize(
    ("path", "status"),
    [("/t/", 200), ("/t/plan/%00", 404), ("/t/plan/none", 404), ("/t/receipt/%00", 404), ("/", 404), ("/t/no", 404)],
)
def test_every_answer_carries_the_headers(quiet: Shop, path: str, status: int) -> None:
    """Also where a case id is none that the state could hold."""
    with quiet.house() as house:
        answered, headers = get(pages(house, "t"), path)
    assert answered == status
    assert {name.lower(): value for name, value in HEADERS.items()}.items() <= headers.items()


@pytest.mark.parametrize(("error", "status"), [(unavailable(), 503), (KeyError("maud"), 500)])
def test_what_breaks_is_said_with_the_headers(
    quiet: Shop, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    """A state that does not answer, and what nobody expected."""

    def fails(*_any: object) -> None:
        raise error

    monkeypatch.setattr("troth.edges.pages._cases", fails)
    with quiet.house() as house:
        answered, headers = get(pages(house, "t"), "/t/")
    assert answered == status
    assert {name.lower(): value for name, value in HEADERS.items()}.items() <= headers.items()


def test_the_pages_only_answer_reading(quiet: Shop) -> None:
    """Anything else is refused, with the headers."""
    with quiet.house() as house:
        answered, headers = get(pages(house, "t"), "/t/", "POST")
    assert answered == 405
    assert headers["cache-control"] == "no-store"

"""The read-only pages: notice, cases with plans and receipts, how to verify. Made by the same show/ as the terminal.

There are no accounts yet, so the pages answer only under an unguessable prefix that the command prints, on this
machine alone. Access packages are not served: they hold personal values and are files of their owner.
"""

import secrets
import socket
from collections.abc import Callable, Sequence

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from troth.desk import reading
from troth.desk.house import House
from troth.desk.planning import plan_of
from troth.model.case import CaseState
from troth.model.problem import InputError
from troth.ports.state import NotFoundError, StateError, StateUnavailableError
from troth.show.blocks import Blocks, Heading, Links, Para
from troth.show.held import addendum
from troth.show.html import CONTENT_POLICY, page
from troth.show.notice import notice
from troth.show.plan import plan
from troth.show.receipt import kept_receipt
from troth.show.verify import how_to_verify
from troth.show.words import count, day

HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
HERE = "127.0.0.1"


def pages(house: House, token: str) -> ASGIApp:
    """The application; every address starts with `/token/`."""

    def shown(title: str, blocks: Blocks, language: str = "en") -> HTMLResponse:
        return HTMLResponse(page(title, blocks, language=language, navigation=_menu(token)))

    def front(_request: Request) -> Response:
        return shown(f"Requests at {house.policy.organisation.name}", _cases(house, token))

    def notice_page(_request: Request) -> Response:
        language = house.policy.organisation.languages[0]  # the other pages are in our own words
        return shown(
            f"Privacy notice of {house.policy.organisation.name}", notice(house.policy, house.catalog), language
        )

    def plan_page(request: Request) -> Response:
        case = request.path_params["case"]
        kept, digest = plan_of(house, case)
        return shown(f"Plan of case {case}", plan(kept, digest, house.policy))

    def receipt_page(request: Request) -> Response:
        with house.unit() as unit:
            kept = unit.cases.receipt(case := request.path_params["case"])
        if kept is None:
            raise HTTPException(404)
        return shown(f"Receipt for case {case}", kept_receipt(kept) + addendum(reading.addendum(house, case)))

    def verify_page(_request: Request) -> Response:
        return shown("Check a receipt yourself", how_to_verify())

    routes = [
        Route("/", front),
        Route("/notice", notice_page),
        Route("/plan/{case}", plan_page),
        Route("/receipt/{case}", receipt_page),
        Route("/verify", verify_page),
    ]
    handlers = {HTTPException: _not_here, InputError: _not_here, StateError: _state_says, Exception: _broken}
    return _guarded(Starlette(routes=[Mount(f"/{token}", routes=routes)], exception_handlers=handlers))


def serve(house: House, port: int, announce: Callable[[str], None]) -> None:
    """Serve on this machine alone until stopped; `announce` is told the address. Port 0: any that is free.

    The port is ours before the address is told, since the address is the secret: a stranger's program on that port
    would be given it. Raises InputError `port-taken`.
    """
    token = secrets.token_urlsafe(18)
    config = uvicorn.Config(pages(house, token), log_level="critical", access_log=False, server_header=False)
    with _bound(port) as ours:
        announce(f"http://{HERE}:{ours.getsockname()[1]}/{token}/")
        uvicorn.Server(config).run(sockets=[ours])


def _bound(port: int) -> socket.socket:
    try:
        return socket.create_server((HERE, port))
    except OSError as error:
        message = f"port `{port}` of this machine cannot be had: {error.strerror}"
        raise InputError("port-taken", message, "name another one, or `--port 0` for any that is free") from None


def _guarded(app: ASGIApp) -> ASGIApp:
    """Read-only, and every answer carries the headers, also the one that says no or that something broke."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        writes = scope["type"] == "http" and scope["method"] not in ("GET", "HEAD")
        await (Response(status_code=405) if writes else app)(scope, receive, send_with_headers)

    return guarded


def _not_here(_request: Request, _error: Exception) -> Response:
    return _no("Not here", "There is no such page, case or receipt.", 404)


def _state_says(request: Request, error: Exception) -> Response:
    if isinstance(error, NotFoundError) or getattr(error, "code", "") == "text-not-storable":
        return _not_here(request, error)
    if isinstance(error, StateUnavailableError):
        return _no("Not now", "Troth's own database does not answer: `troth doctor` says more.", 503)
    return _broken(request, error)


def _broken(_request: Request, _error: Exception) -> Response:
    return _no("Not possible", "This page could not be made: `troth doctor` may say more.", 500)


def _no(title: str, says: str, status: int) -> Response:
    return HTMLResponse(page(title, (Heading(title), Para(says))), status_code=status)


def _menu(token: str) -> Sequence[tuple[str, str]]:
    return (("Cases", f"/{token}/"), ("Notice", f"/{token}/notice"), ("Verify", f"/{token}/verify"))


def _cases(house: House, token: str) -> Blocks:
    with house.unit() as unit:
        cases = unit.cases.find(limit=100)
    links: list[tuple[str, str, str]] = []
    for case in cases:
        says = f"{case.right}, {case.state.value}, answer due {day(case.due)}"
        if case.plan:
            links.append((f"Plan {case.id}", f"/{token}/plan/{case.id}", says))
        if case.state is CaseState.CLOSED:
            links.append((f"Receipt {case.id}", f"/{token}/receipt/{case.id}", says))
    waiting = sum(case.state is not CaseState.CLOSED for case in cases)
    says = f"{count(len(cases), 'request')}, {waiting} not closed. The earliest due first."
    return (Heading(f"Requests at {house.policy.organisation.name}"), Para(says), Links(links))

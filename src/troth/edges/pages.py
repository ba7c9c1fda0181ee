"""The read-only pages: notice, cases with plans and receipts, how to verify. Made by the same show/ as the terminal.

There are no accounts yet, so the pages answer only under an unguessable prefix that the command prints, on this
machine alone. Access packages are not served: they hold personal values and are files of their owner.
"""

import secrets
from collections.abc import Awaitable, Callable, Sequence

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route

from troth.desk.house import House
from troth.desk.planning import plan_of
from troth.model.case import CaseState
from troth.model.problem import InputError
from troth.ports.state import NotFoundError
from troth.show.blocks import Blocks, Heading, Links, Para
from troth.show.html import CONTENT_POLICY, page
from troth.show.notice import notice
from troth.show.plan import plan
from troth.show.receipt import kept_receipt
from troth.show.verify import how_to_verify
from troth.show.words import count

HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
Handler = Callable[[Request], Response]


def pages(house: House, token: str) -> Starlette:
    """The application; every address starts with `/token/`."""

    def shown(title: str, blocks: Blocks) -> HTMLResponse:
        language = house.policy.organisation.languages[0]
        return HTMLResponse(page(title, blocks, language=language, navigation=_menu(token)))

    def front(_request: Request) -> Response:
        return shown(house.policy.organisation.name, _cases(house, token))

    def notice_page(_request: Request) -> Response:
        return shown("Privacy notice", notice(house.policy))

    def plan_page(request: Request) -> Response:
        kept, digest = plan_of(house, request.path_params["case"])
        return shown("Plan", plan(kept, digest, house.policy))

    def receipt_page(request: Request) -> Response:
        with house.unit() as unit:
            kept = unit.cases.receipt(request.path_params["case"])
        if kept is None:
            raise HTTPException(404)
        return shown("Receipt", kept_receipt(kept))

    def verify_page(_request: Request) -> Response:
        return shown("Verify", how_to_verify())

    routes = [
        Route("/", front),
        Route("/notice", notice_page),
        Route("/plan/{case}", plan_page),
        Route("/receipt/{case}", receipt_page),
        Route("/verify", verify_page),
    ]
    return Starlette(
        routes=[Mount(f"/{token}", routes=routes)],
        middleware=[Middleware(BaseHTTPMiddleware, dispatch=_guard)],
        exception_handlers={HTTPException: _not_here, InputError: _not_here, NotFoundError: _not_here},
    )


def serve(house: House, port: int, announce: Callable[[str], None]) -> None:
    """Serve on this machine alone until stopped; `announce` is told the address."""
    token = secrets.token_urlsafe(18)
    config = uvicorn.Config(
        pages(house, token), host="127.0.0.1", port=port, log_level="critical", access_log=False, server_header=False
    )
    announce(f"http://127.0.0.1:{port}/{token}/")
    uvicorn.Server(config).run()


async def _guard(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
    """Read-only, and every answer carries the headers, also the one that says no."""
    response = await go_on(request) if request.method in ("GET", "HEAD") else Response(status_code=405)
    response.headers.update(HEADERS)
    return response


def _not_here(_request: Request, _error: Exception) -> Response:
    blocks = (Heading("Not here"), Para("There is no such page, case or receipt."))
    return HTMLResponse(page("Not here", blocks), status_code=404)


def _menu(token: str) -> Sequence[tuple[str, str]]:
    return (("Cases", f"/{token}/"), ("Notice", f"/{token}/notice"), ("Verify", f"/{token}/verify"))


def _cases(house: House, token: str) -> Blocks:
    with house.unit() as unit:
        cases = unit.cases.find(limit=100)
    links: list[tuple[str, str, str]] = []
    for case in cases:
        says = f"{case.right}, {case.state.value}, due {case.due.isoformat()}"
        if case.plan:
            links.append((f"Plan {case.id}", f"/{token}/plan/{case.id}", says))
        if case.state is CaseState.CLOSED:
            links.append((f"Receipt {case.id}", f"/{token}/receipt/{case.id}", says))
    waiting = sum(case.state is not CaseState.CLOSED for case in cases)
    says = f"{count(len(cases), 'request')}, {waiting} not closed. The earliest due first."
    return (Heading(f"Requests at {house.policy.organisation.name}"), Para(says), Links(links))

"""The application: a plain ASGI callable, so that nothing stands between a question and its answer.

Nothing is logged. A refusal is decided before anybody is looked up, and says nothing about anybody.
"""

import json
from asyncio import wait_for, wrap_future
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from time import monotonic, perf_counter
from typing import Any

from troth.client.gate import Gate
from troth.client.prepared import Prepared, Said
from troth.edges.gate.access import Access
from troth.edges.gate.counts import Counts
from troth.edges.gate.openapi import MOST_BYTES, MOST_PERSONS, document
from troth.edges.gate.problems import RefusedError
from troth.edges.gate.releasing import Releases
from troth.model.problem import InputError
from troth.model.question import Answer
from troth.ports.access import AccessKey
from troth.ports.state import StateError
from troth.show.answer import as_json

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = Mapping[str, str]
Reply = tuple[bytes, str]
Words = dict[str, Any]

JSON, TEXT, PROBLEM = "application/json", "text/plain; version=0.0.4", "application/problem+json"
KEPT = 1_024
"""Questions kept prepared; the least used is let go of."""
ALWAYS = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))


class GateApp:
    """The gate of one installation as an ASGI application."""

    def __init__(self, gate: Gate, access: Access, releases: Releases | None = None) -> None:
        self._gate, self._access, self._counts, self._releases = gate, access, Counts(), releases
        self._prepared: OrderedDict[str, Prepared] = OrderedDict()
        self._openapi = json.dumps(document()).encode()
        self._routes: Mapping[str, tuple[str, Callable[[Headers, Receive], Awaitable[Reply]]]] = {
            "/ask": ("POST", self._ask),
            "/ask/many": ("POST", self._ask_many),
            **({"/release": ("POST", self._release)} if releases else {}),
            "/health": ("GET", self._health),
            "/metrics": ("GET", self._metrics),
            "/openapi.json": ("GET", self._document),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        if scope["type"] != "http":
            return
        began = perf_counter()
        status, extra = 200, {}
        try:
            body, kind = await self._routed(scope, receive)
        except RefusedError as refused:
            status, body, kind, extra = refused.status, refused.body(), PROBLEM, refused.headers
            self._counts.refused(refused.code)
        except Exception:  # noqa: BLE001 - closed unless opened, whatever went wrong; its words may hold a value
            failed = RefusedError("failed")
            status, body, kind = failed.status, failed.body(), PROBLEM
            self._counts.refused(failed.code)
        self._counts.took(perf_counter() - began)
        headers = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode()), *ALWAYS]
        headers += [(name.encode(), value.encode()) for name, value in extra.items()]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    async def _routed(self, scope: Scope, receive: Receive) -> Reply:
        route = self._routes.get(scope["path"])
        if route is None:
            raise RefusedError("no-such-address")
        method, handle = route
        if scope["method"] not in ({method, "HEAD"} if method == "GET" else {method}):
            raise RefusedError("method-not-here", allow=method)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        return await handle(headers, receive)

    # --- Asking

    async def _ask(self, headers: Headers, receive: Receive) -> Reply:
        key = self._access.key_of(headers.get("authorization", ""))
        words = await _read(headers, receive)
        who, person, at_least = words.pop("who", None), words.pop("person", None), _at_least(words)
        prepared = self._prepare(key, words)
        if (who is None) == (person is None) or (person is not None and not isinstance(person, str)):
            raise RefusedError("bad-question", "name either `person`, an id, or `who`, a kind and a value")
        self._access.take(key, 1)
        said = await self._about(prepared, person, who, at_least)
        self._count(prepared, [said])
        return json.dumps(as_json(self._sealed(key, prepared, said), said.observed)).encode(), JSON

    async def _ask_many(self, headers: Headers, receive: Receive) -> Reply:
        key = self._access.key_of(headers.get("authorization", ""))
        words = await _read(headers, receive)
        persons, at_least = words.pop("persons", None), _at_least(words)
        prepared = self._prepare(key, words)
        if not isinstance(persons, list) or not all(isinstance(person, str) for person in persons):
            raise RefusedError("bad-question", "`persons` is a list of ids")
        if not 0 < len(persons) <= MOST_PERSONS:
            raise RefusedError("bad-question", f"`persons` holds 1 to {MOST_PERSONS} ids")
        self._access.take(key, len(persons))
        answers = list(await prepared.ask_many_soon(persons, at_least=at_least))
        self._count(prepared, answers)
        return json.dumps(
            {"answers": [as_json(self._sealed(key, prepared, said), said.observed) for said in answers]}
        ).encode(), JSON

    async def _release(self, headers: Headers, receive: Receive) -> Reply:
        key = self._access.key_of(headers.get("authorization", ""))
        words = await _read(headers, receive)
        if set(words) != {"token"} or self._releases is None:
            raise RefusedError("bad-question", "name the `token` of an answer, and nothing else")
        asked = await self._releases.release(self._access, key, words["token"])
        left = asked.released is not None, asked.note
        return json.dumps(as_json(asked.answer, asked.observed, left)).encode(), JSON

    def _sealed(self, key: AccessKey, prepared: Prepared, said: Said) -> Answer:
        return self._releases.sealed(key, prepared.question, said) if self._releases else said.answer

    def _prepare(self, key: AccessKey, words: Words) -> Prepared:
        """The question, if the key may ask it."""
        try:
            name = json.dumps(words, sort_keys=True)
            if (prepared := self._prepared.get(name)) is None:
                operation, purpose = words.pop("operation", ""), words.pop("purpose", "")
                prepared = self._gate.prepare(operation=operation, purpose=purpose, **words)
        except InputError as error:
            raise RefusedError("bad-question", f"{error.code}: {error.message}; {error.remedy}") from None
        self._access.may(key, prepared.question)
        self._prepared[name] = prepared
        self._prepared.move_to_end(name)
        if len(self._prepared) > KEPT:
            self._prepared.popitem(last=False)
        return prepared

    async def _about(self, prepared: Prepared, person: str | None, who: object, at_least: int) -> Said:
        if person is not None:
            return await prepared.ask_soon(person, at_least=at_least)
        if (
            not isinstance(who, dict)
            or set(who) != {"kind", "value"}
            or not all(isinstance(v, str) for v in who.values())
        ):
            raise RefusedError("bad-question", "`who` holds `kind` and `value`, two texts")
        try:
            identifier = self._gate.identifier(who["kind"], who["value"])
        except InputError as error:
            raise RefusedError("bad-question", f"{error.code}: `who` cannot be read as one of its kind") from None
        try:
            wait = self._gate.view.rules.bound
            found = await wait_for(wrap_future(self._gate.view.find(identifier)), wait)
        except (StateError, TimeoutError):
            return prepared.of_nobody()
        return await prepared.ask_soon(self._gate.person_of(found), at_least=at_least)

    def _count(self, prepared: Prepared, answers: Sequence[Said]) -> None:
        purpose, operation = prepared.question.purpose, prepared.question.operation.value
        yes = sum(said.allowed for said in answers)
        self._counts.answered(purpose, operation, allowed=True, number=yes)
        self._counts.answered(purpose, operation, allowed=False, number=len(answers) - yes)

    # --- Looking after it

    async def _health(self, _headers: Headers, _receive: Receive) -> Reply:
        view = self._gate.view
        if monotonic() >= view.good_until:
            raise RefusedError("not-ready", view.problem.code if view.problem else "")
        return json.dumps({"status": "ok", "position": view.position}).encode(), JSON

    async def _metrics(self, headers: Headers, _receive: Receive) -> Reply:
        self._access.key_of(headers.get("authorization", ""))
        return self._counts.text(self._gate.view).encode(), TEXT

    async def _document(self, _headers: Headers, _receive: Receive) -> Reply:
        return self._openapi, JSON


async def _read(headers: Headers, receive: Receive) -> Words:
    """The body as one JSON object."""
    if headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
        raise RefusedError("not-json")
    said = headers.get("content-length", "0")
    if not said.isdecimal() or int(said) > MOST_BYTES:
        raise RefusedError("too-large")
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise RefusedError("unreadable")
        body += message.get("body", b"")
        if len(body) > MOST_BYTES:
            raise RefusedError("too-large")
        if not message.get("more_body"):
            break
    try:
        words = json.loads(bytes(body).decode(), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise RefusedError("unreadable") from None
    if not isinstance(words, dict):
        raise RefusedError("unreadable")
    return words


def _once(pairs: list[tuple[str, Any]]) -> Words:
    """A word that stands twice would be read by one program so and by another otherwise."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def _at_least(words: Words) -> int:
    value = words.pop("at_least", 0)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if type(value) is not int or not 0 <= value < 2**63:
        raise RefusedError("bad-question", "`at_least` is a size of the ledger")
    return value


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return

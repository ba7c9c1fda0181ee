"""Refusals as problem documents (RFC 9457): each has a stable code, and none repeats what was sent."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True)
class Kind:
    """One kind of refusal."""

    status: int
    says: str


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "key-missing": Kind(401, "no key was sent: `Authorization: Bearer KEY`"),
        "key-unknown": Kind(401, "this key does not count: it was never made, or it has ended"),
        "out-of-scope": Kind(403, "this key may not ask for this purpose and operation"),
        "no-such-address": Kind(404, "there is nothing at this address"),
        "method-not-here": Kind(405, "this address does not take this method"),
        "too-large": Kind(413, "the body is larger than a question can be"),
        "not-json": Kind(415, "the body is JSON, with `Content-Type: application/json`"),
        "unreadable": Kind(400, "the body is not one JSON object in UTF-8, or was cut short"),
        "bad-question": Kind(422, "the question cannot be read"),
        "too-many": Kind(429, "this key has asked as often as it may; wait, and ask again"),
        "failed": Kind(500, "the question could not be answered"),
        "not-ready": Kind(503, "nothing is known now: the ledger cannot be followed"),
    }
)
"""Every code, with its status and words."""


class RefusedError(Exception):
    """A question that is not answered. `detail` never holds what was sent, but names of words."""

    def __init__(self, code: str, detail: str = "", **headers: str) -> None:
        super().__init__(code)
        self.code, self.detail, self.headers = code, detail, headers

    @property
    def status(self) -> int:
        """The HTTP status."""
        return KINDS[self.code].status

    def body(self) -> bytes:
        """The document. It says `allowed: false`: who looks at nothing else takes it for the no that it is."""
        kind = KINDS[self.code]
        document: dict[str, Any] = {
            "type": f"urn:troth:problem:{self.code}",
            "title": kind.says,
            "status": kind.status,
            "code": self.code,
            "allowed": False,
        }
        if self.detail:
            document["detail"] = self.detail
        return json.dumps(document).encode()

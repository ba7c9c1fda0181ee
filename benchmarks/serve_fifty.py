"""The gate over HTTP under fifty rules, with people from memory in place of a ledger; prints its port.

`python -m benchmarks.serve_fifty NUMBER`
"""

import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from examples.airline.install import POLICY

from benchmarks.cerbos import KEY
from benchmarks.gate import RULES, crowd, fifty
from troth.catalog import Catalog
from troth.client.gate import Gate
from troth.client.view import Rules, View
from troth.desk.access import digest_of
from troth.edges.gate.access import Access
from troth.edges.gate.app import GateApp
from troth.edges.gate.serving import Listen, bound, run
from troth.gate.reading import Limits
from troth.model.person import Identifier
from troth.policy import compile_folder
from troth.ports.access import AccessKey
from troth.ports.following import Changes, Known
from troth.ports.state import NotFoundError, PolicyVersion

VERSION = PolicyVersion("fifty", {}, datetime.now(UTC), "")


class Held:
    """The `Following` port over people in memory, to whom nothing happens."""

    def __init__(self, number: int) -> None:
        self._people = {f"p-{n}": Known(facts, "") for n, facts in enumerate(crowd(number))}
        purposes = frozenset(f"purpose-{n}" for n in range(RULES))
        self._key = AccessKey("k-1", "bench", digest_of(KEY), purposes, frozenset({"send"}), 1_000_000)

    def look(self, size: int | None, pending: frozenset[int]) -> Changes:
        """See the port."""
        return Changes(size or 1, frozenset(), pending, VERSION.hash)

    def persons(self, wanted: Sequence[str]) -> Mapping[str, Known]:
        """See the port."""
        return {person: self._people[person] for person in wanted if person in self._people}

    def known_by(self, identifier: Identifier) -> str | None:
        """See the port."""
        raise NotFoundError("nobody", f"nobody has a `{identifier.kind}` here")

    def access_keys(self) -> Sequence[AccessKey]:
        """See the port."""
        return [self._key]

    def policy(self, hash: str) -> PolicyVersion:  # noqa: A002 - the word of the model
        """See the port."""
        del hash
        return VERSION

    def close(self) -> None:
        """See the port."""


def main() -> None:
    compiled, _ = compile_folder(POLICY, Catalog.load())
    assert compiled is not None
    policy, access, number = fifty(compiled), Access(), int(sys.argv[1])
    listen = Listen()
    view = View(lambda: Held(number), lambda _: (policy, lambda _code: ""), Rules(), access.look)
    with Gate(view, Limits()) as gate, bound(listen) as ours:
        gate.view.renewal().result(10)
        print(ours.getsockname()[1], flush=True)
        run(GateApp(gate, access), listen, ours)


if __name__ == "__main__":
    main()

"""A store that a human, or a slow system, stands behind: orders go into a folder, answers come back into it.

    FOLDER/requests/PLAN.json   what is asked of whom; holds identifiers, so 0600, and removed once confirmed
    FOLDER/answers/PLAN.json    written by whoever answers: {"state": "acknowledged"} or
                                {"state": "confirmed", "left": {"TABLE": 0}, "rows": {"TABLE": [{"COLUMN": "value"}]}}
    FOLDER/done/PLAN.json       what a confirmation leaves: counts and a day, no identifier

Nobody can look into such a store: until somebody answers, it is taken to hold one entry about the person in each
mapped table. Docs: docs/architecture/2-the-walk.md, "Stores that answer later".
"""

import hashlib
import json
import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from troth.model.datamap import StoreMap, TableMap
from troth.model.person import NOT_ROW, ROW, Identifier
from troth.model.personal import Personal
from troth.model.plan import Count, Done, Effect, Order, Outcome, Verb
from troth.model.schema import Schema
from troth.model.sight import Key, Reach, SeenRow, SeenTable, Sight
from troth.ports.store import Over, ReadRow, StoreError, Unreachable
from troth.stores.seen import fingerprint
from troth.stores.urls import fill

KEY = "entry"
"""Key column of what is taken to be held: a hash that stands for the person here."""
CHANGES = (Verb.DELETE, Verb.MASK, Verb.DETACH, Verb.AMEND, Verb.ANNOTATE)
TRUSTED_DAYS = 30
"""How long a confirmation is believed before the store is asked again, where no longer answer time is declared."""


class OrderState(StrEnum):
    """How an order stands."""

    REQUESTED = "requested"
    ACKNOWLEDGED = "acknowledged"
    CONFIRMED = "confirmed"


class WorkOrderStore:
    """A folder of orders and answers."""

    asynchronous = True

    def __init__(self, store_map: StoreMap, environ: Mapping[str, str], folder: Path | None) -> None:
        self.map = store_map
        self._environ = environ
        self._base = folder or Path()

    @property
    def name(self) -> str:
        """The policy's name for it."""
        return self.map.name

    @property
    def folder(self) -> Path:
        """Where orders and answers lie. Raises StoreError `missing-variable`, `bad-url`."""
        path = re.sub(r"^file:(//)?", "", fill(self.name, self.map.look_url, self._environ))
        if not path:
            raise StoreError(self.name, "bad-url", "the URL names no folder", "write file:PATH")
        return self._base / path

    def describe(self) -> Schema:
        """Nothing is known about its tables."""
        return Schema(self.name, self.map.engine, {})

    def look(self, identifiers: Sequence[Identifier]) -> Sight:
        """What is taken to be held: one entry for each table, until a confirmation says that nothing is left there."""
        self._require_folder()
        self._tidy()
        ref = _ref(self.name, identifiers)
        left = self._left(ref) if ref else None
        tables = {
            table.name: SeenTable(table.name, (KEY,), (row,))
            for table in sorted(self.map.tables.values(), key=lambda table: table.name)
            if (row := _entry(table, ref, identifiers)) is not None and (left is None or left.get(table.name, 0) > 0)
        }
        return Sight(self.name, tables, fingerprint(tables))

    def read(self, effects: Sequence[Effect]) -> Iterator[ReadRow]:
        """Values that came with an answer. Raises StoreError `not-answered`: no copy leaves a store out silently."""
        for effect in effects:
            if effect.verb is not Verb.READ or effect.store != self.name:
                continue
            for key in effect.rows:
                answered = self._answered_rows(str(key[0]), effect.table)
                if answered is None:
                    raise StoreError(
                        self.name,
                        "not-answered",
                        f"nobody has answered yet what `{effect.table}` holds",
                        f"put an answer with `rows` into {self.folder / 'answers'}",
                    )
                for found in answered:
                    yield ReadRow(effect.table, key, {c: Personal(found.get(c)) for c in effect.columns})

    def act(self, order: Order, identifiers: Sequence[Identifier]) -> Outcome:
        """File the order, once for each plan. Raises Unreachable when the folder cannot be written."""
        self._require_folder()
        self._tidy()
        if (done := _load(self._place("done", order.plan))) is not None:
            return Outcome(Done.ALREADY, _counts(order, done.get("left", {})), "confirmed by whoever answered")
        if self._place("requests", order.plan).exists():
            return Outcome(Done.ASKED)
        if self.look(identifiers).fingerprint != order.fingerprint:
            return Outcome(Done.STALE)
        self._write(self._place("requests", order.plan), self._request(order, identifiers))
        return Outcome(Done.ASKED)

    def state(self, plan: str) -> OrderState | None:
        """How the order of a plan stands; None where none was filed."""
        if self._place("done", plan).exists():
            return OrderState.CONFIRMED
        if not self._place("requests", plan).exists():
            return None
        answer = _load(self._place("answers", plan))
        return OrderState(answer["state"]) if answer and _readable(answer) else OrderState.REQUESTED

    def refused(self, effects: Sequence[Effect]) -> Sequence[tuple[int, str]]:  # noqa: ARG002 - the port's
        """Nobody can be asked beforehand."""
        return ()

    def keys(self, table: str, after: Key | None, limit: int) -> Sequence[Key]:  # noqa: ARG002 - the port's
        """Raises StoreError `not-walkable`: whoever stands behind it has to look."""
        raise StoreError(self.name, "not-walkable", "nobody can go through this store's rows", "ask whoever keeps it")

    def over(self, over: Over, limit: int) -> Sequence[Key]:  # noqa: ARG002 - the port's
        """Raises StoreError `not-by-machine`."""
        raise StoreError(self.name, "not-by-machine", "nobody can go through its rows", "ask whoever keeps it")

    def expire(self, over: Over, keys: Sequence[Key]) -> int:  # noqa: ARG002 - the port's
        """Raises StoreError `not-by-machine`."""
        raise StoreError(self.name, "not-by-machine", "nobody can go through its rows", "ask whoever keeps it")

    def probe(self) -> Sequence[tuple[str, str, str]]:
        """Whether the folder is there, is nobody else's to read, and holds answers that can be read."""
        try:
            folder = self.folder
        except StoreError as error:
            return [(error.code, error.message, error.remedy)]
        if not folder.is_dir():
            return [("no-folder", "the folder of work orders does not exist", f"mkdir -m 700 {folder}")]
        found = []
        if folder.stat().st_mode & 0o077:
            found.append(("open-folder", "others can read the folder of work orders", f"chmod 700 {folder}"))
        unread = [path for path in sorted((folder / "answers").glob("*.json")) if not _readable(_load(path))]
        return found + [("bad-answer", f"the answer `{p.name}` cannot be read", f"mend or remove {p}") for p in unread]

    def close(self) -> None:
        """Nothing is held open."""

    # == Files ==

    def _require_folder(self) -> None:
        if not self.folder.is_dir():
            raise Unreachable(
                self.name, "no-folder", "the folder of work orders does not exist", f"mkdir -m 700 {self.folder}"
            )

    def _place(self, kind: str, plan: str) -> Path:
        plain = plan if re.fullmatch(r"[\w.-]{1,128}", plan) else hashlib.sha256(plan.encode()).hexdigest()
        return self.folder / kind / f"{plain}.json"

    def _write(self, path: Path, body: Mapping[str, Any]) -> None:
        """Whole or not at all, and nobody else's to read."""
        unfinished = path.with_suffix(f".{os.getpid()}-{time.monotonic_ns()}.tmp")
        try:
            path.parent.mkdir(mode=0o700, exist_ok=True)
            handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(body, file, ensure_ascii=False, indent=1)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise Unreachable(
                self.name, "unreachable", "the folder of work orders cannot be written", f"look at {self.folder}"
            ) from None

    def _request(self, order: Order, identifiers: Sequence[Identifier]) -> dict[str, Any]:
        kinds = {found.kind for table in self.map.tables.values() for found in table.identifiers}
        return {
            "plan": order.plan,
            "store": self.name,
            "entry": _ref(self.name, identifiers),
            "asked_on": _today(),
            "answer_within_days": self.map.answer_days,
            "identifiers": [{"kind": i.kind, "value": i.value.reveal()} for i in identifiers if i.kind in kinds],
            "lines": [
                {
                    "number": effect.number,
                    "table": effect.table,
                    "do": effect.verb.value,
                    "columns": [assign.column for assign in effect.assigns],
                    "because": effect.ground.says,
                    "until": effect.until.isoformat() if effect.until else None,
                }
                for effect in order.effects
            ],
        }

    def _tidy(self) -> None:
        """A confirmed order's request is removed: from then on nothing here holds an identifier."""
        for path in sorted((self.folder / "requests").glob("*.json")):
            answer = _load(self.folder / "answers" / path.name)
            request = _load(path)
            if request is None or answer is None or not _readable(answer) or answer["state"] != OrderState.CONFIRMED:
                continue
            done = {"entry": request.get("entry"), "on": _today(), "left": answer.get("left", {})}
            self._write(self.folder / "done" / path.name, done)
            path.unlink(missing_ok=True)
            (self.folder / "answers" / path.name).unlink(missing_ok=True)

    def _left(self, ref: str) -> Mapping[str, int] | None:
        """What the newest confirmation about this person still leaves, while it is young enough to be believed."""
        days = max(self.map.answer_days, TRUSTED_DAYS)
        found = [
            (str(done["on"]), dict(done["left"]))
            for path in (self.folder / "done").glob("*.json")
            if (done := _load(path)) is not None and done.get("entry") == ref and _age(str(done.get("on"))) <= days
        ]
        return max(found, key=lambda pair: pair[0])[1] if found else None

    def _answered_rows(self, ref: str, table: str) -> list[Mapping[str, Any]] | None:
        for path in sorted((self.folder / "answers").glob("*.json")):
            answer = _load(path) or {}
            request = _load(self.folder / "requests" / path.name) or answer
            if request.get("entry") == ref and isinstance(answer.get("rows"), dict):
                return list(answer["rows"].get(table, []))
        return None


def _entry(table: TableMap, ref: str, identifiers: Sequence[Identifier]) -> SeenRow | None:
    """What is taken to be held: found by name where an identifier is given that the table knows."""
    columns = {column.column: column for column in table.identifiers}
    given = {i.kind: i.proven for i in sorted(identifiers, key=lambda i: i.proven)}
    matched = tuple(name for name, column in columns.items() if column.kind in given)
    if not table.personal or not ref or not matched:
        return None
    proving = [columns[name] for name in matched if columns[name].proves and given[columns[name].kind]]
    reach = Reach.PROVEN if proving else Reach.HINT
    return SeenRow((ref,), reach, (proving or [columns[matched[0]]])[0].kind, matched=matched)


def _ref(store: str, identifiers: Sequence[Identifier]) -> str:
    """A hash that stands for the person in this store: of the proven identifiers, or of all where none is proven."""
    named = [i for i in identifiers if i.kind not in (ROW, NOT_ROW)]
    chosen = [i for i in named if i.proven] or named
    text = json.dumps([store, sorted((i.kind, i.value.reveal()) for i in chosen)])
    return hashlib.sha256(text.encode()).hexdigest()[:32] if chosen else ""


def _counts(order: Order, left: Mapping[str, int]) -> tuple[Count, ...]:
    return tuple(
        Count(e.number, len(e.rows) if e.verb in CHANGES and not left.get(e.table, 0) else 0) for e in order.effects
    )


def _load(path: Path) -> dict[str, Any] | None:
    """A JSON object; None where there is none, or not yet a whole one."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _readable(answer: Mapping[str, Any] | None) -> bool:
    """Whether an answer says one of the states, and counts where it counts; anything else is no answer."""
    if answer is None or answer.get("state") not in set(OrderState):
        return False
    left = answer.get("left", {})
    return isinstance(left, dict) and all(type(count) is int and count >= 0 for count in left.values())


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


def _age(day: str) -> int:
    try:
        return (datetime.now(UTC).date() - datetime.fromisoformat(day).date()).days
    except ValueError:
        return TRUSTED_DAYS * 1000


def open_store(
    store_map: StoreMap, schema_hint: Schema | None, environ: Mapping[str, str], folder: Path | None
) -> WorkOrderStore:
    """A work-order store; a relative folder is resolved against `folder`."""
    del schema_hint
    return WorkOrderStore(store_map, environ, folder)

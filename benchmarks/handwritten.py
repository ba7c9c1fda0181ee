"""The baseline: access and erasure written by hand for the sample airline alone, with Troth's own guarantees.

It looks and keeps a plan under a hash; somebody signs it; each store is one transaction that locks shared bookings and
then own rows in key order, looks again, refuses if anything moved, acts and counts; intents and outcomes are on disk
before and after; a third look ends it. Statements are set-based and share round trips, as an expert would write them.

What Troth does beyond that and this does not: any other database than this one, encryption of its own records, a proof
that needs no trust in this database, a replay of erasures after a restore. docs/benchmarks.md says what that means.
"""

import csv
import hashlib
import io
import json
import os
import sqlite3
import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from html import escape
from pathlib import Path
from typing import Any, Final

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.journal import Journal
from benchmarks.statements import (
    HELD_BOOKINGS,
    IDENTIFY_BOOKINGS,
    IDENTIFY_LOYALTY,
    IDENTIFY_WEBSITE,
    KEYS,
    LOOK_BOOKINGS,
    LOOK_LOYALTY,
    LOOK_WEBSITE,
    READ,
    SWEEP,
    WEBSITE_ORDER,
    WRITE,
)

STORES: Final = ("bookings", "loyalty", "website")
INVOICE_YEARS: Final = 8
"""How long an issued invoice stays, from the end of its year."""
_SETTINGS: Final = "-c lock_timeout=10s -c statement_timeout=60s -c timezone=UTC -c application_name=handwritten"


class StaleError(Exception):
    """The data moved since the plan was made; nothing was changed in this store."""


class LeftOverError(Exception):
    """Something was not done as planned, or is still there."""


@dataclass(frozen=True)
class Addresses:
    """Where the three stores and the journal are; PostgreSQL connection strings and the path of the website's file."""

    look: Mapping[str, str]
    act: Mapping[str, str]
    website: Path
    journal: str


@dataclass(frozen=True)
class Row:
    """One row that a look brought in."""

    table: str
    key: tuple[str, ...]
    clock: str
    facts: tuple[str, ...]
    others: int
    waits: bool


@dataclass
class Seen:
    """What one store holds."""

    rows: list[Row]

    @property
    def own(self) -> dict[str, list[Row]]:
        """By table, the rows that do not wait."""
        found: defaultdict[str, list[Row]] = defaultdict(list)
        for row in self.rows:
            if not row.waits:
                found[row.table].append(row)
        return found

    @property
    def fingerprint(self) -> str:
        """Over keys and facts, not over how many others there are."""
        lines = sorted(repr((r.table, r.key, r.clock, r.facts, r.waits)) for r in self.rows)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


@dataclass
class Work:
    """What was decided under the lock: by table the keys that go, and the named sets that are written over."""

    gone: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)
    written: dict[str, list[str]] = field(default_factory=dict)


class Handwritten:
    """The three stores and the journal, open. One thread."""

    def __init__(self, addresses: Addresses) -> None:
        with ExitStack() as stack:
            self._look = {s: stack.enter_context(_postgres(url)) for s, url in addresses.look.items()}
            self._act = {s: stack.enter_context(_postgres(url)) for s, url in addresses.act.items()}
            self._website = _sqlite(addresses.website, "ro")
            stack.callback(self._website.close)
            self._website_act = _sqlite(addresses.website, "rw")
            stack.callback(self._website_act.close)
            self.journal = Journal(addresses.journal)
            stack.callback(self.journal.close)
            self._open = stack.pop_all()
        self._key = Ed25519PrivateKey.generate()

    def close(self) -> None:
        """Let go of every connection."""
        self._open.close()

    # == The two requests ==

    def access(self, customer_number: str, shelf: Path) -> Path:
        """Look, sign, read what was seen, write the package. Returns its folder."""
        matter = self._file("access", customer_number)
        ids = self._identify(customer_number)
        plan = self._plan(matter, {store: self._see(store, ids) for store in STORES})
        self._sign(matter, plan, "intent")
        entries = [entry for store in STORES for entry in self._read(store, plan["rows"][store], ids)]
        folder = _package(shelf / matter, entries)
        self.journal.write(matter, ("outcome", {"values": len(entries)}), ("receipt", {"plan": plan["hash"]}))
        return folder

    def erase(self, customer_number: str) -> dict[str, dict[str, int]]:
        """Look, sign, act store by store, look again. Says by store and table how many rows went.

        Raises StaleError, LeftOverError, psycopg.Error, sqlite3.Error.
        """
        matter = self._file("erasure", customer_number)
        ids = self._identify(customer_number)
        plan = self._plan(matter, {store: self._see(store, ids) for store in STORES})
        self._sign(matter, plan, *(f"intent {store}" for store in STORES))
        done = {store: self._carry_out(store, ids, plan["fingerprints"][store]) for store in STORES}
        for store in STORES:
            if left := self._see(store, ids).own:
                raise LeftOverError(f"{store}: {sum(map(len, left.values()))} rows are left")
        outcomes = [(f"outcome {store}", counts) for store, counts in done.items()]
        self.journal.write(matter, *outcomes, ("receipt", {"plan": plan["hash"], "done": done}))
        return done

    @contextmanager
    def transaction(self, store: str) -> Iterator[None]:
        """A transaction of the acting credential; keys that may wait are checked at its end."""
        if store == "website":
            with _immediate(self._website_act):
                yield
            return
        with self._act[store].transaction():
            self._act[store].execute("SET CONSTRAINTS ALL DEFERRED")
            yield

    # == Steps ==

    def _file(self, right: str, customer_number: str) -> str:
        matter = str(uuid.uuid4())
        self.journal.write(matter, ("request", {"right": right, "who": customer_number}))
        return matter

    def _identify(self, customer_number: str) -> dict[str, list[str]]:
        """Everything by which this person is known for certain, in as many rounds as teach something new."""
        ids = {"numbers": [customer_number], "emails": [], "members": []}
        while True:
            before = json.dumps(ids)
            found = [
                *self._look["bookings"].execute(IDENTIFY_BOOKINGS, ids),
                *self._look["loyalty"].execute(IDENTIFY_LOYALTY, ids),
                *self._website.execute(IDENTIFY_WEBSITE, _json(ids)),
            ]
            for kind, place in (("numbers", 0), ("emails", 1), ("members", 2)):
                ids[kind] = sorted({*ids[kind], *(row[place] for row in found if row[place])})
            if json.dumps(ids) == before or not found:
                return ids

    def _see(self, store: str, ids: Mapping[str, list[str]], *, acting: bool = False) -> Seen:
        if store == "website":
            return Seen(_website_rows(self._website_act if acting else self._website, ids))
        return Seen(_rows((self._act if acting else self._look)[store], store, ids))

    def _plan(self, matter: str, seen: Mapping[str, Seen]) -> dict[str, Any]:
        rows = {store: {t: [r.key for r in found] for t, found in seen[store].own.items()} for store in STORES}
        waiting = {store: [(r.table, r.key) for r in seen[store].rows if r.waits] for store in STORES}
        plan: dict[str, Any] = {
            "matter": matter,
            "rows": rows,
            "waiting": waiting,
            "fingerprints": {store: seen[store].fingerprint for store in STORES},
            "made_at": datetime.now(UTC).isoformat(),
        }
        plan["hash"] = hashlib.sha256(json.dumps(plan, sort_keys=True).encode()).hexdigest()
        self.journal.write(matter, ("plan", plan))
        return plan

    def _sign(self, matter: str, plan: Mapping[str, Any], *intents: str) -> None:
        signature = self._key.sign(plan["hash"].encode())
        self._key.public_key().verify(signature, plan["hash"].encode())
        approval = {"plan": plan["hash"], "by": "ines", "signature": signature.hex()}
        self.journal.write(matter, ("approval", approval), *((intent, {"plan": plan["hash"]}) for intent in intents))

    def _carry_out(self, store: str, ids: Mapping[str, list[str]], fingerprint: str) -> dict[str, int]:
        with self.transaction(store):
            if store != "website":
                _lock(self._act[store], store, self._see(store, ids, acting=True).own)
            seen = self._see(store, ids, acting=True)
            if seen.fingerprint != fingerprint:
                raise StaleError(store)
            return self._write(store, seen)

    def _write(self, store: str, seen: Seen) -> dict[str, int]:
        """The statements of one store, inside its transaction."""
        if store == "website":
            return _website(self._website_act, seen)
        connection = self._act[store]
        work = _bookings(connection, seen.own) if store == "bookings" else _loyalty(seen.own)
        return _do(connection, store, work)

    # == Reading ==

    def _read(self, store: str, rows: Mapping[str, list[Any]], ids: Mapping[str, list[str]]) -> Iterator[list[str]]:
        """(store, table, key, field, value) for every value that may leave."""
        wanted = [(table, rows[table]) for table in READ[store] if rows.get(table)]
        cursors: list[Any] = []
        if store == "website":
            cursors = [self._website.execute(*_read_website(table, keys)) for table, keys in wanted]
        else:
            connection = self._look[store]
            named = {"customers": [key[0] for key in rows.get("customer", ())], "emails": ids["emails"]}
            with connection.pipeline():
                for table, keys in wanted:
                    columns, joined, keyed = READ[store][table], _keyed(store, table), _columns(store, table, keys)
                    key = ", ".join(f"t.{column}::text" for column in KEYS[store][table])
                    text = f"SELECT ARRAY[{key}], {columns} FROM {table} t {joined}"
                    cursors.append(connection.execute(text, {**named, **keyed}))
        for (table, _), cursor in zip(wanted, cursors, strict=True):
            names = [column[0] for column in cursor.description or ()][1:]
            for row in cursor:
                for name, value in zip(names, row[1:], strict=True):
                    yield [store, table, str(row[0]), name, "" if value is None else str(value)]


# == Connections and looks ==


@contextmanager
def _postgres(conninfo: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(conninfo, autocommit=True, options=_SETTINGS) as connection:
        yield connection


def _sqlite(path: Path, mode: str) -> sqlite3.Connection:
    connection = sqlite3.connect(f"file:{path}?mode={mode}", uri=True, isolation_level=None, timeout=10)
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def _json(ids: Mapping[str, list[str]]) -> dict[str, str]:
    return {name: json.dumps(values) for name, values in ids.items()}


def _rows(connection: psycopg.Connection[Any], store: str, ids: Mapping[str, list[str]]) -> list[Row]:
    found = connection.execute(LOOK_BOOKINGS if store == "bookings" else LOOK_LOYALTY, ids)
    return [Row(r[0], tuple(r[1]), str(r[2] or ""), tuple(r[3]), r[4], r[5]) for r in found]


def _website_rows(connection: sqlite3.Connection, ids: Mapping[str, list[str]]) -> list[Row]:
    found = connection.execute(LOOK_WEBSITE, _json(ids))
    return [Row(r[0], tuple(map(str, json.loads(r[1]))), str(r[2] or ""), (), r[4], bool(r[5])) for r in found]


# == Acting ==


def _keyed(store: str, table: str) -> str:
    """The join that picks rows of a table by arrays of their key's columns."""
    columns = KEYS[store][table]
    arrays = ", ".join(f"%({name})s::{kind}[]" for name, kind in columns.items())
    return f"JOIN unnest({arrays}) AS k ({', '.join(columns)}) USING ({', '.join(columns)})"


def _columns(store: str, table: str, keys: Sequence[Sequence[str]]) -> dict[str, list[str]]:
    return {name: [key[place] for key in keys] for place, name in enumerate(KEYS[store][table])}


def _lock(connection: psycopg.Connection[Any], store: str, own: Mapping[str, list[Row]]) -> None:
    """What people share first, then own rows; tables by name and rows by key, so that nobody crosses anybody."""
    shared = {"bookings": "booking", "loyalty": "household"}[store]
    with connection.pipeline():
        for table in [shared, *(name for name in KEYS[store] if name != shared)]:
            if table in own:
                keys = _columns(store, table, [row.key for row in own[table]])
                order = ", ".join(f"t.{column}" for column in KEYS[store][table])
                text = f"SELECT FROM {table} t {_keyed(store, table)} ORDER BY {order} FOR UPDATE OF t"
                connection.execute(text, keys)


def _bookings(connection: psycopg.Connection[Any], own: Mapping[str, list[Row]]) -> Work:
    """What goes, what stays and why, now that nobody can come or go."""
    last = {row.key[0] for row in own.get("booking", ()) if not row.others}
    bills = [row for row in own.get("invoice", ()) if row.facts[2] == "" or row.facts[2] in last]
    kept = {row.key[0] for row in bills if _period_runs(row)}
    bills_gone = {row.key[0] for row in bills} - kept
    lines = [row.key for row in own.get("invoice_line", ()) if row.key[0] in bills_gone]
    texts = {
        table: [row.key for row in own.get(table, ()) if row.facts[0] == "" or row.facts[0] in last]
        for table in ("agent_note", "message")
    }
    named = {
        "booking": sorted(last),
        "trips": [row.key[0] for row in own.get("booking", ())],
        "invoice": sorted(bills_gone),
        "agent_note": [key[0] for key in texts["agent_note"]],
    }
    held = {row[0] for row in connection.execute(HELD_BOOKINGS, named)} if last else set()
    ends = [row for row in own.get("booking", ()) if row.others]
    return Work(
        gone={
            **{t: [row.key for row in own.get(t, ())] for t in ("coupon", "guardian_handover", "booking_passenger")},
            **texts,
            "passenger": [row.key for row in own.get("passenger", ())],
            "invoice_line": lines,
            "invoice": [(key,) for key in sorted(bills_gone)],
            "booking": [(key,) for key in sorted(last - held)],
            "customer": [row.key for row in own.get("customer", ())],
        },
        written={
            "bills": sorted(kept),
            "bills_gone": sorted(bills_gone),
            "shells": sorted(held),
            "trips": sorted(last - held),
            "booked": [row.key[0] for row in ends if row.facts[0] == "true"],
            "addressed": [row.key[0] for row in ends if row.facts[1] == "true"],
            "customers": [row.key[0] for row in own.get("customer", ())],
        },
    )


def _period_runs(row: Row) -> bool:
    return row.facts[0] in ("open", "paid", "cancelled") and int(row.clock[:4]) + INVOICE_YEARS >= date.today().year  # noqa: DTZ011


def _loyalty(own: Mapping[str, list[Row]]) -> Work:
    homes = own.get("household", ())
    waiting = {"household": [row.key for row in homes if not row.others]}
    rest = {t: [row.key for row in own.get(t, ())] for t in ("points_entry", "tier_history", "partner_accrual")}
    return Work(
        gone={
            **rest,
            **waiting,
            "member": [row.key for row in own.get("member", ())],
            "import_row": [row.key for row in own.get("import_row", ()) for _ in range(int(row.facts[0]))],
        },
        written={
            "members": [row.key[0] for row in own.get("member", ())],
            "left": [row.key[0] for row in homes if row.others and row.facts[0] == "true"],
        },
    )


def _do(connection: psycopg.Connection[Any], store: str, work: Work) -> dict[str, int]:
    """All statements in one round trip. Raises LeftOverError when a statement did not meet the rows it was given."""
    deleted: dict[str, psycopg.Cursor[Any]] = {}
    with connection.pipeline():
        for needed, text in WRITE[store].items():
            if work.written[needed]:
                connection.execute(text, work.written)
        for table, keys in work.gone.items():
            if keys:
                matched = " AND ".join(f"t.{column} = k.{column}" for column in KEYS[store][table])
                using = _keyed(store, table).removeprefix("JOIN ").partition(" USING ")[0]
                text = f"DELETE FROM {table} t USING (SELECT DISTINCT * FROM {using}) k WHERE {matched}"
                deleted[table] = connection.execute(text, _columns(store, table, keys))
        if store in SWEEP:
            connection.execute(SWEEP[store], work.written)
    for table, cursor in deleted.items():
        meant = len(work.gone[table])
        if cursor.rowcount != meant:
            raise LeftOverError(f"{store}.{table}: {cursor.rowcount} rows went where {meant} were meant")
    return {table: cursor.rowcount for table, cursor in deleted.items()}


@contextmanager
def _immediate(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """A transaction that holds SQLite's one write lock from its beginning."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _website(connection: sqlite3.Connection, seen: Seen) -> dict[str, int]:
    own: dict[str, list[Row]] = seen.own
    done: dict[str, int] = {}
    for table in WEBSITE_ORDER:
        if table in own:
            key = next(iter(KEYS["website"][table]))
            keys = json.dumps([row.key[0] for row in own[table]])
            text = f"DELETE FROM {table} WHERE {key} IN ({_values('website', table)})"
            done[table] = connection.execute(text, [keys]).rowcount
            if done[table] != len(own[table]):
                raise LeftOverError(f"website.{table}")
    return done


def _values(store: str, table: str) -> str:
    return f"SELECT CAST(value AS {next(iter(KEYS[store][table].values()))}) FROM json_each(?)"


def _read_website(table: str, keys: Sequence[Sequence[str]]) -> tuple[str, list[str]]:
    key = next(iter(KEYS["website"][table]))
    text = f"SELECT {key}, {READ['website'][table]} FROM {table} WHERE {key} IN ({_values('website', table)})"
    return text, [json.dumps([each[0] for each in keys])]


# == The package ==


def _package(folder: Path, entries: Sequence[Sequence[str]]) -> Path:
    """The copy as a page, JSON and CSV; on disk when this returns."""
    folder.mkdir(parents=True, mode=0o700)
    names = ("store", "table", "row", "field", "value")
    text = io.StringIO()
    csv.writer(text).writerows([names, *entries])
    cells = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in entry) + "</tr>" for entry in entries)
    files = {
        "data.json": json.dumps([dict(zip(names, entry, strict=True)) for entry in entries], indent=2),
        "data.csv": text.getvalue(),
        "index.html": f"<!doctype html><title>What we hold about you</title><table>{cells}</table>",
    }
    for name, content in files.items():
        with (folder / name).open("w", encoding="utf-8") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    return folder

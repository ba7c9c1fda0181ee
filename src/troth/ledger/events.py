"""The ledger inside a unit: append events with sealed slots, read them back, erase a person's slots.

The envelope is checked at the door: codes, numbers and hashes only. What the leaf commits to is spelled out in
`public_part`; docs/architecture/4-the-ledger.md explains it.
"""

import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC
from typing import Any, LiteralString, NamedTuple

from psycopg.types.json import Jsonb

from troth.ledger.database import told
from troth.ledger.envelope import canonical, leaf_bytes
from troth.ledger.errors import CanonicalError
from troth.ledger.merkle import leaf_hash
from troth.ledger.scope import Scope, is_code, key_is_going, plain
from troth.ledger.seal import SlotPlace, commitment, open_slot, seal
from troth.ledger.sql import statements
from troth.ledger.vault import ClassKey
from troth.model.event import Event, Json, Recorded, Retain, Slot
from troth.model.personal import HIDDEN, Personal
from troth.ports.state import Erased, Happened, NotFoundError, StateError

_SQL = statements("events")
_TRIES = 3


class Sealed(NamedTuple):
    """A sealed slot as it is read from the database, with what it takes to open it."""

    uid: str
    number: int
    retain: str
    year: int
    key_id: str
    sealed: bytes | None


class _Slot(NamedTuple):
    """A slot that was sealed."""

    place: SlotPlace
    slot: Slot
    key: ClassKey
    sealed: bytes
    commitment: bytes


class _Made(NamedTuple):
    """An event, ready to be written."""

    event: Event
    uid: str
    envelope: dict[str, Any]
    slots: list[_Slot]


class LedgerEvents:
    """The `Events` port over one transaction."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def record(self, kind: str, envelope: Json, *slots: Slot) -> int:
        """Append an event of this unit's moment and policy; a staff actor gets a slot of their own at the end."""
        return self.append(self._event(kind, envelope, slots))

    def note(self, kind: str, envelope: Json, *slots: Slot) -> None:
        """Append like `record`, for whoever needs no id: that it was written is looked at when the unit ends.

        What is written next finds its id as `currval`.
        """
        event = self._event(kind, envelope, slots)
        made = self._ready([event], [plain(event.envelope)], [uuid.uuid4().hex])
        with told():
            cursor = self._scope.connection.execute(*_statement(made))
        if made[0].slots:
            self._scope.unread.append((cursor, [slot.key.key_id for slot in made[0].slots]))

    def record_all(self, kind: str, said: Sequence[tuple[Json, Sequence[Slot]]]) -> Sequence[int]:
        """See the port."""
        return self.append_all([self._event(kind, envelope, slots) for envelope, slots in said])

    def _event(self, kind: str, envelope: Json, slots: Sequence[Slot]) -> Event:
        scope = self._scope
        if scope.staff:
            slots = (*slots, Slot(scope.by, Retain.STAFF, Personal({"did": kind})))
        return Event(kind, scope.at, envelope, tuple(slots), policy=scope.policy, space=scope.space)

    def append(self, event: Event) -> int:
        """See the port."""
        return self.append_all([event])[0]

    def append_all(self, events: Sequence[Event]) -> Sequence[int]:
        """Write several at once, in their order; their ids."""
        if not events:
            return []
        envelopes = [plain(event.envelope) for event in events]
        uids = [uuid.uuid4().hex for _ in events]
        for _ in range(_TRIES):
            made = self._ready(events, envelopes, uids)
            with told():
                rows = self._scope.connection.execute(*_statement(made)).fetchall()
            if rows:
                ids = {uid: int(event) for uid, event in rows}
                return [ids[uid] for uid in uids]
            self._scope.vault.forget([slot.key.key_id for each in made for slot in each.slots])
        raise key_is_going()

    def _ready(self, events: Sequence[Event], envelopes: Sequence[Any], uids: Sequence[str]) -> list[_Made]:
        for envelope in envelopes:
            _must_be_codes(envelope, "envelope")
        return [_Made(*each) for each in zip(events, uids, envelopes, self._seal(events, uids), strict=True)]

    def of_case(self, case: str, kinds: Collection[str] = ()) -> Sequence[Happened]:
        """See the port."""
        named = {"case": case, "kinds": list(kinds) or None}
        with told():
            rows = self._scope.connection.execute(_SQL["of_case"], named).fetchall()
        return [Happened(*row) for row in rows]

    def read(
        self, *, kinds: Collection[str] = (), case: str = "", subject: str = "", after: int = -1, limit: int = 1000
    ) -> Sequence[Recorded]:
        """See the port."""
        named = {
            "kinds": list(kinds) or None,
            "case": case or None,
            "subject": subject or None,
            "after": after,
            "limit": limit,
        }
        name = "read_case" if case else "read_subject" if subject else "read_kinds" if kinds else "read_all"
        with told():
            rows = self._scope.connection.execute(_SQL[name], named).fetchall()
        return self._recorded(rows)

    def get(self, event: int) -> Recorded:
        """See the port."""
        with told():
            rows = self._scope.connection.execute(_SQL["get_event"], {"event": event}).fetchall()
        if not rows:
            raise NotFoundError("no-such-event", f"there is no event `{event}`")
        return self._recorded(rows)[0]

    def erase(self, subject: str, classes: Collection[str], *, year: int | None = None) -> Erased:
        """See the port."""
        scope = self._scope
        named = {"subject": subject, "classes": list(classes), "year": year}
        living = scope.vault.ids_of(subject, classes, year)
        with told():
            rows = scope.connection.execute(_SQL["empty_slots"], named).fetchall()
            keys = sorted({*living, *(row[0] for row in rows)})
            scope.connection.execute(_SQL["mark_gone"], {"keys": keys, "at": scope.at})
        scope.vault.forget(keys)
        scope.keys_gone.extend(keys)
        erased = Erased(slots=sum(row[1] for row in rows), keys=len(living))
        self.note("slots.erased", {"classes": sorted(classes), "slots": erased.slots, "keys": erased.keys})
        return erased

    def _seal(self, events: Sequence[Event], uids: Sequence[str]) -> list[list[_Slot]]:
        """The slots of each event, sealed. All keys are there, committed, before the first is used."""
        years = [event.at.astimezone(UTC).year for event in events]
        pairs = list(zip(events, years, uids, strict=True))
        keys = self._scope.vault.keys_for(
            {(s.subject, s.retain, year) for event, year, _ in pairs for s in event.slots}
        )

        def sealed(slot: Slot, place: SlotPlace) -> _Slot:
            key = keys[slot.subject, slot.retain, place.year]
            body = seal(Personal(plain(slot.body.reveal())), key.key, place)
            return _Slot(place, slot, key, body, commitment(body))

        with told():
            return [
                [sealed(slot, SlotPlace(uid, n, slot.retain, year)) for n, slot in enumerate(event.slots)]
                for event, year, uid in pairs
            ]

    def opened(self, slots: Sequence[Sealed]) -> list["Opened | None"]:
        """The bodies of slots, in their order, with one look into the vault at most; None for one that is gone."""
        keys = self._scope.vault.keys(sorted({slot.key_id for slot in slots if slot.sealed is not None}))

        def body(slot: Sealed) -> Opened | None:
            key = keys.get(slot.key_id)
            if key is None or slot.sealed is None:
                return None
            return Opened(
                open_slot(slot.sealed, key, SlotPlace(slot.uid, slot.number, slot.retain, slot.year)).reveal()
            )

        with told():
            return [body(slot) for slot in slots]

    def _recorded(self, rows: Sequence[tuple[Any, ...]]) -> list[Recorded]:
        with told():
            slots = self._scope.connection.execute(_SQL["slots_of"], {"events": [row[0] for row in rows]}).fetchall()
        uids = {row[0]: row[2] for row in rows}
        opened: dict[int, list[Mapping[str, Any] | None]] = {row[0]: [] for row in rows}
        subjects: dict[int, list[str]] = {row[0]: [] for row in rows}
        bodies = self.opened([Sealed(uids[row[0]], row[1], row[3], row[4], row[5], row[7]) for row in slots])
        for (event, _, subject, *_), body in zip(slots, bodies, strict=True):
            opened[event].append(body)
            subjects[event].append(subject)
        return [
            Recorded(
                id=row[0],
                position=row[1],
                kind=row[3],
                at=row[4],
                envelope=row[7],
                policy=row[6],
                slots=tuple(opened[row[0]]),
                extra={"uid": row[2], "space": row[5], "subjects": tuple(subjects[row[0]])},
            )
            for row in rows
        ]


class Opened(Mapping[str, Any]):
    """An opened slot body: a mapping whose text form hides it."""

    __slots__ = ("_body",)

    def __init__(self, body: Mapping[str, Any]) -> None:
        self._body = body

    def __getitem__(self, key: str) -> Any:
        return self._body[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._body)

    def __len__(self) -> int:
        return len(self._body)

    def __repr__(self) -> str:
        return f"Opened({HIDDEN})"


def public_part(event: Event, uid: str) -> dict[str, Any]:
    """What the leaf commits to besides the slots' commitments, as it stands in a bundle; it names nobody.

    Raises StateError `envelope-not-plain`.
    """
    own = {
        "uid": uid,
        "kind": event.kind,
        "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "space": event.space,
        "policy": event.policy,
    }
    about: dict[str, Any] = plain(event.envelope)
    if taken := own.keys() & about.keys():
        raise StateError("envelope-word-taken", f"`{min(taken)}` is set by the ledger itself", "use another name")
    whole = {**about, **own}
    try:
        canonical(whole)
    except CanonicalError as error:
        raise StateError("envelope-not-plain", error.message, error.remedy) from None
    return whole


def _statement(made: Sequence[_Made]) -> tuple[LiteralString, dict[str, Any]]:
    """What writes these events, with its parameters. One event, the most frequent case, has a statement of its own."""
    slots = [slot for each in made for slot in each.slots]
    of_slots = {
        "numbers": [slot.place.ordinal for slot in slots],
        "subjects": [slot.slot.subject for slot in slots],
        "retains": [slot.slot.retain for slot in slots],
        "years": [slot.place.year for slot in slots],
        "keys": [slot.key.key_id for slot in slots],
        "commitments": [slot.commitment for slot in slots],
        "sealed": [slot.sealed for slot in slots],
    }
    if len(made) == 1:
        return _SQL["append_event"], {**_of_event(made[0]), **of_slots}
    rows = [_of_event(each) for each in made]
    plural = {"uid": "uids", "kind": "kinds", "at": "ats", "space": "spaces", "policy": "policies"}
    columns = {**plural, "envelope": "envelopes", "leaf": "leaves"}
    of_events = {many: [row[one] for row in rows] for one, many in columns.items()}
    return _SQL["append_events"], {**of_events, "of": [slot.place.event for slot in slots], **of_slots}


def _of_event(made: _Made) -> dict[str, Any]:
    event, uid = made.event, made.uid
    leaf = leaf_hash(leaf_bytes(public_part(event, uid), [slot.commitment for slot in made.slots]))
    named = {"uid": uid, "kind": event.kind, "at": event.at, "space": event.space, "policy": event.policy}
    return {**named, "envelope": Jsonb(made.envelope), "leaf": leaf}


def _must_be_codes(value: object, at: str) -> None:
    """Refuse envelope text that is not a code, wherever it stands."""
    if isinstance(value, dict):
        for key, each in value.items():
            _must_be_codes(key, at)
            _must_be_codes(each, f"{at}.{key}" if isinstance(key, str) and is_code(key) else at)
    elif isinstance(value, list):
        for each in value:
            _must_be_codes(each, at)
    elif isinstance(value, str) and not is_code(value):
        raise StateError(
            "envelope-not-codes",
            f"the text at `{at}` is not a code",
            "an envelope holds codes, counts and hashes; words about a person belong into a slot",
        )

"""Which version of the notice governs whom: computed from the versions, whom each concerns, and whom it has reached.

A version that waits for nobody costs no row for anybody. One row for a person and a version says how telling them went;
it is written before the message is handed over, so that a process that ends in between leaves a trace.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from troth.ledger.database import told
from troth.ledger.events import LedgerEvents
from troth.ledger.persons import must_exist
from troth.ledger.scope import Scope, must_be_codes
from troth.ledger.sql import statements
from troth.model.change import Followed, Governs, Telling, Told, Way
from troth.model.event import Retain, Slot
from troth.model.personal import Personal
from troth.ports.notices import Outcome, ToTell

_SQL = statements("notices")
_EVER = datetime.max.replace(tzinfo=UTC)


class LedgerNotices:
    """The `Notices` port over one transaction."""

    def __init__(self, scope: Scope, events: LedgerEvents) -> None:
        self._scope = scope
        self._events = events

    def follow(self, change: Followed) -> bool:
        """See the port."""
        if self.followed(change.version) is not None:
            return False
        lists = {"relationships": list(change.relationships), "choices": list(change.choices)}
        flags = {"waits": change.waits, "message": change.message, "despite_objection": change.despite_objection}
        said = {"version": change.version, "starts": change.starts.isoformat(), **flags, **lists}
        event = self._events.record("notice.followed", said)
        named = {"version": change.version, "starts": change.starts, **flags, **lists, "event": event}
        self._write("follow", named)
        return True

    def followed(self, version: str) -> Followed | None:
        """See the port."""
        for hash_, starts, waits, message, despite, relationships, choices in self._rows("followed", version=version):
            return Followed(hash_, starts, waits, message, despite, tuple(relationships), tuple(choices))
        return None

    def governing(self, people: Collection[str], *, at: datetime | None = None) -> Mapping[str, str]:
        """See the port."""
        named = {"people": list(people), "at": at or self._scope.at, "known": at or _EVER}
        return dict(self._rows("governing", **named))

    def history(self, person: str) -> Sequence[Governs]:
        """See the port."""
        first, moments = self._rows("moments", person=person)[0]
        if first is None:
            return ()
        reached = {each.version: each for each in self.tried(person) if each.counts_from}
        found: list[Governs] = []
        for moment in [first, *(each for each in moments if first < each <= self._scope.at)]:
            version = self.governing([person], at=moment).get(person)
            if version and (not found or found[-1].version != version):
                before = next((each.way for each in found if each.version == version), None)
                way = before or _way(reached.get(version), moment, first=not found)
                found.append(Governs(version, moment, way))
        return found

    def tried(self, person: str) -> Sequence[Told]:
        """See the port."""
        return [
            Told(version, Way(way), Telling(state), at, why, counts_from, counts_until)
            for version, way, state, at, why, counts_from, counts_until in self._rows("tried", person=person)
        ]

    def to_tell(self, version: str, *, after: str = "", limit: int) -> Sequence[ToTell]:
        """See the port."""
        rows = self._rows("to_tell", version=version, after=after, limit=limit, at=self._scope.at)
        return [ToTell(*row) for row in rows]

    def intend(self, version: str, marks: Mapping[str, str]) -> None:
        """See the port."""
        named = {"version": version, "people": list(marks), "marks": list(marks.values()), "at": self._scope.at}
        self._write("intend", named)

    def settle(self, version: str, outcomes: Sequence[Outcome]) -> None:
        """See the port."""
        people = [each.person for each in outcomes]
        done = {person for (person,) in self._rows("ended", version=version, people=people)}
        outcomes = [each for each in outcomes if each.person not in done]
        ended = [each for each in outcomes if each.state is not Telling.LATER]
        events: dict[str, int] = {}
        for state in dict.fromkeys(each.state for each in ended):
            of_it = [each for each in ended if each.state is state]
            said = [
                ({"version": version, "why": each.why, "again": each.again}, [_slot(each.person)]) for each in of_it
            ]
            ids = self._events.record_all(f"notice.{state.value}", said)
            events.update({each.person: id_ for each, id_ in zip(of_it, ids, strict=True)})
        named = {
            "version": version,
            "at": self._scope.at,
            "people": [each.person for each in outcomes],
            "states": [each.state.value for each in outcomes],
            "whys": [each.why for each in outcomes],
            "froms": [each.counts_from for each in outcomes],
            "events": [events.get(each.person) for each in outcomes],
        }
        self._write("settle", named)
        self._newest({each.person: events[each.person] for each in ended if each.state is not Telling.NO_WAY})

    def reach(self, person: str, version: str, way: Way) -> bool:
        """See the port."""
        must_exist(self._scope, person)
        named = {"person": person, "version": version, "at": self._scope.at}
        if self._rows("reached", **named):
            return False
        event = self._events.record("notice.told", {"version": version, "way": way.value}, _slot(person))
        self._write("reach", {**named, "way": way.value, "event": event})
        self._newest({person: event})
        return True

    def bounce(self, version: str, person: str, why: str) -> bool:
        """See the port."""
        must_be_codes(why=why)
        named = {"person": person, "version": version, "at": self._scope.at, "why": why}
        if not self._rows("accepted", **named):
            return False
        event = self._events.record("notice.bounced", {"version": version, "why": why}, _slot(person))
        self._write("bounce", {**named, "event": event})
        self._newest({person: event})
        return True

    def marked(self, mark: str) -> tuple[str, str] | None:
        """See the port."""
        return next(((version, person) for version, person in self._rows("marked", mark=mark)), None)

    def standing(self, version: str) -> Mapping[tuple[str, str], int]:
        """See the port."""
        return {(state, why): int(number) for state, why, number in self._rows("standing", version=version) if number}

    def stuck(self, version: str, *, limit: int) -> Sequence[tuple[str, str]]:
        """See the port."""
        return [(person, why) for person, why in self._rows("stuck", version=version, limit=limit)]

    def _newest(self, events: Mapping[str, int]) -> None:
        """A fact about each of these people hangs on the event."""
        if events:
            self._write("newest", {"people": list(events), "events": list(events.values())})

    def _rows(self, name: str, **named: Any) -> list[tuple[Any, ...]]:
        with told():
            return self._scope.connection.execute(_SQL[name], named).fetchall()

    def _write(self, name: str, named: Mapping[str, Any]) -> None:
        with told():
            self._scope.connection.execute(_SQL[name], named)


def _slot(person: str) -> Slot:
    return Slot(person, Retain.STATE, Personal({}))


def _way(reached: Told | None, moment: datetime, *, first: bool) -> Way:
    """How a version came to govern somebody at a moment."""
    if reached is not None and reached.counts_from is not None and reached.counts_from <= moment:
        return reached.way
    return Way.REGISTERED if first else Way.FOLLOWED

"""What the gate reads about a person, from inside a unit of our own state: facts, never verdicts.

Each change writes its event in the same transaction; each names the event. What is told of an earlier moment is folded
anew from the ledger, so it can be no more than the ledger still holds.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from troth.model.event import Json
from troth.model.question import Facts


@dataclass(frozen=True)
class Closing:
    """A rule that closes data to every purpose but some."""

    ground: str
    elements: Collection[str] = ()
    """None: everything."""
    open_to: Collection[str] = ()
    law: str = ""
    until: date | None = None


@dataclass(frozen=True)
class Release:
    """What leaves the house: ids alone, nothing of a person."""

    operation: str
    purpose: str
    elements: tuple[str, ...]
    channel: str = ""
    recipient: str = ""
    destination: str = ""
    token: str = ""
    """Of the answer that allowed it."""


@dataclass(frozen=True)
class Released:
    """What left the house about one person."""

    event: int
    at: datetime
    what: Release
    """Its token stands in the event alone."""


class FactsOfPersons(Protocol):
    """What the gate reads about a person. An unknown person is NotFoundError `no-such-person` to every change."""

    def of(self, person: str) -> Facts:
        """Everything in one round trip, age 0. An unknown person gives NOTHING_KNOWN: closed."""

    def of_many(self, persons: Collection[str]) -> Mapping[str, Facts]:
        """The same for many; whom we do not know is not in it."""

    def as_of(
        self, person: str, *, event: int | None = None, position: int | None = None, moment: datetime | None = None
    ) -> Facts:
        """What was known at an event (as `Facts.event` names it), below a position, or at a moment; folded anew.

        A fact of which something is erased is None. Somebody who was not known then gives NOTHING_KNOWN.
        """

    def position(self) -> int:
        """How many events have a position: that of a view of anybody, now."""

    def relate(self, person: str, relationship: str, *, holds: bool) -> int:
        """Begin or end a relationship. Writes `relationship.began` or `relationship.ended`."""

    def choose(self, person: str, choice: str, *, yes: bool, version: int, shown: Json | None = None) -> int:
        """Keep what a person said to a choice. Writes `choice.given` or `choice.withdrawn`.

        `shown` (exact wording, language, form) is sealed as proof of consent.
        """

    def confirm(self, person: str, choice: str) -> int:
        """The message to their address was answered: the yes stands. Writes `choice.confirmed`.

        RefusedError `nothing-to-confirm` where no yes waits for it.
        """

    def object(self, person: str, *, purpose: str = "", channel: str = "", marketing: bool = False) -> int:
        """Keep an objection as a rule; an empty field means all of its kind. Writes `objection.made`."""

    def overrule(self, person: str, objection: int, *, because: str) -> int:
        """Keep that grounds of ours override an objection; the words are sealed. Writes `objection.overruled`.

        Raises NotFoundError `no-such-objection`, RefusedError `marketing-stands`.
        """

    def restrict(self, person: str, *rules: Closing) -> Sequence[int]:
        """Close data. Writes one `restriction.set` for each, whose id lifts it."""

    def lift(self, person: str, restriction: int, *, because: str = "") -> int:
        """End a restriction by the id of the event that set it. Writes `restriction.lifted`. Raises NotFoundError."""

    def learn(
        self,
        person: str,
        *,
        residence: str | None = None,
        citizenship: str | None = None,
        birth_year: int | None = None,
    ) -> int:
        """Keep what was learned; None leaves as is. Writes `person.learned`, with the values sealed."""

    def happen(self, person: str, event: str, *, on: datetime) -> int:
        """A declared event happened to them, then or before. Writes `event.happened`, with the moment sealed."""

    def open_matter(self, person: str, kind: str, *, ref: str = "") -> int:
        """A matter is open about them; `ref` tells it from others of its kind. Writes `matter.opened`.

        RefusedError `matter-is-open`.
        """

    def close_matter(self, person: str, kind: str, *, ref: str = "") -> int:
        """It is over. Writes `matter.closed`. Raises NotFoundError `no-open-matter`."""

    def release(self, people: Collection[str], what: Release, *, at: datetime | None = None, note: str = "") -> int:
        """Something left the house about these people. Writes one `data.released` with a slot for each of them.

        `at`: when, if not now. `note`: id of what was noted while this database did not answer; a note that was taken
        over before changes nothing, and its event is given.
        """

    def handed_in(self, note: str) -> int | None:
        """The event of the release that was written down under a note; None: there is none."""

    def releases(self, person: str) -> Sequence[Released]:
        """What left the house about them, oldest first."""

    def restricted(self) -> Sequence[str]:
        """People with a restriction that stands without an end: what is theirs waits."""

    def mark_erased(self, person: str) -> int:
        """Say that an erasure was carried out: only retained data remain. Writes `person.erased`."""

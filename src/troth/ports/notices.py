"""Which version of the notice governs whom, and how each was told: from inside a unit of our own state.

Nobody has a row for a version that governs by itself. A row says that telling somebody was tried, and what came of it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from troth.model.change import Followed, Governs, Telling, Told, Way


@dataclass(frozen=True)
class ToTell:
    """Somebody who is to be written to about a version."""

    person: str
    governed_by: str
    """Version that governs them now: what changed for them is what changed since that one."""
    again: bool
    """A process ended while handing it over, so it may come twice."""
    tries: int
    since: datetime | None
    """Of the first try."""


@dataclass(frozen=True)
class Outcome:
    """What became of one message."""

    person: str
    state: Telling
    why: str = ""
    counts_from: datetime | None = None
    again: bool = False


class Notices(Protocol):
    """Versions and people."""

    def follow(self, change: Followed) -> bool:
        """Keep what a version asks for; False where it was kept before. Writes `notice.followed`."""

    def followed(self, version: str) -> Followed | None:
        """What was kept; None for a first version, and for one of before this was kept."""

    def governing(self, people: Collection[str], *, at: datetime | None = None) -> Mapping[str, str]:
        """Person -> version that governs them at a moment, by default the unit's; at an earlier one, as was known then.

        Nobody is named while no version is in force. A person without relationships is governed by the newest.
        """

    def history(self, person: str) -> Sequence[Governs]:
        """The versions that governed a person in turn, oldest first, from their first relationship on."""

    def tried(self, person: str) -> Sequence[Told]:
        """Every version that somebody was told about or was tried to be."""

    def to_tell(self, version: str, *, after: str = "", limit: int) -> Sequence[ToTell]:
        """Who is still to be written to, in the order of their ids, those above `after`."""

    def intend(self, version: str, marks: Mapping[str, str]) -> None:
        """Write down that these people (person -> mark of the message) are about to be written to; commit before."""

    def settle(self, version: str, outcomes: Sequence[Outcome]) -> None:
        """Keep what became of messages. Writes one `notice.STATE` for each person, but none for `later`."""

    def reach(self, person: str, version: str, way: Way) -> bool:
        """Keep that a version reached somebody now; False where it had already. Writes `notice.told`."""

    def bounce(self, version: str, person: str, why: str) -> bool:
        """A message came back: it counts no longer. False where none was accepted. Writes `notice.bounced`."""

    def marked(self, mark: str) -> tuple[str, str] | None:
        """(version, person) of a message by its mark."""

    def standing(self, version: str) -> Mapping[tuple[str, str], int]:
        """(state, why) -> how many, of those it was tried to tell; those still to be told stand under `open`."""

    def stuck(self, version: str, *, limit: int) -> Sequence[tuple[str, str]]:
        """(person, why) of those whom a message did not reach and nothing else did since."""

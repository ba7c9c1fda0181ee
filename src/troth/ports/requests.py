"""A request before we know who stands behind it: its words are sealed under the case itself, and go when we know."""

from typing import Protocol

from troth.model.case import Case
from troth.model.event import Json


class Requests(Protocol):
    """The time between filing and knowing. Nothing here makes a person."""

    def receive(self, case: Case, said: Json) -> int:
        """Seal what the request said under the case. Writes `request.received`."""

    def said(self, case: str) -> Json | None:
        """What the request said; None where its words are gone."""

    def identify(self, case: Case, person: str, said: Json) -> Case:
        """Tie the case to a person: `said` is sealed under them, the first words are erased. Writes `case.identified`.

        RefusedError `case-of-another` when it is tied to somebody else.
        """

    def forget(self, case: Case) -> None:
        """Erase what the request said, whoever it was and however the case stands."""

    def nobody(self, case: Case) -> Case:
        """Nobody is known: erase the words and close the case with a negative confirmation."""

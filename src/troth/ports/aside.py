"""What works without our own database: answers' tokens, and notes of what left while the database did not answer."""

from collections.abc import Sequence
from typing import Protocol

from troth.model.event import Json
from troth.model.personal import Personal


class Tokens(Protocol):
    """Seals a question into its answer's token, so that nothing has to be logged to explain the answer later."""

    def seal(self, short: str, body: Json) -> str:
        """`short` with the sealed body behind it. The same body gives the same token, which we alone read and make.

        `short` alone where the key is lost: then answers go on, and are not explained.
        """

    def open(self, token: str) -> Json | None:
        """The body; None where it was sealed by others, or changed."""


class Notes(Protocol):
    """Sealed notes on this machine, each whole on the disk before anything leaves."""

    def keep(self, note: str, body: Personal[Json]) -> None:
        """Write a note, and return when the disk has it. Raises InputError `note-not-kept`: then nothing may leave."""

    def waiting(self) -> Sequence[str]:
        """Ids of the notes, the oldest first."""

    def read(self, note: str) -> Personal[Json] | None:
        """A note; None where it cannot be opened, or another process has dropped it."""

    def drop(self, note: str) -> None:
        """It is in the ledger now. Again changes nothing."""

"""The adapter of the one store that is Troth itself: a store like the others, with two acts inside a unit."""

from collections.abc import Collection, Sequence
from typing import Protocol

from troth.model.person import Identifier
from troth.model.sight import Sight
from troth.ports.own import Row
from troth.ports.state import Unit
from troth.ports.store import Store


class OwnStore(Store, Protocol):
    """Shows our own state as a store; packages and letters in our keeping belong to it too."""

    def look_in(self, unit: Unit, person: str, identifiers: Sequence[Identifier] = ()) -> Sight:
        """The look of a store, about a person whose id is known."""

    def erase_in(self, unit: Unit, person: str, rows: Collection[Row]) -> None:
        """Delete rows of this person; again changes nothing."""

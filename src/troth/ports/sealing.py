"""What waits in files outside the database is sealed under our keyring."""

from typing import Protocol


class Sealer(Protocol):
    """Seals bytes for one place; they open nowhere else."""

    def seal(self, content: bytes, place: str) -> bytes:
        """Content that only our keyring opens."""

    def open(self, sealed: bytes, place: str) -> bytes:
        """The content again. Raises ValueError when it was changed, moved, or its key is gone."""

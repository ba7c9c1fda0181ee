"""Who stood in the last file for a network, as the scrambled values that it was given: so that who left can be removed.

The list is sealed under our keyring; it ends when the next file takes its place.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from troth.ports.sealing import Sealer

DIGEST = 32
"""Octets of a scrambled value (SHA-256)."""


class Members:
    """One sealed file for each recipient."""

    def __init__(self, folder: Path, sealer: Sealer) -> None:
        self._folder = folder
        self._sealer = sealer

    def last(self, recipient: str) -> frozenset[bytes]:
        """The values of the last file; none where there was none. Raises ValueError for a damaged list."""
        path = self._path(recipient)
        if not path.exists():
            return frozenset()
        content = self._sealer.open(path.read_bytes(), f"members/{recipient}")
        return frozenset(content[at : at + DIGEST] for at in range(0, len(content), DIGEST))

    def keep(self, recipient: str, values: Iterable[bytes]) -> None:
        """Put the values of a new file in the place of the last; whole or not at all."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._path(recipient)
        draft = path.with_suffix(".draft")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(self._sealer.seal(b"".join(sorted(values)), f"members/{recipient}"))
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)

    def _path(self, recipient: str) -> Path:
        if not recipient.replace("-", "").isalnum():
            raise ValueError("a recipient's id holds only letters, digits and dashes")
        return self._folder / f"{recipient}.members"

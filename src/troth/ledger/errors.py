"""What the ledger says when it cannot go on: one shape for every failure.

A ledger error carries a stable code, what is wrong, and what to do about it. It never carries a personal value, key
material or the bytes that failed: an error travels into logs, and a log is not a vault.
"""

from __future__ import annotations


class LedgerError(Exception):
    """The ledger cannot do what was asked, and nothing was half-done.

    Attributes:
        code: stable, lower-kebab; safe to test for and to print.
        message: what is wrong, with the user's own word in backticks.
        remedy: what to do next, as a sentence or a command.
    """

    def __init__(self, code: str, message: str, remedy: str) -> None:
        super().__init__(code, message, remedy)
        self.code = code
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.code}: {self.message}; {self.remedy}"


class MerkleError(LedgerError):
    """A tree was asked for something that it cannot hold: a size, an index or a hash of the wrong form."""


class NoteError(LedgerError):
    """A signed note, checkpoint or verifier key is malformed, or nobody trusted signed it."""


class CanonicalError(LedgerError):
    """A value has no canonical form: a float, a date, a huge number, a key that is not text."""


class KeyFileError(LedgerError):
    """A key file is missing, damaged, or open to others than its owner."""


class KeyringError(LedgerError):
    """A key that is needed is not in the keyring, or must not be created twice."""


class SealError(LedgerError):
    """A sealed slot or a wrapped key does not open with this key at this place."""


class ApprovalError(LedgerError):
    """An approval is malformed, or its signature does not stand for this plan."""

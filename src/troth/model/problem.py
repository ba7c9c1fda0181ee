"""What is wrong with a declaration, said so that its author can mend it. Problems are values: all are shown at once."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """`error` closes what it touches; `warning` is told and does not stop."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, order=True)
class Place:
    """Where in the policy folder: path relative to it, line and column from 1 (0: the file as a whole)."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return ":".join([self.file, *(str(n) for n in (self.line, self.column) if n)])


NO_PLACE = Place("")
"""Of what nobody declared."""


@dataclass(frozen=True)
class Problem:
    """One mistake. The user's own words stand in backticks in `message`; `hint` is the remedy."""

    code: str
    """Stable, lower-kebab, listed in docs/reference/problems.md."""
    message: str
    place: Place
    hint: str = ""
    law: str = ""
    severity: Severity = Severity.ERROR


class InputError(Exception):
    """A user's mistake outside the policy text: told without a traceback, with a remedy and an exit code."""

    def __init__(self, code: str, message: str, remedy: str = "", *, exit_code: int = 1) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.remedy = remedy
        self.exit_code = exit_code

"""A wrapper for values that must not be seen by accident: in a log, a traceback, a debugger's line.

Nothing here encrypts. The type makes showing a deliberate act (`reveal`) that a reviewer can search for.
"""

from typing import Any, Generic, NoReturn, TypeVar, final

T_co = TypeVar("T_co", covariant=True)
HIDDEN = "···"


@final
class Personal(Generic[T_co]):
    """A value about a person, or a secret. Equal and hashable by value; its text forms hide it."""

    __slots__ = ("_value",)

    def __init__(self, value: T_co) -> None:
        self._value = value

    def reveal(self) -> T_co:
        """Give the value itself. Call it only where the value leaves for its purpose."""
        return self._value

    def __repr__(self) -> str:
        return f"Personal({HIDDEN})"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Personal) and bool(self._value == other._value)

    def __hash__(self) -> int:
        return hash((Personal, self._value))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a `Personal` value is not pickled: reveal it where it leaves, on purpose")

    def __copy__(self) -> "Personal[T_co]":
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> "Personal[T_co]":
        return self


Secret = Personal[str]
"""A password, a connection string, a key in text form."""

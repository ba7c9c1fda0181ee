"""Troth: the privacy notice is the program."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from troth.client import Gate as Gate

__version__ = "0.1.0"
__all__ = ["Gate", "__version__"]


def __getattr__(name: str) -> Any:
    """The gate is loaded when somebody asks for it: to import `troth` costs nothing."""
    if name == "Gate":
        from troth.client import Gate  # noqa: PLC0415 - see above

        return Gate
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

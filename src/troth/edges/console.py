"""How the command line speaks: blocks, progress, and errors without a traceback. Exit codes are part of the API.

0 done or allowed · 1 could not run · 2 the answer is no · 3 the declaration is invalid · 4 the plan is stale
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum, StrEnum
from functools import wraps
from typing import ParamSpec, TypeVar

import typer
from rich.console import Console

from troth.model.problem import InputError
from troth.ports.state import StateError
from troth.ports.store import StoreError
from troth.show.blocks import Blocks
from troth.show.terminal import json_text, plain, print_blocks, safe
from troth.wire import FAULTS

P = ParamSpec("P")
R = TypeVar("R")


class Exit(IntEnum):
    """What a command's exit says."""

    DONE = 0
    COULD_NOT = 1
    NO = 2
    INVALID = 3
    STALE = 4


class Format(StrEnum):
    """How to print: `human` with colour, `plain` for files and screen readers, `json` for machines."""

    HUMAN = "human"
    PLAIN = "plain"
    JSON = "json"


OUT = Console(highlight=False)
ERR = Console(stderr=True, highlight=False)


def show(blocks: Blocks, data: object, form: Format) -> None:
    """Print one artefact in the form asked for."""
    if form is Format.JSON:
        sys.stdout.write(json_text(data) + "\n")
    elif form is Format.PLAIN:
        sys.stdout.write(plain(blocks))
    else:
        print_blocks(blocks, OUT)


def warn(code: str, message: str, remedy: str) -> None:
    """Say what has to be seen to, and go on."""
    complain(code, message, remedy, glyph="[yellow]![/]")


def complain(code: str, message: str, remedy: str, *, glyph: str = "[bold red]✗[/]") -> None:
    """Say what went wrong: the stable code, the words, the remedy."""
    ERR.print(f"{glyph} {code}: ", end="")
    ERR.print(safe(message), markup=False)
    if remedy:
        ERR.print(safe(f"  → {remedy}"), style="yellow", markup=False)


def guarded(command: Callable[P, R]) -> Callable[P, R]:
    """Turn errors that users can mend into words and an exit code. Any other is ours, and keeps its traceback."""

    @wraps(command)
    def inner(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except InputError as error:
            complain(error.code, error.message, error.remedy)
            raise typer.Exit(error.exit_code) from None
        except (StateError, StoreError, FAULTS) as error:
            complain(error.code, error.message, error.remedy)
            raise typer.Exit(Exit.COULD_NOT) from None
        except OSError as error:
            complain("file-unusable", f"`{error.filename}`: {error.strerror}", "name another place, or mend its rights")
            raise typer.Exit(Exit.COULD_NOT) from None

    return inner


@contextmanager
def progress(what: str) -> Iterator[Callable[[str], None]]:
    """Show that something long runs, and how far it is; silent without a name for it, and where nobody watches."""
    if not what or not ERR.is_terminal:
        yield lambda _step: None
        return
    with ERR.status(what) as status:

        def tell(step: str) -> None:
            status.update(f"{what}: {step}")

        yield tell

"""Options that many commands share, said once."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from troth import wire
from troth.desk.house import House
from troth.desk.publishing import outside
from troth.edges.console import Format, progress, warn
from troth.model.problem import InputError
from troth.ports.state import StateUnavailableError
from troth.show.terminal import safe

Home = Annotated[
    Path | None, typer.Option("--home", envvar=wire.HOME, help="Folder of the installation; `./.troth` by default.")
]
Form = Annotated[Format, typer.Option("--format", help="How to print.")]
CaseId = Annotated[str, typer.Argument(help="Case id, as printed when the request was filed.")]
Who = Annotated[
    list[str],
    typer.Option(
        "--who",
        help="Who it is about, as KIND=VALUE, for instance `customer-number=C00000001`; as KIND alone it is asked for, "
        "and no history or process list keeps it. May be repeated.",
    ),
]
By = Annotated[str, typer.Option("--by", help="Who of ours does this: a staff id.")]


@contextmanager
def house(
    home: Path | None, what: str, *, acts: bool = False, cut_off: bool = False, broken: bool = False
) -> Iterator[House]:
    """The installation, opened, with progress shown while it works.

    Commands that plan, sign or carry out (`acts`) are refused while the policy folder is not what is in force; others
    go on with a warning. `cut_off`: go on where our own database does not answer, with a warning too.
    `broken`: go on, under the version in force, where the policy folder does not compile.
    """
    settings = wire.read_settings(wire.home_folder(home))
    with progress(what) as tell, wire.open_house(settings, tell, cut_off=cut_off, broken=broken) as opened:
        try:
            problem: InputError | StateUnavailableError | None = outside(opened)
        except StateUnavailableError as error:
            if not cut_off:
                raise
            problem = error
        if problem:
            if acts:
                raise problem
            warn(problem.code, problem.message, problem.remedy)
        yield opened


def _asked(kind: str) -> str:
    """What stands on a command line is kept by shells, process lists and system logs; what is typed is not."""
    return str(typer.prompt(safe(kind), err=True))


_KIND = re.compile(r"[a-z][a-z-]*")
"""What a kind looks like: anything else without a `=` may be a value, and is not repeated."""


def pairs(given: Sequence[str]) -> list[tuple[str, str]]:
    """`KIND=VALUE` texts as pairs; a KIND alone is asked for. Raises InputError without repeating the value."""
    split = [(text, "=", _asked(text)) if _KIND.fullmatch(text) else text.partition("=") for text in given]
    if not split or not all(kind and mark and value for kind, mark, value in split):
        raise InputError(
            "bad-who", "`--who` takes KIND=VALUE", "for instance `--who customer-number=C00000001`", exit_code=3
        )
    return [(kind, value) for kind, _, value in split]

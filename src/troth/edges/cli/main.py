"""The commands by group."""

import sys
from typing import Annotated

import typer

import troth
from troth.edges.cli import ask, author, cases, held, home, policy, promises, records, restore, sample, work
from troth.edges.console import Exit, complain

app = typer.Typer(
    help="Troth: the privacy notice is the program. Exit codes: 0 done or allowed, 1 could not run, "
    "2 the answer is no, 3 the declaration is invalid, 4 the plan is stale.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for group in (home, author, policy, promises, records, ask, cases, held, sample, restore, work):
    group.register(app)


@app.callback(invoke_without_command=True)
def top(
    context: typer.Context,
    *,
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.", is_eager=True)] = False,
) -> None:
    """Declare once, ask before each use, carry out over real databases, prove it."""
    if version:
        typer.echo(f"troth {troth.__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


USAGE: type[Exception] = typer.BadParameter.__mro__[1]
"""What is raised for a command line that cannot be read, wherever the installed version of the parser keeps it."""


def main() -> None:
    """Entry point of the `troth` command. A command line that cannot be read exits 1: only an answer exits 2."""
    try:
        code = app(standalone_mode=False, prog_name="troth")
    except USAGE as error:
        command = getattr(getattr(error, "ctx", None), "command_path", "troth")
        complain(
            "usage", str(getattr(error, "format_message", error.__str__)()), f"`{command} --help` says what it takes"
        )
        code = Exit.COULD_NOT
    except typer.Abort:
        complain("stopped", "nothing more was done", "")
        code = Exit.COULD_NOT
    sys.exit(code)

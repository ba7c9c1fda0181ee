"""The commands by group."""

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated

import typer

import troth
from troth.edges.console import Exit, complain

FILES = {
    "home": "init up down doctor staff",
    "author": "init-policy format cases",
    "policy": "check notice schema publish",
    "promises": "promises diff explain",
    "records": "records",
    "ask": "ask know choose object",
    "facts": "happened matter learn confirm overrule lift facts observe",
    "notices": "told bounced shown reviewed",
    "cases": "request see plan decide approve apply receipt proof acknowledge links unlink show",
    "held": "texts release refuse struck",
    "gate": "gate key",
    "mail": "mail-gate",
    "audience": "audience delivered",
    "sample": "sample",
    "restore": "restored",
    "retain": "retain",
    "work": "worker retry pause resume status pages verify reconcile",
}
"""Which file says which commands, in the order of `--help`: a command loads no other file, so it starts at once."""


def program(words: Sequence[str] = ()) -> typer.Typer:
    """The command line that these words need: one file's commands, or all where they name none of ours."""
    app = typer.Typer(
        help="Troth: the privacy notice is the program. Exit codes: 0 done or allowed, 1 could not run, "
        "2 the answer is no, 3 the declaration is invalid, 4 the plan is stale.",
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    named = [file for file, commands in FILES.items() if words and words[0] in commands.split()]
    for file in named or FILES:
        import_module(f"troth.edges.cli.{file}").register(app)
    app.callback(invoke_without_command=True)(top)
    return app


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
        code = program(sys.argv[1:])(standalone_mode=False, prog_name="troth")
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

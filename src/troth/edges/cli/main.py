"""The commands by group."""

from typing import Annotated

import typer

import troth
from troth.edges.cli import ask, cases, home, policy, restore, sample, work

app = typer.Typer(
    help="Troth: the privacy notice is the program. Exit codes: 0 done or allowed, 1 could not run, "
    "2 the answer is no, 3 the declaration is invalid, 4 the plan is stale.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for group in (home, policy, ask, cases, sample, restore, work):
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


def main() -> None:
    """Entry point of the `troth` command."""
    app()

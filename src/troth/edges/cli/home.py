"""Commands about the installation itself: make it, start and stop its server, see what is wrong with it."""

from pathlib import Path
from typing import Annotated

import typer

from troth import wire
from troth.edges.cli.options import Form, Home
from troth.edges.console import Exit, Format, guarded, progress, show
from troth.show.findings import as_json, findings


def register(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (init, up, down, doctor, staff):
        app.command()(guarded(command))


def init(
    policy: Annotated[Path, typer.Option("--policy", help="The policy folder.")],
    state: Annotated[str, typer.Option(help="Address of a PostgreSQL 15 or later; empty: the embedded one.")] = "",
    home: Home = None,
) -> None:
    """Make an installation: folder, keys, server, databases. Safe to repeat."""
    with progress("making the installation"):
        settings = wire.initialise(wire.home_folder(home), policy, state)
    typer.echo(f"installation ready in {settings.home}")


def up(home: Home = None) -> None:
    """Start the embedded server. Commands do this by themselves."""
    wire.start_server(wire.read_settings(wire.home_folder(home)))
    typer.echo("the server runs")


def down(home: Home = None) -> None:
    """Stop the embedded server."""
    wire.stop_server(wire.read_settings(wire.home_folder(home)))
    typer.echo("the server is stopped")


def staff(
    staff_id: Annotated[str, typer.Argument(help="Staff id, as in staff.yaml.")],
    home: Home = None,
) -> None:
    """Make a signing key for a member of staff and print the public key to declare in staff.yaml."""
    typer.echo(wire.make_staff_key(wire.read_settings(wire.home_folder(home)), staff_id))


def doctor(home: Home = None, form: Form = Format.HUMAN) -> None:
    """Say what is wrong with the installation and its stores, each with what repairs it."""
    with progress("examining"):
        found = wire.examine(wire.home_folder(home))
    show(findings(found), as_json(found), form)
    if any(finding.bad for finding in found):
        raise typer.Exit(Exit.COULD_NOT)

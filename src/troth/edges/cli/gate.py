"""Commands of the gate over HTTP: serve it, and give programs their keys."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from troth import wire
from troth.desk import access
from troth.desk.staff import acting
from troth.edges.cli.options import By, Home, house
from troth.edges.console import guarded

Name = Annotated[str, typer.Argument(help="Which program has it, as a short code such as `mailer`.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("gate")(guarded(gate))
    keys = typer.Typer(help="Keys with which programs ask over HTTP.", rich_markup_mode=None)
    for name, command in (("make", make), ("rotate", rotate), ("revoke", revoke), ("list", list_keys)):
        keys.command(name)(guarded(command))
    app.add_typer(keys, name="key")


def gate(
    host: Annotated[str, typer.Option(help="Address to listen on; by default this machine alone.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port; 0: any that is free.")] = 0,
    certificate: Annotated[Path | None, typer.Option(help="Certificate chain of this host, PEM.")] = None,
    certificate_key: Annotated[Path | None, typer.Option(help="Its private key, PEM.")] = None,
    *,
    behind_proxy: Annotated[bool, typer.Option("--behind-proxy", help="A proxy before it encrypts.")] = False,
    home: Home = None,
) -> None:
    """Answer questions over HTTP until stopped with Ctrl-C."""
    from troth.edges.gate.serving import Listen, serve  # noqa: PLC0415 - keys are made without a server

    listen = Listen(host, port, certificate, certificate_key, behind_proxy)
    settings = wire.read_settings(wire.home_folder(home))
    wire.start_server(settings)
    serve(settings.home, listen, lambda address: typer.echo(f"gate: {address}  (stop: Ctrl-C)"))


def make(
    name: Name,
    purpose: Annotated[list[str], typer.Option(help="Purpose that it may ask for. May be repeated.")],
    operation: Annotated[
        list[str],
        typer.Option(
            help="Operation that it may ask for; `release`: it may also say that something left. May be repeated."
        ),
    ],
    by: By,
    rate: Annotated[int, typer.Option(help="Answers a second.")] = access.RATE,
    home: Home = None,
) -> None:
    """Make a key. Its secret is printed once, and kept nowhere."""
    with house(home, "making a key") as opened:
        made = access.make(
            opened, name, purposes=purpose, operations=operation, rate=rate, by=acting(opened.policy, by)
        )
        opened.state.ledger.place()
    typer.echo(made.secret.reveal())


def rotate(
    name: Name,
    by: By,
    overlap: Annotated[float, typer.Option(min=0, help="Hours for which the old key still counts.")] = 24.0,
    home: Home = None,
) -> None:
    """Give a program another key with the same scope."""
    with house(home, "making a key") as opened:
        made = access.rotate(opened, name, overlap=timedelta(hours=overlap), by=acting(opened.policy, by))
        opened.state.ledger.place()
    typer.echo(made.secret.reveal())


def revoke(name: Name, by: By, home: Home = None) -> None:
    """End every key of a program, now."""
    with house(home, "ending keys") as opened:
        number = access.revoke(opened, name, by=acting(opened.policy, by))
        opened.state.ledger.place()
    typer.echo(f"{name}: {number} ended")


def list_keys(home: Home = None) -> None:
    """The keys that count, and what each may ask for."""
    with house(home, "reading keys") as opened, opened.unit() as unit:
        keys = unit.access.live()
    for key in keys:
        ends = f", ends {key.ends_at.isoformat(timespec='minutes')}" if key.ends_at else ""
        scope = f"{' '.join(sorted(key.operations))} for {' '.join(sorted(key.purposes))}"
        typer.echo(f"{key.name} {key.id}: {scope}, {key.rate} a second{ends}")

"""Commands that ask the gate, and that keep what a person says."""

from typing import Annotated

import typer

from troth.desk.asking import ask as ask_gate
from troth.desk.asking import choose, know, object_to
from troth.desk.requests import identifiers_from
from troth.desk.staff import acting
from troth.edges.cli.options import By, Form, Home, Who, house, pairs
from troth.edges.console import Exit, Format, guarded, show
from troth.show.answer import answer, as_json


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("ask")(guarded(ask_command))
    app.command("know")(guarded(know_command))
    app.command("choose")(guarded(choose_command))
    app.command("object")(guarded(object_command))


def ask_command(
    purpose: Annotated[str, typer.Argument(help="Purpose id.")],
    who: Who,
    operation: Annotated[str, typer.Option(help="What is to be done: send, use, disclose ...")] = "send",
    channel: Annotated[str, typer.Option(help="Channel id, for a message.")] = "",
    field: Annotated[list[str] | None, typer.Option(help="Element id; by default all that the purpose uses.")] = None,
    home: Home = None,
    form: Form = Format.HUMAN,
) -> None:
    """May this happen, to this person, for this purpose, now? All reasons, each with its clause and article."""
    given = pairs(who)
    with house(home, "asking") as opened:
        identifiers = identifiers_from(opened, given, proven=True)
        asked = ask_gate(opened, operation, purpose, identifiers, channel=channel, fields=field or ())
    kinds = ", ".join(kind for kind, _ in given)
    show(answer(asked.question, asked.answer, who=f"named by {kinds}"), as_json(asked.answer), form)
    if not asked.answer.allowed:
        raise typer.Exit(Exit.NO)


def know_command(
    who: Who,
    by: By,
    relationship: Annotated[list[str] | None, typer.Option(help="Relationship id. May be repeated.")] = None,
    home: Home = None,
) -> None:
    """Make a person known, with their relationships."""
    with house(home, "introducing") as opened:
        person = know(
            opened, identifiers_from(opened, pairs(who), proven=True), relationship or [], by=acting(opened.policy, by)
        )
        opened.state.ledger.place()
    typer.echo(f"known as {person}")


def choose_command(
    choice: Annotated[str, typer.Argument(help="Choice id.")],
    yes: Annotated[bool, typer.Option("--yes/--no", help="What the person said.")],
    who: Who,
    by: By,
    home: Home = None,
) -> None:
    """Keep what a person said to a choice, with the very words that were shown."""
    with house(home, "writing down") as opened:
        identifiers = identifiers_from(opened, pairs(who), proven=True)
        choose(opened, identifiers, choice, yes=yes, by=acting(opened.policy, by))
        opened.state.ledger.place()
    typer.echo(f"{choice}: {'yes' if yes else 'no'}")


def object_command(
    who: Who,
    by: By,
    purpose: Annotated[str, typer.Option(help="Purpose id; without one: all direct marketing.")] = "",
    channel: Annotated[str, typer.Option(help="Channel id; without one: all channels, also future ones.")] = "",
    home: Home = None,
) -> None:
    """Keep an objection, as a rule that holds for channels added tomorrow."""
    with house(home, "writing down") as opened:
        identifiers = identifiers_from(opened, pairs(who), proven=True)
        object_to(opened, identifiers, purpose=purpose, channel=channel, by=acting(opened.policy, by))
        opened.state.ledger.place()
    typer.echo(f"objection to {purpose or 'all direct marketing'} by {channel or 'any channel'}: kept")

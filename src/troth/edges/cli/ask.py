"""Commands that ask the gate, and that keep what a person says."""

from typing import Annotated

import typer

from troth.desk.asking import About, choose, know, object_to
from troth.desk.asking import ask as ask_gate
from troth.desk.asking import release as let_go
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
    recipient: Annotated[str, typer.Option(help="Recipient id: who is to get it.")] = "",
    destination: Annotated[str, typer.Option(help="Country it goes to, for a transfer.")] = "",
    role: Annotated[str, typer.Option(help="Role id of whoever acts.")] = "",
    activity: Annotated[str, typer.Option(help="Activity id in which it happens.")] = "",
    source: Annotated[str, typer.Option(help="Source id of the values.")] = "",
    topic: Annotated[str, typer.Option(help="What the message is about.")] = "",
    data: Annotated[str, typer.Option(help="Form of the data: personal, pseudonymous, aggregated, anonymous.")] = "",
    group: Annotated[int, typer.Option(help="People in the smallest group of an aggregate.")] = 0,
    itinerary: Annotated[list[str] | None, typer.Option(help="Country of the journey. May be repeated.")] = None,
    decision: Annotated[str, typer.Option(help="Id of the automated decision that is taken.")] = "",
    tracker: Annotated[str, typer.Option(help="Id of the tracker that is set or read.")] = "",
    instruction: Annotated[str, typer.Option(help="What a processor is told to do with this hand-over.")] = "",
    space: Annotated[str, typer.Option(help="Customer for whom we act; empty: our own.")] = "",
    *,
    emergency: Annotated[bool, typer.Option("--emergency", help="Beyond one's role; it is looked at later.")] = False,
    at_least: Annotated[int, typer.Option(help="Ledger position that the view has to have.")] = 0,
    release: Annotated[
        bool, typer.Option("--release", help="It leaves now: on a yes write it into the ledger, with its token.")
    ] = False,
    home: Home = None,
    form: Form = Format.HUMAN,
) -> None:
    """May this happen, to this person, for this purpose, now? All reasons, each with its clause and article."""
    about = About(
        fields=field or (), channel=channel, recipient=recipient, destination=destination, role=role,
        activity=activity, source=source, topic=topic, form=data or "personal", group=group,
        itinerary=itinerary or (), decision=decision, tracker=tracker, instruction=instruction, space=space,
        emergency=emergency,
    )  # fmt: skip
    given = pairs(who)
    with house(home, "asking", cut_off=True) as opened:
        identifiers = identifiers_from(opened, given, proven=True)
        asked = ask_gate(opened, operation, purpose, identifiers, at_least=at_least, **about)
        if release and asked.answer.allowed:
            asked = let_go(opened, asked)
            if asked.released:
                opened.state.ledger.place()
    kinds = ", ".join(kind for kind, _ in given)
    left = asked.released is not None, asked.note
    words = answer(asked.question, asked.answer, who=f"named by {kinds}", observed=asked.observed, left=left)
    show(words, as_json(asked.answer, asked.observed, left), form)
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

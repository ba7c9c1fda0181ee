"""Commands about how people learn of the notice: who was told, who was not, what came back, when it was looked at."""

from pathlib import Path
from typing import Annotated

import typer

from troth.desk import informing, watching
from troth.desk.governing import known_as, show_to
from troth.desk.requests import identifiers_from
from troth.desk.staff import acting
from troth.edges.cli.options import By, Form, Home, Who, house, pairs
from troth.edges.console import Format, guarded, show
from troth.model.problem import InputError
from troth.show import told as words
from troth.show.words import count, short

LISTED = 200


def register(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (told, bounced, shown, reviewed):
        app.command()(guarded(command))


def told(
    version: Annotated[str, typer.Argument(help="First letters of a version's hash; the newest by default.")] = "",
    home: Home = None,
    form: Form = Format.HUMAN,
) -> None:
    """Show how telling people about a version stands, and whom it did not reach, by their ids."""
    with house(home, "counting") as opened, opened.unit() as unit:
        known = [
            hash_ for hash_, _ in unit.policies.all() if hash_.startswith(version) and unit.notices.followed(hash_)
        ]
        if not known:
            remedy = "`troth status` names versions"
            raise InputError("no-such-version", "no such version is told to each person", remedy)
        standing = unit.notices.standing(known[-1])
        stuck = unit.notices.stuck(known[-1], limit=LISTED)
    show(words.standing(known[-1], standing, stuck), words.standing_json(known[-1], standing, stuck), form)


def bounced(
    by: By,
    report: Annotated[list[Path] | None, typer.Argument(help="Reports of mail servers (RFC 3464), one a file.")] = None,
    who: Annotated[list[str] | None, typer.Option("--who", help="Whose message came back, as KIND=VALUE.")] = None,
    why: Annotated[str, typer.Option(help="Why, as a short code; with `--who`.")] = "returned",
    home: Home = None,
) -> None:
    """Take in that messages came back: whoever they were for stays under the version before."""
    with house(home, "reading") as opened:
        actor = acting(opened.policy, by)
        number = 0
        for path in report or ():
            number += informing.returned(opened, path.read_bytes(), by=actor).bounced
        if who:
            person = known_as(opened, identifiers_from(opened, pairs(who), proven=True))
            number += informing.came_back(opened, person, why=why, by=actor)
        opened.state.ledger.place()
    typer.echo(f"{count(number, 'message')} came back")


def shown(who: Who, by: By, home: Home = None) -> None:
    """Keep that the notice in force was put before somebody by other means: on paper, on a page that they confirmed."""
    with house(home, "writing down", acts=True) as opened:
        person = known_as(opened, identifiers_from(opened, pairs(who), proven=True))
        new = show_to(opened, person, by=acting(opened.policy, by))
        opened.state.ledger.place()
    typer.echo(f"version {short(opened.policy.hash)} {'has reached them' if new else 'had reached them before'}")


def reviewed(by: By, home: Home = None) -> None:
    """Keep that somebody looked at the notice in force, and that it still says what is done."""
    with house(home, "writing down", acts=True) as opened:
        watching.reviewed(opened, by=acting(opened.policy, by))
    typer.echo(f"version {short(opened.policy.hash)} was looked at")

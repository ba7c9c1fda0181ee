"""Commands that keep what happened to a person, what the office decided about it, and that tell what is known."""

from datetime import date
from typing import Annotated

import typer

from troth.desk import knowing
from troth.desk.house import House
from troth.desk.requests import identifiers_from
from troth.desk.staff import acting
from troth.edges.cli.options import By, Form, Home, Who, house, pairs
from troth.edges.console import Format, guarded, show
from troth.model.person import Identifier
from troth.model.problem import InputError
from troth.show import known as words

Because = Annotated[str, typer.Option(help="The grounds; they are kept sealed, and told to the person who asks.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (happened, matter, learn, confirm, overrule, lift, facts, observe):
        app.command()(guarded(command))


def happened(
    event: Annotated[str, typer.Argument(help="Id of a declared event.")],
    who: Who,
    by: By,
    on: Annotated[str, typer.Option("--on", help="The day on which it happened; today by default.")] = "",
    home: Home = None,
) -> None:
    """Keep that a declared event happened to somebody: uses begin and end by it."""
    with house(home, "writing down") as opened:
        day = _day(on) or opened.clock.now().date()
        knowing.happened(opened, _who(opened, who), event, on=day, by=acting(opened.policy, by))
        opened.state.ledger.place()
    typer.echo(f"{event} on {day}: kept")


def matter(
    kind: Annotated[str, typer.Argument(help="Id of a declared matter.")],
    opens: Annotated[bool, typer.Option("--open/--close", help="Whether it is open now, or over.")],
    who: Who,
    by: By,
    ref: Annotated[str, typer.Option(help="Which one of its kind, as an id without words; empty: the only one.")] = "",
    home: Home = None,
) -> None:
    """Keep that a matter is open about somebody, or over: some uses are open only then."""
    with house(home, "writing down") as opened:
        knowing.matter(opened, _who(opened, who), kind, opens=opens, ref=ref, by=acting(opened.policy, by))
        opened.state.ledger.place()
    typer.echo(f"{kind}: {'open' if opens else 'over'}")


def learn(
    who: Who,
    by: By,
    residence: Annotated[str, typer.Option(help="Country, or country and part, such as `US-CA`.")] = "",
    citizenship: Annotated[str, typer.Option(help="Country.")] = "",
    birth_year: Annotated[int, typer.Option(help="Year of birth.")] = 0,
    home: Home = None,
) -> None:
    """Keep where somebody lives, whose citizen they are, when they were born. What was known before stays history."""
    with house(home, "writing down") as opened:
        values = {"residence": residence, "citizenship": citizenship}
        knowing.learn(opened, _who(opened, who), **values, birth_year=birth_year, by=acting(opened.policy, by))
        opened.state.ledger.place()
    typer.echo("learned")


def confirm(
    choice: Annotated[str, typer.Argument(help="Choice id.")],
    who: Who,
    by: By,
    home: Home = None,
) -> None:
    """The message to their address was answered: the yes that waits for that stands."""
    with house(home, "writing down") as opened:
        knowing.confirm(opened, _who(opened, who), choice, by=acting(opened.policy, by))
        opened.state.ledger.place()
    typer.echo(f"{choice}: confirmed")


def overrule(
    objection: Annotated[int, typer.Argument(help="Number of the objection, as `troth facts` prints it.")],
    because: Because,
    who: Who,
    by: By,
    home: Home = None,
) -> None:
    """Keep that grounds of ours override an objection. Never one to direct marketing: that is absolute."""
    with house(home, "writing down") as opened:
        knowing.overrule(opened, _who(opened, who), objection, because=because, staff=by)
        opened.state.ledger.place()
    typer.echo(f"objection {objection}: overruled")


def lift(
    restriction: Annotated[int, typer.Argument(help="Number of the restriction, as `troth facts` prints it.")],
    because: Because,
    who: Who,
    by: By,
    home: Home = None,
) -> None:
    """End a restriction."""
    with house(home, "writing down") as opened:
        knowing.lift(opened, _who(opened, who), restriction, because=because, staff=by)
        opened.state.ledger.place()
    typer.echo(f"restriction {restriction}: lifted")


def facts(
    who: Who,
    on: Annotated[str, typer.Option("--on", help="As it was known at the end of this day.")] = "",
    position: Annotated[int, typer.Option(help="As it was known when the ledger had so many events.")] = -1,
    home: Home = None,
    form: Form = Format.HUMAN,
) -> None:
    """Show what the gate knows of somebody, now or as it was known then."""
    with house(home, "reading") as opened:
        at = position if position >= 0 else None
        found = knowing.told(opened, _who(opened, who), on=_day(on), position=at)
    when = f"at the end of {on}" if on else f"at position {position}" if at is not None else "now"
    show(words.known(found, when), words.as_json(found), form)


def observe(
    by: By,
    until: Annotated[str, typer.Option(help="The last day on which the gate only watches.")] = "",
    *,
    end: Annotated[bool, typer.Option("--end", help="From now on it closes again.")] = False,
    home: Home = None,
) -> None:
    """Let the gate only watch until a day: it lets pass what it would have refused, and says so everywhere."""
    if bool(until) == end:
        raise InputError("until-or-end", "say until when, or that it ends", "`--until 2026-01-31`, or `--end`")
    with house(home, "writing down") as opened:
        knowing.observe(opened, _day(until), staff=by)
        opened.state.ledger.place()
    typer.echo("the gate is closed again" if end else f"the gate only watches until {until}: promises are broken")


def _who(opened: House, who: list[str]) -> tuple[Identifier, ...]:
    return identifiers_from(opened, pairs(who), proven=True)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InputError("bad-day", f"`{text}` is no day", "write it as `2026-01-31`", exit_code=3) from None

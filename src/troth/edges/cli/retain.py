"""The command for periods that end without a request: shown first, carried out when somebody says so, then daily."""

from typing import Annotated

import typer

from troth.desk import expiring
from troth.desk.publishing import require_in_force
from troth.desk.staff import acting, roles_that_erase
from troth.edges.cli.options import Form, Home, house
from troth.edges.console import Exit, Format, guarded, show
from troth.model.problem import InputError
from troth.show import expiring as words


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(guarded(retain))


def retain(
    store: Annotated[str, typer.Argument(help="Id of a store; empty: every store.")] = "",
    *,
    carry_out: Annotated[bool, typer.Option("--carry-out", help="End these rows. There is no undo.")] = False,
    daily: Annotated[bool, typer.Option("--daily", help="From now on the worker ends them, every day.")] = False,
    by: Annotated[str, typer.Option(help="Staff id of whoever says so.")] = "",
    home: Home = None,
    form: Form = Format.HUMAN,
) -> None:
    """Show what is over by the declared periods, of people who asked nothing; nothing is changed unless you say so."""
    with house(home, "looking", acts=carry_out or daily) as opened:
        stores = _stores(expiring.walkable(opened), store)
        if carry_out or daily:
            require_in_force(opened)
            actor = acting(opened.policy, by, roles_that_erase(opened.policy))
            if daily:
                expiring.begin(opened, stores, by=actor)
        does = expiring.run if carry_out else expiring.expected
        ended = [line for name in stores for line in does(opened, name)]
        if carry_out or daily:
            opened.state.ledger.place()
    show(words.expiring(ended, carried_out=carry_out), words.as_json(ended), form)


def _stores(known: tuple[str, ...], store: str) -> tuple[str, ...]:
    if store and store not in known:
        names = ", ".join(f"`{name}`" for name in known)
        message = f"`{store}` is no store in which periods end by machine"
        raise InputError("unknown-store", message, f"these are: {names}", exit_code=Exit.INVALID)
    return (store,) if store else known

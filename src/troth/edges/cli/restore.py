"""The command after a backup was put back: what was erased is erased again before anybody reads the store."""

from datetime import datetime
from typing import Annotated

import typer

from troth.desk import restoring, working
from troth.desk.closed import REPLAY, closed_stores
from troth.desk.staff import acting
from troth.edges.cli.options import By, Home, house
from troth.edges.console import Exit, guarded
from troth.model.problem import InputError
from troth.show.words import count

UNKNOWN = "unknown"
"""In the place of a moment that nobody knows."""


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(guarded(restored))


def restored(
    store: Annotated[str, typer.Argument(help="Id of the store that was restored from a backup.")],
    made: Annotated[str, typer.Option(help="When the backup was begun, such as `2026-11-21T02:00Z`; or `unknown`.")],
    by: By,
    home: Home = None,
) -> None:
    """Say that a store came back from a backup: it is closed, and everything erased there is erased again."""
    with house(home, "replaying", acts=True) as opened:
        restoring.restored(opened, store, made=_moment(made), by=acting(opened.policy, by))
        done = working.work_once(opened, "restored", kinds=(REPLAY,))
        opened.state.ledger.place()
        left = closed_stores(opened)
        undecided = restoring.undecided(opened)
    for worked in done:
        if isinstance(worked.result, restoring.Replayed):
            people, rows = count(worked.result.people, "person", "people"), count(worked.result.rows, "row")
            typer.echo(f"{worked.result.store}: erased again for {people}, {rows}")
        elif worked.work.ref == store:
            typer.echo(f"{store}: not finished ({worked.code}); the worker tries again")
    for case in undecided:
        typer.echo(f"somebody has to decide whose rows are: `troth show {case}`, then `troth decide {case} ROW`")
    if store in left:
        typer.echo(f"{store} stays closed: no plan and no copy is made from it")
        raise typer.Exit(Exit.COULD_NOT)
    typer.echo(f"{store} is open")


def _moment(text: str) -> datetime | None:
    """A moment with its zone; None for `unknown`. Raises InputError `not-a-moment`."""
    if text == UNKNOWN:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        remedy = f"write date, time and zone (`2026-11-21T02:00+01:00`), or `{UNKNOWN}`"
        raise InputError("not-a-moment", f"`{text}` is no moment", remedy, exit_code=3)
    return found

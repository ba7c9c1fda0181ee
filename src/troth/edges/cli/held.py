"""Commands about words that wait for a reader: list, read, release, refuse; and rows that an erasure left to others."""

from typing import Annotated

import typer

from troth.desk import reading
from troth.desk.house import House
from troth.desk.staff import acting, roles_that_erase
from troth.edges.cli.options import By, CaseId, Form, Home, house
from troth.edges.console import Format, guarded, show
from troth.model.person import row_name
from troth.model.problem import InputError
from troth.show import held as words
from troth.show.words import count

Numbers = Annotated[list[int], typer.Argument(help="Numbers, as `troth texts CASE` lists them.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (texts, release, refuse, struck):
        app.command()(guarded(command))


def texts(
    case: CaseId,
    number: Annotated[int | None, typer.Argument(help="Show this one: needs `--by`, and the ledger notes it.")] = None,
    by: Annotated[str, typer.Option(help="Who of ours reads it: a staff id.")] = "",
    home: Home = None,
    form: Form = Format.HUMAN,
) -> None:
    """List what a case holds back until somebody has read it, without values; or show one text to its reader."""
    with house(home, "reading") as opened:
        if number is None:
            with opened.unit() as unit:
                rows = [_row(opened, text) for text in reading.texts(opened, unit, case)]
                left = [(_says(opened, at, table), n) for at, table, n in reading.left_rows(unit, case)]
            show(words.listed(case, rows, left), words.listed_json(case, rows, left), form)
            return
        if not by:
            raise InputError("no-reader", "a text is shown to somebody of yours alone", "name who reads: `--by ID`")
        row = reading.read(opened, case, number, by=_office(opened, by))
    show(words.text(case, number, row.values), words.text_json(case, number, row.values), form)


def release(case: CaseId, numbers: Numbers, by: By, home: Home = None) -> None:
    """Give read texts to the person: a supplement of their copy lies on the same shelf, and ends like it."""
    with house(home, "releasing") as opened:
        name = reading.release(opened, case, numbers, by=_office(opened, by))
        opened.state.ledger.place()
    typer.echo(f"{count(len(set(numbers)), 'text')} released: package {name}")


def refuse(
    case: CaseId,
    numbers: Numbers,
    by: By,
    reason: Annotated[str, typer.Option(help="Why, in words for the person, who is told.")],
    home: Home = None,
) -> None:
    """Keep read texts from the person, and tell them why in a supplement of their copy."""
    with house(home, "refusing") as opened:
        name = reading.refuse(opened, case, numbers, by=_office(opened, by), reason=reason)
        opened.state.ledger.place()
    typer.echo(f"{count(len(set(numbers)), 'text')} refused: package {name} says why")


def struck(
    case: CaseId,
    by: By,
    reason: Annotated[str, typer.Option(help="What was done, in words for the person; kept sealed.")],
    home: Home = None,
) -> None:
    """Note that the rows which an erasure left to others were read, and what is about the leaver struck out."""
    with house(home, "writing down") as opened:
        number = reading.struck(opened, case, by=_office(opened, by), reason=reason)
        opened.state.ledger.place()
    typer.echo(f"kept; nobody is reminded of {count(number, 'record')} any more")


def _office(opened: House, by: str) -> str:
    return acting(opened.policy, by, roles_that_erase(opened.policy))


def _row(opened: House, text: reading.Text) -> words.Row:
    at = text.store, text.table
    return text.number, row_name(*at, text.key), _says(opened, *at), text.state.value


def _says(opened: House, store: str, table: str) -> str:
    mapped = opened.policy.stores.get(store)
    declared = mapped.tables.get(table) if mapped else None
    return (opened.policy.words(declared.says) if declared else "") or f"{store}.{table}"

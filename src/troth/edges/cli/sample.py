"""The command that plans for many people and shows totals: before a policy is carried out for the first of them."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TextIO

import typer

from troth.desk import sampling
from troth.edges.cli.options import Form, Home, house
from troth.edges.console import Exit, Format, guarded, show
from troth.model.problem import InputError
from troth.show.sample import Totals, as_json
from troth.show.sample import sample as sample_words


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(guarded(sample))


def sample(
    right: Annotated[str, typer.Argument(help="Right id: `erasure` or `access`.")],
    file: Annotated[str, typer.Option("--from", help="File with one value on each line; `-`: what is piped in.")],
    kind: Annotated[str, typer.Option(help="What the values are, such as `customer-number`.")],
    limit: Annotated[int, typer.Option(min=1, help="How many people at most.")] = 1000,
    ground: Annotated[str, typer.Option(help="For erasure: why, such as `withdrawn`.")] = "",
    home: Home = None,
    form: Form = Format.HUMAN,
) -> None:
    """Plan for many people and show totals. Nothing is applied, and nothing is kept."""
    with house(home, "sampling") as opened, _lines(file) as lines:
        found = sampling.sample(opened, right, kind, lines, limit=limit, ground=ground)
    totals = _totals(found)
    show(sample_words(totals), as_json(totals), form)
    if found.refused or found.stopped:
        raise typer.Exit(Exit.INVALID)


@contextmanager
def _lines(file: str) -> Iterator[TextIO]:
    if file == "-":
        yield sys.stdin
        return
    try:
        with Path(file).open(encoding="utf-8") as opened:
            yield opened
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise InputError("file-unreadable", f"`{file}`: {reason}", "name a file with one value on each line") from None


def _totals(found: sampling.Sample) -> Totals:
    figures = {
        "asked": found.asked,
        "planned": found.planned,
        "not found": found.not_found,
        "unreadable": found.unreadable,
        "with errors": found.refused,
        **{f"stopped: {code}": number for code, number in sorted(found.stopped.items())},
    }
    order = sorted(found.rows, key=lambda s: (s.store, s.table, s.verb, s.ground, s.exception))
    kinds = sorted(found.findings, key=lambda k: (k.severity != "error", k.code, k.place))
    return Totals(
        right=found.right,
        figures=figures,
        lines=[(s.store, s.table, s.verb, s.ground, s.exception, found.rows[s], found.people[s]) for s in order],
        undecided=[(*waits, rows) for waits, rows in sorted(found.undecided.items())],
        findings=[(k.severity.value, k.code, k.place, found.words[k], found.findings[k]) for k in kinds],
        mean=found.seconds / found.asked if found.asked else 0.0,
        slowest=found.slowest,
    )

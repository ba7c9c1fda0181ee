"""Commands about whole lists of people: who of them may be written to, or handed to a network."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from troth import wire
from troth.catalog.networks import Network, networks
from troth.desk.audiences import Judge, note_delivered, note_made
from troth.desk.house import House
from troth.desk.staff import acting
from troth.edges.cli.options import By, Form, Home, house
from troth.edges.console import Exit, Format, guarded, show
from troth.gate.reading import Limits
from troth.model.audience import Counts, Made
from troth.model.problem import InputError
from troth.model.question import Operation, Question
from troth.show.audience import audience as shown
from troth.show.audience import audience_json

if TYPE_CHECKING:
    import duckdb

    from troth.audience.files import Opened
    from troth.audience.members import Members

EMAIL = "email"


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("audience")(guarded(audience))
    app.command("delivered")(guarded(delivered))


@dataclass(frozen=True)
class _Wanted:
    """What the words of the command line mean."""

    question: Question
    column: str
    kind: str
    as_of: datetime | None
    may_be_old: float
    network: Network | None


def audience(
    purpose: Annotated[str, typer.Argument(help="Purpose id.")],
    people: Annotated[Path, typer.Argument(help="CSV or Parquet file with a row for each person.")],
    by: By,
    to: Annotated[Path, typer.Option(help="File for those who may: CSV or Parquet.")],
    channel: Annotated[str, typer.Option(help="Channel id, for a message.")] = "",
    recipient: Annotated[str, typer.Option(help="Recipient id, where the list is handed over.")] = "",
    network: Annotated[str, typer.Option(help="Write scrambled addresses alone, in this network's form.")] = "",
    column: Annotated[str, typer.Option(help="Column with the address or number that finds a person.")] = EMAIL,
    kind: Annotated[str, typer.Option(help="Kind of identifier in it; the column's own name by default.")] = "",
    refused: Annotated[
        Path | None, typer.Option(help="File for those who may not, each with the first reason.")
    ] = None,
    facts_as_of: Annotated[str, typer.Option(help="The file itself says what is known, as of this ISO moment.")] = "",
    facts_may_be_old: Annotated[
        float, typer.Option(min=0, help="Seconds after which such facts count as unknown.")
    ] = 2.0,
    *,
    skip_broken: Annotated[bool, typer.Option("--skip-broken", help="Leave broken lines out and name them.")] = False,
    home: Home = None,
    form: Form = Format.HUMAN,
) -> None:
    """Say for everybody in a file whether they may be used for this: those who may, those who may not, and why."""
    from troth.audience import files, sets  # noqa: PLC0415 - the engine is loaded only here

    known = _network(network, recipient)
    settings = wire.read_settings(wire.home_folder(home))
    with house(home, "judging", acts=True) as opened, sets.table_engine() as engine:
        staff = acting(opened.policy, by)
        wanted = _Wanted(
            question=Question(
                Operation.DISCLOSE if recipient else Operation.SEND,
                purpose,
                "",
                opened.clock.now(),
                (_column_of(opened, recipient, known),) if known else (),
                channel=channel,
                recipient=recipient,
            ),
            column=column,
            kind=kind or column,
            as_of=_moment(facts_as_of),
            may_be_old=facts_may_be_old,
            network=known,
        )
        file = files.open_people(engine, people, skip_broken=skip_broken)
        judged, found = _judged(opened, engine, file, wanted)
        removals = _write(engine, judged, file, wanted, to, wire.members(settings))
        if refused is not None:
            files.write(engine, f"SELECT * FROM {judged} WHERE troth_code <> ''", refused)
        made = Made(_hash(to), purpose, recipient, network, found.allowed, found.refused, removals)
        note_made(opened, made, by=staff)
    show(shown(made, found, file.broken, file.left_out), audience_json(made, found, file.broken, file.left_out), form)
    if not found.allowed:
        raise typer.Exit(Exit.NO)


def delivered(
    file: Annotated[Path, typer.Argument(help="File that `troth audience` wrote and that was handed over.")],
    by: By,
    home: Home = None,
) -> None:
    """Say that a file was handed over: it is deleted here, and the ledger says so."""
    if not file.is_file():
        raise InputError("no-such-file", f"there is no file `{file}`", "name what `troth audience --to` wrote")
    with house(home, "writing down") as opened:
        name = _hash(file)
        staff = acting(opened.policy, by)
        file.unlink()
        note_delivered(opened, name, by=staff)
    typer.echo(f"deleted, and in the ledger: {name[:12]}")


def _network(network: str, recipient: str) -> Network | None:
    if not network:
        return None
    if network not in networks():
        listed = ", ".join(f"`{name}`" for name in networks())
        raise InputError(
            "unknown-network", f"`{network}` is no network we know the form of", f"one of {listed}", exit_code=3
        )
    if not recipient:
        message = "a scrambled list is handed over, and no recipient was named"
        raise InputError("recipient-missing", message, "`--recipient ID`, as the policy declares it", exit_code=3)
    return networks()[network]


def _column_of(opened: House, recipient: str, network: Network) -> str:
    """What the one column is to the policy: the address, or the element that is declared as its scrambled form."""
    to = opened.policy.recipients.get(recipient)
    if to is None or EMAIL in to.elements:
        return EMAIL
    scrambled = [each for each in to.elements if opened.policy.elements[each].held_as == network.hash]
    return scrambled[0] if len(scrambled) == 1 else EMAIL


def _judged(
    opened: House, engine: "duckdb.DuckDBPyConnection", file: "Opened", wanted: _Wanted
) -> tuple[str, "Counts"]:
    """The file with an answer in each row, and how many of each."""
    from troth.audience import sets  # noqa: PLC0415

    if wanted.as_of is None:
        if wanted.column not in file.names:
            listed = ", ".join(f"`{name}`" for name in file.names)
            raise InputError(
                "no-such-column", f"the file has no column `{wanted.column}`", f"it has {listed}", exit_code=3
            )
        judge = Judge(opened, wanted.question, wanted.kind)
        judged = sets.judge_by_value(engine, file.source, wanted.column, judge.codes)
        return judged, sets.counts(engine, judged)
    with opened.unit() as unit:
        change = unit.notices.followed(opened.policy.hash)
    if change is not None and change.waits:
        message = "the version in force does not govern everybody yet, and a file does not say whom"
        raise InputError("versions-differ", message, "judge by an identifier: leave `--facts-as-of` out")
    age = (wanted.question.at - wanted.as_of).total_seconds()
    asked = sets.Asked((opened.policy,), wanted.question, opened.cite, Limits(facts_seconds=wanted.may_be_old))
    judged = sets.judge(engine, file.source, asked, age_seconds=age)
    return judged, sets.counts(engine, judged)


def _write(
    engine: "duckdb.DuckDBPyConnection", judged: str, file: "Opened", wanted: _Wanted, to: Path, members: "Members"
) -> int:
    """Write those who may; for a network scrambled, and beside it those to be removed there. How many those are."""
    from troth.audience import files, sets  # noqa: PLC0415

    if wanted.network is None:
        columns = files.listed(sets.without_facts(file.names))
        files.write(engine, f"SELECT {columns} FROM {judged} WHERE troth_code = ''", to)
        return 0
    allowed = sets.values(engine, judged, wanted.column)
    now = frozenset(bytes.fromhex(wanted.network.scrambled(value)) for value in allowed)
    gone = members.last(wanted.question.recipient) - now
    files.write_column(now, wanted.network.heading, to)
    if gone:
        files.write_column(gone, wanted.network.heading, to.with_name(f"{to.stem}.remove{to.suffix}"))
    members.keep(wanted.question.recipient, now)
    return len(gone)


def _moment(text: str) -> datetime | None:
    """Raises InputError `bad-moment` for what is none, or has no time zone."""
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError:
        moment = datetime.min  # noqa: DTZ901 - without a zone, as what cannot be read
    if moment is not None and moment.tzinfo is None:
        remedy = "for instance `2026-11-22T08:00:00+00:00`"
        raise InputError("bad-moment", f"`{text}` is no moment with a time zone", remedy, exit_code=3)
    return moment


def _hash(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            digest.update(part)
    return digest.hexdigest()

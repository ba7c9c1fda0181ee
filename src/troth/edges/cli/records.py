"""The command that prints a record of the policy: it needs no installation."""

import sys
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from troth import wire
from troth.catalog import Catalog
from troth.edges.cli.options import Home
from troth.edges.console import OUT, Exit, guarded, warn
from troth.model.policy import Policy
from troth.model.problem import InputError
from troth.policy import compile_folder
from troth.show.html import page
from troth.show.records.kinds import EXPORTS, RECORDS
from troth.show.records.record import Record, as_csv, as_json, blocks
from troth.show.terminal import json_text, plain, print_blocks
from troth.show.words import count

KINDS = ", ".join((*RECORDS, *EXPORTS))


class Form(StrEnum):
    """How a record is written."""

    HUMAN = "human"
    PLAIN = "plain"
    HTML = "html"
    CSV = "csv"
    JSON = "json"
    YAML = "yaml"


READ = (Form.HUMAN, Form.PLAIN, Form.HTML, Form.CSV, Form.JSON)


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(guarded(records))


def records(
    kind: Annotated[str, typer.Argument(help=f"Which one: {KINDS}.")],
    folder: Annotated[Path | None, typer.Argument(help="Policy folder; by default the installation's.")] = None,
    form: Annotated[
        Form | None,
        typer.Option("--format", help="How to write it; by default for people, an export in its usual form."),
    ] = None,
    part: Annotated[str, typer.Option(help="CSV: which sheet; by default the first.")] = "",
    on: Annotated[
        str, typer.Option(help="The day on which transfers are looked at, as YYYY-MM-DD; by default today.")
    ] = "",
    language: Annotated[str, typer.Option(help="One of the policy's languages; by default its first.")] = "",
    home: Home = None,
) -> None:
    """Print a record that the policy makes: for people, as a page, as CSV or JSON, or in the vocabulary of others."""
    if kind not in RECORDS and kind not in EXPORTS:
        raise InputError(
            "no-such-record", f"there is no record `{kind}`", f"write one of: {KINDS}", exit_code=Exit.INVALID
        )
    catalog = Catalog.load()
    policy = _compiled(folder or wire.read_settings(wire.home_folder(home)).policy, catalog)
    if kind in EXPORTS:
        _export(kind, policy, catalog, form)
    else:
        record = RECORDS[kind](policy, catalog, _language(policy, language), _day(on))
        _write(record, form or Form.HUMAN, part)


def _export(kind: str, policy: Policy, catalog: Catalog, form: Form | None) -> None:
    forms = EXPORTS[kind].forms
    chosen = form.value if form else next(iter(forms))
    if chosen not in forms:
        raise _no_such_form(kind, chosen, list(forms))
    sys.stdout.write(forms[chosen](policy, catalog))


def _write(record: Record, form: Form, part: str) -> None:
    match form:
        case Form.HUMAN:
            print_blocks(blocks(record), OUT)
        case Form.PLAIN:
            sys.stdout.write(plain(blocks(record)))
        case Form.HTML:
            sys.stdout.write(page(record.title, blocks(record), language=record.language))
        case Form.JSON:
            sys.stdout.write(json_text(as_json(record)) + "\n")
        case Form.CSV:
            _csv(record, part)
        case _:
            raise _no_such_form(record.id, form.value, [one.value for one in READ])


def _csv(record: Record, part: str) -> None:
    """One sheet on the output; what is empty, and which other sheets there are, is told beside it."""
    sheets = {sheet.id: sheet for sheet in record.sheets}
    if part and part not in sheets:
        raise InputError(
            "no-such-part",
            f"`{record.id}` has no part `{part}`",
            f"it has: {', '.join(sheets)}",
            exit_code=Exit.INVALID,
        )
    chosen = sheets[part] if part else record.sheets[0]
    sys.stdout.write(as_csv(record, chosen.id))
    if not chosen.rows:
        warn("empty-record", chosen.empty, "")
    others = [f"{one.id} ({count(len(one.rows), 'row')})" for one in record.sheets if one is not chosen]
    if others and not part:
        warn(
            "more-parts", f"this is the part `{chosen.id}`; there are also {', '.join(others)}", "choose with `--part`"
        )


def _no_such_form(kind: str, form: str, forms: list[str]) -> InputError:
    return InputError(
        "no-such-form",
        f"`{kind}` is not written as `{form}`",
        f"it is written as: {', '.join(forms)}",
        exit_code=Exit.INVALID,
    )


def _language(policy: Policy, language: str) -> str:
    known = policy.organisation.languages
    if language and language not in known:
        raise InputError(
            "no-such-language",
            f"the policy does not speak `{language}`",
            f"it speaks: {', '.join(known)}",
            exit_code=Exit.INVALID,
        )
    return language


def _day(text: str) -> date:
    if not text:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(
            "no-such-day", f"`{text}` is no day", "write it as YYYY-MM-DD", exit_code=Exit.INVALID
        ) from None


def _compiled(folder: Path, catalog: Catalog) -> Policy:
    policy, _ = compile_folder(folder, catalog)
    if policy is None:
        message = f"the policy in `{folder}` does not compile"
        raise InputError("policy-invalid", message, "`troth check` lists its problems", exit_code=Exit.INVALID)
    return policy

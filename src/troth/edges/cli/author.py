"""Commands for whoever writes a policy: a first one, one form for its files, its own cases."""

import difflib
import shutil
from pathlib import Path
from typing import Annotated

import typer

from troth.catalog import Catalog
from troth.edges.cli.options import Form
from troth.edges.console import Exit, Format, guarded, show
from troth.edges.starting import ask_about, read_answers, refuse_used, write_whole
from troth.edges.suite import beside, try_cases
from troth.model.problem import InputError
from troth.policy import compile_folder
from troth.policy.author.formatting import format_folder
from troth.policy.author.starter import ACTIVITIES, ENGINES, first_policy
from troth.show import formatted as form_words
from troth.show import tried as tried_words

PolicyFolder = Annotated[Path, typer.Argument(help="Policy folder.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("init-policy")(guarded(init_policy))
    app.command("format")(guarded(format_command))
    app.command("cases")(guarded(cases_command))


def init_policy(
    folder: Annotated[Path, typer.Argument(help="Where the policy is to stand: a new folder, or an empty one.")],
    answers: Annotated[
        Path | None, typer.Option(help="YAML file with answers, by the names of these options; what is left is asked.")
    ] = None,
    name: Annotated[str, typer.Option(help="The name of the organisation that people know.")] = "",
    address: Annotated[str, typer.Option(help="Its postal address.")] = "",
    contact: Annotated[str, typer.Option(help="Where a person writes to the privacy office.")] = "",
    country: Annotated[str, typer.Option(help="Where it is established, as two letters.")] = "",
    authority: Annotated[str, typer.Option(help="The supervisory authority.")] = "",
    languages: Annotated[str, typer.Option(help="Of all wordings, the first one always there.")] = "",
    does: Annotated[str, typer.Option(help=f"What it does: {', '.join(ACTIVITIES)}; several with commas.")] = "",
    engine: Annotated[str, typer.Option(help=f"Of its database: {', '.join(ENGINES)}.")] = "",
) -> None:
    """Ask a few questions and write a first policy: small, complete, explained by comments, and it compiles."""
    said = {
        "name": name, "address": address, "contact": contact, "country": country, "authority": authority,
        "languages": languages, "does": does, "engine": engine,
    }  # fmt: skip
    refuse_used(folder)
    catalog = Catalog.load()
    said = {**(read_answers(answers) if answers else {}), **{key: text for key, text in said.items() if text}}
    files = first_policy(ask_about(said, catalog), catalog)
    write_whole(folder, files, catalog)
    typer.echo(f"{len(files)} files in {folder}: `troth check {folder}` compiles them, `troth notice {folder}` prints")


def format_command(
    folder: PolicyFolder,
    *,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 2 where something would change.")] = False,
    form: Form = Format.HUMAN,
) -> None:
    """Give the YAML files of a policy their one form: comments stay, and so does everything that they say."""
    found = format_folder(folder, Catalog.load())
    if not check:
        for name, (_, text) in found.changed.items():
            _replace(folder / name, text)
    show(form_words.formatted(found, checked=check), form_words.as_json(found), form)
    if check and form is not Format.JSON:
        for name, (old, new) in found.changed.items():
            lines = (old.splitlines(), new.splitlines())
            typer.echo("\n".join(difflib.unified_diff(*lines, name, f"{name} (formatted)", n=1, lineterm="")))
    if found.mistakes or found.refused:
        raise typer.Exit(Exit.INVALID)
    if check and found.changed:
        raise typer.Exit(Exit.NO)


def cases_command(
    folder: PolicyFolder,
    cases: Annotated[Path | None, typer.Option(help="File or folder of cases; by default `cases` beside it.")] = None,
    form: Form = Format.HUMAN,
) -> None:
    """Put an organisation's own cases to the gate. Exit 2 when one fails, 3 when one is wrong."""
    catalog = Catalog.load()
    policy, _ = compile_folder(folder, catalog)
    if policy is None:
        message = f"the policy in `{folder}` does not compile"
        raise InputError("policy-invalid", message, "`troth check` lists its problems", exit_code=Exit.INVALID)
    found = try_cases(cases or beside(folder), policy, catalog)
    show(tried_words.tried(found), tried_words.as_json(found), form)
    if any(each.code for each in found):
        raise typer.Exit(Exit.INVALID)
    if not all(each.holds for each in found):
        raise typer.Exit(Exit.NO)


def _replace(path: Path, text: str) -> None:
    """Write a whole file or nothing: an author's words are not lost to a full disk."""
    real = path.resolve()
    fresh = real.with_name(f".{real.name}.new")
    try:
        fresh.write_text(text, encoding="utf-8", newline="\n")
        shutil.copymode(real, fresh)
        fresh.replace(real)
    finally:
        fresh.unlink(missing_ok=True)

"""Commands for whoever writes a policy: one form for its files, and its own cases. They need no installation."""

import difflib
import shutil
from pathlib import Path
from typing import Annotated

import typer

from troth.catalog import Catalog
from troth.edges.cli.options import Form
from troth.edges.console import Exit, Format, guarded, show
from troth.edges.suite import beside, try_cases
from troth.model.problem import InputError
from troth.policy import compile_folder
from troth.policy.author.formatting import format_folder
from troth.show import formatted as form_words
from troth.show import tried as tried_words

PolicyFolder = Annotated[Path, typer.Argument(help="Policy folder.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("format")(guarded(format_command))
    app.command("cases")(guarded(cases_command))


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

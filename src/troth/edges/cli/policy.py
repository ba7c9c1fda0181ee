"""Commands about the policy folder: they need no installation."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from troth import wire
from troth.catalog import Catalog
from troth.desk.governing import applied, known_as
from troth.desk.notices import in_force_on, published
from troth.desk.publishing import outside
from troth.desk.publishing import publish as put_in_force
from troth.desk.requests import identifiers_from
from troth.desk.staff import acting
from troth.edges.cli.options import Form, Home, pairs
from troth.edges.console import Exit, Format, guarded, progress, show, warn
from troth.model.policy import Policy
from troth.model.problem import InputError
from troth.policy import compile_folder
from troth.policy.schema import json_schema
from troth.show.notice import notice as notice_words
from troth.show.problems import as_json, problems
from troth.show.site import site
from troth.show.told import applied as applied_words
from troth.show.told import applied_json
from troth.show.words import count, short

Folder = Annotated[Path | None, typer.Argument(help="Policy folder; by default the installation's.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(guarded(check))
    app.command()(guarded(notice))
    app.command()(guarded(schema))
    app.command()(guarded(publish))


def check(folder: Folder = None, home: Home = None, form: Form = Format.HUMAN) -> None:
    """Compile a policy folder, or show all its problems at once."""
    path = _folder(folder, home)
    policy, found = compile_folder(path, Catalog.load())
    compiled = _size(policy) if policy else ""
    show(problems(found, subject=str(path), compiled=compiled), as_json(found), form)
    if policy is None:
        raise typer.Exit(Exit.INVALID)


def notice(
    folder: Folder = None,
    home: Home = None,
    language: Annotated[str, typer.Option(help="Language of the text.")] = "",
    which: Annotated[str, typer.Option(help="Id of a specific notice; the main one by default.")] = "",
    on: Annotated[str, typer.Option("--on", help="The published version that applied on this day.")] = "",
    who: Annotated[
        list[str] | None, typer.Option("--who", help="The version that applied to this person, as KIND=VALUE.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write every published version as pages into this folder.")
    ] = None,
    form: Form = Format.HUMAN,
) -> None:
    """Print the notice that the policy makes, or that applied on a day or to somebody; or write all as pages."""
    if who:
        _print_applied(who, on, home, language, which, form)
        return
    if on or out:
        with wire.open_house(wire.read_settings(wire.home_folder(home))) as house:
            if out:
                typer.echo(f"{count(_write(site(published(house), house.catalog), out), 'page')} in {out}")
                return
            policy = in_force_on(house, _day(on))
    else:
        policy = _compiled(_folder(folder, home))
    _must_have(policy, language, which)
    show(notice_words(policy, Catalog.load(), language, which=which), _clauses(policy), form)


def _print_applied(who: Sequence[str], on: str, home: Path | None, language: str, which: str, form: Format) -> None:
    """Which version applied to somebody, since when, how they learned of it; then its text."""
    given = pairs(who)
    with wire.open_house(wire.read_settings(wire.home_folder(home))) as house:
        person = known_as(house, identifiers_from(house, given, proven=True))
        policy, found = applied(house, person, _day(on) if on else house.clock.now().date())
    _must_have(policy, language, which)
    blocks = (*applied_words(found), *notice_words(policy, Catalog.load(), language, which=which))
    show(blocks, {**applied_json(found), "clauses": _clauses(policy)}, form)


def _clauses(policy: Policy) -> list[dict[str, str]]:
    return [
        {"id": c.id, "title": c.title, "language": c.language, "notice": c.notice, "text": c.text}
        for c in policy.clauses
    ]


def _compiled(folder: Path) -> Policy:
    policy, _ = compile_folder(folder, Catalog.load())
    if policy is None:
        raise InputError(
            "policy-invalid", "the policy does not compile", "`troth check` lists its problems", exit_code=3
        )
    return policy


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError("bad-day", f"`{text}` is no day", "write it as `2026-01-31`") from None


def _must_have(policy: Policy, language: str, which: str) -> None:
    for word, known, what in (
        (language, policy.organisation.languages, "language of the policy"),
        (which, policy.notices, "specific notice"),
    ):
        if word and word not in known:
            remedy = f"known: {', '.join(known)}" if known else "there is none"
            raise InputError("no-such-notice", f"`{word}` is no {what}", remedy)


def _write(pages: Mapping[str, str], out: Path) -> int:
    """Write whole pages: a reader never meets half of one. Pages of versions that are there already stay."""
    for name, text in pages.items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.new")
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(path)
    return len(pages)


def schema() -> None:
    """Print the JSON Schema of the policy files, for editors."""
    typer.echo(json.dumps(json_schema(Catalog.load()), indent=2))


def publish(
    by: Annotated[str, typer.Option("--by", help="Who approved this version: a staff id.")],
    done: Annotated[
        list[str] | None,
        typer.Option("--done", help="A duty of this change that was done, as DUTY=EVIDENCE. May be repeated."),
    ] = None,
    home: Home = None,
) -> None:
    """Sign the policy folder and put it in force; what was promised for such a change has to be done first."""
    settings = wire.read_settings(wire.home_folder(home))
    with progress("publishing") as tell, wire.open_house(settings, tell, draft=True) as opened:
        acting(opened.policy, by)
        role, at = opened.policy.staff[by].role, opened.clock.now().isoformat()
        put_in_force(
            opened, settings.policy, wire.sign_as(settings, by, role, opened.policy.hash, at), _done(done or ())
        )
        typer.echo(f"policy {short(opened.policy.hash)} is in force from {opened.policy.effective_from}")
        problem = outside(opened)
    if problem:
        warn(problem.code, problem.message, problem.remedy)


def _done(given: Sequence[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in given]
    if not all(duty and evidence for duty, _, evidence in pairs):
        raise InputError(
            "bad-done", "`--done` takes DUTY=EVIDENCE", "for instance `--done material-message=mailing-12`"
        )
    return {duty: evidence for duty, _, evidence in pairs}


def _folder(folder: Path | None, home: Path | None) -> Path:
    if folder is not None:
        return folder
    return wire.read_settings(wire.home_folder(home)).policy


def _size(policy: Policy) -> str:
    tables = sum(len(store.tables) for store in policy.stores.values())
    return ", ".join(
        (
            count(len(policy.clauses), "clause"),
            count(len(policy.purposes), "purpose"),
            count(len(policy.elements), "element"),
            count(len(policy.recipients), "recipient"),
            f"{count(tables, 'table')} in {count(len(policy.stores), 'store')}",
        )
    )

"""Commands about what is promised: how each promise stands, what a new version would change, what stands where."""

from pathlib import Path
from typing import Annotated

import typer

from troth import wire
from troth.catalog import Catalog
from troth.catalog.controls import controls
from troth.desk.explaining import explain as replay
from troth.desk.explaining import is_token
from troth.desk.house import House
from troth.edges.cli.options import Form, Home, house
from troth.edges.console import Exit, Format, guarded, show
from troth.model.change import Direction
from troth.model.policy import Policy
from troth.model.problem import InputError
from troth.policy import compile_folder, compile_texts
from troth.policy.compile import examine
from troth.policy.diff import diff as compare
from troth.policy.explain import explain as look_up
from troth.policy.promises import read_promises
from troth.ports.state import PolicyVersion
from troth.show import answer as replay_words
from troth.show import changes as change_words
from troth.show import explained as explain_words
from troth.show import promises as promise_words
from troth.show.problems import as_json as problems_as_json
from troth.show.problems import problems
from troth.show.words import short

PROMISES = "promises.tsv"


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(guarded(promises))
    app.command()(guarded(diff))
    app.command()(guarded(explain))


def promises(
    folder: Annotated[Path | None, typer.Argument(help="Policy folder; by default the installation's.")] = None,
    file: Annotated[Path | None, typer.Option(help=f"By default `{PROMISES}` beside the policy folder.")] = None,
    *,
    each: Annotated[bool, typer.Option("--each", help="Every promise, with what keeps it.")] = False,
    home: Home = None,
    form: Form = Format.HUMAN,
) -> None:
    """Show how each promise of the notice stands: enforced, routed to a person, recorded only, or not yet kept."""
    where = folder or wire.read_settings(wire.home_folder(home)).policy
    table = file or where.resolve().parent / PROMISES
    coverage, found = read_promises(table.read_text(encoding="utf-8"), table.name, _compiled(where), controls())
    show(promise_words.promises(coverage, each=each), promise_words.as_json(coverage), form)
    if found:
        show(problems(found, subject=str(table), compiled=""), problems_as_json(found), form)
        raise typer.Exit(Exit.INVALID)


def diff(
    old: Annotated[str, typer.Argument(help="Policy folder, or the first letters of a published version's hash.")],
    new: Annotated[Path | None, typer.Argument(help="Policy folder; by default the installation's.")] = None,
    home: Home = None,
    form: Form = Format.HUMAN,
) -> None:
    """Show what changes in meaning between two versions. Exit 2 when something gets wider, so that a CI can stop."""
    before = _compiled(Path(old)) if Path(old).is_dir() else _published(old, home)
    after = _compiled(new or wire.read_settings(wire.home_folder(home)).policy)
    found = compare(before, after)
    words = change_words.changes(found, _called(before), _called(after))
    show(words, change_words.as_json(found), form)
    if any(change.direction is Direction.WIDENING for change in found):
        raise typer.Exit(Exit.NO)


def explain(
    word: Annotated[
        str, typer.Argument(help="An id, a whole reference such as `purpose:newsletter`, or the token of an answer.")
    ],
    folder: Annotated[Path | None, typer.Argument(help="Policy folder; by default the installation's.")] = None,
    home: Home = None,
    form: Form = Format.HUMAN,
) -> None:
    """Show everything the policy says about anything declared, and where; or an answer again, from its token."""
    if is_token(word):
        _replay(word, home, form)
        return
    where = folder or wire.read_settings(wire.home_folder(home)).policy
    policy, report = examine(where, Catalog.load())
    if policy is None or report.broken:
        raise _broken(where)
    found, near = look_up(word, policy, report)
    if not found:
        raise InputError(
            "nothing-called-so", f"nothing declared is called `{word}`", near or "`troth check` counts all"
        )
    show(explain_words.explained(found), explain_words.as_json(found), form)


def _replay(token: str, home: Path | None, form: Format) -> None:
    with house(home, "asking again") as opened:
        found = replay(opened, token)
    told = replay_words.notes(found.gone, unseen=found.unseen)
    words = replay_words.answer(
        found.question, found.answer, who="as it was asked", observed=found.observed, notes=told
    )
    show(words, replay_words.as_json(found.answer, found.observed, notes=told), form)


def _broken(folder: Path) -> InputError:
    message = f"the policy in `{folder}` does not compile"
    return InputError("policy-invalid", message, "`troth check` lists its problems", exit_code=Exit.INVALID)


def _called(policy: Policy) -> str:
    return f"version {short(policy.hash)} ({policy.effective_from})"


def _compiled(folder: Path) -> Policy:
    policy, _ = compile_folder(folder, Catalog.load())
    if policy is None:
        raise _broken(folder)
    return policy


def _published(start: str, home: Path | None) -> Policy:
    """A version that was put in force, compiled anew from the text that was kept with it."""
    with wire.open_house(wire.read_settings(wire.home_folder(home))) as house:
        version = _version(house, start)
    policy = compile_texts(version.files, version.hash, Catalog.load())
    if policy is None:
        message = f"version `{short(version.hash)}` no longer compiles"
        raise InputError("policy-invalid", message, "compare with a later one", exit_code=Exit.INVALID)
    return policy


def _version(house: House, start: str) -> PolicyVersion:
    with house.unit() as unit:
        known = [hash_ for hash_, _ in unit.policies.all() if start and hash_.startswith(start)]
        if len(known) == 1:
            return unit.policies.get(known[0])
    what = "no folder and no published version" if not known else "the beginning of several published versions"
    raise InputError("no-such-version", f"`{start}` is {what}", "name a folder, or more letters of the hash")

"""Commands about one request: file it, see, plan, decide, approve, apply, prove."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from troth import wire
from troth.desk import applying, approving, linking, planning, reading, requests, telling, working
from troth.desk.approving import roles_for
from troth.desk.gather import gather
from troth.desk.house import House
from troth.desk.staff import acting, roles_that_erase
from troth.edges.cli.options import By, CaseId, Form, Home, Who, house, pairs
from troth.edges.console import Exit, Format, guarded, show
from troth.model.case import Case, CaseState
from troth.model.plan import Plan
from troth.model.problem import InputError
from troth.plan import RESTORE, dump
from troth.show import held as held_words
from troth.show.case import as_json as case_json
from troth.show.case import case as case_words
from troth.show.links import as_json as links_json
from troth.show.links import links as link_words
from troth.show.plan import plan as plan_words
from troth.show.receipt import kept_receipt
from troth.show.sight import sights as sight_words
from troth.show.words import count


def register(app: typer.Typer) -> None:
    """Add these commands."""
    commands = (request, see, plan, decide, approve, apply, receipt, proof, acknowledge, links, unlink)
    for command in commands:
        app.command()(guarded(command))
    app.command("show")(guarded(show_plan))


def request(
    right: Annotated[str, typer.Argument(help="Right id: `access`, `erasure` ...")],
    who: Who,
    by: By,
    ground: Annotated[str, typer.Option(help="For erasure: why, such as `withdrawn`; by default: asked for.")] = "",
    home: Home = None,
    form: Form = Format.HUMAN,
) -> None:
    """File a request. What is printed is the same whether or not we know who asks."""
    with house(home, "filing") as opened:
        identifiers = requests.identifiers_from(opened, pairs(who), proven=True)
        received = requests.receive(opened, right, identifiers, ground=ground, by=acting(opened.policy, by))
    show(case_words(received.case, right, "open", received.due), {"case": received.case, "due": received.due}, form)


def see(case: CaseId, home: Home = None, form: Form = Format.HUMAN) -> None:
    """Say what every store holds: tables, counts, what brought each row in. No values."""
    with house(home, "looking") as opened:
        known = _identified(opened, case)
        with opened.unit() as unit:
            identifiers = unit.persons.identifiers(known.person or "")
        gathered = gather(opened, identifiers)
    counts = {name: {t.table: len(t.rows) for t in sight.tables.values()} for name, sight in gathered.sights.items()}
    show(sight_words(gathered.sights, tuple(gathered.unreachable)), counts, form)
    if gathered.unreachable:
        raise typer.Exit(Exit.COULD_NOT)


def plan(case: CaseId, home: Home = None, form: Form = Format.HUMAN) -> None:
    """Make the plan: every line with its ground and its exception. Nothing is changed."""
    with house(home, "planning", acts=True) as opened:
        _identified(opened, case)
        planned = planning.make_plan(opened, case)
        show(plan_words(planned.plan, planned.hash, opened.policy), _data(planned.plan), form)
        if planned.plan.applicable and not roles_for(opened, planned.plan.right):
            approving.approve_as_house(opened, case)
    if not planned.plan.applicable:
        raise typer.Exit(Exit.INVALID)


def show_plan(case: CaseId, home: Home = None, form: Form = Format.HUMAN) -> None:
    """Print the newest plan again, as it was kept."""
    with house(home, "reading") as opened:
        kept, digest = planning.plan_of(opened, case)
        show(plan_words(kept, digest, opened.policy), _data(kept), form)


def decide(
    case: CaseId,
    row: Annotated[str, typer.Argument(help="The row, as the plan prints it.")],
    theirs: Annotated[bool, typer.Option("--theirs/--not-theirs", help="Whose the row is.")],
    by: By,
    reason: Annotated[str, typer.Option(help="Why; kept sealed.")],
    home: Home = None,
) -> None:
    """Say whose a waiting row is; the next plan of the case goes by it."""
    with house(home, "deciding") as opened:
        actor = acting(opened.policy, by, roles_that_erase(opened.policy))
        right = planning.decide(opened, case, row, theirs=theirs, by=actor, reason=reason)
    then = "the worker goes on when every row is decided" if right == RESTORE else f"`troth plan {case}` plans anew"
    typer.echo(f"kept; {then}")


def links(case: CaseId, home: Home = None, form: Form = Format.HUMAN) -> None:
    """List what leads to the person of a case, since when and from where, and what was taken back. Shows values."""
    with house(home, "reading") as opened:
        found = linking.links(opened, case)
    show(link_words(case, found), links_json(found), form)


def unlink(
    case: CaseId,
    who: Who,
    by: By,
    reason: Annotated[str, typer.Option(help="Why; kept sealed.")],
    home: Home = None,
) -> None:
    """Take an identifier, or a decision about a row (`row=...`, `not-row=...`), from the person of a case."""
    with house(home, "writing down") as opened:
        actor = acting(opened.policy, by, roles_that_erase(opened.policy))
        number = linking.unlink(opened, case, pairs(who), by=actor, reason=reason)
        opened.state.ledger.place()
    typer.echo(
        f"{count(number, 'link')} taken back; `troth links {case}` keeps the history, `troth plan {case}` plans anew"
    )


def approve(
    case: CaseId,
    by: By,
    yes: Annotated[str, typer.Option(help="Say `yes` here to sign without being asked.")] = "",
    home: Home = None,
    form: Form = Format.HUMAN,
) -> None:
    """Sign exactly the plan that is shown. There is no undo for what it deletes."""
    settings = wire.read_settings(wire.home_folder(home))
    with house(home, "reading", acts=True) as opened:
        kept, digest = planning.plan_of(opened, case)
        staff = opened.policy.staff.get(by)
        if staff is None:
            remedy = "declare the public key in staff.yaml"
            raise InputError("unknown-signer", f"`{by}` is not declared in staff.yaml", remedy, exit_code=Exit.NO)
        show(plan_words(kept, digest, opened.policy), _data(kept), form)
        typed = yes or typer.prompt("There is no undo. Only `yes` signs this plan", default="no")
        if typed != "yes":
            typer.echo("not signed")
            raise typer.Exit(Exit.NO)
        signed = wire.sign_as(settings, by, staff.role, digest, opened.clock.now().isoformat())
        approving.approve(opened, case, signed)
    typer.echo(f"signed by {by} as {staff.role}: plan {digest}")


def apply(case: CaseId, home: Home = None, form: Form = Format.HUMAN) -> None:
    """Carry out the signed plan as far as the stores answer; again resumes and repeats nothing."""
    with house(home, "applying", acts=True) as opened:
        with opened.unit() as unit:
            found = unit.cases.get(case)
        done = working.carry_out(opened, found)
        opened.state.ledger.place()
        moved = applying.stale_stores(opened, done)
        loose = applying.without_transactions(opened, done, moved)
    if moved:
        raise _stale(case, moved, loose)
    show(case_words(done.id, done.right, done.state.value, done.due), case_json(done), form)
    raise typer.Exit(_ending(done))


def receipt(case: CaseId, home: Home = None, form: Form = Format.HUMAN) -> None:
    """Print the receipt of a closed case."""
    with house(home, "reading") as opened:
        with opened.unit() as unit:
            unit.cases.get(case)
            kept = unit.cases.receipt(case)
        since = reading.addendum(opened, case)
    if kept is None:
        remedy = f"`troth apply {case}` carries it out"
        raise InputError("no-receipt", f"case `{case}` is not closed", remedy, exit_code=Exit.NO)
    data = {**kept, "since": held_words.as_json(since)} if since else kept
    show(kept_receipt(kept) + held_words.addendum(since), data, form)


def proof(
    case: CaseId,
    to: Annotated[Path, typer.Option(help="File to write.")],
    home: Home = None,
) -> None:
    """Write the receipt with its proof, for anybody to check offline with `verify_offline.py`."""
    with house(home, "proving") as opened:
        opened.state.ledger.place()
        bundle = dict(opened.state.ledger.bundle(case))
        since = reading.addendum(opened, case)
    if since:  # said after the receipt was signed, and no part of what it proves
        bundle["since"] = held_words.as_json(since)
    to.write_text(json.dumps(bundle, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    if since:
        show(held_words.addendum(since), bundle["since"], Format.HUMAN)
    typer.echo(f"{to}: check it with `troth verify {to}` or with the script that `troth verify --script` prints")


def acknowledge(
    case: CaseId,
    recipient: Annotated[str, typer.Argument(help="Recipient id.")],
    by: By,
    home: Home = None,
) -> None:
    """Write down that a recipient has answered; its letter is destroyed."""
    with house(home, "writing down") as opened:
        telling.acknowledge(opened, case, recipient, by=acting(opened.policy, by))
    typer.echo(f"{recipient} has acknowledged case {case}")


def _identified(opened: House, case_id: str) -> Case:
    """Find out who asks, if the worker has not yet."""
    case = requests.identify(opened, case_id)
    if case.person is None:
        typer.echo("Nobody is known by what was given. The case ends by itself.")
        raise typer.Exit(Exit.NO)
    return case


def _data(made: Plan) -> object:
    return json.loads(dump(made))


def _stale(case: str, moved: Sequence[str], loose: Sequence[str]) -> InputError:
    message = f"the data in {', '.join(moved)} moved since the plan of case `{case}`: nothing was changed there"
    if loose:
        tables = ", ".join(f"`{table}`" for table in loose)
        message += f" this time; what an attempt that broke off did in {tables} stays done, outside any transaction"
    return InputError("plan-stale", message, f"read and sign a new plan: `troth plan {case}`", exit_code=Exit.STALE)


def _ending(case: Case) -> int:
    return Exit.DONE if case.state is CaseState.CLOSED else Exit.COULD_NOT

"""Commands that let work go on, and that show how things stand: worker, pause, status, pages, verify."""

import runpy
import sys
from datetime import datetime, timedelta
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated

import typer

from troth import wire
from troth.desk import working
from troth.desk.staff import acting, roles_that_erase
from troth.desk.status import Status
from troth.desk.status import status as measure
from troth.edges.cli.options import By, Form, Home, house
from troth.edges.console import Exit, Format, guarded, show
from troth.edges.worker import run_worker, said
from troth.model.problem import InputError
from troth.show.standing import for_roles, for_roles_json, standing, troubles, waits, waits_json
from troth.show.words import count, day, moment

MAIL_LATE = timedelta(hours=1)
"""After that a message in the mail path is trouble: what is merely put off for a minute is none."""


def register(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (worker, retry, pause, resume, status, pages, verify, reconcile):
        app.command()(guarded(command))


def worker(
    *,
    once: Annotated[bool, typer.Option("--once", help="Do what is due now, then end.")] = False,
    home: Home = None,
) -> None:
    """Do due work: identify, plan, apply, destroy what has passed its day."""
    settings = wire.read_settings(wire.home_folder(home))
    with house(home, "working", acts=True) as opened:
        for done in working.work_until_idle(opened, "once") if once else ():
            typer.echo(said(done))
    if not once:
        run_worker(settings, typer.echo)


def retry(by: By, home: Home = None) -> None:
    """Open work that failed as often as allowed, once its cause is mended. The sweeper does it once a day."""
    with house(home, "opening again") as opened:
        number = working.retry(opened, by=acting(opened.policy, by))
    typer.echo(f"{count(number, 'piece of work', 'pieces of work')} {'is' if number == 1 else 'are'} open again")


def pause(
    code: Annotated[str, typer.Option(help="Why, as a short code: it is kept in the ledger.")],
    by: By,
    home: Home = None,
) -> None:
    """Stop all taking of work, at once, for every worker."""
    with house(home, "pausing") as opened, opened.unit(acting(opened.policy, by)) as unit:
        unit.due.pause(code=code)
    typer.echo("paused; `troth resume` lets work go on")


def resume(by: By, home: Home = None) -> None:
    """Let work go on."""
    with house(home, "resuming") as opened, opened.unit(acting(opened.policy, by)) as unit:
        unit.due.resume()
    typer.echo("work goes on")


def status(home: Home = None, form: Form = Format.HUMAN) -> None:
    """Say how things stand: open cases, what is late, whether the ledger agrees with its witness."""
    settings = wire.read_settings(wire.home_folder(home))
    with house(home, "measuring", broken=True) as opened:
        found = measure(opened, settings.policy)
    mail = wire.mail_waiting(settings)
    late_mail = mail.since and datetime.fromisoformat(found.at) - mail.since > MAIL_LATE
    around = [n.says for n in found.notice if n.what == "invalid" or (n.due and n.due.isoformat() < found.at[:10])]
    trouble = around + troubles(
        overdue=[case.id for case in found.overdue],
        late=len(found.sweep.late),
        given_up=len(found.sweep.given_up),
        paused=found.paused,
        ledger=found.ledger,
        closed=found.closed,
        policy=found.policy,
        observing=found.observing,
        noted=found.noted,
        mail_since=mail.since if late_mail else None,
        damaged=mail.damaged,
    )
    figures = _figures(found)
    if mail.parcels:
        since = f", since {moment(mail.since)}" if mail.since else ""
        figures["messages that wait"] = f"{mail.parcels}{since}"
    pending = found.waiting, found.somebody, found.more
    data = {
        "at": found.at,
        "figures": figures,
        "troubles": trouble,
        **waits_json(*pending),
        "notice": for_roles_json(found.notice),
    }
    days = {**figures, "next answer due": day(found.next_due) if found.next_due else "none"}
    show(standing(found.at, days, trouble) + waits(*pending) + for_roles(found.notice), data, form)
    if trouble:
        raise typer.Exit(Exit.NO)


def pages(
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port on this machine; 0: any that is free.")] = 0,
    home: Home = None,
) -> None:
    """Serve the read-only pages on this machine until stopped with Ctrl-C."""
    from troth.edges.pages import serve  # noqa: PLC0415 - loads a web server

    with house(home, "") as opened:  # what is served has no end to be waited for
        serve(opened, port, lambda address: typer.echo(f"pages: {address}  (stop: Ctrl-C)"))


def verify(
    *,
    bundle: Annotated[Path | None, typer.Argument(help="File that `troth proof` wrote.")] = None,
    trust: Annotated[str, typer.Option(help="Verifier key that you got by another way.")] = "",
    script: Annotated[bool, typer.Option("--script", help="Print the stand-alone script instead.")] = False,
) -> None:
    """Check a receipt offline. The same script runs anywhere with Python and `cryptography`, without Troth."""
    source = files("troth.ledger").joinpath("verify_offline.py")
    if script:
        sys.stdout.write(source.read_text(encoding="utf-8"))
        return
    if bundle is None:
        raise InputError("no-bundle", "nothing to verify was named", "`troth proof CASE --to FILE` writes one")
    with as_file(source) as path:
        sys.argv = [str(path), str(bundle), *(["--trust", trust] if trust else [])]
        runpy.run_path(str(path), run_name="__main__")


def reconcile(
    code: Annotated[str, typer.Option(help="What happened, as a short code such as `restored-backup`.")],
    reason: Annotated[str, typer.Option(help="What was done about the missing events; kept sealed.")],
    by: By,
    home: Home = None,
) -> None:
    """Open a ledger that is behind its witness, after the missing events have been dealt with."""
    settings = wire.read_settings(wire.home_folder(home))
    policy = wire.read_policy(settings)
    wire.reconcile(settings, code=code, reason=reason, by=acting(policy, by, roles_that_erase(policy)))
    typer.echo("reconciled; what was missing stands in the ledger")


def _figures(found: Status) -> dict[str, str]:
    states = ", ".join(f"{number} {state}" for state, number in sorted(found.states.items()))
    return {
        "open cases": states or "none",
        "next answer due": found.next_due.isoformat() if found.next_due else "none",
        "ledger": f"{found.size} events in order",
    }

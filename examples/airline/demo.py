"""`make demo`: the whole story on the sample airline, told with the commands that anybody can type afterwards."""

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.rule import Rule

from examples.airline.data import cast
from examples.airline.install import install
from troth import wire
from troth.ledger.server import default_folder

CONSOLE = Console(highlight=False)


def main() -> None:
    """Tell the story; with a terminal, leave the pages running at the end."""
    arguments = _arguments()
    home: Path = arguments.home
    _fresh(home)
    os.environ[wire.HOME] = str(home)
    _build(home, arguments.customers)
    _check_and_ask()
    access = _access()
    erasure = _erasure()
    _prove(home, erasure)
    _chapter("6. Look around", f"Everything is in {home}. Try: troth status, troth doctor, troth show {access}")
    if sys.stdout.isatty() and not arguments.no_pages:
        CONSOLE.print(f"\nThe pages run until you press Ctrl-C. Afterwards `TROTH_HOME={home} .venv/bin/troth down`")
        CONSOLE.print("stops the database, and `rm -r` on that folder removes everything.\n")
        _troth("pages", check=False)
    else:
        _troth("down")


def _check_and_ask() -> None:
    _chapter("1. Say", "The policy folder is compiled as a whole: it is either right, or all its problems are shown.")
    _troth("check")
    _troth("publish", "--by", "ines")
    _chapter("2. Ask", "May this newsletter go to this member? The gate answers with all its reasons.")
    demo, objector = (f"customer-number={person.customer_number}" for person in (cast.DEMO, cast.OBJECTOR))
    _troth("know", "--who", demo, "--relationship", "customer", "--relationship", "member", "--by", "ines")
    _troth("choose", "newsletter", "--yes", "--who", demo, "--by", "ines")
    _troth("ask", "newsletter", "--who", demo, "--channel", "email")
    _troth("ask", "newsletter", "--who", demo, "--channel", "push", check=False)
    _troth("know", "--who", objector, "--relationship", "customer", "--relationship", "member", "--by", "ines")
    _troth("choose", "newsletter", "--yes", "--who", objector, "--by", "ines")
    _troth("object", "--who", objector, "--by", "ines")
    _troth("ask", "newsletter", "--who", objector, "--channel", "email", check=False)


def _access() -> str:
    _chapter("3. Access", f"{cast.DEMO.name} asks what is held about her.")
    case = _request("access", cast.DEMO)
    _troth("see", case)
    _troth("plan", case)
    _troth("approve", case, "--by", "ines", "--yes", "yes", quiet=True)
    _troth("apply", case)
    return case


def _erasure() -> str:
    _chapter(
        "4. Erasure", "Then she asks for it to be erased. Nothing happens before somebody signs exactly this plan."
    )
    case = _request("erasure", cast.DEMO)
    _troth("plan", case)
    _troth("approve", case, "--by", "ines", "--yes", "yes", quiet=True)
    _troth("apply", case)
    _troth("receipt", case)
    return case


def _prove(home: Path, case: str) -> None:
    _chapter("5. Prove", "The receipt is checked offline by one small script that trusts neither us nor this machine.")
    bundle = home / "receipt.json"
    _troth("proof", case, "--to", str(bundle))
    _troth("verify", str(bundle))


def _request(right: str, person: cast.CastMember) -> str:
    who = f"customer-number={person.customer_number}"
    shown = _troth("request", right, "--who", who, "--by", "ines", "--format", "json", capture=True)
    case = str(json.loads(shown)["case"])
    CONSOLE.print(f"case {case}")
    return case


def _troth(*words: str, check: bool = True, capture: bool = False, quiet: bool = False) -> str:
    """Run one `troth` command as a user would, and show the command before what it prints."""
    CONSOLE.print(f"\n[bold cyan]$[/] [bold]troth {' '.join(words)}[/]")
    to = subprocess.PIPE if capture or quiet else None
    done = subprocess.run(  # noqa: S603 - our own commands
        [sys.executable, "-m", "troth", *words], check=False, stdout=to, text=True
    )
    if check and done.returncode:
        raise SystemExit(f"troth {words[0]} ended with {done.returncode}")
    return done.stdout or ""


def _build(home: Path, customers: int) -> None:
    _chapter("0. A sample airline", f"{customers:,} invented customers in three databases, on a private PostgreSQL.")
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:,.0f} of {task.total:,.0f}"))
    with Progress(*columns, console=CONSOLE, transient=True) as bar:
        task = bar.add_task("building", total=customers)
        made = install(
            home,
            customers=customers,
            progress=lambda done, total, what: bar.update(task, completed=done, total=total, description=what),
        )
    for store, tables in made.rows.items():
        CONSOLE.print(f"  {store}: {sum(tables.values()):,} rows in {len(tables)} tables")


def _fresh(home: Path) -> None:
    if (home / "settings.toml").exists():
        wire.stop_server(wire.read_settings(home))
    shutil.rmtree(home, ignore_errors=True)


def _chapter(title: str, says: str) -> None:
    CONSOLE.print()
    CONSOLE.print(Rule(title, align="left", style="cyan"))
    CONSOLE.print(says)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=default_folder().parent / "demo", help="where the sample is made")
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--no-pages", action="store_true", help="tell the story and end")
    return parser.parse_args()


if __name__ == "__main__":
    main()

"""`make demo`: the whole story on the sample airline, told with the commands that anybody can type afterwards.

What they print at length is folded, and never reworded; without the fold it is what the same command prints again.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.rule import Rule
from rich.text import Text

from examples.airline.data import cast
from examples.airline.fold import fold, plain
from examples.airline.install import install
from troth import wire
from troth.ledger.server import default_folder

WIDTH = min(shutil.get_terminal_size((100, 40)).columns, 100)
CONSOLE = Console(highlight=False, width=WIDTH)
CASE = re.compile(r"\bc-[0-9a-z]{8,}\b")


def main() -> None:
    """Tell the story; with a terminal, leave the pages running at the end."""
    arguments = _arguments()
    home: Path = arguments.home
    _fresh(home)
    os.environ[wire.HOME] = str(home)
    _build(home, arguments.customers)
    _say()
    _ask()
    access = _show(home)
    erasure = _erase()
    _prove(home, erasure)
    _look_around(home, access, erasure, pages=sys.stdout.isatty() and not arguments.no_pages)


def _build(home: Path, customers: int) -> None:
    _chapter(
        "A sample airline",
        f"{customers:,} invented customers in three databases. Five steps: say, ask, show, erase, prove.",
        "All of it is done by commands that you can type yourself. At a ⋮ a long list is folded: each kind of line"
        " stands once, the others are counted, and the command above prints them all.",
    )
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:,.0f} of {task.total:,.0f}"))
    with Progress(*columns, console=CONSOLE, transient=True) as bar:
        task = bar.add_task("building", total=customers)
        made = install(
            home,
            customers=customers,
            progress=lambda done, total, what: bar.update(task, completed=done, total=total, description=what),
        )
    for store, tables in made.rows.items():
        CONSOLE.print(f"{store:10}{sum(tables.values()):>8,} rows in {len(tables)} tables")


def _say() -> None:
    _chapter(
        "1  Say", "One folder of text declares what is promised. It is right as a whole, or says all its problems."
    )
    _troth("check")
    _troth("publish", "--by", "ines")


def _ask() -> None:
    _chapter(
        "2  Ask",
        f"May the newsletter go to {cast.DEMO.name}? She said yes to e-mail; nobody asked her about her phone.",
        f"{cast.OBJECTOR.name} said yes too, and objected later. Look at the reasons: each has its clause and law.",
    )
    demo, objector = (f"customer-number={person.customer_number}" for person in (cast.DEMO, cast.OBJECTOR))
    for who in (demo, objector):
        _troth("know", "--who", who, "--relationship", "customer", "--relationship", "member", "--by", "ines")
        _troth("choose", "newsletter", "--yes", "--who", who, "--by", "ines", apart=False)
    _troth("object", "--who", objector, "--by", "ines", apart=False)
    _troth("ask", "newsletter", "--who", demo, "--channel", "email")
    _troth("ask", "newsletter", "--who", demo, "--channel", "push", ends=2)
    _troth("ask", "newsletter", "--who", objector, "--channel", "email", ends=2)


def _show(home: Path) -> str:
    _chapter(
        "3  Show",
        f"{cast.DEMO.name} asks what is held about her. Look at what brought each row in. A row that only a cookie"
        " ties to her, which others may share, is left out until a person decides.",
    )
    case = _request("access")
    _troth("see", case)
    _troth("plan", case)
    _sign_and_apply(case)
    CONSOLE.print("\nHer copy:")
    for file in sorted((home / "packages" / case).iterdir()):
        CONSOLE.print(f"  {file}  [bright_black]{file.stat().st_size:,} bytes[/]", soft_wrap=True)
    return case


def _erase() -> str:
    _chapter(
        "4  Erase",
        "Then she asks for it to be erased. Nothing happens before somebody signs exactly this plan. Look at",
        "- the booking that others are on: it stays for them, without her;",
        "- the invoices: they stay as long as a law says, closed to every other use, and go on that day;",
        "- the companies that were given her data: they are told;",
        "- the receipt: what became of each line, what is left, and whom to write to if she disagrees.",
        "The copy of step 3 goes too.",
    )
    case = _request("erasure")
    _troth("plan", case)
    _sign_and_apply(case)
    _troth("receipt", case)
    return case


def _prove(home: Path, case: str) -> None:
    _chapter(
        "5  Prove",
        "The receipt is checked offline by one small script that trusts neither us nor this machine. Look at what"
        " each check proves, and what it does not.",
    )
    bundle = str(home / "receipt.json")
    _troth("proof", case, "--to", bundle)
    _troth("verify", bundle)


def _look_around(home: Path, access: str, erasure: str, *, pages: bool) -> None:
    _chapter("Look around", "All of it stays. The database starts by itself when a command needs it.")
    wanted = {
        f"export TROTH_HOME={home}": "",
        f".venv/bin/troth show {access}": "the whole plan of her copy",
        f".venv/bin/troth show {erasure}": "the whole plan of her erasure",
        f".venv/bin/troth receipt {erasure}": "the whole receipt",
        ".venv/bin/troth notice": "the notice that the same folder publishes",
        ".venv/bin/troth status": "how things stand",
        ".venv/bin/troth pages": "the same as pages to click through, until you press Ctrl-C",
        ".venv/bin/troth down; rm -r $TROTH_HOME": "removes everything",
    }
    CONSOLE.print()
    for command, what in wanted.items():
        CONSOLE.print(f"  [bold]{command:44}[/]  {what}".rstrip(), soft_wrap=True)
    CONSOLE.print()
    if pages:
        CONSOLE.print("The same as pages, until you press Ctrl-C:")
        with suppress(KeyboardInterrupt):
            subprocess.run([sys.executable, "-m", "troth", "pages"], check=False)
    wire.stop_server(wire.read_settings(home))


def _request(right: str) -> str:
    said = _troth("request", right, "--who", f"customer-number={cast.DEMO.customer_number}", "--by", "ines")
    found = CASE.search(said)
    if found is None:
        raise SystemExit("the request was given no case")
    return found[0]


def _sign_and_apply(case: str) -> None:
    _troth("approve", case, "--by", "ines", "--yes", "yes", last=1)
    _troth("apply", case, apart=False)


def _troth(*words: str, ends: int = 0, last: int = 0, apart: bool = True) -> str:
    """Run one `troth` command as a user would, and print it and what it says.

    Args:
        words: of the command.
        ends: the exit code it must have.
        last: print so many of its last lines only, because the others were printed before.
        apart: with an empty line before it.
    """
    if apart:
        CONSOLE.print()
    CONSOLE.print(Text.assemble(("$ ", "bold cyan"), (f"troth {' '.join(words)}", "bold")), soft_wrap=True)
    colour = {"FORCE_COLOR": "1"} if CONSOLE.is_terminal and not CONSOLE.no_color else {}
    done = subprocess.run(  # noqa: S603 - our own commands
        [sys.executable, "-m", "troth", *words],
        check=False,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **colour, "COLUMNS": str(WIDTH)},
    )
    for line in [*fold(done.stdout.strip("\n"))][-last:]:
        sys.stdout.write(f"{line.rstrip()}\n")
    sys.stdout.flush()
    if done.returncode != ends:
        raise SystemExit(f"troth {words[0]} ended with {done.returncode}")
    return plain(done.stdout)


def _fresh(home: Path) -> None:
    if (home / "settings.toml").exists():
        wire.stop_server(wire.read_settings(home))
    shutil.rmtree(home, ignore_errors=True)


def _chapter(title: str, *says: str) -> None:
    CONSOLE.print()
    CONSOLE.print(Rule(Text(title, style="bold"), align="left", style="cyan"))
    for line in says:
        CONSOLE.print(line)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=default_folder().parent / "demo", help="where the sample is made")
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--no-pages", action="store_true", help="tell the story and end")
    return parser.parse_args()


if __name__ == "__main__":
    main()

"""The story of `make demo`: told to its end by the real commands, with long lists folded and nothing lost unsaid."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from examples.airline.fold import fold, plain
from tests.journey.world import nest

from troth.ledger.server import Server

ROOT = Path(__file__).parents[2]
SECTION = """
In bookings
-  delete coupon: 8 rows
     because it is time
=  keep invoice: 1 row
-  delete note: 1 row
     because it is time
-  delete customer: 1 row
-  delete passenger: 1 row
-  delete message: 1 row

In website
-  delete account: 1 row
~  mask visit: 2 rows
-  delete search: 1 row
-  delete choice: 1 row
-  delete enquiry: 1 row
-  delete letter: 1 row
7 to delete"""
FOLDED = """
In bookings
-  delete coupon: 8 rows
     because it is time
=  keep invoice: 1 row
⋮  more: 4 -

In website
~  mask visit: 2 rows
⋮  more: 5 -
7 to delete"""
TABLE = "\n".join(["line  where", *(f"{n:4}  bookings.coupon" for n in range(1, 12)), "That is all."])


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        (SECTION, FOLDED),
        (TABLE, "line  where\n   1  bookings.coupon\n⋮  more: 10 rows\nThat is all."),
        ("-  one\n-  two\n     and why\n-  three\n-  four\n-  five", None),
        ("plan     abc\npolicy   def\nmade at  today\nright    erasure\n\nA sentence.  Another one.", None),
        ("", None),
    ],
    ids=["lists", "numbered rows", "a short list", "pairs", "nothing"],
)
def test_only_long_lists_are_folded(text: str, folded: str | None) -> None:
    """Each kind of line stands once with all that belongs to it; how many are left out is said."""
    assert "\n".join(fold(text)) == (text if folded is None else folded)


def test_colour_changes_nothing() -> None:
    """A glyph in colour is the same glyph, and the lines that stay keep their colour."""
    coloured = re.sub(r"(?m)^([-=~])", "\x1b[31m\\1\x1b[0m", SECTION)
    assert plain("\n".join(fold(coloured))) == FOLDED
    assert "\x1b[31m=\x1b[0m  keep" in "\n".join(fold(coloured))


@pytest.fixture
def home() -> Iterator[Path]:
    """Where a sample is made."""
    made = nest() / "home"
    yield made
    Server(made / "server").stop()
    shutil.rmtree(made.parent)


@pytest.mark.timeout(600)
def test_the_story_is_told_to_its_end(home: Path) -> None:
    """All five steps by the real commands, short enough for one sitting; no server runs afterwards."""
    told = subprocess.run(
        [sys.executable, "-m", "examples.airline.demo", "--home", home, "--customers", "220", "--no-pages"],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=580,
    )
    assert told.returncode == 0, told.stdout[-3000:] + told.stderr
    assert re.findall(r"(?m)^(\d  \w+) ──", told.stdout) == ["1  Say", "2  Ask", "3  Show", "4  Erase", "5  Prove"]
    assert re.findall(r"(?m)^(Yes, allowed\.|No\.)$", told.stdout) == ["Yes, allowed.", "No.", "No."]
    assert re.search(r"(?m)^VERIFIED", told.stdout)
    assert len(told.stdout.splitlines()) < 400
    assert ".venv/bin/troth pages " in told.stdout, "without a terminal nothing is served, so it says how to"
    assert "Traceback" not in told.stdout + told.stderr
    assert not (home / "server" / "data" / "postmaster.pid").exists()
    assert not list((home / "packages").iterdir()), "her copy went with the rest"

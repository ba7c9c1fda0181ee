"""What is shown is what stands there: nothing steers the terminal, nothing is kept by the shell."""

import json

import pytest
from tests.edges.shop import Shop

from troth.desk.requests import identifiers_from, receive
from troth.edges.cli.options import pairs
from troth.show.blocks import Pairs, Table
from troth.show.package import inert
from troth.show.terminal import json_text, plain, safe

TURNED = "invoice\u202egpj.exe"


@pytest.mark.parametrize("mark", ["\u202e", "\u2066", "\r", "\x1b", "\x9b"])
def test_no_mark_steers_the_terminal(mark: str) -> None:
    """Neither as text nor as JSON, which reads back the same."""
    assert mark not in safe(f"a{mark}b")
    text = json_text({"key": f"a{mark}b"})
    assert mark not in text
    assert json.loads(text) == {"key": f"a{mark}b"}


def test_brackets_in_somebody_elses_words_are_words() -> None:
    """Captions, column names and labels come from a database, and are no markup."""
    blocks = (Pairs([("[/x]", "[red]")]), Table(caption="[/x]", columns=("[/y]",), rows=(("[/z]",),)))
    assert all(word in plain(blocks) for word in ("[/x]", "[red]", "[/y]", "[/z]"))


@pytest.mark.parametrize("cell", ["-200", "+49 40 123456", "-1.50", "+4940123", "plain"])
def test_numbers_stay_as_they_are_in_a_copy(cell: str) -> None:
    """What is called machine-readable is."""
    assert inert(cell) == cell


@pytest.mark.parametrize("cell", ["=1+1", "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\tx", "+", "-"])
def test_formulas_do_not_run(cell: str) -> None:
    """Negative control."""
    assert inert(cell) == f"'{cell}"


def test_a_kind_alone_is_asked_for(shop: Shop) -> None:
    """So an address stands in no shell history and no process list; the answer is not printed either."""
    done = shop.troth("know", "--who", "customer-number", "--by", "nell", typed="T-001\n")
    assert done.returncode == 0, done.stderr
    assert "T-001" not in done.stdout
    with shop.house() as house, house.unit() as unit:
        (number,) = identifiers_from(house, pairs(["customer-number=T-001"]), proven=True)
        assert unit.persons.by(number) == done.stdout.split()[-1]


def test_a_waiting_row_is_named_as_decide_wants_it(shop: Shop) -> None:
    """The printed plan is enough to decide from: the name that it prints is taken, and the next plan has the row."""
    with shop.house() as house:
        given = identifiers_from(house, pairs(["email=maud@ellery.example"]), proven=True)
        case = receive(house, "erasure", given, by="staff:nell").case
    shown = shop.troth("plan", case).stdout
    assert "Left untouched until a person decides" in shown
    (row,) = [line.strip() for line in shown.splitlines() if line.strip().startswith("shop.customer(")]
    assert row == "shop.customer(1)"
    decided = shop.troth("decide", case, row, "--theirs", "--by", "nell", "--reason", "she showed the parcel")
    assert decided.returncode == 0, decided.stderr
    assert "Left untouched until a person decides" not in shop.troth("plan", case).stdout

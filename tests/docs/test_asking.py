"""The pages about asking: their programs run against a real installation, and print what the page says."""

import os
import re
import subprocess
import sys

import pytest
from tests.client.town import customers
from tests.edges.conftest import built, shop
from tests.edges.shop import Shop
from tests.edges.test_gate_over_http import Served, house, linked, served
from tests.ledger.conftest import postgres
from tests.repo.sources import ROOT

from troth import wire
from troth.desk.house import House
from troth.edges.gate.problems import KINDS

__all__ = ["built", "house", "postgres", "served", "shop"]
PAGES = ROOT / "docs" / "how-to"


def told(page: str) -> tuple[str, str]:
    """All programs of a page as one, and all they print."""
    text = (PAGES / page).read_text(encoding="utf-8")
    found = [re.findall(rf"^```{kind}\n(.*?)^```", text, re.MULTILINE | re.DOTALL) for kind in ("python", "text")]
    assert found[0]
    return "\n".join(found[0]), "".join(found[1])


def ran(program: str, shop: Shop, **environment: str) -> str:
    here = {**os.environ, wire.HOME: str(shop.home), **environment}
    done = subprocess.run([sys.executable, "-c", program], env=here, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    return done.stdout


@pytest.fixture
def known(house: House) -> None:
    """Somebody who said yes, found by the page's number."""
    (person,) = customers(house, 1)
    linked(house, person)


def test_the_page_about_programs(shop: Shop, known: None) -> None:
    """As printed, line by line."""
    program, prints = told("ask-from-a-program.md")
    assert ran(program, shop) == prints


def test_the_page_about_http(shop: Shop, known: None, served: Served) -> None:
    """As printed, with the gate that `troth gate` starts."""
    program, prints = told("ask-over-http.md")
    assert ran(program, shop, GATE=served.address, GATE_KEY=served.secret) == prints


def test_every_refusal_stands_on_the_page() -> None:
    """With its status; and none that is gone."""
    rows = re.findall(
        r"^\| (`.*?) \| ([\d, ]+) \|", (PAGES / "ask-over-http.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    on_page = {}
    for codes, statuses in rows:
        names, numbers = re.findall(r"`(.*?)`", codes), [int(each) for each in statuses.split(",")]
        on_page |= dict(zip(names, numbers * (len(names) if len(numbers) == 1 else 1), strict=False))
    assert on_page == {code: kind.status for code, kind in KINDS.items()}

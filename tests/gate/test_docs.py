"""The page on the gate names every rule, fact, code and duty there is, and no code that is gone."""

import re
from pathlib import Path

from troth.gate.codes import CODES
from troth.gate.duties import DUTIES, LEAVE_OUT, LEDGER_LATER
from troth.gate.rules import RULES

PAGE = (Path(__file__).parents[2] / "docs/architecture/5-the-gate.md").read_text("utf-8")


def test_rules_stand_in_their_order_with_their_facts() -> None:
    """The table of rules is the tuple of rules."""
    rows = re.findall(r"^\| `([a-z-]+)` \|(.*?)\| ", PAGE, flags=re.MULTILINE)
    wanted = [(rule.name, ", ".join(f"`{name}`" for name in sorted(rule.reads))) for rule in RULES]
    told = [(name, "" if "if known" in facts else facts.strip()) for name, facts in rows]

    assert told == wanted


def test_codes_are_told() -> None:
    """Every code is on the page, and the page lists no other."""
    section = PAGE.split("## Codes")[1].split("Duties:")[0]

    assert set(re.findall(r"`([a-z]+-?[a-z-]*)`", section)) == set(CODES)


def test_duties_are_told() -> None:
    """Every duty is on the page."""
    assert all(re.search(f"`{duty}[:`]", PAGE) for duty in (*DUTIES, LEAVE_OUT, LEDGER_LATER))

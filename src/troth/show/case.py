"""A case in a few lines: the same outward words whether or not anybody is known."""

from datetime import date
from typing import Any

from troth.model.case import Case
from troth.show.blocks import Blocks, Heading, Pairs
from troth.show.words import day

NEXT = {
    "open": "we find out what is held",
    "planned": "somebody with the right role reads and signs the plan",
    "approved": "the worker carries it out",
    "applying": "a store has not answered yet; the worker tries again",
    "waiting": "a person or a slower system has to answer",
    "looking": "what was done is looked at again",
    "closed": "done; the receipt is kept",
    "failed": "something was left: a new plan is due",
}


def case(case_id: str, right: str, state: str, due: date) -> Blocks:
    """Reference, date and what happens next."""
    rows = [("case", case_id), ("state", state), ("answer due", day(due)), ("next", NEXT[state])]
    return (Heading(f"Request for {right}"), Pairs(rows))


def as_json(value: Case) -> dict[str, Any]:
    """Without the person."""
    return {
        "case": value.id,
        "right": value.right,
        "state": value.state.value,
        "opened_at": value.opened_at.isoformat(),
        "due": value.due.isoformat(),
        "plan": value.plan,
    }

"""The maker of floors: what its policy opens and closes at the gate, as its promises say."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from troth.catalog import Catalog
from troth.gate.ask import ask
from troth.model.policy import Policy
from troth.model.question import Answer, ChoiceState, Facts, Objection, Operation, Question
from troth.policy import compile_folder

FOLDER = Path(__file__).parents[2] / "examples" / "flooring" / "policy"
AT = datetime(2026, 10, 5, 9, 30, tzinfo=UTC)

HAPPENED: dict[str, Any] = {"events": {"ordered": AT}, "matters": frozenset(), "messages": {}}
"""They ordered; no case is open, and nobody wrote to them."""


@cache
def floors() -> Policy:
    policy, problems = compile_folder(FOLDER, Catalog.load())
    assert policy
    assert problems == []
    return policy


def person(*relationships: str, yes: Mapping[str, int] | None = None, no: tuple[Objection, ...] = ()) -> Facts:
    """Known in these relationships, with a yes to these choices in these versions, and these objections."""
    choices = {
        name: ChoiceState(yes=True, version=version, at=AT, event=1, confirmed=True)
        for name, version in (yes or {}).items()
    }
    return Facts(frozenset(relationships), choices, no, (), residence="GB", birth_year=1971, erased=False, **HAPPENED)


def said(operation: Operation, purpose: str, facts: Facts, *fields: str, at: datetime = AT, **more: str) -> Answer:
    return ask((floors(),), Question(operation, purpose, "p-1", at, fields, **more), facts, lambda _: "")


def refusals(answer: Answer) -> set[str]:
    return {reason.code for reason in answer.reasons if not reason.allows}


NEWS = {
    "email": "news-written",
    "sms": "news-written",
    "phone": "news-calls",
    "video": "news-calls",
    "post": "news-letters",
}


def test_each_way_to_send_news_has_its_own_yes() -> None:
    """A yes to e-mail opens e-mail; the four others stay closed."""
    somebody = person("customer", yes={"news-email": 1})

    open_ways = [way for way, use in NEWS.items() if said(Operation.SEND, use, somebody, channel=way).allowed]

    assert open_ways == ["email"]


def test_taking_a_yes_back_leaves_the_driver_the_number() -> None:
    """The same number: for news it needed a yes, for the order it does not."""
    after = person("customer", no=(Objection("", "", marketing=True, at=AT, event=2),))

    assert said(Operation.SEND, "run-orders", after, "name", "phone", channel="phone").allowed
    assert "objection-marketing" in refusals(said(Operation.SEND, "news-calls", after, channel="phone"))


def test_a_yes_to_the_words_of_before_opens_nothing_new() -> None:
    """Consent to version 0 is none to version 1."""
    before = person("customer", yes={"news-email": 0})

    assert refusals(said(Operation.SEND, "news-written", before, channel="email")) & {
        "choice-wording-unknown",
        "choice-outdated",
    }


@pytest.mark.parametrize("purpose", ["settle-complaints", "keep-crime-out", "news-written", "answer-queries", "fraud"])
def test_a_recording_opens_for_training_and_quality_alone(purpose: str) -> None:
    caller = person("caller", "customer", "registered")

    asked = said(Operation.READ, purpose, caller, "call-recording", role="care-agent")
    coach = said(Operation.READ, "call-training", caller, "call-recording", role="care-coach")

    assert not asked.allowed
    assert refusals(asked) & {"field-not-used", "field-never", "purpose-unknown"}
    assert coach.allowed
    assert coach.released == ("call-recording",)


def test_nobody_but_the_coach_plays_a_recording() -> None:
    played = said(Operation.READ, "call-quality", person("caller"), role="marketer")

    assert "role-not-reader" in refusals(played)


def test_an_objection_to_better_pages_leaves_the_answer_to_a_question() -> None:
    somebody = person("visitor", "enquirer", no=(Objection("improve-website", "", marketing=False, at=AT, event=2),))

    assert "objection-purpose" in refusals(said(Operation.USE, "improve-website", somebody))
    assert said(Operation.SEND, "answer-queries", somebody, "name", "email", channel="email", role="care-agent").allowed


def test_the_showroom_is_closed_until_its_day() -> None:
    """The day before it begins nothing of it is open, with whatever yes; on its day the yes counts."""
    guest = person("registered", yes={"headset-tour": 1})
    before = said(Operation.USE, "showroom-tour", guest, at=datetime(2027, 4, 30, 12, tzinfo=UTC))
    on_the_day = said(Operation.USE, "showroom-tour", guest, at=datetime(2027, 5, 1, 12, tzinfo=UTC))

    assert refusals(before) == {"not-begun", "activity-not-running"}
    assert on_the_day.allowed


@pytest.mark.parametrize("recipient", ["list-broker", "larkmail"])
def test_a_list_leaves_for_nobody_who_is_not_meant_to_have_it(recipient: str) -> None:
    """Neither a stranger, nor somebody of ours who has a contract for something else."""
    asked = said(Operation.DISCLOSE, "news-letters", person("customer"), "name", recipient=recipient)

    assert refusals(asked) & {"recipient-unknown", "recipient-not-for-purpose"}


def test_a_single_transfer_ends_with_its_paper() -> None:
    """The paper for one dispute was in force for seven days; on the eighth it protects nothing."""
    enquirer = person("enquirer", "customer")
    during, after = (
        refusals(
            said(
                Operation.TRANSFER,
                "settle-complaints",
                enquirer,
                "name",
                at=datetime(2026, 7, day, 12, tzinfo=UTC),
                recipient="overseas-counsel",
                destination="US",
            )
        )
        for day in (7, 8)
    )

    assert "safeguard-missing" not in during
    assert "safeguard-missing" in after


def test_an_invoice_is_open_to_bookkeeping_alone() -> None:
    somebody = person("customer")

    assert said(Operation.READ, "invoices", somebody, "invoice", role="bookkeeper").allowed
    others = [name for name in floors().purposes if name != "invoices"]
    assert not any(
        said(Operation.READ, name, somebody, "invoice", role=role).allowed for name in others for role in floors().roles
    )

"""The supplier of aviation parts: what its policy opens and closes at the gate, as its promises say."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from troth.catalog import Catalog
from troth.gate.ask import ask
from troth.model.law import Law
from troth.model.policy import Policy
from troth.model.question import Answer, ChoiceState, Facts, Objection, Operation, Question
from troth.policy import compile_folder

FOLDER = Path(__file__).parents[2] / "examples" / "parts" / "policy"
AT = datetime(2026, 10, 5, 9, 30, tzinfo=UTC)
BEFORE_THE_END = datetime(2027, 3, 31, 12, tzinfo=UTC)
AFTER_THE_END = datetime(2027, 4, 1, 12, tzinfo=UTC)

OPENED = {"order-placed": AT, "alerts-taken": AT}
HAPPENED: dict[str, Any] = {"events": OPENED, "matters": frozenset(), "messages": {}}
"""They ordered and took alerts; no case is open, and nobody wrote to them."""


@cache
def parts() -> Policy:
    policy, problems = compile_folder(FOLDER, Catalog.load())
    assert policy
    assert problems == []
    return policy


def person(*relationships: str, yes: tuple[str, ...] = (), no: tuple[Objection, ...] = ()) -> Facts:
    """Known in these relationships, with a yes to these choices as they are worded now, and these objections."""
    choices = {name: ChoiceState(yes=True, version=1, at=AT, event=1, confirmed=True) for name in yes}
    return Facts(frozenset(relationships), choices, no, (), residence="FR", birth_year=1979, erased=False, **HAPPENED)


def said(operation: Operation, purpose: str, facts: Facts, *fields: str, at: datetime = AT, **more: str) -> Answer:
    return ask((parts(),), Question(operation, purpose, "p-1", at, fields, **more), facts, lambda _: "")


def refusals(answer: Answer) -> set[str]:
    return {reason.code for reason in answer.reasons if not reason.allows}


def against(purpose: str) -> tuple[Objection, ...]:
    return (Objection(purpose, "", marketing=False, at=AT, event=2),)


def test_a_reader_of_a_newsletter_has_no_passport() -> None:
    written = said(Operation.COLLECT, "product-news", person("newsletter-reader", yes=("product-letter",)), "passport")

    assert "field-not-of-relationship" in refusals(written)


@pytest.mark.parametrize(
    ("facts", "opens"),
    [
        (person("website-visitor"), False),
        (person("website-visitor", yes=("analytics",)), True),
        (person("website-visitor", yes=("analytics",), no=against("website-analytics")), False),
    ],
    ids=["not asked", "yes", "yes, and an objection to what is learnt from it"],
)
def test_pages_are_counted_after_a_yes_and_until_an_objection(facts: Facts, *, opens: bool) -> None:
    counted = said(
        Operation.USE, "website-analytics", facts, "page-views", "cookie-id", role="web-team", activity="website"
    )

    assert counted.allowed is opens


LETTERS: Mapping[str, tuple[str, str]] = {
    "product-news": ("product-letter", "marketing-desk"),
    "workshop-letter": ("workshop-letter", "marketing-desk"),
    "investor-updates": ("investor-letter", "investor-desk"),
}


@pytest.mark.parametrize("wanted", LETTERS)
def test_each_letter_goes_to_those_who_asked_for_it(wanted: str) -> None:
    reader = person("newsletter-reader", "event-guest", yes=(LETTERS[wanted][0],))

    sent = [name for name, (_, role) in LETTERS.items() if _leaves(name, reader, role)]

    assert sent == [wanted]


def _leaves(purpose: str, facts: Facts, role: str, channel: str = "email") -> bool:
    return said(Operation.SEND, purpose, facts, channel=channel, role=role).allowed


def test_asking_for_help_opens_no_advertising() -> None:
    asking = person("enquirer")

    assert _leaves("answer-requests", asking, "support-desk")
    assert not any(
        _leaves(name, asking, "marketing-desk") for name, use in parts().purposes.items() if use.kind == "marketing"
    )


def test_a_social_network_needs_a_yes_of_its_own() -> None:
    assert not _leaves("answer-requests", person("enquirer", yes=("text-messages",)), "support-desk", "social")
    assert _leaves("answer-requests", person("enquirer", yes=("social-messages",)), "support-desk", "social")


def test_alerts_get_what_alerts_need() -> None:
    subscriber = person("customer-contact")

    asked = said(Operation.READ, "parts-alerts", subscriber)

    assert set(asked.released) == {"email", "part-numbers"}
    assert not said(Operation.READ, "parts-alerts", subscriber, "email", "birth").allowed


def test_hints_on_stock_end_with_their_yes_and_the_account_stays() -> None:
    assert _leaves("stock-hints", person("customer-contact", yes=("stock-hints",)), "marketing-desk")
    afterwards = person("customer-contact")

    assert not _leaves("stock-hints", afterwards, "marketing-desk")
    assert said(Operation.USE, "customer-accounts", afterwards, "user-account").allowed


def test_support_sees_the_contact_and_not_the_bank() -> None:
    customer = person("customer-contact")

    assert said(Operation.READ, "technical-support", customer, "name", "phone", role="support-desk").allowed
    assert "field-never" in refusals(
        said(Operation.READ, "technical-support", customer, "bank-account", role="support-desk")
    )


def test_a_smartcard_opens_for_security_alone() -> None:
    employee = person("employee", "site-visitor", "customer-contact")
    open_to = {
        (name, role)
        for name in parts().purposes
        for role in parts().roles
        for activity in parts().purposes[name].activities or ("",)
        if said(Operation.READ, name, employee, "smartcard", role=role, activity=activity).allowed
    }

    assert open_to == {("site-security", "security")}


@pytest.mark.parametrize(
    ("purpose", "role", "opens"),
    [("site-security", "security", True), ("site-security", "recruiter", False), ("recruitment", "recruiter", False)],
)
def test_a_badge_log_is_read_by_security_alone(purpose: str, role: str, *, opens: bool) -> None:
    at_work = said(Operation.READ, purpose, person("employee"), "door-log", role=role, activity="working-here")

    assert at_work.allowed is opens


def test_inner_rules_are_looked_at_by_audit_alone() -> None:
    asked = [
        role
        for role in parts().roles
        if said(Operation.READ, "policy-monitoring", person("employee"), role=role).allowed
    ]

    assert asked == ["audit"]


def test_an_objection_to_better_service_leaves_the_newsletter() -> None:
    reader = person("newsletter-reader", yes=("product-letter",), no=against("quality"))

    assert _leaves("product-news", reader, "marketing-desk")
    assert refusals(said(Operation.USE, "quality", reader, "topics", role="researcher")) == {"objection-purpose"}
    assert said(Operation.USE, "quality", person("newsletter-reader"), "topics", role="researcher").allowed


def test_tax_reads_an_invoice_after_every_no() -> None:
    everything = (Objection("", "", marketing=False, at=AT, event=2), Objection("", "", marketing=True, at=AT, event=3))
    gone = person("customer-contact", "newsletter-reader", no=everything)

    assert said(Operation.READ, "legal-duties", gone, "invoice", role="audit").allowed
    assert not said(Operation.READ, "legal-duties", gone, "page-views", role="audit").allowed


@pytest.mark.parametrize(
    ("recipient", "purpose"),
    [("university", "customer-relations"), ("law-firm", "product-news"), ("flight-school", "quality")],
)
def test_a_partner_gets_nothing_beside_its_task(recipient: str, purpose: str) -> None:
    asked = said(Operation.DISCLOSE, purpose, person("customer-contact"), "name", recipient=recipient)

    assert "recipient-not-for-purpose" in refusals(asked)


@pytest.mark.parametrize(
    ("at", "ended"), [(BEFORE_THE_END, False), (AFTER_THE_END, True)], ids=["last day", "day after"]
)
def test_a_contract_that_ended_closes_the_hand_over(at: datetime, *, ended: bool) -> None:
    reader = person("newsletter-reader", yes=("product-letter",))

    handed = said(Operation.DISCLOSE, "product-news", reader, "name", "email", at=at, recipient="mailer")

    assert handed.allowed is not ended
    assert refusals(handed) == ({"contract-not-in-force"} if ended else set())


@pytest.mark.parametrize(
    ("recipient", "country", "purpose", "opens"),
    [
        ("hosting", "FR", "orders", True),
        ("britain", "GB", "group-administration", True),
        ("gulf", "AE", "group-administration", True),
        ("gulf", "US", "group-administration", False),
        ("us-supplier", "US", "orders", True),
    ],
)
def test_what_leaves_home_leaves_under_a_paper(recipient: str, country: str, purpose: str, *, opens: bool) -> None:
    there = {"recipient": recipient, "destination": country, "instruction": "I-1"}
    moved = said(Operation.TRANSFER, purpose, person("customer-contact"), "email", **there)

    assert moved.allowed is opens


def test_no_purpose_of_ours_decides_or_profiles() -> None:
    somebody = person(*parts().relationships, yes=tuple(parts().choices))

    asked = [
        said(operation, name, somebody, role=role).allowed
        for operation in (Operation.DECIDE, Operation.PROFILE)
        for name in parts().purposes
        for role in parts().roles
    ]

    assert not any(asked)


def test_a_country_counts_as_safe_until_the_day_its_decision_ends() -> None:
    """On its last day data may go there; on the day after, with no paper, it may not."""
    last = AT.date().isoformat()

    def ended(law: Law) -> Law:
        return replace(law, safe=tuple(replace(s, until=last) if "CH" in s.countries else s for s in law.safe))

    policy = replace(parts(), laws=tuple(ended(law) for law in parts().laws))
    claimant = replace(person("customer-contact"), matters=frozenset(parts().purposes["legal-claims"].needs_case))

    def transferred(at: datetime) -> Answer:
        part = {"recipient": "insurer", "destination": "CH", "role": "legal"}
        question = Question(Operation.TRANSFER, "legal-claims", "p-1", at, ("name", "invoice"), **part)  # type: ignore[arg-type]
        return ask((policy,), question, claimant, lambda _: "")

    assert transferred(AT).allowed
    assert refusals(transferred(AT + timedelta(days=1))) == {"safeguard-missing"}

"""The cloud vendor's policy put to the gate and to the compiler: what its table calls enforced is asked here."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from troth.catalog import Catalog
from troth.gate.ask import ask
from troth.model.policy import Policy
from troth.model.question import Answer, ChoiceState, Facts, Objection, Operation, Question
from troth.policy import compile_folder

FOLDER = Path(__file__).parents[2] / "examples" / "software" / "policy"
NOW = datetime(2026, 3, 2, tzinfo=UTC)
NO_MARKETING = Objection("", "", marketing=True, at=NOW, event=1)
NO_CONTACT = Objection("", "", marketing=False, at=NOW, event=1)
HAPPENED: dict[str, Any] = {"events": {}, "matters": frozenset(), "messages": {}}
"""Known, and empty."""


@pytest.fixture(scope="module")
def policy() -> Policy:
    made, problems = compile_folder(FOLDER, Catalog.load())
    assert made is not None, problems
    return made


def facts(*relationships: str, yes: str = "", no: Objection | None = None) -> Facts:
    said = {yes: ChoiceState(yes=True, version=1, at=NOW, event=1, confirmed=True)} if yes else {}
    return Facts(frozenset(relationships), said, (no,) if no else (), (), birth_year=1980, erased=False, **HAPPENED)


def put(policy: Policy, operation: Operation, purpose: str, known: Facts, **more: object) -> Answer:
    """The answer to one question; `more` are further parts of it."""
    return ask((policy,), Question(operation, purpose, "p", NOW, **more), known, lambda _: "")  # type: ignore[arg-type]


def codes(answer: Answer) -> set[str]:
    return {reason.code for reason in answer.reasons if not reason.allows}


def test_service_news_pass_a_no_to_marketing_and_other_news_do_not(policy: Policy) -> None:
    """The end of a product somebody uses is told; an addition to it is not."""
    known = facts("service-user", yes="product-changes", no=NO_MARKETING)
    assert put(policy, Operation.SEND, "service-changes", known, channel="email").allowed
    assert "objection-marketing" in codes(put(policy, Operation.SEND, "product-changes", known, channel="email"))
    assert put(policy, Operation.SEND, "notice-changes", known, channel="email").allowed


def test_no_contact_stops_sales_and_no_breach_news(policy: Policy) -> None:
    known = facts("lead", yes="sales-calls", no=NO_CONTACT)
    assert "objection-purpose" in codes(put(policy, Operation.SEND, "sales-contact", known, channel="phone"))
    assert put(policy, Operation.SEND, "breach-news", known, channel="email").allowed


@pytest.mark.parametrize(
    ("purpose", "role", "field", "code"),
    [
        ("product-news", "marketing-team", "training-video", "field-never"),
        ("development", "engineers", "training-video", "field-not-used"),
        ("customer-hosting", "support-desk", "training-video", "role-not-reader"),
        ("customer-help", "support-desk", "training-video", "no-open-case"),
        ("pricing", "sales-team", "request", "field-never"),
        ("sales-contact", "sales-team", "page-views", "field-never"),
        ("sales-contact", "sales-team", "cv", "field-never"),
    ],
)
def test_what_is_kept_apart_stays_so(policy: Policy, purpose: str, role: str, field: str, code: str) -> None:
    """Customers' content, requests, visits, applications: whoever asks for another purpose gets nothing."""
    known = facts("service-user", "lead", "applicant")
    answer = put(policy, Operation.READ, purpose, known, fields=(field,), role=role)
    assert not answer.allowed
    assert code in {*codes(answer), *answer.withheld.values()}


def test_the_care_tool_gets_users_alone(policy: Policy) -> None:
    """Somebody who only asked about products does not reach it; a user of the service does."""
    part = {"recipient": "deskferry", "fields": ("name", "email", "account-status")}
    assert put(policy, Operation.DISCLOSE, "serving-customers", facts("service-user"), **part).allowed
    lead = put(policy, Operation.DISCLOSE, "serving-customers", facts("lead"), **part)
    assert "relationship-not-covered" in codes(lead)


def test_looking_from_abroad_is_a_transfer(policy: Policy) -> None:
    """From India under clauses; from where nothing was declared, not at all."""
    part = {"recipient": "hartwell", "fields": ("name", "account-status"), "instruction": "I-1"}
    user = facts("service-user")
    assert put(policy, Operation.TRANSFER, "serving-customers", user, destination="IN", **part).allowed
    elsewhere = put(policy, Operation.TRANSFER, "serving-customers", user, destination="BR", **part)
    assert "destination-undeclared" in codes(elsewhere)


@pytest.mark.parametrize(
    ("file", "before", "after", "code"),
    [
        ("activities.yaml", "activities:", "activities:\n  tutoring: {says: {en: Tutoring}}", "not-in-notice"),
        ("recipients.yaml", "operation: share", "operation: sell", "beyond-limit"),
        ("recipients.yaml", "class: insurance", "class: loyalty-partner", "beyond-limit"),
        ("recipients.yaml", "gets: [cookie-id, page-views]", "gets: [cookie-id, page-views, phone]", "beyond-limit"),
        ("recipients.yaml", "    stored-in: [US, IE]\n", "", "limit-not-met"),
        ("recipients.yaml", "stored-in: [US, IE]", "stored-in: [US, other]", "no-such-place"),
        ("recipients.yaml", "safeguards: [law-there, clauses]\n    contract: {kind: processing, signed: 2025-08-20",
         "safeguards: law-there\n    contract: {kind: processing, signed: 2025-08-20", "safeguard-elsewhere"),
        ("recipients.yaml", "for: [support, serving-customers]", "for: [support, requested-service]", "beyond-limit"),
        ("retention.yaml", '      other-means: {en: "Less would not do"}\n', "", "limit-not-met"),
        ("retention.yaml", 'other-means: {en: "Less would not do"}', 'other-means: {en: ""}', "wrong-type"),
        ("purposes.yaml", "    retention: lead-life\n", "", "limit-not-met"),
        ("purposes.yaml", "email: {basis: legitimate-interest, stop: link}", "email: {basis: legitimate-interest}",
         "limit-not-met"),
        ("trackers.yaml", "  session:\n    says: {en: Keeps you signed in until you close the browser or sign out}\n",
         "  session:\n", "missing-key"),
        ("spaces.yaml", "    contract-signed: 2025-03-14\n", "", "unsigned"),
        ("spaces.yaml", "regions: [eea]", "regions: [FR]", "place-not-allowed"),
    ],
)  # fmt: skip
def test_a_wider_policy_does_not_compile(tmp_path: Path, file: str, before: str, after: str, code: str) -> None:
    """Each change would break one of the vendor's promises."""
    copy = tmp_path / "policy"
    shutil.copytree(FOLDER, copy)
    text = (copy / file).read_text(encoding="utf-8")
    assert before in text
    (copy / file).write_text(text.replace(before, after, 1), encoding="utf-8")
    made, problems = compile_folder(copy, Catalog.load())
    assert made is None
    assert code in {problem.code for problem in problems}


def test_a_new_use_reaches_californians_after_a_yes_of_their_own(policy: Policy) -> None:
    """Told of it, others are served; whoever lives in California, or moves there, has to choose it."""
    use = replace(policy.purposes["operations"], id="load-forecast")
    yes = replace(policy.choices["analytics"], id="forecast", purposes=("load-forecast",), recipients=(), follows="")
    purposes, choices = {**policy.purposes, use.id: use}, {**policy.choices, yes.id: yes}
    today = replace(policy, hash="later", purposes=purposes, choices=choices)

    def asked(residence: str, *, said: str = "", told: bool = True) -> Answer:
        known = replace(
            facts("service-user", yes=said),
            residence=residence,
            citizenship="US",
            told=frozenset({"later"} if told else ()),
        )
        part = {"source": "our-service", "activity": "service-accounts", "fields": ("account-activity",)}
        question = Question(Operation.USE, use.id, "p", NOW, **part)  # type: ignore[arg-type]
        return ask((policy, today), question, known, lambda _: "")

    assert asked("US-MA").allowed
    assert "purpose-not-told" in codes(asked("US-MA", told=False))
    assert "choice-not-given" in codes(asked("US-CA"))
    assert asked("US-CA", said="forecast").allowed

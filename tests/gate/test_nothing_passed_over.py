"""Whatever a policy can declare is read by a rule of the gate, or somebody says why it is none of the gate's business.

A key that is added to a policy and to no line here fails, so that no condition is passed over in silence again. Two
things are held for each line of what is read: the rule exists, and the gate's code names the field.
"""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from troth.gate.duties import DUTIES, LEAVE_OUT
from troth.gate.rules import RULES
from troth.model.policy import (
    Basis,
    BasisRule,
    ChannelRule,
    Choice,
    ChoiceKind,
    Contract,
    Interest,
    NoObjection,
    Purpose,
    Recipient,
    Relationship,
)
from troth.model.policy_contact import Activity, Instruction, Source, Space, Tracker, TrackerCategory
from troth.model.policy_guard import (
    Assessment,
    BreakGlass,
    Changes,
    Decision,
    Decisions,
    NewPurpose,
    NewPurposeRule,
    Obligation,
    Role,
    Safeguard,
    Transfers,
)

GATE = Path(__file__).parents[2] / "src/troth/gate"
CODE = "\n".join(
    file.read_text("utf-8")
    for file in sorted(GATE.rglob("*.py"))
    if "reference" not in file.parts and file.name != "codes.py"
)
KNOWN = {rule.name for rule in RULES} | set(DUTIES) | {LEAVE_OUT, "transforms", "reading"}
"""Rules, duties, the forms that come with a yes, and what is worked out before any rule."""

WORDS = "words for people, which the notice shows"
PLACE = "says where it stands"
PAPER = "is shown, and kept by other controls"

READ: dict[type, dict[str, str]] = {
    Purpose: {
        "id": "reading",
        "relationships": "relationship",
        "uses": "fields-promised",
        "never": "fields-promised",
        "basis": "basis",
        "basis_of": "basis",
        "channels": "channel",
        "direct_marketing": "objection",
        "assessment": "assessment",
        "assessment_until": "assessment",
        "special_condition": "fields-promised",
        "condition_of": "fields-promised",
        "retention": "obligation",
        "ground": "basis",
        "activities": "activity",
        "where": "circumstances",
        "interest": "without-yes",
        "opens_by": "opened",
        "ends_by": "opened",
        "readers": "role",
        "needs_case": "case",
        "kind": "objection",
        "starts": "begun",
        "intended": "begun",
        "objection": "objection",
        "profiling": "operation",
        "topic": "topic",
        "part_of": "objection",
        "sources": "source",
        "obligations": "obligation",
        "compatible_with": "new-purpose",
        "compatibility": "new-purpose",
        "compatibility_until": "new-purpose",
        "data": "form",
        "at_least": "form",
        "log": "log-use",
    },
    Basis: {"rules": "basis", "cites": "obligation"},
    BasisRule: {"where": "basis", "basis": "basis", "needs": "choice"},
    Interest: {"whose": "without-yes"},
    NoObjection: {"possible": "objection", "absolute": "objection"},
    ChannelRule: {
        "channel": "often",
        "needs_choice": "choice",
        "basis": "basis",
        "where": "circumstances",
        "needs_where": "choice-somewhere",
        "soft_opt_in": "without-yes",
        "sources": "source",
        "similar_to": "topic",
        "stop": "unsubscribe-link",
        "blocks": "leave-out",
        "within": "occasion",
        "after": "occasion",
        "at_most": "often",
    },
    Choice: {
        "id": "choice",
        "version": "choice",
        "purposes": "choice",
        "channels": "choice",
        "strength": "choice-of-fields",
        "kind": "choice",
        "kind_rules": "choice",
        "reach": "refused",
        "spares": "refused",
        "recipients": "choice",
        "topic": "choice",
        "confirm": "choice",
        "expires": "choice",
        "follows": "choice",
    },
    ChoiceKind: {"kind": "choice", "where": "choice"},
    Recipient: {
        "id": "recipient",
        "role": "without-yes",
        "country": "safeguard",
        "elements": "fields-leaving",
        "purposes": "recipient",
        "safeguard": "safeguard",
        "stored_in": "safeguard",
        "reached_from": "safeguard",
        "safeguards": "safeguard",
        "contract": "terms",
        "transforms": "transforms",
        "fields_exactly": "terms",
        "rows_of": "rows-of",
        "aggregates_of": "terms",
        "only_where": "circumstances",
        "needs_choice": "choice-of-others",
        "unless_choice": "choice-of-others",
        "each_time": "case",
        "operation": "terms",
        "activities": "terms",
        "starts": "terms",
    },
    Contract: {"signed": "terms", "until": "terms", "instruction": "terms"},
    Safeguard: {
        "id": "safeguard",
        "mechanism": "safeguard",
        "countries": "safeguard",
        "parties": "safeguard",
        "signed": "safeguard",
        "until": "safeguard",
        "choice": "safeguard",
        "assessment": "safeguard",
        "assessment_until": "safeguard",
        "itinerary": "safeguard",
        "elements": "safeguard",
        "where": "safeguard",
    },
    Transfers: {"home": "safeguard", "safeguards": "safeguard", "allowed": "destination"},
    Relationship: {
        "id": "relationship",
        "categories": "relationship",
        "minor": "minor",
        "needs": "relationship",
        "party": "party",
        "ends_by": "relationship",
    },
    Activity: {
        "id": "activity",
        "role": "space",
        "relationships": "relationship",
        "starts": "activity",
        "intended": "activity",
        "ends": "activity",
    },
    Role: {
        "purposes": "role",
        "elements": "role",
        "only_own": "only-own",
        "every_use_logged": "log-use",
        "break_glass": "role",
    },
    BreakGlass: {"purposes": "role", "review_by": "review-emergency", "within": "review-emergency"},
    Source: {
        "id": "source",
        "kind": "collecting",
        "gives": "source",
        "never": "source",
        "purposes": "source",
        "needs": "keep-evidence",
        "activities": "source",
        "where": "circumstances",
        "aggregates_of": "source",
        "readers": "source",
    },
    Tracker: {
        "category": "tracker",
        "method": "tracker",
        "elements": "tracker",
        "purposes": "tracker",
    },
    TrackerCategory: {"necessary": "choice-of-others", "choice": "choice-of-others"},
    Decisions: {"declared": "operation", "kinds": "decision"},
    Decision: {
        "purpose": "decision",
        "inputs": "decision",
        "exception": "decision",
        "choice": "choice-of-others",
        "obligation": "decision",
        "special_condition": "decision",
        "reviewed_by": "review-decision",
        "assessment": "decision",
        "assessment_until": "decision",
    },
    Obligation: {"id": "obligation", "purposes": "obligation", "countries": "obligation"},
    Assessment: {"file": "assessment", "outcome": "assessment"},
    Space: {
        "id": "space",
        "activities": "space",
        "contract_signed": "space",
        "contract_until": "space",
        "regions": "space",
        "instructions": "space",
        "own_purposes": "space",
    },
    Instruction: {
        "purposes": "space",
        "elements": "space",
        "roles": "space",
        "given": "space",
        "until": "space",
    },
    Changes: {"new_purpose": "new-purpose"},
    NewPurpose: {"compatible": "new-purpose", "unrelated": "new-purpose", "rules": "new-purpose"},
    NewPurposeRule: {"where": "new-purpose", "needs": "new-purpose"},
}
"""Type -> field -> the rule, or the duty, that reads it."""

NOT_FOR_THE_GATE: dict[type, dict[str, str]] = {
    Purpose: {"says": WORDS, "place": PLACE},
    Basis: {"place": PLACE, "because": WORDS},
    BasisRule: {"place": PLACE},
    Interest: {"says": WORDS, "place": PLACE, "third": WORDS},
    NoObjection: {"place": PLACE, "because": WORDS},
    ChannelRule: {"place": PLACE},
    Choice: {
        "says": WORDS,
        "place": PLACE,
        "activity": "says where it is asked; what was said there holds everywhere",
        "part_of": "says how choices are shown together; each is answered by itself",
        "withdraw_by": "says how a no is taken in; the gate reads the no",
        "signals": "whoever hears a signal records a no; the gate reads the no",
        "counts_for": "whoever records a no finds out whose it is; the gate is asked about one person",
        "ends": WORDS,
        "ends_purposes": "what is done with data after a no, which a withdrawal plans; the no itself closes",
        "cannot": WORDS,
    },
    ChoiceKind: {"place": PLACE},
    Recipient: {
        "says": WORDS,
        "name": WORDS,
        "place": PLACE,
        "tell": "how it is told about an erasure, which plans carry out",
        "kind": "the class under which the notice names it; limits on classes hold when a policy is compiled",
        "links": WORDS,
        "essence": WORDS,
        "own_use": WORDS,
        "passes_on_to": WORDS,
        "our_copy": "how long a file stays with us after it left",
        "answers_within": "how long an answer is waited for",
        "measures": "how it is carried, which its controls hold",
        "programme": WORDS,
    },
    Contract: {"place": PLACE, "kind": PAPER, "document": PAPER},
    Safeguard: {
        "says": WORDS,
        "place": PLACE,
        "module": PAPER,
        "document": PAPER,
        "review_every": "a review that is late is told; it does not end what was signed",
    },
    Transfers: {
        "place": PLACE,
        "home_of_person": "says from where records count a transfer; it opens nothing, as home has to be declared",
        "reasons": "the closed list that the compiler holds purposes against",
        "one_off_ends_after": "ends transfers that are no standing feed; the gate is asked anew for each",
    },
    Relationship: {"says": WORDS, "place": PLACE},
    Activity: {
        "says": WORDS,
        "place": PLACE,
        "partners": WORDS,
        "essence": WORDS,
        "requests_to": "who answers requests",
        "notice": "which notice is shown there",
        "countries": "where it takes place; where data gets to is asked of recipients",
        "account_needed": WORDS,
    },
    Role: {
        "id": "the name by which a question calls it",
        "says": WORDS,
        "place": PLACE,
        "granted_by": "who lets somebody hold it, before anybody asks",
        "recertify_every": "how long somebody holds it, before anybody asks",
        "at_most": "how many hold it, before anybody asks",
    },
    BreakGlass: {"place": PLACE},
    Source: {
        "says": WORDS,
        "place": PLACE,
        "occasions": WORDS,
        "giver": "which recipient it is too; whether that one gets anything is asked by itself",
        "once_by": "whoever takes a delivery in counts it once",
        "kept_apart": "where its values are kept, which the data map says",
        "tell_within": "when the person is told; that they have to be comes as a duty",
        "tell_at_first_message": "when the person is told; that they have to be comes as a duty",
    },
    Tracker: {
        "id": "the name by which a question calls it",
        "says": WORDS,
        "place": PLACE,
        "names": "what a browser shows, which the scanner compares",
        "found": "where it is found, which the scanner compares",
        "owner": "which recipient it belongs to, and the compiler holds that one to what it brings",
        "hosts": "where it comes from, which the scanner compares",
        "session": "how long a browser keeps it, which the scanner compares",
        "lifetime": "how long a browser keeps it, which the scanner compares",
        "disable": WORDS,
    },
    TrackerCategory: {
        "id": "the name by which trackers call it",
        "says": WORDS,
        "place": PLACE,
        "because": WORDS,
        "without": WORDS,
    },
    Decisions: {"place": PLACE},
    Decision: {
        "id": "the name by which a question calls it",
        "says": WORDS,
        "place": PLACE,
        "logic": WORDS,
        "consequences": WORDS,
        "because": WORDS,
        "review_within": "how fast a person decides anew; that one does comes as a duty",
    },
    Obligation: {
        "says": WORDS,
        "place": PLACE,
        "cites": PAPER,
        "kind": "what the duty is, which the compiler holds against the purpose",
        "elements": "what the duty names, which the compiler holds against the purpose",
        "checked": PAPER,
    },
    Assessment: {
        "place": PLACE,
        "kind": "the compiler asks for the right kind",
        "until": "stands with each thing that rests on it",
        "signed": "the compiler asks for a signature",
        "sections": "the compiler asks for them",
    },
    Space: {
        "name": WORDS,
        "place": PLACE,
        "contact": WORDS,
        "affiliates": WORDS,
        "stores": "where its data is, which the data map says",
        "support_within": "how fast it is helped",
        "log_shown": "what it sees afterwards",
    },
    Instruction: {"id": "the name by which the customer calls it", "says": WORDS, "place": PLACE},
    Changes: {
        "ratings": "how a change is told, which its publishing carries out",
        "automated_decisions": "how a change is rated",
        "review_every": "when the notice is looked at",
        "drift_to": "whose task that is",
        "place": PLACE,
    },
    NewPurpose: {"place": PLACE},
    NewPurposeRule: {"place": PLACE},
}
"""Type -> field -> why no rule of the gate reads it."""


@pytest.mark.parametrize("kind", READ, ids=lambda kind: kind.__name__)
def test_every_field_is_read_or_explained(kind: type) -> None:
    """No key of a policy is passed over: each is read by a rule, or it says why not, and never both."""
    declared = {field.name for field in fields(kind)}
    read, explained = set(READ[kind]), set(NOT_FOR_THE_GATE.get(kind, {}))

    assert read | explained == declared
    assert not read & explained
    assert all(NOT_FOR_THE_GATE.get(kind, {}).values())


def test_readers_exist() -> None:
    """Each rule or duty that is named as a reader is one."""
    assert {reader for reading in READ.values() for reader in reading.values()} <= KNOWN


LINES = [(kind, name) for kind in READ for name in READ[kind]]


@pytest.mark.parametrize(("kind", "name"), LINES, ids=[f"{kind.__name__}.{name}" for kind, name in LINES])
def test_what_is_called_read_stands_in_the_code(kind: type, name: str) -> None:
    """The gate's code names each field that is called read."""
    assert re.search(rf"\.{name}\b", CODE), f"{kind.__name__}.{name}"


def test_a_new_key_is_noticed() -> None:
    """Negative control: a field that nobody lists fails the comparison."""
    declared = {field.name for field in fields(Purpose)} | {"only-on-sundays"}

    assert declared != set(READ[Purpose]) | set(NOT_FOR_THE_GATE[Purpose])

"""What a person said to a choice, and what their silence means."""

from collections.abc import Iterator
from datetime import datetime

from troth.gate.circumstances import first, judge, with_person
from troth.gate.codes import quoted
from troth.gate.reading import Reading
from troth.gate.rules.rule import WHOLE, Finding, told, unknown
from troth.model.policy import Choice
from troth.model.question import Facts

SILENT = frozenset(
    {"choice-not-given", "choice-outdated", "choice-wording-unknown", "choice-unconfirmed", "choice-expired"}
)
"""As good as never answered: open only where silence is enough."""

HEARD = (
    *sorted(SILENT), "choice-no", "choice-ended", "choice-yes", "choice-not-refused", "choice-undeclared",
    "topic-other",
)  # fmt: skip


def heard(r: Reading, facts: Facts, at: datetime, choice: Choice) -> str:
    """What was said last, and whether it still stands: to a wording that means the same, confirmed, in its time."""
    said = told(facts.choices).get(choice.id)
    if said is None:
        return "choice-not-given"
    if said.yes is not True:
        return "choice-no"
    if _ended(r, facts, choice):
        return "choice-ended"
    if said.version < choice.version:
        return "choice-outdated"
    if said.version > r.newest.get(choice.id, 0):
        return "choice-wording-unknown"
    if choice.confirm == "double" and not said.confirmed:
        return "choice-unconfirmed"
    if choice.expires and choice.expires.after(said.at) < at:
        return "choice-expired"
    return "choice-yes"


def _ended(r: Reading, facts: Facts, choice: Choice) -> bool:
    """A choice that came with trackers ends when those are refused."""
    category = r.policy.tracking.categories.get(choice.follows)
    if category is None or category.choice in ("", choice.id):
        return False
    refused = told(facts.choices).get(category.choice)
    return refused is not None and refused.yes is not True


def open_to(
    r: Reading, facts: Facts, at: datetime, name: str, *, strict: bool, elements: tuple[str, ...] = WHOLE
) -> Iterator[Finding]:
    """Whether a choice stands open. `strict`: only a yes opens; otherwise silence does where the choice says so."""
    choice, about = r.policy.choices.get(name), f"choice:{name}"
    if choice is None:
        yield Finding("choice-undeclared", about, elements, quoted(name))
        return
    code = heard(r, facts, at, choice)
    if r.question.topic and choice.topic and r.question.topic != choice.topic:
        yield Finding("topic-other", about, elements, quoted(r.question.topic))
    if strict or code not in SILENT:
        yield Finding(code, about, elements, quoted(name))
        return
    known = with_person(r.circumstances, facts, r.day) if choice.kind_rules else r.circumstances
    kind, open_ = first(((judge(rule.where, known), rule.kind) for rule in choice.kind_rules), choice.kind)
    if kind is None:
        yield from unknown(open_, about, elements)
    else:
        yield Finding("choice-not-refused" if kind == "opt-out" else code, about, elements, quoted(name))

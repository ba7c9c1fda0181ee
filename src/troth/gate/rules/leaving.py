"""To whom data goes, where it gets to, and which of it."""

from collections.abc import Iterator
from datetime import datetime

from troth.gate.circumstances import facts_in, judge, with_person
from troth.gate.codes import quoted
from troth.gate.laws import at_home
from troth.gate.reading import Crossing, Reading, kept_in, places
from troth.gate.rules.asked import FORMS
from troth.gate.rules.choosing import open_to
from troth.gate.rules.rule import FOR_GAIN, Finding, fields, unknown, unless_known, unsaid
from troth.model.policy import Recipient
from troth.model.policy_guard import Safeguard
from troth.model.question import Facts, Operation

_HANDS_OVER = (Operation.DISCLOSE, Operation.TRANSFER)
_KEEPS_TO_PEOPLE = (Operation.COLLECT, Operation.READ, Operation.USE)


def recipient(r: Reading, *_: object) -> Iterator[Finding]:
    """Named where data is handed over, and declared for the purpose."""
    name = r.question.recipient
    if not name:
        if r.question.operation in _HANDS_OVER:
            yield Finding("recipient-missing")
    elif r.recipient is None:
        yield Finding("recipient-unknown", words=quoted(name))
    elif r.purpose_known and r.purpose.id not in r.recipient.purposes:
        yield Finding("recipient-not-for-purpose", f"recipient:{name}", words=quoted(name))


def terms(r: Reading, *_: object) -> Iterator[Finding]:
    """The recipient has begun, is bound that day, and gets what it gets in the activity and form that were agreed."""
    if r.recipient is None:
        return
    to, about, day = r.recipient, f"recipient:{r.recipient.id}", r.day.isoformat()
    if to.starts > day:
        yield Finding("not-begun", about, words=quoted(to.id))
    contract = to.contract
    if contract and not (contract.signed <= day and (not contract.until or day <= contract.until)):
        yield Finding("contract-not-in-force", about, words=quoted(to.id))
    if contract and contract.instruction == "each" and not r.question.instruction:
        yield unsaid("instruction", about)
    yield from _activity(r, to, about)
    yield from _aggregates(r, to, about)
    extra = [e for e in dict.fromkeys(r.question.fields) if to.fields_exactly and e not in to.elements]
    if extra:
        yield Finding("fields-not-exact", about, words=quoted(*extra))
    if to.operation in FOR_GAIN and not (to.needs_choice or to.unless_choice):
        yield Finding("sale-not-opened", about, words=quoted(to.id))


def _activity(r: Reading, to: Recipient, about: str) -> Iterator[Finding]:
    if not to.activities:
        return
    named = {r.question.activity} - {""} or {each.id for each in r.activities}
    if not named:
        yield unsaid("activity", about)
    elif not named <= set(to.activities):
        yield Finding("activity-other", about, words=quoted(to.id))


def _aggregates(r: Reading, to: Recipient, about: str) -> Iterator[Finding]:
    if to.aggregates_of and r.question.form not in FORMS[FORMS.index("aggregated") :]:
        yield Finding("form-not-open", about, words=quoted("aggregated"))
    if r.question.group < to.aggregates_of:
        yield Finding("group-too-small", about, words=str(to.aggregates_of))


def destination(r: Reading, *_: object) -> Iterator[Finding]:
    """Named for a transfer, one in which the recipient has data, and one in which data may be at all."""
    country = r.question.destination
    if country:
        if r.recipient is None or country not in places(r.recipient):
            yield Finding("destination-undeclared", words=quoted(country))
    elif r.question.operation == Operation.TRANSFER:
        yield Finding("destination-missing")
    if r.recipient is not None and r.policy.transfers.allowed:
        kept = kept_in(r.recipient) & ({country} if country else kept_in(r.recipient))
        beyond = [c for c in sorted(kept) if c not in r.policy.transfers.allowed and not at_home(r.policy, c)]
        if beyond:
            yield Finding("place-not-allowed", f"recipient:{r.recipient.id}", words=quoted(*beyond))


def safeguard(r: Reading, facts: Facts, at: datetime) -> Iterator[Finding]:
    """Each country outside home to which data gets is protected: for this person, with their yes, for each element."""
    for crossing in r.crossings:
        if not crossing.in_words:
            yield from _crossed(r, crossing, facts, at)


def _crossed(r: Reading, crossing: Crossing, facts: Facts, at: datetime) -> Iterator[Finding]:
    about = f"recipient:{r.question.recipient}"
    opened: list[Safeguard] = []
    waiting: list[Finding] = []
    for paper in crossing.papers:
        lacking = list(_lacking(r, paper, facts, at))
        if not lacking:
            opened.append(paper)
        waiting += [finding for finding in lacking if finding.code != "safeguard-missing"]
    if opened:
        yield from fields("safeguard-missing", [e for e in r.declared if not any(_of(p, e) for p in opened)], about)
    elif waiting:
        yield from dict.fromkeys(waiting)
    else:
        yield Finding("safeguard-missing", about, words=quoted(crossing.country))


def _of(paper: Safeguard, element: str) -> bool:
    return all(not named or element in named for named in (paper.elements, paper.where.element))


def _lacking(r: Reading, paper: Safeguard, facts: Facts, at: datetime) -> Iterator[Finding]:
    """Whatever of the person keeps a safeguard from protecting them."""
    about = f"safeguard:{paper.id}"
    if not paper.where.anywhere:
        held = judge(paper.where, with_person(r.circumstances, facts, r.day))
        if held is False:
            yield Finding("safeguard-missing", about)
        elif held is not True:
            yield from unknown(held, about)
    if paper.choice:
        if facts.choices is None:
            yield unless_known("choices", about)
        else:
            yield from (f for f in open_to(r, facts, at, paper.choice, strict=True) if f.code != "choice-yes")


def declared(r: Reading, *_: object) -> Iterator[Finding]:
    """Each field is an element of the policy."""
    yield from fields("field-unknown", [e for e in r.asked if e not in r.policy.elements])


def promised(r: Reading, *_: object) -> Iterator[Finding]:
    """Used by the purpose, not on its never-list, and under a condition when it is of a special category."""
    yield from fields("field-never", [e for e in r.declared if e in r.purpose.never])
    yield from fields("field-not-used", [e for e in r.declared if e not in r.purpose.uses])
    yield from fields("field-special", [e for e in r.declared if r.is_special(e) and not r.condition_of(e)])


def outward(r: Reading, *_: object) -> Iterator[Finding]:
    """Declared for the recipient; free text does not leave by machine."""
    if r.question.operation not in _KEEPS_TO_PEOPLE:
        yield from fields("field-free-text", [e for e in r.declared if r.policy.elements[e].free_text])
    if r.recipient is not None:
        unnamed = [e for e in r.declared if e not in r.recipient.elements]
        yield from fields("field-not-for-recipient", unnamed, f"recipient:{r.recipient.id}")


def forms_of(r: Reading, released: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Released element -> the only form in which it may be handed over, or be shown to whoever reads it."""
    for element in released:
        if r.recipient is not None and element in r.recipient.transforms:
            yield element, r.recipient.transforms[element]
        elif r.question.operation == Operation.READ and element in r.policy.elements:
            shown = r.policy.elements[element]
            if shown.shown_as and r.question.purpose not in shown.in_clear_for:
                yield element, shown.shown_as


def safeguard_facts(r: Reading) -> frozenset[str]:
    """The facts on which it hangs."""
    papers = [paper for crossing in r.crossings if not crossing.in_words for paper in crossing.papers]
    chosen = frozenset({"choices"}) if any(paper.choice for paper in papers) else frozenset[str]()
    return chosen | facts_in(tuple(paper.where for paper in papers))

"""The rules of the gate, one ordered tuple at the end of this file, readable from top to bottom.

A rule says which part of the question hangs on it (`touches`), which facts it cannot do without (`reads`) and what it
finds (`check`). It is given nothing else: no clock, no other person, no other rule. Each is a test of one row of facts
against what the question means, so that the same tuple can be put to a whole set of people at once.

A rule never repeats what another one says: an element that is not declared is told once, not once a rule.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, TypeVar

from troth.gate import bases, conditions
from troth.gate.codes import quoted
from troth.gate.reading import Reading
from troth.model.policy import Choice, Recipient
from troth.model.question import ChoiceState, Facts, Objection, Operation, Restriction

T = TypeVar("T")
WHOLE = ("*",)
"""Stands where the elements would: the question as a whole."""

NOTHING: tuple[str, ...] = ()


class Finding(NamedTuple):
    """What a rule found: a code, the declared thing behind it, the elements it is about, the words in question."""

    code: str
    about: str = ""
    """Reference such as `choice:newsletter`; empty: the purpose."""
    elements: tuple[str, ...] = WHOLE
    words: str = ""


Check = Callable[[Reading, Facts], Iterable[Finding]]


@dataclass(frozen=True)
class Rule:
    """One rule and what it declares about itself."""

    name: str
    check: Check
    codes: tuple[str, ...]
    touches: Callable[[Reading], tuple[str, ...]]
    """What hangs on this rule: WHOLE, some elements, or NOTHING when it does not apply."""
    reads: frozenset[str] = frozenset()
    """Facts it cannot do without: one that is missing closes what the rule touches."""
    heeds: frozenset[str] = frozenset()
    """Facts that it uses where they are known."""
    spares_service: bool = False
    """A service question goes on when the facts are missing; where they are known, they are heeded."""
    without_purpose: bool = False
    """Can be put to a question whose purpose is unknown."""


def _told(fact: T | None) -> T:
    """A fact the rule cannot do without. A missing one never gets here; if it did, that is an error and so a no."""
    if fact is None:
        raise LookupError("a missing fact was put to a rule that reads it")
    return fact


# --- What the question asks for ---------------------------------------------------------------------------------------


def _everything(_: Reading) -> tuple[str, ...]:
    return WHOLE


def _purpose(r: Reading, _: Facts) -> Iterator[Finding]:
    if not r.purpose_known:
        yield Finding("purpose-unknown", words=quoted(r.question.purpose))
    elif not r.purpose.relationships:
        yield Finding("purpose-for-nobody", words=quoted(r.purpose.id))


def _moment(r: Reading, _: Facts) -> Iterator[Finding]:
    if r.question.at.tzinfo is None:
        yield Finding("time-without-zone")


_OPERATIONS = frozenset(Operation)


def _operation(r: Reading, _: Facts) -> Iterator[Finding]:
    """A profile is declared; automated decisions and trackers stay closed where a policy has no words for them yet."""
    operation = r.question.operation
    if operation not in _OPERATIONS:
        yield Finding("operation-unknown", words=quoted(operation))
    elif r.purpose_known and (
        operation == Operation.DECIDE
        or (operation == Operation.PROFILE and (r.basis not in bases.PROFILING or not r.purpose.profiling))
        or (operation == Operation.TRACK and r.basis != bases.CONSENT)
    ):
        yield Finding("operation-not-declared", words=quoted(r.purpose.id))


def _channel(r: Reading, _: Facts) -> Iterator[Finding]:
    if r.question.channel:
        if r.purpose_known and r.channel is None:
            yield Finding("channel-closed", words=quoted(r.question.channel))
    elif r.question.operation == Operation.SEND:
        yield Finding("channel-missing")


# --- On which ground --------------------------------------------------------------------------------------------------


def _grounds(r: Reading) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each basis in play with what rests on it: the whole question, or elements with a basis of their own."""
    yield r.basis, WHOLE
    own: dict[str, list[str]] = {}
    for element in r.declared:
        if (basis := r.purpose.basis_of.get(element)) and basis != r.basis:
            own.setdefault(basis, []).append(element)
    for basis, elements in own.items():
        yield basis, tuple(elements)


def _basis(r: Reading, _: Facts) -> Iterator[Finding]:
    for basis, elements in _grounds(r):
        if basis in bases.KNOWN:
            yield Finding(f"basis-{basis}", elements=elements)
        elif basis:
            yield Finding("basis-unknown", elements=elements, words=quoted(basis))
        else:
            yield Finding("basis-missing", elements=elements)


def _assessment(r: Reading, _: Facts) -> Iterator[Finding]:
    for basis, elements in _grounds(r):
        if basis != bases.LEGITIMATE_INTEREST:
            continue
        if not r.purpose.assessment:
            yield Finding("assessment-missing", elements=elements)
        elif r.purpose.assessment_until and r.day > date.fromisoformat(r.purpose.assessment_until):
            yield Finding("assessment-ended", elements=elements, words=r.purpose.assessment_until)


# --- Under which conditions -------------------------------------------------------------------------------------------


def _conditions(r: Reading, _: Facts) -> Iterator[Finding]:
    """A condition that is declared and cannot be looked at here closes: declaring one never opens anything."""
    day = r.day.isoformat()
    if r.purpose.starts > day or (r.purpose.intended and not r.purpose.starts):
        yield Finding("not-begun", words=quoted(r.purpose.id))
    if r.purpose.readers and r.question.role not in r.purpose.readers:
        yield Finding("role-not-reader", words=quoted(r.question.role))
    unread = [*conditions.of_purpose(r.purpose, service=r.service), *conditions.of_channel(r.channel)]
    if unread:
        yield Finding("condition-unread", words=quoted(*unread))
    if r.recipient is None:
        return
    about = f"recipient:{r.recipient.id}"
    if r.recipient.starts > day:
        yield Finding("not-begun", about, words=quoted(r.recipient.id))
    contract = r.recipient.contract
    if contract and not (contract.signed <= day and (not contract.until or day <= contract.until)):
        yield Finding("contract-not-in-force", about, words=quoted(r.recipient.id))
    if theirs := conditions.of_recipient(r.recipient):
        yield Finding("condition-unread", about, words=quoted(*theirs))


# --- To whom ----------------------------------------------------------------------------------------------------------

_HANDS_OVER = (Operation.DISCLOSE, Operation.TRANSFER)


def _recipient(r: Reading, _: Facts) -> Iterator[Finding]:
    name = r.question.recipient
    about = f"recipient:{name}"
    if not name:
        if r.question.operation in _HANDS_OVER:
            yield Finding("recipient-missing")
    elif r.recipient is None:
        yield Finding("recipient-unknown", words=quoted(name))
    elif r.purpose_known and r.purpose.id not in r.recipient.purposes:
        yield Finding("recipient-not-for-purpose", about, words=quoted(name))


def _destination(r: Reading, _: Facts) -> Iterator[Finding]:
    """At home is where the organisation is, and whatever its policy calls home; anywhere else takes a safeguard."""
    country = r.question.destination
    if not country:
        if r.question.operation == Operation.TRANSFER:
            yield Finding("destination-missing")
    elif r.recipient is None or country not in conditions.places(r.recipient):
        yield Finding("destination-undeclared", words=quoted(country))
    elif not _at_home(r, country) and not _protected(r, r.recipient, country):
        yield Finding("safeguard-missing", f"recipient:{r.recipient.id}", words=quoted(country))


def _at_home(r: Reading, country: str) -> bool:
    return country == r.policy.organisation.country or country in r.policy.transfers.home


def _protected(r: Reading, recipient: Recipient, country: str) -> bool:
    """Words will do as a safeguard; one that is declared must be in force that day, there, for this recipient."""
    declared = [r.policy.transfers.safeguards.get(name) for name in recipient.safeguards]
    return bool(recipient.safeguard) or any(
        conditions.protects(safeguard, recipient.id, country, r.day.isoformat()) for safeguard in declared if safeguard
    )


# --- Which fields -----------------------------------------------------------------------------------------------------


def _field(code: str, elements: list[str], about: str = "") -> Iterator[Finding]:
    if elements:
        yield Finding(code, about, tuple(elements), quoted(*elements))


def _fields_declared(r: Reading, _: Facts) -> Iterator[Finding]:
    yield from _field("field-unknown", [e for e in r.asked if e not in r.policy.elements])


def _fields_promised(r: Reading, _: Facts) -> Iterator[Finding]:
    yield from _field("field-never", [e for e in r.declared if e in r.purpose.never])
    yield from _field("field-not-used", [e for e in r.declared if e not in r.purpose.uses])
    if not r.purpose.special_condition:
        yield from _field("field-special", [e for e in r.declared if r.is_special(e)])


_KEEPS_TO_PEOPLE = (Operation.COLLECT, Operation.READ, Operation.USE)


def _fields_leaving(r: Reading, _: Facts) -> Iterator[Finding]:
    if r.question.operation not in _KEEPS_TO_PEOPLE:
        yield from _field("field-free-text", [e for e in r.declared if r.policy.elements[e].free_text])
    if r.recipient is not None:
        unnamed = [e for e in r.declared if e not in r.recipient.elements]
        yield from _field("field-not-for-recipient", unnamed, f"recipient:{r.recipient.id}")


# --- Who the person is to us ------------------------------------------------------------------------------------------


def _relationship(r: Reading, facts: Facts) -> Iterator[Finding]:
    held = _told(facts.relationships)
    shared = [name for name in r.purpose.relationships if name in held]
    if not shared:
        yield Finding("relationship-not-covered")
        return
    brings: set[str] = set()
    for name in shared:
        if (declared := r.policy.relationships.get(name)) is not None:
            brings |= declared.categories
    elements = r.policy.elements
    foreign = [e for e in r.declared if elements[e].category not in brings]
    yield from _field("field-not-of-relationship", foreign)


def _erased(r: Reading, facts: Facts) -> Iterator[Finding]:
    """Whatever is left of an erased person was kept by a restriction, and is open to its purposes alone."""
    if facts.erased is False:
        return
    kept = [s for s in facts.restrictions or () if r.purpose.id in s.open_to]
    if not kept:
        yield Finding("erased")
    elif not any(not s.elements for s in kept):
        gone = [e for e in r.declared if not any(e in s.elements for s in kept)]
        yield from _field("field-erased", gone)


def _suspected(r: Reading) -> tuple[str, ...]:
    judging = r.question.operation in (Operation.PROFILE, Operation.DECIDE)
    return WHOLE if r.purpose.direct_marketing or judging else NOTHING


def _minor(r: Reading, facts: Facts) -> Iterator[Finding]:
    """The year alone leaves the birthday open, so the year in which somebody comes of age still counts as before."""
    if facts.birth_year is not None and r.day.year - facts.birth_year <= r.limits.adult_age:
        yield Finding("minor")


# --- What the person said ---------------------------------------------------------------------------------------------


def _hangs_on_choice(r: Reading) -> tuple[str, ...]:
    return NOTHING if r.choices is None else WHOLE


def _choice(r: Reading, facts: Facts) -> Iterator[Finding]:
    yield from _stands(r, facts, r.choices or (), WHOLE)


def _choosing(r: Reading) -> tuple[str, ...]:
    return r.choosing


def _choice_of_fields(r: Reading, facts: Facts) -> Iterator[Finding]:
    ids = r.choices_for_fields()
    yield from _stands(r, facts, ids, r.choosing)
    special = tuple(e for e in r.choosing if r.is_special(e) and r.purpose.special_condition == bases.EXPLICIT_CONSENT)
    for name in ids:
        if special and r.policy.choices[name].strength != bases.EXPLICIT:
            yield Finding("choice-not-explicit", f"choice:{name}", special, quoted(name))


def _stands(r: Reading, facts: Facts, ids: tuple[str, ...], elements: tuple[str, ...]) -> Iterator[Finding]:
    """Every choice must stand at yes, said to a wording that still means the same."""
    if not ids:
        yield Finding("choice-undeclared", elements=elements)
    for name in ids:
        said = _told(facts.choices).get(name)
        code = _heard(said, r.policy.choices[name], r.newest.get(name, 0))
        yield Finding(code, f"choice:{name}", elements, quoted(name))


def _heard(said: ChoiceState | None, choice: Choice, newest: int) -> str:
    if said is None:
        return "choice-not-given"
    if said.yes is not True:
        return "choice-no"
    if said.version < choice.version:
        return "choice-outdated"
    return "choice-yes" if said.version <= newest else "choice-wording-unknown"


def _may_be_objected(r: Reading) -> tuple[str, ...]:
    return WHOLE if r.purpose.direct_marketing or r.basis not in bases.WITHOUT_OBJECTION else NOTHING


def _objection(r: Reading, facts: Facts) -> Iterator[Finding]:
    yield from _objected(r, facts, WHOLE)


def _fields_objected(r: Reading) -> tuple[str, ...]:
    """Elements on a basis that can be objected to, within a question that as a whole cannot."""
    if _may_be_objected(r):
        return NOTHING
    return tuple(e for e in r.declared if r.basis_of(e) not in bases.WITHOUT_OBJECTION)


def _objection_of_fields(r: Reading, facts: Facts) -> Iterator[Finding]:
    yield from _objected(r, facts, _fields_objected(r))


def _objected(r: Reading, facts: Facts, elements: tuple[str, ...]) -> Iterator[Finding]:
    heard = [o for o in _told(facts.objections) if _in_reach(o, r.question.channel) and _counts(r, o)]
    if r.purpose.direct_marketing and any(o.marketing for o in heard):
        yield Finding("objection-marketing", elements=elements)
    if any(o.purpose == r.purpose.id or not (o.purpose or o.marketing) for o in heard):
        yield Finding("objection-purpose", elements=elements)


def _counts(r: Reading, objection: Objection) -> bool:
    """Whether it stands. Grounds of ours override none against direct marketing, or where the policy weighs nothing."""
    absolute = r.purpose.direct_marketing or (r.purpose.objection is not None and r.purpose.objection.absolute)
    return absolute or not objection.overruled


def _in_reach(objection: Objection, channel: str) -> bool:
    """A no to one channel also holds where the question names none: leaving it out must not get past an objection."""
    return objection.channel in ("", channel) or not channel


def _restriction(r: Reading, facts: Facts) -> Iterator[Finding]:
    """Each restriction without an end closes by itself; of reasons to keep rows until a day, one that opens will do."""
    standing = [s for s in _told(facts.restrictions) if s.until is None]
    keeping = [s for s in _told(facts.restrictions) if s.until is not None]
    if not standing and not keeping:
        return
    purpose = r.purpose.id
    closed = [e for e in r.declared if any(purpose not in s.open_to for s in standing if _covers(s, e))]
    yield from _field("restricted", closed)
    others, over = [], []
    for element in r.declared:
        kept = [s for s in keeping if _covers(s, element)]
        opened = [s.until for s in kept if purpose in s.open_to and s.until is not None]
        if kept and not opened:
            others.append(element)
        elif opened and max(opened) < r.day:
            over.append(element)
    yield from _field("kept-for-other-purposes", others)
    yield from _field("keeping-over", over)


def _covers(restriction: Restriction, element: str) -> bool:
    return not restriction.elements or element in restriction.elements


_HEARD = (
    "choice-undeclared",
    "choice-not-given",
    "choice-no",
    "choice-outdated",
    "choice-wording-unknown",
    "choice-yes",
)
_OBJECTED = ("objection-marketing", "objection-purpose")
_GROUNDS = tuple(f"basis-{basis}" for basis in sorted(bases.KNOWN))

RULES: tuple[Rule, ...] = (
    # What is asked, and whether the policy opens it at all.
    Rule("purpose", _purpose, ("purpose-unknown", "purpose-for-nobody"), _everything, without_purpose=True),
    Rule("moment", _moment, ("time-without-zone",), _everything, without_purpose=True),
    Rule("operation", _operation, ("operation-unknown", "operation-not-declared"), _everything, without_purpose=True),
    Rule("channel", _channel, ("channel-missing", "channel-closed"), _everything, without_purpose=True),
    # On which ground.
    Rule("basis", _basis, (*_GROUNDS, "basis-missing", "basis-unknown"), _everything),
    Rule("assessment", _assessment, ("assessment-missing", "assessment-ended"), _everything),
    # Under which conditions.
    Rule(
        "conditions",
        _conditions,
        ("not-begun", "role-not-reader", "condition-unread", "contract-not-in-force"),
        _everything,
    ),
    # To whom, and where.
    Rule(
        "recipient",
        _recipient,
        ("recipient-missing", "recipient-unknown", "recipient-not-for-purpose"),
        _everything,
        without_purpose=True,
    ),
    Rule(
        "destination",
        _destination,
        ("destination-missing", "destination-undeclared", "safeguard-missing"),
        _everything,
        without_purpose=True,
    ),
    # Which fields.
    Rule("fields-declared", _fields_declared, ("field-unknown",), _everything, without_purpose=True),
    Rule("fields-promised", _fields_promised, ("field-never", "field-not-used", "field-special"), _everything),
    Rule("fields-leaving", _fields_leaving, ("field-free-text", "field-not-for-recipient"), _everything),
    # Who the person is to us. What is owed to a person goes on while we cannot look.
    Rule(
        "relationship",
        _relationship,
        ("relationship-not-covered", "field-not-of-relationship"),
        _everything,
        reads=frozenset({"relationships"}),
        spares_service=True,
    ),
    Rule(
        "erased",
        _erased,
        ("erased", "field-erased"),
        _everything,
        reads=frozenset({"erased"}),
        heeds=frozenset({"restrictions"}),
        spares_service=True,
    ),
    Rule("minor", _minor, ("minor",), _suspected, heeds=frozenset({"birth_year"})),
    # What the person said. A choice or an objection that cannot be read is never guessed.
    Rule("choice", _choice, _HEARD, _hangs_on_choice, reads=frozenset({"choices"})),
    Rule(
        "choice-of-fields", _choice_of_fields, (*_HEARD, "choice-not-explicit"), _choosing, reads=frozenset({"choices"})
    ),
    Rule("objection", _objection, _OBJECTED, _may_be_objected, reads=frozenset({"objections"})),
    Rule("objection-of-fields", _objection_of_fields, _OBJECTED, _fields_objected, reads=frozenset({"objections"})),
    Rule(
        "restriction",
        _restriction,
        ("restricted", "kept-for-other-purposes", "keeping-over"),
        _everything,
        reads=frozenset({"restrictions"}),
        spares_service=True,
    ),
)

"""The gate's one door: a question, the facts about a person, an answer with every reason for it.

Closed unless opened. An unknown word, a missing or old fact, an error anywhere in here is a no with its own code. All
rules are put to every question, since a person who mends one reason must not find the next behind it.

Never here: the clock, a store, a log. Answers are not written down; what leaves the house is, by whoever sends it.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import lru_cache
from hashlib import sha256
from types import MappingProxyType
from typing import Generic, TypeVar

from troth.gate.codes import CODES, OPENS, base_of, quoted
from troth.gate.reading import Limits, Reading, read
from troth.gate.rules import RULES, WHOLE, Finding, Rule
from troth.model.policy import Policy
from troth.model.question import NOTHING_KNOWN, Answer, Facts, Operation, Question, Reason

Cite = Callable[[str], str]
"""Gives the law behind a code, or an empty string. A catalog answers it; the gate never names an article."""

T = TypeVar("T")
DEFAULT_LIMITS = Limits()
_READ = tuple(sorted({name for rule in RULES for name in rule.reads}))
_PREPARED_KEPT = 1024
"""Questions kept prepared (some kilobytes each); the least used is forgotten."""


def ask(
    policy_versions: tuple[Policy, ...], question: Question, facts: Facts, cite: Cite, limits: Limits = DEFAULT_LIMITS
) -> Answer:
    """Say whether this may happen, with all reasons.

    Args:
        policy_versions: the version that governs the person and today's; allowed means allowed by all of them.
        question: what is wanted. With `fields` empty it means: whatever of the purpose's fields may be used.
        facts: what is known about the person, and how old that view is.
        cite: gives the law behind a code; the same code must always give the same law.
        limits: bounds of the installation.

    Returns:
        The answer. On a yes `released` and `withheld` together are what was asked; on a no nothing is released. A field
        that was asked for by name and may not be used makes the whole answer a no: a caller who only looks at `allowed`
        must never use more than was allowed. Never raises: an error is a no.
    """
    try:
        prepared = _prepare(
            tuple(_Same(policy) for policy in policy_versions),
            _Same(RULES),
            limits,
            _day(question.at),
            _impersonal(question),
        )
        return prepared.answer(question, facts, cite)
    except Exception as error:  # noqa: BLE001 - closed unless opened, whatever went wrong
        # The error's text may hold a personal value; its kind does not.
        says = CODES["rule-failed"].replace("{}", f"{quoted('ask')} ({type(error).__name__})")
        return Answer(allowed=False, reasons=(Reason("rule-failed:ask", allows=False, says=says),))


def question_hash(question: Question) -> str:
    """A name for the question: 32 hex digits over its parts, the same for equal moments and for any order of fields."""
    return _hash(json.dumps(_canonical(_impersonal(question))), question)


def token(policy_versions: tuple[Policy, ...], question: Question, facts: Facts) -> str:
    """What an answer is explained from later: `policy.position.question`, two policies joined by a plus sign."""
    return f"{_names(policy_versions)}.{facts.position}.{question_hash(question)}"


def _names(policy_versions: Iterable[Policy]) -> str:
    return "+".join(dict.fromkeys(policy.hash[:12] for policy in policy_versions))


# --- The question without the person ----------------------------------------------------------------------------------

_Impersonal = tuple[Operation, str, tuple[str, ...], str, str, str, str, bool]


def _impersonal(question: Question) -> _Impersonal:
    """Everything of a question but the person and the moment; of the moment, whether it has a time zone."""
    return (
        question.operation,
        question.purpose,
        question.fields,
        question.channel,
        question.recipient,
        question.destination,
        question.role,
        question.at.tzinfo is not None,
    )


def _canonical(parts: _Impersonal) -> list[object]:
    operation, purpose, fields, *rest = parts
    return [operation, purpose, sorted(set(fields)), *rest]


def _hash(impersonal: str, question: Question) -> str:
    moment = _utc(question.at).isoformat()
    return sha256(f"{impersonal}\n{moment}\n{question.person}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _utc(at: datetime) -> datetime:
    return at if at.tzinfo is None or at.tzinfo is UTC else at.astimezone(UTC)


def _day(at: datetime) -> date:
    """The day of the question, in UTC: two equal moments must get one answer."""
    return _utc(at).date()


class _Same(Generic[T]):
    """Compares by identity, so that a large frozen value can be part of a key without being read through."""

    __slots__ = ("value",)

    def __init__(self, value: T) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.value is other.value

    def __hash__(self) -> int:
        return id(self.value)


@dataclass(frozen=True, slots=True)
class _Part:
    """A reading, what is found in it whoever asks, and the rules that hang on facts, each with what it touches."""

    reading: Reading
    found: tuple[Finding, ...]
    hanging: tuple[tuple[Rule, tuple[str, ...], tuple[str, ...]], ...]
    """Rule, what of the question it touches, facts it cannot do without."""


@lru_cache(maxsize=_PREPARED_KEPT)
def _prepare(
    policy_versions: tuple[_Same[Policy], ...],
    rules: _Same[tuple[Rule, ...]],
    limits: Limits,
    day: date,
    parts: _Impersonal,
) -> "_Prepared":
    """Work out what does not depend on the person. A pure function, so that its results may be kept."""
    versions = tuple({same.value.hash: same.value for same in policy_versions}.values())
    operation, purpose, fields, channel, recipient, destination, role, zoned = parts
    at = datetime(day.year, day.month, day.day, tzinfo=UTC if zoned else None)
    question = Question(operation, purpose, "", at, fields, channel, recipient, destination, role)
    asked = tuple(dict.fromkeys(fields)) or _used(versions, purpose)
    newest: dict[str, int] = {}
    for policy in versions:
        for choice in policy.choices.values():
            newest[choice.id] = max(choice.version, newest.get(choice.id, 0))
    readings = [read(policy, question, asked, newest, limits) for policy in versions]
    return _Prepared(
        parts=tuple(_part(reading, rules.value) for reading in readings),
        asked=asked,
        limits=limits,
        names=_names(versions),
        duties=tuple(name for name, due in DUTIES.items() if any(due(reading) for reading in readings)),
        canonical=json.dumps(_canonical(parts)),
    )


def _used(versions: tuple[Policy, ...], purpose: str) -> tuple[str, ...]:
    """What any version uses. Each is asked for all of it, so that no version slips a field in."""
    return tuple(sorted({e for policy in versions if (p := policy.purposes.get(purpose)) for e in p.uses}))


def _part(reading: Reading, rules: tuple[Rule, ...]) -> _Part:
    """Put the rules that need no facts, and keep those that do for later. They stand in this order among RULES, too."""
    found: list[Finding] = []
    hanging: list[tuple[Rule, tuple[str, ...], tuple[str, ...]]] = []
    for rule in rules:
        if not (reading.purpose_known or rule.without_purpose):
            continue
        try:
            touched = rule.touches(reading)
            if touched and (rule.reads or rule.heeds):
                hanging.append((rule, touched, tuple(sorted(rule.reads))))
            elif touched:
                found.extend(rule.check(reading, NOTHING_KNOWN))
        except Exception as error:  # noqa: BLE001 - an error inside a rule is a no
            found.append(_failed(rule, error))
    return _Part(reading, tuple(found), tuple(hanging))


def _failed(rule: Rule, error: Exception) -> Finding:
    return Finding(f"rule-failed:{rule.name}", words=f"{quoted(rule.name)} ({type(error).__name__})")


# --- The person -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A question read under every version that governs, ready to be asked about people."""

    parts: tuple[_Part, ...]
    asked: tuple[str, ...]
    limits: Limits
    names: str
    duties: tuple[str, ...]
    canonical: str

    def answer(self, question: Question, facts: Facts, cite: Cite) -> Answer:
        named = f"{self.names}.{facts.position}.{_hash(self.canonical, question)}"
        if not self.parts:
            return Answer(allowed=False, reasons=(_reason(Finding("policy-unknown"), None, cite),), token=named)
        known = facts if 0 <= facts.age_seconds <= self.limits.facts_seconds else _too_old(facts)
        judged = [(part.reading, finding) for part in self.parts for finding in (*part.found, *_about(part, known))]
        withheld = self._withheld(judged)
        released = tuple(e for e in self.asked if e not in withheld) if withheld else self.asked
        if withheld or not released:
            judged.extend(self._about_fields(question, released, withheld))
        whole = [finding.code in OPENS for _, finding in judged if finding.elements == WHOLE]
        allowed = bool(released) and bool(whole) and all(whole)
        return Answer(
            allowed=allowed,
            reasons=tuple(dict.fromkeys(_reason(finding, reading, cite) for reading, finding in judged)),
            released=released if allowed else (),
            withheld=MappingProxyType(withheld),
            duties=(*self.duties, *_unseen(known)) if allowed else (),
            token=named,
        )

    def _withheld(self, judged: list[tuple[Reading, Finding]]) -> dict[str, str]:
        """The first reason against each element, in the order in which the elements were asked."""
        against: dict[str, str] = {}
        for _, finding in judged:
            if finding.elements != WHOLE and finding.code not in OPENS:
                for element in finding.elements:
                    against.setdefault(element, finding.code)
        return {element: against[element] for element in self.asked if element in against} if against else against

    def _about_fields(
        self, question: Question, released: tuple[str, ...], withheld: Mapping[str, str]
    ) -> Iterable[tuple[Reading, Finding]]:
        if not released and any(part.reading.purpose_known for part in self.parts):
            yield self.parts[0].reading, Finding("nothing-released")
        elif released and withheld and question.fields:
            yield self.parts[0].reading, Finding("fields-withheld", words=quoted(*withheld))


def _reason(finding: Finding, reading: Reading | None, cite: Cite) -> Reason:
    base = base_of(finding.code)
    clause = ""
    if reading is not None:
        policy = reading.policy
        clause = (finding.about and policy.clause_of(finding.about)) or reading.clause
    law = cite(finding.code) or (cite(base) if base != finding.code else "")
    return Reason(finding.code, finding.code in OPENS, CODES[base].replace("{}", finding.words), clause, law)


def _too_old(facts: Facts) -> Facts:
    """An old view is no view: somebody may have said no since."""
    return replace(NOTHING_KNOWN, position=facts.position, age_seconds=facts.age_seconds)


def _about(part: _Part, facts: Facts) -> list[Finding]:
    """Put the rules that hang on facts."""
    found: list[Finding] = []
    absent = [name for name in _READ if getattr(facts, name) is None]
    for rule, touched, needs in part.hanging:
        try:
            missing = [name for name in needs if name in absent] if absent else absent
            if not missing:
                found.extend(rule.check(part.reading, facts))
            elif not (rule.spares_service and part.reading.service):
                found.extend(Finding(f"fact-missing:{n}", elements=touched, words=quoted(n)) for n in missing)
        except Exception as error:  # noqa: BLE001 - an error inside a rule is a no
            found.append(_failed(rule, error))
    return found


# --- Duties -----------------------------------------------------------------------------------------------------------

_LEAVES = (Operation.SEND, Operation.DISCLOSE, Operation.TRANSFER)
_SPARED = tuple(sorted({name for rule in RULES for name in rule.reads if rule.spares_service}))

DUTIES: Mapping[str, Callable[[Reading], bool]] = MappingProxyType(
    {
        "unsubscribe-link": lambda r: r.purpose.direct_marketing and r.question.operation == Operation.SEND,
        "ledger-disclosure": lambda r: r.question.operation in _LEAVES,
    }
)
"""What comes with a yes, and when."""

LEDGER_LATER = "ledger-later"
"""Comes with a yes that was given while some facts were out of sight: it is ledgered when they are back."""


def _unseen(facts: Facts) -> tuple[str, ...]:
    return (LEDGER_LATER,) if any(getattr(facts, name) is None for name in _SPARED) else ()

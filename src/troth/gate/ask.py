"""The gate's one door: a question, the facts about a person, an answer with every reason for it.

Closed unless opened. An unknown word, a missing or old fact, an error anywhere in here is a no with its own code. All
rules are put to every question, since a person who mends one reason must not find the next behind it.

Never here: the clock, a store, a log. Answers are not written down; what leaves the house is, by whoever sends it.
"""

from dataclasses import fields
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Generic, TypeVar

from troth.gate.codes import CODES, quoted
from troth.gate.prepared import DEFAULT_LIMITS, Cite, Prepared, canonical, hash_of, names_of, prepared
from troth.gate.reading import Limits
from troth.gate.rules import RULES, Rule
from troth.model.policy import Policy
from troth.model.question import Answer, Facts, Question, Reason

__all__ = ["DEFAULT_LIMITS", "Cite", "Prepared", "ask", "prepare", "question_hash", "token"]

T = TypeVar("T")
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
        return prepare(policy_versions, question, limits).answer(question, facts, cite)
    except Exception as error:  # noqa: BLE001 - closed unless opened, whatever went wrong
        # The error's text may hold a personal value; its kind does not.
        says = CODES["rule-failed"].replace("{}", f"{quoted('ask')} ({type(error).__name__})")
        return Answer(allowed=False, reasons=(Reason("rule-failed:ask", allows=False, says=says),))


def prepare(policy_versions: tuple[Policy, ...], question: Question, limits: Limits = DEFAULT_LIMITS) -> Prepared:
    """Work out a question once, to be asked about many people on the same day.

    Its `depends` names the facts that an answer can hang on. Raises whatever goes wrong in a nonsensical question;
    `ask` turns that into a no.
    """
    versions = tuple(_Same(policy) for policy in policy_versions)
    return _prepare(versions, _Same(RULES), limits, _day(question.at), _impersonal(question))


def question_hash(question: Question) -> str:
    """A name for the question: 32 hex digits over its parts, the same for equal moments and for any order of fields."""
    return hash_of(canonical(_parts(question)), question)


def token(policy_versions: tuple[Policy, ...], question: Question, facts: Facts) -> str:
    """What an answer is explained from later: `policy.position.question`, two policies joined by a plus sign."""
    return f"{names_of(policy_versions)}.{facts.position}.{question_hash(question)}"


# --- The question without the person ----------------------------------------------------------------------------------

_IMPERSONAL = tuple(field.name for field in fields(Question) if field.name not in ("person", "at"))
"""Everything of a question but the person and the moment: whatever is added to it is part of its name."""


def _impersonal(question: Question) -> tuple[object, ...]:
    """The values of those, and of the moment whether it has a time zone."""
    said = question.__dict__
    return (*(said[name] for name in _IMPERSONAL), question.at.tzinfo is not None)


def _parts(question: Question) -> dict[str, object]:
    return dict(zip((*_IMPERSONAL, "zoned"), _impersonal(question), strict=True))


def _day(at: datetime) -> date:
    """The day of the question, in UTC: two equal moments must get one answer."""
    return (at if at.tzinfo is None or at.tzinfo is UTC else at.astimezone(UTC)).date()


class _Same(Generic[T]):
    """Compares by identity, so that a large frozen value can be part of a key without being read through."""

    __slots__ = ("value",)

    def __init__(self, value: T) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.value is other.value

    def __hash__(self) -> int:
        return id(self.value)


@lru_cache(maxsize=_PREPARED_KEPT)
def _prepare(
    policy_versions: tuple[_Same[Policy], ...],
    rules: _Same[tuple[Rule, ...]],
    limits: Limits,
    day: date,
    parts: tuple[object, ...],
) -> Prepared:
    """Work out what does not depend on the person. A pure function, so that its results may be kept."""
    said = dict(zip((*_IMPERSONAL, "zoned"), parts, strict=True))
    at = datetime(day.year, day.month, day.day, tzinfo=UTC if said.pop("zoned") else None)
    question = Question(person="", at=at, **said)  # type: ignore[arg-type]
    versions = tuple({same.value.hash: same.value for same in policy_versions}.values())
    return prepared(versions, question, limits, rules.value)

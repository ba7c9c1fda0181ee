"""An answer told again from its token: the same question, the policy and the facts of that moment.

Nothing was logged; the token brings the question, the ledger the facts, the kept versions the policy. What was erased
since is not told again: then the answer is the one that follows from what is left, and it says so. The words of the law
are those of today's packs.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from troth.desk.asking import STRANGER, UNSEEN, judged, let_pass, question_from
from troth.desk.house import House
from troth.model.policy import Policy
from troth.model.problem import InputError
from troth.model.question import NOBODY, NOTHING_KNOWN, Answer, Facts, Question
from troth.policy import compile_texts
from troth.ports.state import Unit

TOKEN = re.compile(
    r"(?P<policies>[0-9a-f]{12}(\+[0-9a-f]{12})*)\.(?P<position>[0-9]{1,18})\.[0-9a-f]{32}(?P<sealed>\.[\w-]+)?"
)
"""What a token looks like."""
_FACTS = (
    "relationships", "choices", "objections", "restrictions", "events", "matters", "messages", "told", "since",
)  # fmt: skip
"""Facts that are never None of somebody known, unless words behind them were erased."""


@dataclass(frozen=True)
class Replayed:
    """An answer told again."""

    question: Question
    answer: Answer
    observed: date | None
    gone: tuple[str, ...]
    """Facts that cannot be told again, since something of them was erased."""
    unseen: bool
    """It was asked while our own database did not answer."""
    policies: tuple[str, ...]
    """Hashes of the versions that answered."""


def is_token(text: str) -> bool:
    """Whether a word looks like a token, whoever made it."""
    return TOKEN.fullmatch(text) is not None


def explain(house: House, token: str) -> Replayed:
    """Ask again as it was asked.

    Raises InputError `token-without-question`, `token-not-ours`, `token-policy-gone`.
    """
    found = TOKEN.fullmatch(token)
    if found is None or found["sealed"] is None:
        message = "this is the beginning of a token: it names policy, position and question, and holds no question"
        raise InputError("token-without-question", message, "give the whole token, as the answer printed it")
    body = _opened(house, token)
    question = question_from(body)
    with house.unit() as unit:
        policies = tuple(_policy(house, unit, start) for start in found["policies"].split("+"))
        facts = _facts(unit, question.person, int(body["event"]), int(found["position"]))
    answer = replace(judged(house, policies, question, facts, int(body.get("at_least", 0))), token=token)
    until = date.fromisoformat(body["observed"]) if "observed" in body else None
    if until:
        answer = let_pass(house.policy, question, answer, until)
    known = question.person not in (STRANGER, UNSEEN)
    gone = tuple(name for name in _FACTS if known and getattr(facts, name) is None)
    return Replayed(question, answer, until, gone, question.person == UNSEEN, tuple(p.hash for p in policies))


def _opened(house: House, token: str) -> Mapping[str, Any]:
    body = house.tokens.open(token)
    if body is None:
        message = "this token was made by another installation, or it was changed"
        raise InputError("token-not-ours", message, "copy it whole from the answer", exit_code=2)
    return body


def _facts(unit: Unit, person: str, event: int, position: int) -> Facts:
    if person == UNSEEN:
        return NOTHING_KNOWN
    if person == STRANGER:
        return replace(NOBODY, position=position)
    return replace(unit.facts.as_of(person, event=event), position=position)


def _policy(house: House, unit: Unit, start: str) -> Policy:
    """The version whose hash begins so. A draft that was never put in force is kept nowhere but in its folder."""
    if house.policy.hash.startswith(start):
        return house.policy
    whole = next((hash_ for hash_, _ in unit.policies.all() if hash_.startswith(start)), None)
    kept = unit.policies.get(whole) if whole else None
    policy = compile_texts(kept.files, kept.hash, house.catalog) if kept else None
    if policy is None:
        message = f"the policy `{start}` was a draft, or its text no longer compiles"
        raise InputError("token-policy-gone", message, "only versions that were put in force are kept")
    return policy

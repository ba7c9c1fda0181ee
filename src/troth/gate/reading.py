"""A question read under one policy version: what it asks for, before anything is known about the person.

Everything here depends on policy and question alone, so that it can be worked out once and used for millions of people.
It finds and never judges: what does not resolve stays empty, and the rules say so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date

from troth.gate import bases
from troth.model.policy import ChannelRule, Choice, Policy, Purpose, Recipient
from troth.model.problem import Place
from troth.model.question import Operation, Question


@dataclass(frozen=True)
class Limits:
    """Bounds that come from the installation and its law packs, not from the rules."""

    facts_seconds: float = 2.0
    """How old the view of a person may be before it counts as missing."""
    adult_age: int = 18
    """Years; until the end of the year in which it is reached, a person counts as a minor."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one question means under one policy version."""

    policy: Policy
    question: Question
    limits: Limits
    day: date
    """The day of the question, in UTC: two equal moments must get one answer."""
    asked: tuple[str, ...]
    """Element ids, each once."""
    declared: tuple[str, ...]
    """Those of them that the policy declares."""
    purpose: Purpose
    """Meaningless where `purpose_known` is false; rules that read it are then left out."""
    purpose_known: bool
    channel: ChannelRule | None
    recipient: Recipient | None
    basis: str
    """Of the question as a whole: the channel's own, or the purpose's."""
    choices: tuple[str, ...] | None
    """Choice ids that must all stand at yes. None: the question hangs on no choice. Empty: no choice could open it."""
    choosing: tuple[str, ...]
    """Elements that hang on a choice of their own."""
    newest: Mapping[str, int]
    """Choice id -> newest wording among the policy versions that govern."""
    clause: str
    """Id of the clause that speaks of the purpose; empty: none."""
    service: bool
    """Owed to the person and hanging on no choice of theirs: it goes on when their facts cannot be reached."""

    def basis_of(self, element: str) -> str:
        """The basis on which an element is used here."""
        return self.purpose.basis_of.get(element, self.basis)

    def is_special(self, element: str) -> bool:
        """Whether a declared element is of a special category."""
        return bool(self.policy.elements[element].special)

    def choices_for_fields(self) -> tuple[str, ...]:
        """Choices that open the elements in `choosing`."""
        return covering(self.policy.choices, self.question.purpose, self.question.channel)


def read(
    policy: Policy, question: Question, asked: tuple[str, ...], newest: Mapping[str, int], limits: Limits
) -> Reading:
    """Read a question under one policy version."""
    purpose = policy.purposes.get(question.purpose)
    known = purpose is not None
    purpose = purpose or _nothing(question.purpose)
    channel = purpose.channels.get(question.channel) if question.channel else None
    basis = (channel.basis if channel else "") or purpose.basis
    choices = _choices(policy, question, channel, basis)
    return Reading(
        policy=policy,
        question=question,
        limits=limits,
        day=(question.at if question.at.tzinfo is None else question.at.astimezone(UTC)).date(),
        asked=asked,
        declared=tuple(e for e in asked if e in policy.elements),
        purpose=purpose,
        purpose_known=known,
        channel=channel,
        recipient=policy.recipients.get(question.recipient) if question.recipient else None,
        basis=basis,
        choices=choices,
        choosing=tuple(e for e in asked if _chooses(policy, purpose, e, basis)),
        newest=newest,
        clause=policy.clause_of(f"purpose:{question.purpose}"),
        service=choices is None and _is_service(purpose, basis, question.operation),
    )


def covering(choices: Mapping[str, Choice], purpose: str, channel: str) -> tuple[str, ...]:
    """Choices that speak of a purpose; those that name no channel before those that name this one.

    A question that leaves the channel out must not get past a choice by that: it then hangs on all of them.
    """
    speaking = [choice for choice in choices.values() if purpose in choice.purposes]
    general = tuple(choice.id for choice in speaking if not choice.channels)
    return general or tuple(choice.id for choice in speaking if not channel or channel in choice.channels)


def _choices(policy: Policy, question: Question, channel: ChannelRule | None, basis: str) -> tuple[str, ...] | None:
    if channel is not None and channel.needs_choice:
        wanted = policy.choices.get(channel.needs_choice)
        return (wanted.id,) if wanted is not None and question.purpose in wanted.purposes else ()
    if basis == bases.CONSENT:
        return covering(policy.choices, question.purpose, question.channel)
    return None


def _chooses(policy: Policy, purpose: Purpose, element: str, basis: str) -> bool:
    if element not in policy.elements:
        return False
    if policy.elements[element].special and purpose.special_condition == bases.EXPLICIT_CONSENT:
        return True
    return purpose.basis_of.get(element) == bases.CONSENT != basis


def _is_service(purpose: Purpose, basis: str, operation: Operation) -> bool:
    judging = operation in (Operation.PROFILE, Operation.DECIDE, Operation.TRACK)
    return basis in bases.SERVICE and not purpose.direct_marketing and not judging


def _nothing(name: str) -> Purpose:
    """Stands where no purpose was found, so that the rest of the question can still be read."""
    return Purpose(name, {}, (), frozenset(), frozenset(), "", {}, {}, Place(""))

"""A question read under one policy version: what it asks for, before anything is known about the person.

Everything here depends on policy and question alone, so that it can be worked out once and used for millions of people.
It finds and never judges: what does not resolve stays empty, and the rules say so. Only the ground may differ from
person to person; then there is one reading for each way in which its rules can come out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date

from troth.gate import bases
from troth.gate.circumstances import Held, first, of_question
from troth.gate.laws import at_home, decided_safe, safe_in_words
from troth.model.policy import BasisRule, ChannelRule, Choice, Policy, Purpose, Recipient
from troth.model.policy_contact import Activity, Source, Space, Tracker, TrackerCategory
from troth.model.policy_guard import Decision, NewPurpose, Role, Safeguard
from troth.model.problem import Place
from troth.model.question import Operation, Question
from troth.model.where import Circumstances, Where


@dataclass(frozen=True)
class Limits:
    """Bounds that come from the installation and its law packs, not from the rules."""

    facts_seconds: float = 2.0
    """How old the view of a person may be before it counts as missing."""
    adult_age: int = 18
    """Years; until the end of the year in which it is reached, a person counts as a minor."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """A country outside home to which data would get, and whatever may protect it there."""

    country: str
    papers: tuple[Safeguard, ...]
    """In force that day, there, for this recipient; what is left to see is choice, person and element."""
    in_words: bool
    """Mere words are enough: the law takes the country for safe."""


@dataclass(frozen=True, slots=True)
class NewUse:
    """A purpose that the version which governs a person does not know, and today's does."""

    today: "Reading"
    terms: NewPurpose
    """What the governing version promised of new purposes."""
    compatible: bool
    """Said to be compatible with a purpose that the governing version knows."""


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
    lineage: frozenset[str]
    """The purpose and those of which it is a part."""
    channel: ChannelRule | None
    recipient: Recipient | None
    activities: tuple[Activity, ...]
    """In which it may happen: the one that is named, or all of the purpose's."""
    role: Role | None
    emergency: bool
    """The role lets its holder go beyond it for this purpose, and they say that they do."""
    source: Source | None
    space: Space | None
    tracker: Tracker | None
    category: TrackerCategory | None
    decision: Decision | None
    basis: str
    """Of the question as a whole: the channel's own, or what the purpose's rules and default come to."""
    own_basis: Mapping[str, str]
    """Element -> a basis of its own."""
    unclear: tuple[str, ...]
    """What has to be known of the person before a basis can be told; the default stands here meanwhile."""
    choices: tuple[str, ...] | None
    """Choice ids that must all stand open. None: the question hangs on no choice. Empty: no choice could open it."""
    choosing: tuple[str, ...]
    """Elements that hang on a choice of their own."""
    refusing: tuple[str, ...]
    """Choices that nothing asks for, and a no to which still closes."""
    wide: tuple[str, ...]
    """Choices a no to which reaches this purpose though they do not name it."""
    soft: bool
    """Own customers may be written to about similar things, in place of a yes."""
    newest: Mapping[str, int]
    """Choice id -> newest wording among the policy versions that govern."""
    crossings: tuple[Crossing, ...]
    wheres: tuple[tuple[str, Where], ...]
    """Conditions that must hold, each with the declared thing that names it."""
    circumstances: Circumstances
    """What the question says of itself."""
    clause: str
    """Id of the clause that speaks of the purpose; empty: none."""
    service: bool
    """Owed to the person and hanging on no choice of theirs: it goes on when their facts cannot be reached."""
    new: NewUse | None = None

    @property
    def advertises(self) -> bool:
        """Whether an objection to advertising reaches it."""
        return self.purpose.direct_marketing or self.purpose.kind == "marketing"

    @property
    def topic(self) -> str:
        """What it is about: what is said, or what the purpose always is about."""
        return self.question.topic or self.purpose.topic

    def basis_of(self, element: str) -> str:
        """The basis on which an element is used here."""
        return self.own_basis.get(element, self.basis)

    def is_special(self, element: str) -> bool:
        """Whether a declared element is of a special category."""
        return bool(self.policy.elements[element].special)

    def condition_of(self, element: str) -> str:
        """What opens a special category here; empty: nothing."""
        return condition(self.purpose, element)

    def choices_for_fields(self) -> tuple[str, ...]:
        """Choices that open the elements in `choosing`."""
        return covering(self.policy.choices, self.question)


def condition(purpose: Purpose, element: str) -> str:
    """What opens a special category for a purpose; empty: nothing."""
    return purpose.condition_of.get(element, purpose.special_condition)


def read(
    policy: Policy,
    question: Question,
    asked: tuple[str, ...],
    newest: Mapping[str, int],
    limits: Limits,
    held: tuple[Held, ...] = (),
    last: "Reading | None" = None,
) -> Reading:
    """Read a question under one policy version.

    Args:
        policy: the version.
        question: what is wanted.
        asked: element ids, each once.
        newest: choice id -> newest wording among the versions that govern.
        limits: bounds of the installation.
        held: how each rule of the purpose's ground comes out for a person; empty where it has none.
        last: the reading under today's version, where this one is older.
    """
    found = policy.purposes.get(question.purpose)
    purpose = found or _nothing(question.purpose)
    channel = purpose.channels.get(question.channel) if question.channel else None
    ground = _ground(purpose, channel, asked, held)
    recipient = policy.recipients.get(question.recipient) if question.recipient else None
    day = (question.at if question.at.tzinfo is None else question.at.astimezone(UTC)).date()
    activities = tuple(_activities(policy, purpose, question))
    role = policy.roles.get(question.role)
    tracker = policy.tracking.trackers.get(question.tracker) if question.operation == Operation.TRACK else None
    soft = channel is not None and channel.soft_opt_in and ground.basis != bases.CONSENT
    choices = _choices(policy, question, channel, ground, soft=soft)
    source = policy.sources.get(question.source)
    return Reading(
        policy=policy,
        question=question,
        limits=limits,
        day=day,
        asked=asked,
        declared=tuple(e for e in asked if e in policy.elements),
        purpose=purpose,
        purpose_known=found is not None,
        lineage=_lineage(policy, purpose),
        channel=channel,
        recipient=recipient,
        activities=activities,
        role=role,
        emergency=bool(
            question.emergency and role and role.break_glass and question.purpose in role.break_glass.purposes
        ),
        source=source,
        space=policy.spaces.get(question.space),
        tracker=tracker,
        category=policy.tracking.categories.get(tracker.category) if tracker else None,
        decision=policy.decisions.kinds.get(question.decision) if question.operation == Operation.DECIDE else None,
        basis=ground.basis,
        own_basis=ground.own,
        unclear=ground.unclear,
        choices=choices,
        choosing=tuple(e for e in asked if _chooses(policy, purpose, e, ground)),
        refusing=tuple(_refusing(policy, question, (*(choices or ()), *_needed(channel)))),
        wide=tuple(_wide(policy, question, purpose)) if found else (),
        soft=soft,
        newest=newest,
        crossings=tuple(_crossings(policy, question, recipient, day.isoformat())),
        wheres=tuple(_wheres(purpose, channel, recipient, source)),
        circumstances=of_question(question, activities),
        clause=policy.clause_of(f"purpose:{question.purpose}"),
        service=choices is None and not soft and _is_service(purpose, ground.basis, question.operation),
        new=_new_use(policy, last) if found is None and last is not None and last.purpose_known else None,
    )


# --- The ground -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Ground:
    basis: str
    own: Mapping[str, str]
    needs: tuple[str, ...]
    unclear: tuple[str, ...]


def ground_rules(purpose: Purpose | None) -> tuple[BasisRule, ...]:
    """The rules by which the ground of a purpose differs from person to person."""
    return purpose.ground.rules if purpose is not None and purpose.ground else ()


def _ground(purpose: Purpose, channel: ChannelRule | None, asked: tuple[str, ...], held: tuple[Held, ...]) -> _Ground:
    """The channel's own basis, else the first rule that holds, else the default; by element where a rule names it."""
    rules = tuple(zip(ground_rules(purpose), held, strict=False))
    own_channel = channel.basis if channel else ""
    general = () if own_channel else tuple((h, (r.basis, r.needs)) for r, h in rules if not r.where.element)
    default = own_channel or purpose.basis
    whole, unclear = first(general, (default, ""))
    basis, need = whole or (default, "")
    own: dict[str, str] = {}
    needs = [need]
    for element in asked:
        otherwise = (purpose.basis_of.get(element) or basis, "")
        exact = tuple((h, (r.basis, r.needs)) for r, h in rules if element in r.where.element)
        decided, open_ = first(exact, otherwise)
        unclear += open_
        its, need = decided or otherwise
        needs.append(need)
        if its != basis:
            own[element] = its
    return _Ground(basis, own, tuple(dict.fromkeys(n for n in needs if n)), tuple(dict.fromkeys(unclear)))


def _is_service(purpose: Purpose, basis: str, operation: Operation) -> bool:
    judging = operation in (Operation.PROFILE, Operation.DECIDE, Operation.TRACK)
    advertises = purpose.direct_marketing or purpose.kind == "marketing"
    return basis in bases.SERVICE and not advertises and not judging


# --- Choices ----------------------------------------------------------------------------------------------------------


def covering(choices: Mapping[str, Choice], question: Question) -> tuple[str, ...]:
    """Choices that speak of a purpose; those that name no channel before those that name this one.

    A question that leaves the channel out must not get past a choice by that: it then hangs on all of them. A choice
    about recipients counts for those alone; where there is no other, a question that names none hangs on it.
    """
    speaking = [choice for choice in choices.values() if question.purpose in choice.purposes]
    if question.recipient:
        speaking = [choice for choice in speaking if not choice.recipients or question.recipient in choice.recipients]
    else:
        speaking = [choice for choice in speaking if not choice.recipients] or speaking
    general = tuple(choice.id for choice in speaking if not choice.channels)
    channel = question.channel
    return general or tuple(choice.id for choice in speaking if not channel or channel in choice.channels)


def _needed(channel: ChannelRule | None) -> tuple[str, ...]:
    return (channel.needs_choice,) if channel is not None and channel.needs_choice else ()


def _choices(
    policy: Policy, question: Question, channel: ChannelRule | None, ground: _Ground, *, soft: bool
) -> tuple[str, ...] | None:
    """Where a soft opt-in stands in for the channel's choice, that one is looked at by its own rule."""
    found: tuple[str, ...] | None = None
    if channel is not None and channel.needs_choice:
        wanted = policy.choices.get(channel.needs_choice)
        fits = wanted is not None and (question.purpose in wanted.purposes or wanted.reach != "named")
        found = () if not fits else None if soft else (channel.needs_choice,)
    elif ground.basis == bases.CONSENT:
        found = covering(policy.choices, question)
    if found == () or not ground.needs:
        return found
    known = all(name in policy.choices for name in ground.needs)
    return tuple(dict.fromkeys((*(found or ()), *ground.needs))) if known else ()


def _chooses(policy: Policy, purpose: Purpose, element: str, ground: _Ground) -> bool:
    if element not in policy.elements:
        return False
    if policy.elements[element].special and condition(purpose, element) == bases.EXPLICIT_CONSENT:
        return True
    return ground.own.get(element) == bases.CONSENT


def _refusing(policy: Policy, question: Question, wanted: tuple[str, ...]) -> Iterator[str]:
    """Choices that are open until a no, for some at least, and speak of this purpose, channel and recipient."""
    for choice in policy.choices.values():
        speaks = question.purpose in choice.purposes and choice.reach == "named" and choice.id not in wanted
        fits = not choice.channels or not question.channel or question.channel in choice.channels
        to_them = not choice.recipients or question.recipient in choice.recipients
        if speaks and fits and to_them and (choice.kind == "opt-out" or choice.kind_rules):
            yield choice.id


def _wide(policy: Policy, question: Question, purpose: Purpose) -> Iterator[str]:
    advertises = purpose.direct_marketing or purpose.kind == "marketing"
    writes = question.operation == Operation.SEND or bool(question.channel)
    for choice in policy.choices.values():
        reached = (choice.reach == "marketing" and advertises) or (choice.reach == "contact" and (advertises or writes))
        if reached and purpose.id not in choice.spares:
            yield choice.id


# --- Where it happens, and to where it goes ---------------------------------------------------------------------------


def _activities(policy: Policy, purpose: Purpose, question: Question) -> Iterator[Activity]:
    for name in (question.activity,) if question.activity else purpose.activities:
        if name in policy.activities:
            yield policy.activities[name]


def _wheres(
    purpose: Purpose, channel: ChannelRule | None, recipient: Recipient | None, source: Source | None
) -> Iterator[tuple[str, Where]]:
    found = [("", purpose.where)]
    found += [("", channel.where)] if channel else []
    found += [(f"recipient:{recipient.id}", recipient.only_where)] if recipient else []
    found += [(f"source:{source.id}", source.where)] if source else []
    return ((about, where) for about, where in found if not where.anywhere)


def places(recipient: Recipient) -> frozenset[str]:
    """Countries in which a recipient has data: where it sits, keeps it, and looks at it from."""
    return frozenset({recipient.country}) | recipient.stored_in | recipient.reached_from


def kept_in(recipient: Recipient) -> frozenset[str]:
    """Countries in which a recipient keeps data; unsaid, that is where it sits."""
    return recipient.stored_in or frozenset({recipient.country})


def reached(question: Question, recipient: Recipient) -> frozenset[str]:
    """Countries to which data gets: the one that is named and those from which it is looked at, or all of them."""
    if not question.destination:
        return places(recipient)
    known = question.destination in places(recipient)
    return frozenset({question.destination}) | recipient.reached_from if known else frozenset()


def _crossings(policy: Policy, question: Question, recipient: Recipient | None, day: str) -> Iterator[Crossing]:
    if recipient is None:
        return
    declared = [
        policy.transfers.safeguards[name] for name in recipient.safeguards if name in policy.transfers.safeguards
    ]
    for country in sorted(reached(question, recipient)):
        if not at_home(policy, country):
            papers = tuple(p for p in declared if _stands(policy, question, p, recipient.id, country, day))
            yield Crossing(country, papers, bool(recipient.safeguard) and safe_in_words(policy, country, day))


def _stands(policy: Policy, question: Question, paper: Safeguard, recipient: str, country: str, day: str) -> bool:
    """Whether a safeguard is in force that day, there, for this recipient, as far as no person is looked at."""
    assessed = policy.assessments.get(paper.assessment)
    return (
        paper.signed <= day
        and (not paper.until or day <= paper.until)
        and (not paper.countries or country in paper.countries)
        and (not paper.parties or recipient in paper.parties)
        and (not paper.assessment_until or day <= paper.assessment_until)
        and (assessed is None or assessed.outcome != "closed")
        and (not paper.itinerary or country in question.itinerary)
        and (paper.mechanism != "adequacy" or decided_safe(policy, country, day))
    )


# --- Purposes ---------------------------------------------------------------------------------------------------------


def _lineage(policy: Policy, purpose: Purpose) -> frozenset[str]:
    found = {purpose.id}
    above = purpose.part_of
    while above and above not in found:
        found.add(above)
        above = policy.purposes[above].part_of if above in policy.purposes else ""
    return frozenset(found)


def _new_use(policy: Policy, today: Reading) -> NewUse | None:
    """What the governing version says of new purposes; where it says nothing, none opens."""
    terms = policy.changes.new_purpose
    if terms is None:
        return None
    return NewUse(today, terms, any(name in policy.purposes for name in today.purpose.compatible_with))


def _nothing(name: str) -> Purpose:
    """Stands where no purpose was found, so that the rest of the question can still be read."""
    return Purpose(name, {}, (), frozenset(), frozenset(), "", {}, {}, Place(""))

"""A question read under every version that governs, ready to be asked about people.

What does not depend on the person is worked out once. Where the ground of a purpose differs from person to person, each
way in which its rules come out is worked out when it is first met, and kept.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from hashlib import sha256
from types import MappingProxyType

from troth.gate.circumstances import Held, facts_in, judge, with_person
from troth.gate.codes import CODES, OPENS, base_of, quoted
from troth.gate.duties import LEDGER_LATER, duties, left_out
from troth.gate.reading import Limits, Reading, ground_rules, read
from troth.gate.rules import WHOLE, Finding, Rule
from troth.gate.rules.leaving import forms_of
from troth.gate.rules.said import choices_in
from troth.gate.steps import Steps, steps
from troth.model.policy import Policy
from troth.model.question import NOTHING_KNOWN, Answer, Facts, Question, Reason

Cite = Callable[[str], str]
"""Gives the law behind a code, or an empty string. A catalog answers it; the gate never names an article."""

DEFAULT_LIMITS = Limits()
_DEFAULTS = {each.name: each.default for each in fields(Question)}
_BESIDE = ("operation", "purpose", "fields", "channel", "recipient", "destination", "role", "zoned")
"""Always part of a question's name; any other only where it says something."""


def canonical(parts: Mapping[str, object]) -> str:
    """A question without person and moment as one text, the same for any order of fields and countries."""
    said = {name: sorted(value) if isinstance(value, frozenset) else value for name, value in parts.items()}
    said["fields"] = sorted(set(parts["fields"]))  # type: ignore[call-overload]
    named = [said[name] for name in _BESIDE]
    more = {name: said[name] for name in sorted(said) if name not in _BESIDE and parts[name] != _DEFAULTS[name]}
    return json.dumps([*named, more] if more else named)


def hash_of(text: str, question: Question) -> str:
    """The question's name: its parts, the moment and the person."""
    moment = _utc(question.at).isoformat()
    return sha256(f"{text}\n{moment}\n{question.person}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def names_of(versions: Iterable[Policy]) -> str:
    """The versions as a token names them."""
    return "+".join(dict.fromkeys(policy.hash[:12] for policy in versions))


def _utc(at: datetime) -> datetime:
    return at if at.tzinfo is None or at.tzinfo is UTC else at.astimezone(UTC)


@dataclass(frozen=True)
class Depends:
    """What an answer to a prepared question can hang on: two people who agree in all of it get the same answer.

    It may name more than one person's answer needs, and never less.
    """

    facts: frozenset[str]
    """Names of facts. Their age, and that it is within the bound, counts for every question."""
    choices: frozenset[str]
    """Ids among `choices`; all others do not matter."""
    events: frozenset[str]
    """Ids among `events`."""
    relationships: frozenset[str]
    """Ids among `relationships`, `since` and `known_with`."""
    matters: frozenset[str]
    """Kinds among `matters`."""
    messages: frozenset[tuple[str, str]]
    """Pairs of purpose and channel among `messages`."""
    moment: bool
    """Whether the time of the day matters, and not the day alone."""


@dataclass(frozen=True, slots=True)
class _Hanging:
    """A rule that hangs on facts, within one reading."""

    rule: Rule
    touched: tuple[str, ...]
    needs: tuple[str, ...]
    """Facts it cannot do without."""
    spared: tuple[str, ...]
    """Facts without which a service question goes on, to be ledgered later."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A reading, what is found in it whoever asks, the rules that hang on facts, and what comes with a yes."""

    reading: Reading
    found: tuple[Finding, ...]
    hanging: tuple[_Hanging, ...]
    duties: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Version:
    """One policy version. Its parts are kept by how the rules of the ground come out."""

    read: Callable[[tuple[Held, ...]], Reading]
    base: Reading
    rules: tuple[Rule, ...]
    parts: dict[tuple[Held, ...], _Part] = field(repr=False)

    def part(self, facts: Facts) -> _Part:
        """The part that speaks of this person."""
        ground = ground_rules(self.base.purpose)
        if not ground:
            return self.parts[()]
        known = with_person(self.base.circumstances, facts, self.base.day)
        return self.outcome(tuple(judge(rule.where, known) for rule in ground))

    def outcome(self, held: tuple[Held, ...]) -> _Part:
        """The part for one way in which the rules of the ground come out."""
        if (found := self.parts.get(held)) is None:
            found = self.parts[held] = _part(self.read(held), self.rules)
        return found

    def outcomes(self) -> Iterator[_Part]:
        """One for each rule that may decide, and one for none."""
        count = len(ground_rules(self.base.purpose))
        if not count:
            yield self.parts[()]
            return
        for first in range(count + 1):
            yield self.outcome(tuple(number == first for number in range(count)))


def prepared(versions: tuple[Policy, ...], question: Question, limits: Limits, rules: tuple[Rule, ...]) -> "Prepared":
    """Read a question under all versions, today's last."""
    asked = tuple(dict.fromkeys(question.fields)) or _used(versions, question.purpose)
    newest: dict[str, int] = {}
    for policy in versions:
        for choice in policy.choices.values():
            newest[choice.id] = max(choice.version, newest.get(choice.id, 0))
    last = read(versions[-1], question, asked, newest, limits) if versions else None

    def version(policy: Policy) -> _Version:
        def under(held: tuple[Held, ...]) -> Reading:
            older = last if last is not None and last.policy is not policy else None
            return read(policy, question, asked, newest, limits, held, older)

        base = under(())
        return _Version(under, base, rules, {(): _part(base, rules)})

    said = {each.name: getattr(question, each.name) for each in fields(Question) if each.name not in ("person", "at")}
    text = canonical({**said, "zoned": question.at.tzinfo is not None})
    return Prepared(tuple(version(policy) for policy in versions), asked, limits, names_of(versions), text)


def _used(versions: tuple[Policy, ...], purpose: str) -> tuple[str, ...]:
    """What any version uses. Each is asked for all of it, so that no version slips a field in."""
    return tuple(sorted({e for policy in versions if (p := policy.purposes.get(purpose)) for e in p.uses}))


def _part(reading: Reading, rules: tuple[Rule, ...]) -> _Part:
    """Put the rules that need no facts, and keep those that do for later. They stand in this order among RULES, too."""
    found: list[Finding] = []
    hanging: list[_Hanging] = []
    for rule in rules:
        if not (reading.purpose_known or rule.without_purpose):
            continue
        try:
            touched = rule.touches(reading)
            if touched and (rule.reads or rule.heeds):
                hanging.append(_Hanging(rule, touched, tuple(sorted(rule.reads)), _spared(rule, reading)))
            elif touched:
                found.extend(rule.check(reading, NOTHING_KNOWN, reading.question.at))
        except Exception as error:  # noqa: BLE001 - an error inside a rule is a no
            found.append(_failed(rule, error))
    due = duties(reading) if reading.purpose_known else ()
    return _Part(reading, tuple(found), tuple(hanging), due)


def _heeded(rule: Rule, reading: Reading) -> frozenset[str]:
    return rule.reads | (rule.heeds if rule.heeding is None else rule.heeding(reading))


_OPTIONAL = frozenset({"since"})
"""Only ever opens: that it is not known keeps nothing out of sight."""


def _spared(rule: Rule, reading: Reading) -> tuple[str, ...]:
    return tuple(_heeded(rule, reading) - _OPTIONAL) if rule.spares_service and reading.service else ()


def _failed(rule: Rule, error: Exception) -> Finding:
    return Finding(f"rule-failed:{rule.name}", words=f"{quoted(rule.name)} ({type(error).__name__})")


# --- The person -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Prepared:
    """A question without a person."""

    versions: tuple[_Version, ...]
    asked: tuple[str, ...]
    limits: Limits
    names: str
    canonical: str

    def answer(self, question: Question, facts: Facts, cite: Cite) -> Answer:
        """Answer it about one person. `question` is what was prepared, with the person and any moment of its day."""
        named = f"{self.names}.{facts.position}.{hash_of(self.canonical, question)}"
        if not self.versions:
            return Answer(allowed=False, reasons=(_reason(Finding("policy-unknown"), None, cite),), token=named)
        known = facts if 0 <= facts.age_seconds <= self.limits.facts_seconds else _too_old(facts)
        at = question.at if question.at.tzinfo is not None else question.at.replace(tzinfo=UTC)
        parts = [version.part(known) for version in self.versions]
        judged = [(part.reading, f) for part in parts for f in (*part.found, *_about(part, known, at))]
        withheld = self._withheld(judged)
        released = tuple(e for e in self.asked if e not in withheld) if withheld else self.asked
        if withheld or not released:
            judged.extend(self._about_fields(parts, question, released, withheld))
        whole = [finding.code in OPENS for _, finding in judged if finding.elements == WHOLE]
        allowed = bool(released) and bool(whole) and all(whole)
        return Answer(
            allowed=allowed,
            reasons=tuple(dict.fromkeys(_reason(finding, reading, cite) for reading, finding in judged)),
            released=released if allowed else (),
            withheld=MappingProxyType(withheld),
            duties=_due(parts, known, at) if allowed else (),
            token=named,
            transforms=MappingProxyType(_transforms(parts, released) if allowed else {}),
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
        self, parts: list[_Part], question: Question, released: tuple[str, ...], withheld: Mapping[str, str]
    ) -> Iterable[tuple[Reading, Finding]]:
        if not released and any(part.reading.purpose_known for part in parts):
            yield parts[0].reading, Finding("nothing-released")
        elif released and withheld and question.fields:
            yield parts[0].reading, Finding("fields-withheld", words=quoted(*withheld))

    @property
    def steps(self) -> Steps:
        """Which years of birth and versions of a choice its answers tell apart."""
        return steps(version.base for version in self.versions)

    @property
    def depends(self) -> Depends:
        """What its answers can hang on, whichever way the rules of a ground come out."""
        parts = [part for version in self.versions for part in version.outcomes()]
        readings = [part.reading for part in parts]
        ground = tuple(rule.where for r in readings for rule in ground_rules(r.purpose))
        facts = facts_in(ground).union(*(_heeded(h.rule, part.reading) for part in parts for h in part.hanging))
        blocks = any(r.channel is not None and r.channel.blocks for r in readings)
        choices = frozenset[str]().union(*(choices_in(r) for r in readings))
        return Depends(
            facts=facts | ({"choices"} if blocks else set()),
            choices=choices,
            events=frozenset(name for r in readings for name in _events(r)),
            relationships=frozenset(name for r in readings for name in _relationships(r)),
            matters=frozenset(name for r in readings for name in _matters(r)),
            messages=frozenset((r.purpose.id, r.channel.channel) for r in readings if r.channel and r.channel.at_most),
            moment=bool(facts & {"events", "messages"}) or any(_expires(r, choices) for r in readings),
        )


def _events(r: Reading) -> Iterator[str]:
    yield from (*r.purpose.opens_by, *r.purpose.ends_by)
    yield from (r.channel.after,) if r.channel is not None and r.channel.after else ()
    for name in r.purpose.relationships:
        yield from r.policy.relationships[name].ends_by if name in r.policy.relationships else ()


def _relationships(r: Reading) -> Iterator[str]:
    """A condition may name any; those of a purpose, and what has to be known beside them, always count."""
    yield from r.policy.relationships
    yield from r.purpose.relationships


def _matters(r: Reading) -> Iterator[str]:
    yield from r.purpose.needs_case
    yield from (r.recipient.each_time,) if r.recipient is not None and r.recipient.each_time else ()


def _expires(r: Reading, choices: frozenset[str]) -> bool:
    return any(name in choices and choice.expires for name, choice in r.policy.choices.items())


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


def _about(part: _Part, facts: Facts, at: datetime) -> list[Finding]:
    """Put the rules that hang on facts. Of a fact that nothing hangs on not even its absence is looked at."""
    found: list[Finding] = []
    for hanging in part.hanging:
        rule = hanging.rule
        try:
            missing = [name for name in hanging.needs if getattr(facts, name) is None]
            if not missing:
                found.extend(rule.check(part.reading, facts, at))
            elif not (rule.spares_service and part.reading.service):
                found.extend(Finding(f"fact-missing:{n}", elements=hanging.touched, words=quoted(n)) for n in missing)
        except Exception as error:  # noqa: BLE001 - an error inside a rule is a no
            found.append(_failed(rule, error))
    return found


def _due(parts: list[_Part], facts: Facts, at: datetime) -> tuple[str, ...]:
    found = [duty for part in parts for duty in (*part.duties, *left_out(part.reading, facts, at))]
    unseen = any(getattr(facts, name) is None for part in parts for hanging in part.hanging for name in hanging.spared)
    return tuple(dict.fromkeys([*found, LEDGER_LATER] if unseen else found))


def _transforms(parts: list[_Part], released: tuple[str, ...]) -> dict[str, str]:
    return {element: form for part in parts for element, form in forms_of(part.reading, released)}

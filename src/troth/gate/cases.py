"""Cases as data: a person, a question, the answer that must come, written so that it reads like a sentence.

An organisation keeps its own beside its policy; ours stand in tests/gate/cases. A case is read from plain values (the
caller has opened the file) and put to the real gate. Nothing here opens, prints or decides.

    - case: A member who said yes gets the newsletter by e-mail
      may: send
      for: newsletter
      by: email
      person: {is: [member], said: {newsletter: yes}}
      answer: yes
      because: [basis-consent, choice-yes]

What a case leaves out about the person is known and empty; `unknown: [choices]`, `unknown: everything` say otherwise.
`happened: {booked: 2026-02-01}` tells events, `open-cases` kinds of case, `wrote: {newsletter by email: [2026-02-01]}`
what left, `told: yes` that the notice reached them, `known-with: [guardian]` who is known beside them.
"""

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from troth.gate.ask import DEFAULT_LIMITS, Cite, ask
from troth.gate.reading import Limits
from troth.model.policy import Policy
from troth.model.problem import InputError
from troth.model.question import Answer, ChoiceState, Facts, Objection, Operation, Question, Restriction

MOMENT = datetime(2026, 3, 1, 12, tzinfo=UTC)
"""When a case is asked that names no `when`."""

SAID = {
    "activity": "activity",
    "from": "source",
    "about": "topic",
    "form": "form",
    "group": "group",
    "going-to": "itinerary",
    "decision": "decision",
    "tracker": "tracker",
    "instruction": "instruction",
    "space": "space",
    "emergency": "emergency",
}
"""Word of a case -> part of the question, beside the plain ones."""
ASKS = ("may", "for", "by", "fields", "to", "in", "as", "when", *SAID)
EXPECTS = ("answer", "because", "released", "withheld", "duties", "transforms")
KEYS = ("case", *ASKS, "person", *EXPECTS)
PERSON_KEYS = (
    "is", "since", "known-with", "said", "objected-to", "restricted", "erased", "born", "lives-in", "citizen-of",
    "happened", "open-cases", "wrote", "told", "unknown", "seen-seconds-ago",
)  # fmt: skip
UNKNOWABLE = (
    "relationships", "choices", "objections", "restrictions", "residence", "birth_year", "erased", "citizenship",
    "events", "matters", "messages", "told", "since", "known_with",
)  # fmt: skip
RESTRICTION_KEYS = ("elements", "open-to", "until")


@dataclass(frozen=True)
class Case:
    """One written example."""

    name: str
    question: Question
    person: Mapping[str, Any]
    expected: Mapping[str, Any]
    """What is said under `answer`, `because`, `released`, `withheld`, `duties`; what is left out is not compared."""


def read_case(raw: Mapping[str, Any]) -> Case:
    """Read one case from plain values. Raises InputError for an unknown word or a missing part."""
    _known(raw, KEYS, "case")
    name = str(raw.get("case", ""))
    for key in ("case", "may", "for", "answer", "because"):
        if key not in raw:
            raise InputError("case-incomplete", f"case `{name}` has no `{key}`", f"say `{key}:` in the case")
    person = raw.get("person") or {}
    _known(person, PERSON_KEYS, name)
    question = Question(
        operation=_operation(raw["may"]),
        purpose=str(raw["for"]),
        person="person",
        at=_moment(raw.get("when", MOMENT)),
        fields=tuple(raw.get("fields", ())),
        channel=raw.get("by", ""),
        recipient=raw.get("to", ""),
        destination=raw.get("in", ""),
        role=raw.get("as", ""),
        **{part: _shape(raw[word]) for word, part in SAID.items() if word in raw},
    )
    return Case(name, question, person, {key: raw[key] for key in EXPECTS if key in raw})


def _shape(value: Any) -> Any:
    return frozenset(value) if isinstance(value, list) else value


def check(case: Case, policies: tuple[Policy, ...], cite: Cite, limits: Limits = DEFAULT_LIMITS) -> tuple[str, ...]:
    """Ask the gate and say how its answer differs from the expected one; empty: it does not."""
    answer = ask(policies, case.question, facts_of(case.person, policies), cite, limits)
    said = _said(answer)
    return tuple(
        f"{key}: expected {_shown(wanted)}, the gate says {_shown(said[key])}"
        for key, wanted in case.expected.items()
        if _plain(wanted) != said[key]
    )


def facts_of(person: Mapping[str, Any], policies: tuple[Policy, ...]) -> Facts:
    """The facts that a case tells about its person. A yes without a version is one to the newest wording."""
    unknown = person.get("unknown", ())
    if unknown == "everything":
        unknown = UNKNOWABLE
    _known(dict.fromkeys(unknown), UNKNOWABLE, "unknown")
    told: dict[str, Any] = {
        "relationships": frozenset(person.get("is", ())),
        "choices": {name: _choice(name, said, policies) for name, said in person.get("said", {}).items()},
        "objections": tuple(_objection(words) for words in person.get("objected-to", ())),
        "restrictions": tuple(_restriction(raw) for raw in person.get("restricted", ())),
        "residence": person.get("lives-in"),
        "birth_year": person.get("born"),
        "erased": bool(person.get("erased", False)),
        "citizenship": person.get("citizen-of"),
        "events": {name: _moment(at) for name, at in person.get("happened", {}).items()},
        "matters": frozenset(person.get("open-cases", ())),
        "messages": dict(_left(words, moments) for words, moments in person.get("wrote", {}).items()),
        "told": frozenset(policy.hash for policy in policies if person.get("told", False)),
        "since": {name: _moment(at) for name, at in person.get("since", {}).items()},
        "known_with": frozenset(person.get("known-with", ())),
        "age_seconds": float(person.get("seen-seconds-ago", 0)),
    }
    return Facts(**told | dict.fromkeys(unknown))


def _said(answer: Answer) -> dict[str, Any]:
    """The answer in the words of a case. On a no, `because` leaves out what would have opened."""
    reasons = {reason.code for reason in answer.reasons if answer.allowed or not reason.allows}
    return {
        "answer": answer.allowed,
        "because": reasons,
        "released": set(answer.released),
        "withheld": dict(answer.withheld),
        "duties": set(answer.duties),
        "transforms": dict(answer.transforms),
    }


def _plain(wanted: Any) -> Any:
    return set(wanted) if isinstance(wanted, list) else wanted


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if isinstance(value, Mapping) else f"[{', '.join(sorted(value))}]"


def _operation(word: str) -> Operation:
    """Words that name no operation are passed on: a case may be about exactly that."""
    return Operation(word) if word in frozenset(Operation) else word  # type: ignore[return-value]


def _moment(value: date | datetime) -> datetime:
    return value if isinstance(value, datetime) else datetime.combine(value, time(12), UTC)


def _choice(name: str, said: Any, policies: tuple[Policy, ...]) -> ChoiceState:
    """`yes`, `no`, or `yes to version 1`; then perhaps `unconfirmed`; then perhaps `on 2025-12-24`."""
    declared = [policy.choices[name].version for policy in policies if name in policy.choices]
    words, _, day = {True: "yes", False: "no"}.get(said, str(said)).partition(" on ")
    plain = words.removesuffix(" unconfirmed")
    word, to, number = plain.partition(" to version ")
    if word not in ("yes", "no") or not (number.isdecimal() or not to):
        raise InputError(
            "case-choice",
            f"`{said}` is not something one can say to `{name}`",
            "yes, no, yes to version 1, yes unconfirmed, yes on 2025-12-24",
        )
    at = _moment(date.fromisoformat(day)) if day else MOMENT
    version = int(number) if to else max(declared, default=1)
    return ChoiceState(word == "yes", version, at, event=0, confirmed=plain == words)


def _left(words: str, moments: list[Any]) -> tuple[tuple[str, str], tuple[datetime, ...]]:
    """`newsletter by email` -> when messages left."""
    purpose, _, channel = words.partition(" by ")
    return (purpose, channel), tuple(_moment(each) for each in moments)


def _objection(words: str) -> Objection:
    """`marketing`, `everything`, a purpose; each may be followed by `by CHANNEL`, and by `overruled`."""
    heard = words.removesuffix(" overruled")
    what, _, channel = heard.partition(" by ")
    purpose = "" if what in ("marketing", "everything") else what
    return Objection(purpose, channel, what == "marketing", MOMENT, event=0, overruled=heard != words)


def _restriction(raw: Mapping[str, Any]) -> Restriction:
    _known(raw, RESTRICTION_KEYS, "restricted")
    elements, open_to = frozenset(raw.get("elements", ())), frozenset(raw.get("open-to", ()))
    return Restriction(elements, open_to, ground="", law="", until=raw.get("until"), event=0)


def _known(raw: Mapping[str, Any], keys: Collection[str], where: str) -> None:
    for key in raw:
        if key not in keys:
            near = difflib.get_close_matches(str(key), keys, 1)
            hint = f"did you mean `{near[0]}`?" if near else f"one of: {', '.join(keys)}"
            raise InputError("case-unknown-word", f"`{key}` is not known in `{where}`", hint)

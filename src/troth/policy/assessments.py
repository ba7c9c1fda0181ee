"""assessments/*.md -> what was weighed, by whom it was signed, until when it holds.

    # Suggestions beside loans
    kind: legitimate-interest
    until: 2027-12-31
    signed: Ana Brandt, 2026-01-10
    outcome: open

    ## The interest {#interest}
    …

Without `kind` it is the assessment of a legitimate interest, and its sections are its author's. With a kind it has the
sections that this kind asks for, none of them empty.
"""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from troth.model.policy_guard import Assessment
from troth.model.problem import Place
from troth.policy.report import Report, did_you_mean, listed, shown
from troth.policy.shapes import is_day

SECTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "legitimate-interest": ("interest", "necessity", "balance", "safeguards"),
        "compatibility": ("link", "context", "nature", "consequences", "safeguards"),
        "impact": ("description", "necessity", "risks", "measures"),
        "transfer": ("transfer", "law-there", "measures"),
    }
)
"""Kind -> what it has to speak about (GDPR Art. 6(1)(f), 6(4), 35(7) and 46)."""
OUTCOMES = ("open", "closed")
_LINE = re.compile(r"^(?P<key>kind|until|signed|outcome): *(?P<value>.*?) *$")
_HEADING = re.compile(r"^## +.*?(?:\{#(?P<id>[^}]*)\})? *$")


def read_assessments(
    texts: Mapping[str, str], own: Mapping[str, tuple[str, ...]], report: Report
) -> Mapping[str, Assessment]:
    """By file; an empty file is none. `own` are the sections that the organisation asks for besides, by kind."""
    found = {
        name: _read(name, text, own, report)
        for name, text in texts.items()
        if name.startswith("assessments/") and text.strip()
    }
    return MappingProxyType(found)


def _read(name: str, text: str, own: Mapping[str, tuple[str, ...]], report: Report) -> Assessment:
    said = _front(name, text)
    kind = _one_of("kind", said, tuple(SECTIONS), report)
    until, at = said.get("until", ("", Place(name, 1)))
    until = until if is_day(until) else ""
    sections = dict(_sections(name, text))
    if kind:
        _whole(name, kind, sections, own, report)
        if not said.get("signed", ("", at))[0]:
            report.say("unsigned", f"`{name}` does not say who signed it", Place(name, 1), "add a line `signed: …`")
    return Assessment(
        file=name,
        kind=kind or "legitimate-interest",
        until=until,
        signed=said.get("signed", ("", at))[0],
        outcome=_one_of("outcome", said, OUTCOMES, report) or "open",
        sections=tuple(sections),
        place=Place(name, 1),
    )


def _front(name: str, text: str) -> dict[str, tuple[str, Place]]:
    """The `key: value` lines, of each the first."""
    found: dict[str, tuple[str, Place]] = {}
    for number, line in enumerate(text.split("\n"), 1):
        match = _LINE.match(line)
        if match:
            found.setdefault(match["key"], (match["value"], Place(name, number, 1)))
    return found


def _one_of(key: str, said: Mapping[str, tuple[str, Place]], words: tuple[str, ...], report: Report) -> str:
    if key not in said:
        return ""
    value, place = said[key]
    if value in words:
        return value
    hint = did_you_mean(value, words) or f"one of {listed(words)}"
    report.say("wrong-value", f"`{shown(value)}` is not known here", place, hint)
    return ""


def _sections(name: str, text: str) -> Iterator[tuple[str, tuple[Place, bool]]]:
    """Id -> where it stands, and whether something is written in it."""
    here: tuple[str, Place] | None = None
    written = False
    for number, line in enumerate([*text.split("\n"), "## "], 1):
        heading = _HEADING.match(line)
        if heading:
            if here:
                yield here[0], (here[1], written)
            here = (heading["id"] or f"line-{number}", Place(name, number, 1))
            written = False
        elif line.strip():
            written = True


def _whole(
    name: str,
    kind: str,
    sections: Mapping[str, tuple[Place, bool]],
    own: Mapping[str, tuple[str, ...]],
    report: Report,
) -> None:
    for wanted in (*SECTIONS[kind], *own.get(kind, ())):
        place, written = sections.get(wanted, (Place(name, 1), False))
        if not written:
            what = "is empty" if wanted in sections else "is missing"
            message = f"section `{wanted}` {what} in this assessment"
            report.say("assessment-incomplete", message, place, f"write it under `## … {{#{wanted}}}`")

"""A purpose of which nobody was told when the data came: what the governing version promised of such."""

from collections.abc import Iterator
from datetime import datetime

from troth.gate.circumstances import facts_in, judge, with_person
from troth.gate.codes import quoted
from troth.gate.reading import NewUse, Reading, covering
from troth.gate.rules.choosing import open_to
from troth.gate.rules.rule import Finding, unless_known
from troth.model.question import Facts


def new_purpose(r: Reading, facts: Facts, at: datetime) -> Iterator[Finding]:
    """Compatible or not, and for some people: weighed, told, chosen, as the governing version asks."""
    use = r.new
    if use is None:
        return
    asked = list(use.terms.compatible if use.compatible else use.terms.unrelated)
    if not asked:
        yield Finding("purpose-unknown", words=quoted(r.question.purpose))
    circumstances = with_person(r.circumstances, facts, r.day) if use.terms.rules else r.circumstances
    for rule in use.terms.rules:
        if judge(rule.where, circumstances) is not False:
            asked += rule.needs
    for need in dict.fromkeys(asked):
        yield from _met(r, use, need, facts, at)


def _met(r: Reading, use: NewUse, need: str, facts: Facts, at: datetime) -> Iterator[Finding]:
    """A legal basis needs nothing more here: today's version names it, or is closed by itself."""
    if need == "assessment":
        yield from _weighed(use)
    elif need == "notice":
        if facts.told is None:
            yield unless_known("told")
        else:
            yield Finding("purpose-told" if use.today.policy.hash in facts.told else "purpose-not-told")
    elif need == "choice":
        if facts.choices is None:
            yield unless_known("choices")
            return
        ids = covering(use.today.policy.choices, r.question)
        if not ids:
            yield Finding("choice-undeclared")
        for name in ids:
            yield from open_to(use.today, facts, at, name, strict=True)
    elif need != "legal-basis":
        yield Finding("purpose-unknown", words=quoted(r.question.purpose))


def _weighed(use: NewUse) -> Iterator[Finding]:
    purpose, day = use.today.purpose, use.today.day.isoformat()
    file = use.today.policy.assessments.get(purpose.compatibility)
    if not purpose.compatibility:
        yield Finding("compatibility-missing")
    elif purpose.compatibility_until and day > purpose.compatibility_until:
        yield Finding("compatibility-ended", words=purpose.compatibility_until)
    elif file is not None and file.outcome == "closed":
        yield Finding("assessment-against", words=quoted(file.file))
    else:
        yield Finding("purpose-compatible", words=quoted(*purpose.compatible_with))


def new_facts(r: Reading) -> frozenset[str]:
    """The facts on which it hangs."""
    if r.new is None:
        return frozenset()
    needs = {*r.new.terms.compatible, *r.new.terms.unrelated, *(n for rule in r.new.terms.rules for n in rule.needs)}
    named = {"told"} if "notice" in needs else set()
    return frozenset(named | ({"choices"} if "choice" in needs else set())) | facts_in(
        tuple(rule.where for rule in r.new.terms.rules)
    )

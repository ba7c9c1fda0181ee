"""What the gate said, with every reason."""

from typing import Any

from troth.model.question import Answer, Question, Reason
from troth.show.blocks import Blocks, Heading, Line, Lines, Pairs, Para, Tone
from troth.show.words import listed, moment


def answer(question: Question, said: Answer, *, who: str) -> Blocks:
    """`who` is how the asker names the person; the gate itself knows only a random id."""
    by = f" by {question.channel}" if question.channel else ""
    asked = f"{question.operation.value}{by} for {question.purpose}"
    facts = [("person", who), ("asked at", moment(question.at))]
    if said.released:
        facts.append(("released", listed(said.released)))
    if said.withheld:
        facts.append(("withheld", listed(tuple(f"{name} ({code})" for name, code in said.withheld.items()))))
    if said.duties:
        facts.append(("duties", listed(said.duties)))
    facts.append(("token", said.token))
    verdict = Para("Yes, allowed." if said.allowed else "No.", Tone.GOOD if said.allowed else Tone.BAD)
    return (Heading(f"May we {asked}?"), verdict, Lines([_line(reason) for reason in said.reasons]), Pairs(facts))


def as_json(said: Answer) -> dict[str, Any]:
    """The answer as data."""
    return {
        "allowed": said.allowed,
        "reasons": [
            {"code": r.code, "allows": r.allows, "says": r.says, "clause": r.clause, "law": r.law} for r in said.reasons
        ],
        "released": list(said.released),
        "withheld": dict(said.withheld),
        "duties": list(said.duties),
        "token": said.token,
    }


def _line(reason: Reason) -> Line:
    behind = ", ".join(text for text in (f"clause {reason.clause}" if reason.clause else "", reason.law) if text)
    return Line(
        glyph="✓" if reason.allows else "✗",
        text=f"{reason.says} [{reason.code}]",
        details=[behind] if behind else [],
        tone=Tone.GOOD if reason.allows else Tone.BAD,
        says="speaks for it" if reason.allows else "speaks against it",
    )

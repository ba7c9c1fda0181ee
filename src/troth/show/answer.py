"""What the gate said, with every reason."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from troth.model.question import Answer, Question, Reason
from troth.show.blocks import Blocks, Heading, Line, Lines, Pairs, Para, Tone
from troth.show.unchecked import once
from troth.show.words import day, listed, moment


def answer(
    question: Question,
    said: Answer,
    *,
    who: str,
    observed: date | None = None,
    left: tuple[bool, str] = (False, ""),
    notes: Sequence[str] = (),
) -> Blocks:
    """`who` is how the asker names the person; the gate itself knows only a random id.

    `observed`: the last day on which the gate only watches, where that made it a yes. `left`: whether it was written
    into the ledger, and the note of what has to be. `notes`: what else has to be known to read it.
    """
    by = f" by {question.channel}" if question.channel else ""
    to = f" to {question.recipient}" if question.recipient else ""
    asked = f"{question.operation.value}{to}{by} for {question.purpose}"
    facts = [("person", who), ("asked at", moment(question.at))]
    if said.released:
        facts.append(("released", listed(said.released)))
    if said.withheld:
        facts.append(("withheld", listed(tuple(f"{name} ({code})" for name, code in said.withheld.items()))))
    if said.duties:
        facts.append(("duties", listed(said.duties)))
    ledgered, note = left
    if ledgered or note:
        facts.append(("ledgered", "yes, with this token" if ledgered else "when the ledger is back; noted here"))
    facts.append(("token", said.token))
    told = [Para(note, Tone.CARE) for note in notes]
    lines = Lines([_line(reason) for reason in said.reasons])
    return once((Heading(f"May we {asked}?"), _verdict(said, observed), *told, lines, Pairs(facts)))


def _verdict(said: Answer, observed: date | None) -> Para:
    if observed:
        return Para(f"It would have said no. It only watches until {day(observed)}: a broken promise.", Tone.BAD)
    return Para("Yes, allowed." if said.allowed else "No.", Tone.GOOD if said.allowed else Tone.BAD)


def as_json(
    said: Answer, observed: date | None = None, left: tuple[bool, str] = (False, ""), notes: Sequence[str] = ()
) -> dict[str, Any]:
    """The answer as data."""
    ledgered, note = left
    return {
        "allowed": said.allowed,
        "reasons": [
            {"code": r.code, "allows": r.allows, "says": r.says, "clause": r.clause, "law": r.law} for r in said.reasons
        ],
        "released": list(said.released),
        "withheld": dict(said.withheld),
        "transforms": dict(said.transforms),
        "duties": list(said.duties),
        "token": said.token,
        **({"observed_until": observed.isoformat()} if observed else {}),
        **({"ledgered": ledgered} if ledgered or note else {}),
        **({"notes": list(notes)} if notes else {}),
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


def notes(gone: Sequence[str], *, unseen: bool) -> tuple[str, ...]:
    """What has to be known to read an answer that is told again."""
    found = ["This is the answer told again: the policy and the facts of that moment, the words of today's law packs."]
    if gone:
        found.append(f"Something was erased since, so this is what follows from what is left: {listed(tuple(gone))}.")
    if unseen:
        found.append("It was asked while the ledger did not answer: no fact about anybody was seen.")
    return tuple(found)

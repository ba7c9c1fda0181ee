"""What an organisation's own cases came to: each that failed, with what was expected and what came."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from troth.show.blocks import Blocks, Heading, Line, Lines, Para, Tone
from troth.show.words import count


@dataclass(frozen=True)
class Tried:
    """One case that was put to the gate."""

    file: str
    case: str
    differs: tuple[str, ...] = ()
    """How the answer differs from the expected one; empty: it does not."""
    code: str = ""
    """Why the case could not be put at all; empty: it could."""
    says: str = ""
    remedy: str = ""

    @property
    def holds(self) -> bool:
        """Whether the answer was the expected one."""
        return not self.differs and not self.code


def tried(found: Sequence[Tried]) -> Blocks:
    """The failed and the wrong ones, then how many there were."""
    bad = [each for each in found if not each.holds]
    wrong = sum(bool(each.code) for each in found)
    if not bad:
        return (Heading("Cases"), Para(f"{count(len(found), 'case')}, all hold.", Tone.GOOD))
    total = f"{count(len(found), 'case')}: {len(found) - len(bad)} hold, {len(bad) - wrong} fail, {wrong} are wrong."
    return (Heading("Cases"), Lines([_line(each) for each in bad]), Para(total, Tone.BAD))


def as_json(found: Sequence[Tried]) -> list[dict[str, Any]]:
    """One object for each case."""
    return [
        {
            "file": each.file,
            "case": each.case,
            "holds": each.holds,
            "differs": list(each.differs),
            "code": each.code,
            "message": each.says,
            "remedy": each.remedy,
        }
        for each in found
    ]


def _line(each: Tried) -> Line:
    if each.code:
        details = (each.remedy,) if each.remedy else ()
        return Line("!", f"{each.file}: {each.code}: {each.says}", details, Tone.BAD, "wrong")
    return Line("✗", f"{each.file}: {each.case}", each.differs, Tone.BAD, "fails")

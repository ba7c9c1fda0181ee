"""What the doctor found, line by line: what is well, what is not, and what repairs it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from troth.show.blocks import Blocks, Heading, Line, Lines, Para, Tone
from troth.show.words import count


@dataclass(frozen=True)
class Finding:
    """One thing that was examined. `code` is empty when it is well."""

    what: str
    code: str = ""
    says: str = ""
    repair: str = ""
    care: bool = False
    """Works, but should be mended."""

    @property
    def bad(self) -> bool:
        """Whether it keeps something from working."""
        return bool(self.code) and not self.care


def findings(found: Sequence[Finding]) -> Blocks:
    """The examination as blocks."""
    bad = sum(finding.bad for finding in found)
    care = sum(finding.care for finding in found)
    total = "All is well." if not bad and not care else f"{count(bad, 'fault')}, {count(care, 'warning')}."
    return (
        Heading("Examination"),
        Lines([_line(finding) for finding in found]),
        Para(total, Tone.BAD if bad else Tone.CARE if care else Tone.GOOD),
    )


def as_json(found: Sequence[Finding]) -> list[dict[str, Any]]:
    """One object for each."""
    return [{"what": f.what, "code": f.code, "says": f.says, "repair": f.repair, "fault": f.bad} for f in found]


def _line(finding: Finding) -> Line:
    if not finding.code:
        return Line("✓", finding.what, [finding.says] if finding.says else [], Tone.GOOD, "well")
    details = [text for text in (f"repair: {finding.repair}" if finding.repair else "",) if text]
    text = f"{finding.what}: {finding.code}: {finding.says}"
    return Line(
        "✗" if finding.bad else "!",
        text,
        details,
        Tone.BAD if finding.bad else Tone.CARE,
        "fault" if finding.bad else "warning",
    )

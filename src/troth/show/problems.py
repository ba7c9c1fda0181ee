"""What is wrong with a policy, all at once."""

from collections.abc import Sequence
from typing import Any

from troth.model.law import NOBODY, cited
from troth.model.problem import Problem, Severity
from troth.show.blocks import Blocks, Heading, Line, Lines, Para, Tone
from troth.show.unchecked import once
from troth.show.words import count


def problems(found: Sequence[Problem], *, subject: str, compiled: str) -> Blocks:
    """`subject` names the folder; `compiled` says in a few words what did compile."""
    errors = [problem for problem in found if problem.severity is Severity.ERROR]
    head = Heading(f"Policy {subject}")
    if not found:
        return (head, Para(f"Compiles: {compiled}. No problem found.", Tone.GOOD))
    lines = Lines([problem_line(problem) for problem in found])
    warnings = len(found) - len(errors)
    total = f"{count(len(errors), 'error')}, {count(warnings, 'warning')}."
    if errors:
        return once((head, lines, Para(f"{total} Nothing was compiled.", Tone.BAD)))
    return once((head, lines, Para(f"{total} Compiles: {compiled}.", Tone.CARE)))


def as_json(found: Sequence[Problem]) -> list[dict[str, Any]]:
    """One flat object for each problem."""
    return [
        {
            "severity": problem.severity.value,
            "code": problem.code,
            "file": problem.place.file,
            "line": problem.place.line,
            "column": problem.place.column,
            "message": problem.message,
            "hint": problem.hint,
            "law": problem.law,
        }
        for problem in found
    ]


def problem_line(problem: Problem) -> Line:
    """One problem, with its remedy and the law under it."""
    bad = problem.severity is Severity.ERROR
    details = [text for text in (problem.hint, cited(problem.law, NOBODY)) if text]
    return Line(
        glyph="✗" if bad else "!",
        text=f"{problem.place}: {problem.code}: {problem.message}",
        details=details,
        tone=Tone.BAD if bad else Tone.CARE,
        says="error" if bad else "warning",
    )

"""docs/reference/messages.md, made by `troth check`: `python -m tests.docs.messages` writes it."""

import tempfile
from contextlib import chdir
from pathlib import Path

from tests.policy.little import HERE, change, copy_of_mini
from tests.policy.test_cases import cases
from typer.testing import CliRunner

from troth.edges.cli import program
from troth.edges.console import Exit

PAGE = HERE.parents[1] / "docs" / "reference" / "messages.md"

SHOWN = {
    "references": ["a purpose uses an element nobody declared", "a statutory duty that the pack does not have"],
    "text": ["a second colon in one line"],
    "shapes": ["a day that no calendar has", "a password in a connection address"],
    "contradictions": [
        "an interest that nobody assessed",
        "a transfer that nothing protects",
        "longer than the law asks",
        "nobody may sign",
    ],
    "notice": ["a purpose that no clause mentions"],
}
"""The ten, by their file of cases in tests/policy/cases."""

HEAD = """# Messages, as they are seen

What `troth check policy` prints for ten mistakes, each made alone in the little policy of `tests/policy/mini`. A
message says where, a code that never changes, the author's own word in backticks, and what mends it; under it stands
the law, where one is behind it. [Problems](problems.md) lists every code. This page is made by `python -m
tests.docs.messages`, and a test compares it with what the command prints, 100 columns wide and without colour.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *(_part(name, changes) for name, changes in chosen())])


def chosen() -> list[tuple[str, dict[str, object]]]:
    """What is changed for each message, under the name of its case. KeyError where a case is gone."""
    found = []
    for group, names in SHOWN.items():
        known = dict(cases(HERE / "cases" / f"{group}.yaml"))
        found += [(name, known[name]["change"]) for name in names]
    return found


def _part(name: str, changes: dict[str, object]) -> str:
    return f"## {name[0].upper()}{name[1:]}\n\n```text\n{printed(changes)}\n```\n"


def printed(changes: dict[str, object]) -> str:
    """What the terminal shows, 100 columns wide and without colour."""
    with tempfile.TemporaryDirectory() as place, chdir(place):
        change(copy_of_mini(Path(place)), changes)
        run = CliRunner().invoke(program(), ["check", "policy", "--format", "plain"])
    assert run.exit_code in (Exit.DONE, Exit.INVALID), run.output
    return run.stdout.strip()


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

"""docs/coverage.md, made from the promises.tsv of every organisation: `python -m examples.coverage`."""

import sys
from pathlib import Path

from troth.catalog import Catalog
from troth.catalog.controls import controls
from troth.model.promise import Coverage
from troth.policy import compile_folder
from troth.policy.promises import read_promises
from troth.show.promises import WORDS

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "coverage.md"

HEAD = """# What is kept, and what is not yet

Five invented organisations stand in `examples/`. Each promises what a real notice of its kind promises, in words of its
own; its `promises.tsv` says for each promise which clause tells it, which declared things carry it, and what keeps it.

- **enforced**: named controls keep it, and each control is held to its word by tests that are named with it
  (`src/troth/packs/controls.yaml`)
- **routed to a person**: somebody decides; the policy names the matter, the right or the role
- **recorded only**: a statement of fact that the policy holds and the notice or a record shows
- **not yet**: nothing keeps it so far, and the row says what is missing. This is the default: a row whose clause, thing
  or control does not resolve counts here, whatever it claims.

`troth promises POLICY --each` prints every promise with what keeps it. This page is made by `python -m
examples.coverage`, and a test compares it with the tables.
"""


def organisations() -> list[tuple[str, Coverage]]:
    """Every folder with its coverage. A policy that does not compile keeps nothing, and stops this."""
    found = []
    for table in sorted(HERE.glob("*/promises.tsv")):
        policy, problems = compile_folder(table.parent / "policy", Catalog.load())
        if policy is None:
            raise SystemExit(f"{table.parent.name} does not compile: {problems[0]}")
        coverage, _ = read_promises(table.read_text(encoding="utf-8"), table.name, policy, controls())
        found.append((table.parent.name, coverage))
    return found


def page(found: list[tuple[str, Coverage]]) -> str:
    """The whole page."""
    parts = [HEAD, _all(found)]
    parts += [f"## {coverage.organisation} (`examples/{name}`)\n\n{_kinds(coverage)}" for name, coverage in found]
    parts.append(_controls([coverage for _, coverage in found]))
    return "\n".join(parts)


def _all(found: list[tuple[str, Coverage]]) -> str:
    rows = [[f"{c.organisation} (`{name}`)", str(len(c.promises)), str(c.declared), *_counts(c)] for name, c in found]
    whole = Coverage("", tuple(promise for _, coverage in found for promise in coverage.promises))
    rows.append(["**all**", str(len(whole.promises)), str(whole.declared), *_counts(whole)])
    return "## All of them\n\n" + _table(["organisation", "promises", "declared", *WORDS.values()], rows)


def _counts(coverage: Coverage) -> list[str]:
    return [str(coverage.count(standing)) for standing in WORDS]


def _kinds(coverage: Coverage) -> str:
    rows = [
        [kind.replace("_", " "), *(str(counts[standing] or "") for standing in WORDS)]
        for kind, counts in coverage.by_kind().items()
    ]
    return _table(["kind of promise", *WORDS.values()], rows)


def _controls(found: list[Coverage]) -> str:
    known = controls()
    whole = Coverage("", tuple(promise for coverage in found for promise in coverage.promises))
    rows = [[f"`{name}`", known[name].says, str(number)] for name, number in whole.by_control().items()]
    idle = sorted(known.keys() - whole.by_control().keys())
    without = f"\nNo promise of these five names: {', '.join(f'`{name}`' for name in idle)}.\n" if idle else ""
    return "## The controls\n\n" + _table(["control", "what it does", "promises"], rows) + without


def _table(columns: list[str], rows: list[list[str]]) -> str:
    align = ["---" if number == 0 or name == "what it does" else "--:" for number, name in enumerate(columns)]
    lines = [columns, align, *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def main() -> None:
    """Write the page, or say with `--check` whether it stands."""
    made = page(organisations())
    if "--check" in sys.argv:
        raise SystemExit(0 if PAGE.read_text(encoding="utf-8") == made else 1)
    PAGE.write_text(made, encoding="utf-8")


if __name__ == "__main__":
    main()

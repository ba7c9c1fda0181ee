"""How long it takes to compile a policy folder: the sample's, a very large one, and as the command a person types."""

import subprocess
import sys
import tracemalloc
from collections.abc import Iterable
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory

from examples.airline.install import POLICY

from benchmarks.measure import Line, Samples, Tell
from troth.catalog import Catalog
from troth.policy import compile_folder

PURPOSES, RECIPIENTS, COLUMNS = 2_000, 500, 5_000
"""More than any organisation declares: the largest register of the kind that we know of has a few hundred lines."""
COLUMNS_EACH = 25
MEGABYTE = 1024 * 1024


def measure(tell: Tell, *, rounds: int) -> list[Line]:
    """The compiler, and `troth check` with everything that a new process has to load."""
    tell(f"compiling the sample's policy {rounds} times, and a large one once or more")
    samples = Samples()
    catalog = Catalog.load()
    command = [sys.executable, "-m", "troth", "check", str(POLICY)]
    for _ in range(rounds):
        samples.time("compile", lambda: compile_folder(POLICY, catalog))
        samples.time("command", lambda: subprocess.run(command, capture_output=True, check=True))
    size = sum(path.stat().st_size for path in POLICY.rglob("*") if path.is_file())
    return [
        Line("policy", "compile the sample's folder", samples.median_ms("compile"), "ms", note=f"{size / 1024:.0f} KB"),
        Line("policy", "`troth check`", samples.median_ms("command"), "ms", note="a process of its own"),
        *_large(catalog, rounds=max(1, rounds // 5)),
    ]


def _large(catalog: Catalog, *, rounds: int) -> list[Line]:
    samples = Samples()
    with TemporaryDirectory() as folder:
        half = large_folder(Path(folder) / "half", share=2)
        whole = large_folder(Path(folder) / "whole")
        for _ in range(rounds):
            samples.time("half", lambda: _clean(half, catalog))
            samples.time("whole", lambda: _clean(whole, catalog))
        tracemalloc.start()
        _clean(whole, catalog)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    what = f"{PURPOSES:,} purposes, {RECIPIENTS} recipients, {COLUMNS:,} columns"
    growth = samples.median_ms("whole") / samples.median_ms("half")
    return [
        Line("policy", what, samples.median_ms("whole"), "ms", ratio=growth, aim="5000", note="ratio: to half of all"),
        Line("policy", f"{what}: memory", peak / MEGABYTE, "MB", aim="500", note="peak while compiling"),
    ]


def _clean(folder: Path, catalog: Catalog) -> None:
    policy, problems = compile_folder(folder, catalog)
    if policy is None:
        raise RuntimeError(f"the generated policy does not compile: {problems[:3]}")


def large_folder(folder: Path, *, share: int = 1) -> Path:
    """A policy of that size, or of one part in `share` of it."""
    copytree(POLICY, folder, ignore=lambda _, names: [name for name in names if name == "stores"])
    purposes, recipients, columns = PURPOSES // share, RECIPIENTS // share, COLUMNS // share
    elements = [f"value-{number}" for number in range(100)]
    _append(
        folder / "elements.yaml",
        "\n  values:\n    says: Values\n    elements:\n",
        (f"      {e}: A value\n" for e in elements),
    )
    measures = folder / "measures.yaml"
    measures.write_text(
        measures.read_text(encoding="utf-8").replace("stores: [bookings, loyalty, website]", "stores: [large]")
    )
    relationships = folder / "relationships.yaml"
    relationships.write_text(relationships.read_text(encoding="utf-8").replace("may-have: [", "may-have: [values, "))
    _append(folder / "activities.yaml", "activities:\n", (f"  work-{n}: {{says: Work}}\n" for n in range(20)))
    _append(
        folder / "purposes.yaml",
        "",
        (
            f"  purpose-{n}:\n    says: A purpose\n    for: customer\n    uses: [{elements[n % 100]}, name]\n"
            f"    basis: {{default: contract, rules: [{{where: {{residence: eu}}, basis: legal-obligation}}]}}\n"
            f"    activities: work-{n % 20}\n    channels: {{email: {{basis: contract, stop: link}}}}\n"
            for n in range(purposes)
        ),
    )
    _append(
        folder / "recipients.yaml",
        "",
        (
            f"  recipient-{n}:\n    name: Recipient {n}\n    role: processor\n    country: DE\n"
            f"    stored-in: [DE, FR]\n"
            f"    class: hosting\n    gets: {elements[n % 100]}\n    for: purpose-{n % purposes}\n"
            f"    contract: {{kind: processing, signed: 2025-01-01}}\n    tell: work-order\n"
            for n in range(recipients)
        ),
    )
    _append(
        folder / "limits.yaml",
        "limits:\n",
        (
            f"  limit-{n}: {{says: A limit, of: 'element:{elements[n]}', never: {{operations: [sell, rent]}}}}\n"
            for n in range(100)
        ),
    )
    _store(folder, columns, elements)
    spoken = [f"purpose:purpose-{n}" for n in range(purposes)] + [f"recipient:recipient-{n}" for n in range(recipients)]
    spoken += [f"activity:work-{n}" for n in range(20)] + [f"limit:limit-{n}" for n in range(100)]
    for notice in (folder / "notice").glob("*.md"):
        lines = (
            f"\n## Part {n} {{#part-{n}}}\nspeaks of: {', '.join(spoken[n : n + 10])}\n\nText.\n"
            for n in range(0, len(spoken), 10)
        )
        _append(notice, "", lines)
    return folder


def _store(folder: Path, columns: int, elements: list[str]) -> None:
    """One store with all columns, a few in each table."""
    (folder / "stores").mkdir()
    tables = (_table(number, elements) for number in range(columns // COLUMNS_EACH))
    _append(folder / "stores" / "large.yaml", "store: large\nengine: work-order\nanswer-days: 10\ntables:\n", tables)


def _table(number: int, elements: list[str]) -> str:
    columns = range(number * COLUMNS_EACH, (number + 1) * COLUMNS_EACH)
    purposes = ", ".join(f"purpose-{column % 100}" for column in columns)
    head = f"  table_{number}:\n    relationship: customer\n    purposes: [{purposes}]\n"
    person = "    person: {email: {identifier: email, element: name}}\n    columns:\n"
    return head + person + "".join(f"      column_{column}: {elements[column % 100]}\n" for column in columns)


def _append(path: Path, head: str, lines: Iterable[str]) -> None:
    there = path.exists()  # then its head stands there already
    with path.open("a", encoding="utf-8") as file:
        file.write("" if there and path.suffix == ".yaml" and not head.startswith("\n") else head)
        file.writelines(lines)

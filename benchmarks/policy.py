"""How long it takes to compile the sample's policy folder: within a process, and as the command a person types."""

import subprocess
import sys

from examples.airline.install import POLICY

from benchmarks.measure import Line, Samples, Tell
from troth.catalog import Catalog
from troth.policy import compile_folder


def measure(tell: Tell, *, rounds: int) -> list[Line]:
    """The compiler, and `troth check` with everything that a new process has to load."""
    tell(f"compiling the sample's policy {rounds} times")
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
    ]

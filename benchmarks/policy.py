"""How long it takes to read and compile the sample's policy folder."""

from examples.airline.install import POLICY

from benchmarks.measure import Line, Samples, Tell
from troth.catalog import Catalog
from troth.policy import compile_folder


def measure(tell: Tell, *, rounds: int) -> list[Line]:
    """Packs, and policy."""
    tell(f"compiling the sample's policy {rounds} times")
    samples = Samples()
    samples.time("packs", Catalog.load)  # read once for each process: the first time is the only one
    catalog = Catalog.load()
    for _ in range(rounds):
        samples.time("policy", lambda: compile_folder(POLICY, catalog))
    size = sum(path.stat().st_size for path in POLICY.rglob("*") if path.is_file())
    return [
        Line("policy", "read the packs", samples.median_ms("packs"), "ms"),
        Line("policy", "compile the sample's folder", samples.median_ms("policy"), "ms", note=f"{size / 1024:.0f} KB"),
    ]

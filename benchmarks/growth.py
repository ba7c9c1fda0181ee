"""Does a request cost more where the tables are bigger? The same persons, with the same rows, in samples of two sizes.

Customers are made one after the other from one seed, so the first 2,000 of any sample are the same people.
"""

from contextlib import ExitStack

from benchmarks.house import installation, request, troth
from benchmarks.measure import Line, Samples, Tell
from benchmarks.persons import crowd

AIM = "<= 1.3"
WARM = 3


def measure(tell: Tell, *, sizes: tuple[int, ...], persons: int) -> list[Line]:
    """All sizes stand beside each other and take turns. The first is the measure of the others."""
    samples = {(size, right): Samples() for size in sizes for right in ("access", "erasure")}
    numbers = crowd(min(sizes), persons + WARM, seed=11)
    with ExitStack() as stack:
        opened = {}
        for size in sizes:
            tell(f"building {size:,} customers")
            installed = stack.enter_context(installation(size))
            opened[size] = installed, stack.enter_context(troth(installed))
        tell(f"access and erasure of {persons} persons in each of {len(sizes)} sizes")
        for turn, number in enumerate(numbers):
            for size, (installed, house) in opened.items():
                for right in ("access", "erasure"):
                    found = samples[size, right] if turn >= WARM else Samples()
                    found.time("troth", lambda: request(installed, house, right, number))  # noqa: B023 - run at once
    lines = []
    for right in ("access", "erasure"):
        base = samples[sizes[0], right].median_ms("troth")
        for size in sizes:
            value = samples[size, right].median_ms("troth")
            ratio = None if size == sizes[0] else value / base
            lines.append(
                Line("growth", f"{right}, {size:,} customers", value, "ms", ratio=ratio, aim=AIM if ratio else "")
            )
    return lines

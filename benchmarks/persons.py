"""Access and erasure of one person: Troth, the baseline and the bare statements in turns, on the same databases."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median

from examples.airline.data import cast

from benchmarks.bare import Bare
from benchmarks.handwritten import Handwritten
from benchmarks.house import Installation, handwritten, installation, request, troth
from benchmarks.measure import Line, Samples, Tell
from troth.desk.house import House

CONTENDERS = ("troth", "hand", "bare")
AIM = "<= 3"
WARM = 3
"""Requests per contender that are not counted."""


@dataclass
class Ring:
    """The three contenders, open on one installation."""

    installed: Installation
    house: House
    hand: Handwritten
    bare: Bare
    steps: defaultdict[str, list[float]]

    def run(self, contender: str, right: str, number: str, samples: Samples) -> None:
        """One request by one of them."""
        if contender == "troth":
            samples.time(contender, lambda: self._troth(right, number))
        elif contender == "hand":
            shelf = self.installed.home / "packages-by-hand"
            samples.time(contender, lambda: _by_hand(self.hand, right, number, shelf))
        else:
            samples.time(contender, lambda: (self.bare.read if right == "access" else self.bare.delete)(number))

    def _troth(self, right: str, number: str) -> None:
        for step, seconds in request(self.installed, self.house, right, number).items():
            self.steps[f"{right}: {step}"].append(seconds)


def _by_hand(hand: Handwritten, right: str, number: str, shelf: Path) -> None:
    if right == "access":
        hand.access(number, shelf)
    else:
        hand.erase(number)


@contextmanager
def ring(installed: Installation) -> Iterator[Ring]:
    """Open all three."""
    with troth(installed) as house, handwritten(installed) as hand:
        bare = Bare(installed.addresses())
        try:
            yield Ring(installed, house, hand, bare, defaultdict(list))
        finally:
            bare.close()


def crowd(customers: int, count: int, seed: int = 7) -> list[str]:
    """Customer numbers of ordinary people, by chance, always the same."""
    ids = Random(seed).sample(range(cast.FIRST_ORDINARY_ID, customers + 1), count)
    return [cast.customer_number(each) for each in ids]


def measure(tell: Tell, *, customers: int, persons: int, rounds: int) -> list[Line]:
    """The lines about one person."""
    tell(f"building {customers:,} customers")
    with installation(customers) as installed:
        installed.save()
        tell(f"access and erasure of {persons} ordinary persons by each of three")
        lines = _ordinary(installed, customers, persons)
        tell(f"access and erasure of a person with 2,005 rows, {rounds} rounds")
        return [*lines, *_heavy(installed, rounds)]


def _ordinary(installed: Installation, customers: int, persons: int) -> list[Line]:
    """Access on the same persons for all; erasure on three sets of persons drawn from the same crowd, in turns."""
    numbers = crowd(customers, len(CONTENDERS) * (persons + WARM))
    samples = {right: Samples() for right in ("access", "erasure")}
    with ring(installed) as contenders:
        for turn in range(persons + WARM):
            kept = samples if turn >= WARM else {right: Samples() for right in samples}
            if turn == WARM:
                contenders.steps.clear()
            three = numbers[turn * 3 : turn * 3 + 3]
            names = [CONTENDERS[(turn + place) % 3] for place in range(3)]  # whoever comes first meets cold pages
            for name in names:
                contenders.run(name, "access", three[0], kept["access"])
            for name, number in zip(names, three, strict=True):
                contenders.run(name, "erasure", number, kept["erasure"])
        steps = list(_steps(contenders.steps, "person"))
    what = {right: f"{right} of an ordinary person" for right in samples}
    beside = [
        found.beside("person", what[right], aim=AIM, note=f"{persons} persons") for right, found in samples.items()
    ]
    return [*beside, *steps]


def _heavy(installed: Installation, rounds: int) -> list[Line]:
    samples = {right: Samples() for right in ("access", "erasure")}
    number = cast.HEAVY.customer_number
    steps: defaultdict[str, list[float]] = defaultdict(list)
    for turn in range(rounds):
        for place in range(3):
            name = CONTENDERS[(turn + place) % 3]
            installed.set_back()
            with ring(installed) as contenders:
                contenders.run(name, "access", cast.DEMO.customer_number, Samples())
                contenders.run(name, "access", number, Samples())
                contenders.steps.clear()
                for right, found in samples.items():
                    contenders.run(name, right, number, found)
                for step, seconds in contenders.steps.items():
                    steps[step] += seconds
    what = {right: f"{right} of a person with 2,005 rows" for right in samples}
    beside = [found.beside("heavy", what[right], aim=AIM, note=f"{rounds} rounds") for right, found in samples.items()]
    return [*beside, *_steps(steps, "heavy")]


def _steps(steps: Mapping[str, list[float]], part: str) -> Iterator[Line]:
    """Where Troth's time goes: one line for each right, its steps in the note."""
    for right in ("access", "erasure"):
        found = {name.partition(": ")[2]: median(each) * 1000 for name, each in steps.items() if name.startswith(right)}
        note = ", ".join(f"{step} {value:.0f}" for step, value in found.items())
        yield Line(part, f"{right}, by step", sum(found.values()), "ms", note=note)

"""A promise of a published notice, and what keeps it: the rows of a `promises.tsv`, read against a compiled policy."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from troth.model.problem import Place


class Standing(StrEnum):
    """How a promise stands. The default is the last: nothing is kept because somebody hopes so."""

    ENFORCED = "enforced"
    """Controls keep it, and each of them has a test."""
    PERSON = "person"
    """A person decides; Troth routes, times and records the matter."""
    RECORDED = "recorded"
    """A statement of fact that the policy holds and the notice or a record shows."""
    NOT_YET = "not-yet"
    """Nothing keeps it so far."""


@dataclass(frozen=True)
class Control:
    """A named check that keeps promises, with the tests that hold it to its word."""

    id: str
    says: str
    """What it does, in a sentence that a reader of the coverage understands."""
    stage: str
    """Where it works: `compile`, `gate`, `plan`, `desk`, `worker`, `ledger`, `notice`."""
    tests: tuple[str, ...]
    """Tests of this project, as `tests/gate/test_rules.py::test_closed`. A control without one keeps nothing."""


@dataclass(frozen=True)
class Promise:
    """One row: what was promised, where the notice says it, and what carries it."""

    id: str
    kind: str
    """What sort of promise it is (`purpose`, `retention`, `right_access`), for counting."""
    clauses: tuple[str, ...]
    """Clause ids of the notice."""
    carries: tuple[str, ...]
    """Declared things that carry it: `purpose:newsletter`, `limit:no-sale`."""
    standing: Standing
    """As it was found to be: what the row claims, where everything the row names was found; else `NOT_YET`."""
    by: tuple[str, ...]
    """Controls that keep it, records that show it, or who decides, by standing."""
    place: Place
    remark: str = ""
    """What is missing, or weaker than promised."""


@dataclass(frozen=True)
class Coverage:
    """All promises of one organisation."""

    organisation: str
    promises: tuple[Promise, ...]

    def count(self, standing: Standing) -> int:
        """How many stand so."""
        return sum(promise.standing is standing for promise in self.promises)

    @property
    def declared(self) -> int:
        """How many have a clause and a declared thing."""
        return sum(bool(promise.clauses and promise.carries) for promise in self.promises)

    def by_kind(self) -> Mapping[str, Mapping[Standing, int]]:
        """Kind -> standing -> count, kinds in alphabetical order."""
        found: dict[str, dict[Standing, int]] = {}
        for promise in sorted(self.promises, key=lambda each: each.kind):
            counts = found.setdefault(promise.kind, dict.fromkeys(Standing, 0))
            counts[promise.standing] += 1
        return found

    def by_control(self) -> Mapping[str, int]:
        """Control -> promises that it keeps, the busiest first."""
        counts: dict[str, int] = {}
        for promise in self.promises:
            if promise.standing is Standing.ENFORCED:
                for control in promise.by:
                    counts[control] = counts.get(control, 0) + 1
        return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))

"""Figures for a monitor, in the text form that Prometheus reads: counts by declared words, nobody's values."""

from collections import Counter
from threading import Lock
from time import monotonic

from troth.client.view import View

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Counts:
    """What was answered and refused since the start."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._answers: Counter[tuple[str, str, bool]] = Counter()
        self._refused: Counter[str] = Counter()
        self._took: Counter[float] = Counter()
        self._sum = 0.0
        self._asked = 0

    def answered(self, purpose: str, operation: str, *, allowed: bool, number: int = 1) -> None:
        """Count answers. The words passed the scope of a key, so there are no more of them than are declared."""
        if number:
            with self._lock:
                self._answers[purpose, operation, allowed] += number

    def refused(self, code: str) -> None:
        """Count a refusal."""
        with self._lock:
            self._refused[code] += 1

    def took(self, seconds: float) -> None:
        """Count how long a request took."""
        with self._lock:
            self._asked, self._sum = self._asked + 1, self._sum + seconds
            for bound in SECONDS:
                self._took[bound] += seconds <= bound

    def text(self, view: View) -> str:
        """All of it."""
        with self._lock:
            lines = ["# TYPE troth_gate_answers_total counter"]
            for (purpose, operation, allowed), number in sorted(self._answers.items()):
                labels = f'purpose="{purpose}",operation="{operation}",allowed="{str(allowed).lower()}"'
                lines.append(f"troth_gate_answers_total{{{labels}}} {number}")
            lines.append("# TYPE troth_gate_refused_total counter")
            lines += [f'troth_gate_refused_total{{code="{code}"}} {n}' for code, n in sorted(self._refused.items())]
            lines.append("# TYPE troth_gate_seconds histogram")
            lines += [f'troth_gate_seconds_bucket{{le="{bound}"}} {self._took[bound]}' for bound in SECONDS]
            lines.append(f'troth_gate_seconds_bucket{{le="+Inf"}} {self._asked}')
            lines += [f"troth_gate_seconds_sum {self._sum:.6f}", f"troth_gate_seconds_count {self._asked}"]
        gauges = {
            "troth_gate_view_good": int(monotonic() < view.good_until),
            "troth_gate_view_position": view.position,
            "troth_gate_view_persons": view.held(),
            "troth_gate_observing": int(view.era.observing is not None),
        }
        for name, value in gauges.items():
            lines += [f"# TYPE {name} gauge", f"{name} {value}"]
        return "\n".join(lines) + "\n"

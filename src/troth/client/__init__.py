"""The gate inside a program: `from troth import Gate`. Loads neither a web framework nor anybody's database driver."""

from troth.client.gate import Gate
from troth.client.prepared import Answers, Prepared, Said

__all__ = ["Answers", "Gate", "Prepared", "Said"]

"""One worker process of the queue measure: opens the house, says so, waits for the word, works until nothing is due.

Speaks JSON lines: `{"ready": true}`, then what it did, in how many seconds, and how much memory it came to.
"""

import json
import resource
import sys
from pathlib import Path
from time import perf_counter

from troth import wire
from troth.desk.working import work_until_idle


def main() -> None:
    """Home folder and name are the arguments."""
    home, name = Path(sys.argv[1]), sys.argv[2]
    with wire.open_house(wire.read_settings(home)) as house:
        _say({"ready": True})
        for _ in sys.stdin:
            start = perf_counter()
            done = work_until_idle(house, name)
            codes = sorted({worked.code for worked in done} - {"done"})
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            _say({"done": len(done), "troubles": codes, "seconds": perf_counter() - start, "peak_mb": peak})


def _say(words: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

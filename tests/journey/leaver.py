"""Some customers leave, in a process of its own: plan all, wait for `go` on the input, then sign and carry out all.

Prints one line of JSON: how every case ended, and which codes were refused.
"""

import json
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from examples.airline.data.cast import customer_number
from tests.journey.world import Airline, carry_out, planned, sign

from troth.ledger.server import Server
from troth.ports.state import StateError
from troth.ports.store import StoreError

THREADS = 2


def _wait() -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()


READY = threading.Barrier(THREADS, action=_wait)


def main() -> None:
    """Arguments: the home, the server's folder, then customer ids."""
    home, folder, *ids = sys.argv[1:]
    airline = Airline(Path(home), Server(Path(folder)), {})
    ended: Counter[str] = Counter()
    lines = [threading.Thread(target=_leave, args=(airline, ids[n::THREADS], ended)) for n in range(THREADS)]
    for line in lines:
        line.start()
    for line in lines:
        line.join()
    sys.stdout.write(json.dumps(ended) + "\n")


def _leave(airline: Airline, ids: Sequence[str], ended: "Counter[str]") -> None:
    with airline.house() as house:
        try:
            cases = [planned(house, "erasure", ("customer-number", customer_number(int(one))))[0] for one in ids]
            for case in cases:
                sign(airline, house, case)
        except BaseException:
            READY.abort()
            raise
        READY.wait()
        for case in cases:
            try:
                ended[carry_out(house, case).state.value] += 1
            except (StateError, StoreError) as error:
                ended[error.code] += 1


if __name__ == "__main__":
    main()

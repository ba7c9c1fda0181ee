r"""Builds the sample airline's three stores: same seed and number of customers, same rows, on any machine.

Nothing here asks the clock or the network, and no row comes from real people. Memory does not grow with the customers.

    python -m examples.airline.data.generate --bookings postgresql:///bookings --loyalty postgresql:///loyalty \
        --website website.db --customers 20000
"""

import argparse
import sqlite3
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from typing import Final

import psycopg
import pymysql

from examples.airline.data.cast import FIRST_ORDINARY_ID
from examples.airline.data.clerk import timetable
from examples.airline.data.crowd import Crowd
from examples.airline.data.load import Loader, NotEmptyError, PostgresLoader, website_loader
from examples.airline.data.rows import STORES, Row, table_of
from examples.airline.data.story import cast_rows

Progress = Callable[[int, int, str], None]
"""Told (customers done, customers in all, what is being done)."""

BLOCK: Final = 5_000
"""How many customers are made before their rows are written; decides the memory used, never the rows."""

DROPPED_INDEX: Final = "agent_note_customer"
"""The index that `missing_index` leaves out of `bookings`, so that a missing one can be found."""

_STORE_OF: Final = {row_type: store for store, types in STORES.items() for row_type in types}


@dataclass(frozen=True, slots=True)
class Targets:
    """Where the three stores are to be: each an existing, empty database."""

    bookings: str
    """PostgreSQL connection string or URL."""
    loyalty: str
    """PostgreSQL connection string or URL of another database."""
    website: str
    """Path of a SQLite file (made if absent), or `mariadb://user:password@host:port/database`."""


def _silent(done: int, total: int, what: str) -> None:
    """Tells nobody."""


def build(
    targets: Targets,
    customers: int = 20_000,
    seed: int = 2026,
    *,
    progress: Progress = _silent,
    missing_index: bool = False,
) -> dict[str, dict[str, int]]:
    """Fills three empty databases and says how many rows went into each table of each store.

    Args:
        targets: where to; each must be reachable and must not hold the sample's tables yet.
        customers: how many customers in all, the cast's 209 among them.
        seed: decides the crowd; the cast is always the same.
        progress: told of every block of customers.
        missing_index: leave `DROPPED_INDEX` out, as a fault to be found.

    Raises:
        ValueError: fewer customers than the cast needs.
        NotEmptyError: a table of the sample is there already. Nothing was changed.
        psycopg.Error, sqlite3.Error, pymysql.Error: a store cannot be reached or written. PostgreSQL and SQLite are
            left as they were; MariaDB keeps the tables it made.
    """
    if customers < FIRST_ORDINARY_ID - 1:
        raise ValueError(
            f"`customers` is {customers}: the cast alone has {FIRST_ORDINARY_ID - 1}; ask for as many at least"
        )
    counts: dict[str, dict[str, int]] = {
        store: {table_of(row_type): 0 for row_type in types} for store, types in STORES.items()
    }
    with ExitStack() as stack:
        loaders = _open(targets, stack)
        for done, rows in _blocks(customers, seed):
            for row_type, some in _by_type(rows).items():
                store = _STORE_OF[row_type]
                loaders[store].write(row_type, some)
                counts[store][table_of(row_type)] += len(some)
            progress(done, customers, "customers")
        for store, loader in loaders.items():
            progress(customers, customers, f"keys and indexes of {store}")
            loader.finish()
    if missing_index:
        with psycopg.connect(targets.bookings) as connection:
            connection.execute(f"DROP INDEX {DROPPED_INDEX}")
    return counts


def _open(targets: Targets, stack: ExitStack) -> dict[str, Loader]:
    loaders: dict[str, Loader] = {}
    loaders["bookings"] = PostgresLoader(targets.bookings, "bookings")
    stack.callback(loaders["bookings"].give_up)
    loaders["loyalty"] = PostgresLoader(targets.loyalty, "loyalty")
    stack.callback(loaders["loyalty"].give_up)
    loaders["website"] = website_loader(targets.website)
    stack.callback(loaders["website"].give_up)
    return loaders


def _blocks(customers: int, seed: int) -> Iterator[tuple[int, Iterator[Row]]]:
    """The rows of all customers by blocks, each with the number of customers done when it is written."""
    crowd = Crowd(seed)
    yield 0, timetable()
    yield FIRST_ORDINARY_ID - 1, cast_rows()
    yield FIRST_ORDINARY_ID - 1, crowd.agencies()
    ids = iter(range(FIRST_ORDINARY_ID, customers + 1))
    while block := list(islice(ids, BLOCK)):
        yield block[-1], (row for customer_id in block for row in crowd.customer(customer_id))


def _by_type(rows: Iterable[Row]) -> dict[type[Row], list[Row]]:
    sorted_rows: defaultdict[type[Row], list[Row]] = defaultdict(list)
    for row in rows:
        sorted_rows[type(row)].append(row)
    return sorted_rows


def main() -> int:
    """Builds from the command line; says where it stands on the error channel."""
    parser = argparse.ArgumentParser(description="Builds the databases of the sample airline.")
    parser.add_argument("--bookings", required=True, help="PostgreSQL URL of an empty database")
    parser.add_argument("--loyalty", required=True, help="PostgreSQL URL of another empty database")
    parser.add_argument("--website", required=True, help="path of a SQLite file, or mariadb://user@host/database")
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=2026)
    given = parser.parse_args()

    def tell(done: int, total: int, what: str) -> None:
        sys.stderr.write(f"\r{what}: {done} of {total}\x1b[K")

    try:
        targets = Targets(given.bookings, given.loyalty, given.website)
        build(targets, given.customers, given.seed, progress=tell)
    except (NotEmptyError, ValueError) as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    except (psycopg.Error, sqlite3.Error, pymysql.Error) as problem:
        # the driver's own words may quote a password or a row
        kind = type(problem).__name__
        sys.stderr.write(f"\na store could not be reached or written ({kind}): check the three addresses\n")
        return 1
    sys.stderr.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

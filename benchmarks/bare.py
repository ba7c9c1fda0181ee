"""The bare statements: what remains of the baseline when every guarantee is left out.

One look to find the rows, one transaction per store to change them: no plan, no signature, no locks, no second and no
third look, nothing written down. Nobody should work like this; it says what the databases alone cost.
"""

from benchmarks.handwritten import STORES, Handwritten


class Bare(Handwritten):
    """The same stores, without guarantees."""

    def read(self, customer_number: str) -> list[list[str]]:
        """The values of a copy, in memory."""
        ids = self._identify(customer_number)
        seen = {store: self._see(store, ids).own for store in STORES}
        keys = {store: {table: [row.key for row in rows] for table, rows in own.items()} for store, own in seen.items()}
        return [entry for store in STORES for entry in self._read(store, keys[store], ids)]

    def delete(self, customer_number: str) -> dict[str, dict[str, int]]:
        """Write and delete; says by store and table how many rows went."""
        ids = self._identify(customer_number)
        done: dict[str, dict[str, int]] = {}
        for store in STORES:
            with self.transaction(store):
                done[store] = self._write(store, self._see(store, ids))
        return done

"""The Merkle tree of the ledger: hashing, proofs and their checks, after RFC 6962 section 2.1.

The tree is never held in memory. What is stored is the hash of every *complete* subtree, by its place (level, index):
level 0 holds the leaf hashes, and the node at (level, index) covers the leaves index * 2**level up to, not including,
(index + 1) * 2**level. A complete subtree never changes again, so the store only ever inserts, and any older root or
proof can be made from the same rows. A root or a proof reads about log2(size) nodes, in one call to the store.

Leaf and node hashes carry different prefixes, so that no node can pass for a leaf. This module reads no clock, knows no
database, and never sees what a leaf stands for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Protocol, TypeAlias

from troth.ledger.errors import MerkleError

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()
"""The root of a tree without leaves (RFC 6962: the hash of nothing)."""

_LEAF = b"\x00"
_NODE = b"\x01"


Place: TypeAlias = tuple[int, int]
"""Where a complete subtree stands: (level, index); level 0 are the leaves, the index counts from the left."""

Node: TypeAlias = tuple[int, int, bytes]
"""A complete subtree that may be stored for good: (level, index, hash)."""


class Nodes(Protocol):
    """The stored complete subtrees: gives the hashes at the wanted places, in the order wanted.

    Each function here calls it at most once, so a database answers a proof with one statement. It raises when a place
    is not stored; it never answers with fewer hashes.
    """

    def __call__(self, wanted: Sequence[Place], /) -> Sequence[bytes]:
        """The 32-byte hashes at the `wanted` places, as many and in the same order."""
        ...


class MemoryNodes:
    """Complete subtrees in memory: for checking an export, for small trees and for measures."""

    def __init__(self) -> None:
        self._levels: list[list[bytes]] = [[]]

    @property
    def size(self) -> int:
        """How many leaves are stored."""
        return len(self._levels[0])

    def __call__(self, wanted: Sequence[Place], /) -> list[bytes]:
        """The hashes at the `wanted` places; MerkleError `node-not-stored` when one is missing."""
        try:
            return [self._levels[level][index] for level, index in wanted]
        except IndexError:
            raise _not_stored() from None

    def add(self, nodes: Iterable[Node]) -> None:
        """Store what `append` returned; a node out of turn is refused."""
        levels = self._levels
        for level, index, value in nodes:
            if level == len(levels):
                levels.append([])
            if level > len(levels) or index != len(levels[level]):
                raise MerkleError(
                    "node-out-of-turn",
                    f"the node at level {level}, index {index} does not follow the stored ones",
                    "add the nodes in the order in which `append` gives them, once",
                )
            levels[level].append(value)


def leaf_hash(data: bytes) -> bytes:
    """The 32-byte hash of a leaf."""
    return sha256(_LEAF + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The 32-byte hash of an inner node over its two children."""
    return sha256(_NODE + left + right).digest()


def append(size: int, leaf_hashes: Sequence[bytes], node: Nodes) -> list[Node]:
    """The complete subtrees that come into being when `leaf_hashes` follow a tree of `size` leaves.

    The leaves themselves are among them (level 0), then level by level upwards; store them all. The root of the grown
    tree is `root(size + len(leaf_hashes), node)` once they are stored.
    """
    _check_size(size)
    for value in leaf_hashes:
        _check_hash(value)
    grown = size + len(leaf_hashes)
    waiting = _waiting_siblings(size, grown)
    fetched = dict(zip(waiting, _fetch(waiting, node), strict=True))
    made: list[Node] = []
    row, start, level = list(leaf_hashes), size, 0
    while row:
        made.extend([(level, index, value) for index, value in enumerate(row, start)])
        if start % 2:
            sibling = fetched.get((level, start - 1))
            if sibling is not None:
                row.insert(0, sibling)
        start, level = start // 2, level + 1
        pairs = zip(row[::2], row[1::2], strict=False)  # a last one without a partner waits for later leaves
        row = [sha256(_NODE + left + right).digest() for left, right in pairs]
    return made


def root(size: int, node: Nodes) -> bytes:
    """The root over the first `size` leaves; any size up to what is stored."""
    _check_size(size)
    return _hash_spans([(0, size)], node)[0] if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, node: Nodes) -> list[bytes]:
    """The hashes that lead from leaf `index` to the root over `size` leaves (RFC 6962, 2.1.1), leaf end first."""
    _check_size(size)
    if not 0 <= index < size:
        raise MerkleError(
            "leaf-out-of-tree", f"leaf {index} is not in a tree of {size} leaves", "ask for a leaf below the size"
        )
    spans: list[tuple[int, int]] = []
    low, high = 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            spans.append((middle, high))
            high = middle
        else:
            spans.append((low, middle))
            low = middle
    return _hash_spans(spans[::-1], node)


def consistency_proof(old: int, new: int, node: Nodes) -> list[bytes]:
    """The hashes that show a tree of `old` leaves to be the beginning of one of `new` (RFC 6962 section 2.1.2).

    Empty when the sizes are equal or `old` is 0: then the two roots alone say it.
    """
    _check_size(old)
    _check_size(new)
    if old > new:
        raise MerkleError(
            "sizes-swapped", f"a tree of {old} leaves does not begin one of {new}", "give the smaller size first"
        )
    if old in {0, new}:
        return []
    spans: list[tuple[int, int]] = []
    low, high, is_old_root = 0, new, True
    while old != high:
        middle = low + _split(high - low)
        if old <= middle:
            spans.append((middle, high))
            high = middle
        else:
            spans.append((low, middle))
            low, is_old_root = middle, False
    if not is_old_root:  # the checker holds the old root already and is not sent it again
        spans.append((low, high))
    return _hash_spans(spans[::-1], node)


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], expected_root: bytes) -> bool:
    """Whether `proof` leads from the leaf hash at `index` to `expected_root` over `size` leaves (RFC 9162, 2.1.3.2).

    Anything malformed is a no, never an error.
    """
    if not (0 <= index < size) or not _all_hashes(leaf, expected_root, *proof):
        return False
    place, last, value = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if place % 2 or place == last:
            value = node_hash(sibling, value)
            while not place % 2 and place:
                place, last = place >> 1, last >> 1
        else:
            value = node_hash(value, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and value == expected_root


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether `proof` shows the tree under `old_root` to be the beginning of that under `new_root` (RFC 9162, 2.1.4.2).

    Anything malformed is a no, never an error.
    """
    if not 0 <= old <= new or not _all_hashes(old_root, new_root, *proof):
        return False
    if old == new:
        return not proof and old_root == new_root
    if old == 0:
        return not proof and old_root == EMPTY_ROOT
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path:
        return False
    place, last = old - 1, new - 1
    while place % 2:
        place, last = place >> 1, last >> 1
    before = after = path[0]
    for value in path[1:]:
        if last == 0:
            return False
        if place % 2 or place == last:
            before, after = node_hash(value, before), node_hash(value, after)
            while not place % 2 and place:
                place, last = place >> 1, last >> 1
        else:
            after = node_hash(after, value)
        place, last = place >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root


def _split(count: int) -> int:
    """The largest power of two below `count` (at least 2): where RFC 6962 cuts a tree in two."""
    return 1 << ((count - 1).bit_length() - 1)


def _peaks(low: int, high: int) -> list[Place]:
    """The complete subtrees, left to right, that make up the leaves `low` to `high` of an RFC 6962 cut."""
    count, at = high - low, low
    places: list[Place] = []
    for level in range(count.bit_length() - 1, -1, -1):
        if count >> level & 1:
            places.append((level, at >> level))
            at += 1 << level
    return places


def _hash_spans(spans: Sequence[tuple[int, int]], node: Nodes) -> list[bytes]:
    """The tree hash of each span of leaves, read in one call."""
    peaks = [_peaks(low, high) for low, high in spans]
    hashes = iter(_fetch([place for places in peaks for place in places], node))
    return [_fold([next(hashes) for _ in places]) for places in peaks]


def _fold(hashes: list[bytes]) -> bytes:
    value = hashes[-1]
    for left in reversed(hashes[:-1]):
        value = node_hash(left, value)
    return value


def _waiting_siblings(size: int, grown: int) -> list[Place]:
    """The stored left children that get their right sibling while the tree grows from `size` to `grown`."""
    return [
        (level, (size >> level) - 1)
        for level in range(size.bit_length())
        if size >> level & 1 and grown >> (level + 1) > size >> (level + 1)
    ]


def _fetch(wanted: Sequence[Place], node: Nodes) -> Sequence[bytes]:
    if not wanted:
        return []
    found = node(wanted)
    if len(found) != len(wanted):
        raise _not_stored()
    for value in found:
        _check_hash(value)
    return found


def _all_hashes(*values: bytes) -> bool:
    return all(len(value) == HASH_BYTES for value in values)


def _check_hash(value: bytes) -> None:
    if len(value) != HASH_BYTES:
        raise MerkleError(
            "not-a-hash",
            f"a hash has {HASH_BYTES} bytes, this one {len(value)}",
            "hash the leaf with `leaf_hash` first",
        )


def _check_size(size: int) -> None:
    if size < 0:
        raise MerkleError("size-below-zero", f"a tree cannot have {size} leaves", "give a size of 0 or more")


def _not_stored() -> MerkleError:
    return MerkleError(
        "node-not-stored",
        "a complete subtree that this tree needs is not stored",
        "ask for a size that was appended; if it was, the ledger's stored hashes are damaged: `troth doctor`",
    )

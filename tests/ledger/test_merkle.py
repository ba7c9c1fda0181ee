"""The Merkle tree against the definition in RFC 6962, against published vectors, and against every flipped byte."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from troth.ledger import merkle
from troth.ledger.errors import MerkleError

# The reference tree of the Certificate Transparency project: eight inputs and the root over the first n of them.
CT_INPUTS = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
CT_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
CT_INCLUSION = {
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
}
CT_CONSISTENCY = {
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}


# The definitions of RFC 6962 section 2.1, as slow and as close to its text as possible.
def mth(data: Sequence[bytes]) -> bytes:
    if not data:
        return sha256(b"").digest()
    if len(data) == 1:
        return sha256(b"\x00" + data[0]).digest()
    k = power_below(len(data))
    return sha256(b"\x01" + mth(data[:k]) + mth(data[k:])).digest()


def power_below(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def path(m: int, data: Sequence[bytes]) -> list[bytes]:
    if len(data) == 1:
        return []
    k = power_below(len(data))
    if m < k:
        return [*path(m, data[:k]), mth(data[k:])]
    return [*path(m - k, data[k:]), mth(data[:k])]


def subproof(m: int, data: Sequence[bytes], *, whole: bool) -> list[bytes]:
    if m == len(data):
        return [] if whole else [mth(data)]
    k = power_below(len(data))
    if m <= k:
        return [*subproof(m, data[:k], whole=whole), mth(data[k:])]
    return [*subproof(m - k, data[k:], whole=False), mth(data[:k])]


def leaves(count: int) -> list[bytes]:
    return [b"leaf %d" % number for number in range(count)]


def grown(data: Sequence[bytes], batches: Sequence[int] = ()) -> merkle.MemoryNodes:
    nodes, cuts = merkle.MemoryNodes(), [*batches, len(data)]
    for cut in cuts:
        batch = data[nodes.size : nodes.size + cut]
        nodes.add(merkle.append(nodes.size, [merkle.leaf_hash(each) for each in batch], nodes))
    return nodes


def flips(value: bytes) -> Iterator[bytes]:
    for position in range(len(value)):
        for bit in range(8):
            yield value[:position] + bytes([value[position] ^ 1 << bit]) + value[position + 1 :]


def unhex(texts: Sequence[str]) -> list[bytes]:
    return [bytes.fromhex(text) for text in texts]


def test_roots_equal_the_published_vectors() -> None:
    """Every prefix of the reference tree has its published root."""
    nodes = grown(CT_INPUTS)
    assert [merkle.root(size, nodes).hex() for size in range(9)] == CT_ROOTS


def test_proofs_equal_the_published_vectors() -> None:
    """Inclusion and consistency proofs of the reference tree are the published ones, and verify."""
    nodes = grown(CT_INPUTS)
    roots = unhex(CT_ROOTS)
    for (index, size), proof in CT_INCLUSION.items():
        assert merkle.inclusion_proof(index, size, nodes) == unhex(proof)
        assert merkle.verify_inclusion(merkle.leaf_hash(CT_INPUTS[index]), index, size, unhex(proof), roots[size])
    for (old, new), proof in CT_CONSISTENCY.items():
        assert merkle.consistency_proof(old, new, nodes) == unhex(proof)
        assert merkle.verify_consistency(old, new, roots[old], roots[new], unhex(proof))


def test_every_small_tree_equals_the_definition() -> None:
    """Up to 40 leaves, each root and each proof of each size is the one of the RFC, and each verifies."""
    data = leaves(40)
    nodes = grown(data)
    hashes = [merkle.leaf_hash(each) for each in data]
    roots = [mth(data[:size]) for size in range(41)]
    for size in range(1, 41):
        assert merkle.root(size, nodes) == roots[size]
        for index in range(size):
            proof = merkle.inclusion_proof(index, size, nodes)
            assert proof == path(index, data[:size])
            assert merkle.verify_inclusion(hashes[index], index, size, proof, roots[size])
            consistency = merkle.consistency_proof(index + 1, size, nodes)
            assert consistency == subproof(index + 1, data[:size], whole=True)
            assert merkle.verify_consistency(index + 1, size, roots[index + 1], roots[size], consistency)


@given(st.lists(st.binary(max_size=8), max_size=300), st.lists(st.integers(0, 90), max_size=8), st.data())
def test_batches_do_not_matter(data: list[bytes], batches: list[int], draw: st.DataObject) -> None:
    """Leaves appended in any groups give the tree of the definition, with the proofs of the definition."""
    nodes = grown(data, batches)
    assert nodes.size == len(data)
    assert merkle.root(len(data), nodes) == mth(data)
    if data:
        size = draw.draw(st.integers(1, len(data)))
        index = draw.draw(st.integers(0, size - 1))
        assert merkle.inclusion_proof(index, size, nodes) == path(index, data[:size])
        assert merkle.consistency_proof(index + 1, size, nodes) == subproof(index + 1, data[:size], whole=True)


@given(st.integers(1, 2**40), st.data())
def test_a_huge_tree_is_asked_once_and_little(size: int, draw: st.DataObject) -> None:
    """A proof in a tree of up to 2**40 leaves takes one call for at most 2 * 40 stored nodes, all of them complete."""
    index = draw.draw(st.integers(0, size - 1))
    calls: list[int] = []

    def node(wanted: Sequence[merkle.Place]) -> list[bytes]:
        calls.append(len(wanted))
        assert all((at + 1) << level <= size for level, at in wanted)
        return [sha256(repr(place).encode()).digest() for place in wanted]

    merkle.inclusion_proof(index, size, node)
    merkle.consistency_proof(index + 1, size, node)
    assert len(calls) <= 2
    assert all(count <= 80 for count in calls)


@pytest.mark.parametrize(("index", "size"), [(0, 1), (0, 2), (2, 3), (4, 7), (6, 7), (8, 13), (12, 13)])
def test_every_flipped_bit_of_an_inclusion_is_seen(index: int, size: int) -> None:
    """One changed bit in the leaf, in any hash of the proof or in the root turns the yes into a no."""
    data = leaves(size)
    nodes = grown(data)
    leaf, proof, top = merkle.leaf_hash(data[index]), merkle.inclusion_proof(index, size, nodes), mth(data)
    assert merkle.verify_inclusion(leaf, index, size, proof, top)
    assert not any(merkle.verify_inclusion(bad, index, size, proof, top) for bad in flips(leaf))
    assert not any(merkle.verify_inclusion(leaf, index, size, proof, bad) for bad in flips(top))
    for at, step in enumerate(proof):
        changed = ([*proof[:at], bad, *proof[at + 1 :]] for bad in flips(step))
        assert not any(merkle.verify_inclusion(leaf, index, size, bad, top) for bad in changed)


@pytest.mark.parametrize(("old", "new"), [(1, 2), (2, 3), (3, 7), (4, 7), (6, 7), (7, 13), (8, 13), (12, 13)])
def test_every_flipped_bit_of_a_consistency_is_seen(old: int, new: int) -> None:
    """One changed bit in either root or in any hash of the proof turns the yes into a no."""
    data = leaves(new)
    proof, first, second = merkle.consistency_proof(old, new, grown(data)), mth(data[:old]), mth(data)
    assert merkle.verify_consistency(old, new, first, second, proof)
    assert not any(merkle.verify_consistency(old, new, bad, second, proof) for bad in flips(first))
    assert not any(merkle.verify_consistency(old, new, first, bad, proof) for bad in flips(second))
    for at, step in enumerate(proof):
        changed = ([*proof[:at], bad, *proof[at + 1 :]] for bad in flips(step))
        assert not any(merkle.verify_consistency(old, new, first, second, bad) for bad in changed)


def test_wrong_places_and_lengths_are_a_no() -> None:
    """A shorter, longer, reordered or moved proof, and a size or index that does not fit, is a no and no error."""
    data = leaves(13)
    nodes, top = grown(data), mth(data)
    proof, leaf = merkle.inclusion_proof(5, 13, nodes), merkle.leaf_hash(data[5])
    wrong = [proof[:-1], proof[1:], [*proof, proof[-1]], proof[::-1], [], [*proof[:-1], b"short"]]
    assert not any(merkle.verify_inclusion(leaf, 5, 13, bad, top) for bad in wrong)
    assert not any(merkle.verify_inclusion(leaf, index, 13, proof, top) for index in range(-2, 20) if index != 5)
    assert not any(merkle.verify_inclusion(leaf, 5, size, proof, top) for size in (-1, 0, 5, 2**200))
    consistency, first = merkle.consistency_proof(5, 13, nodes), mth(data[:5])
    wrong = [consistency[:-1], consistency[1:], [*consistency, top], consistency[::-1], [], [b"", *consistency]]
    assert not any(merkle.verify_consistency(5, 13, first, top, bad) for bad in wrong)
    assert not any(merkle.verify_consistency(old, 13, first, top, consistency) for old in (-1, 0, 4, 6, 14, 2**200))
    grown_to_four = merkle.consistency_proof(2, 4, nodes)
    assert merkle.verify_consistency(2, 4, mth(data[:2]), mth(data[:4]), grown_to_four)
    assert not merkle.verify_consistency(2, 8, mth(data[:2]), mth(data[:4]), grown_to_four)
    assert not merkle.verify_consistency(13, 13, top, top, [top])
    assert not merkle.verify_consistency(0, 13, top, top, [])
    assert merkle.verify_consistency(0, 13, merkle.EMPTY_ROOT, top, [])


def test_a_rewritten_past_has_no_consistency_proof() -> None:
    """A log that changed an early leaf cannot show its old root to be the beginning of the new one."""
    honest, forged = leaves(20), [b"rewritten", *leaves(30)[1:]]
    proof = merkle.consistency_proof(20, 30, grown(forged))
    assert merkle.verify_consistency(20, 30, mth(forged[:20]), mth(forged), proof)
    assert not merkle.verify_consistency(20, 30, mth(honest), mth(forged), proof)


def test_a_node_cannot_pass_for_a_leaf() -> None:
    """The two children of a node, taken as the bytes of a leaf, do not hash to that node."""
    left, right = merkle.leaf_hash(b"a"), merkle.leaf_hash(b"b")
    assert merkle.leaf_hash(left + right) != merkle.node_hash(left, right)


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda nodes: merkle.root(-1, nodes), "size-below-zero"),
        (lambda nodes: merkle.root(99, nodes), "node-not-stored"),
        (lambda nodes: merkle.inclusion_proof(5, 5, nodes), "leaf-out-of-tree"),
        (lambda nodes: merkle.inclusion_proof(-1, 5, nodes), "leaf-out-of-tree"),
        (lambda nodes: merkle.consistency_proof(5, 4, nodes), "sizes-swapped"),
        (lambda nodes: merkle.append(5, [b"not hashed"], nodes), "not-a-hash"),
        (lambda nodes: nodes.add([(0, 7, b"")]), "node-out-of-turn"),
        (lambda _: merkle.root(3, lambda _: []), "node-not-stored"),
    ],
)
def test_what_cannot_be_is_refused_by_code(call, code: str) -> None:
    """A size, index or hash that cannot be is refused with a stable code and a remedy."""
    with pytest.raises(MerkleError) as caught:
        call(grown(leaves(5)))
    assert caught.value.code == code
    assert caught.value.remedy

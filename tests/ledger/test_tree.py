"""The tree is RFC 6962's, in every shape, and its proofs prove nothing else."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import ProofError
from ledger.tree import (
    EMPTY_ROOT,
    Frontier,
    Tree,
    leaf_hash,
    node_hash,
    verify_consistency,
    verify_inclusion,
)

LEAVES = [leaf_hash(number.to_bytes(2)) for number in range(65)]

# The test vectors of Certificate Transparency (google/certificate-transparency, merkletree tests).
VECTOR_ENTRIES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
VECTOR_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def naive_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 §2.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(naive_root(leaves[:split]), naive_root(leaves[split:]))


def naive_path(index: int, leaves: list[bytes]) -> list[bytes]:
    """RFC 6962 §2.1.1, word for word."""
    if len(leaves) == 1:
        return []
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    if index < split:
        return [*naive_path(index, leaves[:split]), naive_root(leaves[split:])]
    return [*naive_path(index - split, leaves[split:]), naive_root(leaves[:split])]


def naive_subproof(old: int, leaves: list[bytes], *, whole: bool) -> list[bytes]:
    """RFC 6962 §2.1.2, word for word."""
    if old == len(leaves):
        return [] if whole else [naive_root(leaves)]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    if old <= split:
        return [*naive_subproof(old, leaves[:split], whole=whole), naive_root(leaves[split:])]
    return [*naive_subproof(old - split, leaves[split:], whole=False), naive_root(leaves[:split])]


def test_roots_of_the_certificate_transparency_vectors() -> None:
    """Our roots are those other implementations publish."""
    frontier = Frontier()
    for entry, root in zip(VECTOR_ENTRIES, VECTOR_ROOTS, strict=True):
        frontier.append(leaf_hash(bytes.fromhex(entry)))

        assert root == frontier.root().hex()


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    """RFC 6962 §2.1: the root of no entries is SHA-256 of the empty string."""
    assert EMPTY_ROOT == Frontier().root() == Tree().root() == naive_root([])


def test_every_root_and_proof_up_to_64() -> None:
    """Every root, inclusion and consistency proof of every tree up to 64 leaves is the recursion's, and verifies."""
    tree, frontier = Tree(LEAVES[:64]), Frontier()
    roots = [naive_root(LEAVES[:size]) for size in range(65)]
    for size in range(65):
        assert roots[size] == tree.root(size) == frontier.root()
        for index in range(size):
            proof = tree.inclusion_proof(index, size)

            assert naive_path(index, LEAVES[:size]) == proof
            verify_inclusion(leaf=LEAVES[index], index=index, size=size, proof=proof, root=roots[size])
        for old in range(size + 1):
            proof = tree.consistency_proof(old, size)

            assert (naive_subproof(old, LEAVES[:size], whole=True) if old else []) == proof
            verify_consistency(old=old, size=size, old_root=roots[old], root=roots[size], proof=proof)
        frontier.append(LEAVES[size])


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 11, 16, 21])
def test_a_wrong_inclusion_proof_is_refused(size: int) -> None:
    """Another leaf, index, size, root, or a proof with a hash changed, dropped, doubled or swapped proves nothing."""
    tree = Tree(LEAVES[:size])
    for index in range(size):
        proof, root = tree.inclusion_proof(index), tree.root()
        good: dict[str, Any] = {"leaf": LEAVES[index], "index": index, "size": size, "proof": proof, "root": root}
        wrong: list[dict[str, Any]] = [
            {"leaf": LEAVES[64]},
            {"root": LEAVES[64]},
            {"proof": [*proof, LEAVES[64]]},
            {"index": size},
            {"index": -1},
            *({"index": other} for other in range(size) if other != index),
            *({"proof": [*proof[:at], LEAVES[64], *proof[at + 1 :]]} for at in range(len(proof))),
            *({"proof": proof[:at] + proof[at + 1 :]} for at in range(len(proof))),
        ]
        for change in wrong:
            with pytest.raises(ProofError):
                verify_inclusion(**{**good, **change})


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 11, 16, 21])
def test_a_wrong_consistency_proof_is_refused(size: int) -> None:
    """Another root on either side, or a proof with a hash changed, dropped or added proves nothing."""
    tree = Tree(LEAVES[:size])
    for old in range(size + 1):
        proof = tree.consistency_proof(old)
        roots = {"old_root": tree.root(old), "root": tree.root()}
        good: dict[str, Any] = {"old": old, "size": size, "proof": proof, **roots}
        wrong: list[dict[str, Any]] = [
            {"old_root": LEAVES[64]},
            {"proof": [*proof, LEAVES[64]]},
            {"old": size + 1},
            *({"proof": [*proof[:at], LEAVES[64], *proof[at + 1 :]]} for at in range(len(proof))),
            *({"proof": proof[:at] + proof[at + 1 :]} for at in range(len(proof))),
        ]
        if old:
            wrong.append({"root": LEAVES[64]})
        for change in wrong:
            with pytest.raises(ProofError):
                verify_consistency(**{**good, **change})


def test_a_proof_longer_than_its_size_is_refused() -> None:
    """A root of two leaves does not pass as that of a tree of one, whatever proof comes with it."""
    first, second = LEAVES[:2]
    root = node_hash(first, second)
    with pytest.raises(ProofError):
        verify_inclusion(leaf=second, index=0, size=1, proof=[first], root=root)
    tree, extra = Tree(LEAVES[:4]), LEAVES[64]
    with pytest.raises(ProofError):
        verify_consistency(
            old=3,
            size=4,
            old_root=node_hash(extra, tree.root(3)),
            root=node_hash(extra, tree.root()),
            proof=[*tree.consistency_proof(3), extra],
        )


def test_a_rewritten_prefix_is_not_consistent() -> None:
    """No pair of sizes hides that an entry of the older tree was changed."""
    honest = Tree(LEAVES[:16])
    for changed in range(15):
        forged = Tree([*LEAVES[:changed], LEAVES[64], *LEAVES[changed + 1 : 16]])
        for old in range(changed + 1, 16):
            with pytest.raises(ProofError):
                verify_consistency(
                    old=old,
                    size=16,
                    old_root=honest.root(old),
                    root=forged.root(),
                    proof=forged.consistency_proof(old),
                )


@settings(max_examples=50, deadline=None)
@given(st.lists(st.binary(max_size=8), max_size=200), st.data())
def test_frontier_goes_on_from_its_kept_state(entries: list[bytes], data: st.DataObject) -> None:
    """A frontier stopped anywhere and begun again from size and peaks comes to the naive root."""
    leaves = [leaf_hash(entry) for entry in entries]
    stop = data.draw(st.integers(0, len(leaves)))
    first = Frontier()
    first.extend(leaves[:stop])
    second = Frontier(first.size, first.peaks)
    second.extend(leaves[stop:])

    assert naive_root(leaves) == second.root()
    assert first.root() == naive_root(leaves[:stop])


@pytest.mark.parametrize("kept", [(-1, 0), (3, 1), (4, 2), (0, 1)])
def test_a_frontier_of_impossible_shape_is_refused(kept: tuple[int, int]) -> None:
    """Size and number of peaks must fit."""
    size, peaks = kept
    with pytest.raises(ProofError):
        Frontier(size, [LEAVES[0]] * peaks)


def test_no_proof_of_what_is_not_there() -> None:
    """A tree does not prove a leaf or a size it never had."""
    tree = Tree(LEAVES[:5])
    for index, size in ((5, 5), (0, 6), (-1, 5), (3, 3)):
        with pytest.raises(ProofError):
            tree.inclusion_proof(index, size)
    with pytest.raises(ProofError):
        tree.consistency_proof(5, 4)

"""The Merkle tree over all entries, RFC 6962 §2.1: hashes, roots, proofs and their checks.

`Tree` keeps every hash and proves; `Frontier` keeps only the right edge and follows a log of any length. The
checks are those of RFC 9162 §2.1.3.2 and §2.1.4.2. Nothing home-made: any verifier of such trees must agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

from ledger.errors import ProofError

EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """Hash one entry as a leaf."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees as their parent."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """The right edge of a tree: the roots of its perfect subtrees, largest first.

    Takes O(log n) memory. `size` and `peaks` are all there is to keep of it.
    """

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        if size < 0 or len(peaks) != size.bit_count():
            raise ProofError("a frontier has one peak for each bit of its size")
        self.size = size
        self.peaks = list(peaks)

    def append(self, leaf: bytes) -> None:
        """Add the next leaf hash."""
        carry, size = leaf, self.size
        while size & 1:
            carry = node_hash(self.peaks.pop(), carry)
            size >>= 1
        self.peaks.append(carry)
        self.size += 1

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaf hashes in their order."""
        for leaf in leaves:
            self.append(leaf)

    def root(self) -> bytes:
        """Compute the root of everything added so far."""
        if not self.peaks:
            return EMPTY_ROOT
        root = self.peaks[-1]
        for peak in self.peaks[-2::-1]:
            root = node_hash(peak, root)
        return root


class Tree:
    """All hashes of a tree in memory: roots and proofs of every size it ever had."""

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        self._levels: list[list[bytes]] = [[]]
        for leaf in leaves:
            self.append(leaf)

    @property
    def size(self) -> int:
        """Number of leaves."""
        return len(self._levels[0])

    def append(self, leaf: bytes) -> None:
        """Add the next leaf hash, and each parent it completes."""
        self._levels[0].append(leaf)
        height = 0
        while len(self._levels[height]) % 2 == 0:
            if height + 1 == len(self._levels):
                self._levels.append([])
            left, right = self._levels[height][-2:]
            self._levels[height + 1].append(node_hash(left, right))
            height += 1

    def root(self, size: int | None = None) -> bytes:
        """Compute the root of the first `size` leaves; all of them by default."""
        size = self._size(size)
        return self._subtree(0, size) if size else EMPTY_ROOT

    def inclusion_proof(self, index: int, size: int | None = None) -> list[bytes]:
        """Prove that leaf `index` (from 0) is in the tree of `size` leaves: RFC 6962 §2.1.1, leaf side first."""
        size = self._size(size)
        if not 0 <= index < size:
            raise ProofError("there is no such leaf")
        proof: list[bytes] = []
        start, end = 0, size
        while end - start > 1:
            middle = start + _split(end - start)
            if index < middle:
                proof.append(self._subtree(middle, end))
                end = middle
            else:
                proof.append(self._subtree(start, middle))
                start = middle
        return proof[::-1]

    def consistency_proof(self, old: int, size: int | None = None) -> list[bytes]:
        """Prove that the tree of `old` leaves is a prefix of that of `size`: RFC 6962 §2.1.2."""
        size = self._size(size)
        if not 0 <= old <= size:
            raise ProofError("the older tree is the larger one")
        if old in (0, size):
            return []
        proof: list[bytes] = []
        start, end = 0, size
        while old != end:
            middle = start + _split(end - start)
            if old <= middle:
                proof.append(self._subtree(middle, end))
                end = middle
            else:
                proof.append(self._subtree(start, middle))
                start = middle
        if start:  # else the old root itself is the missing hash, and the verifier has it
            proof.append(self._subtree(start, end))
        return proof[::-1]

    def _size(self, size: int | None) -> int:
        if size is None:
            return self.size
        if not 0 <= size <= self.size:
            raise ProofError("the tree never had this size")
        return size

    def _subtree(self, start: int, end: int) -> bytes:
        width = end - start
        if width & (width - 1) == 0:  # perfect, and its start is a multiple of its width
            return self._levels[width.bit_length() - 1][start // width]
        middle = start + _split(width)
        return node_hash(self._subtree(start, middle), self._subtree(middle, end))


def verify_inclusion(*, leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Check that `leaf` is number `index` (from 0) of the tree of `size` leaves with this root.

    Raises:
        ProofError: It is not, or the proof does not show it.
    """
    if not 0 <= index < size:
        raise ProofError("there is no such leaf")
    position, last, computed = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise ProofError("inclusion proof is too long")
        if position & 1 or position == last:
            computed = node_hash(sibling, computed)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            computed = node_hash(computed, sibling)
        position, last = position >> 1, last >> 1
    if last != 0 or computed != root:
        raise ProofError("inclusion proof does not lead to the root")


def verify_consistency(*, old: int, size: int, old_root: bytes, root: bytes, proof: Sequence[bytes]) -> None:
    """Check that the tree of `old` leaves with `old_root` is a prefix of that of `size` leaves with `root`.

    Raises:
        ProofError: It is not, or the proof does not show it.
    """
    if not 0 <= old <= size:
        raise ProofError("the older tree is the larger one")
    if old in (0, size):
        _verify_trivial_consistency(old=old, size=size, old_root=old_root, root=root, proof=proof)
        return
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path:
        raise ProofError("consistency proof is empty")
    position, last = old - 1, size - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old_computed = computed = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise ProofError("consistency proof is too long")
        if position & 1 or position == last:
            old_computed, computed = node_hash(sibling, old_computed), node_hash(sibling, computed)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            computed = node_hash(computed, sibling)
        position, last = position >> 1, last >> 1
    if last != 0 or old_computed != old_root or computed != root:
        raise ProofError("consistency proof does not lead to both roots")


def _verify_trivial_consistency(*, old: int, size: int, old_root: bytes, root: bytes, proof: Sequence[bytes]) -> None:
    if proof:
        raise ProofError("consistency proof is too long")
    if old == 0 and old_root != EMPTY_ROOT:
        raise ProofError("the root of the empty tree is another")
    if old == size and old_root != root:
        raise ProofError("two roots for one size")


def _split(width: int) -> int:
    """Give the largest power of two smaller than `width` (which is over 1)."""
    return 1 << ((width - 1).bit_length() - 1)

"""Attack: somebody who can write to the disk changes one byte of a stored entry.

Answer: the bytes no longer parse as an entry, or their leaf, and with it every later root, is another. And no changed
byte gives a second spelling of the same entry.
"""

from __future__ import annotations

import pytest

from ledger.entry import build, leaf_hash, parse
from ledger.errors import EntryMalformedError
from ledger.tree import Frontier

ENTRY = build(
    header='{"v":1,"type":"case.notified","ghi chú":"không có thật"}'.encode(),
    signatures=(("0a" * 16, bytes(range(64))), ("0b" * 16, bytes(64))),
    recorded=1_700_000_000_000_000,
    rules="5f" * 32,
)


def _root_with(entry: bytes) -> bytes:
    frontier = Frontier()
    frontier.extend(leaf_hash(other) for other in (b"first", entry, b"third"))
    return frontier.root()


def test_every_flip_of_an_entry_is_noticed() -> None:
    """All 8 bits of each byte: malformed, or another content, another leaf and another root."""
    original, leaf, root = parse(ENTRY), leaf_hash(ENTRY), _root_with(ENTRY)
    for at in range(len(ENTRY)):
        for bit in range(8):
            changed = ENTRY[:at] + bytes([ENTRY[at] ^ 1 << bit]) + ENTRY[at + 1 :]

            assert leaf != leaf_hash(changed)
            assert root != _root_with(changed)
            try:
                assert original != parse(changed)
            except EntryMalformedError:
                continue


def test_every_torn_entry_is_noticed() -> None:
    """An entry that lost its end is malformed wherever it was cut; one that lost its start has another header."""
    for at in range(len(ENTRY)):
        with pytest.raises(EntryMalformedError):
            parse(ENTRY[:at])
        try:
            assert parse(ENTRY[at + 1 :]).header != parse(ENTRY).header
        except EntryMalformedError:
            continue

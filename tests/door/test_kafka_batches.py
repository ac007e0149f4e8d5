"""A sending read record by record: what cannot be read falls alone, and nothing is unpacked to far more than it was."""

from __future__ import annotations

import gzip
import random
import tracemalloc

import pytest
from kafka.record import memory_records
from typing_extensions import override

from door.kafka import client
from door.kafka.batches import RATIO, UNREADABLE, LenientBatch

GZIP, ZSTD = 1, 4
A, B = (random.Random(1).randbytes(300).hex().encode() for _ in range(2))  # pack to the half


class NoText(str):
    """A header's name whose bytes are not UTF-8."""

    __slots__ = ()

    @override
    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        return b"\xff\xfe"


def batch(*values: bytes, bad: tuple[int, ...] = (), packing: int = 0) -> LenientBatch:
    """One sending as the client finds it, from position 100; `bad` have a header nobody can read."""
    builder = memory_records.MemoryRecordsBuilder(2, packing, 64 * 1024 * 1024, offset=0)
    for number, value in enumerate(values):
        builder.append(timestamp=1, key=b"k", value=value, headers=[(NoText("x"), b"v")] if number in bad else [])
    builder.close()
    return moved(bytes(builder.buffer()))


def moved(raw: bytes) -> LenientBatch:
    made = memory_records.MemoryRecords((100).to_bytes(8, "big") + raw[8:]).next_batch()
    assert isinstance(made, LenientBatch), client
    return made


def read(found: LenientBatch) -> list[tuple[int, bytes | None]]:
    """Positions and values; of what is unreadable the value is None, and else it is not."""
    records = list(found)
    assert all((one.timestamp_type == UNREADABLE) == (one.value is None) for one in records)
    return [(one.offset, one.value) for one in records]


@pytest.mark.parametrize("packing", [0, GZIP])
@pytest.mark.parametrize("bad", [(), (0,), (1,), (2,), (0, 2), (0, 1, 2)])
def test_what_cannot_be_read_falls_alone(bad: tuple[int, ...], packing: int) -> None:
    """Wherever it is in its sending; what comes before it and after it is read."""
    values = (b"a", b"b" * 300, b"c")
    wanted = [(100 + n, None if n in bad else value) for n, value in enumerate(values)]
    assert read(batch(*values, bad=bad, packing=packing)) == wanted


def test_a_record_without_a_length_takes_along_what_comes_after_it() -> None:
    """Whatever byte of a sending is changed, it ends, in order, and never says less than its last position."""
    whole = bytes(batch(b"aa", b"bb", b"cc")._buffer)
    for at in range(61, len(whole)):
        for byte in (0, 1, 0x7F, 0x80, 0xFF):
            found = [one.offset for one in moved(whole[:at] + bytes([byte]) + whole[at + 1 :])]
            assert 1 <= len(found) <= 3
    assert read(moved(whole[:61] + b"\xff" * 10 + whole[71:])) == [(102, None)]


def test_a_bomb_is_not_unpacked() -> None:
    """One that would be far larger than it came: nothing but its place is known, and no room was taken."""
    bomb = batch(bytes(32 * 1024 * 1024), packing=GZIP)
    size = bomb.size_in_bytes
    tracemalloc.start()
    assert read(bomb) == [(100, None)]
    assert tracemalloc.get_traced_memory()[1] < 4 * RATIO * size
    tracemalloc.stop()


def test_a_second_part_hides_no_bomb() -> None:
    """A gzip file may have several parts; only the first is measured."""
    whole = bytes(batch(A, B, packing=GZIP)._buffer)
    assert read(moved(whole)) == [(100, A), (101, B)]
    more = whole + gzip.compress(bytes(1_000_000))
    assert read(moved(more[:8] + (len(more) - 12).to_bytes(4, "big") + more[12:])) == [(101, None)]


@pytest.mark.parametrize("cut", [1, 9, 30])
def test_what_cannot_be_unpacked_is_passed_at_once(cut: int) -> None:
    """All of it, under its last position: cut short, or packed in another way."""
    whole = bytes(batch(A, B, packing=GZIP)._buffer)[:-cut]
    assert read(moved(whole[:8] + (len(whole) - 12).to_bytes(4, "big") + whole[12:])) == [(101, None)]
    other = bytearray(batch(b"a", b"b")._buffer)
    other[22] |= ZSTD
    assert read(moved(bytes(other))) == [(101, None)]

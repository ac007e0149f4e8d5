"""Sealing the file of a paper as a stream."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sealing import attachments, envelope
from sealing.attachments import MAX_FILE, open_pieces, seal_pieces
from sealing.errors import BodyMismatchError, CannotOpenError, EncodingError

KEY = bytes(range(32))
FILE = b"%PDF-" + bytes(range(256)) * 200


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[i : i + size] for i in range(0, len(data), size)]


def seal(data: bytes, *, key: bytes = KEY, author: str = "police-th", step: int = 4096) -> bytes:
    return b"".join(seal_pieces(cut(data, step), file_key=key, author=author))


def opened(sealed: bytes, *, size: int, key: bytes = KEY, author: str = "police-th", step: int = 4096) -> bytes:
    return b"".join(open_pieces(cut(sealed, step), file_key=key, author=author, size=size))


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=50_000), st.integers(1, 40_000), st.integers(1, 40_000))
def test_round_trip(data: bytes, step: int, other: int) -> None:
    """What is sealed is opened, byte for byte, however it was cut on either way."""
    assert opened(seal(data, step=step), size=len(data), step=other) == data


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 16383, 16384, 16385, 100_000, 1_000_001])
def test_length_could_be_padded(size: int) -> None:
    """The hub's check takes the length of every sealed file and not the one beside it."""
    length = len(seal(bytes(size)))
    envelope.check_attachment_length(length)
    for beside in (length - 1, length + 1):
        with pytest.raises(BodyMismatchError):
            envelope.check_attachment_length(beside)


def test_length_tells_little() -> None:
    """Two scans of nearly one size look alike."""
    assert len(seal(bytes(1_000_000))) == len(seal(bytes(1_010_000)))


def test_largest_file() -> None:
    """20 MiB go, in little memory both ways; a byte more does not, and its sealed length would be refused."""
    mebibyte = bytes(1024 * 1024)
    tracemalloc.start()
    sealed = seal_pieces((mebibyte for _ in range(20)), file_key=KEY, author="police-th")
    size = sum(map(len, open_pieces(sealed, file_key=KEY, author="police-th", size=MAX_FILE)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size == MAX_FILE == 20 * 1024 * 1024
    assert peak < 8 * 1024 * 1024
    assert sum(map(len, seal_pieces([mebibyte] * 20, file_key=KEY, author="p"))) == envelope.MAX_ATTACHMENT
    with pytest.raises(EncodingError):
        sum(map(len, seal_pieces([*[mebibyte] * 20, b"x"], file_key=KEY, author="p")))
    with pytest.raises(BodyMismatchError, match="too large"):
        envelope.check_attachment_length(envelope.sealed_length(21 * 1024 * 1024))


def test_no_empty_piece() -> None:
    """An empty piece would end a chunked transfer early."""
    assert all(seal_pieces([b"", b"a", b"", b"b" * 5, b""], file_key=KEY, author="police-th"))
    assert all(open_pieces(cut(seal(FILE), 100), file_key=KEY, author="police-th", size=len(FILE)))


@pytest.mark.parametrize(
    ("key", "author", "size"),
    [
        (bytes(32), "police-th", len(FILE)),
        (b"", "police-th", len(FILE)),
        (KEY, "border-th", len(FILE)),
        (KEY, "police-th", len(FILE) - 1),
        (KEY, "police-th", 0),
        (KEY, "police-th", -1),
        (KEY, "police-th", len(FILE) * 2),
        (KEY, "police-th", MAX_FILE + 1),
    ],
)
def test_other_key_author_or_size(key: bytes, author: str, size: int) -> None:
    """A file opens only with its own key, for its own author and with the size that was written down."""
    with pytest.raises(CannotOpenError):
        opened(seal(FILE), key=key, author=author, size=size)


@pytest.mark.parametrize("step", [1000, 100_000])
@pytest.mark.parametrize("at", [0, 1, 30, 60, 5000, 40_000, -1])
def test_changed(at: int, step: int) -> None:
    """A changed byte anywhere, the version too, is found, and the file never comes whole."""
    changed = bytearray(seal(FILE))
    changed[at] ^= 1
    taken = bytearray()
    with pytest.raises(CannotOpenError):
        for piece in open_pieces(cut(bytes(changed), step), file_key=KEY, author="police-th", size=len(FILE)):
            taken += piece
    assert len(taken) < len(FILE) and FILE.startswith(taken)


@pytest.mark.parametrize("left", [0, 1, 57, 20_000, -1, -17, -16400])
def test_cut_short(left: int) -> None:
    """A file cut anywhere, at the end of a chunk too, never comes whole."""
    sealed = seal(FILE)[:left]
    taken = bytearray()
    with pytest.raises(CannotOpenError):
        for piece in open_pieces(cut(sealed, 4096), file_key=KEY, author="police-th", size=len(FILE)):
            taken += piece
    assert len(taken) < len(FILE)


def test_the_last_bytes_wait_for_the_end() -> None:
    """A file whose bytes are all there, but not the end of its padding, never comes whole."""
    size = 1_000_001  # sealed, its last bytes and the end of the stream are in two chunks
    taken = 0
    with pytest.raises(CannotOpenError):
        for piece in open_pieces(cut(seal(bytes(size))[:-1], 4096), file_key=KEY, author="police-th", size=size):
            taken += len(piece)
    assert 0 < taken < size


def test_swapped_and_added_pieces() -> None:
    """Chunks in another order, or more of them, open to nothing whole."""
    sealed, chunk = seal(bytes(100_000)), 16 * 1024 + 16
    first = envelope.SEALED_PREFIX
    swapped = sealed[:first] + sealed[first + chunk : first + 2 * chunk] + sealed[first : first + chunk]
    swapped += sealed[first + 2 * chunk :]
    for wrong in (swapped, sealed + sealed[first : first + chunk], sealed + b"\0"):
        with pytest.raises(CannotOpenError):
            opened(wrong, size=100_000)


def test_every_byte_of_the_padding_counts() -> None:
    """What is sealed beyond the size is zeros; a file with something else there does not open."""
    with pytest.raises(CannotOpenError, match="zero"):
        opened(seal(bytes(250) + b"secret"), size=250)


def test_sealing_needs_a_whole_key() -> None:
    """A file key has 32 bytes; new ones differ, and so do two sealings of one file."""
    with pytest.raises(EncodingError):
        seal(FILE, key=bytes(31))
    assert len(attachments.new_file_key()) == 32
    assert attachments.new_file_key() != attachments.new_file_key()
    assert seal(FILE) != seal(FILE)


def test_gives_as_it_goes() -> None:
    """Sealing gives out long before the file has ended: nothing waits for the whole."""
    taken = 0

    def pieces() -> Iterator[bytes]:
        nonlocal taken
        for _ in range(50):
            taken += 1
            yield bytes(20_000)

    sealing = seal_pieces(pieces(), file_key=KEY, author="police-th")
    assert all(next(sealing) for _ in range(3))
    assert taken <= 2

"""Sealing the file of a paper as a stream: a scan of 20 MiB is never whole in memory.

Layout of a sealed file: ``version 0x01 || salt (24) || commitment (32) || chunks``, where the rest after the version
is Cobblestone-256 (c2sp.org/chunked-encryption) of the file and zeros up to a Padmé length, with the context
``ctx("caunoi/1/attachment", author)``. The file's own length stands nowhere outside: it is in the sealed section that
names the file, beside the file's key. Each file has a key of its own.

Only an agency's own side imports this; no hub code may (tests/sealing/test_hub_cannot_open.py).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from cryptography.cobblestone import Cobblestone256Decryptor, Cobblestone256Encryptor
from cryptography.exceptions import InvalidTag

from sealing.encoding import ctx
from sealing.envelope import CHUNK, DATA_KEY, MAX_FILE, SEALED_VERSION
from sealing.errors import CannotOpenError, EncodingError
from sealing.padding import padded_length

__all__ = ["MAX_FILE", "new_file_key", "open_pieces", "seal_pieces"]


def new_file_key() -> bytes:
    """Make the key of one file: 32 random bytes."""
    return os.urandom(DATA_KEY)


def seal_pieces(pieces: Iterable[bytes], *, file_key: bytes, author: str) -> Iterator[bytes]:
    """Seal a file as its pieces come; what comes out, joined, is the sealed file.

    Raises:
        EncodingError: The key is not 32 bytes, or the file is longer than `MAX_FILE`.
    """
    if len(file_key) != DATA_KEY:
        raise EncodingError("file key is not 32 bytes")
    encryptor = Cobblestone256Encryptor(file_key, _context(author))
    yield bytes([SEALED_VERSION])
    for piece in _padded(pieces):
        if sealed := encryptor.update(piece):
            yield sealed
    yield encryptor.finalize()


def open_pieces(pieces: Iterable[bytes], *, file_key: bytes, author: str, size: int) -> Iterator[bytes]:
    """Open a sealed file as its pieces come; joined, what comes out is the file of *size* bytes.

    Every byte given out was verified. The last of them come only when the whole was: who has all has the whole file.

    Raises:
        CannotOpenError: Another key or author, an unknown version, changed, cut short, or not of this size.
    """
    if len(file_key) != DATA_KEY or not 0 <= size <= MAX_FILE:
        raise CannotOpenError("file key or size cannot be")
    held, seen = b"", 0
    for plain in _verified(pieces, Cobblestone256Decryptor(file_key, _context(author))):
        content = plain[: max(0, size - seen)]
        if plain[len(content) :].strip(b"\0"):
            raise CannotOpenError("padding of the file is not zero")
        seen += len(plain)
        if content:
            if held:
                yield held
            held = content
    if seen != padded_length(size):
        raise CannotOpenError("file is not of its size")
    if held:
        yield held


def _padded(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The file, then zeros up to a Padmé length, which is known only at its end."""
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > MAX_FILE:
            raise EncodingError("file is too large")
        yield piece
    missing = padded_length(size) - size
    while missing:
        zeros = bytes(min(missing, CHUNK))
        missing -= len(zeros)
        yield zeros


def _verified(pieces: Iterable[bytes], decryptor: Cobblestone256Decryptor) -> Iterator[bytes]:
    """Take the version off and decrypt; the last comes when nothing is missing."""
    versioned = False
    try:
        for piece in pieces:
            if not versioned and piece:
                if piece[0] != SEALED_VERSION:
                    raise CannotOpenError("file is of an unknown version")
                versioned, piece = True, piece[1:]  # noqa: PLW2901 - the rest of the same piece
            yield decryptor.update(piece)
        yield decryptor.finalize()
    except InvalidTag:
        raise CannotOpenError("file does not open") from None


def _context(author: str) -> bytes:
    return ctx("caunoi/1/attachment", author.encode())

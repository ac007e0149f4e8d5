"""Padmé: padding that hides how much was written.

Padded form: ``uint32be length || plaintext || 0x00 …``, at least 256 bytes. Padmé (Nikitin et al., PURBs, PETS
2019, §4) lets lengths show only their first bits, for at most 12 % more bytes. Knows no key.
"""

from __future__ import annotations

from sealing.errors import EncodingError

FLOOR = 256  # bytes; most sections of one person look alike
MAX_PADDED = 31 * 1024 * 1024  # bytes; a Padmé size, and sealed it still fits a header's 32 MiB
_PREFIX = 4  # bytes of the length


def padded_length(length: int) -> int:
    """Round *length* (with its prefix) up to a Padmé size, at least 256."""
    if length <= FLOOR:
        return FLOOR
    exponent = length.bit_length() - 1
    mask = (1 << (exponent - exponent.bit_length())) - 1
    return (length + mask) & ~mask


def check_padded_length(length: int) -> None:
    """Refuse a length that no padding ends at.

    Raises:
        EncodingError: It is not a Padmé size between the floor and the largest.
    """
    if not FLOOR <= length <= MAX_PADDED or padded_length(length) != length:
        raise EncodingError("length is not a padded length")


def pad(plaintext: bytes) -> bytes:
    """Pad *plaintext*.

    Raises:
        EncodingError: It is too long for one section.
    """
    total = padded_length(_PREFIX + len(plaintext))
    if total > MAX_PADDED:
        raise EncodingError("section is too long")
    return (len(plaintext).to_bytes(_PREFIX, "big") + plaintext).ljust(total, b"\0")


def unpad(padded: bytes) -> bytes:
    """Take the padding off, strictly: there is one padded form of each plaintext.

    Raises:
        EncodingError: The length is not the one `pad` gives, or the padding is not all zero.
    """
    end = _PREFIX + int.from_bytes(padded[:_PREFIX], "big")
    if len(padded) < FLOOR or padded_length(end) != len(padded) or padded[end:].strip(b"\0"):
        raise EncodingError("padding is not canonical")
    return padded[_PREFIX:end]

"""Sealing one row of a view at rest, under the view key of its case.

Layout as in `sealing.sections`; the context is the row's place, so that a row moved to another case, view or key
does not open. The view key dies with the case (`sealing.shredding`).
"""

from __future__ import annotations

from cryptography.cobblestone import Cobblestone256Decryptor, Cobblestone256Encryptor
from cryptography.exceptions import InvalidTag

from sealing.encoding import ctx
from sealing.envelope import SEALED_VERSION
from sealing.errors import CannotOpenError, EncodingError
from sealing.padding import pad, unpad


def seal_row(plaintext: bytes, *, view_key: bytes, case: str, view: str, key: str) -> bytes:
    """Seal the content of one row."""
    encryptor = Cobblestone256Encryptor(view_key, _place(case, view, key))
    return bytes([SEALED_VERSION]) + encryptor.update(pad(plaintext)) + encryptor.finalize()


def open_row(sealed: bytes, *, view_key: bytes, case: str, view: str, key: str) -> bytes:
    """Open the content of one row.

    Raises:
        CannotOpenError: another key or place, or changed.
    """
    if sealed[:1] != bytes([SEALED_VERSION]):
        raise CannotOpenError("row is of an unknown version")
    decryptor = Cobblestone256Decryptor(view_key, _place(case, view, key))
    try:
        return unpad(decryptor.update(sealed[1:]) + decryptor.finalize())
    except (InvalidTag, EncodingError):
        raise CannotOpenError("row does not open") from None


def _place(case: str, view: str, key: str) -> bytes:
    return ctx("caunoi/1/view", case.encode(), view.encode(), key.encode())

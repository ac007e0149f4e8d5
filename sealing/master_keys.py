"""Where the master key of a key store comes from; the only thing that differs from one deployment to another.

`FileMasterKey` reads 32 raw bytes (a systemd credential, a mounted secret); `PassphraseMasterKey` asks the program,
which asks a person or reads a file. A key management service is one more class of this shape.

Passphrases go through Argon2id (RFC 9106 §4, second choice: 64 MiB, 3 passes) with a salt kept in the file as a PHC
string. pyca's own ``BestAvailableEncryption`` is never used: it is PBKDF2 with 2,048 rounds, unauthenticated.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from sealing import files
from sealing.encoding import from_base64, to_base64
from sealing.errors import EncodingError, KeyStoreError

LENGTH = 32  # bytes
EXTERNAL = "external"

_MEMORY, _PASSES, _LANES, _SALT = 64 * 1024, 3, 1, 16  # KiB, passes, lanes, bytes
_ARGON2ID = f"$argon2id$v=19$m={_MEMORY},t={_PASSES},p={_LANES}$"
_SHORTEST = 12  # characters of a new passphrase


class MasterKeySource(Protocol):
    """Gives the master key of a file; the file remembers the scheme, which is no secret."""

    def new_scheme(self) -> str:
        """Say how the key of a new file comes about: `EXTERNAL`, or a PHC string with a new salt."""
        ...

    def master_key(self, scheme: str) -> bytes:
        """Give the 32-byte key for a file of this scheme."""
        ...


@dataclass(frozen=True, slots=True)
class FileMasterKey:
    """A master key that lies in a file of its own, 32 raw bytes, readable by its owner only."""

    path: Path

    def create(self) -> None:
        """Make a new master key.

        Raises:
            KeyStoreError: There is a file already.
        """
        files.create_private(self.path, os.urandom(LENGTH))

    def new_scheme(self) -> str:
        """Say that the key comes from outside."""
        return EXTERNAL

    def master_key(self, scheme: str) -> bytes:
        """Read the key.

        Raises:
            KeyStoreError: The file is not fit to hold one, or the store was made with a passphrase.
        """
        if scheme != EXTERNAL:
            raise KeyStoreError("this key store was made with a passphrase")
        key = files.read_private(self.path)
        if len(key) != LENGTH:
            raise KeyStoreError("master key file must hold 32 bytes")
        return key


@dataclass(frozen=True, slots=True)
class PassphraseMasterKey:
    """A master key made from a passphrase. Marks are composed (NFC), so that any Vietnamese keyboard will do."""

    ask: Callable[[], str]

    def new_scheme(self) -> str:
        """Choose a salt.

        Raises:
            KeyStoreError: The passphrase is shorter than 12 characters.
        """
        if len(unicodedata.normalize("NFC", self.ask())) < _SHORTEST:
            raise KeyStoreError(f"passphrase must have at least {_SHORTEST} characters")
        return _ARGON2ID + to_base64(os.urandom(_SALT)).rstrip("=")

    def master_key(self, scheme: str) -> bytes:
        """Derive the key; takes about a third of a second on purpose.

        Raises:
            KeyStoreError: The store was not made with a passphrase, or not with our parameters.
        """
        # Only our own parameters: a changed file must not choose weak ones, nor a terabyte of memory.
        salt = scheme.removeprefix(_ARGON2ID)
        if salt == scheme:
            raise KeyStoreError("this key store was not made with a passphrase")
        try:
            raw_salt = from_base64(salt + "=" * (-len(salt) % 4))
        except EncodingError:
            raise KeyStoreError("key store names a salt that is none") from None
        if len(raw_salt) != _SALT:
            raise KeyStoreError("key store names a salt that is none")
        passphrase = unicodedata.normalize("NFC", self.ask()).encode()
        return Argon2id(salt=raw_salt, length=LENGTH, iterations=_PASSES, lanes=_LANES, memory_cost=_MEMORY).derive(
            passphrase
        )

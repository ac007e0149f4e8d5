"""Errors of sealing.

    SealingError
    ├── EncodingError            bytes or text that are not in the one form allowed
    ├── BadPublicKeyError        a public key that no honest key store makes
    ├── BadSignatureError        a signature that does not hold
    ├── BodyMismatchError        a body or grant that is not what the header says
    ├── CannotOpenError          not for this key, not of this place, or changed
    ├── KeyDestroyedError        the key of this case was destroyed: a normal state for every reader
    ├── TokenError               a token that opens no door; carries a stable code
    ├── BundleError              a carried file that is no whole bundle; carries a stable code
    └── KeyStoreError            a file of keys that may not be used as it is
        ├── WrongMasterKeyError  the passphrase or master key is another one
        └── KeyMissingError      there is no such key here

No message carries a value of a person, a key, a passphrase or bytes of the input.
"""

from __future__ import annotations


class SealingError(Exception):
    """Base of all errors of sealing. Never raised itself."""


class EncodingError(SealingError):
    """Bytes or text are not in the one form allowed."""


class BadPublicKeyError(SealingError):
    """A public key has the wrong length, no place on its curve, or a small order."""


class BadSignatureError(SealingError):
    """A signature does not hold for these bytes and this key."""


class BodyMismatchError(SealingError):
    """A body or a wrapped grant is not what the header says of it."""


class CannotOpenError(SealingError):
    """Something sealed does not open: another key, another place, or changed on the way. Which, nobody can tell."""


class KeyDestroyedError(SealingError):
    """The key of this case was destroyed and is never made anew."""


class TokenError(SealingError):
    """A token is refused; `code` is stable, and for the log, not for whoever sent the token."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class BundleError(SealingError):
    """A carried file is no whole bundle; `code` is stable and has words."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class KeyStoreError(SealingError):
    """A file of keys may not be used as it is: mode, form, damage, or in use elsewhere."""


class WrongMasterKeyError(KeyStoreError):
    """The passphrase or master key does not fit this file."""


class KeyMissingError(KeyStoreError):
    """There is no such key in this store."""

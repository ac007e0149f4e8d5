"""The key stores of an agency: they sign and open grants, and never give out a private key.

`FileKeyStore` is one JSON file, mode 0600, replaced whole: the scheme of its master key (`sealing.master_keys`), a
check value of that key, and one entry for each private key, ``nonce (12) || AES-256-GCM(master key, raw private
key)`` with associated data ctx("caunoi/1/key", kid, use, suite, agency, not before, number), so that no entry can
be relabelled, moved to another agency's file or put in another order. `MemoryKeyStore` keeps nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, Self

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sealing import files
from sealing.encoding import ctx, from_base64, key_id, to_base64, uint32, uint64
from sealing.errors import EncodingError, KeyMissingError, KeyStoreError, WrongMasterKeyError
from sealing.master_keys import MasterKeySource
from sealing.suites import OpeningKey, SigningKey, key_pair, new_private

Use = Literal["sign", "seal"]

_NONCE = 12  # bytes


class KeyStore(Protocol):
    """An agency's keys in use. No method returns a private key, and none ever will."""

    def kids(self, use: Use) -> tuple[str, ...]:
        """List the ids of the keys for *use*, the newest last."""
        ...

    def public(self, kid: str) -> bytes:
        """Give the raw public half of a key."""
        ...

    def suite(self, kid: str) -> str:
        """Name the suite of a key."""
        ...

    def sign(self, kid: str, data: bytes) -> bytes:
        """Sign *data* with an Ed25519 key; 64 bytes."""
        ...

    def open_grant(self, kid: str, wrapped: bytes, info: bytes) -> bytes:
        """Open a wrapped grant, or raise CannotOpenError."""
        ...


class _Keys:
    """Key pairs in use, in the order they were added. What both stores do once the keys are in memory."""

    def __init__(self, agency: str) -> None:
        self.agency = agency
        self._pairs: dict[str, SigningKey | OpeningKey] = {}

    def kids(self, use: Use) -> tuple[str, ...]:
        """List the ids of the keys for *use*, the newest last."""
        wanted = SigningKey if use == "sign" else OpeningKey
        return tuple(kid for kid, pair in self._pairs.items() if isinstance(pair, wanted))

    def public(self, kid: str) -> bytes:
        """Give the raw public half of a key."""
        return self._pair(kid).public

    def suite(self, kid: str) -> str:
        """Name the suite of a key."""
        pair = self._pair(kid)
        return pair.suite if isinstance(pair, OpeningKey) else "ed25519"

    def sign(self, kid: str, data: bytes) -> bytes:
        """Sign *data*; a key that opens grants does not sign."""
        pair = self._pair(kid)
        if not isinstance(pair, SigningKey):
            raise KeyMissingError("this key does not sign")
        return pair.sign(data)

    def open_grant(self, kid: str, wrapped: bytes, info: bytes) -> bytes:
        """Open a wrapped grant; a key that signs opens nothing."""
        pair = self._pair(kid)
        if not isinstance(pair, OpeningKey):
            raise KeyMissingError("this key opens no grants")
        return pair.open(wrapped, info=info)

    def _pair(self, kid: str) -> SigningKey | OpeningKey:
        if kid not in self._pairs:
            raise KeyMissingError("no such key in this store")
        return self._pairs[kid]

    def _add(self, private: bytes, *, use: Use, suite: str) -> str:
        if (use == "sign") != (suite == "ed25519"):
            raise KeyStoreError("this suite is not for this use")
        pair = key_pair(private, suite=suite)
        kid = key_id(pair.public)
        if kid in self._pairs:
            raise KeyStoreError("this key is in the store already")
        self._pairs[kid] = pair
        return kid


class MemoryKeyStore(_Keys):
    """Keys that live as long as the process: for tests and drills."""

    def add_key(self, *, use: Use, suite: str, not_before: int = 0, private: bytes | None = None) -> str:  # noqa: ARG002
        """Add a new key, or take *private* in; give its id. *not_before* is not kept."""
        return self._add(new_private(suite) if private is None else private, use=use, suite=suite)


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kid: str
    use: Use
    suite: str
    not_before: int
    sealed: str


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: Literal[1]
    agency: str
    scheme: str
    check: str
    keys: tuple[_Entry, ...]


@dataclass(frozen=True, slots=True, repr=False)
class _Sealer:
    """Seals the entries of one file under its master key."""

    cipher: AESGCM
    agency: str
    scheme: str

    def check_value(self) -> str:
        """Write what only this master key writes, bound to agency and scheme."""
        return self._seal(b"", self._check_place())

    def check(self, value: str) -> None:
        """Refuse another master key, or a file whose agency or scheme was changed."""
        try:
            self._open(value, self._check_place())
        except (InvalidTag, EncodingError):
            raise WrongMasterKeyError("passphrase or master key does not fit this key store") from None

    def seal(self, private: bytes, *, kid: str, use: Use, suite: str, not_before: int, number: int) -> _Entry:
        place = self._place(kid=kid, use=use, suite=suite, not_before=not_before, number=number)
        return _Entry(kid, use, suite, not_before, self._seal(private, place))

    def open(self, entry: _Entry, *, number: int) -> bytes:
        try:
            place = self._place(
                kid=entry.kid, use=entry.use, suite=entry.suite, not_before=entry.not_before, number=number
            )
            return self._open(entry.sealed, place)
        except (InvalidTag, EncodingError):
            raise KeyStoreError("key store is damaged: an entry does not open") from None

    def _check_place(self) -> bytes:
        return ctx("caunoi/1/key-store", self.agency.encode(), self.scheme.encode())

    def _place(self, *, kid: str, use: Use, suite: str, not_before: int, number: int) -> bytes:
        texts = (kid.encode(), use.encode(), suite.encode(), self.agency.encode())
        return ctx("caunoi/1/key", *texts, uint64(not_before), uint32(number))

    def _seal(self, plaintext: bytes, place: bytes) -> str:
        nonce = os.urandom(_NONCE)
        return to_base64(nonce + self.cipher.encrypt(nonce, plaintext, place))

    def _open(self, sealed: str, place: bytes) -> bytes:
        raw = from_base64(sealed)
        if len(raw) < _NONCE:
            raise EncodingError("sealed entry is too short")
        return self.cipher.decrypt(raw[:_NONCE], raw[_NONCE:], place)


class FileKeyStore(_Keys):
    """Keys in one file. Many processes may have it open; a change is refused if another made one meanwhile."""

    def __init__(self, path: Path, source: MasterKeySource) -> None:
        """Open a key store.

        Raises:
            KeyStoreError: The file is missing, not 0600, damaged, or not of our form.
            WrongMasterKeyError: The passphrase or master key is another one.
        """
        self._path = path
        self._bytes = files.read_private(path)
        try:
            stored = msgspec.json.decode(self._bytes, type=_File)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            raise KeyStoreError("key store is not in the agreed form") from None
        super().__init__(stored.agency)
        self._stored = stored
        self._sealer = _Sealer(AESGCM(source.master_key(stored.scheme)), stored.agency, stored.scheme)
        self._sealer.check(stored.check)
        for number, entry in enumerate(stored.keys):
            self._add(self._sealer.open(entry, number=number), use=entry.use, suite=entry.suite)

    @classmethod
    def create(cls, path: Path, *, agency: str, source: MasterKeySource) -> Self:
        """Make an empty key store where no file is yet, and open it.

        Raises:
            KeyStoreError: There is a file already.
        """
        scheme = source.new_scheme()
        sealer = _Sealer(AESGCM(source.master_key(scheme)), agency, scheme)
        stored = _File(1, agency, scheme, sealer.check_value(), ())
        files.create_private(path, msgspec.json.format(msgspec.json.encode(stored)))
        return cls(path, source)

    def add_key(self, *, use: Use, suite: str, not_before: int = 0, private: bytes | None = None) -> str:
        """Make a new key, or take *private* in, write it down, and give its id.

        Args:
            not_before: Seconds since 1970 from which it is meant to be used; kept with the key.

        Raises:
            KeyStoreError: Not written, or the file was changed by another process: open it again.
        """
        raw = new_private(suite) if private is None else private
        with self._changing():
            kid = self._add(raw, use=use, suite=suite)
            try:
                number = len(self._stored.keys)
                entry = self._sealer.seal(raw, kid=kid, use=use, suite=suite, not_before=not_before, number=number)
                self._write((*self._stored.keys, entry), replace=files.replace_private)
            except BaseException:
                del self._pairs[kid]  # a key that is not on disk must sign nothing
                raise
        return kid

    def not_before(self, kid: str) -> int:
        """Seconds since 1970 from which a key was meant to be used; 0 where that was not said.

        Raises:
            KeyMissingError: It is not in this store.
        """
        self._pair(kid)
        return next(entry.not_before for entry in self._stored.keys if entry.kid == kid)

    def destroy(self, kid: str) -> None:
        """Take a key out of the store and write over the file that held it: what was sealed for it opens no more.

        Raises:
            KeyMissingError: It is not in this store.
            KeyStoreError: Not written, or the file was changed by another process: open it again.
        """
        self._pair(kid)
        with self._changing():
            # Each entry is bound to its number, so those that are left are sealed anew.
            opened = [(one, self._sealer.open(one, number=at)) for at, one in enumerate(self._stored.keys)]
            left = [(one, private) for one, private in opened if one.kid != kid]
            self._write(
                tuple(
                    self._sealer.seal(
                        private, kid=one.kid, use=one.use, suite=one.suite, not_before=one.not_before, number=number
                    )
                    for number, (one, private) in enumerate(left)
                ),
                replace=files.replace_overwriting,
            )
            del self._pairs[kid]

    @contextmanager
    def _changing(self) -> Iterator[None]:
        with files.locked(self._path):
            if files.read_private(self._path) != self._bytes:
                raise KeyStoreError("key store was changed by another process: open it again")
            yield

    def _write(self, entries: tuple[_Entry, ...], *, replace: Callable[[Path, bytes], None]) -> None:
        stored = msgspec.structs.replace(self._stored, keys=entries)
        data = msgspec.json.format(msgspec.json.encode(stored))
        replace(self._path, data)
        self._stored, self._bytes = stored, data

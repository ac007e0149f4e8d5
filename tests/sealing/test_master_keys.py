"""Where a master key may come from."""

from __future__ import annotations

from pathlib import Path

import pytest

from sealing.errors import KeyStoreError
from sealing.master_keys import EXTERNAL, FileMasterKey, PassphraseMasterKey

SCHEME = "$argon2id$v=19$m=65536,t=3,p=1$AAAAAAAAAAAAAAAAAAAAAA"


def test_file(tmp_path: Path) -> None:
    """A master key file holds 32 random bytes, mode 0600, and is never overwritten."""
    source = FileMasterKey(tmp_path / "master")
    source.create()
    key = source.master_key(source.new_scheme())

    assert source.new_scheme() == EXTERNAL
    assert len(key) == 32
    assert source.path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(KeyStoreError):
        source.create()
    assert source.master_key(EXTERNAL) == key


def test_file_unfit(tmp_path: Path) -> None:
    """A missing file, one of another length, and one open to others are refused."""
    path = tmp_path / "master"
    source = FileMasterKey(path)
    with pytest.raises(KeyStoreError):
        source.master_key(EXTERNAL)
    path.touch(mode=0o600)
    path.write_bytes(bytes(31))
    with pytest.raises(KeyStoreError, match="32 bytes"):
        source.master_key(EXTERNAL)
    path.write_bytes(bytes(32))
    path.chmod(0o644)
    with pytest.raises(KeyStoreError, match="0600"):
        source.master_key(EXTERNAL)


def test_known_answer() -> None:
    """The derivation is Argon2id with 64 MiB and 3 passes over the NFC text, and stays so."""
    key = PassphraseMasterKey(lambda: "mật khẩu giả định").master_key(SCHEME)
    assert key.hex() == "eacf4450b4a431d5b5d2a8fba18f0ac5976fb48031ffcbae0cdb9935638c36bd"


def test_each_file_its_own_salt() -> None:
    """Two stores under one passphrase have two keys."""
    source = PassphraseMasterKey(lambda: "made up for this test")
    first, second = source.new_scheme(), source.new_scheme()

    assert first != second
    assert first.startswith("$argon2id$v=19$m=65536,t=3,p=1$")
    assert source.master_key(first) != source.master_key(second)


def test_short_passphrase() -> None:
    """A new store is not made under a passphrase one can guess at a keyboard."""
    with pytest.raises(KeyStoreError):
        PassphraseMasterKey(lambda: "eleven char").new_scheme()


@pytest.mark.parametrize(
    "scheme",
    [
        EXTERNAL,
        "",
        "$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=1073741824,t=3,p=1$AAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=65536,t=3,p=1$",
        "$argon2id$v=19$m=65536,t=3,p=1$AAAA",
        "$argon2id$v=19$m=65536,t=3,p=1$A",
        "$argon2id$v=19$m=65536,t=3,p=1$AAAAAAAAAAAAAAAAAAAAAB",
    ],
)
def test_scheme_is_ours(scheme: str) -> None:
    """A changed file cannot choose weak parameters, a terabyte of memory, or a salt that is none."""
    with pytest.raises(KeyStoreError):
        PassphraseMasterKey(lambda: "made up for this test").master_key(scheme)

"""Where the keys of key stores come from, as `CAUNOI_KEK` says."""

from __future__ import annotations

import getpass
from pathlib import Path

import pytest

from caunoi.bootstrap import key_source
from caunoi.settings import Settings
from sealing.master_keys import FileMasterKey, PassphraseMasterKey

WORDS = "made up for this test"
SCHEME = "$argon2id$v=19$m=65536,t=3,p=1$AAAAAAAAAAAAAAAAAAAAAA"


def test_file_beside(tmp_path: Path) -> None:
    """`file:` is a file beside the store, made once."""
    beside = tmp_path / "kek"
    first = key_source(Settings(kek="file:"), beside)
    key = first.master_key(first.new_scheme())
    assert key_source(Settings(kek="file:"), beside).master_key(first.new_scheme()) == key == beside.read_bytes()


def test_file_elsewhere(tmp_path: Path) -> None:
    """`file:PATH` is that file, which is never made by itself."""
    assert key_source(Settings(kek=f"file:{tmp_path}/other"), tmp_path / "kek") == FileMasterKey(tmp_path / "other")
    assert list(tmp_path.iterdir()) == []


def test_passphrase_of_a_file(tmp_path: Path) -> None:
    """`pass-file:PATH` is the passphrase in that file, without the line's end."""
    (tmp_path / "words").write_text(f"{WORDS}\n", "utf-8")
    source = key_source(Settings(kek=f"pass-file:{tmp_path}/words"), tmp_path / "kek")
    assert source.master_key(SCHEME) == PassphraseMasterKey(lambda: WORDS).master_key(SCHEME)


def test_passphrase_of_a_person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`pass:` asks at the terminal, without an echo."""
    monkeypatch.setattr(getpass, "getpass", lambda _prompt: WORDS)
    source = key_source(Settings(kek="pass:"), tmp_path / "kek")
    assert source.master_key(SCHEME) == PassphraseMasterKey(lambda: WORDS).master_key(SCHEME)

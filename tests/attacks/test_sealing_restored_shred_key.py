"""Attack: someone with old copies of files brings a destroyed key of a case back."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sealing import locks, shred_records
from sealing.errors import CannotOpenError, KeyDestroyedError, KeyStoreError, WrongMasterKeyError
from sealing.shredding import ShredKeys

A, B, C = "a1" * 16, "b2" * 16, "c3" * 16
HEADER, RECORD = shred_records.HEADER_LENGTH, shred_records.RECORD_LENGTH


@pytest.fixture
def paths(tmp_path: Path) -> tuple[Path, Path]:
    return tmp_path / "keys", tmp_path / "master"


@pytest.fixture
def locked(paths: tuple[Path, Path]) -> bytes:
    """A locked grant of case A, whose key is in the store, between those of B and C."""
    with ShredKeys.create(*paths) as store:
        store.ensure([B, A, C])
        return locks.lock(b"wrapped", shred_key=store.get(A), info=b"place")


def copied(path: Path) -> Path:
    return Path(shutil.copy2(path, path.with_name(path.name + ".copy")))


def test_old_keys_file_after_a_purge(paths: tuple[Path, Path], locked: bytes) -> None:
    """An old copy of the keys file, put back after a purge, does not open: its master is destroyed."""
    old = copied(paths[0])
    with ShredKeys(*paths) as store:
        assert locks.unlock(locked, shred_key=store.get(A), info=b"place") == b"wrapped"
        store.destroy(A)
        store.purge()
    shutil.copy2(old, paths[0])
    with pytest.raises(WrongMasterKeyError):
        ShredKeys(*paths)


def test_old_master_is_nowhere(paths: tuple[Path, Path], locked: bytes) -> None:
    """After a purge no file beside holds the old master, nor do its old blocks under the old name."""
    master = paths[1].read_bytes()
    held = paths[1].open("rb")  # keeps the old file alive, as an undelete would
    with ShredKeys(*paths) as store:
        store.purge()
    with held:
        assert held.read() != master
    assert not any(master in path.read_bytes() for path in paths[0].parent.iterdir())


def test_old_record_in_a_new_file(paths: tuple[Path, Path], locked: bytes) -> None:
    """A record of an old copy is not taken into the file of another epoch, nor to another number."""
    old = paths[0].read_bytes()
    with ShredKeys(*paths) as store:
        store.destroy(A)
        store.purge()
    now = paths[0].read_bytes()
    record = old[HEADER + RECORD : HEADER + 2 * RECORD]
    for changed in (now + record, now[:HEADER] + record + now[HEADER + RECORD :]):
        paths[0].write_bytes(changed)
        assert not opens_to(paths, locked)


def opens_to(paths: tuple[Path, Path], locked: bytes) -> bool:
    """Say whether the attacker got what he wanted: the key of A from this store."""
    try:
        with ShredKeys(*paths) as store:
            locks.unlock(locked, shred_key=store.key_for(A), info=b"place")
    except (KeyStoreError, KeyDestroyedError, CannotOpenError):
        return False
    return True


def test_control(paths: tuple[Path, Path], locked: bytes) -> None:
    """Before it is destroyed the key opens, so that the attacks below could be seen to work."""
    assert opens_to(paths, locked)


@pytest.mark.parametrize("cut", range(1, 4 * RECORD + 1))
def test_mark_cut_off(paths: tuple[Path, Path], locked: bytes, cut: int) -> None:
    """Cutting the mark, or any number of bytes, off the file brings no key back: noise lies where it was."""
    with ShredKeys(*paths) as store:
        store.destroy(A)
    data = paths[0].read_bytes()
    assert len(data) == HEADER + 4 * RECORD
    paths[0].write_bytes(data[:-cut])
    assert not opens_to(paths, locked)


def test_marks_made_to_look_torn(paths: tuple[Path, Path], locked: bytes) -> None:
    """Writing zeros over the mark, so that it passes for a torn record, is noticed by the noise before it."""
    with ShredKeys(*paths) as store:
        store.destroy(A)
    data = paths[0].read_bytes()
    paths[0].write_bytes(data[:-RECORD] + bytes(RECORD))
    with pytest.raises(KeyStoreError):
        ShredKeys(*paths)


def test_destroyed_key_is_no_longer_in_the_file(paths: tuple[Path, Path], locked: bytes) -> None:
    """Already before the purge the sealed bytes of a destroyed key are gone from the file."""
    before = paths[0].read_bytes()
    sealed = before[HEADER + RECORD + shred_records.NAME_LENGTH : HEADER + 2 * RECORD]
    with ShredKeys(*paths) as store:
        store.destroy(A)
    assert sealed in before
    assert sealed not in paths[0].read_bytes()


@pytest.mark.parametrize("destroyed", [False, True])
def test_every_byte_changed(paths: tuple[Path, Path], locked: bytes, destroyed: bool) -> None:
    """A changed byte anywhere is damage that is named, except in the noise over a destroyed key."""
    with ShredKeys(*paths) as store:
        if destroyed:
            store.destroy(A)
    data = paths[0].read_bytes()
    noise = range(HEADER + RECORD + shred_records.NAME_LENGTH, HEADER + 2 * RECORD) if destroyed else range(0)
    for position in range(len(data)):
        paths[0].write_bytes(data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :])
        if position in noise:
            assert not opens_to(paths, locked)
        else:
            with pytest.raises(KeyStoreError):
                ShredKeys(*paths)


def test_records_swapped_doubled_or_left_out(paths: tuple[Path, Path], locked: bytes) -> None:
    """No record can be moved, written twice or left out before another."""
    data = paths[0].read_bytes()
    head, one, two, three = (data[:HEADER], *(data[HEADER + i * RECORD : HEADER + (i + 1) * RECORD] for i in range(3)))
    for order in ([two, one, three], [one, two, three, two], [one, three], [two]):
        paths[0].write_bytes(head + b"".join(order))
        with pytest.raises(KeyStoreError):
            ShredKeys(*paths)

"""Keys of cases that can be destroyed: durable, one process at a time, crash-proof."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sealing import files, shred_records
from sealing.errors import EncodingError, KeyDestroyedError, KeyMissingError, KeyStoreError, WrongMasterKeyError
from sealing.shredding import ShredKeys

A, B, C = "a1" * 16, "b2" * 16, "c3" * 16
HEADER, RECORD = shred_records.HEADER_LENGTH, shred_records.RECORD_LENGTH


class Stopped(BaseException):
    """The process dies here."""


@pytest.fixture
def paths(tmp_path: Path) -> tuple[Path, Path]:
    return tmp_path / "keys", tmp_path / "master"


@pytest.fixture
def store(paths: tuple[Path, Path]) -> Iterator[ShredKeys]:
    with ShredKeys.create(*paths) as made:
        yield made


def reopened(store: ShredKeys, paths: tuple[Path, Path]) -> ShredKeys:
    store.close()
    return ShredKeys(*paths)


def check_destroyed(store: ShredKeys, case: str, *, kept: dict[str, bytes]) -> None:
    for call in (store.get, store.key_for):
        with pytest.raises(KeyDestroyedError):
            call(case)
    for other, key in kept.items():
        assert store.get(other) == key


def test_a_key_stays(store: ShredKeys, paths: tuple[Path, Path]) -> None:
    """A key is made once and is the same ever after, also for the next process."""
    key = store.key_for(A)

    assert len(key) == 32
    assert store.key_for(A) == store.get(A) == key
    assert store.key_for(B) != key
    with reopened(store, paths) as again:
        assert again.get(A) == key


def test_unknown_case(store: ShredKeys) -> None:
    """A case that never had a key is missing, which is not the same as destroyed."""
    with pytest.raises(KeyMissingError):
        store.get(A)
    with pytest.raises(EncodingError):
        store.key_for("A1" * 16)


def test_many_with_one_fsync(store: ShredKeys, paths: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch of new keys costs one fsync, and one with nothing new costs none."""
    synced: list[int] = []
    fsync = os.fsync

    def counting(descriptor: int) -> None:
        synced.append(descriptor)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", counting)
    store.ensure([A, B, A, C])
    store.ensure([C, A])

    assert len(synced) == 1
    assert paths[0].stat().st_size == HEADER + 3 * RECORD


def test_durable_before_given_out(store: ShredKeys, paths: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """If the disk does not take it, no key is given out, now or later, until the store is opened again."""

    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    known = store.key_for(A)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(KeyStoreError):
            store.key_for(B)
    for call in (lambda: store.get(A), lambda: store.key_for(C), lambda: store.destroy(A), store.purge):
        with pytest.raises(KeyStoreError):
            call()
    with reopened(store, paths) as again:
        assert again.get(A) == known


def test_destroyed(store: ShredKeys, paths: tuple[Path, Path]) -> None:
    """A destroyed key is gone, is never made anew, and says so; the others stay. Twice is as once."""
    store.ensure([A, B])
    kept = store.get(B)
    store.destroy(A)
    store.destroy(A)
    check_destroyed(store, A, kept={B: kept})
    with pytest.raises(KeyDestroyedError):
        store.ensure([C, A])
    with pytest.raises(KeyMissingError):
        store.get(C)
    with reopened(store, paths) as again:
        check_destroyed(again, A, kept={B: kept})


def test_destroyed_before_made(store: ShredKeys) -> None:
    """A case can be barred from ever having a key."""
    store.destroy(A)
    with pytest.raises(KeyDestroyedError):
        store.key_for(A)


def test_purge_keeps_the_living_and_the_marks(store: ShredKeys, paths: tuple[Path, Path]) -> None:
    """After a purge the keys are the same, the marks are there, the master and every byte of a record is another."""
    store.ensure([A, B, C])
    kept, before, master = store.get(B), paths[0].read_bytes(), paths[1].read_bytes()
    store.destroy(A)
    store.purge()
    after = paths[0].read_bytes()

    assert store.get(B) == kept
    assert paths[1].read_bytes() != master
    assert not any(
        before[i : i + 16] in after for i in range(HEADER + 17, len(before) - 16) if (i - HEADER) % RECORD >= 17
    )
    assert store.key_for("d4" * 16) != kept
    with reopened(store, paths) as again:
        check_destroyed(again, A, kept={B: kept})
    assert sorted(p.name for p in paths[0].parent.iterdir()) == ["keys", "keys.lock", "master"]


def purge_steps() -> list[str]:
    return ["master beside", "keys", "noise over the old master", "new master in place"]


@pytest.mark.parametrize("step", range(4), ids=purge_steps())
@pytest.mark.parametrize("when", ["before", "after"])
def test_purge_survives_a_crash(
    store: ShredKeys, paths: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, step: int, when: str
) -> None:
    """Wherever a purge stops, the next start has all keys and all marks, and no leftover."""
    store.ensure([A, B])
    kept = store.get(B)
    store.destroy(A)
    calls = [0]

    def dying(work: Callable[[], None]) -> None:
        calls[0] += 1
        if calls[0] == step + 1 and when == "before":
            raise Stopped
        work()
        if calls[0] == step + 1:
            raise Stopped

    with monkeypatch.context() as patch:
        # Inside files.replace_private the rename must stay whole, so only the purge's own four steps die.
        rename, overwrite = os.replace, files.overwrite
        patch.setattr(files, "replace_private", lambda path, data: dying(lambda: _replace(path, data, rename)))
        patch.setattr(files, "overwrite", lambda path: dying(lambda: overwrite(path)))
        patch.setattr(os, "replace", lambda source, target: dying(lambda: rename(source, target)))
        with pytest.raises(Stopped):
            store.purge()
    with reopened(store, paths) as again:
        check_destroyed(again, A, kept={B: kept})
    assert sorted(p.name for p in paths[0].parent.iterdir()) == ["keys", "keys.lock", "master"]


def _replace(path: Path, data: bytes, rename: Callable[[Path, Path], None]) -> None:
    beside = path.with_name(path.name + ".new")
    beside.touch(mode=0o600)
    beside.write_bytes(data)
    rename(beside, path)


@pytest.mark.parametrize("cut", range(1, RECORD))
def test_torn_last_record_is_cut(store: ShredKeys, paths: tuple[Path, Path], cut: int) -> None:
    """A record that a crash wrote in part is cut off; what was acknowledged stays, and writing goes on."""
    store.ensure([A, B])
    kept = store.get(A)
    store.close()
    os.truncate(paths[0], paths[0].stat().st_size - cut)
    with ShredKeys(*paths) as again:
        assert again.get(A) == kept
        with pytest.raises(KeyMissingError):
            again.get(B)
        made = again.key_for(B)
    with ShredKeys(*paths) as once_more:
        assert once_more.get(B) == made


@pytest.mark.parametrize("zeros", [16, 40, RECORD, RECORD + 30, 3 * RECORD])
def test_tail_of_zeros_is_cut(store: ShredKeys, paths: tuple[Path, Path], zeros: int) -> None:
    """Records whose end never reached the disk, so that it reads as zeros, are cut as well."""
    store.ensure([A, B])
    kept = store.get(A)
    store.close()
    size = paths[0].stat().st_size + max(0, zeros - RECORD)
    os.truncate(paths[0], size - zeros)
    os.truncate(paths[0], size)
    with ShredKeys(*paths) as again:
        assert again.get(A) == kept
        again.key_for(B)
    assert paths[0].stat().st_size == HEADER + 2 * RECORD


def test_crash_between_mark_and_noise(
    store: ShredKeys, paths: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A destruction that stopped after its mark is finished at the next start."""
    store.ensure([A, B])
    before, kept = paths[0].read_bytes(), store.get(B)
    monkeypatch.setattr(store, "_scrub", lambda numbers: None)
    store.destroy(A)
    assert paths[0].read_bytes().startswith(before)
    with reopened(store, paths) as again:
        check_destroyed(again, A, kept={B: kept})
    assert not paths[0].read_bytes().startswith(before[: HEADER + RECORD])


def test_one_process_at_a_time(store: ShredKeys, paths: tuple[Path, Path]) -> None:
    """A second opening of a store in use is refused."""
    with pytest.raises(KeyStoreError, match="in use"):
        ShredKeys(*paths)


def test_never_created_over_keys(store: ShredKeys, paths: tuple[Path, Path]) -> None:
    """Making a store anew where there is one is refused, also if its master is lost."""
    store.key_for(A)
    store.close()
    with pytest.raises(KeyStoreError):
        ShredKeys.create(*paths)
    paths[1].rename(paths[1].with_name("elsewhere"))
    with pytest.raises(KeyStoreError):
        ShredKeys.create(*paths)


def test_created_again_after_a_crash_in_creating(paths: tuple[Path, Path]) -> None:
    """A store that stopped while it was made, and so holds no key, is made again."""
    ShredKeys.create(*paths).close()
    paths[1].unlink()
    with ShredKeys.create(*paths) as store:
        store.key_for(A)


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666, 0o620])
def test_mode_must_be_0600(store: ShredKeys, paths: tuple[Path, Path], which: int, mode: int) -> None:
    """A file that others may read or write is not used."""
    assert paths[which].stat().st_mode & 0o777 == 0o600
    store.close()
    paths[which].chmod(mode)
    with pytest.raises(KeyStoreError, match="0600"):
        ShredKeys(*paths)


def test_other_master(store: ShredKeys, paths: tuple[Path, Path]) -> None:
    """Another master opens nothing."""
    store.close()
    paths[1].write_bytes(bytes(32))
    with pytest.raises(WrongMasterKeyError):
        ShredKeys(*paths)


def test_closed(store: ShredKeys) -> None:
    """A closed store gives nothing out."""
    store.key_for(A)
    store.close()
    with pytest.raises(KeyStoreError):
        store.get(A)


def test_never_created_over_an_empty_store(store: ShredKeys, paths: tuple[Path, Path]) -> None:
    """A store that holds no key yet is not made anew either, and stays as it was."""
    store.close()
    with pytest.raises(KeyStoreError):
        ShredKeys.create(*paths)
    with ShredKeys(*paths) as again:
        again.key_for(A)


def test_record_of_another_epoch() -> None:
    """Even under one master a record does not pass from one purge epoch to another."""
    master, row = bytes(32), (shred_records.Kind.KEY, bytes(16), bytes(32))
    sealed = shred_records.seal(master, [row], epoch=1, first=0)
    assert shred_records.read(master, shred_records.header(master, epoch=1) + sealed).count == 1
    with pytest.raises(KeyStoreError):
        shred_records.read(master, shred_records.header(master, epoch=2) + sealed)


def test_case_with_two_keys() -> None:
    """Two keys for one case cannot be: which of them counts nobody could say."""
    master, row = bytes(32), (shred_records.Kind.KEY, bytes(16), bytes(32))
    sealed = shred_records.seal(master, [row, row], epoch=1, first=0)
    with pytest.raises(KeyStoreError):
        shred_records.read(master, shred_records.header(master, epoch=1) + sealed)

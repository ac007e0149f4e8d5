"""One 32-byte key for each case, outside every database, that can be destroyed for good.

The hub keeps shred keys in it, a node its view keys. Two files:

- keys: ``version 0x01 || uint32be purge epoch || nonce (12) || tag (16)``, then records of 77 bytes,
  ``kind || case (16) || nonce (12) || AES-256-GCM(master, 32 bytes)``, each bound to its epoch, number, kind and
  case. Kind 1 holds a key; kind 2 is the mark that a case's key was destroyed.
- master: the 32-byte master key of this purge epoch. Keep it where no backup of the keys goes: whoever has an old
  copy of both has the old keys.

Destroying writes the mark, then noise over the key's record. A purge writes what is left under a new master and
destroys the old one: every older copy of the keys file, and whatever hangs on its destroyed keys, is noise then.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Self

from sealing import files
from sealing import shred_records as records
from sealing.encoding import raw_id
from sealing.errors import KeyDestroyedError, KeyMissingError, KeyStoreError, WrongMasterKeyError

WAIT = 10.0  # seconds another process may hold a shared store for one change


class ShredKeys:
    """The keys of all cases, for one process alone or for several that share them; safe to use from several threads.

    A key is on disk (fsync) before any method gives it out. After a failed write nothing more is given out until
    the store is opened again, because what the disk then holds is unknown. Of a shared store every process changes
    only its newest state, and sees at once what another made or destroyed.
    """

    def __init__(self, keys_file: Path, master_file: Path, *, shared: bool = False) -> None:
        """Open the store. A store is shared by all who have it open, or by none.

        Raises:
            KeyStoreError: A file is missing, damaged, not 0600, or in use by another process.
            WrongMasterKeyError: The keys file is not of this purge epoch: an old copy was put back.
        """
        self._keys_file, self._master_file = keys_file, master_file
        self._mutex, self._shared = Lock(), shared
        self._usable = False
        self._descriptor = -1
        self._lock = files.take_lock(keys_file, within=WAIT if shared else 0)
        try:
            self._load(_settle(keys_file, master_file))
            if shared:
                self._give_back()
        except BaseException:
            self.close()
            raise

    @classmethod
    def create(cls, keys_file: Path, master_file: Path, *, shared: bool = False) -> Self:
        """Make an empty store where none is yet, and open it.

        Raises:
            KeyStoreError: One of the files is there already.
        """
        master = os.urandom(records.KEY_LENGTH)
        # Keys file first: a crash after it leaves a file that holds no key yet, and may be made again.
        if master_file.exists() or (keys_file.exists() and keys_file.stat().st_size > records.HEADER_LENGTH):
            raise KeyStoreError("there are shred keys here already")
        files.replace_private(keys_file, records.header(master, epoch=1))
        files.create_private(master_file, master)
        return cls(keys_file, master_file, shared=shared)

    def close(self) -> None:
        """Forget the keys and give the lock back."""
        self._keys: dict[bytes, bytes] = {}
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1
        self._give_back()

    def _give_back(self) -> None:
        if self._lock >= 0:
            files.give_back(self._lock)
        self._lock = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def get(self, case: str) -> bytes:
        """Give the key of a case.

        Raises:
            KeyDestroyedError: It was destroyed.
            KeyMissingError: This case never had one here.
        """
        raw = raw_id(case)
        with self._mutex:
            self._check_usable()
            self._catch_up()
            return self._get(raw)

    def key_for(self, case: str) -> bytes:
        """Give the key of a case; make one if it never had any.

        Raises:
            KeyDestroyedError: It was destroyed; no new one is made.
        """
        self.ensure([case])
        return self.get(case)

    def ensure(self, cases: Iterable[str]) -> None:
        """Make the keys that are not there yet, all with one fsync.

        Raises:
            KeyDestroyedError: One of the cases had its key destroyed; nothing was made.
        """
        wanted = dict.fromkeys(map(raw_id, cases))
        with self._mutex:
            self._check_usable()
            self._catch_up()
            if wanted.keys() <= self._keys.keys():
                return
            with self._changing():
                self._make(wanted)

    def _make(self, wanted: Iterable[bytes]) -> None:
        if not self._destroyed.isdisjoint(wanted):
            raise KeyDestroyedError("the key of this case was destroyed")
        made = {case: os.urandom(records.KEY_LENGTH) for case in wanted if case not in self._keys}
        numbers = self._append([(records.Kind.KEY, case, key) for case, key in made.items()])
        self._numbers.update(zip(made, numbers, strict=True))
        self._keys.update(made)

    def destroy(self, case: str) -> None:
        """Destroy the key of a case for ever, also of one that never had a key. Twice is as once."""
        raw = raw_id(case)
        with self._mutex, self._changing():
            if raw in self._destroyed:
                return
            # A crash before the mark is durable leaves the key whole; after it, `_load` finishes the work.
            self._append([(records.Kind.MARK, raw, bytes(records.KEY_LENGTH))])
            self._destroyed.add(raw)
            if self._keys.pop(raw, None) is not None:
                self._scrub([self._numbers.pop(raw)])

    def purge(self) -> None:
        """Begin a new purge epoch: what is left goes under a new master, the old master is destroyed."""
        master, after = os.urandom(records.KEY_LENGTH), _next(self._master_file)
        with self._mutex, self._changing():
            rows = [(records.Kind.KEY, case, key) for case, key in self._keys.items()]
            rows += [(records.Kind.MARK, case, bytes(records.KEY_LENGTH)) for case in sorted(self._destroyed)]
            sealed = records.seal(master, rows, epoch=self._epoch + 1, first=0)
            self._usable = False
            # Windows puts no file in the place of an open one.
            os.close(self._descriptor)
            self._descriptor = -1
            # A crash from here on leaves two masters; the header of the keys file says which one counts.
            files.replace_private(after, master)
            files.replace_private(self._keys_file, records.header(master, epoch=self._epoch + 1) + sealed)
            self._load(_settle(self._keys_file, self._master_file))

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Alone, and of the newest state."""
        self._check_usable()
        if not self._shared:
            yield
            return
        with files.locked(self._keys_file, within=WAIT):
            self._read_on()
            yield

    def _catch_up(self) -> None:
        """Know what other processes did. Whatever they do makes the file longer or puts another in its place."""
        if self._shared and not self._is_newest():
            with files.locked(self._keys_file, within=WAIT):
                self._read_on()

    def _is_newest(self) -> bool:
        is_same = files.is_same(self._keys_file, self._descriptor)
        return is_same and os.fstat(self._descriptor).st_size == records.length(self._count)

    def _read_on(self) -> None:
        if not files.is_same(self._keys_file, self._descriptor):  # purged
            self._usable = False
            os.close(self._descriptor)
            self._descriptor = -1
            self._load(_settle(self._keys_file, self._master_file))
            return
        data = files.read_from(self._descriptor, records.length(self._count))
        if not data:
            return
        os.fsync(self._descriptor)  # who wrote it may have died before that
        found = records.read_on(self._master, data, epoch=self._epoch, first=self._count)
        if not found.keys.keys().isdisjoint(self._keys):
            raise KeyStoreError("keys file is damaged: a case stands there twice")
        self._count += found.count
        self._keys.update(found.keys)
        self._numbers.update(found.numbers)
        self._destroyed |= found.destroyed
        closed = [case for case in found.destroyed if self._keys.pop(case, None) is not None]
        self._finish(len(data) - found.count * records.RECORD_LENGTH)
        # Who destroyed them may have died between the mark and this.
        self._scrub([*found.unscrubbed, *(self._numbers.pop(case) for case in closed)])

    def _finish(self, rest: int) -> None:
        """Cut what a crash left at the end: so many bytes that were never acknowledged."""
        if rest:
            os.ftruncate(self._descriptor, records.length(self._count))
            os.fsync(self._descriptor)

    def _get(self, case: bytes) -> bytes:
        if case in self._destroyed:
            raise KeyDestroyedError("the key of this case was destroyed")
        if case not in self._keys:
            raise KeyMissingError("this case has no key here")
        return self._keys[case]

    def _check_usable(self) -> None:
        if not self._usable or self._descriptor < 0:
            raise KeyStoreError("store of shred keys is closed, or a write failed: open it again")

    def _load(self, master: bytes) -> None:
        data = files.read_private(self._keys_file)
        loaded = records.read(master, data)
        self._master, self._epoch, self._count = master, loaded.epoch, loaded.count
        self._keys, self._numbers, self._destroyed = loaded.keys, loaded.numbers, loaded.destroyed
        self._descriptor = files.open_private(self._keys_file, os.O_RDWR)
        self._usable = True
        self._finish(len(data) - records.length(self._count))
        self._scrub(loaded.unscrubbed)

    def _append(self, rows: list[tuple[records.Kind, bytes, bytes]]) -> range:
        numbers = range(self._count, self._count + len(rows))
        if rows:
            self._write(records.seal(self._master, rows, epoch=self._epoch, first=self._count), self._count)
            self._count += len(rows)
        return numbers

    def _scrub(self, numbers: list[int]) -> None:
        for number in numbers:
            self._write(os.urandom(records.SEALED_LENGTH), number, skip=records.NAME_LENGTH)

    def _write(self, data: bytes, number: int, *, skip: int = 0) -> None:
        self._usable = False
        position = records.length(number) + skip
        try:
            while data:
                written = files.write_at(self._descriptor, data, position)
                data, position = data[written:], position + written
            os.fsync(self._descriptor)
        except OSError as error:
            raise KeyStoreError(f"cannot write {self._keys_file.name}: {error.strerror}") from error
        self._usable = True


def _next(master_file: Path) -> Path:
    return master_file.with_name(master_file.name + ".next")


def _settle(keys_file: Path, master_file: Path) -> bytes:
    """Find the master the keys file is sealed under, and finish or undo a purge that stopped half way."""
    head = files.read_private(keys_file)[: records.HEADER_LENGTH]
    master, after = files.read_private(master_file), _next(master_file)
    if records.fits(master, head):
        # The purge stopped before it counted, or never was.
        if after.exists():
            files.overwrite(after)
            after.unlink()
        return master
    if not after.exists() or not records.fits(new_master := files.read_private(after), head):
        raise WrongMasterKeyError("keys file is not of this purge epoch")
    # The keys are under the new master. A crash after the next line still finds the new master beside.
    files.overwrite(master_file)
    os.replace(after, master_file)
    files.sync_directory(master_file.parent)
    return new_master

"""Attack: several processes on one store of view keys, killed anywhere: no key is lost, doubled, or comes back."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sealing import shred_records, shredding
from sealing.errors import KeyDestroyedError, KeyStoreError
from sealing.shredding import ShredKeys
from tests.tree import ROOT

A, B, C = "a1" * 16, "b2" * 16, "c3" * 16
WORKER = """
import random, sys
from pathlib import Path
from sealing.shredding import ShredKeys
from sealing.errors import KeyDestroyedError
keys, master, seed = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
chance, cases = random.Random(seed), [f"{n:032x}" for n in range(1, 301)]
with ShredKeys(keys, master, shared=True) as store:
    chance.shuffle(cases)
    for start in range(0, 300, 5):
        for case in cases[start : start + 5]:
            if int(case, 16) % 10 == 0 and chance.random() < 0.5:
                store.destroy(case)
        try:
            store.ensure(cases[start : start + 5])
        except KeyDestroyedError:
            continue
        for case in cases[start : start + 5]:
            print(case, store.get(case).hex(), flush=True)
"""


@pytest.fixture
def paths(tmp_path: Path) -> tuple[Path, Path]:
    names = tmp_path / "keys", tmp_path / "master"
    ShredKeys.create(*names).close()
    return names


def test_each_sees_at_once_what_another_did(paths: tuple[Path, Path]) -> None:
    """A key is made by whoever asks first; a destroyed one is given out by nobody any more, nor made anew."""
    with ShredKeys(*paths, shared=True) as one, ShredKeys(*paths, shared=True) as other:
        assert one.key_for(A) == other.key_for(A)
        assert other.key_for(B) == one.get(B)
        one.destroy(A)
        with pytest.raises(KeyDestroyedError):
            other.get(A)
        with pytest.raises(KeyDestroyedError):
            other.ensure([A, C])
        other.purge()
        assert one.get(B) == other.get(B)
        assert one.key_for(C) == other.get(C)
        with pytest.raises(KeyDestroyedError):
            one.get(A)
    with ShredKeys(*paths) as alone:
        alone.ensure([B, C])
        with pytest.raises(KeyDestroyedError):
            alone.get(A)


def test_who_has_it_alone_is_not_joined(paths: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """The hub's store stays one process's."""
    monkeypatch.setattr(shredding, "WAIT", 0.05)
    with ShredKeys(*paths), pytest.raises(KeyStoreError):
        ShredKeys(*paths, shared=True)


def test_half_a_record_of_a_killed_one_is_cut(paths: tuple[Path, Path]) -> None:
    """What was never acknowledged is nobody's key, and the next is written in its place."""
    with ShredKeys(*paths, shared=True) as one, ShredKeys(*paths, shared=True) as other:
        one.ensure([A])
        with paths[0].open("ab") as file:
            file.write(os.urandom(shred_records.RECORD_LENGTH // 2))
        other.ensure([B])
        assert one.get(B) == other.get(B)
        assert paths[0].stat().st_size == shred_records.length(2)


def test_several_processes_killed_anywhere(paths: tuple[Path, Path]) -> None:
    """Whatever was given out is the one key of its case ever after; what was destroyed stays so."""
    chance, said = random.Random(7), dict[str, set[str]]()
    command = [sys.executable, "-c", WORKER, *map(str, paths)]
    running = [
        subprocess.Popen([*command, str(seed)], stdout=subprocess.PIPE, text=True, cwd=ROOT) for seed in range(4)
    ]
    time.sleep(0.3)
    for number, one in enumerate(running):
        if number % 2:
            time.sleep(chance.random() / 20)
            one.send_signal(signal.SIGKILL)
    for one in running:
        out, _ = one.communicate(timeout=60)
        for line in out.splitlines():
            if len(line) == 97:
                said.setdefault(line[:32], set()).add(line[33:])
    assert [one.returncode for one in running[::2]] == [0, 0]
    assert len(said) > 200
    with ShredKeys(*paths) as store:
        for case, keys in said.items():
            if int(case, 16) % 10:
                assert keys == {store.get(case).hex()}
            else:
                assert len(keys) == 1

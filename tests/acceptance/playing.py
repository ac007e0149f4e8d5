"""The worked example as a user runs it, once for all tests that look at what it printed. Not a test.

Two workers of one test run share one playing: the first that needs it plays, the other waits and reads.
"""

from __future__ import annotations

import contextlib
import io
import json
import resource
import time
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from caunoi.demo.running import run
from caunoi.locks import FileLock
from caunoi.settings import Settings
from domain.wording import Language
from tests.acceptance import looking
from tests.acceptance.looking import Seen
from tests.acceptance.told import Told, told
from tests.forking import FORKER, forking

KEY_FILES = ("keystore.json", "kek", "tag-keys")


@dataclass(frozen=True, slots=True)
class Played:
    """One playing: what it printed, how long it took and how much computing, and what its home then kept."""

    home: str
    output: str
    errors: str
    seconds: float
    computing: float  # seconds of processor time of all its processes, whatever else the machine did
    kept: dict[str, str]  # file → what it was: keys by their hash, the data directory by when it was made

    def lines(self, *words: str) -> list[str]:
        """The lines that have all these words, blanks made one."""
        return [" ".join(line.split()) for line in self.output.splitlines() if all(word in line for word in words)]

    def part(self, number: int) -> str:
        """One numbered part of the output."""
        return self.output.split(f"\n{number}. ", 1)[1].split(f"\n{number + 1}. ", 1)[0]


def play(home: Path, *, language: Language = "vi", seed: int = 1, cast: tuple[int, int] = (17, 2),
         without_row: int | None = None, kafka: bool = False) -> Played:  # fmt: skip
    """Play on a home of one's own."""
    printed, said, began, computed = io.StringIO(), io.StringIO(), time.monotonic(), _computed()
    with forking(), contextlib.redirect_stdout(printed), contextlib.redirect_stderr(said):
        run(
            Settings(home=home), once=True, seed=seed, outside=cast[0], inside=cast[1], language=language,
            without_row=without_row, kafka=kafka,
        )  # fmt: skip
    seconds, computing = time.monotonic() - began, _computed() - computed
    return Played(str(home), printed.getvalue(), said.getvalue(), seconds, computing, _kept(home))


def _computed() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used) + FORKER.computed


def _kept(home: Path) -> dict[str, str]:
    keys = [path for place in ("keys", "hub", "nodes") for path in (home / place).rglob("*") if path.name in KEY_FILES]
    keys += (home / "keys").iterdir()
    made = home / "postgres" / "data" / "PG_VERSION"
    if not made.exists():  # another cast: its home lies elsewhere
        return {}
    kept = {path.relative_to(home).as_posix(): sha256(path.read_bytes()).hexdigest() for path in sorted(set(keys))}
    return kept | {"data directory": str(made.stat().st_mtime_ns)}


def played_once(shared: Path, home: Path) -> tuple[Played, Played, Seen]:
    """The example played on an empty home in Vietnamese, again on the same home in English; then looked at."""
    kept = shared / "worked-example.json"
    with FileLock(shared / "worked-example.lock").held():
        if not kept.exists():
            made = play(home), play(home, language="en"), looking.look(home)
            kept.write_text(json.dumps([asdict(one) for one in made]), "utf-8")
    first, second, seen = json.loads(kept.read_text("utf-8"))
    return Played(**first), Played(**second), Seen(**seen)


def another_once(shared: Path, home: Path) -> tuple[Played, Told]:
    """The example with another cast, and what was then told."""
    kept = shared / "another-example.json"
    with FileLock(shared / "another-example.lock").held():
        if not kept.exists():
            made = play_another(home)
            kept.write_text(json.dumps([asdict(one) for one in made]), "utf-8")
    played, seen = json.loads(kept.read_text("utf-8"))
    return Played(**played), Told(**seen)


def play_another(home: Path, *, kafka: bool = False) -> tuple[Played, Told]:
    """Play with another cast, whose home lies below this one."""
    played = play(home, seed=7, cast=(5, 3), kafka=kafka)
    return played, told(home / "demo" / "seed-7-5-3-0")

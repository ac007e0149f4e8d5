"""A watched folder: each file is handled once, then moved to `done` or, with why, to `refused`.

Polled, because sticks, shares and every system can be; a file counts as there when two looks find it the same.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from caunoi.carrying import SUFFIX
from caunoi.errors import UnavailableError
from domain.errors import RefusedError
from domain.wording import Language, say

DONE, REFUSED = "done", "refused"


@dataclass(slots=True)
class Folder:
    """One watched folder. `handle` takes one file; it raises RefusedError for one that must not be tried again."""

    path: Path
    handle: Callable[[Path], None]
    language: Language
    told: Callable[[str, str], None]  # name of a file and why it was refused
    suffixes: tuple[str, ...] = (SUFFIX,)
    _seen: dict[str, tuple[int, int]] = field(default_factory=dict)  # name → size and time at the last look

    def look(self, *, settled: bool = False) -> int:
        """Handle what is there; `settled` where nobody copies any more. Gives how many files were handled."""
        handled, there = 0, list(self._files())
        self._seen = {file.name: self._seen[file.name] for file in there if file.name in self._seen}
        for file in there:
            status = file.stat()
            now = (status.st_size, status.st_mtime_ns)
            if settled or self._seen.get(file.name) == now:
                self._take(file)  # what it does not take is as settled at the next look as now
                self._seen.pop(file.name, None)
                handled += 1
            else:
                self._seen[file.name] = now
        return handled

    def _files(self) -> Iterator[Path]:
        """Plain files by name; a link or a folder called like one is none."""
        for file in sorted(self.path.iterdir()):
            if file.suffix.lower() in self.suffixes and file.is_file() and not file.is_symlink():
                yield file

    def _take(self, file: Path) -> None:
        try:
            self.handle(file)
        except RefusedError as error:
            reason = say(error.code, self.language, **error.params)
            moved = _move(file, self.path / REFUSED)
            moved.with_name(moved.name + ".txt").write_text(reason + "\n", "utf-8")
            self.told(file.name, reason)
        else:
            _move(file, self.path / DONE)


def watch(look: Callable[[], object], *, every: float, away: Callable[[UnavailableError], None]) -> None:
    """Look for ever, every so many seconds; `away` is told once when somebody who is needed does not answer."""
    waiting = False
    while True:
        try:
            look()
            waiting = False
        except UnavailableError as error:
            if not waiting:
                away(error)
            waiting = True
        time.sleep(every)


def numbered(name: str, *, taken: Callable[[str], bool]) -> str:
    """The name a file is kept under beside those that came under the same name before: `x.json`, `x.2.json`."""
    file = Path(name)
    names = (name if number == 1 else f"{file.stem}.{number}{file.suffix}" for number in count(1))
    return next(one for one in names if not taken(one))


def _move(file: Path, folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return file.rename(folder / numbered(file.name, taken=lambda name: (folder / name).exists()))

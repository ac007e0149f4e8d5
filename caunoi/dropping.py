"""A watched folder: each file is handled once, then moved to `done` or, with why, to `refused`.

Polled, because sticks, shares and every system can be; a file counts as there when two looks find it the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from caunoi.carrying import SUFFIX
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
        handled, before = 0, self._seen
        self._seen = {}
        for file in self._files():
            status = file.stat()
            now = (status.st_size, status.st_mtime_ns)
            if settled or before.get(file.name) == now:
                self._take(file)
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


def _move(file: Path, folder: Path) -> Path:
    """Move a file into a folder, beside one that came under the same name before."""
    folder.mkdir(exist_ok=True)
    to, number = folder / file.name, 1
    while to.exists():
        number += 1
        to = folder / f"{file.stem}.{number}{file.suffix}"
    return file.rename(to)

"""A watched folder: each file is handled once, then moved to `done` or, with why, to `refused`.

Polled, because sticks, shares and every system can be; a file counts as there when two looks find it the same.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from caunoi.carrying import SUFFIX
from caunoi.errors import SettingsError, UnavailableError
from domain.errors import RefusedError
from domain.wording import Language, say
from door.problems import STATUS

DONE, REFUSED = "done", "refused"
TRIES = 3  # of a file that fails while whoever handles files is here
NOT_NOW = (502, 503)


@dataclass(slots=True)
class Folder:
    """One watched folder.

    `handle` takes one file; it raises RefusedError for one that must not be tried again. `here` raises UnavailableError
    where whoever handles files is away: a file that fails all the same is tried a few times, after all others.
    """

    path: Path
    handle: Callable[[Path], None]
    here: Callable[[], object]
    language: Language
    told: Callable[[str, str], None]  # name of a file and why it was refused
    suffixes: tuple[str, ...] = (SUFFIX,)
    _seen: dict[str, tuple[int, int]] = field(default_factory=dict)  # name → size and time at the last look
    _failures: Counter[str] = field(default_factory=Counter)  # by name

    def look(self, *, settled: bool = False) -> int:
        """Handle what is there; `settled` where nobody copies any more. Gives how many files were handled.

        Raises:
            UnavailableError: a file is to be tried again, or all that are left: whoever handles them is away.
        """
        handled, there, failed = 0, list(self._files()), None
        names = {file.name for file in there}
        self._seen = {name: seen for name, seen in self._seen.items() if name in names}
        self._failures = Counter({name: count for name, count in self._failures.items() if name in names})
        for file in sorted(there, key=lambda one: self._failures[one.name]):
            try:
                status = file.stat()
                now = (status.st_size, status.st_mtime_ns)
                if not settled and self._seen.get(file.name) != now:
                    self._seen[file.name] = now
                    continue
                self.here()
                if error := self._take(file):  # as settled at the next look as now
                    failed = error
                    continue
            except FileNotFoundError:
                if file.exists():
                    raise
                continue  # somebody took it away
            self._seen.pop(file.name, None)
            del self._failures[file.name]
            handled += 1
        if failed is not None:
            raise failed
        return handled

    def _files(self) -> Iterator[Path]:
        """Plain files by name; a link or a folder called like one is none, nor what programs lay beside one."""
        for file in sorted(self.path.iterdir()):
            if file.suffix.lower() not in self.suffixes or file.name.startswith((".", "~$")):
                continue
            if file.is_file() and not file.is_symlink():
                yield file

    def _take(self, file: Path) -> UnavailableError | None:
        """Handle one file; give why it is to be tried again.

        Raises:
            UnavailableError: it is not the file: nothing is taken now.
        """
        try:
            if not os.access(file, os.R_OK):
                raise RefusedError("file_unreadable")
            self.handle(file)
        except (RefusedError, UnavailableError) as error:
            failed = UnavailableError(error.code, **error.params)
            if STATUS.get(error.code) in NOT_NOW:
                raise failed from None
            reason = failed.sentence(self.language)
            if isinstance(error, UnavailableError) or STATUS.get(error.code) == STATUS["internal_error"]:
                self._failures[file.name] += 1
                if self._failures[file.name] < TRIES:
                    return failed
                reason = say("cli_drop_failed", self.language, count=TRIES, reason=reason)
            self._set_aside(file, reason)
        else:
            _move(file, self.path / DONE)
        return None

    def _set_aside(self, file: Path, reason: str) -> None:
        moved = _move(file, self.path / REFUSED)
        moved.with_name(moved.name + ".txt").write_text(reason + "\n", "utf-8")
        self.told(file.name, reason)


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


def once(look: Callable[..., object], *, every: float, away: Callable[[UnavailableError], None]) -> None:
    """Look until all that is there is done with; `away` is told what is waited for.

    Raises:
        UnavailableError: it was waited for in vain.
    """
    for tries in range(1, TRIES + 1):
        try:
            look(settled=True)
        except UnavailableError as error:
            if tries == TRIES:
                raise
            if tries == 1:
                away(error)
            time.sleep(every)
        else:
            return


def check_apart(watched: Path, written: Path) -> None:
    """Refuse two folders of which one is the other, or is in it: what is written would be handled, or moved away.

    Raises:
        SettingsError: `drop_folders_not_apart`.
    """
    one, other = watched.resolve(), written.resolve()
    if any(above.samefile(one) for above in (other, *other.parents)) or any(other.samefile(up) for up in one.parents):
        raise SettingsError("drop_folders_not_apart")


def numbered(name: str, *, taken: Callable[[str], bool]) -> str:
    """The name a file is kept under beside those that came under the same name before: `x.json`, `x.2.json`."""
    file = Path(name)
    names = (name if number == 1 else f"{file.stem}.{number}{file.suffix}" for number in count(1))
    return next(one for one in names if not taken(one))


def _move(file: Path, folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return file.rename(folder / numbered(file.name, taken=lambda name: (folder / name).exists()))

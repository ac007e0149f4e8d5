"""Running PostgreSQL when we are root, which it refuses to be.

No user is made and no directory is opened to anybody. The server runs as a number that belongs to no user, and gets
its data directory as an open descriptor: `-D /proc/self/fd/N`. The kernel follows such a link straight to the
directory and asks no right on those above it, so a home below a 0700 /root works, and stays 0700. (A working directory
would not do: until 15, PostgreSQL looks for its own program by leaving that directory and coming back by its path.)

initdb insists on a user with a name. It runs once as `nobody`, who is not to keep the data: other programs run as
`nobody` too.

Needs Linux. Elsewhere the path itself is handed over, and must be open to that user.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from caunoi.errors import PostgresError

# Between what distributions give to users and what systemd gives to services: 60706 to 61183 is left unused
# (systemd, "Users, Groups, UIDs and GIDs on systemd Systems").
UNPRIVILEGED = 60810


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A directory as a child process gets it; the names are those of `subprocess.Popen`."""

    path: str
    user: int | None
    groups: tuple[int, ...] | None
    descriptors: tuple[int, ...]


@contextlib.contextmanager
def hand_over(directory: Path, user: int | None) -> Iterator[HandedOver]:
    """Let a child that runs as `user` use a directory it could not reach by path; None: as who we are, by path."""
    if user is None or not sys.platform.startswith("linux"):
        yield HandedOver(path=str(directory), user=user, groups=None if user is None else (), descriptors=())
        return
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        path = f"/proc/self/fd/{descriptor}"
        yield HandedOver(path=path, user=user, groups=(), descriptors=(descriptor,))
    finally:
        os.close(descriptor)


def named_user() -> int:
    """Give the number of `nobody`.

    Raises:
        PostgresError: there is no such user.
    """
    try:
        return pwd.getpwnam("nobody").pw_uid
    except KeyError:
        raise PostgresError("postgres_no_user") from None


def disown(directory: Path) -> None:
    """Give a directory and all in it to the number that belongs to no user."""
    for root, directories, files in os.walk(directory):
        for entry in (root, *(os.path.join(root, name) for name in (*directories, *files))):
            os.lchown(entry, UNPRIVILEGED, UNPRIVILEGED)

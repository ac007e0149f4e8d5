"""Taking sealed files and handing them out, piece by piece; the hub has no key that opens one.

A file comes before the statement that names it, and waits for it. What waits is bounded for each agency.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from tempfile import TemporaryFile
from typing import IO

from domain.errors import RefusedError
from hub.log.application import HubApplication
from hub.log.attachments import PIECE
from hub.log.records import Attachment, Waiting
from sealing.envelope import SEALED_VERSION, check_attachment_length
from sealing.errors import BodyMismatchError

MOST = Waiting(64, 256 * 1024 * 1024)
"""Files and bytes of one agency that no statement names yet."""
AT_ONCE = 4  # uploads of one agency under way


class Spool:
    """A file on its way in: bytes on disk without a name, and their hash. Nobody else sees it; it ends with us."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._digest = sha256()
        self.length = 0

    def write(self, piece: bytes) -> None:
        """Take the next bytes."""
        self._file.write(piece)
        self._digest.update(piece)
        self.length += len(piece)

    def check(self, hash: str) -> None:  # noqa: A002 - the header's own word
        """Check the whole: its hash, a length that could be padded, a version we know.

        Raises:
            RefusedError: `body_wrong`.
        """
        try:
            check_attachment_length(self.length)
        except BodyMismatchError:
            raise RefusedError("body_wrong") from None
        self._file.seek(0)
        if self._digest.hexdigest() != hash or self._file.read(1) != bytes([SEALED_VERSION]):
            raise RefusedError("body_wrong")

    def pieces(self) -> Iterator[bytes]:
        """All bytes from the beginning, in pieces as they are kept."""
        self._file.seek(0)
        while piece := self._file.read(PIECE):
            yield piece


@dataclass(frozen=True, slots=True)
class Attachments:
    """The files of one hub. What an agency may not have is the same to it as what is not there."""

    application: HubApplication
    _under_way: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def taking(self, agency: str) -> Iterator[Spool]:
        """Take one upload of an agency.

        Raises:
            RefusedError: `hub_unavailable`: this agency has `AT_ONCE` under way.
        """
        if self._under_way[agency] >= AT_ONCE:
            raise RefusedError("hub_unavailable")
        self._under_way[agency] += 1
        try:
            with TemporaryFile() as file:
                yield Spool(file)
        finally:
            self._under_way[agency] -= 1

    def check_room(self, agency: str) -> None:
        """Refuse before a byte is read what could not be kept.

        Raises:
            RefusedError: `attachments_too_many`.
        """
        waiting = self.application.attachments.waiting(agency)
        if waiting.files >= MOST.files or waiting.bytes >= MOST.bytes:
            raise RefusedError("attachments_too_many")

    def keep(self, spool: Spool, hash: str, *, agency: str) -> None:  # noqa: A002 - the header's own word
        """Keep a checked file; one that is known is kept once.

        Raises:
            RefusedError: `body_wrong`, `attachments_too_many`.
        """
        spool.check(hash)
        file = Attachment(hash=hash, agency=agency, length=spool.length, received=self.application.recorder.clock())
        if not self.application.attachments.keep(file, spool.pieces(), most=MOST):
            raise RefusedError("attachments_too_many")

    def length(self, hash: str, *, agency: str) -> int:  # noqa: A002 - the header's own word
        """How long a file is that an entry on this agency's feed names.

        Raises:
            RefusedError: `not_found`.
        """
        length = self.application.attachments.length_on_feed(agency, hash)
        if length is None:
            raise RefusedError("not_found")
        return length

"""Sealed files of papers beside the log, in pieces, so that no file is ever whole in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from hub.log.pooled import Pooled
from hub.log.records import Attachment, Waiting

PIECE = 256 * 1024  # bytes; the last one of a file may be shorter

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('caunoi/attachments/' || %s, 0))"
_WAITING = """
    SELECT count(*), coalesce(sum(length), 0)::bigint FROM {hub}.attachments
    WHERE agency = %s AND NOT EXISTS (SELECT FROM {hub}.attached WHERE attached.hash = attachments.hash)
"""
_KNOWN = "SELECT FROM {hub}.attachments WHERE hash = %s"
_KEEP = """
    INSERT INTO {hub}.attachments (hash, agency, length, received) VALUES (%s, %s, %s, %s)
    ON CONFLICT (hash) DO NOTHING
"""
_PIECE = "INSERT INTO {hub}.attachment_pieces (hash, number, piece) VALUES (%s, %s, %s)"
_UPLOADED = "SELECT agency, hash, length FROM {hub}.attachments WHERE hash = ANY(%b::bytea[])"
_ON_FEED = """
    SELECT length FROM {hub}.attachments
    WHERE hash = %s AND EXISTS (
        SELECT FROM {hub}.attached JOIN {hub}.feeds USING (log_index)
        WHERE attached.hash = attachments.hash AND agency = %s
    )
"""
_READ = "SELECT piece FROM {hub}.attachment_pieces WHERE hash = %s AND number = %s"


class AttachmentLog(Pooled):
    """The uploaded files of one hub, over the library's connection pool. Hashes are hex."""

    def keep(self, file: Attachment, pieces: Iterable[bytes], *, most: Waiting) -> bool:
        """Keep a file whose hash and length were checked; one that is known is kept once, whoever brings it.

        False where the agency would then have more waiting for a statement than `most`: nothing was kept.
        """
        digest = bytes.fromhex(file.hash)
        with self._datastore.get_connection() as connection, connection.transaction():
            connection.execute(_LOCK, (file.agency,))
            if connection.execute(self._named(_KNOWN), (digest,)).fetchone() is not None:
                return True
            waiting = Waiting(*self._fetch_on(connection, _WAITING, (file.agency,))[0])
            if waiting.files >= most.files or waiting.bytes + file.length > most.bytes:
                return False
            row = (digest, file.agency, file.length, file.received)
            if connection.execute(self._named(_KEEP), row).rowcount == 1:
                for number, piece in enumerate(pieces, start=1):
                    connection.execute(self._named(_PIECE), (digest, number, piece))
        return True

    def waiting(self, agency: str) -> Waiting:
        """How much of an agency's no statement names yet."""
        return Waiting(*self._rows(_WAITING, (agency,))[0])

    def uploaded(self, hashes: Sequence[str]) -> dict[tuple[str, str], int]:
        """Give (agency that uploaded it, hash) → length for those of the files that are there."""
        rows = self._rows(_UPLOADED, ([bytes.fromhex(one) for one in hashes],)) if hashes else []
        return {(agency, digest.hex()): length for agency, digest, length in rows}

    def length_on_feed(self, agency: str, hash: str) -> int | None:  # noqa: A002 - the header's own word
        """Give the length of a file that an entry on the agency's feed names; None where there is none for it."""
        rows = self._rows(_ON_FEED, (bytes.fromhex(hash), agency))
        return int(rows[0][0]) if rows else None

    def piece(self, hash: str, number: int) -> bytes | None:  # noqa: A002 - the header's own word
        """Give one piece of a file, counted from 1; None where it has no more, or was erased."""
        rows = self._rows(_READ, (bytes.fromhex(hash), number))
        return bytes(rows[0][0]) if rows else None

    def pieces(self, hash: str) -> Iterator[bytes]:  # noqa: A002 - the header's own word
        """Give all pieces of a file, one after the other."""
        number = 1
        while (piece := self.piece(hash, number)) is not None:
            yield piece
            number += 1

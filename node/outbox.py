"""The outbox: signed bytes are kept before they are sent, sent in order, and kept with the hub's answer for ever.

Sending again what was recorded gets the same receipt, so a crash anywhere loses nothing and doubles nothing.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from typing import Any

from node.answers import check
from node.aside import Aside
from node.composer import Submission
from node.errors import HubAnswerError, HubUnavailableError
from node.hub_client import HubClient
from node.quarantine import Quarantine, SourceRow
from node.store import Known, Queued, Store

SENT_AT_ONCE = 200  # submissions in one request
SENT_BYTES = 16 * 1024 * 1024  # of submissions in one request; a larger one goes alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """Own statements on their way. `hub_key` is the hub's pinned public key."""

    store: Store
    hub: HubClient
    hub_key: bytes
    quarantine: Quarantine
    uploaded: set[str] = field(default_factory=set)  # hashes of the files that the hub was seen to take

    def queue(self, submissions: Sequence[Submission], records: Sequence[Known], *, origin: SourceRow | None) -> None:
        """Keep signed bytes. `origin` is the row they come from."""
        waiting = None if origin is None else self.quarantine.waiting(origin)
        self.store.queue(submissions, records, origin=waiting)

    def send(self, *, duties: Container[str]) -> list[tuple[Queued, str | None]]:
        """Send the oldest that wait; each with the code of its refusal, or None where it was recorded.

        Args:
            duties: ids of statements nobody asked for: a refused one is no one's to mend.

        Raises:
            HubUnavailableError: the hub is away; everything still waits.
            HubAnswerError: an answer does not hold; everything of this sending still waits.
        """
        batch = self.upload(self.store.queued(SENT_AT_ONCE, size=SENT_BYTES))
        if not batch:
            self.uploaded.clear()
            return []
        answers = self.hub.submit([one.submission for one in batch])
        self.check(batch, answers)
        return self.settle(batch, answers, duties=duties)

    def upload(self, waiting: Sequence[Queued]) -> Sequence[Queued]:
        """Send the sealed files of the first that names any, if they were not brought; gives those up to that one.

        A file that the hub does not take stops nothing here: its statement is refused, signed, as any other.

        Raises:
            HubUnavailableError: the hub is away.
        """
        files = self.store.attachments.of_statements([one.statement_id for one in waiting])
        for place, one in enumerate(waiting, start=1):
            if named := files.get(one.statement_id):
                for name, length in named:
                    self._upload(name, self.store.attachments.pieces(name), length)
                return waiting[:place]
        return waiting

    def bring(self, files: Iterable[str] | None = None, *, lock: AbstractContextManager[object]) -> None:
        """Send own files ahead, by hash, else those of all that waits; the lock, not held yet, is free meanwhile.

        Where the hub is away they go with `upload`.
        """
        table = self.store.attachments
        if files is None:
            with lock:
                files = table.waiting()
        with suppress(HubUnavailableError, HubAnswerError):
            for name in files:
                with lock:
                    kept = table.get(name)
                if kept is not None and kept.own:
                    self._upload(name, table.pieces(name, lock=lock), kept.length)

    def _upload(self, name: str, pieces: Iterable[bytes], length: int) -> None:
        if name not in self.uploaded and self.hub.upload(name, pieces, length=length):
            self.uploaded.add(name)

    def check(self, batch: Sequence[Queued], answers: Sequence[dict[str, Any]]) -> None:
        """Check each answer against its statement.

        Raises:
            HubAnswerError: one does not hold.
        """
        for one, answer in zip(batch, answers, strict=True):
            check(answer, one, hub_key=self.hub_key)

    def settle(
        self, batch: Sequence[Queued], answers: Sequence[dict[str, Any]], *, duties: Container[str]
    ) -> list[tuple[Queued, str | None]]:
        """Keep answers that were checked; each statement with the code of its refusal, or None."""
        codes = [None if "index" in answer else answer["code"] for answer in answers]
        told = list(zip(batch, codes, strict=True))
        aside = [self._aside(one, code) for one, code in told if code is not None and one.statement_id not in duties]
        if "attachment_missing" in codes:  # the hub drops what no statement names
            self.uploaded.clear()
        self.store.answered(batch, answers, aside=[row for row in aside if row is not None])
        return told

    def _aside(self, one: Queued, code: str) -> Aside | None:
        """What a refusal leaves to be mended: the row it came from, once; else the statement by its id."""
        if one.origin is None:
            return Aside(code=code, reference=one.statement_id)
        row = self.store.origin(one.origin)
        return None if row is None else self.quarantine.refused(row, code=code, origin=one.origin)

"""What a node keeps of carried bundles: the numbers of its own, and what came along with the hub's answers.

Over HTTP a node asks the hub for bodies and grants whenever it needs them. Who has no line keeps what was carried: each
sealed under its case's view key, so that it goes when the case is forgotten; newest wins, case by case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, LiteralString

import psycopg
from psycopg.rows import TupleRow

from node.errors import HubUnavailableError
from node.store import Queued, queued_of
from projections.opening import Materials
from sealing.errors import CannotOpenError, KeyDestroyedError
from sealing.rows import open_row, seal_row
from sealing.shredding import ShredKeys

VIEW = "carried"  # the place of what is kept, among the rows sealed under view keys
Kind = Literal["body", "grant"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A body or a grant of a case as the hub handed it out; None where it did not."""

    hash: str
    kind: Kind
    case: str
    content: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A bundle of this node's: the hash of its manifest, the submissions in it by outbox number, the last one's id."""

    number: int
    manifest: str
    seqs: tuple[int, ...]
    last: str | None
    answered: bool


class Kept:
    """The tables of carried bundles; `keys` are the node's view keys."""

    def __init__(self, connection: psycopg.Connection[TupleRow], *, keys: ShredKeys) -> None:
        self._connection = connection
        self._keys = keys

    # -- bodies and grants -----------------------------------------------------------------------------------

    def put(self, held: Sequence[Held]) -> None:
        """Keep what came along for some cases, in place of what was kept for them."""
        cases = list(dict.fromkeys(one.case for one in held))
        for case in cases:
            with suppress(KeyDestroyedError):
                self._keys.ensure([case])
        rows = [(one.hash, one.kind, one.case, self._seal(one)) for one in held]
        with self._connection.transaction(), self._connection.cursor() as cursor:
            cursor.execute("DELETE FROM carried WHERE case_id = ANY(%s)", (cases,))
            cursor.executemany("INSERT INTO carried VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING", rows)

    def get(self, kind: Kind, hashes: Sequence[str]) -> dict[str, bytes | None]:
        """What is kept of these; None is what the hub did not hand out when it was asked last."""
        rows = self._connection.execute(
            "SELECT hash, case_id, sealed FROM carried WHERE kind = %s AND hash = ANY(%s)", (kind, list(hashes))
        )
        return {name: self._open(name, case, sealed) for name, case, sealed in rows}

    def _seal(self, one: Held) -> bytes | None:
        if one.content is None:
            return None
        try:
            key = self._keys.get(one.case)
        except KeyDestroyedError:
            return None
        return seal_row(one.content, view_key=key, case=one.case, view=VIEW, key=one.hash)

    def _open(self, name: str, case: str, sealed: bytes | None) -> bytes | None:
        if sealed is None:
            return None
        try:
            return open_row(bytes(sealed), view_key=self._keys.get(case), case=case, view=VIEW, key=name)
        except (KeyDestroyedError, CannotOpenError):
            return None

    # -- bundles ---------------------------------------------------------------------------------------------

    def number(self) -> int:
        """The number of the next bundle."""
        return self._number("SELECT coalesce(max(number), 0) + 1 FROM bundles")

    def note(self, packed: Packed) -> None:
        """Note a bundle that was made."""
        self._connection.execute(
            "INSERT INTO bundles VALUES (%s, %s, %s, %s)",
            (packed.number, packed.manifest, list(packed.seqs), packed.last),
        )

    def packed(self, number: int) -> Packed | None:
        """A bundle by its number."""
        row = self._connection.execute(
            "SELECT number, manifest, seqs, last, answered IS NOT NULL FROM bundles WHERE number = %s", (number,)
        ).fetchone()
        if row is None:
            return None
        return Packed(number=row[0], manifest=row[1], seqs=tuple(row[2]), last=row[3], answered=row[4])

    def answered(self, number: int) -> None:
        """Note that the answer to a bundle is here."""
        self._connection.execute("UPDATE bundles SET answered = coalesce(answered, now()) WHERE number = %s", (number,))

    def sent(self, seqs: Sequence[int]) -> list[tuple[Queued, str]]:
        """The submissions of a bundle, in its order, each with its state in the outbox."""
        rows = self._connection.execute(
            "SELECT seq, statement_id, hash, case_id, origin, submission, state FROM outbox"
            " WHERE seq = ANY(%s) ORDER BY seq",
            (list(seqs),),
        )
        return [(queued_of(row[:6]), row[6]) for row in rows]

    def unpacked(self) -> int:
        """How many submissions wait and are in no bundle yet."""
        return self._number(
            "SELECT count(*) FROM outbox WHERE state = 'queued'"
            " AND seq > (SELECT coalesce(max(seq), 0) FROM bundles, unnest(seqs) AS seq)"
        )

    def entries(self, numbers: Sequence[int]) -> dict[int, bytes]:
        """The entries kept of some feed numbers."""
        rows = self._connection.execute("SELECT number, entry FROM feed WHERE number = ANY(%s)", (list(numbers),))
        return {number: bytes(entry) for number, entry in rows}

    def _number(self, query: LiteralString) -> int:
        row = self._connection.execute(query).fetchone()
        return int(row[0]) if row else 0


@dataclass(frozen=True, slots=True)
class Beside:
    """Bodies and grants: what was carried first, the rest from the hub.

    Where the hub is away, what it did not hand out when it was last asked counts as absent; of all else nothing is
    known, and whoever asks is told that.
    """

    kept: Kept
    hub: Materials

    def bodies(self, hashes: Iterable[str]) -> Mapping[str, bytes]:
        """See `Materials`.

        Raises:
            HubUnavailableError: the hub is away and something was never carried.
        """
        wanted = list(hashes)
        return self._joined(wanted, self.kept.get("body", wanted), self.hub.bodies)

    def grants(self, hashes: Iterable[str]) -> Mapping[str, bytes]:
        """See `Materials`.

        Raises:
            HubUnavailableError: the hub is away and something was never carried.
        """
        wanted = list(hashes)
        return self._joined(wanted, self.kept.get("grant", wanted), self.hub.grants)

    def _joined(
        self,
        wanted: Sequence[str],
        kept: Mapping[str, bytes | None],
        ask: Callable[[Iterable[str]], Mapping[str, bytes]],
    ) -> dict[str, bytes]:
        found = {name: content for name, content in kept.items() if content is not None}
        rest = [name for name in wanted if name not in found]
        if not rest:
            return found
        try:
            return found | dict(ask(rest))
        except HubUnavailableError:
            if all(name in kept for name in rest):
                return found
            raise

"""One open append: its transaction is open, its lock is held, and nothing is visible before it commits.

Where a crash leaves us: before COMMIT, nothing of it exists; after COMMIT but before the answer, all of it exists
and the caller finds it by statement id. There is no third state, because all rows go in by one statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any, LiteralString
from uuid import UUID

from eventsourcing.persistence import StoredEvent
from psycopg import Connection
from psycopg.rows import DictRow, tuple_row
from psycopg.sql import SQL, Composed, Identifier, Literal

from hub.errors import EntryMismatchError
from hub.log.records import Aside, NewEntry, Position, Refusal
from ledger import entry as entries_
from ledger.errors import EntryMalformedError
from ledger.tree import leaf_hash

_HEAD = "SELECT log_index, recorded FROM {hub}.log ORDER BY log_index DESC LIMIT 1"
_VERSIONS = """
    SELECT id, coalesce((SELECT max(originator_version) FROM {hub}.{events} WHERE originator_id = id), 0)
    FROM unnest(%b::uuid[]) AS id
"""
_NUMBERS = """
    SELECT name, coalesce((SELECT max(number) FROM {hub}.feeds WHERE agency = name), 0)
    FROM unnest(%b::text[]) AS name
"""
_ON_FEED = """
    SELECT agency, log_index FROM unnest(%b::text[], %b::bigint[]) AS wanted (agency, log_index)
    JOIN {hub}.feeds USING (agency, log_index)
"""
_REFUSE = """
    INSERT INTO {hub}.refusals (agency, number, statement_id, statement_hash, code, recorded, kid, sig)
    SELECT %(agency)s, coalesce(max(number), 0) + 1, %(statement_id)s, %(statement_hash)s, %(code)s, %(recorded)s,
        %(kid)s, %(signature)s
    FROM {hub}.refusals WHERE agency = %(agency)s
    RETURNING number
"""
_ASIDE = """
    INSERT INTO {hub}.kafka_aside (topic, partition, position, code, hash, agency, statement_id, recorded)
    VALUES (%(topic)s, %(partition)s, %(position)s, %(code)s, %(hash)s, %(agency)s, %(statement_id)s, %(recorded)s)
    ON CONFLICT (topic, partition, position) DO NOTHING
    RETURNING number
"""
_REACHED = """
    INSERT INTO {hub}.kafka_positions AS known (topic, partition, position)
    VALUES (%(topic)s, %(partition)s, %(position)s)
    ON CONFLICT (topic, partition) DO UPDATE SET position = greatest(known.position, excluded.position)
    RETURNING position
"""
_APPEND = """
    WITH added AS (
        SELECT *, nextval({sequence}::regclass) AS notification_id FROM unnest(
            %(originator_id)b::uuid[], %(originator_version)b::bigint[], %(type)b::text[], %(entry)b::bytea[],
            %(statement_id)b::text[], %(statement_hash)b::bytea[], %(author)b::text[], %(kid)b::text[],
            %(receipt_kid)b::text[], %(receipt_sig)b::bytea[]
        ) WITH ORDINALITY AS added (
            originator_id, originator_version, type, entry, statement_id, statement_hash, author, kid,
            receipt_kid, receipt_sig, position
        )
    ), stored AS (
        INSERT INTO {hub}.{events} (originator_id, originator_version, topic, state, notification_id)
        SELECT originator_id, originator_version, type, entry, notification_id FROM added
    ), logged AS (
        INSERT INTO {hub}.log (
            log_index, notification_id, originator_id, originator_version, statement_id, statement_hash,
            author, kid, type, leaf, recorded, receipt_kid, receipt_sig
        )
        SELECT
            %(size)s + position, notification_id, originator_id, originator_version, statement_id, statement_hash,
            author, kid, type, sha256('\\x00'::bytea || entry), %(recorded)s, receipt_kid, receipt_sig
        FROM added
    ), bodies AS (
        INSERT INTO {hub}.bodies (hash, body, log_index)
        SELECT * FROM unnest(%(body_hash)b::bytea[], %(body)b::bytea[], %(body_index)b::bigint[])
        ON CONFLICT (hash) DO NOTHING
    ), attached AS (
        INSERT INTO {hub}.attached (hash, log_index)
        SELECT * FROM unnest(%(attached_hash)b::bytea[], %(attached_index)b::bigint[])
    ), grants AS (
        INSERT INTO {hub}.grants (hash, locked, log_index, grantee, originator_id)
        SELECT * FROM unnest(
            %(grant_hash)b::bytea[], %(locked)b::bytea[], %(grant_index)b::bigint[], %(grantee)b::text[],
            %(grant_case)b::uuid[]
        )
        ON CONFLICT (hash) DO NOTHING
    ), feeds AS (
        INSERT INTO {hub}.feeds (agency, number, log_index)
        SELECT * FROM unnest(%(feed_agency)b::text[], %(feed_number)b::bigint[], %(feed_index)b::bigint[])
    )
    SELECT notification_id FROM added ORDER BY position
"""


class Appending:
    """An append under way.

    `size` is the number of entries in the log, those of this append included; `recorded` is the time, in
    microseconds since 1970 UTC, that every entry of this append has to carry.
    """

    def __init__(self, connection: Connection[DictRow], *, schema: str, events_table: str, now: int) -> None:
        self._connection = connection
        self._names = {
            "hub": Identifier(schema),
            "events": Identifier(events_table),
            "sequence": Literal(Identifier(schema, f"{events_table}_notification_id_seq").as_string(connection)),
        }
        head = self._rows(_HEAD)
        self.size: int = head[0][0] if head else 0
        self.recorded: int = max(now, head[0][1]) if head else now

    def insert(self, stored_events: Sequence[StoredEvent], entries: Sequence[NewEntry]) -> list[int]:
        """Append entries and all that lies beside them; give the library's notification ids.

        Raises:
            EntryMismatchError: An entry is not the event it stands for, is not well-formed, names another time,
                leaves out a version, or a body, receipt or feed index is not what it is said to be. Nothing was
                written.
        """
        # (1): what can be told from the values alone.
        self._check_events(stored_events, entries)
        if not entries:
            return []
        for index, entry in enumerate(entries, start=self.size + 1):
            self._check_entry(entry)
            self._check_receipt(entry, index)
        # (2): what has to fit the log as it is.
        self._check_versions(entries)
        feeds = self._feed_rows(entries)
        # (3): all rows by one statement.
        rows = self._rows(_APPEND, {**_columns(entries, size=self.size, recorded=self.recorded), **feeds})
        self.size += len(entries)
        return [row[0] for row in rows]

    def refuse(self, refusals: Iterable[Refusal]) -> None:
        """Keep signed refusals, each numbered densely among its agency's."""
        for one in refusals:
            self._rows(_REFUSE, _plain(one))

    def arrived(self, *, aside: Iterable[Aside], positions: Iterable[Position]) -> None:
        """Keep how far topics were taken in, and what in them was no submission."""
        for one in aside:
            self._rows(_ASIDE, {**_plain(one), "recorded": self.recorded})
        for reached in positions:
            self._rows(_REACHED, _plain(reached))

    def _check_events(self, stored_events: Sequence[StoredEvent], entries: Sequence[NewEntry]) -> None:
        expected = [StoredEvent(e.originator_id, e.originator_version, e.type, e.entry) for e in entries]
        if list(stored_events) != expected:
            raise EntryMismatchError("the entries are not the events that were saved with them")

    def _check_entry(self, new: NewEntry) -> None:
        try:
            parsed = entries_.parse(new.entry)
        except EntryMalformedError as error:
            raise EntryMismatchError("an entry is malformed") from error
        if parsed.recorded != self.recorded:
            raise EntryMismatchError("an entry names another time than its append")
        if new.kid not in {kid for kid, _ in parsed.signatures}:
            raise EntryMismatchError("an entry is not signed by the key it is filed under")
        if any(digest != sha256(body).digest() for digest, body in new.bodies.items()):
            raise EntryMismatchError("a body has another hash")

    def _check_receipt(self, new: NewEntry, index: int) -> None:
        """Once recorded it is handed out for ever: it must be of this entry, at this place."""
        one, leaf = new.receipt, leaf_hash(new.entry)
        stands = (new.statement_hash.hex(), index, leaf.hex(), self.recorded)
        if one is not None and (one.statement, one.index, one.leaf, one.recorded) != stands:
            raise EntryMismatchError("a receipt says something else than its entry")

    def _check_versions(self, entries: Sequence[NewEntry]) -> None:
        heads: dict[UUID, int] = dict(self._rows(_VERSIONS, (list({e.originator_id for e in entries}),)))
        for entry in entries:
            # A version at or below the head is a conflict, and the primary key says so.
            if entry.originator_version > heads[entry.originator_id] + 1:
                raise EntryMismatchError("a version is left out")
            heads[entry.originator_id] = max(heads[entry.originator_id], entry.originator_version)

    def _feed_rows(self, entries: Sequence[NewEntry]) -> dict[str, list[Any]]:
        agencies = {agency for entry in entries for agency in entry.audience}
        numbers: dict[str, int] = dict(self._rows(_NUMBERS, (list(agencies),))) if agencies else {}
        wanted = [(a, index) for entry in entries for a, earlier in entry.backfill.items() for index in earlier]
        on_feed: set[tuple[str, int]] = set()
        if wanted:
            on_feed.update(self._rows(_ON_FEED, ([a for a, _ in wanted], [index for _, index in wanted])))
        rows: list[tuple[str, int, int]] = []
        for own, entry in enumerate(entries, start=self.size + 1):
            for agency, index in _on_feeds(entry, own):
                if (agency, index) not in on_feed:
                    on_feed.add((agency, index))
                    numbers[agency] += 1
                    rows.append((agency, numbers[agency], index))
        return {
            "feed_agency": [agency for agency, _, _ in rows],
            "feed_number": [number for _, number, _ in rows],
            "feed_index": [index for _, _, index in rows],
        }

    def _rows(self, query: LiteralString, params: Any = None) -> list[tuple[Any, ...]]:  # noqa: ANN401 - as psycopg has it
        with self._connection.cursor(binary=True, row_factory=tuple_row) as cursor:
            return cursor.execute(self._named(query), params).fetchall()

    def _named(self, query: LiteralString) -> Composed:
        return SQL(query).format(**self._names)


def _plain(one: Refusal | Aside | Position) -> dict[str, Any]:
    return {name: getattr(one, name) for name in type(one).__slots__}


def _on_feeds(entry: NewEntry, own: int) -> Iterable[tuple[str, int]]:
    """Give (agency, log index) for each agency of one entry in the order they go on its feed."""
    if not entry.backfill.keys() <= set(entry.audience):
        raise EntryMismatchError("a backfill is for an agency that does not get the entry")
    for agency in entry.audience:
        yield agency, own
        for index in sorted(entry.backfill.get(agency, ())):
            if not 1 <= index < own:
                raise EntryMismatchError("a backfill names an entry that is not earlier")
            yield agency, index


def _columns(entries: Sequence[NewEntry], *, size: int, recorded: int) -> dict[str, Any]:
    bodies = [(*body, own) for own, e in enumerate(entries, start=size + 1) for body in e.bodies.items()]
    attached = [(digest, own) for own, e in enumerate(entries, start=size + 1) for digest in e.attached]
    grants = [(g, own, e.originator_id) for own, e in enumerate(entries, start=size + 1) for g in e.grants]
    return {
        "size": size,
        "recorded": recorded,
        "originator_id": [e.originator_id for e in entries],
        "originator_version": [e.originator_version for e in entries],
        "type": [e.type for e in entries],
        "entry": [e.entry for e in entries],
        "statement_id": [e.statement_id for e in entries],
        "statement_hash": [e.statement_hash for e in entries],
        "author": [e.author for e in entries],
        "kid": [e.kid for e in entries],
        "receipt_kid": [e.receipt and e.receipt.kid for e in entries],
        "receipt_sig": [e.receipt and e.receipt.signature for e in entries],
        "body_hash": [digest for digest, _, _ in bodies],
        "body": [body for _, body, _ in bodies],
        "body_index": [own for _, _, own in bodies],
        "attached_hash": [digest for digest, _ in attached],
        "attached_index": [own for _, own in attached],
        "grant_hash": [grant.hash for grant, _, _ in grants],
        "locked": [grant.locked for grant, _, _ in grants],
        "grant_index": [own for _, own, _ in grants],
        "grantee": [grant.grantee for grant, _, _ in grants],
        "grant_case": [case for _, _, case in grants],
    }

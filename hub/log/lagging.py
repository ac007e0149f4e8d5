"""How far each agency is behind over Kafka, and what of Kafka was set aside: numbers for the operator, no case.

Read as `caunoi_relay`, beside the relay and on another connection: what is measured must not wait for who measures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from psycopg import Connection
from psycopg.rows import tuple_row

_LAGS = """
    SELECT known.agency, coalesce(newest.number, 0) - coalesce(told.number, 0), oldest.recorded
    FROM unnest(%s::text[]) AS known (agency)
    LEFT JOIN hub.relayed AS told USING (agency)
    LEFT JOIN LATERAL (SELECT max(number) AS number FROM hub.feeds WHERE agency = known.agency) AS newest ON true
    LEFT JOIN LATERAL (
        SELECT recorded FROM hub.feeds JOIN hub.log USING (log_index)
        WHERE agency = known.agency AND number > coalesce(told.number, 0) ORDER BY number LIMIT 1
    ) AS oldest ON true
    ORDER BY known.agency
"""
_ASIDE = "SELECT code, count(*), max(number) FROM hub.kafka_aside WHERE number > %s GROUP BY code"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """Of one agency: entries of its feed that Kafka does not have yet, and when the oldest was recorded (µs)."""

    agency: str
    entries: int
    oldest: int | None


@dataclass(slots=True)
class Lagging:
    """Reads them; one connection that commits by itself, one thread at a time."""

    connection: Connection[tuple[object, ...]]
    _aside: Counter[str] = field(default_factory=Counter)
    _counted: int = 0  # number of the last message counted

    def lags(self, agencies: Sequence[str]) -> list[Lag]:
        """How far each of these is behind."""
        with self.connection.cursor(row_factory=tuple_row) as cursor:
            rows = cursor.execute(_LAGS, (list(agencies),)).fetchall()
        return [Lag(agency=agency, entries=entries, oldest=oldest) for agency, entries, oldest in rows]

    def aside(self) -> Mapping[str, int]:
        """How many messages were set aside since the first, by code; only new ones are read."""
        with self.connection.cursor(row_factory=tuple_row) as cursor:
            rows = cursor.execute(_ASIDE, (self._counted,)).fetchall()
        self._aside.update({code: count for code, count, _ in rows})
        self._counted = max([self._counted, *(number for _, _, number in rows)])
        return dict(self._aside)

"""Generations of the views: one is current and read, another is made from the kept feed beside it and takes its place.

Blue and green: whoever follows the feed goes on writing the current one, and people go on reading it. When the new one
is as far, it becomes the current one in one short transaction, after which nobody knows of the old one any more. Its
rows are deleted then, a piece at a time; what a crash leaves of them, nobody reads, and the next rebuild deletes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from time import monotonic, sleep

import psycopg
from psycopg.rows import TupleRow

from domain.errors import RefusedError
from projections.errors import RowsMovedError
from projections.postgres import PostgresRows
from projections.projector import FeedItem, Projector

PAGE = 500  # entries folded in one transaction
PIECE = 1000  # rows deleted in one transaction
PATIENCE = 60.0  # seconds after which a rebuild must be nearer than it ever was
PAUSE = 0.2  # seconds until it looks again where it came no nearer

Source = Callable[[int, int, int], Sequence[FeedItem]]
"""The kept entries of a part of the feed after a number, at most so many, numbered within the part."""
_WITH_ROWS = """
    WITH RECURSIVE found AS (
        SELECT min(generation) AS generation FROM view_rows
        UNION ALL
        SELECT (SELECT min(generation) FROM view_rows WHERE generation > found.generation)
        FROM found WHERE generation IS NOT NULL
    )
    SELECT generation FROM found WHERE generation IS NOT NULL AND generation NOT IN (
        SELECT generation FROM view_generations
    )
"""
_DELETE = """
    DELETE FROM view_rows WHERE ctid = ANY (ARRAY(SELECT ctid FROM view_rows WHERE generation = %s LIMIT %s))
"""


class Generations:
    """Those of one keeper of views, in the node's database. `connection` is in autocommit."""

    def __init__(self, connection: psycopg.Connection[TupleRow], *, keeper: str) -> None:
        self.connection, self.keeper = connection, keeper

    def ensure(self, parts: Iterable[int]) -> None:
        """Make a current one with these parts where there is none."""
        with self.connection.transaction():
            self.connection.execute(
                "INSERT INTO view_generations (keeper, current) SELECT %s, true WHERE NOT EXISTS"
                " (SELECT FROM view_generations WHERE keeper = %s AND current) ON CONFLICT DO NOTHING",
                (self.keeper, self.keeper),
            )
        self._add(self.current(), parts)

    def current(self) -> int:
        """The one that is read.

        Raises:
            RowsMovedError: nothing is kept.
        """
        row = self.connection.execute(
            "SELECT generation FROM view_generations WHERE keeper = %s AND current", (self.keeper,)
        ).fetchone()
        if row is None:
            raise RowsMovedError("no views are kept")
        return int(row[0])

    def is_kept(self) -> bool:
        """Whether there is one that is read."""
        try:
            self.current()
        except RowsMovedError:
            return False
        return True

    def begin(self) -> int:
        """Begin a new one with the parts of the current one; what was begun before and not finished goes."""
        with self.connection.transaction():
            # Who writes one that goes holds its row, and writes no more once it is gone.
            self.connection.execute("DELETE FROM view_generations WHERE keeper = %s AND NOT current", (self.keeper,))
            row = self.connection.execute(
                "INSERT INTO view_generations (keeper, current) VALUES (%s, false) RETURNING generation", (self.keeper,)
            ).fetchone()
            made = int(row[0]) if row else 0
            self._add(made, self.reached(self.current()))
        self.clear()
        return made

    def clear(self) -> None:
        """Delete the rows of those that are gone, piece by piece: nobody reads or writes them."""
        for (gone,) in self.connection.execute(_WITH_ROWS).fetchall():
            while self.connection.execute(_DELETE, (gone, PIECE)).rowcount:
                pass

    def reached(self, generation: int) -> dict[int, tuple[int, str]]:
        """How far each part of one is: entries and day."""
        rows = self.connection.execute(
            "SELECT part, number, day FROM view_parts WHERE generation = %s ORDER BY part", (generation,)
        )
        return {part: (number, day) for part, number, day in rows}

    def hold(self) -> dict[int, tuple[int, str]]:
        """How far the current one is; nobody writes it until the end of this transaction."""
        self.connection.execute("SELECT FROM view_generations WHERE keeper = %s FOR UPDATE", (self.keeper,))
        return self.reached(self.current())

    def switch(self, generation: int) -> None:
        """Let one take the place of the current one, which is gone; in the transaction of `hold`. Its rows: `clear`."""
        self.connection.execute("DELETE FROM view_generations WHERE keeper = %s AND current", (self.keeper,))
        done = self.connection.execute(
            "UPDATE view_generations SET current = true WHERE generation = %s", (generation,)
        ).rowcount
        if not done:
            raise RowsMovedError("another began after this one")

    def _add(self, generation: int, parts: Iterable[int]) -> None:
        with self.connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO view_parts VALUES (%s, %s, 0, '') ON CONFLICT DO NOTHING",
                [(generation, part) for part in parts],
            )


@dataclass(slots=True, kw_only=True)
class Rebuild:
    """Makes a generation anew. `rows` gives those of a generation's part, `projector` one that writes them."""

    generations: Generations
    rows: Callable[[int, int], PostgresRows]
    projector: Callable[[PostgresRows], Projector]
    source: Source
    _projectors: dict[int, Projector] = field(default_factory=dict)

    def run(self) -> int:
        """Fold what is kept until all is as far as the current generation, then switch; give how many entries.

        Those who follow the feed wait for the switch alone: folding asks the hub, which may be slow.

        Raises:
            RowsMovedError: another rebuild began after this one.
            HubUnavailableError, HubAnswerError: what is sealed could not be fetched; the current one stays.
            RefusedError: `views_outpaced`: entries come as fast as they are folded; the current one stays.
        """
        generations, made = self.generations, self.generations.begin()
        nearest, since = math.inf, monotonic()
        while True:
            self._catch_up(made, generations.reached(generations.current()))
            with generations.connection.transaction():
                reached = generations.hold()
                done = reached == {part: (one.number, one.day) for part, one in self._projectors.items()}
                if done:
                    generations.switch(made)
            if done:
                generations.clear()
                return self._folded()
            behind = sum(number for number, _ in reached.values()) - self._folded()
            if behind < nearest:
                nearest, since = behind, monotonic()
                continue
            if monotonic() - since >= PATIENCE:
                raise RefusedError("views_outpaced")
            sleep(PAUSE)

    def _folded(self) -> int:
        return sum(one.number for one in self._projectors.values())

    def _catch_up(self, made: int, reached: dict[int, tuple[int, str]]) -> None:
        for part, (number, day) in reached.items():
            if part not in self._projectors:
                rows = self.rows(made, part)
                rows.begin()
                self._projectors[part] = self.projector(rows)
            projector = self._projectors[part]
            while projector.number < number:
                page = self.source(part, projector.number, min(PAGE, number - projector.number))
                if not page:
                    raise RowsMovedError("the kept feed is shorter than its views")
                projector.apply(page)
            projector.turn(day)

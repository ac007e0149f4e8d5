"""Folds an agency's feed into its views: the one piece of code that live follower, rebuild and audit share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from domain.case import Case, Recorded
from domain.directory import Directory
from domain.statements import DIRECTORY_STATEMENTS, ActivityRecorded, CaseStatement, Statement
from projections.casefile import CaseFile
from projections.errors import FeedGapError
from projections.opening import Opening
from projections.rows import Row, Rows
from projections.views import caseload_row, inbox_rows, join_rows, timeline_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedItem:
    """One entry of an agency's feed: its dense number there, its index in the log, statement, hash, recorded (µs)."""

    number: int
    index: int
    statement: Statement
    hash: str
    recorded: int


class Projector:
    """Keeps one agency's views. State in memory is a fold of the feed; `load` makes it again after a restart."""

    def __init__(self, *, rows: Rows, opening: Opening, tag_key: bytes) -> None:
        self.rows = rows
        self.directory = Directory()
        self.files: dict[str, CaseFile] = {}
        self.number = 0
        self._opening = opening
        self._tag_key = tag_key

    def load(self, items: Iterable[FeedItem]) -> None:
        """Fold entries whose rows are already written, without writing them again."""
        for _ in self._fold(items):
            pass

    def apply(self, page: Sequence[FeedItem]) -> None:
        """Fold the next page of the feed and write its rows and the position in one go.

        Raises:
            FeedGapError: the page does not continue the feed.
        """
        rows = list(self._fold(page))
        self.rows.write(rows, position=self.number)
        self._opening.forget(keep={case for case, file in self.files.items() if file.ahead})

    def _fold(self, items: Iterable[FeedItem]) -> Iterator[Row]:
        page = list(items)
        self._opening.prefetch(item.statement for item in page if isinstance(item.statement, CaseStatement))
        for item in page:
            if item.number != self.number + 1:
                raise FeedGapError(f"feed continues at {item.number}, expected {self.number + 1}")
            self.number = item.number
            if isinstance(item.statement, DIRECTORY_STATEMENTS):
                self.directory.apply(item.statement, index=item.index)
            elif isinstance(item.statement, ActivityRecorded):
                yield activity_row(item)
            elif isinstance(item.statement, CaseStatement):
                yield from self._fold_case(
                    Recorded(item.index, item.statement, item.hash, item.recorded), item.statement.case
                )

    def _fold_case(self, entry: Recorded, case: str) -> Iterator[Row]:
        file = self.files.get(case)
        if file is None:
            file = self.files[case] = CaseFile(Case(case))
        file.apply(entry, self._opening)
        yield caseload_row(file)
        yield from inbox_rows(file, entry)
        yield from timeline_rows(file, entry)
        yield from join_rows(file, tag_key=self._tag_key)


def activity_row(item: FeedItem) -> Row:
    """One group activity of the agency itself: counted heads, nobody's name."""
    activity = item.statement
    assert isinstance(activity, ActivityRecorded)  # noqa: S101 - narrowed by the caller
    facts = {
        "index": item.index,
        "activity": activity.activity,
        "day": activity.day,
        "headcount": activity.headcount,
        "replaces": activity.replaces,
        "by": activity.by,
    }
    return Row(view="activities", key=activity.id, case=None, facts=facts)

"""Folds an agency's feed into its views: the one piece of code that live follower, rebuild and audit share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from domain.case import Case, Recorded, local_day
from domain.directory import Directory
from domain.statements import DIRECTORY_STATEMENTS, ActivityRecorded, CaseStatement, Statement
from projections.casefile import CaseFile
from projections.errors import FeedGapError
from projections.opening import Opening
from projections.papers import papers_row
from projections.rows import Row, Rows
from projections.search import search_row, tags_of
from projections.views import caseload_row, inbox_rows, join_row, join_tag, timeline_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedItem:
    """One entry of an agency's feed: its dense number there, its index in the log, statement, hash, recorded (µs)."""

    number: int
    index: int
    statement: Statement
    hash: str
    recorded: int


class Projector:
    """Keeps one agency's views. State in memory is a fold of the feed's headers; `load` makes it after a restart.

    A row is as of a day: its case's newest entry's, or the one `turn` was last called with, whichever is later.
    """

    def __init__(self, *, rows: Rows, opening: Opening, tag_key: bytes) -> None:
        self.rows = rows
        self.directory = Directory()
        self.files: dict[str, CaseFile] = {}
        self.number = 0
        self.day = ""
        self._opening = opening
        self._tag_key = tag_key

    def load(self, items: Iterable[FeedItem]) -> None:
        """Fold entries whose rows are already written, without opening anything and without writing them again."""
        for item in items:
            self._fold(item)
        self.day = self.rows.day()

    def apply(self, page: Sequence[FeedItem]) -> None:
        """Fold the next page of the feed and write its rows and the position in one go.

        When this fails after `number` has moved, what is in memory is ahead of the rows: load it anew.

        Raises:
            FeedGapError: the page does not continue the feed.
        """
        self._prefetch(page)
        touched: set[str] = set()
        rows: list[Row] = []
        for item in page:
            file = self._fold(item)
            if isinstance(item.statement, ActivityRecorded):
                rows.append(activity_row(item))
            elif file is not None:
                touched.add(file.case.id)
                file.open(self._opening, day=self.day_of(file))
                rows += timeline_rows(file, file.entry(item.index))
                rows += self._rows_of(file)
        self._write(rows, touched)

    def turn(self, day: str) -> frozenset[str]:
        """Let the day come: close what has run out by then, open what begins. Gives the cases that are touched."""
        if day <= self.day:
            return frozenset()
        turned = [file for file in self.files.values() if file.seen and file.turns(after=self.day_of(file), by=day)]
        self._opening.prefetch(entry.statement for file in turned for entry in file.seen)
        rows: list[Row] = []
        for file in turned:
            file.open(self._opening, day=day)
            rows += self._rows_of(file)
        touched = {file.case.id for file in turned}
        self._write(rows, touched, day=day)
        self.day = day
        return frozenset(touched)

    def day_of(self, file: CaseFile) -> str:
        """The day the rows of a case are as of: had anything run out until then, they would have been made anew."""
        return max(self.day, local_day(file.seen[-1].recorded))

    def cases_of(self, name: str) -> frozenset[str]:
        """The cases that a mã hồ sơ (`code|…`) or a paper (`paper|…`) leads to."""
        return frozenset(row.key for row in self.rows.tagged("joins", [join_tag(name, tag_key=self._tag_key)]))

    def searched(self, text: str) -> list[str]:
        """The cases whose rows bear a tag of a name or number: what may fit, to be looked at again."""
        return [row.key for row in self.rows.tagged("search", tags_of(text, tag_key=self._tag_key))]

    def _prefetch(self, page: Sequence[FeedItem]) -> None:
        """Ask before anything is folded, so that a hub that is away changes nothing."""
        new = [item.statement for item in page if isinstance(item.statement, CaseStatement)]
        files = (self.files[case] for case in dict.fromkeys(st.case for st in new) if case in self.files)
        self._opening.prefetch([*(entry.statement for file in files for entry in file.seen), *new])

    def _fold(self, item: FeedItem) -> CaseFile | None:
        if item.number != self.number + 1:
            raise FeedGapError(f"feed continues at {item.number}, expected {self.number + 1}")
        self.number = item.number
        statement = item.statement
        if isinstance(statement, DIRECTORY_STATEMENTS):
            self.directory.apply(statement, index=item.index)
        if not isinstance(statement, CaseStatement):
            return None
        file = self.files.get(statement.case)
        if file is None:
            file = self.files[statement.case] = CaseFile(Case(statement.case))
        file.fold(Recorded(item.index, statement, item.hash, item.recorded))
        return file

    def _rows_of(self, file: CaseFile) -> Iterator[Row]:
        yield caseload_row(file)
        yield from inbox_rows(file, agency=self._opening.agency)
        yield join_row(file, tag_key=self._tag_key)
        yield search_row(file, tag_key=self._tag_key)
        if (papers := papers_row(file)) is not None:
            yield papers

    def _write(self, rows: list[Row], touched: set[str], *, day: str | None = None) -> None:
        self.rows.write(rows, position=self.number, day=day)
        for case in touched:
            self.files[case].close()
        self._opening.forget(keep={case for case, file in self.files.items() if file.ahead})


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

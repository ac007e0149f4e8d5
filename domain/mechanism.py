"""The whole mechanism as the log says: directory, cases, codes. What hub and auditor both run over every entry.

`decide` may refuse and changes nothing; `apply` never refuses and says who gets the entry on their feed.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass, field

from domain.case import Case, Delivery, Recorded, local_day
from domain.decisions import check_author, decide
from domain.directory import Directory
from domain.errors import RefusedError
from domain.rules import Rules
from domain.statements import (
    DIRECTORY_STATEMENTS,
    ActivityRecorded,
    AgencyRegistered,
    CaseNotified,
    CaseStatement,
    Statement,
)


@dataclass(slots=True)
class Mechanism:
    """State after some entry of the log. `cases` may be filled lazily by whoever owns it."""

    cases: MutableMapping[str, Case] = field(default_factory=dict)
    directory: Directory = field(default_factory=Directory)
    codes: dict[str, str] = field(default_factory=dict)  # mã hồ sơ → case
    directory_entries: list[int] = field(default_factory=list)

    def decide(self, statement: Statement, *, rules: Rules, recorded: int) -> None:
        """Decide any statement at the head.

        Raises:
            RefusedError: see `domain.decisions.decide` and `domain.directory.Directory.decide`.
        """
        if isinstance(statement, CaseStatement):
            decide(
                self.cases.get(statement.case),
                statement,
                directory=self.directory,
                rules=rules,
                recorded=recorded,
            )
            self._check_code(statement)
            return
        check_author(statement, directory=self.directory, rules=rules, recorded=recorded)
        if isinstance(statement, ActivityRecorded):
            rules.check_code(statement.activity, of="activity")
            if self.directory.agency(statement.by).kind not in rules.authors:
                raise RefusedError("kind_not_author")
            if statement.day > local_day(recorded):
                raise RefusedError("date_in_future")
        else:
            self.directory.decide(statement, rules=rules)

    def apply(self, statement: Statement, *, index: int, hash: str, recorded: int) -> Delivery:  # noqa: A002
        """Fold one entry and say who gets it, with which earlier entries behind it."""
        if isinstance(statement, CaseStatement):
            if isinstance(statement, CaseNotified) and statement.code is not None:
                self.codes.setdefault(statement.code, statement.case)
            case = self.cases.get(statement.case)
            if case is None:
                case = self.cases[statement.case] = Case(statement.case)
            return case.apply(Recorded(index, statement, hash, recorded))
        if isinstance(statement, DIRECTORY_STATEMENTS):
            return self._apply_directory(statement, index)
        return Delivery((statement.by,), {}, ())

    def _apply_directory(self, statement: Statement, index: int) -> Delivery:
        """Directory statements go to everybody; who joins gets all earlier ones."""
        self.directory.apply(statement, index=index)
        everybody = tuple(sorted(a.id for a in self.directory.agencies.values() if a.until is None))
        joined = statement.agency if isinstance(statement, AgencyRegistered) else None
        backfill = {joined: tuple(self.directory_entries)} if joined and self.directory_entries else {}
        self.directory_entries.append(index)
        return Delivery(everybody, backfill, ())

    def _check_code(self, statement: CaseStatement) -> None:
        if isinstance(statement, CaseNotified) and statement.code is not None:
            owner = self.codes.get(statement.code)
            if owner not in (None, statement.case):
                raise RefusedError("case_code_taken")

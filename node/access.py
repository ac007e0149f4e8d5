"""Who asked for data keys and waits, and who cannot open what was granted: from the headers a node has.

The law names no time for an answer, so none is shown as due: only since when somebody waits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from domain import statements as s
from domain.case import Case, Recorded, local_day
from domain.directory import Directory
from domain.errors import RefusedError
from domain.rules import Rules
from domain.statements import DataKey, Section, Status
from node.routing import ground_for
from projections.casefile import CaseFile

Kind = Literal["access", "failed"]
Turn = Literal["ours", "theirs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One section waited for.

    Where it is this agency's turn, `code` says why the node does not answer by itself (with the disclosure table's
    `row`), or what is to be done.
    """

    section: Section
    code: str | None = None
    row: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One statement nobody has met yet: a request (`access`), or that a grant does not open (`failed`).

    `turn` is `ours` where this agency is to answer, or to grant again; `since` a day, `days` how many have passed.
    """

    kind: Kind
    turn: Turn
    case: str
    code: str | None  # mã hồ sơ
    statement: str
    by: str
    to: tuple[str, ...]
    sections: tuple[Wanted, ...]
    since: str
    days: int


def waiting(files: Iterable[CaseFile], *, agency: str, directory: Directory, rules: Rules, day: str) -> list[Waiting]:
    """All that waits for this agency, then all it waits for itself; who waits longest first."""
    found = [one for file in files for one in _of(file, agency=agency, directory=directory, rules=rules, day=day)]
    return sorted(found, key=lambda one: (one.turn != "ours", one.since, one.code or "", one.statement))


def named(key: DataKey) -> dict[str, str | int]:
    """A data key's name as headers write it."""
    return {"section": key.section.value, "author": key.author, "epoch": key.epoch}


def asked(file: CaseFile, *, by: str, day: str) -> dict[Section, str]:
    """The sections an agency asked for and waits for, each with the day it first did."""
    found: dict[Section, str] = {}
    for request, entry, missing in requested(file, day):
        if request.by == by:
            for key in missing:
                found.setdefault(key.section, local_day(entry.recorded))
    return found


def requested(file: CaseFile, day: str) -> Iterator[tuple[s.AccessRequested, Recorded, list[DataKey]]]:
    """Requests that still count, with the data keys the one who asked does not hold yet."""
    head = file.head()
    for entry in (*file.seen, *file.ahead):
        request = entry.statement
        if isinstance(request, s.AccessRequested) and request.id not in head.annulled:
            missing = [key for key in request.keys if not head.holds(request.by, key, day)]
            if missing:
                yield request, entry, missing


def answers(file: CaseFile, *, by: str) -> set[str | None]:
    """The requests an agency has answered, whether the answer was taken back since or not."""
    given = (entry.statement for entry in (*file.seen, *file.ahead))
    return {st.request for st in given if isinstance(st, s.AccessGranted) and st.by == by}


def failures(file: CaseFile, day: str) -> dict[tuple[str, DataKey], Recorded]:
    """What agencies said they cannot open, hold, and were not granted again since: (agency, data key) → entry."""
    entries = (*file.seen, *file.ahead)
    if not any(isinstance(entry.statement, s.AccessFailed) for entry in entries):
        return {}
    head = file.head()
    found: dict[tuple[str, DataKey], Recorded] = {}
    for entry in entries:
        st = entry.statement
        for grant in st.grants:
            for key in grant.keys:
                if head.in_force(head.grants[grant.hash], key, day):
                    found.pop((grant.to, key), None)
        if isinstance(st, s.AccessFailed):
            found.update({(st.by, key): entry for key in st.keys})
    return {(by, key): entry for (by, key), entry in found.items() if head.holds(by, key, day)}


def _of(file: CaseFile, *, agency: str, directory: Directory, rules: Rules, day: str) -> Iterator[Waiting]:
    head = file.head()
    for request, entry, missing in requested(file, day):
        ours = agency in request.to
        if not ours and request.by != agency:
            continue
        mine = sorted({key.section for key in missing}, key=list(Section).index)
        sections = tuple(
            _why(file, section, missing, agency, request, directory=directory, rules=rules, day=day)
            if ours
            else Wanted(section=section)
            for section in mine
        )
        yield _waiting(head, entry, kind="access", turn="ours" if ours else "theirs", sections=sections, day=day)
    for entry, keys in _failed(file, day).values():
        theirs = entry.statement.by == agency
        # The key's author may grant it again too, where the grantor is gone.
        if theirs or agency in {*entry.statement.to, *(key.author for key in keys)}:
            found = {key.section for key in keys}
            sections = tuple(_mending(section, theirs=theirs) for section in Section if section in found)
            yield _waiting(head, entry, kind="failed", turn="theirs" if theirs else "ours", sections=sections, day=day)


def _failed(file: CaseFile, day: str) -> dict[str, tuple[Recorded, set[DataKey]]]:
    found: dict[str, tuple[Recorded, set[DataKey]]] = {}
    for (_, key), entry in failures(file, day).items():
        if entry.statement.id not in file.head().annulled:
            found.setdefault(entry.statement.id, (entry, set()))[1].add(key)
    return found


def _mending(section: Section, *, theirs: bool) -> Wanted:
    """The words of an offer nobody can grant again: they go with another offer."""
    if theirs:
        return Wanted(section=section)
    return Wanted(section=section, code="access_send_anew" if section is Section.MESSAGE else "access_grant_again")


def _waiting(case: Case, entry: Recorded, *, kind: Kind, turn: Turn, sections: tuple[Wanted, ...], day: str) -> Waiting:
    since = local_day(entry.recorded)
    return Waiting(
        kind=kind,
        turn=turn,
        case=case.id,
        code=case.code,
        statement=entry.statement.id,
        by=entry.statement.by,
        to=tuple(entry.statement.to),
        sections=sections,
        since=since,
        days=(date.fromisoformat(day) - date.fromisoformat(since)).days,
    )


def _why(
    file: CaseFile,
    section: Section,
    missing: Iterable[DataKey],
    agency: str,
    request: s.AccessRequested,
    *,
    directory: Directory,
    rules: Rules,
    day: str,
) -> Wanted:
    """Why the node does not answer by itself: closed, nothing held, table or consent, else it soon will or has."""
    case = file.head()
    if case.status is Status.CLOSED:
        return Wanted(section=section, code="case_closed")
    if not any(case.holds(agency, key, day) for key in missing if key.section is section):
        return Wanted(section=section, code="section_not_held")
    try:
        directory.sealing_key(request.by)
        ground_for(case, section, giver=agency, receiver=request.by, directory=directory, rules=rules, day=day)
    except RefusedError as refusal:
        row = refusal.params.get("row")
        return Wanted(section=section, code=refusal.code, row=row if isinstance(row, int) else None)
    answered = request.id in answers(file, by=agency)
    return Wanted(section=section, code="access_taken_back" if answered else "access_not_yet")

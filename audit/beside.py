"""Judging what lies beside the log: bodies, files, grants, feed numbers. Each function gives its findings in turn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import groupby

from audit.errors import FindingError
from audit.folding import Fold, Parsed
from audit.sources import AttachedRow, FeedRow, StoredBody, StoredGrant, StoredPiece
from domain.case import GrantState
from domain.statements import AgencyRegistered, CaseStatement, Grant
from sealing.encoding import KeyName
from sealing.envelope import WRAP_SUITES, wrapped_length
from sealing.errors import EncodingError

LOCK_LENGTH = 1 + 12 + 16  # bytes that the hub's lock adds to a wrapped grant: version, nonce, tag


@dataclass(frozen=True, slots=True)
class NamedGrant:
    """A grant that an entry names, and the state it is in at the end."""

    index: int
    case: str
    state: GrantState

    def may_be_gone(self, fold: Fold, day: str) -> bool:
        """Whether it was lodged with an offer that nobody answered in time: the hub deletes it without a word."""
        return self.state.grant.hash in fold.mechanism.cases[self.case].outlived(day)


@dataclass(slots=True)
class Named:
    """What the entries so far name by hash: bodies with the first entry and the length it gives, grants by entry.

    Of the files of papers the lengths that entries give, by entry.
    """

    bodies: dict[bytes, tuple[int, int | None]] = field(default_factory=dict)
    files: dict[bytes, dict[int, int]] = field(default_factory=dict)
    grants: dict[tuple[bytes, int], NamedGrant] = field(default_factory=dict)

    def note(self, one: Parsed, fold: Fold) -> None:
        """Note what a folded entry names."""
        statement = one.statement
        if isinstance(statement, AgencyRegistered):
            self.bodies.setdefault(bytes.fromhex(statement.card), (one.index, None))
        if not isinstance(statement, CaseStatement):
            return
        for sealed in statement.sealed:
            self.bodies.setdefault(bytes.fromhex(sealed.hash), (one.index, sealed.length))
        for paper in statement.papers:
            if paper.attached is not None:
                naming = self.files.setdefault(bytes.fromhex(paper.attached.hash), {})
                naming[one.index] = paper.attached.length
        held = fold.mechanism.cases[statement.case].grants
        for grant in statement.grants:
            named = NamedGrant(one.index, statement.case, held[grant.hash])
            self.grants[bytes.fromhex(grant.hash), one.index] = named


def judge_bodies(stored: Iterable[StoredBody], named: Named) -> Iterator[FindingError]:
    """Every body is the one its entry names, and every one that is named is there; nothing is erased yet."""
    missing = dict(named.bodies)
    for body in stored:
        index, length = missing.pop(body.hash, (0, None))
        if not index:
            yield FindingError(body.index, "finding_body_unknown")
        elif sha256(body.body).digest() != body.hash or length not in (None, len(body.body)):
            yield FindingError(index, "finding_body_wrong")
        elif index != body.index:
            yield FindingError(index, "finding_body_misplaced", found=body.index)
    for index, _ in sorted(missing.values(), key=lambda place: place[0]):
        yield FindingError(index, "finding_body_missing")


def judge_files(stored: Iterable[StoredPiece], named: Named) -> Iterator[FindingError]:
    """Every file that is there is the one its entries name; it may be erased, or wait for an entry."""
    for digest, pieces in groupby(stored, key=lambda piece: piece.hash):
        whole, length, said = sha256(), 0, set[int]()
        for one in pieces:
            whole.update(one.piece)
            length += len(one.piece)
            said.add(one.length)
        naming = named.files.get(digest, {})
        if naming and (whole.digest() != digest or {length} != said | set(naming.values())):
            yield FindingError(min(naming), "finding_file_wrong")


def judge_attached(stored: Iterable[AttachedRow], named: Named) -> Iterator[FindingError]:
    """What is kept of which entry names which file is what the entries say: by it the files are handed out."""
    kept = {(row.index, row.hash) for row in stored}
    said = {(index, digest) for digest, naming in named.files.items() for index in naming}
    for index, digest in sorted(kept ^ said):
        yield FindingError(index, "finding_file_unnamed" if (index, digest) in kept else "finding_file_untold")


def judge_grants(stored: Iterable[StoredGrant], named: Named, fold: Fold, *, day: str) -> Iterator[FindingError]:
    """Every grant that stands is there, none that does not; each for its grantee and of a length it can have.

    `day` is that of the audit (Viet Nam): what was lodged with an offer run out by then may be gone.
    """
    missing = {place: one for place, one in named.grants.items() if one.state.state != "dropped"}
    for grant in stored:
        place = grant.hash, grant.index
        one = named.grants.get(place)
        if one is None:
            yield FindingError(grant.index, "finding_grant_unknown")
        elif one.state.state == "dropped":
            yield FindingError(grant.index, "finding_grant_kept")
        elif grant.grantee != one.state.grant.to or grant.stream != one.case:
            yield FindingError(grant.index, "finding_grant_misplaced")
        elif grant.length not in _lengths(one.state.grant):
            yield FindingError(grant.index, "finding_grant_wrong")
        missing.pop(place, None)
    for one in missing.values():
        if not one.may_be_gone(fold, day):
            yield FindingError(one.index, "finding_grant_missing")


def _lengths(grant: Grant) -> set[int]:
    names = [KeyName(key.section.value, key.author, key.epoch) for key in grant.keys]
    try:
        return {LOCK_LENGTH + wrapped_length(suite, names) for suite in WRAP_SUITES}
    except EncodingError:
        return set()


def judge_feeds(stored: Iterable[FeedRow], fold: Fold) -> Iterator[FindingError]:
    """Every agency's feed has the numbers that the log gives it: none missing, none more, none elsewhere."""
    unseen = {agency for agency, feed in fold.feeds.items() if feed}
    for agency, rows in groupby(stored, key=lambda row: row.agency):
        unseen.discard(agency)
        kept = {row.number: row.index for row in rows}
        yield from _compare_feed(agency, kept, dict(enumerate(fold.feeds.get(agency, ()), start=1)))
    for agency in sorted(unseen):
        yield from _compare_feed(agency, {}, dict(enumerate(fold.feeds[agency], start=1)))


def _compare_feed(agency: str, kept: dict[int, int], said: dict[int, int]) -> Iterator[FindingError]:
    for number in sorted(kept.keys() | said.keys()):
        index, expected = kept.get(number), said.get(number)
        if index == expected:
            continue
        if expected is None:
            yield FindingError(index or 0, "finding_feed_extra", agency=agency, number=number)
        elif index is None:
            yield FindingError(expected, "finding_feed_missing", agency=agency, number=number)
        else:
            yield FindingError(expected, "finding_feed_wrong", agency=agency, number=number, found=index)

"""Verify says nothing of a whole log, and names the entry of everything that is not as it was."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import psycopg
import pytest

from audit.errors import FindingError
from audit.postgres import PostgresLogSource
from audit.sources import FeedRow, MemoryLogSource, StoredBody, StoredEntry, StoredPiece
from audit.verify import verify
from domain import rules
from domain import statements as s
from domain.wording import catalogue
from hub.log.records import Found
from hub.receipts import Receipts
from ledger import entry as entries
from ledger.tree import leaf_hash
from node.composer import Submission
from sealing.encoding import to_base64, to_base64url
from sealing.envelope import pae
from tests.audit.fixtures import Told, log, told, told_dsn
from tests.conftest import Databases
from tests.hub.log_fixtures import migrated
from tests.world import BORDER, OCCURRED, POLICE, WOMEN, Member, World, open_case

__all__ = ["log", "told", "told_dsn"]


def first(told: Told, log: MemoryLogSource) -> tuple[int, str]:
    """The first finding."""
    with pytest.raises(FindingError) as raised:
        told.verify(log)
    assert raised.value.code in catalogue(), "a finding has words"
    assert raised.value.params["index"] == raised.value.index
    return raised.value.index, raised.value.code


def change(log: MemoryLogSource, index: int, **columns: Any) -> None:
    """Change columns of one entry."""
    log.stored_entries[index - 1] = replace(log.stored_entries[index - 1], **columns)


def edit(log: MemoryLogSource, index: int, entry: bytes) -> None:
    """Change the bytes of an entry and its leaf with them."""
    change(log, index, entry=entry, leaf=leaf_hash(entry))


def test_a_whole_log_is_verified(told: Told, told_dsn: str) -> None:
    """A log as the hub wrote it has no finding, and its root is the hub's."""
    with PostgresLogSource(told_dsn) as source:
        verified = told.verify(source)

    assert verified.root == told.root
    assert verified.size == len(told.log.stored_entries) == len(told.receipts)
    assert verified.statements["genesis"] == 1
    assert verified.feed_rows == len(told.log.stored_feeds)
    assert verified.bodies == len(told.log.stored_bodies)
    assert verified.grants == len(told.log.stored_grants)
    assert verified.files == len({piece.hash for piece in told.log.stored_pieces}) == 1


def test_the_story_has_what_is_hard(told: Told) -> None:
    """The log that is verified has backfilled feeds, dropped grants and several rule days."""
    feeds: dict[str, list[int]] = {}
    for row in told.log.stored_feeds:
        feeds.setdefault(row.agency, []).append(row.index)
    assert any(feed != sorted(feed) for feed in feeds.values()), "no backfill"
    named = sum(entry.entry.count(b'"kid"') for entry in told.log.stored_entries)
    assert named > len(told.log.stored_entries) + len(told.log.stored_grants), "no dropped grant"


def test_progress_is_told(told: Told, log: MemoryLogSource) -> None:
    """The caller is told the size at the end."""
    seen: list[int] = []
    verify(log, registrar_kid=told.registrar_kid, progress=seen.append)
    assert seen[-1] == len(log.stored_entries)


def test_another_registrar_is_found(told: Told, log: MemoryLogSource) -> None:
    """A log that begins with another registrar's key is not this one."""
    with pytest.raises(FindingError) as raised:
        verify(log, registrar_kid="0" * 32)
    assert (raised.value.index, raised.value.code) == (1, "finding_registrar_wrong")


@pytest.mark.parametrize("column", ["statement_id", "statement_hash", "author", "kid", "type", "topic", "stream"])
def test_a_changed_column_is_found(told: Told, log: MemoryLogSource, column: str) -> None:
    """What the hub finds an entry by must be what the entry says."""
    index = len(log.stored_entries) - 3
    changed = bytes(32) if column == "statement_hash" else "0" * 32
    change(log, index, **{column: changed})
    assert first(told, log) == (index, "finding_row_wrong")


def test_a_changed_number_beside_an_entry_is_found(told: Told, log: MemoryLogSource) -> None:
    """Recorded time and stream version are compared too."""
    for column in ("recorded", "version"):
        changed = MemoryLogSource.copy_of(log)
        change(changed, 20, **{column: 1 + getattr(changed.stored_entries[19], column)})
        assert first(told, changed) == (20, "finding_row_wrong")


def test_a_missing_entry_is_found(told: Told, log: MemoryLogSource) -> None:
    """A gap is named by the first index that is not there."""
    del log.stored_entries[16]
    assert first(told, log) == (17, "finding_index_missing")


def test_a_stray_event_is_found(told: Told, log: MemoryLogSource) -> None:
    """An event that stands in a stream but not in the log would be folded by the hub."""
    log.stored_entries.append(replace(log.stored_entries[-1], index=0))
    assert first(told, log) == (0, "finding_event_stray")


def test_an_entry_in_another_form_is_found(told: Told, log: MemoryLogSource) -> None:
    """Bytes that are no entry are found, the leaf fitting or not."""
    edit(log, 15, log.stored_entries[14].entry + b"\n")
    assert first(told, log) == (15, "finding_entry_malformed")


def test_a_header_that_cannot_be_read_is_found(told: Told, log: MemoryLogSource) -> None:
    """A header with a field nobody knows is refused."""
    edit(log, 15, log.stored_entries[14].entry.replace(b'{"type"', b'{"x":1,"type"', 1))
    assert first(told, log) == (15, "finding_header_refused")


def test_a_repeated_statement_is_found(told: Told, log: MemoryLogSource) -> None:
    """The same statement recorded twice is found, the columns fitting or not."""
    last = log.stored_entries[-1]
    log.stored_entries.append(replace(last, index=last.index + 1, version=last.version + 1))
    assert first(told, log) == (last.index + 1, "finding_statement_repeated")


def test_an_unknown_rule_set_is_found(told: Told, log: MemoryLogSource) -> None:
    """A rule set this program does not have decides nothing."""
    entry = log.stored_entries[14].entry
    at = entry.rindex(b'"rules":"') + 9
    edit(log, 15, entry[:at] + b"0" * 64 + entry[at + 64 :])
    assert first(told, log) == (15, "finding_rules_unknown")


def test_time_that_goes_back_is_found(told: Told, log: MemoryLogSource) -> None:
    """Recorded never goes back."""
    stored = log.stored_entries[-1]
    earlier = stored.recorded - 10 * 86_400 * 1_000_000
    edit(log, stored.index, stored.entry.replace(b'{"recorded":%d' % stored.recorded, b'{"recorded":%d' % earlier))
    change(log, stored.index, recorded=earlier)
    assert first(told, log) == (stored.index, "finding_time_reversed")


def test_a_forged_signature_is_found(told: Told, log: MemoryLogSource) -> None:
    """Another signature in its right form, the leaf fitting, is found by the key alone."""
    lines = log.stored_entries[19].entry.split(b"\n")
    other = log.stored_entries[18].entry.split(b"\n")[1].split(b" ")[1]
    lines[1] = lines[1].split(b" ")[0] + b" " + other
    edit(log, 20, b"\n".join(lines))
    assert first(told, log) == (20, "finding_signature_wrong")


def test_a_changed_body_is_found(told: Told, log: MemoryLogSource) -> None:
    """A body that is not its hash names the entry that names it."""
    body = log.stored_bodies[-1]
    log.stored_bodies[-1] = replace(body, body=body.body[:-1] + bytes([body.body[-1] ^ 1]))
    assert first(told, log) == (body.index, "finding_body_wrong")


def test_bodies_and_grants_are_all_there_and_no_more(told: Told, log: MemoryLogSource) -> None:
    """Missing, unknown, misplaced: each kind is named."""
    body, grant = log.stored_bodies.pop(), log.stored_grants.pop()
    log.stored_bodies.append(StoredBody(bytes(32), b"", 5))
    log.stored_bodies[0] = replace(log.stored_bodies[0], index=9)
    log.stored_grants.append(replace(grant, hash=bytes(32)))
    log.stored_grants[0] = replace(log.stored_grants[0], grantee="ai-do")
    log.stored_grants[1] = replace(log.stored_grants[1], length=log.stored_grants[1].length + 1)

    assert sorted(told.findings(log)) == sorted(
        [
            (told.log.stored_bodies[0].index, "finding_body_misplaced"),
            (5, "finding_body_unknown"),
            (body.index, "finding_body_missing"),
            (log.stored_grants[0].index, "finding_grant_misplaced"),
            (log.stored_grants[1].index, "finding_grant_wrong"),
            (grant.index, "finding_grant_unknown"),
            (grant.index, "finding_grant_missing"),
        ]
    )


def test_feeds_are_the_log_s(told: Told, log: MemoryLogSource) -> None:
    """A number that is missing, more, or leads elsewhere is named with its entry."""
    lost, last = log.stored_feeds.pop(3), log.stored_feeds[-1]
    log.stored_feeds.append(FeedRow("ai-do", 1, 7))
    log.stored_feeds[-2] = replace(last, index=2**40)

    found = told.findings(log)
    assert (lost.index, "finding_feed_missing") in found
    assert (7, "finding_feed_extra") in found
    assert (last.index, "finding_feed_wrong") in found
    assert len(found) == 3


def test_a_whole_feed_that_is_gone_is_found(told: Told, log: MemoryLogSource) -> None:
    """An agency whose feed has no row at all is not passed over."""
    agency = log.stored_feeds[0].agency
    gone = [row for row in log.stored_feeds if row.agency == agency]
    log.stored_feeds = [row for row in log.stored_feeds if row.agency != agency]
    assert told.findings(log) == [(row.index, "finding_feed_missing") for row in gone]


def test_a_dropped_grant_that_was_kept_is_found(told: Told, log: MemoryLogSource) -> None:
    """A grant that a refusal or withdrawal ended must be gone."""
    offered = next(e for e in log.stored_entries if e.type == "referral.offered")
    header = s.read(entries.parse(offered.entry).header)
    assert isinstance(header, s.ReferralOffered)
    dropped = header.grants[-1]
    log.stored_grants.append(
        replace(
            log.stored_grants[0],
            hash=bytes.fromhex(dropped.hash),
            index=offered.index,
            grantee=dropped.to,
            stream=offered.stream,
        )
    )
    assert told.findings(log) == [(offered.index, "finding_grant_kept")]


def test_a_forged_receipt_is_found(told: Told, log: MemoryLogSource) -> None:
    """A receipt that the hub did not sign proves nothing, and is said to."""
    forged = Told(**{**vars(told), "receipts": [replace(told.receipts[4], leaf="00" * 32)]})
    assert forged.findings(log) == [(5, "finding_receipt_forged")]


def rewrite(log: MemoryLogSource) -> StoredEntry:
    """The last entry was recorded a little later, and every column says so."""
    stored = log.stored_entries[-1]
    later = stored.recorded + 1
    edit(log, stored.index, stored.entry.replace(b'{"recorded":%d' % stored.recorded, b'{"recorded":%d' % later))
    change(log, stored.index, recorded=later)
    return log.stored_entries[-1]


def test_the_kept_receipt_finds_what_was_rewritten(told: Told, log: MemoryLogSource) -> None:
    """Whoever has the database but not the hub's key cannot rewrite, though no agency's receipt is at hand."""
    index = rewrite(log).index
    verify(log, registrar_kid=told.registrar_kid)
    with pytest.raises(FindingError) as raised:
        verify(log, registrar_kid=told.registrar_kid, hub_public=told.hub_public)
    assert (raised.value.index, raised.value.code) == (index, "finding_kept_receipt_wrong")


def test_a_kept_receipt_that_is_gone_is_found(told: Told, log: MemoryLogSource) -> None:
    """They may begin late, in a log that is older than they are; after that none may be missing."""
    for stored in log.stored_entries[:5]:
        change(log, stored.index, receipt_kid="", receipt_sig=b"")
    assert told.verify(log).kept_receipts == len(log.stored_entries) - 5
    change(log, 9, receipt_kid="", receipt_sig=b"")
    assert told.findings(log) == [(9, "finding_kept_receipt_missing")]


def test_agencies_receipts_find_what_the_hub_itself_rewrote(told: Told, log: MemoryLogSource) -> None:
    """Signed anew with the hub's own key a rewritten entry passes; by what an agency holds it is named."""
    stored = rewrite(log)
    found = Found(stored.statement_hash, stored.index, stored.leaf, stored.recorded)
    anew = Receipts(told.world.hub_keys, told.world.hub_kid).issue(found)
    change(log, stored.index, receipt_sig=anew.signature)

    verify(log, registrar_kid=told.registrar_kid, hub_public=told.hub_public)
    assert first(told, log) == (stored.index, "finding_receipt_broken")


def append(told: Told, log: MemoryLogSource, submission: Submission, *, recorded: int | None = None) -> int:
    """Append what a hub that decides nothing would; give the index."""
    last, statement = log.stored_entries[-1], submission.statement
    index, recorded = last.index + 1, recorded or last.recorded
    parts = json.loads(submission.body)
    signatures = tuple((one["kid"], b64decode(one["sig"])) for one in parts["signatures"])
    stream = statement.case if isinstance(statement, s.CaseStatement) else last.stream
    entry = entries.build(
        header=parts["header"].encode(), signatures=signatures, recorded=recorded, rules=rules.current().hash
    )
    receipt = Receipts(told.world.hub_keys, told.world.hub_kid).issue(
        Found(bytes.fromhex(submission.hash), index, leaf_hash(entry), recorded)
    )
    log.stored_entries.append(
        StoredEntry(
            index=index,
            entry=entry,
            leaf=leaf_hash(entry),
            statement_id=statement.id,
            statement_hash=bytes.fromhex(submission.hash),
            author=statement.by,
            kid=statement.kid,
            type=statement.type,
            recorded=recorded,
            topic=statement.type,
            stream=stream,
            version=sum(one.stream == stream for one in log.stored_entries) + 1,
            receipt_kid=receipt.kid,
            receipt_sig=receipt.signature,
        )
    )
    return index


def test_a_key_is_judged_by_its_position(told: Told, log: MemoryLogSource) -> None:
    """What a revoked key signs afterwards is found; what it signed before stays valid history."""
    women = told.world[WOMEN]
    activity = women.composer.compose_activity(
        occurred=OCCURRED, facts={"activity": "training", "day": "2026-11-02", "headcount": 3}
    )
    revoked = told.world.register(s.KeyRevoked, agency=WOMEN, key=women.keystore.kids("sign")[-1], reason="compromised")
    append(told, log, revoked)
    index = append(told, log, activity)
    assert first(told, log) == (index, "finding_key_not_in_force")


def test_an_unknown_key_is_found(told: Told, log: MemoryLogSource) -> None:
    """A signature by a key that no entry registered is worth nothing."""
    stranger = Member(told.world, "ai-do")
    index = append(
        told,
        log,
        stranger.composer.compose_activity(occurred=OCCURRED, facts={"activity": "training", "day": "2026-11-02"}),
    )
    assert first(told, log) == (index, "finding_key_not_in_force")


def test_an_entry_without_its_author_s_signature_is_found(told: Told, log: MemoryLogSource) -> None:
    """Another agency's good signature does not stand for the author's."""
    women, police = told.world[WOMEN], told.world[POLICE]
    sent = women.composer.compose_activity(occurred=OCCURRED, facts={"activity": "training", "day": "2026-11-02"})
    body, kid = json.loads(sent.body), police.keystore.kids("sign")[-1]
    signature = to_base64(police.keystore.sign(kid, pae(body["header"].encode())))
    other = replace(sent, body=json.dumps({**body, "signatures": [{"kid": kid, "sig": signature}]}).encode())
    index = append(told, log, other)
    assert first(told, log) == (index, "finding_signature_missing")


def test_what_the_rules_forbid_is_found(told: Told, log: MemoryLogSource) -> None:
    """A hub that records what it must refuse is found: here a statement about somebody else's case."""
    case = next(e.stream for e in log.stored_entries if e.author == BORDER and e.type == "case.notified")
    women = told.world[WOMEN]
    statement = s.SectionAppended(
        v=1,
        id="ab" * 16,
        by=WOMEN,
        kid=women.keystore.kids("sign")[-1],
        occurred=OCCURRED,
        case=case,
        prev=log.stored_entries[-1].statement_hash.hex(),
    )
    index = append(told, log, women.composer.sign(statement, bodies={}, wrapped={}))
    assert first(told, log) == (index, "finding_decision_refused")


def test_a_second_genesis_is_found(told: Told, log: MemoryLogSource) -> None:
    """There is one genesis, and it is entry 1."""
    again = told.world.register(
        s.Genesis, log="0" * 64, public=to_base64url(told.world.registrar.public(told.registrar_kid))
    )
    index = append(told, log, again)
    assert first(told, log) == (index, "finding_genesis_wrong")


def test_a_lone_finding_does_not_stop_the_rest(told: Told, log: MemoryLogSource) -> None:
    """The mode that collects goes on after each finding, whatever it met."""
    for index, entry in ((12, b"noise"), (20, b"")):
        change(log, index, entry=entry)
    found = told.findings(log)
    assert {(12, "finding_leaf_wrong"), (12, "finding_entry_malformed"), (20, "finding_leaf_wrong")} <= set(found)


def test_every_code_has_words() -> None:
    """Each finding that the package can give is in the catalogue, and none there is unused."""
    used: set[str] = set()
    for file in files("audit").iterdir():
        if file.name.endswith(".py"):
            used |= set(re.findall(r'"(finding_[a-z_]+)"', file.read_text("utf-8")))
    assert used == {code for code in catalogue() if code.startswith("finding_")}


def test_a_file_that_is_erased_or_waits_is_no_finding(told: Told, log: MemoryLogSource) -> None:
    """A file may be gone, and one may be there that no statement names yet."""
    log.stored_pieces.append(StoredPiece(b"\xff" * 32, 329, b"waits"))
    assert told.findings(log) == []
    log.stored_pieces = []
    assert told.findings(log) == []


def _piece_changed(pieces: list[StoredPiece]) -> None:
    pieces[0] = replace(pieces[0], piece=pieces[0].piece[:-1] + b"x")


def _piece_missing(pieces: list[StoredPiece]) -> None:
    del pieces[1]


def _pieces_swapped(pieces: list[StoredPiece]) -> None:
    pieces[0], pieces[1] = pieces[1], pieces[0]


def _piece_added(pieces: list[StoredPiece]) -> None:
    pieces.append(replace(pieces[-1], piece=b"x"))


def _emptied(pieces: list[StoredPiece]) -> None:
    pieces[:] = [replace(pieces[0], piece=b"")]


def _length_changed(pieces: list[StoredPiece]) -> None:
    pieces[:] = [replace(piece, length=piece.length + 1) for piece in pieces]


@pytest.mark.parametrize(
    "wrong", [_piece_changed, _piece_missing, _pieces_swapped, _piece_added, _emptied, _length_changed]
)
def test_a_changed_file_is_found(told: Told, log: MemoryLogSource, wrong: Callable[[list[StoredPiece]], None]) -> None:
    """A file that is there is whole, in its order, and as long as it is said to be."""
    (row,) = log.stored_attached
    wrong(log.stored_pieces)
    assert first(told, log) == (row.index, "finding_file_wrong")


def test_who_is_kept_as_naming_a_file_is_compared(told: Told, log: MemoryLogSource) -> None:
    """A row taken away withholds a file, a row too many hands it to others: both are named."""
    (row,) = log.stored_attached
    log.stored_attached = []
    assert first(told, log) == (row.index, "finding_file_untold")
    log.stored_attached = [row, replace(row, index=row.index - 1)]
    assert first(told, log) == (row.index - 1, "finding_file_unnamed")


def test_a_log_of_the_first_release_is_verified(told: Told, databases: Databases, tmp_path: Path) -> None:
    """A log under the rule sets before, in a database without tables of files or kept receipts, still verifies."""
    older = [one for one in rules.every().values() if one.name < rules.current().name]
    dsn = databases.fresh(databases.template("hub", migrated))
    with World(dsn, tmp_path / "hub") as world:
        for named in sorted(older, key=lambda one: one.name):
            world.intake.rules = named
            open_case(world)
    with psycopg.connect(dsn) as connection:
        connection.execute("DROP TABLE hub.attachments, hub.attachment_pieces, hub.attached")
        connection.execute("ALTER TABLE hub.log DROP COLUMN receipt_kid, DROP COLUMN receipt_sig")
    with PostgresLogSource(dsn) as source:
        verified = verify(
            source, registrar_kid=world.registrar_kid, hub_public=world.hub_public, receipts=world.receipts
        )
    assert verified.kept_receipts == 0
    assert (len(older), verified.statements["case.notified"], verified.files) == (2, 2, 0)
    databases.drop(dsn)

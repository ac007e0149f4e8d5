"""What is refused is kept sealed, once, with its reason, until its record is taken or an officer says so. Made up."""

from __future__ import annotations

import json
import tracemalloc
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from adapters.contract import Returned, Where
from domain.errors import RefusedError
from node import quarantine
from node.ingest import hash_of
from node.intake import take
from sealing.errors import CannotOpenError
from tests.attacks.canary import tables
from tests.node.province import POLICE, TODAY, Office, Province, notice, province, row, support

__all__ = ["province"]
TABLES = ("quarantine", "quarantine_pieces")
FUTURE = date(2030, 1, 1)
WRITTEN = {"HoTen": "Lò Thị Giả Định", "NgaySinh": "31/02/1999"}
BAD = Returned(where=Where(row=4), reason="date_impossible", content=WRITTEN, record_key=("vụ 1", "1"))


def waiting(office: Office) -> list[tuple[str, int]]:
    """Reasons of what waits, with how often each came."""
    return [(one["code"], one["seen"]) for one in office.node.quarantine.list()]


def refused_file(office: Office, file: Path, content: bytes | None = None) -> str:
    """Hand in a file that is refused whole; give its hash."""
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(RefusedError):
        take(office.node, file, TODAY)
    return hash_of(file)


def read_back(office: Office, number: int) -> bytes:
    """What is kept in pieces."""
    kept = office.node.quarantine
    return b"".join(kept.piece(number, place) for place in range(kept.count(number)))


# -- rows


def test_a_returned_row_is_kept_as_written_and_sealed(province: Province) -> None:
    """An officer reads it; in no table of the database does it stand in the clear."""
    police = province[POLICE]
    police.take(BAD)
    (kept,) = police.node.quarantine.list()
    assert police.node.quarantine.open(kept["id"])["content"] == WRITTEN
    content = b"".join(blob for _, blob in tables(province.world.dsn))
    assert b"date_impossible" in content
    assert [text for text in WRITTEN.values() if text.encode() in content] == []


def test_the_same_row_for_the_same_reason_is_kept_once(province: Province) -> None:
    """With how often it came, when first and last, and its last place; another content or reason is another entry."""
    police = province[POLICE]
    police.take(BAD)
    (first,) = police.node.quarantine.list()
    police.take(replace(BAD, where=Where(row=9)))
    (second,) = police.node.quarantine.list()
    assert (second["id"], second["seen"], second["received"]) == (first["id"], 2, first["received"])
    assert second["last"] > first["last"]
    assert (first["reference"], second["reference"]) == ("giả định/1 4", "giả định/1 9")
    police.take(BAD, form="giả định/2")
    police.take(replace(BAD, reason="date_in_future"), replace(BAD, content={**WRITTEN, "HoTen": "Khác"}))
    assert sorted(waiting(police)) == [("date_impossible", 1), ("date_impossible", 1), ("date_impossible", 2),
                                       ("date_in_future", 1)]  # fmt: skip


def test_a_row_refused_here_or_by_the_hub_is_kept_once(province: Province) -> None:
    """Where it stands in the sheet is no other content."""
    police = province[POLICE]
    for place in (1, 5):
        police.take(replace(row(notice(day=FUTURE)), where=Where(row=place)))
        police.take(replace(row(support(), key="2", opens=False), where=Where(row=place)))
    assert waiting(police) == [("occurred_in_future", 2), ("row_not_joined", 2)]


def test_a_record_that_is_taken_settles_what_waited_of_it(province: Province) -> None:
    """Whoever refused it; the entries are kept, with when, and come back with the same mistake."""
    police = province[POLICE]
    police.take(BAD, replace(BAD, record_key=("vụ 1", "2")), replace(BAD, reason="value_missing", record_key=None))
    police.take(row(notice(day=FUTURE)))
    others = [("date_impossible", 1), ("value_missing", 1)]
    assert waiting(police) == [*others, ("occurred_in_future", 1)]  # mended, and wrong in another way
    police.take(row())
    assert waiting(police) == others
    every = police.node.quarantine.list(settled=True)
    assert [bool(one["settled"]) for one in every] == [True, False, False, True]
    police.take(BAD)
    assert waiting(police) == [("date_impossible", 2), *others]
    police.take(row())
    assert waiting(police) == others


def test_a_row_of_the_same_delivery_settles_nothing(province: Province) -> None:
    """Two rows of one file with one record key may be two persons: the one that is returned waits."""
    police = province[POLICE]
    for items in ((BAD, row()), (row(), BAD)):
        police.take(*items)
        assert [code for code, _ in waiting(police)] == ["date_impossible"]
    police.take(row())
    assert waiting(police) == []


def test_what_the_hub_refuses_later_waits_again(province: Province) -> None:
    """A row that was queued settled nothing when the hub says no to it."""
    police = province[POLICE]
    police.take(row(notice(day=FUTURE)))
    police.line.cut = True
    police.take(row(notice(day=FUTURE)))
    police.line.cut = False
    police.node.sync()
    assert waiting(police) == [("occurred_in_future", 2)]


def test_an_officer_settles_what_nothing_else_does(province: Province) -> None:
    """A number that is none is not found."""
    police = province[POLICE]
    police.take(replace(BAD, record_key=None))
    (kept,) = police.node.quarantine.list()
    assert police.node.quarantine.settle_one(kept["id"])["settled"]
    assert waiting(police) == []
    with pytest.raises(RefusedError, match="not_found"):
        police.node.quarantine.settle_one(kept["id"] + 1)


@pytest.mark.parametrize("large", [False, True])
def test_of_what_is_settled_no_content_is_kept(
    province: Province, monkeypatch: pytest.MonkeyPatch, large: bool
) -> None:
    """Reason, place, times and how often stay; it comes again with its content, whoever settled it."""
    if large:
        monkeypatch.setattr(quarantine, "PIECE", 10)
    police = province[POLICE]
    kept = police.node.quarantine

    def contents() -> list[bool]:
        """Whether something is kept in a row, and in pieces."""
        asked = "SELECT FROM {} WHERE sealed IS NOT NULL"
        return [police.node.store.connection.execute(asked.format(one).encode()).rowcount > 0 for one in TABLES]

    for taken in (False, True):
        police.take(BAD)
        (before,) = kept.list()
        assert contents() == [not large, large]
        if taken:
            police.take(row())
        else:
            kept.settle_one(before["id"])
        assert contents() == [False, False]
        shown = kept.open(before["id"])
        assert (shown["content"], shown["pieces"], bool(shown["settled"])) == (None, 0, True)
        assert {**shown, "settled": None} == {**before, "content": None, "pieces": 0}
    police.take(BAD)
    assert contents() == [not large, large]
    (again,) = kept.list()
    assert (again["id"], again["seen"]) == (before["id"], 3)
    assert json.loads(read_back(police, again["id"])) == WRITTEN if large else kept.open(again["id"])["content"]


def test_text_that_is_none_is_kept_in_letters(province: Province) -> None:
    """Half of a character, which JSON can carry and UTF-8 cannot."""
    police = province[POLICE]
    police.take(replace(BAD, content={"HoTen\udc00": "L\ud800ò\x00"}))
    (kept,) = police.node.quarantine.list()
    assert police.node.quarantine.open(kept["id"])["content"] == {"HoTen\\udc00": "L\\ud800ò\x00"}


def test_a_row_too_large_to_show_is_kept_in_pieces(province: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    """One cell may hold a whole file."""
    monkeypatch.setattr(quarantine, "PIECE", 1000)
    police = province[POLICE]
    police.take(replace(BAD, content={"A": "x" * 5000}))
    (kept,) = police.node.quarantine.list()
    shown = police.node.quarantine.open(kept["id"])
    assert (shown["content"], shown["pieces"]) == (None, 6)
    assert read_back(police, kept["id"]) == b'{"A":"' + b"x" * 5000 + b'"}'


# -- files


def test_a_refused_file_is_kept_once_and_written_back(province: Province, tmp_path: Path) -> None:
    """Byte for byte, however often it came; settled when it is taken after all."""
    police = province[POLICE]
    content = b'{"SoVuAn": ' + bytes(range(1, 32)) * 10
    for _ in range(2):
        digest = refused_file(police, tmp_path / "a.json", content)
    (kept,) = police.node.quarantine.list()
    assert (kept["seen"], kept["reference"], kept["code"][:5]) == (2, digest, "file_")
    assert read_back(police, kept["id"]) == content
    assert police.node.quarantine.open(kept["id"])["content"] is None
    police.node.quarantine.settle(police.node.quarantine.file_record(digest))
    assert waiting(police) == []


def test_a_file_in_pieces_opens_whole_or_not_at_all(
    province: Province, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A piece that is left out, or put in another's place, does not open."""
    monkeypatch.setattr(quarantine, "PIECE", 1000)
    police = province[POLICE]
    content = bytes(range(256)) * 12
    refused_file(police, tmp_path / "a.json", content)
    (kept,) = police.node.quarantine.list()
    assert read_back(police, kept["id"]) == content
    connection = police.node.store.connection
    connection.execute("UPDATE quarantine_pieces SET place = 9 - place")
    connection.execute("UPDATE quarantine_pieces SET place = place - 6")
    with pytest.raises(CannotOpenError):
        police.node.quarantine.piece(kept["id"], 0)
    connection.execute("UPDATE quarantine_pieces SET place = place + 6")
    connection.execute("UPDATE quarantine_pieces SET place = 9 - place")
    connection.execute("DELETE FROM quarantine_pieces WHERE place = 3")
    with pytest.raises(CannotOpenError):
        police.node.quarantine.piece(kept["id"], 0)


def test_a_large_file_is_kept_in_bounded_memory(province: Province, tmp_path: Path) -> None:
    """50 MB, with a few pieces of 4 MB in memory at a time, in and out; past the limit only its hash is kept."""
    police, file = province[POLICE], tmp_path / "a.json"
    with file.open("wb") as stream:
        stream.truncate(50 * 1024 * 1024)
    tracemalloc.start()
    try:
        digest = refused_file(police, file)
        (kept,) = police.node.quarantine.list()
        sizes = [len(police.node.quarantine.piece(kept["id"], place)) for place in range(13)]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (kept["reference"], sum(sizes)) == (digest, 50 * 1024 * 1024)
    assert peak < 40 * 1024 * 1024


def test_of_a_file_past_the_limit_only_the_hash_is_kept(
    province: Province, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that nobody fills the disk."""
    monkeypatch.setattr(quarantine, "MAX_KEPT", 10)
    police = province[POLICE]
    digest = refused_file(police, tmp_path / "a.json", b"{" * 11)
    (kept,) = police.node.quarantine.list()
    assert kept["reference"] == digest
    with pytest.raises(RefusedError, match="not_found"):
        police.node.quarantine.count(kept["id"])

"""The contract of `Rows`, held by each body; and what only the one on disk must do."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from node.store import connect
from projections.postgres import PostgresRows
from projections.rows import MemoryRows, Row, Rows, dump
from sealing.errors import CannotOpenError
from sealing.shredding import ShredKeys

CASES = [f"{number:032x}" for number in range(1, 6)]
NAME = "Nguyễn Thị Giả Định"


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[ShredKeys]:
    """View keys of made-up cases."""
    with ShredKeys.create(tmp_path / "keys", tmp_path / "master") as made:
        yield made


@pytest.fixture
def on_disk(database: str, keys: ShredKeys) -> Iterator[PostgresRows]:
    """Rows in PostgreSQL."""
    with connect(database, schema="node_gia_dinh") as connection:
        yield PostgresRows(connection, keys=keys)


@pytest.fixture(params=["memory", "postgres"])
def rows(request: pytest.FixtureRequest) -> Rows:
    """Each body of the port."""
    if request.param == "memory":
        return MemoryRows()
    made: Rows = request.getfixturevalue("on_disk")
    return made


def row(key: str = "1", view: str = "caseload", **more: object) -> Row:
    """A row with content."""
    fields = {"case": CASES[0], "facts": {"entries": 1}, "content": {"identity": NAME}, **more}
    return Row(view=view, key=key, **fields)  # type: ignore[arg-type]


def test_empty(rows: Rows) -> None:
    """Nothing is there, at position 0."""
    assert (rows.position(), rows.views(), rows.get("caseload", "1"), list(rows.all("caseload"))) == (0, (), None, [])


def test_what_is_written_is_read(rows: Rows) -> None:
    """Facts and content as they were, with and without a case."""
    first = row(facts={"code": None, "open": {"identity": ["ca"]}, "many": [1, "hai", None, True]})
    second = row("2", case=None, content=None)
    rows.write([first, second], position=7)
    assert rows.position() == 7
    assert [rows.get("caseload", "1"), rows.get("caseload", "2")] == [first, second]
    assert list(rows.all("caseload")) == [first, second]


def test_a_later_row_replaces(rows: Rows) -> None:
    """In one writing or in the next; the last one counts, also when its content is gone."""
    rows.write([row(facts={"entries": 1}), row(facts={"entries": 2})], position=1)
    assert rows.get("caseload", "1") == row(facts={"entries": 2})
    rows.write([row(facts={"entries": 3}, content=None)], position=2)
    assert list(rows.all("caseload")) == [row(facts={"entries": 3}, content=None)]


def test_views_and_keys_are_sorted_by_their_bytes(rows: Rows) -> None:
    """Whatever the database's collation."""
    names = ["b", "a", "Z", "ă", "10", "9"]
    rows.write([row(name, view=view) for view in ("timeline", "inbox") for name in names], position=1)
    assert rows.views() == ("inbox", "timeline")
    assert [one.key for one in rows.all("inbox")] == sorted(names)


def test_nothing_to_write_moves_the_position(rows: Rows) -> None:
    """A page of entries that make no row."""
    rows.write([], position=3)
    assert (rows.position(), rows.views()) == (3, ())


def test_one_view_is_not_another(rows: Rows) -> None:
    """The same key in two views is two rows."""
    rows.write([row(), row(view="inbox", content=None)], position=1)
    assert [one.content for one in (*rows.all("caseload"), *rows.all("inbox"))] == [{"identity": NAME}, None]


def test_what_is_read_is_a_copy(rows: Rows) -> None:
    """Rows may be written by a generator."""
    rows.write((row(str(number)) for number in range(3)), position=1)
    assert len(list(rows.all("caseload"))) == 3


def test_rows_are_found_by_a_tag(rows: Rows) -> None:
    """Those of the view that have at least one of the tags, in key order; no tag finds none."""
    made = {"b": ["x", "y"], "a": ["y"], "c": ["z"], "d": []}
    rows.write([row(key, view="search", facts={"tags": tags}, content=None) for key, tags in made.items()], position=1)
    rows.write([row("e", view="joins", facts={"tags": ["y"]}, content=None)], position=2)
    assert [one.key for one in rows.tagged("search", {"y", "nothing"})] == ["a", "b"]
    assert list(rows.tagged("search", [])) == []


def test_both_dump_the_same(on_disk: PostgresRows) -> None:
    """A dump does not tell where the rows were kept."""
    made = [row(str(n), view=v, facts={"z": 1, "a": "ă"}) for v in ("inbox", "caseload") for n in range(12)]
    memory = MemoryRows()
    for body in (memory, on_disk):
        body.write(made, position=1)
    assert list(dump(memory)) == list(dump(on_disk))


# -- on disk ---------------------------------------------------------------------------------------------------------


def column(on_disk: PostgresRows) -> list[bytes]:
    """The sealed column."""
    found = on_disk._connection.execute("SELECT sealed FROM view_rows WHERE sealed IS NOT NULL ORDER BY view, key")
    return [bytes(one[0]) for one in found]


def test_at_rest_nothing_can_be_read(on_disk: PostgresRows) -> None:
    """Content is only in the sealed column, and the same content twice is not the same there."""
    on_disk.write([row("1"), row("2")], position=1)
    text = str(on_disk._connection.execute("SELECT string_agg(view_rows::text, ' ') FROM view_rows").fetchone())
    first, second = column(on_disk)
    assert first != second
    for hidden in (NAME, NAME.encode().hex(), "identity"):
        assert hidden not in text
        assert hidden.encode() not in first


@pytest.mark.parametrize(
    "change",
    [
        "sealed = set_byte(sealed, 40, get_byte(sealed, 40) # 1)",
        "key = '9'",
        "view = 'inbox'",
        f"case_id = '{CASES[1]}'",
    ],
)
def test_a_row_changed_or_moved_does_not_open(on_disk: PostgresRows, change: str) -> None:
    """Sealed content is bound to its case, view and key."""
    on_disk.write([row("1"), row("2", case=CASES[1])], position=1)
    on_disk._connection.execute(f"UPDATE view_rows SET {change} WHERE key = '1'".encode())
    with pytest.raises(CannotOpenError):
        list(dump(on_disk))


def test_a_destroyed_key_is_a_normal_state(on_disk: PostgresRows, keys: ShredKeys) -> None:
    """The row stays with its facts; other cases go on, and nothing of this one is sealed again."""
    on_disk.write([row("1"), row("2", case=CASES[1])], position=1)
    keys.destroy(CASES[0])
    assert [one.content for one in on_disk.all("caseload")] == [None, {"identity": NAME}]
    on_disk.write([row("1"), row("3", case=CASES[2]), row("2", case=CASES[1])], position=2)
    assert [one.content for one in on_disk.all("caseload")] == [None, {"identity": NAME}, {"identity": NAME}]
    assert len(column(on_disk)) == 2


def test_rows_and_position_together_or_not_at_all(on_disk: PostgresRows, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failure on the way leaves neither."""
    on_disk.write([row("1")], position=1)
    bad = row("2", facts={"text": "\x00"})  # no text of PostgreSQL
    with pytest.raises(psycopg.DataError):
        on_disk.write([row("3"), bad], position=2)
    assert (on_disk.position(), [one.key for one in on_disk.all("caseload")]) == (1, ["1"])


def test_many_rows_are_written_at_once(on_disk: PostgresRows, monkeypatch: pytest.MonkeyPatch) -> None:
    """One fsync for all view keys, one transaction, one row for each key."""
    made = [secrets.token_hex(16) for _ in range(500)]
    asked: list[int] = []
    ensure: Callable[..., None] = on_disk._keys.ensure

    def counting(cases: list[str]) -> None:
        asked.append(len(cases))
        ensure(cases)

    monkeypatch.setattr(on_disk._keys, "ensure", counting)
    on_disk.write([row(case, case=case, facts={"entries": n}) for n in range(3) for case in made], position=1)
    assert asked == [500]
    assert {one.facts["entries"] for one in on_disk.all("caseload")} == {2}
    assert len(list(on_disk.all("caseload"))) == 500

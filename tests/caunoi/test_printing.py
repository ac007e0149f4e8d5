"""Text on a terminal: widths, nothing that a terminal would obey, colours only where they are wanted."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from caunoi.printing import Printer, coloured, day, moment, padded, plain, table, width


@pytest.mark.parametrize(
    ("text", "columns"),
    [("", 0), ("abc", 3), ("Nguyễn", 6), (unicodedata.normalize("NFD", "Nguyễn"), 6), ("王小红", 6), ("a\u200bb", 2)],
)
def test_width(text: str, columns: int) -> None:
    """Composed or not, a Vietnamese letter is one column; a Chinese one two; what is invisible none."""
    assert width(text) == columns
    assert width(padded(text, 10)) == 10


def test_columns_stand_below_each_other() -> None:
    """A table's second column begins at the same place in every line."""
    made = table(["Tên", "Số"], [[unicodedata.normalize("NFD", "Giàng Thị Dúa"), "1"], ["王小红", "22"]]).split("\n")
    assert [line.rstrip()[-2:].strip() for line in (made[0], made[2], made[3])] == ["Số", "1", "22"]
    assert len({width(line) for line in (made[0], made[3])}) == 1


def test_nothing_a_terminal_obeys() -> None:
    """Escape sequences, carriage returns and marks of direction out of a view are not printed."""
    assert plain("\x1b[2Jx\ry\u202ez\nw") == "\ufffd[2Jx\ufffdy\ufffdz w"
    assert "\x1b" not in table(["a"], [["\x1b]0;x\x07"]])


def test_colours_only_where_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Colours on a terminal, none for NO_COLOR and none in a pipe."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert coloured("✓", "32") == "\x1b[32m✓\x1b[0m"
    monkeypatch.setenv("NO_COLOR", "1")
    assert coloured("✓", "32") == "✓"
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: False)
    assert coloured("✓", "32") == "✓"


def test_a_machine_reads_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    """With `machine`, words are not printed and the document is; else the other way round."""
    for machine, out in ((True, '{\n "a": "ă"\n}\n'), (False, "x\n")):
        printer = Printer("vi", machine=machine)
        printer.text("x")
        printer.document({"a": "ă"})
        assert capsys.readouterr().out == out


def test_dates_as_people_write_them() -> None:
    """Days and moments are those of Viet Nam."""
    assert day("2024-03-21") == "21/03/2024"
    assert day(None) == ""
    assert moment(1_710_003_600_000_000) == "10/03/2024 00:00"

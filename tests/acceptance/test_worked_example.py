"""The worked example tells what Thanh Hóa reported for 2024 (law A4), and tells it as a user reads it."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest

from caunoi.demo.people import cast
from caunoi.demo.searching import forms
from domain.wording import Language, say
from tests.acceptance.playing import Played, play

pytestmark = pytest.mark.timeout(300)

SUPPORTS = ("hỗ trợ khó khăn ban đầu", "tâm lý", "pháp luật (pháp lý)", "y tế (sức khỏe)")
EYES = ("police-38", "border-na-meo", "labour-38", "women-38")
FILE_LINE = re.compile(
    r"^   (\S+) +(\S+\.(?:json|xml|xlsx|csv)) +(\d+) = (\d+) \+ (\d+) \+ (\d+) +\((.+)\)$", re.MULTILINE
)
SECTIONS = ("identity", "contact", "account", "health", "support", "profile")
CLOSED = {
    "vi": re.compile(r"(không|chưa) được chia sẻ \(bảng phân quyền, dòng \d+\)"),
    "en": re.compile(r"(may not be shared|nothing shared yet) \(disclosure table, row \d+\)"),
}
SUM = re.compile(r"(\d+) = (\d+) (?:ngoài tỉnh|outside) \+ (\d+) (?:trong tỉnh|inside)")


def sums(played: Played) -> list[tuple[int, int, int]]:
    """The lines of part 2: total, outside, inside; the victims first, then support by support."""
    return [tuple(map(int, found)) for found in SUM.findall(played.part(2))]  # type: ignore[misc]


def test_banner(first: Played) -> None:
    """The first thing said is that nobody here is real."""
    assert "DỮ LIỆU GIẢ ĐỊNH – KHÔNG CÓ NGƯỜI THẬT" in first.output.splitlines()[1]


def test_first_start_says_where_keys_lie(first: Played, second: Played) -> None:
    """The first start, and only that, says where the keys are and that losing them loses the content."""
    assert "MẤT CÁC KHÓA NÀY LÀ MẤT NỘI DUNG" in first.output
    assert f"{first.home}/nodes/" in first.output
    assert "/nodes/" not in second.output


def test_files(first: Played) -> None:
    """Of each file: read = recorded + known already + to mend, beside the file's own total, which agrees."""
    lines = FILE_LINE.findall(first.part(1))
    assert {line[0] for line in lines} == set(EYES)
    assert {Path(line[1]).suffix for line in lines} == {".json", ".xml", ".xlsx", ".csv"}
    for agency, _, *numbers, own in lines:
        read, recorded, known, mend = map(int, numbers)
        assert (read, known, mend) == (recorded, 0, 0)
        said = [int(number) for number in re.findall(r"\d+", own)]
        assert sum(said) == read if agency != "women-38" else own == "tệp ghi: không ghi"


def test_nineteen(first: Played) -> None:
    """19 = 17 + 2, of the victims and of each of the four supports, with the entries behind the figure."""
    assert sums(first) == [(19, 17, 2)] * 5
    lines = first.part(2).splitlines()[1:]
    assert [line.strip().split("  ")[0] for line in lines if line.strip()] == ["nạn nhân", *SUPPORTS]
    assert all(re.search(r"mục ghi số \d+", line) for line in lines if line.strip())


def test_provinces_add_up(first: Played) -> None:
    """By residence everybody is counted once: the provinces give 19, of them 2 at home."""
    counts = {place: int(count) for place, count in re.findall(r"tỉnh (\d\d) +(\d+) ", first.part(3))}
    assert sum(counts.values()) == 19
    assert counts["38"] == 2
    assert first.lines("cộng")[0] == "cộng 19"


def test_beside_the_nineteen(first: Played) -> None:
    """Two returned alone and one was handed over; they are not among the 19."""
    assert len(first.lines("không tính vào số trên: tự trở về 2, trao trả ở cửa khẩu 1.")) == 1


def table(played: Played) -> dict[str, list[str]]:
    """The table of part 4: what four agencies see, by the label of the section; broken lines joined."""
    lines = played.part(4).splitlines()
    starts = [lines[1].index(agency) for agency in EYES]
    assert tuple(lines[1].split()) == EYES
    rows: dict[str, list[str]] = {}
    label = ""
    for line in lines[2 : next(number for number, line in enumerate(lines) if ": labour-14, " in line)]:
        first, *cells = (line[start:end].strip() for start, end in zip([3, *starts], [*starts, None], strict=True))
        label = first or label
        above = rows.setdefault(label, [""] * len(EYES))
        rows[label] = [" ".join(f"{one} {other}".split()) for one, other in zip(above, cells, strict=True)]
    return rows


@pytest.mark.parametrize("language", ["vi", "en"])
def test_four_pairs_of_eyes(plays: tuple[Played, Played], language: Language) -> None:
    """One case through four agencies' eyes: every cell says what is open, or which row of the table closes it."""
    rows = table(plays[language == "en"])
    assert list(rows) == [say(f"section_{name}", language) for name in SECTIONS]
    cells = [cell for row in rows.values() for cell in row]
    assert len(cells) == 24
    closed = [cell for cell in cells if CLOSED[language].fullmatch(cell)]
    assert len(closed) > 10
    for cell in cells:
        parts = [part.strip() for part in cell.split(" | ")]
        assert cell in closed or all(re.fullmatch(r"[a-z0-9-]+: .+", part) for part in parts), cell


def test_whose_turn(first: Played) -> None:
    """It is said whose turn it is and since when: the home provinces' authorities have offers to answer."""
    waiting = first.lines("Đến lượt:")
    assert {re.match(r"Đến lượt: (\S+), từ \d\d/\d\d/\d{4} \d\d:\d\d: .+", line)[1] for line in waiting} == {  # type: ignore[index]
        "labour-14", "labour-40",
    }  # fmt: skip


def test_three_refusals(first: Played) -> None:
    """The Women's Union does not open the account, nobody accepts twice, and the name is nowhere in the database."""
    refusals = [line for line in first.part(5).splitlines() if "✗" in line]
    assert len(refusals) == 3
    assert say("cell_not_shared", "vi", row=11) in refusals[0]
    assert say("already_answered", "vi") in refusals[1]
    name = cast(seed=1, outside=17, inside=2).victims[0].name
    assert name in refusals[2]
    assert re.search(r"\(\d+ bảng, \d{6,} byte\): thấy 0$", refusals[2])
    assert len(forms(name)) > 20


def test_verified(first: Played) -> None:
    """The log's size and head, and that everything in it was verified, receipts too."""
    assert re.search(r"^6\. Sổ nhật ký: \d{3} mục, đỉnh [0-9a-f]{64}$", first.output, re.MULTILINE)
    assert re.search(r"ĐÃ KIỂM TRA: .* \d{3} biên nhận đều khớp\.", first.output)


def test_three_commands_to_paste(first: Played) -> None:
    """It ends with three commands that start this very home's program."""
    commands = [line.strip() for line in first.output.splitlines() if ".venv/bin/caunoi " in line]
    assert len(commands) == 3
    assert all(command.startswith(f"CAUNOI_HOME={first.home} ") for command in commands)


def test_second_run_takes_nothing_in_twice(first: Played, second: Played) -> None:
    """Run again on the same home: every row is known, no entry is added, the head is the same, and it is faster."""
    for _, _, *numbers, _ in FILE_LINE.findall(second.part(1)):
        read, recorded, known, mend = map(int, numbers)
        assert (known, recorded, mend) == (read, 0, 0)
    assert len(FILE_LINE.findall(second.part(1))) == len(FILE_LINE.findall(first.part(1)))
    heads = [re.search(r"(\d+) (?:mục, đỉnh|entries, head) ([0-9a-f]{64})", p.output) for p in (first, second)]
    assert heads[0] is not None and heads[1] is not None
    assert heads[0].groups() == heads[1].groups()
    assert sums(second) == sums(first)
    assert second.seconds < first.seconds


def test_english(second: Played) -> None:
    """With `--lang en` no Vietnamese sentence is left: only names and what people said in a case's cells."""
    name = cast(seed=1, outside=17, inside=2).victims[0].name
    # What stands in the table's cells is looked at by the test of the four pairs of eyes.
    without_cells = second.output.replace(second.part(4), second.part(4).split("Whose turn", 1)[1]).replace(name, "")
    assert [line for line in without_cells.splitlines() if _is_vietnamese(line)] == []


def _is_vietnamese(text: str) -> bool:
    letters = unicodedata.normalize("NFD", text)
    return any(unicodedata.combining(letter) or letter in "đĐ" for letter in letters)


def test_another_cast(tmp_path: Path) -> None:
    """`--seed 7 --outside 5 --inside 3` says 8 = 5 + 3, on a home of its own below the first."""
    played = play(tmp_path / "home", seed=7, cast=(5, 3))
    assert sums(played) == [(8, 5, 3)] * 5
    own = tmp_path / "home" / "demo" / "seed-7-5-3-0"
    assert f"CAUNOI_HOME={own} " in played.output


def test_one_row_taken_out(tmp_path: Path) -> None:
    """One row taken out of the Labour department's file: 18 are supported, 19 are victims still."""
    played = play(tmp_path / "home", without_row=1)
    assert sums(played) == [(19, 17, 2)] + [(18, 16, 2)] * 4

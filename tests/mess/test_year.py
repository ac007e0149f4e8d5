"""A year of one cumulative workbook: longer, re-sorted, renumbered, renamed, corrected, a row gone, a slip of the hand.

The police tell of each victim; the Labour department's list comes twelve times. Each month's counts and the figures
drawn from the views are compared with what is true.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest
import xlsxwriter

from adapters.labour_department import ADAPTER as LABOUR_FORM
from adapters.police import ADAPTER as POLICE_FORM
from node.ingest import Ingest, Report
from node.statistics import victims_by_criminal_case
from tests.adapters.workbooks import table
from tests.mess import files
from tests.mess.people import OWN, Person, person
from tests.mess.truth import clean
from tests.node.province import LABOUR, POLICE, TODAY, Province

REGIMES = ("initial_hardship", "psychological", "legal_advice", "medical")
WORDS = {
    "position": ("STT", "TT"), "code": ("Mã hồ sơ",), "name": ("Họ và tên", "Họ tên"), "birth_m": ("Nam",),
    "birth_f": ("Nữ",), "ethnicity": ("Dân tộc",), "paper": ("Số CMND/CCCD", "CCCD/CMND"),
    "residence": ("Nơi cư trú", "HKTT", "Địa chỉ"), "confirmation": ("Số QĐ/Giấy XN", "Giấy xác nhận"),
    "initial_hardship": ("KKBĐ (1.000đ)", "Khó khăn ban đầu (1.000đ)"), "psychological": ("Tâm lý", "Hỗ trợ tâm lý"),
    "legal_advice": ("Pháp lý", "Pháp luật"), "medical": ("Sức khỏe", "Y tế"), "note": ("Ghi chú",),
}  # fmt: skip
ABOVE = {"birth_m": "Năm sinh", "birth_f": "Năm sinh", **dict.fromkeys(REGIMES, "Hỗ trợ")}


@dataclass(slots=True, kw_only=True)
class Line:
    """One line of the list as the office keeps it, and which regimes were told of it so far."""

    person: Person
    given: dict[str, str]
    name: str = ""
    note: str = "đang hỗ trợ (giả định)"
    citizen: str = ""
    told: set[str] = field(default_factory=set)
    known: tuple[object, ...] = ()

    @property
    def said(self) -> tuple[object, ...]:
        """All it says now."""
        return (self.name, self.note, self.citizen, tuple(sorted(self.given.items())))

    def cells(self, position: int) -> dict[str, str]:
        """Its cells in a list where it stands at this position."""
        one = self.person
        return {
            "position": str(position),
            "name": self.name,
            f"birth_{one.sex}": f"{one.born:%d/%m/%Y}",
            "ethnicity": one.ethnicity,
            "paper": self.citizen,
            "residence": one.residence,
            "note": self.note,
            "confirmation": f"{one.confirmation}, {one.confirmed:%d/%m/%Y}",
            **self.given,
        }


@dataclass(slots=True)
class Year:
    """The office's list through the year."""

    to: Path
    random: Random = field(default_factory=lambda: Random(12))
    lines: list[Line] = field(default_factory=list)
    gone: list[Line] = field(default_factory=list)

    def person(self) -> Person:
        """One more victim."""
        number = 700 + len(self.lines) + len(self.gone)
        return person(self.random, number)

    def add(self, one: Person) -> Line:
        """Put a victim on the list, with some support."""
        given = {"initial_hardship": "1.000", self.random.choice(REGIMES[1:]): "x"}
        line = Line(person=one, given=given, name=one.name, citizen=one.citizen)
        self.lines.append(line)
        return line

    def write(self, month: int) -> Path:
        """Write the list as it comes this month: sorted anew, numbered anew, its columns moved and renamed."""
        self.random.shuffle(self.lines)
        keys = [key for key in WORDS if key not in {*REGIMES, "birth_m", "birth_f", "position", "note"}]
        self.random.shuffle(keys)
        order = ["position", *keys[:3], "birth_m", "birth_f", *keys[3:], *REGIMES, "note"]
        words = {key: self.random.choice(WORDS[key]) for key in order}
        headings = [(ABOVE[key], words[key]) if key in ABOVE else (words[key], "") for key in order]
        body: list[Sequence[str]] = []
        for heading, inside in (("I. NGOÀI TỈNH", False), ("II. TRONG TỈNH", True)):
            listed = [line for line in self.lines if (line.person.province == OWN) is inside]
            body.append([f"{heading} ({len(listed)})"])
            body += [[line.cells(n).get(key, "") for key in order] for n, line in enumerate(listed, len(body) + 1)]
        body.append(["Tổng cộng", str(len(self.lines))])
        file = self.to / f"thang-{month}.xlsx"
        with xlsxwriter.Workbook(file) as book:
            table(book, f"DS 2024 (sửa lần {month})", "NẠN NHÂN PHÁT HIỆN QUA CÁC VỤ ÁN", headings, body)
        return file


def told_by_police(province: Province, to: Path, month: int, victims: Sequence[Person]) -> None:
    """The police's file of this month's case reaches everybody whom the law wants told."""
    file = to / f"{month:02}.json"
    random = Random(month)
    files.police(file, [clean("police", one, random) for one in victims], random)
    report = Ingest(province[POLICE].node, POLICE_FORM).take(file, today=TODAY)
    assert [(row.outcome, row.reason) for row in report.rows] == [("new", None)] * len(victims)
    province.sync()


def taken(province: Province, year: Year, month: int) -> Report:
    """The list of this month, taken in."""
    return Ingest(province[LABOUR].node, LABOUR_FORM).take(year.write(month), today=TODAY)


def answers(report: Report) -> dict[str, int]:
    """Mới, thay đổi, như cũ, cần sửa, chờ ghép: how many rows."""
    return dict(Counter(row.outcome for row in report.rows))


def check(province: Province, year: Year, report: Report, *, slips: Sequence[Line] = (), month: int) -> None:
    """Compare a month's counts and the figures with what is true."""
    expected: Counter[str] = Counter()
    for line in year.lines:
        if line in slips:
            expected["to_mend"] += 1
            continue
        expected["same" if line.known == line.said else "changed" if line.known else "new"] += 1
        line.known, line.told = line.said, set(line.given)
    assert answers(report) == dict(expected), month
    assert report.vanished == len(year.gone)
    assert {(total.written == total.counted) for total in report.totals} == {True}
    province.sync()
    everybody = [*year.lines, *year.gone]
    found = victims_by_criminal_case(province[LABOUR].node.rows.all("caseload"), agency=LABOUR)
    where = {id(line): "inside" if line.person.province == OWN else "outside" for line in everybody}
    assert found.total.count == len(everybody)
    assert {name: figure.count for name, figure in found.by_residence.items()} == Counter(where.values())
    assert {name: figure.count for name, figure in found.by_province.items()} == Counter(
        line.person.province for line in everybody
    )
    assert {regime: {name: figure.count for name, figure in by.items()} for regime, by in found.by_regime.items()} == {
        regime: Counter(where[id(line)] for line in everybody if regime in line.told)
        for regime in REGIMES
        if any(regime in line.told for line in everybody)
    }


@pytest.mark.timeout(240)
def test_twelve_months_of_one_list(province: Province, tmp_path: Path) -> None:
    """Every month each row is new, changed, as before or to mend, as it truly is, and the figures are the truth's."""
    year, slip = Year(tmp_path), None
    for month in range(1, 13):
        victims = [year.person()]
        told_by_police(province, tmp_path, month, victims)
        year.add(victims[0])
        lines = [line for line in year.lines if line.known]
        slips: list[Line] = []
        if slip is not None:  # what was mistyped last month is mended
            slip.citizen = slip.person.citizen
            slip = None
        if month in {3, 7, 10}:
            lines[0].name = lines[0].name.replace("Thị", "Thị Giả") + " A"
        if month in {4, 8}:
            lines[-1].given["legal_advice"] = "x"
            lines[-1].given["medical"] = "có"
        if month == 5:
            lines[0].note = "đã về địa phương (giả định)"
        if month in {6, 9}:  # the number of a month before is mistyped
            slip = lines[1]
            slip.citizen = slip.citizen[:-1]
            slips = [slip]
        if month in {8, 11}:
            gone = next(line for line in lines if line not in slips)
            year.lines.remove(gone)
            year.gone.append(gone)
        if month == 12:  # and one comes back
            year.lines.append(year.gone.pop())
        check(province, year, taken(province, year, month), slips=slips, month=month)
    again = Ingest(province[LABOUR].node, LABOUR_FORM).take(tmp_path / "thang-12.xlsx", today=TODAY)
    assert answers(again) == {"same": len(year.lines)}
    province.check()

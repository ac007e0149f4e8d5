"""Marks in cells: ticks, money and its unit, heads, levels of secrecy."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.labour_department.layout import LAYOUTS as LABOUR
from adapters.tables.layouts import locate
from adapters.tables.marks import amount, check_secret, count, ticked, unit
from adapters.tables.reading import read_sheets
from adapters.tables.sheets import Sheet
from adapters.women_union.layout import LIST
from domain.errors import RefusedError
from tests.adapters import workbooks
from tests.adapters.workbooks import sheet


@pytest.mark.parametrize("mark", ["x", "X", "✓", "v", "V", "có", "Có", "1"])
def test_ticks_are_read(mark: str) -> None:
    """Every usual tick says given."""
    assert ticked(mark)


def test_an_empty_cell_is_no_tick_and_words_are_unclear() -> None:
    """Empty says not given; anything else is returned, not guessed."""
    assert not ticked("")
    for text in ("3/2024", "không", "xx", "0", "?", "TRUE"):
        with pytest.raises(RefusedError) as refused:
            ticked(text)
        assert refused.value.code == "row_tick_unclear"


def test_money_is_multiplied_only_by_a_declared_unit() -> None:
    """'1.000' is a million under ĐVT: 1.000 đồng, 1.000 under ĐVT: đồng, and returned without a unit."""
    assert (amount("1.000", 1000), amount("1.000", 1), amount("500.000 đ", None)) == (1_000_000, 1000, 500_000)
    assert amount("2 triệu", 1000) == 2_000_000
    for text, declared, code in (
        ("1.000", None, "row_unit_undeclared"),
        ("500 + 20kg gạo", 1000, "row_amount_unclear"),
        ("1,000", 1000, "row_amount_unclear"),
        ("999999999999", 1000, "row_amount_too_large"),
        ("500.000", 1000, "row_amount_too_large"),  # written in full below "1.000 đồng"
        ("1.500 triệu", None, "row_amount_too_large"),
        ("500", 1, "row_amount_unclear"),  # what an English Excel makes of 500.000
    ):
        with pytest.raises(RefusedError) as refused:
            amount(text, declared)
        assert refused.value.code == code


def test_nothing_is_no_amount() -> None:
    """0, which a column of sums shows as –, is nothing given, with or without a unit."""
    assert [amount(text, declared) for text, declared in (("0", None), ("0", 1000), ("0 đ", None), ("0.0", 1))] == [
        0
    ] * 4


def test_the_unit_is_read_where_it_is_declared() -> None:
    """In the column's own header or above the table; two different ones are refused."""
    own = sheet([*workbooks.WOMEN[:6], "Số tiền/hiện vật (1.000đ)", *workbooks.WOMEN[7:]])
    above = sheet(["", "ĐVT: 1.000 đồng"], workbooks.WOMEN)
    none = sheet(["", "Năm 2024"], workbooks.WOMEN)
    twice = sheet(["ĐVT: 1.000 đồng", "ĐVT: đồng"], workbooks.WOMEN)
    assert [unit(s, locate(s, LIST), 6) for s in (own, above, none)] == [1000, 1000, None]
    with pytest.raises(RefusedError) as refused:
        unit(twice, locate(twice, LIST), 6)
    assert refused.value.code == "file_unit_twice"


def test_heads_are_counted_only_from_a_number() -> None:
    """'14' is 14; '14 (vắng 2)' is returned."""
    assert count("14") == 14
    for text in ("14 (vắng 2)", "", "-1", "1e3", "999999"):
        with pytest.raises(RefusedError):
            count(text)


@pytest.mark.parametrize(
    "cells",
    [
        *(["MẬT"], ["Độ mật: Tối mật"], ["DANH SÁCH (MẬT)"], ["Tài liệu tuyệt mật"], ["", "Tuyệt mật"]),
        *(["MËT"], ["mËt"], ["DANH S¸CH (MËT)"], ["Tµi liÖu tuyÖt mËt"]),  # TCVN3
        *(["MAÄT"], ["DANH SAÙCH (MAÄT)"], ["Toái maät"], ["§é mËt", "TuyÖt mËt"]),  # VNI
    ],
)
def test_a_secret_mark_anywhere_refuses_the_file(cells: list[str]) -> None:
    """A stamp in any cell of any sheet, hidden ones included."""
    with pytest.raises(RefusedError) as refused:
        check_secret((sheet(["ok"]), Sheet(name="ẩn", rows=(tuple(cells),), hidden=True)))
    assert refused.value.code == "file_secret_marked"


def test_a_level_under_its_header_refuses_the_file() -> None:
    """Below Độ mật, everything but a word for none counts; 'mất giấy tờ' and 'bảo mật' elsewhere do not."""
    with pytest.raises(RefusedError):
        check_secret((sheet(["Độ mật"], ["A"]),))
    with pytest.raises(RefusedError):
        check_secret((sheet(["§é mËt"], ["A"]),))
    check_secret((sheet(["§é mËt"], ["kh«ng"]),))
    check_secret((sheet(["Độ mật", "Ghi chú"], ["", "mất giấy tờ"], ["không", "bảo mật thông tin"]),))


def test_a_secret_file_is_refused_before_its_header_is_looked_for(tmp_path: Path) -> None:
    """Even a file that is none of ours is refused as secret."""
    file = tmp_path / "a.csv"
    file.write_text("MẬT\nmột;hai\n", "utf-8")
    with pytest.raises(RefusedError) as refused:
        read_sheets(file, LABOUR)
    assert refused.value.code == "file_secret_marked"


def test_a_name_is_no_stamp_in_its_column() -> None:
    """Mật is a woman's name, and a village's; in capitals only where the half before it stands beside it."""
    for header, row in (
        (["STT", "Họ và tên đệm", "Tên"], ["1", "LÒ THỊ", "MẬT"]),
        (["STT", "Họ và tên", "Năm sinh"], ["1", "Mật", "1999"]),
        (["TT", "Họ tên chị em (viết tắt)", "Thôn/bản"], ["1", "Chị M. (Mật)", "Mật"]),
        (["STT", "Họ và tên", "Ghi chú"], ["MAT GIAY TO", "Lo Thi Mai", "MAT"]),
    ):
        check_secret((sheet(header, row),))
    for rows in (
        (["STT", "Họ và tên", "Năm sinh"], ["1", "MẬT", "1999"]),
        (["STT", "Họ và tên", "Ghi chú"], ["1", "Lò Thị Mai", "Mật"]),
        (["STT", "Họ và tên", "Năm sinh"], ["", "Mật", ""]),
        (["", "MAT", ""], ["STT", "Họ và tên", "Ghi chú"]),
        (["", "Mật", "Hà Nội"], ["STT", "Họ và tên", "Ghi chú"]),
    ):
        with pytest.raises(RefusedError, match="file_secret_marked"):
            check_secret((sheet(*rows),))

"""Levels of secrecy, in whatever words and fields, and where no cell is. Everything is made up."""

from __future__ import annotations

import json
import time
import unicodedata
import zipfile
from contextlib import nullcontext
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter

from adapters.contract import Adapter, Draft, Returned
from adapters.police import ADAPTER as POLICE
from adapters.tables.surroundings import texts_of
from adapters.tables.workbook import read_workbook
from adapters.values.secrecy import check_name, levelled, names_level, refuse_level, stamped
from domain.errors import RefusedError
from domain.statements import AgencyKind
from node.forms import adapter_for
from tests.tree import ROOT

TODAY = date(2026, 11, 2)


def test_a_stamp_is_known_in_all_its_spellings() -> None:
    """Alone, spaced out, with its letter, in a title, in an old font, without diacritics."""
    for text in (
        *("MẬT", "M Ậ T", "“Mật”", "[TỐI MẬT]", "MẬT-A", "Độ mật: C", "Danh sách (mật)", "Tài liệu mật số 3"),
        *("TUYET MAT", "Toi mat", "DS TUYET MAT 2024", "MËT", "Tµi liÖu tuyÖt mËt", "Toái maät"),
    ):
        assert stamped(text), text
    for text in (
        *("mất", "mat", "Toi mat giay to", "bảo mật thông tin", "một", "Lò Thị Mật", "thuộc bí mật nhà nước", "mắt"),
        *("Độ mật", "không mật", "", "Mát"),
    ):
        assert not stamped(text), text


@pytest.mark.parametrize(
    "text",
    [
        *(
            "– MẬT –",
            "║ M Ậ T ║",
            "*** TỐI MẬT ***",
            "┌───┐\n│MẬT│\n└───┘",
            "MẬT:",
            "TỐI-MẬT",
            "TỐI\u200b MẬT",
            "TOI MAT",
        ),
        *("DANH SÁCH - MẬT", "MẬT\nDANH SÁCH", "HỒ SƠ MẬT", "Danh sách nạn nhân tuyệt mật", "DO MAT: MAT", "dấu MẬT"),
        *("Độ bí mật: Mật", "Độ mật – Tối mật", "Hồ sơ này đã đóng dấu Tối mật", "TOÁI MAÄT", "tuyÖt mËt", "(Mật)"),
    ],
)
def test_a_stamp_in_its_frame_or_title_is_known(text: str) -> None:
    """As offices draw it; also where a Mac took its letters and marks apart."""
    assert stamped(text)
    assert stamped(unicodedata.normalize("NFD", text))


@pytest.mark.parametrize(
    "text",
    [
        *("giữ bí mật", "BÍ MẬT", "BẢO MẬT", "mật ong", "MẬT ONG", "tặng 2 lít mật ong", "buổi tối mật ong", "sỏi mật"),
        *("mật khẩu", "tối mắt", "toi mat", "Tối mất ngủ", "bản Nà Mật", "Xã Mật Sơn", "Nguyen Thi Tuyet Mat", "Mật 2"),
        *("bà chủ dặn phải giữ tuyệt mật với gia đình", "nói là chuyện tối mật nên không kể", "MAT", "MẤT", "đã mất"),
        *("Không soạn thảo văn bản mật trên máy này", "không phải tài liệu mật", "mat@vidu.vn", "tuyetmat@vidu.vn"),
        *("Confidential", "Lưu hành nội bộ", "Luật Bảo vệ bí mật nhà nước", "NGUYEN THI TUYET MAT", "Độ mật: Không"),
    ],
)
def test_what_only_sounds_like_a_stamp_refuses_no_file(text: str) -> None:
    """Honey, secrets in a story, names and villages, a warning at the foot of a page."""
    assert not stamped(text)


def test_a_field_for_the_level_is_known_by_its_name() -> None:
    """DoMat, MucDoMat, Độ mật; never a word that is like it."""
    for name in ("DoMat", "do_mat", "MucDoMat", "CapDoMat", "DoMatHS", "Độ mật", "Mức độ mật (A/B/C)", "secrecy"):
        assert names_level(name), name
    for name in ("HoTen", "NgayMat", "Mất", "Tên", "DoiMat", "Đồ mất", "Độ mặt", ""):
        assert not names_level(name), name
    assert levelled("B")
    for none in ("không", "Không có", "Công khai", "Không đóng dấu"):
        assert not levelled(none)


@pytest.mark.parametrize(
    "marked",
    [
        {"MucDoMat": "Mật"}, {"Độ mật": "C"}, {"x": [{"CapDoMat": 1}]}, {"GhiChu": "TỐI MẬT"}, {"DoMat": {"Cap": "B"}},
        {"MẬT": ""}, ["", "Tuyệt mật"], {"HoTen": "TUYỆT MẬT"}, {"HoTen": "MẬT"},
    ],
)  # fmt: skip
def test_a_level_anywhere_in_a_record_refuses_it(marked: object) -> None:
    """Whatever the field is called, and where no field is for it; but Mật may be somebody's name."""
    with pytest.raises(RefusedError, match="row_secret_marked"):
        refuse_level(marked, "row_secret_marked", names=("HoTen",))
    refuse_level(
        {"HoTen": "Lò Thị Mai (Mật)", "DoMat": {}, "x": {"HoTen": ["Mật"]}}, "row_secret_marked", names=("HoTen",)
    )
    refuse_level({"HoTen": "Mật", "DoMat": "", "GhiChu": "mất giấy tờ"}, "row_secret_marked", names=("HoTen",))


def _case_file(tmp_path: Path, header: dict[str, str], person: dict[str, str]) -> Path:
    document = json.loads((ROOT / "examples/police/vu-an-08.json").read_text("utf-8-sig"))
    document = {**document, **header, "BiHai": [{**document["BiHai"][0], **person}]}
    file = tmp_path / "vu-an.json"
    file.write_text(json.dumps(document, ensure_ascii=False), "utf-8")
    return file


def test_a_stamp_in_a_note_of_the_police_keeps_the_person_out(tmp_path: Path) -> None:
    """A stamp in words, or a field that the form does not know: nothing of the person is kept."""
    for person in ({"GhiChu": "MẬT"}, {"LoiKhai": "TUYỆT MẬT"}, {"MucDoMat": "Mật"}, {"Độ mật": "A"}):
        (item,) = (
            i for i in POLICE.read(_case_file(tmp_path, {}, person), today=TODAY) if isinstance(i, Draft | Returned)
        )
        assert isinstance(item, Returned)
        assert (item.reason, item.content, item.record_key) == ("row_secret_marked", {}, None)
    for header in ({"MucDoMat": "Tối mật"}, {"GhiChu": "TỐI MẬT"}):
        with pytest.raises(RefusedError, match="file_secret_marked"):
            list(POLICE.read(_case_file(tmp_path, header, {}), today=TODAY))


def test_a_stamp_in_a_field_of_a_hand_over_record_refuses_the_file(tmp_path: Path) -> None:
    """The border guard's XML as the police's JSON."""
    file = tmp_path / "bien-ban.xml"
    written = (ROOT / "examples/border_guard/bien-ban-05.xml").read_text("utf-8")
    file.write_text(written.replace("<TaiSan>", "<GhiChu>MẬT</GhiChu><TaiSan>", 1), "utf-8")
    with pytest.raises(RefusedError, match="file_secret_marked"):
        _read(adapter_for(AgencyKind.BORDER_GUARD, file), file)


@pytest.mark.parametrize("where", ["header", "footer", "box", "comment", "title", "keywords"])
def test_a_stamp_outside_the_cells_refuses_the_workbook(tmp_path: Path, where: str) -> None:
    """A page header or footer, a text box, a comment, a property: where a stamp stands as often as in a cell."""
    file = tmp_path / "danh-sach.xlsx"
    with xlsxwriter.Workbook(file) as book:
        page = book.add_worksheet()
        page.write_string(0, 0, "STT")
        if where == "header":
            page.set_header('&C&"Arial,Bold"&14TUYỆT MẬT')
        elif where == "footer":
            page.set_footer("&LMẬT&RTrang &P")
        elif where == "box":
            page.insert_textbox(2, 2, "MẬT")
        elif where == "comment":
            page.write_comment("A1", "Độ mật: Tối mật")
        else:
            book.set_properties({where: "Tối mật"})
    with pytest.raises(RefusedError, match="file_secret_marked"):
        read_workbook(file)
    with pytest.raises(RefusedError, match="file_secret_marked"):
        adapter_for(AgencyKind.LABOUR, file)


def test_what_stands_around_the_cells_is_no_stamp_by_itself(tmp_path: Path) -> None:
    """A header, a box and a comment that say something else are passed over."""
    file = tmp_path / "danh-sach.xlsx"
    with xlsxwriter.Workbook(file) as book:
        page = book.add_worksheet()
        page.write_string(0, 0, "STT")
        page.set_header("&CDanh sách năm 2024&RTrang &P")
        page.insert_textbox(2, 2, "bảo mật thông tin")
        page.write_comment("A1", "chờ xác minh")
    assert {"Danh sách năm 2024", "bảo mật thông tin", "chờ xác minh"} <= set(texts_of(str(file)))
    assert len(read_workbook(file)) == 1


@pytest.mark.parametrize(
    ("part", "xml", "refused"),
    [
        ("drawings/drawing1", "<a:p><a:r><a:t>bí </a:t></a:r><a:r><a:t>mật</a:t></a:r></a:p>", False),
        ("drawings/drawing1", "<a:p><a:r><a:t>bí</a:t></a:r>\n<a:r><a:t>mật</a:t></a:r></a:p>", False),
        ("drawings/drawing1", "<x:col>1</x:col><a:p><a:r><a:t>TUYỆT </a:t></a:r><a:r><a:t>MẬT</a:t></a:r></a:p>", True),
        ("drawings/drawing1", "<a:p><a:r><a:t>Danh sách</a:t></a:r><a:br/><a:r><a:t>MẬT</a:t></a:r></a:p>", True),
        ("comments1", "<author>Mật</author><text><r><t>Mật:</t></r><r><t>\nchờ</t></r></text>", False),
        ("comments1", "<author>Mai</author><text><r><t>Mai:</t></r><r><t>\nMẬT</t></r></text>", True),
        ("worksheets/sheet9", "<x:oddHeader>&amp;CMẬT</x:oddHeader>", True),
        ("worksheets/sheet9", "<oddHeader>&amp;R&amp;K01+000MAT</oddHeader>", True),
        ("worksheets/sheet9", "<oddFooter>&amp;CBảo &amp;Bmật &amp;8thông tin</oddFooter>", False),
    ],
)
def test_a_text_around_the_cells_is_judged_whole(tmp_path: Path, part: str, xml: str, *, refused: bool) -> None:
    """Programs cut it into runs; and who wrote a comment may be called Mật."""
    file = tmp_path / "danh-sach.xlsx"
    with xlsxwriter.Workbook(file) as book:
        book.add_worksheet().write_string(0, 0, "STT")
        book.set_properties({"author": "Mật", "manager": "Mật", "company": "Mật", "title": "Bảo mật"})
    with zipfile.ZipFile(file, "a") as package:
        package.writestr(f"xl/{part}.xml", xml)
    with pytest.raises(RefusedError, match="file_secret_marked") if refused else nullcontext():
        read_workbook(file)


@pytest.mark.parametrize("filler", ["<", ">\n", "<author>", "&", "<a:p>"])
def test_a_hostile_part_around_the_cells_costs_little(tmp_path: Path, filler: str) -> None:
    """What has no end of a tag is looked over once, not once a sign."""
    file = tmp_path / "danh-sach.xlsx"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/drawings/drawing1.xml", filler * (200_000 // len(filler)))
    began = time.process_time()
    texts_of(str(file))
    assert time.process_time() - began < 2


def test_the_name_of_a_file_may_bear_the_stamp(tmp_path: Path) -> None:
    """``TUYỆT MẬT danh sách.xlsx``, ``ds (mật).csv``: refused before it is opened."""
    for name in ("TUYỆT MẬT danh sách.xlsx", "ds (mật).csv", "MẬT.json", "ds - MẬT.xlsx"):
        with pytest.raises(RefusedError, match="file_secret_marked"):
            adapter_for(AgencyKind.LABOUR, tmp_path / name)
    for name in (
        "Lò_Thị_Mật.json",
        "nguyen_thi_tuyet_mat.json",
        "ds mật ong.xlsx",
        "giữ bí mật.csv",
        "mat-giay-to.xlsx",
    ):
        check_name(tmp_path / name)


def _read(adapter: Adapter, file: Path) -> None:
    for _ in adapter.read(file, today=TODAY):
        pass

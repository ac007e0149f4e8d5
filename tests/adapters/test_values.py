"""Single values: what is read, what is refused, and that nothing is guessed."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from pathlib import Path

import pytest

import adapters
from adapters.values import dates, names, papers, people, phones, places, secrecy
from adapters.values.profile import profile
from domain.errors import RefusedError
from domain.folding import fold
from domain.wording import catalogue

TODAY = date(2024, 6, 1)


def refused(code: str) -> pytest.RaisesExc[RefusedError]:
    """Expect a refusal with exactly this code."""
    return pytest.raises(RefusedError, match=rf"^{code}\Z")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("21/03/2024", {"year": 2024, "month": 3, "day": 21}),
        ("21-3-2024", {"year": 2024, "month": 3, "day": 21}),
        ("2024-03-21", {"year": 2024, "month": 3, "day": 21}),
        ("ngày 21 tháng 3 năm 2024", {"year": 2024, "month": 3, "day": 21}),
        ("1999", {"year": 1999}),
        ("00/00/1999", {"year": 1999}),
        ("00/05/1999", {"year": 1999, "month": 5}),
        ("5/1999", {"year": 1999, "month": 5}),
        ("3 tuổi (ngày 1/2/2024)", {"age": 3, "said_on": "2024-02-01"}),
        ("15/8 ÂL 2003", {"year": 2003, "month": 8, "day": 15, "calendar": "lunar"}),
        ("30/02/2002 ÂL", {"year": 2002, "month": 2, "day": 30, "calendar": "lunar"}),
        ("Ất Hợi", {"calendar": "sexagenary"}),
    ],
)
def test_births_keep_only_what_is_written(text: str, value: dict[str, object]) -> None:
    """No day, month or year is invented, and the lunar calendar stays the lunar calendar."""
    fact = dates.birth(text, at="C4", today=TODAY)
    assert (fact.value, fact.written, fact.at) == (value, text, "C4")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("22012-01-01", "value_date_impossible"),
        ("31/02/2001", "value_date_impossible"),
        ("29/02/2023", "value_date_impossible"),
        ("05/00/1999", "value_date_impossible"),
        ("31/02/2002 ÂL", "value_date_impossible"),
        ("02/06/2024", "value_date_future"),
        ("7/2024", "value_date_future"),
        ("2541", "value_date_future"),
        ("21/3/24", "value_date_two_digit_year"),
        ("45385", "value_date_serial"),
        ("Giáp Sửu", "value_date_unreadable"),
        ("khoảng 15 tuổi", "value_age_without_day"),
        ("130 tuổi", "value_age_impossible"),
        ("-nt-", "value_ditto"),
        ("không rõ", "value_missing"),
        ("L\u00adêng", "value_legacy_font"),
    ],
)
def test_dates_that_are_refused(text: str, code: str) -> None:
    """Impossible, future and ambiguous dates are named as such."""
    with refused(code):
        dates.birth(text, at="C4", today=TODAY)


def test_an_age_counts_from_the_day_it_was_said() -> None:
    """An age is kept with its day; whether she is a child is stated only where it cannot be otherwise."""
    fact = dates.birth("khoảng 15 tuổi", at="x", today=TODAY, said_on=date(2024, 3, 1))
    assert fact.value == {"age": 15, "said_on": "2024-03-01"}
    assert dates.minor({"year": 2006}, on=TODAY) is None
    assert dates.minor({"year": 2007}, on=TODAY) is True
    assert dates.minor({"year": 2005}, on=TODAY) is False
    assert dates.minor({"year": 2006, "month": 6, "day": 1}, on=TODAY) is False
    assert dates.minor({"year": 2006, "month": 6, "day": 2}, on=TODAY) is True
    assert dates.minor({"calendar": "sexagenary"}, on=TODAY) is None


def test_occasions_take_the_year_the_file_declares() -> None:
    """Both "tháng 3" and "14/3" need a declared year; two-digit years are of this century."""
    assert dates.occasion("tháng 3", at="x", today=TODAY, year=2024).value == {"year": 2024, "month": 3}
    assert dates.occasion("14/3", at="x", today=TODAY, year=2024).value == {"year": 2024, "month": 3, "day": 14}
    assert dates.occasion("3/2024", at="x", today=TODAY).value == {"year": 2024, "month": 3}
    with refused("value_date_incomplete"):
        dates.occasion("14/3", at="x", today=TODAY)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("LÒ THỊ MAI (tức Máy)", "Lò Thị Mai"),
        ("GIÀNG A PÁO", "Giàng A Páo"),
        ("H'MAI", "H'Mai"),
        ("Y Blơm", "Y Blơm"),
        ("Khổng", "Khổng"),
        ("Mát", "Mát"),
        ("ÐỖ THỊ HÒA", "Đỗ Thị Hòa"),
        ("N.T.H.", "N.T.H."),
        ("Cháu A (không rõ họ)", "Cháu A (không rõ họ)"),
        ("Chị H. (con bà Th.)", "Chị H. (con bà Th.)"),
        ("王小红 (Wang Xiaohong)", "王小红 (Wang Xiaohong)"),
        ("Lò Thị Mai (王小红)", "Lò Thị Mai"),
        ("Máy, thường gọi Mẩy", "Máy"),
        ("LÒ\u00a0THỊ\u200b  MAI", "Lò Thị Mai"),
        ("K' BRÔI", "K' Brôi"),
        ("Ka Brôi", "Ka Brôi"),
        ("Y BLƠM", "Y Blơm"),
        ("N T H", "N T H"),
        ("Hoa Nguyễn Thị", "Hoa Nguyễn Thị"),
        ("Bà Hộ", "Bà Hộ"),
        ("Hồ Và Sính", "Hồ Và Sính"),
        ("Chị H., bản Pa", "Chị H., bản Pa"),
        ("(cháu bé, chưa khai sinh)", "(cháu bé, chưa khai sinh)"),
    ],
)
def test_names_stay_the_persons_own(text: str, name: str) -> None:
    """Capitals are folded and other names taken aside; nothing else changes."""
    assert names.full_name(text, at="B4").value == name
    assert names.full_name(unicodedata.normalize("NFD", text), at="B4").value == name


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("NguyÔn ThÞ Hoa", "value_legacy_font"),
        ("Nguyeãn Thò Hoa", "value_legacy_font"),
        ("NguyÔn Hoa", "value_legacy_font"),
        ("vợ ông Páo", "value_name_of_other"),
        ("con bà Th.", "value_name_of_other"),
        *((text, "value_name_of_other") for text in ("mẹ cháu Dúa", "mẹ của cháu Dúa", "Bố bé Na", "con gái cô Th.")),
        ("Chủ hộ: Lò Văn P.", "value_name_householder"),
        ("Hộ ông Lò Văn P.", "value_name_householder"),
        ("gia đình bà Lò Thị P.", "value_name_householder"),
        ("Lò Thị Mai, Vàng Thị Mỷ", "value_name_two_persons"),
        ("Lò Thị Mai và Vàng Thị Mỷ", "value_name_two_persons"),
        ("Lò Thị Mai/Vàng Thị Mỷ", "value_name_two_persons"),
        ("K' Srai và Vàng Thị Mỷ", "value_name_two_persons"),
        ("Máy (tên thật: Lò Thị Mai)", "value_name_two_names"),
        ("(chưa đặt tên)", "value_missing"),
        ("không rõ họ tên", "value_missing"),
        ("(chưa rõ)", "value_missing"),
        ("2 chị", "value_name_digits"),
        ("nt", "value_ditto"),
        ("Lò\ud800", "value_control_character"),
        ("Lò\u202eMai", "value_control_character"),
        ("x" * 121, "value_too_long"),
    ],
)
def test_names_that_are_refused(text: str, code: str) -> None:
    """Old fonts, other people's names and signs that are no text."""
    with refused(code):
        names.full_name(text, at="B4")


def test_other_names_are_listed() -> None:
    """After "tức" in the name's cell, and a cell of its own in any script."""
    alias = names.aliases("LÒ THỊ MAI (tức Máy)", at="x")
    assert alias is not None
    assert alias.value == ["Máy"]
    assert names.aliases("Lò Thị Mai", at="x") is None
    for text, others in (
        ("Lò Thị Mai (王小红)", ["王小红"]),
        ("Lò Thị Mai (王小红) (tức Máy)", ["Máy", "王小红"]),
        ("Lò Thị Mai thường gọi là Máy, Mẩy", ["Máy", "Mẩy"]),
        ("王小红 (Wang Xiaohong)", None),
    ):
        found = names.aliases(text, at="x")
        assert (None if found is None else found.value) == others
    assert names.other_names("王小红; Hồng", at="x").value == ["王小红", "Hồng"]


def test_identity_papers() -> None:
    """12 digits are a CCCD, 9 a CMND; a lost zero, a rounded number and a wrong length are returned."""
    assert papers.identity_paper("014 199 001 234", at="x").value == {"kind": "cccd", "number": "014199001234"}
    assert papers.identity_paper("014.199.001.234", at="x").value == {"kind": "cccd", "number": "014199001234"}
    assert papers.identity_paper("123456789", at="x").value == {"kind": "cmnd", "number": "123456789"}
    for text, code in (
        ("14199001234", "value_paper_lost_zero"),
        ("50123456", "value_paper_lost_zero"),
        ("3,8186E+10", "value_paper_rounded"),
        ("38186000000.0", "value_paper_rounded"),
        ("1234567", "value_paper_unreadable"),
    ):
        with refused(code):
            papers.identity_paper(text, at="x")
    with refused("value_paper_kind_mismatch"):
        papers.identity_paper("014199001234", at="x", kind="cmnd")


def test_a_number_of_another_person_is_noticed() -> None:
    """The mother's CCCD on the child's row contradicts the child's year of birth."""
    assert papers.disagrees("014199001234", sex="f", year=2010)
    assert papers.disagrees("014199001234", sex="m", year=1999)
    assert not papers.disagrees("014199001234", sex="f", year=1999)
    assert not papers.disagrees("123456789", sex="f", year=1999)


def test_references_join_however_they_are_written() -> None:
    """Date with two or four digits, Đ or its look-alike, leading zero: one paper."""
    written = ["03/BB-ĐBPCK, 21/3/24", "03/BB-ÐBPCK ngày 21/03/2024", "3/bb-đbpck (21.3.2024)"]
    keys = {papers.join_key(papers.reference(text, kind="handover", today=TODAY)) for text in written}
    assert len(keys) == 1
    with refused("value_paper_without_date"):
        papers.reference("12/GXN-PC02", kind="confirmation", today=TODAY)
    with refused("value_paper_pending"):
        papers.reference("(đang xin)", kind="confirmation", today=TODAY)
    with refused("value_date_impossible"):
        papers.reference("12/GXN-PC02, 31/2/24", kind="confirmation", today=TODAY)


@pytest.mark.parametrize("before", ["GXN số ", "Số ", "số: ", "Giấy xác nhận số ", "QĐ ", "giấy XN số: "])
def test_words_before_the_number_of_a_paper(before: str) -> None:
    """They say what the paper is; the number is what it is without them."""
    paper = papers.reference(f"{before}12/GXN-PC02 ngày 21/3/2024", kind="confirmation", today=TODAY)
    assert paper == papers.reference("12/GXN-PC02, 21/3/2024", kind="confirmation", today=TODAY)
    assert papers.paper_number(f"{before}12/GXN-PC02") == "12/GXN-PC02"


@pytest.mark.parametrize("text", ["Giả số 12/GXN", "GXN 12", "số", "GXN số GXN 12/GXN"])
def test_other_words_before_a_number_are_no_paper(text: str) -> None:
    """Only the words known are left out."""
    with refused("value_paper_unreadable"):
        papers.paper_number(text)


@pytest.mark.parametrize("before", ["ĐT: ", "SĐT ", "đt ", "Sđt: ", "Điện thoại: ", "số điện thoại ", "ÐT "])
def test_words_before_a_phone(before: str) -> None:
    """Each number may have one."""
    found = phones.phones(f"{before}0912345678 (mẹ) / {before}0987654321", at="x")
    assert found.value == [{"number": "0912345678", "owner": "mother"}, {"number": "0987654321", "owner": "unknown"}]


def test_phones_have_owners() -> None:
    """A bracket names the owner of the number before it; nobody else's owner is assumed."""
    assert phones.phones("0912 345 678/+84987654321 (mẹ); +8613800138000", at="x").value == [
        {"number": "0912345678", "owner": "unknown"},
        {"number": "0987654321", "owner": "mother"},
        {"number": "+8613800138000", "owner": "unknown"},
    ]
    for text, code in (
        ("0912345678/0987...(mẹ)", "value_phone_unreadable"),
        ("912345678", "value_phone_lost_zero"),
        ("01621234567", "value_phone_old_number"),
    ):
        with refused(code):
            phones.phones(text, at="x")


def test_places() -> None:
    """Old provinces are given by today's code; a name or code that is not listed is refused."""
    assert places.province("tỉnh Sơn La (cũ)", at="x").value == "14"
    assert places.province("02", at="x").value == "08"
    assert places.province_of("bản Co M., huyện M. (cũ), tỉnh Sơn La") == "14"
    assert places.province_of("xã T.") is None
    assert places.country("chưa xác định", at="x").value == "unknown"
    for text, code in (("1", "value_province_lost_zero"), ("99", "value_province_unknown")):
        with refused(code):
            places.province(text, at="x")
    with refused("value_country_unknown"):
        places.country("Atlantis", at="x")


def test_people() -> None:
    """Spellings are mapped by the list; an undeclared code is never guessed."""
    assert people.ethnicity("H'Mông", at="x").value == "Mông"
    assert people.ethnicity("MÈO", at="x").value == "Mông"
    assert people.sex("Nữ", at="x").value == "f"
    with refused("value_sex_unknown"):
        people.sex("0", at="x")
    with refused("value_ethnicity_unknown"):
        people.ethnicity("Meo meo", at="x")


def test_the_list_of_ethnic_groups_is_whole() -> None:
    """54 groups, no spelling twice."""
    assert len(set(people._ethnicities().values())) == 54


def test_folding() -> None:
    """The spellings of one name fold to one text, Đ and its look-alike too."""
    spellings = ["Đỗ Thị Hoà", "ĐỖ THỊ HÒA", "Ðỗ  Thị Hòa", "do thi hoa", unicodedata.normalize("NFD", "Đỗ Thị Hòa")]
    assert {fold(text) for text in spellings} == {"do thi hoa"}


def test_secrecy_is_seen() -> None:
    """A marking counts unless it is known to mean none; mất and mặt are not a stamp."""
    assert all(secrecy.levelled(text) for text in ("Mật", "TUYỆT MẬT", "C", "?"))
    assert not any(secrecy.levelled(text) for text in ("", "Không", "thường"))
    assert secrecy.stamped("Độ mật: Tối mật")
    assert not secrecy.stamped("mất")


def test_a_profile_tells_no_more_than_codes() -> None:
    """What statistics offices may hold never repeats the cell: no day of birth, no village."""
    identity = {
        "birth": dates.birth("15/08/2003", at="C4", today=TODAY),
        "residence_province": places.province("tỉnh Sơn La", at="E4"),
        "residence": places.residence("bản Pa", at="E4"),
    }
    drawn = profile(identity, on=TODAY, source="criminal_case")
    assert {name: fact.value for name, fact in drawn.items()} == {
        "birth_year": 2003,
        "minor": False,
        "residence_province": "14",
        "source": "criminal_case",
    }
    assert {fact.written for fact in drawn.values()} == {"2003", "false", "14", "criminal_case"}


def test_every_code_has_words() -> None:
    """Whatever these readers refuse can be said in both languages."""
    sources = [
        file
        for room in ("values", "police", "border_guard")
        for file in Path(adapters.__file__).with_name(room).glob("*.py")
    ]
    text = "\n".join(file.read_text("utf-8") for file in sources)
    codes = set(re.findall(r'"((?:file|row|value|note|total|case_code)_[a-z_0-9]+)"', text))
    assert len(codes) > 40
    assert codes - catalogue().keys() == set()

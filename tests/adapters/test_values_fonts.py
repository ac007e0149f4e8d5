"""Old fonts in Unicode cells: found by the column and the font's name, proposed in NFC, good Unicode never touched."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.values.encodings import TABLES, Encoding, decoded, encoding_of_font
from adapters.values.fonts import Legacy, judge
from adapters.values.syllables import possible
from adapters.values.writing import clean
from domain.errors import RefusedError

VOWELS = "aăâeêioôơuưy"
TONES = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
SMALL = [unicodedata.normalize("NFC", vowel + tone) for vowel in VOWELS for tone in TONES]
LETTERS = [letter for letter in (*SMALL, "đ") if not letter.isascii()]
OLD = (Encoding.TCVN3, Encoding.VNI, Encoding.VISCII)
NAMES = (
    "Nguyễn Thị Hoa", "Lường Văn Thắng", "Đỗ Quỳnh Như", "Vũ Đình Phúc", "Quàng Thị Ửng", "Lò Thị Mỷ", "Trần Hữu Nghĩa",
    "Phạm Thùy Dương", "Huỳnh Ngọc Ẩn", "Bùi Thị Tuyết", "Giàng Thị Sểnh", "Hoàng Kỳ Ỷ", "Võ Thị Huệ", "Tẩn Lở Mẩy",
)  # fmt: skip
MINORITY = (
    "H' Bia Êban", "Y Kpă", "K'Brơi", "Giàng A Páo", "Ka Să", "Niê", "Y Bâ", "H' Ñuê", "Ksor Hler", "Y Mlô", "Siu Blô",
    "Vừ A Sử", "H'Ñe", "Rmah Hơ", "Y Noor", "Kpă Tor", "Hrê", "Lâng", "Sùng A Lìa", "Má A Nô", "Lý Ý", "NôngÝ",
    "Ðoàn Ðức", "Lò Láo Lở", "Điểu K'Rứ", "Lê Hoà", "Hoàng", "Thuý", "Khoá", "Ân", "Ý",
)  # fmt: skip
FOREIGN = ("José Núñez", "François Noël", "Müller Schön", "王小红 (Wang Xiaohong)", "Max Ross", "Zoë", "50 m²", "«Ng»")
NOTES = (
    "xã T., h. M., Sơn La", "Chị H. (con bà Th.)", "500 + 20kg gạo", "2 chị xin vay 50tr NHCSXH", "3/2024", "-nt-",
    "0912345678/0987… (mẹ)", "lớp 3 tháng", "tổ 3 (cũ)", "visa, bus", "A+", "§ 5", "1½", "30 °C", "2 × 3", "",
)  # fmt: skip


def written(text: str, encoding: Encoding) -> str:
    """Text as a typist with that font left it; TCVN3 has its capitals with a tone only in fonts of their own."""
    codes: dict[str, str] = {}
    for code, letter in TABLES[encoding].items():
        codes.setdefault(letter, code)
    return "".join(codes.get(letter, codes.get(letter.lower(), letter)) for letter in text)


def meant(cell: str, *others: str, font: str | None = None) -> str | None:
    """What is proposed for a cell in a column with others; '' when nothing old is found in it."""
    found = judge([cell, *others], [font, *[None] * len(others)])[0]
    return "" if found is None else found.text


def test_the_tables_are_whole() -> None:
    """Each Vietnamese letter beyond ASCII has its code, in both cases; TCVN3 its seven capitals without a tone."""
    assert len(LETTERS) == 67
    assert set(TABLES[Encoding.TCVN3].values()) == {*LETTERS, *"ĂÂÊÔƠƯĐ"}
    assert len(TABLES[Encoding.TCVN3]) == 74
    assert set(TABLES[Encoding.VNI].values()) == {*LETTERS, *(letter.upper() for letter in LETTERS)}
    # A0 is a no-break space everywhere but in VISCII.
    assert set(TABLES[Encoding.VISCII].values()) == {*LETTERS, *(letter.upper() for letter in LETTERS)} - {"Õ"}
    signs = bytes(range(0x80, 0xA0)).decode("cp1252", "ignore")
    assert all(letter in TABLES[Encoding.VISCII] for letter in signs if letter.isalpha())


@pytest.mark.parametrize("encoding", OLD)
def test_every_letter_comes_back(encoding: Encoding) -> None:
    """Each letter, small and capital, is what it was after old font and back; TCVN3 capitals by the font ….H."""
    for letter in LETTERS:
        assert decoded(written(letter, encoding), encoding) == letter
        capital = letter.upper()
        if encoding is Encoding.VISCII and capital == "Õ":
            continue
        assert decoded(written(capital, encoding), encoding, capitals=encoding is Encoding.TCVN3) == capital


@pytest.mark.parametrize(
    ("old", "name"),
    [
        ("NguyÔn ThÞ Hoa", "Nguyễn Thị Hoa"),
        ("L\u00adêng ThÞ §µo", "Lường Thị Đào"),
        ("NGUYÔN THÞ HOA", "NGUYỄN THỊ HOA"),
        ("Nguyeãn Thò Hoa", "Nguyễn Thị Hoa"),
        ("ÑOÃ THÒ HÖÔNG", "ĐỖ THỊ HƯƠNG"),
        ("Lyù Thò Thuùy", "Lý Thị Thúy"),
        ("Nguy\u00adn Th¸ Hoa", "Nguyễn Thị Hoa"),
        ("Ð² QuÏnh Nhß", "Đỗ Quỳnh Như"),
        ("Lß¶ng Vån Th¡ng", "Lường Văn Thắng"),
        ("Nguyeenx Thij Hoa", "Nguyễn Thị Hoa"),
        ("Nguye^~n Thi. Hoa", "Nguyễn Thị Hoa"),
        ("Lu+o+`ng Tha('ng", "Lường Thắng"),
    ],
)
def test_a_cell_that_proves_its_font_is_proposed(old: str, name: str) -> None:
    """Text that is Vietnamese only when decoded is found by itself."""
    assert meant(old) == name


@pytest.mark.parametrize(
    ("old", "name"),
    [
        ("Vi Thi. Do.n", "Vi Thị Dọn"),
        ("Moong Thi. May", "Moong Thị May"),
        ("Giang Pa'o", "Giang Páo"),
        ("Va(n Dinh", "Văn Dinh"),
    ],
)
def test_viqr_of_dots_and_brackets_is_proposed(old: str, name: str) -> None:
    """A mark inside a word that spelling allows only so, or Thi. before another word of a name."""
    assert meant(old) == name


@pytest.mark.parametrize(
    "text",
    [
        *("N.T.H.", "L. T. M.", "H'Mai", "K' Srai", "Y'Wang", "Sua (me)", "em Tu(con)", "xa Dinh, T.Lao Cai"),
        *("tai nha.Hoa", "01 xe.may", "da ve.chua co viec", "a.m", "o nha Lan.", "www.xa.vn", "3/GXN"),
    ],
)
def test_a_stop_or_a_bracket_is_no_viqr(text: str) -> None:
    """Initials, names of minorities, descriptions and sentences without blanks."""
    assert judge([text]) == [None]


@given(st.lists(st.sampled_from(NAMES), min_size=1, max_size=6), st.sampled_from(OLD), st.booleans())
def test_a_column_of_names_is_found_and_comes_back(names: list[str], encoding: Encoding, capitals: bool) -> None:
    """Whatever names of an old font stand in a column, each is proposed as it was, or taken where nothing changed."""
    shown = [name.upper() if capitals else name for name in names]
    font = ".VnTimeH" if capitals and encoding is Encoding.TCVN3 else None
    for old, was, found in zip(
        [written(name, encoding) for name in shown],
        shown,
        judge([written(name, encoding) for name in shown], [font] * len(names)),
        strict=True,
    ):
        text = old if found is None else found.text
        assert text is not None
        # .VnTime itself has no capital Ử: what it shows is ử.
        assert text == was or (encoding is Encoding.TCVN3 and font is None and text.lower() == was.lower())


@given(st.lists(st.sampled_from((*NAMES, *MINORITY, *FOREIGN, *NOTES)), min_size=1, max_size=12))
def test_good_unicode_is_never_touched(cells: list[str]) -> None:
    """No column of Vietnamese, minority or foreign names and notes in Unicode is taken for an old font."""
    assert judge(cells) == [None] * len(cells)
    upper = [cell.upper() for cell in cells]
    assert judge(upper) == [None] * len(cells)
    assert judge([unicodedata.normalize("NFD", cell) for cell in cells]) == [None] * len(cells)


@given(st.text(alphabet=[*LETTERS, *"bcdghklmnpqrstvx ' -."], max_size=40))
def test_what_is_proposed_is_another_text(text: str) -> None:
    """Nothing is proposed that stands there already, and a proposal is in NFC."""
    for found in judge([text]):
        assert found is None or found.text is None or found.text != text
        assert found is None or found.text is None or unicodedata.is_normalized("NFC", found.text)


def test_the_column_decides_what_one_cell_cannot() -> None:
    """Alone "Thò Lan" is Unicode, among its kind it is VNI; what is better known as it stands gets no proposal."""
    assert meant("Thò Lan") == meant("Hoàng") == ""
    assert meant("Thò Lan", "Nguyeãn Thò Hoa") == "Thị Lan"
    assert meant("Hoàng", "Nguyeãn Thò Hoa") == "Hồng"
    assert meant("Vò Phóc", "NguyÔn ThÞ Hoa") == "Vũ Phúc"
    assert judge(["Lò", "Nguyeãn Thò Hoa"])[0] == Legacy(Encoding.VNI, None)


@pytest.mark.parametrize(
    ("old", "name"),
    [
        *(("Moong Thò May", "Moong Thị May"), ("Vi Thò Dôi", "Vi Thị Dơi"), ("THAO THÒ SUA", "THAO THỊ SUA")),
        *(("Mai Thònh", "Mai Thịnh"), ("Sôn Sa Oanh", "Sơn Sa Oanh"), ("Vò Phóc", "Vũ Phúc"), ("Cao Léc", "Cao Lộc")),
        *(("Sôn La", "Sơn La"), ("Ñinh Thò Mai", "Đinh Thị Mai"), ("Trònh Nghóa", "Trịnh Nghĩa")),
    ],
)
def test_a_name_that_is_likelier_in_an_old_font_is_proposed(old: str, name: str) -> None:
    """All its letters are Unicode's; among Unicode names it is returned all the same."""
    assert meant(old) == meant(old, "Nguyễn Thị Hoa", "Lê Ước") == name


@pytest.mark.parametrize(
    "text",
    [
        *("Giàng A Thò", "Lò Thò Pà", "Thào A Só", "Sùng A Dò", "Y Kò", "Mùa A Phó", "Vàng A Vó", "Lầu Nhò", "Tó"),
        *("Bling Nhò", "Coor Nhò", "Bríu Nhò", "Zơrâm Thò", "Riah Nhò", "Xeo Thò May", "Seo Thò May"),
        *("Lê Tó", "Hoàng Lan", "Thuý", "Hoà", "bản Thò", "Nà Sôn", "Sông Mã", "Lô Lô", "Cao Bó", "Sín Thầu", "có"),
    ],
)
def test_a_rare_name_in_unicode_is_no_old_font(text: str) -> None:
    """Names of the highlands, places and old spellings that an old font would have meant otherwise."""
    assert judge([text]) == judge([text, "Nguyễn Thị Hoa"])[:1] == [None]


def test_in_a_column_of_both_only_the_old_cells_are_returned() -> None:
    """A row pasted from an old file does not make the others' names old."""
    column = ["Nguyễn Thị Hoa", "Lê Hoa", "Giàng A Páo", "NguyÔn ThÞ Hoa", "Lan"]
    assert judge(column) == [None, None, None, Legacy(Encoding.TCVN3, "Nguyễn Thị Hoa"), None]


def test_without_a_certain_encoding_nothing_is_proposed() -> None:
    """The word "Thö" is Thư in VNI and Thử in TCVN3: returned, and the clerk decides."""
    assert judge(["Thö"]) == [Legacy(None, None)]
    assert meant("Thö", "Nguyeãn Thò Hoa") == "Thư"
    assert meant("Thö", "NguyÔn ThÞ Hoa") == "Thử"


def test_viscii_is_judged_by_its_column() -> None:
    """What may be TCVN3 too is TCVN3, unless its column or its names say VISCII."""
    assert (meant("Lª"), meant("Hµ")) == ("Lê", "Hà")
    assert meant("Hµ", "Nguy\u00adn Th¸ Hoa", "Lß¶ng Vån Th¡ng") == "Hộ"
    assert meant("T¸ A Pao", "Nguy\u00adn Th¸ Hoa") == "Tị A Pao"
    assert judge(["Giàng A Páo", "Nguy\u00adn Th¸ Hoa"])[0] is None  # the letters of both


def test_the_name_of_the_font_decides() -> None:
    """.Vn… is TCVN3, with H at its end all capitals, VNI-… is VNI; a Unicode cell that only wears the font stays."""
    assert encoding_of_font(".VnArialH") is Encoding.TCVN3
    assert encoding_of_font("VNI-Times") is Encoding.VNI
    assert encoding_of_font("Times New Roman") is None
    assert meant("Vò Lan", font=".VnTime") == "Vũ Lan"
    assert meant("vò lan", font=".VnTimeH") == "VŨ LAN"
    assert meant("Thò Lan", font="VNI-Times") == "Thị Lan"
    assert meant("Nguyễn Thị Hoa", font=".VnTime") == ""
    assert meant("Hoà", font=".VnTime") == ""  # à is no letter of TCVN3


def test_a_soft_hyphen_is_seen_before_anything_strips_it() -> None:
    """Lường in TCVN3 has U+00AD for ư: proposed whole, and never cleaned to "Lêng"."""
    assert meant("L\u00adêng") == "Lường"
    with pytest.raises(RefusedError, match=r"^value_legacy_font\Z"):
        clean("L\u00adêng")


RIGHT = "a ơi yêu khuya gì giếng quỳnh quốc thúy thuý hoà hòa ngoằn khuỷu ấp ưu"
WRONG = "Thuí LêÔn Kpă Brơi eã quốk tất\u0300 bàp kan ceo ngi â ă"


@pytest.mark.parametrize("word", RIGHT.split())
def test_syllables_that_are(word: str) -> None:
    """Spelling old and new, with and without onset."""
    assert possible(word)
    assert possible(word.upper())


@pytest.mark.parametrize("word", WRONG.split())
def test_syllables_that_are_not(word: str) -> None:
    """A tone on the wrong vowel, two tones, a stop with a level tone, onsets and codas of other languages."""
    assert not possible(word)

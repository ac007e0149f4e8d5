"""Keys for searching by name: what they hold together, and what they keep apart."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.folding import fold, spelling
from domain.matching import Key, keys, number_key

SYLLABLES = "Đỗ Thị Hoà Hòa Văn Nguyễn Giàng A Páo H'Mai Y Blơm K' Ka Lý Lí Huỳnh Hoàng Võ Vũ Xuân Phúc Trang Rạng"
NAMES = st.lists(st.sampled_from(SYLLABLES.split()), min_size=1, max_size=6).map(" ".join)


@pytest.mark.parametrize(
    "written",
    [
        *("Đỗ Thị Hoà", "ĐỖ THỊ HÒA", "Do Thi Hoa", "Hoa Thi Do", "Ðỗ  Thị\u00a0Hòa", "\ufeffĐỗ Thị\u200b Hòa"),
        unicodedata.normalize("NFD", "Đỗ Thị Hòa"),
    ],
)
def test_one_name_has_one_order_free_key(written: str) -> None:
    """Kinh order, flipped order, without diacritics, NFD, the look-alike Ð, invisible signs: the same key."""
    assert keys(written)[Key.ORDER_FREE] == "order_free|do hoa thi"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *(("Lý Mỹ", "Lí Mĩ"), ("Giàng A Páo", "Dàng A Páo"), ("Rạng Hoa", "Dạng Hoa"), ("Trang Trần", "Chang Chần")),
        *(("Xuân Sùng", "Suân Xùng"), ("Phương Lò", "Fương Lò"), ("Lò Lan", "Lò Lang"), ("Huỳnh Mai", "Hoàng Mai")),
        *(("Võ Thị Sen", "Vũ Thị Sen"), ("Gìn Lò", "Dìn Lò"), ("Đỗ Văn Nam", "Đỗ Nam")),
    ],
)
def test_what_sounds_alike_is_found(one: str, other: str) -> None:
    """By ear y is i, gi, d and r are one, tr is ch, x is s, ph is f, -ng is -n; two pairs of family names are one."""
    assert keys(one)[Key.SOUND] == keys(other)[Key.SOUND]
    assert keys(one)[Key.ORDER_FREE] != keys(other)[Key.ORDER_FREE]


def test_fillers_are_left_out_in_the_middle_only() -> None:
    """Thị and Văn between two words are fillers; as family or given name they are the name."""
    assert keys("Đỗ Thị Hòa")[Key.CORE] == keys("Đỗ Hòa")[Key.CORE]
    assert keys("Văn Thị Hòa")[Key.CORE] == "core|hoa van"
    assert keys("Nguyễn Văn")[Key.CORE] == "core|nguyen van"


@pytest.mark.parametrize(
    ("name", "other"),
    [("Giàng A Páo", "Giàng Páo"), ("Y Blơm", "Blơm"), ("K' Brôi", "Brôi"), ("Ka Brôi", "Brôi"), ("H'Mai", "Mai")],
)
def test_particles_of_minority_names_stay(name: str, other: str) -> None:
    """A, Y, K', Ka and H' are part of the name."""
    assert not set(keys(name).values()) & set(keys(other).values()) - {keys(name).get(Key.ENDS)}
    assert keys("H’Mai") == keys("H' MAI") == keys("H'Mai")


@given(name=NAMES)
def test_keys_do_not_depend_on_how_a_name_is_written(name: str) -> None:
    """Capitals, Unicode form, order of words, diacritics: none of them changes a key, nor does order alone."""
    found = keys(name)
    assert keys(name.upper()) == keys(unicodedata.normalize("NFD", name)) == keys(fold(name)) == found
    flipped = keys(" ".join(reversed(name.replace("'", " ").split())))
    assert flipped == found


@given(text=st.text(max_size=200))
def test_any_text_has_keys_or_none(text: str) -> None:
    """No text makes the keys fail, and each key is one line with its kind."""
    for key, made in keys(text).items():
        assert made.startswith(f"{key.value}|")
        assert "\n" not in made
    assert number_key(text) is None or str(number_key(text)).startswith("number|")
    assert spelling(spelling(text)) == spelling(text) or not text.isprintable()


def test_names_of_other_scripts_have_keys() -> None:
    """A name in Chinese characters is one word."""
    assert keys("王小红")[Key.ORDER_FREE] == "order_free|王小红"
    assert keys("()") == {}


def test_numbers_are_found_however_they_are_spaced() -> None:
    """A CCCD or phone with dots and spaces; a short number or a name is none."""
    assert number_key("014 199.001-234") == number_key("014199001234") == "number|014199001234"
    assert number_key("b1234567") == "number|b1234567"
    assert number_key("12345") is None
    assert number_key("Lò Thị Mai") is None


def test_habits_of_spelling() -> None:
    """Where the tone stands, which apostrophe and which Ð is typed makes no other word; another tone does."""
    assert spelling("Hoà") == spelling("HÒA") == spelling(unicodedata.normalize("NFD", "hòa"))
    assert spelling("Ea H’leo") == spelling("ea H'Leo")
    assert spelling("Hóa") != spelling("Hòa")

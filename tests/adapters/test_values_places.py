"""Places before and after 07-2025: provinces, districts, communes with what became of them, and what is returned."""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from datetime import date

import pytest

from adapters.values import communes, maps, places
from domain.errors import RefusedError
from domain.folding import fold
from domain.places import CHANGED, List, districts, in_force
from domain.places import communes as listed

BEFORE, AFTER = date(2024, 3, 21), date(2026, 3, 21)
EACH = [None, BEFORE, AFTER]


def refused(code: str) -> pytest.RaisesExc[RefusedError]:
    """Expect a refusal with exactly this code."""
    return pytest.raises(RefusedError, match=rf"^{code}\Z")


def read(text: str, on: date | None = AFTER) -> tuple[str, str] | None:
    """Code and list of the commune of a residence."""
    fact = communes.commune(text, at="E4", on=on)
    if fact is None:
        return None
    assert isinstance(fact.value, dict)
    assert (fact.written, fact.at) == (text, "E4")
    return fact.value["code"], fact.value["list"]


def test_each_province_of_before_has_exactly_one_of_today() -> None:
    """63 of before, 34 today, each of which has at least one of before and a code that one of them had."""
    known = places.provinces()
    assert (len(known.now), len(set(known.now.values()))) == (63, 34)
    assert all(now in known.now and known.now[now] == now for now in known.now.values())
    assert Counter(of for of, _ in known.names) == {List.BEFORE: 63, List.TODAY: 34}
    assert set(known.before) <= set(known.today)
    assert {known.now[code] for code in known.before.values()} == set(known.today.values())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        *(("02", "08"), ("15", "15"), ("26", "25"), ("27", "24"), ("45", "44"), ("64", "52"), ("77", "79")),
        *(("87", "82"), ("95", "96"), ("Yên Bái", "15"), ("tỉnh Bắc Giang (cũ)", "24"), ("TPHCM", "79")),
        *(("Hoà Bình", "25"), ("Thừa Thiên - Huế", "46"), ("TP. Huế", "46"), ("Đắc Nông", "68"), ("BR-VT", "79")),
    ],
)
def test_provinces_are_given_by_todays_code(old: str, new: str) -> None:
    """By Resolution 202/2025/QH15, from a code or a name of either list."""
    assert places.province(old, at="x").value == new


def test_no_spelling_means_two_provinces() -> None:
    """Folded, each way to write a province is listed once."""
    table = maps.table("places.toml")
    spellings = [fold(name) for names in table["provinces"].values() for name in names]
    assert [name for name, times in Counter(spellings).items() if times > 1] == []
    own = {fold(name) for name in table["spellings"]} - {"hue"}
    assert own.isdisjoint(spellings)


def test_the_lists_are_whole() -> None:
    """3,321 communes today (Decision 19/2025), 10,035 before, 696 districts; codes of their length, all resolved."""
    today, before = listed(List.TODAY), listed(List.BEFORE)
    assert (len(today), len(before), len(districts())) == (3321, 10035, 696)
    assert {len(code) for code in (*today, *before)} == {5}
    assert {one.province for one in today.values()} == set(places.provinces().now.values())
    assert {one.province for one in before.values()} == set(places.provinces().now)
    assert Counter(one.name.split()[0] for one in today.values()) == {"Xã": 2621, "Phường": 687, "Đặc": 13}


def test_what_became_of_a_commune_lies_in_the_province_that_took_its_own() -> None:
    """Every successor is a commune of today; where the sources differ there is none, which is rare."""
    unsure = 0
    for one in listed(List.BEFORE).values():
        unsure += not one.now
        for now in one.now:
            assert listed(List.TODAY)[now].province == places.provinces().now[one.province]
    assert unsure == 39
    came = {now for one in listed(List.BEFORE).values() for now in one.now}
    # Five island districts had no communes.
    assert {one.name for code, one in listed(List.TODAY).items() if code not in came} >= {"Đặc khu Côn Đảo"}


def test_the_list_changes_with_the_day() -> None:
    """01-07-2025 is the first day of today's."""
    assert (in_force(date(2025, 6, 30)), in_force(CHANGED)) == (List.BEFORE, List.TODAY)


@pytest.mark.parametrize(
    ("text", "on", "found"),
    [
        ("phường Ba Đình, thành phố Hà Nội", AFTER, ("00004", "2025-07")),
        ("P. Trúc Bạch, Q. Ba Đình, TP. Hà Nội", BEFORE, ("00004", "before-2025-07")),
        ("phường Trúc Bạch, quận Ba Đình, Hà Nội", AFTER, ("00004", "before-2025-07")),
        ("phuong Truc Bach, quan Ba Dinh, Ha Noi", None, ("00004", "before-2025-07")),
        ("số 1, phường Trúc Bạch, quận Ba Đình (cũ), Hà Nội.", AFTER, ("00004", "before-2025-07")),
        ("bản Co M., xã T., huyện M. (cũ), tỉnh Sơn La", AFTER, None),
        ("xã T., h. M., Sơn La", BEFORE, None),
        ("chưa rõ số nhà, Sơn La", BEFORE, None),
        ("phường Ba Đình", AFTER, None),
        ("xã Không Có Thật, Hà Nội", AFTER, None),
        ("phường Trúc Bách, quận Ba Đình, Hà Nội", BEFORE, None),
        ("phường Trúc Bạch (nay là phường Ba Đình), Hà Nội", AFTER, None),
        ("xã A, xã B, Hà Nội", AFTER, None),
        *(
            (text, on, ("16813", "before-2025-07"))
            for on in EACH
            for text in (
                "Mường Xén, Kỳ Sơn, Nghệ An",
                "bản Hòa Tây, Mường Xén, huyện Kỳ Sơn, Nghệ An",
                "Muong Xen - Ky Son - Nghe An",
            )
        ),
        ("Mường Xén, Kỳ Sơn (mới), Nghệ An", AFTER, None),
        ("Mường Xén, Kỳ Sơn, Hòa Bình", BEFORE, None),
        ("Kỳ Sơn, Nghệ An", BEFORE, None),
        # Bắc Quang is a district of before and a commune of today: of Hà Giang, which is no more, it is the district.
        ("Tân Thành, Bắc Quang, Tuyên Quang", AFTER, None),
        ("Tân Thành, Bắc Quang, Hà Giang", AFTER, ("01162", "before-2025-07")),
        ("phường 01, thành phố Vũng Tàu, tỉnh Bà Rịa - Vũng Tàu", BEFORE, ("26506", "before-2025-07")),
        ("bản Pa - phường Văn Miếu - Quốc Tử Giám - Hà Nội", AFTER, None),
        ("00004", AFTER, ("00004", "2025-07")),
        ("00004", BEFORE, ("00004", "before-2025-07")),
    ],
)
def test_the_row_s_day_and_its_words_decide_the_list(text: str, on: date | None, found: tuple[str, str] | None) -> None:
    """A district or (cũ) means the list of before; an initial or an unknown name gives no code, and is no fault."""
    assert read(text, on) == found


def test_a_commune_of_before_names_those_of_today() -> None:
    """Its own code of then, and what it is part of now."""
    fact = communes.commune("phường Phúc Xá, quận Ba Đình, Hà Nội", at="x", on=BEFORE)
    assert fact is not None
    assert fact.value == {"code": "00001", "list": "before-2025-07", "now": ["00097"]}


def test_every_choice_means_one_commune() -> None:
    """Whatever the row's day: so an office that copies a choice is not asked again."""
    chosen = random.Random(7).sample([*listed(List.TODAY).values(), *listed(List.BEFORE).values()], 1500)
    twins = Counter((one.list, one.province, one.district, one.name) for of in List for one in listed(of).values())
    for one in chosen:
        if twins[one.list, one.province, one.district, one.name] == 1:
            for on in EACH:
                assert read(communes.address(one), on) == (one.code, one.list.value), communes.address(one)


def test_no_commune_is_taken_for_another() -> None:
    """Any name without its district: the one it is in that province, or returned with choices, which hold it."""
    of_province = defaultdict(list)
    for one in listed(List.BEFORE).values():
        of_province[one.province, one.name].append(one)
    returned = 0
    for (province, name), same in random.Random(8).sample(sorted(of_province.items()), 800):
        text = f"{name}, {places.provinces().names[List.BEFORE, province]}"
        try:
            found = read(text, BEFORE)
        except RefusedError as error:
            assert error.code == "value_place_ambiguous"
            offered = communes.choices(text, on=BEFORE)
            assert {communes.address(one) for one in same} <= set(offered) or len(offered) == communes.MAX_CHOICES
            returned += 1
        else:
            assert found == (same[0].code, "before-2025-07")
            assert len(same) == 1
    assert returned > 0


def test_a_chain_without_the_word_commune_is_that_one_or_none() -> None:
    """Commune, district and province bare: the one of them all, returned where it is two, never another."""
    outcomes: Counter[str] = Counter()
    for one in random.Random(9).sample(list(listed(List.BEFORE).values()), 600):
        assert one.district is not None
        bare = [_KIND.sub("", name) for name in (one.name, one.district.name)]
        text = ", ".join([*bare, places.provinces().names[List.BEFORE, one.province]])
        for on in EACH:
            try:
                found = read(text, on)
            except RefusedError as error:
                assert error.code == "value_place_ambiguous"
                outcomes["returned"] += 1
            else:
                assert found in {None, (one.code, "before-2025-07")}, text
                outcomes["taken" if found else "none"] += 1
    assert outcomes["taken"] > outcomes["none"] > 10 * outcomes["returned"] > 0


_KIND = re.compile("^(Xã|Phường|Thị trấn|Huyện|Quận|Thị xã|Thành phố) ")


def test_one_name_twice_in_a_merged_province_is_returned_with_choices() -> None:
    """Written after the merger without a district: today's list has none, that of before has two."""
    text = "bản Pa, xã Tân Thành, tỉnh Tuyên Quang"
    with refused("value_place_ambiguous"):
        communes.commune(text, at="x", on=AFTER)
    assert communes.choices(text, on=AFTER) == [
        "Xã Tân Thành, Huyện Bắc Quang, Hà Giang (cũ)",
        "Xã Tân Thành, Huyện Hàm Yên, Tuyên Quang (cũ)",
    ]
    # Before the merger Tuyên Quang had one.
    assert read(text, BEFORE) == ("02401", "before-2025-07")
    assert read("xã Tân Thành, tỉnh Hà Giang", AFTER) == read("xã Tân Thành, huyện Bắc Quang, Tuyên Quang", AFTER)


@pytest.mark.parametrize(("code", "meant"), [("4", "00004"), ("97", "00097"), ("9999", None)])
def test_codes_that_lost_zeros_are_returned(code: str, meant: str | None) -> None:
    """Never filled in; proposed where such a code is listed."""
    with refused("value_commune_lost_zero"):
        communes.commune(code, at="x", on=AFTER)
    assert communes.with_zeros(code) == meant
    with refused("value_commune_unknown"):
        communes.commune("99999", at="x", on=AFTER)

"""The border guard's hand-over record: what each person becomes, and what is refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.border_guard import ADAPTER
from adapters.border_guard.layout import PERSON_FIELDS
from adapters.contract import Draft, Item, Note, Returned, Total
from adapters.police import ADAPTER as POLICE
from adapters.values.papers import join_key
from domain.contents import FIELDS
from domain.errors import RefusedError
from domain.statements import Section

TODAY = date(2024, 6, 1)
EXAMPLE = Path(__file__).parents[2] / "examples" / "border_guard" / "bien-ban-05.xml"
HEADER = 'so="03/BB-ĐBPCK" mau="PL4" ngay="29/02/2024" TinhDonVi="38"'


def read(tmp_path: Path, body: str, *, header: str = HEADER) -> list[Item]:
    """Read a record with these persons."""
    return read_bytes(tmp_path, f"<BienBanGiaoNhan {header}>{body}</BienBanGiaoNhan>".encode())


def read_bytes(tmp_path: Path, content: bytes) -> list[Item]:
    """Read these bytes as a hand-over record."""
    file = tmp_path / "bien-ban.xml"
    file.write_bytes(content)
    return list(ADAPTER.read(file, today=TODAY))


def person(fields: str = "", *, stt: str = "1", name: str = "Vàng Thị Giả") -> str:
    """A made-up person with the least a record needs."""
    return f'<Nguoi stt="{stt}"><HoTen>{name}</HoTen>{fields}</Nguoi>'


def test_the_example_is_read_whole() -> None:
    """Three persons, one a child of another; the record says four and the belongings are not read."""
    assert ADAPTER.reads(EXAMPLE)
    items = list(ADAPTER.read(EXAMPLE, today=TODAY))
    assert [type(item) for item in items] == [Draft, Draft, Draft, Note, Total]
    mother, child, third = (item for item in items if isinstance(item, Draft))
    assert mother.record_key == ("05/BB-ĐBPCK", "2024-03-14", "1")
    assert [paper.number for paper in mother.papers] == ["05/BB-ĐBPCK#1"]
    assert mother.acts[0].facts == {
        "pathway": "handed_over",
        "status": "in_identification",
        "law": "jc01_2014_art4",
        "likely_child": False,
    }
    assert mother.acts[0].sections[Section.IDENTITY]["birth"].value == {"calendar": "sexagenary"}
    assert mother.acts[0].sections[Section.IDENTITY]["other_names"].value == ["王小红 (Wang Xiaohong)"]
    assert mother.acts[0].sections[Section.PROFILE]["destination"].value == "CN"
    assert mother.acts[0].sections[Section.PROFILE]["residence"].value == "outside"
    assert child.with_record == mother.record_key
    assert child.acts[0].facts["likely_child"] is True
    assert child.acts[0].sections[Section.IDENTITY]["relation"].value == "child of 1"
    assert child.acts[0].sections[Section.IDENTITY]["birth"].value == {"age": 3, "said_on": "2024-03-14"}
    birth = third.acts[0].sections[Section.IDENTITY]["birth"]
    assert birth.value == {"year": 2002, "month": 2, "day": 30, "calendar": "lunar"}
    total = items[-1]
    assert isinstance(total, Total)
    assert (total.written, total.counted) == (4, 3)


@pytest.mark.parametrize(("unit", "issuer"), [("Đồn BPCK N.", "border_post"), ("Phòng PCMT&TP", None), ("", None)])
def test_the_paper_its_notice_stands_for(tmp_path: Path, unit: str, issuer: str | None) -> None:
    """The record itself, under its own number; that its unit is a post only where its name says so."""
    draft, *_ = read(tmp_path, person(), header=HEADER + f' DonVi="{unit.replace("&", "&amp;")}"')
    assert isinstance(draft, Draft)
    (paper,) = draft.acts[0].papers
    assert (paper.kind, paper.date, paper.issuer) == ("handover", date(2024, 2, 29), issuer)
    assert paper.number is not None
    assert paper.number.value == "03/BB-ĐBPCK"
    assert (paper.issued_by and paper.issued_by.value) == (unit or None)


def test_sections_hold_known_fields_only() -> None:
    """Every section and field an adapter fills is one of `domain.contents`."""
    for item in ADAPTER.read(EXAMPLE, today=TODAY):
        for act in item.acts if isinstance(item, Draft) else ():
            for section, facts in act.sections.items():
                assert facts.keys() <= FIELDS[section].keys()


def test_police_and_border_guard_mean_the_same_paper(tmp_path: Path) -> None:
    """The record's number with the person's number in it joins both files, and only for that person."""
    file = tmp_path / "vu-an.json"
    file.write_text(
        '{"SoVuAn":"7/VA","NgayKT":"10/03/2024","BiHai":'
        '{"STT":"1","HoTen":"Giàng Thị Giả","BienBanGN":"5/BB-ÐBPCK#01, 14/3/24"}}',
        "utf-8",
    )
    (theirs,) = POLICE.read(file, today=TODAY)
    assert isinstance(theirs, Draft)
    ours = [item for item in ADAPTER.read(EXAMPLE, today=TODAY) if isinstance(item, Draft)]
    keys = [join_key(draft.papers[0]) for draft in ours]
    assert keys.count(join_key(theirs.papers[0])) == 1
    assert keys[0] == join_key(theirs.papers[0])


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (person("<NgaySinh>31/02/2002</NgaySinh>"), ("value_date_impossible", "NgaySinh")),
        (person("<NamSinh>2025</NamSinh>"), ("value_date_future", "NamSinh")),
        (person("<NgaySinh>1999</NgaySinh><NamSinh>1999</NamSinh>"), ("row_birth_twice", "NamSinh")),
        (person("<NoiO>-nt- </NoiO>"), ("value_ditto", "NoiO")),
        (person("<GiayTo>Giấy thông hành ...</GiayTo>"), ("value_paper_unreadable", "GiayTo")),
        (person("<GiayTo>Thẻ lạ 123456</GiayTo>"), ("value_paper_kind_unknown", "GiayTo")),
        (person("<GT>X</GT>"), ("value_sex_unknown", "GT")),
        (person("<QuocTich>Atlantis</QuocTich>"), ("value_country_unknown", "QuocTich")),
        (person("<MaHoSo>HS-22222-22223</MaHoSo>"), ("case_code_wrong", "MaHoSo")),
        (person("<conCua>7</conCua>"), ("row_companion_unknown", "conCua")),
        (person(stt="x"), ("row_number_wrong", "stt")),
        (person(name=""), ("value_missing", "HoTen")),
    ],
)
def test_persons_that_are_returned(tmp_path: Path, body: str, expected: tuple[str, str]) -> None:
    """One wrong field returns the person with its reason and column."""
    (item,) = (item for item in read(tmp_path, body) if not isinstance(item, Note))
    assert isinstance(item, Returned)
    assert (item.reason, item.where.column) == expected


CANARY = "Canary Thị Thử 038199001234 0912345678"


def test_no_answer_quotes_the_file(tmp_path: Path) -> None:
    """A canary in any field, known or not, stands in no reason, column, parameter or error."""
    for name in [*set(PERSON_FIELDS).difference({"stt", "HoTen"}), "Canary"]:
        items = read(tmp_path, person(f"<{name}>{CANARY}</{name}>"))
        assert "Canary" not in repr([item for item in items if not isinstance(item, Draft)])
    for name in ("so", "mau", "ngay", "soNguoi", "TinhDonVi", "NuocGiao"):
        header = f'{name}="{CANARY}" ' + " ".join(part for part in HEADER.split() if not part.startswith(name + "="))
        with pytest.raises(RefusedError) as refusal:
            read(tmp_path, person(), header=header)
        assert "Canary" not in repr((refusal.value, refusal.value.params, refusal.value.__cause__))


def test_two_persons_never_become_one(tmp_path: Path) -> None:
    """A number that stands twice names nobody; "01" is "1"; two children without a name may be two."""
    for other in ("Vàng Thị Khác", "Vàng Thị Giả"):
        items = read(tmp_path, person(stt="1") + person(stt="01", name=other))
        assert [item.reason for item in items if isinstance(item, Returned)] == ["row_repeated", "row_repeated"]


BOMB = '<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"not xml", "file_not_xml"),
        (b"<BienBanGiaoNhan", "file_not_xml"),
        (b"<BienBanGiaoNhan>\x00</BienBanGiaoNhan>", "file_not_xml"),
        (b"<x/>", "file_form_unknown"),
        (b"<BienBanGiaoNhan>text</BienBanGiaoNhan>", "file_form_unknown"),
        (b"<BienBanGiaoNhan><BienBanGiaoNhan/></BienBanGiaoNhan>", "file_form_unknown"),
        (b"<BienBanGiaoNhan>" + b"<Nguoi>" * 50_000, "file_too_deep"),
        (b"<BienBanGiaoNhan><Nguoi><HoTen><b/></HoTen></Nguoi></BienBanGiaoNhan>", "file_too_deep"),
        (b"<BienBanGiaoNhan><Nguoi><a/><a/></Nguoi></BienBanGiaoNhan>", "file_repeated_field"),
        (b'<BienBanGiaoNhan so="1"><so>2</so></BienBanGiaoNhan>', "file_repeated_field"),
        (f"{BOMB}<BienBanGiaoNhan>&b;</BienBanGiaoNhan>".encode(), "file_xml_unsafe"),
        (b"<!DOCTYPE BienBanGiaoNhan><BienBanGiaoNhan/>", "file_xml_unsafe"),
        (f"{OUTSIDE}<BienBanGiaoNhan>&a;</BienBanGiaoNhan>".encode(), "file_xml_unsafe"),
        (b'<?xml version="1.0" encoding="utf-16"?><BienBanGiaoNhan/>', "file_encoding_mismatch"),
        (b'<?xml version="1.0" encoding="windows-1258"?><BienBanGiaoNhan/>', "file_encoding_mismatch"),
        (b'<?xml version="1.0" encoding="utf-8"?><BienBanGiaoNhan>\xff</BienBanGiaoNhan>', "file_encoding_mismatch"),
        (b"<BienBanGiaoNhan>\xff</BienBanGiaoNhan>", "file_not_utf8"),
        (f'<BienBanGiaoNhan {HEADER} DoMat="Mật"/>'.encode(), "file_secret_marked"),
        ("<BienBanGiaoNhan><DoMat>Tuyệt mật</DoMat><".encode(), "file_secret_marked"),
        ("\ufeff<BienBanGiaoNhan><Nguoi><DoMat>C</DoMat>".encode("utf-16-le"), "file_secret_marked"),
        (b'<BienBanGiaoNhan so="03/BB" mau="PL9" ngay="29/02/2024"/>', "file_header_wrong"),
        (b'<BienBanGiaoNhan so="03/BB" mau="PL3" ngay="30/02/2024"/>', "file_header_wrong"),
        (b'<BienBanGiaoNhan so="03/BB" mau="PL3" ngay="02/06/2024"/>', "file_header_wrong"),
        (b'<BienBanGiaoNhan so="03/BB" mau="PL3" ngay="29/02/2024" soNguoi="x"/>', "file_header_wrong"),
    ],
)
def test_files_that_are_refused(tmp_path: Path, content: bytes, code: str) -> None:
    """Each with its own reason; a marked file first of all, even a broken one."""
    with pytest.raises(RefusedError, match=rf"^{code}\Z"):
        read_bytes(tmp_path, content)


def test_utf_16_that_says_so_is_read(tmp_path: Path) -> None:
    """A record that is UTF-16, by its mark and its declaration, is read like any other; namespaces are passed over."""
    text = f'<?xml version="1.0" encoding="UTF-16"?><BienBanGiaoNhan xmlns="urn:x" {HEADER} DoMat="Không">'
    items = read_bytes(tmp_path, (text + person() + "</BienBanGiaoNhan>").encode("utf-16"))
    assert isinstance(items[0], Draft)


text_of_fields = st.text(
    st.characters(exclude_characters="<&>\r", exclude_categories=["Cs", "Cc"], max_codepoint=0xFFFD), max_size=20
)
fields = st.dictionaries(
    st.sampled_from(["NgaySinh", "GT", "GiayTo", "NoiO", "TinhNoiO", "conCua", "QuocTich", "TenKhac", "DanToc"]),
    st.one_of(text_of_fields, st.sampled_from(["1", "không", "15 tuổi", "1999 ÂL", "-nt-"])),
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(persons=st.lists(fields, max_size=3))
def test_any_fields_are_read_or_returned(tmp_path: Path, persons: list[dict[str, str]]) -> None:
    """Whatever stands in the fields: each person is taken or returned."""
    bodies = ["".join(f"<{name}>{text}</{name}>" for name, text in one.items()) for one in persons]
    items = read(tmp_path, "".join(person(body, stt=str(stt)) for stt, body in enumerate(bodies, 1)))
    assert len([item for item in items if isinstance(item, Draft | Returned)]) == len(persons)

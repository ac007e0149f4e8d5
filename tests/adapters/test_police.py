"""The police's case file: what each person's record becomes, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.contract import Draft, Item, Note, Returned, Total
from adapters.police import ADAPTER
from adapters.police.layout import PERSON_FIELDS
from domain import case_code
from domain.contents import FIELDS
from domain.errors import RefusedError
from domain.statements import Section

TODAY = date(2024, 6, 1)
EXAMPLE = Path(__file__).parents[2] / "examples" / "police" / "vu-an-07.json"

Read = Callable[..., list[Item]]


def person(**fields: object) -> dict[str, object]:
    """A made-up person with the least a record needs."""
    return {"STT": "1", "HoTen": "Lò Thị Giả", **fields}


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Write a case file of these persons, with these header fields, and read it."""

    def run(*persons: object, **header: object) -> list[Item]:
        top = {"SoVuAn": "07/VA-PC02", "NgayKT": "10/03/2024", "TinhDonVi": "38", "MaGT": {"0": "nữ", "1": "nam"}}
        return read_bytes(tmp_path, json.dumps({**top, "BiHai": list(persons), **header}).encode())

    return run


def read_bytes(tmp_path: Path, content: bytes) -> list[Item]:
    """Read these bytes as a case file."""
    file = tmp_path / "vu-an.json"
    file.write_bytes(content)
    return list(ADAPTER.read(file, today=TODAY))


def one(items: list[Item]) -> Draft:
    """The only item, a draft."""
    (item,) = items
    assert isinstance(item, Draft)
    return item


def reason(items: list[Item]) -> tuple[str, str | None]:
    """Reason and column of the only item, a returned row."""
    (item,) = items
    assert isinstance(item, Returned)
    return item.reason, item.where.column


def test_the_example_is_read_whole() -> None:
    """Two persons are taken, one is returned, the field CanCuXM is not read, the file's own total is compared."""
    assert ADAPTER.reads(EXAMPLE)
    items = list(ADAPTER.read(EXAMPLE, today=TODAY))
    assert [type(item) for item in items] == [Draft, Draft, Returned, Note, Total]
    mai = items[0]
    assert isinstance(mai, Draft)
    assert mai.record_key == ("07/VA-PC02", "1")
    assert [(paper.kind, paper.number, paper.date) for paper in mai.papers] == [
        ("confirmation", "12/GXN-PC02", date(2024, 3, 21))
    ]
    notice, answer = mai.acts
    assert (notice.name, notice.type, notice.occurred) == ("notice", "case.notified", date(2024, 3, 10))
    assert notice.facts == {
        "pathway": "rescued",
        "status": "in_identification",
        "law": "l53_art28",
        "likely_child": False,
    }
    assert (answer.type, answer.facts) == (
        "identification.answered",
        {"outcome": "victim", "legal_date": "2024-03-21", "paper": "confirmation"},
    )
    identity = notice.sections[Section.IDENTITY]
    assert identity["full_name"].value == "Lò Thị Mai"
    assert identity["full_name"].at == "BiHai[1].HoTen"
    assert identity["papers"].value == [
        {"kind": "cccd", "number": "014199001234"},
        {"kind": "confirmation", "number": "12/GXN-PC02", "date": "2024-03-21", "issuer": "PC02"},
    ]
    assert notice.sections[Section.PROFILE]["residence"].value == "outside"
    child = items[1]
    assert isinstance(child, Draft)
    assert child.with_record == mai.record_key
    assert child.acts[0].facts["likely_child"] is True
    assert len(child.acts) == 1


def test_the_papers_its_acts_stand_for(read: Read) -> None:
    """The confirmation with the answer, under the file's unit; the hand-over record with the notice, as numbered."""
    draft = one(
        read(
            person(KQXM="1", SoGXN="12/GXN-PC02", NgayGXN="21/3/24", BienBanGN="03/BB-ĐBPCK#1, 29/02/2024"),
            DonVi="PC02",
        )
    )
    notice, answer = draft.acts
    (handover,), (confirmation,) = notice.papers, answer.papers
    assert (handover.kind, handover.date, handover.issued_by) == ("handover", date(2024, 2, 29), None)
    assert handover.number is not None
    assert (handover.number.value, handover.number.at) == ("03/BB-ĐBPCK", "BiHai[1].BienBanGN")
    assert (confirmation.kind, confirmation.date, confirmation.issuer) == ("confirmation", date(2024, 3, 21), None)
    assert confirmation.number is not None
    assert confirmation.issued_by is not None
    assert (confirmation.number.value, confirmation.issued_by.value) == ("12/GXN-PC02", "PC02")
    assert [act.papers for act in one(read(person(KQXM="0", NgayKQ="25/03/2024"))).acts] == [(), ()]


def test_sections_hold_known_fields_only() -> None:
    """Every section and field an adapter fills is one of `domain.contents`."""
    for item in ADAPTER.read(EXAMPLE, today=TODAY):
        for act in item.acts if isinstance(item, Draft) else ():
            for section, facts in act.sections.items():
                assert facts.keys() <= FIELDS[section].keys()


def test_a_victim_needs_a_paper(read: Read) -> None:
    """A result without a confirmation paper is no answer, and the sender is told."""
    draft, note = read(person(KQXM="1"))
    assert isinstance(draft, Draft)
    assert [act.name for act in draft.acts] == ["notice"]
    assert isinstance(note, Note)
    assert note.reason == "note_confirmation_missing"


def test_not_a_victim(read: Read) -> None:
    """The answer "not a victim" carries its day and no paper."""
    draft = one(read(person(KQXM="0", NgayKQ="25/03/2024")))
    assert draft.acts[1].facts == {"outcome": "not_victim", "legal_date": "2024-03-25"}
    contradiction = person(KQXM="0", NgayKQ="25/03/2024", SoGXN="12/GXN-PC02", NgayGXN="21/3/24")
    assert reason(read(contradiction)) == ("row_confirmation_contradicts", "KQXM")
    assert reason(read(person(KQXM="0"))) == ("value_missing", "NgayKQ")


def test_a_handed_over_person_keeps_the_pathway(read: Read) -> None:
    """Who carries a hand-over record was handed over, so that no count takes them for rescued."""
    for record in ("03/BB-ĐBPCK#1, 29/02/2024", {"So": "03/BB-ĐBPCK", "STT": "01", "Ngay": "29/02/2024"}):
        draft = one(read(person(BienBanGN=record)))
        assert draft.papers[0].number == "03/BB-ĐBPCK#1"
        assert draft.acts[0].facts["pathway"] == "handed_over"
    assert reason(read(person(BienBanGN="03/BB-ĐBPCK, 29/02/2024"))) == ("row_handover_unclear", "BienBanGN")


def test_the_code_is_checked(read: Read) -> None:
    """A right mã hồ sơ goes to the draft; a wrong one returns the row."""
    code = case_code.new(bytes(16))
    assert one(read(person(MaHoSo=code.lower()))).code == code
    assert reason(read(person(MaHoSo=code[:-1] + "3"))) == ("case_code_wrong", "MaHoSo")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"HoTen": "chưa rõ"}, ("value_missing", "HoTen")),
        ({"HoTen": ["a"]}, ("row_malformed", "HoTen")),
        ({"HoTen": True}, ("row_malformed", "HoTen")),
        ({"DanToc": False}, ("row_malformed", "DanToc")),
        ({"NgaySinh": "22012-01-01"}, ("value_date_impossible", "NgaySinh")),
        ({"NgaySinh": "khoảng 15 tuổi"}, ("value_age_without_day", "NgaySinh")),
        ({"SoGT": 14199001234}, ("value_paper_lost_zero", "SoGT")),
        ({"SoGT": 3.8186e10}, ("value_paper_rounded", "SoGT")),
        ({"LoaiGT": "CMND", "SoGT": "50123456"}, ("value_paper_lost_zero", "SoGT")),
        ({"GT": "2"}, ("value_sex_unknown", "GT")),
        ({"TinhHKTT": "8"}, ("value_province_lost_zero", "TinhHKTT")),
        ({"TinhHKTT": "38", "TinhNgoai": True}, ("row_outside_contradicts", "TinhNgoai")),
        ({"TinhNgoai": "có"}, ("row_outside_unknown", "TinhNgoai")),
        ({"KQXM": "2"}, ("row_result_unknown", "KQXM")),
        ({"KQXM": "1", "SoGXN": "12/GXN-PC02"}, ("value_missing", "NgayGXN")),
        ({"KQXM": "1", "SoGXN": "12/GXN-PC02", "NgayGXN": "02/06/2024"}, ("value_date_future", "NgayGXN")),
        ({"SDT": "912345678"}, ("value_phone_lost_zero", "SDT")),
        ({"DiCungSTT": "9"}, ("row_companion_unknown", "DiCungSTT")),
        ({"DiCungSTT": "1"}, ("row_companion_unknown", "DiCungSTT")),
        ({"STT": ""}, ("value_missing", "STT")),
        ({"STT": "một"}, ("row_number_wrong", "STT")),
        ({"DoMat": "Mật", "HoTen": "Lò Thị Giả"}, ("row_secret_marked", None)),
        ({"PhuLuc": [{"DoMat": "B"}]}, ("row_secret_marked", None)),
        ({"HoTen": "Lò\ud800"}, ("value_control_character", "HoTen")),
    ],
)
def test_rows_that_are_returned(read: Read, fields: dict[str, object], expected: tuple[str, str | None]) -> None:
    """One wrong field returns the row with its reason and column, nothing else."""
    assert reason(read(person(**fields))) == expected


CANARY = "Canary Thị Thử 038199001234 0912345678"


def test_no_answer_quotes_the_file(read: Read) -> None:
    """A canary in any field, known or not, stands in no reason, column, parameter or error."""
    for name in [*PERSON_FIELDS, CANARY]:
        answers = [item for item in read(person(**{name: CANARY})) if not isinstance(item, Draft)]
        assert "Canary" not in repr(answers)
        assert "03819" not in repr(answers)
    for name in [*("NgayKT", "DieuLuat", "TinhDonVi", "SoBiHai", "MaGT", "SoVuAn", "BiHai"), CANARY]:
        for value in (CANARY, {CANARY: CANARY}, [CANARY]):
            try:
                answers = [item for item in read(person(), **{name: value}) if not isinstance(item, Draft)]
            except RefusedError as error:
                assert "Canary" not in repr((error, error.params, error.__cause__))
            else:
                assert "Canary" not in repr(answers)


def test_of_a_row_that_bears_a_mark_nothing_is_kept(read: Read) -> None:
    """Also of one that is no object at all."""
    for marked in (person(DoMat="Mật"), [{"DoMat": "Mật"}, "Lò Thị Giả"]):
        (item,) = read(marked)
        assert isinstance(item, Returned)
        assert (item.reason, item.content, item.record_key) == ("row_secret_marked", {}, None)


def test_a_returned_row_is_kept_as_written(read: Read) -> None:
    """Fields that are not read too; what is nested, however deep, as its leaves in order."""
    deep = json.loads("[" * 500 + '"đáy"' + "]" * 500)
    nested = {"So": "03/BB", "STT": 2, "Ngay": None, "x": [True, {"y": 1.50}]}
    (item, *_) = read(person(HoTen=["Lò", "Giả"], BienBanGN=nested, Khac=deep, SoGT=38199))
    assert isinstance(item, Returned)
    assert item.content == {
        "STT": "1",
        "HoTen": "Lò; Giả",
        "BienBanGN": "So: 03/BB; STT: 2; Ngay: ; true; y: 1.5",
        "Khac": "đáy",
        "SoGT": "38199",
    }
    for malformed, text in (("Lò Thị Giả", "Lò Thị Giả"), (None, ""), ([1, "2"], "1; 2")):
        (item,) = read(malformed)
        assert isinstance(item, Returned)
        assert (item.content, item.record_key) == ({"BiHai": text}, None)


def test_a_returned_row_is_known_again_by_its_number(read: Read) -> None:
    """As when it is taken; not where the number is wrong or another row has it too."""
    taken = one(read(person()))
    for wrong in ({"NgaySinh": "31/02/1999"}, {"HoTen": ["a"]}, {"HoTen": ""}):
        (item,) = read(person(**wrong))
        assert isinstance(item, Returned)
        assert item.record_key == taken.record_key
    unsure = [*read(person(STT="")), *read(person(STT=["1"])), *read(person(), person(HoTen="Lò Thị Khác"))]
    assert [item.record_key for item in unsure if isinstance(item, Returned)] == [None] * 4


def test_inside_and_outside(read: Read) -> None:
    """Worked out from the codes; after a merger only the file can say."""

    def residence(**fields: object) -> object:
        profile = one(read(person(**fields), TinhDonVi="48")).acts[0].sections[Section.PROFILE]
        return profile["residence"].value if "residence" in profile else None

    assert residence(TinhHKTT="48") == "inside"
    assert residence(TinhHKTT="14") == "outside"
    assert residence(TinhHKTT="49") is None
    assert residence(TinhHKTT="49", TinhNgoai=True) == "outside"
    assert residence() is None


def test_two_persons_never_become_one(read: Read) -> None:
    """Rows that share an STT, a paper or a code are all returned."""
    held = {"KQXM": "1", "SoGXN": "12/GXN-PC02", "NgayGXN": "21/3/24"}
    other = {**held, "SoGXN": "12/gxn-pc02", "NgayGXN": "21/03/2024"}
    code = case_code.new(bytes(16))
    for one_, two, why in (
        ({}, {"STT": "1", "HoTen": "Lò Thị Khác"}, "row_repeated"),
        (held, {"STT": "2", **other}, "row_paper_shared"),
        ({"MaHoSo": code}, {"STT": "2", "MaHoSo": code}, "row_code_twice"),
    ):
        items = read(person(**one_), person(**two))
        assert [item.reason for item in items if isinstance(item, Returned)] == [why, why]


def test_traps_of_vendors(tmp_path: Path) -> None:
    """A byte order mark, a lone person as an object, numbers for text and a .NET date are read."""
    text = (
        '{"SoVuAn":"07/VA-PC02","NgayKT":"/Date(1710003600000+0700)/","SoBiHai":1,'
        '"BiHai":{"STT":1,"HoTen":"Lò Thị Giả","NgaySinh":"/Date(-62135596800000)/","LoiKhai":1e400}}'
    )
    draft, total = read_bytes(tmp_path, b"\xef\xbb\xbf" + text.encode())
    assert isinstance(draft, Draft)
    assert draft.acts[0].occurred == date(2024, 3, 10)
    assert draft.acts[0].sections[Section.ACCOUNT]["statement"].value == "1e400"
    assert "birth" not in draft.acts[0].sections[Section.IDENTITY]
    assert isinstance(total, Total)
    assert (total.written, total.counted) == (1, 1)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"{", "file_not_json"),
        (b"[]", "file_form_unknown"),
        (b'{"SoVuAn":"1"}', "file_form_unknown"),
        (b'{"SoVuAn":"1","BiHai":3}', "file_form_unknown"),
        (b'{"SoVuAn":"1","SoVuAn":"2","BiHai":[]}', "file_repeated_field"),
        (b'{"SoVuAn":NaN,"BiHai":[]}', "file_not_json"),
        (b"[" * 100_000, "file_not_json"),
        (b'{"SoVuAn":"1/VA","NgayKT":' + b"9" * 10_000 + b',"BiHai":[]}', "file_header_wrong"),
        (b'{"SoVuAn":"1/VA","NgayKT":"31/02/2024","BiHai":[]}', "file_header_wrong"),
        (b'{"SoVuAn":"1/VA","NgayKT":"10/03/2024","DieuLuat":"x","BiHai":[]}', "file_header_wrong"),
        ('{"SoVuAn":"7"}'.encode("utf-16"), "file_not_utf8"),
        (b'{"SoVuAn":"\xff"}', "file_not_utf8"),
        ('{"DoMat":"Tối mật","SoVuAn":"1","BiHai":[]}'.encode(), "file_secret_marked"),
        (b'{"SoVuAn":"1","BiHai":[],"Header":{"domat":"C"}}', "file_secret_marked"),
        ('{"DoMat":"Mật","SoVuAn":'.encode(), "file_secret_marked"),
        (b'{"DoMat":"M\\u1eadt","SoVuAn":"\xff', "file_secret_marked"),
        (b'{"DoMat":"A","DoMat":"","SoVuAn":"1","BiHai":[]}', "file_secret_marked"),
    ],
)
def test_files_that_are_refused(tmp_path: Path, content: bytes, code: str) -> None:
    """Each with its own reason; a marked file first of all, even a broken one."""
    with pytest.raises(RefusedError, match=rf"^{code}\Z"):
        read_bytes(tmp_path, content)


values = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.text(max_size=20), st.sampled_from(["1", "Mật", "31/02/2024"])
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=5,
)
names = st.sampled_from([*("STT", "HoTen", "NgaySinh", "GT", "SoGT", "TinhHKTT", "TinhNgoai", "KQXM", "SoGXN", "SDT")])
others = st.sampled_from([*("NgayGXN", "BienBanGN", "DiCungSTT", "MaHoSo", "DoMat", "QuocTich", "LoaiGT", "LoiKhai")])
people = st.dictionaries(st.one_of(names, others), values)
headers = st.dictionaries(st.sampled_from(["MaGT", "SoBiHai", "DieuLuat", "TinhDonVi", "DoMat", "NgayKT"]), values)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(persons=st.lists(st.one_of(people.map(lambda one_: {**person(), **one_}), values), max_size=3), header=headers)
def test_any_json_is_read_or_refused(tmp_path: Path, persons: list[object], header: dict[str, object]) -> None:
    """Whatever stands in the fields: items or a refusal, never anything else."""
    top = {"SoVuAn": "07/VA-PC02", "NgayKT": "10/03/2024", **header, "BiHai": persons}
    try:
        items = read_bytes(tmp_path, json.dumps(top).encode())
    except RefusedError as error:
        assert error.params.keys() <= {"field"}
    else:
        rows = [item for item in items if isinstance(item, Draft | Returned)]
        assert len(rows) == len(persons)

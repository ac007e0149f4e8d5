"""Search by name or number: what is open to this agency is found, and nothing else; nothing is told about it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from domain.errors import RefusedError
from domain.statements import Section
from node.searching import found, read
from projections.search import search_tag
from tests.node.province import LABOUR, POLICE, WOMEN, Office, Province, facts, notice, opened, person
from tests.node.test_api import Desk
from tests.node.test_running_out import replayed


def searched(office: Office, text: str) -> list[tuple[str, str]]:
    """Mã hồ sơ and nearness of what is found."""
    return [(str(one["code"]), one["nearness"]) for one in found(office.node, text)]


def case_with(province: Province, name: str, key: str = "1", **more: Any) -> str:
    """A case of the police with this name."""
    sections = {Section.IDENTITY: person(name, **more), Section.CONTACT: facts(phones=[{"number": "0912345678"}])}
    return opened(province[POLICE], notice(sections), key=key)


@pytest.mark.parametrize(
    ("text", "nearness"),
    [
        *(("Đỗ Thị Hoà", "order_free"), ("HOA THI DO", "order_free"), ("Ðỗ Thị Hòa", "order_free")),
        *(("Đỗ Hòa", "core"), ("Đỗ Văn Hoà", "core"), ("Đỗ Ngọc Hòa", "ends")),
        *(("Nàng Xuân", "sound"), ("014199 001 234", "number"), ("0912.345.678", "number")),
    ],
)
def test_a_case_is_found_however_the_name_is_written(province: Province, text: str, nearness: str) -> None:
    """By its name in any order and with or without marks, by another name, a paper's or a phone's number."""
    paper = [{"kind": "cccd", "number": "014199001234"}]
    code = case_with(province, "Đỗ Thị Hòa", other_names=["Nàng Suân"], papers=paper)
    assert searched(province[POLICE], text) == [(code, nearness)]


def test_the_nearest_comes_first(province: Province) -> None:
    """The same name, then without its filler, then by ear."""
    heard = case_with(province, "Vũ Lang", key="1")
    core = case_with(province, "Võ Lan", key="2")
    same = case_with(province, "Võ Thị Lan", key="3")
    found_ = searched(province[POLICE], "Võ Thị Lan")
    assert found_ == [(same, "order_free"), (core, "core"), (heard, "sound")]
    assert searched(province[POLICE], "Lò Thị Mai") == searched(province[POLICE], "()") == []


def test_another_agency_finds_only_what_it_was_given(province: Province) -> None:
    """A case of which no name is open is found by nobody."""
    code = case_with(province, "Đỗ Thị Hòa")
    province[LABOUR], province[WOMEN]
    province.sync()
    assert searched(province[WOMEN], "Đỗ Thị Hòa") == []
    police = province[POLICE]
    police.officer.give_consent(code, recipients=[WOMEN], sections=["identity"], given_by="person", until="2026-11-04")
    police.officer.grant_access(code, to=WOMEN, sections=["identity"])
    province.sync()
    assert searched(province[WOMEN], "Đỗ Thị Hòa") == [(code, "order_free")]
    assert searched(province[WOMEN], "0912345678") == []


def test_what_has_run_out_is_found_no_more(province: Province) -> None:
    """Also while the hub is away; once the day was turned no tag is left, and replay agrees."""
    code = case_with(province, "Đỗ Thị Hòa")
    police, women = province[POLICE], province[WOMEN]
    police.officer.give_consent(code, recipients=[WOMEN], sections=["identity"], given_by="person", until="2026-11-04")
    police.officer.grant_access(code, to=WOMEN, sections=["identity"])
    province.sync()
    assert replayed(province, women) == []
    women.line.cut = True
    province.world.on("2026-11-05T09:00")
    women.node.try_sync()
    assert (women.node.projector.searched("Đỗ Thị Hòa") != [], searched(women, "Đỗ Thị Hòa")) == (True, [])
    women.line.cut = False
    women.node.sync()
    assert women.node.projector.searched("Đỗ Thị Hòa") == []
    assert replayed(province, women) == []
    province.check()


def test_what_was_corrected_is_found_by_its_new_name_alone(province: Province) -> None:
    """The correction stands in the place of what was wrong, in the tags too."""
    code = case_with(province, "Đỗ Thị Hòa")
    police = province[POLICE]
    target = next(e.statement.id for e in police.node.case_of_code(code).seen if e.statement.sealed)
    police.officer.correct(
        code, statement=target, section="identity", values={"full_name": "Giàng A Páo"}, reason="source_corrected"
    )
    police.node.sync()
    assert searched(police, "Đỗ Thị Hòa") == []
    assert searched(police, "Dàng A Páo") == [(code, "sound")]


def test_a_row_of_tags_tells_no_name(province: Province) -> None:
    """At rest there are keyed tags of 16 bytes, and under another key none of them is the same."""
    case_with(province, "Đỗ Thị Hòa")
    (row,) = province[POLICE].node.rows.all("search")
    assert row.content is None
    assert {len(tag) for tag in row.facts["tags"]} == {32}
    assert search_tag("order_free|do hoa thi", tag_key=b"\x01" * 32) in row.facts["tags"]
    assert search_tag("order_free|do hoa thi", tag_key=b"\x02" * 32) not in row.facts["tags"]
    assert "hoa" not in json.dumps(row.facts)


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[]", b'{"text":""}', b'{"text":7}', b'{"text":"a","more":1}', b'{"text":"\xff"}', b"[" * 999],
)
def test_a_wrong_body_is_refused_without_echo(body: bytes) -> None:
    """A stable code, and no cause that would quote the body."""
    with pytest.raises(RefusedError, match=r"^request_wrong\Z") as error:
        read(body)
    assert error.value.__cause__ is None


def test_over_http(province: Province) -> None:
    """The text comes in the body, by POST alone; no address, and no other type of body, carries it."""
    code = case_with(province, "Đỗ Thị Hòa")
    desk = Desk(province[POLICE])
    with desk.client as client:
        head = desk.token()
        answer = client.post("/v1/search", json={"text": "hoa thi do"}, headers=head)
        assert [(one["code"], one["fits"]) for one in answer.json()] == [(code, "Đỗ Thị Hòa")]
        assert client.get("/v1/search?text=x", headers=head).status_code == 405
        assert client.post("/v1/search", content=b"x", headers=head).status_code == 415
        assert client.post("/v1/search", json={"text": "x"}).status_code == 401

"""Attack: an agency grants what cannot be opened, again and again, to stop the receiver's node or to flood the log."""

from __future__ import annotations

import os
from typing import Any

import pytest

from domain import statements as s
from domain.statements import Section
from node import composer as composing
from sealing.sections import seal
from tests.hub.log_fixtures import hub_dsn
from tests.node.province import LABOUR, POLICE, Province, case_of, facts, notice, opened, person, province

__all__ = ["hub_dsn", "province"]

MANY = 12


def said(province: Province) -> list[s.AccessFailed]:
    """What the receiver said it cannot open."""
    return [one.statement for one in province[LABOUR].feed() if isinstance(one.statement, s.AccessFailed)]


def garbage(_plain: bytes, **where: Any) -> bytes:
    """Sealed as it should be, and nothing in it."""
    return seal(os.urandom(300), **where)


def test_a_flood_of_garbage_is_answered_once(province: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many sections under one key: one statement; the receiver's other cases open as ever."""
    police, labour = province[POLICE], province[LABOUR]
    good = opened(police)
    with monkeypatch.context() as patch:
        patch.setattr(composing, "seal", garbage)
        code = opened(police, key="2")
        for _ in range(MANY):
            police.officer.append(code, section="identity", values={"sex": "f"})
            labour.node.sync()
    assert len(said(province)) == 1
    later = opened(police, key="3")
    province.check()
    assert len(said(province)) == 1
    for one in (good, later):
        assert "values" in labour.content(case_of(labour, one))["identity"][POLICE]
    assert labour.content(case_of(labour, code))["identity"][POLICE]["unreadable"] is True


def test_garbage_hides_nothing_beside_it(province: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    """The garbage section is named, its neighbour in the same case is open."""
    police, labour = province[POLICE], province[LABOUR]

    def some(plain: bytes, **where: Any) -> bytes:
        return garbage(plain, **where) if where["section"] == "contact" else seal(plain, **where)

    with monkeypatch.context() as patch:
        patch.setattr(composing, "seal", some)
        code = opened(police, notice({Section.IDENTITY: person(), Section.CONTACT: facts(address="thôn Giả")}))
        province.sync()
    (one,) = said(province)
    assert [key.section for key in one.keys] == [Section.CONTACT]
    assert "values" in labour.content(case_of(labour, code))["identity"][POLICE]
    province.check()


def test_a_grantor_that_has_left_stops_nobody(province: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it granted cannot be opened and it is no longer in the directory: said all the same."""
    police, world = province[POLICE], province.world
    labour = province[LABOUR]
    with monkeypatch.context() as patch:
        patch.setattr(composing, "seal", garbage)
        opened(police)
    world.send("so-danh-ba", world.register(s.AgencyRevoked, agency=POLICE, reason="dissolved"))
    labour.node.sync()
    (one,) = said(province)
    assert one.to == ()

"""A notice first given by phone or on paper: recorded afterwards, with how it came and the time it was true."""

from __future__ import annotations

import pytest

from domain.errors import RefusedError
from tests.node.province import POLICE, Province, case_of, opened

TOLD = "2026-10-30T07:15Z"
WHO = {"full_name": "Nguyễn Thị Giả"}


def test_a_call_of_last_week_opens_a_case(province: Province) -> None:
    """The header has when she was told of and how; the log has when it was recorded."""
    police = province[POLICE]
    done = police.officer.notify("", pathway="hotline", occurred=TOLD, received="phone", values=WHO)
    assert done.index is not None
    assert done.id is not None
    case = case_of(police, done.id)
    (item,) = (one for one in police.feed() if getattr(one.statement, "case", None) == case)
    assert (item.statement.occurred, item.statement.received) == (TOLD, "phone")  # type: ignore[attr-defined]
    assert item.recorded > 0
    (line,) = [row for row in police.node.rows.all("timeline") if row.case == case]
    assert line.facts["occurred"] == TOLD
    assert line.facts["recorded"] == item.recorded
    content = police.content(case)
    assert content["identity"][POLICE]["values"]["full_name"]["value"] == WHO["full_name"]
    province.check()


def test_a_paper_about_a_known_case_is_a_second_notice(province: Province) -> None:
    """With a mã hồ sơ no case is opened."""
    police = province[POLICE]
    code = opened(police)
    done = police.officer.notify(code, pathway="rescued", occurred=TOLD, received="paper", values=WHO)
    assert (done.id, len(police.node.projector.files)) == (None, 1)
    province.check()


def test_while_the_hub_is_away_its_case_can_be_worked_on(province: Province) -> None:
    """The mã hồ sơ is known at once, and what is done on it waits in order."""
    police = province[POLICE]
    police.line.cut = True
    done = police.officer.notify("", pathway="hotline", occurred=TOLD, received="phone", values=WHO)
    assert (done.index, done.id is None) == (None, False)
    police.officer.append(done.id or "", section="account", values={"statement": "một"})
    police.line.cut = False
    province.check()
    assert police.content(case_of(police, done.id))["account"][POLICE]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"occurred": "2030-01-01T00:00Z"}, "occurred_in_future"),
        ({"channel": "rumour"}, "code_unknown"),
        ({"received": "marriage"}, "code_unknown"),
        ({"section": "message"}, "fact_wrong"),
        ({"law": "my_own_law"}, "code_unknown"),
    ],
)
def test_what_is_refused_leaves_no_case(province: Province, wrong: dict[str, str], code: str) -> None:
    """Nothing is queued, no case is there."""
    police = province[POLICE]
    given = {"pathway": "hotline", "occurred": TOLD, "received": "phone"} | wrong
    with pytest.raises(RefusedError, match=code):
        police.officer.notify("", values=WHO, **given)
    assert police.queued() == 0
    assert police.node.projector.files == {}

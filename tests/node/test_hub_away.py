"""A hub that is away, answers lost on the way, a node stopped anywhere: nothing is lost and nothing is there twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from domain.errors import RefusedError
from domain.statements import Section
from node.errors import HubAnswerError, HubUnavailableError
from tests.node.province import (
    BORDER,
    LABOUR,
    POLICE,
    WOMEN,
    Office,
    Province,
    answer,
    case_of,
    facts,
    notice,
    opened,
    person,
    row,
    support,
)


def statements(office: Office) -> list[tuple[str, str]]:
    """Type and author of every case statement on the feed, in the log's order."""
    items = sorted((i for i in office.feed() if hasattr(i.statement, "case")), key=lambda i: i.index)
    return [(item.statement.type, item.statement.by) for item in items]


def test_while_the_hub_is_away_all_is_kept_in_order(province: Province) -> None:
    """A file and what officers do wait in the outbox, build on each other, and are recorded in their order."""
    police = province[POLICE]
    known = opened(police)
    police.line.cut = True
    report = police.take(row(notice(), answer(), support("legal_advice"), key="2"))
    assert (report.queued, report.rows[0].outcome) == (True, "new")
    for number in range(3):
        done = police.officer.append(known, section="account", values={"statement": f"lời {number}"})
        assert done.index is None
    assert police.queued() == 6
    police.line.cut = False
    police.node.sync()
    assert police.queued() == 0
    account = police.content(case_of(police, known))["account"][POLICE]
    assert [item["values"]["statement"]["value"] for item in account] == ["lời 0", "lời 1", "lời 2"]
    assert police.node.quarantine.list() == []
    province.check()


def test_a_node_starts_without_its_hub(province: Province) -> None:
    """It shows what it has shown, takes files, and builds on its own statements that still wait."""
    police = province[POLICE]
    known = opened(police)
    police.line.cut = True
    police.officer.append(known, section="account", values={"statement": "trước"})
    police.take(row(notice(), key="2"))
    before = police.dumped()
    police.start()
    assert police.dumped() == before
    police.officer.append(known, section="account", values={"statement": "sau"})
    assert police.take(row(notice(), answer(), key="2")).rows[0].outcome == "changed"
    police.line.cut = False
    police.node.sync()
    assert police.node.quarantine.list() == []
    epochs = {key.epoch for file in police.node.projector.files.values() for key in file.case.keys}
    assert epochs == {1}, "the data key of a statement that still waits is known after a restart"
    province.check()


def test_an_answer_lost_on_the_way_is_asked_for_again(province: Province) -> None:
    """The hub has recorded, the node does not know: sending again gets the same receipts."""
    police = province[POLICE]
    police.line.cut_after = lambda path: path == "/v1/statements"
    assert police.take(row(notice(), answer())).queued
    police.line.cut_after = lambda _path: False
    police.start()
    police.node.sync()
    assert statements(police) == [("case.notified", POLICE), ("identification.answered", POLICE)]
    assert len(police.node.store.receipts()) == 2
    province.check()


def test_a_node_without_its_data_key_uses_the_next_epoch(province: Province) -> None:
    """The hub keeps the old key; while it is away a new one is made, and those entitled get it."""
    police, labour = province[POLICE], province[LABOUR]
    code = opened(police)
    labour.node.sync()
    police.line.cut = True
    police.officer.append(code, section="identity", values={"full_name": "Tên Mới"})
    police.line.cut = False
    province.check()
    assert labour.content(case_of(labour, code))["identity"][POLICE]["values"]["full_name"]["value"] == "Tên Mới"
    keys = police.node.projector.files[case_of(police, code)].case.keys
    assert {key.epoch for key in keys if key.section is Section.IDENTITY} == {1, 2}


def test_sharing_what_cannot_be_opened_now_is_not_done_by_half(province: Province) -> None:
    """An offer whose keys the hub keeps is not made without them while it is away."""
    police = province[POLICE]
    code = opened(police)
    police.line.cut = True
    with pytest.raises(HubUnavailableError):
        police.officer.transfer(code, to=BORDER, message="bàn giao", sections=["identity"])
    assert police.queued() == 0
    police.line.cut = False
    assert police.officer.transfer(code, to=BORDER, message="bàn giao", sections=["identity"]).index is not None


def test_what_is_refused_later_is_set_aside(province: Province) -> None:
    """A row that was queued and then refused waits in the quarantine; nobody stood by to be told."""
    police = province[POLICE]
    police.line.cut = True
    police.take(row(notice(day=date(2030, 1, 1))))
    known_before = police.node.quarantine.list()
    police.line.cut = False
    police.node.sync()
    (kept,) = police.node.quarantine.list()
    assert (known_before, kept["code"], kept["reference"]) == ([], "occurred_in_future", "giả định/1 1")
    assert opened(police)


def test_an_act_refused_later_is_set_aside_by_its_id(province: Province) -> None:
    """An officer who acted while the hub was away finds the refusal; one told at once does not find it twice."""
    police = province[POLICE]
    code = opened(police)
    with pytest.raises(RefusedError, match="date_in_future"):
        police.officer.answer_identification(code, outcome="victim", legal_date="2030-01-01")
    assert police.node.quarantine.list() == []
    police.line.cut = True
    done = police.officer.answer_identification(code, outcome="victim", legal_date="2030-01-01")
    police.line.cut = False
    police.node.sync()
    (kept,) = police.node.quarantine.list()
    assert (kept["code"], kept["reference"]) == ("date_in_future", done.statement)


# -- stopped anywhere ------------------------------------------------------------------------------------------------


class Killed(BaseException):
    """The process is gone."""


def kill(*_: object, **__: object) -> Any:
    """Stop here."""
    raise Killed


@pytest.mark.parametrize("restart", [True, False], ids=["restarted", "went-on"])
@pytest.mark.parametrize("where", ["rows.write", "store.put_feed", "materials", "store.answered"])
def test_stopped_while_following(
    province: Province, monkeypatch: pytest.MonkeyPatch, where: str, restart: bool
) -> None:
    """Between any two steps: after a restart, or in the same process, the views are what the feed gives."""
    police, labour = province[POLICE], province[LABOUR]
    code = opened(police, notice({Section.IDENTITY: person(), Section.CONTACT: facts(address="thôn Giả")}))
    labour.node.sync()
    police.take(row(notice(), answer(), support(), key="2"))
    police.officer.append(code, section="identity", values={"full_name": "Tên Mới"})
    if where == "store.answered":
        labour.line.cut = True
        labour.take(row(support(), code=code, opens=False))
        labour.line.cut = False
    target, name = {
        "rows.write": (labour.node.rows, "write"),
        "store.put_feed": (labour.node.store, "put_feed"),
        "store.answered": (labour.node.store, "answered"),
        "materials": (labour.node.hub, "bodies"),
    }[where]
    with monkeypatch.context() as patch:
        patch.setattr(target, name, kill)
        with pytest.raises(Killed):
            labour.node.sync()
    if restart:
        labour.start()
    province.check()
    assert labour.content(case_of(labour, code))["identity"][POLICE]["values"]["full_name"]["value"] == "Tên Mới"
    assert labour.node.quarantine.list() == []


def test_a_restart_at_any_point_changes_nothing(province: Province) -> None:
    """The same node, stopped after each step, has the views of one that never stopped."""
    police, women = province[POLICE], province[WOMEN]
    code = opened(police)
    steps: list[Callable[[], object]] = [
        lambda: police.officer.give_consent(code, recipients=[WOMEN], sections=["identity"], given_by="person"),
        lambda: police.officer.refer(code, to=WOMEN, service="reintegration", message="nhờ", sections=["identity"]),
        lambda: women.officer.accept(women.inbox()[0].key),
        lambda: police.officer.append(code, section="identity", values={"full_name": "Tên Mới"}),
    ]
    for step in steps:
        step()
        province.sync()
        for office in (police, women):
            before = office.dumped()
            office.start()
            assert office.dumped() == before == office.rebuilt()
    assert women.content(case_of(women, code))["identity"][POLICE]["values"]["full_name"]["value"] == "Tên Mới"


def test_a_refused_duty_is_not_done_again_and_again(province: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    """A node whose own statement is refused goes on; nobody is asked to mend it."""
    police, women = province[POLICE], province[WOMEN]
    code = opened(police)
    police.officer.give_consent(code, recipients=[WOMEN], sections=["identity"], given_by="person")
    police.officer.refer(code, to=WOMEN, service="reintegration", message="nhờ", sections=["identity"])
    monkeypatch.setattr(women.node.composer, "officer", "not-a-pseudonym")
    women.node.sync()
    assert women.queued() == 0
    assert [answer for answer in women.line.asked if "statements" in answer] == ["POST /v1/statements"]
    assert women.node.quarantine.list() == []
    monkeypatch.undo()
    women.start()
    women.node.sync()
    assert next(iter(women.inbox())).facts["state"] == "delivered"


def test_a_feed_with_a_gap_is_an_alarm(province: Province) -> None:
    """Nothing of it is kept, and the node goes on once the feed is whole again."""
    police, labour = province[POLICE], province[LABOUR]
    opened(police)
    opened(police, key="2")
    labour.line.change = lambda path, body: b"\n".join(body.split(b"\n")[1:]) if "/v1/feed" in path else body
    with pytest.raises(HubAnswerError, match="gap"):
        labour.node.sync()
    assert labour.node.alarm is not None
    labour.line.change = lambda _path, body: body
    labour.start()
    province.check()
    assert labour.node.alarm is None

"""Bundles carried by hand: an office without a line lives whole cases over them, and both doors have one order."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from caunoi.carrying import Carrier
from domain.errors import RefusedError
from domain.statements import Section
from hub import serving
from node import bundles
from node.bundles import Taken
from node.errors import HubAnswerError
from sealing import manifests
from tests.node.province import (
    BORDER,
    INTAKE,
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
)


def carrier(province: Province) -> Carrier:
    """The carrier at the hub's side."""
    world = province.world
    return Carrier(province.client, signer=world.hub_keys, intake=INTAKE, now=lambda: world.now() // 1_000_000)


def cut(province: Province, agency: str) -> Office:
    """An office whose network lets nothing out."""
    office = province[agency]
    office.line.cut = True
    return office


def carry(province: Province, office: Office) -> Taken:
    """One journey there and back."""
    return bundles.take(office.node, carrier(province).take(bundles.pack(office.node)).bundle)


def types(office: Office) -> list[str]:
    """Types of the case statements on an office's feed, in the log's order."""
    items = sorted((item for item in office.feed() if hasattr(item.statement, "case")), key=lambda one: one.index)
    return [item.statement.type for item in items]


def test_a_whole_case_over_bundles_only(province: Province) -> None:
    """An office without a line opens a case, consents, refers, is answered, hands over: nobody sees a difference."""
    border, women, police = cut(province, BORDER), province[WOMEN], province[POLICE]
    code = opened(border, notice({Section.IDENTITY: person(), Section.CONTACT: facts(address="thôn Giả")}))
    assert carry(province, border) == Taken(number=1, recorded=1, refused=0, feed=1, known=False, more=False)
    consent = border.officer.give_consent(code, recipients=[WOMEN], sections=["identity"], given_by="person")
    assert consent.index is None
    assert carry(province, border).recorded == 1
    # The data key is needed here: it came with the answer.
    border.officer.refer(code, to=WOMEN, service="psychological", message="nhờ giúp", sections=["identity"])
    carry(province, border)
    women.node.sync()
    women.officer.accept(women.inbox()[0].key)
    assert women.content(case_of(women, code))["identity"][BORDER]["values"]["full_name"]["value"]
    women.officer.append(code, section="support", values={"given": "tư vấn"})
    carry(province, border)
    assert {offer.facts["state"] for offer in border.inbox()} == {"accepted"}
    border.officer.transfer(code, to=POLICE, message="bàn giao", sections=["identity"])
    carry(province, border)
    police.node.sync()
    police.officer.accept(police.inbox()[0].key)
    assert carry(province, border).feed
    assert border.node.quarantine.list() == []
    assert border.queued() == 0
    border.line.cut = False
    assert border.dumped() == border.rebuilt()
    province.check()


def test_an_office_without_a_line_receives(province: Province) -> None:
    """What is offered to it opens when it has accepted, from what the answers brought."""
    police, women = province[POLICE], cut(province, WOMEN)
    code = opened(police)
    police.officer.give_consent(code, recipients=[WOMEN], sections=["identity"], given_by="person")
    police.officer.refer(code, to=WOMEN, service="psychological", message="nhờ giúp", sections=["identity"])
    carry(province, women)
    (offer,) = women.inbox()
    women.officer.accept(offer.key)
    assert carry(province, women).recorded == 2, "delivered, accepted"
    assert women.content(case_of(women, code))["identity"][POLICE]["values"]["full_name"]["value"]
    women.start()
    women.officer.append(code, section="support", values={"given": "tư vấn"})
    carry(province, women)
    women.line.cut = False
    province.check()


def test_both_doors_have_one_order(province: Province) -> None:
    """A case goes on over HTTP, over a bundle and over HTTP again; what was packed and then sent is there once."""
    police = province[POLICE]
    code = opened(police)
    police.line.cut = True
    police.officer.append(code, section="account", values={"statement": "một"})
    packed = bundles.pack(police.node)
    police.officer.append(code, section="account", values={"statement": "hai"})
    police.line.cut = False
    police.node.sync()
    police.officer.append(code, section="account", values={"statement": "ba"})
    taken = carrier(province).take(packed)
    assert (taken.new, taken.known, taken.refused) == (0, 1, 0)
    assert bundles.take(police.node, taken.bundle).recorded == 0
    account = police.content(case_of(police, code))["account"][POLICE]
    assert [item["values"]["statement"]["value"] for item in account] == ["một", "hai", "ba"]
    assert len(police.node.store.receipts()) == 4
    province.check()


def test_a_line_cut_after_years_of_http(province: Province) -> None:
    """The first answer brings all of each case it touches, so nothing that was open closes."""
    police, border = province[POLICE], province[BORDER]
    code = opened(border)
    border.officer.append(code, section="account", values={"statement": "một"})
    border.line.cut = True
    border.officer.append(code, section="contact", values={"address": "thôn Giả"})
    carry(province, border)
    content = border.content(case_of(border, code))
    assert content["account"][BORDER][0]["values"]["statement"]["value"] == "một"
    assert police is not border
    border.line.cut = False
    province.check()


def test_twice_is_once(province: Province) -> None:
    """The same bundle brought twice, the same answer taken twice: nothing is there twice, and both are told so."""
    border = cut(province, BORDER)
    opened(border)
    packed = bundles.pack(border.node)
    first, second = carrier(province).take(packed), carrier(province).take(packed)
    assert [(one.new, one.known) for one in (first, second)] == [(1, 0), (0, 1)]
    bundles.take(border.node, first.bundle)
    dump = border.dumped()
    for again in (first, second):
        taken = bundles.take(border.node, again.bundle)
        assert (taken.known, taken.recorded, taken.feed) == (True, 0, 0)
    assert border.dumped() == dump
    assert types(border) == ["case.notified"]


def test_a_bundle_may_take_long(province: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    """Longer than a submission over HTTP: brought again it would take as long again, and never be answered."""
    border = cut(province, BORDER)
    opened(border)
    monkeypatch.setattr(serving, "WRITING", 0.0)
    assert carry(province, border).recorded == 1


def test_late_and_out_of_order(province: Province) -> None:
    """Two bundles are on their way; the later arrives first, its answer too: all is recorded once and in order."""
    border = cut(province, BORDER)
    code = opened(border)
    one = bundles.pack(border.node)
    border.officer.append(code, section="account", values={"statement": "một"})
    two = bundles.pack(border.node)
    answers = [carrier(province).take(two), carrier(province).take(one)]
    assert [bundles.take(border.node, each.bundle).recorded for each in answers] == [2, 0]
    assert types(border) == ["case.notified", "section.appended"]
    border.line.cut = False
    province.check()


def test_a_long_outbox_goes_in_several(province: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second of them is not taken before the first: what builds on that would be refused for ever."""
    monkeypatch.setattr(bundles, "LINES", 2)
    border = cut(province, BORDER)
    code = opened(border)
    for text in ("một", "hai"):
        border.officer.append(code, section="account", values={"statement": text})
    first = bundles.pack(border.node)
    assert manifests.read(first).manifest.more
    second = bundles.pack(border.node, follows=1)
    assert not manifests.read(second).manifest.more
    with pytest.raises(RefusedError, match="bundle_early") as refused:
        carrier(province).take(second)
    assert refused.value.params == {"number": 1}
    answers = [carrier(province).take(each) for each in (first, second)]
    assert [bundles.take(border.node, each.bundle).recorded for each in reversed(answers)] == [1, 2]
    assert types(border) == ["case.notified", "section.appended", "section.appended"]
    with pytest.raises(RefusedError, match="not_found"):
        bundles.pack(border.node, follows=9)


def test_a_long_feed_comes_in_several(province: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that does not hold all says so; the next goes on where it ended."""
    monkeypatch.setattr("hub.carried.FEED_LINES", 3)
    police = province[POLICE]
    border = cut(province, BORDER)
    for key in "12345":
        opened(border, key=key)
    assert police.queued() == 0
    first = carry(province, border)
    assert (first.recorded, first.feed, first.more) == (5, 3, True)
    second = carry(province, border)
    assert (second.recorded, second.feed, second.more) == (0, 2, False)
    border.line.cut = False
    province.check()


def test_a_refusal_comes_back_too(province: Province) -> None:
    """What the hub refuses waits to be mended, as it would over HTTP."""
    border = cut(province, BORDER)
    border.take(row(answer(day="2030-01-01"), key="1"))
    taken = carry(province, border)
    assert taken.refused == 1
    (kept,) = border.node.quarantine.list()
    assert kept["code"] in {"case_unknown", "date_in_future"}


def test_a_receipt_outweighs_a_refusal(province: Province) -> None:
    """Refused from one bundle and recorded from the same one brought later: the log is what counts."""
    border = cut(province, BORDER)
    code = opened(border)
    carry(province, border)
    border.officer.answer_identification(code, outcome="victim", legal_date="2026-11-04")
    packed = bundles.pack(border.node)
    early = carrier(province).take(packed)
    province.world.on("2026-11-05T08:00")
    late = carrier(province).take(packed)
    assert (early.refused, late.new) == (1, 1)
    assert bundles.take(border.node, early.bundle).refused == 1
    assert bundles.take(border.node, late.bundle).recorded == 1
    assert len(border.node.store.receipts()) == 2
    assert bundles.take(border.node, early.bundle).known
    border.line.cut = False
    province.check()


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("where", ["kept.put", "store.put_feed", "rows.write"])
def test_stopped_while_taking(province: Province, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    """Stopped anywhere, the same file taken again after a start gives the same."""
    border = cut(province, BORDER)
    opened(border)
    back = carrier(province).take(bundles.pack(border.node)).bundle

    def kill(*_: object, **__: object) -> None:
        raise Killed

    assert border.node.kept is not None
    targets: dict[str, tuple[object, str]] = {
        "kept.put": (border.node.kept, "put"),
        "store.put_feed": (border.node.store, "put_feed"),
        "rows.write": (border.node.rows, "write"),
    }
    with monkeypatch.context() as patch:
        patch.setattr(*targets[where], kill)
        with pytest.raises(Killed):
            bundles.take(border.node, back)
    border.start()
    bundles.take(border.node, back)
    assert types(border) == ["case.notified"]
    assert len(border.node.store.receipts()) == 1
    border.line.cut = False
    province.check()


def test_a_hub_that_shows_two_feeds_is_an_alarm(province: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    """Signed or not: an entry other than the one kept is not taken."""
    border = cut(province, BORDER)
    opened(border)
    packed = bundles.pack(border.node)
    bundles.take(border.node, carrier(province).take(packed).bundle)
    border.node.store.connection.execute(
        "UPDATE feed SET entry = entry || 'x' WHERE number = (SELECT max(number) FROM feed)"
    )
    with pytest.raises(HubAnswerError, match="another feed"):
        bundles.take(border.node, carrier(province).take(packed).bundle)


def test_what_is_kept_goes_with_the_case(province: Province) -> None:
    """Carried bodies and grants are sealed under the case's view key: without it nothing of them is left."""
    border = cut(province, BORDER)
    code = opened(border)
    carry(province, border)
    kept = border.node.kept
    assert kept is not None
    hashes = [one[0] for one in border.node.store.connection.execute("SELECT hash FROM carried WHERE kind = 'grant'")]
    assert all(kept.get("grant", hashes).values())
    kept._keys.destroy(case_of(border, code))
    assert set(kept.get("grant", hashes).values()) == {None}


def test_without_a_key_nothing_is_packed(province: Province) -> None:
    """A node that does not know the hub's intake key says so."""
    border = province[BORDER]
    border.node.intake_key = None
    tries: list[Callable[[], object]] = [
        lambda: bundles.pack(border.node),
        lambda: bundles.take(border.node, b""),
        lambda: bundles.unpacked(border.node),
    ]
    for attempt in tries:
        with pytest.raises(RefusedError, match="bundle_no_key"):
            attempt()

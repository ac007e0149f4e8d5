"""Papers by hand: bundles take the files of what waits, and the hub's answers bring those that entries name.

Everything in it is made up (DỮ LIỆU GIẢ ĐỊNH).
"""

from __future__ import annotations

import pytest

from domain.errors import RefusedError
from node import bundles
from node.paper_reading import open_file
from tests.node.province import LABOUR, POLICE, Province, opened
from tests.node.test_bundles import carrier, carry, cut
from tests.node.test_papers import JPEG, PDF, answered, handed_in, paper, read, shown


def test_an_office_without_a_line_sends_papers(province: Province) -> None:
    """The files go before the statements that name them, in one bundle; brought twice, they are there once."""
    police, labour = cut(province, POLICE), province[LABOUR]
    code = opened(police)
    answered(police, code, paper(handed_in(police, code)), paper(handed_in(police, code, JPEG), number="13/GIẢ"))
    packed = bundles.pack(police.node)
    carrier(province).take(packed)
    taken = bundles.take(police.node, carrier(province).take(packed).bundle)
    assert (taken.recorded, taken.refused) == (2, 0)
    labour.node.sync()
    first, second = shown(labour, code)
    assert read(open_file(labour.node, first["statement"], 1)) == PDF
    assert read(open_file(labour.node, second["statement"], 2)) == JPEG
    police.line.cut = False
    province.check()


def test_a_notice_with_its_file_is_carried(province: Province) -> None:
    """The notice that opens a case goes with the file of its paper; who is told of it reads both."""
    police, labour = cut(province, POLICE), province[LABOUR]
    file = handed_in(police, None)
    made = police.officer.with_papers(paper(file)).notify(
        "", pathway="rescued", occurred="2026-10-19T02:00Z", values={"full_name": "Lò Thị Giả"}
    )
    police.start()
    assert carry(province, police).recorded == 1
    labour.node.sync()
    (seen,) = shown(labour, made.id or "")
    assert read(open_file(labour.node, seen["statement"], 1)) == PDF
    police.line.cut = False
    province.check()


def test_an_office_without_a_line_reads_papers(province: Province) -> None:
    """They come with the answer that brings the entry; nothing has to be fetched."""
    police, labour = province[POLICE], cut(province, LABOUR)
    code = opened(police)
    answered(police, code, paper(handed_in(police, code)))
    carry(province, labour)
    (seen,) = shown(labour, code)
    assert (seen["state"], seen["paper_number"]) == ("open", "12/CV-GIẢ")
    assert read(open_file(labour.node, seen["statement"], 1)) == PDF
    labour.start()
    assert read(open_file(labour.node, seen["statement"], 1)) == PDF
    labour.line.cut = False
    province.check()


def test_many_files_go_in_several(province: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is too much for one bundle waits for the next, in order."""
    monkeypatch.setattr(bundles, "BYTES", 10_000)
    police = cut(province, POLICE)
    code = opened(police)
    for number in range(3):
        police.officer.with_papers(paper(handed_in(police, code, JPEG))).append(
            code, section="contact", values={"address": f"thôn {number}"}
        )
    recorded = [carry(province, police).recorded for _ in range(3)]
    assert (sum(recorded), recorded[0] < 4) == (4, True)
    assert len(shown(police, code)) == 3


def test_a_damaged_file_stays_here(province: Province) -> None:
    """Its statement is refused, as over HTTP; the rest of the bundle is taken."""
    police = cut(province, POLICE)
    code = opened(police)
    file = handed_in(police, code)
    answered(police, code, paper(file))
    police.officer.append(code, section="contact", values={"address": "thôn Giả"})
    police.node.store.connection.execute(
        "UPDATE attachment_pieces SET piece = piece || 'x' WHERE hash = %s AND number = 0", (file,)
    )
    taken = carry(province, police)
    assert (taken.recorded, taken.refused) == (1, 2)  # what builds on a refused one is refused with it
    assert {one["code"] for one in police.node.quarantine.list()} == {"attachment_missing", "prev_unknown"}


def test_an_answer_with_another_file_is_not_taken(province: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is not what its hash says is no answer of the hub's; nothing of it is taken."""
    police, labour = province[POLICE], cut(province, LABOUR)
    code = opened(police)
    answered(police, code, paper(handed_in(police, code, JPEG)))
    monkeypatch.setattr("hub.log.attachments.AttachmentLog.pieces", lambda _self, _name: iter([JPEG]))
    packed = bundles.pack(labour.node)
    back = carrier(province).take(packed).bundle
    with pytest.raises(RefusedError, match="bundle_wrong"):
        bundles.take(labour.node, back)
    assert labour.node.projector.files == {}

"""A PDF with a digital signature of its own stays what it is: byte for byte, and its signature holds.

Everything in it is made up (DỮ LIỆU GIẢ ĐỊNH).
"""

from __future__ import annotations

from tests.node.province import LABOUR, POLICE, Province, opened
from tests.node.signed_pdf import check_signature, signed_pdf
from tests.node.test_api import Desk
from tests.node.test_papers_api import ANSWER, GIVEN, hand_in


def test_its_signature_holds_after_the_round_trip(province: Province) -> None:
    """From the police's desk to the health agency's, sealed on all of the way; one byte more and it would not hold."""
    pdf, whose = signed_pdf()
    police, labour = Desk(province[POLICE]), Desk(province[LABOUR])
    code = opened(police.office)
    file = hand_in(police, code, pdf).json()["file"]
    police.act("answer_identification", code, **ANSWER, papers=[{**GIVEN, "file": file}])
    province.sync()
    (paper,) = labour.get(f"/v1/cases/{code}")["papers"]
    back = labour.client.get(f"/v1/papers/{paper['statement']}/{paper['number']}", headers=labour.token()).content
    assert back == pdf
    found = check_signature(back, whose)
    assert found.intact
    assert found.valid
    assert found.trusted
    assert not check_signature(back.replace(b"595 842", b"595 843", 1), whose).intact

"""Who may read of a case is told who is in charge of it: a hand-over is never shown as it was yesterday."""

from __future__ import annotations

from tests.node.province import BORDER, LABOUR, POLICE, WOMEN, Province, case_of, opened, province

__all__ = ["province"]


def test_a_reader_sees_custody_move(province: Province) -> None:
    """The Women's Union reads identity by consent; police hand over to Labour; all three name Labour."""
    police, labour, women = province[POLICE], province[LABOUR], province[WOMEN]
    code = opened(police)
    police.officer.give_consent(code, recipients=[WOMEN], sections=["identity"], given_by="person")
    police.officer.grant_access(code, to=WOMEN, sections=["identity"])
    province.sync()
    case = case_of(women, code)
    police.officer.transfer(code, to=LABOUR, message="bàn giao", sections=["identity"])
    province.sync()
    offer = next(row for row in labour.inbox() if row.facts["kind"] == "transfer")
    labour.officer.accept(offer.key)
    province.check()
    for office in (police, labour, women):
        shown = office.node.rows.get("caseload", case)
        assert shown is not None
        assert shown.facts["custodian"] == LABOUR, office.agency
    assert province[BORDER].node.rows.get("caseload", case) is None

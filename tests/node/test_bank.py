"""The Social Policy Bank keeps no cases and still answers what it is asked, from its own node."""

from __future__ import annotations

import pytest

from domain.errors import RefusedError
from domain.statements import AgencyKind, Section
from hub.intake import Refused
from tests.node.province import POLICE, Province, case_of, notice, opened, person

BANK = "nh-thanh-hoa"


def test_a_loan_from_the_referral_to_its_end(province: Province) -> None:
    """Delivered by itself, opened, accepted, the loan recorded; the consent's end acknowledged; and nothing else."""
    world = province.world
    made = world.add_agency(BANK, AgencyKind.POLICY_BANK)
    assert not [one for one in world.send("so-danh-ba", *made) if isinstance(one, Refused)]
    police, bank = province[POLICE], province[BANK]
    code = opened(police, notice({Section.IDENTITY: person()}))
    consent = police.officer.give_consent(code, recipients=[BANK], sections=["identity"], given_by="person")
    with pytest.raises(RefusedError, match="service_not_given"):
        police.officer.refer(code, to=BANK, service="shelter", message="nhờ", sections=["identity"])
    offer = police.officer.refer(code, to=BANK, service="loan", message="nhờ vay vốn", sections=["identity"]).id or ""
    province.sync()
    bank.officer.open(offer)
    bank.officer.accept(offer)
    case = case_of(bank, code)
    assert "values" in bank.content(case)["identity"][POLICE]
    assert bank.officer.record_support(code, regime="loan_support", given="vay vốn").index is not None
    for regime in ("medical", "initial_allowance"):
        with pytest.raises(RefusedError, match="kind_not_author"):
            bank.officer.record_support(code, regime=regime, given="x")
    police.officer.withdraw_consent(code, consent=consent.statement)
    province.check()
    assert "identity" not in bank.content(case)
    shown = police.node.rows.get("caseload", case)
    assert shown is not None
    assert shown.facts["consents"][0]["acknowledged"] == [BANK]
    assert [row.facts["state"] for row in police.inbox()] == ["accepted"]

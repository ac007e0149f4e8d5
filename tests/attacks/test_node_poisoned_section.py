"""Attack: an agency seals nonsense and shares it, to stop others' views or to speak in another's place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from domain.statements import Section, SectionAppended
from node import composer as composing
from node import reading
from sealing.sections import seal
from tests.hub.log_fixtures import hub_dsn
from tests.node.province import LABOUR, POLICE, Province, case_of, opened, province

__all__ = ["hub_dsn", "province"]

NONSENSE: Mapping[str, bytes] = {
    "no-json": b"\xff\x00not json",
    "empty": b"",
    "a-number": b"7",
    "a-list": b"[]",
    "a-surrogate": b'{"values":{"full_name":{"value":"\\ud800"}}}',
    "not-a-number": b'{"values":{"full_name":{"value":NaN}}}',
    "deep": b"[" * 200_000 + b"]" * 200_000,
    "deep-value": b'{"values":{"full_name":{"value":' + b"[" * 50_000 + b"]" * 50_000 + b"}}}",
    "values-no-object": b'{"values":[1]}',
    "a-value-no-object": b'{"values":{"papers":7}}',
    "papers-no-list": b'{"values":{"papers":{"value":{"kind":1}}}}',
    "papers-of-nothing": b'{"values":{"papers":{"value":[1,null,{"kind":["x"],"number":{},"date":7}]}}}',
    "province-a-list": b'{"values":{"residence_province":{"value":["38"]},"birth":{"value":"x"}}}',
    "another-s-index": b'{"values":{},"index":1,"statement":"x","corrected":{"by":"yt-thanh-hoa"}}',
}


@pytest.mark.parametrize("name", NONSENSE)
@pytest.mark.parametrize("section", [Section.IDENTITY, Section.PROFILE])
def test_nonsense_stops_nobody(
    province: Province, monkeypatch: pytest.MonkeyPatch, section: Section, name: str
) -> None:
    """It is shown as unreadable or as it is; the receiver follows on, and what is shown names its true place."""
    police, labour = province[POLICE], province[LABOUR]
    code = opened(police)
    with monkeypatch.context() as patch:
        patch.setattr(composing, "seal", lambda _plain, **where: seal(NONSENSE[name], **where))
        case = police.node.case_of_code(code)
        made = police.node.composer.compose(
            SectionAppended, case, occurred="2026-11-02T01:00Z", contents={section: {"values": {}}}, to=(LABOUR,),
            share=lambda keys: [
                composing.Share(to=LABOUR, keys=(keys[section],), law="l53_art28")
            ] if section is Section.PROFILE else [],
        )  # fmt: skip
        police.node.queue([made])
        police.node.sync()
    assert police.node.store.refusal(made.statement.id) is None
    labour.node.sync()
    shown = labour.content(case_of(labour, code))[section.value][POLICE]
    assert (shown["statement"], "corrected" in shown) == (made.statement.id, False)
    reading.caseload(labour.node.views)
    after = opened(police, key="2")
    province.check()
    assert labour.content(case_of(labour, after))["identity"]


def test_a_body_in_another_s_place_does_not_open(province: Province) -> None:
    """A hub that hands out one case's body for another's: unreadable, not another person's data."""
    police, labour = province[POLICE], province[LABOUR]
    opened(police)
    opened(police, key="2")

    def swap(path: str, body: bytes) -> bytes:
        if path != "/v1/bodies":
            return body
        found: dict[str, Any] = json.loads(body)
        return json.dumps(dict(zip(found, reversed(list(found.values())), strict=True))).encode()

    labour.line.change = swap
    labour.node.sync()
    for row in labour.node.rows.all("caseload"):
        assert row.content is not None
        assert all(record["unreadable"] for record in row.content["identity"].values())
    # Nothing of the swap is kept: the next look is whole.
    labour.line.change = lambda _path, body: body
    for row in list(police.node.rows.all("caseload")):
        police.officer.append(str(row.facts["code"]), section="identity", values={"sex": "f"})
    province.check()
    for row in labour.node.rows.all("caseload"):
        assert row.content is not None
        assert "values" in row.content["identity"][POLICE]

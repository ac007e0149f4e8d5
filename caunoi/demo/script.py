"""The officers' part of the worked example: everything a person decides, through the nodes' own interface.

Every step looks first whether it is done, so that a second run does nothing twice; and it is done to the cast's own
cases only, whatever else the agencies have taken in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from caunoi.officers import NodeClient

NodeOf = Callable[..., NodeClient]
Settle = Callable[[str], None]
"""Lets what was said come to an agency, by whatever door."""
REFERRED_HOME = 3  # of the victims of provinces that have joined, offered to the home health authority each
ACCEPTED_HOME = 2  # of these it accepts; the rest waits, and everybody sees whose turn it is
AGREED = ["identity", "support"]  # what they agree to share with the Union
WITH_CONSENT = 3  # victims who agree that the Women's Union supports them


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was tried and what it met: a code of `domain/words/` with its parameters, and what else was seen of it."""

    tried: str
    code: str
    params: Mapping[str, str | int]
    more: tuple[tuple[str, Mapping[str, str | int]], ...] = ()


@dataclass(slots=True)
class Played:
    """What the script leaves for the telling: the case shown, refusals that really ran."""

    shown: str = ""
    refusals: list[Refusal] = field(default_factory=list)


def play(node: NodeOf, settle: Settle, *, victims: Sequence[str], handed_over: str) -> Played:
    """Play all officers: custody, consents, referrals, answers, refusals.

    In the order of the cast: that of the log depends on which door was faster.

    Args:
        victims: mã hồ sơ of the cast's victims of criminal cases.
        handed_over: that of the person handed over at the gate; it is the case shown.
    """
    labour, women = node("labour-38"), node("women-38")
    givers = ((node("police-38"), victims), (node("border-na-meo"), [handed_over]))
    for giver, codes in givers:
        settle(giver.agency)
        for case in _cases(giver, codes):
            if case["custodian"] == giver.agency and not _offers(giver, case["code"]):
                sections = ["identity", "contact", "profile"]
                sections = [name for name in sections if case["open"].get(name)]
                giver.act("transfer", case["code"], to="labour-38", message="Bàn giao để hỗ trợ.", sections=sections)
    settle(labour.agency)
    given = [offer for giver, codes in givers for offer in _ids(giver, codes, to="labour-38")]
    for offer in _received(labour, given):
        if offer["kind"] == "transfer" and offer["turn"] == "ours":
            labour.act("accept", offer["id"])
    _refer_home(node, settle, labour, victims)
    if not _cases(labour, [handed_over])[0]["support"]:
        labour.act("record_support", handed_over, regime="essential_needs", given="Ăn, ở, quần áo trong 15 ngày.")
    agreed = [handed_over, *(c["code"] for c in _cases(labour, victims)[:WITH_CONSENT])]
    _refer_to_union(settle, labour, women, agreed)
    return Played(shown=handed_over)


def _cases(node: NodeClient, codes: Sequence[str]) -> list[dict[str, Any]]:
    known = {case["code"]: case for case in node.get("/v1/caseload")}
    return [known[code] for code in codes if code in known]


def _offers(node: NodeClient, code: str, *, to: str | None = None) -> list[dict[str, Any]]:
    return [o for o in node.get("/v1/inbox") if o["code"] == code and to in (None, o["receiver"])]


def _ids(sender: NodeClient, codes: Sequence[str], *, to: str) -> list[str]:
    """Offers of these cases by the sender's own book: whoever receives one learns its code only when it accepts."""
    found = [offer for offer in sender.get("/v1/inbox") if offer["code"] in codes and offer["receiver"] == to]
    return [offer["id"] for offer in sorted(found, key=lambda offer: codes.index(offer["code"]))]


def _received(receiver: NodeClient, ids: Sequence[str]) -> list[dict[str, Any]]:
    known = {offer["id"]: offer for offer in receiver.get("/v1/inbox")}
    return [known[one] for one in ids if one in known]


def _refer_home(node: NodeOf, settle: Settle, labour: NodeClient, victims: Sequence[str]) -> None:
    """The home province is told by law; some cases are offered to its health authority, and it accepts."""
    for home, province in (("labour-14", "14"), ("labour-40", "40")):
        from_there = [c for c in _cases(labour, victims) if _province(labour, c["code"]) == province][:REFERRED_HOME]
        for case in from_there:
            if not _offers(labour, case["code"], to=home):
                labour.act(
                    "refer", case["code"], to=home, service="reintegration",
                    message="Đề nghị tiếp nhận, hỗ trợ tại địa phương.", sections=["identity", "contact", "profile"],
                )  # fmt: skip
        receiver = node(home)
        settle(home)
        offers = _received(receiver, _ids(labour, victims, to=home))
        accepted = [o for o in offers if o["state"] == "accepted"]
        waiting = [o for o in offers if o["turn"] == "ours"]
        for offer in waiting[: max(0, ACCEPTED_HOME - len(accepted))]:
            receiver.act("open", offer["id"])
            receiver.act("accept", offer["id"])
    settle(labour.agency)


def _province(node: NodeClient, code: str) -> str | None:
    profile = node.get(f"/v1/cases/{code}")["sections"]["profile"].get("open", {})
    for author in sorted(profile):
        value = profile[author]["values"].get("residence_province", {}).get("value")
        if value:
            return str(value)
    return None


def _refer_to_union(settle: Settle, labour: NodeClient, women: NodeClient, agreed: list[str]) -> None:
    """Some agree that the Women's Union supports them; it accepts all but one, and says why."""
    known = {c["code"]: c["open"] for c in labour.get("/v1/caseload")}
    for code in agreed:
        if _offers(labour, code, to="women-38"):
            continue
        sections = [name for name in AGREED if known[code].get(name)]
        labour.act("give_consent", code, recipients=["women-38"], sections=AGREED, given_by="person")
        labour.act(
            "refer", code, to="women-38", service="reintegration",
            message="Chị mong được Hội thăm hỏi; không gọi điện vào buổi tối.", sections=sections,
        )  # fmt: skip
    settle(women.agency)
    offers = _received(women, _ids(labour, agreed, to="women-38"))
    last = offers[-1]["id"]
    for offer in offers:
        if offer["turn"] != "ours":
            continue
        women.act("open", offer["id"])
        if offer["id"] == last:  # this one it cannot take
            women.act("refuse", offer["id"], reason="no_capacity", message="Tháng này tổ công tác đã đủ việc.")
        else:
            women.act("accept", offer["id"])
    settle(labour.agency)

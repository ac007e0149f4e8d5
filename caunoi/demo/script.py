"""The officers' part of the worked example: everything a person decides, through the nodes' own interface.

Every step looks first whether it is done, so that a second run does nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from caunoi.officers import NodeClient

NodeOf = Callable[..., NodeClient]
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


def play(node: NodeOf) -> Played:
    """Play all officers: custody, consents, referrals, answers, refusals."""
    police, labour, women = node("police-38"), node("labour-38"), node("women-38")
    victims = _victims(police)
    handed_over = [c for c in node("border-na-meo").get("/v1/caseload") if c["pathway"] == "handed_over"]
    for giver, cases in ((police, victims), (node("border-na-meo"), handed_over)):
        for case in cases:
            if case["custodian"] == giver.agency and not _offers(giver, case["code"]):
                sections = ["identity", "contact", "profile"]
                sections = [name for name in sections if case["open"].get(name)]
                giver.act("transfer", case["code"], to="labour-38", message="Bàn giao để hỗ trợ.", sections=sections)
    labour.sync()
    for offer in labour.get("/v1/inbox"):
        if offer["kind"] == "transfer" and offer["turn"] == "ours":
            labour.act("accept", offer["id"])
    _refer_home(node, labour)
    shown = str(handed_over[0]["code"])
    if not next(c for c in labour.get("/v1/caseload") if c["code"] == shown)["support"]:
        labour.act("record_support", shown, regime="essential_needs", given="Ăn, ở, quần áo trong 15 ngày.")
    agreed = [shown, *(c["code"] for c in _victims(labour)[:WITH_CONSENT])]
    _refer_to_union(labour, women, agreed)
    return Played(shown=shown)


def _victims(node: NodeClient) -> list[dict[str, Any]]:
    return [c for c in node.get("/v1/caseload") if c["pathway"] == "rescued" and c["identified"]]


def _offers(node: NodeClient, code: str, *, to: str | None = None) -> list[dict[str, Any]]:
    return [o for o in node.get("/v1/inbox") if o["code"] == code and to in (None, o["receiver"])]


def _refer_home(node: NodeOf, labour: NodeClient) -> None:
    """The home province is told by law; some cases are offered to its health authority, and it accepts."""
    for home, province in (("labour-14", "14"), ("labour-40", "40")):
        from_there = [c for c in _victims(labour) if _province(labour, c["code"]) == province][:REFERRED_HOME]
        for case in from_there:
            if not _offers(labour, case["code"], to=home):
                labour.act(
                    "refer", case["code"], to=home, service="reintegration",
                    message="Đề nghị tiếp nhận, hỗ trợ tại địa phương.", sections=["identity", "contact", "profile"],
                )  # fmt: skip
        receiver = node(home)
        receiver.sync()
        offers = receiver.get("/v1/inbox")
        accepted = [o for o in offers if o["state"] == "accepted"]
        waiting = [o for o in offers if o["turn"] == "ours"]
        for offer in waiting[: max(0, ACCEPTED_HOME - len(accepted))]:
            receiver.act("open", offer["id"])
            receiver.act("accept", offer["id"])
    labour.sync()


def _province(node: NodeClient, code: str) -> str | None:
    profile = node.get(f"/v1/cases/{code}")["sections"]["profile"].get("open", {})
    for author in sorted(profile):
        value = profile[author]["values"].get("residence_province", {}).get("value")
        if value:
            return str(value)
    return None


def _refer_to_union(labour: NodeClient, women: NodeClient, agreed: list[str]) -> None:
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
    women.sync()
    for offer in women.get("/v1/inbox"):
        if offer["turn"] != "ours":
            continue
        women.act("open", offer["id"])
        # What the code is, the Union learns only once it has accepted; the last one in the list it cannot take.
        if offer["id"] == _last(women):
            women.act("refuse", offer["id"], reason="no_capacity", message="Tháng này tổ công tác đã đủ việc.")
        else:
            women.act("accept", offer["id"])
    labour.sync()


def _last(women: NodeClient) -> str:
    offers = sorted(women.get("/v1/inbox"), key=lambda o: o["steps"][0]["index"])
    return str(offers[-1]["id"])

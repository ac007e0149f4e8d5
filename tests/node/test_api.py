"""The node's door for its own officers: acts by typed arguments, nothing echoed, nothing that is not theirs."""

from __future__ import annotations

import inspect
import json
import threading
from collections.abc import Iterator
from typing import Any

import httpx2 as httpx
import pytest
from starlette.testclient import TestClient

from domain import statements as s
from node import api
from node.acts import ACTS, components
from node.officer import AUDIENCE, Officer
from sealing.encoding import to_base64url
from sealing.keystore import MemoryKeyStore
from sealing.tokens import Kind, issue
from tests.node.province import BORDER, LABOUR, POLICE, TODAY, WOMEN, Office, Province, case_of, opened
from tests.world import REGISTRAR

PLANTED = "Nguyễn Thị Cấy 012345678901"


class Desk:
    """One officer's way in."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.client = TestClient(
            api.create(office.node, clock=lambda: office.world.now() // 1_000_000, today=lambda: TODAY),
            raise_server_exceptions=False,
        )

    def token(self, officer: str = "b2" * 8) -> dict[str, str]:
        """A token of this agency's key."""
        store = self.office.node.keystore
        text = issue(
            kind=Kind.OFFICER,
            agency=self.office.agency,
            kid=store.kids("sign")[-1],
            audience=AUDIENCE,
            now=self.office.world.now() // 1_000_000,
            signer=store,
            officer=officer,
        )
        return {"Authorization": f"Bearer {text}"}

    def act(self, act: str, on: str, officer: str = "b2" * 8, /, **arguments: Any) -> httpx.Response:
        """Do one act."""
        body = {"act": act, "on": on, "arguments": arguments}
        return self.client.post("/v1/acts", json=body, headers=self.token(officer))

    def get(self, path: str) -> Any:
        """Read one view."""
        answer = self.client.get(path, headers=self.token())
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
def desk(province: Province) -> Iterator[Desk]:
    """A desk at the police."""
    with Desk(province[POLICE]).client as client:
        made = Desk(province[POLICE])
        made.client = client
        yield made


def test_every_act_has_a_model_and_a_method() -> None:
    """The arguments of a model are the method's own, but for its papers; the published contract has them all."""
    for act, model in ACTS.items():
        method = inspect.signature(getattr(Officer, act)).parameters
        assert set(model.__struct_fields__) - {"papers"} == set(method) - {"self"} - {next(iter(list(method)[1:]))}, act
    public = {name for name, value in vars(Officer).items() if not name.startswith("_") and inspect.isfunction(value)}
    assert public == {*ACTS, "with_papers"}
    acts = {one["properties"]["act"]["enum"][0] for one in components()["Act"]["oneOf"]}
    assert acts == set(ACTS)
    assert r"\Z" not in json.dumps(components())


def test_the_contract_names_every_act(desk: Desk) -> None:
    """What is published says which arguments an act has."""
    document = desk.client.get("/openapi.json").json()
    schemas = document["components"]["schemas"]
    assert schemas["Act"] == components()["Act"]
    assert document["paths"]["/v1/acts"]["post"]["requestBody"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/Act"
    }


def test_an_act_is_done_under_the_officer_s_pseudonym(desk: Desk) -> None:
    """The entry says which officer, by the token's pseudonym; the next entry of the node says its own."""
    code = opened(desk.office)
    done = desk.act("refer", code, "c3" * 8, to=BORDER, service="reintegration", message="nhờ")
    assert done.status_code == 200
    assert set(done.json()) == {"statement", "index", "id"}
    entry = next(i for i in desk.office.feed() if i.index == done.json()["index"])
    assert entry.statement.officer == "c3" * 8
    opened(desk.office, key="2")
    assert desk.office.feed()[-1].statement.officer is None


@pytest.mark.parametrize(
    ("act", "arguments"),
    [
        ("refer", {}),
        ("refer", {"to": BORDER, "service": "reintegration", "message": 7}),
        ("refer", {"to": BORDER, "service": "reintegration", "message": "x", "sections": ["nothing"]}),
        ("refer", {"to": BORDER, "service": "reintegration", "message": "x", PLANTED: 1}),
        ("refer", {"to": PLANTED, "service": "reintegration", "message": "x"}),
        ("refer", {"to": BORDER, "service": PLANTED, "message": "x"}),
        ("accept", {"reason": "x"}),
        ("close", {"reason": PLANTED}),
        ("_do", {}),
        ("__class__", {}),
        (PLANTED, {}),
        ("append", {"section": "identity", "values": {PLANTED: PLANTED}}),
        ("append", {"section": "identity", "values": [PLANTED]}),
        ("answer_identification", {"outcome": "victim", "legal_date": "2026-02-31"}),
        ("give_consent", {"recipients": [WOMEN], "sections": ["identity"], "given_by": "person", "until": "mai"}),
        ("give_consent", {"recipients": ["khong-co"], "sections": ["identity"], "given_by": "person"}),
        ("transfer", {"to": "khong-co", "message": "x"}),
    ],
)
def test_wrong_arguments_are_refused_without_echo(desk: Desk, act: str, arguments: dict[str, Any]) -> None:
    """A stable code, no value of the request, nothing recorded and nothing left behind."""
    code = opened(desk.office)
    size = len(desk.office.feed())
    answer = desk.act(act, code, **arguments)
    assert answer.status_code in {400, 422}, answer.text
    assert answer.json()["code"]
    for part in PLANTED.split():
        assert part not in answer.text
    desk.office.node.sync()
    assert (len(desk.office.feed()), desk.office.queued()) == (size, 0)
    assert desk.act("request_identification", code, to=POLICE).status_code == 200


@pytest.mark.parametrize(
    ("act", "field", "arguments"),
    [
        ("record_support", "since", {"regime": "medical", "given": "x"}),
        ("give_consent", "until", {"recipients": [WOMEN], "sections": ["identity"], "given_by": "person"}),
        ("answer_identification", "legal_date", {"outcome": "victim"}),
        ("transfer", "answer_by", {"to": LABOUR, "message": "x"}),
        ("notify", "occurred", {"pathway": "hotline", "values": {"full_name": "x"}}),
    ],
)
def test_a_date_in_another_form_is_said_so(desk: Desk, act: str, field: str, arguments: dict[str, Any]) -> None:
    """The code of a date, the field's name, and never what was written; what else is wrong is as it was."""
    code = opened(desk.office)
    for wrong in ("22012-01-01", "22/11/2026", 20261122, ""):
        answer = desk.act(act, code, **arguments, **{field: wrong})
        assert (answer.status_code, answer.json()["code"]) == (422, "date_malformed")
        assert answer.json()["params"] == {"field": field}
    assert (
        desk.act(act, code, **arguments, **{field: "2026-02-31T00:00Z"[: 17 if field == "occurred" else 10]}).json()[
            "code"
        ]
        == "date_impossible"
    )
    assert desk.act(act, code, **arguments, nothing=1).json()["code"] == "request_wrong"


def test_an_unknown_case_and_a_stranger_s_get_one_answer(province: Province, desk: Desk) -> None:
    """The door does not tell which codes there are."""
    code = opened(desk.office)
    women = Desk(province[WOMEN])
    women.office.node.sync()
    answers = [women.act("close", one, reason="support_ended") for one in (code, "HS-22222-22222")]
    answers += [women.client.get(f"/v1/cases/{one}", headers=women.token()) for one in (code, "HS-22222-22222")]
    assert {(a.status_code, a.json()["code"]) for a in answers} == {(404, "case_unknown")}


def test_a_refusal_says_the_table_s_row(desk: Desk) -> None:
    """Code and parameters come through, also those the hub gives."""
    code = opened(desk.office)
    refused = desk.act("give_consent", code, recipients=[WOMEN], sections=["account"], given_by="person")
    assert (refused.json()["code"], refused.json()["params"]["row"]) == ("grant_forbidden", 11)


def test_without_the_hub_an_act_waits(desk: Desk) -> None:
    """It is answered as not recorded yet, and `sync` says how many wait."""
    code = opened(desk.office)
    desk.office.line.cut = True
    assert desk.act("request_identification", code, to=POLICE).json()["index"] is None
    answer = desk.client.post("/v1/sync", headers=desk.token()).json()
    assert (answer["hub"], answer["queued"]) == (False, 1)
    desk.office.line.cut = False
    answer = desk.client.post("/v1/sync", headers=desk.token()).json()
    assert (answer["hub"], answer["queued"], answer["alarm"]) == (True, 0, None)


def test_a_hub_that_answers_nonsense_does_not_make_an_act_twice(desk: Desk) -> None:
    """The act is kept and waits, which is what the officer is told; the alarm is shown."""
    code = opened(desk.office)
    desk.office.line.change = lambda path, body: b"{}" if path == "/v1/statements" else body
    assert desk.act("request_identification", code, to=POLICE).json()["index"] is None
    assert desk.client.post("/v1/sync", headers=desk.token()).json()["alarm"]
    desk.office.line.change = lambda _path, body: body
    desk.office.node.sync()
    assert [i.statement.type for i in desk.office.feed()].count("identification.requested") == 1


def test_officers_and_the_follower_share_the_node(province: Province, desk: Desk) -> None:
    """Several officers and the follow loop at once: each act is recorded once, and the views are whole."""
    police, labour = desk.office, province[LABOUR]
    codes = [opened(police, key=str(number)) for number in range(1, 5)]
    done: list[int] = []
    stop = threading.Event()

    def follow() -> None:
        while not stop.is_set():
            police.node.try_sync()

    def work(code: str) -> None:
        for number in range(4):
            answer = desk.act("append", code, section="identity", values={"full_name": f"Tên {number}"})
            done.append(answer.status_code)
            desk.get("/v1/caseload")
            desk.client.get("/metrics")

    follower = threading.Thread(target=follow)
    workers = [threading.Thread(target=work, args=(code,)) for code in codes]
    for thread in (follower, *workers):
        thread.start()
    for thread in workers:
        thread.join()
    stop.set()
    follower.join()
    assert done == [200] * 16
    province.check()
    assert len([i for i in police.feed() if i.statement.type == "section.appended"]) == 16
    name = labour.content(case_of(labour, codes[0]))["identity"][POLICE]["values"]["full_name"]["value"]
    assert name == "Tên 3"


def test_who_has_no_token_sees_nothing(desk: Desk) -> None:
    """Every path below /v1, and with another agency's or an agency's own token."""
    node = desk.office.node
    wrong = issue(
        kind=Kind.AGENCY,
        agency=POLICE,
        kid=node.keystore.kids("sign")[-1],
        audience="caunoi-hub",
        now=desk.office.world.now() // 1_000_000,
        signer=node.keystore,
    )
    paths = [path for path in desk.client.get("/openapi.json").json()["paths"] if path.startswith("/v1")]
    assert len(paths) > 10
    for path in paths:
        for headers in ({}, {"Authorization": f"Bearer {wrong}"}, {"Authorization": "Bearer x"}):
            for method in ("GET", "POST"):
                answer = desk.client.request(
                    method, path.replace("{code}", "x").replace("{number}", "1"), headers=headers
                )
                assert answer.status_code in {401, 405}, path


def test_a_revoked_key_opens_no_desk(province: Province, desk: Desk) -> None:
    """An officer's token signed by a key that the directory has revoked is no token any more."""
    world, store = desk.office.world, desk.office.node.keystore
    assert isinstance(store, MemoryKeyStore)
    old, token = store.kids("sign")[-1], desk.token()
    new = store.add_key(use="sign", suite="ed25519")
    public = to_base64url(store.public(new))
    world.send(
        REGISTRAR,
        world.register(s.KeyRegistered, agency=POLICE, key=new, use=s.KeyUse.SIGN, suite="ed25519", public=public),
    )
    province.sync()
    before = desk.client.get("/v1/caseload", headers=token).status_code
    world.send(REGISTRAR, world.register(s.KeyRevoked, agency=POLICE, key=old, reason="replaced"))
    province.sync()

    assert (before, desk.client.get("/v1/caseload", headers=token).status_code) == (200, 401)

"""Whoever has no right gets nothing: every address × every wrong caller, every agency × every body, grant, entry."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from starlette.testclient import TestClient

from domain import statements as s
from domain.statements import CaseStatement, KeyUse
from hub.contract import JSON, NDJSON
from ledger import entry as entries
from sealing.encoding import to_base64url
from sealing.keystore import MemoryKeyStore
from sealing.tokens import Kind
from tests.contracts.fixtures import AGENCIES, AUDITOR, OFFICER, STRANGER, Served, bearer, contract, served
from tests.world import BORDER, LABOUR, POLICE, REGISTRAR, WOMEN

__all__ = ["served"]
OPEN = {"/healthz", "/readyz", "/metrics"}
GUARDED = {
    name: [(path, verb) for path, verbs in contract(name)["paths"].items() for verb in verbs if path not in OPEN]
    for name in ("hub", "node")
}
BODIES = {
    "/v1/bodies": {"hashes": []}, "/v1/grants": {"hashes": []}, "/v1/acts": {"act": "close", "on": "x"},
}  # fmt: skip


def foreign(served: Served) -> MemoryKeyStore:
    """Keys that nobody registered."""
    keys = MemoryKeyStore("elsewhere")
    keys.add_key(use="sign", suite="ed25519")
    return keys


def unsigned(served: Served) -> str:
    head, payload, _ = served.token(POLICE).split(".")
    return f"{head}.{payload}."


def without_algorithm(served: Served) -> str:
    payload = served.token(POLICE).split(".")[1]
    head = json.dumps({"alg": "none", "kid": served.keys(POLICE).kids("sign")[-1], "typ": Kind.AGENCY.value})
    return f"{to_base64url(head.encode())}.{payload}."


LONG_AGO = 1_000_000_000
WRONG_AT_HUB: dict[str, Callable[[Served], dict[str, str]]] = {
    "none": lambda _: {},
    "empty": lambda _: {"Authorization": ""},
    "only the scheme": lambda _: {"Authorization": "Bearer "},
    "another scheme": lambda v: {"Authorization": f"Basic {v.token(POLICE)}"},
    "garbage": lambda _: bearer("garbage"),
    "garbage in three": lambda _: bearer("YQ.YQ.YQ"),
    "very long": lambda _: bearer("A" * 60_000),
    "unsigned": lambda v: bearer(unsigned(v)),
    "alg none": lambda v: bearer(without_algorithm(v)),
    "expired": lambda v: bearer(v.token(POLICE, now=LONG_AGO)),
    "from the future": lambda v: bearer(v.token(POLICE, now=v.world.now() // 1_000_000 + 3600)),
    "another audience": lambda v: bearer(v.token(POLICE, audience="caunoi-node")),
    "an officer": lambda v: bearer(v.token(POLICE, kind=Kind.OFFICER, officer=OFFICER)),
    "an officer of the node": lambda v: bearer(v.officer()),
    "an unknown key": lambda v: bearer(v.token(POLICE, keys=foreign(v))),
    "another agency's name": lambda v: bearer(v.token(POLICE, keys=v.keys(STRANGER))),
    "a revoked key": lambda v: bearer(v.token(POLICE, keys=revoked_key(v))),
    "a revoked agency": lambda v: bearer(v.token("pn-da-ra", keys=revoked_agency(v))),
}
WRONG_AT_NODE: dict[str, Callable[[Served], dict[str, str]]] = {
    name: WRONG_AT_HUB[name]
    for name in ("none", "empty", "only the scheme", "garbage", "garbage in three", "very long")
} | {
    "another scheme": lambda v: {"Authorization": f"Basic {v.officer()}"},
    "expired": lambda v: bearer(v.officer(now=LONG_AGO)),
    "another audience": lambda v: bearer(v.officer(audience="caunoi-hub")),
    "the agency itself": lambda v: bearer(v.token(POLICE)),
    "the agency itself, for the node": lambda v: bearer(v.token(POLICE, audience="caunoi-node")),
    "another agency's officer": lambda v: bearer(v.officer(agency=LABOUR, keys=v.keys(LABOUR))),
    "another key, this agency's name": lambda v: bearer(v.officer(keys=v.keys(LABOUR))),
}


def revoked_key(served: Served) -> MemoryKeyStore:
    """Keys of the police that were registered and revoked."""
    keys = MemoryKeyStore(POLICE)
    kid = keys.add_key(use="sign", suite="ed25519")
    public = to_base64url(keys.public(kid))
    world = served.world
    made = [
        world.register(s.KeyRegistered, agency=POLICE, key=kid, use=KeyUse.SIGN, suite="ed25519", public=public),
        world.register(s.KeyRevoked, agency=POLICE, key=kid, reason="compromised"),
    ]
    assert [type(answer).__name__ for answer in world.send(REGISTRAR, *made)] == ["Receipt", "Receipt"]
    return keys


def revoked_agency(served: Served) -> MemoryKeyStore:
    """Keys in force of an agency that is in force no longer."""
    world = served.world
    if "pn-da-ra" not in world.members:
        made = world.add_agency("pn-da-ra", s.AgencyKind.WOMEN_UNION, place="40")
        made.append(world.register(s.AgencyRevoked, agency="pn-da-ra", reason="dissolved"))
        assert {type(answer).__name__ for answer in world.send(REGISTRAR, *made)} == {"Receipt"}
    return served.keys("pn-da-ra")


def ask(client: TestClient, path: str, verb: str, headers: dict[str, str]) -> Any:
    """Ask an address with a body that would do."""
    where = path.replace("{statement_id}", "0" * 32).replace("{code}", "TH-0000-0000").replace("{number}", "1")
    if where == "/v1/statements":
        return client.request(verb, where, headers={**headers, "Content-Type": NDJSON}, content=b"{}\n")
    if where == "/v1/ingest" and verb == "post":
        return client.request(verb, where, headers=headers, params={"name": "a.json"}, content=b"{}")
    return client.request(verb, where, headers=headers, json=BODIES.get(where))


@pytest.mark.parametrize("wrong", WRONG_AT_HUB)
def test_hub_denies(served: Served, wrong: str) -> None:
    """Each address of the hub answers each wrong caller 401, always in the same words, and does nothing."""
    headers = WRONG_AT_HUB[wrong](served)
    size = served.world.intake.head.frontier.size
    answers = {(one.status_code, one.text) for one in (ask(served.hub, *where, headers) for where in GUARDED["hub"])}
    assert answers == {(401, served.hub.get("/v1/head").text)}
    assert len(GUARDED["hub"]) == 14
    assert served.world.intake.head.frontier.size == size


@pytest.mark.parametrize("wrong", WRONG_AT_NODE)
def test_node_denies(served: Served, wrong: str) -> None:
    """Each address of the node answers each wrong caller 401, always in the same words."""
    headers = WRONG_AT_NODE[wrong](served)
    answers = {(one.status_code, one.text) for one in (ask(served.node, *where, headers) for where in GUARDED["node"])}
    assert answers == {(401, served.node.get("/v1/caseload").text)}
    assert len(GUARDED["node"]) >= 13


def test_the_right_caller_is_not_denied(served: Served) -> None:
    """The same questions with a right token are not answered 401: the tests above look at the token alone."""
    carrier = bearer(served.token("hub", keys=served.world.hub_keys))
    for where in GUARDED["hub"]:
        headers = carrier if where[0] in {"/v1/carried", "/v1/kafka"} else served.as_(POLICE)
        assert ask(served.hub, *where, headers).status_code not in {401, 500}
    for where in GUARDED["node"]:
        assert ask(served.node, *where, served.as_officer()).status_code not in {401, 500}


# -- whose is what ---------------------------------------------------------------------------------------------------


def logged(served: Served) -> list[tuple[int, s.Statement]]:
    """The whole log, read as the superuser could."""
    reader = served.world.application.reader
    return [(one.index, s.read(entries.parse(one.entry).header)) for one in reader.stream()]


def feed_of(served: Served, agency: str) -> set[int]:
    """Log indexes on an agency's feed, over HTTP."""
    text = served.hub.get("/v1/feed", params={"limit": 2000}, headers=served.as_(agency)).text
    return {json.loads(line)["index"] for line in text.splitlines()}


def shared_with(served: Served) -> dict[str, set[int]]:
    """Log indexes on each feed, as the database has them."""
    with psycopg.connect(served.world.dsn) as connection:
        rows = connection.execute("SELECT agency, log_index FROM hub.feeds").fetchall()
    return {agency: {index for of, index in rows if of == agency} for agency in AGENCIES}


@pytest.mark.parametrize("agency", AGENCIES)
def test_feeds_are_ones_own(served: Served, agency: str) -> None:
    """A feed has what is shared with the caller and nothing else; a case's strangers have no entry of it."""
    mine = feed_of(served, agency)
    assert mine == shared_with(served)[agency]
    about_cases = {index for index, statement in logged(served) if isinstance(statement, CaseStatement)}
    assert bool(mine & about_cases) is (agency not in {STRANGER, AUDITOR, REGISTRAR})


@pytest.mark.parametrize("agency", AGENCIES)
def test_bodies_are_of_ones_own_entries(served: Served, agency: str) -> None:
    """Asked for every body there is, the hub gives exactly those of entries on the caller's feed."""
    every = {one.hash: index for index, statement in logged(served) for one in getattr(statement, "sealed", ())}
    answer = served.hub.post("/v1/bodies", headers=served.as_(agency), json={"hashes": list(every)})
    feed = shared_with(served)[agency]
    assert len(every) > 5
    assert answer.json().keys() == {name for name, index in every.items() if index in feed}


@pytest.mark.parametrize("agency", AGENCIES)
def test_grants_are_for_their_grantee(served: Served, agency: str) -> None:
    """Asked for every grant there is, the hub gives none that is for another."""
    every = {grant.hash: grant.to for _, one in logged(served) for grant in getattr(one, "grants", ())}
    answer = served.hub.post("/v1/grants", headers=served.as_(agency), json={"hashes": list(every)})
    assert len(every) > 8
    assert all(every[name] == agency for name in answer.json())
    assert bool(answer.json()) is (agency in {POLICE, LABOUR, WOMEN, BORDER})


def test_withdrawn_grants_are_gone(served: Served) -> None:
    """A former recipient, whose consent was withdrawn, is given what stood on it no more."""
    ours = [
        grant
        for _, one in logged(served)
        for grant in getattr(one, "grants", ())
        if grant.to == WOMEN and grant.consent is not None
    ]
    answer = served.hub.post("/v1/grants", headers=served.as_(WOMEN), json={"hashes": [grant.hash for grant in ours]})
    assert ours and answer.json() == {}


@pytest.mark.parametrize("agency", AGENCIES)
def test_receipts_are_for_authors(served: Served, agency: str) -> None:
    """A receipt is its author's; for all others a statement that exists is as one that does not."""
    unknown = served.hub.get(f"/v1/receipts/{os.urandom(16).hex()}", headers=served.as_(agency))
    assert unknown.status_code == 404
    for _, statement in logged(served):
        answer = served.hub.get(f"/v1/receipts/{statement.id}", headers=served.as_(agency))
        if statement.by == agency:
            assert answer.status_code == 200
        else:
            assert (answer.status_code, answer.content, answer.headers) == (404, unknown.content, unknown.headers)


@pytest.mark.parametrize("path", ["/v1/bodies", "/v1/grants"])
def test_forbidden_is_as_unknown(served: Served, path: str) -> None:
    """Hashes of others' bodies and grants are answered byte for byte like hashes of nothing."""
    cases = [one for _, one in logged(served) if isinstance(one, CaseStatement)]
    others = [part.hash for one in cases for part in one.sealed] + [part.hash for one in cases for part in one.grants]
    nothing = [os.urandom(32).hex() for _ in others]
    answers = [served.hub.post(path, headers=served.as_(STRANGER), json={"hashes": one}) for one in (others, nothing)]
    assert [(one.status_code, one.content) for one in answers] == [(200, b"{}")] * 2
    assert answers[0].headers == answers[1].headers


@pytest.mark.parametrize("agency", AGENCIES)
def test_the_log_is_for_auditors(served: Served, agency: str) -> None:
    """The whole log opens to auditors and the registrar; nobody else is told even how long it is."""
    answer = served.hub.get("/v1/entries", headers=served.as_(agency))
    assert answer.status_code == (200 if agency in {AUDITOR, REGISTRAR} else 403)
    assert answer.status_code == 200 or answer.json()["code"] == "not_authorised"


def submit(served: Served, agency: str, body: bytes) -> Any:
    """Submit one as an agency."""
    return served.hub.post("/v1/statements", headers={**served.as_(agency), "Content-Type": JSON}, content=body)


def test_refusals_are_ones_own(served: Served) -> None:
    """A refusal is told again to whom it was given, and to nobody else."""
    made = served.world[STRANGER].composer.compose_activity(
        occurred="2026-11-02T01:00Z", facts={"activity": "nothing_known", "day": "2026-11-04", "headcount": 12}
    )
    assert submit(served, STRANGER, made.body).status_code == 422
    for agency in AGENCIES:
        told = served.hub.get("/v1/refusals", headers=served.as_(agency)).text
        assert (made.statement.id in told) is (agency == STRANGER)


def closing(served: Served, case: str, prev: str) -> bytes:
    """A stranger's signed wish to close a case."""
    stranger = served.world[STRANGER]
    header = s.CaseClosed(
        v=1, id=os.urandom(16).hex(), by=STRANGER, kid=stranger.keystore.kids("sign")[-1],
        occurred="2026-11-02T01:00Z", case=case, prev=prev, reason="support_completed",
    )  # fmt: skip
    return stranger.composer.sign(header, bodies={}, wrapped={}).body


def test_someone_elses_case_is_as_none(served: Served) -> None:
    """A statement about another's case is refused in the very words a made-up case is refused in."""
    (newest,) = [row[0].hex() for row in _newest(served)]
    cases = (served.case, os.urandom(16).hex())
    answers = [submit(served, STRANGER, closing(served, case, newest)) for case in cases]
    words = ("type", "title", "status", "code", "vi", "en")
    told = [{name: answer.json()[name] for name in words} for answer in answers]
    assert told[0] == told[1] and told[0]["code"] == "case_unknown"
    assert answers[0].json().keys() == answers[1].json().keys()
    assert [answer.status_code for answer in answers] == [404, 404]


def _newest(served: Served) -> list[Any]:
    with psycopg.connect(served.world.dsn) as connection:
        return connection.execute(
            "SELECT statement_hash FROM hub.log WHERE originator_id = %s ORDER BY log_index DESC LIMIT 1",
            (served.case,),
        ).fetchall()


def test_nobody_speaks_for_another(served: Served) -> None:
    """A statement signed by another agency is not taken from this one, and tells nothing of that one's case."""
    police = served.world[POLICE]
    made = police.compose(s.SectionAppended, served.case, contents={s.Section.ACCOUNT: {"values": {}}})
    answer = submit(served, STRANGER, made.body)
    assert (answer.status_code, answer.json()["code"]) == (404, "case_unknown")

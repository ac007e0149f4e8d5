"""A node whose hub is behind a State platform's proxy: TLS ends there, few headers pass, bodies are cut anew, requests
are sent twice. Everything a node does is done, and recorded once.
"""

from __future__ import annotations

import itertools
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Any, cast

import httpx2 as httpx
import psycopg
import pytest
import uvicorn
from fastapi import FastAPI
from typing_extensions import override

from caunoi.errors import SettingsError
from caunoi.home import Home
from caunoi.hub_address import authorities, hub_client
from caunoi.serving import config
from caunoi.settings import Settings
from node import api as node_api
from node.errors import HubAnswerError, HubUnavailableError
from node.officer import AUDIENCE
from node.paper_reading import open_file
from sealing.tokens import Kind, issue
from tests.certificates import certificate
from tests.node.province import LABOUR, POLICE, TODAY, WOMEN, Line, Office, Province, case_of, opened
from tests.node.test_papers import JPEG, PDF, answered, handed_in, paper, read, shown
from tests.proxy import KEPT, Answered, Asked, Proxy, once
from tests.tree import ROOT
from tests.world import World

Send = Callable[[Asked], Answered]


@contextmanager
def served(app: FastAPI) -> Iterator[tuple[str, int]]:
    """The application on a free port of the loopback, as it is served in earnest."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(config(app))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()


class BehindProxy(Province):
    """A province whose offices reach the hub through one proxy."""

    def __init__(self, world: World, home: Path, directory: Path) -> None:
        super().__init__(world, home)
        self.directory = directory
        self.proxy: Proxy

    @override
    def __getitem__(self, agency: str) -> Office:
        if agency not in self._offices:
            home = self._home / agency
            home.mkdir(parents=True)
            settings = Settings(home=home, hub_url=self.proxy.url, hub_ca=self.proxy.ca)
            client = hub_client(settings, Home(home))
            self._offices[agency] = Office(self.world, agency, home, cast(Line, client))
            self._offices[agency].start()
            self._offices[agency].node.sync()
        return self._offices[agency]

    @override
    def close(self) -> None:
        super().close()
        for office in self._offices.values():
            cast(object, office.line).close()  # type: ignore[attr-defined]


@pytest.fixture
def behind(hub_dsn: str, tmp_path: Path) -> Iterator[BehindProxy]:
    """Hub and proxy run; nobody has started yet."""
    (tmp_path / "proxy").mkdir()
    with World(hub_dsn, tmp_path / "hub") as world:
        made = BehindProxy(world, tmp_path / "nodes", tmp_path / "proxy")
        with served(made.app) as address, Proxy(address, tmp_path / "proxy") as made.proxy:
            yield made
            made.close()


def recorded(behind: BehindProxy, case: str) -> list[str]:
    """Types of a case's entries, in the order of the log."""
    with psycopg.connect(behind.world.dsn) as connection:
        rows = connection.execute(
            "SELECT type FROM hub.log WHERE originator_id = %s::uuid ORDER BY log_index", (case,)
        ).fetchall()
    return [row[0] for row in rows]


def everything(behind: BehindProxy) -> None:
    """All that a node asks of its hub: submit, feed, bodies, grants, files both ways; then all is as it should be."""
    police, labour, women = behind[POLICE], behind[LABOUR], behind[WOMEN]
    code = opened(police)
    police.officer.give_consent(code, recipients=[WOMEN], sections=["identity"], given_by="person")
    police.officer.refer(code, to=WOMEN, service="psychological", message="nhờ giúp", sections=["identity"])
    women.node.sync()
    women.officer.accept(women.inbox()[0].key)
    assert women.content(case_of(women, code))["identity"][POLICE]["values"]["full_name"]["value"]
    done = answered(police, code, paper(handed_in(police, code)))
    labour.node.sync()
    assert shown(labour, code)[0]["state"] == "open"
    assert read(open_file(labour.node, done.statement, 1)) == PDF
    assert police.node.hub.head()["size"] > 0
    assert police.node.hub.directory()["agencies"]
    assert recorded(behind, case_of(police, code)) == [
        "case.notified", "consent.given", "referral.offered", "referral.delivered", "referral.accepted",
        "identification.answered",
    ]  # fmt: skip
    behind.sync()
    for office in (police, labour, women):
        assert (office.queued(), office.node.quarantine.list(), office.node.alarm) == (0, [], None)
        assert office.dumped() == office.rebuilt()
    with psycopg.connect(behind.world.dsn) as connection:
        assert connection.execute("SELECT count(*) FROM hub.refusals").fetchone() == (0,)


def test_everything_a_node_does(behind: BehindProxy) -> None:
    """TLS by the platform's own authority, an address of the platform's, and no header of ours but standard ones."""
    everything(behind)
    assert all(asked.target.startswith("/nen-tang/caunoi/v1/") for asked in behind.proxy.asked)


def test_every_request_is_sent_twice(behind: BehindProxy) -> None:
    """The first answer was lost on the way, the second is the same: nothing is recorded twice."""

    def twice(asked: Asked, send: Send) -> Answered:
        send(asked)
        return send(asked)

    behind.proxy.way = twice
    everything(behind)


def test_sent_again_while_the_first_is_worked_on(behind: BehindProxy) -> None:
    """An impatient proxy: both run at the hub at the same time, and whichever answer comes first is given."""
    with ThreadPoolExecutor(16) as threads:

        def both(asked: Asked, send: Send) -> Answered:
            first, second = threads.submit(send, asked), threads.submit(send, asked)
            answers = first.result(), second.result()
            assert answers[0].status == answers[1].status
            return answers[1]

        behind.proxy.way = both
        everything(behind)


# -- what a platform says in the hub's place ---------------------------------------------------------------------------

PAGE = [(b"content-type", b"text/html; charset=utf-8")]
INSTEAD = {
    "sign in": Answered(302, [*PAGE, (b"location", b"/dang-nhap")], b""),
    "busy": Answered(429, PAGE, b"<h1>429</h1>"),
    "slow": Answered(408, PAGE, b"<h1>408</h1>"),
    "gone": Answered(502, PAGE, b"<h1>502</h1>"),
    "page": Answered(200, PAGE, b"<html>\n<h1>B\xe1\xba\xa3o tr\xc3\xac</h1>\n</html>"),
    "nothing": Answered(200, PAGE, b""),
}


@pytest.mark.parametrize("instead", INSTEAD)
def test_the_platform_answers_in_the_hubs_place(behind: BehindProxy, instead: str) -> None:
    """A page of its own, whether the hub took what was brought or not: it waits, and then it is recorded once."""
    police = behind[POLICE]
    code = opened(police)
    for number, (where, lost) in enumerate(itertools.product(("/attachments/", "/statements"), (True, False))):

        def way(asked: Asked, send: Send, *, where: str = where, lost: bool = lost) -> Answered:
            answer = send(asked) if lost or where not in asked.target else INSTEAD[instead]
            return INSTEAD[instead] if where in asked.target else answer

        behind.proxy.way = way
        stated = paper(handed_in(police, code, JPEG + b"%d" % number))
        values = {"address": f"thôn {number}"}
        done = police.officer.with_papers(stated).append(code, section="contact", values=values)
        with pytest.raises((HubUnavailableError, HubAnswerError)) as told:
            police.node.send()
        assert (done.index, police.queued()) == (None, 1)
        assert isinstance(told.value, HubUnavailableError) == (instead in {"busy", "slow", "gone"})
        behind.proxy.way = once
        police.node.sync()
        assert (police.queued(), police.node.quarantine.list(), police.node.alarm) == (0, [], None)
    assert recorded(behind, case_of(police, code)) == ["case.notified", *["section.appended"] * 4]
    assert police.dumped() == police.rebuilt()


def test_an_answer_that_breaks_off(behind: BehindProxy) -> None:
    """Half of what the hub said: nothing of it is taken."""
    police = behind[POLICE]
    code = opened(police)

    def half(asked: Asked, send: Send) -> Answered:
        whole = send(asked)
        return Answered(whole.status, whole.headers, whole.body[: len(whole.body) // 2])

    behind.proxy.way = half
    police.officer.append(code, section="account", values={"statement": "lời khai giả định"})
    assert police.queued() == 1
    behind.proxy.way = once
    police.node.sync()
    assert recorded(behind, case_of(police, code)) == ["case.notified", "section.appended"]
    assert police.dumped() == police.rebuilt()


def test_only_whom_the_authority_vouches_for(behind: BehindProxy, tmp_path: Path) -> None:
    """Another's certificate: nothing is said to it. A file that holds no certificate is said by its setting."""
    certificate(tmp_path)
    for ca in (tmp_path / "ca.pem", None):
        settings = Settings(hub_url=behind.proxy.url, hub_ca=ca)
        with hub_client(settings, Home(tmp_path)) as client, pytest.raises(httpx.ConnectError):
            client.get("/v1/head")
    assert behind.proxy.asked == []
    (tmp_path / "none.pem").write_text("không", "utf-8")
    for name in ("none.pem", "away.pem"):
        with pytest.raises(SettingsError, match="CAUNOI_HUB_CA"):
            hub_client(Settings(hub_url=behind.proxy.url, hub_ca=tmp_path / name), Home(tmp_path))


def test_an_authority_without_tls_is_refused(behind: BehindProxy, tmp_path: Path) -> None:
    """Who names an authority wants to be vouched to; an address in the clear is not used in silence."""
    for url in ("http://hub.example.vn", "HTTP://hub.example.vn/https://"):
        with pytest.raises(SettingsError) as refused:
            hub_client(Settings(hub_url=url, hub_ca=behind.proxy.ca), Home(tmp_path))
        assert refused.value.code == "hub_ca_without_tls"


def test_the_name_is_no_common_name(behind: BehindProxy) -> None:
    """A server's name is a subjectAltName (RFC 9525 §2), as at the broker's."""
    assert behind.proxy.ca is not None
    assert authorities(behind.proxy.url, behind.proxy.ca).hostname_checks_common_name is False


@contextmanager
def officers_proxy(behind: BehindProxy, directory: Path, **proxied: Any) -> Iterator[tuple[httpx.Client, Proxy]]:
    """An officer of the police whose node is behind a proxy of its own."""
    directory.mkdir()

    def clock() -> int:
        return behind.world.now() // 1_000_000

    keys = behind.world[POLICE].keystore
    token = issue(
        kind=Kind.OFFICER, agency=POLICE, kid=keys.kids("sign")[-1], audience=AUDIENCE, now=clock(), signer=keys,
        officer="a1" * 8,
    )  # fmt: skip
    app = node_api.create(behind[POLICE].node, clock=clock, today=lambda: TODAY)
    with served(app) as address, Proxy(address, directory, **proxied) as proxy:
        settings = Settings(hub_url=proxy.url, hub_ca=proxy.ca)
        with hub_client(settings, Home(directory)) as officer:
            officer.headers["Authorization"] = f"Bearer {token}"
            yield officer, proxy


def test_an_act_that_their_proxy_sends_twice(behind: BehindProxy, tmp_path: Path) -> None:
    """One after the other or both at once: it is done once, and the second answer is the first; a new key is new."""
    code = opened(behind[POLICE])
    said = {"act": "append", "on": code, "arguments": {"section": "account", "values": {"statement": "lời"}}}
    done: list[str] = []
    with (
        ThreadPoolExecutor(2) as threads,
        officers_proxy(behind, tmp_path / "own", kept=(*KEPT, b"idempotency-key")) as (officer, proxy),
    ):

        def twice(asked: Asked, send: Send) -> Answered:
            first, second = send(asked), send(asked)
            assert first.body == second.body
            return second

        def both(asked: Asked, send: Send) -> Answered:
            first, second = threads.submit(send, asked), threads.submit(send, asked)
            assert first.result().body == second.result().body
            return second.result()

        for way in (twice, both):
            proxy.way = way
            answer = officer.post("/v1/acts", json=said, headers={"Idempotency-Key": f'"{token_hex(16)}"'})
            assert answer.json()["index"], answer.text
            done.append(answer.json()["statement"])
    assert len(set(done)) == 2
    assert recorded(behind, case_of(behind[POLICE], code)) == ["case.notified", "section.appended", "section.appended"]


def test_officers_reach_their_node_through_one(behind: BehindProxy, tmp_path: Path) -> None:
    """Its door asks for no other header either; what it refuses it says in both languages without being asked."""
    with officers_proxy(behind, tmp_path / "own") as (officer, _):
        file = ROOT / "examples" / "police" / "vu-an-07.json"
        report = officer.post("/v1/ingest", params={"name": file.name}, content=file.read_bytes())
        assert report.status_code == 200
        code = officer.get("/v1/caseload").json()[0]["code"]
        sealed = officer.post(f"/v1/papers/{code}", content=PDF, headers={"Content-Type": "application/octet-stream"})
        assert sealed.status_code == 200, sealed.text
        said = {"act": "append", "on": code, "arguments": {"section": "account", "values": {"statement": "lời"}}}
        assert officer.post("/v1/acts", json=said).json()["index"]
        refused = officer.post("/v1/acts", json={**said, "on": "KHONG-CO"})
        assert (refused.status_code, refused.json()["code"]) == (404, "case_unknown")
        assert refused.json()["vi"] != refused.json()["en"]

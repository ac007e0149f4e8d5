"""Problems in both languages, what every answer carries, and a hub whose database is away."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from starlette.testclient import TestClient

from domain.wording import catalogue
from door.problems import CONFLICTS, STATUS, code_of, language_of, problem, status_of
from hub.contract import JSON, NDJSON
from hub.log.application import HubApplication
from sealing.tokens import Kind, issue
from tests.conftest import Databases
from tests.contracts.fixtures import Served, bearer, serve_hub, served
from tests.hub.log_fixtures import migrated
from tests.world import POLICE, World

__all__ = ["served"]


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("", "vi"), ("vi", "vi"), ("en", "en"), ("EN-gb", "en"), ("vi-VN,en;q=0.8", "vi"), ("en;q=0.5,vi;q=0.4", "en"),
        ("en;q=0", "vi"), ("en, vi", "vi"), ("fr,en;q=0.1", "en"), ("fr", "vi"), ("*", "vi"), ("en;q=x", "en"),
        ("en;q=٣", "en"), (";;;,,=", "vi"), ("en;q=.", "en"), ("x" * 10_000, "vi"), ("en;q=" + "9" * 400, "en"),
    ],
)  # fmt: skip
def test_language(accept: str, language: str) -> None:
    """Vietnamese unless English is wished for more; whatever the header holds."""
    assert language_of(accept) == language


@pytest.mark.parametrize("code", sorted(STATUS.keys() | CONFLICTS))
def test_codes_have_words(code: str) -> None:
    """Every code that has a status of its own has words in both languages."""
    said = problem(code)
    assert {"vi", "en"} == catalogue()[code].keys() and said.vi != code != said.en
    assert (said.title, problem(code, language="en").title) == (said.vi, said.en)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("token_wrong", 401), ("case_unknown", 404), ("decision_late", 409), ("already_answered", 409),
        ("grant_forbidden", 422), ("nothing_of_the_kind", 422), ("hub_unavailable", 503), ("internal_error", 500),
    ],
)  # fmt: skip
def test_status(code: str, status: int) -> None:
    assert status_of(code) == status


def test_what_the_framework_refuses() -> None:
    """Each of its statuses has a code of that status; one we do not know is `request_wrong`."""
    assert all(status_of(code_of(status)) == status for status in (400, 404, 405, 413))
    assert code_of(418) == "request_wrong"


@pytest.mark.parametrize("name", ["hub", "node"])
@pytest.mark.parametrize("path", ["/nowhere", "/v1/receipts", "/healthz", "/readyz", "/metrics", "/openapi.json"])
def test_every_answer(served: Served, name: str, path: str) -> None:
    """Kept nowhere and of no other type: answers and problems alike, a 404 of the framework's too."""
    answer = (served.hub if name == "hub" else served.node).get(path)
    assert answer.headers.get_list("cache-control") == ["no-store"]
    assert answer.headers.get_list("x-content-type-options") == ["nosniff"]


@pytest.mark.parametrize("language", ["vi", "en"])
def test_same_code_in_both_languages(served: Served, language: str) -> None:
    """The title is in the language asked for; code and both texts are there always, in NDJSON too."""
    headers = {**served.as_(POLICE), "Accept-Language": language}
    asked = [
        served.hub.get("/v1/head", headers={"Accept-Language": language}),
        served.hub.get("/v1/nowhere", headers=headers),
        served.hub.get("/v1/feed?after=x", headers=headers),
        served.hub.post("/v1/statements", headers={**headers, "Content-Type": JSON}, content=b"{}"),
        served.hub.post("/v1/statements", headers={**headers, "Content-Type": NDJSON}, content=b"{}"),
        served.node.get("/v1/caseload", headers={"Accept-Language": language}),
        served.node.get("/v1/cases/x", headers={**served.as_officer(), "Accept-Language": language}),
    ]
    for answer in asked:
        said = answer.json()
        assert said["title"] == said[language] and said["vi"] != said["en"]
        assert said["type"] == f"urn:caunoi:problem:{said['code']}"
    assert {answer.headers.get("vary") for answer in asked if answer.status_code != 200} == {"Accept-Language"}


@pytest.fixture
def lonely(databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[World, TestClient]]:
    """A hub of its own, whose database a test may take away; it waits for it no longer than a test can."""
    monkeypatch.setitem(HubApplication.env, "POSTGRES_CONNECT_TIMEOUT", "1")
    dsn = databases.fresh(databases.template("hub", migrated))
    with World(dsn, tmp_path / "hub") as world:
        yield world, TestClient(serve_hub(world), raise_server_exceptions=False)
    allow(dsn, yes=True)
    databases.drop(dsn)


def allow(dsn: str, *, yes: bool) -> None:
    """Let clients connect to a database, or cut off those that are and refuse new ones."""
    name = str(conninfo_to_dict(dsn)["dbname"])
    change = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}").format(sql.Identifier(name), sql.Literal(yes))
    with psycopg.connect(make_conninfo(dsn, dbname="postgres"), autocommit=True) as connection:
        connection.execute(change)
        if not yes:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))


def test_database_away(lonely: tuple[World, TestClient]) -> None:
    """Alive but not ready; what is asked meanwhile is asked again later; and it comes back by itself."""
    world, hub = lonely
    keys = world[POLICE].keystore
    token = issue(
        kind=Kind.AGENCY, agency=POLICE, kid=keys.kids("sign")[0], audience="caunoi-hub",
        now=world.now() // 1_000_000, signer=keys,
    )  # fmt: skip
    asked: list[dict[str, Any]] = [
        {"method": "GET", "url": "/readyz"},
        {"method": "GET", "url": "/v1/feed", "headers": bearer(token)},
        {"method": "GET", "url": "/v1/refusals", "headers": bearer(token)},
        {"method": "POST", "url": "/v1/statements", "headers": bearer(token), "json": {}},
    ]
    assert [hub.request(**one).status_code for one in asked] == [200, 200, 200, 422]
    allow(world.dsn, yes=False)
    answers = [hub.request(**one) for one in asked]
    assert [answer.status_code for answer in answers] == [503] * 4
    assert [answer.json()["code"] for answer in answers] == ["not_ready", *["hub_unavailable"] * 3]
    assert {answer.headers["retry-after"] for answer in answers} == {"1"}
    assert [hub.get(path).status_code for path in ("/healthz", "/metrics")] == [200, 200]
    allow(world.dsn, yes=True)
    until = time.monotonic() + 30
    while hub.get("/readyz").status_code != 200 and time.monotonic() < until:
        time.sleep(0.1)
    assert [hub.request(**one).status_code for one in asked] == [200, 200, 200, 422]

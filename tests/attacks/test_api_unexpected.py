"""What no address takes, at hub and node: a problem in both languages, with what its status asks for, never a page."""

from __future__ import annotations

from typing import Any

import pytest

from domain.wording import Language
from door.asgi import SMALL
from door.problems import PROBLEM
from hub.contract import JSON
from tests.contracts.fixtures import Served, served
from tests.world import POLICE

__all__ = ["served"]
ACT = {"hub": "/v1/bodies", "node": "/v1/acts"}
UNEXPECTED: dict[str, tuple[dict[str, Any], int, str]] = {
    "path": ({"method": "GET", "url": "/nowhere"}, 404, "not_found"),
    "path below": ({"method": "GET", "url": "/v1/"}, 404, "not_found"),
    "path with a slash": ({"method": "GET", "url": "/healthz/"}, 404, "not_found"),
    "method": ({"method": "DELETE", "url": "/healthz"}, 405, "method_wrong"),
    "method unknown": ({"method": "BREW", "url": "/readyz"}, 405, "method_wrong"),
    "type": ({"content": b"{}", "headers": {"Content-Type": "text/plain"}}, 415, "content_type_wrong"),
    "no type": ({"content": b"{}"}, 415, "content_type_wrong"),
    "encoding": (
        {"content": b"{}", "headers": {"Content-Type": JSON, "Content-Encoding": "gzip"}}, 415, "content_type_wrong",
    ),
    "length": ({"content": b" " * (SMALL + 1), "headers": {"Content-Type": JSON}}, 413, "submission_too_large"),
    "query twice": ({"method": "GET", "url": "/healthz?a=1&a=2"}, 422, "query_wrong"),
}  # fmt: skip


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("what", UNEXPECTED)
@pytest.mark.parametrize("name", ["hub", "node"])
def test_is_a_problem(served: Served, name: str, what: str, language: Language) -> None:
    """Status, code, words in both languages, the title in the one that is asked for; nothing of the request."""
    asked, status, code = UNEXPECTED[what]
    token = served.as_(POLICE) if name == "hub" else served.as_officer()
    headers = {**token, "Accept-Language": f"{language};q=0.9, fr", **asked.get("headers", {})}
    client = served.hub if name == "hub" else served.node
    answer = client.request(**{"method": "POST", "url": ACT[name], **asked, "headers": headers})
    said = answer.json()
    assert (answer.status_code, said["code"], said["status"]) == (status, code, status)
    assert answer.headers["content-type"] == PROBLEM and answer.headers["vary"] == "Accept-Language"
    assert said["title"] == said[language] and said["vi"] != said["en"]
    assert "nowhere" not in answer.text and "BREW" not in answer.text
    assert (status == 405) is ("allow" in answer.headers)
    assert (status == 415) is (answer.headers.get("accept-encoding") == "identity")


def test_a_compressed_file(served: Served) -> None:
    """A file is taken as it is; one that says it is compressed is not opened."""
    headers = {**served.as_officer(), "Content-Encoding": "gzip"}
    answer = served.node.post("/v1/ingest?name=a.json", headers=headers, content=b"{}")
    assert (answer.status_code, answer.json()["code"]) == (415, "content_type_wrong")
